// SPDX-License-Identifier: GPL-2.0
/* What the client makes of the module's maps of VMCS fields. */
#include "unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "netlink/vmxprobe.h"
#include "client.h"
#include "fake_genl.h"
#include "message.h"

static struct window_stats stats;

/* genl.c is replaced by a fake that answers with this, and then has no acknowledgement. */
static struct message answer;

int genl_talk(struct genl *genl, struct nlmsghdr *request, genl_reply_fn fn, void *arg,
	      struct genl_error *error)
{
	(void)genl, (void)request;
	assert_int_equal(fn(answer.buf + HEADERS, answer.nlh.nlmsg_len - HEADERS, arg), 0);
	*error = (struct genl_error){ .err = ETIMEDOUT };
	return -ETIMEDOUT;
}

static int parse(const struct message *m, uint32_t first, struct field_map *map, uint32_t *next)
{
	size_t len = m->nlh.nlmsg_len - HEADERS;
	void *attrs = malloc(len + 1);
	int ret;

	/* In memory of just their size, so that a read beyond is seen. */
	memcpy(attrs, m->buf + HEADERS, len);
	ret = client_parse_fields(attrs, len, 3, first, map, next, &stats);
	free(attrs);
	return ret;
}

/* The same, to be refused. */
static void refused(const struct message *m, uint32_t first)
{
	struct field_map map = { 0 };
	uint32_t next;

	assert_int_equal(parse(m, first, &map, &next), -EPROTO);
	field_map_clear(&map);
}

static void put_outcome(struct nlmsghdr *nlh, uint16_t type, uint32_t insn, uint32_t error,
			uint32_t field)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, type);

	mnl_attr_put_u32(nlh, VMXPROBE_A_OUTCOME_KIND, VMXPROBE_KIND_FAIL_VALID);
	mnl_attr_put_u32(nlh, VMXPROBE_A_OUTCOME_INSN, insn);
	mnl_attr_put_u32(nlh, VMXPROBE_A_OUTCOME_ERROR, error);
	mnl_attr_put_u32(nlh, VMXPROBE_A_OUTCOME_FIELD, field);
	mnl_attr_nest_end(nlh, nest);
}

static void put_access(struct nlmsghdr *nlh, uint32_t encoding, bool writable)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, VMXPROBE_A_FIELDS_ACCESS);

	mnl_attr_put_u32(nlh, VMXPROBE_A_ACCESS_ENCODING, encoding);
	if (writable)
		mnl_attr_put_u64(nlh, VMXPROBE_A_ACCESS_ONES, 0xffff);
	else
		put_outcome(nlh, VMXPROBE_A_ACCESS_WRITE, VMXPROBE_INSN_VMWRITE, 13, encoding);
	mnl_attr_nest_end(nlh, nest);
}

static struct nlmsghdr *begin(struct message *m)
{
	struct nlmsghdr *nlh = start(m);

	mnl_attr_put_u32(nlh, VMXPROBE_A_FIELDS_CPU, 3);
	return nlh;
}

static void map_comes_in_parts(void **state)
{
	struct field_map map = { 0 };
	struct nlmsghdr *nlh;
	struct message m;
	uint32_t next;

	(void)state;
	nlh = begin(&m);
	put_access(nlh, 0x800, true);
	put_access(nlh, 0x802, true);
	mnl_attr_put_u32(nlh, VMXPROBE_A_FIELDS_NEXT, 0x900);
	mnl_attr_put(nlh, 77, 6, "future");
	mnl_attr_put_u32(nlh, VMXPROBE_A_FIELDS_BORROWED, 0);
	assert_int_equal(parse(&m, 0, &map, &next), 0);
	assert_int_equal(stats.borrowed, 0);
	/* As modules did before they counted. */
	assert_int_equal(stats.windows, 0);
	assert_true(stats.untold);
	assert_int_equal(next, 0x900);
	assert_false(map.scanned);

	nlh = begin(&m);
	put_access(nlh, 0x4400, false);
	mnl_attr_put_u32(nlh, VMXPROBE_A_FIELDS_BORROWED, 2);
	mnl_attr_put_u32(nlh, VMXPROBE_A_FIELDS_WINDOWS, 3);
	mnl_attr_put_u64(nlh, VMXPROBE_A_FIELDS_WINDOW_TICKS, 900);
	mnl_attr_put_u64(nlh, VMXPROBE_A_FIELDS_WINDOW_TICKS_MAX, 500);
	assert_int_equal(parse(&m, next, &map, &next), 0);
	assert_int_equal(stats.borrowed, 2);
	assert_int_equal(stats.windows, 3);
	assert_int_equal(stats.ticks, 900);
	assert_int_equal(stats.max_ticks, 500);
	assert_false(stats.untold);
	assert_int_equal(next, 0);
	assert_true(map.scanned);
	assert_int_equal(map.n, 3);
	assert_true(map.list[1].readable && map.list[1].writable);
	assert_int_equal(map.list[1].encoding, 0x802);
	assert_int_equal(map.list[1].ones, 0xffff);
	assert_true(map.list[2].readable && !map.list[2].writable);
	assert_int_equal(map.list[2].write.kind, OUTCOME_FAIL_VALID);
	assert_int_equal(map.list[2].write.error, 13);
	assert_int_equal(map.list[2].write.field, 0x4400);
	assert_ptr_equal(field_map_find(&map, 0x4400), &map.list[2]);
	assert_null(field_map_find(&map, 0x4402));
	field_map_clear(&map);
}

static void cpu_that_was_not_asked_says_why(void **state)
{
	struct field_map map = { 0 };
	struct nlmsghdr *nlh;
	struct nlattr *nest;
	struct message m;
	uint32_t next;

	(void)state;
	nlh = begin(&m);
	nest = mnl_attr_nest_start(nlh, VMXPROBE_A_FIELDS_FAILED);
	mnl_attr_put_u32(nlh, VMXPROBE_A_OUTCOME_KIND, VMXPROBE_KIND_NOT_READY);
	mnl_attr_put_u32(nlh, VMXPROBE_A_OUTCOME_READINESS, VMXPROBE_READINESS_IN_USE);
	mnl_attr_nest_end(nlh, nest);
	assert_int_equal(parse(&m, 0, &map, &next), 0);
	assert_int_equal(next, 0);
	assert_false(map.scanned);
	assert_int_equal(map.why.kind, OUTCOME_NOT_READY);
	assert_int_equal(map.why.readiness, READINESS_IN_USE);
	assert_false(stats.untold);

	put_access(nlh, 0x800, true);
	refused(&m, 0);
}

static void what_breaks_the_contract_is_refused(void **state)
{
	struct nlmsghdr *nlh;
	struct nlattr *nest;
	struct message m;

	(void)state;
	nlh = start(&m);		/* no CPU */
	put_access(nlh, 0x800, true);
	refused(&m, 0);
	mnl_attr_put_u32(nlh, VMXPROBE_A_FIELDS_CPU, 4);	/* another one */
	refused(&m, 0);

	nlh = begin(&m);		/* twice; not ascending; before what was asked */
	put_access(nlh, 0x800, true);
	put_access(nlh, 0x800, true);
	refused(&m, 0);
	nlh = begin(&m);
	put_access(nlh, 0x802, true);
	put_access(nlh, 0x800, true);
	refused(&m, 0);
	nlh = begin(&m);
	put_access(nlh, 0x802, true);
	refused(&m, 0x803);
	nlh = begin(&m);
	put_access(nlh, 0x8000, true);
	refused(&m, 0);

	for (uint32_t next = 0x7ff; next <= 0x803; next++) {	/* no progress */
		struct field_map map = { 0 };
		uint32_t on;

		nlh = begin(&m);
		put_access(nlh, 0x802, true);
		mnl_attr_put_u32(nlh, VMXPROBE_A_FIELDS_NEXT, next);
		assert_int_equal(parse(&m, 0x800, &map, &on), next == 0x803 ? 0 : -EPROTO);
		field_map_clear(&map);
	}
	nlh = begin(&m);
	mnl_attr_put_u32(nlh, VMXPROBE_A_FIELDS_NEXT, 0x8000);
	refused(&m, 0);

	nlh = begin(&m);		/* no encoding; no value; a value of a failed write */
	nest = mnl_attr_nest_start(nlh, VMXPROBE_A_FIELDS_ACCESS);
	mnl_attr_put_u64(nlh, VMXPROBE_A_ACCESS_ONES, 1);
	mnl_attr_nest_end(nlh, nest);
	refused(&m, 0);
	nlh = begin(&m);
	nest = mnl_attr_nest_start(nlh, VMXPROBE_A_FIELDS_ACCESS);
	mnl_attr_put_u32(nlh, VMXPROBE_A_ACCESS_ENCODING, 0x800);
	mnl_attr_nest_end(nlh, nest);
	refused(&m, 0);
	nlh = begin(&m);
	nest = mnl_attr_nest_start(nlh, VMXPROBE_A_FIELDS_ACCESS);
	mnl_attr_put_u32(nlh, VMXPROBE_A_ACCESS_ENCODING, 0x800);
	mnl_attr_put_u64(nlh, VMXPROBE_A_ACCESS_ONES, 1);
	put_outcome(nlh, VMXPROBE_A_ACCESS_WRITE, VMXPROBE_INSN_VMWRITE, 13, 0x800);
	mnl_attr_nest_end(nlh, nest);
	refused(&m, 0);

	nlh = begin(&m);		/* an outcome of another field; one twice */
	nest = mnl_attr_nest_start(nlh, VMXPROBE_A_FIELDS_ACCESS);
	mnl_attr_put_u32(nlh, VMXPROBE_A_ACCESS_ENCODING, 0x800);
	put_outcome(nlh, VMXPROBE_A_ACCESS_WRITE, VMXPROBE_INSN_VMWRITE, 13, 0x802);
	mnl_attr_nest_end(nlh, nest);
	refused(&m, 0);
	nlh = begin(&m);
	nest = mnl_attr_nest_start(nlh, VMXPROBE_A_FIELDS_ACCESS);
	mnl_attr_put_u32(nlh, VMXPROBE_A_ACCESS_ENCODING, 0x800);
	put_outcome(nlh, VMXPROBE_A_ACCESS_READ, VMXPROBE_INSN_VMREAD, 13, 0x800);
	put_outcome(nlh, VMXPROBE_A_ACCESS_READ, VMXPROBE_INSN_VMREAD, 13, 0x800);
	mnl_attr_nest_end(nlh, nest);
	refused(&m, 0);
}

/* What a request had answered before it failed is not a map. */
static void failed_request_leaves_no_map(void **state)
{
	const struct probe_options opt = { 0 };
	struct field_map map = { 0 };
	struct client_error error;
	struct client *client;

	(void)state;
	put_access(begin(&answer), 0x800, true);
	assert_int_equal(client_open(&client, &error), 0);
	assert_int_equal(client_fields(client, 3, &opt, &map, &stats, &error), -ETIMEDOUT);
	client_close(client);
	assert_false(map.scanned);
	assert_int_equal(map.n, 0);
	assert_int_equal(map.why.kind, OUTCOME_NOT_TESTED);
	assert_int_equal(map.why.why, NOT_TESTED_FAILED);
	field_map_clear(&map);
}

static void message_cut_short_is_survived(void **state)
{
	struct nlmsghdr *nlh;
	struct message m;

	(void)state;
	nlh = begin(&m);
	put_access(nlh, 0x800, true);
	put_access(nlh, 0x4400, false);
	for (uint32_t len = nlh->nlmsg_len; len > HEADERS; len--) {
		struct field_map map = { 0 };
		uint32_t next;

		nlh->nlmsg_len = len;
		parse(&m, 0, &map, &next);
		field_map_clear(&map);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(map_comes_in_parts),
		cmocka_unit_test(cpu_that_was_not_asked_says_why),
		cmocka_unit_test(what_breaks_the_contract_is_refused),
		cmocka_unit_test(failed_request_leaves_no_map),
		cmocka_unit_test(message_cut_short_is_survived),
	};

	return cmocka_run_group_tests_name("client_fields", tests, NULL, NULL);
}
