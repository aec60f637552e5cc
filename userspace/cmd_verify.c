// SPDX-License-Identifier: GPL-2.0
/* vmxprobe verify: does each CPU do what the SDM says? */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "cmd.h"
#include "probing.h"
#include "verify_view.h"

enum format { FORMAT_TEXT, FORMAT_TAP, FORMAT_JUNIT };

struct verify_options {
	struct probing_options probing;
	enum format format;
	bool enter;
};

enum { KEY_TAP = 0x100, KEY_JUNIT, KEY_ENTER };

static int take(int key, const char *arg, void *priv)
{
	struct verify_options *opt = priv;

	if (key == KEY_ENTER) {
		opt->enter = true;
		return 0;
	}
	if (key != KEY_TAP && key != KEY_JUNIT)
		return probing_take(key, arg, &opt->probing);
	if (opt->format && opt->format != (key == KEY_TAP ? FORMAT_TAP : FORMAT_JUNIT))
		return usage_error("give only one of --json, --tap and --junit");
	opt->format = key == KEY_TAP ? FORMAT_TAP : FORMAT_JUNIT;
	return 0;
}

static int show_json(const struct verify *verify, const struct skipped *skipped)
{
	json_t *document = json_object(), *claims = verify_json(verify);

	if (!claims) {
		json_decref(document);
		return EXIT_INCOMPLETE;
	}
	out_json_set(document, "claims", claims);
	out_json_set(document, "skipped", skipped_json(skipped));
	out_json_set(document, "windows", probing_json_stats(&verify->run));
	out_json_set(document, "host_changes", probing_json_changes(&verify->run));
	return out_json(document);
}

static int show(const struct cmd_context *ctx, const struct verify *verify, bool stats,
		const struct skipped *skipped)
{
	const struct options *options = &ctx->options;
	int ret = 0;

	if (options->n_operands == 1 && !strcasecmp(options->operands[0], "cp"))
		ret = verify_print_cp(verify);
	if (!ret)
		ret = verify_print(verify);
	skipped_print(skipped);
	if (stats)
		probing_print_stats(&verify->run);
	return ret;
}

static int print(const struct cmd_context *ctx, const struct verify_options *opt,
		 const struct verify *verify, const struct skipped *skipped)
{
	char *text;
	int ret;

	if (ctx->options.json)
		return show_json(verify, skipped);
	switch (opt->format) {
	case FORMAT_TAP:
		ret = verify_print_tap(verify);
		text = skipped_text(skipped, "# ", true);
		fputs(text, stdout);
		free(text);
		return ret;
	case FORMAT_JUNIT:
		return verify_print_junit(verify);
	case FORMAT_TEXT:
		break;
	}
	return show(ctx, verify, opt->probing.stats, skipped);
}

int cmd_verify(struct cmd_context *ctx, int argc, char **argv)
{
	static const struct option_row rows[] = {
		{ "enter", KEY_ENTER, NULL, "judge the claims that let a guest run as well" },
		PROBING_ROWS,
		{ "tap", KEY_TAP, NULL, "print TAP version 14" },
		{ "junit", KEY_JUNIT, NULL, "print JUnit XML" },
		{ 0 },
	};
	struct verify_options opt = { 0 };
	const struct option_table table = {
		.command = "verify",
		.operands = "[SELECTION]...",
		.summary = "Judge what the SDM says on every CPU: all claims, or those of each\n"
			   "SELECTION: an id, the beginning of one up to a dot (\"cp\", \"inject\"),\n"
			   "or a group's letter (\"A\"). No guest runs without --enter.",
		.rows = rows,
		.take = take,
		.priv = &opt,
	};
	struct skipped skipped = { 0 };
	struct cpu_list cpus = { 0 };
	struct verify verify = { 0 };
	int ret, failed;

	ret = options_parse(&ctx->options, &table, argc, argv);
	if (ret || ctx->options.help)
		return ret;
	if (ctx->options.json && opt.format)
		return usage_error("give only one of --json, --tap and --junit");
	ret = verify_select(&verify, ctx->options.operands, ctx->options.n_operands);
	verify.enter = opt.enter;
	if (!ret)
		ret = cmd_open(ctx);
	if (!ret)
		ret = probing_check(ctx, &opt.probing.probe);
	if (!ret)
		ret = probing_cpus(ctx, &opt.probing.probe, &cpus, &skipped);
	if (ret)
		goto clear;

	failed = verify_run(&verify, &ctx->source, &cpus, &opt.probing.probe);
	ret = failed;
	if (verify.verdicts) {
		ret = print(ctx, &opt, &verify, &skipped);
		run_show_changes(&verify.run);
		if (!ret)
			ret = failed ? failed : verify_exit(&verify);
	}
clear:
	verify_clear(&verify);
	cpu_list_clear(&cpus);
	skipped_clear(&skipped);
	return ret;
}
