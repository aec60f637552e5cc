// SPDX-License-Identifier: GPL-2.0
#include "client.h"

/* What the module answers, from bytes to the model: pure functions over a buffer. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>

#include "../netlink/vmxprobe.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* The contract's enumerations as the model has them; what is not in here is not known. */
static const enum readiness readiness_of[] = {
	[VMXPROBE_READINESS_READY] = READINESS_READY,
	[VMXPROBE_READINESS_NO_VMX] = READINESS_NO_VMX,
	[VMXPROBE_READINESS_LOCKED_OFF] = READINESS_LOCKED_OFF,
	[VMXPROBE_READINESS_UNLOCKED] = READINESS_UNLOCKED,
	[VMXPROBE_READINESS_IN_USE] = READINESS_IN_USE,
	[VMXPROBE_READINESS_OFFLINE] = READINESS_OFFLINE,
	[VMXPROBE_READINESS_TRACING] = READINESS_TRACING,
};

static const enum insn insn_of[] = {
	[VMXPROBE_INSN_VMXON] = INSN_VMXON,
	[VMXPROBE_INSN_VMCLEAR] = INSN_VMCLEAR,
	[VMXPROBE_INSN_VMPTRLD] = INSN_VMPTRLD,
	[VMXPROBE_INSN_VMREAD] = INSN_VMREAD,
	[VMXPROBE_INSN_VMWRITE] = INSN_VMWRITE,
	[VMXPROBE_INSN_VMLAUNCH] = INSN_VMLAUNCH,
	[VMXPROBE_INSN_VMXOFF] = INSN_VMXOFF,
	[VMXPROBE_INSN_VMPTRST] = INSN_VMPTRST,
	[VMXPROBE_INSN_VMRESUME] = INSN_VMRESUME,
	[VMXPROBE_INSN_INVEPT] = INSN_INVEPT,
	[VMXPROBE_INSN_INVVPID] = INSN_INVVPID,
	[VMXPROBE_INSN_VMCALL] = INSN_VMCALL,
	[VMXPROBE_INSN_VMFUNC] = INSN_VMFUNC,
};

static const char *const host_item_names[] = {
	[VMXPROBE_HOST_ITEM_CR0] = "cr0",
	[VMXPROBE_HOST_ITEM_CR3] = "cr3",
	[VMXPROBE_HOST_ITEM_CR4] = "cr4",
	[VMXPROBE_HOST_ITEM_DR7] = "dr7",
	[VMXPROBE_HOST_ITEM_DEBUGCTL] = "debugctl",
	[VMXPROBE_HOST_ITEM_GDTR_BASE] = "gdtr-base",
	[VMXPROBE_HOST_ITEM_GDTR_LIMIT] = "gdtr-limit",
	[VMXPROBE_HOST_ITEM_IDTR_BASE] = "idtr-base",
	[VMXPROBE_HOST_ITEM_IDTR_LIMIT] = "idtr-limit",
	[VMXPROBE_HOST_ITEM_LDTR] = "ldtr",
	[VMXPROBE_HOST_ITEM_TR] = "tr",
	[VMXPROBE_HOST_ITEM_CS] = "cs",
	[VMXPROBE_HOST_ITEM_SS] = "ss",
	[VMXPROBE_HOST_ITEM_DS] = "ds",
	[VMXPROBE_HOST_ITEM_ES] = "es",
	[VMXPROBE_HOST_ITEM_FS] = "fs",
	[VMXPROBE_HOST_ITEM_GS] = "gs",
	[VMXPROBE_HOST_ITEM_FS_BASE] = "fs-base",
	[VMXPROBE_HOST_ITEM_GS_BASE] = "gs-base",
	[VMXPROBE_HOST_ITEM_KERNEL_GS_BASE] = "kernel-gs-base",
	[VMXPROBE_HOST_ITEM_EFER] = "efer",
	[VMXPROBE_HOST_ITEM_PAT] = "pat",
	[VMXPROBE_HOST_ITEM_SYSENTER_CS] = "sysenter-cs",
	[VMXPROBE_HOST_ITEM_SYSENTER_ESP] = "sysenter-esp",
	[VMXPROBE_HOST_ITEM_SYSENTER_EIP] = "sysenter-eip",
	[VMXPROBE_HOST_ITEM_PERF_GLOBAL_CTRL] = "perf-global-ctrl",
	[VMXPROBE_HOST_ITEM_BNDCFGS] = "bndcfgs",
	[VMXPROBE_HOST_ITEM_RTIT_CTL] = "rtit-ctl",
	[VMXPROBE_HOST_ITEM_S_CET] = "s-cet",
	[VMXPROBE_HOST_ITEM_INTERRUPT_SSP_TABLE] = "interrupt-ssp-table",
	[VMXPROBE_HOST_ITEM_PKRS] = "pkrs",
	[VMXPROBE_HOST_ITEM_LBR_CTL] = "lbr-ctl",
	[VMXPROBE_HOST_ITEM_UINTR_MISC] = "uintr-misc",
};

static enum readiness to_readiness(uint32_t value)
{
	return value < ARRAY_SIZE(readiness_of) ? readiness_of[value] : READINESS_UNKNOWN;
}

static enum insn to_insn(uint32_t value)
{
	return value < ARRAY_SIZE(insn_of) ? insn_of[value] : INSN_NONE;
}

static const char *to_host_item(uint32_t value)
{
	if (value < ARRAY_SIZE(host_item_names) && host_item_names[value])
		return host_item_names[value];
	return "unknown";
}

/* Attributes one after the other; "left" is 0 at the end if they were well-formed. */
struct walk {
	const char *at;
	size_t left;
};

static const struct nlattr *walk_next(struct walk *walk)
{
	const struct nlattr *attr = (const void *)walk->at;
	size_t len;

	if (walk->left < sizeof(*attr) || attr->nla_len < sizeof(*attr) ||
	    attr->nla_len > walk->left)
		return NULL;
	len = MNL_ALIGN(attr->nla_len);
	if (len > walk->left)
		len = walk->left;
	walk->at += len;
	walk->left -= len;
	return attr;
}

static struct walk walk_nest(const struct nlattr *attr)
{
	return (struct walk){ mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr) };
}

/* A number of fixed width and where it goes. */
struct slot {
	uint16_t type;
	uint16_t size;
	size_t offset;
};

#define SLOT(attr, type, member) { attr, sizeof(((type *)0)->member), offsetof(type, member) }

/*
 * Store an attribute that is one of the slots; in *seen the bit of its type is set. 0 also if
 * it is none of them.
 */
static int take(const struct nlattr *attr, const struct slot *slots, size_t n, void *to,
		uint32_t *seen)
{
	uint16_t type = mnl_attr_get_type(attr);

	for (size_t i = 0; i < n; i++) {
		if (slots[i].type != type)
			continue;
		if (mnl_attr_get_payload_len(attr) != slots[i].size || *seen & 1u << type)
			return -EPROTO;
		memcpy((char *)to + slots[i].offset, mnl_attr_get_payload(attr), slots[i].size);
		*seen |= 1u << type;
		return 0;
	}
	return 0;
}

static int take_nest(const struct nlattr *nest, const struct slot *slots, size_t n, void *to,
		     uint32_t *seen)
{
	struct walk walk = walk_nest(nest);
	const struct nlattr *attr;

	*seen = 0;
	while ((attr = walk_next(&walk)))
		if (take(attr, slots, n, to, seen))
			return -EPROTO;
	return walk.left ? -EPROTO : 0;
}

static bool has(uint32_t seen, uint32_t types)
{
	return (seen & types) == types;
}

#define BIT(type) (1u << (type))

/* Room for one more element of a doubling array; NULL if out of memory. */
static void *grow(void *array, size_t n, size_t size)
{
	if (n & (n - 1))
		return array;
	return reallocarray(array, n ? 2 * n : 1, size);
}

static int parse_leaf(const struct nlattr *nest, struct cpu *cpu)
{
	static const struct slot slots[] = {
		SLOT(VMXPROBE_A_CPUID_LEAF, struct cpuid_leaf, leaf),
		SLOT(VMXPROBE_A_CPUID_SUBLEAF, struct cpuid_leaf, subleaf),
		SLOT(VMXPROBE_A_CPUID_EAX, struct cpuid_leaf, eax),
		SLOT(VMXPROBE_A_CPUID_EBX, struct cpuid_leaf, ebx),
		SLOT(VMXPROBE_A_CPUID_ECX, struct cpuid_leaf, ecx),
		SLOT(VMXPROBE_A_CPUID_EDX, struct cpuid_leaf, edx),
	};
	struct cpuid_leaf leaf, *leaves;
	uint32_t seen;

	if (take_nest(nest, slots, ARRAY_SIZE(slots), &leaf, &seen) ||
	    !has(seen, BIT(VMXPROBE_A_CPUID_LEAF) | BIT(VMXPROBE_A_CPUID_SUBLEAF) |
			       BIT(VMXPROBE_A_CPUID_EAX) | BIT(VMXPROBE_A_CPUID_EBX) |
			       BIT(VMXPROBE_A_CPUID_ECX) | BIT(VMXPROBE_A_CPUID_EDX)))
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
	const struct slot slots[] = {
		SLOT(VMXPROBE_A_MSR_INDEX, __typeof__(got), index),
		SLOT(VMXPROBE_A_MSR_STATE, __typeof__(got), state),
		SLOT(VMXPROBE_A_MSR_VALUE, __typeof__(got), value),
	};
	struct msr *msrs;
	uint32_t seen;

	if (take_nest(nest, slots, ARRAY_SIZE(slots), &got, &seen) ||
	    !has(seen, BIT(VMXPROBE_A_MSR_INDEX) | BIT(VMXPROBE_A_MSR_STATE)))
		return -EPROTO;
	if (has(seen, BIT(VMXPROBE_A_MSR_VALUE)) != (got.state == VMXPROBE_MSR_STATE_READ))
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
	const struct slot slots[] = {
		SLOT(VMXPROBE_A_CPU_ID, __typeof__(got), id),
		SLOT(VMXPROBE_A_CPU_READINESS, __typeof__(got), readiness),
		SLOT(VMXPROBE_A_CPU_MICROCODE, __typeof__(got), microcode),
	};
	struct walk walk = { attrs, len };
	const struct nlattr *attr;
	uint32_t seen = 0;
	int ret = 0;

	memset(cpu, 0, sizeof(*cpu));
	while (!ret && (attr = walk_next(&walk))) {
		switch (mnl_attr_get_type(attr)) {
		case VMXPROBE_A_CPU_CPUID:
			ret = parse_leaf(attr, cpu);
			break;
		case VMXPROBE_A_CPU_MSR:
			ret = parse_msr(attr, cpu);
			break;
		default:
			ret = take(attr, slots, ARRAY_SIZE(slots), &got, &seen);
			break;
		}
	}
	if (!ret && (walk.left || !has(seen, BIT(VMXPROBE_A_CPU_ID) |
						     BIT(VMXPROBE_A_CPU_READINESS))))
		ret = -EPROTO;
	if (!ret)
		ret = order_msrs(cpu);
	if (ret) {
		client_cpu_clear(cpu);
		return ret;
	}
	cpu->id = got.id;
	cpu->readiness = to_readiness(got.readiness);
	cpu->microcode = got.microcode;
	return 0;
}

/* An outcome with just the members that its kind makes valid. */
static int parse_outcome(const struct nlattr *nest, struct outcome *out)
{
	struct {
		uint32_t kind, readiness, insn;
		struct outcome is;
	} got = { 0 };
	const struct slot slots[] = {
		SLOT(VMXPROBE_A_OUTCOME_KIND, __typeof__(got), kind),
		SLOT(VMXPROBE_A_OUTCOME_READINESS, __typeof__(got), readiness),
		SLOT(VMXPROBE_A_OUTCOME_INSN, __typeof__(got), insn),
		SLOT(VMXPROBE_A_OUTCOME_VECTOR, __typeof__(got), is.vector),
		SLOT(VMXPROBE_A_OUTCOME_ERROR, __typeof__(got), is.error),
		SLOT(VMXPROBE_A_OUTCOME_FIELD, __typeof__(got), is.field),
		SLOT(VMXPROBE_A_OUTCOME_EXIT_REASON, __typeof__(got), is.exit_reason),
		SLOT(VMXPROBE_A_OUTCOME_QUALIFICATION, __typeof__(got), is.qualification),
		SLOT(VMXPROBE_A_OUTCOME_INTR_INFO, __typeof__(got), is.intr_info),
		SLOT(VMXPROBE_A_OUTCOME_INTR_ERROR_CODE, __typeof__(got), is.intr_error_code),
		SLOT(VMXPROBE_A_OUTCOME_IDT_VECTORING_INFO, __typeof__(got), is.idt_info),
		SLOT(VMXPROBE_A_OUTCOME_IDT_VECTORING_ERROR_CODE, __typeof__(got),
		     is.idt_error_code),
		SLOT(VMXPROBE_A_OUTCOME_GUEST_RIP, __typeof__(got), is.guest_rip),
	};
	const struct outcome *is = &got.is;
	uint32_t seen, need = 0;

	if (take_nest(nest, slots, ARRAY_SIZE(slots), &got, &seen) ||
	    !has(seen, BIT(VMXPROBE_A_OUTCOME_KIND)))
		return -EPROTO;

	memset(out, 0, sizeof(*out));
	switch (got.kind) {
	case VMXPROBE_KIND_NOT_READY:
		need = BIT(VMXPROBE_A_OUTCOME_READINESS);
		out->kind = OUTCOME_NOT_READY;
		out->readiness = to_readiness(got.readiness);
		break;
	case VMXPROBE_KIND_STOPPED:
		out->kind = OUTCOME_STOPPED;
		break;
	case VMXPROBE_KIND_FAULT:
		need = BIT(VMXPROBE_A_OUTCOME_INSN) | BIT(VMXPROBE_A_OUTCOME_VECTOR);
		out->kind = OUTCOME_FAULT;
		out->vector = is->vector;
		break;
	case VMXPROBE_KIND_FAIL_INVALID:
		need = BIT(VMXPROBE_A_OUTCOME_INSN);
		out->kind = OUTCOME_FAIL_INVALID;
		break;
	case VMXPROBE_KIND_FAIL_VALID:
		need = BIT(VMXPROBE_A_OUTCOME_INSN) | BIT(VMXPROBE_A_OUTCOME_ERROR);
		out->kind = OUTCOME_FAIL_VALID;
		out->error = is->error;
		break;
	case VMXPROBE_KIND_ENTRY_FAILED:
		need = BIT(VMXPROBE_A_OUTCOME_EXIT_REASON) | BIT(VMXPROBE_A_OUTCOME_QUALIFICATION);
		out->kind = OUTCOME_ENTRY_FAILED;
		out->exit_reason = is->exit_reason;
		out->qualification = is->qualification;
		break;
	case VMXPROBE_KIND_ENTERED:
		need = BIT(VMXPROBE_A_OUTCOME_EXIT_REASON);
		*out = *is;
		out->kind = OUTCOME_ENTERED;
		out->vector = out->error = out->field = 0;
		break;
	case VMXPROBE_KIND_OK:
		out->kind = OUTCOME_OK;
		out->insn = to_insn(got.insn);
		break;
	case VMXPROBE_KIND_WITHHELD:
		out->kind = OUTCOME_WITHHELD;
		break;
	default:
		out->kind = OUTCOME_NOT_TESTED;
		out->why = NOT_TESTED_UNKNOWN_KIND;
		break;
	}
	if (!has(seen, need))
		return -EPROTO;
	/* Bit 31 is what tells the two apart; an answer at odds with itself is no evidence. */
	if ((out->kind == OUTCOME_ENTRY_FAILED && !(out->exit_reason >> 31)) ||
	    (out->kind == OUTCOME_ENTERED && out->exit_reason >> 31))
		return -EPROTO;
	if (need & BIT(VMXPROBE_A_OUTCOME_INSN)) {
		out->insn = to_insn(got.insn);
		if (out->insn == INSN_VMREAD || out->insn == INSN_VMWRITE)
			out->field = is->field;
	}
	return 0;
}

static int parse_change(const struct nlattr *nest, struct client_reply *reply)
{
	static const struct slot slots[] = {
		SLOT(VMXPROBE_A_HOST_CHANGE_ITEM, struct host_change, item),
		SLOT(VMXPROBE_A_HOST_CHANGE_BEFORE, struct host_change, before),
		SLOT(VMXPROBE_A_HOST_CHANGE_AFTER, struct host_change, after),
	};
	struct host_change *change = &reply->changes[reply->n_changes];
	uint32_t seen;

	/* More than one for each item is not the contract's; and items are few. */
	if (reply->n_changes == ARRAY_SIZE(reply->changes) ||
	    take_nest(nest, slots, ARRAY_SIZE(slots), change, &seen) ||
	    !has(seen, BIT(VMXPROBE_A_HOST_CHANGE_ITEM) | BIT(VMXPROBE_A_HOST_CHANGE_BEFORE) |
			       BIT(VMXPROBE_A_HOST_CHANGE_AFTER)))
		return -EPROTO;
	change->name = to_host_item(change->item);
	reply->n_changes++;
	return 0;
}

int client_parse_probe(const void *attrs, size_t len, unsigned int cpu, size_t asked,
		       struct client_reply *reply)
{
	struct {
		uint32_t cpu, done, windows, entries;
		uint64_t ticks, max_ticks;
	} got = { 0 };
	const struct slot slots[] = {
		SLOT(VMXPROBE_A_PROBE_CPU, __typeof__(got), cpu),
		SLOT(VMXPROBE_A_PROBE_DONE, __typeof__(got), done),
		SLOT(VMXPROBE_A_PROBE_WINDOWS, __typeof__(got), windows),
		SLOT(VMXPROBE_A_PROBE_WINDOW_ENTRIES, __typeof__(got), entries),
		SLOT(VMXPROBE_A_PROBE_WINDOW_TICKS, __typeof__(got), ticks),
		SLOT(VMXPROBE_A_PROBE_WINDOW_TICKS_MAX, __typeof__(got), max_ticks),
	};
	struct walk walk = { attrs, len };
	const struct nlattr *attr;
	size_t n_index = 0;
	uint32_t seen = 0;
	int ret = 0;

	memset(reply, 0, sizeof(*reply));
	while (!ret && (attr = walk_next(&walk))) {
		switch (mnl_attr_get_type(attr)) {
		case VMXPROBE_A_PROBE_OUTCOME:
			if (reply->n_outcomes == CLIENT_MAX_OUTCOMES)
				return -EPROTO;
			ret = parse_outcome(attr, &reply->outcomes[reply->n_outcomes++]);
			break;
		case VMXPROBE_A_PROBE_INDEX:
			if (reply->index)
				return -EPROTO;
			reply->index = mnl_attr_get_payload(attr);
			n_index = mnl_attr_get_payload_len(attr);
			break;
		case VMXPROBE_A_PROBE_HOST_CHANGE:
			ret = parse_change(attr, reply);
			break;
		default:
			ret = take(attr, slots, ARRAY_SIZE(slots), &got, &seen);
			break;
		}
	}
	if (ret || walk.left || !reply->index ||
	    !has(seen, BIT(VMXPROBE_A_PROBE_CPU) | BIT(VMXPROBE_A_PROBE_DONE)))
		return -EPROTO;
	/* Without progress the caller would ask for ever. */
	if (got.cpu != cpu || !got.done || got.done > asked || got.done != n_index)
		return -EPROTO;
	for (size_t i = 0; i < n_index; i++)
		if (reply->index[i] >= reply->n_outcomes)
			return -EPROTO;
	reply->done = got.done;
	reply->stats = (struct window_stats){
		.windows = got.windows,
		.max_entries = got.entries,
		.ticks = got.ticks,
		.max_ticks = got.max_ticks,
	};
	return 0;
}

/* One encoding, from "first" on and behind those before it. */
static int parse_access(const struct nlattr *nest, uint32_t first, struct field_map *map)
{
	struct field_access access = { 0 };
	static const struct slot slots[] = {
		SLOT(VMXPROBE_A_ACCESS_ENCODING, struct field_access, encoding),
		SLOT(VMXPROBE_A_ACCESS_ONES, struct field_access, ones),
	};
	struct walk walk = walk_nest(nest);
	const struct nlattr *attr;
	uint32_t seen = 0;
	int ret = 0;

	access.readable = access.writable = true;
	while (!ret && (attr = walk_next(&walk))) {
		switch (mnl_attr_get_type(attr)) {
		case VMXPROBE_A_ACCESS_READ:
			if (!access.readable)
				return -EPROTO;
			access.readable = false;
			ret = parse_outcome(attr, &access.read);
			break;
		case VMXPROBE_A_ACCESS_WRITE:
			if (!access.writable)
				return -EPROTO;
			access.writable = false;
			ret = parse_outcome(attr, &access.write);
			break;
		default:
			ret = take(attr, slots, ARRAY_SIZE(slots), &access, &seen);
			break;
		}
	}
	if (ret || walk.left || !has(seen, BIT(VMXPROBE_A_ACCESS_ENCODING)))
		return -EPROTO;
	if (has(seen, BIT(VMXPROBE_A_ACCESS_ONES)) != (access.readable && access.writable) ||
	    access.encoding < first || access.encoding >= CLIENT_ENCODINGS ||
	    (map->n && access.encoding <= map->list[map->n - 1].encoding) ||
	    (access.read.field && access.read.field != access.encoding) ||
	    (access.write.field && access.write.field != access.encoding))
		return -EPROTO;
	return field_map_add(map, &access);
}

int client_parse_fields(const void *attrs, size_t len, unsigned int cpu, uint32_t first,
			struct field_map *map, uint32_t *next)
{
	struct {
		uint32_t cpu, next;
	} got = { 0 };
	const struct slot slots[] = {
		SLOT(VMXPROBE_A_FIELDS_CPU, __typeof__(got), cpu),
		SLOT(VMXPROBE_A_FIELDS_NEXT, __typeof__(got), next),
	};
	struct walk walk = { attrs, len };
	const struct nlattr *attr;
	const size_t before = map->n;
	bool failed = false;
	uint32_t seen = 0;
	int ret = 0;

	*next = 0;
	while (!ret && (attr = walk_next(&walk))) {
		switch (mnl_attr_get_type(attr)) {
		case VMXPROBE_A_FIELDS_FAILED:
			if (failed)
				return -EPROTO;
			failed = true;
			ret = parse_outcome(attr, &map->why);
			break;
		case VMXPROBE_A_FIELDS_ACCESS:
			ret = parse_access(attr, first, map);
			break;
		default:
			ret = take(attr, slots, ARRAY_SIZE(slots), &got, &seen);
			break;
		}
	}
	if (ret)
		return ret;
	if (walk.left || !has(seen, BIT(VMXPROBE_A_FIELDS_CPU)) || got.cpu != cpu)
		return -EPROTO;
	if (failed) {
		if (map->n != before)
			return -EPROTO;
		map->scanned = false;
		return 0;
	}
	map->scanned = !has(seen, BIT(VMXPROBE_A_FIELDS_NEXT));
	if (map->scanned)
		return 0;
	/* Without progress the caller would ask for ever. */
	if (got.next <= first || got.next >= CLIENT_ENCODINGS ||
	    (map->n && got.next <= map->list[map->n - 1].encoding))
		return -EPROTO;
	*next = got.next;
	return 0;
}
