// SPDX-License-Identifier: GPL-2.0
/* vmxprobe matrix: which events every CPU accepts for injection. */
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"
#include "matrix_view.h"
#include "probing.h"

static int take(int key, const char *arg, void *priv)
{
	return probing_take(key, arg, priv);
}

static int show_json(const struct run *run, const struct matrix_group *groups, size_t n,
		     const struct skipped *skipped)
{
	json_t *document = json_object(), *array = json_array();

	for (size_t i = 0; i < n; i++)
		out_json_append(array, matrix_json(&groups[i]));
	out_json_set(document, "groups", array);
	out_json_set(document, "differ", json_boolean(matrix_differ(groups, n)));
	out_json_set(document, "skipped", skipped_json(skipped));
	out_json_set(document, "windows", probing_json_stats(run));
	out_json_set(document, "host_changes", probing_json_changes(run));
	return out_json(document);
}

static void show(const struct probing_options *opt, const struct run *run,
		 const struct matrix_group *groups, size_t n, const struct skipped *skipped)
{
	for (size_t i = 0; i < n; i++)
		matrix_print(&groups[i]);
	matrix_print_differences(groups, n);
	skipped_print(skipped);
	if (opt->stats)
		probing_print_stats(run);
}

int cmd_matrix(struct cmd_context *ctx, int argc, char **argv)
{
	static const struct option_row rows[] = {
		PROBING_ROWS,
		{ 0 },
	};
	struct probing_options opt = { 0 };
	const struct option_table table = {
		.command = "matrix",
		.summary = "Try to inject every event into every kind of guest (8 types x 256\n"
			   "vectors, with and without an error code) and show which the CPUs\n"
			   "accept. No guest runs.",
		.rows = rows,
		.take = take,
		.priv = &opt,
	};
	struct skipped skipped = { 0 };
	struct cpu_list cpus = { 0 };
	struct matrix_group *groups = NULL;
	struct run run = { 0 };
	size_t n = 0;
	int ret, failed;

	ret = options_parse(&ctx->options, &table, argc, argv);
	if (ret || ctx->options.help)
		return ret;
	ret = cmd_open(ctx);
	if (!ret)
		ret = probing_check(ctx, &opt.probe);
	if (!ret)
		ret = probing_cpus(ctx, &opt.probe, &cpus, &skipped);
	if (ret)
		goto clear;

	failed = matrix_run(&run, &ctx->source, &cpus, &opt.probe);
	ret = matrix_group_all(&run, &groups, &n);
	if (ret)
		goto clear;
	if (ctx->options.json)
		ret = show_json(&run, groups, n, &skipped);
	else
		show(&opt, &run, groups, n, &skipped);
	run_show_changes(&run);
	if (!ret)
		ret = failed ? failed : matrix_exit(&run, groups, n);
clear:
	matrix_free_groups(groups, n);
	run_clear(&run);
	cpu_list_clear(&cpus);
	skipped_clear(&skipped);
	return ret;
}
