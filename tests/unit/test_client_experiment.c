// SPDX-License-Identifier: GPL-2.0
/* What the client makes of the module's experiments, and of a module that does not know them. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "netlink/vmxprobe.h"
#include "client.h"
#include "fake_genl.h"
#include "message.h"

/* The fake module, in the place of genl.c. */
static struct {
	uint32_t cpu, id;	/* of the request it got */
	bool check_host, borrow;
	int error;		/* it refuses with */
	int answers;
} module;

static struct nlmsghdr *begin(struct message *m)
{
	struct nlmsghdr *nlh = start(m);

	mnl_attr_put_u32(nlh, VMXPROBE_A_EXPERIMENT_CPU, 3);
	return nlh;
}

static void put_outcome(struct nlmsghdr *nlh, uint16_t type, uint32_t kind, uint32_t insn,
			uint32_t field)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, type);

	mnl_attr_put_u32(nlh, VMXPROBE_A_OUTCOME_KIND, kind);
	if (insn)
		mnl_attr_put_u32(nlh, VMXPROBE_A_OUTCOME_INSN, insn);
	if (field)
		mnl_attr_put_u32(nlh, VMXPROBE_A_OUTCOME_FIELD, field);
	mnl_attr_nest_end(nlh, nest);
}

/* One of VMREAD of guest RIP, with what is not NULL. */
static void put_observation(struct nlmsghdr *nlh, const uint64_t *arg, uint32_t kind,
			    const uint64_t *value, bool set_up)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, VMXPROBE_A_EXPERIMENT_OBSERVATION);

	if (arg) {
		mnl_attr_put(nlh, VMXPROBE_A_OBSERVATION_PAD, 0, NULL);
		mnl_attr_put_u64(nlh, VMXPROBE_A_OBSERVATION_ARG, *arg);
	}
	put_outcome(nlh, VMXPROBE_A_OBSERVATION_OUTCOME, kind, VMXPROBE_INSN_VMREAD, 0x681e);
	if (value)
		mnl_attr_put_u64(nlh, VMXPROBE_A_OBSERVATION_VALUE, *value);
	if (set_up)
		mnl_attr_put(nlh, VMXPROBE_A_OBSERVATION_SET_UP, 0, NULL);
	mnl_attr_nest_end(nlh, nest);
}

static void put_change(struct nlmsghdr *nlh, uint32_t item)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, VMXPROBE_A_EXPERIMENT_HOST_CHANGE);

	mnl_attr_put_u32(nlh, VMXPROBE_A_HOST_CHANGE_ITEM, item);
	mnl_attr_put_u64(nlh, VMXPROBE_A_HOST_CHANGE_BEFORE, 1);
	mnl_attr_put_u64(nlh, VMXPROBE_A_HOST_CHANGE_AFTER, 2);
	mnl_attr_nest_end(nlh, nest);
}

static void put_whole(struct nlmsghdr *nlh)
{
	const uint64_t arg = 12, value = UINT64_MAX;

	put_observation(nlh, &arg, VMXPROBE_KIND_OK, &value, false);
	put_observation(nlh, NULL, VMXPROBE_KIND_FAIL_INVALID, NULL, true);
	put_change(nlh, VMXPROBE_HOST_ITEM_DR7);
	mnl_attr_put_u32(nlh, VMXPROBE_A_EXPERIMENT_ENTRIES, 4);
	mnl_attr_put_u64(nlh, VMXPROBE_A_EXPERIMENT_TICKS, 5000);
}

int genl_talk(struct genl *genl, struct nlmsghdr *request, genl_reply_fn fn, void *arg,
	      struct genl_error *error)
{
	const struct genlmsghdr *gnlh = mnl_nlmsg_get_payload(request);
	const struct nlattr *attr;
	struct message m;
	int ret = 0;

	(void)genl;
	assert_int_equal(gnlh->cmd, VMXPROBE_CMD_EXPERIMENT);
	memset(error, 0, sizeof(*error));
	mnl_attr_for_each(attr, request, GENL_HDRLEN) {
		switch (mnl_attr_get_type(attr)) {
		case VMXPROBE_A_EXPERIMENT_CPU:
			module.cpu = mnl_attr_get_u32(attr);
			break;
		case VMXPROBE_A_EXPERIMENT_ID:
			module.id = mnl_attr_get_u32(attr);
			break;
		case VMXPROBE_A_EXPERIMENT_CHECK_HOST:
			module.check_host = true;
			break;
		case VMXPROBE_A_EXPERIMENT_BORROW:
			module.borrow = true;
			break;
		default:
			fail();
		}
	}
	put_whole(begin(&m));
	for (int i = 0; !ret && i < module.answers; i++)
		ret = fn(m.buf + HEADERS, m.nlh.nlmsg_len - HEADERS, arg);
	if (module.error)
		ret = -module.error;
	error->err = -ret;
	return ret;
}

static int parse(const struct message *m, struct experiment *experiment, struct client_cost *cost)
{
	size_t len = m->nlh.nlmsg_len - HEADERS;
	void *attrs = malloc(len + 1);
	int ret;

	/* In memory of just their size, so that a read beyond is seen. */
	memcpy(attrs, m->buf + HEADERS, len);
	memset(experiment, 0, sizeof(*experiment));
	ret = client_parse_experiment(attrs, len, 3, experiment, cost);
	free(attrs);
	return ret;
}

static void refused(const struct message *m)
{
	static struct client_cost cost;
	struct experiment experiment;

	assert_int_equal(parse(m, &experiment, &cost), -EPROTO);
	experiment_clear(&experiment);
}

static void experiment_is_read(void **state)
{
	static struct client_cost cost;
	struct experiment experiment;
	struct nlmsghdr *nlh;
	struct message m;

	(void)state;
	nlh = begin(&m);
	put_whole(nlh);
	mnl_attr_put(nlh, 77, 6, "future");
	assert_int_equal(parse(&m, &experiment, &cost), 0);
	assert_int_equal(experiment.why.kind, OUTCOME_OK);
	assert_int_equal(experiment.n, 2);
	assert_true(experiment.list[0].has_arg && experiment.list[0].has_value);
	assert_false(experiment.list[0].set_up);
	assert_int_equal(experiment.list[0].arg, 12);
	assert_int_equal(experiment.list[0].value, UINT64_MAX);
	assert_int_equal(experiment.list[0].outcome.kind, OUTCOME_OK);
	assert_int_equal(experiment.list[0].outcome.insn, INSN_VMREAD);
	assert_int_equal(experiment.list[0].outcome.field, 0x681e);
	assert_false(experiment.list[1].has_arg || experiment.list[1].has_value);
	assert_true(experiment.list[1].set_up);
	assert_int_equal(experiment.list[1].outcome.kind, OUTCOME_FAIL_INVALID);
	assert_int_equal(cost.n_changes, 1);
	assert_string_equal(cost.changes[0].name, "dr7");
	assert_int_equal(cost.stats.windows, 1);
	assert_int_equal(cost.stats.max_entries, 4);
	assert_int_equal(cost.stats.max_ticks, 5000);
	experiment_clear(&experiment);

	/* One for which this CPU has no arg at all. */
	begin(&m);
	assert_int_equal(parse(&m, &experiment, &cost), 0);
	assert_int_equal(experiment.why.kind, OUTCOME_OK);
	assert_int_equal(experiment.n, 0);
}

static void instructions_are_told_apart(void **state)
{
	static const struct {
		uint32_t insn;
		enum outcome_kind kind;
		enum insn is;
	} rows[] = {
		{ 0, OUTCOME_OK, INSN_NONE },
		{ VMXPROBE_INSN_VMPTRST, OUTCOME_OK, INSN_VMPTRST },
		{ VMXPROBE_INSN_VMFUNC, OUTCOME_OK, INSN_VMFUNC },
		/* A later one is not taken for a look at a value. */
		{ VMXPROBE_INSN_VMFUNC + 1, OUTCOME_NOT_TESTED, INSN_NONE },
	};
	static struct client_cost cost;
	struct experiment experiment;
	struct nlmsghdr *nlh;
	struct nlattr *nest;
	struct message m;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		nlh = begin(&m);
		nest = mnl_attr_nest_start(nlh, VMXPROBE_A_EXPERIMENT_OBSERVATION);
		put_outcome(nlh, VMXPROBE_A_OBSERVATION_OUTCOME, VMXPROBE_KIND_OK, rows[i].insn, 0);
		mnl_attr_nest_end(nlh, nest);
		assert_int_equal(parse(&m, &experiment, &cost), 0);
		assert_int_equal(experiment.n, 1);
		assert_int_equal(experiment.list[0].outcome.kind, rows[i].kind);
		assert_int_equal(experiment.list[0].outcome.insn, rows[i].is);
		experiment_clear(&experiment);
	}
}

static void cpu_that_was_not_asked_says_why(void **state)
{
	static struct client_cost cost;
	struct experiment experiment;
	struct nlmsghdr *nlh;
	struct nlattr *nest;
	struct message m;

	(void)state;
	nlh = begin(&m);
	nest = mnl_attr_nest_start(nlh, VMXPROBE_A_EXPERIMENT_FAILED);
	mnl_attr_put_u32(nlh, VMXPROBE_A_OUTCOME_KIND, VMXPROBE_KIND_NOT_READY);
	mnl_attr_put_u32(nlh, VMXPROBE_A_OUTCOME_READINESS, VMXPROBE_READINESS_IN_USE);
	mnl_attr_nest_end(nlh, nest);
	assert_int_equal(parse(&m, &experiment, &cost), 0);
	assert_int_equal(experiment.why.kind, OUTCOME_NOT_READY);
	assert_int_equal(experiment.why.readiness, READINESS_IN_USE);
	assert_int_equal(cost.stats.windows, 0);

	/* It cannot have been asked as well, nor have succeeded. */
	put_observation(nlh, NULL, VMXPROBE_KIND_OK, NULL, false);
	refused(&m);
	nlh = begin(&m);
	put_outcome(nlh, VMXPROBE_A_EXPERIMENT_FAILED, VMXPROBE_KIND_OK, 0, 0);
	refused(&m);
	nlh = begin(&m);
	put_outcome(nlh, VMXPROBE_A_EXPERIMENT_FAILED, VMXPROBE_KIND_STOPPED, 0, 0);
	put_outcome(nlh, VMXPROBE_A_EXPERIMENT_FAILED, VMXPROBE_KIND_STOPPED, 0, 0);
	refused(&m);
}

static void what_breaks_the_contract_is_refused(void **state)
{
	const uint64_t wide = 1;
	const uint32_t narrow = 1;
	struct nlmsghdr *nlh;
	struct nlattr *nest;
	struct message m;

	(void)state;
	nlh = start(&m);		/* no CPU; another one */
	put_whole(nlh);
	refused(&m);
	mnl_attr_put_u32(nlh, VMXPROBE_A_EXPERIMENT_CPU, 4);
	refused(&m);

	nlh = begin(&m);		/* no outcome; two of them */
	nest = mnl_attr_nest_start(nlh, VMXPROBE_A_EXPERIMENT_OBSERVATION);
	mnl_attr_put_u64(nlh, VMXPROBE_A_OBSERVATION_ARG, 1);
	mnl_attr_nest_end(nlh, nest);
	refused(&m);
	nlh = begin(&m);
	nest = mnl_attr_nest_start(nlh, VMXPROBE_A_EXPERIMENT_OBSERVATION);
	put_outcome(nlh, VMXPROBE_A_OBSERVATION_OUTCOME, VMXPROBE_KIND_OK, 0, 0);
	put_outcome(nlh, VMXPROBE_A_OBSERVATION_OUTCOME, VMXPROBE_KIND_OK, 0, 0);
	mnl_attr_nest_end(nlh, nest);
	refused(&m);

	/* Each of the others twice, or of another width. */
	for (uint16_t type = VMXPROBE_A_OBSERVATION_ARG; type <= VMXPROBE_A_OBSERVATION_SET_UP;
	     type++) {
		size_t size = type == VMXPROBE_A_OBSERVATION_SET_UP ? 0 : sizeof(wide);

		if (type == VMXPROBE_A_OBSERVATION_OUTCOME)
			continue;
		for (int twice = 0; twice < 2; twice++) {
			nlh = begin(&m);
			nest = mnl_attr_nest_start(nlh, VMXPROBE_A_EXPERIMENT_OBSERVATION);
			put_outcome(nlh, VMXPROBE_A_OBSERVATION_OUTCOME, VMXPROBE_KIND_OK, 0, 0);
			mnl_attr_put(nlh, type, twice ? size : sizeof(narrow), &wide);
			if (twice)
				mnl_attr_put(nlh, type, size, &wide);
			mnl_attr_nest_end(nlh, nest);
			refused(&m);
		}
	}
	nlh = begin(&m);
	for (size_t i = 0; i < 65; i++)
		put_change(nlh, i);
	refused(&m);
}

static void message_cut_short_is_survived(void **state)
{
	static struct client_cost cost;
	struct experiment experiment;
	struct nlmsghdr *nlh;
	struct message m;

	(void)state;
	nlh = begin(&m);
	put_whole(nlh);
	for (uint32_t len = nlh->nlmsg_len; len > HEADERS; len--) {
		nlh->nlmsg_len = len;
		parse(&m, &experiment, &cost);
		experiment_clear(&experiment);
	}
}

static int ask(struct experiment *experiment, struct probe_report *report,
	       struct client_error *error)
{
	const struct probe_options opt = { .check_host = true, .borrow = true };
	struct client *client;
	int ret;

	memset(experiment, 0, sizeof(*experiment));
	memset(report, 0, sizeof(*report));
	assert_int_equal(client_open(&client, error), 0);
	ret = client_experiment(client, 3, 27, &opt, experiment, report, error);
	client_close(client);
	free(report->changes);
	return ret;
}

static void module_is_asked(void **state)
{
	struct experiment experiment;
	struct probe_report report;
	struct client_error error;

	(void)state;
	memset(&module, 0, sizeof(module));
	module.answers = 1;
	assert_int_equal(ask(&experiment, &report, &error), 0);
	assert_int_equal(module.cpu, 3);
	assert_int_equal(module.id, 27);
	assert_true(module.check_host);
	assert_true(module.borrow);
	assert_int_equal(experiment.id, 27);
	assert_int_equal(experiment.n, 2);
	assert_int_equal(report.n_changes, 1);
	assert_int_equal(report.stats.windows, 1);
	assert_true(report.stats.reply_bytes > HEADERS);
	experiment_clear(&experiment);

	for (module.answers = 0; module.answers <= 2; module.answers += 2) {
		assert_int_equal(ask(&experiment, &report, &error), -EPROTO);
		assert_non_null(strstr(error.text, "breaks its contract"));
		assert_int_equal(experiment.id, 27);
		assert_int_equal(experiment.why.why, NOT_TESTED_FAILED);
		assert_null(experiment.list);
	}
}

/* Of before the command; of after it, but before this experiment. */
static void old_module_is_a_reason(void **state)
{
	static const int errors[] = { EOPNOTSUPP, ERANGE };
	struct experiment experiment;
	struct probe_report report;
	struct client_error error;

	(void)state;
	memset(&module, 0, sizeof(module));
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		module.error = errors[i];
		assert_int_equal(ask(&experiment, &report, &error), 0);
		assert_int_equal(experiment.id, 27);
		assert_int_equal(experiment.why.kind, OUTCOME_NOT_TESTED);
		assert_int_equal(experiment.why.why, NOT_TESTED_OLD_MODULE);
	}
	module.error = EPERM;
	assert_int_equal(ask(&experiment, &report, &error), -EPERM);
	assert_int_equal(experiment.why.why, NOT_TESTED_FAILED);
	assert_non_null(strstr(error.text, "permission denied"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(experiment_is_read),
		cmocka_unit_test(instructions_are_told_apart),
		cmocka_unit_test(cpu_that_was_not_asked_says_why),
		cmocka_unit_test(what_breaks_the_contract_is_refused),
		cmocka_unit_test(message_cut_short_is_survived),
		cmocka_unit_test(module_is_asked),
		cmocka_unit_test(old_module_is_a_reason),
	};

	return cmocka_run_group_tests_name("client_experiment", tests, NULL, NULL);
}
