/* SPDX-License-Identifier: GPL-2.0 */
/* What a name in an expression stands for; for expr.c only. */
#ifndef VMXPROBE_EXPR_VALUE_H
#define VMXPROBE_EXPR_VALUE_H

#include "model.h"

/* A term without its slice: BASIC, TENTRY.1, CPUID.7.0.ECX. */
struct expr_place {
	enum { PLACE_MSR, PLACE_CPUID } kind;
	uint32_t index;		/* of the MSR; of the TRUE one if "truth" */
	uint32_t plain;		/* truth: what speaks where BASIC[55] is 0 */
	bool truth;
	int half;		/* 0, 1: allowed-0, allowed-1; -1: all of the MSR */
	uint32_t leaf, subleaf;
	unsigned int reg;	/* 0 to 3: EAX to EDX */
	unsigned int bits;	/* how many it has */
};

/* The place that the n characters at text name; false if they name none. */
bool expr_place_find(const char *text, size_t n, struct expr_place *place);
/* False if the value is not known. */
bool expr_place_value(const struct expr_place *place, const struct cpu *cpu, uint64_t *value);
/* Whether the MSR was read; false if the source does not have it. */
bool expr_place_exists(const struct expr_place *place, const struct cpu *cpu, uint64_t *value);
/* The controls of an MSR that may be 1 and have no name, by their place in the control word. */
bool expr_place_unnamed(const struct expr_place *place, const struct cpu *cpu, uint64_t *value);
/* Why a value is not known, as a sentence part to be freed; NULL if out of memory. */
char *expr_place_why(const struct expr_place *place, const struct cpu *cpu);

#endif
