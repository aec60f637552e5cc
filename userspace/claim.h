/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The catalogue of SDM claims: rows of claims_*.def, each with its statement, when it applies,
 * how it is probed and what must come of it. verdict.h judges them.
 */
#ifndef VMXPROBE_CLAIM_H
#define VMXPROBE_CLAIM_H

#include "expr.h"
#include "guest.h"
#include "model.h"

enum claim_kind {
	CLAIM_CAPS,	/* "holds" is an expression over one CPU's own values */
	CLAIM_PROBE,	/* "probes" are made, each with what must come of it; "trials" as well */
	CLAIM_SAME,	/* the values named by "holds" (a list of short names) are equal on all CPUs */
	CLAIM_INFO,	/* no rule: "holds" is an expression whose value is shown */
	CLAIM_FIELDS,	/* "holds" is a rule over the CPU's VMCS fields; see verdict_fields.h */
	CLAIM_EXPERIMENT,	/* "trials" are the module's experiments, likewise */
	CLAIM_NO_ERROR,	/* "holds" is a VM-instruction error number that nothing may ever give */
	CLAIM_NOT_HERE,	/* cannot be probed, or not safely: "holds" says why, in a sentence */
};

/*
 * Probes of one claim that start from the same VMCS.
 *
 * set	"FIELD = expression; …" with the tokens of decode_field_token(), in order; NULL: none
 * sweep "FIELD: from..to, value, …", expressions; NULL: one probe. "bit 16..31" stands for the
 *	values with one of these bits each, "base | bit 16..31" for base with one of them, and
 *	"base ^ bits mask" for base with one bit of the mask turned over; of a mask of 0 none
 * expect what each must end as: alternatives separated by "or", of
 *	F7, F8		VMfailValid of VMLAUNCH with this VM-instruction error
 *	33, 34		entry failure with this basic exit reason; 33/3 with exit qualification 3
 *	or "expression ? these : those", or "skip": not made on this CPU
 *
 * A probe of depth "enter" begins with ENTER() or RUN(), and may have members behind expect. What
 * it expects is F7, 33 and so on if the guest must not be entered, and else a rule over how it was
 * left: an expression in which the names of verdict_enter.h have a value as well.
 *
 * rcx	an expression, the guest's RCX; NULL: 0
 * read	"FIELD, FIELD": read after the exit besides enter_read[]; NULL: none
 * time	the rule has "ticks" in it
 */
struct claim_probe {
	enum depth depth;
	const char *set;
	const char *sweep;
	const char *expect;
	enum guest guest;
	uint32_t program;	/* enum guest_program */
	const char *rcx;
	const char *read;
	bool time;
};

/* A guest that an event sends elsewhere, and one whose program counts. */
#define ENTER(mode) .guest = GUEST_##mode, .depth = DEPTH_ENTER
#define RUN(mode, what) .guest = GUEST_##mode, .program = PROGRAM_##what, .depth = DEPTH_ENTER

#define CLAIM_MAX_PROBES 8

/*
 * One of the module's experiments (experiments.def) by name, and what its observations must be.
 * Those with the same arg, one behind the other, are a repetition; in each the steps must be
 *	step; step; ...		one for each observation, of alternatives separated by "or", of
 *	ok			the instruction succeeded, or something was looked at
 *	invalid			VMfailInvalid
 *	F12			VMfailValid with this VM-instruction error
 *	#UD, #GP, #PF		it raised this exception
 *	33, 34, 33/4, 34/arg	entry failure with this basic exit reason; and this qualification,
 *				an expression
 *	exit18			a guest was entered, and left with this exit reason
 *	any			nothing is expected of this step
 *	ok=expression		so, and what was read has this value; likewise behind "invalid", F12
 *				and exceptions, where it is what became of the arithmetic flags
 * or "expression ? these : those" as above, with "arg" in any expression for what the repetition
 * was made with, or "skip": of this repetition nothing is expected.
 */
struct claim_trial {
	const char *experiment;
	const char *expect;
};

#define CLAIM_MAX_TRIALS 4

struct claim {
	const char *id;		/* stable and readable: "inject.hw.errcode.required" */
	const char *catalogue;	/* its id in the project's catalogue: "A-DEC-MUST1" */
	const char *section;	/* of the SDM, by title */
	const char *statement;	/* in our words */
	const char *when;	/* an expression; NULL: always, on a CPU with VMX */
	const char *note;	/* NULL, or what a reader of a violation must know */
	enum claim_kind kind;
	/*
	 * One of several readings of the SDM: a CPU "follows" it or does not, and breaks nothing
	 * if not.
	 */
	bool reading;
	const char *holds;
	struct claim_probe probes[CLAIM_MAX_PROBES];	/* up to the first without expect */
	struct claim_trial trials[CLAIM_MAX_TRIALS];	/* likewise */
};

/* Does a guest run for it? */
bool claim_enters(const struct claim *claim);

size_t claims_count(void);
const struct claim *claims_get(size_t i);
/* By id or by catalogue id, letter case ignored; NULL if there is none. */
const struct claim *claims_find(const char *id);
/*
 * Does the claim belong to a selection: its id, a dotted prefix of it ("cp"), its catalogue id, or
 * a prefix of that, such as its group's letter? Letter case is ignored.
 */
bool claim_selected(const struct claim *claim, const char *selection);

/*
 * The groups a claim needs on this CPU, appended to *groups (an array to be freed with its
 * members). 0, -ENOMEM, or -EAGAIN if what they hang on is not known; none if it does not apply.
 */
int claim_plan(const struct claim *claim, const struct cpu *cpu, struct group **groups, size_t *n);
/* The same for one row of its probes; whether the claim applies is not looked at. */
int claim_plan_probe(const struct claim_probe *probe, const struct cpu *cpu,
		     struct group **groups, size_t *n);
/* The experiments that its trials need on this CPU, likewise; -EINVAL if there is no such one. */
int claim_plan_trials(const struct claim *claim, const struct cpu *cpu,
		      uint32_t ids[CLAIM_MAX_TRIALS], size_t *n);
void claim_free_groups(struct group *groups, size_t n);
/* Most probes in a group: what a request to the module can carry. */
#define CLAIM_GROUP_PROBES 4096

/*
 * What the probes must end as on this CPU: the expectation without its conditions, such as
 * "33/0 or 34"; to be freed. 0, -ENOMEM, -EAGAIN, -EINVAL. The conditions come first, so that
 * "skip" is known before anything else is.
 */
int claim_expect(const char *expect, const struct cpu *cpu, char **wanted);
/* The same with names, such as those of one repetition of a trial's experiment. */
int claim_expect_with(const char *expect, const struct cpu *cpu, const struct expr_names *names,
		      char **wanted);

#endif
