/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The module's experiments by name: fixed sequences of VMX instructions on memory of its own,
 * for what no caller may choose. experiments.def has them all, netlink/vmxprobe.yaml the contract.
 */
#ifndef VMXPROBE_EXPERIMENTS_H
#define VMXPROBE_EXPERIMENTS_H

#include "model.h"

/* What the arg of an observation is. */
enum experiment_arg {
	ARG_NONE,
	ARG_BIT,	/* a bit number */
	ARG_FIELD,	/* a VMCS field encoding */
	ARG_FIELD_BIT,	/* the same in bits 15:0, a bit number in bits 23:16 */
	ARG_MSR,	/* an MSR number */
	ARG_INSN,	/* enum insn */
	ARG_TYPE,	/* of INVEPT or INVVPID */
	ARG_TYPE_BIT,	/* the same in bits 15:8, a bit number in bits 7:0 */
	ARG_PLACE,	/* in a list, from 1 */
	ARG_VALUE,
};

/* What VMPTRST gave, as its observation's value has it. */
enum experiment_region {
	REGION_OTHER,	/* none of the module's */
	REGION_VMXON,
	REGION_VMCS,
	REGION_SECOND,
};

#define REGION_NONE UINT64_MAX	/* no current VMCS */

struct experiment_info {
	uint32_t id;
	const char *name;	/* "vmptrld-revision" */
	enum experiment_arg arg;
	const char *text;	/* what is done, without full stop */
	bool enters;		/* a guest runs */
};

size_t experiments_count(void);
const struct experiment_info *experiments_get(size_t i);
/* NULL if there is none such. */
const struct experiment_info *experiments_find(const char *name);
const struct experiment_info *experiments_find_id(uint32_t id);

/* Repetitions of an experiment whose steps are equal and whose args follow each other. */
struct experiment_run {
	const struct observation *steps;	/* of the first repetition */
	size_t n_steps, count;
	size_t next;				/* where to go on */
};

/* The first run of a zeroed one, else the next; false at the end. */
bool experiments_next_run(const struct experiment *experiment, struct experiment_run *run);

/* Equal but for the arg. */
bool experiments_same_steps(const struct observation *a, const struct observation *b, size_t n);

#endif
