// SPDX-License-Identifier: GPL-2.0
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/topology.h>
#include <asm/msr.h>
#include "exit.h"
#include "fields.h"
#include "probe.h"
#include "vmx_ops.h"

/* The state of a batch between and in its windows. */
struct run {
	struct vmxprobe_window win;
	struct vmxprobe_batch *batch;
	u32 group;		/* where the next window goes on */
	u32 probe;
	bool group_written;	/* the VMCS holds this group's overrides and poison */
	const struct vmxprobe_group *dirty;	/* whose overrides it holds; NULL: no baseline */
	struct vmxprobe_outcome refused; /* what every probe of this group ends as, if kind */
	u32 mcs;		/* machine checks that came instead of answers */

	/* Of guests that are entered. */
	struct vmxprobe_guest_memory *guest;
	struct vmxprobe_field *sets;	/* the group's, and the swept one */
	u32 tries;		/* of the probe that is next */
	u64 start;		/* of the window, in TSC ticks */
	bool closed;		/* the window has to end */
	bool full;		/* there is no room for one more arrival */

	u32 n;			/* outcomes of this window */
	struct vmxprobe_outcome outcomes[VMXPROBE_MAX_WINDOW];
};

/*
 * The baseline, with little to write: an entry that failed has changed nothing in the VMCS that
 * an entry looks at. A field that the CPU does not have stays without saying so once more.
 */
static bool write_baseline(struct run *run, struct vmxprobe_step *step)
{
	const struct vmxprobe_vmcs *vmcs = &run->win.vmcs;
	const struct vmxprobe_group *group = run->dirty;
	u32 i, field;

	if (!group)
		return vmxprobe_vmcs_write_baseline(vmcs, step);
	for (i = 0; i < group->n_sets; i++) {
		field = group->sets[i].encoding;
		vmx_write(field, vmxprobe_vmcs_baseline(vmcs, field));
	}
	if (group->values)
		vmx_write(group->sweep_field, vmxprobe_vmcs_baseline(vmcs, group->sweep_field));
	return vmxprobe_vmcs_unpoison(vmcs, step);
}

/* Start a group: baseline, overrides, poison. An override the CPU refuses is its outcome. */
static bool write_group(struct run *run, const struct vmxprobe_group *group,
			struct vmxprobe_step *step)
{
	const struct vmxprobe_field *set;
	u64 own;
	u32 i;

	run->refused.kind = 0;
	if (!write_baseline(run, step))
		return false;
	run->dirty = group;
	for (i = 0; i < group->n_sets; i++) {
		set = &group->sets[i];
		own = vmxprobe_vmcs_own_bits(&run->win.vmcs, set->encoding);
		if (!vmxprobe_vmcs_set(set->encoding, set->value | own, step)) {
			vmxprobe_outcome_insn(&run->refused, step->insn, step->field,
					      step->status);
			break;
		}
	}
	return vmxprobe_vmcs_poison(&run->win.vmcs, group->depth, step);
}

/* Attempt the entry; true if the guest was entered. */
static __always_inline bool run_entry(struct run *run, struct vmxprobe_outcome *out)
{
	enum vmxprobe_exit exit;
	unsigned int status;

	while ((status = vmxprobe_vmlaunch()) == VMX_OK) {
		exit = vmxprobe_outcome_exit(out);
		if (likely(exit != VMXPROBE_EXIT_MC) || run->mcs++ == VMXPROBE_MAX_TRIES)
			return exit == VMXPROBE_EXIT_ENTERED;
		memset(out, 0, sizeof(*out));
	}
	if (likely(status == VMX_FAIL_VALID)) {
		out->kind = VMXPROBE_KIND_FAIL_VALID;
		out->insn = VMXPROBE_INSN_VMLAUNCH;
		out->error = vmxprobe_read_field(VM_INSTRUCTION_ERROR);
	} else {
		vmxprobe_outcome_insn(out, VMXPROBE_INSN_VMLAUNCH, 0, status);
	}
	return false;
}

/* A guest ran that should not have: nothing after it is tried. */
static void end_entered(struct run *run)
{
	memset(&run->win.end, 0, sizeof(run->win.end));
	run->win.end.kind = VMXPROBE_KIND_STOPPED;
	run->win.ended = true;
}

/* The hot loop; returns the end of the outcomes. */
static struct vmxprobe_outcome *run_sweep(struct run *run, const struct vmxprobe_group *group,
					  struct vmxprobe_outcome *out,
					  const struct vmxprobe_outcome *end)
{
	const u64 *value = &group->values[run->probe];
	const u32 field = group->sweep_field;
	const u64 own = vmxprobe_vmcs_own_bits(&run->win.vmcs, field);
	unsigned int status;

	for (; out < end; out++, value++) {
		status = vmx_write(field, *value | own);
		if (unlikely(status != VMX_OK)) {
			vmxprobe_outcome_insn(out, VMXPROBE_INSN_VMWRITE, field, status);
		} else if (unlikely(run_entry(run, out))) {
			end_entered(run);
			return out + 1;
		}
	}
	return out;
}

/* TSC ticks after which a window takes in no more guests. */
#define WINDOW_TICKS	BIT(16)

/* A guest that was entered, if this one is to be reported. */
static bool run_guest(struct run *run, const struct vmxprobe_group *group,
		      struct vmxprobe_outcome *out)
{
	struct vmxprobe_batch *batch = run->batch;
	struct vmxprobe_results *res = &batch->results;
	struct vmxprobe_entry entry = {
		.win = &run->win,
		.guest = run->guest,
		.setup = &group->guest,
		.sets = run->sets,
		.n_sets = group->n_sets,
		.out = out,
		.arrival = &res->arrivals[res->n_arrivals],
	};
	enum vmxprobe_entered entered = VMXPROBE_ENTERED;

	if (group->values) {
		run->sets[entry.n_sets].encoding = group->sweep_field;
		run->sets[entry.n_sets++].value = group->values[run->probe];
	}
	if (vmxprobe_enter_write(&entry))
		entered = vmxprobe_enter_attempt(&entry, false);
	run->closed |= entered == VMXPROBE_ENTERED_INTR || rdtsc() - run->start > WINDOW_TICKS;
	if (run->win.ended)
		return false;
	if (entered != VMXPROBE_ENTERED) {
		batch->interrupted++;
		batch->nmis += entered == VMXPROBE_ENTERED_NMI;
		if (++run->tries < VMXPROBE_MAX_TRIES)
			return false;
	}
	run->tries = 0;
	if (out->kind == VMXPROBE_KIND_ENTERED)
		out->arrival = ++res->n_arrivals;
	return true;
}

/* Guests of one group, one a probe, until it, the window or the batch is at its end. */
static void run_guests(struct run *run, const struct vmxprobe_group *group)
{
	memcpy(run->sets, group->sets, group->n_sets * sizeof(*group->sets));
	while (!run->closed && !run->win.ended && run->n < run->batch->window &&
	       run->probe < group->n_probes) {
		if (run->batch->results.n_arrivals == VMXPROBE_MAX_ARRIVALS) {
			run->full = true;
			return;
		}
		if (run_guest(run, group, &run->outcomes[run->n])) {
			run->n++;
			run->probe++;
		}
	}
}

/* Probes of one group, until it, the window or the batch is at its end. */
static void run_group(struct run *run, const struct vmxprobe_group *group)
{
	u32 n = min(group->n_probes - run->probe, run->batch->window - run->n);
	struct vmxprobe_outcome *out = &run->outcomes[run->n];
	struct vmxprobe_outcome *end = out + n;

	if (run->refused.kind) {
		while (out < end)
			*out++ = run->refused;
	} else if (group->values) {
		out = run_sweep(run, group, out, end);
	} else if (run_entry(run, out++)) {
		end_entered(run);
	}
	n = out - &run->outcomes[run->n];
	run->n += n;
	run->probe += n;
}

static void next_group(struct run *run, const struct vmxprobe_group *group)
{
	if (run->probe < group->n_probes)
		return;
	run->probe = 0;
	run->group++;
	run->group_written = false;
}

static void run_probes(struct vmxprobe_window *win)
{
	struct run *run = container_of(win, struct run, win);
	struct vmxprobe_batch *batch = run->batch;
	const struct vmxprobe_group *group;
	struct vmxprobe_step step;

	while (!win->ended && run->n < batch->window && run->group < batch->n_groups) {
		group = &batch->groups[run->group];
		if (!run->group_written && !write_group(run, group, &step)) {
			vmxprobe_window_end(win, &step);
			return;
		}
		run->group_written = true;
		run_group(run, group);
		next_group(run, group);
	}
}

static void run_all_guests(struct vmxprobe_window *win)
{
	struct run *run = container_of(win, struct run, win);
	struct vmxprobe_batch *batch = run->batch;
	const struct vmxprobe_group *group;

	run->start = rdtsc();
	run->closed = false;
	if (!vmxprobe_enter_begin(win, run->guest))
		return;
	while (!win->ended && !run->closed && !run->full && run->n < batch->window &&
	       run->group < batch->n_groups) {
		group = &batch->groups[run->group];
		run_guests(run, group);
		next_group(run, group);
	}
	vmxprobe_enter_end(win, run->guest);
}

static u32 count_probes(const struct vmxprobe_batch *batch)
{
	u32 total = 0, i;

	for (i = 0; i < batch->n_groups; i++)
		total += batch->groups[i].n_probes;
	return total;
}

static int run_batch(struct run *run)
{
	struct vmxprobe_batch *batch = run->batch;
	struct vmxprobe_results *res = &batch->results;
	u32 total = count_probes(batch);
	int err;
	u32 i;

	while (res->done < total) {
		if (signal_pending(current))
			return res->done ? 0 : -EINTR;

		run->n = 0;
		memset(run->outcomes, 0, sizeof(run->outcomes));
		err = vmxprobe_window_open(&run->win);
		if (err)
			return res->done ? 0 : err;
		batch->window_entries = max(batch->window_entries, run->n);
		for (i = 0; i < run->n; i++)
			if (!vmxprobe_results_add(res, &run->outcomes[i]))
				return 0;
		while (run->win.ended && res->done < total)
			if (!vmxprobe_results_add(res, &run->win.end))
				return 0;
		if (run->full || vmxprobe_window_late(&run->win))
			return 0;
		cond_resched();
	}
	return 0;
}

static int alloc_guest(struct run *run)
{
	struct vmxprobe_batch *batch = run->batch;
	int err;

	run->guest = kzalloc(sizeof(*run->guest), GFP_KERNEL_ACCOUNT);
	run->sets = kvcalloc(VMXPROBE_MAX_SETS + 1, sizeof(*run->sets), GFP_KERNEL_ACCOUNT);
	err = run->guest && run->sets ?
	      vmxprobe_guest_alloc(run->guest, batch->info, cpu_to_node(batch->cpu)) : -ENOMEM;
	if (err) {
		kvfree(run->sets);
		kfree(run->guest);
	}
	return err;
}

static void free_guest(struct run *run)
{
	if (!run->win.stuck)
		vmxprobe_guest_free(run->guest);
	kvfree(run->sets);
	kfree(run->guest);
}

int vmxprobe_probe_run(struct vmxprobe_batch *batch)
{
	struct run *run;
	int err = 0;

	run = kzalloc(sizeof(*run), GFP_KERNEL_ACCOUNT);
	if (!run)
		return -ENOMEM;
	run->batch = batch;
	run->win.cpu_id = batch->cpu;
	run->win.check_host = batch->check_host;
	run->win.borrow = batch->borrow;
	run->win.writes_msrs = batch->writes_msrs || batch->enters;
	run->win.work = batch->enters ? run_all_guests : run_probes;
	run->win.report = &batch->report;

	if (batch->enters)
		err = alloc_guest(run);
	if (err)
		goto free_run;
	err = vmxprobe_window_start(&run->win, batch->info);
	if (!err) {
		err = run_batch(run);
		vmxprobe_window_finish(&run->win);
		if (batch->enters)
			vmxprobe_enter_check(run->guest, &batch->report);
	}
	if (batch->enters)
		free_guest(run);
free_run:
	kfree(run);
	return err;
}
