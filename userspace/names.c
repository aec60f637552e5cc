// SPDX-License-Identifier: GPL-2.0
/* Words for the tool's own enumerations, each typed once. */
#include <string.h>

#include "names.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

struct word {
	const char *name, *text;
};

static const struct word readiness_words[] = {
	[READINESS_UNKNOWN] = { "unknown", "not known whether VMXON would work" },
	[READINESS_READY] = { "ready", "ready" },
	[READINESS_NO_VMX] = { "no-vmx", "no VMX: CPUID.01H:ECX.VMX[5] is 0" },
	[READINESS_LOCKED_OFF] = { "locked-off", "VMX is locked off by firmware in "
						 "IA32_FEATURE_CONTROL" },
	[READINESS_UNLOCKED] = { "unlocked", "IA32_FEATURE_CONTROL is not locked, so VMXON "
					     "would fault" },
	[READINESS_IN_USE] = { "in-use", "in use by another hypervisor" },
	[READINESS_OFFLINE] = { "offline", "offline" },
	[READINESS_TRACING] = { "tracing", "Intel PT, BTS or PEBS is tracing" },
	[READINESS_BORROWED] = { "borrowed", "takes VMX operation of its own, where another owner's "
					     "was borrowed" },
	[READINESS_BUSY] = { "busy", "other tasks did not yield the CPU" },
	[READINESS_ISOLATED] = { "isolated", "left alone: isolated" },
	[READINESS_NOHZ_FULL] = { "nohz-full", "left alone: nohz_full" },
	[READINESS_NOT_ALLOWED] = { "not-allowed", "left alone: not among the CPUs that vmxprobe "
						   "may run on" },
};

static const struct word msr_state_words[] = {
	[MSR_ABSENT] = { "absent", "absent" },
	[MSR_READ] = { "read", "read" },
	[MSR_FAULTED] = { "faulted", "faulted" },
};

static const struct word depth_words[] = {
	[DEPTH_CONTROLS] = { "controls", "controls" },
	[DEPTH_STATE] = { "state", "state" },
	[DEPTH_ENTER] = { "enter", "enter" },
};

static const struct word guest_words[] = {
	[GUEST_REAL] = { "real", "real mode" },
	[GUEST_PM32] = { "pm32", "32-bit protected mode" },
	[GUEST_LONG] = { "long", "64-bit mode" },
};

static const struct word program_words[] = {
	[PROGRAM_VMCALL] = { "vmcall", "VMCALL" },
	[PROGRAM_NOP] = { "nop", "NOP; NOP; VMCALL" },
	[PROGRAM_LOOP] = { "loop", "a jump to itself" },
	[PROGRAM_TOUCH] = { "touch", "a load from where nothing is mapped; VMCALL" },
	[PROGRAM_JUMP] = { "jump", "a jump to where nothing is mapped" },
	[PROGRAM_WRITE] = { "write", "a store to read-only memory; VMCALL" },
	[PROGRAM_HLT] = { "hlt", "HLT; VMCALL" },
	[PROGRAM_RDMSR] = { "rdmsr", "RDMSR of ECX; VMCALL" },
	[PROGRAM_MOV_CR3] = { "mov-cr3", "MOV of RAX to CR3; VMCALL" },
	[PROGRAM_VMREAD] = { "vmread", "VMREAD of RCX to RAX; VMCALL" },
};

static const struct word kind_words[] = {
	[OUTCOME_NOT_TESTED] = { "not-tested", "not tested" },
	[OUTCOME_NOT_READY] = { "not-ready", "not run" },
	[OUTCOME_STOPPED] = { "stopped", "stopped" },
	[OUTCOME_FAULT] = { "fault", "fault" },
	[OUTCOME_FAIL_INVALID] = { "fail-invalid", "VMfailInvalid" },
	[OUTCOME_FAIL_VALID] = { "fail-valid", "VMfailValid" },
	[OUTCOME_ENTRY_FAILED] = { "entry-failed", "VM-entry failure" },
	[OUTCOME_ENTERED] = { "entered", "the guest was entered" },
	[OUTCOME_OK] = { "ok", "succeeded" },
	[OUTCOME_WITHHELD] = { "withheld", "withheld" },
};

static const struct word insn_words[] = {
	[INSN_NONE] = { "none", "none" },
	[INSN_VMXON] = { "vmxon", "VMXON" },
	[INSN_VMCLEAR] = { "vmclear", "VMCLEAR" },
	[INSN_VMPTRLD] = { "vmptrld", "VMPTRLD" },
	[INSN_VMREAD] = { "vmread", "VMREAD" },
	[INSN_VMWRITE] = { "vmwrite", "VMWRITE" },
	[INSN_VMLAUNCH] = { "vmlaunch", "VMLAUNCH" },
	[INSN_VMXOFF] = { "vmxoff", "VMXOFF" },
	[INSN_VMPTRST] = { "vmptrst", "VMPTRST" },
	[INSN_VMRESUME] = { "vmresume", "VMRESUME" },
	[INSN_INVEPT] = { "invept", "INVEPT" },
	[INSN_INVVPID] = { "invvpid", "INVVPID" },
	[INSN_VMCALL] = { "vmcall", "VMCALL" },
	[INSN_VMFUNC] = { "vmfunc", "VMFUNC" },
};

static const struct word not_tested_words[] = {
	[NOT_TESTED_NONE] = { "none", "no reason given" },
	[NOT_TESTED_NO_MODULE] = { "no-module", "module not loaded; load it with "
						"\"sudo modprobe vmxprobe\"" },
	[NOT_TESTED_NOT_RECORDED] = { "not-recorded", "the report does not hold this probe" },
	[NOT_TESTED_NO_CONTROL] = { "no-control", "the CPU does not have the control that the "
						  "probe needs" },
	[NOT_TESTED_UNKNOWN_KIND] = { "unknown-kind", "the module's answer is newer than this "
						      "tool" },
	[NOT_TESTED_FAILED] = { "failed", "the source could not be asked" },
	[NOT_TESTED_OLD_MODULE] = { "old-module", "the module is older than this tool and cannot "
						  "do it" },
};

static const struct word *word(const struct word *words, size_t n, size_t i)
{
	static const struct word unknown = { "unknown", "unknown" };

	return i < n && words[i].name ? &words[i] : &unknown;
}

static bool parse(const struct word *words, size_t n, const char *name, size_t *i)
{
	for (*i = 0; *i < n; (*i)++)
		if (words[*i].name && !strcmp(words[*i].name, name))
			return true;
	return false;
}

#define NAME(type, words) \
const char *type##_name(enum type value) \
{ \
	return word(words, ARRAY_SIZE(words), value)->name; \
} \
bool type##_parse(const char *name, enum type *value) \
{ \
	size_t i; \
\
	if (!parse(words, ARRAY_SIZE(words), name, &i)) \
		return false; \
	*value = i; \
	return true; \
}
#define TEXT(type, words) \
const char *type##_text(enum type value) \
{ \
	return word(words, ARRAY_SIZE(words), value)->text; \
}

NAME(readiness, readiness_words)
TEXT(readiness, readiness_words)
NAME(msr_state, msr_state_words)
NAME(depth, depth_words)
NAME(guest, guest_words)
TEXT(guest, guest_words)
NAME(guest_program, program_words)
TEXT(guest_program, program_words)
NAME(outcome_kind, kind_words)
NAME(insn, insn_words)
TEXT(insn, insn_words)
NAME(not_tested, not_tested_words)
TEXT(not_tested, not_tested_words)
