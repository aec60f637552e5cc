// SPDX-License-Identifier: GPL-2.0
/* The matrix on CPUs made of rules (silicon.c). */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "exit.h"
#include "inject.h"
#include "matrix_view.h"
#include "silicon.h"

#define READY .readiness = READINESS_READY

/* A source, its run and the groups of equal CPUs. */
static struct {
	struct source src;
	struct run run;
	struct cpu_list cpus;
	struct matrix_group *groups;
	size_t n;
	int result;
} t;

static void open_matrix(const struct silicon *silicon, size_t n)
{
	memset(&t, 0, sizeof(t));
	silicon_open(&t.src, silicon, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(cpu_list_add(&t.cpus, i), 0);
}

static void run_matrix(const struct silicon *silicon, size_t n)
{
	const struct probe_options opt = { .check_host = true };

	open_matrix(silicon, n);
	t.result = matrix_run(&t.run, &t.src, &t.cpus, &opt);
	assert_int_equal(matrix_group_all(&t.run, &t.groups, &t.n), 0);
}

static int close_matrix(void **state)
{
	(void)state;
	matrix_free_groups(t.groups, t.n);
	run_clear(&t.run);
	cpu_list_clear(&t.cpus);
	t.src.ops->close(&t.src);
	return 0;
}

static void assert_row(const struct matrix_group *group, bool pe, bool ug, unsigned int type,
		       const char *without, const char *with)
{
	const struct matrix_mode *mode = matrix_mode(group->matrix, pe, ug);
	char *text;

	assert_non_null(mode);
	text = matrix_ranges(mode->cell[type][0], ANSWER_ACCEPTED);
	assert_string_equal(text, without);
	free(text);
	text = matrix_ranges(mode->cell[type][1], ANSWER_ACCEPTED);
	assert_string_equal(text, with);
	free(text);
}

static void assert_cpus(const struct matrix_group *group, const char *cpus)
{
	char *text = cpu_list_format(&group->cpus);

	assert_string_equal(text, cpus);
	free(text);
}

static void every_event_is_asked_once(void **state)
{
	static const struct silicon silicon[] = { { READY, .unrestricted = true } };

	(void)state;
	run_matrix(silicon, 1);
	assert_int_equal(t.result, 0);
	assert_int_equal(t.run.jobs[0].n_ev, 4);
	for (size_t i = 0; i < 4; i++) {
		const struct group *group = &t.run.jobs[0].ev[i].group;
		bool seen[4096] = { false };

		assert_int_equal(group->n_values, 4096);
		for (size_t k = 0; k < 4096; k++) {
			/* Valid, no reserved bit. */
			assert_int_equal(group->values[k] & ~0xfffull, 0x80000000);
			assert_false(seen[group->values[k] & 0xfff]);
			seen[group->values[k] & 0xfff] = true;
		}
		for (size_t k = 0; k < i; k++)
			assert_false(group_same_base(group, &t.run.jobs[0].ev[k].group));
	}
	assert_int_equal(t.groups[0].matrix->answered, 16384);
	assert_true(matrix_complete(t.groups[0].matrix));
	assert_int_equal(matrix_exit(&t.run, t.groups, t.n), EXIT_OK);
}

static void pattern_comes_out(void **state)
{
	static const struct silicon silicon[] = { { READY, .unrestricted = true } };

	(void)state;
	run_matrix(silicon, 1);
	for (int ug = 0; ug < 2; ug++) {
		assert_row(t.groups, true, ug, 0, "0-255", "none");
		assert_row(t.groups, true, ug, 1, "none", "none");
		assert_row(t.groups, true, ug, 2, "2", "none");
		assert_row(t.groups, true, ug, 3, "0-7,9,15-16,18-31", "8,10-14,17");
		assert_row(t.groups, true, ug, 4, "0-255", "none");
		assert_row(t.groups, true, ug, 7, "0", "none");
	}
	assert_row(t.groups, false, false, 3, "0-7,9,15-16,18-31", "8,10-14,17");
	assert_row(t.groups, false, true, 3, "0-31", "none");
}

static void guests_that_are_alike_are_folded(void **state)
{
	static const struct silicon silicon[] = {
		{ READY, .unrestricted = true },
		{ READY },
	};
	struct matrix_fold folds[MATRIX_MODES];

	(void)state;
	run_matrix(silicon, 2);
	assert_int_equal(t.n, 2);
	assert_int_equal(matrix_fold_modes(t.groups[0].matrix, folds), 2);
	assert_string_equal(folds[0].label, "CR0.PE = 1 (unrestricted guest 0 or 1), CR0.PE = 0 "
					    "(unrestricted guest 0)");
	assert_string_equal(folds[1].label, "CR0.PE = 0 (unrestricted guest 1)");
	matrix_free_folds(folds, 2);
	assert_int_equal(matrix_fold_modes(t.groups[1].matrix, folds), 1);
	assert_string_equal(folds[0].label, "CR0.PE = 1, CR0.PE = 0");
	matrix_free_folds(folds, 1);
}

static void cpus_that_are_alike_are_folded(void **state)
{
	static const struct silicon silicon[] = {
		{ READY }, { READY, .cet = true, .footnote = true }, { READY },
		{ READY, .cet = true },		/* the literal reading: as a CPU without CET */
	};

	(void)state;
	run_matrix(silicon, 4);
	assert_int_equal(t.n, 2);
	assert_cpus(&t.groups[0], "0,2-3");
	assert_cpus(&t.groups[1], "1");
	assert_row(&t.groups[1], true, false, 3, "0-7,9,15-16,18-20,22-31", "8,10-14,17,21");
	assert_true(matrix_differ(t.groups, t.n));
	assert_int_equal(matrix_exit(&t.run, t.groups, t.n), EXIT_DIFFERENCE);
}

static void busy_cpu_is_no_difference(void **state)
{
	static const struct silicon silicon[] = {
		{ READY }, { .readiness = READINESS_IN_USE }, { .readiness = READINESS_OFFLINE },
	};

	(void)state;
	run_matrix(silicon, 3);
	assert_int_equal(t.n, 3);
	assert_int_equal(t.groups[1].matrix->answered, 0);
	assert_int_equal(t.groups[1].matrix->why.readiness, READINESS_IN_USE);
	assert_int_equal(t.groups[2].matrix->n_modes, 0);
	assert_int_equal(t.groups[2].matrix->why.readiness, READINESS_OFFLINE);
	assert_false(matrix_differ(t.groups, t.n));
	assert_int_equal(matrix_exit(&t.run, t.groups, t.n), EXIT_INCOMPLETE);
}

static void reasons_are_not_mixed(void **state)
{
	static const struct silicon silicon[] = {
		{ .readiness = READINESS_IN_USE }, { .readiness = READINESS_TRACING },
		{ .readiness = READINESS_IN_USE },
	};

	(void)state;
	run_matrix(silicon, 3);
	assert_int_equal(t.n, 2);
	assert_cpus(&t.groups[0], "0,2");
	assert_cpus(&t.groups[1], "1");
}

static void missing_module_is_said(void **state)
{
	static const struct silicon silicon[] = { { READY, .untested = NOT_TESTED_NO_MODULE } };

	(void)state;
	run_matrix(silicon, 1);
	assert_int_equal(t.groups[0].matrix->answered, 0);
	assert_int_equal(matrix_exit(&t.run, t.groups, t.n), EXIT_MODULE);
}

static void failing_cpu_leaves_the_others(void **state)
{
	static const struct silicon silicon[] = {
		{ READY }, { READY, .untested = NOT_TESTED_FAILED }, { READY },
	};

	(void)state;
	run_matrix(silicon, 3);
	assert_int_equal(t.result, EXIT_MODULE);
	assert_cpus(&t.groups[0], "0,2");
	assert_true(matrix_complete(t.groups[0].matrix));
	assert_int_equal(t.groups[1].matrix->why.why, NOT_TESTED_FAILED);
}

static void guest_that_ran_is_shown(void **state)
{
	static const struct silicon silicon[] = { { READY, .enters = true } };

	(void)state;
	run_matrix(silicon, 1);
	assert_int_equal(t.groups[0].matrix->unexpected, 2);	/* one a group of this source */
	assert_int_equal(t.groups[0].matrix->odd.kind, OUTCOME_ENTERED);
	assert_int_equal(t.groups[0].matrix->why.kind, OUTCOME_STOPPED);
	assert_int_equal(matrix_exit(&t.run, t.groups, t.n), EXIT_INCOMPLETE);
}

static void host_changes_come_first(void **state)
{
	static const struct silicon silicon[] = {
		{ READY }, { .readiness = READINESS_IN_USE }, { READY, .changes_host = true },
	};

	(void)state;
	run_matrix(silicon, 3);
	assert_int_equal(run_show_changes(&t.run), 1);
	assert_int_equal(matrix_exit(&t.run, t.groups, t.n), EXIT_DIFFERENCE);
}

static void all_cpus_are_asked_at_the_same_time(void **state)
{
	static struct silicon silicon[33];
	const struct probe_options opt = { 0 };
	struct window_stats stats;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(silicon); i++)
		silicon[i].readiness = READINESS_READY;
	open_matrix(silicon, ARRAY_SIZE(silicon));
	silicon_gather(ARRAY_SIZE(silicon));
	assert_int_equal(matrix_run(&t.run, &t.src, &t.cpus, &opt), 0);
	assert_int_equal(silicon_gathered(), ARRAY_SIZE(silicon));
	stats = run_stats(&t.run);
	assert_int_equal(stats.windows, 2 * 33);
	assert_int_equal(stats.ticks, 200 * 33);
	assert_int_equal(stats.max_entries, 10 + 32);
	assert_int_equal(stats.max_ticks, 50 + 32);
}

static void evidence_is_collected(void **state)
{
	static const struct silicon silicon[] = {
		{ READY }, { READY, .untested = NOT_TESTED_NO_MODULE },
	};
	const struct probe_options opt = { 0 };
	struct run_cost cost = { 0 };

	(void)state;
	open_matrix(silicon, 2);
	assert_int_equal(matrix_collect(&t.src, &t.cpus, &opt, &cost), 0);
	/* The other CPU has its window as well, but no answer. */
	assert_int_equal(cost.probes, 2 * 4096);
	assert_int_equal(cost.stats.windows, 2 * 2);
	assert_int_equal(cost.stats.max_ticks, 50 + 1);
	assert_int_equal(t.src.host->cpus[0].n_evidence, 2);
	assert_int_equal(evidence_outcome(&t.src.host->cpus[0].evidence[0], 0x308)->error, 7);
	/* Nothing is recorded where nothing was tested. */
	assert_int_equal(t.src.host->cpus[1].n_evidence, 0);
}

/* What is recorded for the matrix answers a single probe with the same settings. */
static void single_probe_is_in_the_matrix(void **state)
{
	static const struct silicon silicon[] = { { READY, .unrestricted = true } };

	(void)state;
	run_matrix(silicon, 1);
	for (unsigned int bits = 0; bits < 4; bits++) {
		const struct inject inject = {
			.type = 3, .vector = 14, .deliver_error_code = true, .length = 1,
			.cr0_pe = bits & 1, .unrestricted = bits & 2, .depth = DEPTH_CONTROLS,
		};
		struct group group;
		unsigned int found = 0;

		assert_int_equal(inject_group(&t.src.host->cpus[0], &inject, &group), 0);
		for (size_t i = 0; i < 4; i++)
			found += group_same_base(&group, &t.run.jobs[0].ev[i].group);
		assert_int_equal(found, 1);
		group_clear(&group);
	}
}

static void ranges_are_short(void **state)
{
	uint8_t cells[MATRIX_VECTORS];
	char *text;

	(void)state;
	memset(cells, ANSWER_REFUSED, sizeof(cells));
	text = matrix_ranges(cells, ANSWER_ACCEPTED);
	assert_string_equal(text, "none");
	free(text);
	text = matrix_ranges(cells, ANSWER_REFUSED);
	assert_string_equal(text, "0-255");
	free(text);
	cells[0] = cells[2] = cells[3] = cells[255] = ANSWER_ACCEPTED;
	text = matrix_ranges(cells, ANSWER_ACCEPTED);
	assert_string_equal(text, "0,2-3,255");
	free(text);
	for (size_t i = 0; i < MATRIX_VECTORS; i++)
		cells[i] = i % 2 ? ANSWER_ACCEPTED : ANSWER_REFUSED;
	text = matrix_ranges(cells, ANSWER_ACCEPTED);
	assert_int_equal(strlen(text), 5 * 2 + 45 * 3 + 78 * 4 - 1);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(every_event_is_asked_once, close_matrix),
		cmocka_unit_test_teardown(pattern_comes_out, close_matrix),
		cmocka_unit_test_teardown(guests_that_are_alike_are_folded, close_matrix),
		cmocka_unit_test_teardown(cpus_that_are_alike_are_folded, close_matrix),
		cmocka_unit_test_teardown(busy_cpu_is_no_difference, close_matrix),
		cmocka_unit_test_teardown(reasons_are_not_mixed, close_matrix),
		cmocka_unit_test_teardown(missing_module_is_said, close_matrix),
		cmocka_unit_test_teardown(failing_cpu_leaves_the_others, close_matrix),
		cmocka_unit_test_teardown(guest_that_ran_is_shown, close_matrix),
		cmocka_unit_test_teardown(host_changes_come_first, close_matrix),
		cmocka_unit_test_teardown(all_cpus_are_asked_at_the_same_time, close_matrix),
		cmocka_unit_test_teardown(evidence_is_collected, close_matrix),
		cmocka_unit_test_teardown(single_probe_is_in_the_matrix, close_matrix),
		cmocka_unit_test(ranges_are_short),
	};

	return cmocka_run_group_tests_name("matrix", tests, NULL, NULL);
}
