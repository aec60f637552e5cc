// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "explain.h"
#include "guest.h"

#define CONTROLS_ACCEPTED						\
	"Accepted: the control and host-state checks passed (VM-entry failure 33, invalid guest " \
	"state, as planted)."
#define STATE_ACCEPTED							\
	"Accepted: the control, host-state and guest-state checks passed (VM-entry failure 34, " \
	"MSR loading, as planted)."

static const struct row {
	enum depth depth;
	struct outcome outcome;
	enum answer answer;
	const char *sentence, *raw;
} rows[] = {
	{ DEPTH_CONTROLS, { .kind = OUTCOME_ENTRY_FAILED, .exit_reason = 0x80000021,
			    .qualification = 4 }, ANSWER_ACCEPTED, CONTROLS_ACCEPTED,
	  "entry-failed, exit reason 0x80000021, qualification 0x4" },
	{ DEPTH_STATE, { .kind = OUTCOME_ENTRY_FAILED, .exit_reason = 0x80000022,
			 .qualification = 1 }, ANSWER_ACCEPTED, STATE_ACCEPTED,
	  "entry-failed, exit reason 0x80000022, qualification 0x1" },
	{ DEPTH_STATE, { .kind = OUTCOME_ENTRY_FAILED, .exit_reason = 0x80000021 },
	  ANSWER_REFUSED, "Refused: VM-entry failure 33, invalid guest state: the guest-state area "
	  "is not valid; the control and host-state checks passed.",
	  "entry-failed, exit reason 0x80000021, qualification 0x0" },
	{ DEPTH_CONTROLS, { .kind = OUTCOME_ENTRY_FAILED, .exit_reason = 0x80000022 },
	  ANSWER_UNEXPECTED, "Unexpected: the VM entry failed for another reason than the planted "
	  "one (exit reason 34, VM-entry failure due to MSR loading).",
	  "entry-failed, exit reason 0x80000022, qualification 0x0" },
	{ DEPTH_STATE, { .kind = OUTCOME_ENTRY_FAILED, .exit_reason = 0x80000029 },
	  ANSWER_UNEXPECTED, "Unexpected: the VM entry failed for another reason than the planted "
	  "one (exit reason 41, VM-entry failure due to machine-check event).",
	  "entry-failed, exit reason 0x80000029, qualification 0x0" },
	{ DEPTH_CONTROLS, { .kind = OUTCOME_FAIL_VALID, .insn = INSN_VMLAUNCH, .error = 7 },
	  ANSWER_REFUSED, "Refused: VM-instruction error 7, VM entry with invalid control "
	  "field(s).",
	  "fail-valid, VMLAUNCH, VM-instruction error 7" },
	{ DEPTH_STATE, { .kind = OUTCOME_FAIL_VALID, .insn = INSN_VMLAUNCH, .error = 8 },
	  ANSWER_REFUSED, "Refused: VM-instruction error 8, VM entry with invalid host-state "
	  "field(s).", "fail-valid, VMLAUNCH, VM-instruction error 8" },
	{ DEPTH_CONTROLS, { .kind = OUTCOME_FAIL_VALID, .insn = INSN_VMLAUNCH, .error = 4 },
	  ANSWER_UNEXPECTED, "Unexpected: VMLAUNCH failed with VM-instruction error 4, VMLAUNCH "
	  "with non-clear VMCS.", "fail-valid, VMLAUNCH, VM-instruction error 4" },
	{ DEPTH_CONTROLS, { .kind = OUTCOME_FAIL_VALID, .insn = INSN_VMWRITE, .field = 0x401e,
			    .error = 12 }, ANSWER_UNEXPECTED,
	  "Unexpected: VMWRITE of field 0x401e (Secondary processor-based VM-execution controls) "
	  "failed with VM-instruction error 12, VMREAD/VMWRITE from/to unsupported VMCS component.",
	  "fail-valid, VMWRITE of field 0x401e (Secondary processor-based VM-execution controls), "
	  "VM-instruction error 12" },
	/* Error 7 is a refusal of VMLAUNCH alone. */
	{ DEPTH_CONTROLS, { .kind = OUTCOME_FAIL_VALID, .insn = INSN_VMPTRLD, .error = 7 },
	  ANSWER_UNEXPECTED, "Unexpected: VMPTRLD failed with VM-instruction error 7, VM entry "
	  "with invalid control field(s).", "fail-valid, VMPTRLD, VM-instruction error 7" },
	{ DEPTH_CONTROLS, { .kind = OUTCOME_FAIL_VALID, .insn = INSN_VMLAUNCH, .error = 99 },
	  ANSWER_UNEXPECTED, "Unexpected: VMLAUNCH failed with VM-instruction error 99, a number "
	  "this tool does not know.", "fail-valid, VMLAUNCH, VM-instruction error 99" },
	{ DEPTH_CONTROLS, { .kind = OUTCOME_FAIL_INVALID, .insn = INSN_VMLAUNCH },
	  ANSWER_UNEXPECTED, "Unexpected: VMLAUNCH ended in VMfailInvalid, so no VMCS was current.",
	  "fail-invalid, VMLAUNCH" },
	{ DEPTH_CONTROLS, { .kind = OUTCOME_FAIL_INVALID, .insn = INSN_VMXON }, ANSWER_UNEXPECTED,
	  "Unexpected: VMXON ended in VMfailInvalid.", "fail-invalid, VMXON" },
	{ DEPTH_CONTROLS, { .kind = OUTCOME_FAULT, .insn = INSN_VMXON, .vector = 13 },
	  ANSWER_UNEXPECTED, "Unexpected: VMXON raised #GP.", "fault, VMXON, vector 13" },
	{ DEPTH_CONTROLS, { .kind = OUTCOME_FAULT, .insn = INSN_NONE, .vector = 200 },
	  ANSWER_UNEXPECTED, "Unexpected: a VMX instruction raised vector 200.",
	  "fault, a VMX instruction, vector 200" },
	{ DEPTH_STATE, { .kind = OUTCOME_ENTERED, .exit_reason = 12, .guest_rip = 0x1000 },
	  ANSWER_UNEXPECTED, "Unexpected: the guest was entered although a refusal was planted; it "
	  "left with exit reason 12, HLT.",
	  "entered, exit reason 0x0000000c, qualification 0x0, interruption 0x00000000/0x0, "
	  "IDT-vectoring 0x00000000/0x0, RIP 0x1000" },
	/* At depth "enter" it is what was meant. */
	{ DEPTH_ENTER, { .kind = OUTCOME_ENTERED, .exit_reason = 12, .guest_rip = 0x1000 },
	  ANSWER_ACCEPTED, "Entered: the guest left with exit reason 12, HLT.",
	  "entered, exit reason 0x0000000c, qualification 0x0, interruption 0x00000000/0x0, "
	  "IDT-vectoring 0x00000000/0x0, RIP 0x1000" },
	{ DEPTH_ENTER, { .kind = OUTCOME_ENTRY_FAILED, .exit_reason = 0x80000021 },
	  ANSWER_REFUSED, "Refused: VM-entry failure 33, invalid guest state: the guest-state area "
	  "is not valid; the control and host-state checks passed.",
	  "entry-failed, exit reason 0x80000021, qualification 0x0" },
	{ DEPTH_ENTER, { .kind = OUTCOME_ENTRY_FAILED, .exit_reason = 0x80000022,
			 .qualification = 1 }, ANSWER_UNEXPECTED,
	  "Unexpected: the VM entry failed with exit reason 34, VM-entry failure due to MSR "
	  "loading.",
	  "entry-failed, exit reason 0x80000022, qualification 0x1" },
	{ DEPTH_CONTROLS, { .kind = OUTCOME_NOT_READY, .readiness = READINESS_IN_USE },
	  ANSWER_NONE, "Not run: in use by another hypervisor.", "not-ready, in-use" },
	{ DEPTH_CONTROLS, { .kind = OUTCOME_STOPPED }, ANSWER_NONE,
	  "Not run: an earlier probe of the same request entered the guest.", "stopped" },
	{ DEPTH_CONTROLS, { .kind = OUTCOME_NOT_TESTED, .why = NOT_TESTED_NOT_RECORDED },
	  ANSWER_NONE, "Not tested: the report does not hold this probe.",
	  "not-tested, not-recorded" },
};

static void answers_are_told_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(explain_answer(rows[i].depth, &rows[i].outcome), rows[i].answer);
}

static void outcomes_have_their_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = explain_sentence(rows[i].depth, &rows[i].outcome);

		assert_string_equal(text, rows[i].sentence);
		free(text);
		text = explain_raw(&rows[i].outcome);
		assert_string_equal(text, rows[i].raw);
		free(text);
	}
}

/* The word a sentence begins with is that of its answer. */
static void sentences_agree_with_answers(void **state)
{
	static const char *const words[] = {
		[ANSWER_NONE] = "Not ", [ANSWER_ACCEPTED] = "Accepted: ",
		[ANSWER_REFUSED] = "Refused: ", [ANSWER_UNEXPECTED] = "Unexpected: ",
	};

	(void)state;
	for (int kind = OUTCOME_NOT_TESTED; kind <= OUTCOME_ENTERED; kind++) {
		for (uint32_t number = 0; number < 64; number++) {
			for (int depth = DEPTH_CONTROLS; depth <= DEPTH_STATE; depth++) {
				const struct outcome outcome = {
					.kind = kind, .insn = number & 7, .error = number,
					.exit_reason = 0x80000000 | number, .vector = number,
				};
				const char *word = words[explain_answer(depth, &outcome)];
				char *text = explain_sentence(depth, &outcome);

				assert_memory_equal(text, word, strlen(word));
				free(text);
			}
		}
	}
}

static void guests_are_somewhere(void **state)
{
	static const struct {
		enum guest guest;
		uint32_t program;
		uint64_t rip, cs;
		const char *where;
	} places[] = {
		{ GUEST_LONG, PROGRAM_VMCALL, 0x1150, 0x08, "at the handler of vector 21 (#CP)" },
		{ GUEST_PM32, PROGRAM_VMCALL, 0x1ff0, 0x18, "at the handler of vector 255" },
		{ GUEST_LONG, PROGRAM_NOP, 0x2012, 0x40, "in its program" },
		{ GUEST_LONG, PROGRAM_NOP, 0x2000, 0x40, "at RIP 0x2000" },
		{ GUEST_REAL, PROGRAM_NOP, 0x1010, 0x100, "in its program" },
		{ GUEST_REAL, PROGRAM_NOP, 0x1010, 0, "at the handler of vector 1 (#DB)" },
		{ GUEST_LONG, PROGRAM_JUMP, 0xf000, 0x40, "at RIP 0xf000" },
	};
	uint32_t read[] = { GUEST_CS_SELECTOR };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		const struct group group = { .depth = DEPTH_ENTER, .guest = places[i].guest,
					     .program = places[i].program, .read = read,
					     .n_read = 1 };
		const struct outcome outcome = { .kind = OUTCOME_ENTERED, .exit_reason = 18,
						 .guest_rip = places[i].rip };
		const struct arrival arrival = { .fields = { places[i].cs }, .n_fields = 1 };
		char *text = explain_arrival(&group, &outcome, &arrival), *wanted;

		assert_true(asprintf(&wanted, "Entered: the guest left with exit reason 18, "
				     "VMCALL, %s.", places[i].where) > 0);
		assert_string_equal(text, wanted);
		free(wanted);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(guests_are_somewhere),
		cmocka_unit_test(answers_are_told_apart),
		cmocka_unit_test(outcomes_have_their_sentence),
		cmocka_unit_test(sentences_agree_with_answers),
	};

	return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
