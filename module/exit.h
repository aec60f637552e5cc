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

static inline u32 vmxprobe_basic_reason(const struct vmxprobe_outcome *out)
{
	return out->exit_reason & 0xffff;
}

enum vmxprobe_exit {
	VMXPROBE_EXIT_FAILED,	/* of an entry that failed */
	VMXPROBE_EXIT_ENTERED,	/* of a guest */
	VMXPROBE_EXIT_MC,	/* of an entry that met a machine check, now handled: again */
};

/* Where events of the host keep coming, what they ended is what there is to say. */
#define VMXPROBE_MAX_TRIES	100

/* Have the host handle its machine check, if there is one. */
bool vmxprobe_hand_over_mc(void);
enum vmxprobe_exit vmxprobe_outcome_rare_exit(struct vmxprobe_outcome *out);

/*
 * A VM exit arrived. The outcome is zero: a window has better things to do, and better than to ask
 * for more than the exit that all sweeps are full of.
 */
static __always_inline enum vmxprobe_exit vmxprobe_outcome_exit(struct vmxprobe_outcome *out)
{
	out->exit_reason = vmxprobe_read_field(VM_EXIT_REASON);
	out->qualification = vmxprobe_read_field(EXIT_QUALIFICATION);
	if (unlikely(out->exit_reason != (EXIT_ENTRY_FAILED | EXIT_REASON_INVALID_STATE)))
		return vmxprobe_outcome_rare_exit(out);
	out->kind = VMXPROBE_KIND_ENTRY_FAILED;
	return VMXPROBE_EXIT_FAILED;
}

#endif
