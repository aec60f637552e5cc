// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "decode.h"
#include "inject.h"
#include "silicon.h"

static struct source src;
static const struct cpu *plain, *unrestricted, *deaf;

static int setup(void **state)
{
	static const struct silicon silicon[] = {
		{ .readiness = READINESS_READY },
		{ .readiness = READINESS_READY, .unrestricted = true },
		{ .readiness = READINESS_READY, .deaf = true },
	};

	(void)state;
	silicon_open(&src, silicon, 3);
	plain = &src.host->cpus[0];
	unrestricted = &src.host->cpus[1];
	deaf = &src.host->cpus[2];
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	src.ops->close(&src);
	return 0;
}

/* The value a group gives a field; how often it is set in *times. */
static uint64_t value_of(const struct group *group, uint32_t field, unsigned int *times)
{
	uint64_t value = 0;

	*times = 0;
	for (size_t i = 0; i < group->n_set; i++) {
		if (group->set[i].field == field) {
			value = group->set[i].value;
			(*times)++;
		}
	}
	return value;
}

static void assert_set(const struct group *group, uint32_t field, uint64_t value)
{
	unsigned int times;

	assert_int_equal(value_of(group, field, &times), value);
	assert_int_equal(times, 1);
}

static void assert_unset(const struct group *group, uint32_t field)
{
	unsigned int times;

	value_of(group, field, &times);
	assert_int_equal(times, 0);
}

static void event_is_encoded(void **state)
{
	static const struct {
		struct inject inject;
		uint32_t info;
	} rows[] = {
		{ { .type = 0, .vector = 0x80 }, 0x80000080 },
		{ { .type = 2, .vector = 2 }, 0x80000202 },
		{ { .type = 3, .vector = 21 }, 0x80000315 },
		{ { .type = 3, .vector = 21, .deliver_error_code = true }, 0x80000b15 },
		{ { .type = 7, .vector = 255, .deliver_error_code = true }, 0x80000fff },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(inject_info(&rows[i].inject), rows[i].info);
}

static void controls_depth_sets_little(void **state)
{
	const struct inject inject = {
		.type = 0, .vector = 32, .length = 3, .cr0_pe = true, .depth = DEPTH_CONTROLS,
		.error_code = 0xabcd, .deliver_error_code = true,
	};
	struct group group;

	(void)state;
	assert_int_equal(inject_group(plain, &inject, &group), 0);
	assert_int_equal(group.depth, DEPTH_CONTROLS);
	assert_int_equal(group.sweep_field, 0x4016);
	assert_int_equal(group.n_values, 1);
	assert_int_equal(group.values[0], 0x80000820);
	assert_int_equal(group.n_set, 3);
	assert_set(&group, 0x4018, 0xabcd);
	assert_set(&group, 0x401a, 3);
	assert_set(&group, 0x6800, 0x80000021);
	group_clear(&group);
}

static void cr0_pe_takes_paging_along(void **state)
{
	const struct inject inject = { .type = 3, .cr0_pe = false, .depth = DEPTH_CONTROLS };
	struct group group;

	(void)state;
	assert_int_equal(inject_group(plain, &inject, &group), 0);
	assert_set(&group, 0x6800, 0x20);
	assert_unset(&group, 0x4002);
	assert_unset(&group, 0x4012);
	group_clear(&group);
}

/* The fewest legal controls, by the TRUE_ MSR, and what an unrestricted guest needs. */
static void unrestricted_guest_brings_ept(void **state)
{
	const struct inject inject = {
		.type = 3, .cr0_pe = true, .unrestricted = true, .depth = DEPTH_CONTROLS,
	};
	struct group group;

	(void)state;
	assert_false(inject_has_unrestricted(plain));
	assert_true(inject_has_unrestricted(unrestricted));
	assert_int_equal(inject_group(plain, &inject, &group), -ENOTSUP);
	assert_null(group.set);
	assert_int_equal(inject_group(unrestricted, &inject, &group), 0);
	assert_set(&group, 0x4002, 0x84006172);
	assert_set(&group, 0x401e, 0x82);
	group_clear(&group);
}

static void unknown_capabilities_are_said(void **state)
{
	const struct inject inject = { .cr0_pe = true, .depth = DEPTH_CONTROLS };
	struct group group;

	(void)state;
	assert_int_equal(inject_group(deaf, &inject, &group), -ENODATA);
	assert_null(group.set);
}

static void interrupts_need_a_guest_that_takes_them(void **state)
{
	struct inject inject = { .type = 0, .vector = 32, .cr0_pe = true, .depth = DEPTH_STATE };
	struct group group;

	(void)state;
	assert_int_equal(inject_group(plain, &inject, &group), 0);
	assert_set(&group, 0x6820, 0x202);
	group_clear(&group);

	inject.type = 3;
	assert_int_equal(inject_group(plain, &inject, &group), 0);
	assert_unset(&group, 0x6820);
	group_clear(&group);

	/* The plant of this depth: the module refuses whoever sets it. */
	inject.type = 0;
	inject.depth = DEPTH_CONTROLS;
	assert_int_equal(inject_group(plain, &inject, &group), 0);
	assert_unset(&group, 0x6820);
	assert_unset(&group, 0x2800);
	group_clear(&group);
}

static void real_mode_guest_is_legal(void **state)
{
	const struct inject inject = {
		.type = 3, .vector = 13, .unrestricted = true, .depth = DEPTH_STATE,
	};
	struct group group;
	unsigned int times;

	(void)state;
	assert_int_equal(inject_group(unrestricted, &inject, &group), 0);
	assert_set(&group, 0x6800, 0x20);
	assert_set(&group, 0x6804, 0x2000);
	assert_set(&group, 0x4012, 0x11fb);	/* without IA-32e mode guest */
	for (uint32_t i = 0; i < 6; i++) {
		assert_int_equal(value_of(&group, 0x6806 + 2 * i, &times),
				 value_of(&group, 0x800 + 2 * i, &times) << 4);
		assert_set(&group, 0x4800 + 2 * i, 0xffff);
		assert_set(&group, 0x4814 + 2 * i, i == 1 ? 0x9b : 0x93);
	}
	assert_set(&group, 0x4820, 0x10000);	/* LDTR unusable */
	assert_set(&group, 0x4822, 0x8b);	/* TR */
	assert_set(&group, 0x681e, 0);
	group_clear(&group);
}

/* Without the control the real-mode guest stays as asked: the CPU is to refuse it. */
static void real_mode_without_the_control_is_not_repaired(void **state)
{
	const struct inject inject = { .type = 3, .vector = 13, .depth = DEPTH_STATE };
	struct group group;

	(void)state;
	assert_int_equal(inject_group(unrestricted, &inject, &group), 0);
	assert_set(&group, 0x6800, 0x20);
	assert_unset(&group, 0x4012);
	assert_unset(&group, 0x401e);
	group_clear(&group);
}

/* What the module lets a caller set; see vmxprobe.yaml, attribute set "field". */
static bool permitted(uint32_t field, enum depth depth)
{
	static const uint32_t single[] = {
		0x4000, 0x4002, 0x401e, 0x4012, 0x4016, 0x4018, 0x401a, 0x4824, 0x4826, 0x6800,
		0x6804, 0x681a, 0x681c, 0x681e, 0x6822,
	};

	for (size_t i = 0; i < ARRAY_SIZE(single); i++)
		if (field == single[i])
			return true;
	return (field >= 0x800 && field <= 0x80e) || (field >= 0x4800 && field <= 0x4822) ||
	       (field >= 0x6806 && field <= 0x6818) || (field == 0x6820 && depth == DEPTH_STATE);
}

static void only_permitted_fields_are_set(void **state)
{
	(void)state;
	for (unsigned int bits = 0; bits < 64; bits++) {
		const struct inject inject = {
			.type = bits >> 3, .cr0_pe = bits & 1, .unrestricted = bits & 2,
			.depth = bits & 4 ? DEPTH_STATE : DEPTH_CONTROLS,
		};
		struct group group;

		assert_int_equal(inject_group(unrestricted, &inject, &group), 0);
		assert_in_range(group.n_set, 3, 64);
		for (size_t i = 0; i < group.n_set; i++)
			assert_true(permitted(group.set[i].field, group.depth));
		group_clear(&group);
	}
}

static const struct msr enter_msrs[] = {
	{ 0x480, MSR_READ, 0 },
	{ 0x481, MSR_READ, 1ull << (32 + 6) },	/* VMX-preemption timer */
	{ 0x48b, MSR_READ, 1ull << (32 + 1) },	/* EPT */
};

static void guest_is_entered_with_an_event(void **state)
{
	const struct cpu cpu = { .msrs = (struct msr *)enter_msrs, .n_msrs = 3 };
	const struct cpu no_ept = { .msrs = (struct msr *)enter_msrs, .n_msrs = 2 };
	struct inject inject = { .type = INTR_TYPE_HARDWARE_EXCEPTION, .vector = 21,
				 .deliver_error_code = true, .error_code = 5, .length = 2,
				 .depth = DEPTH_ENTER, .guest = GUEST_LONG };
	struct group group;

	(void)state;
	assert_int_equal(inject_group(&cpu, &inject, &group), 0);
	assert_int_equal(group.depth, DEPTH_ENTER);
	assert_int_equal(group.guest, GUEST_LONG);
	assert_int_equal(group.n_read, 8);
	assert_int_equal(group.n_set, 2);
	assert_set(&group, VM_ENTRY_EXCEPTION_ERROR_CODE, 5);
	assert_set(&group, VM_ENTRY_INSTRUCTION_LEN, 2);
	assert_int_equal(group.sweep_field, VM_ENTRY_INTR_INFO_FIELD);
	assert_int_equal(group_value(&group, 0), 0x80000b15);
	group_clear(&group);
	/* A guest that takes interrupts, for an interrupt. */
	inject.type = INTR_TYPE_EXTERNAL;
	assert_int_equal(inject_group(&cpu, &inject, &group), 0);
	assert_set(&group, GUEST_RFLAGS, 0x202);
	group_clear(&group);
	assert_int_equal(inject_group(&no_ept, &inject, &group), -ENODATA);
	inject.guest = GUEST_REAL;
	assert_int_equal(inject_group(&cpu, &inject, &group), -ENOTSUP);
	assert_int_equal(group.n_set, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(guest_is_entered_with_an_event),
		cmocka_unit_test(event_is_encoded),
		cmocka_unit_test(controls_depth_sets_little),
		cmocka_unit_test(cr0_pe_takes_paging_along),
		cmocka_unit_test(unrestricted_guest_brings_ept),
		cmocka_unit_test(unknown_capabilities_are_said),
		cmocka_unit_test(interrupts_need_a_guest_that_takes_them),
		cmocka_unit_test(real_mode_guest_is_legal),
		cmocka_unit_test(real_mode_without_the_control_is_not_repaired),
		cmocka_unit_test(only_permitted_fields_are_set),
	};

	return cmocka_run_group_tests_name("inject", tests, setup, teardown);
}
