// SPDX-License-Identifier: GPL-2.0
/*
 * The client against a module made of messages: genl.c is replaced by a fake that reads the
 * requests as the kernel would and answers from a script.
 */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "netlink/vmxprobe.h"
#include "client.h"
#include "fake_genl.h"
#include "message.h"

/* What the fake module does with requests. */
static struct {
	size_t at_once;		/* probes it answers of each request */
	size_t requests, probes;
	size_t groups, sets;	/* of the largest request */
	uint32_t window;
	bool check_host, borrow;
	size_t enters;		/* number of the probe that enters the guest, 0: none */
	int error;		/* it refuses with, from request number error_at on */
	size_t error_at;
	uint32_t error_offset;	/* and points here */
	const char *error_text;
	size_t interrupted;	/* dumps that CPUs come and go through */
	bool one_cpu;		/* it is asked for one, and answers so many times... */
	size_t cpu_answers;
	uint32_t cpu_off;	/* ...for a CPU whose number is higher by this */
} module;

/* The swept values of all requests in order, and per request what else was in it. */
static uint64_t swept[20000];

/* Count what the group asks for and note the values. */
static size_t read_group(const struct nlattr *group)
{
	const struct nlattr *attr;
	size_t probes = 1, sets = 0;
	bool depth = false;

	assert_true(group->nla_type & NLA_F_NESTED);
	mnl_attr_for_each_nested(attr, group) {
		switch (mnl_attr_get_type(attr)) {
		case VMXPROBE_A_GROUP_DEPTH:
			assert_int_equal(mnl_attr_get_u32(attr), VMXPROBE_DEPTH_STATE);
			depth = true;
			break;
		case VMXPROBE_A_GROUP_SET:
			sets++;
			break;
		case VMXPROBE_A_GROUP_SWEEP_VALUES:
			probes = mnl_attr_get_payload_len(attr) / sizeof(uint64_t);
			memcpy(swept + module.probes, mnl_attr_get_payload(attr),
			       mnl_attr_get_payload_len(attr));
			break;
		}
	}
	assert_true(depth);
	module.sets += sets;
	return probes;
}

static int answer_probe(const struct nlmsghdr *request, genl_reply_fn fn, void *arg)
{
	size_t asked = 0, groups = 0, done, before = module.probes;
	const struct nlattr *attr;
	struct nlmsghdr *nlh;
	static uint8_t index[4096];
	struct message m;

	module.sets = 0;
	mnl_attr_for_each(attr, request, GENL_HDRLEN) {
		switch (mnl_attr_get_type(attr)) {
		case VMXPROBE_A_PROBE_GROUP:
			asked += read_group(attr);
			module.probes = before + asked;
			groups++;
			break;
		case VMXPROBE_A_PROBE_WINDOW:
			module.window = mnl_attr_get_u32(attr);
			break;
		case VMXPROBE_A_PROBE_CHECK_HOST:
			assert_int_equal(mnl_attr_get_payload_len(attr), 0);
			module.check_host = true;
			break;
		case VMXPROBE_A_PROBE_BORROW:
			assert_int_equal(mnl_attr_get_payload_len(attr), 0);
			module.borrow = true;
			break;
		}
	}
	assert_in_range(asked, 1, VMXPROBE_MAX_PROBES);
	assert_in_range(groups, 1, VMXPROBE_MAX_GROUPS);
	assert_in_range(module.sets, 0, VMXPROBE_MAX_SETS);
	if (groups > module.groups)
		module.groups = groups;
	done = asked < module.at_once ? asked : module.at_once;
	module.probes = before + done;

	nlh = start(&m);
	put_probe(nlh, 5, done);
	put_exit(nlh, VMXPROBE_KIND_ENTERED, 12, 0);
	for (size_t i = 0; i < done; i++)
		index[i] = before + i + 1 == module.enters ? 2 : swept[before + i] & 1;
	mnl_attr_put(nlh, VMXPROBE_A_PROBE_INDEX, done, index);
	put_stats(nlh);
	return fn(m.buf + HEADERS, nlh->nlmsg_len - HEADERS, arg);
}

static int answer_cpus(genl_reply_fn fn, void *arg)
{
	static const uint32_t ids[] = { 9, 0, 4 };
	struct nlmsghdr *nlh;
	struct message m;

	for (size_t i = 0; i < 3; i++) {
		nlh = start(&m);
		put_cpu(nlh, ids[i]);
		assert_int_equal(fn(m.buf + HEADERS, nlh->nlmsg_len - HEADERS, arg), 0);
	}
	return 0;
}

static int answer_cpu(const struct nlmsghdr *request, genl_reply_fn fn, void *arg)
{
	const struct nlattr *attr = mnl_nlmsg_get_payload_offset(request, GENL_HDRLEN);
	struct nlmsghdr *nlh;
	struct message m;
	int ret = 0;

	assert_false(request->nlmsg_flags & NLM_F_DUMP);
	assert_int_equal(request->nlmsg_len, HEADERS + mnl_attr_get_len(attr));
	assert_int_equal(mnl_attr_get_type(attr), VMXPROBE_A_CPU_ID);
	for (size_t i = 0; !ret && i < module.cpu_answers; i++) {
		nlh = start(&m);
		put_cpu(nlh, mnl_attr_get_u32(attr) + module.cpu_off);
		ret = fn(m.buf + HEADERS, nlh->nlmsg_len - HEADERS, arg);
	}
	return ret;
}

int genl_talk(struct genl *genl, struct nlmsghdr *request, genl_reply_fn fn, void *arg,
	      struct genl_error *error)
{
	const struct genlmsghdr *gnlh = mnl_nlmsg_get_payload(request);
	int ret;

	(void)genl;
	memset(error, 0, sizeof(*error));
	module.requests++;
	if (module.error && module.requests >= module.error_at) {
		error->err = module.error;
		error->offset = module.error_offset;
		if (module.error_text)
			strcpy(error->text, module.error_text);
		return -module.error;
	}
	if (gnlh->cmd == VMXPROBE_CMD_PROBE) {
		ret = answer_probe(request, fn, arg);
	} else if (module.one_cpu) {
		ret = answer_cpu(request, fn, arg);
	} else {
		assert_true(request->nlmsg_flags & NLM_F_DUMP);
		ret = answer_cpus(fn, arg);
		if (!ret && module.interrupted) {
			module.interrupted--;
			ret = -EINTR;
		}
	}
	error->err = -ret;
	return ret;
}

static int fresh_module(void **state)
{
	(void)state;
	memset(&module, 0, sizeof(module));
	module.at_once = VMXPROBE_MAX_PROBES;
	return 0;
}

static struct client *open_client(void)
{
	struct client_error error;
	struct client *client;

	assert_int_equal(client_open(&client, &error), 0);
	return client;
}

static void fill_group(struct group *group, size_t sets, size_t values, uint64_t first)
{
	memset(group, 0, sizeof(*group));
	group->depth = DEPTH_STATE;
	group->set = calloc(sets + 1, sizeof(*group->set));
	group->n_set = sets;
	for (size_t i = 0; i < sets; i++)
		group->set[i] = (struct field_value){ 0x6800, i };
	group->sweep_field = 0x4016;
	group->values = calloc(values + 1, sizeof(*group->values));
	group->n_values = values;
	for (size_t i = 0; i < values; i++)
		group->values[i] = first + i;
}

static void count(void *arg, size_t probes)
{
	*(size_t *)arg += probes;
}

/* Ask it all and check that every probe has the answer to its own value. */
static void ask_and_check(struct evidence *ev, size_t n, size_t total)
{
	const struct probe_options opt = { .max_window = 16, .check_host = true, .borrow = true };
	struct probe_report report = { 0 };
	struct client *client = open_client();
	struct client_error error;
	size_t progress = 0;

	assert_int_equal(client_probe(client, 5, ev, n, &opt, &report, count, &progress, &error),
			 0);
	client_close(client);
	assert_int_equal(fake_genl.opened, 0);
	assert_int_equal(module.probes, total);
	assert_int_equal(progress, total);
	assert_int_equal(module.window, 16);
	assert_true(module.check_host);
	assert_true(module.borrow);
	assert_int_equal(report.stats.borrowed, module.requests);
	assert_int_equal(report.stats.windows, 2 * module.requests);
	assert_int_equal(report.stats.ticks, 1000 * module.requests);
	assert_int_equal(report.stats.max_ticks, 600);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < group_probes(&ev[i].group); k++)
			assert_int_equal(evidence_outcome(&ev[i], k)->kind,
					 ev[i].group.values[k] & 1 ? OUTCOME_ENTRY_FAILED :
								     OUTCOME_FAIL_VALID);
		evidence_clear(&ev[i]);
	}
	free(report.changes);
}

static void long_sweeps_are_split(void **state)
{
	struct evidence ev[3] = { 0 };

	(void)state;
	fill_group(&ev[0].group, 3, 1000, 0);
	fill_group(&ev[1].group, 0, 0, 0);		/* asks nothing */
	fill_group(&ev[2].group, 64, 9001, 1);
	ask_and_check(ev, 3, 10001);
	assert_int_equal(module.requests, 3);
}

static void short_answers_are_asked_on(void **state)
{
	struct evidence ev[2] = { 0 };

	(void)state;
	module.at_once = 100;
	fill_group(&ev[0].group, 1, 150, 0);
	fill_group(&ev[1].group, 1, 151, 1);
	ask_and_check(ev, 2, 301);
	assert_int_equal(module.requests, 4);
}

static void many_groups_are_split(void **state)
{
	struct evidence ev[600] = { 0 };

	(void)state;
	for (size_t i = 0; i < 600; i++)
		fill_group(&ev[i].group, 2, 3, i);
	ask_and_check(ev, 600, 1800);
	assert_int_equal(module.groups, VMXPROBE_MAX_GROUPS);
	assert_int_equal(module.requests, 3);
}

static void many_overrides_are_split(void **state)
{
	struct evidence ev[40] = { 0 };

	(void)state;
	for (size_t i = 0; i < 40; i++)
		fill_group(&ev[i].group, 50, 1, i);
	ask_and_check(ev, 40, 40);
	assert_int_equal(module.groups, VMXPROBE_MAX_SETS / 50);
	assert_int_equal(module.requests, 2);
}

static void entered_guest_stops_everything(void **state)
{
	const struct probe_options opt = { 0 };
	struct probe_report report = { 0 };
	struct client *client = open_client();
	struct evidence ev[2] = { 0 };
	struct client_error error;

	(void)state;
	module.at_once = 10;
	module.enters = 7;
	fill_group(&ev[0].group, 0, 20, 0);
	fill_group(&ev[1].group, 0, 20, 0);
	assert_int_equal(client_probe(client, 5, ev, 2, &opt, &report, NULL, NULL, &error), 0);
	assert_int_equal(module.requests, 1);
	assert_int_equal(evidence_outcome(&ev[0], 6)->kind, OUTCOME_ENTERED);
	assert_int_equal(evidence_outcome(&ev[0], 10)->kind, OUTCOME_STOPPED);
	assert_int_equal(evidence_outcome(&ev[1], 19)->kind, OUTCOME_STOPPED);
	client_close(client);
	evidence_clear(&ev[0]);
	evidence_clear(&ev[1]);
}

static void refusal_is_a_sentence(void **state)
{
	const struct probe_options opt = { 0 };
	struct probe_report report = { 0 };
	struct client *client = open_client();
	struct client_error error;
	struct evidence ev = { 0 };

	(void)state;
	module.at_once = 10;
	module.error = EPERM;
	module.error_at = 2;
	module.error_text = "this field is not a caller's";
	/* CPU; group header, depth; set header, encoding of the first, all in the request. */
	module.error_offset = HEADERS + 8 + 4 + 8 + 4;
	fill_group(&ev.group, 1, 20, 0);
	assert_int_equal(client_probe(client, 5, &ev, 1, &opt, &report, NULL, NULL, &error),
			 -EPERM);
	assert_string_equal(error.text, "the kernel module refused the request: this field is not "
					"a caller's (group 1, set 1, encoding 0x6800)");
	/* What was seen before stays; the rest says that it was not. */
	assert_int_equal(evidence_outcome(&ev, 9)->kind, OUTCOME_ENTRY_FAILED);
	assert_int_equal(evidence_outcome(&ev, 10)->kind, OUTCOME_NOT_TESTED);
	assert_int_equal(evidence_outcome(&ev, 10)->why, NOT_TESTED_FAILED);
	client_close(client);
	evidence_clear(&ev);
}

static void place_is_named(void **state)
{
	static const struct {
		size_t offset;
		const char *text;
	} rows[] = {
		{ 0, "" },
		{ HEADERS, "cpu 0x5" },
		{ HEADERS + 8, "group 1" },
		{ HEADERS + 12, "group 1, depth 0x2" },
		{ HEADERS + 20, "group 1, set 1" },
		{ HEADERS + 24, "group 1, set 1, encoding 0x6800" },
		{ HEADERS + 32, "group 1, set 1, value 0x0" },
		{ HEADERS + 44, "group 1, set 2" },
		{ HEADERS + 56, "group 1, set 2, value 0x1" },
		{ HEADERS + 68, "group 1, sweep field 0x4016" },
		{ HEADERS + 76, "group 1, sweep values" },
		{ HEADERS + 96, "group 2" },
		{ 1 << 20, "" },
	};
	struct evidence ev[2] = { 0 };
	struct nlmsghdr *nlh;
	struct message m;
	char text[128];

	(void)state;
	fill_group(&ev[0].group, 2, 2, 0);
	fill_group(&ev[1].group, 0, 1, 0);
	nlh = start(&m);
	mnl_attr_put_u32(nlh, VMXPROBE_A_PROBE_CPU, 5);
	assert_int_equal(client_build(nlh, ev, 2, (struct client_cursor){ 0, 0 }), 3);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		client_place(nlh, rows[i].offset, text, sizeof(text));
		assert_string_equal(text, rows[i].text);
	}
	evidence_clear(&ev[0]);
	evidence_clear(&ev[1]);
}

static void too_many_overrides_cannot_be_asked(void **state)
{
	struct evidence ev = { 0 };
	struct message m;

	(void)state;
	fill_group(&ev.group, VMXPROBE_MAX_SETS + 1, 1, 0);
	assert_int_equal(client_build(start(&m), &ev, 1, (struct client_cursor){ 0, 0 }), -E2BIG);
	evidence_clear(&ev);
}

static void cpus_are_listed_in_order(void **state)
{
	struct client *client = open_client();
	struct client_error error;
	struct cpu *cpus;
	size_t n;

	(void)state;
	module.interrupted = 3;
	assert_int_equal(client_cpus(client, &cpus, &n, &error), 0);
	assert_int_equal(module.requests, 4);
	assert_int_equal(n, 3);
	assert_int_equal(cpus[0].id, 0);
	assert_int_equal(cpus[1].id, 4);
	assert_int_equal(cpus[2].id, 9);
	client_free_cpus(cpus, n);
	client_close(client);
}

/* Of the CPUs that are left alone none may be interrupted for another. */
static void one_cpu_is_asked_for(void **state)
{
	struct client *client = open_client();
	struct client_error error;
	struct cpu cpu = { .id = 7 };

	(void)state;
	module.one_cpu = true;
	module.cpu_answers = 1;
	assert_int_equal(client_cpu(client, &cpu, &error), 0);
	assert_int_equal(module.requests, 1);
	assert_int_equal(cpu.id, 7);
	assert_int_equal(cpu.readiness, READINESS_READY);
	assert_int_equal(cpu.n_msrs, 3);
	client_cpu_clear(&cpu);

	cpu = (struct cpu){ .id = 7 };
	module.cpu_answers = 2;
	assert_int_equal(client_cpu(client, &cpu, &error), -EPROTO);
	client_cpu_clear(&cpu);
	cpu = (struct cpu){ .id = 7 };
	module.cpu_answers = 1;
	module.cpu_off = 1;
	assert_int_equal(client_cpu(client, &cpu, &error), -EPROTO);
	assert_int_equal(cpu.n_msrs, 0);
	cpu = (struct cpu){ .id = 7 };
	module.cpu_answers = 0;
	assert_int_equal(client_cpu(client, &cpu, &error), -EPROTO);
	assert_non_null(strstr(error.text, "breaks its contract"));
	client_close(client);
}

static void endless_hotplug_is_given_up(void **state)
{
	struct client *client = open_client();
	struct client_error error;
	struct cpu *cpus;
	size_t n;

	(void)state;
	module.interrupted = 1000;
	assert_int_equal(client_cpus(client, &cpus, &n, &error), -EINTR);
	assert_in_range(module.requests, 2, 100);
	assert_non_null(strstr(error.text, "CPUs came and went"));
	client_close(client);
}

static void missing_module_has_its_sentence(void **state)
{
	struct client_error error;
	struct client *client;

	(void)state;
	fake_genl.refuses = (struct genl_error){ .err = ENOENT, .text = "the controller's own words" };
	assert_int_equal(client_open(&client, &error), -ENOENT);
	assert_string_equal(error.text, "module not loaded");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(long_sweeps_are_split, fresh_module),
		cmocka_unit_test_setup(short_answers_are_asked_on, fresh_module),
		cmocka_unit_test_setup(many_groups_are_split, fresh_module),
		cmocka_unit_test_setup(many_overrides_are_split, fresh_module),
		cmocka_unit_test_setup(entered_guest_stops_everything, fresh_module),
		cmocka_unit_test_setup(refusal_is_a_sentence, fresh_module),
		cmocka_unit_test_setup(cpus_are_listed_in_order, fresh_module),
		cmocka_unit_test_setup(one_cpu_is_asked_for, fresh_module),
		cmocka_unit_test_setup(endless_hotplug_is_given_up, fresh_module),
		cmocka_unit_test_setup(missing_module_has_its_sentence, fresh_module),
		cmocka_unit_test(place_is_named),
		cmocka_unit_test(too_many_overrides_cannot_be_asked),
	};

	return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
