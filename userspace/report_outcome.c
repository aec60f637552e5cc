// SPDX-License-Identifier: GPL-2.0
/* Outcomes in a report, and how the guests were found that were entered. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "names.h"
#include "out.h"
#include "report.h"
#include "report_parts.h"

json_t *report_outcome(const struct outcome *outcome)
{
	json_t *json = json_object();
	const enum outcome_kind kind = outcome->kind;

	out_json_set(json, "kind", json_string(outcome_kind_name(kind)));
	switch (kind) {
	case OUTCOME_NOT_TESTED:
		out_json_set(json, "why", json_string(not_tested_name(outcome->why)));
		break;
	case OUTCOME_NOT_READY:
		out_json_set(json, "readiness", json_string(readiness_name(outcome->readiness)));
		break;
	case OUTCOME_STOPPED:
	case OUTCOME_WITHHELD:
		break;
	case OUTCOME_OK:
	case OUTCOME_FAULT:
	case OUTCOME_FAIL_INVALID:
	case OUTCOME_FAIL_VALID:
		out_json_set(json, "insn", json_string(insn_name(outcome->insn)));
		if (kind == OUTCOME_FAULT)
			out_json_set(json, "vector", json_integer(outcome->vector));
		if (kind == OUTCOME_FAIL_VALID)
			out_json_set(json, "error", json_integer(outcome->error));
		if (outcome->insn == INSN_VMREAD || outcome->insn == INSN_VMWRITE)
			out_json_set_hex(json, "field", outcome->field);
		break;
	case OUTCOME_ENTRY_FAILED:
	case OUTCOME_ENTERED:
		out_json_set_hex(json, "exit_reason", outcome->exit_reason);
		out_json_set_hex(json, "qualification", outcome->qualification);
		if (kind == OUTCOME_ENTRY_FAILED)
			break;
		out_json_set_hex(json, "intr_info", outcome->intr_info);
		out_json_set_hex(json, "intr_error_code", outcome->intr_error_code);
		out_json_set_hex(json, "idt_info", outcome->idt_info);
		out_json_set_hex(json, "idt_error_code", outcome->idt_error_code);
		out_json_set_hex(json, "guest_rip", outcome->guest_rip);
		break;
	}
	return json;
}

json_t *report_arrival(const struct arrival *arrival)
{
	json_t *json = json_object(), *fields = json_array();
	char stack[2 * ARRIVAL_MAX_STACK + 1] = "";

	for (size_t i = 0; i < arrival->n_fields; i++)
		out_json_append(fields, out_json_hex(arrival->fields[i]));
	for (size_t i = 0; i < arrival->n_stack; i++)
		sprintf(stack + 2 * i, "%02x", arrival->stack[i]);
	out_json_set(json, "fields", fields);
	out_json_set(json, "stack", json_string(stack));
	out_json_set_hex(json, "rax", arrival->rax);
	out_json_set_hex(json, "rdx", arrival->rdx);
	out_json_set_hex(json, "cr2", arrival->cr2);
	out_json_set_hex(json, "dr6", arrival->dr6);
	if (arrival->ticks)
		out_json_set_hex(json, "ticks", arrival->ticks);
	return json;
}

int report_read_outcome(const struct place *item, struct outcome *outcome)
{
	struct place kind = place_member(item, "kind"), why = place_member(item, "why");
	struct place readiness = place_member(item, "readiness");
	struct place insn = place_member(item, "insn");
	struct place vector = place_member(item, "vector"), error = place_member(item, "error");
	struct place reason = place_member(item, "exit_reason");
	struct place qualification = place_member(item, "qualification");
	uint64_t number = 0;
	const char *name;

	if (place_object(item) || place_text(&kind, &name))
		return -1;
	/* A kind of a later tool says nothing to this one: as good as not recorded. */
	if (!outcome_kind_parse(name, &outcome->kind)) {
		outcome->kind = OUTCOME_NOT_TESTED;
		outcome->why = NOT_TESTED_NOT_RECORDED;
		return 0;
	}
	switch (outcome->kind) {
	case OUTCOME_NOT_TESTED:
		if (place_text(&why, &name))
			return -1;
		if (!not_tested_parse(name, &outcome->why))
			outcome->why = NOT_TESTED_NONE;
		return 0;
	case OUTCOME_NOT_READY:
		if (place_text(&readiness, &name))
			return -1;
		if (!readiness_parse(name, &outcome->readiness))
			outcome->readiness = READINESS_UNKNOWN;
		return 0;
	case OUTCOME_STOPPED:
	case OUTCOME_WITHHELD:
		return 0;
	case OUTCOME_OK:
	case OUTCOME_FAULT:
	case OUTCOME_FAIL_INVALID:
	case OUTCOME_FAIL_VALID:
		if (place_text(&insn, &name))
			return -1;
		if (!insn_parse(name, &outcome->insn))
			return place_fail(&insn, "it must be the name of a VMX instruction, such "
					  "as \"vmlaunch\"");
		if (outcome->kind == OUTCOME_FAULT && place_integer(&vector, 0, 255, &number))
			return -1;
		outcome->vector = number;
		number = 0;
		if (outcome->kind == OUTCOME_FAIL_VALID &&
		    place_integer(&error, 0, UINT32_MAX, &number))
			return -1;
		outcome->error = number;
		return 0;
	case OUTCOME_ENTRY_FAILED:
	case OUTCOME_ENTERED:
		if (place_hex32(&reason, &outcome->exit_reason) ||
		    place_hex(&qualification, UINT64_MAX, &outcome->qualification))
			return -1;
		break;
	}
	if (outcome->kind == OUTCOME_ENTERED) {
		struct place intr = place_member(item, "intr_info");
		struct place intr_code = place_member(item, "intr_error_code");
		struct place idt = place_member(item, "idt_info");
		struct place idt_code = place_member(item, "idt_error_code");
		struct place rip = place_member(item, "guest_rip");

		if (place_hex32(&intr, &outcome->intr_info) ||
		    place_hex32(&intr_code, &outcome->intr_error_code) ||
		    place_hex32(&idt, &outcome->idt_info) ||
		    place_hex32(&idt_code, &outcome->idt_error_code) ||
		    place_hex(&rip, UINT64_MAX, &outcome->guest_rip))
			return -1;
	}
	return 0;
}

int report_read_outcome_field(const struct place *item, struct outcome *outcome)
{
	struct place field = place_member(item, "field");

	if (report_read_outcome(item, outcome))
		return -1;
	if (outcome->insn == INSN_VMREAD || outcome->insn == INSN_VMWRITE)
		return place_hex32(&field, &outcome->field);
	return 0;
}


int report_read_arrival(const struct place *item, size_t n_fields, bool timed,
			struct arrival *arrival)
{
	struct place fields = place_member(item, "fields"), stack = place_member(item, "stack");
	struct place ticks = place_member(item, "ticks");
	const struct {
		const char *key;
		uint64_t *value;
	} registers[] = {
		{ "rax", &arrival->rax }, { "rdx", &arrival->rdx },
		{ "cr2", &arrival->cr2 }, { "dr6", &arrival->dr6 },
	};

	memset(arrival, 0, sizeof(*arrival));
	if (place_object(item) || place_array(&fields, 0, ARRIVAL_MAX_FIELDS))
		return -1;
	if (json_array_size(fields.json) != n_fields)
		return place_fail(&fields, "it has %zu values; the group has %zu fields read",
				  json_array_size(fields.json), n_fields);
	for (size_t i = 0; i < n_fields; i++) {
		struct place field = place_element(&fields, i);

		if (place_hex(&field, UINT64_MAX, &arrival->fields[arrival->n_fields++]))
			return -1;
	}
	if (place_bytes(&stack, ARRIVAL_MAX_STACK, arrival->stack, &arrival->n_stack))
		return -1;
	for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
		struct place member = place_member(item, registers[i].key);

		if (place_hex(&member, UINT64_MAX, registers[i].value))
			return -1;
	}
	if (place_missing(&ticks))
		return 0;
	if (!timed)
		return place_fail(&ticks, "a group that is not timed must not have it");
	return place_hex(&ticks, UINT64_MAX, &arrival->ticks);
}
