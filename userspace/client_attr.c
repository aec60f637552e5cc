// SPDX-License-Identifier: GPL-2.0
/* What the answers to several commands have: attributes, outcomes, changes of host state. */
#include "client_parts.h"

#include <errno.h>
#include <string.h>

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
	[VMXPROBE_READINESS_BORROWED] = READINESS_BORROWED,
	[VMXPROBE_READINESS_BUSY] = READINESS_BUSY,
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
	[VMXPROBE_HOST_ITEM_CR2] = "cr2",
	[VMXPROBE_HOST_ITEM_DR6] = "dr6",
	[VMXPROBE_HOST_ITEM_GUEST_SURROUNDINGS] = "guest-surroundings",
};

enum readiness attr_readiness(uint32_t value)
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

const struct nlattr *attr_next(struct attr_walk *walk)
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

struct attr_walk attr_nest(const struct nlattr *attr)
{
	return (struct attr_walk){ mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr) };
}

int attr_take(const struct nlattr *attr, const struct attr_slot *slots, size_t n, void *to,
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

int attr_take_nest(const struct nlattr *nest, const struct attr_slot *slots, size_t n, void *to,
		   uint32_t *seen)
{
	struct attr_walk walk = attr_nest(nest);
	const struct nlattr *attr;

	*seen = 0;
	while ((attr = attr_next(&walk)))
		if (attr_take(attr, slots, n, to, seen))
			return -EPROTO;
	return walk.left ? -EPROTO : 0;
}

bool attr_has(uint32_t seen, uint32_t types)
{
	return (seen & types) == types;
}

int attr_outcome(const struct nlattr *nest, struct outcome *out)
{
	struct {
		uint32_t kind, readiness, insn;
		struct outcome is;
	} got = { 0 };
	const struct attr_slot slots[] = {
		ATTR_SLOT(VMXPROBE_A_OUTCOME_KIND, __typeof__(got), kind),
		ATTR_SLOT(VMXPROBE_A_OUTCOME_READINESS, __typeof__(got), readiness),
		ATTR_SLOT(VMXPROBE_A_OUTCOME_INSN, __typeof__(got), insn),
		ATTR_SLOT(VMXPROBE_A_OUTCOME_VECTOR, __typeof__(got), is.vector),
		ATTR_SLOT(VMXPROBE_A_OUTCOME_ERROR, __typeof__(got), is.error),
		ATTR_SLOT(VMXPROBE_A_OUTCOME_FIELD, __typeof__(got), is.field),
		ATTR_SLOT(VMXPROBE_A_OUTCOME_EXIT_REASON, __typeof__(got), is.exit_reason),
		ATTR_SLOT(VMXPROBE_A_OUTCOME_QUALIFICATION, __typeof__(got), is.qualification),
		ATTR_SLOT(VMXPROBE_A_OUTCOME_INTR_INFO, __typeof__(got), is.intr_info),
		ATTR_SLOT(VMXPROBE_A_OUTCOME_INTR_ERROR_CODE, __typeof__(got), is.intr_error_code),
		ATTR_SLOT(VMXPROBE_A_OUTCOME_IDT_VECTORING_INFO, __typeof__(got), is.idt_info),
		ATTR_SLOT(VMXPROBE_A_OUTCOME_IDT_VECTORING_ERROR_CODE, __typeof__(got),
		     is.idt_error_code),
		ATTR_SLOT(VMXPROBE_A_OUTCOME_GUEST_RIP, __typeof__(got), is.guest_rip),
	};
	const struct outcome *is = &got.is;
	uint32_t seen, need = 0;

	if (attr_take_nest(nest, slots, ARRAY_SIZE(slots), &got, &seen) ||
	    !attr_has(seen, ATTR_BIT(VMXPROBE_A_OUTCOME_KIND)))
		return -EPROTO;

	memset(out, 0, sizeof(*out));
	switch (got.kind) {
	case VMXPROBE_KIND_NOT_READY:
		need = ATTR_BIT(VMXPROBE_A_OUTCOME_READINESS);
		out->kind = OUTCOME_NOT_READY;
		out->readiness = attr_readiness(got.readiness);
		break;
	case VMXPROBE_KIND_STOPPED:
		out->kind = OUTCOME_STOPPED;
		break;
	case VMXPROBE_KIND_FAULT:
		need = ATTR_BIT(VMXPROBE_A_OUTCOME_INSN) | ATTR_BIT(VMXPROBE_A_OUTCOME_VECTOR);
		out->kind = OUTCOME_FAULT;
		out->vector = is->vector;
		break;
	case VMXPROBE_KIND_FAIL_INVALID:
		need = ATTR_BIT(VMXPROBE_A_OUTCOME_INSN);
		out->kind = OUTCOME_FAIL_INVALID;
		break;
	case VMXPROBE_KIND_FAIL_VALID:
		need = ATTR_BIT(VMXPROBE_A_OUTCOME_INSN) | ATTR_BIT(VMXPROBE_A_OUTCOME_ERROR);
		out->kind = OUTCOME_FAIL_VALID;
		out->error = is->error;
		break;
	case VMXPROBE_KIND_ENTRY_FAILED:
		need = ATTR_BIT(VMXPROBE_A_OUTCOME_EXIT_REASON) |
		       ATTR_BIT(VMXPROBE_A_OUTCOME_QUALIFICATION);
		out->kind = OUTCOME_ENTRY_FAILED;
		out->exit_reason = is->exit_reason;
		out->qualification = is->qualification;
		break;
	case VMXPROBE_KIND_ENTERED:
		need = ATTR_BIT(VMXPROBE_A_OUTCOME_EXIT_REASON);
		*out = *is;
		out->kind = OUTCOME_ENTERED;
		out->vector = out->error = out->field = 0;
		break;
	case VMXPROBE_KIND_OK:
		out->kind = OUTCOME_OK;
		/* Without an instruction something was looked at; not so with a later module's. */
		if (!attr_has(seen, ATTR_BIT(VMXPROBE_A_OUTCOME_INSN)))
			break;
		if (to_insn(got.insn) == INSN_NONE)
			*out = (struct outcome){ .why = NOT_TESTED_UNKNOWN_KIND };
		else
			need = ATTR_BIT(VMXPROBE_A_OUTCOME_INSN);
		break;
	case VMXPROBE_KIND_WITHHELD:
		out->kind = OUTCOME_WITHHELD;
		break;
	default:
		out->kind = OUTCOME_NOT_TESTED;
		out->why = NOT_TESTED_UNKNOWN_KIND;
		break;
	}
	if (!attr_has(seen, need))
		return -EPROTO;
	/* Bit 31 is what tells the two apart; an answer at odds with itself is no evidence. */
	if ((out->kind == OUTCOME_ENTRY_FAILED && !(out->exit_reason >> 31)) ||
	    (out->kind == OUTCOME_ENTERED && out->exit_reason >> 31))
		return -EPROTO;
	if (need & ATTR_BIT(VMXPROBE_A_OUTCOME_INSN)) {
		out->insn = to_insn(got.insn);
		if (out->insn == INSN_VMREAD || out->insn == INSN_VMWRITE)
			out->field = is->field;
	}
	return 0;
}

int attr_change(const struct nlattr *nest, struct client_cost *cost)
{
	static const struct attr_slot slots[] = {
		ATTR_SLOT(VMXPROBE_A_HOST_CHANGE_ITEM, struct host_change, item),
		ATTR_SLOT(VMXPROBE_A_HOST_CHANGE_BEFORE, struct host_change, before),
		ATTR_SLOT(VMXPROBE_A_HOST_CHANGE_AFTER, struct host_change, after),
	};
	struct host_change *change = &cost->changes[cost->n_changes];
	uint32_t seen;

	/* More than one for each item is not the contract's; and items are few. */
	if (cost->n_changes == ARRAY_SIZE(cost->changes) ||
	    attr_take_nest(nest, slots, ARRAY_SIZE(slots), change, &seen) ||
	    !attr_has(seen, ATTR_BIT(VMXPROBE_A_HOST_CHANGE_ITEM) |
				    ATTR_BIT(VMXPROBE_A_HOST_CHANGE_BEFORE) |
				    ATTR_BIT(VMXPROBE_A_HOST_CHANGE_AFTER)))
		return -EPROTO;
	change->name = to_host_item(change->item);
	cost->n_changes++;
	return 0;
}
