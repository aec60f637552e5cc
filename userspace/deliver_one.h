/* SPDX-License-Identifier: GPL-2.0 */
/* One event, delivered in one mode or more on each CPU; equal answers folded. */
#ifndef VMXPROBE_DELIVER_ONE_H
#define VMXPROBE_DELIVER_ONE_H

#include "deliver.h"
#include "inject.h"
#include "probing.h"

/* An answer, and all CPUs that gave it in this mode. */
struct deliver_answer {
	struct cpu_list cpus;
	enum guest guest;
	const char *lacks;	/* of deliver_lacks() */
	struct delivery delivery;
	struct outcome outcome;
};

struct deliver_one {
	struct inject inject;	/* of it: type, vector, deliver_error_code, error_code, length */
	struct deliver_modes modes;
	struct run run;
	struct cpu_list cpus;
	struct skipped skipped;
	struct deliver_answer *answers;	/* by mode, then by first CPU */
	size_t n;
};

/*
 * Ask the CPUs of the context, whose source is open; inject and modes are given. 0 or an exit code;
 * *failed is that of CPUs that could not be asked, the others have their answers all the same.
 */
int deliver_one_run(struct deliver_one *one, struct cmd_context *ctx,
		    const struct probe_options *opt, int *failed);
void deliver_one_show(const struct deliver_one *one);
/* Adds "event", "results" and "host_changes". */
void deliver_one_json(const struct deliver_one *one, json_t *document);
int deliver_one_exit(const struct deliver_one *one);
void deliver_one_clear(struct deliver_one *one);

#endif
