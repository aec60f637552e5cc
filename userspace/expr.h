/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Expressions over what a CPU says of itself. Claims are written in them, so that a rule is
 * one row of a table, and so that the values a verdict rests on can be shown.
 *
 *	BASIC[56]			a bit of a capability MSR, by the MSR's short name
 *	MISC[8:6], BASIC		bits 8 to 6; all 64 bits
 *	P2.1[7], ENTRY.0		of controls: allowed-1 (may be 1), allowed-0 (must be 1)
 *	CPUID.7.0.ECX[7]		CPUID leaf 7, subleaf 0
 *	exists(VMFUNC)			1 if the MSR was read, 0 if it is absent or faulted
 *	unnamed(P2)			the controls that may be 1 and that no table names
 *	arg, rip[7:0]			names that belong to what is judged; only where it has them
 *	0x1f, 12, 1 << 31, ~, &, |, +, -	numbers of 64 bits, as in C; so are 7 and 0 of CPUID
 *	== != < <= > >= ! && ||		as in C
 *	a => b, a <=> b			implies, if and only if
 *	subset(a, b)			every bit of a is in b
 *
 * Short names: those of decode_msr_name() without "IA32_" and "VMX_", such as BASIC, MISC,
 * CR4_FIXED1, EPT_VPID_CAP, FEATURE_CONTROL; ENUM is VMCS_ENUM. Control words: PIN, P1, P2, P3,
 * EXIT, ENTRY, EXIT2; with the letter T before them (TPIN, TP1, TEXIT, TENTRY) the TRUE MSR where
 * BASIC[55] is 1, and the plain one where it is not.
 *
 * An MSR that is absent reads as 0: what it would allow is not there. One that faulted, or that
 * the source does not have, is not known, and what hangs on it is not known either; an operand
 * that decides && or || alone decides it all the same.
 */
#ifndef VMXPROBE_EXPR_H
#define VMXPROBE_EXPR_H

#include "model.h"

enum expr_status {
	EXPR_KNOWN,
	EXPR_UNKNOWN,	/* it hangs on a value that the source does not have */
	EXPR_BAD,	/* no expression; cannot happen for a row that the unit tests have seen */
};

struct expr_name {
	bool known;
	uint64_t value;
};

/* The names of what is judged, such as an experiment's "arg": those that no CPU has. */
struct expr_names {
	/* False if there is no such name. */
	bool (*find)(const struct expr_names *names, const char *name, struct expr_name *found);
};

/* "arg" alone, which is the first member; its value is not known if the source did not say. */
struct expr_arg {
	struct expr_names names;
	struct expr_name value;
};

struct expr_arg expr_arg(bool known, uint64_t value);

/*
 * Called for each term that the value rests on, such as ("BASIC[56]", 0), in order, once for
 * each: of an && that is false the terms of the operand that is, and so on.
 */
typedef void (*expr_seen_fn)(void *arg, const char *term, bool known, uint64_t value);

/* seen may be NULL. *value is 0 unless EXPR_KNOWN. */
enum expr_status expr_eval(const char *text, const struct cpu *cpu, uint64_t *value,
			   expr_seen_fn seen, void *arg);
/* The same with names; NULL: none. */
enum expr_status expr_eval_with(const char *text, const struct cpu *cpu,
				const struct expr_names *names, uint64_t *value,
				expr_seen_fn seen, void *arg);
/*
 * The part of it that decides: of an && that is false the operand that is. To be freed; NULL if
 * out of memory.
 */
char *expr_part(const char *text, const struct cpu *cpu, const struct expr_names *names);
/* Why it is EXPR_UNKNOWN: "RDMSR of IA32_VMX_VMFUNC faulted". To be freed; NULL likewise. */
char *expr_why_unknown(const char *text, const struct cpu *cpu, const struct expr_names *names);

#endif
