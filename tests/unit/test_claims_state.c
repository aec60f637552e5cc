// SPDX-License-Identifier: GPL-2.0
/*
 * The claims about guest state, and about limits that take no guest; claim_check.h has what all
 * rows are held to.
 */
#include "unit.h"

#include "claim_check.h"
#include "decode.h"
#include "sdm_state.h"

static const struct sdm_state profiles[] = {
	/* All there is. */
	{ .entry_must = 0x11fb, .entry_may = 0x7dffff, .exit_may = ~0u,
	  .secondary = true, .ept = true, .unrestricted = true, .vpid = true,
	  .cr0_fixed0 = 0x80000021, .cr0_fixed1 = 0xffffffff, .cr4_fixed0 = 0x2000,
	  .cr4_fixed1 = 0x113ff7fff, .physical = 52, .linear = 57, .activity = 7, .cr3_targets = 4,
	  .perf_version = 6, .counters = 8, .fixed_counters = 4, .lam = true, .ibt = true },
	/* Neither FRED, LAM nor IBT; 4-level paging; another state missing each time from here. */
	{ .entry_must = 0x11fb, .entry_may = 0x7dffff, .exit_may = ~0u,
	  .secondary = true, .ept = true, .unrestricted = true, .vpid = true,
	  .cr0_fixed0 = 0x80000021, .cr0_fixed1 = 0xffffffff, .cr4_fixed0 = 0x2040,
	  .cr4_fixed1 = 0xffefff, .physical = 46, .linear = 48, .activity = 6, .cr3_targets = 8,
	  .perf_version = 5, .counters = 8, .fixed_counters = 4, .drops_rights = true },
	/* No unrestricted guest, no CET, few MSRs. */
	{ .entry_must = 0x11fb, .entry_may = 0xffff, .exit_may = 0x7fffff,
	  .secondary = true, .ept = true, .vpid = true,
	  .cr0_fixed0 = 0x80000021, .cr0_fixed1 = 0xe005003f, .cr4_fixed0 = 0x2000,
	  .cr4_fixed1 = 0x67ff, .physical = 39, .linear = 48, .activity = 5, .cr3_targets = 4,
	  .perf_version = 3, .counters = 4, .fixed_counters = 3 },
	/* The first: debug controls are loaded always, there are no secondary controls. */
	{ .entry_must = 0x11ff, .entry_may = 0x13ff, .exit_may = 0x3ffff,
	  .cr0_fixed0 = 0x80000021, .cr0_fixed1 = 0xffffffff, .cr4_fixed0 = 0x2000,
	  .cr4_fixed1 = 0x27ff, .physical = 36, .linear = 48, .activity = 3, .cr3_targets = 4,
	  .netburst = true },
};

static struct cpu cpu_of(size_t nr)
{
	return sdm_state_cpu(&profiles[nr]);
}

static struct outcome answer_of(size_t nr, const struct group *group, size_t i)
{
	return sdm_state_answer(&profiles[nr], group, i);
}

/* The bits of a field that a caller may give: module/policy.c. */
static uint64_t open_bits(const struct sdm_state *sdm, uint32_t field)
{
	switch (field) {
	case GUEST_CR3: return ~0ull << sdm->physical | 0xfff;
	case GUEST_IA32_DEBUGCTL: return ~0x1c0ull;
	case GUEST_IA32_EFER: return ~0x801ull;
	case GUEST_IA32_PAT: case GUEST_IA32_PKRS: return ~0ull << 32;
	case GUEST_IA32_RTIT_CTL: return ~1ull;
	case GUEST_S_CET: return ~0xfull;
	default: return ~0ull;
	}
}

static bool is_open(uint32_t field, enum depth depth)
{
	switch (field) {
	case VIRTUAL_PROCESSOR_ID: case CR3_TARGET_COUNT: case CPU_BASED_VM_EXEC_CONTROL:
	case SECONDARY_VM_EXEC_CONTROL: case VM_ENTRY_CONTROLS: case VM_EXIT_CONTROLS:
		return true;
	case GUEST_RFLAGS:
		return depth == DEPTH_STATE;
	default:
		return !(field & 1) &&
		       ((field >= GUEST_ES_SELECTOR && field <= GUEST_TR_SELECTOR) ||
			field == GUEST_UINV ||
			(field >= GUEST_IA32_DEBUGCTL && field <= GUEST_IA32_PKRS) ||
			(field >= GUEST_ES_LIMIT && field <= GUEST_ACTIVITY_STATE) ||
			(field >= GUEST_CR0 && field <= GUEST_INTR_SSP_TABLE));
	}
}

static bool can_be_set(size_t nr, enum depth depth, uint32_t field, uint64_t value)
{
	const struct sdm_state *sdm = &profiles[nr];

	if (field == VM_EXIT_CONTROLS && !(value >> 9 & 1))
		return false;
	if (field == VM_ENTRY_CONTROLS && value >> 23)
		return false;
	return is_open(field, depth) && sdm_state_has_field(sdm, field) &&
	       !(value & ~open_bits(sdm, field));
}

static bool is_ours(const struct claim *claim)
{
	/* The link pointer and the lists of MSRs take experiments, the timer a guest that runs. */
	if (claim_selected(claim, "E-G-LINK") || claim_selected(claim, "H-MSR") ||
	    claim_enters(claim) || claim_selected(claim, "timer"))
		return false;
	return claim_selected(claim, "E-G") || claim_selected(claim, "H") ||
	       claim_selected(claim, "A-GS-QUAL2");
}

static const struct claim_oracle oracle = {
	ARRAY_SIZE(profiles), cpu_of, answer_of, can_be_set, is_ours, NULL, NULL
};

/* Rows for each register count once each: DS, ES, FS, GS and so on. */
static void the_groups_are_whole(void **state)
{
	size_t guest = 0, limits = 0, not_here = 0;

	(void)state;
	for (size_t c = 0; c < claims_count(); c++) {
		const struct claim *claim = claims_get(c);

		if (!is_ours(claim))
			continue;
		assert_ptr_equal(claims_find(claim->id), claim);
		assert_ptr_equal(claims_find(claim->catalogue), claim);
		guest += claim_selected(claim, "E-G");
		limits += claim_selected(claim, "H");
		not_here += claim->kind == CLAIM_NOT_HERE;
	}
	assert_int_equal(guest, 81);
	assert_int_equal(limits, 8);
	assert_int_equal(not_here, 0);
}

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
	claim_check_mutants(&oracle, 250);
}

static void only_what_is_there_and_permitted_is_set(void **state)
{
	(void)state;
	claim_check_fields(&oracle);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_groups_are_whole),
		cmocka_unit_test(what_the_sdm_says_holds),
		cmocka_unit_test(one_outcome_changed_is_violated),
		cmocka_unit_test(every_flipped_row_is_found),
		cmocka_unit_test(only_what_is_there_and_permitted_is_set),
	};

	return cmocka_run_group_tests_name("claims_state", tests, NULL, NULL);
}
