// SPDX-License-Identifier: GPL-2.0
/*
 * A request that the module took: whether it could be. All that is looked at is the request, so
 * that this holds of those that were damaged as well.
 */
#include "attack_attr.h"

/* The experiments there are, as the tool's table has them. */
enum {
	N_EXPERIMENTS = 0
#define EXPERIMENT(number, name, arg, text) + 1
#define EXPERIMENT_ENTERS(number, name, arg, text) + 1
#include "../../../userspace/experiments.def"
};

struct totals {
	uint32_t groups, sets, probes, enter;
};

bool is_experiment(uint32_t id)
{
	return id && id <= N_EXPERIMENTS;
}

static bool is_window(uint32_t window)
{
	return window && window <= VMXPROBE_MAX_WINDOW;
}

static const char *judge_swept(struct range r, uint32_t depth, const struct cpu_facts *cpu,
			       uint32_t *probes)
{
	const struct nlattr *values = last(r, VMXPROBE_A_GROUP_SWEEP_VALUES);
	const struct nlattr *field = last(r, VMXPROBE_A_GROUP_SWEEP_FIELD);
	uint64_t value;

	*probes = 1;
	if (!field != !values)
		return "a sweep without a field or without values was taken";
	if (!field)
		return NULL;
	r = inside(values);
	*probes = (r.end - r.at) / sizeof(value);
	if (!*probes || (r.end - r.at) % sizeof(value))
		return "a sweep of no values was taken";
	for (; r.at < r.end; r.at += sizeof(value)) {
		memcpy(&value, r.at, sizeof(value));
		if (may_set(u32_of(field), value, depth, cpu) == REFUSED)
			return "a sweep was taken that nobody may make";
	}
	return NULL;
}

static const char *judge_guest(struct range r, bool enter, const struct cpu_facts *cpu)
{
	const struct nlattr *read = last(r, VMXPROBE_A_GROUP_READ);
	uint32_t guest = last_u32(r, VMXPROBE_A_GROUP_GUEST, 0), field;

	if (!enter)
		return guest ? "a guest was taken at a depth that enters none" : NULL;
	if (!guest || guest > VMXPROBE_GUEST_LONG || may_enter(guest, cpu) == REFUSED)
		return "a guest was taken that cannot be entered";
	if (last_u32(r, VMXPROBE_A_GROUP_PROGRAM, 0) > VMXPROBE_GUEST_PROGRAM_VMREAD)
		return "a program was taken that no guest has";
	if (!read)
		return NULL;
	r = inside(read);
	if ((size_t)(r.end - r.at) > VMXPROBE_MAX_READ * sizeof(field))
		return "more fields to read were taken than there may be";
	for (; r.at < r.end; r.at += sizeof(field)) {
		memcpy(&field, r.at, sizeof(field));
		if (!may_read(field))
			return "a field to read was taken that nobody may see";
	}
	return NULL;
}

static const char *judge_group(struct range group, const struct cpu_facts *cpu, struct totals *n)
{
	uint32_t depth = last_u32(group, VMXPROBE_A_GROUP_DEPTH, 0), probes;
	const struct nlattr *nla, *field, *value;
	struct range r = group;
	const char *bad;

	if (!depth || depth > VMXPROBE_DEPTH_ENTER)
		return "a depth was taken that there is not";
	n->groups++;
	n->enter += depth == VMXPROBE_DEPTH_ENTER;
	bad = judge_guest(group, depth == VMXPROBE_DEPTH_ENTER, cpu);
	if (bad)
		return bad;
	while ((nla = next(&r))) {
		if (type_of(nla) != VMXPROBE_A_GROUP_SET)
			continue;
		n->sets++;
		field = last(inside(nla), VMXPROBE_A_FIELD_ENCODING);
		value = last(inside(nla), VMXPROBE_A_FIELD_VALUE);
		if (!field || !value)
			return "an override without a field or without a value was taken";
		if (may_set(u32_of(field), u64_of(value), depth, cpu) == REFUSED)
			return "an override was taken that nobody may make";
	}
	bad = judge_swept(group, depth, cpu, &probes);
	n->probes += probes;
	return bad;
}

static const char *judge_probe(struct range r)
{
	const struct cpu_facts *cpu = facts_of(last_u32(r, VMXPROBE_A_PROBE_CPU, -1));
	struct totals n = { 0 };
	const struct nlattr *nla;
	const char *bad;

	if (!is_window(last_u32(r, VMXPROBE_A_PROBE_WINDOW, VMXPROBE_MAX_WINDOW)))
		return "a window was taken that is too short or too long";
	while ((nla = next(&r))) {
		if (type_of(nla) != VMXPROBE_A_PROBE_GROUP)
			continue;
		bad = judge_group(inside(nla), cpu, &n);
		if (bad)
			return bad;
	}
	if (!n.groups || n.groups > VMXPROBE_MAX_GROUPS)
		return "no group was taken, or more than there may be";
	if (n.sets > VMXPROBE_MAX_SETS)
		return "more overrides were taken than there may be";
	if (n.probes > VMXPROBE_MAX_PROBES)
		return "more probes were taken than there may be";
	return n.enter && n.enter < n.groups ? "guests were taken among probes that fail" : NULL;
}

const char *judge_taken(const struct nlmsghdr *request)
{
	const struct genlmsghdr *genl = NLMSG_DATA(request);
	struct range r = of_message(request);

	switch (genl->cmd) {
	case VMXPROBE_CMD_PROBE:
		return judge_probe(r);
	case VMXPROBE_CMD_FIELDS:
		if (last_u32(r, VMXPROBE_A_FIELDS_FIRST, 0) >= 0x8000)
			return "an encoding was taken that there is not";
		if (!is_window(last_u32(r, VMXPROBE_A_FIELDS_WINDOW, VMXPROBE_MAX_WINDOW)))
			return "a window was taken that is too short or too long";
		return NULL;
	case VMXPROBE_CMD_EXPERIMENT:
		return is_experiment(last_u32(r, VMXPROBE_A_EXPERIMENT_ID, 0)) ?
			NULL : "an experiment was taken that there is not";
	default:
		return NULL;
	}
}
