// SPDX-License-Identifier: GPL-2.0
/*
 * Marshals the contract of netlink/vmxprobe.yaml, with netlink_probe.c, netlink_fields.c and
 * netlink_experiment.c; nothing below these files knows of netlink.
 */
#include <linux/atomic.h>
#include <linux/capability.h>
#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/module.h>
#include <linux/security.h>
#include "netlink_common.h"
#include "probe.h"

/* Room for one message about a CPU. */
#define CPU_SIZE	3072

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

	vmxprobe_cpu_ask(cpu, &info);
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

int vmxprobe_get_cpu_id(struct genl_info *info, int type, unsigned int *cpu)
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

bool vmxprobe_may_probe(struct sk_buff *skb, struct genl_info *info)
{
	if (!netlink_capable(skb, CAP_SYS_ADMIN)) {
		NL_SET_ERR_MSG(info->extack, "executing VMX instructions takes CAP_SYS_ADMIN");
		return false;
	}
	/* Root is not the kernel then, and what keeps probes harmless is code of ours. */
	if (security_locked_down(LOCKDOWN_MSR)) {
		NL_SET_ERR_MSG(info->extack,
			       "this kernel is locked down, see kernel_lockdown(7): no VMX instruction is executed");
		return false;
	}
	return true;
}

/* Not -EINTR, to which netlink gives no answer at all. */
int vmxprobe_ask_again(struct genl_info *info)
{
	NL_SET_ERR_MSG(info->extack, "interrupted by a signal; ask again");
	return -EAGAIN;
}

int vmxprobe_fill_outcome_attrs(struct sk_buff *skb, const struct vmxprobe_outcome *out)
{
	bool exit = out->kind == VMXPROBE_KIND_ENTRY_FAILED || out->kind == VMXPROBE_KIND_ENTERED;

	if (nla_put_u32(skb, VMXPROBE_A_OUTCOME_KIND, out->kind))
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
	return 0;
}

int vmxprobe_fill_outcome(struct sk_buff *skb, int type, const struct vmxprobe_outcome *out)
{
	struct nlattr *nest = nla_nest_start(skb, type);

	if (!nest || vmxprobe_fill_outcome_attrs(skb, out))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int fill_host_change(struct sk_buff *skb, int type, u32 item,
			    const struct vmxprobe_host_change *change)
{
	struct nlattr *nest = nla_nest_start(skb, type);

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

int vmxprobe_fill_host_changes(struct sk_buff *skb, int type,
			       const struct vmxprobe_window_report *report)
{
	u32 i;

	for (i = 1; i < VMXPROBE_N_HOST_ITEMS; i++)
		if (report->changes[i].changed &&
		    fill_host_change(skb, type, i, &report->changes[i]))
			return -EMSGSIZE;
	return 0;
}

int vmxprobe_nl_cpu_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *msg;
	unsigned int cpu;
	void *hdr;
	int err;

	err = vmxprobe_get_cpu_id(info, VMXPROBE_A_CPU_ID, &cpu);
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

struct genl_family vmxprobe_family __ro_after_init = {
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
