/* SPDX-License-Identifier: GPL-2.0 */
/* Judging claims that a VM-instruction error is never given; for verdict.c only. */
#ifndef VMXPROBE_VERDICT_ERRORS_H
#define VMXPROBE_VERDICT_ERRORS_H

#include "verdict.h"

/* Over all that is known of the CPU: probes, experiments, the map of VMCS fields. 0 or -ENOMEM. */
int verdict_errors(const struct claim *claim, const struct cpu *cpu, struct verdict *verdict);

#endif
