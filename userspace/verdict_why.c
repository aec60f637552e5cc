// SPDX-License-Identifier: GPL-2.0
#include "verdict_why.h"

#include <string.h>

#include "explain.h"
#include "names.h"

#define MACHINE_CHECK 41	/* basic exit reason: machine-check event during VM entry */

bool verdict_is_machine_check(const struct outcome *outcome)
{
	return outcome->kind == OUTCOME_ENTRY_FAILED &&
	       (outcome->exit_reason & 0xffff) == MACHINE_CHECK;
}

/* Why what has no evidence has none. */
static char *why_missing(const struct cpu *cpu)
{
	if (cpu_unready(cpu))
		return strdup(readiness_text(cpu->readiness));
	return strdup(not_tested_text(NOT_TESTED_NOT_RECORDED));
}

char *verdict_why_silent(const struct cpu *cpu, const struct outcome *outcome)
{
	if (!outcome)
		return why_missing(cpu);
	switch (outcome->kind) {
	case OUTCOME_NOT_TESTED:
		if (outcome->why == NOT_TESTED_NONE)
			return why_missing(cpu);
		return strdup(not_tested_text(outcome->why));
	case OUTCOME_NOT_READY:
		return strdup(readiness_text(outcome->readiness));
	case OUTCOME_STOPPED:
		return strdup("not run, as an earlier probe entered the guest");
	case OUTCOME_WITHHELD:
		return strdup("what it does to this CPU could not be undone");
	default:
		return explain_raw(outcome);
	}
}
