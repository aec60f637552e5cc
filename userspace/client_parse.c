// SPDX-License-Identifier: GPL-2.0
/* What the module answers, from bytes to the model: pure functions over a buffer. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../netlink/vmxprobe.h"
#include "client_parts.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Room for one more element of a doubling array; NULL if out of memory. */
static void *grow(void *array, size_t n, size_t size)
{
	if (n & (n - 1))
		return array;
	return reallocarray(array, n ? 2 * n : 1, size);
}

static int parse_leaf(const struct nlattr *nest, struct cpu *cpu)
{
	static const struct attr_slot slots[] = {
		ATTR_SLOT(VMXPROBE_A_CPUID_LEAF, struct cpuid_leaf, leaf),
		ATTR_SLOT(VMXPROBE_A_CPUID_SUBLEAF, struct cpuid_leaf, subleaf),
		ATTR_SLOT(VMXPROBE_A_CPUID_EAX, struct cpuid_leaf, eax),
		ATTR_SLOT(VMXPROBE_A_CPUID_EBX, struct cpuid_leaf, ebx),
		ATTR_SLOT(VMXPROBE_A_CPUID_ECX, struct cpuid_leaf, ecx),
		ATTR_SLOT(VMXPROBE_A_CPUID_EDX, struct cpuid_leaf, edx),
	};
	struct cpuid_leaf leaf, *leaves;
	uint32_t seen;

	if (attr_take_nest(nest, slots, ARRAY_SIZE(slots), &leaf, &seen) ||
	    !attr_has(seen, ATTR_BIT(VMXPROBE_A_CPUID_LEAF) | ATTR_BIT(VMXPROBE_A_CPUID_SUBLEAF) |
			    ATTR_BIT(VMXPROBE_A_CPUID_EAX) | ATTR_BIT(VMXPROBE_A_CPUID_EBX) |
			    ATTR_BIT(VMXPROBE_A_CPUID_ECX) | ATTR_BIT(VMXPROBE_A_CPUID_EDX)))
		return -EPROTO;
	leaves = grow(cpu->leaves, cpu->n_leaves, sizeof(*leaves));
	if (!leaves)
		return -ENOMEM;
	cpu->leaves = leaves;
	leaves[cpu->n_leaves++] = leaf;
	return 0;
}

static int parse_msr(const struct nlattr *nest, struct cpu *cpu)
{
	static const enum msr_state states[] = {
		[VMXPROBE_MSR_STATE_READ] = MSR_READ,
		[VMXPROBE_MSR_STATE_ABSENT] = MSR_ABSENT,
		[VMXPROBE_MSR_STATE_FAULTED] = MSR_FAULTED,
	};
	struct {
		uint32_t index, state;
		uint64_t value;
	} got = { 0 };
	const struct attr_slot slots[] = {
		ATTR_SLOT(VMXPROBE_A_MSR_INDEX, __typeof__(got), index),
		ATTR_SLOT(VMXPROBE_A_MSR_STATE, __typeof__(got), state),
		ATTR_SLOT(VMXPROBE_A_MSR_VALUE, __typeof__(got), value),
	};
	struct msr *msrs;
	uint32_t seen;

	if (attr_take_nest(nest, slots, ARRAY_SIZE(slots), &got, &seen) ||
	    !attr_has(seen, ATTR_BIT(VMXPROBE_A_MSR_INDEX) | ATTR_BIT(VMXPROBE_A_MSR_STATE)))
		return -EPROTO;
	if (attr_has(seen, ATTR_BIT(VMXPROBE_A_MSR_VALUE)) !=
	    (got.state == VMXPROBE_MSR_STATE_READ))
		return -EPROTO;
	/* A state newer than this tool has no word here: the MSR is then not known. */
	if (!got.state || got.state >= ARRAY_SIZE(states))
		return 0;
	msrs = grow(cpu->msrs, cpu->n_msrs, sizeof(*msrs));
	if (!msrs)
		return -ENOMEM;
	cpu->msrs = msrs;
	msrs[cpu->n_msrs++] = (struct msr){ got.index, states[got.state], got.value };
	return 0;
}

static int by_index(const void *a, const void *b)
{
	uint32_t x = ((const struct msr *)a)->index, y = ((const struct msr *)b)->index;

	return x < y ? -1 : x > y;
}

/* Ascending, each once. */
static int order_msrs(struct cpu *cpu)
{
	if (cpu->n_msrs)
		qsort(cpu->msrs, cpu->n_msrs, sizeof(*cpu->msrs), by_index);
	for (size_t i = 1; i < cpu->n_msrs; i++)
		if (cpu->msrs[i].index == cpu->msrs[i - 1].index)
			return -EPROTO;
	return 0;
}

void client_cpu_clear(struct cpu *cpu)
{
	free(cpu->leaves);
	free(cpu->msrs);
	field_map_clear(&cpu->fields);
	memset(cpu, 0, sizeof(*cpu));
}

int client_parse_cpu(const void *attrs, size_t len, struct cpu *cpu)
{
	struct {
		uint32_t id, readiness, microcode;
	} got = { 0 };
	const struct attr_slot slots[] = {
		ATTR_SLOT(VMXPROBE_A_CPU_ID, __typeof__(got), id),
		ATTR_SLOT(VMXPROBE_A_CPU_READINESS, __typeof__(got), readiness),
		ATTR_SLOT(VMXPROBE_A_CPU_MICROCODE, __typeof__(got), microcode),
	};
	struct attr_walk walk = { attrs, len };
	const struct nlattr *attr;
	uint32_t seen = 0;
	int ret = 0;

	memset(cpu, 0, sizeof(*cpu));
	while (!ret && (attr = attr_next(&walk))) {
		switch (mnl_attr_get_type(attr)) {
		case VMXPROBE_A_CPU_CPUID:
			ret = parse_leaf(attr, cpu);
			break;
		case VMXPROBE_A_CPU_MSR:
			ret = parse_msr(attr, cpu);
			break;
		default:
			ret = attr_take(attr, slots, ARRAY_SIZE(slots), &got, &seen);
			break;
		}
	}
	if (!ret && (walk.left || !attr_has(seen, ATTR_BIT(VMXPROBE_A_CPU_ID) |
							  ATTR_BIT(VMXPROBE_A_CPU_READINESS))))
		ret = -EPROTO;
	if (!ret)
		ret = order_msrs(cpu);
	if (ret) {
		client_cpu_clear(cpu);
		return ret;
	}
	cpu->id = got.id;
	cpu->readiness = attr_readiness(got.readiness);
	cpu->microcode = got.microcode;
	return 0;
}

static int parse_arrival(const struct nlattr *nest, struct arrival *arrival)
{
	static const struct attr_slot slots[] = {
		ATTR_SLOT(VMXPROBE_A_ARRIVAL_RAX, struct arrival, rax),
		ATTR_SLOT(VMXPROBE_A_ARRIVAL_RDX, struct arrival, rdx),
		ATTR_SLOT(VMXPROBE_A_ARRIVAL_CR2, struct arrival, cr2),
		ATTR_SLOT(VMXPROBE_A_ARRIVAL_DR6, struct arrival, dr6),
		ATTR_SLOT(VMXPROBE_A_ARRIVAL_TICKS, struct arrival, ticks),
	};
	struct attr_walk walk = attr_nest(nest);
	bool fields = false, stack = false;
	const struct nlattr *attr;
	uint32_t seen = 0;
	size_t len;

	memset(arrival, 0, sizeof(*arrival));
	while ((attr = attr_next(&walk))) {
		len = mnl_attr_get_payload_len(attr);
		switch (mnl_attr_get_type(attr)) {
		case VMXPROBE_A_ARRIVAL_FIELDS:
			if (fields || len > sizeof(arrival->fields) || len % sizeof(uint64_t))
				return -EPROTO;
			fields = true;
			memcpy(arrival->fields, mnl_attr_get_payload(attr), len);
			arrival->n_fields = len / sizeof(uint64_t);
			break;
		case VMXPROBE_A_ARRIVAL_STACK:
			if (stack || len > sizeof(arrival->stack))
				return -EPROTO;
			stack = true;
			memcpy(arrival->stack, mnl_attr_get_payload(attr), len);
			arrival->n_stack = len;
			break;
		default:
			if (attr_take(attr, slots, ARRAY_SIZE(slots), arrival, &seen))
				return -EPROTO;
			break;
		}
	}
	return walk.left || !attr_has(seen, ATTR_BIT(VMXPROBE_A_ARRIVAL_RAX) |
					    ATTR_BIT(VMXPROBE_A_ARRIVAL_RDX) |
					    ATTR_BIT(VMXPROBE_A_ARRIVAL_CR2) |
					    ATTR_BIT(VMXPROBE_A_ARRIVAL_DR6)) ? -EPROTO : 0;
}

/* An outcome, and how its guest was found where it was entered. */
static int parse_outcome(const struct nlattr *nest, struct client_reply *reply)
{
	struct attr_walk walk = attr_nest(nest);
	const struct nlattr *attr;
	struct outcome *outcome;

	if (reply->n_outcomes == CLIENT_MAX_OUTCOMES)
		return -EPROTO;
	outcome = &reply->outcomes[reply->n_outcomes++];
	if (attr_outcome(nest, outcome))
		return -EPROTO;
	while ((attr = attr_next(&walk))) {
		/* What a kind newer than this tool has with it is not for this tool. */
		if (mnl_attr_get_type(attr) != VMXPROBE_A_OUTCOME_ARRIVAL ||
		    outcome->why == NOT_TESTED_UNKNOWN_KIND)
			continue;
		if (outcome->kind != OUTCOME_ENTERED || outcome->arrival ||
		    reply->n_arrivals == CLIENT_MAX_ARRIVALS ||
		    parse_arrival(attr, &reply->arrivals[reply->n_arrivals]))
			return -EPROTO;
		outcome->arrival = ++reply->n_arrivals;
	}
	return 0;
}

int client_parse_probe(const void *attrs, size_t len, unsigned int cpu, size_t asked,
		       struct client_reply *reply)
{
	struct {
		uint32_t cpu, done, windows, entries, interrupted, nmis, borrowed;
		uint64_t ticks, max_ticks;
	} got = { 0 };
	const struct attr_slot slots[] = {
		ATTR_SLOT(VMXPROBE_A_PROBE_CPU, __typeof__(got), cpu),
		ATTR_SLOT(VMXPROBE_A_PROBE_DONE, __typeof__(got), done),
		ATTR_SLOT(VMXPROBE_A_PROBE_WINDOWS, __typeof__(got), windows),
		ATTR_SLOT(VMXPROBE_A_PROBE_WINDOW_ENTRIES, __typeof__(got), entries),
		ATTR_SLOT(VMXPROBE_A_PROBE_WINDOW_TICKS, __typeof__(got), ticks),
		ATTR_SLOT(VMXPROBE_A_PROBE_WINDOW_TICKS_MAX, __typeof__(got), max_ticks),
		ATTR_SLOT(VMXPROBE_A_PROBE_INTERRUPTED, __typeof__(got), interrupted),
		ATTR_SLOT(VMXPROBE_A_PROBE_NMIS, __typeof__(got), nmis),
		ATTR_SLOT(VMXPROBE_A_PROBE_BORROWED, __typeof__(got), borrowed),
	};
	struct attr_walk walk = { attrs, len };
	const struct nlattr *attr;
	size_t n_index = 0;
	uint32_t seen = 0;
	int ret = 0;

	memset(reply, 0, sizeof(*reply));
	while (!ret && (attr = attr_next(&walk))) {
		switch (mnl_attr_get_type(attr)) {
		case VMXPROBE_A_PROBE_OUTCOME:
			ret = parse_outcome(attr, reply);
			break;
		case VMXPROBE_A_PROBE_INDEX:
			if (reply->index)
				return -EPROTO;
			reply->index = mnl_attr_get_payload(attr);
			n_index = mnl_attr_get_payload_len(attr);
			break;
		case VMXPROBE_A_PROBE_HOST_CHANGE:
			ret = attr_change(attr, &reply->cost);
			break;
		default:
			ret = attr_take(attr, slots, ARRAY_SIZE(slots), &got, &seen);
			break;
		}
	}
	if (ret || walk.left || !reply->index ||
	    !attr_has(seen, ATTR_BIT(VMXPROBE_A_PROBE_CPU) | ATTR_BIT(VMXPROBE_A_PROBE_DONE)))
		return -EPROTO;
	/* Without progress the caller would ask for ever. */
	if (got.cpu != cpu || !got.done || got.done > asked || got.done != n_index)
		return -EPROTO;
	for (size_t i = 0; i < n_index; i++)
		if (reply->index[i] >= reply->n_outcomes)
			return -EPROTO;
	reply->done = got.done;
	reply->cost.stats = (struct window_stats){
		.windows = got.windows,
		.borrowed = got.borrowed,
		.max_entries = got.entries,
		.ticks = got.ticks,
		.max_ticks = got.max_ticks,
		.interrupted = got.interrupted,
		.nmis = got.nmis,
	};
	return 0;
}

/* One encoding, from "first" on and behind those before it. */
static int parse_access(const struct nlattr *nest, uint32_t first, struct field_map *map)
{
	struct field_access access = { 0 };
	static const struct attr_slot slots[] = {
		ATTR_SLOT(VMXPROBE_A_ACCESS_ENCODING, struct field_access, encoding),
		ATTR_SLOT(VMXPROBE_A_ACCESS_ONES, struct field_access, ones),
	};
	struct attr_walk walk = attr_nest(nest);
	const struct nlattr *attr;
	uint32_t seen = 0;
	int ret = 0;

	access.readable = access.writable = true;
	while (!ret && (attr = attr_next(&walk))) {
		switch (mnl_attr_get_type(attr)) {
		case VMXPROBE_A_ACCESS_READ:
			if (!access.readable)
				return -EPROTO;
			access.readable = false;
			ret = attr_outcome(attr, &access.read);
			break;
		case VMXPROBE_A_ACCESS_WRITE:
			if (!access.writable)
				return -EPROTO;
			access.writable = false;
			ret = attr_outcome(attr, &access.write);
			break;
		default:
			ret = attr_take(attr, slots, ARRAY_SIZE(slots), &access, &seen);
			break;
		}
	}
	if (ret || walk.left || !attr_has(seen, ATTR_BIT(VMXPROBE_A_ACCESS_ENCODING)))
		return -EPROTO;
	if (attr_has(seen, ATTR_BIT(VMXPROBE_A_ACCESS_ONES)) !=
		    (access.readable && access.writable) ||
	    access.encoding < first || access.encoding >= CLIENT_ENCODINGS ||
	    (map->n && access.encoding <= map->list[map->n - 1].encoding) ||
	    (access.read.field && access.read.field != access.encoding) ||
	    (access.write.field && access.write.field != access.encoding))
		return -EPROTO;
	return field_map_add(map, &access);
}

int client_parse_fields(const void *attrs, size_t len, unsigned int cpu, uint32_t first,
			struct field_map *map, uint32_t *next, struct window_stats *stats)
{
	struct {
		uint32_t cpu, next, borrowed, windows;
		uint64_t ticks, max_ticks;
	} got = { 0 };
	const struct attr_slot slots[] = {
		ATTR_SLOT(VMXPROBE_A_FIELDS_CPU, __typeof__(got), cpu),
		ATTR_SLOT(VMXPROBE_A_FIELDS_NEXT, __typeof__(got), next),
		ATTR_SLOT(VMXPROBE_A_FIELDS_BORROWED, __typeof__(got), borrowed),
		ATTR_SLOT(VMXPROBE_A_FIELDS_WINDOWS, __typeof__(got), windows),
		ATTR_SLOT(VMXPROBE_A_FIELDS_WINDOW_TICKS, __typeof__(got), ticks),
		ATTR_SLOT(VMXPROBE_A_FIELDS_WINDOW_TICKS_MAX, __typeof__(got), max_ticks),
	};
	struct attr_walk walk = { attrs, len };
	const struct nlattr *attr;
	const size_t before = map->n;
	bool failed = false;
	uint32_t seen = 0;
	int ret = 0;

	*next = 0;
	memset(stats, 0, sizeof(*stats));
	while (!ret && (attr = attr_next(&walk))) {
		switch (mnl_attr_get_type(attr)) {
		case VMXPROBE_A_FIELDS_FAILED:
			if (failed)
				return -EPROTO;
			failed = true;
			ret = attr_outcome(attr, &map->why);
			break;
		case VMXPROBE_A_FIELDS_ACCESS:
			ret = parse_access(attr, first, map);
			break;
		default:
			ret = attr_take(attr, slots, ARRAY_SIZE(slots), &got, &seen);
			break;
		}
	}
	if (ret)
		return ret;
	if (walk.left || !attr_has(seen, ATTR_BIT(VMXPROBE_A_FIELDS_CPU)) || got.cpu != cpu)
		return -EPROTO;
	*stats = (struct window_stats){
		.windows = got.windows,
		.borrowed = got.borrowed,
		.ticks = got.ticks,
		.max_ticks = got.max_ticks,
		.untold = !failed && !attr_has(seen, ATTR_BIT(VMXPROBE_A_FIELDS_WINDOWS)),
	};
	if (failed) {
		if (map->n != before)
			return -EPROTO;
		map->scanned = false;
		return 0;
	}
	map->scanned = !attr_has(seen, ATTR_BIT(VMXPROBE_A_FIELDS_NEXT));
	if (map->scanned)
		return 0;
	/* Without progress the caller would ask for ever. */
	if (got.next <= first || got.next >= CLIENT_ENCODINGS ||
	    (map->n && got.next <= map->list[map->n - 1].encoding))
		return -EPROTO;
	*next = got.next;
	return 0;
}
