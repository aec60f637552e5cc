// SPDX-License-Identifier: GPL-2.0
#include "arrival.h"

#include <string.h>

#define STACK 0x3e28
#define HANDLERS 0x1000
#define CODE 0x2000

struct machine {
	const struct group *group;
	struct arrival *arrival;
	uint64_t rsp, words[8];
	size_t n;	/* words, the last pushed first */
};

static uint64_t of(const struct group *group, uint32_t encoding)
{
	for (size_t i = 0; i < group->n_set; i++)
		if (group->set[i].field == encoding)
			return group->set[i].value;
	return 0;
}

static void push(struct machine *m, uint64_t word)
{
	memmove(&m->words[1], m->words, m->n++ * sizeof(m->words[0]));
	m->words[0] = word;
}

static unsigned int width(enum guest guest)
{
	return guest == GUEST_REAL ? 2 : guest == GUEST_PM32 ? 4 : 8;
}

/* What an event pushes: SS and RSP in 64-bit mode, RFLAGS, CS, RIP, and a code if there is one. */
static void push_frame(struct machine *m, uint32_t info, bool code, uint64_t value)
{
	const struct group *group = m->group;
	bool wide = group->guest == GUEST_LONG, software = (info >> 8 & 7) >= 4;
	uint64_t rip = group->guest == GUEST_REAL ? CODE - 0x1000 : CODE;

	if (wide) {
		m->rsp &= ~0xfull;
		push(m, 0x10);
		push(m, STACK);
	}
	push(m, of(group, 0x6820));
	push(m, wide ? 0x40 : group->guest == GUEST_PM32 ? 0x48 : 0x100);
	push(m, rip + (software ? of(group, 0x401a) : 0));
	if (code)
		push(m, value);
}

/* The stack, and the fields that the group reads. */
static void leave(struct machine *m, uint64_t cs)
{
	struct arrival *arrival = m->arrival;
	unsigned int bytes = width(m->group->guest);

	m->rsp -= m->n * bytes;
	arrival->n_stack = m->n * bytes;
	for (size_t i = 0; i < m->n; i++)
		memcpy(&arrival->stack[i * bytes], &m->words[i], bytes);
	arrival->n_fields = m->group->n_read;
	for (size_t i = 0; i < m->group->n_read; i++) {
		switch (m->group->read[i]) {
		case 0x681c:
			arrival->fields[i] = m->rsp;
			break;
		case 0x0802:
			arrival->fields[i] = cs;
			break;
		}
	}
}

struct outcome arrive(const struct group *group, uint32_t info, enum oddity oddity,
		      struct arrival *arrival)
{
	struct machine m = { .group = group, .arrival = arrival, .rsp = STACK };
	struct outcome outcome = { .kind = OUTCOME_ENTERED, .exit_reason = 18 };
	bool real = group->guest == GUEST_REAL, code = info >> 11 & 1;
	uint64_t cs = real ? 0x100 : group->guest == GUEST_LONG ? 0x40 : 0x48;
	uint32_t vector = info & 0xff;

	memset(arrival, 0, sizeof(*arrival));
	outcome.guest_rip = real ? CODE - 0x1000 : CODE;
	switch (oddity) {
	case ODD_HOST_NMI:
		outcome.exit_reason = 0;
		outcome.intr_info = 0x80000202;
		break;
	case ODD_FAULTS:
		outcome.exit_reason = 0;
		outcome.intr_info = 0x80000b0d;
		outcome.intr_error_code = 0x1a;
		outcome.idt_info = info;
		outcome.idt_error_code = code ? of(group, 0x4018) : 0;
		break;
	case ODD_SHUTS_DOWN:
		outcome.exit_reason = 2;
		break;
	case ODD_LOSES:
		break;
	default:
		if ((info >> 8 & 7) == 7) {
			outcome.exit_reason = 37;
			break;
		}
		if (oddity == ODD_DROPS_CODE)
			code = false;
		push_frame(&m, info, code || oddity == ODD_ADDS_CODE,
			   code ? of(group, 0x4018) + (oddity == ODD_ALTERS_CODE) : 0);
		if (oddity == ODD_FRAME)
			m.n--;
		vector += oddity == ODD_NEXT_HANDLER;
		outcome.guest_rip = HANDLERS + 16 * vector;
		cs = real ? 0 : group->guest == GUEST_LONG ? 0x08 : 0x18;
		break;
	}
	leave(&m, cs);
	return outcome;
}
