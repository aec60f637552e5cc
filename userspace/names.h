/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Words for the tool's own enumerations (model.h). A name is the word used in reports and
 * --json; a text is for people. Both are static and never NULL: a value that is none of the
 * enumeration is "unknown".
 */
#ifndef VMXPROBE_NAMES_H
#define VMXPROBE_NAMES_H

#include "guest.h"
#include "model.h"

const char *readiness_name(enum readiness readiness);	/* "locked-off" */
const char *readiness_text(enum readiness readiness);	/* "VMX is locked off by firmware" */
const char *msr_state_name(enum msr_state state);
const char *depth_name(enum depth depth);
const char *guest_name(enum guest guest);		/* "pm32" */
const char *guest_text(enum guest guest);		/* "32-bit protected mode" */
const char *guest_program_name(enum guest_program program);	/* "nop" */
const char *guest_program_text(enum guest_program program);	/* "NOP; NOP; VMCALL" */
const char *outcome_kind_name(enum outcome_kind kind);	/* "fail-valid" */
const char *insn_name(enum insn insn);			/* "vmlaunch" */
const char *insn_text(enum insn insn);			/* "VMLAUNCH" */
const char *not_tested_name(enum not_tested why);
const char *not_tested_text(enum not_tested why);

/* The reverse of the names; false if the name is none of them. */
bool readiness_parse(const char *name, enum readiness *readiness);
bool msr_state_parse(const char *name, enum msr_state *state);
bool depth_parse(const char *name, enum depth *depth);
bool guest_parse(const char *name, enum guest *guest);
bool guest_program_parse(const char *name, enum guest_program *program);
bool outcome_kind_parse(const char *name, enum outcome_kind *kind);
bool insn_parse(const char *name, enum insn *insn);
bool not_tested_parse(const char *name, enum not_tested *why);

#endif
