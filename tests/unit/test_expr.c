// SPDX-License-Identifier: GPL-2.0
/* Expressions over a CPU's values. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expr.h"

/* A CPU with TRUE MSRs and secondary controls, without tertiary ones; VMFUNC faults. */
static struct msr msrs[] = {
	{ 0x480, MSR_READ, 0x00da040000000012 },
	{ 0x481, MSR_READ, 0x0000007f00000016 },
	{ 0x482, MSR_READ, 0xfff9fffe0401e172 },
	{ 0x485, MSR_READ, 0x300481e5 },
	{ 0x48b, MSR_READ, 0x00007cff00000000 },
	{ 0x48d, MSR_READ, 0x0000007f00000012 },
	{ 0x491, MSR_FAULTED, 0 },
	{ 0x493, MSR_ABSENT, 0 },
};

static struct cpuid_leaf leaves[] = {
	{ 0, 0, 7, 0, 0, 0 },
	{ 1, 0, 0x306c3, 0, 0x20, 0 },
	{ 7, 0, 0, 0x2fbb, 0x80, 0 },
};

static const struct cpu cpu = {
	.leaves = leaves, .n_leaves = ARRAY_SIZE(leaves), .msrs = msrs, .n_msrs = ARRAY_SIZE(msrs),
};

static void note(void *arg, const char *term, bool known, uint64_t value)
{
	char *text = arg, one[96];

	snprintf(one, sizeof(one), known ? "%s=%llx " : "%s=? ", term, (unsigned long long)value);
	assert_true(strlen(text) + strlen(one) < 512);
	strcat(text, one);
}

static void is(const char *text, uint64_t want)
{
	uint64_t value;
	enum expr_status status = expr_eval(text, &cpu, &value, NULL, NULL);

	if (status != EXPR_KNOWN || value != want)
		fail_msg("%s: status %d, value 0x%llx", text, status, (unsigned long long)value);
}

static void unknown(const char *text)
{
	uint64_t value = 1;

	if (expr_eval(text, &cpu, &value, NULL, NULL) != EXPR_UNKNOWN)
		fail_msg("%s is not unknown", text);
	assert_int_equal(value, 0);
}

static void terms(const char *text, const char *want)
{
	char seen[512] = "";
	uint64_t value;

	assert_int_not_equal(expr_eval(text, &cpu, &value, note, seen), EXPR_BAD);
	assert_string_equal(seen, want);
}

static void numbers(void **state)
{
	(void)state;
	is("0x1f", 31);
	is("010", 10);	/* no octal */
	is("18446744073709551615", UINT64_MAX);
	is("1 + 2 << 3", 24);
	is("1 | 2 & 6 == 6", 1);	/* as in C: == binds more tightly than & */
	is("1 | (2 & 6)", 3);
	is("7 - 2 - 1", 4);
	is("1 << 63 >> 63", 1);
	is("1 << 64", 0);
	is("1 >> 64", 0);
	is("~0", UINT64_MAX);
	is("!5 + !0", 1);
	is("3 < 4 == 1", 1);
	is("4 <= 3", 0);
	is("4 >= 4 && 4 > 3 && 3 != 4", 1);
	is("0 - 1 > 0", 1);	/* without signs */
	is("subset(5, 7)", 1);
	is("subset(8 | 1, 7)", 0);
}

static void logic(void **state)
{
	(void)state;
	is("2 && 4", 1);
	is("0 || 0", 0);
	is("0 => 0", 1);
	is("1 => 0", 0);
	is("2 => 3", 1);
	is("1 => 1 => 0", 0);
	is("(0 => 0) => 0", 0);
	is("2 <=> 1", 1);
	is("0 <=> 1", 0);
	is("1 || 0 && 0", 1);
	is("0 => 0 <=> 0", 0);
}

static void places(void **state)
{
	(void)state;
	is("BASIC", 0x00da040000000012);
	is("BASIC[55]", 1);
	is("BASIC[53:50]", 6);
	is("BASIC[63:0] == BASIC", 1);
	is("MISC[8:6]", 7);
	is("PIN.1", 0x7f);
	is("PIN.0", 0x16);
	is("TPIN.0", 0x12);
	is("TRUE_PINBASED_CTLS[31:0]", 0x12);
	is("P2.1[7]", 1);
	is("P2.0", 0);
	is("PROCBASED_CTLS2[63:32]", 0x7cff);
	is("CPUID.7.0.ECX[7]", 1);
	is("CPUID.0x1.0.EAX", 0x306c3);
	is("CPUID.8.0.EAX", 0);		/* above the highest leaf */
	is("CPUID.7.1.EAX[0]", 0);	/* above the highest subleaf */
	is("exists(BASIC)", 1);
	is("exists(VMFUNC)", 0);
	is("EXIT2", 0);			/* absent */
	is("exists(EXIT2)", 0);
	is("P3.1[1]", 0);		/* not listed, but P1[17] says that it is not there */
	is("P3.0", 0);
	is("unnamed(PIN)", 0x16);	/* the default1 bits */
	is("unnamed(P2)", 0);
	is("unnamed(EXIT2)", 0);
}

static void three_values(void **state)
{
	(void)state;
	unknown("VMFUNC[0]");
	unknown("EPT_VPID_CAP");
	unknown("CPUID.7.2.EDX + 1 > 0 && CPUID.0x80000001.0.EDX[29]");
	unknown("exists(P3)");
	unknown("unnamed(VMFUNC)");
	unknown("TENTRY.0[2]");
	unknown("!VMFUNC");
	unknown("VMFUNC <=> 1");
	unknown("1 && VMFUNC");
	unknown("VMFUNC && 1");
	unknown("0 || VMFUNC");
	unknown("VMFUNC || 0");
	unknown("1 => VMFUNC");
	unknown("VMFUNC => 0");
	unknown("subset(VMFUNC, 1)");
	is("VMFUNC && 0", 0);
	is("0 && VMFUNC", 0);
	is("VMFUNC || 1", 1);
	is("1 || VMFUNC", 1);
	is("0 => VMFUNC", 1);
	is("VMFUNC => 1", 1);
}

static void evidence(void **state)
{
	(void)state;
	terms("BASIC[56] == 1", "BASIC[56]=0 ");
	terms("BASIC[55] && BASIC[56] && MISC[5]", "BASIC[56]=0 ");
	terms("BASIC[55] && MISC[5] && BASIC[55]", "BASIC[55]=1 MISC[5]=1 ");
	terms("BASIC[56] || MISC[5] || VMFUNC", "MISC[5]=1 ");
	terms("BASIC[56] => VMFUNC", "BASIC[56]=0 ");
	terms("BASIC[55] => BASIC[56]", "BASIC[55]=1 BASIC[56]=0 ");
	terms("BASIC[55] && VMFUNC", "VMFUNC=? ");
	terms("VMFUNC && BASIC[55]", "VMFUNC=? ");
	terms("exists(VMFUNC) == P2.1[13]", "exists(VMFUNC)=0 P2.1[13]=1 ");
}

static void parts(void **state)
{
	char *text;

	(void)state;
	text = expr_part("BASIC[55] && (MISC[5] => BASIC[56]) && 1", &cpu, NULL);
	assert_string_equal(text, "MISC[5] => BASIC[56]");
	free(text);
	text = expr_part("1 && ( (BASIC[55]) => (MISC[5] == 0) ) && 1", &cpu, NULL);
	assert_string_equal(text, "(BASIC[55]) => (MISC[5] == 0)");
	free(text);
	text = expr_part(" (BASIC[55]) == 0 && 1", &cpu, NULL);
	assert_string_equal(text, "(BASIC[55]) == 0");
	free(text);
	text = expr_part("BASIC[55] == 0", &cpu, NULL);
	assert_string_equal(text, "BASIC[55] == 0");
	free(text);
	text = expr_why_unknown("BASIC[55] && VMFUNC[0]", &cpu, NULL);
	assert_string_equal(text, "RDMSR of IA32_VMX_VMFUNC faulted");
	free(text);
	text = expr_why_unknown("TENTRY.1", &cpu, NULL);
	assert_string_equal(text, "IA32_VMX_TRUE_ENTRY_CTLS was not recorded");
	free(text);
	text = expr_why_unknown("CPUID.7.0.EAX + CPUID.2.1.EAX", &cpu, NULL);
	assert_string_equal(text, "CPUID leaf 0x2, subleaf 0x1, was not recorded");
	free(text);
}

static void mistakes(void **state)
{
	static const char *const bad[] = {
		"", " ", "(", ")", "()", "1 2", "1 +", "+ 1", "&& 1", "1 &&", "(1", "1)", "FOO",
		"BASIC.1", "BASIC[", "BASIC[]", "BASIC[64]", "BASIC[1:2]", "BASIC[3:2:1]",
		"BASIC[-1]", "BASIC [1]", "P2.1[32]", "P2.2", "P2.", "TP2.1", "CPUID", "CPUID.7",
		"CPUID.7.0", "CPUID.7.0.EAX[32]", "CPUID.7.0.FOO", "CPUID.g.0.EAX", "exists",
		"exists()", "unnamed(1)", "foo(BASIC)", "exists(FOO)",
		"exists(P2.1)", "exists(CPUID.1.0.EAX)", "exists(BASIC",
		"subset(1)", "subset(1,)", "subset(1,2", "0x", "0xg", "1x", "18446744073709551616",
		"1 = 1", "a => b", "0 && FOO", "1 || BASIC[64]", "0 => (", "\xff", "1;", "1,2",
		"BASIC[999999999999]", "1 <> 2", "basic[55]",
	};
	uint64_t value = 1;
	char *part;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (expr_eval(bad[i], &cpu, &value, NULL, NULL) != EXPR_BAD)
			fail_msg("\"%s\" is taken", bad[i]);
		assert_int_equal(value, 0);
		part = expr_part(bad[i], &cpu, NULL);
		assert_string_equal(part, bad[i]);
		free(part);
		free(expr_why_unknown(bad[i], &cpu, NULL));
	}
}

static void deep(void **state)
{
	static const char *const nests[] = { "(", "!", "~", "0=>", "1=>", "subset(", "0<=>(" };
	char *text = malloc(100001);
	uint64_t value;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < ARRAY_SIZE(nests); i++) {
		size_t len = strlen(nests[i]), n = 100000 / len * len;

		for (size_t k = 0; k < n; k++)
			text[k] = nests[i][k % len];
		text[n] = '\0';
		assert_int_equal(expr_eval(text, &cpu, &value, NULL, NULL), EXPR_BAD);
	}
	/* Length alone is no depth. */
	strcpy(text, "1");
	for (size_t k = 0; k < 2000; k++)
		strcpy(text + 1 + 12 * k, " && MISC[29]");
	is(text, 1);
	free(text);
}

static enum expr_status eval_arg(const char *text, const struct expr_arg *arg, uint64_t *value)
{
	return expr_eval_with(text, &cpu, arg ? &arg->names : NULL, value, NULL, NULL);
}

/* "arg" is there only for what is made with one; where its value is not known, what rests on it. */
static void arguments(void **state)
{
	static const struct {
		const char *text;
		uint64_t value;
	} rows[] = {
		{ "arg", 0x1234 }, { "arg + 1", 0x1235 }, { "arg[15:8]", 0x12 }, { "arg[2]", 1 },
		{ "arg == 0x1234 && MISC[29]", 1 }, { "MISC[29] >> arg", 0 },
	};
	const struct expr_arg arg = expr_arg(true, 0x1234), unknown = expr_arg(false, 0x1234);
	uint64_t value;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(eval_arg(rows[i].text, &arg, &value), EXPR_KNOWN);
		assert_int_equal(value, rows[i].value);
		assert_int_equal(eval_arg(rows[i].text, NULL, &value), EXPR_BAD);
		assert_int_equal(expr_eval(rows[i].text, &cpu, &value, NULL, NULL), EXPR_BAD);
	}
	assert_int_equal(eval_arg("arg == 1", &unknown, &value), EXPR_UNKNOWN);
	assert_int_equal(eval_arg("arg == 1 || MISC[29]", &unknown, &value), EXPR_KNOWN);
	assert_int_equal(eval_arg("arg[64]", &arg, &value), EXPR_BAD);
	assert_int_equal(eval_arg("argument", &arg, &value), EXPR_BAD);
	assert_int_equal(eval_arg("exists(arg)", &arg, &value), EXPR_BAD);
}

/* Any text at all: no crash, and a value only if it is known. */
static void noise(void **state)
{
	static const char *const pieces[] = {
		"BASIC", "[5", "5]", "[8:6]", "P2", ".1", "T", "PIN.0", "exists(", "subset(", ",",
		"(", ")", "!", "~", "&&", "||", "=>", "<=>", "<", "<<", "==", "&", "|", "+", "-",
		" ", "0x1f", "7", "VMFUNC", "CPUID.7.0.ECX", "=", ".", ";", "\x80",
	};
	char text[256], seen[512];
	uint64_t value;
	size_t n;

	(void)state;
	srandom(21);
	for (unsigned int round = 0; round < 200000; round++) {
		text[0] = '\0';
		seen[0] = '\0';
		n = random() % 14 + 1;
		while (n--)
			strcat(text, pieces[random() % ARRAY_SIZE(pieces)]);
		if (expr_eval(text, &cpu, &value, note, seen) != EXPR_KNOWN)
			assert_int_equal(value, 0);
		if (!(round % 64))
			free(expr_part(text, &cpu, NULL));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(logic),
		cmocka_unit_test(places),
		cmocka_unit_test(three_values),
		cmocka_unit_test(evidence),
		cmocka_unit_test(parts),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(deep),
		cmocka_unit_test(arguments),
		cmocka_unit_test(noise),
	};

	return cmocka_run_group_tests_name("expr", tests, NULL, NULL);
}
