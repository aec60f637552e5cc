// SPDX-License-Identifier: GPL-2.0
/* vmxprobe inject: one event, and what the CPUs say to it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"
#include "decode.h"
#include "inject.h"
#include "names.h"
#include "single.h"

struct inject_options {
	struct inject inject;
	struct probing_options probing;
	bool type, vector, guest, cr0;	/* given; cr0: --cr0-pe or --unrestricted */
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

enum { KEY_ERROR_CODE = 0x100, KEY_LENGTH, KEY_CR0_PE, KEY_UNRESTRICTED, KEY_GUEST };

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
		opt->cr0 = true;
		return take_bit("cr0-pe", arg, &inject->cr0_pe);
	case KEY_UNRESTRICTED:
		opt->cr0 = true;
		return take_bit("unrestricted", arg, &inject->unrestricted);
	case 'd':
		if (!depth_parse(arg, &inject->depth))
			return usage_error("unknown depth \"%s\": it is controls, state or enter",
					   arg);
		return 0;
	case KEY_GUEST:
		opt->guest = true;
		return probing_guest(arg, &inject->guest);
	}
	return probing_take(key, arg, &opt->probing);
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
		  "controls, state (guest state behind them) or enter (controls)" },
		{ "guest", KEY_GUEST, "GUEST", "to enter: real, pm32 or long (long)" },
		PROBING_ROWS,
		{ 0 },
	};
	const struct option_table table = {
		.command = "inject",
		.summary = "Try to inject one event on each CPU and explain the outcome. A guest runs\n"
			   "at depth enter only.",
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
	if (opt->guest && opt->inject.depth != DEPTH_ENTER)
		return usage_error("--guest goes together with --depth enter only");
	if (opt->cr0 && opt->inject.depth == DEPTH_ENTER)
		return usage_error("--cr0-pe and --unrestricted do not go together with --depth "
				   "enter, where --guest says what the guest is");
	return 0;
}

static int make_group(const void *arg, const struct cpu *cpu, struct group *group)
{
	return inject_group(cpu, arg, group);
}

static void show(const struct inject *inject)
{
	const char *vector = decode_vector_name(inject->vector);
	char *code = inject->deliver_error_code ?
		     out_format("with error code 0x%" PRIx32, inject->error_code) :
		     out_format("without error code");
	char *guest = inject->depth == DEPTH_ENTER ?
		      out_format("a guest in %s", guest_text(inject->guest)) :
		      out_format("CR0.PE = %d, unrestricted guest %d", inject->cr0_pe,
				 inject->unrestricted);

	out_heading("%s, vector %" PRIu32 "%s%s%s, %s", decode_type_name(inject->type),
		    inject->vector, vector ? " (" : "", vector ? vector : "", vector ? ")" : "",
		    code);
	printf("%s%s, instruction length %" PRIu32 ", interruption information 0x%08" PRIx32
	       "%s\n", out_style(OUT_DIM), guest, inject->length, inject_info(inject),
	       out_style(OUT_PLAIN));
	free(code);
	free(guest);
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
	if (inject->depth == DEPTH_ENTER) {
		out_json_set(object, "guest", json_string(guest_name(inject->guest)));
	} else {
		out_json_set(object, "cr0_pe", json_integer(inject->cr0_pe));
		out_json_set(object, "unrestricted", json_integer(inject->unrestricted));
	}
	out_json_set(object, "depth", json_string(depth_name(inject->depth)));
	return object;
}

int cmd_inject(struct cmd_context *ctx, int argc, char **argv)
{
	/* Length and error code as in the matrix, so that a recorded one has the answer. */
	struct inject_options opt = {
		.inject = {
			.length = 1,
			.cr0_pe = true,
			.depth = DEPTH_CONTROLS,
			.guest = GUEST_LONG,
		},
	};
	struct single single = { 0 };
	int ret, failed;

	ret = parse(ctx, &opt, argc, argv);
	if (ret || ctx->options.help)
		return ret;
	single.depth = opt.inject.depth;
	ret = cmd_open(ctx);
	if (!ret)
		ret = probing_check(ctx, &opt.probing.probe);
	if (!ret)
		ret = single_run(&single, ctx, &opt.probing.probe, make_group, &opt.inject,
				 &failed);
	if (ret)
		goto clear;

	if (ctx->options.json) {
		json_t *document = json_object();

		out_json_set(document, "probe", json_inject(&opt.inject));
		single_json(&single, document);
		ret = out_json(document);
	} else {
		show(&opt.inject);
		single_show(&single);
		if (opt.probing.stats)
			probing_print_stats(&single.run);
	}
	run_show_changes(&single.run);
	if (!ret)
		ret = failed ? failed : single_exit(&single);
clear:
	single_clear(&single);
	return ret;
}
