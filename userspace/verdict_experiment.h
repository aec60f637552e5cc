/* SPDX-License-Identifier: GPL-2.0 */
/* Judging claims by the module's experiments; for verdict.c only. */
#ifndef VMXPROBE_VERDICT_EXPERIMENT_H
#define VMXPROBE_VERDICT_EXPERIMENT_H

#include "verdict.h"

/*
 * The claim applies: judge its trials by cpu->experiments. Adds to probes and broken of *verdict,
 * and tells of the first that is broken, unless one is told of already; the reason is why one says
 * nothing. 0, -ENOMEM, or -EINVAL for a row that is wrong.
 */
int verdict_trials(const struct claim *claim, const struct cpu *cpu, struct verdict *verdict);

#endif
