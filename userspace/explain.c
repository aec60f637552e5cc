// SPDX-License-Identifier: GPL-2.0
#include "explain.h"

#include <inttypes.h>
#include <stdlib.h>

#include "decode.h"
#include "enter.h"
#include "guest.h"
#include "names.h"
#include "out.h"

#define INVALID_CONTROL 7	/* VM-instruction errors of a refused VM entry */
#define INVALID_HOST 8
#define INVALID_GUEST_STATE 33	/* basic exit reasons of a failed VM entry */
#define MSR_LOADING 34

static uint32_t basic_reason(const struct outcome *outcome)
{
	return outcome->exit_reason & 0xffff;
}

static bool refused_by_controls(const struct outcome *outcome)
{
	return outcome->kind == OUTCOME_FAIL_VALID && outcome->insn == INSN_VMLAUNCH &&
	       (outcome->error == INVALID_CONTROL || outcome->error == INVALID_HOST);
}

enum answer explain_answer(enum depth depth, const struct outcome *outcome)
{
	switch (outcome->kind) {
	case OUTCOME_NOT_TESTED:
	case OUTCOME_NOT_READY:
	case OUTCOME_STOPPED:
	case OUTCOME_WITHHELD:
		return ANSWER_NONE;
	case OUTCOME_FAIL_VALID:
		return refused_by_controls(outcome) ? ANSWER_REFUSED : ANSWER_UNEXPECTED;
	case OUTCOME_ENTRY_FAILED:
		/* The checks come in an order: a failure of the next ones is a pass of these. */
		if (basic_reason(outcome) == INVALID_GUEST_STATE)
			return depth == DEPTH_CONTROLS ? ANSWER_ACCEPTED : ANSWER_REFUSED;
		if (basic_reason(outcome) == MSR_LOADING && depth == DEPTH_STATE)
			return ANSWER_ACCEPTED;
		return ANSWER_UNEXPECTED;
	case OUTCOME_ENTERED:
		return depth == DEPTH_ENTER ? ANSWER_ACCEPTED : ANSWER_UNEXPECTED;
	case OUTCOME_FAULT:
	case OUTCOME_FAIL_INVALID:
	case OUTCOME_OK:
		break;
	}
	return ANSWER_UNEXPECTED;
}

const char *answer_name(enum answer answer)
{
	switch (answer) {
	case ANSWER_NONE:
		return "not-run";
	case ANSWER_ACCEPTED:
		return "accepted";
	case ANSWER_REFUSED:
		return "refused";
	case ANSWER_UNEXPECTED:
		break;
	}
	return "unexpected";
}

/* "VMWRITE of Guest CR0", "VMLAUNCH"; to be freed. */
static char *instruction(const struct outcome *outcome)
{
	const char *insn = outcome->insn == INSN_NONE ? "a VMX instruction" :
							insn_text(outcome->insn);
	const char *field;

	if (outcome->insn != INSN_VMREAD && outcome->insn != INSN_VMWRITE)
		return out_format("%s", insn);
	field = decode_field_name(outcome->field);
	if (field)
		return out_format("%s of field 0x%04" PRIx32 " (%s)", insn, outcome->field, field);
	return out_format("%s of field 0x%04" PRIx32, insn, outcome->field);
}

/* "VM-instruction error 7, VM entry with invalid control field(s)"; to be freed. */
static char *vm_error(const struct outcome *outcome)
{
	const char *text = decode_vm_error(outcome->error);

	return out_format("VM-instruction error %" PRIu32 ", %s", outcome->error,
			  text ? text : "a number this tool does not know");
}

/* "exit reason 33, VM-entry failure due to invalid guest state"; to be freed. */
static char *exit_reason(const struct outcome *outcome)
{
	const char *text = decode_exit_reason(outcome->exit_reason);

	return out_format("exit reason %" PRIu32 ", %s", basic_reason(outcome),
			  text ? text : "a number this tool does not know");
}

static char *explain_failed_entry(enum depth depth, const struct outcome *outcome)
{
	const char *why;
	char *reason, *text;

	switch (explain_answer(depth, outcome)) {
	case ANSWER_ACCEPTED:
		if (depth == DEPTH_CONTROLS)
			return out_format("Accepted: the control and host-state checks passed "
					  "(VM-entry failure 33, invalid guest state, as "
					  "planted).");
		return out_format("Accepted: the control, host-state and guest-state checks passed "
				  "(VM-entry failure 34, MSR loading, as planted).");
	case ANSWER_REFUSED:
		why = decode_entry_failure(outcome->exit_reason, outcome->qualification);
		return out_format("Refused: VM-entry failure 33, invalid guest state%s%s; the "
				  "control and host-state checks passed.", why ? ": " : "",
				  why ? why : "");
	default:
		break;
	}
	reason = exit_reason(outcome);
	if (depth == DEPTH_ENTER)
		text = out_format("Unexpected: the VM entry failed with %s.", reason);
	else
		text = out_format("Unexpected: the VM entry failed for another reason than the "
				  "planted one (%s).", reason);
	free(reason);
	return text;
}

char *explain_sentence(enum depth depth, const struct outcome *outcome)
{
	const char *name;
	char *insn = instruction(outcome), *detail = NULL, *text = NULL;

	switch (outcome->kind) {
	case OUTCOME_NOT_TESTED:
		text = out_format("Not tested: %s.", not_tested_text(outcome->why));
		break;
	case OUTCOME_NOT_READY:
		text = out_format("Not run: %s.", readiness_text(outcome->readiness));
		break;
	case OUTCOME_STOPPED:
		text = out_format("Not run: an earlier probe of the same request entered the "
				  "guest.");
		break;
	case OUTCOME_WITHHELD:
		text = out_format("Not run: what it does to this CPU could not be undone.");
		break;
	case OUTCOME_OK:
		text = out_format("%s succeeded.", insn);
		break;
	case OUTCOME_FAULT:
		name = decode_vector_name(outcome->vector);
		detail = out_format("vector %" PRIu32, outcome->vector);
		text = out_format("Unexpected: %s raised %s.", insn, name ? name : detail);
		break;
	case OUTCOME_FAIL_INVALID:
		text = out_format("Unexpected: %s ended in VMfailInvalid%s.", insn,
				  outcome->insn == INSN_VMLAUNCH ? ", so no VMCS was current" : "");
		break;
	case OUTCOME_FAIL_VALID:
		detail = vm_error(outcome);
		if (refused_by_controls(outcome))
			text = out_format("Refused: %s.", detail);
		else
			text = out_format("Unexpected: %s failed with %s.", insn, detail);
		break;
	case OUTCOME_ENTRY_FAILED:
		text = explain_failed_entry(depth, outcome);
		break;
	case OUTCOME_ENTERED:
		detail = exit_reason(outcome);
		if (depth == DEPTH_ENTER)
			text = out_format("Entered: the guest left with %s.", detail);
		else
			text = out_format("Unexpected: the guest was entered although a refusal "
					  "was planted; it left with %s.", detail);
		break;
	}
	free(insn);
	free(detail);
	return text ? text : out_format("Unexpected: an outcome this tool has no words for.");
}

/* "at the handler of vector 13 (#GP)"; to be freed. */
static char *whereabouts(const struct group *group, const struct outcome *outcome,
			 const struct arrival *arrival)
{
	uint64_t address, program = GUEST_CODE + (uint64_t)group->program * GUEST_SLOT;
	const char *name;
	uint32_t vector;

	if (enter_handler(group, outcome, arrival, &vector)) {
		name = decode_vector_name(vector);
		return out_format("at the handler of vector %" PRIu32 "%s%s%s", vector,
				  name ? " (" : "", name ? name : "", name ? ")" : "");
	}
	if (enter_address(group, outcome, arrival, &address) && address >= program &&
	    address < program + GUEST_SLOT)
		return out_format("in its program");
	return out_format("at RIP 0x%" PRIx64, outcome->guest_rip);
}

char *explain_arrival(const struct group *group, const struct outcome *outcome,
		      const struct arrival *arrival)
{
	char *reason = exit_reason(outcome), *where = whereabouts(group, outcome, arrival);
	char *text = out_format("Entered: the guest left with %s, %s.", reason, where);

	free(reason);
	free(where);
	return text;
}

char *explain_raw(const struct outcome *outcome)
{
	const char *kind = outcome_kind_name(outcome->kind);
	char *insn = instruction(outcome), *text = NULL;

	switch (outcome->kind) {
	case OUTCOME_NOT_TESTED:
		text = out_format("%s, %s", kind, not_tested_name(outcome->why));
		break;
	case OUTCOME_NOT_READY:
		text = out_format("%s, %s", kind, readiness_name(outcome->readiness));
		break;
	case OUTCOME_FAULT:
		text = out_format("%s, %s, vector %" PRIu32, kind, insn, outcome->vector);
		break;
	case OUTCOME_FAIL_INVALID:
	case OUTCOME_OK:
		text = out_format("%s, %s", kind, insn);
		break;
	case OUTCOME_FAIL_VALID:
		text = out_format("%s, %s, VM-instruction error %" PRIu32, kind, insn,
				  outcome->error);
		break;
	case OUTCOME_ENTRY_FAILED:
		text = out_format("%s, exit reason 0x%08" PRIx32 ", qualification 0x%" PRIx64, kind,
				  outcome->exit_reason, outcome->qualification);
		break;
	case OUTCOME_ENTERED:
		text = out_format("%s, exit reason 0x%08" PRIx32 ", qualification 0x%" PRIx64
				  ", interruption 0x%08" PRIx32 "/0x%" PRIx32
				  ", IDT-vectoring 0x%08" PRIx32 "/0x%" PRIx32 ", RIP 0x%" PRIx64,
				  kind, outcome->exit_reason, outcome->qualification,
				  outcome->intr_info, outcome->intr_error_code, outcome->idt_info,
				  outcome->idt_error_code, outcome->guest_rip);
		break;
	case OUTCOME_STOPPED:
	case OUTCOME_WITHHELD:
		text = out_format("%s", kind);
		break;
	}
	free(insn);
	return text ? text : out_format("%s", kind);
}
