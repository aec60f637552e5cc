// SPDX-License-Identifier: GPL-2.0
/* Experiments with VMCLEAR, VMPTRLD and VMPTRST. */
#include <asm/page.h>
#include <asm/vmx.h>
#include "trial.h"

static void try_clear(struct vmxprobe_trial *trial, u64 pa)
{
	vmxprobe_see(trial, VMXPROBE_INSN_VMCLEAR, 0, vmx_clear(pa));
}

static void try_load(struct vmxprobe_trial *trial, u64 pa)
{
	unsigned int status = vmx_ptrld(pa);

	vmxprobe_see(trial, VMXPROBE_INSN_VMPTRLD, 0, status);
	/* What should be refused must not stay active when its memory goes. */
	if (status == VMX_OK && pa != vmxprobe_pa(trial, PAGE_VMCS) &&
	    pa != vmxprobe_pa(trial, PAGE_SECOND))
		vmx_clear(pa);
}

/* With the second region's address and each of some bits turned over. */
static void turn_bits(struct vmxprobe_trial *trial, u32 from, u32 to,
		      void (*try)(struct vmxprobe_trial *trial, u64 pa))
{
	u32 bit;

	for (bit = from; bit < to; bit++) {
		vmxprobe_arg(trial, bit);
		try(trial, vmxprobe_pa(trial, PAGE_SECOND) ^ BIT_ULL(bit));
	}
}

static void vmclear_misaligned(struct vmxprobe_trial *trial)
{
	turn_bits(trial, 0, PAGE_SHIFT, try_clear);
}

static void vmclear_width(struct vmxprobe_trial *trial)
{
	turn_bits(trial, vmxprobe_width(trial), 64, try_clear);
}

static void vmclear_vmxon(struct vmxprobe_trial *trial)
{
	try_clear(trial, vmxprobe_pa(trial, PAGE_VMXON));
}

static void vmclear_revision(struct vmxprobe_trial *trial)
{
	*vmxprobe_first_word(trial, PAGE_SECOND) ^= 1;
	try_clear(trial, vmxprobe_pa(trial, PAGE_SECOND));
}

static void vmclear_current(struct vmxprobe_trial *trial)
{
	try_clear(trial, vmxprobe_pa(trial, PAGE_VMCS));
	vmxprobe_see_current(trial);
}

static void vmclear_keeps(struct vmxprobe_trial *trial)
{
	if (!vmxprobe_write(trial, GUEST_RIP, 0x1111) || !vmxprobe_clear(trial, PAGE_VMCS) ||
	    !vmxprobe_clear(trial, PAGE_SECOND) || !vmxprobe_load(trial, PAGE_SECOND) ||
	    !vmxprobe_write(trial, GUEST_RIP, 0x2222) || !vmxprobe_clear(trial, PAGE_SECOND) ||
	    !vmxprobe_load(trial, PAGE_VMCS))
		return;
	vmxprobe_see_field(trial, GUEST_RIP);
	if (vmxprobe_load(trial, PAGE_SECOND))
		vmxprobe_see_field(trial, GUEST_RIP);
}

static void vmptrld_misaligned(struct vmxprobe_trial *trial)
{
	turn_bits(trial, 0, PAGE_SHIFT, try_load);
}

static void vmptrld_width(struct vmxprobe_trial *trial)
{
	turn_bits(trial, vmxprobe_width(trial), 64, try_load);
}

static void vmptrld_vmxon(struct vmxprobe_trial *trial)
{
	try_load(trial, vmxprobe_pa(trial, PAGE_VMXON));
}

static void vmptrld_revision(struct vmxprobe_trial *trial)
{
	u32 *word = vmxprobe_first_word(trial, PAGE_SECOND);
	u32 bit;

	for (bit = 0; bit < 31; bit++) {
		vmxprobe_arg(trial, bit);
		*word ^= BIT(bit);
		try_load(trial, vmxprobe_pa(trial, PAGE_SECOND));
		vmxprobe_see_current(trial);
		*word ^= BIT(bit);
	}
}

static void vmptrld_revision_current(struct vmxprobe_trial *trial)
{
	u32 *word = vmxprobe_first_word(trial, PAGE_VMCS);

	/* What is current may be in the CPU; what VMPTRLD looks at must be in memory. */
	if (!vmxprobe_clear(trial, PAGE_VMCS) || !vmxprobe_load(trial, PAGE_VMCS))
		return;
	*word ^= 1;
	try_load(trial, vmxprobe_pa(trial, PAGE_VMCS));
	*word ^= 1;
}

static void vmptrld_shadow(struct vmxprobe_trial *trial)
{
	if (!vmxprobe_clear(trial, PAGE_SECOND))
		return;
	*vmxprobe_first_word(trial, PAGE_SECOND) |= BIT(31);
	try_load(trial, vmxprobe_pa(trial, PAGE_SECOND));
}

static void vmptrld_order(struct vmxprobe_trial *trial)
{
	*vmxprobe_first_word(trial, PAGE_VMXON) ^= 1;
	try_load(trial, vmxprobe_pa(trial, PAGE_VMXON) | BIT(3));
	try_load(trial, vmxprobe_pa(trial, PAGE_VMXON));
	*vmxprobe_first_word(trial, PAGE_VMXON) ^= 1;
}

static void vmptrst(struct vmxprobe_trial *trial)
{
	vmxprobe_see_current(trial);
	if (vmxprobe_clear(trial, PAGE_VMCS))
		vmxprobe_see_current(trial);
}

const struct vmxprobe_trial_row vmxprobe_region_trials[] = {
	{ VMXPROBE_EXPERIMENT_VMCLEAR_MISALIGNED, vmclear_misaligned },
	{ VMXPROBE_EXPERIMENT_VMCLEAR_WIDTH, vmclear_width },
	{ VMXPROBE_EXPERIMENT_VMCLEAR_VMXON, vmclear_vmxon, .owns = true },
	{ VMXPROBE_EXPERIMENT_VMCLEAR_REVISION, vmclear_revision },
	{ VMXPROBE_EXPERIMENT_VMCLEAR_CURRENT, vmclear_current },
	{ VMXPROBE_EXPERIMENT_VMCLEAR_KEEPS, vmclear_keeps },
	{ VMXPROBE_EXPERIMENT_VMPTRLD_MISALIGNED, vmptrld_misaligned },
	{ VMXPROBE_EXPERIMENT_VMPTRLD_WIDTH, vmptrld_width },
	{ VMXPROBE_EXPERIMENT_VMPTRLD_VMXON, vmptrld_vmxon, .owns = true },
	{ VMXPROBE_EXPERIMENT_VMPTRLD_REVISION, vmptrld_revision },
	{ VMXPROBE_EXPERIMENT_VMPTRLD_REVISION_CURRENT, vmptrld_revision_current },
	{ VMXPROBE_EXPERIMENT_VMPTRLD_SHADOW, vmptrld_shadow },
	{ VMXPROBE_EXPERIMENT_VMPTRLD_ORDER, vmptrld_order, .owns = true },
	{ VMXPROBE_EXPERIMENT_VMPTRST, vmptrst },
	{}
};
