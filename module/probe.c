// SPDX-License-Identifier: GPL-2.0
#include <linux/cpumask.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/topology.h>
#include <asm/tsc.h>
#include <asm/vmx.h>
#include "probe.h"
#include "vmx_ops.h"
#include "vmxon.h"

#define EXIT_ENTRY_FAILED	BIT(31)

/* One request at a time has a CPU. */
static DEFINE_PER_CPU(struct mutex, cpu_lock);

/* The state of a batch between and in its windows. */
struct run {
	struct vmxprobe_batch *batch;
	u32 group;		/* where the next window goes on */
	u32 probe;
	bool prepared;		/* our VMCS was cleared once and has a baseline to write */
	bool group_written;	/* the VMCS holds this group's overrides and poison */
	struct vmxprobe_outcome refused; /* what every probe of this group ends as, if kind */

	struct vmxprobe_cpu cpu;
	struct vmxprobe_vmcs vmcs;
	struct vmxprobe_host host;
	struct vmxprobe_host after;

	u32 n;			/* outcomes of this window */
	bool ended;		/* the last of them holds for the rest of the batch */
	/* One more than probes: what ended the window after the last of them. */
	struct vmxprobe_outcome outcomes[VMXPROBE_MAX_WINDOW + 1];
};

static void outcome_step(struct vmxprobe_outcome *out, const struct vmxprobe_step *step)
{
	vmxprobe_outcome_insn(out, step->insn, step->field, step->status);
}

static void outcome_not_ready(struct vmxprobe_outcome *out, u32 readiness)
{
	memset(out, 0, sizeof(*out));
	out->kind = VMXPROBE_KIND_NOT_READY;
	out->readiness = readiness;
}

static __always_inline u64 read_field(u32 field)
{
	u64 value;

	vmx_read(field, &value);
	return value;
}

/*
 * A VM exit arrived: a failed entry, or against all poison the exit of a guest, which is said
 * by true. The outcome is zero, as run_batch() made it: a window has better things to do.
 */
static __always_inline bool outcome_exit(struct vmxprobe_outcome *out)
{
	out->exit_reason = read_field(VM_EXIT_REASON);
	out->qualification = read_field(EXIT_QUALIFICATION);
	if (likely(out->exit_reason & EXIT_ENTRY_FAILED)) {
		out->kind = VMXPROBE_KIND_ENTRY_FAILED;
		return false;
	}
	out->kind = VMXPROBE_KIND_ENTERED;
	out->intr_info = read_field(VM_EXIT_INTR_INFO);
	out->intr_error_code = read_field(VM_EXIT_INTR_ERROR_CODE);
	out->idt_info = read_field(IDT_VECTORING_INFO_FIELD);
	out->idt_error_code = read_field(IDT_VECTORING_ERROR_CODE);
	out->guest_rip = read_field(GUEST_RIP);
	return true;
}

/* The batch cannot go on: the next probe, and so all the rest, end with this step. */
static void end_with_step(struct run *run, const struct vmxprobe_step *step)
{
	outcome_step(&run->outcomes[run->n++], step);
	run->ended = true;
}

static void end_not_ready(struct run *run, u32 readiness)
{
	outcome_not_ready(&run->outcomes[run->n++], readiness);
	run->ended = true;
}

/* Start a group: baseline, overrides, poison. An override the CPU refuses is its outcome. */
static bool write_group(struct run *run, const struct vmxprobe_group *group,
			struct vmxprobe_step *step)
{
	const struct vmxprobe_field *set;
	u32 i;

	run->refused.kind = 0;
	if (!vmxprobe_vmcs_write_baseline(&run->vmcs, step))
		return false;
	for (i = 0; i < group->n_sets; i++) {
		set = &group->sets[i];
		if (!vmxprobe_vmcs_set(set->encoding, set->value |
				       vmxprobe_vmcs_page_of(&run->vmcs, set->encoding), step)) {
			outcome_step(&run->refused, step);
			break;
		}
	}
	return vmxprobe_vmcs_poison(&run->vmcs, group->depth, step);
}

/* Attempt the entry; true if the guest was entered. */
static __always_inline bool run_entry(struct vmxprobe_outcome *out)
{
	unsigned int status = vmxprobe_vmlaunch();

	if (status == VMX_OK)
		return outcome_exit(out);
	if (likely(status == VMX_FAIL_VALID)) {
		out->kind = VMXPROBE_KIND_FAIL_VALID;
		out->insn = VMXPROBE_INSN_VMLAUNCH;
		out->error = read_field(VM_INSTRUCTION_ERROR);
	} else {
		vmxprobe_outcome_insn(out, VMXPROBE_INSN_VMLAUNCH, 0, status);
	}
	return false;
}

/* The hot loop; returns the end of the outcomes. */
static struct vmxprobe_outcome *run_sweep(struct run *run, const struct vmxprobe_group *group,
					  struct vmxprobe_outcome *out,
					  const struct vmxprobe_outcome *end)
{
	const u64 *value = &group->values[run->probe];
	const u32 field = group->sweep_field;
	const u64 page = vmxprobe_vmcs_page_of(&run->vmcs, field);
	unsigned int status;

	for (; out < end; out++, value++) {
		status = vmx_write(field, *value | page);
		if (unlikely(status != VMX_OK)) {
			vmxprobe_outcome_insn(out, VMXPROBE_INSN_VMWRITE, field, status);
		} else if (unlikely(run_entry(out))) {
			run->ended = true;
			return out + 1;
		}
	}
	return out;
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
	} else if (group->sweep_field) {
		out = run_sweep(run, group, out, end);
	} else {
		run->ended = run_entry(out++);
	}
	n = out - &run->outcomes[run->n];
	run->n += n;
	run->probe += n;
}

/* With our VMCS current. */
static void run_probes(struct run *run)
{
	struct vmxprobe_batch *batch = run->batch;
	const struct vmxprobe_group *group;
	struct vmxprobe_step step;

	if (!vmxprobe_vmcs_write_host(&run->vmcs, &run->host, &step)) {
		end_with_step(run, &step);
		return;
	}

	while (!run->ended && run->n < batch->window && run->group < batch->n_groups) {
		group = &batch->groups[run->group];
		if (!run->group_written && !write_group(run, group, &step)) {
			end_with_step(run, &step);
			return;
		}
		run->group_written = true;
		run_group(run, group);
		if (run->probe == group->n_probes) {
			run->probe = 0;
			run->group++;
			run->group_written = false;
		}
	}
}

/* In VMX operation: make our VMCS current, use it, and leave none behind. */
static void run_vmcs(struct run *run)
{
	u64 pa = run->vmcs.pa[PAGE_VMCS];
	struct vmxprobe_step step = { .insn = VMXPROBE_INSN_VMCLEAR };

	step.status = run->prepared ? VMX_OK : vmx_clear(pa);
	if (step.status == VMX_OK) {
		run->prepared = true;
		step.insn = VMXPROBE_INSN_VMPTRLD;
		step.status = vmx_ptrld(pa);
	}
	if (step.status != VMX_OK) {
		end_with_step(run, &step);
		return;
	}

	run_probes(run);
	/* Write the VMCS back to memory; the next window may load it again. */
	step.insn = VMXPROBE_INSN_VMCLEAR;
	step.status = vmx_clear(pa);
	if (step.status != VMX_OK)
		end_with_step(run, &step);
}

static void check_host(struct run *run)
{
	struct vmxprobe_host_change *change;
	u32 i;

	run->after.msrs = run->host.msrs;
	vmxprobe_host_read(&run->after);
	for (i = 1; i < VMXPROBE_N_HOST_ITEMS; i++) {
		change = &run->batch->changes[i];
		if (change->changed || run->host.item[i] == run->after.item[i])
			continue;
		change->changed = true;
		change->before = run->host.item[i];
		change->after = run->after.item[i];
	}
}

static void run_vmx(struct run *run)
{
	unsigned long cr4 = run->host.item[VMXPROBE_HOST_ITEM_CR4];
	struct vmxprobe_step step = { .insn = VMXPROBE_INSN_VMXON };

	step.status = vmxprobe_vmxon(run->vmcs.pa[PAGE_VMXON], cr4);
	if (step.status != VMX_OK) {
		end_with_step(run, &step);
		return;
	}

	run_vmcs(run);
	/* Whether there was an exit is not worth keeping: restoring what never changed is safe. */
	vmxprobe_host_restore(&run->host);

	step.insn = VMXPROBE_INSN_VMXOFF;
	step.status = vmxprobe_vmxoff(cr4);
	if (step.status != VMX_OK)
		end_with_step(run, &step);
}

/*
 * A window: with interrupts off on the CPU, at most batch->window VM entries, and the CPU as
 * it was. Called by smp_call_function_single().
 */
static void run_window(void *arg)
{
	struct run *run = arg;
	struct vmxprobe_batch *batch = run->batch;
	u64 start = rdtsc_ordered();
	u64 ticks;
	u32 readiness;

	if (!run->prepared)
		vmxprobe_cpu_read(&run->cpu);
	readiness = vmxprobe_readiness(&run->cpu);
	if (readiness != VMXPROBE_READINESS_READY) {
		end_not_ready(run, readiness);
		return;
	}
	if (!run->prepared && (batch->writes_msrs || batch->check_host))
		vmxprobe_host_use_msrs(&run->host, &run->cpu);
	vmxprobe_host_read(&run->host);
	if (!run->prepared) {
		vmxprobe_host_copy_gdt(&run->host);
		vmxprobe_vmcs_prepare(&run->vmcs, &run->cpu, &run->host);
	}
	run_vmx(run);
	if (batch->check_host)
		check_host(run);

	ticks = rdtsc_ordered() - start;
	batch->windows++;
	batch->window_entries = max(batch->window_entries, run->n);
	batch->window_ticks += ticks;
	batch->window_ticks_max = max(batch->window_ticks_max, ticks);
}

static u32 count_probes(const struct vmxprobe_batch *batch)
{
	u32 total = 0, i;

	for (i = 0; i < batch->n_groups; i++)
		total += batch->groups[i].n_probes;
	return total;
}

/* Give every probe that is left the outcome that ended the batch. */
static void fill_rest(struct run *run, u32 total)
{
	struct vmxprobe_results *res = &run->batch->results;
	struct vmxprobe_outcome out = run->outcomes[run->n - 1];

	if (out.kind == VMXPROBE_KIND_ENTERED) {
		memset(&out, 0, sizeof(out));
		out.kind = VMXPROBE_KIND_STOPPED;
	}
	while (res->done < total && vmxprobe_results_add(res, &out))
		;
}

static int run_batch(struct run *run)
{
	struct vmxprobe_batch *batch = run->batch;
	struct vmxprobe_results *res = &batch->results;
	u32 total = count_probes(batch);
	u32 i;

	while (res->done < total) {
		if (signal_pending(current))
			return res->done ? 0 : -EINTR;

		run->n = 0;
		memset(run->outcomes, 0, sizeof(run->outcomes));
		if (smp_call_function_single(batch->cpu, run_window, run, true))
			end_not_ready(run, VMXPROBE_READINESS_OFFLINE);
		for (i = 0; i < run->n && res->done < total; i++)
			if (!vmxprobe_results_add(res, &run->outcomes[i]))
				return 0;
		if (run->ended)
			fill_rest(run, total);
		cond_resched();
	}
	return 0;
}

int vmxprobe_probe_run(struct vmxprobe_batch *batch)
{
	struct mutex *lock = per_cpu_ptr(&cpu_lock, batch->cpu);
	struct run *run;
	int err;

	run = kzalloc(sizeof(*run), GFP_KERNEL_ACCOUNT);
	if (!run)
		return -ENOMEM;
	run->batch = batch;
	err = vmxprobe_vmcs_alloc(&run->vmcs, cpu_to_node(batch->cpu));
	if (err)
		goto free_run;

	err = mutex_lock_interruptible(lock);
	if (err)
		goto free_vmcs;
	err = run_batch(run);
	mutex_unlock(lock);

free_vmcs:
	vmxprobe_vmcs_free(&run->vmcs);
free_run:
	kfree(run);
	return err;
}

static void read_cpu(void *arg)
{
	struct vmxprobe_cpu *info = arg;

	vmxprobe_cpu_read(info);
	info->readiness = vmxprobe_readiness(info);
}

void vmxprobe_probe_cpu(unsigned int cpu, struct vmxprobe_cpu *info)
{
	if (!smp_call_function_single(cpu, read_cpu, info, true))
		return;
	memset(info, 0, sizeof(*info));
	info->readiness = VMXPROBE_READINESS_OFFLINE;
}

void vmxprobe_probe_init(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		mutex_init(per_cpu_ptr(&cpu_lock, cpu));
}
