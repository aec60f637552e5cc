/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every claim that is judged by experiments is held to, as claim_check.h for those that are
 * probed; of a claim that is both, the trials alone.
 */
#ifndef VMXPROBE_TEST_CLAIM_TRIALS_H
#define VMXPROBE_TEST_CLAIM_TRIALS_H

#include "claim.h"
#include "verdict.h"

/* CPUs written from the SDM, by number. */
struct trials_oracle {
	size_t n_cpus;
	/* MSRs and CPUID leaves; both arrays will be freed. */
	struct cpu (*cpu)(size_t nr);
	/* Make the experiment on it; false if it does not know it. */
	bool (*experiment)(size_t nr, uint32_t id, struct cpu *cpu);
	/* Catalogue ids of readings that none of them follows, NULL at its end. */
	const char *const *unfollowed;
};

/* Each holds wherever it applies, and that is on one of the CPUs at least. */
void claim_trials_hold(const struct trials_oracle *oracle);
/* Each step of each experiment counts: its outcome, its value, and that it is there. */
void claim_trials_outcomes(const struct trials_oracle *oracle);
/* Each word, value and condition of each expectation counts. At least so many mutants there are. */
void claim_trials_mutants(const struct trials_oracle *oracle, size_t at_least);

#endif
