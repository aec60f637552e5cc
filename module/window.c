// SPDX-License-Identifier: GPL-2.0
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/topology.h>
#include <asm/tsc.h>
#include "vmx_ops.h"
#include "vmxon.h"
#include "window.h"

/*
 * In jiffies, how long a CPU may let a window wait: a request that waits keeps others from loading
 * modules that speak generic netlink, and CPUs from coming and going. The scheduler has a turn each
 * second for those whom real-time tasks let starve, if it has any.
 */
#define PATIENCE	(2 * HZ)

/* One request at a time has a CPU. */
static DEFINE_PER_CPU(struct mutex, cpu_lock);

void vmxprobe_window_end(struct vmxprobe_window *win, const struct vmxprobe_step *step)
{
	vmxprobe_outcome_insn(&win->end, step->insn, step->field, step->status);
	win->ended = true;
}

static void end_not_ready(struct vmxprobe_window *win, u32 readiness)
{
	memset(&win->end, 0, sizeof(win->end));
	win->end.kind = VMXPROBE_KIND_NOT_READY;
	win->end.readiness = readiness;
	win->ended = true;
}

/* In VMX operation: make our VMCS current, do the work, and leave no VMCS behind. */
static void with_vmcs(struct vmxprobe_window *win)
{
	u64 pa = win->vmcs.pa[PAGE_VMCS];
	struct vmxprobe_step step = { .insn = VMXPROBE_INSN_VMCLEAR };

	step.status = win->prepared ? VMX_OK : vmx_clear(pa);
	if (step.status == VMX_OK) {
		win->prepared = true;
		step.insn = VMXPROBE_INSN_VMPTRLD;
		step.status = vmx_ptrld(pa);
	}
	if (step.status != VMX_OK) {
		vmxprobe_window_end(win, &step);
		return;
	}

	if (vmxprobe_vmcs_write_host(&win->vmcs, &win->host, &step))
		win->work(win);
	else
		vmxprobe_window_end(win, &step);

	/* Write the VMCS back to memory; the next window may load it again. */
	step.insn = VMXPROBE_INSN_VMCLEAR;
	step.status = vmx_clear(pa);
	if (step.status != VMX_OK) {
		vmxprobe_window_end(win, &step);
		win->stuck = true;
	}
}

static void in_vmx_operation(struct vmxprobe_window *win)
{
	unsigned long cr4 = win->host.item[VMXPROBE_HOST_ITEM_CR4];
	struct vmxprobe_step step = { .insn = VMXPROBE_INSN_VMXON };

	step.status = vmxprobe_vmxon(win->vmcs.pa[PAGE_VMXON], cr4);
	if (step.status != VMX_OK) {
		vmxprobe_window_end(win, &step);
		return;
	}

	with_vmcs(win);
	/* Whether there was an exit is not worth keeping: restoring what never changed is safe. */
	vmxprobe_host_restore(&win->host);

	step.insn = VMXPROBE_INSN_VMXOFF;
	step.status = vmxprobe_vmxoff(cr4);
	if (step.status == VMX_OK)
		return;
	vmxprobe_window_end(win, &step);
	win->stuck = !(step.status & VMX_FAULT);
}

/* In the VMX operation of another, whose VMCS is current again after it. */
static void in_borrowed_operation(struct vmxprobe_window *win)
{
	struct vmxprobe_step step = { .insn = VMXPROBE_INSN_VMPTRST };
	u64 owners = ~0ULL;

	/* Where CR4.VMXE is set and there is no VMX operation, this faults. */
	step.status = vmx_ptrst(&owners);
	if (step.status != VMX_OK) {
		vmxprobe_window_end(win, &step);
		return;
	}

	win->report->borrowed++;
	with_vmcs(win);
	vmxprobe_host_restore(&win->host);

	if (owners == ~0ULL)
		return;
	step.insn = VMXPROBE_INSN_VMPTRLD;
	step.status = vmx_ptrld(owners);
	if (step.status != VMX_OK)
		vmxprobe_window_end(win, &step);
}

static void check_host(struct vmxprobe_window *win)
{
	struct vmxprobe_host_change *change;
	u32 i;

	win->after.msrs = win->host.msrs;
	vmxprobe_host_read(&win->after);
	for (i = 1; i < VMXPROBE_N_HOST_ITEMS; i++) {
		change = &win->report->changes[i];
		if (change->changed || win->host.item[i] == win->after.item[i])
			continue;
		change->changed = true;
		change->before = win->host.item[i];
		change->after = win->after.item[i];
	}
}

static void window(void *arg)
{
	struct vmxprobe_window *win = arg;
	u64 start = rdtsc_ordered();
	u64 ticks;
	u32 readiness;
	bool borrowed;

	readiness = vmxprobe_readiness(&win->cpu);
	borrowed = win->borrow && readiness == VMXPROBE_READINESS_IN_USE &&
		   vmxprobe_lends(&win->cpu);
	if (borrowed)
		readiness = win->owns ? VMXPROBE_READINESS_BORROWED : win->cpu.lasting;
	if (readiness != VMXPROBE_READINESS_READY) {
		end_not_ready(win, readiness);
		return;
	}
	if (!win->prepared && (win->writes_msrs || win->check_host))
		vmxprobe_host_use_msrs(&win->host, &win->cpu);

	vmxprobe_host_read(&win->host);
	if (!win->prepared) {
		vmxprobe_host_copy_gdt(&win->host);
		vmxprobe_vmcs_prepare(&win->vmcs, &win->cpu, &win->host);
	}
	if (borrowed)
		in_borrowed_operation(win);
	else
		in_vmx_operation(win);
	if (win->check_host)
		check_host(win);

	ticks = rdtsc_ordered() - start;
	win->report->windows++;
	win->report->ticks += ticks;
	win->report->ticks_max = max(win->report->ticks_max, ticks);
}

static void scheduled_window(struct work_struct *work)
{
	struct vmxprobe_window *win = container_of(work, struct vmxprobe_window, scheduled);
	unsigned long flags;

	local_irq_save(flags);
	window(win);
	local_irq_restore(flags);
	complete(&win->done);
}

/*
 * Not in an interrupt, which may have come while a guest of KVM's ran: whoever asks KVM about that
 * guest from an NMI then, as perf does, would have it read our VMCS for the guest's. Here another
 * task than the guest's has the CPU, and KVM knows of no guest that runs on it.
 */
static int open_scheduled(struct vmxprobe_window *win)
{
	long left;
	int err = 0;

	cpus_read_lock();
	if (!cpu_online(win->cpu_id)) {
		end_not_ready(win, VMXPROBE_READINESS_OFFLINE);
		goto unlock;
	}
	INIT_WORK(&win->scheduled, scheduled_window);
	init_completion(&win->done);
	queue_work_on(win->cpu_id, system_highpri_wq, &win->scheduled);
	left = wait_for_completion_interruptible_timeout(&win->done, PATIENCE);
	if (left > 0 || !cancel_work_sync(&win->scheduled))
		goto unlock;
	if (left)
		err = -EINTR;
	else
		end_not_ready(win, VMXPROBE_READINESS_BUSY);
unlock:
	cpus_read_unlock();
	return err;
}

int vmxprobe_window_open(struct vmxprobe_window *win)
{
	if (win->borrow)
		return open_scheduled(win);
	if (smp_call_function_single(win->cpu_id, window, win, true))
		end_not_ready(win, VMXPROBE_READINESS_OFFLINE);
	return 0;
}

int vmxprobe_window_start(struct vmxprobe_window *win, const struct vmxprobe_cpu *info)
{
	int err;

	err = vmxprobe_vmcs_alloc(&win->vmcs, cpu_to_node(win->cpu_id));
	if (err)
		return err;
	err = mutex_lock_interruptible(per_cpu_ptr(&cpu_lock, win->cpu_id));
	if (err) {
		vmxprobe_vmcs_free(&win->vmcs);
		return err;
	}
	if (info)
		win->cpu = *info;
	else
		vmxprobe_cpu_ask(win->cpu_id, &win->cpu);
	return 0;
}

void vmxprobe_window_finish(struct vmxprobe_window *win)
{
	mutex_unlock(per_cpu_ptr(&cpu_lock, win->cpu_id));
	if (!win->stuck)
		vmxprobe_vmcs_free(&win->vmcs);
}

void vmxprobe_window_init(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		mutex_init(per_cpu_ptr(&cpu_lock, cpu));
}
