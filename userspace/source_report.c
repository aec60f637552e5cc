// SPDX-License-Identifier: GPL-2.0
/* A recorded report as a source: it answers what it holds, and nothing else. */
#include <stdlib.h>
#include <string.h>

#include "exit.h"
#include "out.h"
#include "report.h"
#include "source.h"

/* What a probe writes on top of the baseline: the last value of each field, by field. */
struct writes {
	struct field_value list[REPORT_MAX_SETS + 1];
	size_t n;
};

static void write_field(struct writes *writes, uint32_t field, uint64_t value)
{
	size_t i = writes->n;

	while (i && writes->list[i - 1].field > field)
		i--;
	if (i && writes->list[i - 1].field == field) {
		writes->list[i - 1].value = value;
		return;
	}
	if (writes->n == sizeof(writes->list) / sizeof(writes->list[0]))
		return;
	memmove(&writes->list[i + 1], &writes->list[i],
		(writes->n - i) * sizeof(writes->list[0]));
	writes->list[i] = (struct field_value){ field, value };
	writes->n++;
}

static void write_group(struct writes *writes, const struct group *group)
{
	size_t i;

	writes->n = 0;
	for (i = 0; i < group->n_set; i++)
		write_field(writes, group->set[i].field, group->set[i].value);
}

static bool same_writes(const struct writes *a, const struct writes *b)
{
	size_t i;

	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++)
		if (a->list[i].field != b->list[i].field || a->list[i].value != b->list[i].value)
			return false;
	return true;
}

/* Take the field out; false if nothing writes it. */
static bool take_field(struct writes *writes, uint32_t field, uint64_t *value)
{
	size_t i;

	for (i = 0; i < writes->n && writes->list[i].field != field;)
		i++;
	if (i == writes->n)
		return false;
	*value = writes->list[i].value;
	memmove(&writes->list[i], &writes->list[i + 1],
		(writes->n - i - 1) * sizeof(writes->list[0]));
	writes->n--;
	return true;
}

/* The outcome of the recorded probe that writes just this; NULL if there is none. */
static const struct outcome *find_in(const struct evidence *ev, const struct writes *asked)
{
	struct writes base, rest = *asked;
	uint64_t value = 0, other;
	size_t k, n = ev->n_index;

	write_group(&base, &ev->group);
	if (!ev->group.sweep_field)
		return n && same_writes(&rest, &base) ? evidence_outcome(ev, 0) : NULL;
	/* What is swept comes last and counts, whatever the base has there. */
	take_field(&base, ev->group.sweep_field, &other);
	if (!take_field(&rest, ev->group.sweep_field, &value) || !same_writes(&rest, &base))
		return NULL;
	k = group_find(&ev->group, value);
	return k < n ? evidence_outcome(ev, k) : NULL;
}

/* The recorded outcome of what probe i of the group writes; NULL if there is none. */
static const struct outcome *find(const struct cpu *cpu, const struct group *group, size_t i)
{
	const struct outcome *outcome = NULL;
	struct writes asked;
	size_t e;

	write_group(&asked, group);
	if (group->sweep_field)
		write_field(&asked, group->sweep_field, group_value(group, i));
	for (e = 0; e < cpu->n_evidence && !outcome; e++)
		if (cpu->evidence[e].group.depth == group->depth)
			outcome = find_in(&cpu->evidence[e], &asked);
	return outcome;
}

/*
 * A group that was recorded just so, as those of the matrix are, has its values in the same
 * order: no need to search for each of them.
 */
static const struct evidence *find_group(const struct cpu *cpu, const struct group *group)
{
	size_t e, i, n = group_probes(group);

	for (e = 0; e < cpu->n_evidence; e++) {
		const struct group *recorded = &cpu->evidence[e].group;

		if (!group_same_base(recorded, group) || group_probes(recorded) != n)
			continue;
		for (i = 0; i < n && group_value(recorded, i) == group_value(group, i);)
			i++;
		if (i == n)
			return &cpu->evidence[e];
	}
	return NULL;
}

static int report_probe(struct source *src, unsigned int id, struct evidence *ev, size_t n,
			const struct probe_options *opt, struct probe_report *report,
			void (*progress)(void *arg, size_t probes), void *arg)
{
	static const struct outcome missing = {
		.kind = OUTCOME_NOT_TESTED,
		.why = NOT_TESTED_NOT_RECORDED,
	};
	const struct cpu *cpu = host_cpu(src->host, id);
	const struct outcome *outcome;
	const struct evidence *whole;
	size_t g, i, probes;

	(void)opt;
	(void)report;
	for (g = 0; g < n; g++) {
		probes = group_probes(&ev[g].group);
		whole = cpu ? find_group(cpu, &ev[g].group) : NULL;
		for (i = 0; i < probes; i++) {
			if (whole)
				outcome = evidence_outcome(whole, i);
			else
				outcome = cpu ? find(cpu, &ev[g].group, i) : NULL;
			if (evidence_set(&ev[g], i, outcome ? outcome : &missing, NULL)) {
				warn_sentence("out of memory");
				return EXIT_INCOMPLETE;
			}
		}
		if (progress)
			progress(arg, probes);
	}
	return 0;
}

static void report_close(struct source *src)
{
	host_free(src->host);
	src->host = NULL;
}

static const struct source_ops report_ops = {
	.name = "report",
	.probe = report_probe,
	.close = report_close,
};

int source_open_report(struct source *src, const char *path)
{
	src->host = report_load(path);
	if (!src->host)
		return EXIT_USAGE;
	for (size_t c = 0; c < src->host->n_cpus; c++)
		for (size_t e = 0; e < src->host->cpus[c].n_evidence; e++)
			if (group_index(&src->host->cpus[c].evidence[e].group)) {
				warn_sentence("out of memory");
				return EXIT_INCOMPLETE;
			}
	src->ops = &report_ops;
	return 0;
}
