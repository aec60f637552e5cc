// SPDX-License-Identifier: GPL-2.0
/* The claims that are judged by experiments; claim_trials.h has what all rows are held to. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "claim_trials.h"
#include "experiments.h"
#include "sdm_experiments.h"

#define EXIT_ALL 0xffffffff
#define EXIT_NONE 0x36dff
/* Execute-only to 5-level walks; INVEPT and INVVPID of all types. */
#define EPT_VPID_ALL 0xf0106b341c0
/* What comes behind the bits of their types. */
#define RESERVED (1ull << 27 | 1ull << 44)

static const struct sdm_vmx_caps profiles[] = {
	/* An early one. */
	{ .cr4_fixed1 = 0x27ff, .exit_may = EXIT_NONE, .width = 36, .current_checked = true },
	/* All there is. */
	{ .shadowing = true, .ept = true, .vpid = true, .write_any = true, .invept_reserved = true,
	  .ept_vpid = EPT_VPID_ALL | RESERVED | 1 << 23 | 1, .cr4_fixed1 = 0xfffffff,
	  .exit_may = EXIT_ALL, .width = 46 },
	/* EPT without INVEPT; INVVPID of types 1 and 3. */
	{ .ept = true, .vpid = true, .ept_vpid = 0xa0100004140, .cr4_fixed1 = 0x8027ff,
	  .exit_may = EXIT_NONE, .width = 40, .current_checked = true },
	/* INVEPT of type 1, no flags in the EPTP, uncacheable only; INVVPID of types 0 and 2. */
	{ .shadowing = true, .ept = true, .vpid = true, .ept_vpid = 0x50102100140,
	  .cr4_fixed1 = 0x2027ff, .exit_may = EXIT_NONE | 1 << 28 | 1 << 12, .width = 39 },
	/* INVEPT of type 2, no VPIDs. */
	{ .ept = true, .write_any = true, .ept_vpid = 0x4304140, .cr4_fixed1 = 0x8627ff,
	  .exit_may = EXIT_NONE | 1 << 29 | 1 << 19 | 1 << 21, .width = 52 },
};

static struct cpu cpu_of(size_t nr)
{
	return sdm_vmx_cpu(&profiles[nr]);
}

static bool experiment_of(size_t nr, uint32_t id, struct cpu *cpu)
{
	return sdm_experiment(&profiles[nr], id, cpu);
}

static const char *const unfollowed[] = { NULL };

static const struct trials_oracle oracle = {
	ARRAY_SIZE(profiles), cpu_of, experiment_of, unfollowed
};

static void what_the_sdm_says_holds(void **state)
{
	(void)state;
	claim_trials_hold(&oracle);
}

static void each_step_counts(void **state)
{
	(void)state;
	claim_trials_outcomes(&oracle);
}

static void every_mutant_is_found(void **state)
{
	(void)state;
	claim_trials_mutants(&oracle, 150);
}

/* Each has a claim that looks at it, and an answer of a CPU that does what the SDM says. */
static void every_experiment_is_used(void **state)
{
	(void)state;
	for (size_t i = 0; i < experiments_count(); i++) {
		const struct experiment_info *info = experiments_get(i);
		struct cpu cpu = { 0 };
		bool used = false;

		for (size_t c = 0; c < claims_count(); c++) {
			const struct claim_trial *trials = claims_get(c)->trials;

			for (size_t t = 0; t < CLAIM_MAX_TRIALS && trials[t].expect; t++)
				used |= !strcmp(trials[t].experiment, info->name);
		}
		if (!used)
			fail_msg("no claim uses %s", info->name);
		assert_true(sdm_experiment(&profiles[1], info->id, &cpu));
		experiment_clear(cpu.experiments);
		free(cpu.experiments);
	}
}

static void the_groups_are_whole(void **state)
{
	static const struct {
		const char *selection, *id;
		size_t n, not_here;
	} groups[] = {
		{ "F", "insn", 75, 2 },
		{ "E-H", "host", 32, 7 },
		{ "E-G-LINK", "guest.link", 4, 0 },
		{ "E-M", "msr-list", 7, 1 },
		{ "H-MSR", "msr-list", 1, 0 },
	};

	(void)state;
	for (size_t g = 0; g < ARRAY_SIZE(groups); g++) {
		size_t n = 0, not_here = 0;

		for (size_t c = 0; c < claims_count(); c++) {
			const struct claim *claim = claims_get(c);

			if (!claim_selected(claim, groups[g].selection))
				continue;
			n++;
			not_here += claim->kind == CLAIM_NOT_HERE;
			assert_ptr_equal(claims_find(claim->id), claim);
			assert_ptr_equal(claims_find(claim->catalogue), claim);
			assert_true(claim_selected(claim, groups[g].id));
		}
		assert_int_equal(n, groups[g].n);
		assert_int_equal(not_here, groups[g].not_here);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_groups_are_whole),
		cmocka_unit_test(every_experiment_is_used),
		cmocka_unit_test(what_the_sdm_says_holds),
		cmocka_unit_test(each_step_counts),
		cmocka_unit_test(every_mutant_is_found),
	};

	return cmocka_run_group_tests_name("claims_experiments", tests, NULL, NULL);
}
