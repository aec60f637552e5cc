// SPDX-License-Identifier: GPL-2.0
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <asm/msr-index.h>
#include <asm/processor.h>
#include <asm/processor-flags.h>
#include <asm/special_insns.h>
#include "compat.h"
#include "msr.h"

#define CPUID_1_ECX_VMX		BIT(5)
#define CPUID_7_EBX_PT		BIT(25)
#define LEAF_HYPERVISOR		0x40000000
#define SIGNATURE_HYPERV	0x7263694d	/* EBX: "Micr" */

/*
 * A capability MSR exists if one of @bits is 1 in the MSR @gate, and every one only where
 * CPUID enumerates VMX. SDM: "VMX Capability Reporting Facility".
 */
static const struct {
	u32 index;
	u32 gate;	/* 0: always there with VMX */
	u64 bits;
} caps[] = {
	{ MSR_IA32_VMX_BASIC },
	{ MSR_IA32_VMX_PINBASED_CTLS },
	{ MSR_IA32_VMX_PROCBASED_CTLS },
	{ MSR_IA32_VMX_EXIT_CTLS },
	{ MSR_IA32_VMX_ENTRY_CTLS },
	{ MSR_IA32_VMX_MISC },
	{ MSR_IA32_VMX_CR0_FIXED0 },
	{ MSR_IA32_VMX_CR0_FIXED1 },
	{ MSR_IA32_VMX_CR4_FIXED0 },
	{ MSR_IA32_VMX_CR4_FIXED1 },
	{ MSR_IA32_VMX_VMCS_ENUM },
	{ MSR_IA32_VMX_PROCBASED_CTLS2, MSR_IA32_VMX_PROCBASED_CTLS, BIT_ULL(63) },
	{ MSR_IA32_VMX_EPT_VPID_CAP, MSR_IA32_VMX_PROCBASED_CTLS2, BIT_ULL(33) | BIT_ULL(37) },
	{ MSR_IA32_VMX_TRUE_PINBASED_CTLS, MSR_IA32_VMX_BASIC, BIT_ULL(55) },
	{ MSR_IA32_VMX_TRUE_PROCBASED_CTLS, MSR_IA32_VMX_BASIC, BIT_ULL(55) },
	{ MSR_IA32_VMX_TRUE_EXIT_CTLS, MSR_IA32_VMX_BASIC, BIT_ULL(55) },
	{ MSR_IA32_VMX_TRUE_ENTRY_CTLS, MSR_IA32_VMX_BASIC, BIT_ULL(55) },
	{ MSR_IA32_VMX_VMFUNC, MSR_IA32_VMX_PROCBASED_CTLS2, BIT_ULL(45) },
	{ MSR_IA32_VMX_PROCBASED_CTLS3, MSR_IA32_VMX_PROCBASED_CTLS, BIT_ULL(49) },
	{ MSR_IA32_VMX_EXIT_CTLS2, MSR_IA32_VMX_EXIT_CTLS, BIT_ULL(63) },
};

/* Leaves that identify the CPU or gate something VMX-related; sent raw. */
static const struct {
	u32 leaf, subleaf;
} leaves[] = {
	{ 0x0 }, { 0x1 }, { 0x7, 0 }, { 0x7, 1 }, { 0xa }, { 0x14, 0 }, { 0x19 },
	{ LEAF_HYPERVISOR }, { 0x80000000 }, { 0x80000001 }, { 0x80000008 },
};

static_assert(ARRAY_SIZE(caps) + 1 == VMXPROBE_N_MSRS);
static_assert(ARRAY_SIZE(leaves) <= VMXPROBE_MAX_LEAVES);

u64 vmxprobe_cap(const struct vmxprobe_cpu *cpu, u32 index)
{
	u32 i;

	for (i = 0; i < VMXPROBE_N_MSRS; i++)
		if (cpu->msrs[i].index == index)
			return cpu->msrs[i].value;
	return 0;
}

u64 vmxprobe_control_cap(const struct vmxprobe_cpu *cpu, u32 index)
{
	const u32 to_true = MSR_IA32_VMX_TRUE_PINBASED_CTLS - MSR_IA32_VMX_PINBASED_CTLS;

	return vmxprobe_cap(cpu, index + to_true) ?: vmxprobe_cap(cpu, index);
}

u32 vmxprobe_adjust(u64 cap, u32 wanted)
{
	return (wanted | lower_32_bits(cap)) & upper_32_bits(cap);
}

static bool has_vmx(void)
{
	return cpuid_ecx(1) & CPUID_1_ECX_VMX;
}

static bool has_pt(void)
{
	return cpuid_eax(0) >= 7 && cpuid_ebx(7) & CPUID_7_EBX_PT;
}

/*
 * Intel PT or BTS writes to memory. An NMI in a window may end that for good, and what puts the
 * host's MSRs back would begin it again, with nobody left to end it before the memory is another's.
 */
static bool is_tracing(const struct vmxprobe_cpu *cpu)
{
	u64 control;

	if (!rdmsrq_safe(MSR_IA32_DEBUGCTLMSR, &control) &&
	    control & (DEBUGCTLMSR_TR | DEBUGCTLMSR_BTS))
		return true;
	return cpu->has_pt && !rdmsrq_safe(MSR_IA32_RTIT_CTL, &control) &&
	       control & RTIT_CTL_TRACEEN;
}

/* What only firmware decides. */
static u32 firmware_readiness(void)
{
	u64 control;

	/* Where the MSR cannot be read, VMXON itself will tell. */
	if (rdmsrq_safe(MSR_IA32_FEAT_CTL, &control))
		return VMXPROBE_READINESS_READY;
	if (!(control & FEAT_CTL_LOCKED))
		return VMXPROBE_READINESS_UNLOCKED;
	if (!(control & FEAT_CTL_VMX_ENABLED_OUTSIDE_SMX))
		return VMXPROBE_READINESS_LOCKED_OFF;
	return VMXPROBE_READINESS_READY;
}

u32 vmxprobe_readiness(const struct vmxprobe_cpu *cpu)
{
	if (cpu->lasting == VMXPROBE_READINESS_NO_VMX)
		return cpu->lasting;
	/* Where another owner lends the CPU as well, so this comes first. */
	if (is_tracing(cpu))
		return VMXPROBE_READINESS_TRACING;
	if (native_read_cr4() & X86_CR4_VMXE)
		return VMXPROBE_READINESS_IN_USE;
	return cpu->lasting;
}

/*
 * On Hyper-V, and where KVM plays it, an owner may have an enlightened VMCS, which VMPTRST does not
 * tell of and which VM entries take instead of the current one.
 */
bool vmxprobe_lends(const struct vmxprobe_cpu *cpu)
{
	u32 i;

	for (i = 0; i < cpu->n_leaves; i++)
		if (cpu->leaves[i].leaf == LEAF_HYPERVISOR &&
		    cpu->leaves[i].ebx == SIGNATURE_HYPERV)
			return false;
	return true;
}

static void msr_read(struct vmxprobe_msr *msr, u32 index, bool exists)
{
	msr->index = index;
	msr->value = 0;
	if (!exists)
		msr->state = VMXPROBE_MSR_STATE_ABSENT;
	else if (rdmsrq_safe(index, &msr->value))
		msr->state = VMXPROBE_MSR_STATE_FAULTED;
	else
		msr->state = VMXPROBE_MSR_STATE_READ;
	if (msr->state != VMXPROBE_MSR_STATE_READ)
		msr->value = 0;
}

/* Leaves above the highest one of their range are not sent: they repeat another's values. */
static bool leaf_exists(u32 leaf)
{
	u32 base = leaf & 0xffff0000;

	if (base == LEAF_HYPERVISOR)
		return cpuid_ecx(1) & BIT(31);
	return leaf <= cpuid_eax(base);
}

static void leaf_read(struct vmxprobe_leaf *to, u32 leaf, u32 subleaf)
{
	to->leaf = leaf;
	to->subleaf = subleaf;
	cpuid_count(leaf, subleaf, &to->eax, &to->ebx, &to->ecx, &to->edx);
}

static void read_cpu(struct vmxprobe_cpu *cpu)
{
	bool vmx = has_vmx();
	u32 i;

	memset(cpu, 0, sizeof(*cpu));
	cpu->has_pt = has_pt();
	cpu->lasting = vmx ? firmware_readiness() : VMXPROBE_READINESS_NO_VMX;
	cpu->microcode = this_cpu_read(cpu_info.microcode);

	for (i = 0; i < ARRAY_SIZE(leaves); i++)
		if (leaf_exists(leaves[i].leaf))
			leaf_read(&cpu->leaves[cpu->n_leaves++], leaves[i].leaf,
				  leaves[i].subleaf);

	msr_read(&cpu->msrs[0], MSR_IA32_FEAT_CTL, vmx);
	for (i = 0; i < ARRAY_SIZE(caps); i++)
		msr_read(&cpu->msrs[i + 1], caps[i].index,
			 vmx && (!caps[i].gate ||
				 vmxprobe_cap(cpu, caps[i].gate) & caps[i].bits));
}

static void ask(void *arg)
{
	struct vmxprobe_cpu *info = arg;

	read_cpu(info);
	info->readiness = vmxprobe_readiness(info);
}

void vmxprobe_cpu_ask(unsigned int cpu, struct vmxprobe_cpu *info)
{
	if (!smp_call_function_single(cpu, ask, info, true))
		return;
	memset(info, 0, sizeof(*info));
	info->readiness = VMXPROBE_READINESS_OFFLINE;
	info->lasting = VMXPROBE_READINESS_OFFLINE;
}

u32 vmxprobe_cpu_width(const struct vmxprobe_cpu *cpu)
{
	u32 i;

	for (i = 0; i < cpu->n_leaves; i++)
		if (cpu->leaves[i].leaf == 0x80000008)
			return cpu->leaves[i].eax & 0xff;
	return 36;	/* of a CPU without the leaf */
}
