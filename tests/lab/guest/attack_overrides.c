// SPDX-License-Identifier: GPL-2.0
/*
 * Overrides: every documented field at every depth, set and swept, with a value that it may have
 * and with odd ones; where not all values are alike, with each bit; and high halves and encodings
 * that nobody documents, as many as there are messages left for. One a message, as the first that is
 * refused hides the others; only bits that must be allowed are swept together, for a window takes
 * longer than all else.
 */
#include <stdio.h>

#include "attack.h"

#define ENCODINGS	0x8000

struct trial {
	struct sender s;
	struct message m;
	uint64_t sent;
	uint64_t allowed, refused, unsure;	/* overrides, by what must come of them */
	uint8_t datagram[8 * 1024] __attribute__((aligned(8)));
	size_t len;
	int must[8];
	unsigned int n;
};

static void flush(struct trial *t)
{
	t->s.number = t->sent - t->n;
	if (t->n)
		send_judged(&t->s, t->datagram, t->len, t->must, t->n);
	t->n = 0;
	t->len = 0;
}

/* On both CPUs in turn, if there are two. */
static uint32_t next_cpu(const struct trial *t)
{
	return t->sent & 1 && facts_of(1) ? 1 : 0;
}

/* Several values can only be swept. */
static void try_values(struct trial *t, uint32_t field, const uint64_t *values, unsigned int n,
		       uint32_t depth, bool sweep)
{
	uint32_t cpu = next_cpu(t);
	struct message *m = &t->m;
	int group, must = 0;

	start(m, t->datagram + t->len, t->s.family, VMXPROBE_CMD_PROBE, ++t->sent);
	put_u32(m, -1, VMXPROBE_A_PROBE_CPU, cpu);
	put(m, -1, VMXPROBE_A_PROBE_CHECK_HOST, NULL, 0);
	if (is_in_use(cpu))
		put(m, -1, VMXPROBE_A_PROBE_BORROW, NULL, 0);
	group = group_start(m, depth);
	if (depth == VMXPROBE_DEPTH_ENTER) {
		put_u32(m, group, VMXPROBE_A_GROUP_GUEST, VMXPROBE_GUEST_LONG);
		must = must_enter(VMXPROBE_GUEST_LONG, cpu);
	}
	for (unsigned int i = 0; i < n; i++)
		must = must ?: must_set(field, values[i], depth, cpu);
	if (sweep) {
		put_u32(m, group, VMXPROBE_A_GROUP_SWEEP_FIELD, field);
		put(m, group, VMXPROBE_A_GROUP_SWEEP_VALUES, values, n * sizeof(*values));
	} else {
		put_set(m, group, field, values[0]);
	}
	nest_end(m, group);
	finish(m);
	*(must < 0 ? &t->unsure : must ? &t->refused : &t->allowed) += n;
	t->must[t->n++] = must;
	t->len += NLMSG_ALIGN(m->len);
	if (t->n == sizeof(t->must) / sizeof(t->must[0]))
		flush(t);
}

static void try_override(struct trial *t, uint32_t field, uint64_t value, uint32_t depth,
			 bool sweep)
{
	try_values(t, field, &value, 1, depth, sweep);
}

static void try_bits(struct trial *t, uint32_t field, uint32_t depth)
{
	uint64_t allowed[64], value;
	unsigned int n = 0;

	for (unsigned int bit = 0; bit < 64; bit++) {
		value = benign_value(field, depth, facts_of(0)) | 1ULL << bit;
		if (may_set(field, value, depth, facts_of(0)) == ALLOWED &&
		    may_set(field, value, depth, facts_of(1)) == ALLOWED)
			allowed[n++] = value;
		else
			try_override(t, field, value, depth, bit & 1);
	}
	if (n)
		try_values(t, field, allowed, n, depth, true);
}

static void try_documented(struct trial *t, uint32_t field)
{
	for (uint32_t depth = 1; depth <= VMXPROBE_DEPTH_ENTER; depth++) {
		uint64_t benign = benign_value(field, depth, facts_of(0));

		try_override(t, field, benign, depth, false);
		try_override(t, field, benign, depth, true);
		try_override(t, field, ~0ULL, depth, depth & 1);
		try_override(t, field, odd_value(&t->m), depth, !(depth & 1));
		/* Depth state is as depth controls in that. */
		if (is_choosy(field, depth) && depth != VMXPROBE_DEPTH_STATE)
			try_bits(t, field, depth);
		/* The high half of a field of 64 bits. */
		if ((field >> 13 & 3) == 1) {
			try_override(t, field | 1, 0, depth, false);
			try_override(t, field | 1, odd_value(&t->m), depth, true);
		}
	}
}

void overrides(const struct job *job)
{
	static bool documented[ENCODINGS];
	static struct trial t;
	uint32_t field;

	t.s = open_sender(job->each);
	t.s.seed = job->seed;
	t.m.rng = job->seed * 2 + 1;
	for (unsigned int i = 0; (field = documented_field(i)) < ENCODINGS; i++) {
		try_documented(&t, field);
		documented[field] = true;
		documented[field | 1] |= (field >> 13 & 3) == 1;
	}
	/* An odd factor visits all, the neighbours far apart. */
	for (uint32_t k = 0; k < ENCODINGS && t.sent < job->messages; k++) {
		field = (k + job->seed) * 0x2b5d & (ENCODINGS - 1);
		if (!documented[field])
			try_override(&t, field, k & 1 ? 0 : odd_value(&t.m), 1 + k / 2 % 3, k / 6 & 1);
	}
	flush(&t);
	/* Each answer was as it must be, or there are failures. */
	printf("%llu overrides tried, %llu allowed, %llu refused; of %llu it depends on a CPU that is "
	       "offline\n", (unsigned long long)(t.allowed + t.refused + t.unsure),
	       (unsigned long long)t.allowed, (unsigned long long)t.refused,
	       (unsigned long long)t.unsure);
	close_sender(&t.s);
}
