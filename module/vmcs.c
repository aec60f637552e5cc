// SPDX-License-Identifier: GPL-2.0
#include <linux/bits.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <asm/msr-index.h>
#include <asm/page.h>
#include <asm/processor-flags.h>
#include <asm/segment.h>
#include "compat.h"
#include "fields.h"
#include "policy.h"
#include "vmcs.h"
#include "vmx_ops.h"

/* An MSR-load entry that names this MSR fails. SDM: "Loading MSRs" (of VM entries). */
#define POISON_MSR		MSR_FS_BASE

/*
 * The regions whose address experiments turn bits of have a page behind them, which a CPU that
 * does not check the alignment spoils instead of somebody's.
 */
static unsigned int order_of(u32 page)
{
	return page == PAGE_VMXON || page == PAGE_SECOND;
}

void vmxprobe_vmcs_free(struct vmxprobe_vmcs *vmcs)
{
	u32 i;

	for (i = 0; i < N_VMXPROBE_PAGES; i++)
		free_pages((unsigned long)vmcs->page[i], order_of(i));
}

int vmxprobe_vmcs_alloc(struct vmxprobe_vmcs *vmcs, int node)
{
	struct vmxprobe_msr_entry *list;
	struct page *page;
	u32 i;

	memset(vmcs, 0, sizeof(*vmcs));
	for (i = 0; i < N_VMXPROBE_PAGES; i++) {
		page = alloc_pages_node(node, GFP_KERNEL_ACCOUNT | __GFP_ZERO,
					order_of(i));
		if (!page)
			goto free;
		vmcs->page[i] = page_address(page);
		vmcs->pa[i] = __pa(vmcs->page[i]);
	}

	list = vmcs->page[PAGE_MSR_LIST];
	list[0].index = POISON_MSR;
	return 0;

free:
	vmxprobe_vmcs_free(vmcs);
	return -ENOMEM;
}

static u32 slot_of(u32 field)
{
	return (field >> 13 & 3) << 8 | (field >> 10 & 3) << 6 | (field >> 1 & 63);
}

u64 vmxprobe_vmcs_baseline(const struct vmxprobe_vmcs *vmcs, u32 field)
{
	u32 n = vmcs->slot[slot_of(field)];

	return n && vmcs->baseline[n - 1].encoding == field ? vmcs->baseline[n - 1].value : 0;
}

void vmxprobe_vmcs_put(struct vmxprobe_vmcs *vmcs, u32 field, u64 value)
{
	u32 n = vmcs->slot[slot_of(field)];

	if (n && vmcs->baseline[n - 1].encoding == field) {
		vmcs->baseline[n - 1].value = value;
		return;
	}
	if (WARN_ON_ONCE(vmcs->n_baseline == VMXPROBE_BASELINE_FIELDS))
		return;
	vmcs->baseline[vmcs->n_baseline].encoding = field;
	vmcs->baseline[vmcs->n_baseline++].value = value;
	vmcs->slot[slot_of(field)] = vmcs->n_baseline;
}

static void put_controls(struct vmxprobe_vmcs *vmcs, const struct vmxprobe_cpu *cpu)
{
	u64 pin = vmxprobe_control_cap(cpu, MSR_IA32_VMX_PINBASED_CTLS);
	u64 proc = vmxprobe_control_cap(cpu, MSR_IA32_VMX_PROCBASED_CTLS);
	u64 exit = vmxprobe_control_cap(cpu, MSR_IA32_VMX_EXIT_CTLS);
	u64 entry = vmxprobe_control_cap(cpu, MSR_IA32_VMX_ENTRY_CTLS);
	u64 proc2 = vmxprobe_cap(cpu, MSR_IA32_VMX_PROCBASED_CTLS2);
	u32 may = proc >> 32;

	vmxprobe_vmcs_put(vmcs, PIN_BASED_VM_EXEC_CONTROL,
			  vmxprobe_adjust(pin, PIN_EXT_INTR | PIN_NMI | PIN_TIMER));
	vmxprobe_vmcs_put(vmcs, CPU_BASED_VM_EXEC_CONTROL, vmxprobe_adjust(proc, PROC_HLT));
	vmxprobe_vmcs_put(vmcs, VM_EXIT_CONTROLS, vmxprobe_adjust(exit, EXIT_HOST_64));
	vmxprobe_vmcs_put(vmcs, VM_ENTRY_CONTROLS, vmxprobe_adjust(entry, ENTRY_IA32E));
	if (may & PROC_SECONDARY)
		vmxprobe_vmcs_put(vmcs, SECONDARY_VM_EXEC_CONTROL, (u32)proc2);

	/* An exception is the one thing a guest without memory can raise. */
	vmxprobe_vmcs_put(vmcs, EXCEPTION_BITMAP, ~0U);
	vmxprobe_vmcs_put(vmcs, PAGE_FAULT_ERROR_CODE_MASK, 0);
	vmxprobe_vmcs_put(vmcs, PAGE_FAULT_ERROR_CODE_MATCH, 0);
	vmxprobe_vmcs_put(vmcs, CR3_TARGET_COUNT, 0);
	vmxprobe_vmcs_put(vmcs, VM_EXIT_MSR_STORE_COUNT, 0);
	vmxprobe_vmcs_put(vmcs, VM_EXIT_MSR_LOAD_COUNT, 0);
	vmxprobe_vmcs_put(vmcs, VM_ENTRY_MSR_LOAD_COUNT, 0);
	vmxprobe_vmcs_put(vmcs, VM_ENTRY_MSR_LOAD_ADDR, vmcs->pa[PAGE_MSR_LIST]);
	vmxprobe_vmcs_put(vmcs, VM_ENTRY_INTR_INFO_FIELD, 0);
	vmxprobe_vmcs_put(vmcs, VM_ENTRY_EXCEPTION_ERROR_CODE, 0);
	vmxprobe_vmcs_put(vmcs, VM_ENTRY_INSTRUCTION_LEN, 0);
	vmxprobe_vmcs_put(vmcs, CR0_GUEST_HOST_MASK, 0);
	vmxprobe_vmcs_put(vmcs, CR4_GUEST_HOST_MASK, 0);
	vmxprobe_vmcs_put(vmcs, CR0_READ_SHADOW, 0);
	vmxprobe_vmcs_put(vmcs, CR4_READ_SHADOW, 0);
	vmxprobe_vmcs_put(vmcs, TSC_OFFSET, 0);

	if (pin >> 32 & PIN_TIMER)
		vmxprobe_vmcs_put(vmcs, VMX_PREEMPTION_TIMER_VALUE, 0);
	if (may & PROC_TERTIARY)
		vmxprobe_vmcs_put(vmcs, FIELD_TERTIARY_CONTROLS, 0);
	if (exit >> 32 & EXIT_SECONDARY)
		vmxprobe_vmcs_put(vmcs, FIELD_EXIT2_CONTROLS, 0);
}

static u64 page_of(const struct vmxprobe_vmcs *vmcs, u32 field)
{
	bool is_root = field == EPT_POINTER || field == GUEST_CR3;

	return vmcs->pa[is_root ? PAGE_EMPTY : PAGE_SCRATCH];
}

/* Whatever a control bit makes the CPU look at is ours, legal, and has no effect. */
static void put_companions(struct vmxprobe_vmcs *vmcs, const struct vmxprobe_cpu *cpu)
{
	u32 may = vmxprobe_cap(cpu, MSR_IA32_VMX_PROCBASED_CTLS) >> 32;
	u32 may2 = vmxprobe_cap(cpu, MSR_IA32_VMX_PROCBASED_CTLS2) >> 32;
	u64 may3 = vmxprobe_cap(cpu, MSR_IA32_VMX_PROCBASED_CTLS3);
	u32 pin = vmxprobe_cap(cpu, MSR_IA32_VMX_PINBASED_CTLS) >> 32;
	const struct {
		u32 field;
		bool exists;
	} pages[] = {
		{ IO_BITMAP_A, true },
		{ IO_BITMAP_B, true },
		{ MSR_BITMAP, may & PROC_MSR_BITMAPS },
		{ VIRTUAL_APIC_PAGE_ADDR, may & PROC_TPR_SHADOW },
		{ APIC_ACCESS_ADDR, may2 & PROC2_APIC_ACCESS },
		{ POSTED_INTR_DESC_ADDR, pin & PIN_POSTED_INTR },
		{ FIELD_EPTP_LIST, vmxprobe_cap(cpu, MSR_IA32_VMX_VMFUNC) & 1 },
		{ FIELD_PML_ADDRESS, may2 & PROC2_PML },
		{ VMREAD_BITMAP, may2 & PROC2_SHADOWING },
		{ VMWRITE_BITMAP, may2 & PROC2_SHADOWING },
		{ FIELD_VE_INFO, may2 & PROC2_VE },
		{ FIELD_SPPT, may2 & PROC2_SPP },
		{ FIELD_PASID_LOW, may2 & PROC2_PASID },
		{ FIELD_PASID_HIGH, may2 & PROC2_PASID },
		{ FIELD_HLAT, may3 & PROC3_HLAT },
		{ FIELD_PID_TABLE, may3 & PROC3_IPIV },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(pages); i++)
		if (pages[i].exists)
			vmxprobe_vmcs_put(vmcs, pages[i].field, page_of(vmcs, pages[i].field));

	if (may & PROC_TPR_SHADOW)
		vmxprobe_vmcs_put(vmcs, TPR_THRESHOLD, 0);
	if (may2 & PROC2_EPT)
		vmxprobe_vmcs_put(vmcs, EPT_POINTER, vmcs->pa[PAGE_EMPTY] | EPTP_WALK_4 |
		    (vmxprobe_cap(cpu, MSR_IA32_VMX_EPT_VPID_CAP) & EPT_CAP_WB ? EPTP_WB : 0));
	if (may2 & PROC2_VPID)
		vmxprobe_vmcs_put(vmcs, VIRTUAL_PROCESSOR_ID, 1);
	if (pin & PIN_POSTED_INTR)
		vmxprobe_vmcs_put(vmcs, FIELD_POSTED_INTR_NV, 0);
	if (may3 & PROC3_IPIV)
		vmxprobe_vmcs_put(vmcs, FIELD_LAST_PID_INDEX, 0);
	if (may2 & PROC2_VMFUNC)
		vmxprobe_vmcs_put(vmcs, VM_FUNCTION_CONTROL, 0);
	if (may2 & PROC2_TSC_SCALING)
		vmxprobe_vmcs_put(vmcs, TSC_MULTIPLIER, BIT_ULL(48));
}

/*
 * What entry controls load is what the CPU has, so that loading it changes nothing. Only there
 * if a request asks for such controls; the shadow-stack pointer is of no use to a kernel
 * without a shadow stack of its own, which Linux has none of.
 */
static void put_loaded(struct vmxprobe_vmcs *vmcs, const struct vmxprobe_host *host)
{
	const struct vmxprobe_host_msr *msr;
	u32 i;

	for (i = 0; i < vmxprobe_n_host_msrs; i++) {
		msr = &vmxprobe_host_msrs[i];
		if (!(host->msrs & BIT(i)))
			continue;
		if (msr->guest_field)
			vmxprobe_vmcs_put(vmcs, msr->guest_field,
					  host->item[msr->item] & msr->guest_mask);
		if (msr->host_field)
			vmxprobe_vmcs_put(vmcs, msr->host_field, host->item[msr->item]);
		if (msr->item == VMXPROBE_HOST_ITEM_S_CET) {
			vmxprobe_vmcs_put(vmcs, FIELD_GUEST_SSP, 0);
			vmxprobe_vmcs_put(vmcs, FIELD_HOST_SSP, 0);
		}
	}
}

static void put_segment(struct vmxprobe_vmcs *vmcs, u32 nr, u16 selector, u32 limit, u32 ar)
{
	vmxprobe_vmcs_put(vmcs, GUEST_ES_SELECTOR + 2 * nr, selector);
	vmxprobe_vmcs_put(vmcs, GUEST_ES_BASE + 2 * nr, 0);
	vmxprobe_vmcs_put(vmcs, GUEST_ES_LIMIT + 2 * nr, limit);
	vmxprobe_vmcs_put(vmcs, GUEST_ES_AR_BYTES + 2 * nr, ar);
}

/* A legal 64-bit guest. It maps nothing, so not even its first instruction can be fetched. */
static void put_guest(struct vmxprobe_vmcs *vmcs, const struct vmxprobe_cpu *cpu)
{
	put_segment(vmcs, 0, __KERNEL_DS, ~0U, AR_DATA);	/* ES */
	put_segment(vmcs, 1, __KERNEL_CS, ~0U, AR_CODE_64);
	put_segment(vmcs, 2, __KERNEL_DS, ~0U, AR_DATA);	/* SS */
	put_segment(vmcs, 3, __KERNEL_DS, ~0U, AR_DATA);	/* DS */
	put_segment(vmcs, 4, __KERNEL_DS, ~0U, AR_DATA);	/* FS */
	put_segment(vmcs, 5, __KERNEL_DS, ~0U, AR_DATA);	/* GS */
	put_segment(vmcs, 6, 0, 0, AR_UNUSABLE);		/* LDTR */
	put_segment(vmcs, 7, 0x40, 0x67, AR_TSS_BUSY);		/* TR */

	vmxprobe_vmcs_put(vmcs, GUEST_GDTR_BASE, 0);
	vmxprobe_vmcs_put(vmcs, GUEST_GDTR_LIMIT, 0);
	vmxprobe_vmcs_put(vmcs, GUEST_IDTR_BASE, 0);
	vmxprobe_vmcs_put(vmcs, GUEST_IDTR_LIMIT, 0);

	vmxprobe_vmcs_put(vmcs, GUEST_CR0, (vmxprobe_cap(cpu, MSR_IA32_VMX_CR0_FIXED0) |
			      X86_CR0_PE | X86_CR0_NE | X86_CR0_PG));
	vmxprobe_vmcs_put(vmcs, GUEST_CR3, vmcs->pa[PAGE_EMPTY]);
	vmxprobe_vmcs_put(vmcs, GUEST_CR4,
			  vmxprobe_cap(cpu, MSR_IA32_VMX_CR4_FIXED0) | X86_CR4_PAE);
	vmxprobe_vmcs_put(vmcs, GUEST_DR7, 0x400);
	vmxprobe_vmcs_put(vmcs, GUEST_RSP, 0);
	vmxprobe_vmcs_put(vmcs, GUEST_RIP, 0);
	vmxprobe_vmcs_put(vmcs, GUEST_RFLAGS, X86_EFLAGS_FIXED);
	vmxprobe_vmcs_put(vmcs, GUEST_IA32_DEBUGCTL, 0);
	vmxprobe_vmcs_put(vmcs, GUEST_SYSENTER_CS, 0);
	vmxprobe_vmcs_put(vmcs, GUEST_SYSENTER_ESP, 0);
	vmxprobe_vmcs_put(vmcs, GUEST_SYSENTER_EIP, 0);
	vmxprobe_vmcs_put(vmcs, GUEST_INTERRUPTIBILITY_INFO, 0);
	vmxprobe_vmcs_put(vmcs, GUEST_ACTIVITY_STATE, 0);
	vmxprobe_vmcs_put(vmcs, GUEST_PENDING_DBG_EXCEPTIONS, 0);
	vmxprobe_vmcs_put(vmcs, VMCS_LINK_POINTER, ~0ULL);
}

u64 vmxprobe_vmcs_own_bits(const struct vmxprobe_vmcs *vmcs, u32 field)
{
	u64 own = ~vmxprobe_policy_bits(field, vmcs->cpu);

	if (!own)
		return 0;
	if (vmxprobe_policy_is_address(field))
		return page_of(vmcs, field);
	return vmxprobe_vmcs_baseline(vmcs, field) & own;
}

void vmxprobe_vmcs_prepare(struct vmxprobe_vmcs *vmcs, const struct vmxprobe_cpu *cpu,
			   const struct vmxprobe_host *host)
{
	u32 revision = vmxprobe_cap(cpu, MSR_IA32_VMX_BASIC) & GENMASK(30, 0);

	*(u32 *)vmcs->page[PAGE_VMXON] = revision;
	*(u32 *)vmcs->page[PAGE_VMCS] = revision;
	*(u32 *)vmcs->page[PAGE_SECOND] = revision;

	vmcs->cpu = cpu;
	vmcs->n_baseline = 0;
	put_controls(vmcs, cpu);
	put_companions(vmcs, cpu);
	put_guest(vmcs, cpu);
	put_loaded(vmcs, host);
}

bool vmxprobe_vmcs_set(u32 field, u64 value, struct vmxprobe_step *step)
{
	step->status = vmx_write(field, value);
	if (step->status == VMX_OK)
		return true;
	step->insn = VMXPROBE_INSN_VMWRITE;
	step->field = field;
	return false;
}

bool vmxprobe_vmcs_write_baseline(const struct vmxprobe_vmcs *vmcs, struct vmxprobe_step *step)
{
	u32 i;

	for (i = 0; i < vmcs->n_baseline; i++)
		if (!vmxprobe_vmcs_set(vmcs->baseline[i].encoding, vmcs->baseline[i].value, step))
			return false;
	return true;
}

/* Host fields that are written once: what they hold cannot change under us. */
static bool write_host_fixed(const struct vmxprobe_host *host, struct vmxprobe_step *step)
{
	const struct vmxprobe_field fields[] = {
		{ HOST_CS_SELECTOR, __KERNEL_CS },
		{ HOST_SS_SELECTOR, __KERNEL_DS },
		{ HOST_DS_SELECTOR, 0 },
		{ HOST_ES_SELECTOR, 0 },
		{ HOST_FS_SELECTOR, 0 },
		{ HOST_GS_SELECTOR, 0 },
		{ HOST_TR_BASE, host->tss_base },
		{ HOST_RSP, 0 },	/* vmxprobe_vmlaunch() writes the real one */
		{ HOST_RIP, (unsigned long)vmxprobe_vmexit },
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(fields); i++)
		if (!vmxprobe_vmcs_set(fields[i].encoding, fields[i].value, step))
			return false;
	return true;
}

/* Host fields that follow an item of the host state. */
static const struct {
	u32 encoding;
	u32 item;
} host_fields[] = {
	{ HOST_CR0, VMXPROBE_HOST_ITEM_CR0 },
	{ HOST_CR3, VMXPROBE_HOST_ITEM_CR3 },
	{ HOST_CR4, VMXPROBE_HOST_ITEM_CR4 },
	{ HOST_TR_SELECTOR, VMXPROBE_HOST_ITEM_TR },
	{ HOST_FS_BASE, VMXPROBE_HOST_ITEM_FS_BASE },
	{ HOST_GS_BASE, VMXPROBE_HOST_ITEM_GS_BASE },
	{ HOST_GDTR_BASE, VMXPROBE_HOST_ITEM_GDTR_BASE },
	{ HOST_IDTR_BASE, VMXPROBE_HOST_ITEM_IDTR_BASE },
	{ HOST_IA32_SYSENTER_CS, VMXPROBE_HOST_ITEM_SYSENTER_CS },
	{ HOST_IA32_SYSENTER_ESP, VMXPROBE_HOST_ITEM_SYSENTER_ESP },
	{ HOST_IA32_SYSENTER_EIP, VMXPROBE_HOST_ITEM_SYSENTER_EIP },
};

/*
 * What a VM exit loads. Data segments become null, as host selectors must have RPL and TI 0;
 * vmxprobe_host_restore() puts the task's own back. From one window to the next little
 * changes, and only that is written.
 */
bool vmxprobe_vmcs_write_host(struct vmxprobe_vmcs *vmcs, const struct vmxprobe_host *host,
			      struct vmxprobe_step *step)
{
	u32 i, item;
	u64 value;

	if (!vmcs->host_written && !write_host_fixed(host, step))
		return false;

	for (i = 0; i < ARRAY_SIZE(host_fields); i++) {
		item = host_fields[i].item;
		value = host->item[item];
		if (vmcs->host_written && value == vmcs->host_item[item])
			continue;
		vmcs->host_item[item] = value;
		if (item == VMXPROBE_HOST_ITEM_CR4)
			value |= X86_CR4_VMXE;
		if (!vmxprobe_vmcs_set(host_fields[i].encoding, value, step))
			return false;
	}
	vmcs->host_written = true;
	return true;
}

bool vmxprobe_vmcs_poison(const struct vmxprobe_vmcs *vmcs, u32 depth,
			  struct vmxprobe_step *step)
{
	if (depth == VMXPROBE_DEPTH_STATE)
		return vmxprobe_vmcs_set(VM_ENTRY_MSR_LOAD_COUNT, 1, step);

	return vmxprobe_vmcs_set(GUEST_RFLAGS, 0, step) &&
	       vmxprobe_vmcs_set(VMCS_LINK_POINTER, 1, step);
}

bool vmxprobe_vmcs_unpoison(const struct vmxprobe_vmcs *vmcs, struct vmxprobe_step *step)
{
	static const u32 fields[] = { VM_ENTRY_MSR_LOAD_COUNT, GUEST_RFLAGS, VMCS_LINK_POINTER };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(fields); i++)
		if (!vmxprobe_vmcs_set(fields[i], vmxprobe_vmcs_baseline(vmcs, fields[i]), step))
			return false;
	return true;
}
