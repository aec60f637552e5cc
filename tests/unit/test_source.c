// SPDX-License-Identifier: GPL-2.0
/* What holds for every source: a CPU that is left alone is asked nothing. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "source.h"

static unsigned int asked;

static int probe(struct source *src, unsigned int cpu, struct evidence *ev, size_t n,
		 const struct probe_options *opt, struct probe_report *report,
		 void (*progress)(void *arg, size_t probes), void *arg)
{
	(void)src, (void)cpu, (void)ev, (void)n, (void)opt, (void)report;
	(void)progress, (void)arg;
	asked++;
	return 0;
}

static int fields(struct source *src, struct cpu *cpu, const struct probe_options *opt,
		  struct window_stats *stats)
{
	(void)src, (void)cpu, (void)opt;
	stats->windows += 7;
	asked++;
	return 0;
}

static int experiment(struct source *src, struct cpu *cpu, uint32_t id,
		      const struct probe_options *opt, struct probe_report *report)
{
	(void)src, (void)cpu, (void)id, (void)opt, (void)report;
	asked++;
	return 0;
}

static const struct source_ops ops = {
	.name = "test",
	.probe = probe,
	.fields = fields,
	.experiment = experiment,
};

static void progressed(void *arg, size_t probes)
{
	*(size_t *)arg += probes;
}

/* Nor is a CPU without VMX, of which no module knows more. */
static void left_alone_is_not_asked(void **state)
{
	static const enum readiness alone[] = {
		READINESS_ISOLATED, READINESS_NOHZ_FULL, READINESS_NOT_ALLOWED, READINESS_NO_VMX,
	};
	const struct probe_options opt = { 0 };
	struct source src = { .ops = &ops };
	struct probe_report report = { 0 };

	(void)state;
	asked = 0;
	for (size_t i = 0; i < ARRAY_SIZE(alone); i++) {
		struct cpu cpu = { .id = 3, .readiness = alone[i] };
		struct evidence ev[2] = { { .group.depth = DEPTH_CONTROLS },
					  { .group.depth = DEPTH_STATE } };
		size_t progress = 0;

		assert_int_equal(cpu_left_alone(&cpu), alone[i] != READINESS_NO_VMX);
		assert_int_equal(source_probe(&src, &cpu, ev, 2, &opt, &report, progressed,
					      &progress), 0);
		assert_int_equal(progress, 2);
		for (size_t g = 0; g < 2; g++) {
			assert_int_equal(evidence_outcome(&ev[g], 0)->kind, OUTCOME_NOT_READY);
			assert_int_equal(evidence_outcome(&ev[g], 0)->readiness, alone[i]);
			evidence_clear(&ev[g]);
		}
		assert_int_equal(source_fields(&src, &cpu, &opt, &report.stats), 0);
		assert_int_equal(report.stats.windows, 0);
		assert_false(cpu.fields.scanned);
		assert_int_equal(cpu.fields.why.readiness, alone[i]);
		assert_int_equal(source_experiment(&src, &cpu, 5, &opt, &report), 0);
		assert_int_equal(cpu_experiment(&cpu, 5)->why.kind, OUTCOME_NOT_READY);
		assert_int_equal(cpu_experiment(&cpu, 5)->why.readiness, alone[i]);
		free(cpu.experiments);
	}
	assert_int_equal(asked, 0);
}

static void others_are_asked(void **state)
{
	const struct probe_options opt = { 0 };
	struct source src = { .ops = &ops };
	struct probe_report report = { 0 };
	size_t progress = 0;

	(void)state;
	asked = 0;
	for (enum readiness i = READINESS_UNKNOWN; i <= READINESS_BUSY; i++) {
		struct cpu cpu = { .readiness = i };
		struct evidence ev = { 0 };

		if (i == READINESS_NO_VMX)
			continue;
		assert_false(cpu_left_alone(&cpu));
		source_probe(&src, &cpu, &ev, 1, &opt, &report, progressed, &progress);
		source_fields(&src, &cpu, &opt, &report.stats);
		source_experiment(&src, &cpu, 5, &opt, &report);
	}
	assert_int_equal(asked, 3 * READINESS_BUSY);
	assert_int_equal(report.stats.windows, 7 * READINESS_BUSY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(left_alone_is_not_asked),
		cmocka_unit_test(others_are_asked),
	};

	return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
