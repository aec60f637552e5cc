/* SPDX-License-Identifier: GPL-2.0 */
/* Running probes and experiments on many CPUs at the same time, one thread a CPU. */
#ifndef VMXPROBE_RUN_H
#define VMXPROBE_RUN_H

#include "cpulist.h"
#include "source.h"

struct run_job {
	struct cpu *cpu;	/* of the source's host */
	struct evidence *ev;	/* groups given; outcomes filled in by run_all() */
	size_t n_ev;		/* 0: nothing can be asked of this CPU */
	uint32_t *experiments;	/* ids of those to make, each once; the CPU takes the answers */
	size_t n_experiments;
	struct probe_report report;
	struct window_stats scan;	/* what the map of its VMCS fields cost, beside the report */
	int result;		/* 0 or an exit code, after one sentence */
};

struct run {
	struct run_job *jobs;
	size_t n;
	double seconds;		/* from a first request to the last answer, run_scan()'s as well */
};

/* A job without groups for each of these CPUs of the host; 0 or an exit code after one sentence. */
int run_init(struct run *run, const struct host *host, const struct cpu_list *cpus);
/* Add an empty evidence for the job's next group, to be filled in; NULL if out of memory. */
struct group *run_add_group(struct run_job *job);
/* Add an experiment, unless it is there; 0 or -ENOMEM. */
int run_add_experiment(struct run_job *job, uint32_t id);
/*
 * Have the map of VMCS fields of each job's CPU, one after the other. 0 or the first exit code, after
 * one sentence; the others have their maps all the same.
 */
int run_scan(struct run *run, struct source *src, const struct probe_options *opt);
/*
 * Ask them all; progress on standard error if that is a terminal. 0 or the largest exit code
 * of the jobs; the others have their answers all the same.
 */
int run_all(struct run *run, struct source *src, const struct probe_options *opt);
/* What stands for a CPU that cannot even be asked, as its capability MSRs are not known. */
struct outcome run_unasked(const struct cpu *cpu);
/* Move each job's evidence to its CPU, unless none of its probes could be tested; as run_init(). */
int run_attach(struct run *run);
/* Was host state different after a window? */
bool run_changed_host(const struct run *run);
/* Sum, and largest where a member is a maximum; with the scans. */
struct window_stats run_stats(const struct run *run);
/* How many probes, and steps of experiments, were made. */
size_t run_answered(const struct run *run);
/* What one run or several cost; before run_attach(). */
struct run_cost {
	struct window_stats stats;	/* of the probes */
	struct window_stats scan;	/* of maps of VMCS fields */
	size_t probes;			/* that were made */
};
void run_add_cost(struct run_cost *cost, const struct run *run);
struct window_stats run_cost_all(const struct run_cost *cost);
/* A sentence on standard error for each piece of host state that changed; how many. */
size_t run_show_changes(const struct run *run);
void run_clear(struct run *run);

#endif
