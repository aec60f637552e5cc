/* SPDX-License-Identifier: GPL-2.0 */
/* Sets of Linux CPU numbers, written as the kernel writes them: "0-3,7". */
#ifndef VMXPROBE_CPULIST_H
#define VMXPROBE_CPULIST_H

#include <stdbool.h>
#include <stddef.h>

/* CPU numbers above this are refused: no kernel has as many. */
#define CPU_LIST_MAX 65535

struct cpu_list {
	unsigned int *ids;	/* ascending, each once */
	size_t n;
};

/* 0, -EINVAL (not a list, or empty), -ERANGE (over CPU_LIST_MAX), -ENOMEM. */
int cpu_list_parse(struct cpu_list *list, const char *text);
int cpu_list_add(struct cpu_list *list, unsigned int id);
bool cpu_list_has(const struct cpu_list *list, unsigned int id);
/* "0-3,7", to be freed; NULL if out of memory. */
char *cpu_list_format(const struct cpu_list *list);
/* "CPU 4" or "CPUs 0-3,7", to be freed; never NULL. */
char *cpu_list_label(const struct cpu_list *list);
void cpu_list_clear(struct cpu_list *list);

#endif
