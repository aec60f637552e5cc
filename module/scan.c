// SPDX-License-Identifier: GPL-2.0
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include "fields.h"
#include "scan.h"
#include "vmx_ops.h"
#include "window.h"

#define RESERVED		BIT(12)
#define UNSUPPORTED		12	/* VM-instruction error */

struct run {
	struct vmxprobe_window win;
	struct vmxprobe_scan *scan;
};

/* The first encoding from this one on that is none of the many with the reserved bit. */
static u32 past_reserved(u32 encoding)
{
	return encoding & RESERVED ? (encoding | (RESERVED - 1)) + 1 : encoding;
}

static bool unsupported(const struct vmxprobe_outcome *out)
{
	return out->kind == VMXPROBE_KIND_FAIL_VALID && out->error == UNSUPPORTED;
}

static void try_encoding(struct vmxprobe_scan *scan, u32 encoding)
{
	struct vmxprobe_access *access = &scan->access[scan->n];
	u64 before, ones = 0;
	unsigned int status;

	memset(access, 0, sizeof(*access));
	access->encoding = encoding;

	status = vmx_read(encoding, &before);
	if (status != VMX_OK)
		vmxprobe_outcome_insn(&access->read, VMXPROBE_INSN_VMREAD, encoding, status);
	status = vmx_write(encoding, ~0ULL);
	if (status != VMX_OK)
		vmxprobe_outcome_insn(&access->write, VMXPROBE_INSN_VMWRITE, encoding, status);
	if (unsupported(&access->read) && unsupported(&access->write))
		return;

	/* Leave the VMCS as it was: the host-state area is used by the windows to come. */
	if (!access->read.kind && !access->write.kind) {
		vmx_read(encoding, &ones);
		vmx_write(encoding, before);
		access->ones = ones;
	}
	scan->n++;
}

static void scan_some(struct vmxprobe_window *win)
{
	struct vmxprobe_scan *scan = container_of(win, struct run, win)->scan;
	u32 i;

	for (i = 0; i < scan->window && scan->next < VMXPROBE_ENCODINGS &&
	     scan->n < VMXPROBE_SCAN_MAX; i++) {
		try_encoding(scan, scan->next);
		scan->next = past_reserved(scan->next + 1);
	}
}

static int scan_all(struct run *run)
{
	struct vmxprobe_scan *scan = run->scan;
	const u32 first = scan->next;
	int err;

	while (scan->next < VMXPROBE_ENCODINGS && scan->n < VMXPROBE_SCAN_MAX &&
	       !vmxprobe_window_late(&run->win)) {
		if (signal_pending(current))
			return scan->next == first ? -EINTR : 0;
		err = vmxprobe_window_open(&run->win);
		if (err)
			return scan->next == first ? err : 0;
		if (run->win.ended) {
			scan->failed = run->win.end;
			scan->n = 0;
			return 0;
		}
		cond_resched();
	}
	return 0;
}

int vmxprobe_scan_run(struct vmxprobe_scan *scan)
{
	struct run *run;
	int err;

	run = kzalloc(sizeof(*run), GFP_KERNEL_ACCOUNT);
	if (!run)
		return -ENOMEM;
	run->scan = scan;
	scan->next = past_reserved(scan->next);
	run->win.cpu_id = scan->cpu;
	run->win.borrow = scan->borrow;
	run->win.work = scan_some;
	run->win.report = &scan->report;

	err = vmxprobe_window_start(&run->win, NULL);
	if (!err) {
		err = scan_all(run);
		vmxprobe_window_finish(&run->win);
	}
	kfree(run);
	return err;
}
