// SPDX-License-Identifier: GPL-2.0
/*
 * The rows of claims_caps.def: each is held by some CPU and violated by another, made from a real
 * one by flipping bits that the rule looks at. A rule turned round is noticed by both.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "dumps.h"
#include "expr.h"
#include "out.h"
#include "sections.h"
#include "verdict.h"
#include "verdict_probe.h"

static const struct claim caps[] = {
#include "claims_caps.def"
};

/* No claim here is probed. */
int verdict_probes(const struct claim *claim, const struct cpu *cpu, struct verdict *verdict)
{
	(void)cpu;
	(void)verdict;
	fail_msg("%s is probed", claim->id);
	return 0;
}

/* A CPU with every capability MSR and CPUID leaf that a rule can ask for. */
struct machine {
	struct cpu cpu;
	struct host host;
	struct msr msrs[32];
	struct cpuid_leaf leaves[8];
};

static void set_msr(struct machine *m, uint32_t index, uint64_t value)
{
	m->msrs[m->cpu.n_msrs++] = (struct msr){ index, MSR_READ, value };
}

/* Of a server of 2023, rounded up: tertiary and second exit controls, CET, PKS, no FRED. */
static void make(struct machine *m)
{
	static const uint64_t from_480[] = {
		0x01da050000000013, 0x000000ff00000016, 0xfffbfffe0401e172, 0xff7fffff00036dff,
		0x007effff000011ff, 0x000000007004c1e7, 0x80000021, 0xffffffff, 0x2000,
		0x0000000003f77fff, 0x0000000000000052, 0xcfff3fff00000000, 0x00010f0106f341c1,
		0x000000ff00000016, 0xfffbfffe04006172, 0xff7fffff00036dfb, 0x007effff000011fb,
		0x1, 0x0000000000000012, 0x4,
	};
	size_t i;

	memset(m, 0, sizeof(*m));
	m->cpu.msrs = m->msrs;
	m->cpu.leaves = m->leaves;
	set_msr(m, 0x3a, 5);
	for (i = 0; i < ARRAY_SIZE(from_480); i++)
		set_msr(m, 0x480 + i, from_480[i]);
	m->leaves[0] = (struct cpuid_leaf){ 0, 0, 0x20, 0, 0, 0 };
	m->leaves[1] = (struct cpuid_leaf){ 1, 0, 0x806f8, 0, 0x7ffefbff, 0xbfebfbff };
	m->leaves[2] = (struct cpuid_leaf){ 7, 0, 2, 0xf3bfbffb, 0xbb417fee, 0xffdd4430 };
	m->leaves[3] = (struct cpuid_leaf){ 7, 1, 0x1c30, 0, 0, 0 };
	m->leaves[4] = (struct cpuid_leaf){ 0x80000000, 0, 0x80000008, 0, 0, 0 };
	m->leaves[5] = (struct cpuid_leaf){ 0x80000001, 0, 0, 0, 0x121, 0x2c100800 };
	m->cpu.n_leaves = 6;
	m->host = (struct host){ .cpus = &m->cpu, .n_cpus = 1 };
}

static enum verdict_kind judge(const struct claim *claim, const struct machine *m)
{
	struct verdict verdict;
	enum verdict_kind kind;

	assert_int_equal(verdict_judge(claim, &m->host, &m->cpu, &verdict), 0);
	kind = verdict.kind;
	if (kind == VERDICT_VIOLATED) {
		assert_non_null(verdict.expected);
		assert_true(verdict.seen && *verdict.seen);
		assert_non_null(strstr(verdict.reproduce, claim->id));
	}
	verdict_clear(&verdict);
	return kind;
}

/* The machine after change number i: a bit of an MSR or of CPUID flipped, or an MSR that faults. */
static bool change(struct machine *m, size_t i)
{
	size_t n = m->cpu.n_msrs;
	struct cpuid_leaf *leaf;
	uint32_t *regs[4];

	if (i < n) {
		m->msrs[i].state = MSR_FAULTED;
		m->msrs[i].value = 0;
		return true;
	}
	i -= n;
	if (i < n * 64) {
		m->msrs[i / 64].value ^= 1ull << (i % 64);
		return true;
	}
	i -= n * 64;
	if (i >= m->cpu.n_leaves * 128)
		return false;
	leaf = &m->leaves[i / 128];
	regs[0] = &leaf->eax;
	regs[1] = &leaf->ebx;
	regs[2] = &leaf->ecx;
	regs[3] = &leaf->edx;
	*regs[i / 32 % 4] ^= 1u << i % 32;
	return true;
}

static bool reach_from(const struct claim *claim, enum verdict_kind kind,
		       const struct machine *base)
{
	struct machine m;

	for (size_t i = 0;; i++) {
		m = *base;
		m.cpu.msrs = m.msrs;
		m.cpu.leaves = m.leaves;
		m.host.cpus = &m.cpu;
		if (!change(&m, i))
			return false;
		if (judge(claim, &m) == kind)
			return true;
	}
}

/* Is there a machine one change away from the real ones, on which the claim ends so? */
static bool reach(const struct claim *claim, enum verdict_kind kind)
{
	static const struct { uint32_t index; uint64_t flip; } others[] = {
		{ 0x489, 1ull << 23 },			/* no CET */
		{ 0x48b, 1ull << 46 },			/* VMCS shadowing */
		{ 0x48c, 1ull << 8 | 1ull << 7 },	/* one walk, one memory type */
	};
	struct machine m;

	make(&m);
	if (judge(claim, &m) == kind || reach_from(claim, kind, &m))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		make(&m);
		for (size_t k = 0; k < m.cpu.n_msrs; k++)
			if (m.msrs[k].index == others[i].index)
				m.msrs[k].value ^= others[i].flip;
		if (reach_from(claim, kind, &m))
			return true;
	}
	return false;
}

static void rows(void **state)
{
	uint64_t value;
	struct machine m;

	(void)state;
	make(&m);
	for (size_t i = 0; i < ARRAY_SIZE(caps); i++) {
		const struct claim *c = &caps[i];

		assert_true(c->id && c->catalogue && c->section && c->statement && c->holds);
		assert_memory_equal(c->catalogue, "C-", 2);
		assert_int_equal(c->statement[strlen(c->statement) - 1], '.');
		assert_null(c->probes[0].expect);
		for (size_t k = 0; k < i; k++) {
			assert_string_not_equal(c->id, caps[k].id);
			assert_string_not_equal(c->catalogue, caps[k].catalogue);
		}
		if (c->when && expr_eval(c->when, &m.cpu, &value, NULL, NULL) == EXPR_BAD)
			fail_msg("%s: when: %s", c->id, c->when);
		if ((c->kind == CLAIM_CAPS || c->kind == CLAIM_INFO) &&
		    expr_eval(c->holds, &m.cpu, &value, NULL, NULL) == EXPR_BAD)
			fail_msg("%s: holds: %s", c->id, c->holds);
	}
}

static void both_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(caps); i++) {
		if (caps[i].kind != CLAIM_CAPS)
			continue;
		if (!reach(&caps[i], VERDICT_HOLDS))
			fail_msg("%s holds nowhere", caps[i].id);
		if (!reach(&caps[i], VERDICT_VIOLATED))
			fail_msg("%s is violated nowhere", caps[i].id);
		if (caps[i].when && !reach(&caps[i], VERDICT_NOT_APPLICABLE))
			fail_msg("%s applies everywhere", caps[i].id);
	}
}

/* A rule turned round, or a condition, is noticed. */
static void mutants(void **state)
{
	struct machine m;
	unsigned int n = 0;

	(void)state;
	make(&m);
	for (size_t i = 0; i < ARRAY_SIZE(caps); i++) {
		struct claim mutant = caps[i];
		enum verdict_kind kind = judge(&caps[i], &m);
		char *rule;

		if (mutant.kind != CLAIM_CAPS)
			continue;
		rule = out_format("!(%s)", mutant.holds);
		mutant.holds = rule;
		/* All of them hold on it, or do not apply: nothing but a mutant is violated. */
		if (kind != VERDICT_HOLDS && kind != VERDICT_NOT_APPLICABLE)
			fail_msg("%s is %s", caps[i].id, verdict_name(kind));
		if (kind == VERDICT_HOLDS) {
			assert_int_equal(judge(&mutant, &m), VERDICT_VIOLATED);
			n++;
		} else {
			/* Where it does apply, the real CPU next to it holds and the mutant not. */
			assert_true(reach(&mutant, VERDICT_VIOLATED));
			assert_true(reach(&caps[i], VERDICT_HOLDS));
		}
		free(rule);
		if (!mutant.when)
			continue;
		mutant = caps[i];
		rule = out_format("!(%s)", mutant.when);
		mutant.when = rule;
		assert_int_not_equal(judge(&mutant, &m), kind);
		free(rule);
	}
	assert_true(n > 60);
}

static json_t *catalogue(void)
{
	char *path = dumps_path("../claims.json");
	json_t *json = json_load_file(path, 0, NULL);

	if (!json)
		printf("# skipped: the catalogue is not there: %s\n", path);
	free(path);
	return json;
}

static bool has_row(const char *id)
{
	for (size_t i = 0; i < ARRAY_SIZE(caps); i++)
		if (!strcmp(caps[i].catalogue, id))
			return true;
	return false;
}

/* Rows that are not the catalogue's: C-MISC-CR3. */
#define OURS 1

/* Every row of the catalogue is here. */
static void all_there(void **state)
{
	json_t *json = catalogue(), *row;
	size_t i, n = 0;

	(void)state;
	if (!json)
		skip();
	json_array_foreach(json, i, row) {
		const char *id = json_string_value(json_object_get(row, "id"));

		if (strncmp(id, "C-", 2))
			continue;
		n++;
		if (!has_row(id))
			fail_msg("%s has no row", id);
	}
	assert_int_equal(n + OURS, ARRAY_SIZE(caps));
	json_decref(json);
}

/* "P2[5]|VMFUNC[0]" of the catalogue in the words of expr.h. */
static char *condition(const char *text)
{
	static const char *const halves[] = { "PIN", "P1", "P2", "EXIT", "ENTRY" };
	char *out = calloc(1, 4 * strlen(text) + 32), *to = out;
	size_t len, i;

	if (!strncmp(text, "MISC_CR3>=", 10)) {
		sprintf(out, "MISC[24:16] >= %s", text + 10);
		return out;
	}
	while (*text) {
		len = strcspn(text, "[");
		to += sprintf(to, "%.*s", (int)len, text);
		for (i = 0; i < ARRAY_SIZE(halves); i++)
			if (len == strlen(halves[i]) && !memcmp(text, halves[i], len))
				to += sprintf(to, ".1");
		text += len;
		len = strcspn(text, "|");
		to += sprintf(to, "%.*s", (int)len, text);
		text += len;
		if (*text) {
			to += sprintf(to, " | ");
			text++;
		}
	}
	return out;
}

/* VMCS_ENUM has to cover each field of the catalogue, and no higher index than the highest. */
static void enum_covers_fields(void **state)
{
	json_t *json = catalogue(), *row, *machine;
	const struct claim *claim = NULL;
	char *cond, *rule;
	size_t i, k, fields = 0;

	(void)state;
	if (!json)
		skip();
	for (i = 0; i < ARRAY_SIZE(caps); i++)
		if (!strcmp(caps[i].catalogue, "C-ENUM-COVERS-CAPS"))
			claim = &caps[i];
	json_array_foreach(json, i, row) {
		json_int_t index, highest = 0;
		const char *text;

		if (strncmp(json_string_value(json_object_get(row, "id")), "G-FLD-", 6))
			continue;
		fields++;
		text = json_string_value(json_object_get(json_object_get(row, "machine"), "cond"));
		/* The highest of those with the same condition is the one that is written. */
		json_array_foreach(json, k, row) {
			if (strncmp(json_string_value(json_object_get(row, "id")), "G-FLD-", 6))
				continue;
			machine = json_object_get(row, "machine");
			index = json_integer_value(json_object_get(machine, "index"));
			if (!strcmp(json_string_value(json_object_get(machine, "cond")), text) &&
			    index > highest)
				highest = index;
		}
		cond = condition(text);
		rule = out_format("(%s => ENUM[9:1] >= %lld)", cond, (long long)highest);
		if (highest && !strstr(claim->holds, rule))
			fail_msg("not in the rule: %s", rule);
		free(rule);
		free(cond);
	}
	assert_true(fields > 80);
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows),
		cmocka_unit_test(both_ways),
		cmocka_unit_test(mutants),
		cmocka_unit_test(all_there),
		cmocka_unit_test(enum_covers_fields),
	};

	return cmocka_run_group_tests_name("claims_caps", tests, NULL, NULL);
}
