/* SPDX-License-Identifier: GPL-2.0 */
/* What the files that marshal share. */
#ifndef VMXPROBE_NETLINK_COMMON_H
#define VMXPROBE_NETLINK_COMMON_H

#include <net/genetlink.h>
#include "netlink.h"
#include "result.h"
#include "window.h"
#include "vmxprobe_nl.h"

/* Room in a reply for what is there once, and for one outcome with all attributes. */
#define REPLY_SIZE	512
#define OUTCOME_SIZE	256
#define ARRIVAL_SIZE	(VMXPROBE_MAX_READ * 8 + VMXPROBE_STACK_BYTES + 96)
#define HOST_CHANGES_SIZE	(VMXPROBE_N_HOST_ITEMS * 64)

extern struct genl_family vmxprobe_family;

/* The CPU an attribute names; negative with the sentence said if there is none such. */
int vmxprobe_get_cpu_id(struct genl_info *info, int type, unsigned int *cpu);
/* GENL_ADMIN_PERM is CAP_NET_ADMIN; what executes VMX instructions takes more. */
bool vmxprobe_may_probe(struct sk_buff *skb, struct genl_info *info);
/* What a request ends with if a signal came before there was anything to say. */
int vmxprobe_ask_again(struct genl_info *info);
int vmxprobe_fill_outcome_attrs(struct sk_buff *skb, const struct vmxprobe_outcome *out);
int vmxprobe_fill_outcome(struct sk_buff *skb, int type, const struct vmxprobe_outcome *out);
int vmxprobe_fill_host_changes(struct sk_buff *skb, int type,
			       const struct vmxprobe_window_report *report);

#endif
