// SPDX-License-Identifier: GPL-2.0
/*
 * NMIs from one CPU to another, one after the other as fast as they are handled, to see whether any
 * gets lost. None is sent before the one before it was handled, so no two can merge. For the lab:
 * load it, look at /sys/module/nmi_storm/parameters, unload it.
 */
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <asm/apic.h>
#include <asm/nmi.h>
#include <asm/tsc.h>

static uint target;
module_param(target, uint, 0444);
MODULE_PARM_DESC(target, "CPU that they are sent to");
static uint sender = 1;
module_param(sender, uint, 0444);
MODULE_PARM_DESC(sender, "CPU that sends them");
static uint gap = 1000;
module_param(gap, uint, 0444);
MODULE_PARM_DESC(gap, "TSC ticks between one that was handled and the next");
static uint patience = 25000000;
module_param(patience, uint, 0444);
MODULE_PARM_DESC(patience, "TSC ticks after which one that was not handled is lost");

static ulong sent;
module_param(sent, ulong, 0444);
static ulong handled;
module_param(handled, ulong, 0444);
static ulong lost;
module_param(lost, ulong, 0444);
static ulong longest;
module_param(longest, ulong, 0444);
MODULE_PARM_DESC(longest, "TSC ticks from the sending to the handler of one, at most");

static atomic_t pending;
static u64 start;	/* of the pending one */
static struct task_struct *thread;

static int on_nmi(unsigned int type, struct pt_regs *regs)
{
	u64 now = rdtsc_ordered();

	/* Another NMI, or one too many, is left for the kernel to complain about. */
	if (raw_smp_processor_id() != target || atomic_read(&pending) != 1)
		return NMI_DONE;
	/* Taken here: the sender may be preempted while it waits. */
	longest = max_t(ulong, longest, now - start);
	return atomic_cmpxchg(&pending, 1, 0) == 1 ? NMI_HANDLED : NMI_DONE;
}

static void spin(u64 since, u64 ticks)
{
	while (rdtsc_ordered() - since < ticks)
		cpu_relax();
}

static void send_one(void)
{
	unsigned long flags;
	u64 now;

	/* The interrupt command register is this CPU's, and an interrupt may want it as well. */
	local_irq_save(flags);
	start = rdtsc_ordered();
	atomic_set(&pending, 1);
	sent++;
	apic->send_IPI(target, NMI_VECTOR);
	local_irq_restore(flags);
	do {
		cpu_relax();
		now = rdtsc_ordered();
	} while (atomic_read(&pending) && now - start < patience);

	if (atomic_cmpxchg(&pending, 1, 0) == 1)
		lost++;
	else
		handled++;
	spin(now, gap);
}

static int storm(void *unused)
{
	while (!kthread_should_stop()) {
		send_one();
		cond_resched();
	}
	return 0;
}

static int __init nmi_storm_init(void)
{
	int err;

	if (!cpu_online(target) || !cpu_online(sender) || target == sender)
		return -EINVAL;
	err = register_nmi_handler(NMI_LOCAL, on_nmi, 0, "nmi_storm");
	if (err)
		return err;
	thread = kthread_create(storm, NULL, "nmi_storm");
	if (IS_ERR(thread)) {
		unregister_nmi_handler(NMI_LOCAL, "nmi_storm");
		return PTR_ERR(thread);
	}
	kthread_bind(thread, sender);
	wake_up_process(thread);
	return 0;
}

static void __exit nmi_storm_exit(void)
{
	kthread_stop(thread);
	/* A late one still finds who claims it. */
	msleep(100);
	unregister_nmi_handler(NMI_LOCAL, "nmi_storm");
	pr_notice("nmi_storm: %lu sent, %lu handled, %lu lost, %lu ticks at most\n", sent, handled,
		  lost, longest);
}

module_init(nmi_storm_init);
module_exit(nmi_storm_exit);

MODULE_DESCRIPTION("NMIs from one CPU to another, counted");
MODULE_LICENSE("GPL");
