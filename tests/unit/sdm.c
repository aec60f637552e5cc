// SPDX-License-Identifier: GPL-2.0
#include "sdm.h"

#include <stdlib.h>

enum { ACTIVE, HLT, SHUTDOWN, WAIT_FOR_SIPI };

/* What a probe says of the fields that matter; the others are those of a legal 64-bit guest. */
struct vmcs {
	uint64_t info, code, length;
	uint64_t pin, pin_must, primary, secondary, entry;
	uint64_t cr0, cr4, rflags, interruptibility, activity, pending, debugctl;
	uint64_t ss_ar, tr_ar, cs_ar;
};

static void put(struct vmcs *vmcs, uint32_t field, uint64_t value)
{
	switch (field) {
	case 0x2802: vmcs->debugctl = value; break;
	case 0x4000: vmcs->pin = value; break;
	case 0x4002: vmcs->primary = value; break;
	case 0x4012: vmcs->entry = value; break;
	case 0x4016: vmcs->info = value; break;
	case 0x4018: vmcs->code = value; break;
	case 0x401a: vmcs->length = value; break;
	case 0x401e: vmcs->secondary = value; break;
	case 0x4816: vmcs->cs_ar = value; break;
	case 0x4818: vmcs->ss_ar = value; break;
	case 0x4822: vmcs->tr_ar = value; break;
	case 0x4824: vmcs->interruptibility = value; break;
	case 0x4826: vmcs->activity = value; break;
	case 0x6800: vmcs->cr0 = value; break;
	case 0x6804: vmcs->cr4 = value; break;
	case 0x6820: vmcs->rflags = value; break;
	case 0x6822: vmcs->pending = value; break;
	case 0x0802: case 0x0804: break;	/* selectors of a CPL 3 guest, given with it */
	default: abort();	/* a claim about a field that this CPU does not know */
	}
}

static struct vmcs vmcs_of(const struct group *group, size_t i)
{
	struct vmcs vmcs = {
		.pin = 0x1f, .primary = 0x04006172, .entry = 0x13fb, .cr0 = 0x80000021,
		.cr4 = 0x2020, .rflags = 2, .ss_ar = 0xc093, .tr_ar = 0x8b, .cs_ar = 0xa09b,
	};

	for (size_t k = 0; k < group->n_set; k++)
		put(&vmcs, group->set[k].field, group->set[k].value);
	if (group->sweep_field)
		put(&vmcs, group->sweep_field, group_value(group, i));
	return vmcs;
}

static bool listed(const struct sdm *sdm, unsigned int vector)
{
	if (vector == 21)
		return sdm->cet && sdm->footnote;
	return vector == 8 || (vector > 9 && vector < 15) || vector == 17;
}

/* "The field's deliver-error-code bit": may it be what it is? */
static bool code_bit_legal(const struct sdm *sdm, const struct vmcs *vmcs, unsigned int type,
			   unsigned int vector, bool code)
{
	bool unrestricted = vmcs->primary >> 31 & vmcs->secondary >> 7 & 1;

	if (type != 3)
		return !code;
	if (!(vmcs->cr0 & 1) && (unrestricted || sdm->pe_field))
		return !code;
	return sdm->any_code || code == listed(sdm, vector);
}

static bool vector_legal(const struct sdm *sdm, const struct vmcs *vmcs, unsigned int type,
			 unsigned int vector)
{
	bool fred = vmcs->cr4 >> 32 & 1 && vmcs->entry >> 9 & 1;

	switch (type) {
	case 1:
		return false;
	case 2:
		return vector == 2;
	case 3:
		return vector < 32;
	case 7:
		return sdm->mtf && vector <= (fred ? 2 : 0);
	default:
		return true;
	}
}

static bool event_legal(const struct sdm *sdm, const struct vmcs *vmcs)
{
	unsigned int type = vmcs->info >> 8 & 7, vector = vmcs->info & 0xff;
	bool code = vmcs->info >> 11 & 1, has_length = type > 3 && (type < 7 || vector);

	if (!(vmcs->info & 1u << 31))
		return true;
	if (!vector_legal(sdm, vmcs, type, vector) ||
	    !code_bit_legal(sdm, vmcs, type, vector, code))
		return false;
	if (vmcs->info & 0x7fffd000)
		return false;
	if (vmcs->info & 0x2000 && !(sdm->nested && type == 3))
		return false;
	if (code && vmcs->code >> 16)
		return false;
	if (!has_length)
		return true;
	return vmcs->length <= 15 && (vmcs->length || sdm->length_zero);
}

static bool activity_takes(unsigned int activity, unsigned int type, unsigned int vector)
{
	switch (activity) {
	case ACTIVE:
		return true;
	case HLT:
		return type == 0 || type == 2 || type == 7 ||
		       (type == 3 && (vector == 1 || vector == 18));
	case SHUTDOWN:
		return type == 2 || (type == 3 && vector == 18);
	default:
		return false;
	}
}

static bool pending_legal(const struct sdm *sdm, const struct vmcs *vmcs, bool blocked)
{
	uint64_t known = 0x500f | (sdm->bus_lock ? 1u << 11 : 0) | (sdm->rtm ? 1u << 16 : 0);
	bool bs = vmcs->pending >> 14 & 1, tf = vmcs->rflags >> 8 & 1;
	bool btf = vmcs->debugctl >> 1 & 1;

	if (vmcs->pending & ~known)
		return false;
	if ((blocked || vmcs->activity == HLT) && bs != (tf && !btf))
		return false;
	if (vmcs->pending & 1 << 16)
		return vmcs->pending == 0x11000 && !(vmcs->interruptibility & 2);
	return true;
}

static bool guest_legal(const struct sdm *sdm, const struct vmcs *vmcs)
{
	unsigned int type = vmcs->info >> 8 & 7, vector = vmcs->info & 0xff;
	bool event = vmcs->info >> 31 & 1, interrupts = vmcs->rflags >> 9 & 1;
	uint64_t blocking = vmcs->interruptibility;
	bool blocked = blocking & 3;

	if (!(vmcs->rflags & 2) || vmcs->tr_ar != 0x8b || !vmcs->cs_ar)
		return false;
	if (event && type == 0 && (!interrupts || blocked))
		return false;
	if (event && type == 2 && (blocking & 2 || (blocking & 8 && vmcs->pin >> 5 & 1)))
		return false;
	if (blocking & ~0x1bull || (blocking & 3) == 3 || (blocking & 1 && !interrupts))
		return false;
	if (blocking & 0x10 && (!sdm->sgx || blocking & 2))
		return false;
	if (vmcs->activity > 3 || (vmcs->activity && !(sdm->activity >> (vmcs->activity - 1) & 1)))
		return false;
	if (vmcs->activity && blocked)
		return false;
	if (vmcs->activity == HLT && vmcs->ss_ar >> 5 & 3)
		return false;
	if (event && !activity_takes(vmcs->activity, type, vector))
		return false;
	return pending_legal(sdm, vmcs, blocked);
}

struct outcome sdm_answer(const struct sdm *sdm, const struct group *group, size_t i)
{
	struct vmcs vmcs = vmcs_of(group, i);

	if ((vmcs.pin & 0x16) != 0x16 || !event_legal(sdm, &vmcs))
		return (struct outcome){ .kind = OUTCOME_FAIL_VALID, .insn = INSN_VMLAUNCH,
					 .error = 7 };
	if (group->depth == DEPTH_CONTROLS || !guest_legal(sdm, &vmcs))
		return (struct outcome){ .kind = OUTCOME_ENTRY_FAILED,
					 .exit_reason = 0x80000021 };
	return (struct outcome){ .kind = OUTCOME_ENTRY_FAILED, .exit_reason = 0x80000022,
				 .qualification = 1 };
}

static void add_msr(struct cpu *cpu, uint32_t index, uint64_t value)
{
	cpu->msrs[cpu->n_msrs++] = (struct msr){ index, MSR_READ, value };
}

struct cpu sdm_cpu(const struct sdm *sdm)
{
	struct cpu cpu = {
		.readiness = READINESS_READY,
		.leaves = calloc(4, sizeof(*cpu.leaves)),
		.msrs = calloc(16, sizeof(*cpu.msrs)),
	};
	uint64_t primary = 0xf7f9fffeull << 32 | (sdm->mtf ? 1ull << 59 : 0);

	cpu.leaves[cpu.n_leaves++] = (struct cpuid_leaf){ .leaf = 0, .eax = 0x1f };
	cpu.leaves[cpu.n_leaves++] = (struct cpuid_leaf){ .leaf = 1, .eax = 0x806c1, .ecx = 0x20 };
	cpu.leaves[cpu.n_leaves++] = (struct cpuid_leaf){
		.leaf = 7,
		.ebx = (sdm->sgx ? 1u << 2 : 0) | (sdm->rtm ? 1u << 11 : 0),
		.ecx = (sdm->cet ? 1u << 7 : 0) | (sdm->bus_lock ? 1u << 24 : 0),
	};
	add_msr(&cpu, 0x480, 0x00d8040000000004 | (uint64_t)sdm->any_code << 56 |
		(uint64_t)sdm->nested << 58);
	add_msr(&cpu, 0x481, 0x000000ff00000016);
	add_msr(&cpu, 0x482, primary | 0x0401e172);
	add_msr(&cpu, 0x484, 0x0000ffff000011ff);
	add_msr(&cpu, 0x485, (uint64_t)sdm->length_zero << 30 | (sdm->activity & 7) << 6);
	add_msr(&cpu, 0x486, 0x80000021);
	add_msr(&cpu, 0x487, 0xffffffff);
	add_msr(&cpu, 0x488, 0x2000);
	add_msr(&cpu, 0x489, 0x1727ff | (uint64_t)sdm->cet << 23 | (uint64_t)sdm->fred << 32);
	add_msr(&cpu, 0x48b, 0x00000c7f00000000 | (uint64_t)sdm->unrestricted << 39);
	add_msr(&cpu, 0x48d, (sdm->virtual_nmi ? 0x0000007full : 0x0000001full) << 32 | 0x16);
	add_msr(&cpu, 0x48e, primary | 0x04006172);
	add_msr(&cpu, 0x490, 0x0000ffff000011fb);
	return cpu;
}
