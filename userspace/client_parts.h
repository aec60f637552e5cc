/* SPDX-License-Identifier: GPL-2.0 */
/* What the client's files have for each other: attributes, refusals, the socket. */
#ifndef VMXPROBE_CLIENT_PARTS_H
#define VMXPROBE_CLIENT_PARTS_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client.h"
#include "genl.h"

struct client {
	struct genl *genl;
};

/* The kernel's error as a sentence; request may be NULL. Returns the negative errno. */
int client_refuse(struct client_error *error, const struct genl_error *genl,
		  const struct nlmsghdr *request);
/*
 * What the request asks for at this offset, in the words of the command line where it has some: "" if
 * nothing is known of it. The request may be NULL.
 */
void client_asked(const struct nlmsghdr *request, uint32_t offset, char *text, size_t size);
int client_refuse_errno(struct client_error *error, int err);
/* Add what an answer says beside its evidence; 0 or -ENOMEM. */
int client_add_cost(struct probe_report *report, const struct client_cost *cost);

/* Attributes one after the other; "left" is 0 at the end if they were well-formed. */
struct attr_walk {
	const char *at;
	size_t left;
};

const struct nlattr *attr_next(struct attr_walk *walk);
struct attr_walk attr_nest(const struct nlattr *attr);

/* A number of fixed width and where it goes. */
struct attr_slot {
	uint16_t type;
	uint16_t size;
	size_t offset;
};

#define ATTR_SLOT(attr, type, member) \
	{ attr, sizeof(((type *)0)->member), offsetof(type, member) }
#define ATTR_FLAG(attr) { attr, 0, 0 }
#define ATTR_BIT(type) (1u << (type))

/*
 * Store an attribute that is one of the slots; in *seen the bit of its type is set. 0 also if
 * it is none of them.
 */
int attr_take(const struct nlattr *attr, const struct attr_slot *slots, size_t n, void *to,
	      uint32_t *seen);
int attr_take_nest(const struct nlattr *nest, const struct attr_slot *slots, size_t n, void *to,
		   uint32_t *seen);
bool attr_has(uint32_t seen, uint32_t types);

/* A value that is newer than this tool is READINESS_UNKNOWN. */
enum readiness attr_readiness(uint32_t value);
/* An outcome with just the members that its kind makes valid; 0 or -EPROTO. */
int attr_outcome(const struct nlattr *nest, struct outcome *out);
/* One more change of host state; 0 or -EPROTO. */
int attr_change(const struct nlattr *nest, struct client_cost *cost);

#endif
