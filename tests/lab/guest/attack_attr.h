/* SPDX-License-Identifier: GPL-2.0 */
/* Attributes of a message that has arrived, or that was taken: whole ones, one after the other. */
#ifndef ATTACK_ATTR_H
#define ATTACK_ATTR_H

#include <string.h>

#include "attack.h"

struct range {
	const uint8_t *at, *end;
};

/* The next attribute, NULL at the end or where there is none whole. */
static inline const struct nlattr *next(struct range *r)
{
	const struct nlattr *nla = (const void *)r->at;

	if (r->end - r->at < NLA_HDRLEN || nla->nla_len < NLA_HDRLEN ||
	    r->end - r->at < nla->nla_len)
		return NULL;
	r->at += NLA_ALIGN(nla->nla_len);
	if (r->at > r->end)
		r->at = r->end;
	return nla;
}

static inline struct range inside(const struct nlattr *nla)
{
	const uint8_t *at = (const void *)nla;

	return (struct range) { at + NLA_HDRLEN, at + nla->nla_len };
}

static inline struct range of_message(const struct nlmsghdr *nlh)
{
	const uint8_t *at = (const void *)nlh;

	return (struct range) { at + NLMSG_HDRLEN + GENL_HDRLEN, at + nlh->nlmsg_len };
}

static inline int type_of(const struct nlattr *nla)
{
	return nla->nla_type & NLA_TYPE_MASK;
}

static inline uint32_t u32_of(const struct nlattr *nla)
{
	uint32_t value;

	memcpy(&value, (const uint8_t *)nla + NLA_HDRLEN, sizeof(value));
	return value;
}

static inline uint64_t u64_of(const struct nlattr *nla)
{
	uint64_t value;

	memcpy(&value, (const uint8_t *)nla + NLA_HDRLEN, sizeof(value));
	return value;
}

/* Of those of a type the last one, which is what counts; NULL if there is none. */
static inline const struct nlattr *last(struct range r, int type)
{
	const struct nlattr *nla, *found = NULL;

	while ((nla = next(&r)))
		if (type_of(nla) == type)
			found = nla;
	return found;
}

static inline uint32_t last_u32(struct range r, int type, uint32_t otherwise)
{
	const struct nlattr *nla = last(r, type);

	return nla ? u32_of(nla) : otherwise;
}

#endif
