// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	netlink/vmxprobe.yaml */
/* YNL-GEN kernel source (netlink/regen.sh) */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "vmxprobe_nl.h"

#include "vmxprobe.h"

/* Common nested types */
const struct nla_policy vmxprobe_field_nl_policy[VMXPROBE_A_FIELD_VALUE + 1] = {
	[VMXPROBE_A_FIELD_ENCODING] = { .type = NLA_U32, },
	[VMXPROBE_A_FIELD_VALUE] = { .type = NLA_U64, },
};

const struct nla_policy vmxprobe_group_nl_policy[VMXPROBE_A_GROUP_TIME + 1] = {
	[VMXPROBE_A_GROUP_DEPTH] = NLA_POLICY_RANGE(NLA_U32, 1, 3),
	[VMXPROBE_A_GROUP_SET] = NLA_POLICY_NESTED(vmxprobe_field_nl_policy),
	[VMXPROBE_A_GROUP_SWEEP_FIELD] = { .type = NLA_U32, },
	[VMXPROBE_A_GROUP_SWEEP_VALUES] = { .type = NLA_BINARY, },
	[VMXPROBE_A_GROUP_GUEST] = NLA_POLICY_RANGE(NLA_U32, 1, 3),
	[VMXPROBE_A_GROUP_PROGRAM] = NLA_POLICY_MAX(NLA_U32, 9),
	[VMXPROBE_A_GROUP_RCX] = { .type = NLA_U64, },
	[VMXPROBE_A_GROUP_READ] = { .type = NLA_BINARY, },
	[VMXPROBE_A_GROUP_TIME] = { .type = NLA_FLAG, },
};

/* VMXPROBE_CMD_CPU - do */
const struct nla_policy vmxprobe_cpu_nl_policy[VMXPROBE_A_CPU_ID + 1] = {
	[VMXPROBE_A_CPU_ID] = { .type = NLA_U32, },
};

/* VMXPROBE_CMD_PROBE - do */
const struct nla_policy vmxprobe_probe_nl_policy[VMXPROBE_A_PROBE_BORROW + 1] = {
	[VMXPROBE_A_PROBE_CPU] = { .type = NLA_U32, },
	[VMXPROBE_A_PROBE_WINDOW] = NLA_POLICY_RANGE(NLA_U32, 1, VMXPROBE_MAX_WINDOW),
	[VMXPROBE_A_PROBE_CHECK_HOST] = { .type = NLA_FLAG, },
	[VMXPROBE_A_PROBE_GROUP] = NLA_POLICY_NESTED(vmxprobe_group_nl_policy),
	[VMXPROBE_A_PROBE_BORROW] = { .type = NLA_FLAG, },
};

/* VMXPROBE_CMD_FIELDS - do */
const struct nla_policy vmxprobe_fields_nl_policy[VMXPROBE_A_FIELDS_WINDOW + 1] = {
	[VMXPROBE_A_FIELDS_CPU] = { .type = NLA_U32, },
	[VMXPROBE_A_FIELDS_FIRST] = { .type = NLA_U32, },
	[VMXPROBE_A_FIELDS_BORROW] = { .type = NLA_FLAG, },
	[VMXPROBE_A_FIELDS_WINDOW] = NLA_POLICY_RANGE(NLA_U32, 1, VMXPROBE_MAX_WINDOW),
};

/* VMXPROBE_CMD_EXPERIMENT - do */
const struct nla_policy vmxprobe_experiment_nl_policy[VMXPROBE_A_EXPERIMENT_BORROW + 1] = {
	[VMXPROBE_A_EXPERIMENT_CPU] = { .type = NLA_U32, },
	[VMXPROBE_A_EXPERIMENT_ID] = NLA_POLICY_RANGE(NLA_U32, 1, 107),
	[VMXPROBE_A_EXPERIMENT_CHECK_HOST] = { .type = NLA_FLAG, },
	[VMXPROBE_A_EXPERIMENT_BORROW] = { .type = NLA_FLAG, },
};

/* Ops table for vmxprobe */
const struct genl_ops vmxprobe_nl_ops[4] = {
	{
		.cmd		= VMXPROBE_CMD_CPU,
		.doit		= vmxprobe_nl_cpu_doit,
		.dumpit		= vmxprobe_nl_cpu_dumpit,
		.policy		= vmxprobe_cpu_nl_policy,
		.maxattr	= VMXPROBE_A_CPU_ID,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= VMXPROBE_CMD_PROBE,
		.doit		= vmxprobe_nl_probe_doit,
		.policy		= vmxprobe_probe_nl_policy,
		.maxattr	= VMXPROBE_A_PROBE_BORROW,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= VMXPROBE_CMD_FIELDS,
		.doit		= vmxprobe_nl_fields_doit,
		.policy		= vmxprobe_fields_nl_policy,
		.maxattr	= VMXPROBE_A_FIELDS_WINDOW,
		.flags		= GENL_ADMIN_PERM,
	},
	{
		.cmd		= VMXPROBE_CMD_EXPERIMENT,
		.doit		= vmxprobe_nl_experiment_doit,
		.policy		= vmxprobe_experiment_nl_policy,
		.maxattr	= VMXPROBE_A_EXPERIMENT_BORROW,
		.flags		= GENL_ADMIN_PERM,
	},
};
