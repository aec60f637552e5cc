/* SPDX-License-Identifier: GPL-2.0 */
/* Reading capabilities without the module; the parts that tests replace. */
#ifndef VMXPROBE_SOURCE_MSR_H
#define VMXPROBE_SOURCE_MSR_H

#include "model.h"

/* How a CPU's registers are read. */
struct msr_access {
	/* 0; -EIO if RDMSR faults; another negative errno if it cannot be tried. */
	int (*rdmsr)(void *priv, unsigned int cpu, uint32_t index, uint64_t *value);
	/* leaf->leaf and leaf->subleaf are given; 0 or a negative errno. */
	int (*cpuid)(void *priv, unsigned int cpu, struct cpuid_leaf *leaf);
	void *priv;
};

/*
 * Fill in leaves, MSRs and readiness of cpu->id. MSRs are read in ascending order, so that
 * each one's condition is known when its turn comes. 0 or a negative errno, then *what says
 * what could not be done (static).
 */
int msr_read_cpu(const struct msr_access *access, struct cpu *cpu, const char **what);

/* The microcode revision by a directory such as HOST_CPUS_DIR, 0 if it does not tell. */
uint32_t msr_microcode(const char *dir, unsigned int cpu);

#endif
