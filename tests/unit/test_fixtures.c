// SPDX-License-Identifier: GPL-2.0
/*
 * The made-*.json reports of tests/cli: CPUs that no emulator has, from silicon.c. This test
 * holds the files to what makes them; with UPDATE=1 in the environment it writes them.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "deliver.h"
#include "experiments.h"
#include "matrix.h"
#include "out.h"
#include "report.h"
#include "silicon.h"

/* The Makefile compiles this by its absolute path. */
#define REPORTS "%.*s/../cli/reports/%s", (int)(strrchr(__FILE__, '/') - __FILE__), __FILE__

#define READY .readiness = READINESS_READY

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = NULL;
	size_t room = 0;
	ssize_t len;

	if (!file)
		return NULL;
	len = getdelim(&text, &room, '\0', file);
	fclose(file);
	return len < 0 ? NULL : text;
}

typedef int (*collect_fn)(struct source *src, const struct cpu_list *cpus,
			  const struct probe_options *opt, struct run_cost *cost);

static char *make_report(const struct silicon *silicon, size_t n, collect_fn collect,
			 const struct probe_options *opt)
{
	struct run_cost cost = { 0 };
	struct cpu_list cpus = { 0 };
	struct source src;
	char *text = NULL;
	size_t size;
	json_t *json;
	FILE *file;

	silicon_open(&src, silicon, n);
	src.host->created = strdup("2026-01-02T03:04:05Z");
	src.host->tool = strdup("test");
	for (size_t i = 0; i < n; i++)
		assert_int_equal(cpu_list_add(&cpus, i), 0);
	assert_int_equal(collect(&src, &cpus, opt, &cost), 0);
	json = report_to_json(src.host);
	assert_non_null(json);
	file = open_memstream(&text, &size);
	assert_int_equal(out_json_write(file, json), 0);
	fclose(file);
	json_decref(json);
	cpu_list_clear(&cpus);
	src.ops->close(&src);
	return text;
}

static void hold_with(const char *name, const struct silicon *silicon, size_t n,
		      collect_fn collect, const struct probe_options *opt)
{
	char *path = out_format(REPORTS, name), *text = make_report(silicon, n, collect, opt), *there;

	if (getenv("UPDATE")) {
		FILE *file = fopen(path, "w");

		assert_non_null(file);
		assert_true(fputs(text, file) >= 0);
		assert_int_equal(fclose(file), 0);
	}
	there = read_file(path);
	assert_non_null(there);
	assert_string_equal(there, text);
	free(there);
	free(text);
	free(path);
}

static void hold(const char *name, const struct silicon *silicon, size_t n, collect_fn collect)
{
	hold_with(name, silicon, n, collect, &(struct probe_options){ 0 });
}

static void mixed(void **state)
{
	static const struct silicon silicon[] = {
		{ READY, .unrestricted = true },
		{ READY, .unrestricted = true },
		{ READY, .unrestricted = true, .cet = true, .footnote = true },
		{ READY, .unrestricted = true, .cet = true },
		{ .readiness = READINESS_IN_USE, .unrestricted = true },
		{ .readiness = READINESS_OFFLINE },
		{ READY },
	};

	(void)state;
	hold("made-mixed.json", silicon, ARRAY_SIZE(silicon), matrix_collect);
}

static void footnote(void **state)
{
	static const struct silicon silicon[] = {
		{ READY, .cet = true, .footnote = true },
		{ READY, .cet = true, .footnote = true },
		{ .readiness = READINESS_OFFLINE },
	};

	(void)state;
	hold("made-footnote.json", silicon, ARRAY_SIZE(silicon), matrix_collect);
}

static void entered(void **state)
{
	static const struct silicon silicon[] = { { READY, .enters = true } };

	(void)state;
	hold("made-entered.json", silicon, ARRAY_SIZE(silicon), matrix_collect);
}

/* Two experiments, one of which takes VMX operation of its own. */
static int collect_few(struct source *src, const struct cpu_list *cpus,
		       const struct probe_options *opt, struct run_cost *cost)
{
	int ret = matrix_collect(src, cpus, opt, cost);
	struct run run;

	if (!ret)
		ret = run_init(&run, src->host, cpus);
	for (size_t i = 0; !ret && i < cpus->n; i++)
		if (run_add_experiment(&run.jobs[i], experiments_find("vmxon-revision")->id) ||
		    run_add_experiment(&run.jobs[i], experiments_find("vmclear-width")->id))
			ret = -1;
	if (!ret)
		ret = run_all(&run, src, opt);
	run_clear(&run);
	return ret;
}

/* One whose VMX operation was borrowed, beside one that had none. */
static void borrowed(void **state)
{
	static const struct silicon silicon[] = { { READY }, { .readiness = READINESS_IN_USE } };

	(void)state;
	hold_with("made-borrowed.json", silicon, ARRAY_SIZE(silicon), collect_few,
		  &(struct probe_options){ .borrow = true });
}

static void alone(void **state)
{
	static const struct silicon silicon[] = {
		{ READY }, { READY },
		{ .readiness = READINESS_ISOLATED }, { .readiness = READINESS_NOHZ_FULL },
		{ .readiness = READINESS_NOHZ_FULL }, { .readiness = READINESS_NOT_ALLOWED },
		{ .readiness = READINESS_OFFLINE },
	};

	(void)state;
	hold("made-alone.json", silicon, ARRAY_SIZE(silicon), matrix_collect);
}

static void in_use(void **state)
{
	static const struct silicon silicon[] = {
		{ .readiness = READINESS_IN_USE }, { .readiness = READINESS_IN_USE },
	};

	(void)state;
	hold("made-in-use.json", silicon, ARRAY_SIZE(silicon), matrix_collect);
}

/* One that does as it should, the #CP of another, and what cannot have guests run. */
static void delivered(void **state)
{
	static const struct silicon silicon[] = {
		{ READY, .unrestricted = true, .timer = 1, .low = true },
		{ READY, .unrestricted = true, .timer = 1, .low = true },
		{ READY, .any_code = true, .cet = true, .timer = 1, .low = true, .odd_vector = 21,
		  .oddity = ODD_DROPS_CODE },
		{ .readiness = READINESS_IN_USE, .unrestricted = true, .timer = 1 },
		{ READY, .unrestricted = true, .timer = -1 },
	};

	(void)state;
	hold("made-delivered.json", silicon, ARRAY_SIZE(silicon), deliver_collect);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mixed),
		cmocka_unit_test(footnote),
		cmocka_unit_test(entered),
		cmocka_unit_test(borrowed),
		cmocka_unit_test(alone),
		cmocka_unit_test(in_use),
		cmocka_unit_test(delivered),
	};

	return cmocka_run_group_tests_name("fixtures", tests, NULL, NULL);
}
