/* SPDX-License-Identifier: GPL-2.0 */
/* What probes saw. The numbers are those of the contract. */
#ifndef VMXPROBE_RESULT_H
#define VMXPROBE_RESULT_H

#include <linux/types.h>
#include "vmxprobe.h"

/*
 * One outcome. Members that do not belong to the kind are 0, so that equal outcomes are equal
 * in memory; there is no padding.
 */
struct vmxprobe_outcome {
	u32 kind;		/* enum vmxprobe_kind */
	u32 readiness;
	u32 insn;
	u32 vector;
	u32 error;
	u32 field;
	u32 exit_reason;
	u32 intr_info;
	u32 intr_error_code;
	u32 idt_info;
	u32 idt_error_code;
	u32 arrival;		/* 1 + its number, 0: none */
	u64 qualification;
	u64 guest_rip;
};

/* How a guest was found at its exit. */
struct vmxprobe_arrival {
	u32 n_fields;
	u32 n_stack;		/* bytes */
	u64 fields[VMXPROBE_MAX_READ];
	u64 rax;
	u64 rdx;
	u64 cr2;
	u64 dr6;
	u64 ticks;		/* 0: not asked for */
	u8 stack[VMXPROBE_STACK_BYTES];
};

/* An index is one byte on the wire. */
#define VMXPROBE_MAX_OUTCOMES	255

/* Different outcomes, and for each probe which of them it was. */
struct vmxprobe_results {
	u32 done;
	u32 n_outcomes;
	u32 n_arrivals;
	struct vmxprobe_outcome outcomes[VMXPROBE_MAX_OUTCOMES];
	u8 index[VMXPROBE_MAX_PROBES];
	struct vmxprobe_arrival arrivals[VMXPROBE_MAX_ARRIVALS];
};

/* False if there is no room for one more different outcome; nothing is then added. */
bool vmxprobe_results_add(struct vmxprobe_results *res, const struct vmxprobe_outcome *out);

/* The outcome of an instruction that ended with a status other than VMX_OK. */
void vmxprobe_outcome_insn(struct vmxprobe_outcome *out, u32 insn, u32 field,
			   unsigned int status);

#endif
