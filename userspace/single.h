/* SPDX-License-Identifier: GPL-2.0 */
/* One probe on each CPU, equal answers folded: what the commands inject and probe do. */
#ifndef VMXPROBE_SINGLE_H
#define VMXPROBE_SINGLE_H

#include "probing.h"

/* An answer, and all CPUs that gave it. */
struct single_result {
	struct cpu_list cpus;
	struct outcome outcome;
	const struct evidence *ev;	/* of the first of them; NULL if it was not asked */
};

struct single {
	enum depth depth;
	struct run run;
	struct cpu_list cpus;
	struct skipped skipped;
	struct single_result *results;
	size_t n;
};

/*
 * The probe's group for a CPU: 0; -ENOTSUP if the CPU lacks a control it needs; -ENODATA if its
 * capabilities are not known; -ENOMEM; an exit code, positive, after one sentence.
 */
typedef int (*single_group_fn)(const void *arg, const struct cpu *cpu, struct group *group);

/*
 * Ask the CPUs of the context, whose source is open. 0 or an exit code; *failed is that of
 * CPUs that could not be asked, the others have their answers all the same.
 */
int single_run(struct single *single, struct cmd_context *ctx, const struct probe_options *opt,
	       single_group_fn make, const void *arg, int *failed);
void single_show(const struct single *single);
/* Adds "results", "skipped", "windows" and "host_changes". */
void single_json(const struct single *single, json_t *document);
/* The exit code that says most: a finding before what is missing. */
int single_exit(const struct single *single);
void single_clear(struct single *single);

#endif
