/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which CPUs this machine has, and which of them are to be left alone: those that somebody keeps free
 * of interruptions, of which even reading a register is one.
 */
#ifndef VMXPROBE_HOSTCPUS_H
#define VMXPROBE_HOSTCPUS_H

#include "cpulist.h"
#include "model.h"

#define HOST_CPUS_DIR "/sys/devices/system/cpu"

struct host_cpus {
	struct cpu_list possible, online;
	struct cpu_list isolated, nohz_full;
	struct cpu_list allowed;	/* where this process may run, by taskset(1), cpusets... */
	const struct cpu_list *named;	/* by --cpu; empty or NULL: none */
};

/* By the files of a directory such as HOST_CPUS_DIR; 0 or a negative errno. Clear it in any case. */
int host_cpus_read(struct host_cpus *cpus, const char *dir);
void host_cpus_clear(struct host_cpus *cpus);
/* Why the CPU is not to be asked: a readiness that cpu_left_alone() knows; or READINESS_UNKNOWN. */
enum readiness host_cpus_why(const struct host_cpus *cpus, unsigned int id);
/* Is there any such CPU? */
bool host_cpus_any_alone(const struct host_cpus *cpus);

#endif
