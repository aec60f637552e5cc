// SPDX-License-Identifier: GPL-2.0
#include "message.h"

#include <string.h>

#include "netlink/vmxprobe.h"

struct nlmsghdr *start(struct message *m)
{
	struct nlmsghdr *nlh;

	memset(m, 0, sizeof(*m));
	nlh = mnl_nlmsg_put_header(m->buf);
	mnl_nlmsg_put_extra_header(nlh, GENL_HDRLEN);
	return nlh;
}

static void put_leaf(struct nlmsghdr *nlh, uint32_t leaf, uint32_t eax)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, VMXPROBE_A_CPU_CPUID);

	mnl_attr_put_u32(nlh, VMXPROBE_A_CPUID_LEAF, leaf);
	mnl_attr_put_u32(nlh, VMXPROBE_A_CPUID_SUBLEAF, 0);
	mnl_attr_put_u32(nlh, VMXPROBE_A_CPUID_EAX, eax);
	mnl_attr_put_u32(nlh, VMXPROBE_A_CPUID_EBX, 2);
	mnl_attr_put_u32(nlh, VMXPROBE_A_CPUID_ECX, 3);
	mnl_attr_put_u32(nlh, VMXPROBE_A_CPUID_EDX, 4);
	mnl_attr_nest_end(nlh, nest);
}

void put_msr(struct nlmsghdr *nlh, uint32_t index, uint32_t state, const uint64_t *value)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, VMXPROBE_A_CPU_MSR);

	mnl_attr_put_u32(nlh, VMXPROBE_A_MSR_INDEX, index);
	mnl_attr_put_u32(nlh, VMXPROBE_A_MSR_STATE, state);
	if (value) {
		mnl_attr_put(nlh, VMXPROBE_A_MSR_PAD, 0, NULL);
		mnl_attr_put_u64(nlh, VMXPROBE_A_MSR_VALUE, *value);
	}
	mnl_attr_nest_end(nlh, nest);
}

void put_cpu(struct nlmsghdr *nlh, uint32_t id)
{
	const uint64_t value = 0x01d8100000000004;

	mnl_attr_put_u32(nlh, VMXPROBE_A_CPU_ID, id);
	mnl_attr_put_u32(nlh, VMXPROBE_A_CPU_READINESS, VMXPROBE_READINESS_READY);
	mnl_attr_put_u32(nlh, VMXPROBE_A_CPU_MICROCODE, 0x28);
	put_leaf(nlh, 1, 0x306c3);
	put_msr(nlh, 0x481, VMXPROBE_MSR_STATE_FAULTED, NULL);
	put_msr(nlh, 0x480, VMXPROBE_MSR_STATE_READ, &value);
	put_msr(nlh, 0x493, VMXPROBE_MSR_STATE_ABSENT, NULL);
}

void put_refused(struct nlmsghdr *nlh, uint32_t error)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, VMXPROBE_A_PROBE_OUTCOME);

	mnl_attr_put_u32(nlh, VMXPROBE_A_OUTCOME_KIND, VMXPROBE_KIND_FAIL_VALID);
	mnl_attr_put_u32(nlh, VMXPROBE_A_OUTCOME_INSN, VMXPROBE_INSN_VMLAUNCH);
	mnl_attr_put_u32(nlh, VMXPROBE_A_OUTCOME_ERROR, error);
	mnl_attr_nest_end(nlh, nest);
}

void put_exit(struct nlmsghdr *nlh, uint32_t kind, uint32_t reason, uint64_t qualification)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, VMXPROBE_A_PROBE_OUTCOME);

	mnl_attr_put_u32(nlh, VMXPROBE_A_OUTCOME_KIND, kind);
	mnl_attr_put_u32(nlh, VMXPROBE_A_OUTCOME_EXIT_REASON, reason);
	mnl_attr_put_u64(nlh, VMXPROBE_A_OUTCOME_QUALIFICATION, qualification);
	mnl_attr_nest_end(nlh, nest);
}

void put_arrived(struct nlmsghdr *nlh, uint64_t first, size_t n_fields, uint64_t ticks)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, VMXPROBE_A_PROBE_OUTCOME), *inner;
	uint64_t fields[64];

	for (size_t i = 0; i < n_fields; i++)
		fields[i] = first + i;
	mnl_attr_put_u32(nlh, VMXPROBE_A_OUTCOME_KIND, VMXPROBE_KIND_ENTERED);
	mnl_attr_put_u32(nlh, VMXPROBE_A_OUTCOME_EXIT_REASON, 18);
	mnl_attr_put_u64(nlh, VMXPROBE_A_OUTCOME_QUALIFICATION, 0);
	mnl_attr_put_u64(nlh, VMXPROBE_A_OUTCOME_GUEST_RIP, 0x10d0);
	inner = mnl_attr_nest_start(nlh, VMXPROBE_A_OUTCOME_ARRIVAL);
	mnl_attr_put(nlh, VMXPROBE_A_ARRIVAL_FIELDS, n_fields * sizeof(*fields), fields);
	mnl_attr_put(nlh, VMXPROBE_A_ARRIVAL_STACK, 16, "0123456789abcdef");
	mnl_attr_put(nlh, VMXPROBE_A_ARRIVAL_PAD, 0, NULL);
	mnl_attr_put_u64(nlh, VMXPROBE_A_ARRIVAL_RAX, 0xa);
	mnl_attr_put_u64(nlh, VMXPROBE_A_ARRIVAL_RDX, 0xd);
	mnl_attr_put_u64(nlh, VMXPROBE_A_ARRIVAL_CR2, 0xc2000);
	mnl_attr_put_u64(nlh, VMXPROBE_A_ARRIVAL_DR6, 0xffff0ff0);
	if (ticks)
		mnl_attr_put_u64(nlh, VMXPROBE_A_ARRIVAL_TICKS, ticks);
	mnl_attr_nest_end(nlh, inner);
	mnl_attr_nest_end(nlh, nest);
}

void put_probe(struct nlmsghdr *nlh, uint32_t cpu, uint32_t done)
{
	mnl_attr_put_u32(nlh, VMXPROBE_A_PROBE_CPU, cpu);
	mnl_attr_put_u32(nlh, VMXPROBE_A_PROBE_DONE, done);
	put_refused(nlh, 7);
	put_exit(nlh, VMXPROBE_KIND_ENTRY_FAILED, 0x80000021, 4);
}

void put_stats(struct nlmsghdr *nlh)
{
	mnl_attr_put_u32(nlh, VMXPROBE_A_PROBE_WINDOWS, 2);
	mnl_attr_put_u32(nlh, VMXPROBE_A_PROBE_WINDOW_ENTRIES, 64);
	mnl_attr_put_u64(nlh, VMXPROBE_A_PROBE_WINDOW_TICKS, 1000);
	mnl_attr_put_u64(nlh, VMXPROBE_A_PROBE_WINDOW_TICKS_MAX, 600);
	mnl_attr_put_u32(nlh, VMXPROBE_A_PROBE_INTERRUPTED, 7);
	mnl_attr_put_u32(nlh, VMXPROBE_A_PROBE_NMIS, 3);
	mnl_attr_put_u32(nlh, VMXPROBE_A_PROBE_BORROWED, 1);
}
