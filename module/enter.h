/* SPDX-License-Identifier: GPL-2.0 */
/* VM entries that succeed: one guest of depth "enter" after another. */
#ifndef VMXPROBE_ENTER_H
#define VMXPROBE_ENTER_H

/* Offsets for vmenter.S. */
#define REGS_RAX	0
#define REGS_RBX	8
#define REGS_RCX	16
#define REGS_RDX	24
#define REGS_RBP	32
#define REGS_RDI	40
#define REGS_TSC	48

#ifndef __ASSEMBLY__

#include <linux/build_bug.h>
#include <linux/stddef.h>
#include "guest.h"
#include "window.h"

/* What a guest's registers are at its entry, all others being 0; RAX and RDX also at its exit. */
struct vmxprobe_guest_regs {
	u64 rax;
	u64 rbx;
	u64 rcx;
	u64 rdx;
	u64 rbp;
	u64 rdi;
	u64 tsc;	/* just after the exit */
};

static_assert(offsetof(struct vmxprobe_guest_regs, rax) == REGS_RAX);
static_assert(offsetof(struct vmxprobe_guest_regs, rbx) == REGS_RBX);
static_assert(offsetof(struct vmxprobe_guest_regs, rcx) == REGS_RCX);
static_assert(offsetof(struct vmxprobe_guest_regs, rdx) == REGS_RDX);
static_assert(offsetof(struct vmxprobe_guest_regs, rbp) == REGS_RBP);
static_assert(offsetof(struct vmxprobe_guest_regs, rdi) == REGS_RDI);
static_assert(offsetof(struct vmxprobe_guest_regs, tsc) == REGS_TSC);

/*
 * VMLAUNCH or VMRESUME with these registers, and back with the host's own, a status of vmx_ops.h.
 * An NMI that ended the guest is the host's when this returns. HOST_RIP is no longer
 * vmxprobe_vmexit then.
 */
unsigned int vmxprobe_enter_guest(struct vmxprobe_guest_regs *regs, unsigned int resume);

/* What a group has beside the overrides of all depths. */
struct vmxprobe_guest_setup {
	u32 mode;		/* enum vmxprobe_guest; 0: no guest is entered */
	u32 program;
	u64 rcx;
	u32 n_read;
	const u32 *read;
	bool time;
};

enum vmxprobe_entered {
	VMXPROBE_ENTERED,	/* done: the outcome, and if it has an arrival, that */
	VMXPROBE_ENTERED_NMI,	/* an NMI or machine check of the host ended it: again */
	VMXPROBE_ENTERED_INTR,	/* an interrupt of the host: again, but in another window */
};

/* One guest, in a window that began with vmxprobe_enter_begin(). */
struct vmxprobe_entry {
	struct vmxprobe_window *win;
	struct vmxprobe_guest_memory *guest;
	const struct vmxprobe_guest_setup *setup;
	const struct vmxprobe_field *sets;	/* overrides */
	u32 n_sets;
	/* After an attempt; the arrival only if the outcome's kind is "entered". */
	struct vmxprobe_outcome *out;
	struct vmxprobe_arrival *arrival;
};

/* Around the guests of a window: false if it ended with that. */
bool vmxprobe_enter_begin(struct vmxprobe_window *win, struct vmxprobe_guest_memory *guest);
void vmxprobe_enter_end(struct vmxprobe_window *win, struct vmxprobe_guest_memory *guest);

/*
 * Make ready a VMCS that is clear. False if there is nothing to attempt: an override that the CPU
 * does not take is the outcome, any other step that does not work ends the window.
 */
bool vmxprobe_enter_write(const struct vmxprobe_entry *entry);
enum vmxprobe_entered vmxprobe_enter_attempt(const struct vmxprobe_entry *entry, bool resume);

/* After the last window: report memory that a guest should not have been able to write. */
void vmxprobe_enter_check(const struct vmxprobe_guest_memory *guest,
			  struct vmxprobe_window_report *report);

#endif /* __ASSEMBLY__ */
#endif
