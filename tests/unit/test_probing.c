// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "exit.h"
#include "probing.h"

static void the_longest_window_is_in_ticks(void **state)
{
	const struct run_cost cost = {
		.stats = { .windows = 3, .max_entries = 64, .ticks = 900, .max_ticks = 500 },
		.probes = 100,
	};
	char *text = probing_cost_text(&cost);

	(void)state;
	assert_string_equal(text, "3 windows of at most 64 VM entries, 9 ticks a probe, longest window "
				  "500 ticks (interrupts off)");
	free(text);
}

static void one_window_is_one(void **state)
{
	const struct run_cost cost = {
		.stats = { .windows = 1, .max_entries = 1, .ticks = 300, .max_ticks = 300 },
		.probes = 1,
	};
	char *text = probing_cost_text(&cost);

	(void)state;
	assert_string_equal(text, "1 window of at most 1 VM entry, 300 ticks a probe, longest window "
				  "300 ticks (interrupts off)");
	free(text);
}

static void borrowed_windows_are_told(void **state)
{
	const struct run_cost cost = { .stats = { .windows = 3, .borrowed = 2 }, .probes = 1 };
	char *text = probing_cost_text(&cost);

	(void)state;
	assert_non_null(strstr(text, "3 windows (2 of them borrowed) of at most "));
	free(text);
}

static void nothing_is_divided_by_no_probes(void **state)
{
	const struct run_cost none = { 0 };
	const struct run_cost stopped = { .stats = { .windows = 1, .ticks = 70, .max_ticks = 70 } };
	char *text = probing_cost_text(&none);

	(void)state;
	assert_string_equal(text, "no window was opened");
	free(text);
	text = probing_cost_text(&stopped);
	assert_non_null(strstr(text, " 0 ticks a probe, longest window 70 ticks "));
	free(text);
}

static void maps_of_fields_have_no_part_in_a_probe(void **state)
{
	const struct window_stats scan = { .windows = 4, .borrowed = 1, .ticks = 9000,
					   .max_ticks = 3000 };
	const struct run_cost both = {
		.stats = { .windows = 3, .max_entries = 64, .ticks = 900, .max_ticks = 500 },
		.scan = scan,
		.probes = 100,
	};
	const struct run_cost alone = { .scan = scan };
	char *text = probing_cost_text(&both);

	(void)state;
	assert_string_equal(text, "7 windows (1 of them borrowed) of at most 64 VM entries, 9 ticks a "
				  "probe, longest window 3000 ticks (interrupts off)");
	free(text);
	text = probing_cost_text(&alone);
	assert_string_equal(text, "4 windows (1 of them borrowed), longest window 3000 ticks "
				  "(interrupts off)");
	free(text);
}

static void what_was_not_counted_is_not_left_out_silently(void **state)
{
	const struct run_cost fields = { .scan.untold = true };
	const struct run_cost both = { .stats.windows = 3, .scan.untold = true, .probes = 1 };
	char *text = probing_cost_text(&fields);

	(void)state;
	assert_string_equal(text, "the module is older than this tool and does not say how long its "
				  "windows were");
	free(text);
	text = probing_cost_text(&both);
	assert_non_null(strstr(text, "(interrupts off), without those in which VMCS fields were read"));
	free(text);
}

/* The contract's bound of what may be asked for is 64. */
static void windows_are_bounded(void **state)
{
	struct probing_options opt = { 0 };

	(void)state;
	assert_int_equal(probing_take(PROBING_KEY_MAX_WINDOW, "1", &opt), 0);
	assert_int_equal(opt.probe.max_window, 1);
	assert_int_equal(probing_take(PROBING_KEY_MAX_WINDOW, "64", &opt), 0);
	assert_int_equal(opt.probe.max_window, 64);
	assert_int_equal(probing_take(PROBING_KEY_MAX_WINDOW, "65", &opt), EXIT_USAGE);
	assert_int_equal(probing_take(PROBING_KEY_MAX_WINDOW, "0", &opt), EXIT_USAGE);
	assert_int_equal(opt.probe.max_window, 64);
	assert_int_equal(probing_take('x', NULL, &opt), -1);
}

/* What is said of CPUs 0 to 2, of which 1 is in use and 2 isolated. */
static char *said(const char *from, bool borrow)
{
	struct cpu cpus[] = {
		{ .id = 0, .readiness = READINESS_READY },
		{ .id = 1, .readiness = READINESS_IN_USE },
		{ .id = 2, .readiness = READINESS_ISOLATED },
	};
	struct host host = { .cpus = cpus, .n_cpus = 3 };
	struct cmd_context ctx = { .options.from = from, .source.host = &host };
	const struct probe_options opt = { .borrow = borrow };
	struct skipped skipped = { 0 };
	struct cpu_list list = { 0 };
	char *text;

	for (size_t i = 0; i < 3; i++)
		assert_int_equal(cpu_list_add(&ctx.cpus, i), 0);
	assert_int_equal(probing_cpus(&ctx, &opt, &list, &skipped), 0);
	assert_int_equal(list.n, 2);
	text = skipped_text(&skipped, "", true);
	cpu_list_clear(&ctx.cpus);
	cpu_list_clear(&list);
	skipped_clear(&skipped);
	return text;
}

static void what_would_help_is_said_where_it_can_be_done(void **state)
{
	char *text = said(NULL, false);

	(void)state;
	assert_string_equal(text, "CPU 2 left alone: isolated; name it with --cpu\n"
				  "CPU 1: in use by another hypervisor; --borrow probes beside it\n");
	free(text);
	text = said(NULL, true);
	assert_string_equal(text, "CPU 2 left alone: isolated; name it with --cpu\n");
	free(text);
	text = said("report.json", false);
	assert_string_equal(text, "CPU 2 left alone: isolated\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_longest_window_is_in_ticks),
		cmocka_unit_test(one_window_is_one),
		cmocka_unit_test(borrowed_windows_are_told),
		cmocka_unit_test(nothing_is_divided_by_no_probes),
		cmocka_unit_test(maps_of_fields_have_no_part_in_a_probe),
		cmocka_unit_test(what_was_not_counted_is_not_left_out_silently),
		cmocka_unit_test(windows_are_bounded),
		cmocka_unit_test(what_would_help_is_said_where_it_can_be_done),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
