/* SPDX-License-Identifier: GPL-2.0 */
/* Exit codes; documented in vmxprobe(8). */
#ifndef VMXPROBE_EXIT_H
#define VMXPROBE_EXIT_H

enum {
	EXIT_OK = 0,
	EXIT_DIFFERENCE = 1,	/* CPUs differ, a rule is violated, host state changed */
	EXIT_USAGE = 2,		/* the command line, or a report that cannot be read, is wrong */
	EXIT_INCOMPLETE = 3,	/* something that was asked for could not be tested */
	EXIT_MODULE = 4,	/* no module, or no permission */
};

#endif
