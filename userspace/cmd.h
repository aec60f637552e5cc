/* SPDX-License-Identifier: GPL-2.0 */
/* The commands. Each is a cmd_*.c and a row of the table in vmxprobe.c. */
#ifndef VMXPROBE_CMD_H
#define VMXPROBE_CMD_H

#include "cpugroups.h"
#include "exit.h"
#include "options.h"
#include "source.h"

/* What every command starts from; zeroed by main, cleaned up by main. */
struct cmd_context {
	struct options options;
	FILE *output;		/* after cmd_open_output(), NULL: standard output */
	const char *created;	/* a file made for it, to go again if nothing is written */
	struct source source;	/* open after cmd_open() */
	struct cpu_list cpus;	/* the CPUs to work on, after cmd_open() */
};

/*
 * Open the source that the options name and check that it has every CPU of --cpu. 0 or an
 * exit code after one sentence.
 */
int cmd_open(struct cmd_context *ctx);
/* The version of this tool, such as "0.1". */
extern const char vmxprobe_version[];

/* The i-th CPU to work on. */
struct cpu *cmd_cpu(struct cmd_context *ctx, size_t i);

/*
 * Fold those of the CPUs that are the same; 0 or an exit code after one sentence. Clear the groups
 * in any case.
 */
int cmd_fold(struct cmd_context *ctx, const struct cpu_list *cpus, cpu_same_fn same,
	     const void *arg, struct cpu_groups *groups);
json_t *cmd_json_cpus(const struct cpu_list *cpus);

/*
 * Where cmd_write_json() writes to; standard output if path is NULL. Before cmd_open(), which may
 * leave no right to. 0 or an exit code after one sentence.
 */
int cmd_open_output(struct cmd_context *ctx, const char *path);
/* All of the output is then the document, which is freed. An exit code. */
int cmd_write_json(struct cmd_context *ctx, const char *path, json_t *json);
void cmd_close_output(struct cmd_context *ctx);

/* argv[0] is the command's name; return an exit code. */
int cmd_summary(struct cmd_context *ctx, int argc, char **argv);
int cmd_caps(struct cmd_context *ctx, int argc, char **argv);
int cmd_inject(struct cmd_context *ctx, int argc, char **argv);
int cmd_probe(struct cmd_context *ctx, int argc, char **argv);
int cmd_matrix(struct cmd_context *ctx, int argc, char **argv);
int cmd_deliver(struct cmd_context *ctx, int argc, char **argv);
int cmd_experiment(struct cmd_context *ctx, int argc, char **argv);
int cmd_fields(struct cmd_context *ctx, int argc, char **argv);
int cmd_import(struct cmd_context *ctx, int argc, char **argv);
int cmd_report(struct cmd_context *ctx, int argc, char **argv);
int cmd_verify(struct cmd_context *ctx, int argc, char **argv);
int cmd_claims(struct cmd_context *ctx, int argc, char **argv);

#endif
