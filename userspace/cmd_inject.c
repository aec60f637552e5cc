// SPDX-License-Identifier: GPL-2.0
/* vmxprobe inject: one event, and what the CPUs say to it. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "decode.h"
#include "explain.h"
#include "inject.h"
#include "names.h"
#include "probing.h"
#include "report.h"

struct inject_options {
	struct inject inject;
	struct probe_options probe;
	bool type, vector;	/* given */
};

/* A CPU's answer. */
struct result {
	struct cpu_list cpus;	/* all that gave it */
	struct outcome outcome;
};

static int take_bit(const char *name, const char *arg, bool *bit)
{
	uint64_t value;

	if (!decode_parse_number(arg, 1, &value))
		return usage_error("--%s is 0 or 1, not \"%s\"", name, arg);
	*bit = value;
	return 0;
}

static int take_u32(const char *name, const char *arg, uint32_t *to)
{
	uint64_t value;

	if (!decode_parse_number(arg, UINT32_MAX, &value))
		return usage_error("--%s is a number up to 0xffffffff, not \"%s\"", name, arg);
	*to = value;
	return 0;
}

enum { KEY_ERROR_CODE = 0x100, KEY_LENGTH, KEY_CR0_PE, KEY_UNRESTRICTED };

static int take(int key, const char *arg, void *priv)
{
	struct inject_options *opt = priv;
	struct inject *inject = &opt->inject;

	switch (key) {
	case 't':
		if (!decode_parse_type(arg, &inject->type))
			return usage_error("unknown interruption type \"%s\": it is %s", arg,
					   decode_type_allowed());
		opt->type = true;
		return 0;
	case 'v':
		if (!decode_parse_vector(arg, &inject->vector))
			return usage_error("unknown vector \"%s\": it is 0 to 255 or an "
					   "exception's name such as GP or #CP", arg);
		opt->vector = true;
		return 0;
	case KEY_ERROR_CODE:
		inject->deliver_error_code = true;
		return take_u32("error-code", arg, &inject->error_code);
	case KEY_LENGTH:
		return take_u32("ilen", arg, &inject->length);
	case KEY_CR0_PE:
		return take_bit("cr0-pe", arg, &inject->cr0_pe);
	case KEY_UNRESTRICTED:
		return take_bit("unrestricted", arg, &inject->unrestricted);
	case 'd':
		if (!depth_parse(arg, &inject->depth))
			return usage_error("unknown depth \"%s\": it is controls or state", arg);
		return 0;
	}
	return probing_take(key, arg, &opt->probe);
}

static int parse(struct cmd_context *ctx, struct inject_options *opt, int argc, char **argv)
{
	static const struct option_row rows[] = {
		{ "type", 't', "TYPE", "interruption type, by number or name" },
		{ "vector", 'v', "VECTOR", "0 to 255, or the name of an exception" },
		{ "error-code", KEY_ERROR_CODE, "N", "deliver this error code; without: none" },
		{ "ilen", KEY_LENGTH, "N", "VM-entry instruction length (1)" },
		{ "cr0-pe", KEY_CR0_PE, "0|1", "CR0.PE of the guest (1)" },
		{ "unrestricted", KEY_UNRESTRICTED, "0|1", "the unrestricted-guest control (0)" },
		{ "depth", 'd', "DEPTH",
		  "which checks: controls, or guest state behind them (controls)" },
		PROBING_ROWS,
		{ 0 },
	};
	const struct option_table table = {
		.command = "inject",
		.summary = "Try to inject one event on each CPU and explain the outcome. No guest\n"
			   "runs.",
		.rows = rows,
		.take = take,
		.priv = opt,
	};
	int ret = options_parse(&ctx->options, &table, argc, argv);

	if (ret || ctx->options.help)
		return ret;
	if (!opt->type)
		return usage_error("inject needs --type: %s", decode_type_allowed());
	if (!opt->vector)
		return usage_error("inject needs --vector: 0 to 255 or the name of an exception");
	return 0;
}

/* The CPU's group if it can be asked; else why not, in *outcome. */
static int plan(struct run_job *job, const struct inject *inject, struct outcome *outcome)
{
	struct group *group = run_add_group(job);
	int ret = group ? inject_group(job->cpu, inject, group) : -ENOMEM;

	switch (ret) {
	case 0:
		return 0;
	case -ENODATA:
		*outcome = run_unasked(job->cpu);
		break;
	case -ENOTSUP:
		*outcome = (struct outcome){
			.kind = OUTCOME_NOT_TESTED,
			.why = NOT_TESTED_NO_CONTROL,
		};
		break;
	default:
		warn_sentence("out of memory");
		return EXIT_INCOMPLETE;
	}
	job->n_ev--;
	return 0;
}

/* Run it on all CPUs and fold equal answers; results has room for one a CPU. */
static int ask(struct run *run, struct source *src, const struct inject_options *opt,
	       struct result *results, size_t *n)
{
	int ret = 0, failed;

	/* Where the group cannot be made the outcome is known now, where it can it is later. */
	for (size_t i = 0; !ret && i < run->n; i++)
		ret = plan(&run->jobs[i], &opt->inject, &results[i].outcome);
	if (ret)
		return ret;
	failed = run_all(run, src, &opt->probe);

	*n = 0;
	for (size_t i = 0; i < run->n; i++) {
		const struct run_job *job = &run->jobs[i];
		struct outcome outcome = job->n_ev ? *evidence_outcome(job->ev, 0) :
						     results[i].outcome;
		size_t k = 0;

		while (k < *n && !outcome_equal(&results[k].outcome, &outcome))
			k++;
		if (k == *n)
			results[(*n)++].outcome = outcome;
		if (cpu_list_add(&results[k].cpus, job->cpu->id)) {
			warn_sentence("out of memory");
			return EXIT_INCOMPLETE;
		}
	}
	return failed;
}

static void show(const struct inject *inject, const struct result *results, size_t n)
{
	const char *vector = decode_vector_name(inject->vector);
	char *code = inject->deliver_error_code ?
		     out_format("with error code 0x%" PRIx32, inject->error_code) :
		     out_format("without error code");

	out_heading("%s, vector %" PRIu32 "%s%s%s, %s", decode_type_name(inject->type),
		    inject->vector, vector ? " (" : "", vector ? vector : "", vector ? ")" : "",
		    code);
	printf("%sCR0.PE = %d, unrestricted guest %d, instruction length %" PRIu32
	       ", interruption information 0x%08" PRIx32 "%s\n", out_style(OUT_DIM),
	       inject->cr0_pe, inject->unrestricted, inject->length, inject_info(inject),
	       out_style(OUT_PLAIN));
	free(code);

	for (size_t i = 0; i < n; i++) {
		static const enum out_style styles[] = {
			[ANSWER_NONE] = OUT_WARN,
			[ANSWER_ACCEPTED] = OUT_GOOD,
			[ANSWER_REFUSED] = OUT_PLAIN,
			[ANSWER_UNEXPECTED] = OUT_BAD,
		};
		const struct outcome *outcome = &results[i].outcome;
		char *label = cpu_list_label(&results[i].cpus);
		char *sentence = explain_sentence(inject->depth, outcome);
		char *raw = explain_raw(outcome);

		char *text = out_format("%s: %s", label ? label : "", sentence);

		printf("\n%s", out_style(styles[explain_answer(inject->depth, outcome)]));
		out_text(text, 0, 2);
		fputs(out_style(OUT_PLAIN), stdout);
		out_text(raw, 2, 4);
		free(label);
		free(sentence);
		free(raw);
		free(text);
	}
}

static json_t *json_inject(const struct inject *inject)
{
	json_t *object = json_object();

	out_json_set(object, "type", json_integer(inject->type));
	out_json_set(object, "type_name", json_string(decode_type_name(inject->type)));
	out_json_set(object, "vector", json_integer(inject->vector));
	out_json_set(object, "deliver_error_code", json_integer(inject->deliver_error_code));
	out_json_set(object, "error_code", out_json_hex(inject->error_code));
	out_json_set(object, "instruction_length", json_integer(inject->length));
	out_json_set(object, "interruption_information", out_json_hex(inject_info(inject)));
	out_json_set(object, "cr0_pe", json_integer(inject->cr0_pe));
	out_json_set(object, "unrestricted", json_integer(inject->unrestricted));
	out_json_set(object, "depth", json_string(depth_name(inject->depth)));
	return object;
}

static int show_json(const struct inject *inject, const struct run *run,
		     const struct result *results, size_t n)
{
	json_t *document = json_object(), *array = json_array();

	out_json_set(document, "probe", json_inject(inject));
	for (size_t i = 0; i < n; i++) {
		const struct outcome *outcome = &results[i].outcome;
		char *cpus = cpu_list_format(&results[i].cpus);
		char *sentence = explain_sentence(inject->depth, outcome);
		json_t *result = json_object();

		out_json_set(result, "cpus", json_string(cpus ? cpus : ""));
		out_json_set(result, "answer",
			     json_string(answer_name(explain_answer(inject->depth, outcome))));
		out_json_set(result, "sentence", json_string(sentence));
		out_json_set(result, "outcome", report_outcome(outcome));
		out_json_append(array, result);
		free(cpus);
		free(sentence);
	}
	out_json_set(document, "results", array);
	out_json_set(document, "host_changes", probing_json_changes(run));
	return out_json(document);
}

/* Do CPUs that were asked answer differently? */
static bool differ(enum depth depth, const struct result *results, size_t n)
{
	enum answer first = ANSWER_NONE;

	for (size_t i = 0; i < n; i++) {
		enum answer answer = explain_answer(depth, &results[i].outcome);

		if (answer == ANSWER_NONE)
			continue;
		if (first != ANSWER_NONE && first != answer)
			return true;
		first = answer;
	}
	return false;
}

/* The exit code that says most: a finding before what is missing. */
static int judge(const struct inject *inject, const struct run *run,
		 const struct result *results, size_t n)
{
	int result = EXIT_OK;

	for (size_t i = 0; i < run->n; i++)
		if (run->jobs[i].report.n_changes)
			return EXIT_DIFFERENCE;
	for (size_t i = 0; i < n; i++) {
		enum answer answer = explain_answer(inject->depth, &results[i].outcome);

		if (results[i].outcome.why == NOT_TESTED_NO_MODULE)
			return EXIT_MODULE;
		if (answer == ANSWER_NONE || answer == ANSWER_UNEXPECTED)
			result = EXIT_INCOMPLETE;
	}
	return differ(inject->depth, results, n) ? EXIT_DIFFERENCE : result;
}

int cmd_inject(struct cmd_context *ctx, int argc, char **argv)
{
	/* Length and error code as in the matrix, so that a recorded one has the answer. */
	struct inject_options opt = {
		.inject = { .length = 1, .cr0_pe = true, .depth = DEPTH_CONTROLS },
	};
	struct cpu_list cpus = { 0 }, offline = { 0 };
	struct result *results = NULL;
	struct run run = { 0 };
	size_t n = 0;
	int ret, failed;

	ret = parse(ctx, &opt, argc, argv);
	if (ret || ctx->options.help)
		return ret;
	ret = cmd_open(ctx);
	if (!ret)
		ret = probing_check(ctx, &opt.probe);
	if (!ret)
		ret = probing_cpus(ctx, &cpus, &offline);
	if (!ret)
		ret = run_init(&run, cpus.n);
	if (ret)
		goto clear;
	results = calloc(cpus.n + 1, sizeof(*results));
	if (!results) {
		warn_sentence("out of memory");
		ret = EXIT_INCOMPLETE;
		goto clear;
	}
	for (size_t i = 0; i < cpus.n; i++)
		run.jobs[i].cpu = host_cpu(ctx->source.host, cpus.ids[i]);

	failed = ask(&run, &ctx->source, &opt, results, &n);
	if (ctx->options.json) {
		ret = show_json(&opt.inject, &run, results, n);
	} else {
		show(&opt.inject, results, n);
		probing_print_offline(&offline);
	}
	run_show_changes(&run);
	if (!ret)
		ret = failed ? failed : judge(&opt.inject, &run, results, n);
clear:
	for (size_t i = 0; results && i < cpus.n; i++)
		cpu_list_clear(&results[i].cpus);
	free(results);
	run_clear(&run);
	cpu_list_clear(&cpus);
	cpu_list_clear(&offline);
	return ret;
}
