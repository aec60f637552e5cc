// SPDX-License-Identifier: GPL-2.0
/* Requests with nothing wrong, whose answers must be the same before the attack and after it. */
#include <string.h>
#include <sys/socket.h>

#include "attack_attr.h"

struct known {
	struct sender *s;
	const struct message *m;
	uint64_t hash;
	unsigned int replies;
	uint32_t cpu;
};

/* FNV-1a of what must be the same whenever it is asked. */
static void add_hash(uint64_t *hash, const void *data, size_t n)
{
	for (const uint8_t *p = data; n--; p++)
		*hash = (*hash ^ *p) * 0x100000001b3ULL;
}

/* How long things took is not, nor how often the host wanted something meanwhile. */
static bool is_lasting(uint8_t cmd, int type)
{
	switch (cmd) {
	case VMXPROBE_CMD_PROBE:
		return type < VMXPROBE_A_PROBE_WINDOWS;
	case VMXPROBE_CMD_FIELDS:
		return type < VMXPROBE_A_FIELDS_BORROW;
	default:
		return true;
	}
}

/* Whether VM entries were attempted, fields tried; of a reply about a CPU that can. */
static bool did_something(const struct nlmsghdr *nlh, uint8_t cmd)
{
	switch (cmd) {
	case VMXPROBE_CMD_PROBE:
		return last_u32(of_message(nlh), VMXPROBE_A_PROBE_WINDOWS, 0) &&
		       last_u32(of_message(nlh), VMXPROBE_A_PROBE_WINDOW_ENTRIES, 0);
	case VMXPROBE_CMD_FIELDS:
		return last(of_message(nlh), VMXPROBE_A_FIELDS_ACCESS);
	default:
		return true;
	}
}

static void take_answer(const struct nlmsghdr *nlh, void *data)
{
	struct known *known = data;
	const struct message *m = known->m;
	const struct nlmsghdr *request = (const void *)m->buf;
	const struct genlmsghdr *genl = NLMSG_DATA(nlh);
	struct counts none = { 0 };
	const struct nlattr *nla;
	const char *bad;
	struct range r;

	if (nlh->nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *err = NLMSG_DATA(nlh);

		if (m->must != ANYTHING && m->must != -err->error)
			fail(known->s, m->buf, m->len, "a known request is refused with %s",
			     strerror(-err->error));
		add_hash(&known->hash, &err->error, sizeof(err->error));
		return;
	}
	known->replies++;
	bad = m->must > 0 ? "a known request is answered that must be refused" :
		judge_reply(&none, request, nlh);
	if (!bad && takes_entries(known->cpu) && !did_something(nlh, genl->cmd))
		bad = "a CPU that can was not asked";
	if (bad)
		fail(known->s, m->buf, m->len, "%s", bad);
	add_hash(&known->hash, &genl->cmd, sizeof(genl->cmd));
	r = of_message(nlh);
	while ((nla = next(&r)))
		if (is_lasting(genl->cmd, type_of(nla)))
			add_hash(&known->hash, nla, nla->nla_len);
}

static void ask(struct known *known, struct message *m, int must)
{
	m->must = is_possible(known->cpu) ? must : ANYTHING;
	known->m = m;
	known->replies = 0;
	finish(m);
	if (send(known->s->fd, m->buf, m->len, 0) < 0)
		die("send");
	drain(known->s, take_answer, known);
	if (!m->must && known->replies != 1)
		fail(known->s, m->buf, m->len, "%u replies to a known request", known->replies);
}

/* What both CPUs are, and what they say to probes of each depth. */
uint64_t known_answers(struct sender *s)
{
	static uint8_t buf[MAX_MESSAGE] __attribute__((aligned(8)));
	struct known known = { .s = s, .hash = 0xcbf29ce484222325ULL };
	struct message m = { 0 };
	int group;

	for (uint32_t cpu = 0; cpu < 2; cpu++) {
		known.cpu = cpu;
		start(&m, buf, s->family, VMXPROBE_CMD_CPU, 0);
		put_u32(&m, -1, VMXPROBE_A_CPU_ID, cpu);
		ask(&known, &m, 0);
		for (uint32_t depth = 1; depth <= 3; depth++) {
			const bool enter = depth == VMXPROBE_DEPTH_ENTER;

			start(&m, buf, s->family, VMXPROBE_CMD_PROBE, 0);
			put_u32(&m, -1, VMXPROBE_A_PROBE_CPU, cpu);
			put(&m, -1, VMXPROBE_A_PROBE_CHECK_HOST, NULL, 0);
			if (is_in_use(cpu))
				put(&m, -1, VMXPROBE_A_PROBE_BORROW, NULL, 0);
			group = group_start(&m, depth);
			if (enter)
				put_u32(&m, group, VMXPROBE_A_GROUP_GUEST, VMXPROBE_GUEST_LONG);
			put_sweep(&m, group, 0x4016, 0x80000300, 0x101, enter ? 16 : 512);
			nest_end(&m, group);
			ask(&known, &m, enter ? must_enter(VMXPROBE_GUEST_LONG, cpu) : 0);
		}
		start(&m, buf, s->family, VMXPROBE_CMD_FIELDS, 0);
		put_u32(&m, -1, VMXPROBE_A_FIELDS_CPU, cpu);
		put_u32(&m, -1, VMXPROBE_A_FIELDS_FIRST, 0x6800);
		if (is_in_use(cpu))
			put(&m, -1, VMXPROBE_A_FIELDS_BORROW, NULL, 0);
		ask(&known, &m, 0);
	}
	return known.hash;
}
