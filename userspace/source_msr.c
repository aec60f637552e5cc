// SPDX-License-Identifier: GPL-2.0
/*
 * Capabilities without the module: MSRs through /dev/cpu/N/msr, CPUID on the CPU itself. What
 * needs a VM entry, and CR4.VMXE, cannot be known this way.
 */
#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "decode.h"
#include "exit.h"
#include "out.h"
#include "source.h"
#include "source_msr.h"

/* What identifies a CPU or matters to VMX; the same that the module sends, and the brand. */
static const struct {
	uint32_t leaf, subleaf;
} wanted[] = {
	{ 0x0, 0 }, { 0x1, 0 }, { 0x7, 0 }, { 0x7, 1 }, { 0xa, 0 }, { 0x14, 0 }, { 0x19, 0 },
	{ 0x40000000, 0 }, { 0x80000000, 0 }, { 0x80000001, 0 }, { 0x80000002, 0 },
	{ 0x80000003, 0 }, { 0x80000004, 0 }, { 0x80000008, 0 },
};

#define N_WANTED (sizeof(wanted) / sizeof(wanted[0]))

/* Above the highest leaf of its range CPUID repeats another leaf. */
static bool leaf_exists(const struct cpu *cpu, uint32_t number)
{
	const struct cpuid_leaf *base;

	if (number == 0 || number == 0x80000000)
		return true;
	if (number >> 16 == 0x4000)
		return decode_feature(cpu, FEATURE_HYPERVISOR) == 1;
	base = cpu_leaf(cpu, number & 0x80000000, 0);
	return base && base->eax >= number;
}

static enum readiness judge(const struct cpu *cpu)
{
	const struct msr *control = cpu_msr(cpu, MSR_IA32_FEATURE_CONTROL);

	if (decode_feature(cpu, FEATURE_VMX) != 1)
		return READINESS_NO_VMX;
	if (control->state == MSR_READ && !(control->value & 1))
		return READINESS_UNLOCKED;
	if (control->state == MSR_READ && !(control->value & 4))
		return READINESS_LOCKED_OFF;
	return READINESS_UNKNOWN;
}

int msr_read_cpu(const struct msr_access *access, struct cpu *cpu, const char **what)
{
	uint32_t index;
	size_t i, n = 0;
	int err;

	while (decode_msr(n))
		n++;
	cpu->leaves = calloc(N_WANTED, sizeof(*cpu->leaves));
	cpu->msrs = calloc(n, sizeof(*cpu->msrs));
	if (!cpu->leaves || !cpu->msrs) {
		*what = "memory";
		return -ENOMEM;
	}
	*what = "CPUID";
	for (i = 0; i < N_WANTED; i++) {
		struct cpuid_leaf leaf = { wanted[i].leaf, wanted[i].subleaf, 0, 0, 0, 0 };

		if (!leaf_exists(cpu, leaf.leaf))
			continue;
		err = access->cpuid(access->priv, cpu->id, &leaf);
		if (err)
			return err;
		cpu->leaves[cpu->n_leaves++] = leaf;
	}
	*what = "the MSR device";
	for (i = 0; (index = decode_msr(i)); i++) {
		struct msr *msr = &cpu->msrs[cpu->n_msrs];

		msr->index = index;
		msr->state = MSR_ABSENT;
		if (decode_msr_exists(cpu, index)) {
			err = access->rdmsr(access->priv, cpu->id, index, &msr->value);
			if (err && err != -EIO)
				return err;
			msr->state = err ? MSR_FAULTED : MSR_READ;
			if (err)
				msr->value = 0;
		}
		cpu->n_msrs++;
	}
	cpu->readiness = judge(cpu);
	return 0;
}

static int read_line(const char *path, char *line, int size)
{
	FILE *file = fopen(path, "re");
	int err = 0;

	if (!file)
		return -errno;
	if (!fgets(line, size, file))
		err = -EIO;
	else
		line[strcspn(line, "\n")] = '\0';
	fclose(file);
	return err;
}

uint32_t msr_microcode(const char *dir, unsigned int cpu)
{
	char *path = out_format("%s/cpu%u/microcode/version", dir, cpu), line[32];
	uint64_t version = 0;

	if (!read_line(path, line, sizeof(line)))
		decode_parse_number(line, UINT32_MAX, &version);
	free(path);
	return version;
}

/* The MSR devices; the one last used is kept open. */
struct device {
	int fd;
	unsigned int cpu;
};

static int device_rdmsr(void *priv, unsigned int cpu, uint32_t index, uint64_t *value)
{
	struct device *dev = priv;
	char path[40];
	ssize_t got;

	if (dev->fd < 0 || dev->cpu != cpu) {
		if (dev->fd >= 0)
			close(dev->fd);
		snprintf(path, sizeof(path), "/dev/cpu/%u/msr", cpu);
		dev->fd = open(path, O_RDONLY | O_CLOEXEC);
		if (dev->fd < 0)
			return -errno;
		dev->cpu = cpu;
	}
	got = pread(dev->fd, value, sizeof(*value), index);
	if (got == sizeof(*value))
		return 0;
	return got < 0 ? -errno : -ENODATA;
}

/* CPUID needs no device: go to the CPU and ask it. */
static int local_cpuid(void *priv, unsigned int cpu, struct cpuid_leaf *leaf)
{
	size_t size = CPU_ALLOC_SIZE(CPU_LIST_MAX + 1);
	cpu_set_t *home = CPU_ALLOC(CPU_LIST_MAX + 1), *there = CPU_ALLOC(CPU_LIST_MAX + 1);
	int err = 0;

	(void)priv;
	if (!home || !there) {
		err = -ENOMEM;
		goto out;
	}
	CPU_ZERO_S(size, there);
	CPU_SET_S(cpu, size, there);
	if (sched_getaffinity(0, size, home) || sched_setaffinity(0, size, there)) {
		err = -errno;
		goto out;
	}
	__cpuid_count(leaf->leaf, leaf->subleaf, leaf->eax, leaf->ebx, leaf->ecx, leaf->edx);
	sched_setaffinity(0, size, home);
out:
	if (home)
		CPU_FREE(home);
	if (there)
		CPU_FREE(there);
	return err;
}

static int complain(unsigned int cpu, const char *what, int err)
{
	if (err == -ENOENT)
		warn_sentence("/dev/cpu/%u/msr is not there; \"modprobe msr\" makes it", cpu);
	else if (err == -EACCES || err == -EPERM)
		warn_sentence("reading MSRs of CPU %u is not permitted; it takes root, and a "
			      "kernel that is not locked down", cpu);
	else
		warn_sentence("CPU %u: %s: %s", cpu, what, strerror(-err));
	return EXIT_MODULE;
}

static int msr_probe(struct source *src, unsigned int cpu, struct evidence *ev, size_t n,
		     const struct probe_options *opt, struct probe_report *report,
		     void (*progress)(void *arg, size_t probes), void *arg)
{
	static const struct outcome outcome = {
		.kind = OUTCOME_NOT_TESTED,
		.why = NOT_TESTED_NO_MODULE,
	};
	size_t g, i, probes;

	(void)src;
	(void)cpu;
	(void)opt;
	(void)report;
	for (g = 0; g < n; g++) {
		probes = group_probes(&ev[g].group);
		for (i = 0; i < probes; i++) {
			if (evidence_set(&ev[g], i, &outcome, NULL)) {
				warn_sentence("out of memory");
				return EXIT_INCOMPLETE;
			}
		}
		if (progress)
			progress(arg, probes);
	}
	return 0;
}

static void msr_close(struct source *src)
{
	host_free(src->host);
	src->host = NULL;
}

static int msr_fields(struct source *src, struct cpu *cpu, const struct probe_options *opt,
		      struct window_stats *stats)
{
	(void)src;
	(void)opt;
	(void)stats;
	cpu->fields.why = (struct outcome){ .why = NOT_TESTED_NO_MODULE };
	return 0;
}

static int msr_experiment(struct source *src, struct cpu *cpu, uint32_t id,
			  const struct probe_options *opt, struct probe_report *report)
{
	struct experiment experiment = { .id = id, .why = { .why = NOT_TESTED_NO_MODULE } };

	(void)src;
	(void)opt;
	(void)report;
	if (!cpu_take_experiment(cpu, &experiment))
		return 0;
	warn_sentence("out of memory");
	return EXIT_INCOMPLETE;
}

static const struct source_ops msr_ops = {
	.name = "msr",
	.probe = msr_probe,
	.fields = msr_fields,
	.experiment = msr_experiment,
	.close = msr_close,
};

static int fill(struct host *host, const struct host_cpus *cpus)
{
	struct device dev = { .fd = -1 };
	const struct msr_access access = { device_rdmsr, local_cpuid, &dev };
	const char *what = NULL;
	struct cpu *cpu;
	size_t i;
	int err = 0;

	host->cpus = calloc(cpus->possible.n, sizeof(*host->cpus));
	if (!host->cpus)
		return complain(cpus->possible.ids[0], "memory", -ENOMEM);
	for (i = 0; i < cpus->possible.n && !err; i++) {
		cpu = &host->cpus[host->n_cpus++];
		cpu->id = cpus->possible.ids[i];
		cpu->readiness = cpu_list_has(&cpus->online, cpu->id) ?
				 host_cpus_why(cpus, cpu->id) : READINESS_OFFLINE;
		if (cpu->readiness != READINESS_UNKNOWN)
			continue;
		cpu->microcode = msr_microcode(HOST_CPUS_DIR, cpu->id);
		err = msr_read_cpu(&access, cpu, &what);
		if (err)
			err = complain(cpu->id, what, err);
	}
	if (dev.fd >= 0)
		close(dev.fd);
	return err;
}

int source_open_msr(struct source *src, const struct host_cpus *cpus)
{
	struct host *host = calloc(1, sizeof(*host));
	struct utsname uts;
	int err;

	if (!host) {
		warn_sentence("out of memory");
		return EXIT_INCOMPLETE;
	}
	if (!uname(&uts)) {
		host->hostname = strdup(uts.nodename);
		host->kernel = strdup(uts.release);
	}
	host->source = strdup(msr_ops.name);
	err = fill(host, cpus);
	if (err) {
		host_free(host);
		return err;
	}
	src->ops = &msr_ops;
	src->host = host;
	return 0;
}
