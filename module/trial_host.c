// SPDX-License-Identifier: GPL-2.0
/*
 * Experiments with host state. A value that the CPU takes although it should not is loaded by the
 * failed entry, so only those are here that vmxprobe_enter_guarded() and
 * vmxprobe_host_restore_all() can put right.
 */
#include <linux/kernel.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>
#include <asm/vmx.h>
#include "fields.h"
#include "trial.h"

/* Turned over, it makes any address one that is not canonical, with 48 bits and with 57. */
#define NOT_CANONICAL	BIT_ULL(62)

/* Host CR4 bits that can be set for a few instructions of this kernel and be cleared again. */
#define CR4_HARMLESS	(X86_CR4_VME | X86_CR4_PVI | X86_CR4_TSD | X86_CR4_DE | X86_CR4_PCE |	\
			 X86_CR4_OSFXSR | X86_CR4_OSXMMEXCPT | X86_CR4_UMIP |			\
			 X86_CR4_FSGSBASE | X86_CR4_PCIDE | X86_CR4_OSXSAVE | X86_CR4_SMEP |	\
			 X86_CR4_SMAP | X86_CR4_PKE)
#define CR4_CET		BIT_ULL(23)

static bool start(struct vmxprobe_trial *trial)
{
	return vmxprobe_write_vmcs(trial, VMXPROBE_DEPTH_CONTROLS);
}

static bool start_with(struct vmxprobe_trial *trial, u32 exit_controls)
{
	return start(trial) && vmxprobe_set_bits(trial, VM_EXIT_CONTROLS, exit_controls);
}

/* One entry with a host field changed, which is put back after it. */
static bool try_field(struct vmxprobe_trial *trial, u32 field, u64 value)
{
	u64 before;

	return vmxprobe_must(trial, VMXPROBE_INSN_VMREAD, field, vmx_read(field, &before)) &&
	       vmxprobe_write(trial, field, value) && vmxprobe_enter(trial, 0) &&
	       vmxprobe_write(trial, field, before);
}

static bool turn_bits_of_field(struct vmxprobe_trial *trial, u32 field, u64 bits)
{
	u64 value;

	return vmxprobe_must(trial, VMXPROBE_INSN_VMREAD, field, vmx_read(field, &value)) &&
	       try_field(trial, field, value ^ bits);
}

static void turn_each_bit(struct vmxprobe_trial *trial, u32 field, u64 bits)
{
	u32 bit;

	for (bit = 0; bit < 64; bit++) {
		if (!(bits & BIT_ULL(bit)))
			continue;
		vmxprobe_arg(trial, bit);
		if (!turn_bits_of_field(trial, field, BIT_ULL(bit)))
			return;
	}
}

static u64 cap(struct vmxprobe_trial *trial, u32 index)
{
	return vmxprobe_cap(&trial->win.cpu, index);
}

static u64 host_item(struct vmxprobe_trial *trial, u32 item)
{
	return trial->win.host.item[item];
}

static u64 host_cr4(struct vmxprobe_trial *trial)
{
	return host_item(trial, VMXPROBE_HOST_ITEM_CR4) | X86_CR4_VMXE;
}

/*
 * Bits that the CPU says are fixed, apart from those that the exit could not come back without or
 * does not load.
 */
static u64 fixed_bits(struct vmxprobe_trial *trial, u32 fixed0, u32 fixed1, u64 vital)
{
	u64 may = cap(trial, fixed1);

	return may ? (cap(trial, fixed0) | ~may) & ~vital : 0;
}

static void host_cr0(struct vmxprobe_trial *trial)
{
	u64 fixed = fixed_bits(trial, MSR_IA32_VMX_CR0_FIXED0, MSR_IA32_VMX_CR0_FIXED1,
			       X86_CR0_PE | X86_CR0_PG | X86_CR0_NW | X86_CR0_CD);

	if (!fixed)
		vmxprobe_withhold(trial);
	else if (start(trial))
		turn_each_bit(trial, HOST_CR0, fixed);
}

static void host_cr4_fixed(struct vmxprobe_trial *trial)
{
	u64 fixed = fixed_bits(trial, MSR_IA32_VMX_CR4_FIXED0, MSR_IA32_VMX_CR4_FIXED1,
			       X86_CR4_LA57);

	if (!fixed)
		vmxprobe_withhold(trial);
	else if (start(trial))
		turn_each_bit(trial, HOST_CR4, fixed);
}

static void host_cr4_allowed(struct vmxprobe_trial *trial)
{
	u64 allowed = cap(trial, MSR_IA32_VMX_CR4_FIXED1) & (CR4_HARMLESS | CR4_CET);
	u32 bit;

	if (!start(trial))
		return;
	for (bit = 0; bit < 64; bit++) {
		if (!(allowed & BIT_ULL(bit)))
			continue;
		vmxprobe_arg(trial, bit);
		if (!try_field(trial, HOST_CR4, host_cr4(trial) | BIT_ULL(bit)))
			return;
	}
}

static void host_pcide(struct vmxprobe_trial *trial)
{
	if (start(trial))
		try_field(trial, HOST_CR4, host_cr4(trial) | X86_CR4_PCIDE);
}

/* An exit to a 64-bit host sets CR4.PAE whatever the field says. */
static void host_pae(struct vmxprobe_trial *trial)
{
	if (start(trial))
		try_field(trial, HOST_CR4, host_cr4(trial) & ~X86_CR4_PAE);
}

static void try_cet_without_wp(struct vmxprobe_trial *trial)
{
	u64 cr0 = host_item(trial, VMXPROBE_HOST_ITEM_CR0);

	if (vmxprobe_write(trial, HOST_CR0, cr0 & ~X86_CR0_WP))
		try_field(trial, HOST_CR4, host_cr4(trial) | CR4_CET);
}

static void host_cet_wp(struct vmxprobe_trial *trial)
{
	if (start(trial))
		try_cet_without_wp(trial);
}

static void host_cet_wp_load(struct vmxprobe_trial *trial)
{
	if (start_with(trial, EXIT_LOAD_CET))
		try_cet_without_wp(trial);
}

static void host_s_cet(struct vmxprobe_trial *trial)
{
	if (start_with(trial, EXIT_LOAD_CET))
		turn_each_bit(trial, FIELD_HOST_S_CET, GENMASK(9, 6));
}

static void host_s_cet_suppress(struct vmxprobe_trial *trial)
{
	if (start_with(trial, EXIT_LOAD_CET))
		turn_bits_of_field(trial, FIELD_HOST_S_CET, GENMASK(11, 10));
}

static void host_s_cet_canonical(struct vmxprobe_trial *trial)
{
	if (start_with(trial, EXIT_LOAD_CET))
		turn_bits_of_field(trial, FIELD_HOST_S_CET, NOT_CANONICAL);
}

static void host_ssp(struct vmxprobe_trial *trial)
{
	if (start_with(trial, EXIT_LOAD_CET))
		turn_each_bit(trial, FIELD_HOST_SSP, GENMASK(1, 0));
}

static void host_ssp_canonical(struct vmxprobe_trial *trial)
{
	if (start_with(trial, EXIT_LOAD_CET))
		turn_bits_of_field(trial, FIELD_HOST_SSP, NOT_CANONICAL);
}

static void host_ssp_table(struct vmxprobe_trial *trial)
{
	if (start_with(trial, EXIT_LOAD_CET))
		turn_bits_of_field(trial, FIELD_HOST_SSP_TABLE, NOT_CANONICAL);
}

static void host_cet_ignored(struct vmxprobe_trial *trial)
{
	if (start(trial) && vmxprobe_write(trial, FIELD_HOST_S_CET, NOT_CANONICAL) &&
	    vmxprobe_write(trial, FIELD_HOST_SSP, NOT_CANONICAL))
		try_field(trial, FIELD_HOST_SSP_TABLE, NOT_CANONICAL);
}

/* The fields of a list, each not canonical. */
static void try_fields(struct vmxprobe_trial *trial, const u32 *fields, u32 n)
{
	u32 i;

	if (!start(trial))
		return;
	for (i = 0; i < n; i++) {
		vmxprobe_arg(trial, fields[i]);
		if (!turn_bits_of_field(trial, fields[i], NOT_CANONICAL))
			return;
	}
}

static void host_sysenter(struct vmxprobe_trial *trial)
{
	static const u32 fields[] = { HOST_IA32_SYSENTER_ESP, HOST_IA32_SYSENTER_EIP };

	try_fields(trial, fields, ARRAY_SIZE(fields));
}

static void host_base(struct vmxprobe_trial *trial)
{
	static const u32 fields[] = {
		HOST_FS_BASE, HOST_GS_BASE, HOST_TR_BASE, HOST_GDTR_BASE, HOST_IDTR_BASE,
	};

	try_fields(trial, fields, ARRAY_SIZE(fields));
}

static void host_perf_global(struct vmxprobe_trial *trial)
{
	if (start_with(trial, EXIT_LOAD_PERF_GLOBAL))
		turn_each_bit(trial, HOST_IA32_PERF_GLOBAL_CTRL, GENMASK_ULL(63, 49));
}

/* The last of the eight: Linux uses it for no page of its own code and data. */
static void try_pat(struct vmxprobe_trial *trial, const u8 *types, u32 n)
{
	u64 others = host_item(trial, VMXPROBE_HOST_ITEM_PAT) & GENMASK_ULL(55, 0);
	u32 i;

	if (!start_with(trial, EXIT_LOAD_PAT))
		return;
	for (i = 0; i < n; i++) {
		vmxprobe_arg(trial, types[i]);
		if (!try_field(trial, HOST_IA32_PAT, others | (u64)types[i] << 56))
			return;
	}
}

static void host_pat(struct vmxprobe_trial *trial)
{
	static const u8 types[] = { 2, 3, 8, 0x10, 0x20, 0x40, 0x80, 0xff };

	try_pat(trial, types, ARRAY_SIZE(types));
}

static void host_pat_legal(struct vmxprobe_trial *trial)
{
	static const u8 types[] = { 0, 1, 4, 5, 6, 7 };

	try_pat(trial, types, ARRAY_SIZE(types));
}

static void host_efer(struct vmxprobe_trial *trial)
{
	if (start_with(trial, EXIT_LOAD_EFER))
		turn_each_bit(trial, HOST_IA32_EFER,
			      ~(u64)(EFER_SCE | EFER_LME | EFER_LMA | EFER_NX));
}

static void host_pkrs(struct vmxprobe_trial *trial)
{
	if (start_with(trial, EXIT_LOAD_PKRS))
		turn_each_bit(trial, FIELD_HOST_PKRS, GENMASK_ULL(63, 32));
}

static void host_msr_ignored(struct vmxprobe_trial *trial)
{
	u64 others = host_item(trial, VMXPROBE_HOST_ITEM_PAT) & GENMASK_ULL(55, 0);
	const struct vmxprobe_field fields[] = {
		{ HOST_IA32_EFER, host_item(trial, VMXPROBE_HOST_ITEM_EFER) | BIT_ULL(63) },
		{ HOST_IA32_PAT, others | 2ULL << 56 },
		{ HOST_IA32_PERF_GLOBAL_CTRL, BIT_ULL(63) },
	};
	u32 i;

	if (!start(trial))
		return;
	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		vmxprobe_arg(trial, fields[i].encoding);
		if (!try_field(trial, fields[i].encoding, fields[i].value))
			return;
	}
}

static void host_selector(struct vmxprobe_trial *trial)
{
	u32 field, bit;

	if (!start(trial))
		return;
	for (field = HOST_ES_SELECTOR; field <= HOST_TR_SELECTOR; field += 2) {
		for (bit = 0; bit < 3; bit++) {
			vmxprobe_arg(trial, bit << 16 | field);
			if (!turn_bits_of_field(trial, field, BIT(bit)))
				return;
		}
	}
}

static void host_cs_null(struct vmxprobe_trial *trial)
{
	if (start(trial))
		try_field(trial, HOST_CS_SELECTOR, 0);
}

static void host_tr_null(struct vmxprobe_trial *trial)
{
	if (start(trial))
		try_field(trial, HOST_TR_SELECTOR, 0);
}

static void host_ss_null(struct vmxprobe_trial *trial)
{
	if (start(trial))
		try_field(trial, HOST_SS_SELECTOR, 0);
}

const struct vmxprobe_trial_row vmxprobe_host_trials[] = {
	{ VMXPROBE_EXPERIMENT_HOST_CR0, host_cr0 },
	{ VMXPROBE_EXPERIMENT_HOST_CR4_FIXED, host_cr4_fixed },
	{ VMXPROBE_EXPERIMENT_HOST_CR4_ALLOWED, host_cr4_allowed },
	{ VMXPROBE_EXPERIMENT_HOST_PCIDE, host_pcide },
	{ VMXPROBE_EXPERIMENT_HOST_PAE, host_pae },
	{ VMXPROBE_EXPERIMENT_HOST_CET_WP, host_cet_wp },
	{ VMXPROBE_EXPERIMENT_HOST_CET_WP_LOAD, host_cet_wp_load },
	{ VMXPROBE_EXPERIMENT_HOST_S_CET, host_s_cet },
	{ VMXPROBE_EXPERIMENT_HOST_S_CET_SUPPRESS, host_s_cet_suppress },
	{ VMXPROBE_EXPERIMENT_HOST_S_CET_CANONICAL, host_s_cet_canonical },
	{ VMXPROBE_EXPERIMENT_HOST_SSP, host_ssp },
	{ VMXPROBE_EXPERIMENT_HOST_SSP_CANONICAL, host_ssp_canonical },
	{ VMXPROBE_EXPERIMENT_HOST_SSP_TABLE, host_ssp_table },
	{ VMXPROBE_EXPERIMENT_HOST_CET_IGNORED, host_cet_ignored },
	{ VMXPROBE_EXPERIMENT_HOST_SYSENTER, host_sysenter },
	{ VMXPROBE_EXPERIMENT_HOST_PERF_GLOBAL, host_perf_global },
	{ VMXPROBE_EXPERIMENT_HOST_PAT, host_pat },
	{ VMXPROBE_EXPERIMENT_HOST_PAT_LEGAL, host_pat_legal },
	{ VMXPROBE_EXPERIMENT_HOST_EFER, host_efer },
	{ VMXPROBE_EXPERIMENT_HOST_PKRS, host_pkrs },
	{ VMXPROBE_EXPERIMENT_HOST_SELECTOR, host_selector },
	{ VMXPROBE_EXPERIMENT_HOST_CS_NULL, host_cs_null },
	{ VMXPROBE_EXPERIMENT_HOST_TR_NULL, host_tr_null },
	{ VMXPROBE_EXPERIMENT_HOST_SS_NULL, host_ss_null },
	{ VMXPROBE_EXPERIMENT_HOST_BASE, host_base },
	{ VMXPROBE_EXPERIMENT_HOST_MSR_IGNORED, host_msr_ignored },
	{}
};
