// SPDX-License-Identifier: GPL-2.0
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <asm/desc_defs.h>
#include <asm/msr-index.h>
#include <asm/page.h>
#include <asm/pgtable_types.h>
#include <asm/processor-flags.h>
#include <asm/special_insns.h>
#include "fields.h"
#include "guest.h"
#include "policy.h"
#include "vmx_ops.h"

#define SLOT_OF(vector)		(VMXPROBE_GUEST_HANDLERS + (vector) * VMXPROBE_GUEST_SLOT)
#define REAL_CS_BASE		0x1000
#define STACK_FILL		0xcc

/* Selectors of the GDT; a handler runs with another CS than a program. */
#define SEL_CODE64		0x08
#define SEL_DATA		0x10
#define SEL_CODE32		0x18
#define SEL_TSS_FREE		0x20
#define SEL_TSS			0x30
#define SEL_START64		0x40
#define SEL_START32		0x48
#define GUEST_GDT_SIZE		0x50
#define TSS32			(VMXPROBE_GUEST_TSS + 0x80)
#define TSS_SIZE		0x68

#define GATE_TASK		0x85
#define GATE_INTERRUPT_16	0x86
#define GATE_INTERRUPT		0x8e

#define EPT_READ		BIT(0)
#define EPT_WRITE		BIT(1)
#define EPT_EXEC		BIT(2)
#define EPT_WB			(EPTP_WB << 3)

/* Accessed and dirty to begin with, so that the CPU writes to no paging structure. */
#define TABLE_BITS		(_PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_ACCESSED)
#define PAGE_BITS		(_PAGE_PRESENT | _PAGE_ACCESSED | _PAGE_DIRTY)

/*
 * Instructions that mean the same in 16-, 32- and 64-bit mode, but that [RDX] is [BP+SI] and [RBX]
 * is [BP+DI] with 16 bits: struct vmxprobe_guest_regs has the values for both.
 */
static const u8 programs[][8] = {
	[VMXPROBE_GUEST_PROGRAM_VMCALL] = { 0x0f, 0x01, 0xc1 },
	[VMXPROBE_GUEST_PROGRAM_NOP] = { 0x90, 0x90, 0x0f, 0x01, 0xc1 },
	[VMXPROBE_GUEST_PROGRAM_LOOP] = { 0xeb, 0xfe },
	[VMXPROBE_GUEST_PROGRAM_TOUCH] = { 0x8a, 0x02, 0x0f, 0x01, 0xc1 },
	[VMXPROBE_GUEST_PROGRAM_JUMP] = { 0xff, 0xe2 },
	[VMXPROBE_GUEST_PROGRAM_WRITE] = { 0x88, 0x03, 0x0f, 0x01, 0xc1 },
	[VMXPROBE_GUEST_PROGRAM_HLT] = { 0xf4, 0x0f, 0x01, 0xc1 },
	[VMXPROBE_GUEST_PROGRAM_RDMSR] = { 0x0f, 0x32, 0x0f, 0x01, 0xc1 },
	[VMXPROBE_GUEST_PROGRAM_MOV_CR3] = { 0x0f, 0x22, 0xd8, 0x0f, 0x01, 0xc1 },
	[VMXPROBE_GUEST_PROGRAM_VMREAD] = { 0x0f, 0x78, 0xc8, 0x0f, 0x01, 0xc1 },
};

static void *page_at(const struct vmxprobe_guest_memory *guest, u32 page)
{
	return guest->page + page * PAGE_SIZE;
}

/* By linear address of the guest. */
static void *at(const struct vmxprobe_guest_memory *guest, u32 linear)
{
	return page_at(guest, GUEST_PAGE_TABLES) + linear;
}

/* What the guest's paging structures and CR3 have for a page. */
static u64 address_of(u32 page)
{
	return (u64)(page - GUEST_PAGE_TABLES) << PAGE_SHIFT;
}

/* Pages of the linear address space, and of those that the guest itself writes to. */
static bool is_mapped(u32 page)
{
	return page >= GUEST_PAGE_TABLES && page <= GUEST_PAGE_SHADOW_STACK;
}

static bool is_written(u32 page)
{
	return page == GUEST_PAGE_STACK || page == GUEST_PAGE_SHADOW_STACK;
}

static bool is_run(u32 page)
{
	return page == GUEST_PAGE_HANDLERS || page == GUEST_PAGE_CODE;
}

/* A gate of 8 bytes, of which a 64-bit one has 8 more that are 0 for addresses below 4 GiB. */
static u64 gate(u32 offset, u16 selector, u8 type)
{
	return (u64)(offset >> 16) << 48 | (u64)type << 40 | (u64)selector << 16 |
	       (offset & 0xffff);
}

static void put_idts(struct vmxprobe_guest_memory *guest)
{
	u32 *ivt = at(guest, 0);
	u64 *idt_long = at(guest, VMXPROBE_GUEST_IDT_LONG);
	u64 *idt_pm32 = at(guest, VMXPROBE_GUEST_IDT_PM32);
	u64 *idt_16bit = at(guest, VMXPROBE_GUEST_IDT_16BIT);
	u64 *idt_task = at(guest, VMXPROBE_GUEST_IDT_TASK);
	u32 vector, slot;

	for (vector = 0; vector < 256; vector++) {
		slot = SLOT_OF(vector);
		ivt[vector] = slot;
		idt_long[2 * vector] = gate(slot, SEL_CODE64, GATE_INTERRUPT);
		idt_pm32[vector] = gate(slot, SEL_CODE32, GATE_INTERRUPT);
		idt_16bit[vector] = gate(slot, SEL_CODE32, GATE_INTERRUPT_16);
		idt_task[vector] = gate(0, SEL_TSS_FREE, GATE_TASK);
	}
}

static void put_gdt(struct vmxprobe_guest_memory *guest)
{
	u64 *gdt = at(guest, VMXPROBE_GUEST_GDT);

	/* All accessed, so that the CPU need not write. */
	gdt[SEL_CODE64 / 8] = 0x00af9b000000ffff;
	gdt[SEL_START64 / 8] = 0x00af9b000000ffff;
	gdt[SEL_CODE32 / 8] = 0x00cf9b000000ffff;
	gdt[SEL_START32 / 8] = 0x00cf9b000000ffff;
	gdt[SEL_DATA / 8] = 0x00cf93000000ffff;
	gdt[SEL_TSS_FREE / 8] = 0x0000890000000000 | TSS32 << 16 | (TSS_SIZE - 1);
}

/* Of both formats: the ring 0 stack, and an I/O map beyond the limit. */
static void put_tss(struct vmxprobe_guest_memory *guest)
{
	u32 *tss64 = at(guest, VMXPROBE_GUEST_TSS);
	u32 *tss32 = at(guest, TSS32);

	tss64[1] = VMXPROBE_GUEST_STACK0;
	tss64[25] = 0xffff0000;
	tss32[1] = VMXPROBE_GUEST_STACK0;
	tss32[2] = SEL_DATA;
	tss32[25] = 0xffff0000;
}

static void put_code(struct vmxprobe_guest_memory *guest)
{
	u32 i;

	for (i = 0; i < 256; i++)
		memcpy(at(guest, SLOT_OF(i)), programs[VMXPROBE_GUEST_PROGRAM_VMCALL],
		       sizeof(programs[0]));
	for (i = 0; i < ARRAY_SIZE(programs); i++)
		memcpy(at(guest, VMXPROBE_GUEST_CODE + i * VMXPROBE_GUEST_SLOT), programs[i],
		       sizeof(programs[0]));
}

/* Linear addresses are those of the guest-physical pages, from 0. */
static void put_paging(struct vmxprobe_guest_memory *guest)
{
	u64 *pt = page_at(guest, GUEST_PAGE_PT);
	u32 *pt32 = page_at(guest, GUEST_PAGE_PT32);
	u64 bits;
	u32 page;

	*(u64 *)page_at(guest, GUEST_PAGE_PML4) = address_of(GUEST_PAGE_PDPT) | TABLE_BITS;
	*(u64 *)page_at(guest, GUEST_PAGE_PDPT) = address_of(GUEST_PAGE_PD) | TABLE_BITS;
	*(u64 *)page_at(guest, GUEST_PAGE_PD) = address_of(GUEST_PAGE_PT) | TABLE_BITS;
	*(u32 *)page_at(guest, GUEST_PAGE_PD32) = address_of(GUEST_PAGE_PT32) | TABLE_BITS;

	for (page = 0; page < N_GUEST_PAGES; page++) {
		if (!is_mapped(page))
			continue;
		bits = PAGE_BITS;
		/* Dirty and read-only is what makes a supervisor shadow-stack page. */
		if (page != GUEST_PAGE_SHADOW_STACK)
			bits |= _PAGE_USER;
		if (page == GUEST_PAGE_STACK)
			bits |= _PAGE_RW;
		pt[page - GUEST_PAGE_TABLES] = address_of(page) | bits;
		pt32[page - GUEST_PAGE_TABLES] = address_of(page) | bits;
	}
}

static void put_ept(struct vmxprobe_guest_memory *guest, u64 type)
{
	const u64 all = EPT_READ | EPT_WRITE | EPT_EXEC;
	u64 *table = guest->ept, *next, *pt;
	u64 bits;
	u32 page, level;

	for (level = 0; level < 3; level++, table = next) {
		next = table + PAGE_SIZE / sizeof(*table);
		*table = __pa(next) | all;
	}
	pt = table;
	for (page = GUEST_PAGE_TABLES; page <= GUEST_PAGE_PT32; page++) {
		bits = EPT_READ | type;
		if (is_written(page))
			bits |= EPT_WRITE;
		if (is_run(page))
			bits |= EPT_EXEC;
		pt[page - GUEST_PAGE_TABLES] = __pa(page_at(guest, page)) | bits;
	}
}

/* All controls that keep a guest in its place, beside those of its memory. */
#define PROC_MUST	(PROC_CR3_LOAD | PROC_CR8_LOAD | PROC_MOV_DR | PROC_IO)
#define PROC_OWN	(PROC_MUST | PROC_HLT | PROC_MWAIT | PROC_RDPMC | PROC_CR3_STORE |	\
			 PROC_CR8_STORE | PROC_MSR_BITMAPS | PROC_MONITOR | PROC_SECONDARY)

static bool may_proc2(const struct vmxprobe_cpu *cpu, u32 bits)
{
	u64 cap = vmxprobe_cap(cpu, MSR_IA32_VMX_PROCBASED_CTLS2);

	return vmxprobe_control_cap(cpu, MSR_IA32_VMX_PROCBASED_CTLS) >> 32 & PROC_SECONDARY &&
	       (cap >> 32 & bits) == bits;
}

/*
 * EPT that the module knows how to build and to have forgotten. Without it nothing keeps a guest
 * from another CR3, or from writing to its own paging structures.
 */
static bool has_ept(const struct vmxprobe_cpu *cpu)
{
	u64 cap = vmxprobe_cap(cpu, MSR_IA32_VMX_EPT_VPID_CAP);

	return may_proc2(cpu, PROC2_EPT) && cap & EPT_CAP_WALK_4 && cap & EPT_CAP_INVEPT &&
	       cap & (EPT_CAP_INVEPT_ALL | EPT_CAP_INVEPT_SINGLE);
}

enum vmxprobe_guest_fit vmxprobe_guest_fits(const struct vmxprobe_cpu *cpu, u32 mode)
{
	u32 pin = vmxprobe_control_cap(cpu, MSR_IA32_VMX_PINBASED_CTLS) >> 32;
	u32 proc = vmxprobe_control_cap(cpu, MSR_IA32_VMX_PROCBASED_CTLS) >> 32;

	if (native_read_cr4() & CR4_FRED)
		return VMXPROBE_GUEST_FRED;
	if (!(pin & PIN_TIMER))
		return VMXPROBE_GUEST_UNBOUNDED;
	if (~pin & (PIN_EXT_INTR | PIN_NMI) || ~proc & PROC_MUST || !has_ept(cpu))
		return VMXPROBE_GUEST_UNCONTAINED;
	if (mode == VMXPROBE_GUEST_REAL && !may_proc2(cpu, PROC2_UNRESTRICTED))
		return VMXPROBE_GUEST_NO_REAL_MODE;
	return VMXPROBE_GUEST_FITS;
}

void vmxprobe_guest_free(struct vmxprobe_guest_memory *guest)
{
	free_pages((unsigned long)guest->page, VMXPROBE_GUEST_ORDER);
	free_pages((unsigned long)guest->ept, VMXPROBE_EPT_ORDER);
	guest->page = NULL;
	guest->ept = NULL;
}

static void *get_pages(int node, unsigned int order)
{
	struct page *page = alloc_pages_node(node, GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN,
					     order);

	return page ? page_address(page) : NULL;
}

/* The MSRs that a guest may read: those that entries load. */
static void put_msr_bitmap(struct vmxprobe_guest_memory *guest)
{
	u8 *bitmap = page_at(guest, GUEST_PAGE_MSR_BITMAP);
	u32 i, msr;

	memset(bitmap, 0xff, PAGE_SIZE);
	for (i = 0; i < vmxprobe_n_host_msrs; i++) {
		msr = vmxprobe_host_msrs[i].msr;
		/* Read bits of the low MSRs come first, then those of 0xc0000000 and on. */
		if (msr >= 0xc0000000)
			msr = msr - 0xc0000000 + 0x2000;
		bitmap[msr / 8] &= ~BIT(msr % 8);
	}
}

int vmxprobe_guest_alloc(struct vmxprobe_guest_memory *guest, const struct vmxprobe_cpu *cpu,
			 int node)
{
	u64 cap = vmxprobe_cap(cpu, MSR_IA32_VMX_EPT_VPID_CAP);

	memset(guest, 0, sizeof(*guest));
	guest->page = get_pages(node, VMXPROBE_GUEST_ORDER);
	guest->ept = get_pages(node, VMXPROBE_EPT_ORDER);
	if (!guest->page || !guest->ept) {
		vmxprobe_guest_free(guest);
		return -ENOMEM;
	}
	guest->invept_type = cap & EPT_CAP_INVEPT_ALL ? 2 : 1;
	guest->eptp = __pa(guest->ept) | EPTP_WALK_4 | (cap & EPT_CAP_WB ? EPTP_WB : 0);

	put_ept(guest, cap & EPT_CAP_WB ? EPT_WB : 0);
	put_idts(guest);
	put_gdt(guest);
	put_tss(guest);
	put_code(guest);
	put_paging(guest);
	put_msr_bitmap(guest);
	guest->before = vmxprobe_guest_sum(guest);
	return 0;
}

void vmxprobe_guest_hide_code(struct vmxprobe_guest_memory *guest, bool hide)
{
	u64 *pt = guest->ept + 3 * PAGE_SIZE / sizeof(*guest->ept);
	u64 *entry = &pt[GUEST_PAGE_CODE - GUEST_PAGE_TABLES];

	*entry = hide ? *entry & ~(u64)EPT_READ : *entry | EPT_READ;
}

/* FNV-1a over words: any word that is another makes another sum. */
static u64 add_to_sum(u64 sum, const u64 *words, size_t size)
{
	const u64 *end = words + size / sizeof(*words);

	while (words < end)
		sum = (sum ^ *words++) * 0x100000001b3;
	return sum;
}

u64 vmxprobe_guest_sum(const struct vmxprobe_guest_memory *guest)
{
	u64 sum = 0xcbf29ce484222325;
	u32 page;

	for (page = 0; page < N_GUEST_PAGES; page++)
		if (!is_written(page))
			sum = add_to_sum(sum, page_at(guest, page), PAGE_SIZE);
	return add_to_sum(sum, guest->ept, PAGE_SIZE << VMXPROBE_EPT_ORDER);
}

static void put_segment(struct vmxprobe_vmcs *vmcs, u32 selector_field, u16 selector, u64 base,
			u32 limit, u32 ar)
{
	u32 nr = (selector_field - GUEST_ES_SELECTOR) / 2;

	vmxprobe_vmcs_put(vmcs, selector_field, selector);
	vmxprobe_vmcs_put(vmcs, GUEST_ES_BASE + 2 * nr, base);
	vmxprobe_vmcs_put(vmcs, GUEST_ES_LIMIT + 2 * nr, limit);
	vmxprobe_vmcs_put(vmcs, GUEST_ES_AR_BYTES + 2 * nr, ar);
}

static void put_segments(const struct vmxprobe_guest_memory *guest, struct vmxprobe_vmcs *vmcs)
{
	static const u16 data[] = {
		GUEST_ES_SELECTOR, GUEST_SS_SELECTOR, GUEST_DS_SELECTOR,
		GUEST_FS_SELECTOR, GUEST_GS_SELECTOR,
	};
	const bool real = guest->mode == VMXPROBE_GUEST_REAL;
	const bool is_long = guest->mode == VMXPROBE_GUEST_LONG;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(data); i++)
		put_segment(vmcs, data[i], real ? 0 : SEL_DATA, 0, real ? 0xffff : ~0U,
			    real ? AR_DATA_16 : AR_DATA);
	if (real)
		put_segment(vmcs, GUEST_CS_SELECTOR, REAL_CS_BASE >> 4, REAL_CS_BASE, 0xffff,
			    AR_CODE_16);
	else
		put_segment(vmcs, GUEST_CS_SELECTOR, is_long ? SEL_START64 : SEL_START32, 0, ~0U,
			    is_long ? AR_CODE_64 : AR_CODE_32);
	put_segment(vmcs, GUEST_LDTR_SELECTOR, 0, 0, 0, AR_UNUSABLE);
	put_segment(vmcs, GUEST_TR_SELECTOR, SEL_TSS, is_long ? VMXPROBE_GUEST_TSS : TSS32,
		    TSS_SIZE - 1, AR_TSS_BUSY);

	vmxprobe_vmcs_put(vmcs, GUEST_GDTR_BASE, VMXPROBE_GUEST_GDT);
	vmxprobe_vmcs_put(vmcs, GUEST_GDTR_LIMIT, GUEST_GDT_SIZE - 1);
	vmxprobe_vmcs_put(vmcs, GUEST_IDTR_BASE, is_long ? VMXPROBE_GUEST_IDT_LONG :
				    real ? 0 : VMXPROBE_GUEST_IDT_PM32);
	vmxprobe_vmcs_put(vmcs, GUEST_IDTR_LIMIT, 256 * (is_long ? 16 : real ? 4 : 8) - 1);
}

static void put_controls(const struct vmxprobe_guest_memory *guest, struct vmxprobe_vmcs *vmcs)
{
	const struct vmxprobe_cpu *cpu = vmcs->cpu;
	u64 proc = vmxprobe_control_cap(cpu, MSR_IA32_VMX_PROCBASED_CTLS);
	u64 proc2 = vmxprobe_cap(cpu, MSR_IA32_VMX_PROCBASED_CTLS2);
	u64 entry = vmxprobe_control_cap(cpu, MSR_IA32_VMX_ENTRY_CTLS);
	u64 misc = vmxprobe_cap(cpu, MSR_IA32_VMX_MISC);
	u32 loads = ENTRY_LOAD_DEBUG | ENTRY_LOAD_PERF_GLOBAL;
	u32 wanted2 = PROC2_EPT | PROC2_ENCLS;

	vmxprobe_vmcs_put(vmcs, CPU_BASED_VM_EXEC_CONTROL, vmxprobe_adjust(proc, PROC_OWN));
	if (guest->mode == VMXPROBE_GUEST_REAL)
		wanted2 |= PROC2_UNRESTRICTED;
	vmxprobe_vmcs_put(vmcs, SECONDARY_VM_EXEC_CONTROL, vmxprobe_adjust(proc2, wanted2));
	if (proc2 >> 32 & PROC2_ENCLS)
		vmxprobe_vmcs_put(vmcs, ENCLS_EXITING_BITMAP, ~0ULL);
	if (proc >> 32 & PROC_MSR_BITMAPS)
		vmxprobe_vmcs_put(vmcs, MSR_BITMAP, __pa(page_at(guest, GUEST_PAGE_MSR_BITMAP)));
	vmxprobe_vmcs_put(vmcs, EPT_POINTER, guest->eptp);
	/* None of the host's counters counts in a guest, if the exit can have them go on. */
	loads &= vmxprobe_policy_guest_bits(VM_ENTRY_CONTROLS, cpu);
	if (guest->mode == VMXPROBE_GUEST_LONG)
		loads |= ENTRY_IA32E;
	vmxprobe_vmcs_put(vmcs, VM_ENTRY_CONTROLS, vmxprobe_adjust(entry, loads));
	if (loads & ENTRY_LOAD_PERF_GLOBAL)
		vmxprobe_vmcs_put(vmcs, GUEST_IA32_PERF_GLOBAL_CTRL, 0);
	vmxprobe_vmcs_put(vmcs, CR0_GUEST_HOST_MASK, ~0ULL);
	vmxprobe_vmcs_put(vmcs, CR4_GUEST_HOST_MASK, ~0ULL);
	if ((misc >> 16 & 0x1ff) >= 4) {
		vmxprobe_vmcs_put(vmcs, CR3_TARGET_VALUE0, 0);
		vmxprobe_vmcs_put(vmcs, CR3_TARGET_VALUE1, 0);
		vmxprobe_vmcs_put(vmcs, CR3_TARGET_VALUE2, 0);
		vmxprobe_vmcs_put(vmcs, CR3_TARGET_VALUE3, guest->cr3);
	}
	/* All bits that a caller may give, so that none of them stays beside a caller's. */
	vmxprobe_vmcs_put(vmcs, VMX_PREEMPTION_TIMER_VALUE,
			  vmxprobe_policy_guest_bits(VMX_PREEMPTION_TIMER_VALUE, cpu));
}

void vmxprobe_guest_prepare(struct vmxprobe_guest_memory *guest, u32 mode,
			    struct vmxprobe_vmcs *vmcs, const struct vmxprobe_host *host)
{
	const struct vmxprobe_cpu *cpu = vmcs->cpu;
	u64 cr0 = vmxprobe_cap(cpu, MSR_IA32_VMX_CR0_FIXED0) | X86_CR0_PE | X86_CR0_NE |
		  X86_CR0_PG | X86_CR0_WP;
	u64 cr4 = vmxprobe_cap(cpu, MSR_IA32_VMX_CR4_FIXED0);

	guest->mode = mode;
	guest->cr3 = 0;
	if (mode == VMXPROBE_GUEST_LONG) {
		guest->cr3 = address_of(GUEST_PAGE_PML4);
		cr4 |= X86_CR4_PAE;
	} else if (mode == VMXPROBE_GUEST_PM32) {
		guest->cr3 = address_of(GUEST_PAGE_PD32);
	} else {
		cr0 &= ~(X86_CR0_PE | X86_CR0_PG);
	}
	/* The FPU's state is a task's. Without CR4.MCE a machine check would stop the machine. */
	cr0 |= X86_CR0_TS;
	cr4 |= host->item[VMXPROBE_HOST_ITEM_CR4] & X86_CR4_MCE;

	put_controls(guest, vmcs);
	put_segments(guest, vmcs);
	vmxprobe_vmcs_put(vmcs, GUEST_CR0, cr0);
	vmxprobe_vmcs_put(vmcs, GUEST_CR3, guest->cr3);
	vmxprobe_vmcs_put(vmcs, GUEST_CR4, cr4);
	vmxprobe_vmcs_put(vmcs, GUEST_RSP, VMXPROBE_GUEST_STACK);
}

u64 vmxprobe_guest_rip(const struct vmxprobe_guest_memory *guest, u32 program)
{
	u64 linear = VMXPROBE_GUEST_CODE + program * VMXPROBE_GUEST_SLOT;

	return guest->mode == VMXPROBE_GUEST_REAL ? linear - REAL_CS_BASE : linear;
}

unsigned int vmxprobe_guest_flush(const struct vmxprobe_guest_memory *guest)
{
	const struct vmx_descriptor desc = { .low = guest->eptp };

	return vmx_invept(guest->invept_type, &desc);
}

void vmxprobe_guest_reset_stack(struct vmxprobe_guest_memory *guest)
{
	memset(page_at(guest, GUEST_PAGE_STACK), STACK_FILL, PAGE_SIZE);
}

void vmxprobe_guest_reset_shadow_stack(struct vmxprobe_guest_memory *guest)
{
	memset(page_at(guest, GUEST_PAGE_SHADOW_STACK), 0, PAGE_SIZE);
}

u32 vmxprobe_guest_read_stack(const struct vmxprobe_guest_memory *guest, u64 rsp, u8 *to)
{
	const u32 start = (GUEST_PAGE_STACK - GUEST_PAGE_TABLES) << PAGE_SHIFT;
	u32 size;

	if (rsp < start || rsp >= start + PAGE_SIZE)
		return 0;
	size = min_t(u32, start + PAGE_SIZE - rsp, VMXPROBE_STACK_BYTES);
	memcpy(to, at(guest, rsp), size);
	return size;
}
