/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The catalogue of SDM claims: rows of claims_*.def, each with its statement, when it applies,
 * how it is probed and what must come of it. verdict.h judges them.
 */
#ifndef VMXPROBE_CLAIM_H
#define VMXPROBE_CLAIM_H

#include "model.h"

enum claim_kind {
	CLAIM_CAPS,	/* "holds" is an expression over one CPU's own values */
	CLAIM_PROBE,	/* "probes" are made, each with what must come of it */
	CLAIM_SAME,	/* the values named by "holds" (a list of short names) are equal on all CPUs */
	CLAIM_INFO,	/* no rule: "holds" is an expression whose value is shown */
	CLAIM_NOT_HERE,	/* cannot be probed, or not safely: "holds" says why, in a sentence */
};

/*
 * Probes of one claim that start from the same VMCS.
 *
 * set	"FIELD = expression; …" with the tokens of decode_field_token(), in order; NULL: none
 * sweep "FIELD: from..to, value, …", expressions; NULL: one probe
 * expect what each must end as: alternatives separated by "or", of
 *	F7, F8		VMfailValid of VMLAUNCH with this VM-instruction error
 *	33, 34		entry failure with this basic exit reason; 33/3 with exit qualification 3
 *	or "expression ? these : those".
 */
struct claim_probe {
	enum depth depth;
	const char *set;
	const char *sweep;
	const char *expect;
};

#define CLAIM_MAX_PROBES 8

struct claim {
	const char *id;		/* stable and readable: "inject.hw.errcode.required" */
	const char *catalogue;	/* its id in the project's catalogue: "A-DEC-MUST1" */
	const char *section;	/* of the SDM, by title */
	const char *statement;	/* in our words */
	const char *when;	/* an expression, NULL: always */
	const char *note;	/* NULL, or what a reader of a violation must know */
	enum claim_kind kind;
	const char *holds;
	struct claim_probe probes[CLAIM_MAX_PROBES];	/* up to the first without expect */
};

size_t claims_count(void);
const struct claim *claims_get(size_t i);
/* By id or by catalogue id, letter case ignored; NULL if there is none. */
const struct claim *claims_find(const char *id);
/* Does the claim belong to a selection: its id, a dotted prefix of it ("cp"), or its group's letter? */
bool claim_selected(const struct claim *claim, const char *selection);

/*
 * The groups a claim needs on this CPU, appended to *groups (an array to be freed with its
 * members). 0, -ENOMEM, or -EAGAIN if what they hang on is not known; none if it does not apply.
 */
int claim_plan(const struct claim *claim, const struct cpu *cpu, struct group **groups, size_t *n);

#endif
