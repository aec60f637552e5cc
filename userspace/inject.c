// SPDX-License-Identifier: GPL-2.0
#include "inject.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "enter.h"

#define CR0_PE (1ull << 0)
#define CR0_PG (1ull << 31)
#define RFLAGS_FIXED (1ull << 1)
#define RFLAGS_IF (1ull << 9)

#define PRIMARY_SECONDARY (1u << 31)	/* activate secondary controls */
#define SECONDARY_EPT (1u << 1)
#define SECONDARY_UNRESTRICTED (1u << 7)
#define ENTRY_IA32E (1u << 9)		/* IA-32e mode guest */

/* Access rights: present, accessed, DPL 0. SDM: "Checks on Guest Segment Registers". */
#define AR_CODE 0x9b
#define AR_DATA 0x93
#define AR_BUSY_TSS 0x8b
#define AR_UNUSABLE 0x10000

/* The most fields a group of inject_group() overrides. */
#define MAX_SETS 64

uint32_t inject_info(const struct inject *inject)
{
	return INTR_INFO_VALID | (inject->deliver_error_code ? INTR_INFO_DELIVER_ERROR_CODE : 0) |
	       inject->type << INTR_INFO_TYPE_SHIFT | inject->vector;
}

static bool allowed1(const struct cpu *cpu, uint32_t msr, uint32_t bits)
{
	uint64_t value;

	return cpu_msr_value(cpu, msr, &value) && (value >> 32 & bits) == bits;
}

bool inject_has_unrestricted(const struct cpu *cpu)
{
	return allowed1(cpu, MSR_IA32_VMX_PROCBASED_CTLS, PRIMARY_SECONDARY) &&
	       allowed1(cpu, MSR_IA32_VMX_PROCBASED_CTLS2, SECONDARY_EPT | SECONDARY_UNRESTRICTED);
}

/*
 * The controls that have to be 1, by the TRUE_ MSR where the CPU has it: the fewest that are
 * legal. The module's baseline starts from the same.
 */
static int fewest(const struct cpu *cpu, uint32_t msr, uint32_t true_msr, uint32_t *controls)
{
	uint64_t value;

	if (!cpu_msr_value(cpu, true_msr, &value) && !cpu_msr_value(cpu, msr, &value))
		return -ENODATA;
	*controls = value;
	return 0;
}

struct builder {
	struct field_value set[MAX_SETS];
	size_t n;
};

static void put(struct builder *b, uint32_t field, uint64_t value)
{
	b->set[b->n++] = (struct field_value){ field, value };
}

static int put_unrestricted(struct builder *b, const struct cpu *cpu)
{
	uint32_t primary, secondary;

	if (!inject_has_unrestricted(cpu))
		return -ENOTSUP;
	if (fewest(cpu, MSR_IA32_VMX_PROCBASED_CTLS, MSR_IA32_VMX_TRUE_PROCBASED_CTLS, &primary) ||
	    fewest(cpu, MSR_IA32_VMX_PROCBASED_CTLS2, MSR_IA32_VMX_PROCBASED_CTLS2, &secondary))
		return -ENODATA;
	put(b, CPU_BASED_VM_EXEC_CONTROL, primary | PRIMARY_SECONDARY);
	put(b, SECONDARY_VM_EXEC_CONTROL, secondary | SECONDARY_EPT | SECONDARY_UNRESTRICTED);
	return 0;
}

/* A guest in real mode, which only an unrestricted guest can be. */
static int put_real_mode(struct builder *b, const struct cpu *cpu)
{
	static const struct {
		uint32_t selector, base, limit, ar, rights;
	} segments[] = {
		{ GUEST_ES_SELECTOR, GUEST_ES_BASE, GUEST_ES_LIMIT, GUEST_ES_AR_BYTES, AR_DATA },
		{ GUEST_CS_SELECTOR, GUEST_CS_BASE, GUEST_CS_LIMIT, GUEST_CS_AR_BYTES, AR_CODE },
		{ GUEST_SS_SELECTOR, GUEST_SS_BASE, GUEST_SS_LIMIT, GUEST_SS_AR_BYTES, AR_DATA },
		{ GUEST_DS_SELECTOR, GUEST_DS_BASE, GUEST_DS_LIMIT, GUEST_DS_AR_BYTES, AR_DATA },
		{ GUEST_FS_SELECTOR, GUEST_FS_BASE, GUEST_FS_LIMIT, GUEST_FS_AR_BYTES, AR_DATA },
		{ GUEST_GS_SELECTOR, GUEST_GS_BASE, GUEST_GS_LIMIT, GUEST_GS_AR_BYTES, AR_DATA },
		{ GUEST_TR_SELECTOR, GUEST_TR_BASE, GUEST_TR_LIMIT, GUEST_TR_AR_BYTES,
		  AR_BUSY_TSS },
		{ GUEST_LDTR_SELECTOR, GUEST_LDTR_BASE, GUEST_LDTR_LIMIT, GUEST_LDTR_AR_BYTES,
		  AR_UNUSABLE },
	};
	uint32_t entry;
	uint64_t cr4;

	if (fewest(cpu, MSR_IA32_VMX_ENTRY_CTLS, MSR_IA32_VMX_TRUE_ENTRY_CTLS, &entry) ||
	    !cpu_msr_value(cpu, MSR_IA32_VMX_CR4_FIXED0, &cr4))
		return -ENODATA;
	put(b, VM_ENTRY_CONTROLS, entry & ~ENTRY_IA32E);
	put(b, GUEST_CR4, cr4);
	for (size_t i = 0; i < sizeof(segments) / sizeof(segments[0]); i++) {
		put(b, segments[i].selector, 0);
		put(b, segments[i].base, 0);
		put(b, segments[i].limit, 0xffff);
		put(b, segments[i].ar, segments[i].rights);
	}
	/* Outside 64-bit code the upper half must be 0. */
	put(b, GUEST_RIP, 0);
	put(b, GUEST_RSP, 0);
	return 0;
}

static int fill(struct group *group, const struct builder *b, uint64_t value)
{
	group->set = calloc(b->n, sizeof(*group->set));
	group->values = malloc(sizeof(*group->values));
	if (!group->set || !group->values) {
		free(group->set);
		free(group->values);
		group->set = NULL;
		group->values = NULL;
		return -ENOMEM;
	}
	memcpy(group->set, b->set, b->n * sizeof(*b->set));
	group->n_set = b->n;
	group->sweep_field = VM_ENTRY_INTR_INFO_FIELD;
	group->values[0] = value;
	group->n_values = 1;
	return 0;
}

/* The module has the guest; but an interrupt still needs one that takes interrupts. */
static int enter(const struct cpu *cpu, const struct inject *inject, struct group *group)
{
	struct builder b = { .n = 0 };
	struct group made;
	int ret = enter_group(cpu, inject->guest, &made);

	if (ret)
		return ret;
	for (size_t i = 0; i < made.n_set; i++)
		put(&b, made.set[i].field,
		    made.set[i].field == VM_ENTRY_INSTRUCTION_LEN ? inject->length :
		    made.set[i].field == VM_ENTRY_EXCEPTION_ERROR_CODE ? inject->error_code :
		    made.set[i].value);
	if (inject->type == INTR_TYPE_EXTERNAL)
		put(&b, GUEST_RFLAGS, RFLAGS_FIXED | RFLAGS_IF);
	free(made.set);
	made.set = NULL;
	made.n_set = 0;
	ret = fill(&made, &b, inject_info(inject));
	if (ret)
		group_clear(&made);
	else
		*group = made;
	return ret;
}

int inject_group(const struct cpu *cpu, const struct inject *inject, struct group *group)
{
	struct builder b = { .n = 0 };
	uint64_t cr0;
	int ret;

	memset(group, 0, sizeof(*group));
	if (inject->depth == DEPTH_ENTER)
		return enter(cpu, inject, group);
	if (!cpu_msr_value(cpu, MSR_IA32_VMX_CR0_FIXED0, &cr0))
		return -ENODATA;
	if (inject->cr0_pe)
		cr0 |= CR0_PE;
	else
		cr0 &= ~(CR0_PE | CR0_PG);

	put(&b, VM_ENTRY_EXCEPTION_ERROR_CODE, inject->error_code);
	put(&b, VM_ENTRY_INSTRUCTION_LEN, inject->length);
	put(&b, GUEST_CR0, cr0);
	if (inject->unrestricted) {
		ret = put_unrestricted(&b, cpu);
		if (ret)
			return ret;
	}
	if (inject->depth == DEPTH_STATE) {
		if (!inject->cr0_pe && inject->unrestricted) {
			ret = put_real_mode(&b, cpu);
			if (ret)
				return ret;
		}
		/* An interrupt needs a guest that takes interrupts. */
		if (inject->type == INTR_TYPE_EXTERNAL)
			put(&b, GUEST_RFLAGS, RFLAGS_FIXED | RFLAGS_IF);
	}
	group->depth = inject->depth;
	return fill(group, &b, inject_info(inject));
}
