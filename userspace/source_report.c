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

/* What was seen of a probe, and in which group. */
struct found {
	const struct evidence *ev;
	const struct outcome *outcome;	/* NULL: it was not recorded */
};

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

/* Into the same guest, of which the recorded group tells all that is asked. */
static bool same_entry(const struct group *recorded, const struct group *asked)
{
	if (recorded->depth != asked->depth || recorded->guest != asked->guest ||
	    recorded->program != asked->program || recorded->rcx != asked->rcx ||
	    recorded->time < asked->time)
		return false;
	for (size_t i = 0; i < asked->n_read; i++) {
		size_t k = 0;

		while (k < recorded->n_read && recorded->read[k] != asked->read[i])
			k++;
		if (k == recorded->n_read)
			return false;
	}
	return true;
}

/* What was read as the group that asks wants it: its fields, in its order. */
static void select_read(const struct group *recorded, const struct group *asked,
			const struct arrival *from, struct arrival *to)
{
	*to = *from;
	to->n_fields = asked->n_read;
	for (size_t i = 0; i < asked->n_read; i++)
		for (size_t k = 0; k < recorded->n_read && k < from->n_fields; k++)
			if (recorded->read[k] == asked->read[i])
				to->fields[i] = from->fields[k];
	if (!asked->time)
		to->ticks = 0;
}

/* That a field could not be read is an answer to who asks for it only. */
static bool answers(const struct group *asked, const struct outcome *outcome)
{
	if (outcome->insn != INSN_VMREAD || asked->depth != DEPTH_ENTER)
		return true;
	for (size_t i = 0; i < asked->n_read; i++)
		if (asked->read[i] == outcome->field)
			return true;
	return false;
}

/* The recorded outcome of what probe i of the group writes. */
static struct found find(const struct cpu *cpu, const struct group *group, size_t i)
{
	struct found found = { 0 };
	struct writes asked;

	write_group(&asked, group);
	if (group->sweep_field)
		write_field(&asked, group->sweep_field, group_value(group, i));
	for (size_t e = 0; e < cpu->n_evidence && !found.outcome; e++) {
		found.ev = &cpu->evidence[e];
		if (same_entry(&found.ev->group, group))
			found.outcome = find_in(found.ev, &asked);
		if (found.outcome && !answers(group, found.outcome))
			found.outcome = NULL;
	}
	return found;
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

static int take(struct evidence *ev, size_t i, const struct found *found)
{
	const struct arrival *recorded = found->ev ?
		evidence_arrival(found->ev, found->outcome) : NULL;
	struct arrival arrival;

	if (!recorded)
		return evidence_set(ev, i, found->outcome, NULL);
	select_read(&found->ev->group, &ev->group, recorded, &arrival);
	return evidence_set(ev, i, found->outcome, &arrival);
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
	const struct evidence *whole;
	size_t g, i, probes;

	(void)opt;
	(void)report;
	for (g = 0; g < n; g++) {
		probes = group_probes(&ev[g].group);
		whole = cpu ? find_group(cpu, &ev[g].group) : NULL;
		for (i = 0; i < probes; i++) {
			struct found found = { 0 };

			if (whole)
				found = (struct found){ whole, evidence_outcome(whole, i) };
			else if (cpu)
				found = find(cpu, &ev[g].group, i);
			if (!found.outcome)
				found.outcome = &missing;
			if (take(&ev[g], i, &found)) {
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

int source_open_report(struct source *src, const char *text, size_t length, const char *name)
{
	src->host = report_parse(text, length, name);
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
