// SPDX-License-Identifier: GPL-2.0
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/topology.h>
#include "trial.h"

static struct vmxprobe_observation *next(struct vmxprobe_trial *trial)
{
	struct vmxprobe_experiment_job *job = trial->job;
	struct vmxprobe_observation *seen;

	if (WARN_ON_ONCE(job->n == VMXPROBE_MAX_OBSERVATIONS))
		return NULL;
	seen = &job->list[job->n++];
	seen->has_arg = trial->has_arg;
	seen->arg = trial->arg;
	return seen;
}

void vmxprobe_see_outcome(struct vmxprobe_trial *trial, const struct vmxprobe_outcome *out)
{
	struct vmxprobe_observation *seen = next(trial);

	if (seen)
		seen->outcome = *out;
}

static struct vmxprobe_outcome outcome_of(u32 insn, u32 field, unsigned int status)
{
	struct vmxprobe_outcome out = { .kind = VMXPROBE_KIND_OK, .insn = insn, .field = field };

	if (status != VMX_OK)
		vmxprobe_outcome_insn(&out, insn, field, status);
	return out;
}

void vmxprobe_see(struct vmxprobe_trial *trial, u32 insn, u32 field, unsigned int status)
{
	struct vmxprobe_outcome out = outcome_of(insn, field, status);

	vmxprobe_see_outcome(trial, &out);
}

void vmxprobe_see_value(struct vmxprobe_trial *trial, u32 insn, u32 field, unsigned int status,
			u64 value)
{
	struct vmxprobe_observation *seen = next(trial);

	if (!seen)
		return;
	seen->outcome = outcome_of(insn, field, status);
	seen->has_value = true;
	seen->value = value;
}

bool vmxprobe_must(struct vmxprobe_trial *trial, u32 insn, u32 field, unsigned int status)
{
	struct vmxprobe_observation *seen;

	if (status == VMX_OK)
		return true;
	seen = next(trial);
	if (seen) {
		seen->outcome = outcome_of(insn, field, status);
		seen->set_up = true;
	}
	return false;
}

void vmxprobe_withhold(struct vmxprobe_trial *trial)
{
	const struct vmxprobe_outcome out = { .kind = VMXPROBE_KIND_WITHHELD };

	vmxprobe_see_outcome(trial, &out);
}

bool vmxprobe_leave(struct vmxprobe_trial *trial)
{
	return vmxprobe_must(trial, VMXPROBE_INSN_VMXOFF, 0, vmx_off());
}

bool vmxprobe_clear(struct vmxprobe_trial *trial, enum vmxprobe_page page)
{
	return vmxprobe_must(trial, VMXPROBE_INSN_VMCLEAR, 0, vmx_clear(vmxprobe_pa(trial, page)));
}

bool vmxprobe_load(struct vmxprobe_trial *trial, enum vmxprobe_page page)
{
	return vmxprobe_must(trial, VMXPROBE_INSN_VMPTRLD, 0, vmx_ptrld(vmxprobe_pa(trial, page)));
}

bool vmxprobe_write(struct vmxprobe_trial *trial, u32 field, u64 value)
{
	return vmxprobe_must(trial, VMXPROBE_INSN_VMWRITE, field, vmx_write(field, value));
}

u32 vmxprobe_width(const struct vmxprobe_trial *trial)
{
	return vmxprobe_cpu_width(&trial->win.cpu);
}

/*
 * An experiment may leave regions changed, another VMCS current, or VMX operation left; the
 * window wants to clear its VMCS and to leave by itself.
 */
static void settle(struct vmxprobe_trial *trial)
{
	u32 revision = vmxprobe_cap(&trial->win.cpu, MSR_IA32_VMX_BASIC) & GENMASK(30, 0);

	*vmxprobe_first_word(trial, PAGE_VMXON) = revision;
	*vmxprobe_first_word(trial, PAGE_VMCS) = revision;
	/* Fails harmlessly where VMX operation was not left. */
	vmx_on(vmxprobe_pa(trial, PAGE_VMXON));
	vmx_clear(vmxprobe_pa(trial, PAGE_SECOND));
}

static void run_trial(struct vmxprobe_window *win)
{
	struct vmxprobe_trial *trial = container_of(win, struct vmxprobe_trial, win);

	vmxprobe_trials[trial->job->id](trial);
	settle(trial);
}

int vmxprobe_experiment_run(struct vmxprobe_experiment_job *job)
{
	struct vmxprobe_trial *trial;
	int err = -ENOMEM;

	if (!vmxprobe_trials[job->id])
		return -EOPNOTSUPP;
	trial = kzalloc(sizeof(*trial), GFP_KERNEL_ACCOUNT);
	if (!trial)
		return -ENOMEM;
	trial->list = (void *)__get_free_pages(GFP_KERNEL_ACCOUNT | __GFP_ZERO,
					       VMXPROBE_LIST_ORDER);
	if (!trial->list)
		goto free_trial;
	trial->job = job;
	trial->win.cpu_id = job->cpu;
	trial->win.check_host = job->check_host;
	trial->win.writes_msrs = true;
	trial->win.work = run_trial;
	trial->win.report = &job->report;

	err = vmxprobe_window_start(&trial->win);
	if (err)
		goto free_list;
	vmxprobe_window_open(&trial->win);
	if (trial->win.ended) {
		job->failed = trial->win.end;
		job->n = 0;
	}
	vmxprobe_window_finish(&trial->win);

free_list:
	free_pages((unsigned long)trial->list, VMXPROBE_LIST_ORDER);
free_trial:
	kfree(trial);
	return err;
}
