// SPDX-License-Identifier: GPL-2.0
#include "verify.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "exit.h"
#include "experiments.h"
#include "options.h"
#include "out.h"
#include "plan.h"

static int no_memory(void)
{
	warn_sentence("out of memory");
	return EXIT_INCOMPLETE;
}

static bool selected(const struct claim *claim, const char *const *selections, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (claim_selected(claim, selections[i]))
			return true;
	return !n;
}

int verify_select(struct verify *verify, const char *const *selections, size_t n)
{
	memset(verify, 0, sizeof(*verify));
	verify->claims = calloc(claims_count() + 1, sizeof(*verify->claims));
	if (!verify->claims)
		return no_memory();
	for (size_t i = 0; i < n; i++) {
		size_t c = 0;

		while (c < claims_count() && !claim_selected(claims_get(c), selections[i]))
			c++;
		if (c == claims_count())
			return usage_error("there is no claim \"%s\"; \"vmxprobe claims\" lists "
					   "them all", selections[i]);
	}
	for (size_t c = 0; c < claims_count(); c++)
		if (selected(claims_get(c), selections, n))
			verify->claims[verify->n_claims++] = claims_get(c);
	return 0;
}

/* What nothing may ever give is looked for in all experiments, whatever else is selected. */
static int plan_experiments(const struct verify *verify, struct run_job *job,
			    const struct claim *claim)
{
	uint32_t ids[CLAIM_MAX_TRIALS];
	size_t n = 0;
	int ret = 0;

	if (claim->kind == CLAIM_NO_ERROR) {
		for (size_t i = 0; !ret && i < experiments_count(); i++)
			if (verify->enter || !experiments_get(i)->enters)
				ret = run_add_experiment(job, experiments_get(i)->id);
		return ret;
	}
	ret = claim_plan_trials(claim, job->cpu, ids, &n);
	for (size_t i = 0; !ret && i < n; i++)
		ret = run_add_experiment(job, ids[i]);
	return ret;
}

static int plan(const struct verify *verify, struct run_job *job)
{
	for (size_t c = 0; c < verify->n_claims; c++) {
		struct group *groups = NULL;
		size_t n = 0;
		int ret;

		if (claim_enters(verify->claims[c]) && !verify->enter)
			continue;
		ret = claim_plan(verify->claims[c], job->cpu, &groups, &n);
		/* What some of its probes hang on is not known: the verdict says so. */
		if (ret == -EAGAIN)
			ret = 0;
		for (size_t i = 0; !ret && i < n; i++)
			ret = plan_add(job, &groups[i]);
		claim_free_groups(groups, n);
		if (!ret)
			ret = plan_experiments(verify, job, verify->claims[c]);
		if (ret == -EAGAIN)
			ret = 0;
		if (ret == -EINVAL) {
			warn_sentence("the row of claim %s is wrong", verify->claims[c]->id);
			return EXIT_INCOMPLETE;
		}
		if (ret)
			return no_memory();
	}
	return 0;
}

static int plan_all(struct verify *verify, struct source *src, const struct cpu_list *cpus,
		    bool fresh_only)
{
	int ret = run_init(&verify->run, src->host, cpus);

	for (size_t i = 0; !ret && i < cpus->n; i++) {
		ret = plan(verify, &verify->run.jobs[i]);
		if (!ret && plan_finish(&verify->run.jobs[i], fresh_only))
			ret = no_memory();
	}
	return ret;
}

/* Claims over VMCS fields need the map of each CPU, which is not found out by VM entries. */
static int scan_fields(struct verify *verify, struct source *src,
		       const struct probe_options *opt)
{
	size_t c = 0;

	while (c < verify->n_claims && verify->claims[c]->kind != CLAIM_FIELDS)
		c++;
	return c < verify->n_claims ? run_scan(&verify->run, src, opt) : 0;
}

bool verify_left_out(const struct verify *verify, const struct verdict *verdict)
{
	return !verify->enter && verdict->kind == VERDICT_NOT_TESTED &&
	       claim_enters(verdict->claim);
}

/* No matter what else it lacks, or what of it a report has. */
static int say_left_out(const struct verify *verify, struct verdict *verdict)
{
	const struct claim *claim = verdict->claim;

	if (verify->enter || !claim_enters(claim) || verdict->kind == VERDICT_NOT_APPLICABLE)
		return 0;
	verdict_clear(verdict);
	verdict->claim = claim;
	verdict->kind = VERDICT_NOT_TESTED;
	verdict->reason = strdup("a guest runs: verify --enter");
	return verdict->reason ? 0 : -ENOMEM;
}

static int judge_all(struct verify *verify, const struct host *host)
{
	verify->verdicts = calloc(verify->run.n * verify->n_claims + 1,
				  sizeof(*verify->verdicts));
	if (!verify->verdicts)
		return no_memory();
	for (size_t i = 0; i < verify->run.n; i++) {
		const struct run_job *job = &verify->run.jobs[i];
		struct cpu cpu = *job->cpu;

		for (size_t e = 0; e < job->n_ev; e++)
			if (group_index(&job->ev[e].group))
				return no_memory();
		/* The reasons why probes were not made are evidence here as well. */
		cpu.evidence = job->ev;
		cpu.n_evidence = job->n_ev;
		for (size_t c = 0; c < verify->n_claims; c++) {
			struct verdict *verdict = &verify->verdicts[i * verify->n_claims + c];

			if (verdict_judge(verify->claims[c], host, &cpu, verdict) ||
			    say_left_out(verify, verdict))
				return no_memory();
		}
	}
	return 0;
}

int verify_run(struct verify *verify, struct source *src, const struct cpu_list *cpus,
	       const struct probe_options *opt)
{
	int ret = plan_all(verify, src, cpus, false), failed, unscanned;

	if (ret)
		return ret;
	unscanned = scan_fields(verify, src, opt);
	failed = run_all(&verify->run, src, opt);
	if (!failed)
		failed = unscanned;
	ret = judge_all(verify, src->host);
	return ret ? ret : failed;
}

int verify_collect(struct source *src, const struct cpu_list *cpus,
		   const struct probe_options *opt, bool enter, struct run_cost *cost)
{
	struct verify verify;
	int ret = verify_select(&verify, NULL, 0), attached;

	verify.enter = enter;
	if (!ret)
		ret = plan_all(&verify, src, cpus, true);
	if (!ret) {
		int unscanned = scan_fields(&verify, src, opt);

		ret = run_all(&verify.run, src, opt);
		if (!ret)
			ret = unscanned;
	}
	run_add_cost(cost, &verify.run);
	attached = run_attach(&verify.run);
	verify_clear(&verify);
	return ret ? ret : attached;
}

void verify_clear(struct verify *verify)
{
	for (size_t i = 0; verify->verdicts && i < verify->run.n * verify->n_claims; i++)
		verdict_clear(&verify->verdicts[i]);
	free(verify->verdicts);
	free(verify->claims);
	run_clear(&verify->run);
	memset(verify, 0, sizeof(*verify));
}

const struct verdict *verify_verdict(const struct verify *verify, size_t job, size_t claim)
{
	return &verify->verdicts[job * verify->n_claims + claim];
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* The command that reproduces it names its CPU, and does not count. */
static bool same_verdict(const struct verdict *a, const struct verdict *b)
{
	/* How much was looked at in vain says nothing about the CPU. */
	if (a->claim->kind == CLAIM_NO_ERROR && a->kind == VERDICT_HOLDS)
		return b->kind == VERDICT_HOLDS;
	return a->kind == b->kind && a->probes == b->probes && a->broken == b->broken &&
	       same_text(a->reason, b->reason) && same_text(a->expected, b->expected) &&
	       same_text(a->seen, b->seen);
}

int verify_fold(const struct verify *verify, size_t claim, struct verify_answer **out,
		size_t *n_out)
{
	struct verify_answer *answers = calloc(verify->run.n + 1, sizeof(*answers));
	size_t n = 0;

	*out = answers;
	*n_out = 0;
	if (!answers)
		return no_memory();
	for (size_t i = 0; i < verify->run.n; i++) {
		const struct verdict *verdict = verify_verdict(verify, i, claim);
		size_t a = 0;

		while (a < n && !same_verdict(answers[a].verdict, verdict))
			a++;
		if (a == n)
			answers[n++].verdict = verdict;
		if (cpu_list_add(&answers[a].cpus, verify->run.jobs[i].cpu->id)) {
			verify_free_answers(answers, n);
			*out = NULL;
			return no_memory();
		}
	}
	*n_out = n;
	return 0;
}

void verify_free_answers(struct verify_answer *answers, size_t n)
{
	for (size_t i = 0; i < n; i++)
		cpu_list_clear(&answers[i].cpus);
	free(answers);
}

bool verify_violated(const struct verdict *verdict)
{
	return verdict->kind == VERDICT_VIOLATED && !verdict->claim->reading;
}

int verify_exit(const struct verify *verify)
{
	int ret = EXIT_OK;

	for (size_t i = 0; i < verify->run.n * verify->n_claims; i++) {
		const struct verdict *verdict = &verify->verdicts[i];

		if (verify_violated(verdict))
			return EXIT_DIFFERENCE;
		if (verdict->kind == VERDICT_NOT_TESTED &&
		    verdict->claim->kind != CLAIM_NOT_HERE && !verify_left_out(verify, verdict))
			ret = EXIT_INCOMPLETE;
	}
	return run_changed_host(&verify->run) ? EXIT_DIFFERENCE : ret;
}
