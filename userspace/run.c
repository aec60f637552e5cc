// SPDX-License-Identifier: GPL-2.0
#include "run.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "exit.h"
#include "out.h"

/* Progress is drawn this often at most, and not at all for what takes less. */
#define DRAW_SECONDS 0.1

/* What the threads of a run share. */
struct running {
	struct source *src;
	const struct probe_options *opt;
	struct run *run;
	atomic_size_t next;	/* job to take */

	bool terminal;
	pthread_mutex_t lock;	/* of the following */
	size_t done, total;	/* probes and experiments */
	double drawn;
	bool shown;
};

static int no_memory(void)
{
	warn_sentence("out of memory");
	return EXIT_INCOMPLETE;
}

int run_init(struct run *run, const struct host *host, const struct cpu_list *cpus)
{
	run->n = 0;
	run->seconds = 0;
	run->jobs = calloc(cpus->n + 1, sizeof(*run->jobs));
	if (!run->jobs)
		return no_memory();
	for (; run->n < cpus->n; run->n++)
		run->jobs[run->n].cpu = host_cpu(host, cpus->ids[run->n]);
	return 0;
}

struct group *run_add_group(struct run_job *job)
{
	struct evidence *ev = reallocarray(job->ev, job->n_ev + 1, sizeof(*ev));

	if (!ev)
		return NULL;
	job->ev = ev;
	ev += job->n_ev++;
	memset(ev, 0, sizeof(*ev));
	return &ev->group;
}

int run_add_experiment(struct run_job *job, uint32_t id)
{
	uint32_t *list;

	for (size_t i = 0; i < job->n_experiments; i++)
		if (job->experiments[i] == id)
			return 0;
	list = reallocarray(job->experiments, job->n_experiments + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	job->experiments = list;
	list[job->n_experiments++] = id;
	return 0;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void progressed(void *arg, size_t probes)
{
	struct running *running = arg;
	double time;

	if (!running->terminal)
		return;
	pthread_mutex_lock(&running->lock);
	running->done += probes;
	time = now();
	if (time - running->drawn >= DRAW_SECONDS) {
		fprintf(stderr, "\r%3zu %% of %zu probes", 100 * running->done / running->total,
			running->total);
		fflush(stderr);
		running->drawn = time;
		running->shown = true;
	}
	pthread_mutex_unlock(&running->lock);
}

/* Why an experiment was not made is why those of the job from number i on were not, either. */
static void pass_on(struct run_job *job, size_t i)
{
	const struct experiment *failed = cpu_experiment(job->cpu, job->experiments[i - 1]);
	const struct outcome why = failed ? failed->why : (struct outcome){ 0 };

	for (; i < job->n_experiments; i++) {
		struct experiment other = { .id = job->experiments[i], .why = why };

		/* Without memory it is one that nobody asked for. */
		if (!cpu_experiment(job->cpu, other.id))
			cpu_take_experiment(job->cpu, &other);
	}
}

/* What keeps this CPU from one experiment keeps it from all: one sentence says it. */
static void make_experiments(struct running *running, struct run_job *job)
{
	for (size_t i = 0; i < job->n_experiments; i++) {
		int failed = source_experiment(running->src, job->cpu, job->experiments[i],
					       running->opt, &job->report);

		progressed(running, 1);
		if (!failed)
			continue;
		if (job->result < failed)
			job->result = failed;
		pass_on(job, i + 1);
		return;
	}
}

static void *work(void *arg)
{
	struct running *running = arg;
	size_t i;

	while ((i = atomic_fetch_add(&running->next, 1)) < running->run->n) {
		struct run_job *job = &running->run->jobs[i];

		if (job->n_ev)
			job->result = source_probe(running->src, job->cpu, job->ev, job->n_ev,
						   running->opt, &job->report, progressed,
						   running);
		make_experiments(running, job);
		if (job->report.stats.borrowed)
			job->cpu->borrowed = true;
	}
	return NULL;
}

/*
 * A thread a CPU, so that all are in their windows at the same time. Where a thread cannot be
 * had the others, and in the end this one, take over its job.
 */
static void work_together(struct running *running)
{
	size_t n = running->run->n > 1 ? running->run->n - 1 : 0, started = 0;
	pthread_t *threads = n ? calloc(n, sizeof(*threads)) : NULL;

	while (threads && started < n && !pthread_create(&threads[started], NULL, work, running))
		started++;
	work(running);
	for (size_t i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	free(threads);
}

int run_scan(struct run *run, struct source *src, const struct probe_options *opt)
{
	double start = now();
	int ret = 0;

	for (size_t i = 0; i < run->n; i++) {
		int failed = source_fields(src, run->jobs[i].cpu, opt, &run->jobs[i].scan);

		if (!ret)
			ret = failed;
	}
	run->seconds += now() - start;
	return ret;
}

int run_all(struct run *run, struct source *src, const struct probe_options *opt)
{
	struct running running = {
		.src = src,
		.opt = opt,
		.run = run,
		.terminal = isatty(STDERR_FILENO),
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.drawn = now(),
	};
	double start = running.drawn;
	int result = 0;

	for (size_t i = 0; i < run->n; i++)
		for (size_t j = 0; j < run->jobs[i].n_ev; j++)
			running.total += group_probes(&run->jobs[i].ev[j].group);
	for (size_t i = 0; i < run->n; i++)
		running.total += run->jobs[i].n_experiments;
	if (!running.total)
		return 0;
	work_together(&running);
	run->seconds += now() - start;
	if (running.shown)
		fputs("\r\033[K", stderr);
	pthread_mutex_destroy(&running.lock);

	for (size_t i = 0; i < run->n; i++)
		if (result < run->jobs[i].result)
			result = run->jobs[i].result;
	return result;
}

struct outcome run_unasked(const struct cpu *cpu)
{
	if (cpu_unready(cpu))
		return (struct outcome){ .kind = OUTCOME_NOT_READY, .readiness = cpu->readiness };
	return (struct outcome){ .kind = OUTCOME_NOT_TESTED, .why = NOT_TESTED_NO_CONTROL };
}

/* Evidence that says nothing but why there is none. */
static bool untested(const struct evidence *ev)
{
	for (size_t i = 0; i < ev->n_index; i++)
		if (evidence_outcome(ev, i)->kind != OUTCOME_NOT_TESTED)
			return false;
	return true;
}

static int attach(struct run_job *job)
{
	struct cpu *cpu = job->cpu;
	struct evidence *ev;
	size_t n = 0;

	if (!job->n_ev)
		return 0;
	ev = reallocarray(cpu->evidence, cpu->n_evidence + job->n_ev + 1, sizeof(*ev));
	if (!ev)
		return no_memory();
	cpu->evidence = ev;
	for (size_t i = 0; i < job->n_ev; i++) {
		if (untested(&job->ev[i]))
			job->ev[n++] = job->ev[i];
		else
			ev[cpu->n_evidence++] = job->ev[i];
	}
	job->n_ev = n;
	return 0;
}

int run_attach(struct run *run)
{
	int ret = 0;

	for (size_t i = 0; i < run->n; i++) {
		int failed = attach(&run->jobs[i]);

		if (!ret)
			ret = failed;
	}
	return ret;
}

bool run_changed_host(const struct run *run)
{
	for (size_t i = 0; i < run->n; i++)
		if (run->jobs[i].report.n_changes)
			return true;
	return false;
}

struct window_stats run_stats(const struct run *run)
{
	struct run_cost cost = { 0 };

	run_add_cost(&cost, run);
	return run_cost_all(&cost);
}

static size_t answered(const struct run_job *job)
{
	size_t n = 0;

	for (size_t e = 0; e < job->n_ev; e++)
		for (size_t i = 0; i < job->ev[e].n_index; i++)
			n += outcome_is_answer(evidence_outcome(&job->ev[e], i));
	for (size_t e = 0; e < job->n_experiments; e++) {
		const struct experiment *made = cpu_experiment(job->cpu, job->experiments[e]);

		for (size_t i = 0; made && i < made->n; i++)
			n += outcome_is_answer(&made->list[i].outcome);
	}
	return n;
}

size_t run_answered(const struct run *run)
{
	size_t n = 0;

	for (size_t i = 0; i < run->n; i++)
		n += answered(&run->jobs[i]);
	return n;
}

void run_add_cost(struct run_cost *cost, const struct run *run)
{
	for (size_t i = 0; i < run->n; i++) {
		window_stats_add(&cost->stats, &run->jobs[i].report.stats);
		window_stats_add(&cost->scan, &run->jobs[i].scan);
	}
	cost->probes += run_answered(run);
}

struct window_stats run_cost_all(const struct run_cost *cost)
{
	struct window_stats all = cost->stats;

	window_stats_add(&all, &cost->scan);
	return all;
}

size_t run_show_changes(const struct run *run)
{
	size_t n = 0;

	for (size_t i = 0; i < run->n; i++) {
		const struct run_job *job = &run->jobs[i];

		for (size_t j = 0; j < job->report.n_changes; j++, n++) {
			const struct host_change *change = &job->report.changes[j];

			warn_sentence("CPU %u: host state changed: %s (item %" PRIu32 ") was "
				      "0x%" PRIx64 " before the window and 0x%" PRIx64 " after it",
				      job->cpu->id, change->name, change->item, change->before,
				      change->after);
		}
	}
	return n;
}

void run_clear(struct run *run)
{
	for (size_t i = 0; i < run->n; i++) {
		struct run_job *job = &run->jobs[i];

		for (size_t j = 0; j < job->n_ev; j++)
			evidence_clear(&job->ev[j]);
		free(job->ev);
		free(job->experiments);
		free(job->report.changes);
	}
	free(run->jobs);
	run->jobs = NULL;
	run->n = 0;
}
