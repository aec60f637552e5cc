// SPDX-License-Identifier: GPL-2.0
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/thread_info.h>
#include <asm/msr-index.h>
#include <asm/processor.h>
#include <asm/desc.h>
#include <asm/special_insns.h>
#include "compat.h"
#include "host.h"

#define ITEM(name)	item[VMXPROBE_HOST_ITEM_##name]

/* For MSRs that every 64-bit CPU with VMX has; without the kernel's detour for tracing. */
static __always_inline u64 read_msr(u32 index)
{
	u32 low, high;

	asm volatile("rdmsr" : "=a" (low), "=d" (high) : "c" (index));
	return (u64)high << 32 | low;
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
	unsigned long dr7;
	struct desc_ptr dt;

	host->ITEM(CR0) = native_read_cr0();
	host->ITEM(CR3) = __native_read_cr3();
	host->ITEM(CR4) = native_read_cr4();
	asm volatile("mov %%db7, %0" : "=r" (dr7));
	host->ITEM(DR7) = dr7;
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
 * FS, GS, TR, GDTR and IDTR, the SYSENTER MSRs) is not repeated here; EFER and PAT change only
 * by controls that are never set.
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

	wrmsrq(MSR_IA32_DEBUGCTLMSR, host->ITEM(DEBUGCTL));
	asm volatile("mov %0, %%db7" : : "r" (host->ITEM(DR7)));
}
