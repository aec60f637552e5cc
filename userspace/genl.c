// SPDX-License-Identifier: GPL-2.0
#include "genl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

/* More than the kernel puts into one datagram, so that nothing is ever cut off. */
#define RECEIVE_SIZE (128 * 1024)
/* Of the sockets; the largest request and a dump of hundreds of CPUs fit. */
#define QUEUE_SIZE (4 * 1024 * 1024)
/* An answer is made while the request is sent: one that is not there by now will never be. */
#define ANSWER_SECONDS 120

struct genl {
	struct mnl_socket *socket;
	uint16_t family;
	uint32_t seq;
	uint32_t portid;
	void *buf;
};

static int genl_fail(struct genl_error *error, int err)
{
	memset(error, 0, sizeof(*error));
	error->err = err;
	return -err;
}

struct nlmsghdr *genl_start(struct genl *genl, void *buf, uint8_t command, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *gnlh;

	nlh->nlmsg_type = genl->family;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	gnlh = mnl_nlmsg_put_extra_header(nlh, sizeof(*gnlh));
	gnlh->cmd = command;
	gnlh->version = 1;
	return nlh;
}

/* The attributes behind an error number: a sentence and what it is about. */
static void read_extack(const void *tlv, size_t len, struct genl_error *error)
{
	const struct nlattr *attr;

	mnl_attr_for_each_payload(tlv, len) {
		const char *value = mnl_attr_get_payload(attr);
		size_t n = mnl_attr_get_payload_len(attr);

		switch (mnl_attr_get_type(attr)) {
		case NLMSGERR_ATTR_MSG:
			n = strnlen(value, n);
			if (n >= sizeof(error->text))
				n = sizeof(error->text) - 1;
			memcpy(error->text, value, n);
			error->text[n] = '\0';
			break;
		case NLMSGERR_ATTR_OFFS:
			if (n == sizeof(uint32_t))
				error->offset = mnl_attr_get_u32(attr);
			break;
		case NLMSGERR_ATTR_MISS_TYPE:
			if (n == sizeof(uint32_t))
				error->missing = mnl_attr_get_u32(attr);
			break;
		}
	}
}

/* NLMSG_ERROR: an acknowledgement or a refusal. */
static int read_error(const struct nlmsghdr *nlh, struct genl_error *error)
{
	const struct nlmsgerr *answer = mnl_nlmsg_get_payload(nlh);
	size_t len = mnl_nlmsg_get_payload_len(nlh);
	size_t skip = sizeof(*answer);

	if (len < sizeof(*answer))
		return genl_fail(error, EPROTO);
	if (!answer->error)
		return GENL_DONE;
	if (answer->error > 0 || answer->error < -4095)
		return genl_fail(error, EPROTO);

	genl_fail(error, -answer->error);
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS) {
		/* Without NLM_F_CAPPED the whole request stands in between. */
		if (!(nlh->nlmsg_flags & NLM_F_CAPPED)) {
			if (answer->msg.nlmsg_len < sizeof(answer->msg) ||
			    answer->msg.nlmsg_len > len)
				return answer->error;
			skip += MNL_ALIGN(answer->msg.nlmsg_len) - sizeof(answer->msg);
		}
		if (skip < len)
			read_extack((const char *)answer + skip, len - skip, error);
	}
	return answer->error;
}

/* NLMSG_DONE: the end of a dump, with the error that ended it, if any. */
static int read_done(const struct nlmsghdr *nlh, struct genl_error *error)
{
	const char *payload = mnl_nlmsg_get_payload(nlh);
	size_t len = mnl_nlmsg_get_payload_len(nlh);
	int result;

	if (len < sizeof(result))
		return GENL_DONE;
	memcpy(&result, payload, sizeof(result));
	if (result >= 0)
		return GENL_DONE;
	if (result < -4095)
		return genl_fail(error, EPROTO);
	genl_fail(error, -result);
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS)
		read_extack(payload + sizeof(result), len - sizeof(result), error);
	return result;
}

int genl_walk(const void *buf, size_t len, uint32_t seq, uint32_t portid, genl_reply_fn fn,
	      void *arg, bool *interrupted, struct genl_error *error)
{
	const char *at = buf;

	while (len) {
		const struct nlmsghdr *nlh = (const void *)at;
		size_t step, payload;
		int ret = GENL_MORE;

		/* Not mnl_nlmsg_ok(): it takes lengths of 2 GiB and more for negative ones. */
		if (len < sizeof(*nlh) || nlh->nlmsg_len < sizeof(*nlh) || nlh->nlmsg_len > len)
			return genl_fail(error, EPROTO);
		payload = mnl_nlmsg_get_payload_len(nlh);
		step = MNL_ALIGN((size_t)nlh->nlmsg_len);
		if (step > len)
			step = len;
		at += step;
		len -= step;

		if (nlh->nlmsg_seq != seq || nlh->nlmsg_pid != portid)
			continue;
		if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
			*interrupted = true;

		if (nlh->nlmsg_type == NLMSG_ERROR) {
			ret = read_error(nlh, error);
		} else if (nlh->nlmsg_type == NLMSG_DONE) {
			ret = read_done(nlh, error);
		} else if (nlh->nlmsg_type >= NLMSG_MIN_TYPE) {
			if (payload < GENL_HDRLEN)
				return genl_fail(error, EPROTO);
			ret = fn((const char *)mnl_nlmsg_get_payload(nlh) + GENL_HDRLEN,
				 payload - GENL_HDRLEN, arg);
			if (ret < 0)
				return genl_fail(error, -ret);
			ret = GENL_MORE;
		}
		if (ret != GENL_MORE)
			return ret;
	}
	return GENL_MORE;
}

static int talk_once(struct genl *genl, struct nlmsghdr *request, genl_reply_fn fn, void *arg,
		     struct genl_error *error)
{
	bool interrupted = false;
	int ret;

	/* A refusal then carries its sentence; and every answer ends with an acknowledgement. */
	request->nlmsg_flags |= NLM_F_ACK;
	request->nlmsg_seq = ++genl->seq;
	if (mnl_socket_sendto(genl->socket, request, request->nlmsg_len) < 0)
		return genl_fail(error, errno);

	do {
		ssize_t n = mnl_socket_recvfrom(genl->socket, genl->buf, RECEIVE_SIZE);

		if (n < 0 && errno == EINTR) {
			ret = GENL_MORE;
			continue;
		}
		if (n < 0)
			return genl_fail(error, errno == EAGAIN ? ETIMEDOUT : errno);
		ret = genl_walk(genl->buf, n, genl->seq, genl->portid, fn, arg, &interrupted,
				error);
	} while (ret == GENL_MORE);

	if (ret < 0)
		return ret;
	return interrupted ? genl_fail(error, EINTR) : 0;
}

int genl_talk(struct genl *genl, struct nlmsghdr *request, genl_reply_fn fn, void *arg,
	      struct genl_error *error)
{
	int ret;

	/* A signal interrupted the request, and so does the freezer before a suspend. */
	do {
		ret = talk_once(genl, request, fn, arg, error);
	} while (ret == -EAGAIN);
	return ret;
}

static int read_family(const void *attrs, size_t len, void *arg)
{
	const struct nlattr *attr;
	uint16_t *family = arg;

	mnl_attr_for_each_payload(attrs, len) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID &&
		    mnl_attr_get_payload_len(attr) == sizeof(*family))
			*family = mnl_attr_get_u16(attr);
	}
	return 0;
}

static int resolve(struct genl *genl, const char *family, struct genl_error *error)
{
	char buf[256] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh;
	uint16_t id = 0;
	int ret;

	genl->family = GENL_ID_CTRL;
	nlh = genl_start(genl, buf, CTRL_CMD_GETFAMILY, 0);
	if (!mnl_attr_put_strz_check(nlh, sizeof(buf), CTRL_ATTR_FAMILY_NAME, family))
		return genl_fail(error, EMSGSIZE);
	ret = genl_talk(genl, nlh, read_family, &id, error);
	if (ret)
		return ret;
	if (!id)
		return genl_fail(error, EPROTO);
	genl->family = id;
	return 0;
}

/*
 * Room for everything at once: a dump that overruns its socket is lost. The FORCE forms go
 * beyond the system's limit and need privilege; without it the plain ones do what they can.
 */
static void widen(struct mnl_socket *socket)
{
	int fd = mnl_socket_get_fd(socket), size = QUEUE_SIZE;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

int genl_open(struct genl **out, const char *family, struct genl_error *error)
{
	struct timeval patience = { .tv_sec = ANSWER_SECONDS };
	struct genl *genl;
	int one = 1, ret;

	genl = calloc(1, sizeof(*genl));
	if (!genl)
		return genl_fail(error, ENOMEM);
	genl->buf = malloc(RECEIVE_SIZE);
	if (!genl->buf) {
		ret = genl_fail(error, ENOMEM);
		goto free_genl;
	}
	genl->socket = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!genl->socket) {
		ret = genl_fail(error, errno);
		goto free_buf;
	}
	widen(genl->socket);
	/* Old kernels know neither option; then refusals are bare numbers, nothing else. */
	mnl_socket_setsockopt(genl->socket, NETLINK_EXT_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(genl->socket, NETLINK_CAP_ACK, &one, sizeof(one));
	if (setsockopt(mnl_socket_get_fd(genl->socket), SOL_SOCKET, SO_RCVTIMEO, &patience,
		       sizeof(patience)) ||
	    mnl_socket_bind(genl->socket, 0, MNL_SOCKET_AUTOPID)) {
		ret = genl_fail(error, errno);
		goto close_socket;
	}
	genl->portid = mnl_socket_get_portid(genl->socket);
	genl->seq = time(NULL);

	ret = resolve(genl, family, error);
	if (ret)
		goto close_socket;
	*out = genl;
	return 0;

close_socket:
	mnl_socket_close(genl->socket);
free_buf:
	free(genl->buf);
free_genl:
	free(genl);
	return ret;
}

void genl_close(struct genl *genl)
{
	if (!genl)
		return;
	mnl_socket_close(genl->socket);
	free(genl->buf);
	free(genl);
}
