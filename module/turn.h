/* SPDX-License-Identifier: GPL-2.0 */
/* A turn on a CPU: a function that runs there with interrupts off, but in a task of its own. */
#ifndef VMXPROBE_TURN_H
#define VMXPROBE_TURN_H

void vmxprobe_turn_init(void);
/*
 * When nobody wants a turn any more: until the last task has left our code. One that has not come
 * to it, on a CPU that others do not yield, never will.
 */
void vmxprobe_turn_exit(void);

/*
 * One at a time for each CPU. 0; -ENXIO if the CPU is offline; -ETIME if other tasks kept it for
 * two seconds, -EINTR if a signal came before that. Unless 0 is returned, the function did not run.
 */
int vmxprobe_turn(unsigned int cpu, void (*fn)(void *arg), void *arg);

#endif
