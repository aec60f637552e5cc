/* SPDX-License-Identifier: GPL-2.0 */
/* What says nothing about a claim, and why; for verdict_*.c only. */
#ifndef VMXPROBE_VERDICT_WHY_H
#define VMXPROBE_VERDICT_WHY_H

#include "model.h"

/*
 * Why an outcome says nothing about a claim, as a part of a sentence; that of a probe or experiment
 * that is not there at all, if NULL. To be freed; NULL if out of memory.
 */
char *verdict_why_silent(const struct cpu *cpu, const struct outcome *outcome);
/* Is it one of a machine check, which comes between? */
bool verdict_is_machine_check(const struct outcome *outcome);

#endif
