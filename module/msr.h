/* SPDX-License-Identifier: GPL-2.0 */
/* What the CPU that runs this says of itself. Reads only. */
#ifndef VMXPROBE_MSR_H
#define VMXPROBE_MSR_H

#include <linux/types.h>
#include "vmxprobe.h"

/* IA32_FEATURE_CONTROL and the capability MSRs 0x480 to 0x493. */
#define VMXPROBE_N_MSRS		21
#define VMXPROBE_MAX_LEAVES	12

struct vmxprobe_leaf {
	u32 leaf, subleaf;
	u32 eax, ebx, ecx, edx;
};

struct vmxprobe_msr {
	u32 index;
	u32 state;		/* enum vmxprobe_msr_state */
	u64 value;		/* 0 unless read */
};

struct vmxprobe_cpu {
	u32 readiness;		/* enum vmxprobe_readiness, when it was asked */
	u32 lasting;		/* the same, as far as it cannot change under a running kernel */
	bool has_pt;		/* Intel PT, which may be tracing */
	u32 microcode;
	u32 n_leaves;
	struct vmxprobe_leaf leaves[VMXPROBE_MAX_LEAVES];
	struct vmxprobe_msr msrs[VMXPROBE_N_MSRS];
};

/* Ask a CPU; one that is offline has only a readiness. */
void vmxprobe_cpu_ask(unsigned int cpu, struct vmxprobe_cpu *info);
/*
 * The readiness of the CPU that runs this and that was asked before: all that can have changed is
 * looked at again.
 */
u32 vmxprobe_readiness(const struct vmxprobe_cpu *cpu);
/* Whether the VMX operation of an owner of this CPU can be borrowed. */
bool vmxprobe_lends(const struct vmxprobe_cpu *cpu);

/* The value of a capability MSR by number, 0 where it was not read. */
u64 vmxprobe_cap(const struct vmxprobe_cpu *cpu, u32 index);

/*
 * Of pin-based, primary processor-based, exit and entry controls: the TRUE MSR if there is one,
 * which leaves the default1 bits to us. Bits 31:0 must be 1, bits 63:32 may be.
 */
u64 vmxprobe_control_cap(const struct vmxprobe_cpu *cpu, u32 index);
u32 vmxprobe_adjust(u64 cap, u32 wanted);

/* Bits of a physical address (MAXPHYADDR). */
u32 vmxprobe_cpu_width(const struct vmxprobe_cpu *cpu);

#endif
