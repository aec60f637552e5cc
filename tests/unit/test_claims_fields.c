// SPDX-License-Identifier: GPL-2.0
/*
 * The rows of claims_fields.def: each holds on a map that keeps it, and is violated by one that
 * breaks it. Which control a field hangs on stands here once more, from the SDM's "Field Encoding
 * in VMCS", so that a condition of fields.def that is wrong is found.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "sections.h"
#include "verdict_fields.h"

static const struct claim fields[] = {
#include "claims_fields.def"
};

enum word { NO_WORD, PIN, P1, EXIT, ENTRY, P2, P3, EXIT2, VMFUNC };

/* A control, or either of two, and the fields there are if it may be 1. */
static const struct rule {
	enum word word;
	unsigned int bit;
	enum word other;
	unsigned int other_bit;
	uint32_t encodings[16];
} rules[] = {
	{ P2, 5, 0, 0, { 0x0000 } },
	{ PIN, 7, 0, 0, { 0x0002, 0x2016 } },
	{ P2, 18, 0, 0, { 0x0004, 0x202a } },
	{ P3, 1, 0, 0, { 0x0006, 0x2040 } },
	{ P3, 4, 0, 0, { 0x0008, 0x2042 } },
	{ P3, 8, 0, 0, { 0x000a, 0x204e, 0x2830 } },
	{ P2, 9, 0, 0, { 0x0810, 0x201c, 0x201e, 0x2020, 0x2022 } },
	{ P2, 17, 0, 0, { 0x0812, 0x200e } },
	{ EXIT, 27, ENTRY, 19, { 0x0814 } },
	{ P1, 28, 0, 0, { 0x2004 } },
	{ P1, 21, 0, 0, { 0x2012, 0x401c } },
	{ P2, 0, 0, 0, { 0x2014 } },
	{ P2, 13, 0, 0, { 0x2018 } },
	{ P2, 1, 0, 0, { 0x201a, 0x2400, 0x280a, 0x280c, 0x280e, 0x2810 } },
	{ VMFUNC, 0, 0, 0, { 0x2024 } },
	{ P2, 14, 0, 0, { 0x2026, 0x2028 } },
	{ P2, 20, 0, 0, { 0x202c } },
	{ P2, 15, 0, 0, { 0x202e } },
	{ P2, 23, 0, 0, { 0x2030 } },
	{ P2, 25, 0, 0, { 0x2032 } },
	{ P1, 17, 0, 0, { 0x2034 } },
	{ P2, 28, 0, 0, { 0x2036 } },
	{ P2, 21, 0, 0, { 0x2038, 0x203a } },
	{ P2, 27, 0, 0, { 0x203e } },
	{ EXIT, 31, 0, 0, { 0x2044 } },
	{ P3, 7, 0, 0, { 0x204a, 0x204c } },
	{ ENTRY, 23, 0, 0, { 0x2052, 0x2404, 0x281a, 0x281c, 0x281e, 0x2820, 0x2822, 0x2824,
	  0x2826, 0x2828 } },
	{ P3, 6, 0, 0, { 0x2402 } },
	{ ENTRY, 14, EXIT, 18, { 0x2804 } },
	{ ENTRY, 15, EXIT, 20, { 0x2806 } },
	{ ENTRY, 13, EXIT, 30, { 0x2808 } },
	{ ENTRY, 16, EXIT, 23, { 0x2812 } },
	{ ENTRY, 18, EXIT, 25, { 0x2814 } },
	{ ENTRY, 21, EXIT, 26, { 0x2816 } },
	{ ENTRY, 22, 0, 0, { 0x2818 } },
	{ ENTRY, 24, 0, 0, { 0x282e } },
	{ EXIT, 19, 0, 0, { 0x2c00 } },
	{ EXIT, 21, 0, 0, { 0x2c02 } },
	{ EXIT, 12, 0, 0, { 0x2c04 } },
	{ EXIT, 29, 0, 0, { 0x2c06 } },
	{ EXIT2, 1, 0, 0, { 0x2c08, 0x2c0a, 0x2c0c, 0x2c0e, 0x2c10, 0x2c12, 0x2c14, 0x2c16 } },
	{ EXIT2, 2, 0, 0, { 0x2c1a } },
	{ P1, 31, 0, 0, { 0x401e } },
	{ P2, 10, 0, 0, { 0x4020, 0x4022 } },
	{ P2, 31, 0, 0, { 0x4024 } },
	{ PIN, 6, 0, 0, { 0x482e } },
	{ ENTRY, 20, 0, 0, { 0x6828, 0x682a, 0x682c } },
	{ EXIT, 28, 0, 0, { 0x6c18, 0x6c1a, 0x6c1c } },
};

static const struct {
	uint32_t index;
	unsigned int shift;
} words[] = {
	[PIN] = { 0x481, 32 }, [P1] = { 0x482, 32 }, [EXIT] = { 0x483, 32 },
	[ENTRY] = { 0x484, 32 }, [P2] = { 0x48b, 32 }, [P3] = { 0x492, 0 },
	[EXIT2] = { 0x493, 0 }, [VMFUNC] = { 0x491, 0 },
};

/* A CPU that may do everything and has every documented field. */
struct machine {
	struct cpu cpu;
	struct host host;
	struct msr msrs[32];
	struct cpuid_leaf leaf;
};

static bool is_64bit(uint32_t encoding)
{
	return encoding >> 13 == 1;
}

static uint64_t mask_of(uint32_t encoding)
{
	switch (encoding >> 13) {
	case 0:
		return 0xffff;
	case 1:
		return encoding & 1 ? 0xffffffff : UINT64_MAX;
	case 2:
		return 0xffffffff;
	default:
		return UINT64_MAX;
	}
}

static void add(struct machine *m, uint32_t encoding)
{
	const struct field_access access = {
		.encoding = encoding, .readable = true, .writable = true,
		.ones = mask_of(encoding),
	};

	assert_int_equal(field_map_add(&m->cpu.fields, &access), 0);
}

static void make(struct machine *m)
{
	struct decode_field field;

	memset(m, 0, sizeof(*m));
	m->cpu.msrs = m->msrs;
	for (uint32_t i = 0x480; i <= 0x493; i++)
		m->msrs[m->cpu.n_msrs++] = (struct msr){ i, MSR_READ, UINT64_MAX };
	m->msrs[5].value = 4 << 16;	/* IA32_VMX_MISC: CR3-target values */
	m->msrs[10].value = 0x29 << 1;	/* IA32_VMX_VMCS_ENUM */
	m->leaf = (struct cpuid_leaf){ .leaf = 1, .ecx = 1 << 5 };
	m->cpu.leaves = &m->leaf;
	m->cpu.n_leaves = 1;
	m->host = (struct host){ .cpus = &m->cpu, .n_cpus = 1 };
	m->cpu.fields.scanned = true;
	for (size_t i = 0; decode_field(i, &field); i++) {
		add(m, field.encoding);
		if (is_64bit(field.encoding))
			add(m, field.encoding + 1);
	}
}

static void unmake(struct machine *m)
{
	field_map_clear(&m->cpu.fields);
}

static struct field_access *find(struct machine *m, uint32_t encoding)
{
	return (struct field_access *)field_map_find(&m->cpu.fields, encoding);
}

static void drop(struct machine *m, uint32_t encoding)
{
	struct field_access *access = find(m, encoding);
	struct field_map *map = &m->cpu.fields;

	assert_non_null(access);
	memmove(access, access + 1, (map->list + map->n - access - 1) * sizeof(*access));
	map->n--;
}

static void forbid(struct machine *m, enum word word, unsigned int bit)
{
	if (word)
		m->msrs[words[word].index - 0x480].value &= ~(1ull << (words[word].shift + bit));
}

static enum verdict_kind judge(const struct claim *claim, const struct machine *m)
{
	struct verdict verdict;
	enum verdict_kind kind;

	assert_int_equal(verdict_judge(claim, &m->host, &m->cpu, &verdict), 0);
	kind = verdict.kind;
	if (kind == VERDICT_VIOLATED || kind == VERDICT_HOLDS) {
		assert_true(verdict.probes);
		assert_true(verdict.expected && *verdict.expected);
	}
	if (kind == VERDICT_VIOLATED) {
		assert_true(verdict.broken && verdict.seen && *verdict.seen);
		assert_memory_equal(verdict.reproduce, "vmxprobe fields --cpu 0", 23);
	}
	verdict_clear(&verdict);
	return kind;
}

static const struct claim *claim_of(const char *catalogue)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (!strcmp(fields[i].catalogue, catalogue))
			return &fields[i];
	fail_msg("there is no %s", catalogue);
	return NULL;
}

static const struct claim *exists(uint32_t encoding)
{
	char catalogue[16];

	snprintf(catalogue, sizeof(catalogue), "G-FLD-%04X", encoding);
	return claim_of(catalogue);
}

static void rows(void **state)
{
	struct machine m;
	size_t judged = 0;

	(void)state;
	make(&m);
	assert_int_equal(ARRAY_SIZE(fields), 113);
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		const struct claim *c = &fields[i];

		assert_true(c->id && c->catalogue && c->section && c->statement && c->holds);
		assert_memory_equal(c->catalogue, "G-", 2);
		assert_int_equal(c->statement[strlen(c->statement) - 1], '.');
		for (size_t k = 0; k < i; k++) {
			assert_string_not_equal(c->id, fields[k].id);
			assert_string_not_equal(c->catalogue, fields[k].catalogue);
		}
		if (c->kind != CLAIM_NOT_HERE && judge(c, &m) != VERDICT_HOLDS)
			fail_msg("%s does not hold", c->id);
		judged += c->kind == CLAIM_FIELDS;
	}
	assert_int_equal(judged, 111);
	unmake(&m);
}

/* One claim on the four CPUs made of a rule: what a true row says, and nothing else. */
static bool keeps(const struct claim *claim, const struct rule *rule, uint32_t encoding)
{
	struct machine m;
	bool right;

	make(&m);
	right = judge(claim, &m) == VERDICT_HOLDS;
	/* One of two is enough. */
	if (rule->other) {
		forbid(&m, rule->other, rule->other_bit);
		right &= judge(claim, &m) == VERDICT_HOLDS;
		unmake(&m);
		make(&m);
	}
	forbid(&m, rule->word, rule->bit);
	right &= judge(claim, &m) == (rule->other ? VERDICT_HOLDS : VERDICT_VIOLATED);
	forbid(&m, rule->other, rule->other_bit);
	right &= judge(claim, &m) == VERDICT_VIOLATED;
	drop(&m, encoding);
	right &= judge(claim, &m) == VERDICT_HOLDS;
	unmake(&m);
	make(&m);
	drop(&m, encoding);
	right &= judge(claim, &m) == VERDICT_VIOLATED;
	unmake(&m);
	return right;
}

static void conditions(void **state)
{
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		for (size_t k = 0; k < 16 && (!k || rules[i].encodings[k]); k++, n++) {
			const uint32_t encoding = rules[i].encodings[k];

			if (!keeps(exists(encoding), &rules[i], encoding))
				fail_msg("0x%04x: %s", encoding, exists(encoding)->holds);
		}
	}
	/* The others are those of the CR3-target values. */
	for (unsigned int target = 0; target < 4; target++, n++) {
		const uint32_t encoding = 0x6008 + 2 * target;
		struct machine m;

		make(&m);
		m.msrs[5].value = target << 16;
		assert_int_equal(judge(exists(encoding), &m), VERDICT_VIOLATED);
		drop(&m, encoding);
		assert_int_equal(judge(exists(encoding), &m), VERDICT_HOLDS);
		m.msrs[5].value = (target + 1) << 16;
		assert_int_equal(judge(exists(encoding), &m), VERDICT_VIOLATED);
		unmake(&m);
	}
	assert_int_equal(n, 93);
}

/* The row with one thing turned: a bit's number, "or", the direction. */
static bool mutate(const char *holds, size_t i, char *text, size_t size)
{
	const char *at = strstr(holds, "<=> ") + 4;

	if (!i) {
		snprintf(text, size, "%.*s!%s", (int)(at - holds), holds, at);
		return true;
	}
	for (; *at; at++) {
		if (*at == '[' && !--i) {
			unsigned long bit = strtoul(at + 1, NULL, 10);

			snprintf(text, size, "%.*s[%lu%s", (int)(at - holds), holds,
				 bit ? bit - 1 : bit + 1, strchr(at, ']'));
			return true;
		}
		if (!strncmp(at, "||", 2) && !--i) {
			snprintf(text, size, "%.*s&&%s", (int)(at - holds), holds, at + 2);
			return true;
		}
	}
	return false;
}

static void mutants(void **state)
{
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		const uint32_t encoding = rules[i].encodings[0];
		struct claim mutant = *exists(encoding);
		const char *holds = mutant.holds;
		char text[160];

		mutant.holds = text;
		for (size_t k = 0; mutate(holds, k, text, sizeof(text)); k++, n++)
			if (keeps(&mutant, &rules[i], encoding))
				fail_msg("nobody notices %s", text);
	}
	assert_true(n > 90);
}

static void always(void **state)
{
	struct decode_field field;

	(void)state;
	for (size_t i = 0; decode_field(i, &field); i++) {
		size_t broken = 0;
		struct machine m;

		if (field.condition)
			continue;
		make(&m);
		drop(&m, field.encoding);
		for (size_t c = 0; c < ARRAY_SIZE(fields); c++)
			if (!strncmp(fields[c].catalogue, "G-ALW-", 6))
				broken += judge(&fields[c], &m) == VERDICT_VIOLATED;
		if (broken != 1)
			fail_msg("%s is in %zu claims", field.token, broken);
		unmake(&m);
	}
}

/* What the claims over the whole map say of one that was changed in one place. */
static void whole_map(void **state)
{
	static const struct {
		const char *catalogue;
		uint32_t add, drop, ones_of;
		uint64_t ones;
		enum verdict_kind kind;
	} cases[] = {
		{ "G-ENUM-SCAN", 0x206a, 0, 0, 0, VERDICT_VIOLATED },
		{ "G-ENUM-SCAN", 0, 0x2000, 0, 0, VERDICT_HOLDS },
		{ "G-UNDOC-SCAN", 0x482c, 0, 0, 0, VERDICT_VIOLATED },
		{ "G-UNDOC-SCAN", 0x0001, 0, 0, 0, VERDICT_VIOLATED },
		{ "G-UNDOC-SCAN", 0, 0x2001, 0, 0, VERDICT_HOLDS },
		{ "G-HIGH-PAIR", 0x482c, 0, 0, 0, VERDICT_HOLDS },
		{ "G-HIGH-PAIR", 0x4001, 0, 0, 0, VERDICT_VIOLATED },
		{ "G-HIGH-PAIR", 0, 0x2001, 0, 0, VERDICT_VIOLATED },
		{ "G-HIGH-PAIR", 0, 0x2000, 0, 0, VERDICT_VIOLATED },
		{ "G-AR-DROP", 0, 0, 0x4818, 0x1f0ff, VERDICT_VIOLATED },
		{ "G-AR-DROP", 0, 0, 0x4818, 0, VERDICT_VIOLATED },
		{ "G-AR-DROP", 0, 0, 0x4824, 0, VERDICT_HOLDS },
		{ "G-RW-ROUNDTRIP", 0, 0, 0x4824, 0x1f, VERDICT_VIOLATED },
		{ "G-RW-ROUNDTRIP", 0, 0, 0x0800, 0xffffffff, VERDICT_VIOLATED },
		{ "G-RW-ROUNDTRIP", 0, 0, 0x2001, UINT64_MAX, VERDICT_VIOLATED },
		{ "G-RW-ROUNDTRIP", 0, 0, 0x4400, 0, VERDICT_HOLDS },
		{ "G-RW-ROUNDTRIP", 0, 0, 0x4818, 0, VERDICT_HOLDS },
		{ "G-COND-CONSIST", 0, 0x200e, 0, 0, VERDICT_VIOLATED },
		{ "G-COND-CONSIST", 0, 0x0800, 0, 0, VERDICT_HOLDS },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct machine m;

		make(&m);
		if (cases[i].drop)
			drop(&m, cases[i].drop);
		if (cases[i].ones_of)
			find(&m, cases[i].ones_of)->ones = cases[i].ones;
		if (cases[i].add) {
			struct field_access *last;
			size_t k = m.cpu.fields.n;

			add(&m, cases[i].add);
			last = &m.cpu.fields.list[k];
			/* Where it belongs. */
			for (; k && last[-1].encoding > last->encoding; k--, last--) {
				const struct field_access swap = *last;

				*last = last[-1];
				last[-1] = swap;
			}
		}
		if (judge(claim_of(cases[i].catalogue), &m) != cases[i].kind)
			fail_msg("case %zu, %s", i, cases[i].catalogue);
		unmake(&m);
	}
}

/* All access rights may drop their reserved bits. */
static void rights_may_drop(void **state)
{
	struct machine m;

	(void)state;
	make(&m);
	for (uint32_t encoding = 0x4814; encoding <= 0x4822; encoding += 2)
		find(&m, encoding)->ones = 0x1f0ff;
	assert_int_equal(judge(claim_of("G-AR-DROP"), &m), VERDICT_HOLDS);
	for (uint32_t encoding = 0x4814; encoding <= 0x4822; encoding += 2)
		find(&m, encoding)->ones = 0xf0ff;
	assert_int_equal(judge(claim_of("G-AR-DROP"), &m), VERDICT_VIOLATED);
	unmake(&m);
}

/* Another error than 12 is neither there nor not there. */
static void other_errors(void **state)
{
	const struct claim *claim = exists(0x200e);
	struct field_access *access;
	struct machine m;

	(void)state;
	make(&m);
	access = find(&m, 0x200e);
	access->readable = access->writable = false;
	access->read = (struct outcome){ .kind = OUTCOME_FAIL_VALID, .insn = INSN_VMREAD,
					 .field = 0x200e, .error = 12 };
	assert_int_equal(judge(claim, &m), VERDICT_VIOLATED);
	forbid(&m, P2, 17);
	assert_int_equal(judge(claim, &m), VERDICT_HOLDS);
	access->read.error = 13;
	assert_int_equal(judge(claim, &m), VERDICT_VIOLATED);
	access->read = (struct outcome){ .kind = OUTCOME_FAULT, .insn = INSN_VMREAD, .vector = 6,
					 .field = 0x200e };
	assert_int_equal(judge(claim, &m), VERDICT_VIOLATED);
	unmake(&m);
}

static void not_known(void **state)
{
	struct machine m;

	(void)state;
	make(&m);
	m.msrs[11].state = MSR_FAULTED;
	assert_int_equal(judge(exists(0x200e), &m), VERDICT_NOT_TESTED);
	assert_int_equal(judge(exists(0x2004), &m), VERDICT_HOLDS);
	assert_int_equal(judge(claim_of("G-COND-CONSIST"), &m), VERDICT_NOT_TESTED);
	m.msrs[10].state = MSR_FAULTED;
	assert_int_equal(judge(claim_of("G-ENUM-SCAN"), &m), VERDICT_NOT_TESTED);
	unmake(&m);
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		assert_int_equal(judge(&fields[i], &m), VERDICT_NOT_TESTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows),
		cmocka_unit_test(conditions),
		cmocka_unit_test(mutants),
		cmocka_unit_test(always),
		cmocka_unit_test(whole_map),
		cmocka_unit_test(rights_may_drop),
		cmocka_unit_test(other_errors),
		cmocka_unit_test(not_known),
	};

	return cmocka_run_group_tests_name("claims_fields", tests, NULL, NULL);
}
