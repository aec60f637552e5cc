// SPDX-License-Identifier: GPL-2.0
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/thread_info.h>
#include <asm/msr-index.h>
#include <asm/processor.h>
#include <asm/desc.h>
#include <asm/special_insns.h>
#include "compat.h"
#include "fields.h"
#include "host.h"

#define ITEM(name)	item[VMXPROBE_HOST_ITEM_##name]

/* For MSRs that every 64-bit CPU with VMX has; without the kernel's detour for tracing. */
static __always_inline u64 read_msr(u32 index)
{
	u32 low, high;

	asm volatile("rdmsr" : "=a" (low), "=d" (high) : "c" (index));
	return (u64)high << 32 | low;
}

/* UINV is bits 39:32 of IA32_UINTR_MISC. */
#define UINV		GENMASK_ULL(39, 32)
#define ROW(name, ...)	{ VMXPROBE_HOST_ITEM_##name, __VA_ARGS__ }

const struct vmxprobe_host_msr vmxprobe_host_msrs[] = {
	ROW(EFER, MSR_EFER, ENTRY_LOAD_EFER, EXIT_LOAD_EFER,
	    GUEST_IA32_EFER, HOST_IA32_EFER, ~0ULL),
	ROW(PAT, MSR_IA32_CR_PAT, ENTRY_LOAD_PAT, EXIT_LOAD_PAT,
	    GUEST_IA32_PAT, HOST_IA32_PAT, ~0ULL),
	ROW(PERF_GLOBAL_CTRL, MSR_CORE_PERF_GLOBAL_CTRL, ENTRY_LOAD_PERF_GLOBAL,
	    EXIT_LOAD_PERF_GLOBAL, GUEST_IA32_PERF_GLOBAL_CTRL, HOST_IA32_PERF_GLOBAL_CTRL, ~0ULL),
	ROW(BNDCFGS, MSR_IA32_BNDCFGS, ENTRY_LOAD_BNDCFGS, EXIT_CLEAR_BNDCFGS,
	    GUEST_BNDCFGS, 0, ~0ULL),
	ROW(RTIT_CTL, MSR_IA32_RTIT_CTL, ENTRY_LOAD_RTIT, EXIT_CLEAR_RTIT,
	    GUEST_IA32_RTIT_CTL, 0, ~RTIT_CTL_TRACEEN),
	ROW(S_CET, 0x6a2, ENTRY_LOAD_CET, EXIT_LOAD_CET,
	    FIELD_GUEST_S_CET, FIELD_HOST_S_CET, ~0ULL),
	ROW(INTERRUPT_SSP_TABLE, 0x6a8, ENTRY_LOAD_CET, EXIT_LOAD_CET,
	    FIELD_GUEST_SSP_TABLE, FIELD_HOST_SSP_TABLE, ~0ULL),
	ROW(PKRS, 0x6e1, ENTRY_LOAD_PKRS, EXIT_LOAD_PKRS,
	    FIELD_GUEST_PKRS, FIELD_HOST_PKRS, ~0ULL),
	ROW(LBR_CTL, 0x14ce, ENTRY_LOAD_LBR, EXIT_CLEAR_LBR, FIELD_GUEST_LBR_CTL, 0, ~0ULL),
	/* The guest's UINV is 0, as is that of a kernel without user interrupts. */
	ROW(UINTR_MISC, 0x988, ENTRY_LOAD_UINV, EXIT_CLEAR_UINV, FIELD_GUEST_UINV, 0, 0),
};

const u32 vmxprobe_n_host_msrs = ARRAY_SIZE(vmxprobe_host_msrs);

void vmxprobe_host_use_msrs(struct vmxprobe_host *host, const struct vmxprobe_cpu *cpu)
{
	u32 entry = vmxprobe_cap(cpu, MSR_IA32_VMX_ENTRY_CTLS) >> 32;
	u32 exit = vmxprobe_cap(cpu, MSR_IA32_VMX_EXIT_CTLS) >> 32;
	const struct vmxprobe_host_msr *msr;
	u64 value;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(vmxprobe_host_msrs); i++) {
		msr = &vmxprobe_host_msrs[i];
		if ((entry & msr->entry_bit || exit & msr->exit_bit) &&
		    !rdmsrq_safe(msr->msr, &value))
			host->msrs |= BIT(i);
	}
}

static u16 read_ldtr(void)
{
	u16 ldtr;

	asm volatile("sldt %0" : "=m" (ldtr));
	return ldtr;
}

#define read_segment(seg)			\
({						\
	u16 __sel;				\
						\
	asm volatile("mov %%" #seg ", %0" : "=rm" (__sel)); \
	__sel;					\
})

void vmxprobe_host_read(struct vmxprobe_host *host)
{
	unsigned long dr7, dr6;
	struct desc_ptr dt;
	u32 i;

	host->ITEM(CR0) = native_read_cr0();
	host->ITEM(CR3) = __native_read_cr3();
	host->ITEM(CR4) = native_read_cr4();
	asm volatile("mov %%db7, %0" : "=r" (dr7));
	host->ITEM(DR7) = dr7;
	asm volatile("mov %%db6, %0" : "=r" (dr6));
	host->ITEM(DR6) = dr6;
	host->ITEM(CR2) = native_read_cr2();
	host->ITEM(DEBUGCTL) = read_msr(MSR_IA32_DEBUGCTLMSR);

	native_store_gdt(&dt);
	host->ITEM(GDTR_BASE) = dt.address;
	host->ITEM(GDTR_LIMIT) = dt.size;
	store_idt(&dt);
	host->ITEM(IDTR_BASE) = dt.address;
	host->ITEM(IDTR_LIMIT) = dt.size;
	host->ITEM(LDTR) = read_ldtr();
	host->ITEM(TR) = native_store_tr();

	host->ITEM(CS) = read_segment(cs);
	host->ITEM(SS) = read_segment(ss);
	host->ITEM(DS) = read_segment(ds);
	host->ITEM(ES) = read_segment(es);
	host->ITEM(FS) = read_segment(fs);
	host->ITEM(GS) = read_segment(gs);
	host->ITEM(FS_BASE) = read_msr(MSR_FS_BASE);
	host->ITEM(GS_BASE) = read_msr(MSR_GS_BASE);
	host->ITEM(KERNEL_GS_BASE) = read_msr(MSR_KERNEL_GS_BASE);

	host->ITEM(EFER) = read_msr(MSR_EFER);
	host->ITEM(PAT) = read_msr(MSR_IA32_CR_PAT);
	host->ITEM(SYSENTER_CS) = read_msr(MSR_IA32_SYSENTER_CS);
	host->ITEM(SYSENTER_ESP) = read_msr(MSR_IA32_SYSENTER_ESP);
	host->ITEM(SYSENTER_EIP) = read_msr(MSR_IA32_SYSENTER_EIP);

	if (host->msrs)
		for (i = 0; i < ARRAY_SIZE(vmxprobe_host_msrs); i++)
			if (host->msrs & BIT(i))
				host->item[vmxprobe_host_msrs[i].item] =
					read_msr(vmxprobe_host_msrs[i].msr);
}

/* What the baseline's controls leave alone, a caller's may have changed. */
static void restore_msrs(const struct vmxprobe_host *host)
{
	const struct vmxprobe_host_msr *msr;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(vmxprobe_host_msrs); i++) {
		msr = &vmxprobe_host_msrs[i];
		if (host->msrs & BIT(i) && read_msr(msr->msr) != host->item[msr->item])
			wrmsrq(msr->msr, host->item[msr->item]);
	}
}

static struct ldttss_desc *copy_of_tss(struct vmxprobe_host *host)
{
	return (void *)host->gdt + host->ITEM(TR);
}

void vmxprobe_host_copy_gdt(struct vmxprobe_host *host)
{
	size_t size = min_t(size_t, host->ITEM(GDTR_LIMIT) + 1, sizeof(host->gdt));
	struct ldttss_desc *tss;

	memcpy(host->gdt, (void *)(unsigned long)host->ITEM(GDTR_BASE), size);
	tss = copy_of_tss(host);
	host->tss_base = tss->base0 | tss->base1 << 16 | (u64)tss->base2 << 24 |
			 (u64)tss->base3 << 32;
}

/*
 * SDM: "Loading Host Control Registers, Debug Registers, MSRs", "Loading Host Segment and
 * Descriptor-Table Registers". What the VMCS gives back as it was (CR0, CR3, CR4, the bases of
 * FS, GS, TR, GDTR and IDTR, the SYSENTER MSRs) is not repeated here.
 */
void vmxprobe_host_restore(struct vmxprobe_host *host)
{
	struct desc_ptr gdt = { host->ITEM(GDTR_LIMIT), host->ITEM(GDTR_BASE) };
	struct desc_ptr idt = { host->ITEM(IDTR_LIMIT), host->ITEM(IDTR_BASE) };
	struct desc_ptr copy = { sizeof(host->gdt) - 1, (unsigned long)host->gdt };
	u16 ldtr = host->ITEM(LDTR);
	u16 tr = host->ITEM(TR);

	/*
	 * The limits are 0xffff after an exit, that of TR is 0x67. LTR wants a descriptor that is
	 * not busy, and makes it busy.
	 */
	copy_of_tss(host)->type = DESC_TSS;
	native_load_gdt(&copy);
	asm volatile("ltr %0" : : "m" (tr));
	native_load_gdt(&gdt);
	native_load_idt(&idt);
	asm volatile("lldt %0" : : "m" (ldtr));

	/*
	 * The exit loads null into the data segments, and the right bases into FS and GS. A
	 * selector that was not null takes its base from the descriptor, so the base comes after.
	 */
	if (host->ITEM(SS) != __KERNEL_DS)
		loadsegment(ss, host->ITEM(SS));
	if (host->ITEM(DS))
		loadsegment(ds, host->ITEM(DS));
	if (host->ITEM(ES))
		loadsegment(es, host->ITEM(ES));
	if (host->ITEM(FS)) {
		loadsegment(fs, host->ITEM(FS));
		wrmsrq(MSR_FS_BASE, host->ITEM(FS_BASE));
	}
	if (host->ITEM(GS)) {
		load_gs_index(host->ITEM(GS));
		wrmsrq(MSR_KERNEL_GS_BASE, host->ITEM(KERNEL_GS_BASE));
	}

	if (host->msrs)
		restore_msrs(host);
	wrmsrq(MSR_IA32_DEBUGCTLMSR, host->ITEM(DEBUGCTL));
	asm volatile("mov %0, %%db7" : : "r" (host->ITEM(DR7)));

	/* No exit changes these, but a guest may, and CR2 a fault in an experiment. */
	asm volatile("mov %0, %%db6" : : "r" (host->ITEM(DR6)));
	native_write_cr2(host->ITEM(CR2));
}

void vmxprobe_host_restore_all(struct vmxprobe_host *host)
{
	loadsegment(ds, host->ITEM(DS));
	loadsegment(es, host->ITEM(ES));
	loadsegment(fs, host->ITEM(FS));
	load_gs_index(host->ITEM(GS));
	wrmsrq(MSR_FS_BASE, host->ITEM(FS_BASE));
	wrmsrq(MSR_KERNEL_GS_BASE, host->ITEM(KERNEL_GS_BASE));
	wrmsrq(MSR_IA32_SYSENTER_CS, host->ITEM(SYSENTER_CS));
	wrmsrq(MSR_IA32_SYSENTER_ESP, host->ITEM(SYSENTER_ESP));
	wrmsrq(MSR_IA32_SYSENTER_EIP, host->ITEM(SYSENTER_EIP));
	vmxprobe_host_restore(host);
}
