/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guests of depth "enter": their few pages, and the VMCS fields that start them. What is
 * where, netlink/vmxprobe.yaml says.
 */
#ifndef VMXPROBE_GUEST_H
#define VMXPROBE_GUEST_H

#include <linux/build_bug.h>
#include <linux/hrtimer.h>
#include <linux/types.h>
#include "msr.h"
#include "vmcs.h"

/* Pages in one piece; the guest sees the second one as the first of its address space. */
enum vmxprobe_guest_page {
	GUEST_PAGE_BEFORE,	/* nobody's, and nobody writes to it */
	GUEST_PAGE_TABLES,	/* IVT, GDT, TSS */
	GUEST_PAGE_HANDLERS,
	GUEST_PAGE_CODE,
	GUEST_PAGE_STACK,
	GUEST_PAGE_IDT_LONG,
	GUEST_PAGE_IDT,
	GUEST_PAGE_SHADOW_STACK,
	GUEST_PAGE_PML4,
	GUEST_PAGE_PDPT,
	GUEST_PAGE_PD,
	GUEST_PAGE_PT,
	GUEST_PAGE_PD32,
	GUEST_PAGE_PT32,
	GUEST_PAGE_MSR_BITMAP,	/* not mapped either, as the one behind it */
	GUEST_PAGE_BEHIND,
	N_GUEST_PAGES,
};

#define VMXPROBE_GUEST_ORDER	4
static_assert(N_GUEST_PAGES <= 1 << VMXPROBE_GUEST_ORDER);

#define VMXPROBE_EPT_ORDER	2
#define VMXPROBE_QUIET_MSRS	5

struct vmxprobe_guest_memory {
	void *page;		/* the first of them */
	u64 *ept;		/* root, and one table of each level below */
	u64 eptp;
	u64 invept_type;
	u64 before;		/* the checksum of what must not change */

	/* Of the window: MSRs that are put aside while guests run, and which of them exist. */
	u32 quiet;
	u64 quiet_msr[VMXPROBE_QUIET_MSRS];
	struct hrtimer alarm;	/* whose interrupt ends a guest that nothing else has ended */

	/* Of the mode that is set up. */
	u32 mode;		/* enum vmxprobe_guest */
	u64 cr3;
};

/* Why a CPU cannot have a guest, or cannot have it safely. */
enum vmxprobe_guest_fit {
	VMXPROBE_GUEST_FITS,
	VMXPROBE_GUEST_UNBOUNDED,	/* nothing would end it */
	VMXPROBE_GUEST_UNCONTAINED,	/* without EPT, or a control that keeps it in its place */
	VMXPROBE_GUEST_NO_REAL_MODE,
	VMXPROBE_GUEST_FRED,	/* an NMI could not be handed to the host */
};

enum vmxprobe_guest_fit vmxprobe_guest_fits(const struct vmxprobe_cpu *cpu, u32 mode);

/* The memory, with all that the guests find there: 0 or -ENOMEM. */
int vmxprobe_guest_alloc(struct vmxprobe_guest_memory *guest, const struct vmxprobe_cpu *cpu,
			 int node);
void vmxprobe_guest_free(struct vmxprobe_guest_memory *guest);

/* Whether the programs can be executed, but not read. */
void vmxprobe_guest_hide_code(struct vmxprobe_guest_memory *guest, bool hide);

/* The checksum now of what must not change: guest->before, or a guest wrote where it cannot. */
u64 vmxprobe_guest_sum(const struct vmxprobe_guest_memory *guest);

/* Have the fields of a mode in the baseline, in place of those of a guest without memory. */
void vmxprobe_guest_prepare(struct vmxprobe_guest_memory *guest, u32 mode,
			    struct vmxprobe_vmcs *vmcs, const struct vmxprobe_host *host);
/* RIP of a program. */
u64 vmxprobe_guest_rip(const struct vmxprobe_guest_memory *guest, u32 program);

/* In VMX operation: let the CPU forget what it knows of the memory. */
unsigned int vmxprobe_guest_flush(const struct vmxprobe_guest_memory *guest);

/* The stacks before an entry, and what is on one from RSP on: how many bytes. */
void vmxprobe_guest_reset_stack(struct vmxprobe_guest_memory *guest);
void vmxprobe_guest_reset_shadow_stack(struct vmxprobe_guest_memory *guest);
u32 vmxprobe_guest_read_stack(const struct vmxprobe_guest_memory *guest, u64 rsp, u8 *to);

#endif
