/* SPDX-License-Identifier: GPL-2.0 */
/* Judging a claim on a CPU from its values and its evidence. Asks no source. */
#ifndef VMXPROBE_VERDICT_H
#define VMXPROBE_VERDICT_H

#include "claim.h"

enum verdict_kind {
	VERDICT_HOLDS,
	VERDICT_VIOLATED,
	VERDICT_NOT_APPLICABLE,	/* reason: the precondition, and the values that make it false */
	VERDICT_NOT_TESTED,	/* reason: why */
	VERDICT_INFO,		/* no rule; seen is what was found */
};

/* Strings are the verdict's own, NULL where they do not belong to its kind. */
struct verdict {
	const struct claim *claim;
	enum verdict_kind kind;
	char *reason;
	char *expected;		/* of the first probe that broke the rule, or the rule itself */
	char *seen;
	char *reproduce;	/* a command that shows it again */
	size_t probes, broken;	/* that were judged, and of them */
};

/*
 * cpu->evidence holds what was probed. host is for claims about all CPUs. 0 or -ENOMEM; to be
 * cleared by verdict_clear().
 */
int verdict_judge(const struct claim *claim, const struct host *host, const struct cpu *cpu,
		  struct verdict *verdict);
void verdict_clear(struct verdict *verdict);
const char *verdict_name(enum verdict_kind kind);	/* "not-applicable" */

#endif
