// SPDX-License-Identifier: GPL-2.0
/* Experiments with INVEPT and INVVPID. They drop translations, which costs time and no more. */
#include <linux/kernel.h>
#include <asm/vmx.h>
#include "trial.h"

#define SINGLE_CONTEXT	1
#define ALL_CONTEXT	2

static void see_invept(struct vmxprobe_trial *trial, u64 type, const struct vmx_descriptor *desc)
{
	vmxprobe_see(trial, VMXPROBE_INSN_INVEPT, 0, vmx_invept(type, desc));
}

static void see_invvpid(struct vmxprobe_trial *trial, u64 type, const struct vmx_descriptor *desc)
{
	vmxprobe_see(trial, VMXPROBE_INSN_INVVPID, 0, vmx_invvpid(type, desc));
}

/* Low and high numbers: the whole of a 64-bit register counts. */
static const u64 types[] = {
	0, 1, 2, 3, 4, BIT_ULL(31), BIT_ULL(32) | 1, BIT_ULL(32) | 2, BIT_ULL(63) | 1, ~0ULL,
};

/* The EPTP of the baseline; 0 on a CPU without EPT, where INVEPT is no instruction. */
static u64 legal_eptp(struct vmxprobe_trial *trial)
{
	return vmxprobe_vmcs_baseline(&trial->win.vmcs, EPT_POINTER);
}

static void invept_type(struct vmxprobe_trial *trial)
{
	const struct vmx_descriptor desc = { legal_eptp(trial) };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		vmxprobe_arg(trial, types[i]);
		see_invept(trial, types[i], &desc);
	}
}

static void invept_eptp(struct vmxprobe_trial *trial)
{
	struct vmx_descriptor desc = {};
	u32 bit;

	for (bit = 0; bit < 64; bit++) {
		/* Between the low bits and the width is the address. */
		if (bit >= PAGE_SHIFT && bit < vmxprobe_width(trial))
			continue;
		vmxprobe_arg(trial, bit);
		desc.low = legal_eptp(trial) ^ BIT_ULL(bit);
		see_invept(trial, SINGLE_CONTEXT, &desc);
	}
}

static void invept_global(struct vmxprobe_trial *trial)
{
	const struct vmx_descriptor desc = { ~0ULL };

	see_invept(trial, ALL_CONTEXT, &desc);
}

static void invept_reserved(struct vmxprobe_trial *trial)
{
	const struct vmx_descriptor desc = { legal_eptp(trial), ~0ULL };
	u32 type;

	for (type = SINGLE_CONTEXT; type <= ALL_CONTEXT; type++) {
		vmxprobe_arg(trial, type);
		see_invept(trial, type, &desc);
	}
}

static void invept_fault(struct vmxprobe_trial *trial)
{
	u32 type;

	for (type = SINGLE_CONTEXT; type <= ALL_CONTEXT; type++) {
		vmxprobe_arg(trial, type);
		see_invept(trial, type, VMXPROBE_UNMAPPED);
	}
}

static void invvpid_type(struct vmxprobe_trial *trial)
{
	const struct vmx_descriptor desc = { 1 };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		vmxprobe_arg(trial, types[i]);
		see_invvpid(trial, types[i], &desc);
	}
}

static void invvpid_reserved(struct vmxprobe_trial *trial)
{
	static const u32 bits[] = { 16, 17, 31, 32, 47, 48, 62, 63 };
	struct vmx_descriptor desc = {};
	u32 type, i;

	for (type = 0; type < 4; type++) {
		for (i = 0; i < ARRAY_SIZE(bits); i++) {
			vmxprobe_arg(trial, type << 8 | bits[i]);
			desc.low = 1 | BIT_ULL(bits[i]);
			see_invvpid(trial, type, &desc);
		}
	}
}

static void invvpid_each_type(struct vmxprobe_trial *trial, const struct vmx_descriptor *desc)
{
	u32 type;

	for (type = 0; type < 4; type++) {
		vmxprobe_arg(trial, type);
		see_invvpid(trial, type, desc);
	}
}

static void invvpid_vpid0(struct vmxprobe_trial *trial)
{
	const struct vmx_descriptor desc = {};

	invvpid_each_type(trial, &desc);
}

static void invvpid_canonical(struct vmxprobe_trial *trial)
{
	const struct vmx_descriptor desc = { 1, BIT_ULL(62) };

	invvpid_each_type(trial, &desc);
}

const struct vmxprobe_trial_row vmxprobe_inv_trials[] = {
	{ VMXPROBE_EXPERIMENT_INVEPT_TYPE, invept_type },
	{ VMXPROBE_EXPERIMENT_INVEPT_EPTP, invept_eptp },
	{ VMXPROBE_EXPERIMENT_INVEPT_GLOBAL, invept_global },
	{ VMXPROBE_EXPERIMENT_INVEPT_RESERVED, invept_reserved },
	{ VMXPROBE_EXPERIMENT_INVEPT_FAULT, invept_fault },
	{ VMXPROBE_EXPERIMENT_INVVPID_TYPE, invvpid_type },
	{ VMXPROBE_EXPERIMENT_INVVPID_RESERVED, invvpid_reserved },
	{ VMXPROBE_EXPERIMENT_INVVPID_VPID0, invvpid_vpid0 },
	{ VMXPROBE_EXPERIMENT_INVVPID_CANONICAL, invvpid_canonical },
	{}
};
