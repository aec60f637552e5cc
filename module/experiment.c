// SPDX-License-Identifier: GPL-2.0
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/slab.h>
#include <linux/topology.h>
#include <asm/processor-flags.h>
#include "exit.h"
#include "trial.h"

static const struct vmxprobe_trial_row *const tables[] = {
	vmxprobe_vmxon_trials,
	vmxprobe_region_trials,
	vmxprobe_access_trials,
	vmxprobe_inv_trials,
	vmxprobe_entry_trials,
	vmxprobe_list_trials,
	vmxprobe_host_trials,
	vmxprobe_guest_trials,
};

static const struct vmxprobe_trial_row *find_row(u32 id)
{
	const struct vmxprobe_trial_row *row;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(tables); i++)
		for (row = tables[i]; row->id; row++)
			if (row->id == id)
				return row;
	return NULL;
}

/*
 * An experiment may leave another VMCS current or VMX operation left; the window wants to clear
 * its VMCS and to leave by itself.
 */
static void settle(struct vmxprobe_trial *trial)
{
	unsigned int status;

	/* Fails harmlessly where VMX operation was not left. */
	if (trial->row->owns)
		vmx_on(vmxprobe_pa(trial, PAGE_VMXON));
	status = vmx_clear(vmxprobe_pa(trial, PAGE_SECOND));
	if (status != VMX_OK && !(status & VMX_FAULT))
		trial->win.stuck = true;
}

static void prepare_guard(struct vmxprobe_guard *guard, const struct vmxprobe_host *host)
{
	guard->cr0 = host->item[VMXPROBE_HOST_ITEM_CR0];
	guard->cr4 = host->item[VMXPROBE_HOST_ITEM_CR4] | X86_CR4_VMXE;
	guard->gs_base = host->item[VMXPROBE_HOST_ITEM_GS_BASE];
	guard->ss = host->item[VMXPROBE_HOST_ITEM_SS];
	guard->gdt.address = host->item[VMXPROBE_HOST_ITEM_GDTR_BASE];
	guard->gdt.size = host->item[VMXPROBE_HOST_ITEM_GDTR_LIMIT];
	guard->idt.address = host->item[VMXPROBE_HOST_ITEM_IDTR_BASE];
	guard->idt.size = host->item[VMXPROBE_HOST_ITEM_IDTR_LIMIT];
}

static void run_trial(struct vmxprobe_window *win)
{
	struct vmxprobe_trial *trial = container_of(win, struct vmxprobe_trial, win);

	prepare_guard(&trial->guard, &win->host);
	if (!trial->row->enters) {
		trial->row->fn(trial);
	} else if (vmxprobe_enter_begin(win, trial->guest)) {
		trial->row->fn(trial);
		vmxprobe_enter_end(win, trial->guest);
	}
	settle(trial);
}

/* Memory for a guest, if the CPU can have one; else that is what came of the experiment. */
static int get_guest(struct vmxprobe_trial *trial)
{
	const struct vmxprobe_cpu *cpu = &trial->win.cpu;

	if (!trial->row->enters || cpu->lasting != VMXPROBE_READINESS_READY)
		return 0;
	if (vmxprobe_guest_fits(cpu, VMXPROBE_GUEST_LONG) != VMXPROBE_GUEST_FITS) {
		trial->job->failed.kind = VMXPROBE_KIND_WITHHELD;
		return 0;
	}
	trial->guest = kzalloc(sizeof(*trial->guest), GFP_KERNEL_ACCOUNT);
	if (!trial->guest)
		return -ENOMEM;
	return vmxprobe_guest_alloc(trial->guest, cpu, cpu_to_node(trial->win.cpu_id));
}

static int run_window(struct vmxprobe_trial *trial)
{
	struct vmxprobe_experiment_job *job = trial->job;
	u32 tries = 0;
	int err;

	do {
		job->n = 0;
		trial->has_arg = false;
		trial->interrupted = false;
		err = vmxprobe_window_open(&trial->win);
		if (err)
			return err;
	} while (trial->interrupted && ++tries < VMXPROBE_MAX_TRIES && !trial->win.ended);
	if (trial->guest)
		vmxprobe_enter_check(trial->guest, &job->report);
	if (trial->win.ended) {
		job->failed = trial->win.end;
		job->n = 0;
	}
	return 0;
}

int vmxprobe_experiment_run(struct vmxprobe_experiment_job *job)
{
	const struct vmxprobe_trial_row *row = find_row(job->id);
	struct vmxprobe_trial *trial;
	int err = -ENOMEM;

	if (WARN_ON_ONCE(!row))
		return -EOPNOTSUPP;
	trial = kzalloc(sizeof(*trial), GFP_KERNEL_ACCOUNT);
	if (!trial)
		return -ENOMEM;
	trial->list = (void *)__get_free_pages(GFP_KERNEL_ACCOUNT | __GFP_ZERO,
					       VMXPROBE_LIST_ORDER);
	if (!trial->list)
		goto free_trial;
	trial->job = job;
	trial->row = row;
	trial->win.cpu_id = job->cpu;
	trial->win.check_host = job->check_host;
	trial->win.borrow = job->borrow;
	trial->win.owns = trial->row->owns;
	trial->win.writes_msrs = true;
	trial->win.work = run_trial;
	trial->win.report = &job->report;

	err = vmxprobe_window_start(&trial->win, NULL);
	if (err)
		goto free_list;
	err = get_guest(trial);
	if (!err && !job->failed.kind)
		err = run_window(trial);
	vmxprobe_window_finish(&trial->win);
	if (trial->guest && !trial->win.stuck)
		vmxprobe_guest_free(trial->guest);
	kfree(trial->guest);

free_list:
	free_pages((unsigned long)trial->list, VMXPROBE_LIST_ORDER);
free_trial:
	kfree(trial);
	return err;
}
