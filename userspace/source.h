/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where facts come from: the module (source_module.c over client.c), /dev/cpu/N/msr without
 * the module (source_msr.c), a recorded report (source_report.c). Everything above works on
 * all three; what a source cannot know it answers with OUTCOME_NOT_TESTED, never a guess.
 *
 * Errors: functions return 0 or an exit code of exit.h, after exactly one sentence on
 * standard error.
 */
#ifndef VMXPROBE_SOURCE_H
#define VMXPROBE_SOURCE_H

#include "hostcpus.h"
#include "model.h"

struct probe_options {
	/* VM entries, or encodings of fields, with interrupts off; 0 for the module's own bound. */
	uint32_t max_window;
	bool check_host;	/* have the module compare host state around each window */
	bool borrow;		/* where another owner has the CPU, probe in its VMX operation */
};

/* What a run says beside its evidence. */
struct probe_report {
	struct window_stats stats;
	struct host_change *changes;
	size_t n_changes;
};

struct source {
	const struct source_ops *ops;
	struct host *host;	/* all CPUs the source knows, without evidence unless recorded */
	void *priv;
};

struct source_ops {
	const char *name;
	/*
	 * Answer ev[0..n) on one CPU: ev[i].group is given, outcomes and index are filled in.
	 * May be called from several threads at once for different CPUs.
	 */
	int (*probe)(struct source *src, unsigned int cpu, struct evidence *ev, size_t n,
		     const struct probe_options *opt, struct probe_report *report,
		     void (*progress)(void *arg, size_t probes), void *arg);
	/*
	 * Find out which VMCS fields the CPU, one of src->host, has: cpu->fields, and cpu->borrowed
	 * if that was found in another owner's VMX operation. What it cost is added to *stats. NULL:
	 * all that can be known of that is there already.
	 */
	int (*fields)(struct source *src, struct cpu *cpu, const struct probe_options *opt,
		      struct window_stats *stats);
	/*
	 * Make one of the module's experiments on the CPU, one of src->host: its struct experiment
	 * is added to the CPU, with "why" if it could not be made. NULL: all that can be known of
	 * that is there already. May be called from several threads at once for different CPUs.
	 */
	int (*experiment)(struct source *src, struct cpu *cpu, uint32_t id,
			  const struct probe_options *opt, struct probe_report *report);
	void (*close)(struct source *src);
};

/*
 * Of a CPU that is to be left alone nothing is asked by these, whatever the source: that is then the
 * answer. source_probe() is as the operation of that name.
 */
int source_probe(struct source *src, const struct cpu *cpu, struct evidence *ev, size_t n,
		 const struct probe_options *opt, struct probe_report *report,
		 void (*progress)(void *arg, size_t probes), void *arg);
/* cpu->fields of a CPU of src->host, unless it is there; if it cannot be, fields.why is. */
int source_fields(struct source *src, struct cpu *cpu, const struct probe_options *opt,
		  struct window_stats *stats);
/*
 * The experiment of a CPU of src->host, unless it is there; if it cannot be, its "why" is. What a
 * report does not hold stays missing: cpu_experiment() is NULL.
 */
int source_experiment(struct source *src, struct cpu *cpu, uint32_t id,
		      const struct probe_options *opt, struct probe_report *report);

/* With the sentence in why: 0 or a negative errno, -ENOENT if it is not loaded. */
int source_connect_module(struct source *src, const struct host_cpus *cpus, char *why, size_t size);
int source_open_msr(struct source *src, const struct host_cpus *cpus);
/* Of a report's text; name stands for its file. */
int source_open_report(struct source *src, const char *text, size_t length, const char *name);
/*
 * The report if path is not NULL, else the module, else the MSR device (with a note). Those of the
 * CPUs that are named are asked in any case. What of the process's privileges the source does not
 * need is gone after that.
 */
int source_open(struct source *src, const char *path, const struct cpu_list *named);
void source_close(struct source *src);

#endif
