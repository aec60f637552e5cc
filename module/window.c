// SPDX-License-Identifier: GPL-2.0
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/topology.h>
#include <asm/tsc.h>
#include "turn.h"
#include "vmx_ops.h"
#include "vmxon.h"
#include "window.h"

/* In jiffies, how long a request should go on, in which others may wait for it. */
#define LATE	(2 * HZ)

/* One request at a time has a CPU. */
static DEFINE_PER_CPU(struct mutex, cpu_lock);

void vmxprobe_window_end(struct vmxprobe_window *win, const struct vmxprobe_step *step)
{
	vmxprobe_outcome_insn(&win->end, step->insn, step->field, step->status);
	win->ended = true;
}

void vmxprobe_window_not_ready(struct vmxprobe_window *win, u32 readiness)
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

	step.status = vmx_ptrst(&owners);
	if (step.status & VMX_FAULT) {
		/* The owner is on its way into VMX operation, or out. */
		vmxprobe_window_not_ready(win, VMXPROBE_READINESS_IN_USE);
		return;
	}
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
	if (step.status == VMX_OK)
		return;
	vmxprobe_window_end(win, &step);
	pr_err("vmxprobe: CPU %u no longer loads the VMCS that was current; a guest may be lost\n",
	       win->cpu_id);
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
		vmxprobe_window_not_ready(win, readiness);
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

/*
 * What may be borrowed not in an interrupt, which may have come while a guest of KVM's ran: whoever
 * asks KVM about that guest from an NMI then, as perf does, would have it read our VMCS for the
 * guest's. In a turn another task than the guest's has the CPU, and KVM knows of no guest that runs
 * on it.
 */
int vmxprobe_window_open(struct vmxprobe_window *win)
{
	int err;

	if (win->borrow)
		err = vmxprobe_turn(win->cpu_id, window, win);
	else
		err = smp_call_function_single(win->cpu_id, window, win, true);
	if (err == -EINTR)
		return err;
	if (err)
		vmxprobe_window_not_ready(win, err == -ETIME ? VMXPROBE_READINESS_BUSY :
							       VMXPROBE_READINESS_OFFLINE);
	return 0;
}

bool vmxprobe_window_late(const struct vmxprobe_window *win)
{
	return time_after(jiffies, win->start + LATE);
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
	win->start = jiffies;
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
