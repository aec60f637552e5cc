/* SPDX-License-Identifier: GPL-2.0 */
/* What the readers of the formats share; for import*.c only. */
#ifndef VMXPROBE_IMPORT_BUILD_H
#define VMXPROBE_IMPORT_BUILD_H

#include <stdio.h>

#include "model.h"

struct import {
	const char *name;	/* of the file */
	unsigned int line;	/* that is being read, from 1 */
	struct host *host;
	struct cpu all;		/* what was given for all CPUs at once */
	long cpu;		/* whose lines these are, -1: of all */
	int section;		/* the format's own */
	uint32_t msr;		/* whose values follow, 0: none; the format's own */
	size_t n_values;	/* of it so far */
	unsigned int width, width_line;	/* values an MSR has, and where that was seen first */
};

struct import_format {
	const char *name;
	/* One line without its end; 0 or a negative value after one sentence. */
	int (*line)(struct import *import, char *line);
	/* The same after the last line; NULL: nothing to do. */
	int (*end)(struct import *import);
};

extern const struct import_format import_instlatx64, import_msrs;

/* CPUs above this number are refused, as in a report. */
#define IMPORT_MAX_CPU 65535

/* "vmxprobe: FILE: line N: <sentence>" on standard error; returns -1. */
int import_error(const struct import *import, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* These add to CPU number "cpu", or to all if it is -1; what is there already is replaced. */
int import_cpu(struct import *import, long cpu);
int import_leaf(struct import *import, long cpu, const struct cpuid_leaf *leaf);
/* MSRs that this tool does not know are passed over. */
int import_msr(struct import *import, long cpu, uint32_t index, enum msr_state state,
	       uint64_t value);

#endif
