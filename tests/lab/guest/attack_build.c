// SPDX-License-Identifier: GPL-2.0
/* Messages as the contract has them, of which attack_gen.c makes others. */
#include <errno.h>
#include <string.h>

#include "attack.h"

uint64_t rng(struct message *m)
{
	m->rng ^= m->rng << 13;
	m->rng ^= m->rng >> 7;
	m->rng ^= m->rng << 17;
	return m->rng * 0x2545f4914f6cdd1dULL >> 8;
}

uint32_t below(struct message *m, uint32_t n)
{
	return rng(m) % n;
}

/* At the edges of something, or anything. */
uint64_t odd_value(struct message *m)
{
	uint32_t shift = below(m, 64);

	switch (below(m, 8)) {
	case 0: return below(m, 4);
	case 1: return 1ULL << shift;
	case 2: return ~(1ULL << shift);
	case 3: return (1ULL << shift) - 1;
	case 4: return -1ULL << shift;
	case 5: return 0x80000000 | below(m, 0x1000);
	case 6: return below(m, 0x10000);
	default: return rng(m) << 32 ^ rng(m);
	}
}

uint32_t odd_field(struct message *m)
{
	static const uint16_t often[] = {
		0x4000, 0x4002, 0x400c, 0x4012, 0x401e, 0x4014, 0x4016, 0x4018, 0x401a, 0x4004,
		0x2800, 0x2802, 0x2804, 0x2806, 0x2004, 0x201a, 0x6800, 0x6802, 0x6804, 0x681a,
		0x6820, 0x6822, 0x4824, 0x4826, 0x482e, 0x4816, 0x0802, 0x0c00, 0x6c16, 0x6408,
	};

	switch (below(m, 4)) {
	case 0:
		return often[below(m, sizeof(often) / sizeof(often[0]))];
	case 1:
		return below(m, 0x8000);
	case 2:
		return odd_value(m);
	default:
		/* Width, type, index. */
		return below(m, 4) << 13 | below(m, 4) << 10 | below(m, 0x30) << 1;
	}
}

uint32_t odd_cpu(struct message *m)
{
	switch (below(m, 4)) {
	case 0: return odd_value(m);
	case 1: return below(m, 0x2001);
	default: return below(m, 3);
	}
}

int put(struct message *m, int in, int type, const void *data, size_t len)
{
	struct nlattr nla = { NLA_HDRLEN + len, type };
	int mark = -1;

	if (m->n_marks < MAX_MARKS) {
		mark = m->n_marks++;
		m->marks[mark].at = m->len;
		m->marks[mark].in = in;
	}
	memcpy(m->buf + m->len, &nla, sizeof(nla));
	if (len)
		memcpy(m->buf + m->len + NLA_HDRLEN, data, len);
	memset(m->buf + m->len + NLA_HDRLEN + len, 0, NLA_ALIGN(len) - len);
	m->len += NLA_HDRLEN + NLA_ALIGN(len);
	return mark;
}

void put_u32(struct message *m, int in, int type, uint32_t value)
{
	put(m, in, type, &value, sizeof(value));
}

void put_u64(struct message *m, int in, int type, uint64_t value)
{
	put(m, in, type, &value, sizeof(value));
}

/*
 * A nest is known by its mark; without one left, by where it begins, as a number behind all marks.
 */
int nest_start(struct message *m, int in, int type)
{
	int at = m->len;
	int mark = put(m, in, type | NLA_F_NESTED, NULL, 0);

	return mark < 0 ? at + MAX_MARKS : mark;
}

void nest_end(struct message *m, int nest)
{
	uint32_t at = nest < MAX_MARKS ? m->marks[nest].at : (uint32_t)nest - MAX_MARKS;
	uint16_t len = m->len - at;

	memcpy(m->buf + at, &len, sizeof(len));
}

void start(struct message *m, uint8_t *buf, uint16_t family, uint8_t cmd, uint32_t seq)
{
	const struct nlmsghdr nlh = {
		.nlmsg_type = family,
		.nlmsg_flags = NLM_F_REQUEST,
		.nlmsg_seq = seq,
	};
	const struct genlmsghdr genl = { .cmd = cmd, .version = VMXPROBE_FAMILY_VERSION };

	m->buf = buf;
	m->must = ANYTHING;
	m->n_marks = 0;
	memcpy(buf, &nlh, sizeof(nlh));
	memcpy(buf + NLMSG_HDRLEN, &genl, sizeof(genl));
	m->len = NLMSG_HDRLEN + GENL_HDRLEN;
}

void finish(struct message *m)
{
	((struct nlmsghdr *)m->buf)->nlmsg_len = m->len;
}

void put_set(struct message *m, int group, uint32_t field, uint64_t value)
{
	int nest = nest_start(m, group, VMXPROBE_A_GROUP_SET);

	put_u32(m, nest, VMXPROBE_A_FIELD_ENCODING, field);
	put_u64(m, nest, VMXPROBE_A_FIELD_VALUE, value);
	nest_end(m, nest);
}

int group_start(struct message *m, uint32_t depth)
{
	int group = nest_start(m, -1, VMXPROBE_A_PROBE_GROUP);

	put_u32(m, group, VMXPROBE_A_GROUP_DEPTH, depth);
	return group;
}

void put_sweep(struct message *m, int group, uint32_t field, uint64_t value, uint64_t step,
	       uint32_t n)
{
	static uint64_t values[8190];

	put_u32(m, group, VMXPROBE_A_GROUP_SWEEP_FIELD, field);
	for (uint32_t i = 0; i < n; i++, value += step)
		values[i] = value;
	put(m, group, VMXPROBE_A_GROUP_SWEEP_VALUES, values, n * sizeof(values[0]));
}

/* What must come of a group at depth enter with that guest, if nothing else is wrong with it. */
int must_enter(uint32_t guest, uint32_t cpu)
{
	switch (may_enter(guest, facts_of(cpu))) {
	case ALLOWED: return 0;
	case REFUSED: return EOPNOTSUPP;
	default: return ANYTHING;
	}
}

/* The same of an override. */
int must_set(uint32_t field, uint64_t value, uint32_t depth, uint32_t cpu)
{
	switch (may_set(field, value, depth, facts_of(cpu))) {
	case ALLOWED: return 0;
	case REFUSED: return EINVAL;
	default: return ANYTHING;
	}
}

/* Returns the guest. */
static uint32_t put_guest(struct message *m, int group, bool tame)
{
	uint32_t read[VMXPROBE_MAX_READ + 2];
	uint32_t n = below(m, tame ? VMXPROBE_MAX_READ + 1 : VMXPROBE_MAX_READ + 3);
	uint32_t guest = tame ? 1 + below(m, 3) : below(m, 5);

	put_u32(m, group, VMXPROBE_A_GROUP_GUEST, guest);
	if (below(m, 2))
		put_u32(m, group, VMXPROBE_A_GROUP_PROGRAM, below(m, tame ? 10 : 12));
	if (below(m, 4) == 0)
		put_u64(m, group, VMXPROBE_A_GROUP_RCX, odd_value(m));
	if (below(m, 4) == 0) {
		/* Exit information, and guest state of natural width. */
		for (uint32_t i = 0; i < n; i++)
			read[i] = tame ? 0x4400 + 2 * below(m, 8) : odd_field(m);
		put(m, group, VMXPROBE_A_GROUP_READ, read, n * sizeof(read[0]));
	}
	if (below(m, 4) == 0)
		put(m, group, VMXPROBE_A_GROUP_TIME, NULL, 0);
	return guest;
}

/* A flag, every second time. */
void put_some(struct message *m, int type)
{
	if (below(m, 2))
		put(m, -1, type, NULL, 0);
}

/* Tame: nothing in it that must be refused, as far as that can be told without the module. */
void build_probe(struct message *m, uint32_t depth, bool tame)
{
	uint32_t groups = tame ? 1 + below(m, 3) : below(m, 3);
	uint32_t cpu = tame ? below(m, 2) : odd_cpu(m);
	int must = 0;

	put_u32(m, -1, VMXPROBE_A_PROBE_CPU, cpu);
	if (below(m, 2))
		put_u32(m, -1, VMXPROBE_A_PROBE_WINDOW,
			tame ? 1 + below(m, VMXPROBE_MAX_WINDOW) : below(m, 67));
	put_some(m, VMXPROBE_A_PROBE_CHECK_HOST);
	put_some(m, VMXPROBE_A_PROBE_BORROW);
	while (groups--) {
		int group = group_start(m, tame || below(m, 8) ? depth : odd_value(m));

		if (depth == VMXPROBE_DEPTH_ENTER) {
			uint32_t guest = put_guest(m, group, tame);

			/* What is wrong first, if anything is. */
			must = must ?: must_enter(guest, cpu);
		}
		for (uint32_t n = below(m, 3); n; n--)
			put_set(m, group, tame ? 0x4018 : odd_field(m), odd_value(m));
		/* An event to inject is allowed everywhere, and few of them are a long wait. */
		if (below(m, 2))
			put_sweep(m, group, tame ? 0x4016 : odd_field(m), odd_value(m), below(m, 3),
				  1 + below(m, depth == VMXPROBE_DEPTH_ENTER ? 4 : 32));
		nest_end(m, group);
	}
	if (tame)
		m->must = is_possible(cpu) ? must : ENODEV;
}

/* Of all commands, some with values out of their range. */
void build_request(struct message *m, uint8_t *buf, uint16_t family, uint32_t seq)
{
	static const uint8_t commands[8] = {
		VMXPROBE_CMD_CPU, VMXPROBE_CMD_PROBE, VMXPROBE_CMD_PROBE, VMXPROBE_CMD_PROBE,
		VMXPROBE_CMD_PROBE, VMXPROBE_CMD_FIELDS, VMXPROBE_CMD_EXPERIMENT,
		VMXPROBE_CMD_EXPERIMENT,
	};
	uint8_t cmd = commands[below(m, 8)];

	start(m, buf, family, cmd, seq);
	switch (cmd) {
	case VMXPROBE_CMD_CPU:
		put_u32(m, -1, VMXPROBE_A_CPU_ID, odd_cpu(m));
		break;
	case VMXPROBE_CMD_PROBE:
		build_probe(m, 1 + below(m, 3), false);
		break;
	case VMXPROBE_CMD_FIELDS:
		put_u32(m, -1, VMXPROBE_A_FIELDS_CPU, odd_cpu(m));
		put_u32(m, -1, VMXPROBE_A_FIELDS_FIRST, 0x6c00 + below(m, 0x1800));
		if (below(m, 2))
			put_u32(m, -1, VMXPROBE_A_FIELDS_WINDOW, below(m, 67));
		put_some(m, VMXPROBE_A_FIELDS_BORROW);
		break;
	case VMXPROBE_CMD_EXPERIMENT:
		put_u32(m, -1, VMXPROBE_A_EXPERIMENT_CPU, odd_cpu(m));
		put_u32(m, -1, VMXPROBE_A_EXPERIMENT_ID, below(m, 8) ? below(m, 110) : odd_value(m));
		put_some(m, VMXPROBE_A_EXPERIMENT_CHECK_HOST);
		put_some(m, VMXPROBE_A_EXPERIMENT_BORROW);
		break;
	}
}

static void put_groups(struct message *m, uint32_t n)
{
	while (n--)
		nest_end(m, group_start(m, 1 + (n & 1)));
}

static void put_sets(struct message *m, uint32_t n)
{
	int group = group_start(m, VMXPROBE_DEPTH_CONTROLS);

	while (n--)
		put_set(m, group, 0x4018, n);
	nest_end(m, group);
}

static void put_swept(struct message *m, uint32_t depth, uint32_t groups, uint32_t n)
{
	while (groups--) {
		int group = group_start(m, depth);

		if (depth == VMXPROBE_DEPTH_ENTER)
			put_u32(m, group, VMXPROBE_A_GROUP_GUEST, VMXPROBE_GUEST_LONG);
		put_sweep(m, group, 0x4016, 0x80000000, 1, n);
		nest_end(m, group);
	}
}

/* As much as a request may have, or one more, or as much as fits into lengths of 16 bits. */
void build_big(struct message *m, uint32_t kind)
{
	static const uint8_t zeros[65500];
	uint32_t cpu = below(m, 2);

	put_u32(m, -1, VMXPROBE_A_PROBE_CPU, cpu);
	switch (kind % 12) {
	case 1: case 3: case 5: case 7: case 8: case 11: m->must = E2BIG; break;
	case 9: m->must = must_enter(VMXPROBE_GUEST_LONG, cpu); break;
	case 10: m->must = EINVAL; break;
	default: m->must = 0; break;
	}
	if (m->must != EINVAL && !is_possible(cpu))
		m->must = ENODEV;
	switch (kind % 12) {
	case 0: put_swept(m, VMXPROBE_DEPTH_CONTROLS, 1, VMXPROBE_MAX_PROBES); break;
	case 1: put_swept(m, VMXPROBE_DEPTH_CONTROLS, 1, VMXPROBE_MAX_PROBES + 1); break;
	case 2: put_sets(m, VMXPROBE_MAX_SETS); break;
	case 3: put_sets(m, VMXPROBE_MAX_SETS + 1); break;
	case 4: put_groups(m, VMXPROBE_MAX_GROUPS); break;
	case 5: put_groups(m, VMXPROBE_MAX_GROUPS + 1); break;
	case 6: put_swept(m, VMXPROBE_DEPTH_STATE, 4, VMXPROBE_MAX_PROBES / 4); break;
	case 7: put_swept(m, VMXPROBE_DEPTH_STATE, 4, VMXPROBE_MAX_PROBES / 4 + 1); break;
	case 8: put_swept(m, VMXPROBE_DEPTH_CONTROLS, 3, 8180); break;
	case 9: put_swept(m, VMXPROBE_DEPTH_ENTER, 1, 100); break;
	case 10:
		put(m, -1, VMXPROBE_A_PROBE_GROUP, zeros, sizeof(zeros));
		put(m, -1, VMXPROBE_A_PROBE_GROUP | NLA_F_NESTED, zeros, sizeof(zeros));
		put(m, -1, 0x123, zeros, sizeof(zeros));
		break;
	case 11:
		put_groups(m, 2000);
		put_sets(m, 1000);
		break;
	}
}
