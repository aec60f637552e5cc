// SPDX-License-Identifier: GPL-2.0
/* Probes that many claims want are asked for once. */
#include "unit.h"

#include <stdlib.h>

#include "claim.h"
#include "plan.h"

#define FIELD 0x4016

static struct group sweep(uint64_t *values, size_t n)
{
	return (struct group){ .depth = DEPTH_CONTROLS, .sweep_field = FIELD, .values = values,
			       .n_values = n };
}

static void clear(struct run_job *job)
{
	for (size_t e = 0; e < job->n_ev; e++)
		evidence_clear(&job->ev[e]);
	free(job->ev);
}

static void equal_bases_are_one_group_of_ascending_values(void **state)
{
	uint64_t a[] = { 5, 3, 9 }, b[] = { 3, 4, 9 };
	struct group first = sweep(a, 3), second = sweep(b, 3), single = { .depth = DEPTH_STATE };
	struct cpu cpu = { .id = 0 };
	struct run_job job = { .cpu = &cpu };
	static const uint64_t wanted[] = { 3, 4, 5, 9 };

	(void)state;
	assert_int_equal(plan_add(&job, &first), 0);
	assert_int_equal(plan_add(&job, &single), 0);
	assert_int_equal(plan_add(&job, &second), 0);
	assert_int_equal(plan_add(&job, &single), 0);
	assert_int_equal(plan_finish(&job, false), 0);
	assert_int_equal(job.n_ev, 2);
	assert_int_equal(job.ev[0].group.n_values, 4);
	assert_memory_equal(job.ev[0].group.values, wanted, sizeof(wanted));
	assert_int_equal(job.ev[1].group.depth, DEPTH_STATE);
	clear(&job);
}

static void groups_fit_a_request(void **state)
{
	size_t n = 2 * CLAIM_GROUP_PROBES + 5, total = 0;
	uint64_t *values = calloc(n, sizeof(*values));
	struct group group = sweep(values, n);
	struct cpu cpu = { .id = 0 };
	struct run_job job = { .cpu = &cpu };

	(void)state;
	for (size_t i = 0; i < n; i++)
		values[i] = i;
	assert_int_equal(plan_add(&job, &group), 0);
	assert_int_equal(plan_finish(&job, false), 0);
	assert_int_equal(job.n_ev, 3);
	for (size_t e = 0; e < job.n_ev; e++) {
		assert_in_range(job.ev[e].group.n_values, 1, CLAIM_GROUP_PROBES);
		total += job.ev[e].group.n_values;
	}
	for (size_t i = 0; i < n; i++) {
		size_t in = 0;

		for (size_t e = 0; e < job.n_ev; e++)
			in += group_find(&job.ev[e].group, i) < job.ev[e].group.n_values;
		assert_int_equal(in, 1);
	}
	assert_int_equal(total, n);
	clear(&job);
	free(values);
}

static void what_is_known_is_not_asked_again(void **state)
{
	uint64_t known[] = { 1, 2 }, asked[] = { 2, 3 };
	struct evidence evidence[2] = { { .group = sweep(known, 2) },
					{ .group = { .depth = DEPTH_STATE } } };
	struct cpu cpu = { .evidence = evidence, .n_evidence = 2 };
	struct run_job job = { .cpu = &cpu };
	struct group group = sweep(asked, 2), single = { .depth = DEPTH_STATE };
	struct group all = sweep(known, 1);

	(void)state;
	assert_int_equal(plan_add(&job, &single), 0);
	assert_int_equal(plan_add(&job, &group), 0);
	all.depth = DEPTH_STATE;
	assert_int_equal(plan_add(&job, &all), 0);
	assert_int_equal(plan_finish(&job, true), 0);
	assert_int_equal(job.n_ev, 2);
	assert_int_equal(job.ev[0].group.n_values, 1);
	assert_int_equal(job.ev[0].group.values[0], 3);
	assert_int_equal(job.ev[1].group.values[0], 1);
	clear(&job);
	free(evidence[0].group.order);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_bases_are_one_group_of_ascending_values),
		cmocka_unit_test(groups_fit_a_request),
		cmocka_unit_test(what_is_known_is_not_asked_again),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
