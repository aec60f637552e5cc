// SPDX-License-Identifier: GPL-2.0
/* The claims about control fields; claim_check.h has what all rows are held to. */
#include "unit.h"

#include <stdio.h>

#include "claim_check.h"
#include "decode.h"
#include "sdm_controls.h"

/* All that bits.def names, without what the module does not let through. */
#define ALL_PIN { 0x16, 0xff }
#define ALL_PRIMARY { 0x04006172, 0xfffbfffe }
#define ALL_EXIT { 0x36dfb, 0xffffffff }
#define ALL_ENTRY { 0x11fb, 0x7effff }

static const struct sdm_controls profiles[] = {
	/* All there is. */
	{ true, ALL_PIN, ALL_PRIMARY, ALL_EXIT, ALL_ENTRY, { 0, 0xdfffffff }, { 0, 0x13df },
	  0xf0106f34141, 1, 4, 46 },
	/* All bits, even those without a name, and no TRUE MSRs. */
	{ false, { 0x16, 0xffffffff }, { 0x401e172, 0xffffffff }, { 0x36dff, 0xffffffff },
	  { 0x11ff, 0x7fffff }, { 0, 0xffffffff }, { 0, ~0ull }, 0xf0106f341c0, ~0ull, 511, 52 },
	/* An early one: no secondary controls, no TPR shadow, no virtual NMIs. */
	{ false, { 0x16, 0x1f }, { 0x401e172, 0x6799fffe }, { 0x36dff, 0x3ffff },
	  { 0x11ff, 0x13ff }, { 0, 0 }, { 0, 0 }, 0, 0, 4, 36 },
	/* Neither EPT nor TPR shadow nor NMI exiting, nor what needs them. */
	{ true, { 0x16, 0x17 }, { 0x04006172, 0xf79bfffe }, { 0x36dfa, 0x3fffe },
	  { 0x11fb, 0x1fff }, { 0, 0x41 }, { 0, 0x40 }, 0, 0, 4, 38 },
	/* EPT that is uncacheable only; more bits that must be 1. */
	{ true, { 0x1f, 0x7f }, { 0x04006172 | 1 << 7 | 1 << 25, 0xfff9fffe },
	  { 0x36ffb, 0x7fefff }, { 0x13fb, 0xffff }, { 1 << 3 | 1 << 6, 0x7cff }, { 0, 0 },
	  0xf0106110140, 0, 0, 40 },
	/* Bits of all kinds that must be 1, and hardly any of the default1 class. */
	{ true, { 0x56, 0xff }, { 0x04046173 | 1 << 15, 0xffffffff }, { 0x200 | 1 << 20, ~0u },
	  { 0x200 | 1 << 14, 0x7fffff }, { 1 << 10 | 1 << 29, 0xffffffff }, { 0, 0x6 },
	  0xf0106114140, 0, 4, 39 },
};

static void the_group_is_whole(void **state)
{
	size_t n = 0, not_here = 0;

	(void)state;
	for (size_t c = 0; c < claims_count(); c++) {
		const struct claim *claim = claims_get(c);

		if (!claim_selected(claim, "D"))
			continue;
		n++;
		not_here += claim->kind == CLAIM_NOT_HERE;
		assert_ptr_equal(claims_find(claim->id), claim);
		assert_ptr_equal(claims_find(claim->catalogue), claim);
		assert_true(claim_selected(claim, "control"));
	}
	assert_int_equal(n, 201);
	assert_int_equal(not_here, 22);
}

/* What the module lets through: module/policy.c. */
static bool permitted(const struct sdm_controls *sdm, uint32_t field, uint64_t value)
{
	switch (field) {
	case VM_ENTRY_CONTROLS:
		return !(value & sdm->entry.may & 0xff800000);
	case VM_EXIT_CONTROLS:
		return value >> 9 & 1;
	case IO_BITMAP_A: case IO_BITMAP_B: case MSR_BITMAP: case PML_ADDRESS:
	case VIRTUAL_APIC_PAGE_ADDR: case APIC_ACCESS_ADDR: case POSTED_INTR_DESC_ADDR:
	case EPT_POINTER: case EPTP_LIST_ADDRESS: case VMREAD_BITMAP: case VMWRITE_BITMAP:
	case VE_INFORMATION_ADDRESS: case SPPT_POINTER: case LOW_PASID_DIR_ADDR:
	case HIGH_PASID_DIR_ADDR: case HLAT_POINTER: case PID_POINTER_TABLE:
		return !(value >> 12 & ((1ull << (sdm->width - 12)) - 1));
	case SECONDARY_VM_EXIT_CONTROLS: case EXECUTIVE_VMCS_POINTER:
	case VM_EXIT_MSR_STORE_ADDR: case VM_EXIT_MSR_LOAD_ADDR: case VM_ENTRY_MSR_LOAD_ADDR:
	case VM_EXIT_MSR_STORE_COUNT: case VM_EXIT_MSR_LOAD_COUNT: case VM_ENTRY_MSR_LOAD_COUNT:
		return false;
	default:
		return field < 0x2400 || (field >= 0x4000 && field < 0x4400) ||
		       (field >= 0x6000 && field <= CR4_READ_SHADOW);
	}
}

static struct cpu cpu_of(size_t nr)
{
	return sdm_controls_cpu(&profiles[nr]);
}

static struct outcome answer_of(size_t nr, const struct group *group, size_t i)
{
	return sdm_controls_answer(&profiles[nr], group, i);
}

static bool can_be_set(size_t nr, enum depth depth, uint32_t field, uint64_t value)
{
	return depth == DEPTH_CONTROLS && sdm_controls_has_field(&profiles[nr], field) &&
	       permitted(&profiles[nr], field, value);
}

static bool is_ours(const struct claim *claim)
{
	return claim_selected(claim, "D");
}

static const struct claim_oracle oracle = {
	ARRAY_SIZE(profiles), cpu_of, answer_of, can_be_set, is_ours, NULL, NULL
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
	claim_check_mutants(&oracle, 300);
}

static void only_what_is_there_and_permitted_is_set(void **state)
{
	(void)state;
	claim_check_fields(&oracle);
}

/* The same bit is not judged twice in a word, and no bit of it is left out. */
static void every_bit_has_its_row(void **state)
{
	static const struct {
		const char *id, *reserved;
		unsigned int bits;
		uint64_t mask;
	} words[] = {
		{ "control.pin.%u", "control.pin.reserved", 32, 0xffffff16 },
		{ "control.primary.%u", "control.primary.reserved", 32, 0x04046173 },
		{ "control.secondary.%u", "control.secondary.reserved", 32, 0x20000000 },
		{ "control.tertiary.%u", "control.tertiary.reserved", 64, ~0x1dfull },
		{ "control.exit.%u", "control.exit.reserved", 32, 0x36dfb },
		{ "control.entry.%u", "control.entry.reserved", 32, 0xfe0011fb },
	};

	(void)state;
	for (size_t w = 0; w < ARRAY_SIZE(words); w++) {
		char id[48];

		for (unsigned int bit = 0; bit < words[w].bits; bit++) {
			snprintf(id, sizeof(id), words[w].id, bit);
			if (!claims_find(id) == !(words[w].mask >> bit & 1))
				fail_msg("%s has %s row", id, claims_find(id) ? "one more" : "no");
		}
		assert_non_null(claims_find(words[w].reserved));
	}
}

static void bits_of_a_mask_are_turned(void **state)
{
	const struct claim_probe probe = {
		.depth = DEPTH_CONTROLS, NULL, "CR3_TARGET_COUNT: 6 ^ bits 2 | 8, bits 1 << 63", "33"
	};
	const struct claim_probe none = {
		.depth = DEPTH_CONTROLS, NULL, "CR3_TARGET_COUNT: 6 ^ bits 0", "33"
	};
	struct cpu cpu = { .readiness = READINESS_READY };
	struct group *groups = NULL;
	size_t n = 0;

	(void)state;
	assert_int_equal(claim_plan_probe(&probe, &cpu, &groups, &n), 0);
	assert_int_equal(claim_plan_probe(&none, &cpu, &groups, &n), 0);
	assert_int_equal(n, 1);
	assert_int_equal(groups[0].n_values, 3);
	assert_int_equal(groups[0].values[0], 4);
	assert_int_equal(groups[0].values[1], 14);
	assert_true(groups[0].values[2] == 1ull << 63);
	claim_free_groups(groups, n);
}

/* The VPID is field 0, which no group can sweep. */
static void vpids_have_groups_of_their_own(void **state)
{
	const struct claim_probe probe = {
		.depth = DEPTH_CONTROLS, "CR3_TARGET_COUNT = 1", "VIRTUAL_PROCESSOR_ID: 1..2, 0xffff", "33"
	};
	struct cpu cpu = { .readiness = READINESS_READY };
	struct group *groups = NULL;
	size_t n = 0;

	(void)state;
	assert_int_equal(claim_plan_probe(&probe, &cpu, &groups, &n), 0);
	assert_int_equal(n, 3);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(groups[i].n_set, 2);
		assert_int_equal(groups[i].set[1].field, 0);
		assert_int_equal(groups[i].n_values, 0);
	}
	assert_int_equal(groups[2].set[1].value, 0xffff);
	claim_free_groups(groups, n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_group_is_whole),
		cmocka_unit_test(every_bit_has_its_row),
		cmocka_unit_test(bits_of_a_mask_are_turned),
		cmocka_unit_test(vpids_have_groups_of_their_own),
		cmocka_unit_test(what_the_sdm_says_holds),
		cmocka_unit_test(one_outcome_changed_is_violated),
		cmocka_unit_test(every_flipped_row_is_found),
		cmocka_unit_test(only_what_is_there_and_permitted_is_set),
	};

	return cmocka_run_group_tests_name("claims_controls", tests, NULL, NULL);
}
