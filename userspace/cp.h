/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Does #CP have an error code when it is injected? With IA32_VMX_BASIC[56] = 0 two readings of
 * the SDM ("Checks on VMX Controls") stand against each other:
 *
 * - literal: the vectors that carry one are listed (8, 10-14, 17), and 21 is not among them;
 * - footnote: #CP carries one if and only if IA32_VMX_CR4_FIXED1[23] allows CR4.CET = 1.
 *
 * With IA32_VMX_BASIC[56] = 1 any hardware exception may or may not carry one.
 */
#ifndef VMXPROBE_CP_H
#define VMXPROBE_CP_H

#include "matrix.h"

struct cp_answer {
	int any_code;			/* IA32_VMX_BASIC[56]; -1: unknown */
	int cet;			/* IA32_VMX_CR4_FIXED1[23]; -1: unknown */
	enum answer without, with;	/* an error code, in a guest with CR0.PE = 1 */
};

enum cp_verdict {
	CP_NOT_TESTED,
	CP_FREE,	/* BASIC[56] = 1, and both forms are accepted as it promises */
	CP_AGREED,	/* both readings say the same, and so does the CPU */
	CP_LITERAL,
	CP_FOOTNOTE,
	CP_NEITHER,	/* the CPU does what no reading says */
};

struct cp_answer cp_answer(const struct cpu *cpu, const struct matrix *matrix);
enum cp_verdict cp_verdict(const struct cp_answer *answer);
const char *cp_verdict_name(enum cp_verdict verdict);
/*
 * Two or three sentences, to be freed: what is enumerated, what was seen or why nothing was,
 * what follows.
 */
char *cp_explain(const struct cp_answer *answer, const struct outcome *why);
/*
 * What was delivered with a #CP to a guest in 64-bit mode, a sentence to be freed; "" if the CPU has
 * no evidence of that.
 */
char *cp_delivered(const struct cpu *cpu);

#endif
