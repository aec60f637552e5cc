// SPDX-License-Identifier: GPL-2.0
/* The language of what an experiment must come to, and what is said where it does not. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiments.h"
#include "verdict.h"

#define OK(...) { .outcome = { .kind = OUTCOME_OK, .insn = INSN_VMREAD }, __VA_ARGS__ }
#define FAIL(number, ...) { .outcome = { .kind = OUTCOME_FAIL_VALID, .insn = INSN_VMREAD, \
					 .error = number }, __VA_ARGS__ }
#define FAULT(number) { .outcome = { .kind = OUTCOME_FAULT, .insn = INSN_VMREAD, \
				     .vector = number } }
#define ENTRY(reason, q, ...) { .outcome = { .kind = OUTCOME_ENTRY_FAILED, \
	.exit_reason = 0x80000000 | (reason), .qualification = q }, __VA_ARGS__ }
#define VALUE(number) .has_value = true, .value = number
#define ARG(number) .has_arg = true, .arg = number
#define INVALID { .outcome = { .kind = OUTCOME_FAIL_INVALID, .insn = INSN_VMREAD } }

static struct msr msrs[] = {
	{ 0x480, MSR_READ, 0x00da040000000012 },
	{ 0x485, MSR_READ, 0x20000000 },
	{ 0x48c, MSR_FAULTED, 0 },
};

/* The verdict on one experiment with these observations; 0 or a negative errno. */
static int judge(const char *name, const char *expect, const struct observation *list, size_t n,
		 struct verdict *verdict)
{
	const struct claim claim = {
		.id = "test", .kind = CLAIM_EXPERIMENT, .trials = { { name, expect } },
	};
	const struct experiment_info *info = experiments_find(name);
	struct experiment made = { .why.kind = OUTCOME_OK, .list = (void *)list, .n = n };
	struct cpu cpu = { .id = 3, .readiness = READINESS_READY, .msrs = msrs, .n_msrs = 3 };
	struct host host = { .cpus = &cpu, .n_cpus = 1 };

	if (info) {
		made.id = info->id;
		cpu.experiments = &made;
		cpu.n_experiments = 1;
	}
	return verdict_judge(&claim, &host, &cpu, verdict);
}

static void grammar(void **state)
{
	static const struct {
		const char *expect;
		struct observation list[4];
		size_t n;
		enum verdict_kind kind;
	} rows[] = {
		{ "ok", { OK() }, 1, VERDICT_HOLDS },
		{ " ok ", { OK() }, 1, VERDICT_HOLDS },
		{ "ok", { INVALID }, 1, VERDICT_VIOLATED },
		{ "invalid", { INVALID }, 1, VERDICT_HOLDS },
		{ "invalid", { FAIL(1) }, 1, VERDICT_VIOLATED },
		{ "F12", { FAIL(12) }, 1, VERDICT_HOLDS },
		{ "F12", { FAIL(1) }, 1, VERDICT_VIOLATED },
		{ "F1", { FAIL(12) }, 1, VERDICT_VIOLATED },
		{ "#UD", { FAULT(6) }, 1, VERDICT_HOLDS },
		{ "#GP", { FAULT(13) }, 1, VERDICT_HOLDS },
		{ "#PF", { FAULT(14) }, 1, VERDICT_HOLDS },
		{ "#PF", { FAULT(13) }, 1, VERDICT_VIOLATED },
		{ "33", { ENTRY(33, 7) }, 1, VERDICT_HOLDS },
		{ "33", { ENTRY(34, 7) }, 1, VERDICT_VIOLATED },
		{ "33/7", { ENTRY(33, 7) }, 1, VERDICT_HOLDS },
		{ "33/7", { ENTRY(33, 8) }, 1, VERDICT_VIOLATED },
		{ "34/arg", { ENTRY(34, 2, ARG(2)), ENTRY(34, 3, ARG(3)) }, 2, VERDICT_HOLDS },
		{ "34/arg", { ENTRY(34, 2, ARG(2)), ENTRY(34, 2, ARG(3)) }, 2, VERDICT_VIOLATED },
		{ "ok=5", { OK(VALUE(5)) }, 1, VERDICT_HOLDS },
		{ "ok=5", { OK(VALUE(6)) }, 1, VERDICT_VIOLATED },
		{ "ok=5", { FAIL(1, VALUE(5)) }, 1, VERDICT_VIOLATED },
		{ "ok=arg + 1", { OK(VALUE(5), ARG(4)) }, 1, VERDICT_HOLDS },
		{ "F7=0x40", { FAIL(7, VALUE(0x40)) }, 1, VERDICT_HOLDS },
		{ "F7 or F8", { FAIL(8) }, 1, VERDICT_HOLDS },
		{ "F7 or F8", { FAIL(9) }, 1, VERDICT_VIOLATED },
		{ "ok=1 or ok=2", { OK(VALUE(2)) }, 1, VERDICT_HOLDS },
		{ "ok; F12; ok=1", { OK(), FAIL(12), OK(VALUE(1)) }, 3, VERDICT_HOLDS },
		{ "ok; F12; ok=1", { OK(), OK(VALUE(1)), FAIL(12) }, 3, VERDICT_VIOLATED },
		/* Each arg is a repetition of its own. */
		{ "ok; F1", { OK(ARG(1)), FAIL(1, ARG(1)), OK(ARG(2)), FAIL(1, ARG(2)) }, 4,
		  VERDICT_HOLDS },
		{ "ok; F1", { OK(ARG(1)), FAIL(1, ARG(1)), OK(ARG(2)), FAIL(2, ARG(2)) }, 4,
		  VERDICT_VIOLATED },
		{ "MISC[29] ? ok : F1", { OK() }, 1, VERDICT_HOLDS },
		{ "!MISC[29] ? ok : F1", { OK() }, 1, VERDICT_VIOLATED },
		{ "arg == 1 ? ok : arg == 2 ? F1 : F2",
		  { OK(ARG(1)), FAIL(1, ARG(2)), FAIL(2, ARG(3)) }, 3, VERDICT_HOLDS },
		{ "arg == 1 ? ok : skip", { OK(ARG(1)), FAIL(9, ARG(2)) }, 2, VERDICT_HOLDS },
		/* Nothing to judge is not good. */
		{ "skip", { OK() }, 1, VERDICT_NOT_TESTED },
		{ "ok", { { 0 } }, 0, VERDICT_NOT_TESTED },
		/* The answer is not whole, or more than that. */
		{ "ok; ok", { OK() }, 1, VERDICT_NOT_TESTED },
		{ "ok", { OK(), OK() }, 2, VERDICT_NOT_TESTED },
		{ "ok=1", { OK() }, 1, VERDICT_NOT_TESTED },
		{ "ok; ok", { FAIL(1) }, 1, VERDICT_VIOLATED },
		{ "arg ? ok : skip", { OK() }, 1, VERDICT_NOT_TESTED },
		/* What it hangs on is not known. */
		{ "EPT_VPID_CAP[20] ? ok : F1", { OK() }, 1, VERDICT_NOT_TESTED },
		{ "ok=EPT_VPID_CAP", { OK(VALUE(1)) }, 1, VERDICT_NOT_TESTED },
		{ "ok", { ENTRY(41, 0) }, 1, VERDICT_NOT_TESTED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct verdict verdict;
		int err = judge("vmread-unsupported", rows[i].expect, rows[i].list, rows[i].n,
				&verdict);

		if (err || verdict.kind != rows[i].kind)
			fail_msg("row %zu, \"%s\": %d, %s", i, rows[i].expect, err,
				 err ? "" : verdict_name(verdict.kind));
		assert_true(!verdict.reason == (rows[i].kind != VERDICT_NOT_TESTED));
		verdict_clear(&verdict);
	}
}

static void bad_rows_are_refused(void **state)
{
	static const char *const expects[] = {
		"", "okay", "F", "Fx", "F12x", "#XX", "33/", "33x", "=5", "ok=", "ok=(", "33=1",
		"ok or ", "arg ? ok", "NO_SUCH[1] ? ok : ok", "ok=NO_SUCH", "34/NO_SUCH",
	};
	static const struct observation seen = OK(VALUE(5), ARG(1));
	struct verdict verdict;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(expects); i++) {
		struct observation other = seen;

		/* What is read only if the ones before it do not match, too. */
		if (!strncmp(expects[i], "ok or", 5))
			other.outcome.kind = OUTCOME_FAIL_INVALID;
		if (judge("vmread-unsupported", expects[i], &other, 1, &verdict) != -EINVAL)
			fail_msg("\"%s\"", expects[i]);
	}
	assert_int_equal(judge("no-such", "ok", &seen, 1, &verdict), -EINVAL);
}

static void what_is_said(void **state)
{
	static const struct {
		const char *name, *expect;
		struct observation list[2];
		size_t n;
		const char *expected, *seen, *reason;
	} rows[] = {
		{ "vmptrld-revision", "F11; ok=2", { FAIL(11, ARG(5)), OK(VALUE(3), ARG(5)) }, 2,
		  "success, value 0x2", "vmptrld-revision with bit 5, step 2 of 2: ", NULL },
		{ "vmread-unsupported", "F12 or invalid", { OK(ARG(0x6820)) }, 1,
		  "VMfailValid with VM-instruction error 12 or VMfailInvalid",
		  "vmread-unsupported with GUEST_RFLAGS: ", NULL },
		{ "host-selector", "F8", { ENTRY(33, 0, ARG(0x20c02)) }, 1,
		  "VMfailValid with VM-instruction error 8",
		  "host-selector with bit 2 of HOST_CS_SELECTOR: ", NULL },
		{ "msr-list-fault", "34/arg", { ENTRY(34, 2, ARG(0x480)) }, 1,
		  "entry failure 34 with qualification 1152",
		  "msr-list-fault with MSR 0x480 (IA32_VMX_BASIC): ", NULL },
		{ "outside", "#UD", { FAIL(1, ARG(INSN_INVEPT)) }, 1, "#UD",
		  "outside with INVEPT: ", NULL },
		{ "invvpid-reserved", "F28", { OK(ARG(0x310)) }, 1,
		  "VMfailValid with VM-instruction error 28",
		  "invvpid-reserved with type 3, bit 16: ", NULL },
		{ "vmcall", "F1", { OK(.set_up = true) }, 1, NULL, NULL,
		  "a step before vmcall did not work: " },
		{ "vmcall", "F1", { { .outcome.kind = OUTCOME_WITHHELD } }, 1, NULL, NULL,
		  "what it does to this CPU could not be undone" },
		{ "vmcall", "F1", { { .outcome.kind = OUTCOME_STOPPED } }, 1, NULL, NULL,
		  "not run, as an earlier probe entered the guest" },
		{ "vmcall", "F1; F1", { FAIL(1) }, 1, NULL, NULL,
		  "the answer to vmcall has not the steps that it must have" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct verdict verdict;
		char again[64];

		assert_int_equal(judge(rows[i].name, rows[i].expect, rows[i].list, rows[i].n,
				       &verdict), 0);
		if (rows[i].reason) {
			assert_int_equal(verdict.kind, VERDICT_NOT_TESTED);
			assert_memory_equal(verdict.reason, rows[i].reason,
					    strlen(rows[i].reason));
		} else {
			snprintf(again, sizeof(again), "vmxprobe experiment %s --cpu 3",
				 rows[i].name);
			assert_string_equal(verdict.expected, rows[i].expected);
			assert_memory_equal(verdict.seen, rows[i].seen, strlen(rows[i].seen));
			assert_string_equal(verdict.reproduce, again);
		}
		verdict_clear(&verdict);
	}
}

/* One probe, one experiment and one field of which each in turn gives an error. */
static void errors_are_looked_for_everywhere(void **state)
{
	const struct claim claim = { .id = "test", .kind = CLAIM_NO_ERROR, .holds = "14" };
	struct observation step = FAIL(12);
	struct experiment made = { 1, { .kind = OUTCOME_OK }, &step, 1 };
	struct outcome outcome = { .kind = OUTCOME_FAIL_VALID, .insn = INSN_VMLAUNCH, .error = 7 };
	uint16_t index = 0;
	struct evidence ev = { .group = { .depth = DEPTH_CONTROLS }, .outcomes = &outcome,
			       .n_outcomes = 1, .index = &index, .n_index = 1 };
	struct field_access access = { .encoding = 0x4402, .readable = true,
				       .write = { .kind = OUTCOME_FAIL_VALID, .error = 13 } };
	struct cpu cpu = { .readiness = READINESS_READY, .msrs = msrs, .n_msrs = 3 };
	struct host host = { .cpus = &cpu, .n_cpus = 1 };
	uint32_t *const errors[] = { &outcome.error, &step.outcome.error, &access.write.error };
	static const char *const commands[] = {
		"vmxprobe inject", "vmxprobe experiment vmxon-no-vmxe", "vmxprobe fields",
	};
	struct verdict verdict;

	(void)state;
	assert_int_equal(verdict_judge(&claim, &host, &cpu, &verdict), 0);
	assert_int_equal(verdict.kind, VERDICT_NOT_TESTED);
	assert_string_equal(verdict.reason, "no VMfailValid was seen");
	verdict_clear(&verdict);

	cpu.evidence = &ev;
	cpu.n_evidence = 1;
	cpu.experiments = &made;
	cpu.n_experiments = 1;
	cpu.fields = (struct field_map){ .scanned = true, .list = &access, .n = 1 };
	assert_int_equal(verdict_judge(&claim, &host, &cpu, &verdict), 0);
	assert_int_equal(verdict.kind, VERDICT_HOLDS);
	assert_int_equal(verdict.probes, 3);
	assert_string_equal(verdict.seen, "3 VMfailValid with others");
	verdict_clear(&verdict);

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		uint32_t was = *errors[i];

		*errors[i] = 14;
		assert_int_equal(verdict_judge(&claim, &host, &cpu, &verdict), 0);
		assert_int_equal(verdict.kind, VERDICT_VIOLATED);
		assert_int_equal(verdict.probes, 3);
		assert_int_equal(verdict.broken, 1);
		assert_non_null(strstr(verdict.seen, "VM-instruction error 14"));
		if (i)
			assert_memory_equal(verdict.reproduce, commands[i], strlen(commands[i]));
		verdict_clear(&verdict);
		*errors[i] = was;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grammar),
		cmocka_unit_test(bad_rows_are_refused),
		cmocka_unit_test(what_is_said),
		cmocka_unit_test(errors_are_looked_for_everywhere),
	};

	return cmocka_run_group_tests_name("verdict_experiment", tests, NULL, NULL);
}
