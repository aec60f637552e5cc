// SPDX-License-Identifier: GPL-2.0
#include <linux/kernel.h>
#include <asm/mce.h>
#include <asm/msr.h>
#include <asm/ptrace.h>
#include <asm/segment.h>
#include "compat.h"
#include "exit.h"

/*
 * As KVM does it: INT 18 would be no machine check on a host that uses FRED. It is the kernel's,
 * not that of the task which happens to run, as KVM's is.
 */
bool vmxprobe_hand_over_mc(void)
{
	struct pt_regs regs = { .ip = _THIS_IP_, .cs = __KERNEL_CS, .ss = __KERNEL_DS };
	u64 status;

	/* Not where a CPU took the injected event for one. */
	if (!IS_ENABLED(CONFIG_X86_MCE) || rdmsrq_safe(MSR_IA32_MCG_STATUS, &status) ||
	    !(status & MCG_STATUS_MCIP))
		return false;
	do_machine_check(&regs);
	return true;
}

enum vmxprobe_exit vmxprobe_outcome_rare_exit(struct vmxprobe_outcome *out)
{
	if (out->exit_reason & EXIT_ENTRY_FAILED) {
		out->kind = VMXPROBE_KIND_ENTRY_FAILED;
		if (vmxprobe_basic_reason(out) == EXIT_REASON_MCE_DURING_VMENTRY &&
		    vmxprobe_hand_over_mc())
			return VMXPROBE_EXIT_MC;
		return VMXPROBE_EXIT_FAILED;
	}
	out->kind = VMXPROBE_KIND_ENTERED;
	out->intr_info = vmxprobe_read_field(VM_EXIT_INTR_INFO);
	out->intr_error_code = vmxprobe_read_field(VM_EXIT_INTR_ERROR_CODE);
	out->idt_info = vmxprobe_read_field(IDT_VECTORING_INFO_FIELD);
	out->idt_error_code = vmxprobe_read_field(IDT_VECTORING_ERROR_CODE);
	out->guest_rip = vmxprobe_read_field(GUEST_RIP);
	return VMXPROBE_EXIT_ENTERED;
}
