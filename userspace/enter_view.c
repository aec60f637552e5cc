// SPDX-License-Identifier: GPL-2.0
#include "enter_view.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "decode.h"
#include "enter.h"
#include "inject.h"
#include "out.h"

/* What the longest name of a field takes. */
#define NAMES 27

static uint32_t type_of(uint32_t info)
{
	return info >> INTR_INFO_TYPE_SHIFT & 7;
}

static void show_event(const char *name, uint32_t info, uint32_t code)
{
	const char *vector = decode_vector_name(info & 0xff);

	if (!(info & INTR_INFO_VALID))
		return;
	printf("  %-*s  %s, vector %" PRIu32 "%s%s%s", NAMES, name,
	       decode_type_name(type_of(info)), info & 0xff, vector ? " (" : "",
	       vector ? vector : "", vector ? ")" : "");
	if (info & INTR_INFO_DELIVER_ERROR_CODE)
		printf(", error code 0x%" PRIx32, code);
	putchar('\n');
}

static void show_value(const char *name, uint64_t value)
{
	printf("  %-*s  0x%" PRIx64 "\n", NAMES, name, value);
}

/* All words, as many on a line as there is room for. */
static void show_stack(const struct group *group, const struct arrival *arrival)
{
	const unsigned int width = enter_stack_width(group->guest), digits = 2 * width;
	const size_t fit = (OUT_WIDTH - NAMES - 4) / (digits + 3);
	uint64_t value;

	for (size_t i = 0; enter_stack(arrival, width, i, &value); i++) {
		if (i % fit)
			putchar(' ');
		else
			printf("%s  %-*s  ", i ? "\n" : "", NAMES, i ? "" : "stack");
		printf("0x%0*" PRIx64, (int)digits, value);
	}
	if (arrival->n_stack >= width)
		putchar('\n');
}

void enter_show(const struct group *group, const struct outcome *outcome,
		const struct arrival *arrival)
{
	show_event("interruption", outcome->intr_info, outcome->intr_error_code);
	show_event("IDT-vectoring", outcome->idt_info, outcome->idt_error_code);
	show_stack(group, arrival);
	for (size_t i = 0; i < group->n_read && i < arrival->n_fields; i++) {
		const char *token = decode_field_token(group->read[i]);
		char *number = out_format("field 0x%04" PRIx32, group->read[i]);

		show_value(token ? token : number, arrival->fields[i]);
		free(number);
	}
	show_value("RAX", arrival->rax);
	show_value("RDX", arrival->rdx);
	show_value("CR2", arrival->cr2);
	show_value("DR6", arrival->dr6);
	if (arrival->ticks)
		printf("  %-*s  %" PRIu64 "\n", NAMES, "TSC ticks", arrival->ticks);
}

static json_t *json_event(uint32_t info, uint32_t code)
{
	json_t *object;

	if (!(info & INTR_INFO_VALID))
		return json_null();
	object = json_object();
	out_json_set(object, "type", json_integer(type_of(info)));
	out_json_set(object, "type_name", json_string(decode_type_name(type_of(info))));
	out_json_set(object, "vector", json_integer(info & 0xff));
	out_json_set(object, "error_code", info & INTR_INFO_DELIVER_ERROR_CODE ?
					   out_json_hex(code) : json_null());
	return object;
}

void enter_json(const struct group *group, const struct outcome *outcome,
		const struct arrival *arrival, json_t *object)
{
	json_t *stack = json_array(), *read = json_array();
	uint32_t vector;
	uint64_t value;

	for (size_t i = 0; enter_stack(arrival, enter_stack_width(group->guest), i, &value); i++)
		out_json_append(stack, out_json_hex(value));
	for (size_t i = 0; i < group->n_read && i < arrival->n_fields; i++) {
		const char *token = decode_field_token(group->read[i]);
		json_t *field = json_object();

		if (token)
			out_json_set(field, "name", json_string(token));
		out_json_set_hex(field, "field", group->read[i]);
		out_json_set_hex(field, "value", arrival->fields[i]);
		out_json_append(read, field);
	}
	out_json_set(object, "handler", enter_handler(group, outcome, arrival, &vector) ?
					json_integer(vector) : json_null());
	out_json_set(object, "interruption", json_event(outcome->intr_info,
							outcome->intr_error_code));
	out_json_set(object, "idt_vectoring", json_event(outcome->idt_info,
							 outcome->idt_error_code));
	out_json_set(object, "stack", stack);
	out_json_set(object, "read", read);
}
