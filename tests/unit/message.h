/* SPDX-License-Identifier: GPL-2.0 */
/* Messages of the module, made by hand. */
#ifndef VMXPROBE_TEST_MESSAGE_H
#define VMXPROBE_TEST_MESSAGE_H

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stddef.h>
#include <stdint.h>

#define HEADERS (MNL_NLMSG_HDRLEN + GENL_HDRLEN)

/* A message under construction; attributes start behind the headers. */
struct message {
	union {
		struct nlmsghdr nlh;
		char buf[256 * 1024];
	};
};

struct nlmsghdr *start(struct message *m);
void put_msr(struct nlmsghdr *nlh, uint32_t index, uint32_t state, const uint64_t *value);
/* A CPU that is ready, with a leaf and three MSRs. */
void put_cpu(struct nlmsghdr *nlh, uint32_t id);
/* An outcome: VMfailValid of VMLAUNCH, or a VM exit. */
void put_refused(struct nlmsghdr *nlh, uint32_t error);
void put_exit(struct nlmsghdr *nlh, uint32_t kind, uint32_t reason, uint64_t qualification);
/*
 * An outcome: a guest that exited by VMCALL, n_fields fields that are first, first + 1 and so on,
 * 16 bytes of stack; ticks unless 0.
 */
void put_arrived(struct nlmsghdr *nlh, uint64_t first, size_t n_fields, uint64_t ticks);
/* An answer with outcome 0, refused with error 7, and outcome 1, an entry that failed; no index. */
void put_probe(struct nlmsghdr *nlh, uint32_t cpu, uint32_t done);
void put_stats(struct nlmsghdr *nlh);

#endif
