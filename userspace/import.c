// SPDX-License-Identifier: GPL-2.0
/* Building a host from the lines of a dump. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "import.h"
#include "import_build.h"
#include "options.h"
#include "out.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MSR_BIOS_SIGN_ID 0x8b	/* microcode revision in bits 63:32 */

static const struct import_format *const formats[] = { &import_instlatx64, &import_msrs };

const char *import_formats(void)
{
	return "instlatx64, msrs";
}

const struct import_format *import_find(const char *name, const char **near)
{
	const char *names[ARRAY_SIZE(formats) + 1] = { NULL };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(formats); i++) {
		if (!strcmp(name, formats[i]->name))
			return formats[i];
		names[i] = formats[i]->name;
	}
	*near = nearest(name, names);
	return NULL;
}

int import_error(const struct import *import, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	warn_sentence("%s: line %u: %s", import->name, import->line, text ? text : "out of memory");
	free(text);
	return -1;
}

static int no_memory(const struct import *import)
{
	return import_error(import, "out of memory");
}

/* The CPUs stay in ascending order. */
static struct cpu *get_cpu(struct import *import, long id)
{
	struct host *host = import->host;
	struct cpu *cpus;
	size_t at;

	if (id < 0)
		return &import->all;
	for (at = host->n_cpus; at && host->cpus[at - 1].id >= id; at--)
		if (host->cpus[at - 1].id == id)
			return &host->cpus[at - 1];
	cpus = reallocarray(host->cpus, host->n_cpus + 1, sizeof(*cpus));
	if (!cpus)
		return NULL;
	host->cpus = cpus;
	memmove(&cpus[at + 1], &cpus[at], (host->n_cpus - at) * sizeof(*cpus));
	cpus[at] = (struct cpu){ .id = id };
	host->n_cpus++;
	return &cpus[at];
}

int import_cpu(struct import *import, long cpu)
{
	if (cpu > IMPORT_MAX_CPU)
		return import_error(import, "CPU %ld: at most %d is allowed", cpu,
				    IMPORT_MAX_CPU);
	return get_cpu(import, cpu) ? 0 : no_memory(import);
}

static int put_leaf(struct cpu *cpu, const struct cpuid_leaf *leaf)
{
	struct cpuid_leaf *leaves;
	size_t at;

	for (at = 0; at < cpu->n_leaves; at++)
		if (cpu->leaves[at].leaf > leaf->leaf || (cpu->leaves[at].leaf == leaf->leaf &&
							  cpu->leaves[at].subleaf >= leaf->subleaf))
			break;
	if (at == cpu->n_leaves || cpu->leaves[at].leaf != leaf->leaf ||
	    cpu->leaves[at].subleaf != leaf->subleaf) {
		leaves = reallocarray(cpu->leaves, cpu->n_leaves + 1, sizeof(*leaves));
		if (!leaves)
			return -1;
		cpu->leaves = leaves;
		memmove(&leaves[at + 1], &leaves[at], (cpu->n_leaves - at) * sizeof(*leaves));
		cpu->n_leaves++;
	}
	cpu->leaves[at] = *leaf;
	return 0;
}

/* What the module reads as well; the others tell cores apart that are alike. */
static bool wanted_leaf(const struct cpuid_leaf *leaf)
{
	static const struct {
		uint32_t leaf, subleaves;
	} wanted[] = {
		{ 0x0, 1 }, { 0x1, 1 }, { 0x7, 2 }, { 0xa, 1 }, { 0x14, 1 }, { 0x19, 1 },
		{ 0x40000000, 1 }, { 0x80000000, 1 }, { 0x80000001, 1 }, { 0x80000002, 1 },
		{ 0x80000003, 1 }, { 0x80000004, 1 }, { 0x80000008, 1 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wanted); i++)
		if (leaf->leaf == wanted[i].leaf && leaf->subleaf < wanted[i].subleaves)
			return true;
	return false;
}

int import_leaf(struct import *import, long cpu, const struct cpuid_leaf *leaf)
{
	struct cpu *to = get_cpu(import, cpu);

	if (!to || (wanted_leaf(leaf) && put_leaf(to, leaf)))
		return no_memory(import);
	return 0;
}

static int put_msr(struct cpu *cpu, const struct msr *msr)
{
	struct msr *msrs;
	size_t at;

	for (at = 0; at < cpu->n_msrs && cpu->msrs[at].index < msr->index; at++)
		;
	if (at == cpu->n_msrs || cpu->msrs[at].index != msr->index) {
		msrs = reallocarray(cpu->msrs, cpu->n_msrs + 1, sizeof(*msrs));
		if (!msrs)
			return -1;
		cpu->msrs = msrs;
		memmove(&msrs[at + 1], &msrs[at], (cpu->n_msrs - at) * sizeof(*msrs));
		cpu->n_msrs++;
	}
	cpu->msrs[at] = *msr;
	return 0;
}

int import_msr(struct import *import, long cpu, uint32_t index, enum msr_state state,
	       uint64_t value)
{
	const struct msr msr = { index, state, state == MSR_READ ? value : 0 };
	struct cpu *to = get_cpu(import, cpu);

	if (!to)
		return no_memory(import);
	if (index == MSR_BIOS_SIGN_ID && state == MSR_READ)
		to->microcode = value >> 32;
	if (decode_msr_name(index) && put_msr(to, &msr))
		return no_memory(import);
	return 0;
}

/* What was given for all CPUs is true of each that was not given it for itself. */
static int spread(struct import *import, struct cpu *cpu)
{
	const struct cpu *all = &import->all;
	size_t i;

	for (i = 0; i < all->n_msrs; i++)
		if (!cpu_msr(cpu, all->msrs[i].index) && put_msr(cpu, &all->msrs[i]))
			return no_memory(import);
	for (i = 0; i < all->n_leaves; i++)
		if (!cpu_leaf(cpu, all->leaves[i].leaf, all->leaves[i].subleaf) &&
		    put_leaf(cpu, &all->leaves[i]))
			return no_memory(import);
	if (!cpu->microcode)
		cpu->microcode = all->microcode;
	/* Tools report an MSR that is not there as one that could not be read. */
	for (i = 0; i < cpu->n_msrs; i++)
		if (cpu->msrs[i].state == MSR_FAULTED && decode_msr_absent(cpu, cpu->msrs[i].index))
			cpu->msrs[i].state = MSR_ABSENT;
	if (decode_feature(cpu, FEATURE_VMX) == 0)
		cpu->readiness = READINESS_NO_VMX;
	return 0;
}

static int finish(struct import *import)
{
	struct host *host = import->host;
	size_t i, msrs = 0, leaves = 0;

	if (!host->n_cpus && (import->all.n_msrs || import->all.n_leaves) && import_cpu(import, 0))
		return -1;
	for (i = 0; i < host->n_cpus; i++) {
		if (spread(import, &host->cpus[i]))
			return -1;
		msrs += host->cpus[i].n_msrs;
		leaves += host->cpus[i].n_leaves;
	}
	if (msrs || leaves)
		return 0;
	warn_sentence("%s: no line of it holds a capability MSR or a CPUID leaf", import->name);
	return -1;
}

static int read_lines(struct import *import, const struct import_format *format, FILE *file)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t len;
	int err = 0;

	while (!err && (len = getline(&line, &room, file)) >= 0) {
		import->line++;
		while (len && (line[len - 1] == '\n' || line[len - 1] == '\r'))
			line[--len] = '\0';
		if (strlen(line) != (size_t)len)
			err = import_error(import, "a NUL byte: not a text");
		else
			err = format->line(import, line);
	}
	free(line);
	if (!err && ferror(file)) {
		warn_sentence("%s: %m", import->name);
		err = -1;
	}
	if (!err && format->end)
		err = format->end(import);
	return err;
}

struct host *import_read(const struct import_format *format, FILE *file, const char *name)
{
	const char *slash = strrchr(name, '/');
	struct import import = {
		.name = name, .cpu = -1, .host = calloc(1, sizeof(*import.host)),
	};
	int err;

	if (!import.host) {
		warn_sentence("out of memory");
		return NULL;
	}
	import.host->hostname = out_format("%s", slash ? slash + 1 : name);
	import.host->source = out_format("import");
	err = read_lines(&import, format, file);
	if (!err)
		err = finish(&import);
	free(import.all.msrs);
	free(import.all.leaves);
	if (!err)
		return import.host;
	host_free(import.host);
	return NULL;
}
