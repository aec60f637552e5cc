/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Experiments: fixed sequences of VMX instructions on memory of the module's own, for what no
 * caller may choose. netlink/vmxprobe.yaml says what each does.
 */
#ifndef VMXPROBE_EXPERIMENT_H
#define VMXPROBE_EXPERIMENT_H

#include <linux/types.h>
#include "result.h"
#include "window.h"

struct vmxprobe_observation {
	bool has_arg;
	bool has_value;
	bool set_up;	/* no step of the experiment, but one before it that did not work */
	u64 arg;
	u64 value;
	struct vmxprobe_outcome outcome;
};

#define VMXPROBE_MAX_OBSERVATIONS	192

struct vmxprobe_experiment_job {
	/* in */
	unsigned int cpu;
	u32 id;				/* enum vmxprobe_experiment */
	bool check_host;
	bool borrow;
	/* out */
	struct vmxprobe_outcome failed;	/* kind 0: the CPU was asked */
	u32 entries;
	u32 n;
	struct vmxprobe_observation list[VMXPROBE_MAX_OBSERVATIONS];
	struct vmxprobe_window_report report;
};

/* 0, -ENOMEM, or -EINTR if a signal came while another request had the CPU. */
int vmxprobe_experiment_run(struct vmxprobe_experiment_job *job);

#endif
