/* SPDX-License-Identifier: GPL-2.0 */
/* Running probes on one CPU. */
#ifndef VMXPROBE_PROBE_H
#define VMXPROBE_PROBE_H

#include <linux/types.h>
#include "enter.h"
#include "window.h"

/* Probes that share their overrides: one for each swept value, or one if there is none. */
struct vmxprobe_group {
	u32 depth;		/* enum vmxprobe_depth */
	u32 n_sets;
	u32 sweep_field;
	u32 n_probes;
	const struct vmxprobe_field *sets;
	const u64 *values;	/* to sweep that field over; NULL: nothing is swept */
	struct vmxprobe_guest_setup guest;	/* at depth enter only */
};

struct vmxprobe_batch {
	/* in */
	unsigned int cpu;
	const struct vmxprobe_cpu *info;	/* what the values were checked against */
	u32 window;		/* most VM entries with interrupts off */
	bool check_host;
	bool borrow;
	bool writes_msrs;	/* some value may make an entry or an exit write an MSR */
	bool enters;		/* some group is of depth enter */
	u32 n_groups;
	const struct vmxprobe_group *groups;
	/* out */
	struct vmxprobe_results results;
	u32 window_entries;
	u32 interrupted;	/* guests that the host ended, and that were entered again */
	u32 nmis;		/* by NMIs and machine checks */
	struct vmxprobe_window_report report;
};

/*
 * Run the batch's probes in order. 0, or -ENOMEM, or -EINTR if a signal came before the first
 * probe was done. A CPU that cannot or can no longer run them is an outcome, not an error;
 * results.done may fall short of the probes asked for.
 */
int vmxprobe_probe_run(struct vmxprobe_batch *batch);

#endif
