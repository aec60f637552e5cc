/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Generic netlink over libmnl: one socket, one family, requests answered one at a time.
 * Knows nothing of the family's attributes; client.c is its only user.
 */
#ifndef VMXPROBE_GENL_H
#define VMXPROBE_GENL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/netlink.h>

struct genl;

/* Why a request failed. */
struct genl_error {
	int err;		/* errno, positive */
	char text[256];		/* the kernel's own sentence, "" if it gave none */
	uint32_t offset;	/* of the offending attribute in the request, 0 if not given */
	uint32_t missing;	/* type of an attribute that should have been there, 0 if none */
};

/* One answer: the attributes behind the generic netlink header; 0 or a negative errno. */
typedef int (*genl_reply_fn)(const void *attrs, size_t len, void *arg);

/* What a datagram left to do. */
enum genl_progress {
	GENL_MORE = 1,		/* the answer goes on in the next datagram */
	GENL_DONE,		/* acknowledged, or the end of the dump */
};

/* 0 or a negative errno, then *error says why; -ENOENT if the kernel has no such family. */
int genl_open(struct genl **genl, const char *family, struct genl_error *error);
void genl_close(struct genl *genl);

/* Start a request in buf, which has room for the headers; flags on top of NLM_F_REQUEST. */
struct nlmsghdr *genl_start(struct genl *genl, void *buf, uint8_t command, uint16_t flags);

/*
 * Send it and hand every answer to fn; 0 or a negative errno, then *error says why.
 * -EINTR: the dump was inconsistent, its answers are not to be used. -EPROTO: the kernel's
 * answer is no netlink. A refusal with EAGAIN is asked again.
 */
int genl_talk(struct genl *genl, struct nlmsghdr *request, genl_reply_fn fn, void *arg,
	      struct genl_error *error);

/*
 * One received datagram, in memory aligned to 4; the pure half of genl_talk(). Messages of
 * another sequence or port are skipped, they answer somebody else. *interrupted is set, never
 * cleared.
 */
int genl_walk(const void *buf, size_t len, uint32_t seq, uint32_t portid, genl_reply_fn fn,
	      void *arg, bool *interrupted, struct genl_error *error);

#endif
