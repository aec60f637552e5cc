/* SPDX-License-Identifier: GPL-2.0 */
/* The host state of this CPU that a VM exit rewrites, and how it is put back. */
#ifndef VMXPROBE_HOST_H
#define VMXPROBE_HOST_H

#include <linux/types.h>
#include <asm/desc_defs.h>
#include <asm/segment.h>
#include "msr.h"
#include "vmxprobe.h"

#define VMXPROBE_N_HOST_ITEMS	(VMXPROBE_HOST_ITEM_GUEST_SURROUNDINGS + 1)

/* An MSR that entry or exit controls can change; it exists if one of them may be 1. */
struct vmxprobe_host_msr {
	u32 item;		/* enum vmxprobe_host_item */
	u32 msr;
	u32 entry_bit;
	u32 exit_bit;
	u32 guest_field;	/* 0: none */
	u32 host_field;
	u64 guest_mask;		/* of the host's value, what the guest's field takes */
};

extern const struct vmxprobe_host_msr vmxprobe_host_msrs[];
extern const u32 vmxprobe_n_host_msrs;

struct vmxprobe_host {
	u64 item[VMXPROBE_N_HOST_ITEMS];	/* by enum vmxprobe_host_item; [0] unused */
	u32 msrs;	/* which of vmxprobe_host_msrs are read and put back */
	/*
	 * A copy of the GDT. LTR from it gives TR back its limit without writing to the kernel's
	 * own, whose mapping is read-only.
	 */
	struct desc_struct gdt[GDT_ENTRIES];
	u64 tss_base;
};

/* All with interrupts off, on the CPU they are about. */
/* Have those of the optional MSRs that exist read and put back from now on. */
void vmxprobe_host_use_msrs(struct vmxprobe_host *host, const struct vmxprobe_cpu *cpu);
void vmxprobe_host_read(struct vmxprobe_host *host);
/* Make the copy that vmxprobe_host_restore() takes TR from, once; after a first read. */
void vmxprobe_host_copy_gdt(struct vmxprobe_host *host);
/* After at least one VM exit; CR0, CR3, CR4 and what the exit loads from the VMCS are right. */
void vmxprobe_host_restore(struct vmxprobe_host *host);
/* After an exit with other host state than the windows' own; CR0, CR4, SS and GS base are right. */
void vmxprobe_host_restore_all(struct vmxprobe_host *host);

#endif
