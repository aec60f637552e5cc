/* SPDX-License-Identifier: GPL-2.0 */
/* The host state of this CPU that a VM exit rewrites, and how it is put back. */
#ifndef VMXPROBE_HOST_H
#define VMXPROBE_HOST_H

#include <linux/types.h>
#include <asm/desc_defs.h>
#include <asm/segment.h>
#include "vmxprobe.h"

#define VMXPROBE_N_HOST_ITEMS	(VMXPROBE_HOST_ITEM_SYSENTER_EIP + 1)

struct vmxprobe_host {
	u64 item[VMXPROBE_N_HOST_ITEMS];	/* by enum vmxprobe_host_item; [0] unused */
	/*
	 * A copy of the GDT. LTR from it gives TR back its limit without writing to the kernel's
	 * own, whose mapping is read-only.
	 */
	struct desc_struct gdt[GDT_ENTRIES];
	u64 tss_base;
};

/* All three with interrupts off, on the CPU they are about. */
void vmxprobe_host_read(struct vmxprobe_host *host);
/* Make the copy that vmxprobe_host_restore() takes TR from, once; after a first read. */
void vmxprobe_host_copy_gdt(struct vmxprobe_host *host);
/* After at least one VM exit; CR0, CR3, CR4 and what the exit loads from the VMCS are right. */
void vmxprobe_host_restore(struct vmxprobe_host *host);

#endif
