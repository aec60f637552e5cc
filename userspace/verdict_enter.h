/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a rule says to a guest that was entered; for verdict_probe.c only. These names have a value
 * in such a rule, beside those of the CPU, and 64 bits each:
 *
 *	exit, qual			exit reason, all 32 bits; exit qualification
 *	intr, intr_ec, idt, idt_ec	interruption and IDT-vectoring information, error codes
 *	rip, rax, rdx, cr2, dr6		of the guest at the exit
 *	ticks				how long it took
 *	q0, d0, w0			the first word of 8, 4, 2 bytes on its stack; q1, ...
 *	GUEST_RSP, ...			VMCS fields after the exit, of those that the probe reads
 *	value				of the field that is swept
 *	event, given			VM-entry interruption information, RFLAGS to begin with
 *	handler				where the handler of the event's vector is
 *	start, stack			RIP and RSP to begin with
 *
 * What was not read is not known: a stack that RSP is not in, ticks that nobody asked for.
 */
#ifndef VMXPROBE_VERDICT_ENTER_H
#define VMXPROBE_VERDICT_ENTER_H

#include "expr.h"

/* A probe of depth "enter" and what came of it. */
struct entered {
	struct expr_names names;	/* first */
	const struct group *group;
	size_t i;
	const struct outcome *outcome;
	const struct arrival *arrival;	/* NULL: none */
};

struct entered verdict_entered(const struct group *group, size_t i, const struct outcome *outcome,
			       const struct arrival *arrival);
/* Is what is expected a rule, and not an entry that fails? */
bool verdict_is_rule(const char *wanted);
/* Was it the host that ended the guest, so that it says nothing? */
bool verdict_was_interrupted(const struct outcome *outcome);
/*
 * Was it the module's own timer, which nothing but a machine that stands still lets expire (SMM, a
 * hypervisor that has other things to do)?
 */
bool verdict_ran_out(const struct group *group, const struct outcome *outcome);
/*
 * The terms that a rule rests on with their values, "q0 = 0x2000, GUEST_RSP = 0x3df8"; to be freed,
 * NULL if out of memory.
 */
char *verdict_entered_terms(const struct entered *entered, const char *rule, const struct cpu *cpu);

#endif
