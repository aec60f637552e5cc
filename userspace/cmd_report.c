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

/* Why no VM entry was attempted on a CPU that was to be probed; READINESS_READY if one was. */
static enum readiness untested(const struct cpu *cpu)
{
	enum readiness why = cpu->readiness;

	for (size_t e = 0; e < cpu->n_evidence; e++) {
		for (size_t i = 0; i < cpu->evidence[e].n_index; i++) {
			const struct outcome *outcome = evidence_outcome(&cpu->evidence[e], i);

			if (outcome_is_answer(outcome))
				return READINESS_READY;
			if (outcome->kind == OUTCOME_NOT_READY)
				why = outcome->readiness;
		}
	}
	return why == READINESS_READY ? READINESS_UNKNOWN : why;
}

/* A sentence for each reason, on standard error; an exit code. */
static int show_untested(const struct host *host, const struct cpu_list *cpus)
{
	struct cpu_list by[READINESS_LAST + 1] = { 0 };
	int ret = EXIT_OK;
	char *label;

	for (size_t i = 0; i < cpus->n; i++) {
		if (cpu_list_add(&by[untested(host_cpu(host, cpus->ids[i]))], cpus->ids[i]) < 0) {
			warn_sentence("out of memory");
			ret = EXIT_INCOMPLETE;
		}
	}
	for (int why = READINESS_UNKNOWN; why <= READINESS_LAST; why++) {
		/* Nothing is missing of a CPU that has no VMX. */
		if (by[why].n && why != READINESS_READY && why != READINESS_NO_VMX) {
			ret = EXIT_INCOMPLETE;
			/* Without the module the source has said so. */
			if (why != READINESS_UNKNOWN) {
				label = cpu_list_label(&by[why]);
				warn_sentence("%s: no VM entry was attempted: %s", label,
					      readiness_text(why));
				free(label);
			}
		}
		cpu_list_clear(&by[why]);
	}
	return ret;
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
	struct skipped skipped = { 0 };
	struct cpu_list cpus = { 0 };
	struct run_cost cost = { 0 };
	int err, incomplete;

	if (ctx->options.from)
		return 0;
	err = probing_cpus(ctx, opt, &cpus, &skipped);
	if (!err)
		err = matrix_collect(&ctx->source, &cpus, opt, &cost);
	if (!err)
		err = verify_collect(&ctx->source, &cpus, opt, args->enter, &cost);
	if (!err && args->enter)
		err = deliver_collect(&ctx->source, &cpus, opt, &cost);
	show_alone(&skipped);
	if (args->probing.stats)
		show_cost(&cost);
	incomplete = show_untested(ctx->source.host, &cpus);
	skipped_clear(&skipped);
	cpu_list_clear(&cpus);
	return err ? err : incomplete;
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
