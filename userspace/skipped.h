/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CPUs of which a command tells less than it could: those it passed over, as --cpu does not name them,
 * and those that another hypervisor has. Said, with the option that would help.
 */
#ifndef VMXPROBE_SKIPPED_H
#define VMXPROBE_SKIPPED_H

#include <jansson.h>
#include <stdio.h>

#include "cpulist.h"
#include "model.h"

#define SKIPPED_REASONS 4

struct skipped {
	struct cpu_list by[SKIPPED_REASONS];
	struct cpu_list in_use;	/* asked, but not to be borrowed */
	bool recorded;		/* by a report: naming them is of no use */
};

/* Should the CPU be passed over, if it is not named? */
bool skipped_is(const struct cpu *cpu);
/* 0 or -ENOMEM. */
int skipped_add(struct skipped *skipped, const struct cpu *cpu);
/*
 * "CPUs 2-3 left alone: isolated; name them with --cpu", a line for each reason, with or without
 * those that are offline, and one for those in use; to be freed.
 */
char *skipped_text(const struct skipped *skipped, const char *prefix, bool offline);
/* After an empty line, if there is any. */
void skipped_print(const struct skipped *skipped);
json_t *skipped_json(const struct skipped *skipped);
void skipped_clear(struct skipped *skipped);

#endif
