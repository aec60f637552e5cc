// SPDX-License-Identifier: GPL-2.0
/* Experiments into and out of VMX operation. */
#include <linux/string.h>
#include <asm/cpufeature.h>
#include <asm/msr-index.h>
#include <asm/special_insns.h>
#include <asm/vmx.h>
#include "compat.h"
#include "trial.h"
#include "vmxon.h"

/* After VMXOFF: VMXON, and out again if it worked. */
static void try_vmxon(struct vmxprobe_trial *trial, u64 pa)
{
	unsigned int status = vmx_on(pa);

	vmxprobe_see(trial, VMXPROBE_INSN_VMXON, 0, status);
	if (status == VMX_OK)
		vmx_off();
}

static void vmxon_no_vmxe(struct vmxprobe_trial *trial)
{
	unsigned long cr4 = native_read_cr4();

	if (!vmxprobe_leave(trial))
		return;
	vmxprobe_write_cr4(cr4 & ~X86_CR4_VMXE);
	try_vmxon(trial, vmxprobe_pa(trial, PAGE_VMXON));
	vmxprobe_write_cr4(cr4);
}

static void vmxon_cr0_ne(struct vmxprobe_trial *trial)
{
	unsigned long cr0 = native_read_cr0();

	if (!vmxprobe_leave(trial))
		return;
	vmxprobe_write_cr0(cr0 & ~X86_CR0_NE);
	try_vmxon(trial, vmxprobe_pa(trial, PAGE_VMXON));
	vmxprobe_write_cr0(cr0);
}

static void vmxon_misaligned(struct vmxprobe_trial *trial)
{
	u32 bit;

	if (!vmxprobe_leave(trial))
		return;
	for (bit = 0; bit < PAGE_SHIFT; bit++) {
		vmxprobe_arg(trial, bit);
		try_vmxon(trial, vmxprobe_pa(trial, PAGE_VMXON) ^ BIT_ULL(bit));
	}
}

static void vmxon_width(struct vmxprobe_trial *trial)
{
	u32 bit;

	if (!vmxprobe_leave(trial))
		return;
	for (bit = vmxprobe_width(trial); bit < 64; bit++) {
		vmxprobe_arg(trial, bit);
		try_vmxon(trial, vmxprobe_pa(trial, PAGE_VMXON) | BIT_ULL(bit));
	}
}

static void vmxon_revision(struct vmxprobe_trial *trial)
{
	u32 *word = vmxprobe_first_word(trial, PAGE_VMXON);
	u32 bit;

	if (!vmxprobe_leave(trial))
		return;
	for (bit = 0; bit < 31; bit++) {
		vmxprobe_arg(trial, bit);
		*word ^= BIT(bit);
		try_vmxon(trial, vmxprobe_pa(trial, PAGE_VMXON));
		*word ^= BIT(bit);
	}
}

static void vmxon_bit31(struct vmxprobe_trial *trial)
{
	if (!vmxprobe_leave(trial))
		return;
	*vmxprobe_first_word(trial, PAGE_VMXON) |= BIT(31);
	try_vmxon(trial, vmxprobe_pa(trial, PAGE_VMXON));
	*vmxprobe_first_word(trial, PAGE_VMXON) &= ~BIT(31);
}

static void vmxon_content(struct vmxprobe_trial *trial)
{
	u32 *word = vmxprobe_first_word(trial, PAGE_VMXON);

	if (!vmxprobe_leave(trial))
		return;
	memset(word + 1, 0xff, PAGE_SIZE - sizeof(*word));
	try_vmxon(trial, vmxprobe_pa(trial, PAGE_VMXON));
}

static void vmxon_current(struct vmxprobe_trial *trial)
{
	unsigned int status;

	if (!vmxprobe_leave(trial))
		return;
	status = vmx_on(vmxprobe_pa(trial, PAGE_VMXON));
	vmxprobe_see(trial, VMXPROBE_INSN_VMXON, 0, status);
	if (status == VMX_OK)
		vmxprobe_see_current(trial);
}

static void vmxon_in_root(struct vmxprobe_trial *trial)
{
	vmxprobe_see(trial, VMXPROBE_INSN_VMXON, 0, vmx_on(vmxprobe_pa(trial, PAGE_VMXON)));
}

static void vmxon_in_root_no_current(struct vmxprobe_trial *trial)
{
	if (vmxprobe_clear(trial, PAGE_VMCS))
		vmxon_in_root(trial);
}

static void vmxoff(struct vmxprobe_trial *trial)
{
	u64 value;

	vmxprobe_see(trial, VMXPROBE_INSN_VMXOFF, 0, vmx_off());
	vmxprobe_see(trial, VMXPROBE_INSN_VMREAD, VM_INSTRUCTION_ERROR,
		     vmx_read(VM_INSTRUCTION_ERROR, &value));
}

/* Outside VMX operation a VM entry faults: there is no exit to be ready for. */
static unsigned int run_insn(struct vmxprobe_trial *trial, u32 insn)
{
	const struct vmx_descriptor desc = {};
	u64 pa = vmxprobe_pa(trial, PAGE_SECOND);
	u64 value = 0;

	switch (insn) {
	case VMXPROBE_INSN_VMCLEAR:
		return vmx_clear(pa);
	case VMXPROBE_INSN_VMPTRLD:
		return vmx_ptrld(pa);
	case VMXPROBE_INSN_VMREAD:
		return vmx_read(VM_INSTRUCTION_ERROR, &value);
	case VMXPROBE_INSN_VMWRITE:
		return vmx_write(VM_INSTRUCTION_ERROR, 0);
	case VMXPROBE_INSN_VMLAUNCH:
		return vmxprobe_enter_guarded(&trial->guard, 0);
	case VMXPROBE_INSN_VMRESUME:
		return vmxprobe_enter_guarded(&trial->guard, GUARD_VMRESUME);
	case VMXPROBE_INSN_VMXOFF:
		return vmx_off();
	case VMXPROBE_INSN_VMPTRST:
		return vmx_ptrst(&value);
	case VMXPROBE_INSN_INVEPT:
		return vmx_invept(2, &desc);
	default:
		return vmx_invvpid(2, &desc);
	}
}

static void outside(struct vmxprobe_trial *trial)
{
	u32 insn;

	if (!vmxprobe_leave(trial))
		return;
	for (insn = VMXPROBE_INSN_VMCLEAR; insn <= VMXPROBE_INSN_INVVPID; insn++) {
		vmxprobe_arg(trial, insn);
		vmxprobe_see(trial, insn, VM_INSTRUCTION_ERROR, run_insn(trial, insn));
	}
}

/*
 * VMCALL in VMX root operation goes to the monitor of SMM where there is one, and in a guest to its
 * hypervisor: neither is asked.
 */
static void vmcall(struct vmxprobe_trial *trial)
{
	u64 basic = vmxprobe_cap(&trial->win.cpu, MSR_IA32_VMX_BASIC);
	u64 monitor = 0;

	if (boot_cpu_has(X86_FEATURE_HYPERVISOR) ||
	    (basic & BIT_ULL(49) &&
	     (rdmsrq_safe(MSR_IA32_SMM_MONITOR_CTL, &monitor) || monitor & BIT(0))))
		vmxprobe_withhold(trial);
	else
		vmxprobe_see(trial, VMXPROBE_INSN_VMCALL, 0, vmx_call());
}

static void vmfunc(struct vmxprobe_trial *trial)
{
	vmxprobe_see(trial, VMXPROBE_INSN_VMFUNC, 0, vmx_func());
}

const struct vmxprobe_trial_row vmxprobe_vmxon_trials[] = {
	{ VMXPROBE_EXPERIMENT_VMXON_NO_VMXE, vmxon_no_vmxe, .owns = true },
	{ VMXPROBE_EXPERIMENT_VMXON_CR0_NE, vmxon_cr0_ne, .owns = true },
	{ VMXPROBE_EXPERIMENT_VMXON_MISALIGNED, vmxon_misaligned, .owns = true },
	{ VMXPROBE_EXPERIMENT_VMXON_WIDTH, vmxon_width, .owns = true },
	{ VMXPROBE_EXPERIMENT_VMXON_REVISION, vmxon_revision, .owns = true },
	{ VMXPROBE_EXPERIMENT_VMXON_BIT31, vmxon_bit31, .owns = true },
	{ VMXPROBE_EXPERIMENT_VMXON_CONTENT, vmxon_content, .owns = true },
	{ VMXPROBE_EXPERIMENT_VMXON_CURRENT, vmxon_current, .owns = true },
	{ VMXPROBE_EXPERIMENT_VMXON_IN_ROOT, vmxon_in_root, .owns = true },
	{ VMXPROBE_EXPERIMENT_VMXON_IN_ROOT_NO_CURRENT, vmxon_in_root_no_current, .owns = true },
	{ VMXPROBE_EXPERIMENT_VMXOFF, vmxoff, .owns = true },
	{ VMXPROBE_EXPERIMENT_OUTSIDE, outside, .owns = true },
	{ VMXPROBE_EXPERIMENT_VMCALL, vmcall },
	{ VMXPROBE_EXPERIMENT_VMFUNC, vmfunc },
	{}
};
