// SPDX-License-Identifier: GPL-2.0
/* Requests that are as they should be but for one thing, and what must be said to it. */
#include <errno.h>

#include "attack.h"

static uint32_t no_cpu(struct message *m)
{
	static const uint32_t tries[] = { 64, 255, 8191, 8192, 0x7fffffff, -1U };
	uint32_t cpu = 0;

	if (below(m, 2))
		return tries[below(m, sizeof(tries) / sizeof(tries[0]))];
	/* The first one behind those that can be. */
	while (is_possible(cpu))
		cpu++;
	return cpu;
}

static uint32_t no_window(struct message *m)
{
	return below(m, 2) ? 0 : VMXPROBE_MAX_WINDOW + 1 + below(m, 2) * below(m, 1000);
}

static uint32_t host_field(struct message *m)
{
	static const uint16_t fields[] = {
		0x0c00, 0x0c02, 0x0c0c, 0x2c00, 0x2c02, 0x2c04, 0x4c00, 0x6c00, 0x6c02, 0x6c04,
		0x6c06, 0x6c0a, 0x6c0c, 0x6c0e, 0x6c10, 0x6c12, 0x6c14, 0x6c16, 0x6c18, 0x6c1a,
	};

	return fields[below(m, sizeof(fields) / sizeof(fields[0]))];
}

static uint32_t planted_field(struct message *m, uint32_t depth)
{
	if (depth == VMXPROBE_DEPTH_CONTROLS)
		return below(m, 2) ? 0x6820 : 0x2800;
	return below(m, 2) ? 0x4014 : 0x200a;
}

enum {
	GROUP_HOST, GROUP_PLANTED, GROUP_NO_DEPTH, GROUP_DEPTH, GROUP_GUEST, GROUP_NO_GUEST,
	GROUP_READ, GROUP_READ_HOST, GROUP_PROGRAM, GROUP_MIXED, GROUP_NO_VALUES, GROUP_NO_FIELD,
	GROUP_ODD_VALUES, GROUP_NO_VALUE, GROUP_NONE, GROUP_RIGHT
};

/* At depth enter; without a guest if it is 0. */
static int guest_start(struct message *m, uint32_t guest)
{
	int group = group_start(m, VMXPROBE_DEPTH_ENTER);

	if (guest)
		put_u32(m, group, VMXPROBE_A_GROUP_GUEST, guest);
	return group;
}

static int wrong_guest(struct message *m, unsigned int what, int *must)
{
	static const uint32_t fields[VMXPROBE_MAX_READ + 1];
	uint32_t host = host_field(m);
	int group = guest_start(m, what == GROUP_NO_GUEST ? 0 : VMXPROBE_GUEST_LONG);

	if (what == GROUP_READ) {
		put(m, group, VMXPROBE_A_GROUP_READ, fields, sizeof(fields));
	} else if (what == GROUP_READ_HOST) {
		put(m, group, VMXPROBE_A_GROUP_READ, &host, sizeof(host));
	} else if (what == GROUP_PROGRAM) {
		put_u32(m, group, VMXPROBE_A_GROUP_PROGRAM, VMXPROBE_GUEST_PROGRAM_VMREAD + 1);
		*must = ERANGE;
	} else if (what == GROUP_MIXED) {
		nest_end(m, group);
		group = group_start(m, VMXPROBE_DEPTH_STATE);
	}
	/* What is wrong behind the guest's name is not looked at where no guest can be entered. */
	if ((what == GROUP_READ || what == GROUP_READ_HOST || what == GROUP_MIXED) &&
	    may_enter(VMXPROBE_GUEST_LONG, facts_of(0)) != ALLOWED)
		*must = ANYTHING;
	return group;
}

/* One group, or none; what must come of it. */
static int put_wrong_group(struct message *m, unsigned int what)
{
	uint32_t depth = 1 + below(m, 2);
	int group, must = EINVAL, set;

	switch (what) {
	case GROUP_NONE:
		return EINVAL;
	case GROUP_NO_DEPTH:
		group = nest_start(m, -1, VMXPROBE_A_PROBE_GROUP);
		put_sweep(m, group, 0x4016, 0, 1, 2);
		break;
	case GROUP_DEPTH:
		group = group_start(m, below(m, 2) ? 0 : VMXPROBE_DEPTH_ENTER + 1);
		must = ERANGE;
		break;
	case GROUP_NO_GUEST:
	case GROUP_READ:
	case GROUP_READ_HOST:
	case GROUP_PROGRAM:
	case GROUP_MIXED:
		group = wrong_guest(m, what, &must);
		break;
	default:
		group = group_start(m, depth);
		break;
	}
	switch (what) {
	case GROUP_HOST:
		put_set(m, group, host_field(m), below(m, 2) ? 0 : odd_value(m));
		break;
	case GROUP_PLANTED:
		put_set(m, group, planted_field(m, depth), odd_value(m));
		break;
	case GROUP_GUEST:
		put_u32(m, group, VMXPROBE_A_GROUP_GUEST, 1 + below(m, 3));
		break;
	case GROUP_NO_VALUES:
		put_u32(m, group, VMXPROBE_A_GROUP_SWEEP_FIELD, 0x4016);
		break;
	case GROUP_NO_FIELD:
		put(m, group, VMXPROBE_A_GROUP_SWEEP_VALUES, &(uint64_t) { 0 }, 8);
		break;
	case GROUP_ODD_VALUES:
		put_u32(m, group, VMXPROBE_A_GROUP_SWEEP_FIELD, 0x4016);
		put(m, group, VMXPROBE_A_GROUP_SWEEP_VALUES, &(uint64_t) { 0 }, below(m, 8));
		break;
	case GROUP_NO_VALUE:
		set = nest_start(m, group, VMXPROBE_A_GROUP_SET);
		if (below(m, 2))
			put_u32(m, set, VMXPROBE_A_FIELD_ENCODING, 0x4018);
		else
			put_u64(m, set, VMXPROBE_A_FIELD_VALUE, 0);
		nest_end(m, set);
		break;
	case GROUP_RIGHT:
		must = 0;
		break;
	}
	nest_end(m, group);
	return must;
}

static void start_probe(struct message *m, uint8_t *buf, uint16_t family, uint32_t seq)
{
	start(m, buf, family, VMXPROBE_CMD_PROBE, seq);
	put_some(m, VMXPROBE_A_PROBE_CHECK_HOST);
	put_some(m, VMXPROBE_A_PROBE_BORROW);
}

void build_wrong(struct message *m, uint8_t *buf, uint16_t family, uint32_t seq, uint64_t k)
{
	static const struct { uint8_t cmd, cpu; } commands[] = {
		{ VMXPROBE_CMD_CPU, VMXPROBE_A_CPU_ID },
		{ VMXPROBE_CMD_PROBE, VMXPROBE_A_PROBE_CPU },
		{ VMXPROBE_CMD_FIELDS, VMXPROBE_A_FIELDS_CPU },
		{ VMXPROBE_CMD_EXPERIMENT, VMXPROBE_A_EXPERIMENT_CPU },
	};
	unsigned int what = k % 28;

	if (what < 8) {
		start(m, buf, family, commands[what / 2].cmd, seq);
		/* A number that no CPU has, or no number. */
		if (what & 1)
			put_u32(m, -1, commands[what / 2].cpu, no_cpu(m));
		m->must = what & 1 ? ENODEV : EINVAL;
		if (commands[what / 2].cmd == VMXPROBE_CMD_PROBE)
			put_wrong_group(m, GROUP_RIGHT);
		else if (commands[what / 2].cmd == VMXPROBE_CMD_EXPERIMENT)
			put_u32(m, -1, VMXPROBE_A_EXPERIMENT_ID, 1);
		return;
	}
	what -= 8;
	if (what <= GROUP_RIGHT) {
		start_probe(m, buf, family, seq);
		put_u32(m, -1, VMXPROBE_A_PROBE_CPU, 0);
		/* With the group right, it is the window that is wrong. */
		if (what == GROUP_RIGHT)
			put_u32(m, -1, VMXPROBE_A_PROBE_WINDOW, no_window(m));
		m->must = put_wrong_group(m, what);
		if (what == GROUP_RIGHT)
			m->must = ERANGE;
		return;
	}
	what -= GROUP_RIGHT + 1;
	if (what < 2) {
		start(m, buf, family, VMXPROBE_CMD_FIELDS, seq);
		put_u32(m, -1, VMXPROBE_A_FIELDS_CPU, 0);
		if (what)
			put_u32(m, -1, VMXPROBE_A_FIELDS_WINDOW, no_window(m));
		else
			put_u32(m, -1, VMXPROBE_A_FIELDS_FIRST, 0x8000 << below(m, 17));
		m->must = what ? ERANGE : EINVAL;
		return;
	}
	start(m, buf, family, VMXPROBE_CMD_EXPERIMENT, seq);
	put_u32(m, -1, VMXPROBE_A_EXPERIMENT_CPU, 0);
	m->must = what == 2 ? EINVAL : ERANGE;
	if (what == 3)
		put_u32(m, -1, VMXPROBE_A_EXPERIMENT_ID, below(m, 2) ? 0 : 4096 + below(m, 4096));
}
