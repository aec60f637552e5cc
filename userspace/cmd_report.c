// SPDX-License-Identifier: GPL-2.0
/* vmxprobe report: the JSON document. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd.h"
#include "deliver.h"
#include "matrix.h"
#include "names.h"
#include "probing.h"
#include "report.h"
#include "verify.h"

struct report_args {
	struct probing_options probing;
	const char *output;
	bool enter;
};

enum { KEY_ENTER = 0x100 };

static int take(int key, const char *arg, void *priv)
{
	struct report_args *args = priv;

	switch (key) {
	case 'o':
		args->output = arg;
		return 0;
	case KEY_ENTER:
		args->enter = true;
		return 0;
	}
	return probing_take(key, arg, &args->probing);
}

/* Whether VM entries were attempted, or there is nothing that could be. */
static bool tested(const struct cpu *cpu, bool asked)
{
	if (cpu->readiness == READINESS_NO_VMX || cpu->n_evidence)
		return true;
	return skipped_is(cpu) && !asked;
}

/* Standard output may be the report's. */
static void show_alone(const struct skipped *skipped)
{
	char *text = skipped_text(skipped, "vmxprobe: ", false);

	fputs(text, stderr);
	free(text);
}

static void show_cost(const struct run_cost *cost)
{
	char *text = probing_cost_text(cost);

	warn_sentence("%s", text);
	free(text);
}

/* Run what can be run; a recorded report has its evidence already. */
static int collect_evidence(struct cmd_context *ctx, const struct report_args *args)
{
	const struct probe_options *opt = &args->probing.probe;
	bool asked = ctx->options.cpus.n;
	struct skipped skipped = { 0 };
	struct cpu_list cpus = { 0 };
	struct run_cost cost = { 0 };
	struct cpu *cpu;
	size_t i;
	int err;

	if (ctx->options.from)
		return 0;
	err = probing_cpus(ctx, &cpus, &skipped);
	if (!err)
		err = matrix_collect(&ctx->source, &cpus, opt, &cost);
	if (!err)
		err = verify_collect(&ctx->source, &cpus, opt, args->enter, &cost);
	if (!err && args->enter)
		err = deliver_collect(&ctx->source, &cpus, opt, &cost);
	show_alone(&skipped);
	skipped_clear(&skipped);
	cpu_list_clear(&cpus);
	if (args->probing.stats)
		show_cost(&cost);
	for (i = 0; i < ctx->cpus.n; i++) {
		cpu = cmd_cpu(ctx, i);
		if (tested(cpu, asked))
			continue;
		if (cpu->readiness != READINESS_UNKNOWN)
			warn_sentence("CPU %u: no VM entry was attempted: %s", cpu->id,
				      readiness_text(cpu->readiness));
		if (!err)
			err = EXIT_INCOMPLETE;
	}
	return err;
}

static int sign(struct host *host)
{
	time_t now = time(NULL);
	char stamp[32];
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &tm);
	host->created = strdup(stamp);
	host->tool = strdup(vmxprobe_version);
	if (host->created && host->tool)
		return 0;
	warn_sentence("out of memory");
	return EXIT_INCOMPLETE;
}

/* The host with the CPUs that were asked for only; borrows everything but the array. */
static json_t *report_of(struct cmd_context *ctx)
{
	struct host view = *ctx->source.host;
	json_t *json = NULL;
	size_t i;

	view.n_cpus = ctx->cpus.n;
	view.cpus = calloc(view.n_cpus ? view.n_cpus : 1, sizeof(*view.cpus));
	if (view.cpus) {
		for (i = 0; i < view.n_cpus; i++)
			view.cpus[i] = *cmd_cpu(ctx, i);
		json = report_to_json(&view);
		free(view.cpus);
	}
	if (!json)
		warn_sentence("out of memory");
	return json;
}

int cmd_report(struct cmd_context *ctx, int argc, char **argv)
{
	static const struct option_row rows[] = {
		{ "output", 'o', "FILE", "write to FILE instead of standard output" },
		{ "enter", KEY_ENTER, NULL, "let guests run: what \"verify --enter\" judges, and \"deliver\"" },
		PROBING_ROW_MAX_WINDOW, PROBING_ROW_BORROW, PROBING_ROW_STATS,
		{ NULL, 0, NULL, NULL },
	};
	struct report_args args = { 0 };
	const struct option_table table = {
		.command = "report",
		.summary = "Write all that can be known of this machine as one JSON document: "
			   "identity,\ncapability MSRs, VMCS fields, the module's experiments, and the "
			   "outcome of every\nprobe of the injection matrix and of the claims. No "
			   "guest runs without\n--enter. Every command can read it back with --from.",
		.rows = rows,
		.take = take,
		.priv = &args,
	};
	json_t *json;
	int err, incomplete;

	err = options_parse(&ctx->options, &table, argc, argv);
	if (err || ctx->options.help)
		return err;
	err = cmd_open_output(ctx, args.output);
	if (!err)
		err = cmd_open(ctx);
	if (!err)
		err = probing_check(ctx, &args.probing.probe);
	if (err)
		return err;
	/* What could not be tested is in the report as such: write it all the same. */
	incomplete = collect_evidence(ctx, &args);
	if (!ctx->options.from) {
		err = sign(ctx->source.host);
		if (err)
			return err;
	}
	json = report_of(ctx);
	if (!json)
		return EXIT_INCOMPLETE;
	err = cmd_write_json(ctx, args.output, json);
	return err ? err : incomplete;
}
