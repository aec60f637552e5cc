// SPDX-License-Identifier: GPL-2.0
#include "experiment_view.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "explain.h"
#include "names.h"
#include "out.h"

const char *experiment_arg_name(enum experiment_arg arg)
{
	static const char *const names[] = {
		[ARG_NONE] = "none", [ARG_BIT] = "bit", [ARG_FIELD] = "field",
		[ARG_FIELD_BIT] = "field-bit", [ARG_MSR] = "msr", [ARG_INSN] = "insn",
		[ARG_TYPE] = "type", [ARG_TYPE_BIT] = "type-bit", [ARG_PLACE] = "place",
		[ARG_VALUE] = "value",
	};

	return names[arg];
}

static const char *region_text(uint64_t value)
{
	static const char *const texts[] = {
		[REGION_OTHER] = "none of the module's regions",
		[REGION_VMXON] = "the VMXON region",
		[REGION_VMCS] = "the VMCS",
		[REGION_SECOND] = "the second region",
	};

	if (value == REGION_NONE)
		return "no current VMCS";
	return value < sizeof(texts) / sizeof(texts[0]) ? texts[value] : NULL;
}

/* ", 0x2 (the VMCS)", or nothing; to be freed. */
static char *value_text(const struct experiment_info *info, const struct observation *step)
{
	const bool flags = !strncmp(info->name, "flags-", strlen("flags-"));
	const char *region = NULL;

	if (!step->has_value)
		return out_format("%s", "");
	if (step->outcome.kind == OUTCOME_OK && step->outcome.insn == INSN_VMPTRST && !flags)
		region = region_text(step->value);
	return out_format(", %s0x%" PRIx64 "%s%s%s", flags ? "flags " : "", step->value,
			  region ? " (" : "", region ? region : "", region ? ")" : "");
}

/*
 * "VMREAD of 0x681e (Guest RIP)"; without the field where the arg says which it is, as encoding or
 * as a bit of one that is none. To be freed.
 */
static char *insn_of(const struct experiment_info *info, const struct observation *step)
{
	const struct outcome *outcome = &step->outcome;
	const char *name = insn_text(outcome->insn);
	const char *field = decode_field_name(outcome->field);

	if ((outcome->insn != INSN_VMREAD && outcome->insn != INSN_VMWRITE) ||
	    (info->arg == ARG_FIELD && step->arg == outcome->field) ||
	    (info->arg == ARG_BIT && !field))
		return out_format("%s", name);
	return out_format("%s of 0x%04" PRIx32 "%s%s%s", name, outcome->field, field ? " (" : "",
			  field ? field : "", field ? ")" : "");
}

static char *failed_entry_text(const struct outcome *outcome)
{
	const char *reason = decode_exit_reason(outcome->exit_reason);
	const char *why = decode_entry_failure(outcome->exit_reason, outcome->qualification);

	char *number = out_format("exit reason %" PRIu32 ", %s", outcome->exit_reason & 0xffff,
				  reason ? reason : "a number this tool does not know");
	char *text;

	if (!outcome->qualification)
		return number;
	text = out_format("%s, qualification 0x%" PRIx64 "%s%s", number, outcome->qualification,
			  why ? ": " : "", why ? why : "");
	free(number);
	return text;
}

char *experiment_step_text(const struct experiment_info *info, const struct observation *step)
{
	const struct outcome *outcome = &step->outcome;
	char *insn = insn_of(info, step), *value = value_text(info, step), *what = NULL, *text;
	const char *name;

	switch (outcome->kind) {
	case OUTCOME_OK:
		if (outcome->insn == INSN_NONE)
			what = out_format("seen%s", *value ? value + 1 : "");
		else
			what = out_format("%s: succeeded%s", insn, value);
		break;
	case OUTCOME_FAULT:
		name = decode_vector_name(outcome->vector);
		if (name)
			what = out_format("%s: %s%s", insn, name, value);
		else
			what = out_format("%s: vector %" PRIu32 "%s", insn, outcome->vector, value);
		break;
	case OUTCOME_FAIL_INVALID:
		what = out_format("%s: VMfailInvalid%s", insn, value);
		break;
	case OUTCOME_FAIL_VALID:
		name = decode_vm_error(outcome->error);
		what = out_format("%s: VMfailValid %" PRIu32 ", %s%s", insn, outcome->error,
				  name ? name : "a number this tool does not know", value);
		break;
	case OUTCOME_ENTRY_FAILED:
		free(insn);
		insn = failed_entry_text(outcome);
		what = out_format("%s%s", insn, value);
		break;
	case OUTCOME_WITHHELD:
		what = out_format("withheld: what it does to this CPU could not be undone");
		break;
	case OUTCOME_NOT_TESTED:
		what = out_format("not tested: %s", not_tested_text(outcome->why));
		break;
	case OUTCOME_NOT_READY:
	case OUTCOME_STOPPED:
	case OUTCOME_ENTERED:
		what = explain_raw(outcome);
		break;
	}
	text = out_format("%s%s", step->set_up ? "set-up failed, steps are missing: " : "", what);
	free(insn);
	free(value);
	free(what);
	return text;
}

char *experiment_missing_text(const struct cpu *cpu, uint32_t id)
{
	const struct experiment *experiment = cpu_experiment(cpu, id);
	const struct outcome *why = experiment ? &experiment->why : NULL;

	if (why && why->kind == OUTCOME_OK)
		return NULL;
	if (why && why->kind == OUTCOME_NOT_TESTED)
		return out_format("%s", not_tested_text(why->why));
	/* As a whole, only those are withheld in which a guest runs. */
	if (why && why->kind == OUTCOME_WITHHELD)
		return out_format("a guest takes the VMX-preemption timer, EPT and a host without "
				  "FRED");
	if (why && why->kind != OUTCOME_NOT_READY)
		return explain_raw(why);
	/* Reports have experiments that were made; those of such a CPU were not. */
	if (why || cpu_unready(cpu))
		return out_format("%s", readiness_text(why ? why->readiness : cpu->readiness));
	return out_format("the report does not hold this experiment");
}

/* An arg in two parts: the steps of lines that differ in the minor one only are folded. */
struct arg_parts {
	bool folds;
	uint64_t major, minor;
};

static struct arg_parts parts_of(enum experiment_arg kind, uint64_t arg)
{
	switch (kind) {
	case ARG_BIT:
	case ARG_TYPE:
	case ARG_PLACE:
	case ARG_VALUE:
		return (struct arg_parts){ true, 0, arg };
	case ARG_FIELD_BIT:
		return (struct arg_parts){ true, arg & 0xffff, arg >> 16 };
	case ARG_TYPE_BIT:
		return (struct arg_parts){ true, arg >> 8, arg & 0xff };
	default:
		return (struct arg_parts){ false, arg, 0 };
	}
}

/* "Guest RIP"; the high half of a field that has a name by that. To be freed. */
static char *field_text(uint64_t encoding)
{
	const char *name = encoding <= UINT32_MAX ? decode_field_name(encoding) : NULL;
	const char *whole = encoding <= UINT32_MAX ? decode_field_name(encoding & ~1u) : NULL;

	if (name || !whole)
		return out_format("0x%04" PRIx64 "%s%s", encoding, name ? " " : "",
				  name ? name : "");
	return out_format("0x%04" PRIx64 " %s (high)", encoding, whole);
}

/* What comes before the minor parts, or the whole arg; to be freed. */
static char *major_text(enum experiment_arg kind, uint64_t major, bool many)
{
	char *field, *text;

	switch (kind) {
	case ARG_BIT:
		return out_format("%s", many ? "bits" : "bit");
	case ARG_TYPE:
		return out_format("%s", many ? "types" : "type");
	case ARG_PLACE:
		return out_format("%s", many ? "places" : "place");
	case ARG_VALUE:
		return out_format("%s", many ? "values" : "value");
	case ARG_TYPE_BIT:
		return out_format("type %" PRIu64 " %s", major, many ? "bits" : "bit");
	case ARG_FIELD_BIT:
		field = field_text(major);
		text = out_format("%s %s", field, many ? "bits" : "bit");
		free(field);
		return text;
	case ARG_FIELD:
		return field_text(major);
	case ARG_MSR:
		if (major <= UINT32_MAX && decode_msr_name(major))
			return out_format("0x%" PRIx64 " %s", major, decode_msr_name(major));
		return out_format("MSR 0x%" PRIx64, major);
	case ARG_INSN:
		return out_format("%s", insn_text(major <= INSN_VMFUNC ? major : INSN_NONE));
	case ARG_NONE:
		break;
	}
	return out_format("arg 0x%" PRIx64, major);
}

/* ",12-15" behind what is there. */
static void add_range(char **list, enum experiment_arg kind, uint64_t first, uint64_t last)
{
	const char *comma = *list ? "," : "", *before = *list ? *list : "";
	const bool hex = kind == ARG_VALUE || first > UINT16_MAX;
	char *longer;

	if (hex && first == last)
		longer = out_format("%s%s0x%" PRIx64, before, comma, first);
	else if (hex)
		longer = out_format("%s%s0x%" PRIx64 "-0x%" PRIx64, before, comma, first, last);
	else if (first == last)
		longer = out_format("%s%s%" PRIu64, before, comma, first);
	else
		longer = out_format("%s%s%" PRIu64 "-%" PRIu64, before, comma, first, last);
	free(*list);
	*list = longer;
}

/* Runs with equal steps whose args differ in the minor part only. */
struct line {
	struct experiment_run run;	/* the first; without steps: none yet */
	char *list;			/* minor parts before "first" */
	uint64_t first, last;		/* those of the last range */
};

/* The same but for the field: where that is not the arg itself, the arg tells it. */
static bool same_steps(const struct experiment_run *a, const struct experiment_run *b)
{
	if (a->n_steps != b->n_steps)
		return false;
	for (size_t i = 0; i < a->n_steps; i++) {
		struct observation x = a->steps[i], y = b->steps[i];

		x.outcome.field = y.outcome.field = 0;
		if (!experiments_same_steps(&x, &y, 1))
			return false;
	}
	return true;
}

static bool fits(const struct line *line, enum experiment_arg kind,
		 const struct experiment_run *run)
{
	struct arg_parts a, b;

	if (!line->run.steps || !line->run.steps->has_arg || !run->steps->has_arg)
		return false;
	a = parts_of(kind, line->run.steps->arg);
	b = parts_of(kind, run->steps->arg);
	return a.folds && a.major == b.major && same_steps(&line->run, run);
}

static void extend(struct line *line, enum experiment_arg kind, const struct experiment_run *run)
{
	uint64_t minor = parts_of(kind, run->steps->arg).minor;

	if (!line->run.steps) {
		line->run = *run;
		line->first = minor;
	} else if (minor != line->last + 1) {
		add_range(&line->list, kind, line->first, line->last);
		line->first = minor;
	}
	line->last = minor + run->count - 1;
}

/* "bits 0-11,13"; to be freed. */
static char *label_of(struct line *line, enum experiment_arg kind)
{
	struct arg_parts parts = parts_of(kind, line->run.steps->arg);
	char *major, *label;

	if (!line->run.steps->has_arg)
		return out_format("%s", "");
	major = major_text(kind, parts.major, line->list || line->first != line->last);
	if (!parts.folds)
		return major;
	add_range(&line->list, kind, line->first, line->last);
	label = out_format("%s %s", major, line->list);
	free(major);
	return label;
}

static void finish(struct line *line, const struct experiment_info *info, struct out_table *table)
{
	char *label = label_of(line, info->arg);
	char *first = out_format(*label ? "    %s " : "   %s", label);

	for (size_t i = 0; i < line->run.n_steps; i++) {
		const struct observation *step = &line->run.steps[i];
		char *text = experiment_step_text(info, step);

		out_table_row_style(table, step->set_up ? OUT_WARN : OUT_PLAIN,
				    (const char *const[]){ i ? "" : first, text });
		free(text);
	}
	free(label);
	free(first);
	free(line->list);
	memset(line, 0, sizeof(*line));
}

static void print_made(const struct experiment_info *info, const struct experiment *experiment)
{
	static const struct out_column columns[] = { { "arg", 0 }, { "outcome", 0 } };
	struct out_table *table;
	struct experiment_run run = { 0 };
	struct line line = { 0 };

	if (!experiment->n) {
		puts("    nothing to do on this CPU");
		return;
	}
	table = out_table_new(columns, 2, false);
	while (experiments_next_run(experiment, &run)) {
		if (line.run.steps && !fits(&line, info->arg, &run))
			finish(&line, info, table);
		extend(&line, info->arg, &run);
	}
	finish(&line, info, table);
	out_table_print(table);
}

void experiment_print(const struct experiment_info *info, const struct cpu *cpu)
{
	char *missing = experiment_missing_text(cpu, info->id);
	char *text = out_format("%s: %s", info->name, info->text);

	out_text(text, 2, 4);
	if (missing)
		printf("    %snot tested: %s%s\n", out_style(OUT_WARN), missing,
		       out_style(OUT_PLAIN));
	else
		print_made(info, cpu_experiment(cpu, info->id));
	free(missing);
	free(text);
}
