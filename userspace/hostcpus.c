// SPDX-License-Identifier: GPL-2.0
#include "hostcpus.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"

static int read_list(const char *dir, const char *name, struct cpu_list *list)
{
	char *path = out_format("%s/%s", dir, name), *line = NULL;
	FILE *file = fopen(path, "re");
	size_t size = 0;
	int err = 0;

	free(path);
	if (!file)
		return -errno;
	if (getline(&line, &size, file) < 0)
		err = -EIO;
	fclose(file);
	if (!err) {
		line[strcspn(line, "\n")] = '\0';
		err = cpu_list_parse(list, line);
		/* Some kernels write "(null)" for none. */
		if (err == -EINVAL && !strpbrk(line, "0123456789"))
			err = -ENODATA;
	}
	free(line);
	return err;
}

/* A list that may be empty, or not there at all. */
static int read_optional(const char *dir, const char *name, struct cpu_list *list)
{
	int err = read_list(dir, name, list);

	return err == -ENOENT || err == -ENODATA ? 0 : err;
}

static int read_allowed(struct cpu_list *allowed)
{
	const unsigned int max = CPU_LIST_MAX + 1;
	size_t size = CPU_ALLOC_SIZE(max);
	cpu_set_t *set = CPU_ALLOC(max);
	int err = set ? 0 : -ENOMEM;

	if (!err && sched_getaffinity(0, size, set))
		err = -errno;
	for (unsigned int id = 0; !err && id < max; id++)
		if (CPU_ISSET_S(id, size, set))
			err = cpu_list_add(allowed, id);
	if (set)
		CPU_FREE(set);
	return err;
}

int host_cpus_read(struct host_cpus *cpus, const char *dir)
{
	int err = read_list(dir, "possible", &cpus->possible);

	if (!err)
		err = read_list(dir, "online", &cpus->online);
	if (!err)
		err = read_optional(dir, "isolated", &cpus->isolated);
	if (!err)
		err = read_optional(dir, "nohz_full", &cpus->nohz_full);
	return err ? err : read_allowed(&cpus->allowed);
}

void host_cpus_clear(struct host_cpus *cpus)
{
	cpu_list_clear(&cpus->possible);
	cpu_list_clear(&cpus->online);
	cpu_list_clear(&cpus->isolated);
	cpu_list_clear(&cpus->nohz_full);
	cpu_list_clear(&cpus->allowed);
}

enum readiness host_cpus_why(const struct host_cpus *cpus, unsigned int id)
{
	/* Nobody is disturbed on a CPU that is offline. */
	if ((cpus->named && cpu_list_has(cpus->named, id)) || !cpu_list_has(&cpus->online, id))
		return READINESS_UNKNOWN;
	if (cpu_list_has(&cpus->isolated, id))
		return READINESS_ISOLATED;
	if (cpu_list_has(&cpus->nohz_full, id))
		return READINESS_NOHZ_FULL;
	return cpu_list_has(&cpus->allowed, id) ? READINESS_UNKNOWN : READINESS_NOT_ALLOWED;
}

bool host_cpus_any_alone(const struct host_cpus *cpus)
{
	for (size_t i = 0; i < cpus->possible.n; i++)
		if (host_cpus_why(cpus, cpus->possible.ids[i]) != READINESS_UNKNOWN)
			return true;
	return false;
}
