/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The delivery matrix: every type, vector and deliver-error-code bit, delivered to a guest of each
 * mode that the CPU can enter. For each mode there are 4,096 probes in two groups: what has a meaning
 * is entered, what has none, and so should be refused, is tried at depth "controls" alone.
 */
#ifndef VMXPROBE_DELIVER_H
#define VMXPROBE_DELIVER_H

#include "delivery.h"
#include "matrix.h"

#define DELIVER_MODES 3

/* What the matrix has delivered as an error code: none that an exception would have by itself. */
#define DELIVER_ERROR_CODE 0x5a5a

/* One event, for a mode; the matrix sweeps over types, vectors and whether there is a code. */
struct deliver_event {
	enum guest guest;
	uint32_t error_code, length;
};

struct deliver_mode {
	enum guest guest;
	const char *lacks;	/* of deliver_lacks() */
	uint8_t cell[INTR_TYPES][2][MATRIX_VECTORS];	/* enum delivered; [1]: with a code */
	uint32_t detail[INTR_TYPES][2][MATRIX_VECTORS];
	size_t answered;	/* probes that were run */
	size_t unexpected;	/* of them: DELIVERED_UNEXPECTED */
	size_t findings;	/* of them: delivered_finding() */
	struct outcome odd;	/* the first unexpected one */
	struct outcome why;	/* the first of those not run, if there are any */
};

/* What one CPU did, in the modes that were asked for. */
struct deliver {
	struct deliver_mode modes[DELIVER_MODES];
	size_t n_modes;
};

/* The modes to enter, in this order. */
struct deliver_modes {
	enum guest list[DELIVER_MODES];
	size_t n;
};
extern const struct deliver_modes deliver_all;

/*
 * A group that injects what values the caller gives it, into a guest that takes interrupts; as
 * enter_group().
 */
int deliver_group(const struct cpu *cpu, const struct deliver_event *event, struct group *group);
/* What a CPU may lack: what bounds a guest, and what one in real mode needs. */
extern const char deliver_no_guest[], deliver_no_real[];
/* Which of them this CPU lacks for this guest; NULL if none, or if that is not known. */
const char *deliver_lacks(const struct cpu *cpu, enum guest guest);

/* Plan and run it on these CPUs; 0 or an exit code after one sentence. */
int deliver_run(struct run *run, struct source *src, const struct cpu_list *cpus,
		const struct deliver_modes *modes, const struct probe_options *opt);
/* The same in all modes, with the evidence left in cpu->evidence; for reports. */
int deliver_collect(struct source *src, const struct cpu_list *cpus,
		    const struct probe_options *opt, struct run_cost *cost);
void deliver_fold(struct deliver *deliver, const struct deliver_modes *modes,
		  const struct run_job *job);
bool deliver_equal(const struct deliver *a, const struct deliver *b);
bool deliver_mode_equal(const struct deliver_mode *a, const struct deliver_mode *b);
/* Was every probe run of the modes that the CPU can enter, and is there such a mode? */
bool deliver_complete(const struct deliver *deliver);
size_t deliver_findings(const struct deliver *deliver);

/* CPUs that did the same. */
struct deliver_set {
	struct deliver *deliver;
	struct cpu_list cpus;
};

/* Fold all jobs, in the order of each set's first CPU; 0 or an exit code after one sentence. */
int deliver_group_all(const struct run *run, const struct deliver_modes *modes,
		      struct deliver_set **sets, size_t *n);
void deliver_free_sets(struct deliver_set *sets, size_t n);

#endif
