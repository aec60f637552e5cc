// SPDX-License-Identifier: GPL-2.0
/* vmxprobe experiment: the module's own experiments, and what the CPUs did. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "experiment_view.h"
#include "names.h"
#include "probing.h"
#include "report.h"

struct experiment_args {
	bool list;
	struct probing_options options;
};

/* Those that were asked for, in the order of the table. */
struct selection {
	const struct experiment_info **list;
	size_t n;
};

static int take(int key, const char *arg, void *priv)
{
	struct experiment_args *args = priv;

	if (key != 'l')
		return probing_take(key, arg, &args->options);
	args->list = true;
	return 0;
}

static int unknown(const char *name)
{
	const char *names[experiments_count() + 1], *near;

	for (size_t i = 0; i < experiments_count(); i++)
		names[i] = experiments_get(i)->name;
	names[experiments_count()] = NULL;
	near = nearest(name, names);
	if (near)
		return usage_error("there is no experiment \"%s\"; did you mean \"%s\"?", name,
				   near);
	return usage_error("there is no experiment \"%s\"; \"vmxprobe experiment --list\" has all "
			   "names", name);
}

/* Does --list stand alone? 0 or an exit code after one sentence. */
static int check_list(const struct options *options, const struct probing_options *own)
{
	if (options->cpus.n || options->from || own->probe.check_host || own->probe.borrow ||
	    own->stats)
		return usage_error("--list looks at no CPU: it goes together with --json and "
				   "--color only");
	return 0;
}

/* Those named; without names all, but none that lets a guest run unless they are only listed. */
static int select_all(struct selection *selection, const struct options *options, bool list)
{
	for (size_t i = 0; i < options->n_operands; i++)
		if (!experiments_find(options->operands[i]))
			return unknown(options->operands[i]);
	selection->list = calloc(experiments_count(), sizeof(*selection->list));
	if (!selection->list) {
		warn_sentence("out of memory");
		return EXIT_INCOMPLETE;
	}
	for (size_t i = 0; i < experiments_count(); i++) {
		const struct experiment_info *info = experiments_get(i);
		bool asked = !options->n_operands && (list || !info->enters);

		for (size_t k = 0; k < options->n_operands && !asked; k++)
			asked = !strcmp(options->operands[k], info->name);
		if (asked)
			selection->list[selection->n++] = info;
	}
	return 0;
}

static json_t *json_info(const struct experiment_info *info)
{
	json_t *json = json_object();

	out_json_set(json, "name", json_string(info->name));
	out_json_set(json, "id", json_integer(info->id));
	out_json_set(json, "arg", json_string(experiment_arg_name(info->arg)));
	out_json_set(json, "text", json_string(info->text));
	return json;
}

static int list_json(const struct selection *selection)
{
	json_t *json = json_object(), *list = json_array();

	out_json_set(json, "schema", json_string("vmxprobe-experiments/1"));
	for (size_t i = 0; i < selection->n; i++)
		out_json_append(list, json_info(selection->list[i]));
	out_json_set(json, "experiments", list);
	return out_json(json);
}

static int list_all(const struct selection *selection)
{
	static const struct out_column columns[] = {
		{ "NAME", 0 }, { "ARG", 0 }, { "WHAT IS DONE", OUT_LAST_WRAPS },
	};
	struct out_table *table = out_table_new(columns, 3, true);

	for (size_t i = 0; i < selection->n; i++) {
		const struct experiment_info *info = selection->list[i];

		out_table_row(table, (const char *const[]){
			info->name, info->arg ? experiment_arg_name(info->arg) : "", info->text,
		});
	}
	out_table_print(table);
	return EXIT_OK;
}

static bool same_experiment(const struct cpu *a, const struct cpu *b, uint32_t id)
{
	const struct experiment *x = cpu_experiment(a, id), *y = cpu_experiment(b, id);
	char *why_a, *why_b;
	bool same;

	if (x && y)
		return experiment_equal(x, y);
	why_a = experiment_missing_text(a, id);
	why_b = experiment_missing_text(b, id);
	same = why_a && why_b && !strcmp(why_a, why_b);
	free(why_a);
	free(why_b);
	return same;
}

static bool same(const struct cpu *a, const struct cpu *b, const void *arg)
{
	const struct selection *selection = arg;

	for (size_t i = 0; i < selection->n; i++)
		if (!same_experiment(a, b, selection->list[i]->id))
			return false;
	return true;
}

/* Why none of them was made, if it is the same for all; to be freed. */
static char *none_made(const struct cpu *cpu, const struct selection *selection)
{
	char *first = NULL, *other;

	for (size_t i = 0; i < selection->n; i++) {
		other = experiment_missing_text(cpu, selection->list[i]->id);
		if (!i) {
			first = other;
			continue;
		}
		if (!first || !other || strcmp(first, other)) {
			free(first);
			first = NULL;
		}
		free(other);
	}
	return first;
}

static void print_group(const struct cpu_group *group, const struct selection *selection)
{
	char *label = cpu_list_label(&group->cpus), *why = none_made(group->cpu, selection);

	if (why)
		out_heading("%s: not tested: %s", label, why);
	else
		out_heading("%s", label);
	for (size_t i = 0; !why && i < selection->n; i++)
		experiment_print(selection->list[i], group->cpu);
	free(label);
	free(why);
}

static json_t *json_group(const struct cpu_group *group, const struct selection *selection)
{
	json_t *json = json_object(), *list = json_array();

	out_json_set(json, "cpus", cmd_json_cpus(&group->cpus));
	for (size_t i = 0; i < selection->n; i++) {
		const struct experiment_info *info = selection->list[i];
		char *why = experiment_missing_text(group->cpu, info->id);
		json_t *item = json_info(info);

		out_json_set(item, "why", why ? json_string(why) : json_null());
		if (!why)
			json_object_update_new(item, report_experiment(
				cpu_experiment(group->cpu, info->id)));
		out_json_append(list, item);
		free(why);
	}
	out_json_set(json, "experiments", list);
	return json;
}

static int show(const struct cmd_context *ctx, const struct cpu_groups *groups,
		const struct selection *selection, const struct run *run, bool stats,
		const struct skipped *skipped)
{
	json_t *json, *list;

	if (!ctx->options.json) {
		for (size_t g = 0; g < groups->n; g++)
			print_group(&groups->list[g], selection);
		skipped_print(skipped);
		if (stats)
			probing_print_stats(run);
		return EXIT_OK;
	}
	json = json_object();
	list = json_array();
	out_json_set(json, "schema", json_string("vmxprobe-experiment/1"));
	for (size_t g = 0; g < groups->n; g++)
		out_json_append(list, json_group(&groups->list[g], selection));
	out_json_set(json, "groups", list);
	out_json_set(json, "skipped", skipped_json(skipped));
	out_json_set(json, "windows", probing_json_stats(run));
	out_json_set(json, "host_changes", probing_json_changes(run));
	return out_json(json);
}

static int judge(const struct cpu_groups *groups, const struct selection *selection,
		 const struct run *run)
{
	size_t known = 0;
	int ret = EXIT_OK;

	if (run_changed_host(run))
		return EXIT_DIFFERENCE;
	for (size_t g = 0; g < groups->n; g++) {
		const struct cpu *cpu = groups->list[g].cpu;
		bool all = true;

		for (size_t i = 0; i < selection->n; i++) {
			const struct experiment *made = cpu_experiment(cpu, selection->list[i]->id);

			if (made && made->why.kind == OUTCOME_OK)
				continue;
			all = false;
			if (made && made->why.kind == OUTCOME_NOT_TESTED &&
			    made->why.why == NOT_TESTED_NO_MODULE)
				return EXIT_MODULE;
		}
		known += all;
		/* Of a CPU without VMX nothing is missing. */
		if (!all && cpu->readiness != READINESS_NO_VMX)
			ret = EXIT_INCOMPLETE;
	}
	return known > 1 ? EXIT_DIFFERENCE : ret;
}

/* A job for each CPU, of the whole selection; 0 or an exit code after one sentence. */
static int plan(struct cmd_context *ctx, const struct cpu_list *cpus,
		const struct selection *selection, struct run *run)
{
	int ret = run_init(run, ctx->source.host, cpus);

	for (size_t i = 0; !ret && i < run->n; i++) {
		for (size_t k = 0; !ret && k < selection->n; k++) {
			if (!run_add_experiment(&run->jobs[i], selection->list[k]->id))
				continue;
			warn_sentence("out of memory");
			ret = EXIT_INCOMPLETE;
		}
	}
	return ret;
}

int cmd_experiment(struct cmd_context *ctx, int argc, char **argv)
{
	static const struct option_row rows[] = {
		{ "list", 'l', NULL, "say what each experiment does, and make none" },
		PROBING_ROW_CHECK_HOST, PROBING_ROW_BORROW, PROBING_ROW_STATS,
		{ 0 },
	};
	struct experiment_args args = { 0 };
	const struct option_table table = {
		.command = "experiment",
		.operands = "[NAME]...",
		.summary = "Make the module's own experiments on each CPU, all of them or those "
			   "named:\nVMX instructions and VM entries that no caller may compose, on "
			   "memory of\nthe module. A guest runs only in those that are named. Equal CPUs "
			   "are shown once;\nif CPUs differ, the exit code is 1.",
		.rows = rows,
		.take = take,
		.priv = &args,
	};
	struct skipped skipped = { 0 };
	struct cpu_list cpus = { 0 };
	struct selection selection = { 0 };
	struct cpu_groups groups = { 0 };
	struct run run = { 0 };
	int ret, failed;

	ret = options_parse(&ctx->options, &table, argc, argv);
	if (ret || ctx->options.help)
		return ret;
	if (args.list)
		ret = check_list(&ctx->options, &args.options);
	if (!ret)
		ret = select_all(&selection, &ctx->options, args.list);
	if (!ret && args.list) {
		ret = ctx->options.json ? list_json(&selection) : list_all(&selection);
		goto clear;
	}
	if (!ret)
		ret = cmd_open(ctx);
	if (!ret)
		ret = probing_check(ctx, &args.options.probe);
	if (!ret)
		ret = probing_cpus(ctx, &args.options.probe, &cpus, &skipped);
	if (!ret)
		ret = plan(ctx, &cpus, &selection, &run);
	if (ret)
		goto clear;
	failed = run_all(&run, &ctx->source, &args.options.probe);
	ret = cmd_fold(ctx, &cpus, same, &selection, &groups);
	if (!ret)
		ret = show(ctx, &groups, &selection, &run, args.options.stats, &skipped);
	run_show_changes(&run);
	if (!ret)
		ret = failed ? failed : judge(&groups, &selection, &run);
clear:
	cpu_groups_clear(&groups);
	run_clear(&run);
	skipped_clear(&skipped);
	cpu_list_clear(&cpus);
	free(selection.list);
	return ret;
}
