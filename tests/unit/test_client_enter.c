// SPDX-License-Identifier: GPL-2.0
/*
 * Guests that are entered: what the client asks of the module for them, and what it takes for an
 * answer. genl.c is replaced by a fake of the module.
 */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "netlink/vmxprobe.h"
#include "client.h"
#include "fake_genl.h"
#include "message.h"

/* What the fake module does, and what it was asked. */
static struct {
	int refuses;		/* the depth with this errno */
	const char *points_at;	/* an attribute of the first group: "depth" or "guest" */
	uint64_t ticks;		/* that guests take */
	size_t more_fields;	/* it reads so many too many */
	bool silent;		/* it does not say how guests were found */
	size_t requests, entered, others;
} module;

/* The last group of depth "enter" that it was asked. */
static struct {
	bool time;
	uint32_t guest, program, read[64];
	uint64_t rcx;
	size_t n_read;
} guest;

/* Note what the group asks; its values go behind those of the groups before it. */
static bool read_group(const struct nlattr *group, uint64_t *values, size_t *n)
{
	const struct nlattr *attr;
	bool enter = false;
	size_t len;

	memset(&guest, 0, sizeof(guest));
	mnl_attr_for_each_nested(attr, group) {
		len = mnl_attr_get_payload_len(attr);
		switch (mnl_attr_get_type(attr)) {
		case VMXPROBE_A_GROUP_DEPTH:
			enter = mnl_attr_get_u32(attr) == VMXPROBE_DEPTH_ENTER;
			break;
		case VMXPROBE_A_GROUP_SWEEP_VALUES:
			memcpy(values + *n, mnl_attr_get_payload(attr), len);
			*n += len / sizeof(*values);
			break;
		case VMXPROBE_A_GROUP_GUEST:
			guest.guest = mnl_attr_get_u32(attr);
			break;
		case VMXPROBE_A_GROUP_PROGRAM:
			guest.program = mnl_attr_get_u32(attr);
			break;
		case VMXPROBE_A_GROUP_RCX:
			guest.rcx = mnl_attr_get_u64(attr);
			break;
		case VMXPROBE_A_GROUP_READ:
			memcpy(guest.read, mnl_attr_get_payload(attr), len);
			guest.n_read = len / sizeof(*guest.read);
			break;
		case VMXPROBE_A_GROUP_TIME:
			assert_int_equal(len, 0);
			guest.time = true;
			break;
		}
	}
	/* The attributes of a guest are refused at another depth. */
	if (!enter)
		assert_int_equal(guest.guest | guest.program | guest.rcx | guest.n_read, 0);
	return enter;
}

static int answer(const struct nlmsghdr *request, genl_reply_fn fn, void *arg)
{
	static uint64_t values[VMXPROBE_MAX_PROBES];
	static uint8_t index[VMXPROBE_MAX_PROBES];
	const struct nlattr *attr;
	size_t n = 0, groups = 0;
	struct nlmsghdr *nlh;
	bool enter = false;
	struct message m;

	mnl_attr_for_each(attr, request, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) != VMXPROBE_A_PROBE_GROUP)
			continue;
		if (!groups++)
			enter = read_group(attr, values, &n);
		else
			assert_int_equal(read_group(attr, values, &n), enter);
	}
	assert_in_range(n, 1, enter ? VMXPROBE_MAX_ARRIVALS : VMXPROBE_MAX_PROBES);
	*(enter ? &module.entered : &module.others) += n;
	nlh = start(&m);
	put_probe(nlh, 5, n);
	for (size_t i = 0; i < n; i++) {
		index[i] = enter ? 2 + (module.silent ? 0 : i) : 1;
		/* Told apart by the first field, which is the value swept. */
		if (enter && !module.silent)
			put_arrived(nlh, values[i], guest.n_read + module.more_fields,
				    module.ticks);
	}
	put_exit(nlh, VMXPROBE_KIND_ENTERED, 12, 0);
	mnl_attr_put(nlh, VMXPROBE_A_PROBE_INDEX, n, index);
	put_stats(nlh);
	return fn(m.buf + HEADERS, nlh->nlmsg_len - HEADERS, arg);
}

/* Where in the message the attribute is that the module points at; 0 if no guest is asked for. */
static uint32_t points_at(const struct nlmsghdr *request)
{
	const struct nlattr *group, *attr;
	uint32_t depth = 0, named = 0;

	mnl_attr_for_each(group, request, GENL_HDRLEN) {
		if (mnl_attr_get_type(group) != VMXPROBE_A_PROBE_GROUP)
			continue;
		mnl_attr_for_each_nested(attr, group) {
			uint32_t at = (const char *)attr - (const char *)request;

			if (mnl_attr_get_type(attr) == VMXPROBE_A_GROUP_DEPTH)
				depth = at;
			if (mnl_attr_get_type(attr) == VMXPROBE_A_GROUP_GUEST)
				named = at;
		}
		break;
	}
	return !named ? 0 : !strcmp(module.points_at, "guest") ? named : depth;
}

int genl_talk(struct genl *genl, struct nlmsghdr *request, genl_reply_fn fn, void *arg,
	      struct genl_error *error)
{
	int ret;

	(void)genl;
	memset(error, 0, sizeof(*error));
	module.requests++;
	if (module.refuses && points_at(request)) {
		error->err = module.refuses;
		error->offset = points_at(request);
		strcpy(error->text, "this module does not");
		return -module.refuses;
	}
	ret = answer(request, fn, arg);
	error->err = -ret;
	return ret;
}

static int fresh_module(void **state)
{
	(void)state;
	memset(&module, 0, sizeof(module));
	module.points_at = "depth";
	return 0;
}

static void fill_group(struct group *group, enum depth depth, size_t values, uint64_t first)
{
	memset(group, 0, sizeof(*group));
	group->depth = depth;
	group->sweep_field = 0x4016;
	group->values = calloc(values, sizeof(*group->values));
	group->n_values = values;
	for (size_t i = 0; i < values; i++)
		group->values[i] = first + i;
	if (depth != DEPTH_ENTER)
		return;
	group->guest = GUEST_PM32;
	group->program = 7;
	group->rcx = 0x277;
	group->read = calloc(2, sizeof(*group->read));
	group->read[0] = 0x681c;
	group->read[1] = 0x6820;
	group->n_read = 2;
}

static int ask(struct evidence *ev, size_t n, struct probe_report *report,
	       struct client_error *error)
{
	const struct probe_options opt = { 0 };
	struct client *client;
	int ret;

	assert_int_equal(client_open(&client, error), 0);
	ret = client_probe(client, 5, ev, n, &opt, report, NULL, NULL, error);
	client_close(client);
	free(report->changes);
	return ret;
}

static void clear(struct evidence *ev, size_t n)
{
	for (size_t i = 0; i < n; i++)
		evidence_clear(&ev[i]);
}

static void guests_are_asked_for_in_parts(void **state)
{
	struct probe_report report = { 0 };
	struct evidence ev[4] = { 0 };
	struct client_error error;

	(void)state;
	fill_group(&ev[0].group, DEPTH_STATE, 10, 0);
	fill_group(&ev[1].group, DEPTH_ENTER, 40, 100);
	fill_group(&ev[2].group, DEPTH_ENTER, 100, 1000);
	fill_group(&ev[3].group, DEPTH_STATE, 10, 0);
	ev[2].group.time = true;
	module.ticks = 77;
	/* Only the timed group may be told how long it took. */
	assert_int_equal(ask(ev, 4, &report, &error), -EPROTO);
	clear(ev, 4);

	memset(&module, 0, sizeof(module));
	fill_group(&ev[0].group, DEPTH_STATE, 10, 0);
	fill_group(&ev[1].group, DEPTH_ENTER, 40, 100);
	fill_group(&ev[2].group, DEPTH_ENTER, 100, 1000);
	fill_group(&ev[3].group, DEPTH_STATE, 10, 0);
	report = (struct probe_report){ 0 };
	assert_int_equal(ask(ev, 4, &report, &error), 0);
	/* 10; 40 and 24 of 100; 64; 12; 10. */
	assert_int_equal(module.requests, 5);
	assert_int_equal(module.entered, 140);
	assert_int_equal(module.others, 20);
	assert_int_equal(report.stats.interrupted, 35);
	assert_int_equal(report.stats.nmis, 15);
	for (size_t g = 1; g <= 2; g++) {
		for (size_t i = 0; i < group_probes(&ev[g].group); i++) {
			const struct outcome *outcome = evidence_outcome(&ev[g], i);
			const struct arrival *arrival = evidence_arrival(&ev[g], outcome);

			assert_int_equal(outcome->kind, OUTCOME_ENTERED);
			assert_int_equal(outcome->exit_reason, 18);
			assert_non_null(arrival);
			assert_int_equal(arrival->fields[0], group_value(&ev[g].group, i));
		}
	}
	/* A guest that was meant to be entered keeps nothing from being asked after it. */
	assert_int_equal(evidence_outcome(&ev[3], 9)->kind, OUTCOME_ENTRY_FAILED);
	clear(ev, 4);
}

static void request_says_which_guest(void **state)
{
	struct probe_report report = { 0 };
	struct client_error error;
	struct evidence ev = { 0 };

	(void)state;
	fill_group(&ev.group, DEPTH_ENTER, 1, 9);
	ev.group.time = true;
	module.ticks = 77;
	assert_int_equal(ask(&ev, 1, &report, &error), 0);
	assert_int_equal(guest.guest, VMXPROBE_GUEST_PM32);
	assert_int_equal(guest.program, VMXPROBE_GUEST_PROGRAM_RDMSR);
	assert_int_equal(guest.rcx, 0x277);
	assert_int_equal(guest.n_read, 2);
	assert_int_equal(guest.read[1], 0x6820);
	assert_true(guest.time);
	assert_int_equal(ev.arrivals[0].ticks, 77);
	clear(&ev, 1);
}

static void arrival_has_what_was_asked(void **state)
{
	struct client_error error;

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct probe_report report = { 0 };
		struct evidence ev = { 0 };

		fill_group(&ev.group, i == 3 ? DEPTH_STATE : DEPTH_ENTER, 1, 9);
		module.more_fields = i == 1;
		module.silent = i == 2;
		assert_int_equal(ask(&ev, 1, &report, &error), i == 1 || i == 2 ? -EPROTO : 0);
		clear(&ev, 1);
	}
}

/* Older modules do not have the number of the depth, or have it and no guests. */
static void old_module_spoils_nothing_else(void **state)
{
	static const int refusals[] = { ERANGE, EINVAL, EOPNOTSUPP };

	(void)state;
	for (size_t r = 0; r < ARRAY_SIZE(refusals); r++) {
		struct probe_report report = { 0 };
		struct client_error error;
		struct evidence ev[4] = { 0 };

		module.refuses = refusals[r];
		module.requests = 0;
		fill_group(&ev[0].group, DEPTH_ENTER, 70, 0);
		fill_group(&ev[1].group, DEPTH_STATE, 3, 0);
		fill_group(&ev[2].group, DEPTH_ENTER, 2, 0);
		fill_group(&ev[3].group, DEPTH_STATE, 3, 0);
		assert_int_equal(ask(ev, 4, &report, &error), 0);
		/* It is asked to enter a guest once. */
		assert_int_equal(module.requests, 3);
		assert_int_equal(evidence_outcome(&ev[0], 69)->why, NOT_TESTED_OLD_MODULE);
		assert_int_equal(evidence_outcome(&ev[1], 2)->kind, OUTCOME_ENTRY_FAILED);
		assert_int_equal(evidence_outcome(&ev[2], 0)->why, NOT_TESTED_OLD_MODULE);
		assert_int_equal(evidence_outcome(&ev[3], 2)->kind, OUTCOME_ENTRY_FAILED);
		clear(ev, 4);
	}
}

static void other_refusals_are_sentences(void **state)
{
	struct probe_report report = { 0 };
	struct client_error error;
	struct evidence ev = { 0 };

	(void)state;
	module.refuses = EINVAL;
	module.points_at = "guest";
	fill_group(&ev.group, DEPTH_ENTER, 2, 0);
	assert_int_equal(ask(&ev, 1, &report, &error), -EINVAL);
	assert_string_equal(error.text, "the kernel module refused the request: this module does "
					"not (group 1, guest 0x2)");
	assert_int_equal(evidence_outcome(&ev, 0)->why, NOT_TESTED_FAILED);
	clear(&ev, 1);
}

static void too_much_to_read_cannot_be_asked(void **state)
{
	struct evidence ev = { 0 };
	struct message m;

	(void)state;
	fill_group(&ev.group, DEPTH_ENTER, 1, 0);
	ev.group.n_read = VMXPROBE_MAX_READ + 1;
	assert_int_equal(client_build(start(&m), &ev, 1, (struct client_cursor){ 0, 0 }), -E2BIG);
	clear(&ev, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(guests_are_asked_for_in_parts, fresh_module),
		cmocka_unit_test_setup(request_says_which_guest, fresh_module),
		cmocka_unit_test_setup(arrival_has_what_was_asked, fresh_module),
		cmocka_unit_test_setup(old_module_spoils_nothing_else, fresh_module),
		cmocka_unit_test_setup(other_refusals_are_sentences, fresh_module),
		cmocka_unit_test(too_much_to_read_cannot_be_asked),
	};

	return cmocka_run_group_tests_name("client_enter", tests, NULL, NULL);
}
