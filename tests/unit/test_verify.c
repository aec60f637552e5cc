// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <string.h>

#include "exit.h"
#include "experiments.h"
#include "matrix.h"
#include "silicon.h"
#include "verify.h"

/* The claims of a selection on CPUs made of rules; all that is needed to look at the result. */
struct bench {
	struct source src;
	struct cpu_list cpus;
	struct verify verify;
	int ret;
};

static void open_bench(struct bench *bench, const struct silicon *silicon, size_t n)
{
	memset(bench, 0, sizeof(*bench));
	silicon_open(&bench->src, silicon, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(cpu_list_add(&bench->cpus, i), 0);
}

static void run_with(struct bench *bench, const char *selection, bool enter, bool borrow)
{
	const struct probe_options opt = { .check_host = true, .borrow = borrow };

	assert_int_equal(verify_select(&bench->verify, &selection, 1), 0);
	bench->verify.enter = enter;
	bench->ret = verify_run(&bench->verify, &bench->src, &bench->cpus, &opt);
}

static void run_tier(struct bench *bench, const char *selection, bool enter)
{
	run_with(bench, selection, enter, false);
}

static void run_bench(struct bench *bench, const char *selection)
{
	run_tier(bench, selection, false);
}

/* How many experiments there are in which no guest runs. */
static size_t quiet_experiments(void)
{
	size_t n = 0;

	for (size_t i = 0; i < experiments_count(); i++)
		n += !experiments_get(i)->enters;
	return n;
}

static void close_bench(struct bench *bench)
{
	verify_clear(&bench->verify);
	cpu_list_clear(&bench->cpus);
	bench->src.ops->close(&bench->src);
}

/* How often a probe is among the evidence. */
static size_t times(const struct evidence *ev, size_t n, const struct group *base, uint64_t value)
{
	size_t found = 0;

	for (size_t e = 0; e < n; e++)
		for (size_t i = 0; group_same_base(&ev[e].group, base) &&
				   i < group_probes(&ev[e].group); i++)
			found += group_value(&ev[e].group, i) == value;
	return found;
}

/* Some MSRs of these CPUs are not known: what hangs on them is left out, the rest is not. */
static void each_probe_is_made_once(void **state)
{
	static const struct silicon silicon[] = { { .readiness = READINESS_READY } };
	struct bench bench;
	const struct run_job *job;
	size_t probes = 0;

	(void)state;
	open_bench(&bench, silicon, 1);
	run_bench(&bench, "A");
	job = &bench.verify.run.jobs[0];
	for (size_t c = 0; c < bench.verify.n_claims; c++) {
		struct group *groups = NULL;
		size_t n = 0;

		claim_plan(bench.verify.claims[c], job->cpu, &groups, &n);
		for (size_t g = 0; g < n; g++) {
			for (size_t i = 0; i < group_probes(&groups[g]); i++, probes++)
				assert_int_equal(times(job->ev, job->n_ev, &groups[g],
						       group_value(&groups[g], i)), 1);
		}
		claim_free_groups(groups, n);
	}
	assert_true(probes > run_answered(&bench.verify.run));
	assert_true(run_answered(&bench.verify.run) > 1000);
	close_bench(&bench);
}

static void equal_cpus_are_folded(void **state)
{
	static const struct silicon silicon[] = {
		{ .readiness = READINESS_READY },
		{ .readiness = READINESS_READY, .cet = true, .footnote = true },
		{ .readiness = READINESS_READY },
	};
	struct verify_answer *answers;
	struct bench bench;
	size_t n;

	(void)state;
	open_bench(&bench, silicon, 3);
	run_bench(&bench, "cp.literal");
	assert_int_equal(bench.ret, 0);
	assert_int_equal(verify_fold(&bench.verify, 0, &answers, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(answers[0].cpus.n, 2);
	assert_int_equal(answers[0].verdict->kind, VERDICT_HOLDS);
	assert_int_equal(answers[1].cpus.n, 1);
	assert_int_equal(answers[1].verdict->kind, VERDICT_VIOLATED);
	assert_string_equal(answers[1].verdict->reproduce, "vmxprobe inject --type hw --vector 21 "
			    "--depth controls --cpu 1");
	/* A reading that is not followed breaks nothing. */
	assert_false(verify_violated(answers[1].verdict));
	assert_int_equal(verify_exit(&bench.verify), EXIT_OK);
	verify_free_answers(answers, n);
	close_bench(&bench);
}

static void exit_codes_tell_what_was_found(void **state)
{
	static const struct {
		struct silicon silicon;
		const char *selection;
		int code;
	} rows[] = {
		{ { .readiness = READINESS_READY }, "inject.type.reserved", EXIT_OK },
		{ { .readiness = READINESS_READY, .enters = true }, "inject.type.reserved",
		  EXIT_DIFFERENCE },
		{ { .readiness = READINESS_IN_USE }, "inject.type.reserved", EXIT_INCOMPLETE },
		{ { .readiness = READINESS_READY, .deaf = true }, "inject.type.reserved",
		  EXIT_INCOMPLETE },
		{ { .readiness = READINESS_READY, .untested = NOT_TESTED_NO_MODULE },
		  "inject.type.reserved", EXIT_INCOMPLETE },
		/* Host state that changed is worse than any verdict. */
		{ { .readiness = READINESS_READY, .changes_host = true }, "inject.type.reserved",
		  EXIT_DIFFERENCE },
		/* What this version cannot probe does not count. */
		{ { .readiness = READINESS_READY }, "guest.smm.sipi", EXIT_OK },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct bench bench;

		open_bench(&bench, &rows[i].silicon, 1);
		run_bench(&bench, rows[i].selection);
		assert_int_equal(verify_exit(&bench.verify), rows[i].code);
		close_bench(&bench);
	}
}

/* A report has the matrix already; of the claims' probes only the others are added. */
static void collecting_adds_what_is_missing(void **state)
{
	static const struct silicon silicon[] = { { .readiness = READINESS_READY } };
	const struct probe_options opt = { 0 };
	struct run_cost cost = { 0 };
	const struct cpu *cpu;
	struct bench bench;
	size_t before;

	(void)state;
	open_bench(&bench, silicon, 1);
	cpu = &bench.src.host->cpus[0];
	assert_int_equal(matrix_collect(&bench.src, &bench.cpus, &opt, &cost), 0);
	assert_int_equal(cpu->n_evidence, 2);
	before = cost.probes;
	assert_int_equal(verify_collect(&bench.src, &bench.cpus, &opt, false, &cost), 0);
	assert_true(cost.probes > before && before > 0);
	/* The source's experiments have the longest. */
	assert_int_equal(cost.stats.max_ticks, 1000);
	assert_true(cpu->n_evidence > 2);
	for (size_t e = 0; e < cpu->n_evidence; e++)
		for (size_t i = 0; i < group_probes(&cpu->evidence[e].group); i++)
			assert_int_equal(times(cpu->evidence, cpu->n_evidence,
					       &cpu->evidence[e].group,
					       group_value(&cpu->evidence[e].group, i)), 1);
	close_bench(&bench);
}

/* Several claims ask for the same: each experiment is made once a CPU, and on all at once. */
static void each_experiment_is_made_once(void **state)
{
	static const struct silicon silicon[] = {
		{ .readiness = READINESS_READY }, { .readiness = READINESS_READY },
	};
	struct window_stats stats;
	struct bench bench;

	(void)state;
	open_bench(&bench, silicon, 2);
	silicon_gather(2);
	run_bench(&bench, "insn.vmclear");
	assert_int_equal(silicon_gathered(), 2);
	/* Two addresses, the VMXON region, the current one, another revision, what it keeps. */
	assert_int_equal(silicon_experiments(), 2 * 6);
	assert_int_equal(run_answered(&bench.verify.run), 2 * 6);
	stats = run_stats(&bench.verify.run);
	assert_int_equal(stats.windows, 2 * 6);
	assert_int_equal(stats.ticks, 2 * 6 * 1000);
	close_bench(&bench);

	open_bench(&bench, silicon, 1);
	run_bench(&bench, "insn.vmread.shadow");
	assert_int_equal(silicon_experiments(), 0);	/* it does not apply */
	close_bench(&bench);

	/* What nothing may give is looked for in all of them, and each is there for a report. */
	open_bench(&bench, silicon, 1);
	run_bench(&bench, "insn.error.6");
	assert_int_equal(silicon_experiments(), quiet_experiments());
	assert_int_equal(verify_verdict(&bench.verify, 0, 0)->kind, VERDICT_HOLDS);
	assert_int_equal(verify_verdict(&bench.verify, 0, 0)->probes, quiet_experiments());
	assert_int_equal(bench.src.host->cpus[0].n_experiments, quiet_experiments());
	assert_int_equal(verify_exit(&bench.verify), EXIT_OK);
	close_bench(&bench);

	open_bench(&bench, silicon, 1);
	run_tier(&bench, "insn.error.6", true);
	assert_int_equal(silicon_experiments(), experiments_count());
	close_bench(&bench);
}

/* The second tier: nothing of it is asked, missing, or a reason for an exit status. */
static void guests_run_only_if_asked_for(void **state)
{
	static const struct silicon silicon[] = { { .readiness = READINESS_READY, .timer = true } };
	const struct verdict *verdict;
	struct bench bench;

	(void)state;
	open_bench(&bench, silicon, 1);
	run_bench(&bench, "deliver.long");
	assert_int_equal(bench.verify.n_claims, 3);
	assert_int_equal(run_answered(&bench.verify.run), 0);
	for (size_t c = 0; c < bench.verify.n_claims; c++) {
		verdict = verify_verdict(&bench.verify, 0, c);
		assert_int_equal(verdict->kind, VERDICT_NOT_TESTED);
		assert_string_equal(verdict->reason, "a guest runs: verify --enter");
		assert_true(verify_left_out(&bench.verify, verdict));
	}
	assert_int_equal(verify_exit(&bench.verify), EXIT_OK);
	close_bench(&bench);

	open_bench(&bench, silicon, 1);
	run_tier(&bench, "deliver.rip.others", true);
	verdict = verify_verdict(&bench.verify, 0, 0);
	assert_int_equal(verdict->kind, VERDICT_HOLDS);
	assert_true(run_answered(&bench.verify.run) > 20);
	assert_int_equal(verify_exit(&bench.verify), EXIT_OK);
	close_bench(&bench);

	/* Nor is it judged by what was recorded of it. */
	open_bench(&bench, silicon, 1);
	run_tier(&bench, "insn.vmlaunch.sets", true);
	assert_int_not_equal(verify_verdict(&bench.verify, 0, 0)->kind, VERDICT_NOT_TESTED);
	verify_clear(&bench.verify);
	run_bench(&bench, "insn.vmlaunch.sets");
	assert_int_equal(bench.src.host->cpus[0].n_experiments, 1);
	assert_true(verify_left_out(&bench.verify, verify_verdict(&bench.verify, 0, 0)));
	close_bench(&bench);

	/* In a report they are only if asked for as well. */
	open_bench(&bench, silicon, 1);
	assert_int_equal(verify_collect(&bench.src, &bench.cpus, &(struct probe_options){ 0 }, false,
					&(struct run_cost){ 0 }), 0);
	for (size_t e = 0; e < bench.src.host->cpus[0].n_evidence; e++)
		assert_int_not_equal(bench.src.host->cpus[0].evidence[e].group.depth, DEPTH_ENTER);
	close_bench(&bench);
}

static void experiments_tell_what_was_found(void **state)
{
	static const struct {
		struct silicon silicon;
		const char *selection;
		enum verdict_kind kind;
		int ret, code;
	} rows[] = {
		{ { .readiness = READINESS_READY }, "insn.vmread.unsupported", VERDICT_HOLDS, 0,
		  EXIT_OK },
		{ { .readiness = READINESS_READY }, "insn.vmclear.vmxon", VERDICT_VIOLATED, 0,
		  EXIT_DIFFERENCE },
		{ { .readiness = READINESS_READY, .changes_host = true },
		  "insn.vmread.unsupported", VERDICT_HOLDS, 0, EXIT_DIFFERENCE },
		{ { .readiness = READINESS_IN_USE }, "insn.vmread.unsupported",
		  VERDICT_NOT_TESTED, 0, EXIT_INCOMPLETE },
		{ { .readiness = READINESS_READY, .untested = NOT_TESTED_FAILED },
		  "insn.vmread.unsupported", VERDICT_NOT_TESTED, EXIT_MODULE, EXIT_INCOMPLETE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct verdict *verdict;
		struct bench bench;

		open_bench(&bench, &rows[i].silicon, 1);
		run_bench(&bench, rows[i].selection);
		verdict = verify_verdict(&bench.verify, 0, 0);
		assert_int_equal(bench.ret, rows[i].ret);
		assert_int_equal(verdict->kind, rows[i].kind);
		if (rows[i].silicon.readiness == READINESS_IN_USE)
			assert_string_equal(verdict->reason, "in use by another hypervisor");
		assert_int_equal(verify_exit(&bench.verify), rows[i].code);
		close_bench(&bench);
	}
}

/* Whom the source cannot ask at all it is not asked again: one sentence is enough. */
static void a_cpu_that_fails_is_asked_once(void **state)
{
	static const struct silicon silicon[] = {
		{ .readiness = READINESS_READY, .untested = NOT_TESTED_FAILED },
	};
	struct bench bench;

	(void)state;
	open_bench(&bench, silicon, 1);
	run_bench(&bench, "insn.vmclear");
	assert_int_equal(silicon_experiments(), 1);
	for (size_t c = 0; c < bench.verify.n_claims; c++) {
		const struct verdict *verdict = verify_verdict(&bench.verify, 0, c);

		if (verify_left_out(&bench.verify, verdict))
			continue;
		assert_int_equal(verdict->kind, VERDICT_NOT_TESTED);
		if (verdict->claim->kind == CLAIM_EXPERIMENT)
			assert_string_equal(verdict->reason, "the source could not be asked");
	}
	close_bench(&bench);
}

/* Where VMX operation is borrowed, all is judged but what takes one of its own. */
static void borrowed_cpus_are_judged(void **state)
{
	static const struct silicon silicon[] = {
		{ .readiness = READINESS_IN_USE, .other = true }, { .readiness = READINESS_READY },
	};
	const struct verdict *verdict;
	struct bench bench;

	(void)state;
	open_bench(&bench, silicon, 2);
	run_bench(&bench, "inject.vector.other");
	verdict = verify_verdict(&bench.verify, 0, 0);
	assert_int_equal(verdict->kind, VERDICT_NOT_TESTED);
	assert_string_equal(verdict->reason,
			    "in use by another hypervisor");
	close_bench(&bench);

	open_bench(&bench, silicon, 2);
	run_with(&bench, "inject.vector.other", false, true);
	assert_true(bench.src.host->cpus[0].borrowed);
	assert_false(bench.src.host->cpus[1].borrowed);
	verdict = verify_verdict(&bench.verify, 0, 0);
	assert_int_equal(verdict->kind, VERDICT_VIOLATED);
	assert_non_null(strstr(verdict->reproduce, " --cpu 0 --borrow"));
	assert_int_equal(verify_verdict(&bench.verify, 1, 0)->kind, VERDICT_HOLDS);
	close_bench(&bench);

	open_bench(&bench, silicon, 1);
	run_with(&bench, "insn.vmxon.revision", false, true);
	verdict = verify_verdict(&bench.verify, 0, 0);
	assert_int_equal(verdict->kind, VERDICT_NOT_TESTED);
	assert_string_equal(verdict->reason, "takes VMX operation of its own, where another owner's "
					     "was borrowed");
	close_bench(&bench);

	open_bench(&bench, silicon, 1);
	run_with(&bench, "insn.vmclear.address", false, true);
	verdict = verify_verdict(&bench.verify, 0, 0);
	assert_int_equal(verdict->kind, VERDICT_VIOLATED);
	assert_non_null(strstr(verdict->reproduce, " --cpu 0 --borrow"));
	close_bench(&bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(borrowed_cpus_are_judged),
		cmocka_unit_test(each_probe_is_made_once),
		cmocka_unit_test(equal_cpus_are_folded),
		cmocka_unit_test(exit_codes_tell_what_was_found),
		cmocka_unit_test(collecting_adds_what_is_missing),
		cmocka_unit_test(each_experiment_is_made_once),
		cmocka_unit_test(guests_run_only_if_asked_for),
		cmocka_unit_test(experiments_tell_what_was_found),
		cmocka_unit_test(a_cpu_that_fails_is_asked_once),
	};

	return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
