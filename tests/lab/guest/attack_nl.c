// SPDX-License-Identifier: GPL-2.0
/* Sockets; that each message of a datagram has the answer that is due to it, and no other. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "attack.h"

#define MAX_DUE		512
#define MAX_FAILURES	5
#define ANSWERS		16
#define ANSWER		(1 << 18)

static uint8_t answers[ANSWERS][ANSWER] __attribute__((aligned(8)));

/* What a datagram's messages, as the kernel takes them apart, have coming. */
static struct due {
	const struct nlmsghdr *request;
	bool processed, answer, replied;
	int must;
} due[MAX_DUE];
static unsigned int n_due, next_due;
static const struct nlmsghdr *dump;	/* the request of the one that goes on */

void die(const char *what)
{
	fprintf(stderr, "attack: %s: %s\n", what, strerror(errno));
	exit(1);
}

void fail(struct sender *s, const void *message, size_t len, const char *format, ...)
{
	const uint8_t *bytes = message;
	va_list args;

	printf("attack: seed %llu, datagram of message %llu: ", (unsigned long long)s->seed,
	       (unsigned long long)s->number);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	for (size_t i = 0; i < len && i < 160; i++)
		printf("%s%02x", i % 32 ? "" : "\n  ", bytes[i]);
	puts("");
	fflush(stdout);
	if (++s->counts->failures >= MAX_FAILURES) {
		puts("attack: given up");
		exit(1);
	}
}

static void take_datagram(struct sender *s, const uint8_t *bytes, size_t len,
			  void (*take)(const struct nlmsghdr *nlh, void *data), void *data)
{
	const struct nlmsghdr *nlh = (const void *)bytes;
	int left = len;

	if (len > ANSWER) {
		fail(s, NULL, 0, "an answer of %zu bytes", len);
		return;
	}
	for (; NLMSG_OK(nlh, (unsigned int)left); nlh = NLMSG_NEXT(nlh, left))
		take(nlh, data);
	if (left > 0)
		fail(s, bytes, len, "an answer that is no message");
}

void drain(struct sender *s, void (*take)(const struct nlmsghdr *nlh, void *data), void *data)
{
	struct iovec iov[ANSWERS];
	struct mmsghdr msgs[ANSWERS];
	int n;

	memset(msgs, 0, sizeof(msgs));
	for (int i = 0; i < ANSWERS; i++) {
		iov[i] = (struct iovec) { answers[i], ANSWER };
		msgs[i].msg_hdr.msg_iov = &iov[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
	do {
		n = recvmmsg(s->fd, msgs, ANSWERS, MSG_DONTWAIT | MSG_TRUNC, NULL);
		for (int i = 0; i < n; i++)
			take_datagram(s, answers[i], msgs[i].msg_len, take, data);
		/* Fewer than there is room for: there were no more. */
	} while (n == ANSWERS || (n > 0 && dump));
	if (n < 0 && errno != EAGAIN)
		fail(s, NULL, 0, "receiving: %s", strerror(errno));
}

static void take_family(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *nla = NLMSG_DATA(nlh) + GENL_HDRLEN;
	struct sender *s = data;

	if (nlh->nlmsg_type != GENL_ID_CTRL)
		return;
	while ((uint8_t *)nla < (uint8_t *)nlh + nlh->nlmsg_len) {
		if (nla->nla_type == CTRL_ATTR_FAMILY_ID)
			memcpy(&s->family, (uint8_t *)nla + NLA_HDRLEN, sizeof(s->family));
		nla = (void *)nla + NLA_ALIGN(nla->nla_len);
	}
}

/* As root, for now; the family is 0 where there is none. */
struct sender open_sender(struct counts *counts)
{
	struct sender s = { .counts = counts, .net_admin = true, .sys_admin = true };
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	int on = 1, size = 8 << 20;
	uint8_t buf[256];
	struct message m = { 0 };

	s.fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (s.fd < 0 || connect(s.fd, (struct sockaddr *)&kernel, sizeof(kernel)) ||
	    setsockopt(s.fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on)))
		die("netlink socket");
	/* Where these are not allowed, answers must not be as long as what they answer. */
	if (setsockopt(s.fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ||
	    setsockopt(s.fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
		setsockopt(s.fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	start(&m, buf, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
	put(&m, -1, CTRL_ATTR_FAMILY_NAME, VMXPROBE_FAMILY_NAME, sizeof(VMXPROBE_FAMILY_NAME));
	finish(&m);
	if (send(s.fd, buf, m.len, 0) < 0)
		die("send");
	drain(&s, take_family, &s);
	return s;
}

void close_sender(struct sender *s)
{
	close(s->fd);
}

static const struct genlmsghdr *genl_of(const struct nlmsghdr *nlh)
{
	return NLMSG_DATA(nlh);
}

static bool is_dump(const struct nlmsghdr *nlh)
{
	return (nlh->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
}

/*
 * A message of a well-known command with nothing wrong before its attributes. Only what is wrong
 * before them is the generic netlink core's, and the core says no sentence to that.
 */
static bool reaches_family(const struct sender *s, const struct nlmsghdr *nlh)
{
	if (nlh->nlmsg_type != s->family || s->elsewhere ||
	    nlh->nlmsg_len < NLMSG_HDRLEN + GENL_HDRLEN)
		return false;
	return genl_of(nlh)->cmd && genl_of(nlh)->cmd < __VMXPROBE_CMD_MAX &&
	       (!is_dump(nlh) || genl_of(nlh)->cmd == VMXPROBE_CMD_CPU);
}

static bool is_plausible(const struct sender *s, const struct nlmsghdr *request, int error)
{
	if (request->nlmsg_type == GENL_ID_CTRL)
		return true;
	switch (error) {
	case EINVAL:
	case EOPNOTSUPP:
		return true;
	case ERANGE:
	case ENODEV:
	case E2BIG:
		return reaches_family(s, request) && s->net_admin;
	case EPERM:
		return reaches_family(s, request) && !(s->net_admin && s->sys_admin);
	case ENOENT:
		return request->nlmsg_type != s->family || s->elsewhere;
	case EBUSY:
		return is_dump(request);
	default:
		return false;
	}
}

void add_sentence(struct counts *counts, const char *text, uint64_t n)
{
	const size_t room = sizeof(counts->sentences[0].text) - 1;
	int i;

	for (i = 0; i < MAX_SENTENCES - 1 && counts->sentences[i].n; i++)
		if (!strncmp(counts->sentences[i].text, text, room))
			break;
	if (!counts->sentences[i].n)
		memcpy(counts->sentences[i].text, text, strnlen(text, room));
	counts->sentences[i].n += n;
}

static const char *sentence_of(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *err = NLMSG_DATA(nlh);
	const uint8_t *end = (const uint8_t *)nlh + nlh->nlmsg_len;
	const uint8_t *at = (const uint8_t *)(err + 1);
	const struct nlattr *nla;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return NULL;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		at += NLMSG_ALIGN(err->msg.nlmsg_len - NLMSG_HDRLEN);
	for (; end - at >= NLA_HDRLEN; at += NLA_ALIGN(nla->nla_len)) {
		nla = (const void *)at;
		if (nla->nla_len < NLA_HDRLEN || nla->nla_len > end - at)
			return NULL;
		if ((nla->nla_type & NLA_TYPE_MASK) == NLMSGERR_ATTR_MSG)
			return nla->nla_len > NLA_HDRLEN + 1 && !at[nla->nla_len - 1] ?
				(const char *)at + NLA_HDRLEN : NULL;
	}
	return NULL;
}

/* What must come of a message that a sender with all rights would have that answer to. */
static int must_come(const struct sender *s, const struct nlmsghdr *request, int must)
{
	if (must == ANYTHING)
		return must;
	if (s->elsewhere)
		return ENOENT;
	if (!s->net_admin)
		return EPERM;
	if (s->sys_admin || genl_of(request)->cmd == VMXPROBE_CMD_CPU)
		return must;
	/* Attributes out of their range are seen before it is known what they are to do. */
	return must == EINVAL || must == ERANGE ? ANYTHING : EPERM;
}

static bool is_expected(const struct due *d, int error)
{
	/* Of two dumps in one datagram the second comes too early. */
	return d->must == ANYTHING || d->must == error ||
	       (error == EBUSY && is_dump(d->request));
}

static const char *name_of(int error)
{
	return error ? strerror(error) : "a reply";
}

static void judge_refusal(struct sender *s, const struct due *d, const struct nlmsghdr *answer,
			  int error)
{
	const struct nlmsghdr *request = d->request;
	const char *text = sentence_of(answer);

	s->counts->refused++;
	s->counts->errnos[error & 255]++;
	if (!is_plausible(s, request, error))
		fail(s, request, request->nlmsg_len, "refused with %s: %s", strerror(error),
		     text ?: "no sentence");
	else if (!is_expected(d, error))
		fail(s, request, request->nlmsg_len, "refused with %s, where %s must come: %s",
		     strerror(error), name_of(d->must), text ?: "no sentence");
	else if (text)
		add_sentence(s->counts, text, 1);
	else if (!reaches_family(s, request) || !s->net_admin || error == EBUSY)
		s->counts->silent++;
	else
		fail(s, request, request->nlmsg_len, "refused with %s and no sentence",
		     strerror(error));
}

static void judge_error(struct sender *s, struct due *d, const struct nlmsghdr *answer)
{
	const struct nlmsgerr *err = NLMSG_DATA(answer);

	if (err->msg.nlmsg_seq != d->request->nlmsg_seq) {
		fail(s, answer, answer->nlmsg_len, "an answer with another message inside");
	} else if (err->error) {
		if (!d->processed || d->replied)
			fail(s, d->request, d->request->nlmsg_len, "refused what is none to refuse");
		judge_refusal(s, d, answer, -err->error);
	} else if (d->request->nlmsg_flags & NLM_F_ACK && (d->replied || !d->processed)) {
		s->counts->acks++;
	} else if (reaches_family(s, d->request)) {
		fail(s, d->request, d->request->nlmsg_len, "a confirmation that is not due");
	} else {
		s->counts->foreign++;
	}
	next_due++;
}

static void judge_content(struct sender *s, const struct nlmsghdr *request,
			  const struct nlmsghdr *answer)
{
	const char *bad;

	if (answer->nlmsg_type != s->family) {
		s->counts->foreign++;
		return;
	}
	bad = judge_reply(s->counts, request, answer);
	if (!bad && (!s->net_admin || s->elsewhere ||
		     (!s->sys_admin && genl_of(answer)->cmd != VMXPROBE_CMD_CPU)))
		bad = "one without the right to it has a reply";
	if (bad)
		fail(s, request, request->nlmsg_len, "%s", bad);
}

static void judge_answer(const struct nlmsghdr *answer, void *data)
{
	struct sender *s = data;
	struct due *d;

	if (dump && answer->nlmsg_seq == dump->nlmsg_seq && answer->nlmsg_flags & NLM_F_MULTI) {
		if (answer->nlmsg_type != NLMSG_DONE) {
			judge_content(s, dump, answer);
			return;
		}
		if (*(int *)NLMSG_DATA(answer))
			fail(s, dump, dump->nlmsg_len, "a dump that failed");
		s->counts->dumps++;
		dump = NULL;
		return;
	}
	while (next_due < n_due && !due[next_due].answer)
		next_due++;
	d = &due[next_due];
	if (next_due == n_due || d->request->nlmsg_seq != answer->nlmsg_seq) {
		fail(s, answer, answer->nlmsg_len, "an answer that nobody waits for, type %u, seq %u",
		     answer->nlmsg_type, answer->nlmsg_seq);
	} else if (answer->nlmsg_type == NLMSG_ERROR) {
		judge_error(s, d, answer);
	} else if (answer->nlmsg_flags & NLM_F_MULTI && is_dump(d->request) && !dump) {
		/* No confirmation comes of a dump. */
		dump = d->request;
		next_due++;
		judge_answer(answer, data);
	} else if (!d->processed || d->replied) {
		fail(s, d->request, d->request->nlmsg_len, "a reply that is not due");
	} else {
		if (!is_expected(d, 0))
			fail(s, d->request, d->request->nlmsg_len, "a reply, where %s must come",
			     name_of(d->must));
		else
			judge_content(s, d->request, answer);
		d->replied = true;
		if (!(d->request->nlmsg_flags & NLM_F_ACK))
			next_due++;
	}
}

/* As netlink_rcv_skb() goes through a datagram. */
static void list_due(struct sender *s, const uint8_t *datagram, size_t len, const int *must,
		     unsigned int n)
{
	const struct nlmsghdr *nlh;
	size_t at = 0;

	n_due = next_due = 0;
	while (len - at >= NLMSG_HDRLEN && n_due < MAX_DUE) {
		struct due *d = &due[n_due];

		nlh = (const void *)(datagram + at);
		if (nlh->nlmsg_len < NLMSG_HDRLEN || nlh->nlmsg_len > len - at)
			break;
		d->request = nlh;
		d->must = n_due < n ? must_come(s, nlh, must[n_due]) : ANYTHING;
		n_due++;
		d->processed = nlh->nlmsg_flags & NLM_F_REQUEST && nlh->nlmsg_type >= NLMSG_MIN_TYPE;
		d->answer = d->processed || nlh->nlmsg_flags & NLM_F_ACK;
		d->replied = false;
		s->counts->unanswered += !d->answer;
		at += NLMSG_ALIGN((size_t)nlh->nlmsg_len);
		if (at > len)
			at = len;
	}
	s->counts->unanswered += !n_due;
}

void send_judged(struct sender *s, const uint8_t *datagram, size_t len, const int *must,
		 unsigned int n)
{
	list_due(s, datagram, len, must, n);
	if (send(s->fd, datagram, len, 0) != (ssize_t)len) {
		/* The send buffer of one without rights has an end. */
		if (errno == EMSGSIZE && !(s->net_admin && s->sys_admin))
			return;
		fail(s, datagram, len, "sending %zu bytes: %s", len, strerror(errno));
		return;
	}
	s->counts->datagrams++;
	s->counts->messages += n;
	s->counts->bytes += len;
	/* The kernel has done all of it by now, but for dumps, which go on as they are received. */
	drain(s, judge_answer, s);
	while (next_due < n_due && !due[next_due].answer)
		next_due++;
	if (next_due < n_due)
		fail(s, due[next_due].request, due[next_due].request->nlmsg_len, "no answer");
	if (dump)
		fail(s, dump, dump->nlmsg_len, "a dump without an end");
	dump = NULL;
}

void attack(struct sender *s, uint64_t seed, uint64_t first, uint64_t messages)
{
	static uint8_t datagram[2 * MAX_MESSAGE] __attribute__((aligned(8)));
	uint64_t end = first + messages;
	int must[MAX_TOGETHER];
	struct made made;

	s->seed = seed;
	for (uint64_t i = first; i < end;) {
		unsigned int n = 0;
		size_t len = 0;
		/* Up to sixteen; where one ends does not depend on where a sender began. */
		uint64_t stop = i % 128 < 16 ? i + 1 : i / 16 * 16 + 16;

		s->number = i;
		do {
			made = make_message(seed, i++, s->family, datagram + len);
			must[n++] = made.must;
			memset(datagram + len + made.len, 0, NLMSG_ALIGN(made.len) - made.len);
			len += made.last ? made.len : NLMSG_ALIGN(made.len);
		} while (!made.last && i < stop && i < end && len < MAX_MESSAGE / 2);
		send_judged(s, datagram, len, must, n);
	}
}
