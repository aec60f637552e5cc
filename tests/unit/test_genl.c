// SPDX-License-Identifier: GPL-2.0
/* What the kernel can put into a datagram: answers, acknowledgements, refusals, garbage. */
#include "unit.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <string.h>

#include "genl.h"

#define SEQ 42
#define PORT 4711

static struct {
	char buf[8192] __attribute__((aligned(8)));
	size_t len;
} datagram;

static struct genl_error error;
static bool interrupted;

/* Append a message and leave it open for more. */
static struct nlmsghdr *message(uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(datagram.buf + datagram.len);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = flags;
	nlh->nlmsg_seq = SEQ;
	nlh->nlmsg_pid = PORT;
	return nlh;
}

static void finish(struct nlmsghdr *nlh)
{
	datagram.len += MNL_ALIGN(nlh->nlmsg_len);
}

static void put_answer(uint16_t flags, uint32_t value)
{
	struct nlmsghdr *nlh = message(0x20, flags);

	mnl_nlmsg_put_extra_header(nlh, GENL_HDRLEN);
	mnl_attr_put_u32(nlh, 1, value);
	finish(nlh);
}

static void put_extack(struct nlmsghdr *nlh, const char *text, uint32_t offset)
{
	mnl_attr_put_strz(nlh, NLMSGERR_ATTR_MSG, text);
	mnl_attr_put_u32(nlh, NLMSGERR_ATTR_OFFS, offset);
	mnl_attr_put_u32(nlh, NLMSGERR_ATTR_MISS_TYPE, 3);
}

/* A refusal with the request's own header in it, and all of the request unless capped. */
static void put_error(int err, uint16_t flags, const char *text, uint32_t offset)
{
	struct nlmsghdr *nlh = message(NLMSG_ERROR, flags);
	struct nlmsgerr *answer = mnl_nlmsg_put_extra_header(nlh, sizeof(*answer));

	answer->error = err;
	answer->msg.nlmsg_len = 60;
	if (!(flags & NLM_F_CAPPED))
		memset(mnl_nlmsg_put_extra_header(nlh, 60 - sizeof(answer->msg)), 0xff,
		       60 - sizeof(answer->msg));
	if (text)
		put_extack(nlh, text, offset);
	finish(nlh);
}

static int sum(const void *attrs, size_t len, void *arg)
{
	const struct nlattr *attr = attrs;

	assert_int_equal(len, 8);
	*(uint32_t *)arg += mnl_attr_get_u32(attr);
	return 0;
}

static int walk(uint32_t *total)
{
	*total = 0;
	interrupted = false;
	memset(&error, 0x55, sizeof(error));
	return genl_walk(datagram.buf, datagram.len, SEQ, PORT, sum, total, &interrupted, &error);
}

static int empty(void **state)
{
	(void)state;
	memset(&datagram, 0, sizeof(datagram));
	return 0;
}

static void answer_then_acknowledgement(void **state)
{
	uint32_t total;

	(void)state;
	put_answer(0, 5);
	assert_int_equal(walk(&total), GENL_MORE);
	put_error(0, NLM_F_CAPPED, NULL, 0);
	assert_int_equal(walk(&total), GENL_DONE);
	assert_int_equal(total, 5);
	assert_false(interrupted);
}

static void dump_to_its_end(void **state)
{
	const int zero = 0;
	struct nlmsghdr *nlh;
	uint32_t total;

	(void)state;
	put_answer(NLM_F_MULTI, 1);
	put_answer(NLM_F_MULTI | NLM_F_DUMP_INTR, 2);
	put_answer(NLM_F_MULTI, 4);
	nlh = message(NLMSG_DONE, NLM_F_MULTI);
	memcpy(mnl_nlmsg_put_extra_header(nlh, 4), &zero, 4);
	finish(nlh);
	assert_int_equal(walk(&total), GENL_DONE);
	assert_int_equal(total, 7);
	assert_true(interrupted);
}

static void dump_that_failed(void **state)
{
	const int err = -ENOMEM;
	struct nlmsghdr *nlh;
	uint32_t total;

	(void)state;
	nlh = message(NLMSG_DONE, NLM_F_MULTI | NLM_F_ACK_TLVS);
	memcpy(mnl_nlmsg_put_extra_header(nlh, 4), &err, 4);
	put_extack(nlh, "no room", 0);
	finish(nlh);
	assert_int_equal(walk(&total), -ENOMEM);
	assert_int_equal(error.err, ENOMEM);
	assert_string_equal(error.text, "no room");
}

static void refusal_with_its_sentence(void **state)
{
	uint32_t total;

	(void)state;
	put_error(-EINVAL, NLM_F_CAPPED | NLM_F_ACK_TLVS, "a CPU number is required", 24);
	assert_int_equal(walk(&total), -EINVAL);
	assert_int_equal(error.err, EINVAL);
	assert_string_equal(error.text, "a CPU number is required");
	assert_int_equal(error.offset, 24);
	assert_int_equal(error.missing, 3);
}

/* Without NETLINK_CAP_ACK the request stands between the error and what is said of it. */
static void refusal_behind_the_request(void **state)
{
	uint32_t total;

	(void)state;
	put_error(-EPERM, NLM_F_ACK_TLVS, "no", 20);
	assert_int_equal(walk(&total), -EPERM);
	assert_string_equal(error.text, "no");
	assert_int_equal(error.offset, 20);
}

static void refusal_without_words(void **state)
{
	uint32_t total;

	(void)state;
	put_error(-ENOENT, NLM_F_CAPPED, NULL, 0);
	assert_int_equal(walk(&total), -ENOENT);
	assert_string_equal(error.text, "");
	assert_int_equal(error.offset, 0);
}

static void long_sentence_is_cut(void **state)
{
	char text[1000];
	uint32_t total;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	put_error(-EINVAL, NLM_F_CAPPED | NLM_F_ACK_TLVS, text, 0);
	assert_int_equal(walk(&total), -EINVAL);
	assert_int_equal(strlen(error.text), sizeof(error.text) - 1);
}

static void others_answers_are_skipped(void **state)
{
	uint32_t total;

	(void)state;
	put_answer(0, 1);
	((struct nlmsghdr *)datagram.buf)->nlmsg_seq = SEQ - 1;
	put_error(-EIO, NLM_F_CAPPED, NULL, 0);
	((struct nlmsghdr *)(datagram.buf + 28))->nlmsg_pid = PORT + 1;
	put_answer(0, 2);
	assert_int_equal(walk(&total), GENL_MORE);
	assert_int_equal(total, 2);
}

static int refuse(const void *attrs, size_t len, void *arg)
{
	(void)attrs;
	(void)len;
	(void)arg;
	return -EPROTO;
}

static void reader_can_refuse(void **state)
{
	(void)state;
	put_answer(0, 1);
	assert_int_equal(genl_walk(datagram.buf, datagram.len, SEQ, PORT, refuse, NULL,
				   &interrupted, &error), -EPROTO);
	assert_int_equal(error.err, EPROTO);
}

static void garbage_is_refused(void **state)
{
	uint32_t total;

	(void)state;
	put_answer(0, 1);
	datagram.len -= 4;				/* cut off */
	assert_int_equal(walk(&total), -EPROTO);

	empty(NULL);
	put_answer(0, 1);				/* a length of more than 2 GiB */
	((struct nlmsghdr *)datagram.buf)->nlmsg_len = 0xc2c2c2c2;
	assert_int_equal(walk(&total), -EPROTO);

	empty(NULL);
	put_error(-5000, NLM_F_CAPPED, NULL, 0);	/* no errno */
	assert_int_equal(walk(&total), -EPROTO);

	empty(NULL);
	put_error(17, NLM_F_CAPPED, NULL, 0);
	assert_int_equal(walk(&total), -EPROTO);

	empty(NULL);
	finish(message(NLMSG_ERROR, 0));		/* no error number in it */
	assert_int_equal(walk(&total), -EPROTO);

	empty(NULL);
	finish(message(0x20, 0));			/* no generic netlink header */
	assert_int_equal(walk(&total), -EPROTO);

	/* The request's length in an answer that is not capped leads out of the message. */
	empty(NULL);
	put_error(-EINVAL, NLM_F_ACK_TLVS, "x", 0);
	((struct nlmsgerr *)(datagram.buf + MNL_NLMSG_HDRLEN))->msg.nlmsg_len = 1 << 30;
	assert_int_equal(walk(&total), -EINVAL);
	assert_string_equal(error.text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(answer_then_acknowledgement, empty),
		cmocka_unit_test_setup(dump_to_its_end, empty),
		cmocka_unit_test_setup(dump_that_failed, empty),
		cmocka_unit_test_setup(refusal_with_its_sentence, empty),
		cmocka_unit_test_setup(refusal_behind_the_request, empty),
		cmocka_unit_test_setup(refusal_without_words, empty),
		cmocka_unit_test_setup(long_sentence_is_cut, empty),
		cmocka_unit_test_setup(others_answers_are_skipped, empty),
		cmocka_unit_test_setup(reader_can_refuse, empty),
		cmocka_unit_test_setup(garbage_is_refused, empty),
	};

	return cmocka_run_group_tests_name("genl", tests, NULL, NULL);
}
