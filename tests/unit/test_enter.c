// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "decode.h"
#include "enter.h"
#include "guest.h"

#define TIMER (1ull << (32 + 6))
#define SECONDARY (1ull << (32 + 31))
#define EPT_AND_UNRESTRICTED (1ull << (32 + 1) | 1ull << (32 + 7))

static struct msr msrs[] = {
	{ MSR_IA32_VMX_BASIC, MSR_READ, 0 },
	{ MSR_IA32_VMX_PINBASED_CTLS, MSR_READ, TIMER },
	{ MSR_IA32_VMX_PROCBASED_CTLS, MSR_READ, SECONDARY },
	{ MSR_IA32_VMX_PROCBASED_CTLS2, MSR_READ, EPT_AND_UNRESTRICTED },
};

static void group_is_what_inject_writes(void **state)
{
	const struct cpu cpu = { .msrs = msrs, .n_msrs = ARRAY_SIZE(msrs) };
	struct group group;

	(void)state;
	assert_int_equal(enter_group(&cpu, GUEST_PM32, &group), 0);
	assert_int_equal(group.depth, DEPTH_ENTER);
	assert_int_equal(group.guest, GUEST_PM32);
	assert_int_equal(group.program, PROGRAM_VMCALL);
	assert_int_equal(group.sweep_field, VM_ENTRY_INTR_INFO_FIELD);
	assert_int_equal(group.n_values, 0);
	assert_int_equal(group.n_set, 2);
	assert_int_equal(group.set[0].field, VM_ENTRY_EXCEPTION_ERROR_CODE);
	assert_int_equal(group.set[0].value, 0);
	assert_int_equal(group.set[1].field, VM_ENTRY_INSTRUCTION_LEN);
	assert_int_equal(group.set[1].value, 1);
	assert_int_equal(group.n_read, ENTER_READS);
	assert_memory_equal(group.read, enter_read, sizeof(enter_read));
	group_clear(&group);
}

static void guests_need_controls(void **state)
{
	struct msr copy[ARRAY_SIZE(msrs)];
	struct cpu cpu = { .msrs = copy, .n_msrs = ARRAY_SIZE(copy) };
	struct group group;

	(void)state;
	memcpy(copy, msrs, sizeof(msrs));
	assert_int_equal(enter_able(&cpu, GUEST_REAL), 0);
	copy[3].value = 1ull << (32 + 1);	/* EPT alone */
	assert_int_equal(enter_able(&cpu, GUEST_REAL), -ENOTSUP);
	assert_int_equal(enter_able(&cpu, GUEST_LONG), 0);
	copy[1].value = 0;
	assert_int_equal(enter_able(&cpu, GUEST_LONG), -ENOTSUP);
	assert_int_equal(enter_group(&cpu, GUEST_LONG, &group), -ENOTSUP);
	assert_null(group.set);
	cpu.n_msrs = 0;
	assert_int_equal(enter_able(&cpu, GUEST_LONG), -ENODATA);
}

static void addresses_name_handlers(void **state)
{
	uint32_t vector = 7777;

	(void)state;
	assert_true(enter_vector(GUEST_HANDLERS, &vector));
	assert_int_equal(vector, 0);
	assert_true(enter_vector(GUEST_HANDLERS + 255 * GUEST_SLOT, &vector));
	assert_int_equal(vector, 255);
	vector = 7777;
	assert_false(enter_vector(GUEST_HANDLERS + 1, &vector));
	assert_false(enter_vector(GUEST_HANDLERS - GUEST_SLOT, &vector));
	assert_false(enter_vector(GUEST_CODE, &vector));
	assert_false(enter_vector(UINT64_MAX & ~15ull, &vector));
	assert_int_equal(vector, 7777);
}

static void programs_of_real_mode_are_no_handlers(void **state)
{
	uint32_t read[] = { GUEST_CS_SELECTOR }, vector;
	struct group group = { .depth = DEPTH_ENTER, .guest = GUEST_REAL, .read = read,
			       .n_read = 1 };
	struct outcome outcome = { .kind = OUTCOME_ENTERED, .exit_reason = 18,
				   .guest_rip = GUEST_HANDLERS + 3 * GUEST_SLOT };
	struct arrival arrival = { .fields = { 0 }, .n_fields = 1 };

	(void)state;
	assert_true(enter_handler(&group, &outcome, &arrival, &vector));
	assert_int_equal(vector, 3);
	arrival.fields[0] = GUEST_REAL_CS;
	assert_false(enter_handler(&group, &outcome, &arrival, &vector));
	/* Of a 64-bit guest RIP is enough. */
	group.guest = GUEST_LONG;
	arrival.fields[0] = GUEST_LONG_HANDLER_CS;
	assert_true(enter_handler(&group, &outcome, &arrival, &vector));
	group.guest = GUEST_REAL;
	group.n_read = 0;
	assert_false(enter_handler(&group, &outcome, &arrival, &vector));
	outcome.kind = OUTCOME_ENTRY_FAILED;
	group.guest = GUEST_LONG;
	assert_false(enter_handler(&group, &outcome, &arrival, &vector));
}

static void fields_are_found_by_encoding(void **state)
{
	uint32_t read[] = { GUEST_RSP, GUEST_RFLAGS };
	const struct group group = { .read = read, .n_read = 2 };
	struct arrival arrival = { .fields = { 0x3e00, 2 }, .n_fields = 2 };
	uint64_t value = 99;

	(void)state;
	assert_true(enter_field(&group, &arrival, GUEST_RFLAGS, &value));
	assert_int_equal(value, 2);
	assert_true(enter_field(&group, &arrival, GUEST_RSP, &value));
	assert_int_equal(value, 0x3e00);
	assert_false(enter_field(&group, &arrival, GUEST_CR0, &value));
	arrival.n_fields = 1;
	assert_false(enter_field(&group, &arrival, GUEST_RFLAGS, &value));
	assert_int_equal(value, 0x3e00);
}

static void stack_has_words(void **state)
{
	const struct arrival arrival = {
		.stack = { 1, 2, 3, 4, 5, 6, 7, 0x88, 9, 10, 11 },
		.n_stack = 11,
	};
	uint64_t value;

	(void)state;
	assert_true(enter_stack(&arrival, 2, 1, &value));
	assert_int_equal(value, 0x0403);
	assert_true(enter_stack(&arrival, 4, 0, &value));
	assert_int_equal(value, 0x04030201);
	assert_true(enter_stack(&arrival, 8, 0, &value));
	assert_int_equal(value, 0x8807060504030201);
	assert_true(enter_stack(&arrival, 2, 4, &value));
	assert_false(enter_stack(&arrival, 2, 5, &value));	/* half of it is there */
	assert_false(enter_stack(&arrival, 4, 2, &value));
	assert_false(enter_stack(&arrival, 8, 1, &value));
	assert_false(enter_stack(&arrival, 8, SIZE_MAX, &value));
	assert_int_equal(enter_stack_width(GUEST_REAL), 2);
	assert_int_equal(enter_stack_width(GUEST_PM32), 4);
	assert_int_equal(enter_stack_width(GUEST_LONG), 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(group_is_what_inject_writes),
		cmocka_unit_test(guests_need_controls),
		cmocka_unit_test(addresses_name_handlers),
		cmocka_unit_test(programs_of_real_mode_are_no_handlers),
		cmocka_unit_test(fields_are_found_by_encoding),
		cmocka_unit_test(stack_has_words),
	};

	return cmocka_run_group_tests_name("enter", tests, NULL, NULL);
}
