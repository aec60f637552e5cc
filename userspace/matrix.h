/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The injection matrix: every type, vector and deliver-error-code bit, for a guest with
 * CR0.PE = 0 and 1, with and without the unrestricted-guest control where the CPU has it.
 * One group of 4,096 probes for each mode.
 */
#ifndef VMXPROBE_MATRIX_H
#define VMXPROBE_MATRIX_H

#include "cpulist.h"
#include "decode.h"
#include "explain.h"
#include "run.h"

#define MATRIX_MODES 4
#define MATRIX_VECTORS 256
#define MATRIX_PROBES (INTR_TYPES * 2 * MATRIX_VECTORS)

struct matrix_mode {
	bool cr0_pe, unrestricted;
	uint8_t cell[INTR_TYPES][2][MATRIX_VECTORS];	/* enum answer; [1]: with an error code */
};

/* What one CPU answered. */
struct matrix {
	struct matrix_mode modes[MATRIX_MODES];
	size_t n_modes;		/* 0: the CPU's capabilities do not allow to ask */
	size_t answered;	/* probes that were run */
	size_t unexpected;	/* of them: neither accepted nor refused */
	struct outcome odd;	/* the first of these, if there are any */
	struct outcome why;	/* the first outcome of those not run, if there are any */
};

/* Plan and run it on these CPUs; 0 or an exit code after one sentence. */
int matrix_run(struct run *run, struct source *src, const struct cpu_list *cpus,
	       const struct probe_options *opt);
/* The same, with the evidence left in cpu->evidence; for reports. */
int matrix_collect(struct source *src, const struct cpu_list *cpus,
		   const struct probe_options *opt, struct run_cost *cost);
void matrix_fold(struct matrix *matrix, const struct run_job *job);
bool matrix_equal(const struct matrix *a, const struct matrix *b);
bool matrix_mode_equal(const struct matrix_mode *a, const struct matrix_mode *b);
/* Was every probe run, and were there any? */
bool matrix_complete(const struct matrix *matrix);
const struct matrix_mode *matrix_mode(const struct matrix *matrix, bool cr0_pe,
				      bool unrestricted);

/* CPUs that answered alike. */
struct matrix_group {
	struct matrix *matrix;
	struct cpu_list cpus;
};

/* Fold all jobs, in the order of each group's first CPU; 0 or an exit code after one sentence. */
int matrix_group_all(const struct run *run, struct matrix_group **groups, size_t *n);
void matrix_free_groups(struct matrix_group *groups, size_t n);

/* The cells of this value as ranges, "8,10-14,17", "none" if there are none; to be freed. */
char *matrix_ranges(const uint8_t cells[MATRIX_VECTORS], unsigned int value);

#endif
