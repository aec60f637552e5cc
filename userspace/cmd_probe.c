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
#include "enter.h"
#include "names.h"
#include "single.h"

struct probe_command {
	struct claim_probe probe;
	char *set;		/* what --set gave, joined as claims have it */
	struct probing_options options;
	/* What depth "enter" has beside these. */
	struct group enter;
	uint32_t read[ARRIVAL_MAX_FIELDS];
	const char *given;	/* an option that is for that depth only */
};

enum { KEY_GUEST = 0x100, KEY_PROGRAM, KEY_RCX, KEY_READ, KEY_TIME };

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

/* Fields by name, with a comma between them. */
static int take_read(struct probe_command *command, const char *text)
{
	struct group *enter = &command->enter;

	enter->read = command->read;
	for (size_t len; ; text += len + 1) {
		char *name;
		bool known;

		len = strcspn(text, ",");
		if (enter->n_read == ARRIVAL_MAX_FIELDS)
			return usage_error("--read takes at most %d fields", ARRIVAL_MAX_FIELDS);
		name = out_format("%.*s", (int)len, text);
		known = decode_parse_field(name, &enter->read[enter->n_read++]);
		free(name);
		if (!known)
			return usage_error("unknown VMCS field \"%.*s\": it is a name such as "
					   "GUEST_RSP or an encoding", (int)len, text);
		if (!text[len])
			return 0;
	}
}

static int take_guest(int key, const char *arg, struct probe_command *command)
{
	struct group *enter = &command->enter;
	enum guest_program program;

	switch (key) {
	case KEY_GUEST:
		command->given = "guest";
		return probing_guest(arg, &enter->guest);
	case KEY_PROGRAM:
		command->given = "program";
		if (!guest_program_parse(arg, &program))
			return usage_error("unknown program \"%s\": it is vmcall, nop, loop, touch, "
					   "jump, write, hlt, rdmsr or mov-cr3", arg);
		enter->program = program;
		return 0;
	case KEY_RCX:
		command->given = "rcx";
		if (!decode_parse_number(arg, UINT64_MAX, &enter->rcx))
			return usage_error("--rcx is a number of 64 bits, not \"%s\"", arg);
		return 0;
	case KEY_READ:
		command->given = "read";
		return take_read(command, arg);
	case KEY_TIME:
		command->given = "time";
		enter->time = true;
		return 0;
	}
	return -1;
}

static int take(int key, const char *arg, void *priv)
{
	struct probe_command *command = priv;
	char *joined;
	int ret = take_guest(key, arg, command);

	if (ret >= 0)
		return ret;

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
			return usage_error("unknown depth \"%s\": it is controls, state or enter",
					   arg);
		return 0;
	}
	return probing_take(key, arg, &command->options);
}

static int make_group(const void *arg, const struct cpu *cpu, struct group *group)
{
	const struct probe_command *command = arg;
	const bool enters = command->probe.depth == DEPTH_ENTER;
	struct group *groups = NULL;
	struct group with;
	size_t n = 0;
	int ret = enters ? enter_able(cpu, command->enter.guest) : 0;

	if (!ret)
		ret = claim_plan_probe(&command->probe, cpu, &groups, &n);
	if (ret == -EAGAIN)
		ret = -ENODATA;
	else if (ret == -EINVAL)
		ret = usage_error("a value of --set is a number or an expression over the CPU's own "
				  "values, such as 0x80000b15 or \"TP1.0 | 1 << 31\": \"%s\" has none",
				  command->set);
	if (!ret && enters) {
		/* What the claim's group has is freed with it. */
		with = command->enter;
		with.depth = DEPTH_ENTER;
		with.set = groups[0].set;
		with.n_set = groups[0].n_set;
		ret = group_copy(group, &with);
	} else if (!ret) {
		ret = group_copy(group, &groups[0]);
	}
	claim_free_groups(groups, n);
	return ret;
}

static void json_guest(const struct group *enter, json_t *object)
{
	json_t *read = json_array();

	for (size_t i = 0; i < enter->n_read; i++)
		out_json_append(read, out_json_hex(enter->read[i]));
	out_json_set(object, "guest", json_string(guest_name(enter->guest)));
	out_json_set(object, "program", json_string(guest_program_name(enter->program)));
	out_json_set_hex(object, "rcx", enter->rcx);
	out_json_set(object, "read", read);
	out_json_set(object, "time", json_boolean(enter->time));
}

static json_t *json_probe(const struct single *single, const struct group *enter)
{
	json_t *object = json_object(), *set = json_array();

	out_json_set(object, "depth", json_string(depth_name(single->depth)));
	if (single->depth == DEPTH_ENTER)
		json_guest(enter, object);
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

static void show(const struct single *single, const struct group *enter)
{
	out_heading("depth %s", depth_name(single->depth));
	if (single->depth == DEPTH_ENTER)
		printf("  %s: %s\n  program %s: %s\n", guest_name(enter->guest),
		       guest_text(enter->guest), guest_program_name(enter->program),
		       guest_program_text(enter->program));
	if (enter->rcx)
		printf("  RCX = 0x%" PRIx64 "\n", enter->rcx);
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
	struct probe_command command = {
		.probe = { .depth = DEPTH_CONTROLS, .expect = "33" },
		.enter = { .guest = GUEST_LONG },
	};
	static const struct option_row rows[] = {
		{ "set", 's', "FIELD=VALUE", "write this to the VMCS; may be given often" },
		{ "depth", 'd', "DEPTH",
		  "controls, state (guest state behind them) or enter (controls)" },
		{ "guest", KEY_GUEST, "GUEST", "to enter: real, pm32 or long (long)" },
		{ "program", KEY_PROGRAM, "NAME", "what the guest does (vmcall)" },
		{ "rcx", KEY_RCX, "N", "the guest's RCX to begin with (0)" },
		{ "read", KEY_READ, "FIELDS", "VMCS fields to read when it is left" },
		{ "time", KEY_TIME, NULL, "say how many TSC ticks the guest took" },
		PROBING_ROWS,
		{ 0 },
	};
	const struct option_table table = {
		.command = "probe",
		.summary = "Attempt one VM entry on each CPU, of a guest that is legal but for the fields\n"
			   "given. A guest runs at depth enter only. Guest state, controls and the event\n"
			   "can be set, but no host state, no address and not what the depth plants.",
		.rows = rows,
		.take = take,
		.priv = &command,
	};
	struct single single = { 0 };
	int ret, failed;

	ret = options_parse(&ctx->options, &table, argc, argv);
	if (ret || ctx->options.help)
		goto clear;
	if (command.given && command.probe.depth != DEPTH_ENTER) {
		ret = usage_error("--%s goes together with --depth enter only", command.given);
		goto clear;
	}
	if (command.probe.depth == DEPTH_ENTER && !command.enter.n_read) {
		memcpy(command.read, enter_read, sizeof(enter_read));
		command.enter.read = command.read;
		command.enter.n_read = ENTER_READS;
	}
	command.probe.set = command.set;
	single.depth = command.probe.depth;
	ret = cmd_open(ctx);
	if (!ret)
		ret = probing_check(ctx, &command.options.probe);
	if (!ret)
		ret = single_run(&single, ctx, &command.options.probe, make_group, &command,
				 &failed);
	if (!ret && failed == EXIT_USAGE)
		ret = failed;
	if (ret)
		goto clear;

	if (ctx->options.json) {
		json_t *document = json_object();

		out_json_set(document, "probe", json_probe(&single, &command.enter));
		single_json(&single, document);
		ret = out_json(document);
	} else {
		show(&single, &command.enter);
		single_show(&single);
		if (command.options.stats)
			probing_print_stats(&single.run);
	}
	run_show_changes(&single.run);
	if (!ret)
		ret = failed ? failed : single_exit(&single);
clear:
	single_clear(&single);
	free(command.set);
	return ret;
}
