// SPDX-License-Identifier: GPL-2.0
/* Message NUMBER of a seed: which kind it is, and what is made wrong of it. */
#include <errno.h>
#include <string.h>

#include "attack.h"

/* Put n bytes in the place of others, within an attribute (-1: the message), whose length follows. */
static void splice(struct message *m, int in, size_t at, size_t gone, const void *bytes, size_t n)
{
	uint16_t len;

	if (m->len + n > MAX_MESSAGE / 2)
		return;
	memmove(m->buf + at + n, m->buf + at + gone, m->len - at - gone);
	if (n)
		memcpy(m->buf + at, bytes, n);
	m->len += n - gone;
	for (unsigned int i = 0; i < m->n_marks; i++)
		if (m->marks[i].at >= at + gone && m->marks[i].at >= at)
			m->marks[i].at += n - gone;
	for (; in >= 0 && in < MAX_MARKS; in = m->marks[in].in) {
		memcpy(&len, m->buf + m->marks[in].at, sizeof(len));
		len += n - gone;
		memcpy(m->buf + m->marks[in].at, &len, sizeof(len));
	}
}

static uint16_t get_u16(const struct message *m, size_t at)
{
	uint16_t value;

	memcpy(&value, m->buf + at, sizeof(value));
	return value;
}

static void set_u16(struct message *m, size_t at, uint16_t value)
{
	memcpy(m->buf + at, &value, sizeof(value));
}

/* How long an attribute is in the message, whatever was made of its length. */
static size_t extent(const struct message *m, size_t at)
{
	size_t n = NLA_ALIGN(get_u16(m, at));

	return n < NLA_HDRLEN ? NLA_HDRLEN : n > m->len - at ? m->len - at : n;
}

static void wrap(struct message *m, int in, size_t at)
{
	static uint16_t heads[2 * 4000];
	uint32_t depth = 1 + below(m, below(m, 16) ? 10 : 4000);
	size_t size = extent(m, at);
	uint16_t type = get_u16(m, at + 2) | NLA_F_NESTED;

	for (uint32_t i = 0; i < depth; i++) {
		heads[2 * i] = size + NLA_HDRLEN * (depth - i);
		heads[2 * i + 1] = type;
	}
	splice(m, in, at, 0, heads, depth * NLA_HDRLEN);
}

static void resize(struct message *m, int in, size_t at)
{
	uint8_t junk[64];
	size_t was = extent(m, at);
	uint32_t n = below(m, sizeof(junk) - NLA_HDRLEN);

	memset(junk, odd_value(m), sizeof(junk));
	memcpy(junk, m->buf + at, NLA_HDRLEN);
	splice(m, in, at, was, junk, NLA_HDRLEN + NLA_ALIGN(n));
	set_u16(m, at, NLA_HDRLEN + n);
}

static uint16_t odd_length(struct message *m, uint16_t was)
{
	switch (below(m, 6)) {
	case 0: return below(m, 4);
	case 1: return was + 1 + below(m, 8);
	case 2: return was - 1 - below(m, 8);
	case 3: return 0xffff - below(m, 5);
	case 4: return below(m, 256);
	default: return m->len + below(m, 3) - 1;
	}
}

static uint16_t odd_type(struct message *m)
{
	return below(m, 4) ? below(m, 24) : odd_value(m);
}

/* The module's own family, or one that nobody has; numbers of others are not for playing with. */
static uint16_t odd_family(struct message *m)
{
	switch (below(m, 3)) {
	case 0: return below(m, NLMSG_MIN_TYPE);
	case 1: return GENL_MAX_ID + 1 + below(m, 0xfc00);
	default: return GENL_ID_CTRL;
	}
}

static bool damage_header(struct message *m)
{
	struct nlmsghdr *nlh = (void *)m->buf;
	struct genlmsghdr *genl = (void *)(m->buf + NLMSG_HDRLEN);

	switch (below(m, 8)) {
	case 0: genl->cmd = odd_value(m); break;
	case 1: genl->cmd = below(m, 8); break;
	case 2: genl->version = odd_value(m); break;
	case 3: genl->reserved = odd_value(m); break;
	case 4:
		nlh->nlmsg_type = odd_family(m);
		if (nlh->nlmsg_type == GENL_ID_CTRL)
			genl->cmd = CTRL_CMD_GETFAMILY;
		break;
	case 5: nlh->nlmsg_flags = odd_value(m); break;
	case 6: nlh->nlmsg_flags ^= 1 << below(m, 16); break;
	default: nlh->nlmsg_pid = odd_value(m); break;
	}
	return false;
}

static bool damage(struct message *m)
{
	unsigned int i = m->n_marks ? below(m, m->n_marks) : 0;
	size_t at = m->marks[i].at;
	int in = m->marks[i].in;
	uint64_t value = odd_value(m);
	uint8_t bytes[256];
	size_t n;

	if (!m->n_marks || below(m, 12) == 0 || at + NLA_HDRLEN > m->len)
		return damage_header(m);
	n = extent(m, at);
	switch (below(m, 11)) {
	case 0:
	case 1:
		set_u16(m, at, odd_length(m, get_u16(m, at)));
		break;
	case 2:
		set_u16(m, at + 2, (get_u16(m, at + 2) & (NLA_F_NESTED | NLA_F_NET_BYTEORDER)) |
			odd_type(m));
		break;
	case 3:
		set_u16(m, at + 2, get_u16(m, at + 2) ^ (below(m, 4) ? NLA_F_NESTED :
							 NLA_F_NET_BYTEORDER));
		break;
	case 4:
		if (n <= sizeof(bytes)) {
			memcpy(bytes, m->buf + at, n);
			splice(m, in, at, 0, bytes, n);
		}
		break;
	case 5:
		/* The next one comes first. */
		if (n <= sizeof(bytes) && at + n + NLA_HDRLEN <= m->len) {
			size_t next = extent(m, at + n);

			memcpy(bytes, m->buf + at, n);
			memmove(m->buf + at, m->buf + at + n, next);
			memcpy(m->buf + at + next, bytes, n);
			m->n_marks = i;
		}
		break;
	case 6:
		m->n_marks = i + 1;
		resize(m, in, at);
		break;
	case 7:
		wrap(m, in, at);
		m->n_marks = i;
		break;
	case 8:
		n -= NLA_HDRLEN;
		memcpy(m->buf + at + NLA_HDRLEN, &value, n < sizeof(value) ? n : sizeof(value));
		m->n_marks = i + 1;
		break;
	case 9:
		splice(m, in, at, n, NULL, 0);
		m->n_marks = i;
		break;
	default:
		n = below(m, 40);
		memset(bytes, value, NLA_HDRLEN + NLA_ALIGN(n));
		splice(m, in, at, 0, bytes, NLA_HDRLEN + NLA_ALIGN(n));
		set_u16(m, at, NLA_HDRLEN + n);
		set_u16(m, at + 2, odd_type(m));
		break;
	}
	return false;
}

static struct made mutant(struct message *m, uint8_t *buf, uint16_t family, uint32_t seq)
{
	struct nlmsghdr *nlh = (void *)buf;
	struct made made = { .must = ANYTHING };

	build_request(m, buf, family, seq);
	nlh->nlmsg_flags |= (below(m, 2) ? NLM_F_ACK : 0) | (below(m, 16) ? 0 : NLM_F_ECHO);
	for (uint32_t n = 1 + below(m, 3); n; n--)
		damage(m);
	if (below(m, 16) == 0) {
		/* Something behind, or nothing where there was something. */
		uint32_t n = below(m, 24);

		memset(m->buf + m->len, odd_value(m), n);
		m->len += n;
	} else if (below(m, 16) == 0) {
		m->len = NLMSG_HDRLEN + below(m, m->len - NLMSG_HDRLEN + 1);
	}
	made.len = m->len;
	made.last = below(m, 32) == 0;
	nlh->nlmsg_len = made.last ? odd_value(m) : m->len;
	return made;
}

/* The first so many bytes; the header has the one length or the other. */
static struct made truncated(struct message *m, uint8_t *buf, uint16_t family, uint32_t seq,
			     uint64_t k)
{
	struct made made = { .must = ANYTHING, .last = true };

	/* One and the same message at every length, then another. */
	m->rng = (k / 200 + 1) * 0x9e3779b97f4a7c15ULL;
	do
		build_request(m, buf, family, seq);
	while (m->len > 200);
	finish(m);
	made.len = 1 + k % 200 % m->len;
	if (k & 1 && made.len >= NLMSG_HDRLEN) {
		((struct nlmsghdr *)buf)->nlmsg_len = made.len;
		made.last = made.len & 3;
	}
	return made;
}

/* Every encoding at every depth. */
static void one_field(struct message *m, uint64_t k)
{
	uint32_t depth = 1 + k % 3;
	/* An odd factor visits all, the neighbours far apart. */
	uint32_t field = k / 3 * 0x2b5d & 0x7fff;
	uint64_t values[2] = { odd_value(m), odd_value(m) };
	uint32_t cpu = below(m, 2), guest = 1 + below(m, 3);
	int group, must = 0;

	if (below(m, 64) == 0)
		field |= odd_value(m) & ~0x7fffULL;
	put_u32(m, -1, VMXPROBE_A_PROBE_CPU, cpu);
	put_some(m, VMXPROBE_A_PROBE_BORROW);
	group = group_start(m, depth);
	if (depth == VMXPROBE_DEPTH_ENTER) {
		put_u32(m, group, VMXPROBE_A_GROUP_GUEST, guest);
		must = must_enter(guest, cpu);
	}
	must = must ?: must_set(field, values[0], depth, cpu);
	if (below(m, 2)) {
		put_set(m, group, field, values[0]);
	} else {
		put_sweep(m, group, field, values[0], values[1], 2);
		must = must ?: must_set(field, values[0] + values[1], depth, cpu);
	}
	nest_end(m, group);
	m->must = is_possible(cpu) ? must : ENODEV;
}

static void good(struct message *m, uint8_t *buf, uint16_t family, uint32_t seq, uint64_t number)
{
	uint64_t k = number / 512;
	uint32_t cpu = below(m, 2);

	switch (number % 512) {
	case 3:
		start(m, buf, family, VMXPROBE_CMD_EXPERIMENT, seq);
		put_u32(m, -1, VMXPROBE_A_EXPERIMENT_CPU, cpu);
		/* More than there are, so that those to come are among them. */
		put_u32(m, -1, VMXPROBE_A_EXPERIMENT_ID, 1 + k % 128);
		put_some(m, VMXPROBE_A_EXPERIMENT_CHECK_HOST);
		put_some(m, VMXPROBE_A_EXPERIMENT_BORROW);
		m->must = !is_experiment(1 + k % 128) ? ERANGE : is_possible(cpu) ? 0 : ENODEV;
		break;
	case 131:
		start(m, buf, family, VMXPROBE_CMD_FIELDS, seq);
		put_u32(m, -1, VMXPROBE_A_FIELDS_CPU, cpu);
		m->must = is_possible(cpu) ? 0 : ENODEV;
		put_u32(m, -1, VMXPROBE_A_FIELDS_FIRST, below(m, 8) ? 0x6c00 + below(m, 0x400) :
			below(m, 0x8000));
		if (below(m, 2))
			put_u32(m, -1, VMXPROBE_A_FIELDS_WINDOW, 1 + below(m, VMXPROBE_MAX_WINDOW));
		put_some(m, VMXPROBE_A_FIELDS_BORROW);
		break;
	case 259:
		start(m, buf, family, VMXPROBE_CMD_CPU, seq);
		if (k & 1)
			((struct nlmsghdr *)buf)->nlmsg_flags |= NLM_F_DUMP;
		else
			put_u32(m, -1, VMXPROBE_A_CPU_ID, cpu);
		m->must = k & 1 || is_possible(cpu) ? 0 : ENODEV;
		break;
	case 195:
	case 451:
		/* All of them in 3072 messages. */
		start(m, buf, family, VMXPROBE_CMD_PROBE, seq);
		build_big(m, 2 * k + (number % 512 == 451));
		break;
	case 387:
		start(m, buf, family, VMXPROBE_CMD_PROBE, seq);
		build_probe(m, VMXPROBE_DEPTH_ENTER, true);
		break;
	default:
		start(m, buf, family, VMXPROBE_CMD_PROBE, seq);
		build_probe(m, 1 + below(m, 2), true);
		break;
	}
}

struct made make_message(uint64_t seed, uint64_t number, uint16_t family, uint8_t *buf)
{
	/* Mixed well: neighbours share nothing. */
	uint64_t z = (seed * 0x100000001b3ULL + number + 1) * 0x9e3779b97f4a7c15ULL;
	uint32_t seq = number + 1;
	struct message m = { 0 };
	struct made made;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	m.rng = (z ^ z >> 27) | 1;
	switch (number % 8) {
	case 7:
		return truncated(&m, buf, family, seq, number / 8 + seed * 200);
	case 2:
		start(&m, buf, family, VMXPROBE_CMD_PROBE, seq);
		one_field(&m, number / 8);
		break;
	case 3:
		if (number % 128 == 3 || number % 128 == 67) {
			good(&m, buf, family, seq, number);
			break;
		}
		if (number % 64 == 35) {
			build_wrong(&m, buf, family, seq, number / 64);
			break;
		}
		return mutant(&m, buf, family, seq);
	default:
		return mutant(&m, buf, family, seq);
	}
	if (number & 16)
		((struct nlmsghdr *)buf)->nlmsg_flags |= NLM_F_ACK;
	finish(&m);
	made.len = m.len;
	made.must = m.must;
	made.last = false;
	return made;
}
