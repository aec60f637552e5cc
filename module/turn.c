// SPDX-License-Identifier: GPL-2.0
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/jiffies.h>
#include <linux/percpu.h>
#include <linux/workqueue.h>
#include "turn.h"

/*
 * In jiffies. Who waits keeps others from loading modules that speak generic netlink, and CPUs from
 * coming and going. The scheduler has a turn each second for those whom real-time tasks let starve,
 * if it has any.
 */
#define PATIENCE	(2 * HZ)

struct turn {
	void (*fn)(void *arg);
	void *arg;
	struct completion done;
};

/* Whoever takes the turn out of its slot has it: the task to run it, or its owner to give it up. */
struct slot {
	struct work_struct work;
	struct turn *turn;
};

static DEFINE_PER_CPU(struct slot, slots);

/*
 * Nobody waits for this task, which may lose the CPU for good at any instruction but those between
 * the two of taking the turn and of having had it.
 */
static void take_turn(struct work_struct *work)
{
	struct slot *slot = container_of(work, struct slot, work);
	struct turn *turn = NULL;
	unsigned long flags;

	local_irq_save(flags);
	/* What was left over when its CPU went away runs anywhere. */
	if (slot == this_cpu_ptr(&slots))
		turn = xchg(&slot->turn, NULL);
	if (turn) {
		turn->fn(turn->arg);
		complete(&turn->done);
	}
	local_irq_restore(flags);
}

static int wait_for_turn(struct slot *slot, struct turn *turn)
{
	long left = wait_for_completion_interruptible_timeout(&turn->done, PATIENCE);

	if (left > 0)
		return 0;
	if (xchg(&slot->turn, NULL))
		return left ? -EINTR : -ETIME;
	wait_for_completion(&turn->done);
	return 0;
}

int vmxprobe_turn(unsigned int cpu, void (*fn)(void *arg), void *arg)
{
	struct slot *slot = per_cpu_ptr(&slots, cpu);
	struct turn turn = { .fn = fn, .arg = arg };
	int err = -ENXIO;

	init_completion(&turn.done);
	cpus_read_lock();
	if (cpu_online(cpu)) {
		xchg(&slot->turn, &turn);
		queue_work_on(cpu, system_highpri_wq, &slot->work);
		err = wait_for_turn(slot, &turn);
	}
	cpus_read_unlock();
	return err;
}

void vmxprobe_turn_init(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		INIT_WORK(per_cpu_ptr(&slots.work, cpu), take_turn);
}

void vmxprobe_turn_exit(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		cancel_work_sync(per_cpu_ptr(&slots.work, cpu));
}
