// SPDX-License-Identifier: GPL-2.0
#include "plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "claim.h"

/* The job's group with this base, made if there is none; NULL if out of memory. */
static struct group *group_for(struct run_job *job, const struct group *base)
{
	struct group empty = *base, *group;

	for (size_t e = 0; e < job->n_ev; e++)
		if (group_same_base(&job->ev[e].group, base))
			return &job->ev[e].group;
	empty.values = NULL;
	empty.n_values = 0;
	group = run_add_group(job);
	if (group && group_copy(group, &empty)) {
		job->n_ev--;
		return NULL;
	}
	return group;
}

static int add_values(struct group *to, const uint64_t *list, size_t n)
{
	uint64_t *values = reallocarray(to->values, to->n_values + n + 1, sizeof(*values));

	if (!values)
		return -ENOMEM;
	to->values = values;
	if (n)
		memcpy(&values[to->n_values], list, n * sizeof(*list));
	to->n_values += n;
	return 0;
}

int plan_add(struct run_job *job, const struct group *group)
{
	struct group *to = group_for(job, group);

	return to ? add_values(to, group->values, group->n_values) : -ENOMEM;
}

static int compare(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

/* Is there evidence of the probe with this value, or of the group's only one? */
static bool is_known(const struct cpu *cpu, const struct group *group, uint64_t value)
{
	for (size_t e = 0; e < cpu->n_evidence; e++) {
		const struct group *known = &cpu->evidence[e].group;

		if (group_same_base(known, group) &&
		    group_find(known, value) < group_probes(known))
			return true;
	}
	return false;
}

/* Each value once, ascending, and of those that are not known already. */
static void tidy(struct group *group, const struct cpu *known)
{
	size_t n = 0;

	qsort(group->values, group->n_values, sizeof(*group->values), compare);
	for (size_t i = 0; i < group->n_values; i++) {
		uint64_t value = group->values[i];

		if (n && group->values[n - 1] == value)
			continue;
		if (!known || !is_known(known, group, value))
			group->values[n++] = value;
	}
	group->n_values = n;
}

static void remove_group(struct run_job *job, size_t e)
{
	evidence_clear(&job->ev[e]);
	memmove(&job->ev[e], &job->ev[e + 1], (--job->n_ev - e) * sizeof(*job->ev));
}

/* What a request cannot carry becomes a group of its own. */
static int split(struct run_job *job, size_t e)
{
	while (job->ev[e].group.n_values > CLAIM_GROUP_PROBES) {
		struct group *rest = run_add_group(job), *group = &job->ev[e].group, base = *group;
		size_t at = group->n_values - CLAIM_GROUP_PROBES;

		base.values = &group->values[at];
		base.n_values = CLAIM_GROUP_PROBES;
		if (!rest)
			return -ENOMEM;
		if (group_copy(rest, &base)) {
			job->n_ev--;
			return -ENOMEM;
		}
		group->n_values = at;
	}
	return 0;
}

int plan_finish(struct run_job *job, bool fresh_only)
{
	struct cpu *cpu = job->cpu;

	for (size_t e = 0; fresh_only && e < cpu->n_evidence; e++)
		if (group_index(&cpu->evidence[e].group))
			return -ENOMEM;
	for (size_t e = 0; e < job->n_ev;) {
		struct group *group = &job->ev[e].group;

		if (group->sweep_field)
			tidy(group, fresh_only ? cpu : NULL);
		if (group->sweep_field ? !group->n_values :
					 fresh_only && is_known(cpu, group, 0))
			remove_group(job, e);
		else if (split(job, e))
			return -ENOMEM;
		else
			e++;
	}
	return 0;
}
