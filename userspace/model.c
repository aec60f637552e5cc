// SPDX-License-Identifier: GPL-2.0
/* Life and comparison of what is known of a host. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

void window_stats_add(struct window_stats *sum, const struct window_stats *more)
{
	sum->windows += more->windows;
	sum->borrowed += more->borrowed;
	sum->ticks += more->ticks;
	sum->reply_bytes += more->reply_bytes;
	sum->interrupted += more->interrupted;
	sum->nmis += more->nmis;
	sum->untold |= more->untold;
	if (sum->max_entries < more->max_entries)
		sum->max_entries = more->max_entries;
	if (sum->max_ticks < more->max_ticks)
		sum->max_ticks = more->max_ticks;
}

size_t group_probes(const struct group *group)
{
	return group->sweep_field ? group->n_values : 1;
}

uint64_t group_value(const struct group *group, size_t probe)
{
	return group->sweep_field && probe < group->n_values ? group->values[probe] : 0;
}

static bool same_set(const struct group *a, const struct group *b)
{
	size_t i;

	if (a->n_set != b->n_set)
		return false;
	for (i = 0; i < a->n_set; i++)
		if (a->set[i].field != b->set[i].field || a->set[i].value != b->set[i].value)
			return false;
	return true;
}

static bool same_guest(const struct group *a, const struct group *b)
{
	return a->guest == b->guest && a->program == b->program && a->rcx == b->rcx &&
	       a->time == b->time && a->n_read == b->n_read &&
	       (!a->n_read || !memcmp(a->read, b->read, a->n_read * sizeof(*a->read)));
}

bool group_same_base(const struct group *a, const struct group *b)
{
	return a->depth == b->depth && a->sweep_field == b->sweep_field && same_set(a, b) &&
	       same_guest(a, b);
}

/* malloc() of a copy; *to is NULL and 0 returned for nothing to copy. */
static int copy_array(void *to, const void *from, size_t n, size_t size)
{
	void *copy = NULL;

	if (n) {
		copy = calloc(n, size);
		if (!copy)
			return -ENOMEM;
		memcpy(copy, from, n * size);
	}
	memcpy(to, &copy, sizeof(copy));
	return 0;
}

static int compare_at(const void *a, const void *b, void *values)
{
	uint64_t left = ((uint64_t *)values)[*(const uint32_t *)a];
	uint64_t right = ((uint64_t *)values)[*(const uint32_t *)b];

	return (left > right) - (left < right);
}

int group_index(struct group *group)
{
	if (!group->sweep_field || group->order)
		return 0;
	group->order = calloc(group->n_values + 1, sizeof(*group->order));
	if (!group->order)
		return -ENOMEM;
	for (size_t i = 0; i < group->n_values; i++)
		group->order[i] = i;
	qsort_r(group->order, group->n_values, sizeof(*group->order), compare_at, group->values);
	return 0;
}

size_t group_find(const struct group *group, uint64_t value)
{
	size_t from = 0, to = group_probes(group);

	if (!group->order) {
		while (from < to && group_value(group, from) != value)
			from++;
		return from;
	}
	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (group->values[group->order[middle]] < value)
			from = middle + 1;
		else
			to = middle;
	}
	if (from < group->n_values && group->values[group->order[from]] == value)
		return group->order[from];
	return group->n_values;
}

int group_copy(struct group *to, const struct group *from)
{
	struct group copy = *from;

	copy.set = NULL;
	copy.values = NULL;
	copy.read = NULL;
	copy.order = NULL;
	if (copy_array(&copy.set, from->set, from->n_set, sizeof(*from->set)) ||
	    copy_array(&copy.values, from->values, from->n_values, sizeof(*from->values)) ||
	    copy_array(&copy.read, from->read, from->n_read, sizeof(*from->read))) {
		group_clear(&copy);
		return -ENOMEM;
	}
	*to = copy;
	return 0;
}

void group_clear(struct group *group)
{
	free(group->set);
	free(group->values);
	free(group->read);
	free(group->order);
	memset(group, 0, sizeof(*group));
}

const struct outcome *evidence_outcome(const struct evidence *ev, size_t i)
{
	static const struct outcome none = {
		.kind = OUTCOME_NOT_TESTED,
		.why = NOT_TESTED_NOT_RECORDED,
	};

	if (i >= ev->n_index || ev->index[i] >= ev->n_outcomes)
		return &none;
	return &ev->outcomes[ev->index[i]];
}

/* The index of a probe that has no outcome yet. */
#define NOT_SET UINT16_MAX

const struct arrival *evidence_arrival(const struct evidence *ev, const struct outcome *outcome)
{
	return outcome->arrival && outcome->arrival <= ev->n_arrivals ?
	       &ev->arrivals[outcome->arrival - 1] : NULL;
}

bool arrival_equal(const struct arrival *a, const struct arrival *b)
{
	if (!a || !b)
		return a == b;
	return a->n_fields == b->n_fields && a->n_stack == b->n_stack && a->rax == b->rax &&
	       a->rdx == b->rdx && a->cr2 == b->cr2 && a->dr6 == b->dr6 &&
	       a->ticks == b->ticks &&
	       !memcmp(a->fields, b->fields, a->n_fields * sizeof(*a->fields)) &&
	       !memcmp(a->stack, b->stack, a->n_stack);
}

bool arrival_alike(const struct arrival *a, const struct arrival *b)
{
	struct arrival x, y;

	if (!a || !b)
		return a == b;
	x = *a;
	y = *b;
	x.rax = y.rax = x.ticks = y.ticks = 0;
	return arrival_equal(&x, &y);
}

int evidence_add_arrival(struct evidence *ev, const struct arrival *arrival)
{
	/* Doubled whenever the number in use is a power of two. */
	if (!(ev->n_arrivals & (ev->n_arrivals - 1))) {
		size_t room = ev->n_arrivals ? 2 * ev->n_arrivals : 1;
		struct arrival *more = reallocarray(ev->arrivals, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		ev->arrivals = more;
	}
	ev->arrivals[ev->n_arrivals++] = *arrival;
	return 0;
}

/* The number of an equal outcome, adding it if there is none. */
static int intern_outcome(struct evidence *ev, const struct outcome *outcome,
			  const struct arrival *arrival, uint16_t *number)
{
	struct outcome *more;
	size_t i;

	for (i = ev->n_outcomes; i--;) {
		if (outcome_equal(&ev->outcomes[i], outcome) &&
		    arrival_equal(evidence_arrival(ev, &ev->outcomes[i]), arrival)) {
			*number = i;
			return 0;
		}
	}
	if (ev->n_outcomes >= NOT_SET)
		return -ENOMEM;
	/* Few are different, so that growing by one costs little. */
	more = reallocarray(ev->outcomes, ev->n_outcomes + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	ev->outcomes = more;
	if (arrival && evidence_add_arrival(ev, arrival))
		return -ENOMEM;
	more[ev->n_outcomes] = *outcome;
	more[ev->n_outcomes].arrival = arrival ? ev->n_arrivals : 0;
	*number = ev->n_outcomes++;
	return 0;
}

int evidence_set(struct evidence *ev, size_t i, const struct outcome *outcome,
		 const struct arrival *arrival)
{
	size_t probes = group_probes(&ev->group), k;
	uint16_t *index, number;
	int err;

	if (i >= probes)
		return -EINVAL;
	if (ev->n_index != probes) {
		index = reallocarray(ev->index, probes, sizeof(*index));
		if (!index)
			return -ENOMEM;
		for (k = ev->n_index; k < probes; k++)
			index[k] = NOT_SET;
		ev->index = index;
		ev->n_index = probes;
	}
	err = intern_outcome(ev, outcome, arrival, &number);
	if (!err)
		ev->index[i] = number;
	return err;
}

void evidence_clear(struct evidence *ev)
{
	group_clear(&ev->group);
	free(ev->outcomes);
	free(ev->arrivals);
	free(ev->index);
	memset(ev, 0, sizeof(*ev));
}

bool outcome_is_answer(const struct outcome *outcome)
{
	return outcome->kind > OUTCOME_STOPPED && outcome->kind != OUTCOME_WITHHELD;
}

bool outcome_equal(const struct outcome *a, const struct outcome *b)
{
	return a->kind == b->kind && a->why == b->why && a->readiness == b->readiness &&
	       a->insn == b->insn && a->field == b->field && a->vector == b->vector &&
	       a->error == b->error && a->exit_reason == b->exit_reason &&
	       a->qualification == b->qualification && a->intr_info == b->intr_info &&
	       a->intr_error_code == b->intr_error_code && a->idt_info == b->idt_info &&
	       a->idt_error_code == b->idt_error_code && a->guest_rip == b->guest_rip;
}

int field_map_add(struct field_map *map, const struct field_access *access)
{
	struct field_access *list;

	/* Doubled whenever the number in use is a power of two. */
	if (!(map->n & (map->n - 1))) {
		list = reallocarray(map->list, map->n ? 2 * map->n : 1, sizeof(*list));
		if (!list)
			return -ENOMEM;
		map->list = list;
	}
	map->list[map->n++] = *access;
	return 0;
}

static bool same_access(const struct field_access *a, const struct field_access *b)
{
	return a->encoding == b->encoding && a->readable == b->readable &&
	       a->writable == b->writable && a->ones == b->ones &&
	       outcome_equal(&a->read, &b->read) && outcome_equal(&a->write, &b->write);
}

bool field_map_equal(const struct field_map *a, const struct field_map *b)
{
	if (a->scanned != b->scanned || a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!same_access(&a->list[i], &b->list[i]))
			return false;
	return true;
}

void field_map_clear(struct field_map *map)
{
	free(map->list);
	memset(map, 0, sizeof(*map));
}

const struct field_access *field_map_find(const struct field_map *map, uint32_t encoding)
{
	size_t low = 0, high = map->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (map->list[mid].encoding == encoding)
			return &map->list[mid];
		if (map->list[mid].encoding < encoding)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

int experiment_add(struct experiment *experiment, const struct observation *observation)
{
	struct observation *list;

	/* Doubled whenever the number in use is a power of two. */
	if (!(experiment->n & (experiment->n - 1))) {
		list = reallocarray(experiment->list, experiment->n ? 2 * experiment->n : 1,
				    sizeof(*list));
		if (!list)
			return -ENOMEM;
		experiment->list = list;
	}
	experiment->list[experiment->n++] = *observation;
	return 0;
}

static bool same_observation(const struct observation *a, const struct observation *b)
{
	return a->has_arg == b->has_arg && a->has_value == b->has_value &&
	       a->set_up == b->set_up && a->arg == b->arg && a->value == b->value &&
	       outcome_equal(&a->outcome, &b->outcome);
}

bool experiment_equal(const struct experiment *a, const struct experiment *b)
{
	if (a->id != b->id || !outcome_equal(&a->why, &b->why) || a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (!same_observation(&a->list[i], &b->list[i]))
			return false;
	return true;
}

void experiment_clear(struct experiment *experiment)
{
	free(experiment->list);
	memset(experiment, 0, sizeof(*experiment));
}

/* The place of the first experiment whose id is not below. */
static size_t experiment_place(const struct cpu *cpu, uint32_t id)
{
	size_t low = 0, high = cpu->n_experiments;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (cpu->experiments[mid].id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

const struct experiment *cpu_experiment(const struct cpu *cpu, uint32_t id)
{
	size_t i = experiment_place(cpu, id);

	return i < cpu->n_experiments && cpu->experiments[i].id == id ? &cpu->experiments[i] : NULL;
}

int cpu_take_experiment(struct cpu *cpu, struct experiment *experiment)
{
	size_t i = experiment_place(cpu, experiment->id);
	struct experiment *list;

	if (i < cpu->n_experiments && cpu->experiments[i].id == experiment->id) {
		experiment_clear(&cpu->experiments[i]);
	} else {
		list = reallocarray(cpu->experiments, cpu->n_experiments + 1, sizeof(*list));
		if (!list)
			return -ENOMEM;
		cpu->experiments = list;
		memmove(&list[i + 1], &list[i], (cpu->n_experiments - i) * sizeof(*list));
		cpu->n_experiments++;
	}
	cpu->experiments[i] = *experiment;
	memset(experiment, 0, sizeof(*experiment));
	return 0;
}

bool cpu_unready(const struct cpu *cpu)
{
	return cpu->readiness != READINESS_READY && cpu->readiness != READINESS_UNKNOWN &&
	       !cpu->borrowed;
}

bool cpu_left_alone(const struct cpu *cpu)
{
	return cpu->readiness == READINESS_ISOLATED || cpu->readiness == READINESS_NOHZ_FULL ||
	       cpu->readiness == READINESS_NOT_ALLOWED;
}

const struct msr *cpu_msr(const struct cpu *cpu, uint32_t index)
{
	size_t i;

	for (i = 0; i < cpu->n_msrs; i++)
		if (cpu->msrs[i].index == index)
			return &cpu->msrs[i];
	return NULL;
}

bool cpu_msr_value(const struct cpu *cpu, uint32_t index, uint64_t *value)
{
	const struct msr *msr = cpu_msr(cpu, index);

	if (!msr || msr->state != MSR_READ)
		return false;
	*value = msr->value;
	return true;
}

const struct cpuid_leaf *cpu_leaf(const struct cpu *cpu, uint32_t leaf, uint32_t subleaf)
{
	size_t i;

	for (i = 0; i < cpu->n_leaves; i++)
		if (cpu->leaves[i].leaf == leaf && cpu->leaves[i].subleaf == subleaf)
			return &cpu->leaves[i];
	return NULL;
}

struct cpuid_leaf cpuid_without_apic_id(struct cpuid_leaf leaf)
{
	switch (leaf.leaf) {
	case 0x1:
		leaf.ebx &= 0x00ffffff;	/* initial APIC ID */
		break;
	case 0xb:
	case 0x1f:
		leaf.edx = 0;		/* x2APIC ID */
		break;
	}
	return leaf;
}

static bool same_leaves(const struct cpu *a, const struct cpu *b)
{
	struct cpuid_leaf la, lb;
	size_t i;

	if (a->n_leaves != b->n_leaves)
		return false;
	for (i = 0; i < a->n_leaves; i++) {
		la = cpuid_without_apic_id(a->leaves[i]);
		lb = cpuid_without_apic_id(b->leaves[i]);
		if (la.leaf != lb.leaf || la.subleaf != lb.subleaf || la.eax != lb.eax ||
		    la.ebx != lb.ebx || la.ecx != lb.ecx || la.edx != lb.edx)
			return false;
	}
	return true;
}

static bool same_msrs(const struct cpu *a, const struct cpu *b)
{
	size_t i;

	if (a->n_msrs != b->n_msrs)
		return false;
	for (i = 0; i < a->n_msrs; i++)
		if (a->msrs[i].index != b->msrs[i].index ||
		    a->msrs[i].state != b->msrs[i].state || a->msrs[i].value != b->msrs[i].value)
			return false;
	return true;
}

typedef bool (*same_arrival_fn)(const struct arrival *a, const struct arrival *b);

static bool same_evidence(const struct evidence *a, const struct evidence *b, same_arrival_fn same)
{
	size_t i, probes = group_probes(&a->group);

	if (!group_same_base(&a->group, &b->group) || group_probes(&b->group) != probes ||
	    a->n_index != b->n_index)
		return false;
	for (i = 0; i < probes; i++) {
		const struct outcome *x = evidence_outcome(a, i), *y = evidence_outcome(b, i);

		if (group_value(&a->group, i) != group_value(&b->group, i) ||
		    !outcome_equal(x, y) ||
		    !same(evidence_arrival(a, x), evidence_arrival(b, y)))
			return false;
	}
	return true;
}

static bool same_cpu(const struct cpu *a, const struct cpu *b, same_arrival_fn same)
{
	size_t i;

	if (a->microcode != b->microcode || a->n_evidence != b->n_evidence ||
	    a->n_experiments != b->n_experiments ||
	    !same_leaves(a, b) || !same_msrs(a, b) || !field_map_equal(&a->fields, &b->fields))
		return false;
	for (i = 0; i < a->n_evidence; i++)
		if (!same_evidence(&a->evidence[i], &b->evidence[i], same))
			return false;
	for (i = 0; i < a->n_experiments; i++)
		if (!experiment_equal(&a->experiments[i], &b->experiments[i]))
			return false;
	return true;
}

bool cpu_same_profile(const struct cpu *a, const struct cpu *b)
{
	return same_cpu(a, b, arrival_equal);
}

bool cpu_alike(const struct cpu *a, const struct cpu *b)
{
	return same_cpu(a, b, arrival_alike);
}

struct cpu *host_cpu(const struct host *host, unsigned int id)
{
	size_t low = 0, high = host->n_cpus, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (host->cpus[mid].id == id)
			return &host->cpus[mid];
		if (host->cpus[mid].id < id)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

void host_free(struct host *host)
{
	size_t i, k;

	if (!host)
		return;
	for (i = 0; i < host->n_cpus; i++) {
		struct cpu *cpu = &host->cpus[i];

		if (cpu->shared)
			continue;
		for (k = 0; k < cpu->n_evidence; k++)
			evidence_clear(&cpu->evidence[k]);
		for (k = 0; k < cpu->n_experiments; k++)
			experiment_clear(&cpu->experiments[k]);
		free(cpu->evidence);
		free(cpu->experiments);
		free(cpu->leaves);
		free(cpu->msrs);
		field_map_clear(&cpu->fields);
	}
	free(host->cpus);
	free(host->hostname);
	free(host->kernel);
	free(host->source);
	free(host->created);
	free(host->tool);
	free(host);
}
