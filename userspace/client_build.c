// SPDX-License-Identifier: GPL-2.0
/* Probe requests: what they ask for, and the place in them that a refusal points at. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <linux/genetlink.h>

#include "../netlink/vmxprobe.h"
#include "client_parts.h"
#include "guest.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const uint32_t depth_to[] = {
	[DEPTH_CONTROLS] = VMXPROBE_DEPTH_CONTROLS,
	[DEPTH_STATE] = VMXPROBE_DEPTH_STATE,
	[DEPTH_ENTER] = VMXPROBE_DEPTH_ENTER,
};

/* What is above knows the guests from guest.h and model.h. */
_Static_assert(GUEST_REAL == (int)VMXPROBE_GUEST_REAL &&
	       GUEST_PM32 == (int)VMXPROBE_GUEST_PM32 &&
	       GUEST_LONG == (int)VMXPROBE_GUEST_LONG, "enum guest");
_Static_assert(PROGRAM_VMCALL == (int)VMXPROBE_GUEST_PROGRAM_VMCALL &&
	       PROGRAM_NOP == (int)VMXPROBE_GUEST_PROGRAM_NOP &&
	       PROGRAM_LOOP == (int)VMXPROBE_GUEST_PROGRAM_LOOP &&
	       PROGRAM_TOUCH == (int)VMXPROBE_GUEST_PROGRAM_TOUCH &&
	       PROGRAM_JUMP == (int)VMXPROBE_GUEST_PROGRAM_JUMP &&
	       PROGRAM_WRITE == (int)VMXPROBE_GUEST_PROGRAM_WRITE &&
	       PROGRAM_HLT == (int)VMXPROBE_GUEST_PROGRAM_HLT &&
	       PROGRAM_RDMSR == (int)VMXPROBE_GUEST_PROGRAM_RDMSR &&
	       PROGRAM_MOV_CR3 == (int)VMXPROBE_GUEST_PROGRAM_MOV_CR3 &&
	       PROGRAM_VMREAD == (int)VMXPROBE_GUEST_PROGRAM_VMREAD, "enum guest_program");
_Static_assert(GUEST_HANDLERS == VMXPROBE_GUEST_HANDLERS && GUEST_SLOT == VMXPROBE_GUEST_SLOT &&
	       GUEST_CODE == VMXPROBE_GUEST_CODE && GUEST_GDT == VMXPROBE_GUEST_GDT &&
	       GUEST_TSS == VMXPROBE_GUEST_TSS && GUEST_IDT_LONG == VMXPROBE_GUEST_IDT_LONG &&
	       GUEST_IDT_PM32 == VMXPROBE_GUEST_IDT_PM32 &&
	       GUEST_IDT_16BIT == VMXPROBE_GUEST_IDT_16BIT &&
	       GUEST_IDT_TASK == VMXPROBE_GUEST_IDT_TASK && GUEST_STACK == VMXPROBE_GUEST_STACK &&
	       GUEST_STACK0 == VMXPROBE_GUEST_STACK0 &&
	       GUEST_SHADOW_STACK == VMXPROBE_GUEST_SHADOW_STACK &&
	       GUEST_UNMAPPED == VMXPROBE_GUEST_UNMAPPED && GUEST_CR2 == VMXPROBE_GUEST_CR2 &&
	       GUEST_TICKS == VMXPROBE_GUEST_TICKS, "guest.h");
_Static_assert(ARRIVAL_MAX_FIELDS == VMXPROBE_MAX_READ &&
	       ARRIVAL_MAX_STACK == VMXPROBE_STACK_BYTES, "struct arrival");
_Static_assert(CLIENT_MAX_ARRIVALS == VMXPROBE_MAX_ARRIVALS, "the contract's own bound");

/* More than any attribute of a request has for its type. */
#define ATTR_TYPES 18

/* What the requests' attributes are called when the module refuses one. */
struct attr_name {
	const char *name;
	const struct attr_set *inside;	/* of a nest */
};

struct attr_set {
	struct attr_name names[ATTR_TYPES];	/* by attribute type */
};

static const struct attr_set field_set = { {
	[VMXPROBE_A_FIELD_ENCODING] = { .name = "encoding" },
	[VMXPROBE_A_FIELD_VALUE] = { .name = "value" },
} };

static const struct attr_set group_set = { {
	[VMXPROBE_A_GROUP_DEPTH] = { .name = "depth" },
	[VMXPROBE_A_GROUP_SET] = { .name = "set", .inside = &field_set },
	[VMXPROBE_A_GROUP_SWEEP_FIELD] = { .name = "sweep field" },
	[VMXPROBE_A_GROUP_SWEEP_VALUES] = { .name = "sweep values" },
	[VMXPROBE_A_GROUP_GUEST] = { .name = "guest" },
	[VMXPROBE_A_GROUP_PROGRAM] = { .name = "program" },
	[VMXPROBE_A_GROUP_RCX] = { .name = "RCX" },
	[VMXPROBE_A_GROUP_READ] = { .name = "read" },
	[VMXPROBE_A_GROUP_TIME] = { .name = "time" },
} };

static const struct attr_set probe_set = { {
	[VMXPROBE_A_PROBE_CPU] = { .name = "cpu" },
	[VMXPROBE_A_PROBE_WINDOW] = { .name = "window" },
	[VMXPROBE_A_PROBE_CHECK_HOST] = { .name = "check host" },
	[VMXPROBE_A_PROBE_BORROW] = { .name = "borrow" },
	[VMXPROBE_A_PROBE_GROUP] = { .name = "group", .inside = &group_set },
} };

__attribute__((format(printf, 3, 4)))
static void append(char *text, size_t size, const char *format, ...)
{
	size_t len = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + len, size - len, format, args);
	va_end(args);
}

/* The attribute that the target is or is in, and so on inwards. */
static void place(const void *attrs, size_t len, const struct attr_set *set,
		  const char *target, char *text, size_t size)
{
	const struct nlattr *attr;
	unsigned int seen[ATTR_TYPES] = { 0 };

	mnl_attr_for_each_payload(attrs, len) {
		uint16_t type = mnl_attr_get_type(attr), n = mnl_attr_get_payload_len(attr);
		const char *payload = mnl_attr_get_payload(attr);
		const struct attr_name *name;

		if (target < (const char *)attr || type >= ATTR_TYPES)
			return;
		name = &set->names[type];
		seen[type]++;
		if (target >= payload + n)
			continue;
		if (!name->name)
			return;
		append(text, size, "%s%s", *text ? ", " : "", name->name);
		if (name->inside)
			append(text, size, " %u", seen[type]);
		else if (n == sizeof(uint32_t))
			append(text, size, " 0x%x", mnl_attr_get_u32(attr));
		else if (n == sizeof(uint64_t))
			append(text, size, " 0x%llx", (unsigned long long)mnl_attr_get_u64(attr));
		if (name->inside && target >= payload)
			place(payload, n, name->inside, target, text, size);
		return;
	}
}

void client_place(const void *message, uint32_t offset, char *text, size_t size)
{
	const struct nlmsghdr *nlh = message;
	const size_t headers = MNL_NLMSG_HDRLEN + GENL_HDRLEN;

	text[0] = '\0';
	if (offset >= headers && offset < nlh->nlmsg_len)
		place((const char *)message + headers, nlh->nlmsg_len - headers, &probe_set,
		      (const char *)message + offset, text, size);
}

/* Options of the tool that are an attribute of the request itself, and that were not always there. */
static const struct {
	uint8_t cmd;
	uint16_t attr;
	const char *option;
} option_attrs[] = {
	{ VMXPROBE_CMD_PROBE, VMXPROBE_A_PROBE_BORROW, "--borrow" },
	{ VMXPROBE_CMD_FIELDS, VMXPROBE_A_FIELDS_BORROW, "--borrow" },
	{ VMXPROBE_CMD_FIELDS, VMXPROBE_A_FIELDS_WINDOW, "--max-window" },
	{ VMXPROBE_CMD_EXPERIMENT, VMXPROBE_A_EXPERIMENT_BORROW, "--borrow" },
};

void client_asked(const struct nlmsghdr *request, uint32_t offset, char *text, size_t size)
{
	const struct genlmsghdr *genl;
	const struct nlattr *attr;

	text[0] = '\0';
	if (!request)
		return;
	genl = mnl_nlmsg_get_payload(request);
	if (genl->cmd == VMXPROBE_CMD_PROBE)
		client_place(request, offset, text, size);
	mnl_attr_for_each(attr, request, GENL_HDRLEN) {
		if ((size_t)((const char *)attr - (const char *)request) != offset)
			continue;
		for (size_t i = 0; i < sizeof(option_attrs) / sizeof(option_attrs[0]); i++)
			if (option_attrs[i].cmd == genl->cmd &&
			    option_attrs[i].attr == mnl_attr_get_type(attr))
				snprintf(text, size, "%s", option_attrs[i].option);
	}
}

/* Attributes of a group take this much; the swept values come on top. */
static size_t group_size(const struct group *group)
{
	const size_t u32 = MNL_ATTR_HDRLEN + sizeof(uint32_t);
	const size_t u64 = MNL_ATTR_HDRLEN + sizeof(uint64_t);

	/* Nest, depth, sweep field, header of the sweep values; nest, encoding, value a set. */
	size_t size = 2 * MNL_ATTR_HDRLEN + 2 * u32 +
		      group->n_set * (MNL_ATTR_HDRLEN + u32 + u64);

	/* Guest, program, RCX, headers of what is read and of the flag. */
	if (group->depth == DEPTH_ENTER)
		size += 2 * u32 + u64 + 2 * MNL_ATTR_HDRLEN + group->n_read * sizeof(uint32_t);
	return size;
}

static void put_guest(struct nlmsghdr *nlh, const struct group *group)
{
	mnl_attr_put_u32(nlh, VMXPROBE_A_GROUP_GUEST, group->guest);
	mnl_attr_put_u32(nlh, VMXPROBE_A_GROUP_PROGRAM, group->program);
	mnl_attr_put_u64(nlh, VMXPROBE_A_GROUP_RCX, group->rcx);
	if (group->n_read)
		mnl_attr_put(nlh, VMXPROBE_A_GROUP_READ, group->n_read * sizeof(*group->read),
			     group->read);
	if (group->time)
		mnl_attr_put(nlh, VMXPROBE_A_GROUP_TIME, 0, NULL);
}

static void put_group(struct nlmsghdr *nlh, const struct group *group, size_t first, size_t n)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, VMXPROBE_A_PROBE_GROUP);

	mnl_attr_put_u32(nlh, VMXPROBE_A_GROUP_DEPTH, depth_to[group->depth]);
	for (size_t i = 0; i < group->n_set; i++) {
		struct nlattr *set = mnl_attr_nest_start(nlh, VMXPROBE_A_GROUP_SET);

		mnl_attr_put_u32(nlh, VMXPROBE_A_FIELD_ENCODING, group->set[i].field);
		mnl_attr_put_u64(nlh, VMXPROBE_A_FIELD_VALUE, group->set[i].value);
		mnl_attr_nest_end(nlh, set);
	}
	if (group->sweep_field) {
		mnl_attr_put_u32(nlh, VMXPROBE_A_GROUP_SWEEP_FIELD, group->sweep_field);
		mnl_attr_put(nlh, VMXPROBE_A_GROUP_SWEEP_VALUES, n * sizeof(uint64_t),
			     group->values + first);
	}
	if (group->depth == DEPTH_ENTER)
		put_guest(nlh, group);
	mnl_attr_nest_end(nlh, nest);
}

/* The bounds of a request to one depth; a group that can never be asked is -E2BIG. */
static int most_probes(const struct group *group, size_t *most)
{
	const size_t depths = ARRAY_SIZE(depth_to);

	if (group->n_set > VMXPROBE_MAX_SETS || group->n_read > VMXPROBE_MAX_READ ||
	    group->depth >= depths || !depth_to[group->depth])
		return -E2BIG;
	/* One more would have to be asked again, after its guest was entered for nothing. */
	*most = group->depth == DEPTH_ENTER ? VMXPROBE_MAX_ARRIVALS : VMXPROBE_MAX_PROBES;
	return 0;
}

long client_build(void *message, const struct evidence *ev, size_t n, struct client_cursor from)
{
	size_t asked = 0, groups = 0, sets = 0, most;
	struct nlmsghdr *nlh = message;
	bool enter = false;

	for (; from.group < n; from.group++, from.probe = 0) {
		const struct group *group = &ev[from.group].group;
		size_t left = CLIENT_REQUEST_SIZE - nlh->nlmsg_len, fit;
		size_t probes = group_probes(group) - from.probe;

		if (!probes)
			continue;
		if (most_probes(group, &most))
			return -E2BIG;
		/* A module that enters no guest refuses a request that has one, as a whole. */
		if (groups && enter != (group->depth == DEPTH_ENTER))
			break;
		enter = group->depth == DEPTH_ENTER;
		if (asked == most || groups == VMXPROBE_MAX_GROUPS ||
		    sets + group->n_set > VMXPROBE_MAX_SETS ||
		    left < group_size(group) + sizeof(uint64_t))
			break;
		fit = (left - group_size(group)) / sizeof(uint64_t);
		if (probes > fit)
			probes = fit;
		if (probes > most - asked)
			probes = most - asked;
		put_group(nlh, group, from.probe, probes);
		asked += probes;
		groups++;
		sets += group->n_set;
		if (from.probe + probes < group_probes(group))
			break;
	}
	return asked;
}
