/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	netlink/vmxprobe.yaml */
/* YNL-GEN kernel header (netlink/regen.sh) */

#ifndef _LINUX_VMXPROBE_GEN_H
#define _LINUX_VMXPROBE_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include "vmxprobe.h"

/* Common nested types */
extern const struct nla_policy vmxprobe_field_nl_policy[VMXPROBE_A_FIELD_VALUE + 1];
extern const struct nla_policy vmxprobe_group_nl_policy[VMXPROBE_A_GROUP_TIME + 1];

extern const struct nla_policy vmxprobe_cpu_nl_policy[VMXPROBE_A_CPU_ID + 1];

extern const struct nla_policy vmxprobe_probe_nl_policy[VMXPROBE_A_PROBE_BORROW + 1];

extern const struct nla_policy vmxprobe_fields_nl_policy[VMXPROBE_A_FIELDS_WINDOW + 1];

extern const struct nla_policy vmxprobe_experiment_nl_policy[VMXPROBE_A_EXPERIMENT_BORROW + 1];

/* Ops table for vmxprobe */
extern const struct genl_ops vmxprobe_nl_ops[4];

int vmxprobe_nl_cpu_doit(struct sk_buff *skb, struct genl_info *info);
int vmxprobe_nl_cpu_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int vmxprobe_nl_probe_doit(struct sk_buff *skb, struct genl_info *info);
int vmxprobe_nl_fields_doit(struct sk_buff *skb, struct genl_info *info);
int vmxprobe_nl_experiment_doit(struct sk_buff *skb, struct genl_info *info);

#endif /* _LINUX_VMXPROBE_GEN_H */
