// SPDX-License-Identifier: GPL-2.0
/* The claims about event injection; claim_check.h has what all rows are held to. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "claim_check.h"
#include "decode.h"
#include "sdm.h"

static const struct sdm profiles[] = {
	{ .length_zero = false },
	{ .mtf = true, .activity = 1, .virtual_nmi = true },
	{ .mtf = true, .activity = 7, .virtual_nmi = true, .unrestricted = true, .length_zero = true,
	  .sgx = true, .rtm = true },
	{ .mtf = true, .activity = 7, .unrestricted = true, .cet = true, .any_code = true,
	  .bus_lock = true },
	{ .mtf = true, .activity = 7, .unrestricted = true, .cet = true, .any_code = true,
	  .pe_field = true, .fred = true, .nested = true, .virtual_nmi = true },
	{ .mtf = true, .activity = 5, .unrestricted = true, .cet = true },
	{ .mtf = true, .activity = 3, .unrestricted = true, .cet = true, .footnote = true,
	  .pe_field = true },
};

/* What the module lets a caller set; see module/vmcs.c. */
static bool permitted(uint32_t field, uint64_t value, enum depth depth)
{
	static const uint32_t single[] = {
		0x4000, 0x4002, 0x401e, 0x4012, 0x4016, 0x4018, 0x401a, 0x4824, 0x4826, 0x6800,
		0x6804, 0x681a, 0x681c, 0x681e, 0x6822,
	};

	if (field == 0x4012 && value >> 13)
		return false;
	if (field == 0x2802)
		return !(value & 0x1c0);
	for (size_t i = 0; i < ARRAY_SIZE(single); i++)
		if (field == single[i])
			return true;
	if (field & 1)
		return false;
	return (field >= 0x800 && field <= 0x80e) || (field >= 0x4800 && field <= 0x4822) ||
	       (field >= 0x6806 && field <= 0x6818) || (field == 0x6820 && depth == DEPTH_STATE);
}

static struct cpu cpu_of(size_t nr)
{
	return sdm_cpu(&profiles[nr]);
}

static struct outcome answer_of(size_t nr, const struct group *group, size_t i)
{
	return sdm_answer(&profiles[nr], group, i);
}

static bool can_be_set(size_t nr, enum depth depth, uint32_t field, uint64_t value)
{
	(void)nr;
	return permitted(field, value, depth);
}

/* A-GS-QUAL2 is about PDPTEs, which test_claims_state.c knows. */
static bool is_ours(const struct claim *claim)
{
	return strchr("NA", claim->catalogue[0]) && !claim_selected(claim, "A-GS-QUAL2");
}

/* What the SDM of today does not say. */
static const char *const unfollowed[] = { "A-EC-15-OLD", "A-B56-SCOPE-WIDE", NULL };

static const struct claim_oracle oracle = {
	ARRAY_SIZE(profiles), cpu_of, answer_of, can_be_set, is_ours, unfollowed, NULL
};

static void what_the_sdm_says_holds(void **state)
{
	(void)state;
	claim_check_hold(&oracle);
}

static void one_outcome_changed_is_violated(void **state)
{
	(void)state;
	claim_check_outcomes(&oracle);
}

static void every_flipped_row_is_found(void **state)
{
	(void)state;
	claim_check_mutants(&oracle, 80);
}

static void only_permitted_fields_are_set(void **state)
{
	(void)state;
	claim_check_fields(&oracle);
}

/* An outcome that says nothing of the checks leaves the claim untested. */
static void silence_is_not_tested(void **state)
{
	static const struct outcome silent[] = {
		{ .kind = OUTCOME_NOT_TESTED, .why = NOT_TESTED_NO_MODULE },
		{ .kind = OUTCOME_NOT_READY, .readiness = READINESS_IN_USE },
		{ .kind = OUTCOME_STOPPED },
		{ .kind = OUTCOME_FAULT, .insn = INSN_VMXON, .vector = 13 },
		{ .kind = OUTCOME_FAIL_VALID, .insn = INSN_VMWRITE, .field = 0x401e, .error = 12 },
		{ .kind = OUTCOME_ENTRY_FAILED, .exit_reason = 0x80000029 },
	};
	const struct claim *claim = claims_find("A-VEC-NMI");
	struct cpu cpu = claim_check_cpu(&oracle, 1, claim);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(silent); i++) {
		assert_int_equal(evidence_set(&cpu.evidence[0], 0, &silent[i], NULL), 0);
		assert_int_equal(claim_check_judge(claim, &cpu), VERDICT_NOT_TESTED);
	}
	/* Nothing recorded at all. */
	for (size_t i = 0; i < cpu.n_evidence; i++)
		evidence_clear(&cpu.evidence[i]);
	cpu.n_evidence = 0;
	assert_int_equal(claim_check_judge(claim, &cpu), VERDICT_NOT_TESTED);
	cpu.readiness = READINESS_LOCKED_OFF;
	assert_int_equal(claim_check_judge(claim, &cpu), VERDICT_NOT_TESTED);
	claim_check_clear(&cpu);
}

/* Without its MSRs nothing is known of a CPU, and nothing is asked of it. */
static void unknown_capabilities_are_said(void **state)
{
	const struct claim *claim = claims_find("A-VEC-NMI");
	struct cpu cpu = { .readiness = READINESS_READY };
	struct group *groups = NULL;
	size_t n = 0;

	(void)state;
	cpu.msrs = calloc(1, sizeof(*cpu.msrs));
	cpu.msrs[0] = (struct msr){ MSR_IA32_VMX_CR0_FIXED0, MSR_FAULTED, 0 };
	cpu.n_msrs = 1;
	assert_int_equal(claim_plan(claim, &cpu, &groups, &n), -EAGAIN);
	assert_int_equal(n, 0);
	assert_int_equal(claim_check_judge(claim, &cpu), VERDICT_NOT_TESTED);
	free(groups);
	free(cpu.msrs);
}

static void long_sweeps_are_split(void **state)
{
	const struct claim_probe probe = {
		.depth = DEPTH_CONTROLS, NULL, "VM_ENTRY_INTR_INFO_FIELD: 0..5000, 0x10 | bit 8..9", "33"
	};
	struct cpu cpu = { .readiness = READINESS_READY };
	struct group *groups = NULL;
	size_t n = 0;

	(void)state;
	assert_int_equal(claim_plan_probe(&probe, &cpu, &groups, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(groups[0].n_values, CLAIM_GROUP_PROBES);
	assert_int_equal(groups[1].n_values, 5003 - CLAIM_GROUP_PROBES);
	assert_int_equal(groups[1].values[0], CLAIM_GROUP_PROBES);
	assert_int_equal(groups[1].values[groups[1].n_values - 2], 0x110);
	assert_int_equal(groups[1].values[groups[1].n_values - 1], 0x210);
	claim_free_groups(groups, n);
}

static void bad_rows_are_refused(void **state)
{
	static const struct claim_probe probes[] = {
		{ .depth = DEPTH_CONTROLS, "NO_SUCH_FIELD = 1", NULL, "33" },
		{ .depth = DEPTH_CONTROLS, "GUEST_CR0", NULL, "33" },
		{ .depth = DEPTH_CONTROLS, "GUEST_CR0 = (", NULL, "33" },
		{ .depth = DEPTH_CONTROLS, NULL, "GUEST_CR0", "33" },
		{ .depth = DEPTH_CONTROLS, NULL, "GUEST_CR0: 2..1", "33" },
		{ .depth = DEPTH_CONTROLS, NULL, "GUEST_CR0: bit 60..64", "33" },
		{ .depth = DEPTH_CONTROLS, NULL, "GUEST_CR0: ", "1 ? 33" },
	};
	struct cpu cpu = { .readiness = READINESS_READY };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(probes); i++) {
		struct group *groups = NULL;
		size_t n = 0;

		assert_int_equal(claim_plan_probe(&probes[i], &cpu, &groups, &n), -EINVAL);
		claim_free_groups(groups, n);
	}
}

static void claims_are_found_and_selected(void **state)
{
	const struct claim *claim = claims_find("cp.literal");

	(void)state;
	assert_non_null(claim);
	assert_ptr_equal(claims_find("a-cp-list-as-written"), claim);
	assert_null(claims_find("cp"));
	assert_true(claim_selected(claim, "cp"));
	assert_true(claim_selected(claim, "CP.literal"));
	assert_true(claim_selected(claim, "A"));
	assert_true(claim_selected(claim, "A-CP"));
	assert_false(claim_selected(claim, "c"));
	assert_false(claim_selected(claim, ""));
	assert_false(claim_selected(claim, "cp.lit"));
	assert_null(claims_get(claims_count()));
}

/* Both kinds of id are unique, and the groups are whole. */
static void ids_are_unique(void **state)
{
	size_t n = 0, a = 0;

	(void)state;
	for (size_t i = 0; i < claims_count(); i++) {
		const struct claim *claim = claims_get(i);

		assert_ptr_equal(claims_find(claim->id), claim);
		assert_ptr_equal(claims_find(claim->catalogue), claim);
		assert_non_null(claim->section);
		assert_non_null(claim->statement);
		n += claim_selected(claim, "N");
		a += claim_selected(claim, "A");
	}
	assert_int_equal(n, 15);
	assert_int_equal(a, 71);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_unique),
		cmocka_unit_test(claims_are_found_and_selected),
		cmocka_unit_test(what_the_sdm_says_holds),
		cmocka_unit_test(one_outcome_changed_is_violated),
		cmocka_unit_test(silence_is_not_tested),
		cmocka_unit_test(every_flipped_row_is_found),
		cmocka_unit_test(only_permitted_fields_are_set),
		cmocka_unit_test(unknown_capabilities_are_said),
		cmocka_unit_test(long_sweeps_are_split),
		cmocka_unit_test(bad_rows_are_refused),
	};

	return cmocka_run_group_tests_name("claims_inject", tests, NULL, NULL);
}
