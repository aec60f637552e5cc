// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cpulist.h"
#include "model.h"
#include "names.h"

static const struct outcome refused = {
	.kind = OUTCOME_FAIL_VALID, .insn = INSN_VMLAUNCH, .error = 7,
};
static const struct outcome accepted = {
	.kind = OUTCOME_ENTRY_FAILED, .exit_reason = 0x80000021,
};

static void outcomes_are_shared(void **state)
{
	uint64_t values[5] = { 1, 2, 3, 4, 5 };
	struct evidence ev = { .group = { .depth = DEPTH_CONTROLS, .sweep_field = 0x4016,
					  .values = values, .n_values = 5 } };
	size_t i;

	(void)state;
	assert_int_equal(group_probes(&ev.group), 5);
	assert_int_equal(group_value(&ev.group, 4), 5);
	assert_int_equal(group_value(&ev.group, 5), 0);
	assert_int_equal(evidence_outcome(&ev, 0)->kind, OUTCOME_NOT_TESTED);
	for (i = 0; i < 4; i++)
		assert_int_equal(evidence_set(&ev, i, i % 2 ? &refused : &accepted, NULL), 0);
	assert_int_equal(ev.n_outcomes, 2);
	assert_true(outcome_equal(evidence_outcome(&ev, 3), &refused));
	/* Not set, and beyond the end. */
	assert_int_equal(evidence_outcome(&ev, 4)->kind, OUTCOME_NOT_TESTED);
	assert_int_equal(evidence_outcome(&ev, 99)->kind, OUTCOME_NOT_TESTED);
	assert_int_equal(evidence_set(&ev, 5, &refused, NULL), -EINVAL);
	assert_int_equal(evidence_set(&ev, 0, &refused, NULL), 0);
	assert_true(outcome_equal(evidence_outcome(&ev, 0), &refused));
	ev.group.values = NULL;
	evidence_clear(&ev);
}

static void many_different_outcomes(void **state)
{
	uint64_t values[4096] = { 0 };
	struct evidence ev = { .group = { .depth = DEPTH_STATE, .sweep_field = 2,
					  .values = values, .n_values = 4096 } };
	struct outcome outcome = accepted;
	size_t i;

	(void)state;
	for (i = 0; i < 4096; i++) {
		outcome.qualification = i;
		assert_int_equal(evidence_set(&ev, i, &outcome, NULL), 0);
	}
	assert_int_equal(ev.n_outcomes, 4096);
	assert_int_equal(evidence_outcome(&ev, 1234)->qualification, 1234);
	ev.group.values = NULL;
	evidence_clear(&ev);
}

static void groups_are_copied_and_compared(void **state)
{
	struct field_value set[2] = { { 0x6800, 1 }, { 0x4016, 2 } };
	uint64_t values[2] = { 7, 8 };
	struct group group = { .depth = DEPTH_STATE, .set = set, .n_set = 2,
			       .sweep_field = 0x4018, .values = values, .n_values = 2 }, copy;

	(void)state;
	assert_int_equal(group_copy(&copy, &group), 0);
	assert_ptr_not_equal(copy.set, set);
	assert_true(group_same_base(&copy, &group));
	assert_int_equal(copy.values[1], 8);
	/* Swept values are not the base; everything else is. */
	copy.values[1] = 9;
	assert_true(group_same_base(&copy, &group));
	copy.set[1].value = 3;
	assert_false(group_same_base(&copy, &group));
	copy.set[1].value = 2;
	copy.depth = DEPTH_CONTROLS;
	assert_false(group_same_base(&copy, &group));
	group_clear(&copy);
	assert_null(copy.values);
}

static void values_are_found_with_and_without_order(void **state)
{
	uint64_t values[] = { 7, ~0ull, 0, 9, 8 };
	struct group group = { .sweep_field = 0x4018, .values = values, .n_values = 5 };

	(void)state;
	for (int indexed = 0; indexed < 2; indexed++) {
		for (size_t i = 0; i < 5; i++)
			assert_int_equal(group_find(&group, values[i]), i);
		assert_int_equal(group_find(&group, 6), 5);
		assert_int_equal(group_find(&group, 1ull << 63), 5);
		assert_int_equal(group_index(&group), 0);
	}
	free(group.order);
	group = (struct group){ .depth = DEPTH_STATE };
	assert_int_equal(group_index(&group), 0);
	assert_int_equal(group_find(&group, 0), 0);
	assert_int_equal(group_find(&group, 1), 1);
}

static void profiles_leave_out_who_it_is(void **state)
{
	struct cpuid_leaf la = { 1, 0, 0x806c1, 0x00100800, 0x20, 0 };
	struct cpuid_leaf lb = { 1, 0, 0x806c1, 0x07100800, 0x20, 0 };
	struct msr ma = { 0x480, MSR_READ, 5 }, mb = { 0x480, MSR_READ, 5 };
	struct cpu a = { .id = 0, .readiness = READINESS_READY, .microcode = 1, .leaves = &la,
			 .n_leaves = 1, .msrs = &ma, .n_msrs = 1 };
	struct cpu b = { .id = 1, .readiness = READINESS_IN_USE, .microcode = 1, .leaves = &lb,
			 .n_leaves = 1, .msrs = &mb, .n_msrs = 1 };

	(void)state;
	assert_true(cpu_same_profile(&a, &b));
	lb.ebx = 0x07100801;
	assert_false(cpu_same_profile(&a, &b));
	lb.ebx = 0x07100800;
	mb.value = 6;
	assert_false(cpu_same_profile(&a, &b));
	mb.value = 5;
	b.microcode = 2;
	assert_false(cpu_same_profile(&a, &b));
	lb.leaf = 0xb;
	assert_int_equal(cpuid_without_apic_id((struct cpuid_leaf){ .leaf = 0xb, .edx = 3 }).edx,
			 0);
}

static void evidence_is_part_of_the_profile(void **state)
{
	struct evidence ea = { .group = { .depth = DEPTH_STATE } };
	struct evidence eb = { .group = { .depth = DEPTH_STATE } };
	struct cpu a = { .evidence = &ea, .n_evidence = 1 };
	struct cpu b = { .evidence = &eb, .n_evidence = 1 };

	(void)state;
	assert_int_equal(evidence_set(&ea, 0, &refused, NULL), 0);
	assert_int_equal(evidence_set(&eb, 0, &accepted, NULL), 0);
	assert_false(cpu_same_profile(&a, &b));
	/* The same answers by another number are the same. */
	assert_int_equal(evidence_set(&eb, 0, &refused, NULL), 0);
	assert_true(cpu_same_profile(&a, &b));
	evidence_clear(&ea);
	evidence_clear(&eb);
}

/* VMfailInvalid of each bit from 0 on. */
static struct experiment bits(uint32_t id, size_t n)
{
	struct experiment experiment = { .id = id, .why = { .kind = OUTCOME_OK } };
	struct observation observation = {
		.has_arg = true, .outcome = { .kind = OUTCOME_FAIL_INVALID, .insn = INSN_VMXON },
	};

	for (observation.arg = 0; observation.arg < n; observation.arg++)
		assert_int_equal(experiment_add(&experiment, &observation), 0);
	return experiment;
}

static void experiments_are_compared(void **state)
{
	struct experiment a = bits(3, 12), b = bits(3, 12);

	(void)state;
	assert_int_equal(a.n, 12);
	assert_int_equal(a.list[11].arg, 11);
	assert_true(experiment_equal(&a, &b));
	b.list[5].outcome.kind = OUTCOME_OK;
	assert_false(experiment_equal(&a, &b));
	b.list[5] = a.list[5];
	b.list[5].set_up = true;
	assert_false(experiment_equal(&a, &b));
	b.list[5] = a.list[5];
	b.list[5].has_value = true;
	assert_false(experiment_equal(&a, &b));
	b.list[5] = a.list[5];
	b.list[5].arg = 6;
	assert_false(experiment_equal(&a, &b));
	b.list[5] = a.list[5];
	b.id = 4;
	assert_false(experiment_equal(&a, &b));
	b.id = 3;
	b.why = (struct outcome){ .kind = OUTCOME_NOT_READY, .readiness = READINESS_IN_USE };
	assert_false(experiment_equal(&a, &b));
	b.why = a.why;
	b.n--;
	assert_false(experiment_equal(&a, &b));
	experiment_clear(&b);
	assert_null(b.list);
	assert_int_equal(b.n, 0);
	experiment_clear(&a);
}

static void experiments_are_sorted_and_replaced(void **state)
{
	static const uint32_t ids[] = { 40, 7, 102, 1, 55, 7 };
	struct cpu *cpus = calloc(2, sizeof(*cpus));
	struct host *host = calloc(1, sizeof(*host));

	(void)state;
	assert_non_null(cpus);
	assert_non_null(host);
	assert_null(cpu_experiment(&cpus[0], 7));
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		struct experiment experiment = bits(ids[i], i + 1);

		assert_int_equal(cpu_take_experiment(&cpus[0], &experiment), 0);
		assert_null(experiment.list);
		assert_int_equal(experiment.id, 0);
	}
	assert_int_equal(cpus[0].n_experiments, 5);
	for (size_t i = 1; i < cpus[0].n_experiments; i++)
		assert_true(cpus[0].experiments[i - 1].id < cpus[0].experiments[i].id);
	assert_int_equal(cpu_experiment(&cpus[0], 1)->n, 4);
	assert_int_equal(cpu_experiment(&cpus[0], 7)->n, 6);
	assert_int_equal(cpu_experiment(&cpus[0], 102)->n, 3);
	assert_null(cpu_experiment(&cpus[0], 0));
	assert_null(cpu_experiment(&cpus[0], 8));
	assert_null(cpu_experiment(&cpus[0], 103));
	/* They are part of the profile. */
	assert_false(cpu_same_profile(&cpus[0], &cpus[1]));
	for (size_t i = 0; i < cpus[0].n_experiments; i++) {
		const struct experiment *other = &cpus[0].experiments[i];
		struct experiment experiment = bits(other->id, other->n);

		assert_int_equal(cpu_take_experiment(&cpus[1], &experiment), 0);
	}
	assert_true(cpu_same_profile(&cpus[0], &cpus[1]));
	cpus[1].experiments[4].list[2].value = 1;
	assert_false(cpu_same_profile(&cpus[0], &cpus[1]));
	*host = (struct host){ .cpus = cpus, .n_cpus = 2 };
	host_free(host);
}

static void cpus_and_msrs_are_found(void **state)
{
	struct msr msrs[2] = { { 0x480, MSR_READ, 5 }, { 0x491, MSR_FAULTED, 0 } };
	struct cpu cpus[3] = { { .id = 1 }, { .id = 4, .msrs = msrs, .n_msrs = 2 }, { .id = 9 } };
	struct host host = { .cpus = cpus, .n_cpus = 3 };
	uint64_t value = 1;

	(void)state;
	assert_ptr_equal(host_cpu(&host, 1), &cpus[0]);
	assert_ptr_equal(host_cpu(&host, 9), &cpus[2]);
	assert_null(host_cpu(&host, 0));
	assert_null(host_cpu(&host, 5));
	assert_true(cpu_msr_value(&cpus[1], 0x480, &value));
	assert_int_equal(value, 5);
	assert_false(cpu_msr_value(&cpus[1], 0x491, &value));
	assert_false(cpu_msr_value(&cpus[1], 0x492, &value));
	assert_int_equal(value, 5);
}

static void cpu_lists(void **state)
{
	static const struct {
		const char *text, *canonical, *label;
	} good[] = {
		{ "0", "0", "CPU 0" }, { "3,1,2,1", "1-3", "CPUs 1-3" },
		{ "0-3,7", "0-3,7", "CPUs 0-3,7" }, { "65535", "65535", "CPU 65535" },
		{ "8,0-1,4-6", "0-1,4-6,8", "CPUs 0-1,4-6,8" },
	};
	static const struct {
		const char *text;
		int err;
	} bad[] = {
		{ "", -EINVAL }, { ",", -EINVAL }, { "1,", -EINVAL }, { "2-1", -EINVAL },
		{ "a", -EINVAL }, { "1-", -EINVAL }, { "-1", -EINVAL }, { "1 ", -EINVAL },
		{ "65536", -ERANGE }, { "0-99999999999999999999", -ERANGE }, { "0x1", -EINVAL },
	};
	struct cpu_list list = { NULL, 0 };
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(cpu_list_parse(&list, good[i].text), 0);
		text = cpu_list_format(&list);
		assert_string_equal(text, good[i].canonical);
		free(text);
		text = cpu_list_label(&list);
		assert_string_equal(text, good[i].label);
		free(text);
	}
	assert_true(cpu_list_has(&list, 5));
	assert_false(cpu_list_has(&list, 7));
	/* A bad list leaves the old one. */
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(cpu_list_parse(&list, bad[i].text), bad[i].err);
	assert_int_equal(list.n, 6);
	cpu_list_clear(&list);
}

static void names_go_both_ways(void **state)
{
	enum readiness readiness;
	enum outcome_kind kind;
	enum not_tested why;
	enum depth depth;
	enum insn insn;
	int i;

	(void)state;
	for (i = READINESS_UNKNOWN; i <= READINESS_TRACING; i++) {
		assert_true(readiness_parse(readiness_name(i), &readiness));
		assert_int_equal(readiness, i);
		assert_true(*readiness_text(i));
	}
	for (i = OUTCOME_NOT_TESTED; i <= OUTCOME_WITHHELD; i++) {
		assert_true(outcome_kind_parse(outcome_kind_name(i), &kind));
		assert_int_equal(kind, i);
	}
	for (i = NOT_TESTED_NONE; i <= NOT_TESTED_OLD_MODULE; i++) {
		assert_true(not_tested_parse(not_tested_name(i), &why));
		assert_int_equal(why, i);
	}
	for (i = INSN_NONE; i <= INSN_VMFUNC; i++) {
		assert_true(insn_parse(insn_name(i), &insn));
		assert_int_equal(insn, i);
	}
	assert_true(depth_parse("state", &depth));
	assert_int_equal(depth, DEPTH_STATE);
	assert_false(depth_parse("", &depth));
	assert_string_equal(readiness_name(99), "unknown");
	assert_false(outcome_kind_parse("later", &kind));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outcomes_are_shared),
		cmocka_unit_test(many_different_outcomes),
		cmocka_unit_test(groups_are_copied_and_compared),
		cmocka_unit_test(values_are_found_with_and_without_order),
		cmocka_unit_test(profiles_leave_out_who_it_is),
		cmocka_unit_test(evidence_is_part_of_the_profile),
		cmocka_unit_test(experiments_are_compared),
		cmocka_unit_test(experiments_are_sorted_and_replaced),
		cmocka_unit_test(cpus_and_msrs_are_found),
		cmocka_unit_test(cpu_lists),
		cmocka_unit_test(names_go_both_ways),
	};

	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
