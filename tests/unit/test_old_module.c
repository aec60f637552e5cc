// SPDX-License-Identifier: GPL-2.0
/*
 * A module that does not have an attribute yet: genl.c is replaced by a fake that lists CPUs and refuses
 * all else, as the kernel does it before the module sees the request.
 */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "netlink/vmxprobe.h"
#include "client.h"
#include "exit.h"
#include "fake_genl.h"
#include "message.h"

/* What it does not have: that attribute or, if 0, the flag, or the last one inside the last one. */
static struct {
	const char *text;
	uint16_t attr;
	bool inside;
} unknown;

static const struct nlattr *refused_of(const struct nlmsghdr *request)
{
	const struct nlattr *attr, *inside, *found = NULL;

	mnl_attr_for_each(attr, request, GENL_HDRLEN) {
		if (unknown.attr ? mnl_attr_get_type(attr) == unknown.attr :
		    !unknown.inside && !mnl_attr_get_payload_len(attr))
			found = attr;
		if (unknown.inside && attr->nla_type & NLA_F_NESTED)
			mnl_attr_for_each_nested(inside, attr)
				found = inside;
	}
	assert_non_null(found);
	return found;
}

int genl_talk(struct genl *genl, struct nlmsghdr *request, genl_reply_fn fn, void *arg,
	      struct genl_error *error)
{
	const struct genlmsghdr *gnlh = mnl_nlmsg_get_payload(request);
	struct nlmsghdr *nlh;
	struct message m;

	(void)genl;
	memset(error, 0, sizeof(*error));
	if (gnlh->cmd == VMXPROBE_CMD_CPU) {
		nlh = start(&m);
		put_cpu(nlh, 0);
		return fn(m.buf + HEADERS, nlh->nlmsg_len - HEADERS, arg);
	}
	error->err = EINVAL;
	error->offset = (const char *)refused_of(request) - (const char *)request;
	strcpy(error->text, unknown.text);
	return -EINVAL;
}

static const char wanted[] = "the module is older than this tool and does not know --borrow";
static const struct probe_options borrow = { .borrow = true };
static const struct probe_options narrow = { .max_window = 4 };

static void one_sentence_says_it(void **state)
{
	struct evidence ev = { .group.depth = DEPTH_CONTROLS };
	struct experiment experiment = { .id = 5 };
	struct probe_report report = { 0 };
	struct field_map map = { 0 };
	struct client_error error;
	struct client *client;

	(void)state;
	unknown.text = "Unknown attribute type";
	unknown.inside = false;
	assert_int_equal(client_open(&client, &error), 0);
	assert_int_equal(client_probe(client, 0, &ev, 1, &borrow, &report, NULL, NULL, &error), -EINVAL);
	assert_string_equal(error.text, wanted);
	assert_int_equal(evidence_outcome(&ev, 0)->why, NOT_TESTED_FAILED);
	assert_int_equal(client_fields(client, 0, &borrow, &map, &report.stats, &error), -EINVAL);
	assert_string_equal(error.text, wanted);
	assert_int_equal(map.why.why, NOT_TESTED_FAILED);
	unknown.attr = VMXPROBE_A_FIELDS_WINDOW;
	assert_int_equal(client_fields(client, 0, &narrow, &map, &report.stats, &error), -EINVAL);
	assert_non_null(strstr(error.text, "does not know --max-window"));
	unknown.attr = 0;
	unknown.text = "Unsupported attribute";
	assert_int_equal(client_experiment(client, 0, 5, &borrow, &experiment, &report, &error),
			 -EINVAL);
	assert_string_equal(error.text, wanted);
	assert_int_equal(experiment.why.why, NOT_TESTED_FAILED);
	client_close(client);
	evidence_clear(&ev);
}

/* Of what is in a group the sentence says where. */
static void what_has_no_option_has_its_place(void **state)
{
	struct evidence ev = { .group.depth = DEPTH_CONTROLS };
	struct probe_report report = { 0 };
	struct client_error error;
	struct client *client;

	(void)state;
	unknown.text = "Unsupported attribute";
	unknown.inside = true;
	assert_int_equal(client_open(&client, &error), 0);
	assert_int_equal(client_probe(client, 0, &ev, 1, &borrow, &report, NULL, NULL, &error), -EINVAL);
	assert_string_equal(error.text, "the module is older than this tool and does not know group 1, "
					"depth 0x1");
	client_close(client);
	evidence_clear(&ev);
}

/* Not of the command line, as another EINVAL is. */
static void it_is_the_modules_fault(void **state)
{
	struct evidence ev = { .group.depth = DEPTH_CONTROLS };
	const struct host_cpus cpus = { 0 };
	struct probe_report report = { 0 };
	struct source src = { 0 };
	char why[512];

	(void)state;
	unknown.text = "Unknown attribute type";
	unknown.inside = false;
	assert_int_equal(source_connect_module(&src, &cpus, why, sizeof(why)), 0);
	assert_int_equal(src.ops->probe(&src, 0, &ev, 1, &borrow, &report, NULL, NULL), EXIT_MODULE);
	assert_int_equal(src.ops->fields(&src, &src.host->cpus[0], &borrow, &report.stats), EXIT_MODULE);
	assert_int_equal(src.ops->experiment(&src, &src.host->cpus[0], 5, &borrow, &report), EXIT_MODULE);
	evidence_clear(&ev);
	ev = (struct evidence){ .group.depth = DEPTH_CONTROLS };
	unknown.text = "this is not a caller's";
	assert_int_equal(src.ops->probe(&src, 0, &ev, 1, &borrow, &report, NULL, NULL), EXIT_USAGE);
	evidence_clear(&ev);
	source_close(&src);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_sentence_says_it),
		cmocka_unit_test(what_has_no_option_has_its_place),
		cmocka_unit_test(it_is_the_modules_fault),
	};

	return cmocka_run_group_tests_name("old_module", tests, NULL, NULL);
}
