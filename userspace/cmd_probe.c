// SPDX-License-Identifier: GPL-2.0
/* vmxprobe probe: any fields that may be set, and what the CPUs say to them. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "claim.h"
#include "cmd.h"
#include "decode.h"
#include "names.h"
#include "single.h"

struct probe_command {
	struct claim_probe probe;
	char *set;		/* what --set gave, joined as claims have it */
	struct probe_options options;
};

/* The set of claims knows more than one place for an error: say here which one it was. */
static int check_set(const char *text)
{
	const char *equals = strchr(text, '=');
	uint32_t field;
	char *name;
	bool known;

	if (!equals || equals == text || !equals[1])
		return usage_error("--set is FIELD=VALUE, not \"%s\"", text);
	name = out_format("%.*s", (int)(equals - text), text);
	known = decode_parse_field(name, &field);
	free(name);
	if (!known)
		return usage_error("unknown VMCS field \"%.*s\": it is a name such as GUEST_CR0 or "
				   "\"Guest CR0\", or an encoding", (int)(equals - text), text);
	return 0;
}

static int take(int key, const char *arg, void *priv)
{
	struct probe_command *command = priv;
	char *joined;
	int ret;

	switch (key) {
	case 's':
		ret = check_set(arg);
		if (ret)
			return ret;
		joined = out_format("%s%s%s", command->set ? command->set : "",
				    command->set ? "; " : "", arg);
		free(command->set);
		command->set = joined;
		return 0;
	case 'd':
		if (!depth_parse(arg, &command->probe.depth))
			return usage_error("unknown depth \"%s\": it is controls or state", arg);
		return 0;
	}
	return probing_take(key, arg, &command->options);
}

static int make_group(const void *arg, const struct cpu *cpu, struct group *group)
{
	const struct probe_command *command = arg;
	struct group *groups = NULL;
	size_t n = 0;
	int ret = claim_plan_probe(&command->probe, cpu, &groups, &n);

	if (ret == -EAGAIN)
		ret = -ENODATA;
	else if (ret == -EINVAL)
		ret = usage_error("a value of --set is a number or an expression over the CPU's own "
				  "values, such as 0x80000b15 or \"TP1.0 | 1 << 31\": \"%s\" has none",
				  command->set);
	else if (!ret)
		ret = group_copy(group, &groups[0]);
	claim_free_groups(groups, n);
	return ret;
}

static json_t *json_probe(const struct single *single)
{
	json_t *object = json_object(), *set = json_array();

	out_json_set(object, "depth", json_string(depth_name(single->depth)));
	for (size_t i = 0; single->run.n && single->run.jobs[0].n_ev &&
	     i < single->run.jobs[0].ev[0].group.n_set; i++) {
		const struct field_value *value = &single->run.jobs[0].ev[0].group.set[i];
		json_t *field = json_object();

		out_json_set(field, "field", out_json_hex(value->field));
		out_json_set(field, "value", out_json_hex(value->value));
		out_json_append(set, field);
	}
	out_json_set(object, "set", set);
	return object;
}

static void show(const struct single *single)
{
	out_heading("depth %s", depth_name(single->depth));
	/* Values may hang on the CPU: those of the first that was asked stand for all. */
	for (size_t i = 0; i < single->run.n; i++) {
		const struct run_job *job = &single->run.jobs[i];

		for (size_t k = 0; job->n_ev && k < job->ev[0].group.n_set; k++) {
			const struct field_value *value = &job->ev[0].group.set[k];
			const char *name = decode_field_name(value->field);

			printf("  0x%04" PRIx32 " %s = 0x%" PRIx64 "\n", value->field,
			       name ? name : "", value->value);
		}
		if (job->n_ev)
			return;
	}
}

int cmd_probe(struct cmd_context *ctx, int argc, char **argv)
{
	struct probe_command command = { .probe = { .depth = DEPTH_CONTROLS, .expect = "33" } };
	static const struct option_row rows[] = {
		{ "set", 's', "FIELD=VALUE", "write this to the VMCS; may be given often" },
		{ "depth", 'd', "DEPTH",
		  "which checks: controls, or guest state behind them (controls)" },
		PROBING_ROWS,
		{ 0 },
	};
	const struct option_table table = {
		.command = "probe",
		.summary = "Attempt one VM entry on each CPU, of a guest that is legal but for the fields\n"
			   "given. No guest runs. Guest state, controls and the event can be set, but no\n"
			   "host state, no address and not what the depth plants.",
		.rows = rows,
		.take = take,
		.priv = &command,
	};
	struct single single = { 0 };
	int ret, failed;

	ret = options_parse(&ctx->options, &table, argc, argv);
	if (ret || ctx->options.help)
		goto clear;
	command.probe.set = command.set;
	single.depth = command.probe.depth;
	ret = cmd_open(ctx);
	if (!ret)
		ret = probing_check(ctx, &command.options);
	if (!ret)
		ret = single_run(&single, ctx, &command.options, make_group, &command, &failed);
	if (!ret && failed == EXIT_USAGE)
		ret = failed;
	if (ret)
		goto clear;

	if (ctx->options.json) {
		json_t *document = json_object();

		out_json_set(document, "probe", json_probe(&single));
		single_json(&single, document);
		ret = out_json(document);
	} else {
		show(&single);
		single_show(&single);
	}
	run_show_changes(&single.run);
	if (!ret)
		ret = failed ? failed : single_exit(&single);
clear:
	single_clear(&single);
	free(command.set);
	return ret;
}
