// SPDX-License-Identifier: GPL-2.0
#include "sdm_controls.h"

#include <stdlib.h>

#include "decode.h"

#define BITS(high, low) (~0ull >> (63 - (high) + (low)) << (low))

/* The baseline of a probe, with what the probe gives instead. */
struct vmcs {
	const struct sdm_controls *sdm;
	const struct group *group;
	size_t probe;
	uint64_t pin, primary, secondary, tertiary, exit, entry;
};

static uint64_t get(const struct vmcs *vmcs, uint32_t field, uint64_t baseline)
{
	const struct group *group = vmcs->group;

	if (field && group->sweep_field == field)
		return group_value(group, vmcs->probe);
	for (size_t i = group->n_set; i--;)
		if (group->set[i].field == field)
			return group->set[i].value;
	return baseline;
}

static bool primary(const struct vmcs *vmcs, unsigned int bit)
{
	return vmcs->primary >> bit & 1;
}

static bool secondary(const struct vmcs *vmcs, unsigned int bit)
{
	return primary(vmcs, 31) && vmcs->secondary >> bit & 1;
}

static bool tertiary(const struct vmcs *vmcs, unsigned int bit)
{
	return primary(vmcs, 17) && vmcs->tertiary >> bit & 1;
}

static bool fits(uint64_t value, const struct sdm_word *word)
{
	return !(value & ~word->may) && !(word->must & ~value);
}

/* No bits of the mask, and none beyond the physical-address width. */
static bool address(const struct vmcs *vmcs, uint32_t field, uint64_t mask)
{
	uint64_t value = get(vmcs, field, 0);

	return !(value & mask) && !(value >> vmcs->sdm->width);
}

static bool page(const struct vmcs *vmcs, uint32_t field)
{
	return address(vmcs, field, 0xfff);
}

static bool words_legal(const struct vmcs *vmcs)
{
	const struct sdm_controls *sdm = vmcs->sdm;

	return fits(vmcs->pin, &sdm->pin) && fits(vmcs->primary, &sdm->primary) &&
	       fits(vmcs->exit, &sdm->exit) && fits(vmcs->entry, &sdm->entry) &&
	       (!primary(vmcs, 31) || fits(vmcs->secondary, &sdm->secondary)) &&
	       (!primary(vmcs, 17) || fits(vmcs->tertiary, &sdm->tertiary));
}

static bool pages_legal(const struct vmcs *vmcs)
{
	return (!primary(vmcs, 25) || (page(vmcs, IO_BITMAP_A) && page(vmcs, IO_BITMAP_B))) &&
	       (!primary(vmcs, 28) || page(vmcs, MSR_BITMAP)) &&
	       (!secondary(vmcs, 0) || page(vmcs, APIC_ACCESS_ADDR)) &&
	       (!secondary(vmcs, 14) || (page(vmcs, VMREAD_BITMAP) &&
					 page(vmcs, VMWRITE_BITMAP))) &&
	       (!secondary(vmcs, 17) || page(vmcs, PML_ADDRESS)) &&
	       (!secondary(vmcs, 18) || page(vmcs, VE_INFORMATION_ADDRESS)) &&
	       (!secondary(vmcs, 21) || (page(vmcs, LOW_PASID_DIR_ADDR) &&
					 page(vmcs, HIGH_PASID_DIR_ADDR))) &&
	       (!secondary(vmcs, 23) || page(vmcs, SPPT_POINTER));
}

/* The virtual-APIC page is zeroes. */
static bool apic_legal(const struct vmcs *vmcs)
{
	uint64_t threshold = get(vmcs, TPR_THRESHOLD, 0);

	if (!primary(vmcs, 21))
		return !secondary(vmcs, 4) && !secondary(vmcs, 8) && !secondary(vmcs, 9) &&
		       !tertiary(vmcs, 4);
	if (!page(vmcs, VIRTUAL_APIC_PAGE_ADDR))
		return false;
	if (!secondary(vmcs, 9) && threshold >> 4)
		return false;
	if (!secondary(vmcs, 9) && !secondary(vmcs, 0) && threshold & 15)
		return false;
	if (tertiary(vmcs, 4) && !address(vmcs, PID_POINTER_TABLE, 7))
		return false;
	return !(secondary(vmcs, 0) && secondary(vmcs, 4));
}

static bool interrupts_legal(const struct vmcs *vmcs)
{
	bool nmi = vmcs->pin >> 3 & 1, virtual_nmi = vmcs->pin >> 5 & 1;

	if ((virtual_nmi && !nmi) || (primary(vmcs, 22) && !virtual_nmi))
		return false;
	if (secondary(vmcs, 9) && !(vmcs->pin & 1))
		return false;
	if (tertiary(vmcs, 8) && !secondary(vmcs, 9))
		return false;
	return !(vmcs->pin >> 7 & 1) ||
	       (secondary(vmcs, 9) && vmcs->exit >> 15 & 1 &&
		!(get(vmcs, POSTED_INTR_NV, 0) & ~0xffull) &&
		address(vmcs, POSTED_INTR_DESC_ADDR, 0x3f));
}

static bool ept_legal(const struct vmcs *vmcs)
{
	const struct sdm_controls *sdm = vmcs->sdm;
	uint64_t cap = sdm->ept_vpid;
	uint64_t eptp = get(vmcs, EPT_POINTER, 0x18 | (cap & 1 << 14 ? 6 : 0));

	switch (eptp & 7) {
	case 0:
		if (!(cap >> 8 & 1))
			return false;
		break;
	case 6:
		if (!(cap >> 14 & 1))
			return false;
		break;
	default:
		return false;
	}
	if (!((eptp >> 3 & 7) == 3 && cap >> 6 & 1) && !((eptp >> 3 & 7) == 4 && cap >> 7 & 1))
		return false;
	return !(eptp & 0x40 && !(cap >> 21 & 1)) && !(eptp & 0x80 && !(cap >> 23 & 1)) &&
	       !(eptp & 0xf00) && !(eptp >> sdm->width);
}

/* What needs EPT, and EPT itself. */
static bool translation_legal(const struct vmcs *vmcs)
{
	const struct sdm_controls *sdm = vmcs->sdm;
	bool ept = secondary(vmcs, 1);
	uint64_t functions = get(vmcs, VM_FUNCTION_CONTROL, 0);

	if (ept && !ept_legal(vmcs))
		return false;
	if (!ept && (secondary(vmcs, 7) || secondary(vmcs, 17) || secondary(vmcs, 22) ||
		     secondary(vmcs, 23) || secondary(vmcs, 24) || tertiary(vmcs, 1) ||
		     tertiary(vmcs, 2) || tertiary(vmcs, 3)))
		return false;
	if (secondary(vmcs, 24) && (!(vmcs->entry >> 18 & 1) || !(vmcs->exit >> 25 & 1)))
		return false;
	if (tertiary(vmcs, 1) && !address(vmcs, HLAT_POINTER, BITS(11, 5) | 7))
		return false;
	if (!secondary(vmcs, 13))
		return true;
	return !(functions & ~sdm->vmfunc) &&
	       (!(functions & 1) || (ept && page(vmcs, EPTP_LIST_ADDRESS)));
}

static bool legal(const struct vmcs *vmcs)
{
	return words_legal(vmcs) && pages_legal(vmcs) && apic_legal(vmcs) &&
	       interrupts_legal(vmcs) && translation_legal(vmcs) &&
	       get(vmcs, CR3_TARGET_COUNT, 0) <= vmcs->sdm->cr3_targets &&
	       !(secondary(vmcs, 5) && !get(vmcs, VIRTUAL_PROCESSOR_ID, 1)) &&
	       !(secondary(vmcs, 25) && !get(vmcs, TSC_MULTIPLIER, 1ull << 48)) &&
	       !(vmcs->exit >> 22 & 1 && !(vmcs->pin >> 6 & 1)) &&
	       !(vmcs->entry & 0xc00);	/* outside SMM */
}

static uint64_t adjust(const struct sdm_word *word, uint64_t wanted)
{
	return (wanted | word->must) & word->may;
}

struct outcome sdm_controls_answer(const struct sdm_controls *sdm, const struct group *group,
				   size_t i)
{
	struct vmcs vmcs = { .sdm = sdm, .group = group, .probe = i };

	vmcs.pin = get(&vmcs, PIN_BASED_VM_EXEC_CONTROL, adjust(&sdm->pin, 0x49));
	vmcs.primary = get(&vmcs, CPU_BASED_VM_EXEC_CONTROL, adjust(&sdm->primary, 0x80));
	vmcs.secondary = get(&vmcs, SECONDARY_VM_EXEC_CONTROL, sdm->secondary.must);
	vmcs.tertiary = get(&vmcs, TERTIARY_VM_EXEC_CONTROL, 0);
	vmcs.exit = get(&vmcs, VM_EXIT_CONTROLS, adjust(&sdm->exit, 0x200));
	vmcs.entry = get(&vmcs, VM_ENTRY_CONTROLS, adjust(&sdm->entry, 0x200));
	if (!legal(&vmcs))
		return (struct outcome){ .kind = OUTCOME_FAIL_VALID, .insn = INSN_VMLAUNCH,
					 .error = 7 };
	return (struct outcome){ .kind = OUTCOME_ENTRY_FAILED, .exit_reason = 0x80000021 };
}

bool sdm_controls_has_field(const struct sdm_controls *sdm, uint32_t field)
{
	bool has2 = sdm->primary.may >> 31 & 1, has3 = sdm->primary.may >> 17 & 1;
	uint64_t may2 = has2 ? sdm->secondary.may : 0, may3 = has3 ? sdm->tertiary.may : 0;

	switch (field) {
	case SECONDARY_VM_EXEC_CONTROL: return has2;
	case TERTIARY_VM_EXEC_CONTROL: return has3;
	case MSR_BITMAP: return sdm->primary.may >> 28 & 1;
	case VIRTUAL_APIC_PAGE_ADDR: case TPR_THRESHOLD: return sdm->primary.may >> 21 & 1;
	case APIC_ACCESS_ADDR: return may2 & 1;
	case EPT_POINTER: return may2 >> 1 & 1;
	case VIRTUAL_PROCESSOR_ID: return may2 >> 5 & 1;
	case EOI_EXIT_BITMAP0: case EOI_EXIT_BITMAP1: case EOI_EXIT_BITMAP2: case EOI_EXIT_BITMAP3:
		return may2 >> 9 & 1;
	case PLE_GAP: case PLE_WINDOW: return may2 >> 10 & 1;
	case VM_FUNCTION_CONTROL: return may2 >> 13 & 1;
	case EPTP_LIST_ADDRESS: return may2 >> 13 & sdm->vmfunc & 1;
	case VMREAD_BITMAP: case VMWRITE_BITMAP: return may2 >> 14 & 1;
	case ENCLS_EXITING_BITMAP: return may2 >> 15 & 1;
	case PML_ADDRESS: return may2 >> 17 & 1;
	case VE_INFORMATION_ADDRESS: return may2 >> 18 & 1;
	case XSS_EXIT_BITMAP: return may2 >> 20 & 1;
	case LOW_PASID_DIR_ADDR: case HIGH_PASID_DIR_ADDR: return may2 >> 21 & 1;
	case SPPT_POINTER: return may2 >> 23 & 1;
	case TSC_MULTIPLIER: return may2 >> 25 & 1;
	case POSTED_INTR_NV: case POSTED_INTR_DESC_ADDR: return sdm->pin.may >> 7 & 1;
	case HLAT_POINTER: return may3 >> 1 & 1;
	case PID_POINTER_TABLE: case LAST_PID_POINTER_INDEX: return may3 >> 4 & 1;
	default: return true;
	}
}

static void add_msr(struct cpu *cpu, uint32_t index, uint64_t value)
{
	cpu->msrs[cpu->n_msrs++] = (struct msr){ index, MSR_READ, value };
}

/* The plain MSR wants what the TRUE one does and its default1 class. */
static void add_word(struct cpu *cpu, bool truth, uint32_t plain, const struct sdm_word *word,
		     uint32_t default1)
{
	add_msr(cpu, plain, word->may << 32 | word->must | (default1 & word->may));
	if (truth)
		add_msr(cpu, plain + 0xc, word->may << 32 | word->must);
}

struct cpu sdm_controls_cpu(const struct sdm_controls *sdm)
{
	struct cpu cpu = {
		.readiness = READINESS_READY,
		.leaves = calloc(4, sizeof(*cpu.leaves)),
		.msrs = calloc(24, sizeof(*cpu.msrs)),
	};
	bool has2 = sdm->primary.may >> 31 & 1;

	cpu.leaves[cpu.n_leaves++] = (struct cpuid_leaf){ .leaf = 0, .eax = 0x1f };
	cpu.leaves[cpu.n_leaves++] = (struct cpuid_leaf){ .leaf = 1, .eax = 0x806c1, .ecx = 0x20 };
	cpu.leaves[cpu.n_leaves++] = (struct cpuid_leaf){ .leaf = 0x80000000, .eax = 0x80000008 };
	cpu.leaves[cpu.n_leaves++] = (struct cpuid_leaf){ .leaf = 0x80000008,
							  .eax = 0x3000 | sdm->width };
	add_msr(&cpu, MSR_IA32_VMX_BASIC, 0x0058040000000004 | (uint64_t)sdm->truth << 55);
	add_word(&cpu, sdm->truth, MSR_IA32_VMX_PINBASED_CTLS, &sdm->pin, 0x16);
	add_word(&cpu, sdm->truth, MSR_IA32_VMX_PROCBASED_CTLS, &sdm->primary, 0x401e172);
	add_word(&cpu, sdm->truth, MSR_IA32_VMX_EXIT_CTLS, &sdm->exit, 0x36dff);
	add_word(&cpu, sdm->truth, MSR_IA32_VMX_ENTRY_CTLS, &sdm->entry, 0x11ff);
	add_msr(&cpu, MSR_IA32_VMX_MISC, sdm->cr3_targets << 16);
	if (has2)
		add_msr(&cpu, MSR_IA32_VMX_PROCBASED_CTLS2,
			sdm->secondary.may << 32 | sdm->secondary.must);
	if (has2 && sdm->secondary.may & 0x22)
		add_msr(&cpu, MSR_IA32_VMX_EPT_VPID_CAP, sdm->ept_vpid);
	if (has2 && sdm->secondary.may >> 13 & 1)
		add_msr(&cpu, MSR_IA32_VMX_VMFUNC, sdm->vmfunc);
	if (sdm->primary.may >> 17 & 1)
		add_msr(&cpu, MSR_IA32_VMX_PROCBASED_CTLS3, sdm->tertiary.may);
	return cpu;
}
