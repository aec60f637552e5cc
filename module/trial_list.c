// SPDX-License-Identifier: GPL-2.0
/* Experiments with the VMCS link pointer and with the VM-entry MSR-load list, at depth state. */
#include <linux/kernel.h>
#include <asm/msr-index.h>
#include <asm/vmx.h>
#include "trial.h"

#define PROC_SECONDARY		BIT(31)
#define PROC2_SHADOWING		BIT(14)
#define MSR_X2APIC		0x800

/* With the MSR list poisoned, as always, behind the link pointer. */
static bool try_link(struct vmxprobe_trial *trial, u64 link)
{
	return vmxprobe_write(trial, VMCS_LINK_POINTER, link) && vmxprobe_enter(trial, 0);
}

static void turn_link_bits(struct vmxprobe_trial *trial, u32 from, u32 to)
{
	u32 bit;

	if (!vmxprobe_write_vmcs(trial, VMXPROBE_DEPTH_STATE))
		return;
	for (bit = from; bit < to; bit++) {
		vmxprobe_arg(trial, bit);
		if (!try_link(trial, vmxprobe_pa(trial, PAGE_SECOND) ^ BIT_ULL(bit)))
			return;
	}
}

static void link_misaligned(struct vmxprobe_trial *trial)
{
	turn_link_bits(trial, 0, PAGE_SHIFT);
}

static void link_width(struct vmxprobe_trial *trial)
{
	turn_link_bits(trial, vmxprobe_width(trial), 64);
}

static void link_revision(struct vmxprobe_trial *trial)
{
	u32 *word = vmxprobe_first_word(trial, PAGE_SECOND);
	bool go_on = vmxprobe_write_vmcs(trial, VMXPROBE_DEPTH_STATE);
	u32 bit;

	for (bit = 0; bit < 32 && go_on; bit++) {
		vmxprobe_arg(trial, bit);
		*word ^= BIT(bit);
		go_on = try_link(trial, vmxprobe_pa(trial, PAGE_SECOND));
		*word ^= BIT(bit);
	}
}

static void link_current(struct vmxprobe_trial *trial)
{
	if (vmxprobe_write_vmcs(trial, VMXPROBE_DEPTH_STATE))
		try_link(trial, vmxprobe_pa(trial, PAGE_VMCS));
}

static void link_legal(struct vmxprobe_trial *trial)
{
	if (vmxprobe_write_vmcs(trial, VMXPROBE_DEPTH_STATE))
		try_link(trial, vmxprobe_pa(trial, PAGE_SECOND));
}

static void link_shadow(struct vmxprobe_trial *trial)
{
	if (!vmxprobe_write_vmcs(trial, VMXPROBE_DEPTH_STATE) ||
	    !vmxprobe_set_bits(trial, CPU_BASED_VM_EXEC_CONTROL, PROC_SECONDARY) ||
	    !vmxprobe_set_bits(trial, SECONDARY_VM_EXEC_CONTROL, PROC2_SHADOWING) ||
	    !try_link(trial, vmxprobe_pa(trial, PAGE_SECOND)))
		return;
	*vmxprobe_first_word(trial, PAGE_SECOND) |= BIT(31);
	try_link(trial, vmxprobe_pa(trial, PAGE_SECOND));
}

/* An entry that changes nothing, as VM exits load the same; and one that always fails. */
static void put_harmless(struct vmxprobe_trial *trial, u32 place)
{
	trial->list[place - 1] = (struct vmxprobe_msr_entry) {
		.index = MSR_IA32_SYSENTER_CS,
		.value = trial->win.host.item[VMXPROBE_HOST_ITEM_SYSENTER_CS],
	};
}

static void put_poison(struct vmxprobe_trial *trial, u32 place)
{
	trial->list[place - 1] = (struct vmxprobe_msr_entry) {
		.index = MSR_FS_BASE,
		.value = trial->win.host.item[VMXPROBE_HOST_ITEM_FS_BASE],
	};
}

static bool try_list(struct vmxprobe_trial *trial, u32 count)
{
	return vmxprobe_write(trial, VM_ENTRY_MSR_LOAD_ADDR, __pa(trial->list)) &&
	       vmxprobe_write(trial, VM_ENTRY_MSR_LOAD_COUNT, count) &&
	       vmxprobe_enter(trial, 0);
}

/* Each MSR as the first of a list whose second entry fails if the first did not. */
static void try_msrs(struct vmxprobe_trial *trial, const u32 *msrs, u32 n, const u64 *values)
{
	u32 i;

	if (!vmxprobe_write_vmcs(trial, VMXPROBE_DEPTH_STATE))
		return;
	put_poison(trial, 2);
	for (i = 0; i < n; i++) {
		vmxprobe_arg(trial, msrs[i]);
		trial->list[0].index = msrs[i];
		trial->list[0].value = values ? values[i] : 0;
		if (!try_list(trial, 2))
			return;
	}
}

static void msr_list_segment_base(struct vmxprobe_trial *trial)
{
	static const u32 msrs[] = { MSR_FS_BASE, MSR_GS_BASE };
	const u64 values[] = {
		trial->win.host.item[VMXPROBE_HOST_ITEM_FS_BASE],
		trial->win.host.item[VMXPROBE_HOST_ITEM_GS_BASE],
	};

	try_msrs(trial, msrs, ARRAY_SIZE(msrs), values);
}

/* Read-only or reserved ones: an entry that takes them writes nothing. */
static void msr_list_x2apic(struct vmxprobe_trial *trial)
{
	static const u32 msrs[] = { MSR_X2APIC + 2, MSR_X2APIC + 0xa, MSR_X2APIC + 0xff };

	try_msrs(trial, msrs, ARRAY_SIZE(msrs), NULL);
}

static void msr_list_smm(struct vmxprobe_trial *trial)
{
	static const u32 msrs[] = { MSR_IA32_SMM_MONITOR_CTL };

	try_msrs(trial, msrs, ARRAY_SIZE(msrs), NULL);
}

static void msr_list_fault(struct vmxprobe_trial *trial)
{
	static const u32 msrs[] = {
		MSR_IA32_VMX_BASIC, MSR_IA32_VMX_MISC, MSR_IA32_VMX_CR4_FIXED1,
	};

	try_msrs(trial, msrs, ARRAY_SIZE(msrs), NULL);
}

static void msr_list_reserved(struct vmxprobe_trial *trial)
{
	u32 bit;

	if (!vmxprobe_write_vmcs(trial, VMXPROBE_DEPTH_STATE))
		return;
	put_poison(trial, 2);
	for (bit = 32; bit < 64; bit++) {
		vmxprobe_arg(trial, bit);
		put_harmless(trial, 1);
		trial->list[0].reserved = BIT(bit - 32);
		if (!try_list(trial, 2))
			return;
	}
}

/* All entries up to the last are harmless, and it is poisoned. */
static bool try_length(struct vmxprobe_trial *trial, u32 count)
{
	u32 place;

	for (place = 1; place < count; place++)
		put_harmless(trial, place);
	put_poison(trial, count);
	return try_list(trial, count);
}

static void msr_list_position(struct vmxprobe_trial *trial)
{
	u32 place;

	if (!vmxprobe_write_vmcs(trial, VMXPROBE_DEPTH_STATE))
		return;
	for (place = 1; place <= 8; place++) {
		vmxprobe_arg(trial, place);
		if (!try_length(trial, place))
			return;
	}
}

static void msr_list_long(struct vmxprobe_trial *trial)
{
	if (vmxprobe_write_vmcs(trial, VMXPROBE_DEPTH_STATE))
		try_length(trial, VMXPROBE_LIST_MAX);
}

const struct vmxprobe_trial_row vmxprobe_list_trials[] = {
	{ VMXPROBE_EXPERIMENT_LINK_MISALIGNED, link_misaligned },
	{ VMXPROBE_EXPERIMENT_LINK_WIDTH, link_width },
	{ VMXPROBE_EXPERIMENT_LINK_REVISION, link_revision },
	{ VMXPROBE_EXPERIMENT_LINK_CURRENT, link_current },
	{ VMXPROBE_EXPERIMENT_LINK_LEGAL, link_legal },
	{ VMXPROBE_EXPERIMENT_LINK_SHADOW, link_shadow },
	{ VMXPROBE_EXPERIMENT_MSR_LIST_SEGMENT_BASE, msr_list_segment_base },
	{ VMXPROBE_EXPERIMENT_MSR_LIST_X2APIC, msr_list_x2apic },
	{ VMXPROBE_EXPERIMENT_MSR_LIST_RESERVED, msr_list_reserved },
	{ VMXPROBE_EXPERIMENT_MSR_LIST_SMM, msr_list_smm },
	{ VMXPROBE_EXPERIMENT_MSR_LIST_FAULT, msr_list_fault },
	{ VMXPROBE_EXPERIMENT_MSR_LIST_POSITION, msr_list_position },
	{ VMXPROBE_EXPERIMENT_MSR_LIST_LONG, msr_list_long },
	{}
};
