// SPDX-License-Identifier: GPL-2.0
/* vmxprobe deliver: which events really arrive in a guest, and with what on its stack. */
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"
#include "deliver_one.h"
#include "deliver_view.h"
#include "names.h"

struct deliver_options {
	struct deliver_one one;
	struct probing_options probing;
	bool type, vector, event;	/* given; event: an option that takes both */
};

static int take_u32(const char *name, const char *arg, uint32_t *to)
{
	uint64_t value;

	if (!decode_parse_number(arg, UINT32_MAX, &value))
		return usage_error("--%s is a number up to 0xffffffff, not \"%s\"", name, arg);
	*to = value;
	return 0;
}

enum { KEY_ERROR_CODE = 0x100, KEY_LENGTH };

static int take(int key, const char *arg, void *priv)
{
	struct deliver_options *opt = priv;
	struct inject *inject = &opt->one.inject;

	switch (key) {
	case 'm':
		if (!guest_parse(arg, &opt->one.modes.list[0]))
			return usage_error("unknown mode \"%s\": it is real, pm32 or long", arg);
		opt->one.modes.n = 1;
		return 0;
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
		opt->event = true;
		inject->deliver_error_code = true;
		return take_u32("error-code", arg, &inject->error_code);
	case KEY_LENGTH:
		opt->event = true;
		return take_u32("ilen", arg, &inject->length);
	}
	return probing_take(key, arg, &opt->probing);
}

static int parse(struct cmd_context *ctx, struct deliver_options *opt, int argc, char **argv)
{
	static const struct option_row rows[] = {
		{ "mode", 'm', "MODE", "real, pm32 or long; all of them if not given" },
		{ "type", 't', "TYPE", "interruption type, by number or name" },
		{ "vector", 'v', "VECTOR", "0 to 255, or the name of an exception" },
		{ "error-code", KEY_ERROR_CODE, "N", "deliver this error code; without: none" },
		{ "ilen", KEY_LENGTH, "N", "VM-entry instruction length (1)" },
		PROBING_ROWS,
		{ 0 },
	};
	const struct option_table table = {
		.command = "deliver",
		.summary = "Deliver events to a guest, and show which handler ran and what was\n"
			   "on its stack: the one event of --type and --vector, or every event\n"
			   "(8 types x 256 vectors, with and without an error code), in real\n"
			   "mode, 32-bit protected mode and 64-bit mode.\n\n"
			   "A guest runs. All it has is a few pages of the module's own; each of\n"
			   "its handlers is one instruction that exits, the VMX-preemption timer\n"
			   "ends it if nothing else does, and interrupts and NMIs meanwhile go\n"
			   "to the host.",
		.rows = rows,
		.take = take,
		.priv = opt,
	};
	int ret = options_parse(&ctx->options, &table, argc, argv);

	if (ret || ctx->options.help)
		return ret;
	if (opt->type != opt->vector || (opt->event && !opt->type))
		return usage_error("one event takes --type and --vector; without both, deliver "
				   "takes no --error-code and no --ilen");
	return 0;
}

static int deliver_event(struct cmd_context *ctx, struct deliver_options *opt)
{
	int failed, ret = deliver_one_run(&opt->one, ctx, &opt->probing.probe, &failed);

	if (ret)
		return ret;
	if (ctx->options.json) {
		json_t *document = json_object();

		deliver_one_json(&opt->one, document);
		ret = out_json(document);
	} else {
		deliver_one_show(&opt->one);
		if (opt->probing.stats)
			probing_print_stats(&opt->one.run);
	}
	run_show_changes(&opt->one.run);
	if (!ret)
		ret = failed ? failed : deliver_one_exit(&opt->one);
	return ret;
}

static int show_json(const struct run *run, const struct deliver_set *sets, size_t n,
		     const struct skipped *skipped)
{
	json_t *document = json_object(), *array = json_array();

	for (size_t i = 0; i < n; i++)
		out_json_append(array, deliver_json(&sets[i]));
	out_json_set(document, "groups", array);
	out_json_set(document, "differ", json_boolean(deliver_differ(sets, n)));
	out_json_set(document, "skipped", skipped_json(skipped));
	out_json_set(document, "windows", probing_json_stats(run));
	out_json_set(document, "host_changes", probing_json_changes(run));
	return out_json(document);
}

static void show(const struct deliver_options *opt, const struct run *run,
		 const struct deliver_set *sets, size_t n, const struct skipped *skipped)
{
	for (size_t i = 0; i < n; i++)
		deliver_print(&sets[i]);
	deliver_print_differences(sets, n);
	skipped_print(skipped);
	if (opt->probing.stats)
		probing_print_stats(run);
}

static int deliver_matrix(struct cmd_context *ctx, const struct deliver_options *opt)
{
	struct skipped skipped = { 0 };
	struct cpu_list cpus = { 0 };
	struct deliver_set *sets = NULL;
	struct run run = { 0 };
	size_t n = 0;
	int ret = probing_cpus(ctx, &opt->probing.probe, &cpus, &skipped), failed;

	if (ret)
		goto clear;
	failed = deliver_run(&run, &ctx->source, &cpus, &opt->one.modes,
			     &opt->probing.probe);
	ret = deliver_group_all(&run, &opt->one.modes, &sets, &n);
	if (ret)
		goto clear;
	if (ctx->options.json)
		ret = show_json(&run, sets, n, &skipped);
	else
		show(opt, &run, sets, n, &skipped);
	run_show_changes(&run);
	if (!ret)
		ret = failed ? failed : deliver_exit(&run, sets, n);
clear:
	deliver_free_sets(sets, n);
	run_clear(&run);
	cpu_list_clear(&cpus);
	skipped_clear(&skipped);
	return ret;
}

int cmd_deliver(struct cmd_context *ctx, int argc, char **argv)
{
	/* Length and error code as in the matrix, so that a recorded one has the answer. */
	struct deliver_options opt = {
		.one = {
			.inject = { .length = 1, .error_code = DELIVER_ERROR_CODE },
			.modes = deliver_all,
		},
	};
	int ret = parse(ctx, &opt, argc, argv);

	if (ret || ctx->options.help)
		return ret;
	ret = cmd_open(ctx);
	if (!ret)
		ret = probing_check(ctx, &opt.probing.probe);
	if (!ret)
		ret = opt.type ? deliver_event(ctx, &opt) : deliver_matrix(ctx, &opt);
	deliver_one_clear(&opt.one);
	return ret;
}
