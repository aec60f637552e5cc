// SPDX-License-Identifier: GPL-2.0
/* What the client makes of the module's answers, good, bad and from the future. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "netlink/vmxprobe.h"
#include "client.h"
#include "message.h"

/* The attributes in memory of just their size, so that a read beyond is seen. */
static void *attributes(const struct message *m, size_t *len)
{
	void *copy;

	*len = m->nlh.nlmsg_len - HEADERS;
	copy = malloc(*len + 1);
	memcpy(copy, m->buf + HEADERS, *len);
	return copy;
}

static int parse_cpu(const struct message *m, struct cpu *cpu)
{
	size_t len;
	void *attrs = attributes(m, &len);
	int ret = client_parse_cpu(attrs, len, cpu);

	free(attrs);
	return ret;
}

static int parse_probe(const struct message *m, unsigned int cpu, size_t asked,
		       struct client_reply *reply)
{
	size_t len;
	void *attrs = attributes(m, &len);
	int ret = client_parse_probe(attrs, len, cpu, asked, reply);

	reply->index = NULL;	/* pointed into what is freed */
	free(attrs);
	return ret;
}

static void cpu_is_read(void **state)
{
	struct message m;
	struct cpu cpu;

	(void)state;
	put_cpu(start(&m), 3);
	assert_int_equal(parse_cpu(&m, &cpu), 0);
	assert_int_equal(cpu.id, 3);
	assert_int_equal(cpu.readiness, READINESS_READY);
	assert_int_equal(cpu.microcode, 0x28);
	assert_int_equal(cpu.n_leaves, 1);
	assert_int_equal(cpu.leaves[0].eax, 0x306c3);
	assert_int_equal(cpu.leaves[0].edx, 4);
	assert_int_equal(cpu.n_msrs, 3);
	assert_int_equal(cpu.msrs[0].index, 0x480);	/* ascending, whatever the order sent */
	assert_int_equal(cpu.msrs[0].state, MSR_READ);
	assert_int_equal(cpu.msrs[0].value, 0x01d8100000000004);
	assert_int_equal(cpu.msrs[1].state, MSR_FAULTED);
	assert_int_equal(cpu.msrs[2].state, MSR_ABSENT);
	client_cpu_clear(&cpu);
}

static void cpu_offline_has_number_and_readiness(void **state)
{
	struct nlmsghdr *nlh;
	struct message m;
	struct cpu cpu;

	(void)state;
	nlh = start(&m);
	mnl_attr_put_u32(nlh, VMXPROBE_A_CPU_ID, 7);
	assert_int_equal(parse_cpu(&m, &cpu), -EPROTO);
	mnl_attr_put_u32(nlh, VMXPROBE_A_CPU_READINESS, VMXPROBE_READINESS_OFFLINE);
	assert_int_equal(parse_cpu(&m, &cpu), 0);
	assert_int_equal(cpu.readiness, READINESS_OFFLINE);
	assert_int_equal(cpu.n_msrs, 0);
	client_cpu_clear(&cpu);
}

static void cpu_from_the_future_is_kept(void **state)
{
	const uint64_t value = 1;
	struct nlmsghdr *nlh;
	struct nlattr *nest;
	struct message m;
	struct cpu cpu;

	(void)state;
	nlh = start(&m);
	mnl_attr_put_u32(nlh, VMXPROBE_A_CPU_ID, 0);
	mnl_attr_put_u32(nlh, VMXPROBE_A_CPU_READINESS, 4711);
	mnl_attr_put(nlh, 900, 3, "abc");
	put_msr(nlh, 0x480, 4711, NULL);		/* a state we have no word for */
	nest = mnl_attr_nest_start(nlh, VMXPROBE_A_CPU_MSR);
	mnl_attr_put_u32(nlh, VMXPROBE_A_MSR_INDEX, 0x485);
	mnl_attr_put(nlh, 77, 6, "future");
	mnl_attr_put_u32(nlh, VMXPROBE_A_MSR_STATE, VMXPROBE_MSR_STATE_READ);
	mnl_attr_put_u64(nlh, VMXPROBE_A_MSR_VALUE, value);
	mnl_attr_nest_end(nlh, nest);
	assert_int_equal(parse_cpu(&m, &cpu), 0);
	assert_int_equal(cpu.readiness, READINESS_UNKNOWN);
	assert_int_equal(cpu.n_msrs, 1);
	assert_int_equal(cpu.msrs[0].index, 0x485);
	client_cpu_clear(&cpu);
}

static void cpu_against_the_contract_is_refused(void **state)
{
	const uint64_t value = 1;
	struct nlmsghdr *nlh;
	struct nlattr *nest;
	struct message m;
	struct cpu cpu;

	(void)state;
	nlh = start(&m);
	put_cpu(nlh, 1);
	mnl_attr_put_u32(nlh, VMXPROBE_A_CPU_ID, 1);		/* twice */
	assert_int_equal(parse_cpu(&m, &cpu), -EPROTO);
	assert_null(cpu.msrs);

	nlh = start(&m);
	put_cpu(nlh, 1);
	put_msr(nlh, 0x480, VMXPROBE_MSR_STATE_ABSENT, NULL);	/* twice */
	assert_int_equal(parse_cpu(&m, &cpu), -EPROTO);

	nlh = start(&m);
	put_cpu(nlh, 1);
	put_msr(nlh, 0x482, VMXPROBE_MSR_STATE_READ, NULL);	/* read, but no value */
	assert_int_equal(parse_cpu(&m, &cpu), -EPROTO);

	nlh = start(&m);
	put_cpu(nlh, 1);
	put_msr(nlh, 0x482, VMXPROBE_MSR_STATE_ABSENT, &value);
	assert_int_equal(parse_cpu(&m, &cpu), -EPROTO);

	nlh = start(&m);
	mnl_attr_put_u64(nlh, VMXPROBE_A_CPU_ID, 1);		/* of the wrong width */
	mnl_attr_put_u32(nlh, VMXPROBE_A_CPU_READINESS, VMXPROBE_READINESS_READY);
	assert_int_equal(parse_cpu(&m, &cpu), -EPROTO);

	nlh = start(&m);
	put_cpu(nlh, 1);
	nest = mnl_attr_nest_start(nlh, VMXPROBE_A_CPU_CPUID);	/* a leaf without its number */
	mnl_attr_put_u32(nlh, VMXPROBE_A_CPUID_EAX, 1);
	mnl_attr_nest_end(nlh, nest);
	assert_int_equal(parse_cpu(&m, &cpu), -EPROTO);
}

/* Cut short anywhere, or with any length field off: an error or a shorter truth, no overrun. */
static void cpu_cut_short_is_survived(void **state)
{
	struct message m;
	struct cpu cpu;
	size_t whole, good = 0;

	(void)state;
	put_cpu(start(&m), 1);
	whole = m.nlh.nlmsg_len;
	for (size_t len = HEADERS; len < whole; len++) {
		m.nlh.nlmsg_len = len;
		if (!parse_cpu(&m, &cpu)) {
			good++;
			client_cpu_clear(&cpu);
		}
	}
	assert_int_equal(good, 5);	/* behind the readiness and what stands alone after it */
	m.nlh.nlmsg_len = whole;
	for (size_t at = HEADERS; at + 2 <= whole; at += 2) {
		for (unsigned int flip = 1; flip <= 0x8000; flip <<= 1) {
			uint16_t *word = (uint16_t *)(m.buf + at);

			*word ^= flip;
			if (!parse_cpu(&m, &cpu))
				client_cpu_clear(&cpu);
			*word ^= flip;
		}
	}
}

static void answer_is_read(void **state)
{
	static struct client_reply reply;
	struct nlmsghdr *nlh;
	struct nlattr *nest;
	struct message m;

	(void)state;
	nlh = start(&m);
	put_probe(nlh, 1, 3);
	mnl_attr_put(nlh, VMXPROBE_A_PROBE_INDEX, 3, "\0\1\0");
	nest = mnl_attr_nest_start(nlh, VMXPROBE_A_PROBE_HOST_CHANGE);
	mnl_attr_put_u32(nlh, VMXPROBE_A_HOST_CHANGE_ITEM, VMXPROBE_HOST_ITEM_DR7);
	mnl_attr_put_u64(nlh, VMXPROBE_A_HOST_CHANGE_BEFORE, 0x401);
	mnl_attr_put_u64(nlh, VMXPROBE_A_HOST_CHANGE_AFTER, 0x400);
	mnl_attr_nest_end(nlh, nest);
	put_stats(nlh);

	assert_int_equal(client_parse_probe(m.buf + HEADERS, nlh->nlmsg_len - HEADERS, 1, 5,
					    &reply), 0);
	assert_int_equal(reply.done, 3);
	assert_int_equal(reply.n_outcomes, 2);
	assert_memory_equal(reply.index, "\0\1\0", 3);
	assert_int_equal(reply.outcomes[0].kind, OUTCOME_FAIL_VALID);
	assert_int_equal(reply.outcomes[0].insn, INSN_VMLAUNCH);
	assert_int_equal(reply.outcomes[0].error, 7);
	assert_int_equal(reply.outcomes[1].kind, OUTCOME_ENTRY_FAILED);
	assert_int_equal(reply.outcomes[1].exit_reason, 0x80000021);
	assert_int_equal(reply.outcomes[1].qualification, 4);
	assert_int_equal(reply.cost.n_changes, 1);
	assert_string_equal(reply.cost.changes[0].name, "dr7");
	assert_int_equal(reply.cost.changes[0].before, 0x401);
	assert_int_equal(reply.cost.stats.windows, 2);
	assert_int_equal(reply.cost.stats.max_entries, 64);
	assert_int_equal(reply.cost.stats.ticks, 1000);
	assert_int_equal(reply.cost.stats.max_ticks, 600);
	assert_int_equal(reply.cost.stats.interrupted, 7);
	assert_int_equal(reply.cost.stats.nmis, 3);
	assert_int_equal(reply.cost.stats.borrowed, 1);
}

static void answer_against_the_contract_is_refused(void **state)
{
	static const struct {
		uint32_t cpu, done;
		size_t asked, n_index;
		const char *index;
		int expected;
	} rows[] = {
		{ 1, 2, 2, 2, "\0\1", 0 },
		{ 1, 2, 9, 2, "\0\1", 0 },
		{ 2, 2, 2, 2, "\0\1", -EPROTO },	/* of another CPU */
		{ 1, 0, 2, 0, "", -EPROTO },		/* no progress */
		{ 1, 3, 2, 3, "\0\1\0", -EPROTO },	/* more than asked */
		{ 1, 2, 2, 1, "\0", -EPROTO },		/* an index too few */
		{ 1, 2, 2, 3, "\0\0\0", -EPROTO },	/* and one too many */
		{ 1, 2, 2, 2, "\0\2", -EPROTO },	/* no such outcome */
		{ 1, 2, 2, 2, "\0\377", -EPROTO },
	};
	static struct client_reply reply;
	struct message m;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct nlmsghdr *nlh = start(&m);

		put_probe(nlh, rows[i].cpu, rows[i].done);
		mnl_attr_put(nlh, VMXPROBE_A_PROBE_INDEX, rows[i].n_index, rows[i].index);
		assert_int_equal(parse_probe(&m, 1, rows[i].asked, &reply), rows[i].expected);
	}
	put_probe(start(&m), 1, 1);
	assert_int_equal(parse_probe(&m, 1, 1, &reply), -EPROTO);	/* no index at all */
}

/* Nothing says that the last attribute is padded; what follows it must be an attribute. */
static void answer_ends_where_it_says(void **state)
{
	static struct client_reply reply;
	struct nlmsghdr *nlh;
	struct message m;

	(void)state;
	nlh = start(&m);
	put_probe(nlh, 1, 3);
	mnl_attr_put(nlh, VMXPROBE_A_PROBE_INDEX, 3, "\0\1\0");
	nlh->nlmsg_len--;
	assert_int_equal(parse_probe(&m, 1, 3, &reply), 0);
	nlh->nlmsg_len += 3;
	assert_int_equal(parse_probe(&m, 1, 3, &reply), -EPROTO);
}

/* An answer of one probe with one outcome that put() makes. */
static int parse_outcome(void (*put)(struct nlmsghdr *nlh), struct outcome *outcome)
{
	static struct client_reply reply;
	struct nlmsghdr *nlh;
	struct message m;
	int ret;

	nlh = start(&m);
	mnl_attr_put_u32(nlh, VMXPROBE_A_PROBE_CPU, 0);
	mnl_attr_put_u32(nlh, VMXPROBE_A_PROBE_DONE, 1);
	put(nlh);
	mnl_attr_put(nlh, VMXPROBE_A_PROBE_INDEX, 1, "");
	ret = parse_probe(&m, 0, 1, &reply);
	*outcome = reply.outcomes[0];
	return ret;
}

static void put_kind(struct nlmsghdr *nlh, uint32_t kind, uint16_t with, uint32_t value)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, VMXPROBE_A_PROBE_OUTCOME);

	mnl_attr_put_u32(nlh, VMXPROBE_A_OUTCOME_KIND, kind);
	if (with)
		mnl_attr_put_u32(nlh, with, value);
	mnl_attr_nest_end(nlh, nest);
}

static void put_in_use(struct nlmsghdr *nlh)
{
	put_kind(nlh, VMXPROBE_KIND_NOT_READY, VMXPROBE_A_OUTCOME_READINESS,
		 VMXPROBE_READINESS_IN_USE);
}

static void put_stopped(struct nlmsghdr *nlh)
{
	put_kind(nlh, VMXPROBE_KIND_STOPPED, 0, 0);
}

static void put_future(struct nlmsghdr *nlh)
{
	put_kind(nlh, 4711, VMXPROBE_A_OUTCOME_ERROR, 1);
}

static void put_not_ready_without_why(struct nlmsghdr *nlh)
{
	put_kind(nlh, VMXPROBE_KIND_NOT_READY, 0, 0);
}

static void put_failure_without_error(struct nlmsghdr *nlh)
{
	put_kind(nlh, VMXPROBE_KIND_FAIL_VALID, VMXPROBE_A_OUTCOME_INSN, VMXPROBE_INSN_VMLAUNCH);
}

static void put_failed_entry_that_entered(struct nlmsghdr *nlh)
{
	put_exit(nlh, VMXPROBE_KIND_ENTRY_FAILED, 33, 0);
}

static void put_entry_that_failed(struct nlmsghdr *nlh)
{
	put_exit(nlh, VMXPROBE_KIND_ENTERED, 0x80000021, 0);
}

static void put_fault(struct nlmsghdr *nlh)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, VMXPROBE_A_PROBE_OUTCOME);

	mnl_attr_put_u32(nlh, VMXPROBE_A_OUTCOME_KIND, VMXPROBE_KIND_FAULT);
	mnl_attr_put_u32(nlh, VMXPROBE_A_OUTCOME_INSN, VMXPROBE_INSN_VMWRITE);
	mnl_attr_put_u32(nlh, VMXPROBE_A_OUTCOME_VECTOR, 6);
	mnl_attr_put_u32(nlh, VMXPROBE_A_OUTCOME_FIELD, 0x6800);
	mnl_attr_put_u32(nlh, VMXPROBE_A_OUTCOME_ERROR, 9);	/* not valid for the kind */
	mnl_attr_nest_end(nlh, nest);
}

static void outcomes_are_kept_apart(void **state)
{
	struct outcome outcome;

	(void)state;
	assert_int_equal(parse_outcome(put_in_use, &outcome), 0);
	assert_int_equal(outcome.kind, OUTCOME_NOT_READY);
	assert_int_equal(outcome.readiness, READINESS_IN_USE);
	assert_int_equal(parse_outcome(put_stopped, &outcome), 0);
	assert_int_equal(outcome.kind, OUTCOME_STOPPED);
	assert_int_equal(parse_outcome(put_fault, &outcome), 0);
	assert_int_equal(outcome.kind, OUTCOME_FAULT);
	assert_int_equal(outcome.insn, INSN_VMWRITE);
	assert_int_equal(outcome.vector, 6);
	assert_int_equal(outcome.field, 0x6800);
	assert_int_equal(outcome.error, 0);
	assert_int_equal(parse_outcome(put_future, &outcome), 0);
	assert_int_equal(outcome.kind, OUTCOME_NOT_TESTED);
	assert_int_equal(outcome.why, NOT_TESTED_UNKNOWN_KIND);

	assert_int_equal(parse_outcome(put_not_ready_without_why, &outcome), -EPROTO);
	assert_int_equal(parse_outcome(put_failure_without_error, &outcome), -EPROTO);
	assert_int_equal(parse_outcome(put_failed_entry_that_entered, &outcome), -EPROTO);
	assert_int_equal(parse_outcome(put_entry_that_failed, &outcome), -EPROTO);
}

static void outcomes_are_bounded(void **state)
{
	static struct client_reply reply;
	struct message m;

	(void)state;
	for (uint32_t n = 255; n <= 256; n++) {
		struct nlmsghdr *nlh = start(&m);

		mnl_attr_put_u32(nlh, VMXPROBE_A_PROBE_CPU, 0);
		mnl_attr_put_u32(nlh, VMXPROBE_A_PROBE_DONE, 1);
		for (uint32_t i = 0; i < n; i++)
			put_refused(nlh, i);
		mnl_attr_put(nlh, VMXPROBE_A_PROBE_INDEX, 1, "\376");
		assert_int_equal(parse_probe(&m, 0, 1, &reply), n == 255 ? 0 : -EPROTO);
	}
}

static void arrival_is_read(void **state)
{
	static struct client_reply reply;
	struct nlmsghdr *nlh;
	struct message m;

	(void)state;
	nlh = start(&m);
	put_probe(nlh, 1, 1);
	put_arrived(nlh, 0x100, ARRIVAL_MAX_FIELDS, 0x123);
	mnl_attr_put(nlh, VMXPROBE_A_PROBE_INDEX, 1, "\2");
	assert_int_equal(parse_probe(&m, 1, 1, &reply), 0);
	assert_int_equal(reply.n_arrivals, 1);
	assert_int_equal(reply.outcomes[1].arrival, 0);
	assert_int_equal(reply.outcomes[2].arrival, 1);
	assert_int_equal(reply.outcomes[2].guest_rip, 0x10d0);
	assert_int_equal(reply.arrivals[0].n_fields, ARRIVAL_MAX_FIELDS);
	assert_int_equal(reply.arrivals[0].fields[23], 0x117);
	assert_int_equal(reply.arrivals[0].n_stack, 16);
	assert_memory_equal(reply.arrivals[0].stack, "0123456789abcdef", 16);
	assert_int_equal(reply.arrivals[0].rax, 0xa);
	assert_int_equal(reply.arrivals[0].rdx, 0xd);
	assert_int_equal(reply.arrivals[0].cr2, 0xc2000);
	assert_int_equal(reply.arrivals[0].dr6, 0xffff0ff0);
	assert_int_equal(reply.arrivals[0].ticks, 0x123);
}

/* An answer of one probe whose outcome of this kind has an arrival of these sizes, n times. */
static int parse_arrival(uint32_t kind, size_t fields, size_t stack, uint16_t without, size_t n)
{
	static const char zeros[256];
	static struct client_reply reply;
	struct nlattr *nest, *inner;
	struct nlmsghdr *nlh;
	struct message m;

	nlh = start(&m);
	mnl_attr_put_u32(nlh, VMXPROBE_A_PROBE_CPU, 0);
	mnl_attr_put_u32(nlh, VMXPROBE_A_PROBE_DONE, 1);
	nest = mnl_attr_nest_start(nlh, VMXPROBE_A_PROBE_OUTCOME);
	mnl_attr_put_u32(nlh, VMXPROBE_A_OUTCOME_KIND, kind);
	mnl_attr_put_u32(nlh, VMXPROBE_A_OUTCOME_EXIT_REASON,
			 kind == VMXPROBE_KIND_ENTERED ? 18 : 0x80000021);
	mnl_attr_put_u64(nlh, VMXPROBE_A_OUTCOME_QUALIFICATION, 0);
	for (size_t i = 0; i < n; i++) {
		inner = mnl_attr_nest_start(nlh, VMXPROBE_A_OUTCOME_ARRIVAL);
		mnl_attr_put(nlh, VMXPROBE_A_ARRIVAL_FIELDS, fields, zeros);
		mnl_attr_put(nlh, VMXPROBE_A_ARRIVAL_STACK, stack, zeros);
		for (uint16_t a = VMXPROBE_A_ARRIVAL_RAX; a <= VMXPROBE_A_ARRIVAL_TICKS; a++)
			if (a != without)
				mnl_attr_put_u64(nlh, a, 1);
		if (without == VMXPROBE_A_ARRIVAL_STACK)
			mnl_attr_put(nlh, without, 8, zeros);	/* twice */
		mnl_attr_nest_end(nlh, inner);
	}
	mnl_attr_nest_end(nlh, nest);
	mnl_attr_put(nlh, VMXPROBE_A_PROBE_INDEX, 1, "");
	return parse_probe(&m, 0, 1, &reply);
}

static void arrival_against_the_contract_is_refused(void **state)
{
	static const struct {
		uint32_t kind;
		size_t fields, stack;
		uint16_t without;
		size_t n;
		int expected;
	} rows[] = {
		{ VMXPROBE_KIND_ENTERED, 64, 64, 0, 1, 0 },
		{ VMXPROBE_KIND_ENTERED, 64, 63, 0, 1, 0 },
		{ VMXPROBE_KIND_ENTERED, 0, 0, VMXPROBE_A_ARRIVAL_TICKS, 1, 0 },
		{ VMXPROBE_KIND_ENTERED, 63, 64, 0, 1, -EPROTO },	/* part of a field */
		{ VMXPROBE_KIND_ENTERED, 200, 64, 0, 1, -EPROTO },	/* too many */
		{ VMXPROBE_KIND_ENTERED, 64, 65, 0, 1, -EPROTO },
		{ VMXPROBE_KIND_ENTERED, 64, 8, VMXPROBE_A_ARRIVAL_STACK, 1, -EPROTO },
		{ VMXPROBE_KIND_ENTERED, 64, 64, VMXPROBE_A_ARRIVAL_RAX, 1, -EPROTO },
		{ VMXPROBE_KIND_ENTERED, 64, 64, VMXPROBE_A_ARRIVAL_RDX, 1, -EPROTO },
		{ VMXPROBE_KIND_ENTERED, 64, 64, VMXPROBE_A_ARRIVAL_CR2, 1, -EPROTO },
		{ VMXPROBE_KIND_ENTERED, 64, 64, VMXPROBE_A_ARRIVAL_DR6, 1, -EPROTO },
		{ VMXPROBE_KIND_ENTERED, 64, 64, 0, 2, -EPROTO },	/* twice */
		{ VMXPROBE_KIND_ENTRY_FAILED, 64, 64, 0, 0, 0 },
		{ VMXPROBE_KIND_ENTRY_FAILED, 64, 64, 0, 1, -EPROTO },	/* no guest arrived */
		{ 4711, 63, 64, 0, 2, 0 },	/* who knows what that is */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(parse_arrival(rows[i].kind, rows[i].fields, rows[i].stack,
					       rows[i].without, rows[i].n), rows[i].expected);
}

static void arrivals_are_bounded(void **state)
{
	static struct client_reply reply;
	struct message m;

	(void)state;
	for (uint32_t n = 64; n <= 65; n++) {
		struct nlmsghdr *nlh = start(&m);

		put_probe(nlh, 0, 1);
		for (uint32_t i = 0; i < n; i++)
			put_arrived(nlh, i, 1, 0);
		mnl_attr_put(nlh, VMXPROBE_A_PROBE_INDEX, 1, "");
		assert_int_equal(parse_probe(&m, 0, 1, &reply), n == 64 ? 0 : -EPROTO);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cpu_is_read),
		cmocka_unit_test(cpu_offline_has_number_and_readiness),
		cmocka_unit_test(cpu_from_the_future_is_kept),
		cmocka_unit_test(cpu_against_the_contract_is_refused),
		cmocka_unit_test(cpu_cut_short_is_survived),
		cmocka_unit_test(answer_is_read),
		cmocka_unit_test(answer_against_the_contract_is_refused),
		cmocka_unit_test(answer_ends_where_it_says),
		cmocka_unit_test(outcomes_are_kept_apart),
		cmocka_unit_test(outcomes_are_bounded),
		cmocka_unit_test(arrival_is_read),
		cmocka_unit_test(arrival_against_the_contract_is_refused),
		cmocka_unit_test(arrivals_are_bounded),
	};

	return cmocka_run_group_tests_name("client_parse", tests, NULL, NULL);
}
