// SPDX-License-Identifier: GPL-2.0
#include <linux/module.h>
#include "netlink.h"
#include "turn.h"
#include "window.h"

static int __init vmxprobe_init(void)
{
	vmxprobe_turn_init();
	vmxprobe_window_init();
	return vmxprobe_netlink_init();
}

static void __exit vmxprobe_exit(void)
{
	vmxprobe_netlink_uninit();
	vmxprobe_turn_exit();
}

module_init(vmxprobe_init);
module_exit(vmxprobe_exit);

MODULE_DESCRIPTION("Attempt VM entries on each CPU and report what it did");
MODULE_LICENSE("GPL");
MODULE_VERSION(VMXPROBE_VERSION);
