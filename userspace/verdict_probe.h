/* SPDX-License-Identifier: GPL-2.0 */
/* Judging claims that are probed; for verdict.c only. */
#ifndef VMXPROBE_VERDICT_PROBE_H
#define VMXPROBE_VERDICT_PROBE_H

#include "verdict.h"

/*
 * The claim applies: judge its probes by cpu->evidence. Adds to probes and broken of *verdict, and
 * tells of the first that is broken; the reason is why one says nothing. 0, -ENOMEM, or -EINVAL for
 * a row that is wrong.
 */
int verdict_probes(const struct claim *claim, const struct cpu *cpu, struct verdict *verdict);

#endif
