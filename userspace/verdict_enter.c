// SPDX-License-Identifier: GPL-2.0
#include "verdict_enter.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "enter.h"
#include "guest.h"
#include "inject.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define EXIT_EXCEPTION_OR_NMI 0
#define EXIT_EXTERNAL_INTERRUPT 1
#define EXIT_TIMER 52
#define VECTOR_MC 18
#define RFLAGS_FIXED 2
/* Of a real-mode guest's programs. */
#define REAL_CODE_BASE 0x1000

/* The value that the probe gives a field, or what it has to begin with. */
static uint64_t given(const struct entered *e, uint32_t field, uint64_t baseline)
{
	if (e->group->sweep_field == field)
		return group_value(e->group, e->i);
	for (size_t k = e->group->n_set; k--;)
		if (e->group->set[k].field == field)
			return e->group->set[k].value;
	return baseline;
}

static uint64_t start(const struct entered *e)
{
	uint64_t code = GUEST_CODE + e->group->program * GUEST_SLOT;

	return given(e, GUEST_RIP, e->group->guest == GUEST_REAL ? code - REAL_CODE_BASE : code);
}

/* What was asked for. */
static bool find_asked(const struct entered *e, const char *name, struct expr_name *found)
{
	uint64_t event = given(e, VM_ENTRY_INTR_INFO_FIELD, 0);
	const struct {
		const char *name;
		uint64_t value;
	} asked[] = {
		{ "event", event },
		{ "handler", GUEST_HANDLERS + (event & 0xff) * GUEST_SLOT },
		{ "given", given(e, GUEST_RFLAGS, RFLAGS_FIXED) },
		{ "start", start(e) },
		{ "stack", given(e, GUEST_RSP, GUEST_STACK) },
		{ "value", group_value(e->group, e->i) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(asked); i++) {
		if (strcmp(name, asked[i].name))
			continue;
		*found = (struct expr_name){ true, asked[i].value };
		return true;
	}
	return false;
}

static bool find_outcome(const struct entered *e, const char *name, struct expr_name *found)
{
	const struct outcome *o = e->outcome;
	const struct {
		const char *name;
		uint64_t value;
	} seen[] = {
		{ "exit", o->exit_reason }, { "qual", o->qualification },
		{ "intr", o->intr_info }, { "intr_ec", o->intr_error_code },
		{ "idt", o->idt_info }, { "idt_ec", o->idt_error_code }, { "rip", o->guest_rip },
	};

	for (size_t i = 0; i < ARRAY_SIZE(seen); i++) {
		if (strcmp(name, seen[i].name))
			continue;
		*found = (struct expr_name){ true, seen[i].value };
		return true;
	}
	return false;
}

static bool find_register(const struct entered *e, const char *name, struct expr_name *found)
{
	static const struct arrival none;
	const struct arrival *a = e->arrival ? e->arrival : &none;
	const struct {
		const char *name;
		uint64_t value;
		bool known;
	} seen[] = {
		{ "rax", a->rax, e->arrival }, { "rdx", a->rdx, e->arrival },
		{ "cr2", a->cr2, e->arrival }, { "dr6", a->dr6, e->arrival },
		{ "ticks", a->ticks, e->arrival && e->group->time },
	};

	for (size_t i = 0; i < ARRAY_SIZE(seen); i++) {
		if (strcmp(name, seen[i].name))
			continue;
		*found = (struct expr_name){ seen[i].known, seen[i].value };
		return true;
	}
	return false;
}

/* "q0", "d15", "w31" */
static bool find_word(const struct entered *e, const char *name, struct expr_name *found)
{
	static const char letters[] = "wdq";
	const char *letter = strchr(letters, *name);
	uint64_t number;
	unsigned int width;

	if (!*name || !letter || !isdigit((unsigned char)name[1]))
		return false;
	width = 2 << (letter - letters);
	if (!decode_parse_number(name + 1, ARRIVAL_MAX_STACK / width - 1, &number))
		return false;
	found->known = e->arrival && enter_stack(e->arrival, width, number, &found->value);
	return true;
}

static bool find_field(const struct entered *e, const char *name, struct expr_name *found)
{
	uint32_t encoding;

	if (!isupper((unsigned char)*name) || !decode_parse_field(name, &encoding))
		return false;
	found->known = e->arrival && enter_field(e->group, e->arrival, encoding, &found->value);
	return true;
}

static bool find(const struct expr_names *names, const char *name, struct expr_name *found)
{
	const struct entered *e = (const struct entered *)names;

	return find_asked(e, name, found) || find_outcome(e, name, found) ||
	       find_register(e, name, found) || find_word(e, name, found) ||
	       find_field(e, name, found);
}

struct entered verdict_entered(const struct group *group, size_t i, const struct outcome *outcome,
			       const struct arrival *arrival)
{
	return (struct entered){ { find }, group, i, outcome, arrival };
}

bool verdict_is_rule(const char *wanted)
{
	/* "F7", "33", "33/3 or 34" */
	return wanted[strspn(wanted, "F0123456789/or ")];
}

bool verdict_was_interrupted(const struct outcome *outcome)
{
	uint32_t type = outcome->intr_info >> INTR_INFO_TYPE_SHIFT & 7;

	if (outcome->kind != OUTCOME_ENTERED)
		return false;
	if (outcome->exit_reason == EXIT_EXTERNAL_INTERRUPT)
		return true;
	/* Neither can come of what a guest does here. */
	return outcome->exit_reason == EXIT_EXCEPTION_OR_NMI &&
	       (type == INTR_TYPE_NMI || (outcome->intr_info & 0xff) == VECTOR_MC);
}

static bool gives(const struct group *group, uint32_t field)
{
	for (size_t i = 0; i < group->n_set; i++)
		if (group->set[i].field == field)
			return true;
	return group->sweep_field == field;
}

bool verdict_ran_out(const struct group *group, const struct outcome *outcome)
{
	return outcome->kind == OUTCOME_ENTERED && outcome->exit_reason == EXIT_TIMER &&
	       group->program != PROGRAM_LOOP && group->program != PROGRAM_HLT &&
	       !gives(group, VMX_PREEMPTION_TIMER_VALUE) && !gives(group, GUEST_ACTIVITY_STATE);
}

static void write_term(void *arg, const char *term, bool known, uint64_t value)
{
	FILE *file = arg;

	if (ftell(file))
		fputs(", ", file);
	if (known)
		fprintf(file, "%s = 0x%" PRIx64, term, value);
	else
		fprintf(file, "%s unknown", term);
}

char *verdict_entered_terms(const struct entered *entered, const char *rule, const struct cpu *cpu)
{
	char *text = NULL;
	uint64_t value;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		return NULL;
	expr_eval_with(rule, cpu, &entered->names, &value, write_term, file);
	if (!fclose(file))
		return text;
	free(text);
	return NULL;
}
