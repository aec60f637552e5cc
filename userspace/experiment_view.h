/* SPDX-License-Identifier: GPL-2.0 */
/* What an experiment showed, in words. */
#ifndef VMXPROBE_EXPERIMENT_VIEW_H
#define VMXPROBE_EXPERIMENT_VIEW_H

#include "experiments.h"

const char *experiment_arg_name(enum experiment_arg arg);	/* "field-bit" */
/* "VMXON: VMfailInvalid", "VMREAD: succeeded, 0x2010"; to be freed. */
char *experiment_step_text(const struct experiment_info *info, const struct observation *step);
/* Why the CPU does not have the experiment, NULL if it has; to be freed. */
char *experiment_missing_text(const struct cpu *cpu, uint32_t id);
/* Its name and what is done, then a line for each step, equal ones of args in a row folded. */
void experiment_print(const struct experiment_info *info, const struct cpu *cpu);

#endif
