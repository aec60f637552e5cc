/* SPDX-License-Identifier: GPL-2.0 */
/* What the commands that run probes have in common. */
#ifndef VMXPROBE_PROBING_H
#define VMXPROBE_PROBING_H

#include "cmd.h"
#include "run.h"
#include "skipped.h"

/* The options of these commands: for the source, and for what is printed. */
struct probing_options {
	struct probe_options probe;
	bool stats;
};

enum { PROBING_KEY_MAX_WINDOW = 0x200, PROBING_KEY_CHECK_HOST, PROBING_KEY_STATS, PROBING_KEY_BORROW };

#define PROBING_ROW_MAX_WINDOW						\
	{ "max-window", PROBING_KEY_MAX_WINDOW, "N",			\
	  "for latency: most VM entries with interrupts off (64)" }
#define PROBING_ROW_CHECK_HOST						\
	{ "check-host", PROBING_KEY_CHECK_HOST, NULL,			\
	  "compare the host state before and after each window" }
#define PROBING_ROW_STATS						\
	{ "stats", PROBING_KEY_STATS, NULL,				\
	  "print how long the CPUs were busy, with interrupts off" }
#define PROBING_ROW_BORROW						\
	{ "borrow", PROBING_KEY_BORROW, NULL,				\
	  "where KVM or another owner has a CPU, probe beside it" }
#define PROBING_ROWS							\
	PROBING_ROW_MAX_WINDOW, PROBING_ROW_CHECK_HOST, PROBING_ROW_BORROW, PROBING_ROW_STATS

/* Take one of these options; -1 if the key is none of them, else as option_table.take. */
int probing_take(int key, const char *arg, struct probing_options *opt);
/* The guest that --guest names; 0 or an exit code after one sentence. */
int probing_guest(const char *arg, enum guest *guest);
/* After cmd_open(): do the options go together with the source? 0 or an exit code. */
int probing_check(const struct cmd_context *ctx, const struct probe_options *opt);
/*
 * The CPUs to probe: all to work on but, unless --cpu names them, those that are offline or left
 * alone; these come in *skipped, and with them those that --borrow would help with. 0 or an exit
 * code after one sentence.
 */
int probing_cpus(struct cmd_context *ctx, const struct probe_options *opt, struct cpu_list *cpus,
		 struct skipped *skipped);
/* Windows, their entries and ticks, for people; to be freed. */
char *probing_cost_text(const struct run_cost *cost);
/* What a run cost, for people and for programs. */
void probing_print_stats(const struct run *run);
json_t *probing_json_stats(const struct run *run);
json_t *probing_json_changes(const struct run *run);

#endif
