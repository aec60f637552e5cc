// SPDX-License-Identifier: GPL-2.0
#include "cpugroups.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int cpu_groups_fold(struct cpu_groups *groups, const struct host *host,
		    const struct cpu_list *cpus, cpu_same_fn same, const void *arg)
{
	memset(groups, 0, sizeof(*groups));
	groups->list = calloc(cpus->n + 1, sizeof(*groups->list));
	if (!groups->list)
		return -ENOMEM;
	for (size_t i = 0; i < cpus->n; i++) {
		const struct cpu *cpu = host_cpu(host, cpus->ids[i]);
		size_t g = 0;

		while (g < groups->n && !same(groups->list[g].cpu, cpu, arg))
			g++;
		if (g == groups->n)
			groups->list[groups->n++].cpu = cpu;
		if (cpu_list_add(&groups->list[g].cpus, cpu->id))
			return -ENOMEM;
	}
	return 0;
}

void cpu_groups_clear(struct cpu_groups *groups)
{
	for (size_t g = 0; g < groups->n; g++)
		cpu_list_clear(&groups->list[g].cpus);
	free(groups->list);
	memset(groups, 0, sizeof(*groups));
}
