// SPDX-License-Identifier: GPL-2.0
/* Runs of repetitions, and experiments in words. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "cpugroups.h"
#include "experiment_view.h"

static void add(struct experiment *experiment, bool has_arg, uint64_t arg, enum outcome_kind kind)
{
	const struct observation observation = {
		.has_arg = has_arg, .arg = arg, .outcome = { .kind = kind, .insn = INSN_VMXON },
	};

	assert_int_equal(experiment_add(experiment, &observation), 0);
}

static void assert_run(const struct experiment *experiment, struct experiment_run *run,
		       uint64_t arg, size_t steps, size_t count)
{
	assert_true(experiments_next_run(experiment, run));
	assert_int_equal(run->steps->arg, arg);
	assert_int_equal(run->n_steps, steps);
	assert_int_equal(run->count, count);
}

static void repetitions_are_folded(void **state)
{
	struct experiment experiment = { .why = { .kind = OUTCOME_OK } };
	struct experiment_run run = { 0 };

	(void)state;
	assert_false(experiments_next_run(&experiment, &run));
	/* Three of two steps; one of one; one without arg; a gap; no way around 64 bits. */
	for (uint64_t arg = 5; arg < 8; arg++) {
		add(&experiment, true, arg, OUTCOME_OK);
		add(&experiment, true, arg, OUTCOME_FAIL_INVALID);
	}
	add(&experiment, true, 8, OUTCOME_OK);
	add(&experiment, false, 0, OUTCOME_OK);
	add(&experiment, false, 0, OUTCOME_OK);
	add(&experiment, true, 10, OUTCOME_OK);
	add(&experiment, true, 12, OUTCOME_OK);
	add(&experiment, true, UINT64_MAX, OUTCOME_OK);
	add(&experiment, true, 0, OUTCOME_OK);
	add(&experiment, true, 1, OUTCOME_WITHHELD);
	assert_run(&experiment, &run, 5, 2, 3);
	assert_run(&experiment, &run, 8, 1, 1);
	assert_run(&experiment, &run, 0, 2, 1);
	assert_run(&experiment, &run, 10, 1, 1);
	assert_run(&experiment, &run, 12, 1, 1);
	assert_run(&experiment, &run, UINT64_MAX, 1, 1);
	assert_run(&experiment, &run, 0, 1, 1);
	assert_run(&experiment, &run, 1, 1, 1);
	assert_false(experiments_next_run(&experiment, &run));
	experiment_clear(&experiment);
}

static void steps_have_words(void **state)
{
	static const struct {
		const char *experiment;
		struct observation step;
		const char *text;
	} rows[] = {
		{ "vmxon-no-vmxe", { .outcome = { .kind = OUTCOME_FAULT, .insn = INSN_VMXON,
						  .vector = 6 } }, "VMXON: #UD" },
		{ "vmxon-no-vmxe", { .outcome = { .kind = OUTCOME_FAULT, .insn = INSN_VMXON,
						  .vector = 99 } }, "VMXON: vector 99" },
		{ "vmptrst", { .has_value = true, .value = 1,
			       .outcome = { .kind = OUTCOME_OK, .insn = INSN_VMPTRST } },
		  "VMPTRST: succeeded, 0x1 (the VMXON region)" },
		{ "vmptrst", { .has_value = true, .value = 4,
			       .outcome = { .kind = OUTCOME_OK, .insn = INSN_VMPTRST } },
		  "VMPTRST: succeeded, 0x4" },
		{ "flags-succeed", { .has_value = true, .value = 1,
				     .outcome = { .kind = OUTCOME_OK, .insn = INSN_VMPTRST } },
		  "VMPTRST: succeeded, flags 0x1" },
		{ "failed-host", { .has_value = true, .value = 0x400,
				   .outcome = { .kind = OUTCOME_OK } }, "seen 0x400" },
		{ "failed-host", { .outcome = { .kind = OUTCOME_OK } }, "seen" },
		/* A field is named where the arg does not say it. */
		{ "vmxoff", { .outcome = { .kind = OUTCOME_FAULT, .insn = INSN_VMREAD, .vector = 6,
					   .field = 0x4400 } },
		  "VMREAD of 0x4400 (VM-instruction error): #UD" },
		{ "vmread-unsupported", { .has_arg = true, .arg = 0x7fe,
					  .outcome = { .kind = OUTCOME_FAIL_VALID, .error = 12,
						       .insn = INSN_VMREAD, .field = 0x7fe } },
		  "VMREAD: VMfailValid 12, VMREAD/VMWRITE from/to unsupported VMCS component" },
		{ "vmcall", { .outcome = { .kind = OUTCOME_FAIL_VALID, .insn = INSN_VMCALL,
					   .error = 99 } },
		  "VMCALL: VMfailValid 99, a number this tool does not know" },
		{ "link-legal", { .outcome = { .kind = OUTCOME_ENTRY_FAILED,
					       .exit_reason = 0x80000022, .qualification = 1 } },
		  "exit reason 34, VM-entry failure due to MSR loading, qualification 0x1" },
		{ "vmclear-vmxon", { .set_up = true,
				     .outcome = { .kind = OUTCOME_FAIL_INVALID,
						  .insn = INSN_VMPTRLD } },
		  "set-up failed, steps are missing: VMPTRLD: VMfailInvalid" },
		{ "host-cr0", { .outcome = { .kind = OUTCOME_WITHHELD } },
		  "withheld: what it does to this CPU could not be undone" },
		{ "host-cr0", { .outcome = { .why = NOT_TESTED_UNKNOWN_KIND } },
		  "not tested: the module's answer is newer than this tool" },
		{ "host-cr0", { .outcome = { .kind = OUTCOME_STOPPED } }, "stopped" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = experiment_step_text(experiments_find(rows[i].experiment),
						  &rows[i].step);

		assert_string_equal(text, rows[i].text);
		free(text);
	}
}

static void reasons_have_words(void **state)
{
	static const struct {
		struct outcome why;
		enum readiness readiness;
		const char *text;
	} rows[] = {
		{ { .kind = OUTCOME_OK }, READINESS_READY, NULL },
		{ { .why = NOT_TESTED_OLD_MODULE }, READINESS_READY,
		  "the module is older than this tool and cannot do it" },
		{ { .kind = OUTCOME_NOT_READY, .readiness = READINESS_IN_USE }, READINESS_READY,
		  "in use by another hypervisor" },
		{ { .kind = OUTCOME_FAULT, .insn = INSN_VMXON, .vector = 13 }, READINESS_READY,
		  "fault, VMXON, vector 13" },
		{ { .kind = OUTCOME_WITHHELD }, READINESS_READY,
		  "a guest takes the VMX-preemption timer, EPT and a host without FRED" },
	};
	struct cpu cpu = { .readiness = READINESS_UNKNOWN };
	char *text = experiment_missing_text(&cpu, 1);

	(void)state;
	assert_string_equal(text, "the report does not hold this experiment");
	free(text);
	cpu.readiness = READINESS_OFFLINE;
	text = experiment_missing_text(&cpu, 1);
	assert_string_equal(text, "offline");
	free(text);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct experiment experiment = { .id = 1, .why = rows[i].why };

		cpu = (struct cpu){ .readiness = rows[i].readiness, .experiments = &experiment,
				    .n_experiments = 1 };
		text = experiment_missing_text(&cpu, 1);
		if (rows[i].text)
			assert_string_equal(text, rows[i].text);
		else
			assert_null(text);
		free(text);
	}
}

static bool same_microcode(const struct cpu *a, const struct cpu *b, const void *arg)
{
	return (a->microcode ^ b->microcode) % *(const uint32_t *)arg == 0;
}

static void equal_cpus_are_grouped(void **state)
{
	struct cpu cpus[5] = {
		{ .id = 0, .microcode = 1 }, { .id = 2, .microcode = 2 }, { .id = 3, .microcode = 1 },
		{ .id = 4, .microcode = 1 }, { .id = 9, .microcode = 2 },
	};
	struct host host = { .cpus = cpus, .n_cpus = 5 };
	struct cpu_list list = { 0 };
	struct cpu_groups groups;
	uint32_t all = UINT32_MAX;
	char *label;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(cpu_list_add(&list, cpus[i].id), 0);
	assert_int_equal(cpu_groups_fold(&groups, &host, &list, same_microcode, &all), 0);
	assert_int_equal(groups.n, 2);
	assert_ptr_equal(groups.list[0].cpu, &cpus[0]);
	label = cpu_list_label(&groups.list[0].cpus);
	assert_string_equal(label, "CPUs 0,3-4");
	free(label);
	assert_int_equal(groups.list[1].cpus.n, 1);
	cpu_groups_clear(&groups);
	assert_int_equal(groups.n, 0);
	cpu_list_clear(&list);
	assert_int_equal(cpu_groups_fold(&groups, &host, &list, same_microcode, &all), 0);
	assert_int_equal(groups.n, 0);
	cpu_groups_clear(&groups);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(repetitions_are_folded),
		cmocka_unit_test(steps_have_words),
		cmocka_unit_test(reasons_have_words),
		cmocka_unit_test(equal_cpus_are_grouped),
	};

	return cmocka_run_group_tests_name("experiment_view", tests, NULL, NULL);
}
