// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <string.h>
#include <strings.h>

#include "decode.h"

/* A CPU of raw values; MSRs not given are absent. */
struct fake {
	struct cpu cpu;
	struct cpuid_leaf leaves[4];
	struct msr msrs[32];
};

static void fake_init(struct fake *fake)
{
	uint32_t index;
	size_t i;

	memset(fake, 0, sizeof(*fake));
	fake->cpu.leaves = fake->leaves;
	fake->cpu.msrs = fake->msrs;
	fake->leaves[0] = (struct cpuid_leaf){ .leaf = 0, .eax = 0x20 };
	fake->leaves[1] = (struct cpuid_leaf){ .leaf = 1, .ecx = 1u << 5 };
	fake->cpu.n_leaves = 2;
	for (i = 0; (index = decode_msr(i)); i++)
		fake->msrs[i].index = index;
	fake->cpu.n_msrs = i;
}

static void fake_msr(struct fake *fake, uint32_t index, uint64_t value)
{
	size_t i;

	for (i = 0; i < fake->cpu.n_msrs && fake->msrs[i].index != index;)
		i++;
	fake->msrs[i].state = MSR_READ;
	fake->msrs[i].value = value;
}

static void msrs_are_all_there_and_ascend(void **state)
{
	uint32_t expected = 0x480, index;
	size_t i;

	(void)state;
	assert_int_equal(decode_msr(0), 0x3a);
	for (i = 1; (index = decode_msr(i)); i++) {
		assert_int_equal(index, expected++);
		assert_non_null(decode_msr_name(index));
	}
	assert_int_equal(expected, 0x494);
	assert_string_equal(decode_msr_name(0x493), "IA32_VMX_EXIT_CTLS2");
	assert_null(decode_msr_name(0x494));
}

/* Rows must be in order and disjoint: decode_bits() walks them once. */
static void rows_are_in_order(void **state)
{
	struct decode_bit bits[DECODE_MAX_BITS];
	uint32_t index;
	size_t i, k, n, rows = 0;

	(void)state;
	for (i = 0; (index = decode_msr(i)); i++) {
		/* All bits set: every position has to be in exactly one row or line. */
		unsigned int next = 0;
		uint64_t all = decode_msr_form(index) == MSR_FORM_CONTROLS ?
			       0xffffffff00000000 : UINT64_MAX;

		n = decode_bits(index, all, bits);
		for (k = 0; k < n; k++) {
			assert_int_equal(bits[k].low, next);
			assert_true(bits[k].high >= bits[k].low);
			next = bits[k].high + 1u;
			rows += bits[k].name != NULL;
		}
		assert_int_equal(next, decode_msr_form(index) == MSR_FORM_CONTROLS ? 32 : 64);
	}
	assert_true(rows > 200);
}

static void unknown_bits_are_shown(void **state)
{
	struct decode_bit bits[DECODE_MAX_BITS];
	size_t n, i;
	bool seen = false;

	(void)state;
	/* Wildcat Lake. */
	n = decode_bits(MSR_IA32_VMX_BASIC, 0x07da060000000015, bits);
	for (i = 0; i < n; i++) {
		if (bits[i].low == 57) {
			assert_null(bits[i].name);
			seen = true;
		}
	}
	assert_true(seen);
	/* An MSR of tomorrow has no rows, but its bits. */
	assert_int_equal(decode_bits(0x494, 5, bits), 2);
	assert_int_equal(bits[1].low, 2);
	assert_int_equal(decode_bits(0x494, 0, bits), 0);
}

static void ranges_are_extracted(void **state)
{
	struct decode_bit bits[DECODE_MAX_BITS];
	const uint64_t basic = 0x00da040000000012;	/* Haswell */

	(void)state;
	decode_bits(MSR_IA32_VMX_BASIC, basic, bits);
	assert_int_equal(decode_bit_value(basic, &bits[0]), 0x12);
	assert_int_equal(decode_bit_value(basic, &bits[1]), 1024);
	assert_int_equal(bits[4].low, 50);
	assert_int_equal(decode_bit_value(basic, &bits[4]), 6);
	assert_string_equal(decode_bit_meaning(MSR_IA32_VMX_BASIC, &bits[4], basic),
			    "write-back (WB)");
	assert_int_equal(decode_bit_value(UINT64_MAX, &(struct decode_bit){ .high = 63 }),
			 UINT64_MAX);
}

static void settings_follow_the_form(void **state)
{
	(void)state;
	/* Low half: must be 1; high half: may be 1. */
	assert_int_equal(decode_setting(MSR_IA32_VMX_PINBASED_CTLS, 0x7f00000016, 0),
			 SETTING_EITHER);
	assert_int_equal(decode_setting(MSR_IA32_VMX_PINBASED_CTLS, 0x7f00000016, 1),
			 SETTING_FIXED1);
	assert_int_equal(decode_setting(MSR_IA32_VMX_PINBASED_CTLS, 0x7f00000016, 7),
			 SETTING_FIXED0);
	assert_int_equal(decode_setting(MSR_IA32_VMX_PINBASED_CTLS, 0x0000000100000002, 1),
			 SETTING_NEITHER);
	assert_int_equal(decode_setting(MSR_IA32_VMX_PINBASED_CTLS, UINT64_MAX, 32),
			 SETTING_UNKNOWN);
	assert_int_equal(decode_setting(MSR_IA32_VMX_PROCBASED_CTLS3, 1ull << 40, 40),
			 SETTING_EITHER);
	assert_int_equal(decode_setting(MSR_IA32_VMX_EXIT_CTLS2, 0, 0), SETTING_FIXED0);
	assert_int_equal(decode_setting(MSR_IA32_VMX_BASIC, 0, 0), SETTING_UNKNOWN);
}

static void true_msrs_decide(void **state)
{
	struct fake fake;

	(void)state;
	fake_init(&fake);
	fake_msr(&fake, MSR_IA32_VMX_PROCBASED_CTLS, 0xfff9fffe0401e172);
	assert_int_equal(decode_control(&fake.cpu, "CR3-load exiting"), SETTING_FIXED1);
	fake_msr(&fake, MSR_IA32_VMX_TRUE_PROCBASED_CTLS, 0xfff9fffe04006172);
	assert_int_equal(decode_control(&fake.cpu, "CR3-load exiting"), SETTING_EITHER);
	assert_int_equal(decode_control(&fake.cpu, "VMX-CR3-LOAD-NOEXIT"), SETTING_EITHER);
	assert_int_equal(decode_control_at(&fake.cpu, MSR_IA32_VMX_PROCBASED_CTLS, 17),
			 SETTING_FIXED0);
	/* 0x48b is absent: its controls are 0. */
	assert_int_equal(decode_control(&fake.cpu, "unrestricted guest"), SETTING_FIXED0);
	assert_int_equal(decode_control(&fake.cpu, "no such control"), SETTING_UNKNOWN);
	fake.leaves[1].ecx = 0;
	assert_int_equal(decode_control(&fake.cpu, "unrestricted guest"), SETTING_UNKNOWN);
}

static void control_registers_take_both_msrs(void **state)
{
	struct fake fake;

	(void)state;
	fake_init(&fake);
	fake_msr(&fake, MSR_IA32_VMX_CR4_FIXED0, 0x2000);
	fake_msr(&fake, MSR_IA32_VMX_CR4_FIXED1, 0xff2fff);
	assert_int_equal(decode_control(&fake.cpu, "CR4.VMXE"), SETTING_FIXED1);
	assert_int_equal(decode_control(&fake.cpu, "CR4.CET"), SETTING_EITHER);
	assert_int_equal(decode_control(&fake.cpu, "CR4.FRED"), SETTING_FIXED0);
	fake_msr(&fake, MSR_IA32_VMX_CR4_FIXED0, 0x100002000);
	assert_int_equal(decode_control(&fake.cpu, "CR4.FRED"), SETTING_NEITHER);
}

static void flags_need_a_value(void **state)
{
	struct fake fake;

	(void)state;
	fake_init(&fake);
	assert_int_equal(decode_flag(&fake.cpu, "vmx-any-errcode"), -1);
	fake_msr(&fake, MSR_IA32_VMX_BASIC, 1ull << 56);
	assert_int_equal(decode_flag(&fake.cpu, "vmx-any-errcode"), 1);
	assert_int_equal(decode_flag(&fake.cpu, "vmx-ins-outs"), 0);
	assert_int_equal(decode_flag(&fake.cpu, "VMCS revision identifier"), -1);
}

/* Each conditional MSR with its gate bit set and clear; the gates' own values do not matter. */
static void existence_follows_the_gates(void **state)
{
	static const struct {
		uint32_t index, gate;
		unsigned int bit;
	} rows[] = {
		{ 0x48b, 0x482, 63 }, { 0x48c, 0x48b, 33 }, { 0x48c, 0x48b, 37 },
		{ 0x48d, 0x480, 55 }, { 0x48e, 0x480, 55 }, { 0x48f, 0x480, 55 },
		{ 0x490, 0x480, 55 }, { 0x491, 0x48b, 45 }, { 0x492, 0x482, 49 },
		{ 0x493, 0x483, 63 },
	};
	struct fake fake;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		fake_init(&fake);
		fake_msr(&fake, rows[i].gate, 1ull << rows[i].bit);
		assert_true(decode_msr_exists(&fake.cpu, rows[i].index));
		assert_non_null(decode_msr_condition(rows[i].index));
		/* All but the bits that may open it. */
		fake_msr(&fake, rows[i].gate, ~(1ull << rows[i].bit) &
			 ~(rows[i].index == 0x48c ? 1ull << 33 | 1ull << 37 : 0));
		assert_false(decode_msr_exists(&fake.cpu, rows[i].index));
		fake_msr(&fake, rows[i].gate, UINT64_MAX);
		fake.leaves[1].ecx = 0;
		assert_false(decode_msr_exists(&fake.cpu, rows[i].index));
	}
	fake_init(&fake);
	for (i = 0x480; i <= 0x48a; i++) {
		assert_true(decode_msr_exists(&fake.cpu, i));
		assert_null(decode_msr_condition(i));
	}
	assert_false(decode_msr_exists(&fake.cpu, 0x494));
}

static void features_are_known_or_not(void **state)
{
	struct fake fake;

	(void)state;
	fake_init(&fake);
	assert_int_equal(decode_feature(&fake.cpu, FEATURE_VMX), 1);
	assert_int_equal(decode_feature(&fake.cpu, FEATURE_HYPERVISOR), 0);
	assert_int_equal(decode_feature(&fake.cpu, FEATURE_CET_SS), -1);
	fake.leaves[2] = (struct cpuid_leaf){ .leaf = 7, .ecx = 1u << 7, .edx = 1u << 20 };
	fake.cpu.n_leaves = 3;
	assert_int_equal(decode_feature(&fake.cpu, FEATURE_CET_SS), 1);
	assert_int_equal(decode_feature(&fake.cpu, FEATURE_CET_IBT), 1);
	/* Leaf 7 says itself that it has no subleaf 1. */
	assert_int_equal(decode_feature(&fake.cpu, FEATURE_FRED), 0);
	fake.leaves[2].eax = 1;
	assert_int_equal(decode_feature(&fake.cpu, FEATURE_FRED), -1);
	fake.leaves[3] = (struct cpuid_leaf){ .leaf = 7, .subleaf = 1, .eax = 1u << 17 };
	fake.cpu.n_leaves = 4;
	assert_int_equal(decode_feature(&fake.cpu, FEATURE_FRED), 1);
	fake.leaves[0].eax = 1;
	assert_int_equal(decode_feature(&fake.cpu, FEATURE_CET_SS), 0);
}

static void signatures_are_split(void **state)
{
	unsigned int family, model, stepping;

	(void)state;
	decode_signature(0x806c1, &family, &model, &stepping);
	assert_int_equal(family, 6);
	assert_int_equal(model, 0x8c);
	assert_int_equal(stepping, 1);
	decode_signature(0x800f12, &family, &model, &stepping);
	assert_int_equal(family, 0x17);
	assert_int_equal(model, 1);
}

static void brands_are_trimmed_and_harmless(void **state)
{
	struct cpuid_leaf leaves[3] = {
		{ 0x80000002, 0, 0x20202020, 0x65746e49, 0x2952286c, 0x726f431b },
		{ 0x80000003, 0, 0x4d542865, 0x20202029, 0x20202020, 0x20202020 },
		{ 0x80000004, 0, 0x20202020, 0x20202020, 0x20202020, 0x20202020 },
	};
	struct cpu cpu = { .leaves = leaves, .n_leaves = 3 };
	char brand[49];

	(void)state;
	decode_brand(&cpu, brand);
	assert_string_equal(brand, "Intel(R)?Core(TM)");
	cpu.n_leaves = 2;
	decode_brand(&cpu, brand);
	assert_string_equal(brand, "");
}

static void fields_are_named(void **state)
{
	uint32_t encoding;

	(void)state;
	assert_int_equal(GUEST_CR0, 0x6800);
	assert_string_equal(decode_field_token(0x4016), "VM_ENTRY_INTR_INFO_FIELD");
	assert_string_equal(decode_field_name(0x6c16), "Host RIP");
	assert_null(decode_field_name(0x6c17));
	assert_true(decode_parse_field("guest_rflags", &encoding));
	assert_int_equal(encoding, 0x6820);
	assert_true(decode_parse_field("0x6820", &encoding));
	assert_false(decode_parse_field("GUEST_", &encoding));
	assert_int_equal(decode_field_width(GUEST_CS_SELECTOR), 16);
	assert_int_equal(decode_field_width(EPT_POINTER), 64);
	assert_int_equal(decode_field_width(EPT_POINTER + 1), 32);
	assert_int_equal(decode_field_width(VM_EXIT_CONTROLS), 32);
	assert_int_equal(decode_field_width(GUEST_RIP), 64);
}

static void events_are_parsed(void **state)
{
	static const char *const cp[] = { "CP", "#CP", "cp", "#cp", "21", "0x15", "0X15" };
	static const char *const bad[] = { "", "#", "256", "-1", "+1", " 1", "1 ", "0x", "CPU",
					   "#21", "99999999999999999999" };
	uint32_t number;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cp); i++) {
		number = 0;
		assert_true(decode_parse_vector(cp[i], &number));
		assert_int_equal(number, 21);
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(decode_parse_vector(bad[i], &number));
	/* Leading zeros are no octal. */
	assert_true(decode_parse_vector("021", &number));
	assert_int_equal(number, 21);
	assert_true(decode_parse_vector("nmi", &number));
	assert_int_equal(number, 2);

	assert_true(decode_parse_type("hw", &number));
	assert_int_equal(number, INTR_TYPE_HARDWARE_EXCEPTION);
	assert_true(decode_parse_type("Hardware Exception", &number));
	assert_true(decode_parse_type("7", &number));
	assert_false(decode_parse_type("8", &number));
	for (i = 0; i < INTR_TYPES; i++)
		assert_non_null(strstr(decode_type_allowed(), decode_type_token(i)));
	assert_null(decode_type_name(8));
	assert_null(decode_vector_name(9));
	assert_string_equal(decode_vector_name(21), "#CP");
}

static void answers_are_named(void **state)
{
	(void)state;
	assert_string_equal(decode_vm_error(7), "VM entry with invalid control field(s)");
	assert_null(decode_vm_error(14));
	assert_string_equal(decode_exit_reason(0x80000021),
			    "VM-entry failure due to invalid guest state");
	assert_null(decode_exit_reason(71));
	assert_non_null(decode_entry_failure(0x80000021, 4));
	assert_null(decode_entry_failure(0x80000021, 1));
	assert_null(decode_entry_failure(33, 4));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(msrs_are_all_there_and_ascend),
		cmocka_unit_test(rows_are_in_order),
		cmocka_unit_test(unknown_bits_are_shown),
		cmocka_unit_test(ranges_are_extracted),
		cmocka_unit_test(settings_follow_the_form),
		cmocka_unit_test(true_msrs_decide),
		cmocka_unit_test(control_registers_take_both_msrs),
		cmocka_unit_test(flags_need_a_value),
		cmocka_unit_test(existence_follows_the_gates),
		cmocka_unit_test(features_are_known_or_not),
		cmocka_unit_test(signatures_are_split),
		cmocka_unit_test(brands_are_trimmed_and_harmless),
		cmocka_unit_test(fields_are_named),
		cmocka_unit_test(events_are_parsed),
		cmocka_unit_test(answers_are_named),
	};

	return cmocka_run_group_tests_name("decode", tests, NULL, NULL);
}
