// SPDX-License-Identifier: GPL-2.0
/*
 * The claims that are probed, all rows alike: on CPUs that do what the SDM says each holds, and
 * neither a CPU that does otherwise nor a row that says otherwise gets through.
 */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "sdm.h"
#include "verdict.h"

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

/* A claim of one row that is another's, to be changed. */
static struct claim copy_of(const struct claim *claim, size_t row)
{
	struct claim copy = *claim;

	memset(copy.probes, 0, sizeof(copy.probes));
	copy.probes[0] = claim->probes[row];
	return copy;
}

static bool is_probed(const struct claim *claim)
{
	return claim->kind == CLAIM_PROBE && strchr("NA", claim->catalogue[0]);
}

static size_t rows_of(const struct claim *claim)
{
	size_t n = 0;

	while (n < CLAIM_MAX_PROBES && claim->probes[n].expect)
		n++;
	return n;
}

/* The CPU with the evidence of the claim's probes. */
static struct cpu probed(const struct sdm *sdm, const struct claim *claim)
{
	struct cpu cpu = sdm_cpu(sdm);
	struct group *groups = NULL;
	size_t n = 0;

	assert_int_equal(claim_plan(claim, &cpu, &groups, &n), 0);
	cpu.evidence = calloc(n + 1, sizeof(*cpu.evidence));
	cpu.n_evidence = n;
	for (size_t g = 0; g < n; g++) {
		struct evidence *ev = &cpu.evidence[g];

		ev->group = groups[g];
		for (size_t i = 0; i < group_probes(&ev->group); i++) {
			struct outcome outcome = sdm_answer(sdm, &ev->group, i);

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

static enum verdict_kind judge(const struct claim *claim, struct cpu *cpu)
{
	struct host host = { .cpus = cpu, .n_cpus = 1 };
	struct verdict verdict;
	enum verdict_kind kind;

	assert_int_equal(verdict_judge(claim, &host, cpu, &verdict), 0);
	kind = verdict.kind;
	if (kind == VERDICT_VIOLATED) {
		assert_non_null(verdict.expected);
		assert_non_null(verdict.seen);
		assert_non_null(verdict.reproduce);
		assert_true(verdict.broken && verdict.broken <= verdict.probes);
	}
	if (kind == VERDICT_NOT_TESTED || kind == VERDICT_NOT_APPLICABLE)
		assert_non_null(verdict.reason);
	if (kind == VERDICT_HOLDS)
		assert_true(verdict.probes);
	verdict_clear(&verdict);
	return kind;
}

/* Rules are kept on every CPU; of readings that compete at least one CPU follows each. */
static void what_the_sdm_says_holds(void **state)
{
	(void)state;
	for (size_t c = 0; c < claims_count(); c++) {
		const struct claim *claim = claims_get(c);
		bool applied = false, held = false;

		if (!is_probed(claim))
			continue;
		for (size_t p = 0; p < ARRAY_SIZE(profiles); p++) {
			struct cpu cpu = probed(&profiles[p], claim);
			enum verdict_kind kind = judge(claim, &cpu);

			if (kind == VERDICT_VIOLATED && !claim->reading)
				fail_msg("%s is violated by profile %zu", claim->id, p);
			assert_int_not_equal(kind, VERDICT_NOT_TESTED);
			applied |= kind != VERDICT_NOT_APPLICABLE;
			held |= kind == VERDICT_HOLDS;
			clear(&cpu);
		}
		if (!applied)
			fail_msg("%s applies to no profile", claim->id);
		/* What the SDM of today does not say: nobody follows these. */
		if (!held && strcmp(claim->catalogue, "A-EC-15-OLD") &&
		    strcmp(claim->catalogue, "A-B56-SCOPE-WIDE"))
			fail_msg("%s holds on no profile", claim->id);
	}
}

/* What breaks this expectation, whatever else it allows. */
static const struct outcome broken[] = {
	{ .kind = OUTCOME_ENTERED, .exit_reason = 12 },
	{ .kind = OUTCOME_FAIL_INVALID, .insn = INSN_VMLAUNCH },
	{ .kind = OUTCOME_FAULT, .insn = INSN_VMLAUNCH, .vector = 13 },
	{ .kind = OUTCOME_FAIL_VALID, .insn = INSN_VMLAUNCH, .error = 8 },
	{ .kind = OUTCOME_FAIL_VALID, .insn = INSN_VMLAUNCH, .error = 4 },
	{ .kind = OUTCOME_ENTRY_FAILED, .exit_reason = 0x80000035 },
};

/* Each probe of each claim counts: one outcome that is different, and the claim is violated. */
static void one_outcome_changed_is_violated(void **state)
{
	(void)state;
	for (size_t c = 0; c < claims_count(); c++) {
		const struct claim *claim = claims_get(c);

		for (size_t p = 0; is_probed(claim) && p < ARRAY_SIZE(profiles); p++) {
			struct cpu cpu = probed(&profiles[p], claim);

			if (judge(claim, &cpu) != VERDICT_HOLDS) {
				clear(&cpu);
				continue;
			}
			for (size_t e = 0; e < cpu.n_evidence; e++) {
				struct evidence *ev = &cpu.evidence[e];
				size_t last = group_probes(&ev->group) - 1;
				struct outcome was = *evidence_outcome(ev, last);

				for (size_t b = 0; b < ARRAY_SIZE(broken); b++) {
					assert_int_equal(evidence_set(ev, last, &broken[b]), 0);
					if (judge(claim, &cpu) != VERDICT_VIOLATED)
						fail_msg("%s: group %zu, outcome %zu", claim->id,
							 e, b);
				}
				assert_int_equal(evidence_set(ev, last, &was), 0);
			}
			clear(&cpu);
		}
	}
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
	struct cpu cpu = probed(&profiles[1], claim);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(silent); i++) {
		assert_int_equal(evidence_set(&cpu.evidence[0], 0, &silent[i]), 0);
		assert_int_equal(judge(claim, &cpu), VERDICT_NOT_TESTED);
	}
	/* Nothing recorded at all. */
	for (size_t i = 0; i < cpu.n_evidence; i++)
		evidence_clear(&cpu.evidence[i]);
	cpu.n_evidence = 0;
	assert_int_equal(judge(claim, &cpu), VERDICT_NOT_TESTED);
	cpu.readiness = READINESS_LOCKED_OFF;
	assert_int_equal(judge(claim, &cpu), VERDICT_NOT_TESTED);
	clear(&cpu);
}

/*
 * The opposite of one word: what a CPU that decides the other way does at this depth. Where more
 * than one outcome is right, none of them.
 */
static const char *opposite(const char *word, const char *expect, enum depth depth)
{
	if (strstr(expect, " or "))
		return "F7";
	if (*word == 'F')
		return "33";
	if (depth == DEPTH_CONTROLS)
		return "F7";
	return strncmp(word, "33", 2) ? "33" : "34";
}

/* The expectation's opposite, alternatives and conditions included; to be freed. */
static char *flip(const char *expect, enum depth depth)
{
	size_t size, len;
	char *text = NULL;
	FILE *file = open_memstream(&text, &size);
	const char *words = strchr(expect, '?');

	assert_non_null(file);
	if (words)
		fprintf(file, "%.*s", (int)(words - expect), expect);
	else
		words = expect;
	for (; *words; words += len) {
		len = strcspn(words, " ?:");
		if (!len)
			fputc(words[len++], file);
		else if (!strncmp(words, "or", len) || !strncmp(words, "skip", len))
			fprintf(file, "%.*s", (int)len, words);
		else
			fputs(opposite(words, expect, depth), file);
	}
	fclose(file);
	return text;
}

/* The expectation with its branches swapped; NULL if it has none that differ. */
static char *swap(const char *expect)
{
	const char *question = strchr(expect, '?');
	char *text;

	if (!question || strstr(expect, "skip"))
		return NULL;
	assert_true(asprintf(&text, "!(%.*s) %s", (int)(question - expect), expect, question) > 0);
	return text;
}

/* Does a CPU that does what the SDM says tell the mutant from the row? */
static bool is_found(const struct claim *claim, size_t r, const char *flipped)
{
	struct claim mutant = copy_of(claim, r), whole = copy_of(claim, r);
	bool found = false;

	mutant.probes[0].expect = flipped;
	for (size_t p = 0; !found && p < ARRAY_SIZE(profiles); p++) {
		struct cpu cpu = probed(&profiles[p], &whole);

		if (claim->reading && judge(&whole, &cpu) == VERDICT_VIOLATED)
			found = judge(&mutant, &cpu) == VERDICT_HOLDS;
		else
			found = judge(&mutant, &cpu) == VERDICT_VIOLATED;
		clear(&cpu);
	}
	return found;
}

/*
 * The mutation run: each row of probes in turn expects the opposite, or has its condition negated.
 * A CPU that does what the SDM says must find every one.
 */
static void every_flipped_row_is_found(void **state)
{
	size_t rows = 0, survivors = 0;

	(void)state;
	for (size_t c = 0; c < claims_count(); c++) {
		const struct claim *claim = claims_get(c);

		for (size_t r = 0; is_probed(claim) && r < rows_of(claim); r++) {
			char *mutants[] = {
				flip(claim->probes[r].expect, claim->probes[r].depth),
				swap(claim->probes[r].expect),
			};

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
	assert_true(rows > 80);
	assert_int_equal(survivors, 0);
}

/* What the module lets a caller set; see module/vmcs.c. */
static bool permitted(uint32_t field, uint64_t value, enum depth depth)
{
	static const uint32_t single[] = {
		0x4000, 0x4002, 0x401e, 0x4012, 0x4016, 0x4018, 0x401a, 0x4824, 0x4826, 0x6800,
		0x6804, 0x681a, 0x681c, 0x681e, 0x6822,
	};

	if (field == 0x4012 && value >> 13)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(single); i++)
		if (field == single[i])
			return true;
	if (field & 1)
		return false;
	return (field >= 0x800 && field <= 0x80e) || (field >= 0x4800 && field <= 0x4822) ||
	       (field >= 0x6806 && field <= 0x6818) || (field == 0x6820 && depth == DEPTH_STATE);
}

static void only_permitted_fields_are_set(void **state)
{
	(void)state;
	for (size_t c = 0; c < claims_count(); c++) {
		const struct claim *claim = claims_get(c);

		for (size_t p = 0; is_probed(claim) && p < ARRAY_SIZE(profiles); p++) {
			struct cpu cpu = probed(&profiles[p], claim);

			for (size_t e = 0; e < cpu.n_evidence; e++) {
				const struct group *group = &cpu.evidence[e].group;

				assert_in_range(group_probes(group), 1, CLAIM_GROUP_PROBES);
				assert_in_range(group->n_set, 0, 64);
				for (size_t i = 0; i < group->n_set; i++)
					assert_true(permitted(group->set[i].field,
							      group->set[i].value, group->depth));
				for (size_t i = 0; group->sweep_field && i < group->n_values; i++)
					assert_true(permitted(group->sweep_field,
							      group->values[i], group->depth));
			}
			clear(&cpu);
		}
	}
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
	assert_int_equal(judge(claim, &cpu), VERDICT_NOT_TESTED);
	free(groups);
	free(cpu.msrs);
}

static void long_sweeps_are_split(void **state)
{
	const struct claim_probe probe = {
		DEPTH_CONTROLS, NULL, "VM_ENTRY_INTR_INFO_FIELD: 0..5000, 0x10 | bit 8..9", "33"
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
		{ DEPTH_CONTROLS, "NO_SUCH_FIELD = 1", NULL, "33" },
		{ DEPTH_CONTROLS, "GUEST_CR0", NULL, "33" },
		{ DEPTH_CONTROLS, "GUEST_CR0 = (", NULL, "33" },
		{ DEPTH_CONTROLS, NULL, "GUEST_CR0", "33" },
		{ DEPTH_CONTROLS, NULL, "GUEST_CR0: 2..1", "33" },
		{ DEPTH_CONTROLS, NULL, "GUEST_CR0: bit 60..64", "33" },
		{ DEPTH_CONTROLS, NULL, "GUEST_CR0: ", "1 ? 33" },
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
