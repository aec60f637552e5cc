/* SPDX-License-Identifier: GPL-2.0 */
/* What a VM exit left in the VMCS. */
#ifndef VMXPROBE_EXIT_H
#define VMXPROBE_EXIT_H

#include <linux/bits.h>
#include <linux/compiler.h>
#include <asm/vmx.h>
#include "result.h"
#include "vmx_ops.h"

#define EXIT_ENTRY_FAILED	BIT(31)

static __always_inline u64 vmxprobe_read_field(u32 field)
{
	u64 value;

	vmx_read(field, &value);
	return value;
}

/*
 * A VM exit arrived: a failed entry, or against all poison the exit of a guest, which is said
 * by true. The outcome is zero: a window has better things to do.
 */
static __always_inline bool vmxprobe_outcome_exit(struct vmxprobe_outcome *out)
{
	out->exit_reason = vmxprobe_read_field(VM_EXIT_REASON);
	out->qualification = vmxprobe_read_field(EXIT_QUALIFICATION);
	if (likely(out->exit_reason & EXIT_ENTRY_FAILED)) {
		out->kind = VMXPROBE_KIND_ENTRY_FAILED;
		return false;
	}
	out->kind = VMXPROBE_KIND_ENTERED;
	out->intr_info = vmxprobe_read_field(VM_EXIT_INTR_INFO);
	out->intr_error_code = vmxprobe_read_field(VM_EXIT_INTR_ERROR_CODE);
	out->idt_info = vmxprobe_read_field(IDT_VECTORING_INFO_FIELD);
	out->idt_error_code = vmxprobe_read_field(IDT_VECTORING_ERROR_CODE);
	out->guest_rip = vmxprobe_read_field(GUEST_RIP);
	return true;
}

#endif
