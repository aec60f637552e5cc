// SPDX-License-Identifier: GPL-2.0
#include "dumps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"

char *dumps_path(const char *name)
{
	const char *folder = getenv("VMXPROBE_SILICON");

	if (folder)
		return out_format("%s/%s", folder, name);
	/* The Makefile compiles this by its absolute path. */
	return out_format("%.*s/../../../shared/silicon/%s",
			  (int)(strrchr(__FILE__, '/') - __FILE__), __FILE__, name);
}

json_t *dumps_load(void)
{
	char *path = dumps_path("intel-vmx-msrs.json");
	json_error_t error;
	json_t *dumps = json_load_file(path, 0, &error);

	if (!dumps)
		printf("# skipped: the dumps of real CPUs are not there: %s: %s\n", path,
		       error.text);
	free(path);
	return dumps;
}

const char *dumps_name(const json_t *dump)
{
	const char *name = json_string_value(json_object_get(dump, "file"));
	const char *slash = name ? strrchr(name, '/') : NULL;

	return slash ? slash + 1 : name;
}

static void *room(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	if (!p)
		abort();
	return p;
}

static uint64_t hex(const json_t *value)
{
	return strtoull(json_string_value(value), NULL, 16);
}

static size_t cores(const json_t *msrs)
{
	size_t most = 1;
	const char *key;
	json_t *values;

	json_object_foreach((json_t *)msrs, key, values) {
		if (json_array_size(values) > most)
			most = json_array_size(values);
	}
	return most;
}

static int by_index(const void *a, const void *b)
{
	const struct msr *x = a, *y = b;

	return (x->index > y->index) - (x->index < y->index);
}

static void fill(struct cpu *cpu, const json_t *msrs, const json_t *leaves)
{
	const char *key;
	json_t *values;

	cpu->msrs = room(json_object_size(msrs), sizeof(*cpu->msrs));
	json_object_foreach((json_t *)msrs, key, values) {
		size_t core = cpu->id < json_array_size(values) ? cpu->id : 0;

		cpu->msrs[cpu->n_msrs++] = (struct msr){
			strtoul(key, NULL, 16), MSR_READ, hex(json_array_get(values, core)),
		};
	}
	qsort(cpu->msrs, cpu->n_msrs, sizeof(*cpu->msrs), by_index);
	cpu->leaves = room(json_object_size(leaves), sizeof(*cpu->leaves));
	json_object_foreach((json_t *)leaves, key, values) {
		cpu->leaves[cpu->n_leaves++] = (struct cpuid_leaf){
			strtoul(key, NULL, 16), strtoul(strchr(key, '.') + 1, NULL, 16),
			hex(json_array_get(values, 0)), hex(json_array_get(values, 1)),
			hex(json_array_get(values, 2)), hex(json_array_get(values, 3)),
		};
	}
}

struct host *dumps_host(const json_t *dump)
{
	const json_t *msrs = json_object_get(dump, "msr");
	struct host *host = room(1, sizeof(*host));

	host->hostname = strdup(dumps_name(dump));
	host->source = strdup("dump");
	host->n_cpus = cores(msrs);
	host->cpus = room(host->n_cpus, sizeof(*host->cpus));
	for (size_t i = 0; i < host->n_cpus; i++) {
		host->cpus[i].id = i;
		fill(&host->cpus[i], msrs, json_object_get(dump, "cpuid"));
	}
	return host;
}
