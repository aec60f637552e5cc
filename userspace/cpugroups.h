/* SPDX-License-Identifier: GPL-2.0 */
/* CPUs that are equal in what a command shows, so that it shows it once. */
#ifndef VMXPROBE_CPUGROUPS_H
#define VMXPROBE_CPUGROUPS_H

#include "cpulist.h"
#include "model.h"

struct cpu_group {
	const struct cpu *cpu;	/* one of them */
	struct cpu_list cpus;
};

struct cpu_groups {
	struct cpu_group *list;	/* by their first CPU */
	size_t n;
};

typedef bool (*cpu_same_fn)(const struct cpu *a, const struct cpu *b, const void *arg);

/* 0 or -ENOMEM; clear them in any case. */
int cpu_groups_fold(struct cpu_groups *groups, const struct host *host,
		    const struct cpu_list *cpus, cpu_same_fn same, const void *arg);
void cpu_groups_clear(struct cpu_groups *groups);

#endif
