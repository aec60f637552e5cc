// SPDX-License-Identifier: GPL-2.0
/* Verdicts over values: which, and what they say. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "verdict.h"

static struct msr msrs[2][5] = {
	{
		{ 0x480, MSR_READ, 0x00da040000000012 },
		{ 0x485, MSR_READ, 0x1e5 },
		{ 0x489, MSR_READ, 0x8027ff },
		{ 0x48b, MSR_FAULTED, 0 },
		{ 0x491, MSR_ABSENT, 0 },
	}, {
		{ 0x480, MSR_READ, 0x00da040000000012 },
		{ 0x485, MSR_READ, 0x1e6 },
		{ 0x489, MSR_READ, 0x8027ff },
		{ 0x48b, MSR_READ, 0xff00000000 },
		{ 0x491, MSR_ABSENT, 0 },
	},
};
static struct cpuid_leaf vmx[] = { { 1, 0, 0x306c3, 0, 0x20, 0 } };
static struct cpuid_leaf no_vmx[] = { { 1, 0, 0x306c3, 0, 0, 0 } };
static struct cpu cpus[] = {
	{ .id = 0, .leaves = vmx, .n_leaves = 1, .msrs = msrs[0], .n_msrs = 5 },
	{ .id = 3, .leaves = vmx, .n_leaves = 1, .msrs = msrs[1], .n_msrs = 5 },
	{ .id = 4, .readiness = READINESS_OFFLINE },
	{ .id = 5, .leaves = no_vmx, .n_leaves = 1, .readiness = READINESS_NO_VMX },
};
static const struct host host = { .cpus = cpus, .n_cpus = ARRAY_SIZE(cpus) };

static void same_text(const char *is, const char *want)
{
	if (!want)
		assert_null(is);
	else
		assert_string_equal(is ? is : "(none)", want);
}

static void judge(const struct claim *claim, unsigned int cpu, enum verdict_kind kind,
		  const char *reason, const char *expected, const char *seen,
		  const char *reproduce)
{
	struct verdict v;

	assert_int_equal(verdict_judge(claim, &host, host_cpu(&host, cpu), &v), 0);
	assert_ptr_equal(v.claim, claim);
	assert_string_equal(verdict_name(v.kind), verdict_name(kind));
	same_text(v.reason, reason);
	same_text(v.expected, expected);
	same_text(v.seen, seen);
	same_text(v.reproduce, reproduce);
	verdict_clear(&v);
	assert_null(v.reason);
}

static struct claim claim_of(enum claim_kind kind, const char *when, const char *holds)
{
	return (struct claim){
		.id = "a.b", .catalogue = "C-A", .section = "s", .statement = "S.", .when = when,
		.kind = kind, .holds = holds,
	};
}

static void rule(void **state)
{
	struct claim c = claim_of(CLAIM_CAPS, NULL, "BASIC[55] && CR4_FIXED1[23]");

	(void)state;
	judge(&c, 3, VERDICT_HOLDS, NULL, "BASIC[55] && CR4_FIXED1[23]",
	      "BASIC[55] = 1, CR4_FIXED1[23] = 1", NULL);
	c = claim_of(CLAIM_CAPS, "CR4_FIXED1[23]", "BASIC[55] && BASIC[56] == 1");
	judge(&c, 3, VERDICT_VIOLATED, NULL, "BASIC[56] == 1", "BASIC[56] = 0",
	      "vmxprobe verify a.b --cpu 3");
	c = claim_of(CLAIM_CAPS, NULL, "MISC == BASIC[44:32] && 1");
	judge(&c, 3, VERDICT_VIOLATED, NULL, "MISC == BASIC[44:32]",
	      "MISC = 0x1e6, BASIC[44:32] = 1024", "vmxprobe verify a.b --cpu 3");
}

static void condition(void **state)
{
	struct claim c = claim_of(CLAIM_CAPS, "BASIC[56]", "0");

	(void)state;
	judge(&c, 0, VERDICT_NOT_APPLICABLE, "BASIC[56] = 0", NULL, NULL, NULL);
	c.when = "BASIC[55] && !CR4_FIXED1[23]";
	judge(&c, 0, VERDICT_NOT_APPLICABLE, "!CR4_FIXED1[23] is false: CR4_FIXED1[23] = 1", NULL,
	      NULL, NULL);
	c.when = "P2.1[1]";
	judge(&c, 0, VERDICT_NOT_TESTED, "RDMSR of IA32_VMX_PROCBASED_CTLS2 faulted", NULL, NULL,
	      NULL);
}

static void unknown(void **state)
{
	struct claim c = claim_of(CLAIM_CAPS, NULL, "BASIC[55] && P2.1[1]");

	(void)state;
	judge(&c, 0, VERDICT_NOT_TESTED, "RDMSR of IA32_VMX_PROCBASED_CTLS2 faulted", NULL, NULL,
	      NULL);
	c.holds = "ENUM[0]";
	judge(&c, 0, VERDICT_NOT_TESTED, "IA32_VMX_VMCS_ENUM was not recorded", NULL, NULL, NULL);
	c.holds = "CPUID.7.0.ECX[7]";
	judge(&c, 0, VERDICT_NOT_TESTED, "CPUID leaf 0x7, subleaf 0x0, was not recorded", NULL,
	      NULL, NULL);
	judge(&c, 4, VERDICT_NOT_TESTED, "offline", NULL, NULL, NULL);
}

static void without_vmx(void **state)
{
	struct claim c = claim_of(CLAIM_CAPS, NULL, "BASIC[44:32] >= 1");

	(void)state;
	judge(&c, 5, VERDICT_NOT_APPLICABLE, "CPUID.1.0.ECX[5] = 0", NULL, NULL, NULL);
	c.kind = CLAIM_INFO;
	judge(&c, 5, VERDICT_NOT_APPLICABLE, "CPUID.1.0.ECX[5] = 0", NULL, NULL, NULL);
	c = claim_of(CLAIM_CAPS, NULL, "CPUID.1.0.ECX[5] == 0");
	judge(&c, 5, VERDICT_HOLDS, NULL, "CPUID.1.0.ECX[5] == 0", "CPUID.1.0.ECX[5] = 0", NULL);
	judge(&c, 0, VERDICT_VIOLATED, NULL, "CPUID.1.0.ECX[5] == 0", "CPUID.1.0.ECX[5] = 1",
	      "vmxprobe verify a.b --cpu 0");
}

static void no_rule(void **state)
{
	struct claim c = claim_of(CLAIM_INFO, NULL, "MISC[5] + BASIC[54]");

	(void)state;
	judge(&c, 0, VERDICT_INFO, NULL, NULL, "MISC[5] = 1, BASIC[54] = 1", NULL);
	c = claim_of(CLAIM_NOT_HERE, NULL, "nobody can");
	judge(&c, 0, VERDICT_NOT_TESTED, "nobody can", NULL, NULL, NULL);
}

static void same(void **state)
{
	struct claim c = claim_of(CLAIM_SAME, NULL, "BASIC CR4_FIXED1 VMFUNC VMCS_ENUM");
	const struct host alone = { .cpus = cpus, .n_cpus = 1 };
	struct verdict v;

	(void)state;
	judge(&c, 0, VERDICT_HOLDS, NULL, "the same values on all CPUs", "the same on 2 CPUs",
	      NULL);
	judge(&c, 4, VERDICT_NOT_TESTED, "offline", NULL, NULL, NULL);
	judge(&c, 5, VERDICT_NOT_APPLICABLE, "CPUID.1.0.ECX[5] = 0", NULL, NULL, NULL);
	assert_int_equal(verdict_judge(&c, &alone, &cpus[0], &v), 0);
	assert_int_equal(v.kind, VERDICT_NOT_APPLICABLE);
	assert_string_equal(v.reason, "there is no other CPU to compare it with");
	assert_null(v.seen);
	verdict_clear(&v);
	c.holds = "BASIC MISC PROCBASED_CTLS2";
	judge(&c, 3, VERDICT_VIOLATED, NULL, "the same values on all CPUs",
	      "MISC = 0x1e5 on CPU 0, 0x1e6 on CPU 3; "
	      "PROCBASED_CTLS2 = faulted on CPU 0, 0xff00000000 on CPU 3", "vmxprobe verify a.b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rule),
		cmocka_unit_test(condition),
		cmocka_unit_test(unknown),
		cmocka_unit_test(without_vmx),
		cmocka_unit_test(no_rule),
		cmocka_unit_test(same),
	};

	return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
