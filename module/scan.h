/* SPDX-License-Identifier: GPL-2.0 */
/* Which VMCS fields a CPU has, found by trying them. */
#ifndef VMXPROBE_SCAN_H
#define VMXPROBE_SCAN_H

#include <linux/types.h>
#include "result.h"
#include "window.h"

/* Encodings have bits 14:0, of which bit 12 is reserved. */
#define VMXPROBE_ENCODINGS	0x8000

/* What fits a reply; a CPU has fewer than 200 fields, each 64-bit one with a high half. */
#define VMXPROBE_SCAN_MAX	128

struct vmxprobe_access {
	u32 encoding;
	struct vmxprobe_outcome read;	/* kind 0: it worked */
	struct vmxprobe_outcome write;
	u64 ones;		/* read back after all ones were written, if both worked */
};

struct vmxprobe_scan {
	unsigned int cpu;
	bool borrow;
	u32 window;		/* most encodings with interrupts off */
	u32 next;		/* encoding to go on with; VMXPROBE_ENCODINGS: done */
	u32 n;
	struct vmxprobe_outcome failed;	/* kind 0: the CPU was asked */
	struct vmxprobe_window_report report;
	struct vmxprobe_access access[VMXPROBE_SCAN_MAX];
};

/* From scan->next on, until all are tried or the array is full. 0, -ENOMEM or -EINTR. */
int vmxprobe_scan_run(struct vmxprobe_scan *scan);

#endif
