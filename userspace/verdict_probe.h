/* SPDX-License-Identifier: GPL-2.0 */
/* Judging claims that are probed; for verdict.c only. */
#ifndef VMXPROBE_VERDICT_PROBE_H
#define VMXPROBE_VERDICT_PROBE_H

#include "verdict.h"

/* The claim applies. 0 with all but verdict->claim filled in, or -ENOMEM. */
int verdict_probes(const struct claim *claim, const struct cpu *cpu, struct verdict *verdict);

#endif
