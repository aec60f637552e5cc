// SPDX-License-Identifier: GPL-2.0
/*
 * Group C over the capability MSRs of real CPUs. silicon_dumps.def holds how often each claim
 * came out how; a CPU is counted once for each kind of core it has.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dumps.h"
#include "sections.h"
#include "verdict.h"
#include "verdict_probe.h"

static const struct claim caps[] = {
#include "claims_caps.def"
};

struct counts {
	unsigned int holds, violated, not_applicable, not_tested, info;
};

static const struct {
	const char *id;
	struct counts counts;
} wanted[] = {
#define DUMPS(id, ...) { id, { __VA_ARGS__ } },
#include "silicon_dumps.def"
#undef DUMPS
};

static json_t *dumps;

/* No claim here is probed. */
int verdict_probes(const struct claim *claim, const struct cpu *cpu, struct verdict *verdict)
{
	(void)cpu;
	(void)verdict;
	fail_msg("%s is probed", claim->id);
	return 0;
}

static int load(void **state)
{
	(void)state;
	dumps = dumps_load();
	return 0;
}

static int unload(void **state)
{
	(void)state;
	json_decref(dumps);
	return 0;
}

static void count(struct counts *counts, enum verdict_kind kind)
{
	unsigned int *const by_kind[] = {
		[VERDICT_HOLDS] = &counts->holds,
		[VERDICT_VIOLATED] = &counts->violated,
		[VERDICT_NOT_APPLICABLE] = &counts->not_applicable,
		[VERDICT_NOT_TESTED] = &counts->not_tested,
		[VERDICT_INFO] = &counts->info,
	};

	++*by_kind[kind];
}

/* What every verdict has to say for itself. */
static void check(const struct verdict *v)
{
	switch (v->kind) {
	case VERDICT_VIOLATED:
		assert_non_null(v->expected);
		assert_non_null(v->seen);
		assert_non_null(v->reproduce);
		assert_true(*v->seen && v->broken == 1);
		break;
	case VERDICT_HOLDS:
		assert_non_null(v->expected);
		assert_non_null(v->seen);
		assert_true(v->probes == 1 && !v->broken);
		break;
	case VERDICT_INFO:
		assert_non_null(v->seen);
		break;
	default:
		assert_non_null(v->reason);
		assert_true(*v->reason);
		break;
	}
}

static bool seen_before(const struct host *host, size_t cpu)
{
	for (size_t i = 0; i < cpu; i++)
		if (cpu_same_profile(&host->cpus[i], &host->cpus[cpu]))
			return true;
	return false;
}

/* Each verdict over all dumps: each(host, cpu, verdict, arg). */
static void each_verdict(const struct claim *claim,
			 void (*each)(const struct host *host, const struct cpu *cpu,
				      const struct verdict *verdict, void *arg), void *arg)
{
	struct verdict verdict;
	struct host *host;

	for (size_t d = 0; d < json_array_size(dumps); d++) {
		host = dumps_host(json_array_get(dumps, d));
		for (size_t i = 0; i < host->n_cpus; i++) {
			if (seen_before(host, i))
				continue;
			assert_int_equal(verdict_judge(claim, host, &host->cpus[i], &verdict), 0);
			check(&verdict);
			each(host, &host->cpus[i], &verdict, arg);
			verdict_clear(&verdict);
		}
		host_free(host);
	}
}

static const struct claim *find(const char *id)
{
	for (size_t i = 0; i < ARRAY_SIZE(caps); i++)
		if (!strcmp(caps[i].id, id))
			return &caps[i];
	fail_msg("no claim %s", id);
	return NULL;
}

static void add(const struct host *host, const struct cpu *cpu, const struct verdict *verdict,
		void *arg)
{
	(void)host;
	(void)cpu;
	count(arg, verdict->kind);
	if (getenv("VERBOSE") && verdict->kind == VERDICT_VIOLATED)
		printf("# %s: %s CPU %u: expected %s, seen %s\n", verdict->claim->id,
		       host->hostname, cpu->id, verdict->expected, verdict->seen);
}

static void table(void **state)
{
	unsigned int differ = 0;

	(void)state;
	if (!dumps)
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(caps); i++) {
		struct counts c = { 0 };

		each_verdict(&caps[i], add, &c);
		if (i < ARRAY_SIZE(wanted) && !strcmp(wanted[i].id, caps[i].id) &&
		    !memcmp(&wanted[i].counts, &c, sizeof(c)))
			continue;
		differ++;
		printf("DUMPS(\"%s\", %u, %u, %u, %u, %u)\n", caps[i].id, c.holds, c.violated,
		       c.not_applicable, c.not_tested, c.info);
	}
	assert_int_equal(differ, 0);
	assert_int_equal(ARRAY_SIZE(wanted), ARRAY_SIZE(caps));
}

struct expectation {
	const char *seen;	/* what a violation shows; NULL: none may be violated */
	unsigned int n;
};

static void expect(const struct host *host, const struct cpu *cpu, const struct verdict *verdict,
		   void *arg)
{
	struct expectation *expectation = arg;

	if (verdict->kind != VERDICT_VIOLATED)
		return;
	if (!expectation->seen || !strstr(verdict->seen, expectation->seen))
		fail_msg("%s: CPU %u: %s", host->hostname, cpu->id, verdict->seen);
	expectation->n++;
}

static unsigned int violations(const char *id, const char *seen)
{
	struct expectation expectation = { seen, 0 };

	each_verdict(find(id), expect, &expectation);
	return expectation.n;
}

/* CET and IA32_VMX_BASIC[56] come together on every CPU of the dumps. */
static void seed(void **state)
{
	struct counts with = { 0 }, without = { 0 };

	(void)state;
	if (!dumps)
		skip();
	each_verdict(find("cp.cet-implies-any-errcode"), add, &with);
	each_verdict(find("cp.any-errcode-implies-cet"), add, &without);
	assert_true(with.holds && without.holds);
	assert_int_equal(with.violated + without.violated, 0);
	assert_int_equal(with.not_tested + without.not_tested, 0);
	assert_int_equal(with.holds, without.not_applicable);
	assert_int_equal(without.holds, with.not_applicable);
}

static void contradictions(void **state)
{
	(void)state;
	if (!dumps)
		skip();
	assert_true(violations("caps.basic.reserved-57", "BASIC[57] = 1") > 0);
	assert_true(violations("caps.misc.reserved", "MISC[13:9] = 1") > 0);
	assert_true(violations("caps.enum.covers-controls", "ENUM[9:1] = ") > 0);
	assert_true(violations("caps.same-on-all-cpus",
			       "PROCBASED_CTLS2 = 0x35d6fff00000000 on CPU") > 0);
	assert_non_null(find("caps.basic.reserved-57")->note);
	assert_non_null(find("caps.misc.reserved")->note);
	assert_non_null(find("caps.enum.covers-controls")->note);
	assert_non_null(find("caps.same-on-all-cpus")->note);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),
		cmocka_unit_test(seed),
		cmocka_unit_test(contradictions),
	};

	return cmocka_run_group_tests_name("silicon_dumps", tests, load, unload);
}
