// SPDX-License-Identifier: GPL-2.0
/* Rules over guests that were entered: what their names stand for, and what comes of a probe. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "claim.h"
#include "decode.h"
#include "enter.h"
#include "verdict.h"
#include "verdict_enter.h"

static struct arrival arrival = {
	.fields = { 0x3df8, 2, 8, 0x10, 0, 0, 3, 0x306, 0x77 }, .n_fields = 9,
	.stack = { 0x00, 0x20, 0, 0, 0, 0, 0, 0, 0x40, 0x11 }, .n_stack = 20,
	.rax = 1, .rdx = 2, .cr2 = 0xc2000, .dr6 = 0xffff0ff0, .ticks = 500,
};

static const struct outcome entered = {
	.kind = OUTCOME_ENTERED, .exit_reason = 18, .qualification = 5, .intr_info = 0x80000b0e,
	.intr_error_code = 6, .idt_info = 0x80000306, .idt_error_code = 7, .guest_rip = 0x1060,
};

static const struct msr msrs[] = {
	{ MSR_IA32_VMX_BASIC, MSR_READ, 0x00da040000000012 },
	{ MSR_IA32_VMX_EPT_VPID_CAP, MSR_FAULTED, 0 },
};

static struct cpu cpu = { .msrs = (struct msr *)msrs, .n_msrs = ARRAY_SIZE(msrs) };

/* The rule as the only one of a claim, with one probe of one outcome. */
static struct verdict judge_probe(struct claim_probe probe, const struct outcome *outcome,
				  const struct arrival *found)
{
	const struct claim claim = {
		.id = "a.claim", .catalogue = "X", .kind = CLAIM_PROBE, .probes = { probe }
	};
	struct host host = { .cpus = &cpu, .n_cpus = 1 };
	struct evidence ev = { 0 };
	struct group *groups = NULL;
	struct verdict verdict;
	size_t n = 0;

	assert_true(claim_enters(&claim));
	assert_int_equal(claim_plan_probe(&probe, &cpu, &groups, &n), 0);
	assert_int_equal(n, 1);
	ev.group = groups[0];
	free(groups);
	for (size_t i = 0; i < group_probes(&ev.group); i++)
		assert_int_equal(evidence_set(&ev, i, outcome, found), 0);
	cpu.evidence = &ev;
	cpu.n_evidence = 1;
	assert_int_equal(verdict_judge(&claim, &host, &cpu, &verdict), 0);
	cpu.evidence = NULL;
	cpu.n_evidence = 0;
	evidence_clear(&ev);
	return verdict;
}

static enum verdict_kind kind_of(struct claim_probe probe, const struct outcome *outcome,
				 const struct arrival *found)
{
	struct verdict verdict = judge_probe(probe, outcome, found);
	enum verdict_kind kind = verdict.kind;

	verdict_clear(&verdict);
	return kind;
}

static void names_stand_for_what_was_seen(void **state)
{
	static const char *const rules[] = {
		"exit == 18", "qual == 5", "intr == 0x80000b0e && intr[7:0] == 14", "intr_ec == 6",
		"idt == 0x80000306", "idt_ec == 7", "rip == handler", "rax == 1 && rdx == 2",
		"cr2 == 0xc2000 && dr6 == 0xffff0ff0", "q0 == start", "q1 == 0x1140",
		"d0 == 0x2000 && d2 == 0x1140 && d4 == 0", "w0 == 0x2000 && w4 == 0x1140",
		"w9 == 0", "GUEST_RSP == (stack & ~15) - 40", "GUEST_RSP[3:0] == 8",
		"VM_EXIT_INSTRUCTION_LEN == 3", "value == 0x80000306", "event == value",
		"given == 2", "GUEST_DR7 == 0x77", "BASIC[55] && exit == 18",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		struct claim_probe probe = {
			ENTER(LONG), NULL, "VM_ENTRY_INTR_INFO_FIELD: 0x80000306", rules[i],
			.read = "GUEST_DR7"
		};

		if (kind_of(probe, &entered, &arrival) != VERDICT_HOLDS)
			fail_msg("%s does not hold", rules[i]);
	}
}

static void a_guest_begins_where_it_is_told_to(void **state)
{
	static const struct claim_probe probes[] = {
		{ RUN(LONG, RDMSR), NULL, NULL, "start == 0x2070" },
		{ RUN(REAL, NOP), NULL, NULL, "start == 0x1010" },
		{ ENTER(PM32), "GUEST_RIP = 0x2345", NULL, "start == 0x2345" },
		{ ENTER(PM32), "GUEST_RSP = 0x3000; GUEST_RSP = 0x3100", NULL, "stack == 0x3100" },
		{ ENTER(PM32), NULL, "GUEST_RFLAGS: 0x202", "given == 0x202 && value == given" },
		{ ENTER(PM32), "VM_ENTRY_INTR_INFO_FIELD = 0x80000402", "GUEST_RSP: 1",
		  "handler == 0x1020 && event[7:0] == 2 && stack == 1" },
	};
	struct outcome outcome = { .kind = OUTCOME_ENTERED };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(probes); i++)
		assert_int_equal(kind_of(probes[i], &outcome, &arrival), VERDICT_HOLDS);
}

static void what_was_not_read_is_not_known(void **state)
{
	static const char *const rules[] = {
		"GUEST_DR7 == 0", "q2 == 0", "d5 == 0", "w10 == 0", "q7 == 0", "ticks >= 0",
	};
	static const char *const without[] = {
		"rax == 1", "q0 == 0", "GUEST_RSP == 0", "dr6 == 0 && cr2 == 0",
	};
	struct claim_probe probe = { ENTER(LONG), NULL, NULL, NULL };
	struct arrival no_stack = arrival;
	struct verdict verdict;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		probe.expect = rules[i];
		assert_int_equal(kind_of(probe, &entered, &arrival), VERDICT_NOT_TESTED);
	}
	for (size_t i = 0; i < ARRAY_SIZE(without); i++) {
		probe.expect = without[i];
		assert_int_equal(kind_of(probe, &entered, NULL), VERDICT_NOT_TESTED);
	}
	no_stack.n_stack = 0;
	probe.expect = "q0 == 0x2000";
	verdict = judge_probe(probe, &entered, &no_stack);
	assert_int_equal(verdict.kind, VERDICT_NOT_TESTED);
	assert_string_equal(verdict.reason, "q0 was not recorded");
	verdict_clear(&verdict);
	/* What decides all the same does. */
	probe.expect = "exit == 18 || q2 == 0";
	assert_int_equal(kind_of(probe, &entered, &arrival), VERDICT_HOLDS);
	probe.expect = "exit == 17 && q2 == 0";
	assert_int_equal(kind_of(probe, &entered, &arrival), VERDICT_VIOLATED);
	probe.expect = "EPT_VPID_CAP[0] => exit == 17";
	assert_int_equal(kind_of(probe, &entered, &arrival), VERDICT_NOT_TESTED);
	/* And ticks are known where they were asked for. */
	probe.expect = "ticks == 500";
	probe.time = true;
	assert_int_equal(kind_of(probe, &entered, &arrival), VERDICT_HOLDS);
}

/* "33" is an entry that fails and no rule; a rule is about a guest that was entered. */
static void outcomes_are_told_apart(void **state)
{
	static const struct {
		const char *expect;
		struct outcome outcome;
		enum verdict_kind kind;
	} rows[] = {
		{ "exit == 18", { .kind = OUTCOME_ENTRY_FAILED, .exit_reason = 0x80000021 },
		  VERDICT_VIOLATED },
		{ "exit == 18", { .kind = OUTCOME_FAIL_VALID, .insn = INSN_VMLAUNCH, .error = 7 },
		  VERDICT_VIOLATED },
		{ "exit == 18", { .kind = OUTCOME_FAULT, .insn = INSN_VMLAUNCH, .vector = 6 },
		  VERDICT_VIOLATED },
		{ "exit == 18", { .kind = OUTCOME_FAIL_VALID, .insn = INSN_VMWRITE, .error = 12 },
		  VERDICT_NOT_TESTED },
		{ "exit == 18", { .kind = OUTCOME_STOPPED }, VERDICT_NOT_TESTED },
		{ "exit == 18", { .kind = OUTCOME_ENTRY_FAILED, .exit_reason = 0x80000029 },
		  VERDICT_NOT_TESTED },
		/* The host's interrupts, NMIs and machine checks. */
		{ "exit == 18", { .kind = OUTCOME_ENTERED, .exit_reason = 1 }, VERDICT_NOT_TESTED },
		{ "exit == 0", { .kind = OUTCOME_ENTERED, .intr_info = 0x80000202 },
		  VERDICT_NOT_TESTED },
		{ "exit == 0", { .kind = OUTCOME_ENTERED, .intr_info = 0x80000312 },
		  VERDICT_NOT_TESTED },
		{ "exit == 0", { .kind = OUTCOME_ENTERED, .intr_info = 0x80000b0d }, VERDICT_HOLDS },
		{ "33", { .kind = OUTCOME_ENTRY_FAILED, .exit_reason = 0x80000021 }, VERDICT_HOLDS },
		{ "33", { .kind = OUTCOME_ENTERED, .exit_reason = 33 }, VERDICT_VIOLATED },
		{ "33/3 or F7", { .kind = OUTCOME_FAIL_VALID, .insn = INSN_VMLAUNCH, .error = 7 },
		  VERDICT_HOLDS },
		{ "BASIC[55] ? exit[7:0] == 18 : 33", { .kind = OUTCOME_ENTERED, .exit_reason = 18 },
		  VERDICT_HOLDS },
		{ "BASIC[55] ? 33 : exit[7:0] == 18", { .kind = OUTCOME_ENTERED, .exit_reason = 18 },
		  VERDICT_VIOLATED },
	};
	struct claim_probe probe = { ENTER(LONG), NULL, NULL, NULL };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		bool was_entered = rows[i].outcome.kind == OUTCOME_ENTERED;

		probe.expect = rows[i].expect;
		if (kind_of(probe, &rows[i].outcome, was_entered ? &arrival : NULL) != rows[i].kind)
			fail_msg("row %zu", i);
	}
}

/* The part that is broken, what it rests on, and the command that shows it again. */
static void what_is_broken_is_shown(void **state)
{
	const struct claim_probe probe = {
		RUN(LONG, RDMSR), "VM_ENTRY_CONTROLS = 0x4000",
		"VM_ENTRY_INTR_INFO_FIELD: 0x80000306, 0x80000307",
		"exit == 18 && GUEST_RSP == stack - 40 && rip == handler", .rcx = "0x277 + 0",
		.read = "GUEST_DR7, GUEST_IA32_PAT", .time = true
	};
	struct verdict verdict = judge_probe(probe, &entered, &arrival);

	(void)state;
	assert_int_equal(verdict.kind, VERDICT_VIOLATED);
	assert_int_equal(verdict.probes, 2);
	assert_int_equal(verdict.broken, 2);
	assert_string_equal(verdict.expected, "GUEST_RSP == stack - 40");
	assert_non_null(strstr(verdict.seen, "depth enter, guest long, program rdmsr, rcx 0x277, "
			       "VM_ENTRY_INTR_INFO_FIELD 0x80000306, VM_ENTRY_CONTROLS 0x4000: "));
	assert_non_null(strstr(verdict.seen, "; GUEST_RSP = 0x3df8, stack = 0x3e28"));
	assert_string_equal(verdict.reproduce,
			    "vmxprobe probe --depth enter --guest long --program rdmsr --rcx 0x277 "
			    "--set VM_ENTRY_CONTROLS=0x4000 "
			    "--set VM_ENTRY_INTR_INFO_FIELD=0x80000306 "
			    "--read GUEST_RSP,GUEST_RFLAGS,GUEST_CS_SELECTOR,GUEST_SS_SELECTOR,"
			    "GUEST_INTERRUPTIBILITY_INFO,GUEST_ACTIVITY_STATE,"
			    "VM_EXIT_INSTRUCTION_LEN,VM_ENTRY_INTR_INFO_FIELD,GUEST_DR7,"
			    "GUEST_IA32_PAT --time --cpu 0");
	verdict_clear(&verdict);
}

static void bad_probes_are_refused(void **state)
{
	static const struct claim_probe probes[] = {
		{ ENTER(LONG), NULL, NULL, "exit == 18", .read = "GUEST_DR7, NO_SUCH_FIELD" },
		{ ENTER(LONG), NULL, NULL, "exit == 18", .read = "GUEST_DR7 GUEST_RIP" },
		{ ENTER(LONG), NULL, NULL, "exit == 18", .rcx = "(" },
		{ ENTER(LONG), NULL, NULL, "exit == 18", .read = "0x6800, 0x6802, 0x6804, 0x6806, "
		  "0x6808, 0x680a, 0x680c, 0x680e, 0x6810, 0x6812, 0x6814, 0x6816, 0x6818, 0x681a, "
		  "0x681c, 0x681e, 0x6820" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(probes); i++) {
		struct group *groups = NULL;
		size_t n = 0;

		assert_int_equal(claim_plan_probe(&probes[i], &cpu, &groups, &n), -EINVAL);
		claim_free_groups(groups, n);
	}
}

/* Any name at all is one or none; none reads beyond what is there. */
static void odd_names_are_none(void **state)
{
	static const char *const none[] = {
		"q", "q8", "d16", "w32", "w999999999999", "b0", "Q0", "exits", "guest_rsp", "0x681c",
		"NO_SUCH_FIELD", "",
	};
	struct group group = { .depth = DEPTH_ENTER, .guest = GUEST_LONG };
	struct entered e = verdict_entered(&group, 0, &entered, &arrival);
	struct expr_name found;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		if (e.names.find(&e.names, none[i], &found))
			fail_msg("\"%s\" is a name", none[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_stand_for_what_was_seen),
		cmocka_unit_test(a_guest_begins_where_it_is_told_to),
		cmocka_unit_test(what_was_not_read_is_not_known),
		cmocka_unit_test(outcomes_are_told_apart),
		cmocka_unit_test(what_is_broken_is_shown),
		cmocka_unit_test(bad_probes_are_refused),
		cmocka_unit_test(odd_names_are_none),
	};

	return cmocka_run_group_tests_name("verdict_enter", tests, NULL, NULL);
}
