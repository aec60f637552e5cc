// SPDX-License-Identifier: GPL-2.0
/* The claims that let a guest run; claim_check.h has what all rows are held to. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "claim_check.h"
#include "decode.h"
#include "sdm_enter.h"

static struct sdm_enter profiles[] = {
	{ .rate = 5 },
	{ .rate = 0, .unrestricted = true, .virtual_nmi = true, .activity = 7, .hypervisor = true },
	{ .rate = 5, .unrestricted = true, .virtual_nmi = true, .mtf = true, .activity = 7,
	  .any_code = true, .length_zero = true, .loads = true },
	{ .rate = 7, .unrestricted = true, .mtf = true, .activity = 1, .length_zero = true,
	  .virtual_nmi = true },
};

static struct cpu cpu_of(size_t nr)
{
	return sdm_enter_cpu(&profiles[nr]);
}

static struct outcome enter(size_t nr, const struct group *group, size_t i, struct arrival *arrival)
{
	return sdm_enter_answer(&profiles[nr], group, i, arrival);
}

/* What the module lets a caller set at this depth; see module/policy.c. */
static uint64_t callers(const struct sdm_enter *sdm, uint32_t field)
{
	switch (field) {
	case PIN_BASED_VM_EXEC_CONTROL:
		return 0x20;
	case CPU_BASED_VM_EXEC_CONTROL:
		return 0x4841108c;
	case VM_EXIT_CONTROLS:
		return 0x40540004;
	case VM_ENTRY_CONTROLS:
		return 0x51e004;
	case GUEST_CR4:
		return 0x1f00e0f;
	case EXCEPTION_BITMAP:
		return ~(1ull << 18);
	case VMX_PREEMPTION_TIMER_VALUE:
		return (1 << (20 - sdm->rate)) - 1;
	case GUEST_INTERRUPTIBILITY_INFO:
		return 11;
	case GUEST_ACTIVITY_STATE:
		return 3;
	case VM_ENTRY_INTR_INFO_FIELD:
	case VM_ENTRY_EXCEPTION_ERROR_CODE:
	case VM_ENTRY_INSTRUCTION_LEN:
	case CR3_TARGET_COUNT:
	case GUEST_IA32_DEBUGCTL:
	case GUEST_IA32_PAT:
	case GUEST_IA32_EFER:
	case GUEST_IA32_PERF_GLOBAL_CTRL:
	case GUEST_BNDCFGS:
	case GUEST_IA32_PKRS:
	case GUEST_PENDING_DBG_EXCEPTIONS:
	case GUEST_S_CET:
	case GUEST_SSP:
	case GUEST_INTR_SSP_TABLE:
		return ~0ull;
	default:
		return (field >= GUEST_ES_SELECTOR && field <= GUEST_TR_SELECTOR) ||
		       (field >= GUEST_ES_LIMIT && field <= GUEST_TR_AR_BYTES) ||
		       (field >= GUEST_ES_BASE && field <= GUEST_RFLAGS) ? ~0ull : 0;
	}
}

static bool can_be_set(size_t nr, enum depth depth, uint32_t field, uint64_t value)
{
	if (field == GUEST_ACTIVITY_STATE && value == 3)
		return false;
	return depth == DEPTH_ENTER && !(value & ~callers(&profiles[nr], field));
}

static const struct claim_oracle oracle = {
	.n_cpus = ARRAY_SIZE(profiles), .cpu = cpu_of, .permitted = can_be_set,
	.knows = claim_enters, .enter = enter,
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

static void every_rule_turned_over_is_found(void **state)
{
	(void)state;
	claim_check_mutants(&oracle, 150);
}

static void only_permitted_fields_are_set(void **state)
{
	(void)state;
	claim_check_fields(&oracle);
}

/* The first claim that some CPU with the bug violates, or NULL. */
static const struct claim *notices(enum sdm_bug bug)
{
	const struct claim *found = NULL;

	for (size_t nr = 0; nr < ARRAY_SIZE(profiles); nr++)
		profiles[nr].bug = bug;
	for (size_t c = 0; !found && c < claims_count(); c++) {
		const struct claim *claim = claims_get(c);

		if (!claim_check_takes(&oracle, claim))
			continue;
		for (size_t nr = 0; !found && nr < ARRAY_SIZE(profiles); nr++) {
			struct cpu cpu = claim_check_cpu(&oracle, nr, claim);

			if (claim_check_judge(claim, &cpu) == VERDICT_VIOLATED)
				found = claim;
			claim_check_clear(&cpu);
		}
	}
	for (size_t nr = 0; nr < ARRAY_SIZE(profiles); nr++)
		profiles[nr].bug = BUG_NONE;
	return found;
}

static void every_bug_is_noticed(void **state)
{
	size_t unnoticed = 0;

	(void)state;
	assert_null(notices(BUG_NONE));
	for (enum sdm_bug bug = BUG_NONE + 1; bug < BUGS; bug++) {
		if (!notices(bug)) {
			print_error("nothing notices bug %d\n", bug);
			unnoticed++;
		}
	}
	assert_int_equal(unnoticed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_sdm_says_holds),
		cmocka_unit_test(one_outcome_changed_is_violated),
		cmocka_unit_test(every_rule_turned_over_is_found),
		cmocka_unit_test(only_permitted_fields_are_set),
		cmocka_unit_test(every_bug_is_noticed),
	};

	return cmocka_run_group_tests_name("claims_enter", tests, NULL, NULL);
}
