// SPDX-License-Identifier: GPL-2.0
/* Marshals the contract of netlink/vmxprobe.yaml; nothing below this file knows of netlink. */
#include <linux/atomic.h>
#include <linux/capability.h>
#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <net/genetlink.h>
#include "netlink.h"
#include "policy.h"
#include "probe.h"
#include "scan.h"
#include "vmxprobe_nl.h"

/* Room for one message about a CPU, and for one outcome in a reply, with all attributes. */
#define CPU_SIZE	3072
#define OUTCOME_SIZE	256
#define ACCESS_SIZE	192
#define HOST_CHANGE_SIZE 64
#define REPLY_SIZE	512

static struct genl_family vmxprobe_family;

/* Counts CPUs that came or went, so that a dump they cut across can say so. */
static atomic_t hotplug_generation = ATOMIC_INIT(1);
static int hotplug_state;

static int hotplug_changed(unsigned int cpu)
{
	atomic_inc(&hotplug_generation);
	return 0;
}

static int fill_leaf(struct sk_buff *skb, const struct vmxprobe_leaf *leaf)
{
	struct nlattr *nest = nla_nest_start(skb, VMXPROBE_A_CPU_CPUID);

	if (!nest ||
	    nla_put_u32(skb, VMXPROBE_A_CPUID_LEAF, leaf->leaf) ||
	    nla_put_u32(skb, VMXPROBE_A_CPUID_SUBLEAF, leaf->subleaf) ||
	    nla_put_u32(skb, VMXPROBE_A_CPUID_EAX, leaf->eax) ||
	    nla_put_u32(skb, VMXPROBE_A_CPUID_EBX, leaf->ebx) ||
	    nla_put_u32(skb, VMXPROBE_A_CPUID_ECX, leaf->ecx) ||
	    nla_put_u32(skb, VMXPROBE_A_CPUID_EDX, leaf->edx))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int fill_msr(struct sk_buff *skb, const struct vmxprobe_msr *msr)
{
	struct nlattr *nest = nla_nest_start(skb, VMXPROBE_A_CPU_MSR);

	if (!nest ||
	    nla_put_u32(skb, VMXPROBE_A_MSR_INDEX, msr->index) ||
	    nla_put_u32(skb, VMXPROBE_A_MSR_STATE, msr->state) ||
	    (msr->state == VMXPROBE_MSR_STATE_READ &&
	     nla_put_u64_64bit(skb, VMXPROBE_A_MSR_VALUE, msr->value, VMXPROBE_A_MSR_PAD)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int fill_cpu(struct sk_buff *skb, unsigned int cpu)
{
	struct vmxprobe_cpu info;
	u32 i;

	vmxprobe_probe_cpu(cpu, &info);
	if (nla_put_u32(skb, VMXPROBE_A_CPU_ID, cpu) ||
	    nla_put_u32(skb, VMXPROBE_A_CPU_READINESS, info.readiness))
		return -EMSGSIZE;
	if (info.readiness == VMXPROBE_READINESS_OFFLINE)
		return 0;

	if (nla_put_u32(skb, VMXPROBE_A_CPU_MICROCODE, info.microcode))
		return -EMSGSIZE;
	for (i = 0; i < info.n_leaves; i++)
		if (fill_leaf(skb, &info.leaves[i]))
			return -EMSGSIZE;
	for (i = 0; i < VMXPROBE_N_MSRS; i++)
		if (fill_msr(skb, &info.msrs[i]))
			return -EMSGSIZE;
	return 0;
}

/* The CPU an attribute names; negative with the sentence said if there is none such. */
static int get_cpu_id(struct genl_info *info, int type, unsigned int *cpu)
{
	struct nlattr *attr = info->attrs[type];

	if (!attr) {
		NL_SET_ERR_MSG(info->extack, "a CPU number is required");
		return -EINVAL;
	}
	*cpu = nla_get_u32(attr);
	if (*cpu >= nr_cpu_ids || !cpu_possible(*cpu)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "no such CPU; see cpu/possible in sysfs");
		return -ENODEV;
	}
	return 0;
}

/* GENL_ADMIN_PERM is CAP_NET_ADMIN; what executes VMX instructions takes more. */
static bool may_probe(struct sk_buff *skb, struct genl_info *info)
{
	if (netlink_capable(skb, CAP_SYS_ADMIN))
		return true;
	NL_SET_ERR_MSG(info->extack, "executing VMX instructions takes CAP_SYS_ADMIN");
	return false;
}

int vmxprobe_nl_cpu_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *msg;
	unsigned int cpu;
	void *hdr;
	int err;

	err = get_cpu_id(info, VMXPROBE_A_CPU_ID, &cpu);
	if (err)
		return err;

	msg = genlmsg_new(CPU_SIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	hdr = genlmsg_put_reply(msg, info, &vmxprobe_family, 0, VMXPROBE_CMD_CPU);
	if (!hdr || fill_cpu(msg, cpu)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

int vmxprobe_nl_cpu_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	unsigned int cpu;
	void *hdr;

	cb->seq = atomic_read(&hotplug_generation);
	for (cpu = cpumask_next((int)cb->args[0] - 1, cpu_possible_mask); cpu < nr_cpu_ids;
	     cpu = cpumask_next(cpu, cpu_possible_mask)) {
		hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				  &vmxprobe_family, NLM_F_MULTI, VMXPROBE_CMD_CPU);
		if (!hdr)
			break;
		genl_dump_check_consistent(cb, hdr);
		if (fill_cpu(skb, cpu)) {
			genlmsg_cancel(skb, hdr);
			break;
		}
		genlmsg_end(skb, hdr);
	}
	cb->args[0] = cpu;
	return skb->len || cpu >= nr_cpu_ids ? skb->len : -EMSGSIZE;
}

/* A request as parsed; the batch's groups point into the arrays and the message. */
struct request {
	struct vmxprobe_batch batch;
	struct vmxprobe_cpu cpu;	/* what the values are checked against */
	struct vmxprobe_group groups[VMXPROBE_MAX_GROUPS];
	struct vmxprobe_field sets[VMXPROBE_MAX_SETS];
	u32 n_sets;
	u32 n_probes;
	u64 values[VMXPROBE_MAX_PROBES];
};

/* Whether the module lets a caller give this field this value, with the sentence if not. */
static int check_field(struct request *req, u32 field, u64 value, u32 depth,
		       const struct nlattr *attr, struct netlink_ext_ack *extack)
{
	switch (vmxprobe_policy(field, value, depth, &req->cpu)) {
	case VMXPROBE_PERMITTED:
		req->batch.writes_msrs |= vmxprobe_policy_writes_msr(field, value);
		return 0;
	case VMXPROBE_PLANTED:
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "this depth plants its own value in that VMCS field");
		return -EPERM;
	case VMXPROBE_BAD_ADDRESS:
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "of an address only bits 11:0 and those from MAXPHYADDR up can be set");
		return -EPERM;
	case VMXPROBE_BAD_CONTROL:
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "an entry or exit control whose effect on the host could not be undone");
		return -EPERM;
	default:
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "only guest-state, control and event-injection fields of the documented list can be set");
		return -EPERM;
	}
}

static int parse_set(struct request *req, struct vmxprobe_group *group, struct nlattr *attr,
		     struct netlink_ext_ack *extack)
{
	struct nlattr *tb[VMXPROBE_A_FIELD_MAX + 1];
	struct vmxprobe_field *set;
	int err;

	err = nla_parse_nested(tb, VMXPROBE_A_FIELD_VALUE, attr, vmxprobe_field_nl_policy, extack);
	if (err)
		return err;
	if (!tb[VMXPROBE_A_FIELD_ENCODING] || !tb[VMXPROBE_A_FIELD_VALUE]) {
		NL_SET_ERR_MSG_ATTR(extack, attr, "an override needs an encoding and a value");
		return -EINVAL;
	}
	if (req->n_sets == ARRAY_SIZE(req->sets)) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "too many overrides; 1024 a request are allowed");
		return -E2BIG;
	}

	set = &req->sets[req->n_sets];
	set->encoding = nla_get_u32(tb[VMXPROBE_A_FIELD_ENCODING]);
	set->value = nla_get_u64(tb[VMXPROBE_A_FIELD_VALUE]);
	err = check_field(req, set->encoding, set->value, group->depth,
			  tb[VMXPROBE_A_FIELD_ENCODING], extack);
	if (err)
		return err;
	req->n_sets++;
	group->n_sets++;
	return 0;
}

static int parse_sweep(struct request *req, struct vmxprobe_group *group,
		       struct nlattr *field, struct nlattr *values,
		       struct netlink_ext_ack *extack)
{
	u64 *to = &req->values[req->n_probes];
	u32 n, i;
	int err;

	if (!values || nla_len(values) == 0 || nla_len(values) % sizeof(u64)) {
		NL_SET_ERR_MSG_ATTR(extack, values ?: field,
				    "a sweep needs values, an array of u64");
		return -EINVAL;
	}
	n = nla_len(values) / sizeof(u64);
	if (n > VMXPROBE_MAX_PROBES - req->n_probes) {
		NL_SET_ERR_MSG_ATTR(extack, values, "too many probes; 4096 a request are allowed");
		return -E2BIG;
	}

	group->sweep_field = nla_get_u32(field);
	memcpy(to, nla_data(values), n * sizeof(u64));
	for (i = 0; i < n; i++) {
		err = check_field(req, group->sweep_field, to[i], group->depth, field, extack);
		if (err)
			return err;
	}
	group->values = to;
	group->n_probes = n;
	return 0;
}

static int parse_group(struct request *req, struct nlattr *nest, struct netlink_ext_ack *extack)
{
	struct vmxprobe_batch *batch = &req->batch;
	struct nlattr *tb[VMXPROBE_A_GROUP_MAX + 1];
	struct vmxprobe_group *group;
	struct nlattr *attr;
	int err, rem;

	if (batch->n_groups == VMXPROBE_MAX_GROUPS || req->n_probes == VMXPROBE_MAX_PROBES) {
		NL_SET_ERR_MSG_ATTR(extack, nest,
				    "too many groups or probes; 256 and 4096 a request are allowed");
		return -E2BIG;
	}
	err = nla_parse_nested(tb, VMXPROBE_A_GROUP_SWEEP_VALUES, nest, vmxprobe_group_nl_policy,
			       extack);
	if (err)
		return err;
	if (!tb[VMXPROBE_A_GROUP_DEPTH]) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "a group needs a depth");
		return -EINVAL;
	}

	group = &req->groups[batch->n_groups++];
	group->depth = nla_get_u32(tb[VMXPROBE_A_GROUP_DEPTH]);
	group->n_probes = 1;
	group->sets = &req->sets[req->n_sets];
	nla_for_each_nested(attr, nest, rem) {
		if (nla_type(attr) != VMXPROBE_A_GROUP_SET)
			continue;
		err = parse_set(req, group, attr, extack);
		if (err)
			return err;
	}

	if (tb[VMXPROBE_A_GROUP_SWEEP_FIELD]) {
		err = parse_sweep(req, group, tb[VMXPROBE_A_GROUP_SWEEP_FIELD],
				  tb[VMXPROBE_A_GROUP_SWEEP_VALUES], extack);
		if (err)
			return err;
	} else if (tb[VMXPROBE_A_GROUP_SWEEP_VALUES]) {
		NL_SET_ERR_MSG_ATTR(extack, tb[VMXPROBE_A_GROUP_SWEEP_VALUES],
				    "swept values need a sweep field");
		return -EINVAL;
	}
	req->n_probes += group->n_probes;
	return 0;
}

static int parse_request(struct request *req, struct genl_info *info)
{
	struct vmxprobe_batch *batch = &req->batch;
	struct nlattr *attr;
	int err, rem;

	err = get_cpu_id(info, VMXPROBE_A_PROBE_CPU, &batch->cpu);
	if (err)
		return err;
	batch->window = VMXPROBE_MAX_WINDOW;
	if (info->attrs[VMXPROBE_A_PROBE_WINDOW])
		batch->window = nla_get_u32(info->attrs[VMXPROBE_A_PROBE_WINDOW]);
	batch->check_host = info->attrs[VMXPROBE_A_PROBE_CHECK_HOST];
	batch->groups = req->groups;
	vmxprobe_probe_cpu(batch->cpu, &req->cpu);

	nla_for_each_attr(attr, genlmsg_data(info->genlhdr), genlmsg_len(info->genlhdr), rem) {
		if (nla_type(attr) != VMXPROBE_A_PROBE_GROUP)
			continue;
		err = parse_group(req, attr, info->extack);
		if (err)
			return err;
	}
	if (!batch->n_groups) {
		NL_SET_ERR_MSG(info->extack, "a probe request needs at least one group");
		return -EINVAL;
	}
	return 0;
}

static int fill_outcome(struct sk_buff *skb, int type, const struct vmxprobe_outcome *out)
{
	struct nlattr *nest = nla_nest_start(skb, type);
	bool exit = out->kind == VMXPROBE_KIND_ENTRY_FAILED || out->kind == VMXPROBE_KIND_ENTERED;

	if (!nest || nla_put_u32(skb, VMXPROBE_A_OUTCOME_KIND, out->kind))
		return -EMSGSIZE;
	if (out->kind == VMXPROBE_KIND_NOT_READY &&
	    nla_put_u32(skb, VMXPROBE_A_OUTCOME_READINESS, out->readiness))
		return -EMSGSIZE;
	if (out->insn && nla_put_u32(skb, VMXPROBE_A_OUTCOME_INSN, out->insn))
		return -EMSGSIZE;
	if (out->kind == VMXPROBE_KIND_FAULT &&
	    nla_put_u32(skb, VMXPROBE_A_OUTCOME_VECTOR, out->vector))
		return -EMSGSIZE;
	if (out->kind == VMXPROBE_KIND_FAIL_VALID &&
	    nla_put_u32(skb, VMXPROBE_A_OUTCOME_ERROR, out->error))
		return -EMSGSIZE;
	if ((out->insn == VMXPROBE_INSN_VMREAD || out->insn == VMXPROBE_INSN_VMWRITE) &&
	    nla_put_u32(skb, VMXPROBE_A_OUTCOME_FIELD, out->field))
		return -EMSGSIZE;
	if (exit &&
	    (nla_put_u32(skb, VMXPROBE_A_OUTCOME_EXIT_REASON, out->exit_reason) ||
	     nla_put_u64_64bit(skb, VMXPROBE_A_OUTCOME_QUALIFICATION, out->qualification,
			       VMXPROBE_A_OUTCOME_PAD)))
		return -EMSGSIZE;
	if (out->kind == VMXPROBE_KIND_ENTERED &&
	    (nla_put_u32(skb, VMXPROBE_A_OUTCOME_INTR_INFO, out->intr_info) ||
	     nla_put_u32(skb, VMXPROBE_A_OUTCOME_INTR_ERROR_CODE, out->intr_error_code) ||
	     nla_put_u32(skb, VMXPROBE_A_OUTCOME_IDT_VECTORING_INFO, out->idt_info) ||
	     nla_put_u32(skb, VMXPROBE_A_OUTCOME_IDT_VECTORING_ERROR_CODE, out->idt_error_code) ||
	     nla_put_u64_64bit(skb, VMXPROBE_A_OUTCOME_GUEST_RIP, out->guest_rip,
			       VMXPROBE_A_OUTCOME_PAD)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int fill_host_change(struct sk_buff *skb, u32 item,
			    const struct vmxprobe_host_change *change)
{
	struct nlattr *nest = nla_nest_start(skb, VMXPROBE_A_PROBE_HOST_CHANGE);

	if (!nest ||
	    nla_put_u32(skb, VMXPROBE_A_HOST_CHANGE_ITEM, item) ||
	    nla_put_u64_64bit(skb, VMXPROBE_A_HOST_CHANGE_BEFORE, change->before,
			      VMXPROBE_A_HOST_CHANGE_PAD) ||
	    nla_put_u64_64bit(skb, VMXPROBE_A_HOST_CHANGE_AFTER, change->after,
			      VMXPROBE_A_HOST_CHANGE_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int fill_batch(struct sk_buff *skb, const struct vmxprobe_batch *batch)
{
	const struct vmxprobe_host_change *changes = batch->report.changes;
	const struct vmxprobe_results *res = &batch->results;
	u32 i;

	if (nla_put_u32(skb, VMXPROBE_A_PROBE_CPU, batch->cpu) ||
	    nla_put_u32(skb, VMXPROBE_A_PROBE_DONE, res->done))
		return -EMSGSIZE;
	for (i = 0; i < res->n_outcomes; i++)
		if (fill_outcome(skb, VMXPROBE_A_PROBE_OUTCOME, &res->outcomes[i]))
			return -EMSGSIZE;
	if (nla_put(skb, VMXPROBE_A_PROBE_INDEX, res->done, res->index))
		return -EMSGSIZE;
	for (i = 1; i < VMXPROBE_N_HOST_ITEMS; i++)
		if (changes[i].changed && fill_host_change(skb, i, &changes[i]))
			return -EMSGSIZE;
	if (nla_put_u32(skb, VMXPROBE_A_PROBE_WINDOWS, batch->report.windows) ||
	    nla_put_u32(skb, VMXPROBE_A_PROBE_WINDOW_ENTRIES, batch->window_entries) ||
	    nla_put_u64_64bit(skb, VMXPROBE_A_PROBE_WINDOW_TICKS, batch->report.ticks,
			      VMXPROBE_A_PROBE_PAD) ||
	    nla_put_u64_64bit(skb, VMXPROBE_A_PROBE_WINDOW_TICKS_MAX, batch->report.ticks_max,
			      VMXPROBE_A_PROBE_PAD))
		return -EMSGSIZE;
	return 0;
}

static int reply_batch(const struct vmxprobe_batch *batch, struct genl_info *info)
{
	const struct vmxprobe_results *res = &batch->results;
	struct sk_buff *msg;
	void *hdr;

	msg = genlmsg_new(REPLY_SIZE + res->n_outcomes * OUTCOME_SIZE + res->done +
			  VMXPROBE_N_HOST_ITEMS * HOST_CHANGE_SIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	hdr = genlmsg_put_reply(msg, info, &vmxprobe_family, 0, VMXPROBE_CMD_PROBE);
	if (!hdr || fill_batch(msg, batch)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

int vmxprobe_nl_probe_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct request *req;
	int err;

	if (!may_probe(skb, info))
		return -EPERM;

	req = kvzalloc(sizeof(*req), GFP_KERNEL_ACCOUNT);
	if (!req)
		return -ENOMEM;
	err = parse_request(req, info);
	if (!err)
		err = vmxprobe_probe_run(&req->batch);
	if (err == -EINTR)
		NL_SET_ERR_MSG(info->extack, "interrupted by a signal before the first probe");
	if (!err)
		err = reply_batch(&req->batch, info);
	kvfree(req);
	return err;
}

static int fill_access(struct sk_buff *skb, const struct vmxprobe_access *access)
{
	struct nlattr *nest = nla_nest_start(skb, VMXPROBE_A_FIELDS_ACCESS);

	if (!nest || nla_put_u32(skb, VMXPROBE_A_ACCESS_ENCODING, access->encoding))
		return -EMSGSIZE;
	if (access->read.kind && fill_outcome(skb, VMXPROBE_A_ACCESS_READ, &access->read))
		return -EMSGSIZE;
	if (access->write.kind && fill_outcome(skb, VMXPROBE_A_ACCESS_WRITE, &access->write))
		return -EMSGSIZE;
	if (!access->read.kind && !access->write.kind &&
	    nla_put_u64_64bit(skb, VMXPROBE_A_ACCESS_ONES, access->ones, VMXPROBE_A_ACCESS_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int fill_scan(struct sk_buff *skb, const struct vmxprobe_scan *scan)
{
	u32 i;

	if (nla_put_u32(skb, VMXPROBE_A_FIELDS_CPU, scan->cpu))
		return -EMSGSIZE;
	if (scan->failed.kind)
		return fill_outcome(skb, VMXPROBE_A_FIELDS_FAILED, &scan->failed);
	if (scan->next < VMXPROBE_ENCODINGS &&
	    nla_put_u32(skb, VMXPROBE_A_FIELDS_NEXT, scan->next))
		return -EMSGSIZE;
	for (i = 0; i < scan->n; i++)
		if (fill_access(skb, &scan->access[i]))
			return -EMSGSIZE;
	return 0;
}

static int reply_scan(const struct vmxprobe_scan *scan, struct genl_info *info)
{
	struct sk_buff *msg;
	void *hdr;

	msg = genlmsg_new(REPLY_SIZE + (scan->n + 1) * ACCESS_SIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	hdr = genlmsg_put_reply(msg, info, &vmxprobe_family, 0, VMXPROBE_CMD_FIELDS);
	if (!hdr || fill_scan(msg, scan)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

int vmxprobe_nl_fields_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *first = info->attrs[VMXPROBE_A_FIELDS_FIRST];
	struct vmxprobe_scan *scan;
	int err;

	if (!may_probe(skb, info))
		return -EPERM;
	if (first && nla_get_u32(first) >= VMXPROBE_ENCODINGS) {
		NL_SET_ERR_MSG_ATTR(info->extack, first, "VMCS field encodings are below 0x8000");
		return -EINVAL;
	}

	scan = kvzalloc(sizeof(*scan), GFP_KERNEL_ACCOUNT);
	if (!scan)
		return -ENOMEM;
	scan->next = first ? nla_get_u32(first) : 0;
	err = get_cpu_id(info, VMXPROBE_A_FIELDS_CPU, &scan->cpu);
	if (!err)
		err = vmxprobe_scan_run(scan);
	if (err == -EINTR)
		NL_SET_ERR_MSG(info->extack, "interrupted by a signal");
	if (!err)
		err = reply_scan(scan, info);
	kvfree(scan);
	return err;
}

static struct genl_family vmxprobe_family __ro_after_init = {
	.name		= VMXPROBE_FAMILY_NAME,
	.version	= VMXPROBE_FAMILY_VERSION,
	.netnsok	= false,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.ops		= vmxprobe_nl_ops,
	.n_ops		= ARRAY_SIZE(vmxprobe_nl_ops),
};

int __init vmxprobe_netlink_init(void)
{
	int err;

	hotplug_state = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "vmxprobe:online",
						  hotplug_changed, hotplug_changed);
	if (hotplug_state < 0)
		return hotplug_state;

	err = genl_register_family(&vmxprobe_family);
	if (err)
		goto remove_hotplug;
	return 0;

remove_hotplug:
	cpuhp_remove_state_nocalls(hotplug_state);
	return err;
}

void vmxprobe_netlink_uninit(void)
{
	genl_unregister_family(&vmxprobe_family);
	cpuhp_remove_state_nocalls(hotplug_state);
}
