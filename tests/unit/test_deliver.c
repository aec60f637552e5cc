// SPDX-License-Identifier: GPL-2.0
/* The delivery matrix on CPUs made of rules (silicon.c), with and without an oddity. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "deliver_view.h"
#include "exit.h"
#include "out.h"
#include "silicon.h"

#define CPU .readiness = READINESS_READY, .unrestricted = true, .timer = 1, .any_code = true

/* A source, its run and the sets of equal CPUs. */
static struct {
	struct source src;
	struct run run;
	struct cpu_list cpus;
	struct deliver_set *sets;
	size_t n;
	int result;
} t;

static void run_deliver(const struct silicon *silicon, size_t n,
			const struct deliver_modes *modes)
{
	const struct probe_options opt = { .check_host = true };

	memset(&t, 0, sizeof(t));
	silicon_open(&t.src, silicon, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(cpu_list_add(&t.cpus, i), 0);
	t.result = deliver_run(&t.run, &t.src, &t.cpus, modes, &opt);
	assert_int_equal(deliver_group_all(&t.run, modes, &t.sets, &t.n), 0);
}

static int close_deliver(void **state)
{
	(void)state;
	deliver_free_sets(t.sets, t.n);
	run_clear(&t.run);
	cpu_list_clear(&t.cpus);
	t.src.ops->close(&t.src);
	return 0;
}

static void assert_row(const struct deliver_mode *mode, unsigned int type, enum delivered kind,
		       const char *without, const char *with)
{
	char *text = matrix_ranges(mode->cell[type][0], kind);

	assert_string_equal(text, without);
	free(text);
	text = matrix_ranges(mode->cell[type][1], kind);
	assert_string_equal(text, with);
	free(text);
}

/* What stands for the CPU's odd vector, 14, in 64-bit mode. */
static void assert_odd(enum delivered without, enum delivered with)
{
	const struct deliver_mode *mode = &t.sets[0].deliver->modes[2];

	assert_int_equal(mode->guest, GUEST_LONG);
	assert_int_equal(mode->cell[3][0][14], without);
	assert_int_equal(mode->cell[3][1][14], with);
	assert_int_equal(mode->cell[3][0][13], DELIVERED_PLAIN);
	assert_int_equal(mode->cell[3][1][13], DELIVERED_CODE);
}

static void assert_sentence(const char *sentence)
{
	json_t *json = deliver_json(&t.sets[0]), *modes = json_object_get(json, "modes");
	json_t *findings = json_object_get(json_array_get(modes, 2), "findings"), *one;
	bool found = false;
	size_t i;

	json_array_foreach(findings, i, one)
		found |= !strcmp(json_string_value(json_object_get(one, "sentence")), sentence);
	if (!found)
		fail_msg("not found: %s", sentence);
	json_decref(json);
}

static void everything_is_delivered(void **state)
{
	static const struct silicon silicon[] = { { CPU }, { CPU } };

	(void)state;
	run_deliver(silicon, 2, &deliver_all);
	assert_int_equal(t.result, 0);
	assert_int_equal(t.n, 1);
	assert_int_equal(t.sets[0].deliver->n_modes, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct deliver_mode *mode = &t.sets[0].deliver->modes[i];

		assert_int_equal(mode->answered, 4096);
		assert_row(mode, 0, DELIVERED_PLAIN, "0-255", "none");
		assert_row(mode, 0, DELIVERED_REFUSED, "none", "0-255");
		assert_row(mode, 1, DELIVERED_REFUSED, "0-255", "0-255");
		assert_row(mode, 2, DELIVERED_PLAIN, "2", "none");
		assert_row(mode, 3, DELIVERED_PLAIN, "0-31", "none");
		assert_row(mode, 3, DELIVERED_CODE, "none", i ? "0-31" : "none");
		assert_row(mode, 4, DELIVERED_PLAIN, "0-255", "none");
		assert_row(mode, 6, DELIVERED_PLAIN, "0-255", "none");
		assert_row(mode, 7, DELIVERED_MTF, "0", "none");
	}
	assert_true(deliver_complete(t.sets[0].deliver));
	assert_int_equal(deliver_findings(t.sets[0].deliver), 0);
	assert_int_equal(run_answered(&t.run), 2 * 3 * 4096);
	assert_int_equal(deliver_exit(&t.run, t.sets, t.n), EXIT_OK);
}

static void oddities_are_told_apart(void **state)
{
	static const struct {
		enum oddity oddity;
		enum delivered without, with;
		const char *sentence;
	} rows[] = {
		{ ODD_DROPS_CODE, DELIVERED_PLAIN, DELIVERED_DROPPED,
		  "hardware exception with error code, vector 14: delivered, but the error code "
		  "that was asked for was not pushed." },
		{ ODD_ADDS_CODE, DELIVERED_ADDED, DELIVERED_CODE,
		  "hardware exception without error code, vector 14: delivered, but an error code "
		  "was pushed that was not asked for (0x0)." },
		{ ODD_ALTERS_CODE, DELIVERED_PLAIN, DELIVERED_ALTERED,
		  "hardware exception with error code, vector 14: delivered, but another error "
		  "code was pushed than the one asked for (0x5a5b)." },
		{ ODD_NEXT_HANDLER, DELIVERED_ELSEWHERE, DELIVERED_ELSEWHERE,
		  "hardware exception without error code, vector 14: delivered to another "
		  "vector's handler (the handler of vector 15)." },
		{ ODD_LOSES, DELIVERED_LOST, DELIVERED_LOST,
		  "hardware exception with error code, vector 14: accepted, but no handler ran." },
		{ ODD_FRAME, DELIVERED_FRAME, DELIVERED_FRAME,
		  "hardware exception without error code, vector 14: delivered, but the stack is "
		  "not as an event leaves it (32 bytes)." },
		{ ODD_FAULTS, DELIVERED_FAULT, DELIVERED_FAULT,
		  "hardware exception without error code, vector 14: accepted, but an exception "
		  "came instead (#GP (13))." },
		{ ODD_SHUTS_DOWN, DELIVERED_EXIT, DELIVERED_EXIT,
		  "hardware exception without error code, vector 14: accepted, but another VM "
		  "exit came instead (exit reason 2, Triple fault)." },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct silicon silicon[] = {
			{ CPU, .odd_vector = 14, .oddity = rows[i].oddity },
		};

		run_deliver(silicon, 1, &deliver_all);
		assert_odd(rows[i].without, rows[i].with);
		assert_sentence(rows[i].sentence);
		assert_int_equal(deliver_exit(&t.run, t.sets, t.n), EXIT_DIFFERENCE);
		close_deliver(NULL);
	}
}

static void event_of_the_host_says_nothing(void **state)
{
	static const struct silicon silicon[] = {
		{ CPU, .odd_vector = 14, .oddity = ODD_HOST_NMI },
	};

	(void)state;
	run_deliver(silicon, 1, &deliver_all);
	assert_odd(DELIVERED_UNEXPECTED, DELIVERED_UNEXPECTED);
	assert_int_equal(deliver_findings(t.sets[0].deliver), 0);
	assert_int_equal(deliver_exit(&t.run, t.sets, t.n), EXIT_INCOMPLETE);
}

static void ranges_of_one_kind_are_one_sentence(void **state)
{
	static const struct silicon silicon[] = { { CPU } };
	struct deliver_mode *mode;

	(void)state;
	run_deliver(silicon, 1, &deliver_all);
	mode = &t.sets[0].deliver->modes[2];
	for (unsigned int v = 32; v < 64; v++) {
		mode->cell[4][0][v] = DELIVERED_ELSEWHERE;
		mode->detail[4][0][v] = v - 32;
	}
	assert_sentence("software interrupt without error code, vectors 32-63: delivered to "
			"another vector's handler (vector 32: the handler of #DE (0)).");
	memcpy(mode->cell[6], mode->cell[4], sizeof(mode->cell[6]));
	memcpy(mode->detail[6], mode->detail[4], sizeof(mode->detail[6]));
	assert_sentence("software interrupt, software exception without error code, vectors 32-63: "
			"delivered to another vector's handler (vector 32: the handler of #DE "
			"(0)).");
}

static void events_without_a_meaning_are_not_entered(void **state)
{
	static const struct silicon silicon[] = { { CPU, .other = true } };
	const struct deliver_mode *mode;

	(void)state;
	run_deliver(silicon, 1, &deliver_all);
	assert_int_equal(t.run.jobs[0].n_ev, 6);
	for (size_t i = 0; i < 6; i++) {
		const struct group *group = &t.run.jobs[0].ev[i].group;

		assert_int_equal(group->depth, i % 2 ? DEPTH_CONTROLS : DEPTH_ENTER);
		for (size_t k = 0; k < group->n_values; k++) {
			uint32_t type = group->values[k] >> 8 & 7;

			if (type == 1 || (type == 7 && group->values[k] != 0x80000700))
				assert_int_equal(group->depth, DEPTH_CONTROLS);
			else
				assert_int_equal(group->depth, DEPTH_ENTER);
		}
	}
	mode = &t.sets[0].deliver->modes[2];
	assert_row(mode, 7, DELIVERED_MTF, "0", "none");
	assert_row(mode, 7, DELIVERED_WITHHELD, "1-255", "0-255");
	assert_int_equal(mode->answered, 4096);
	assert_int_equal(deliver_exit(&t.run, t.sets, t.n), EXIT_OK);
}

static void modes_that_cannot_be_entered_are_no_gap(void **state)
{
	static const struct silicon silicon[] = {
		{ .readiness = READINESS_READY, .timer = 1 },
	};
	static const struct deliver_modes real = { .list = { GUEST_REAL }, .n = 1 };

	(void)state;
	run_deliver(silicon, 1, &deliver_all);
	assert_int_equal(t.run.jobs[0].n_ev, 4);
	assert_ptr_equal(t.sets[0].deliver->modes[0].lacks, deliver_no_real);
	assert_row(&t.sets[0].deliver->modes[1], 3, DELIVERED_CODE, "none", "8,10-14,17");
	assert_int_equal(deliver_exit(&t.run, t.sets, t.n), EXIT_OK);
	close_deliver(NULL);

	run_deliver(silicon, 1, &real);
	assert_int_equal(t.run.jobs[0].n_ev, 0);
	assert_int_equal(deliver_exit(&t.run, t.sets, t.n), EXIT_INCOMPLETE);
}

static void no_guest_without_a_timer(void **state)
{
	static const struct silicon silicon[] = {
		{ .readiness = READINESS_READY, .unrestricted = true, .timer = -1 },
	};

	(void)state;
	run_deliver(silicon, 1, &deliver_all);
	assert_int_equal(t.run.jobs[0].n_ev, 0);
	for (size_t i = 0; i < 3; i++)
		assert_ptr_equal(t.sets[0].deliver->modes[i].lacks, deliver_no_guest);
	assert_false(deliver_complete(t.sets[0].deliver));
	assert_int_equal(deliver_exit(&t.run, t.sets, t.n), EXIT_INCOMPLETE);
}

static void cpus_that_differ_are_not_folded(void **state)
{
	static const struct silicon silicon[] = {
		{ CPU }, { CPU, .odd_vector = 21, .oddity = ODD_DROPS_CODE }, { CPU },
		{ .readiness = READINESS_IN_USE, .timer = 1 }, { .readiness = READINESS_OFFLINE },
	};

	(void)state;
	run_deliver(silicon, 5, &deliver_all);
	assert_int_equal(t.n, 4);
	assert_int_equal(t.sets[0].cpus.n, 2);
	assert_int_equal(t.sets[2].deliver->modes[0].why.readiness, READINESS_IN_USE);
	assert_int_equal(t.sets[3].deliver->modes[0].why.readiness, READINESS_OFFLINE);
	assert_true(deliver_differ(t.sets, t.n));
	assert_int_equal(deliver_exit(&t.run, t.sets, t.n), EXIT_DIFFERENCE);
}

static void missing_module_is_said(void **state)
{
	static const struct silicon silicon[] = { { CPU, .untested = NOT_TESTED_NO_MODULE } };

	(void)state;
	run_deliver(silicon, 1, &deliver_all);
	assert_int_equal(deliver_exit(&t.run, t.sets, t.n), EXIT_MODULE);
}

static size_t probe(const struct evidence *ev, uint32_t event)
{
	return group_find(&ev->group, 0x80000000 | event);
}

static void evidence_is_collected(void **state)
{
	static const struct silicon silicon[] = { { CPU } };
	const struct probe_options opt = { 0 };
	const struct cpu *cpu;
	struct run_cost cost = { 0 };
	struct delivery delivery;
	char *text;

	(void)state;
	memset(&t, 0, sizeof(t));
	silicon_open(&t.src, silicon, 1);
	assert_int_equal(cpu_list_add(&t.cpus, 0), 0);
	assert_int_equal(deliver_collect(&t.src, &t.cpus, &opt, &cost), 0);
	cpu = &t.src.host->cpus[0];
	assert_int_equal(cpu->n_evidence, 6);
	delivery = delivery_of(&cpu->evidence[4], probe(&cpu->evidence[4], 0xb15));
	assert_int_equal(delivery.kind, DELIVERED_CODE);
	text = delivery_frame_text(&delivery.frame);
	assert_string_equal(text, "48 bytes pushed: error code 0x5a5a, RIP 0x2000, CS 0x40, RFLAGS "
				  "0x202, RSP 0x3e28, SS 0x10");
	free(text);
	/* A software interrupt returns behind the instruction that it stands for. */
	delivery = delivery_of(&cpu->evidence[0], probe(&cpu->evidence[0], 0x480));
	text = delivery_frame_text(&delivery.frame);
	assert_string_equal(text, "6 bytes pushed: RIP 0x1001, CS 0x100, RFLAGS 0x202");
	free(text);
}

static void assert_explained(enum oddity oddity, uint32_t info, const char *expected)
{
	uint32_t read[] = { 0x681c, 0x0802 };
	uint64_t value = info;
	struct evidence ev = {
		.group = { .depth = DEPTH_ENTER, .guest = GUEST_PM32, .sweep_field = 0x4016,
			   .values = &value, .n_values = 1, .read = read, .n_read = 2 },
	};
	struct arrival arrival;
	struct outcome outcome = arrive(&ev.group, info, oddity, &arrival);
	struct delivery delivery;
	char *text;

	assert_int_equal(evidence_set(&ev, 0, &outcome, &arrival), 0);
	delivery = delivery_of(&ev, 0);
	text = delivery_sentence(&delivery, &outcome);
	assert_string_equal(text, expected);
	free(text);
	memset(&ev.group, 0, sizeof(ev.group));
	evidence_clear(&ev);
}

static void one_event_is_explained(void **state)
{
	(void)state;
	assert_explained(ODD_NOTHING, 0x80000b15, "Delivered: the handler of #CP (21) ran, with "
			 "error code 0x0 on the stack, as asked.");
	assert_explained(ODD_NOTHING, 0x80000428, "Delivered: the handler of vector 40 ran, "
			 "without an error code on the stack, as asked.");
	assert_explained(ODD_NOTHING, 0x80000700,
			 "Delivered: an MTF VM exit came, before the guest did anything.");
	assert_explained(ODD_LOSES, 0x80000700, "Accepted, but not delivered: the guest went on at "
			 "RIP 0x2000, and no handler ran.");
	assert_explained(ODD_FAULTS, 0x80000b15, "Accepted, but not delivered: #GP (13) with error "
			 "code 0x1a came while hardware exception #CP (21) with error code 0x0 "
			 "was being delivered.");
	assert_explained(ODD_SHUTS_DOWN, 0x80000308, "Accepted, but not delivered: VM exit while "
			 "no event was being delivered (exit reason 2, Triple fault).");
	assert_explained(ODD_NEXT_HANDLER, 0x80000b0d, "Delivered elsewhere: the handler of #PF "
			 "(14) ran, with an error code on the stack.");
	assert_explained(ODD_HOST_NMI, 0x80000b0d,
			 "Unexpected: an event of the host ended the guest.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(everything_is_delivered, close_deliver),
		cmocka_unit_test(oddities_are_told_apart),
		cmocka_unit_test_teardown(event_of_the_host_says_nothing, close_deliver),
		cmocka_unit_test_teardown(ranges_of_one_kind_are_one_sentence, close_deliver),
		cmocka_unit_test_teardown(events_without_a_meaning_are_not_entered, close_deliver),
		cmocka_unit_test_teardown(modes_that_cannot_be_entered_are_no_gap, close_deliver),
		cmocka_unit_test_teardown(no_guest_without_a_timer, close_deliver),
		cmocka_unit_test_teardown(cpus_that_differ_are_not_folded, close_deliver),
		cmocka_unit_test_teardown(missing_module_is_said, close_deliver),
		cmocka_unit_test_teardown(evidence_is_collected, close_deliver),
		cmocka_unit_test(one_event_is_explained),
	};

	return cmocka_run_group_tests_name("deliver", tests, NULL, NULL);
}
