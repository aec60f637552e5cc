/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every table of probed claims is held to: on CPUs that do what the SDM says each claim holds,
 * and neither a CPU that does otherwise nor a row that says otherwise gets through.
 */
#ifndef VMXPROBE_TEST_CLAIM_CHECK_H
#define VMXPROBE_TEST_CLAIM_CHECK_H

#include "claim.h"
#include "verdict.h"

/* CPUs written from the SDM, by number, and the claims that they know enough to answer. */
struct claim_oracle {
	size_t n_cpus;
	/* MSRs and CPUID leaves; both arrays will be freed. */
	struct cpu (*cpu)(size_t nr);
	/* What comes of probe i of the group. */
	struct outcome (*answer)(size_t nr, const struct group *group, size_t i);
	/* Would the module let it through (module/policy.c), and does the CPU have the field? */
	bool (*permitted)(size_t nr, enum depth depth, uint32_t field, uint64_t value);
	bool (*knows)(const struct claim *claim);
	/* Catalogue ids of readings that nobody follows today; NULL, or NULL at its end. */
	const char *const *unfollowed;
	/* In place of answer: with the arrival of a guest that was entered. NULL: none is. */
	struct outcome (*enter)(size_t nr, const struct group *group, size_t i,
				struct arrival *arrival);
};

/* Is it probed, and does the oracle know it? */
bool claim_check_takes(const struct claim_oracle *oracle, const struct claim *claim);
/* The CPU with the evidence of the claim's probes; claim_check_clear() frees it. */
struct cpu claim_check_cpu(const struct claim_oracle *oracle, size_t nr, const struct claim *claim);
void claim_check_clear(struct cpu *cpu);
enum verdict_kind claim_check_judge(const struct claim *claim, struct cpu *cpu);

/* Rules are kept on every CPU; of readings that compete at least one CPU follows each. */
void claim_check_hold(const struct claim_oracle *oracle);
/* Each probe of each claim counts: one outcome that is different, and the claim is violated. */
void claim_check_outcomes(const struct claim_oracle *oracle);
/*
 * The mutation run: each row of probes in turn expects the opposite, or has its condition negated.
 * A CPU that does what the SDM says must find every one. At least so many rows there must be.
 */
void claim_check_mutants(const struct claim_oracle *oracle, size_t at_least);
/* Nothing is set that the module refuses or the CPU does not have. */
void claim_check_fields(const struct claim_oracle *oracle);

#endif
