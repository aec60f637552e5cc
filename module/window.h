/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A window: a bounded stretch with interrupts off on one CPU, in VMX operation with a VMCS of
 * our own current, after which the CPU is as it was. VMX operation is our own as well, or for
 * those who ask for it that of another owner, KVM for one.
 */
#ifndef VMXPROBE_WINDOW_H
#define VMXPROBE_WINDOW_H

#include <linux/types.h>
#include "host.h"
#include "msr.h"
#include "result.h"
#include "vmcs.h"

struct vmxprobe_host_change {
	bool changed;
	u64 before, after;
};

/* What the windows of a request said beside what they were opened for. */
struct vmxprobe_window_report {
	u32 windows;
	u32 borrowed;	/* in another owner's VMX operation */
	u64 ticks;
	u64 ticks_max;
	struct vmxprobe_host_change changes[VMXPROBE_N_HOST_ITEMS];
};

struct vmxprobe_window {
	/* By the caller. */
	unsigned int cpu_id;
	bool check_host;	/* compare host state around each window */
	bool borrow;		/* if another has this CPU in VMX operation, within that */
	bool owns;		/* not this, which leaves VMX operation or is about its region */
	bool writes_msrs;	/* entries or exits may write the optional host MSRs */
	/* What to do in it; the VMCS holds no baseline yet if !prepared. */
	void (*work)(struct vmxprobe_window *win);
	struct vmxprobe_window_report *report;

	/* For the work. */
	struct vmxprobe_cpu cpu;
	struct vmxprobe_vmcs vmcs;
	struct vmxprobe_host host;
	/* No window after this one makes sense, and what was left has this outcome. */
	bool ended;
	struct vmxprobe_outcome end;

	/* Its own. */
	bool prepared;		/* our VMCS was cleared once */
	bool stuck;		/* the CPU may still use our memory: it is never freed */
	struct vmxprobe_host after;
	unsigned long start;	/* in jiffies */
};

void vmxprobe_window_init(void);

/*
 * Get memory for the windows of a request, and the CPU for it alone: 0, -ENOMEM, or -EINTR if a
 * signal came while another request had it. The CPU is asked what it is, unless info says so.
 */
int vmxprobe_window_start(struct vmxprobe_window *win, const struct vmxprobe_cpu *info);
void vmxprobe_window_finish(struct vmxprobe_window *win);

/*
 * Open one and do the work. A CPU that cannot, or can no longer, sets ended. 0, or -EINTR if a
 * signal came before a borrowed one was opened.
 */
int vmxprobe_window_open(struct vmxprobe_window *win);

/* Whether a request whose rest can be asked for should give what it has. */
bool vmxprobe_window_late(const struct vmxprobe_window *win);

/* For the work: end the request with an instruction that did not do what it must. */
void vmxprobe_window_end(struct vmxprobe_window *win, const struct vmxprobe_step *step);
/* The same for what the CPU is in use for, an enum vmxprobe_readiness. */
void vmxprobe_window_not_ready(struct vmxprobe_window *win, u32 readiness);

#endif
