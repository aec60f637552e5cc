/* SPDX-License-Identifier: GPL-2.0 */
/* What a caller may write to the VMCS of a probe. The whole of the safety rules is here. */
#ifndef VMXPROBE_POLICY_H
#define VMXPROBE_POLICY_H

#include <linux/types.h>
#include "msr.h"

enum vmxprobe_permit {
	VMXPROBE_PERMITTED,
	VMXPROBE_PLANTED,	/* the poison of this depth stands there */
	VMXPROBE_FORBIDDEN,
	VMXPROBE_BAD_ADDRESS,	/* an address names no page but the module's */
	VMXPROBE_BAD_BITS,	/* bits that would outlive the entry, and are the host's own */
	VMXPROBE_BAD_CONTROL,	/* a control whose effect could not be put back */
	VMXPROBE_MODULES_BITS,	/* of a guest that is entered, bits that keep it in its place */
	VMXPROBE_ENDLESS,	/* an activity state that the host would not survive */
};

/* Whether a caller may give a field this value at a depth, on a CPU with these capabilities. */
enum vmxprobe_permit vmxprobe_policy(u32 field, u64 value, u32 depth,
				     const struct vmxprobe_cpu *cpu);

/* An address: the module puts one of its pages between the bits that the caller gives. */
bool vmxprobe_policy_is_address(u32 field);

/* The bits of a field that a caller may give; in the others stand those of the baseline. */
u64 vmxprobe_policy_bits(u32 field, const struct vmxprobe_cpu *cpu);

/* The same for a guest that is entered; and what of the module's stays with any value. */
u64 vmxprobe_policy_guest_bits(u32 field, const struct vmxprobe_cpu *cpu);
u64 vmxprobe_policy_guest_kept(u32 field, const struct vmxprobe_cpu *cpu);

/* Whether a caller may see what is in a field: neither host state nor addresses. */
bool vmxprobe_policy_may_read(u32 field);

/* Whether a value of this field may make an entry or an exit write an MSR. */
bool vmxprobe_policy_writes_msr(u32 field, u64 value);

#endif
