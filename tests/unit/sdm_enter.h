/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A CPU whose guests really run, and do what the SDM says: what comes of a probe of depth "enter",
 * and how its guest is found. Written from the SDM ("Event Injection", "Interrupt and Exception
 * Handling", "VMX-Preemption Timer") and from guest.h, not from the claims, so that a claim that
 * says something else is found.
 */
#ifndef VMXPROBE_TEST_SDM_ENTER_H
#define VMXPROBE_TEST_SDM_ENTER_H

#include "model.h"

/* What a CPU may get wrong; a claim must notice each. */
enum sdm_bug {
	BUG_NONE,
	BUG_CODE_BY_VECTOR,	/* pushes an error code for the vectors that have one, no others */
	BUG_CODE_IN_REAL_MODE,
	BUG_CODE_TRUNCATED,	/* 8 bits of it */
	BUG_CODE_FOR_SOFT,	/* for interrupts of exceptions' vectors as well */
	BUG_NO_ALIGNMENT,	/* of the stack of a 64-bit guest */
	BUG_NO_LENGTH,		/* software events push RIP as it is */
	BUG_LENGTH_FOR_ALL,
	BUG_FORCED_RF,
	BUG_LOST_TF,		/* not in the RFLAGS that are pushed */
	BUG_KEEPS_TF,		/* in the handler */
	BUG_KEEPS_IF,
	BUG_KEEPS_VM,
	BUG_NO_STACK_SWITCH,
	BUG_WIDE_GATES,		/* 16-bit gates push 4 bytes */
	BUG_DPL_FOR_ALL,
	BUG_DPL_FOR_NONE,
	BUG_BITMAP_FOR_EVENT,	/* the event itself is intercepted */
	BUG_CLEARS_GD,
	BUG_SETS_DR6,
	BUG_SETS_CR2,
	BUG_VALID_STAYS,
	BUG_VECTORING_STAYS,
	BUG_NO_VECTORING,
	BUG_NO_VECTORING_CODE,
	BUG_NO_VECTORING_LENGTH,
	BUG_EXT_ALWAYS,
	BUG_EXT_NEVER,
	BUG_RIP_MOVES,		/* with an exit during delivery */
	BUG_NO_DOUBLE_FAULT,
	BUG_NO_TRIPLE_FAULT,
	BUG_TASK_SOURCE,
	BUG_IF_IGNORED,
	BUG_BLOCKING_STAYS,
	BUG_HLT_STAYS,
	BUG_NO_NMI_BLOCKING,
	BUG_MTF_RUNS,		/* an MTF exit comes after an instruction */
	BUG_MTF_LATE,		/* no MTF exit in front of a handler */
	BUG_MTF_CLEARS,		/* blocking */
	BUG_TIMER_EARLY,	/* before the event is delivered */
	BUG_TIMER_FAST,
	BUG_TIMER_SLOW,
	BUG_TIMER_NOT_SAVED,
	BUG_TIMER_FIRST,	/* before debug traps */
	BUG_WINDOW_FIRST,	/* before the timer */
	BUG_HLT_ACTIVE,		/* an exit out of HLT saves the state active */
	BUG_LOADS_NOTHING,	/* of MSRs */
	BUG_DR7_AS_IS,
	BUG_CR3_COUNT,		/* one more of the CR3-target values counts */
	BUG_LMA,		/* an exit always stores 1 */
	BUG_SHADOW_STACK,	/* is not used */
	BUG_WRITES,		/* read-only pages are written to */
	BUGS,
};

struct sdm_enter {
	bool any_code;		/* IA32_VMX_BASIC[56] */
	bool unrestricted, mtf, virtual_nmi, length_zero;
	bool loads;		/* has CET, PKS, MPX, performance counters, and loads all of them */
	bool hypervisor;
	unsigned int activity;	/* IA32_VMX_MISC[8:6] */
	unsigned int rate;	/* IA32_VMX_MISC[4:0] */
	enum sdm_bug bug;
};

/* The CPU's MSRs and CPUID leaves; free the two arrays. */
struct cpu sdm_enter_cpu(const struct sdm_enter *sdm);
/* What comes of probe i of the group; the arrival is there if it is OUTCOME_ENTERED. */
struct outcome sdm_enter_answer(const struct sdm_enter *sdm, const struct group *group, size_t i,
				struct arrival *arrival);

#endif
