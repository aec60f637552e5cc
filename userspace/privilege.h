/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Least privilege: what opened the source is not kept for what is done with it. No thread but the
 * caller's may be there.
 */
#ifndef VMXPROBE_PRIVILEGE_H
#define VMXPROBE_PRIVILEGE_H

enum privilege {
	PRIVILEGE_NONE,
	PRIVILEGE_MODULE,	/* what the module looks for at each request */
};

/*
 * Keep these capabilities of those that there are, for good; nobody gets any. 0, or an exit code
 * after one sentence. Who has no capabilities succeeds.
 */
int privilege_keep(enum privilege privilege);

#endif
