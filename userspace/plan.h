/* SPDX-License-Identifier: GPL-2.0 */
/* Which probes a CPU is asked for, where many claims want the same ones. */
#ifndef VMXPROBE_PLAN_H
#define VMXPROBE_PLAN_H

#include "run.h"

/* Add the probes of a group to those of its base; 0 or -ENOMEM. */
int plan_add(struct run_job *job, const struct group *group);
/*
 * When all are added: each probe once, in groups that a request can carry; with fresh_only without
 * those that job->cpu has evidence of. 0 or -ENOMEM.
 */
int plan_finish(struct run_job *job, bool fresh_only);

#endif
