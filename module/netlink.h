/* SPDX-License-Identifier: GPL-2.0 */
#ifndef VMXPROBE_NETLINK_H
#define VMXPROBE_NETLINK_H

int vmxprobe_netlink_init(void);
void vmxprobe_netlink_uninit(void);

#endif
