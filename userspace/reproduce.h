/* SPDX-License-Identifier: GPL-2.0 */
/* One probe or observation as a person can read it, and as a command that makes it again. */
#ifndef VMXPROBE_REPRODUCE_H
#define VMXPROBE_REPRODUCE_H

#include "experiments.h"
#include "model.h"

/* What probe i of the group sets: "depth state, GUEST_RFLAGS 0x2, …"; to be freed, or NULL. */
char *reproduce_describe(const struct group *group, size_t i);
/*
 * "vmxprobe inject …" where that makes just this probe on this CPU, "vmxprobe probe …" if a guest
 * is entered, else "vmxprobe verify ID"; to be freed, NULL if out of memory.
 */
char *reproduce_command(const char *id, const struct cpu *cpu, const struct group *group,
			size_t i);
/* "vmptrld-revision with bit 5": what the observation was made with; to be freed, or NULL. */
char *reproduce_observation(const struct experiment_info *info, const struct observation *seen);
/* "vmxprobe experiment vmptrld-revision --cpu 0"; to be freed, NULL if out of memory. */
char *reproduce_experiment(const struct experiment_info *info, const struct cpu *cpu);

/* What was seen in another owner's VMX operation is seen there again: " --borrow", or "". */
const char *reproduce_borrow(const struct cpu *cpu);

#endif
