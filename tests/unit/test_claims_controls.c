// SPDX-License-Identifier: GPL-2.0
/*
 * The claims about control fields, all rows alike: on CPUs that do what the SDM says each holds,
 * and neither a CPU that does otherwise nor a row that says otherwise gets through.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "sdm_controls.h"
#include "verdict.h"

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

/* The CPU with the evidence of the claim's probes. */
static struct cpu probed(const struct sdm_controls *sdm, const struct claim *claim)
{
	struct cpu cpu = sdm_controls_cpu(sdm);
	struct group *groups = NULL;
	size_t n = 0;
	int ret = claim_plan(claim, &cpu, &groups, &n);

	if (ret)
		fail_msg("%s: planning fails: %d", claim->id, ret);
	cpu.evidence = calloc(n + 1, sizeof(*cpu.evidence));
	cpu.n_evidence = n;
	for (size_t g = 0; g < n; g++) {
		struct evidence *ev = &cpu.evidence[g];

		ev->group = groups[g];
		for (size_t i = 0; i < group_probes(&ev->group); i++) {
			struct outcome outcome = sdm_controls_answer(sdm, &ev->group, i);

			assert_int_equal(evidence_set(ev, i, &outcome), 0);
		}
	}
	free(groups);
	return cpu;
}

static void clear(struct cpu *cpu)
{
	for (size_t i = 0; i < cpu->n_evidence; i++)
		evidence_clear(&cpu->evidence[i]);
	free(cpu->evidence);
	free(cpu->leaves);
	free(cpu->msrs);
}

static enum verdict_kind judge(const struct claim *claim, struct cpu *cpu, bool tell)
{
	struct host host = { .cpus = cpu, .n_cpus = 1 };
	struct verdict verdict;
	enum verdict_kind kind;

	assert_int_equal(verdict_judge(claim, &host, cpu, &verdict), 0);
	kind = verdict.kind;
	if (tell && (kind == VERDICT_VIOLATED || kind == VERDICT_NOT_TESTED))
		print_error("%s: %s%s\n", claim->id, verdict.seen ? verdict.seen : "",
			    verdict.reason ? verdict.reason : "");
	if (kind == VERDICT_HOLDS)
		assert_true(verdict.probes);
	verdict_clear(&verdict);
	return kind;
}

static bool is_probed(const struct claim *claim)
{
	return claim->kind == CLAIM_PROBE && claim_selected(claim, "D");
}

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
	assert_int_equal(n, 196);
	assert_int_equal(not_here, 22);
}

static void what_the_sdm_says_holds(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t c = 0; c < claims_count(); c++) {
		const struct claim *claim = claims_get(c);
		bool held = false;

		if (!is_probed(claim))
			continue;
		for (size_t p = 0; p < ARRAY_SIZE(profiles); p++) {
			struct cpu cpu = probed(&profiles[p], claim);
			enum verdict_kind kind = judge(claim, &cpu, true);

			if (kind == VERDICT_VIOLATED || kind == VERDICT_NOT_TESTED) {
				print_error("%s: %s by profile %zu\n", claim->id,
					    verdict_name(kind), p);
				wrong++;
			}
			held |= kind == VERDICT_HOLDS;
			clear(&cpu);
		}
		if (!held) {
			print_error("%s holds on no profile\n", claim->id);
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

static const struct outcome broken[] = {
	{ .kind = OUTCOME_ENTERED, .exit_reason = 12 },
	{ .kind = OUTCOME_FAIL_INVALID, .insn = INSN_VMLAUNCH },
	{ .kind = OUTCOME_FAULT, .insn = INSN_VMLAUNCH, .vector = 13 },
	{ .kind = OUTCOME_FAIL_VALID, .insn = INSN_VMLAUNCH, .error = 8 },
	{ .kind = OUTCOME_ENTRY_FAILED, .exit_reason = 0x80000022 },
};

/* The outcome of the last probe of a group; where it has the value twice, both times. */
static void set_last(struct evidence *ev, const struct outcome *outcome)
{
	size_t last = group_probes(&ev->group) - 1;

	for (size_t i = 0; i <= last; i++)
		if (group_value(&ev->group, i) == group_value(&ev->group, last))
			assert_int_equal(evidence_set(ev, i, outcome), 0);
}

static void one_outcome_changed_is_violated(void **state)
{
	(void)state;
	for (size_t c = 0; c < claims_count(); c++) {
		const struct claim *claim = claims_get(c);

		for (size_t p = 0; is_probed(claim) && p < ARRAY_SIZE(profiles); p++) {
			struct cpu cpu = probed(&profiles[p], claim);

			for (size_t e = 0; e < cpu.n_evidence; e++) {
				struct evidence *ev = &cpu.evidence[e];
				size_t last = group_probes(&ev->group) - 1;
				struct outcome was = *evidence_outcome(ev, last);

				for (size_t b = 0; b < ARRAY_SIZE(broken); b++) {
					set_last(ev, &broken[b]);
					if (judge(claim, &cpu, false) != VERDICT_VIOLATED)
						fail_msg("%s: group %zu, outcome %zu", claim->id,
							 e, b);
				}
				set_last(ev, &was);
			}
			clear(&cpu);
		}
	}
}

/* What is expected, turned into its opposite; conditions stay as they are. To be freed. */
static char *flip(const char *expect)
{
	char *text = strdup(expect), *at;

	assert_non_null(text);
	for (at = strchr(text, '?') ? strchr(text, '?') : text; *at; at++) {
		if (at > text && at[-1] != ' ')
			continue;
		if (!strncmp(at, "F7", 2))
			memcpy(at, "33", 2);
		else if (!strncmp(at, "33", 2))
			memcpy(at, "F7", 2);
	}
	return text;
}

/* With one branch for the other; NULL if there are no two that differ. */
static char *swap(const char *expect)
{
	const char *question = strchr(expect, '?');
	char *text;

	if (!question || strstr(expect, "skip"))
		return NULL;
	assert_true(asprintf(&text, "!(%.*s) %s", (int)(question - expect), expect, question) > 0);
	return text;
}

static bool is_found(const struct claim *claim, size_t row, const char *expect)
{
	struct claim mutant = *claim;
	bool found = false;

	mutant.probes[row].expect = expect;
	for (size_t p = 0; !found && p < ARRAY_SIZE(profiles); p++) {
		struct cpu cpu = probed(&profiles[p], claim);

		found = judge(&mutant, &cpu, false) == VERDICT_VIOLATED;
		clear(&cpu);
	}
	return found;
}

static void every_flipped_row_is_found(void **state)
{
	size_t rows = 0, survivors = 0;

	(void)state;
	for (size_t c = 0; c < claims_count(); c++) {
		const struct claim *claim = claims_get(c);

		for (size_t r = 0; is_probed(claim) && r < CLAIM_MAX_PROBES &&
		     claim->probes[r].expect; r++) {
			char *mutants[] = { flip(claim->probes[r].expect),
					    swap(claim->probes[r].expect) };

			for (size_t m = 0; m < ARRAY_SIZE(mutants); m++) {
				if (mutants[m] && !is_found(claim, r, mutants[m])) {
					print_error("%s, row %zu: \"%s\" is not found\n",
						    claim->id, r, mutants[m]);
					survivors++;
				}
				free(mutants[m]);
			}
			rows++;
		}
	}
	assert_true(rows > 300);
	assert_int_equal(survivors, 0);
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

static void check_field(const struct claim *claim, const struct sdm_controls *sdm, uint32_t field,
			uint64_t value)
{
	if (!sdm_controls_has_field(sdm, field))
		fail_msg("%s: the CPU has no %s", claim->id, decode_field_token(field));
	if (!permitted(sdm, field, value))
		fail_msg("%s: the module refuses 0x%llx for %s", claim->id,
			 (unsigned long long)value, decode_field_token(field));
}

static void only_what_is_there_and_permitted_is_set(void **state)
{
	(void)state;
	for (size_t c = 0; c < claims_count(); c++) {
		const struct claim *claim = claims_get(c);

		for (size_t p = 0; is_probed(claim) && p < ARRAY_SIZE(profiles); p++) {
			struct cpu cpu = probed(&profiles[p], claim);

			for (size_t e = 0; e < cpu.n_evidence; e++) {
				const struct group *group = &cpu.evidence[e].group;

				assert_int_equal(group->depth, DEPTH_CONTROLS);
				assert_in_range(group_probes(group), 1, CLAIM_GROUP_PROBES);
				for (size_t i = 0; i < group->n_set; i++)
					check_field(claim, &profiles[p], group->set[i].field,
						    group->set[i].value);
				for (size_t i = 0; group->sweep_field && i < group->n_values; i++)
					check_field(claim, &profiles[p], group->sweep_field,
						    group->values[i]);
			}
			clear(&cpu);
		}
	}
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
		DEPTH_CONTROLS, NULL, "CR3_TARGET_COUNT: 6 ^ bits 2 | 8, bits 1 << 63", "33"
	};
	const struct claim_probe none = {
		DEPTH_CONTROLS, NULL, "CR3_TARGET_COUNT: 6 ^ bits 0", "33"
	};
	const struct claim_probe vpid = {
		DEPTH_CONTROLS, NULL, "VIRTUAL_PROCESSOR_ID: 1", "33"
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
	groups = NULL;
	n = 0;
	assert_int_equal(claim_plan_probe(&vpid, &cpu, &groups, &n), -22);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_group_is_whole),
		cmocka_unit_test(every_bit_has_its_row),
		cmocka_unit_test(bits_of_a_mask_are_turned),
		cmocka_unit_test(what_the_sdm_says_holds),
		cmocka_unit_test(one_outcome_changed_is_violated),
		cmocka_unit_test(every_flipped_row_is_found),
		cmocka_unit_test(only_what_is_there_and_permitted_is_set),
	};

	return cmocka_run_group_tests_name("claims_controls", tests, NULL, NULL);
}
