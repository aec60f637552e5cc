// SPDX-License-Identifier: GPL-2.0
/* Asking the module: requests, the socket, and refusals as sentences. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/genetlink.h>

#include "../netlink/vmxprobe.h"
#include "client_parts.h"

/* CPUs that come and go make the kernel start a dump over; not forever. */
#define DUMP_ATTEMPTS 16

_Static_assert(CLIENT_MAX_WINDOW == VMXPROBE_MAX_WINDOW, "the contract's own bound");

static const uint32_t depth_to[] = {
	[DEPTH_CONTROLS] = VMXPROBE_DEPTH_CONTROLS,
	[DEPTH_STATE] = VMXPROBE_DEPTH_STATE,
};

/* What the requests' attributes are called when the module refuses one. */
struct attr_name {
	const char *name;
	const struct attr_set *inside;	/* of a nest */
};

struct attr_set {
	struct attr_name names[8];	/* by attribute type */
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
} };

static const struct attr_set probe_set = { {
	[VMXPROBE_A_PROBE_CPU] = { .name = "cpu" },
	[VMXPROBE_A_PROBE_WINDOW] = { .name = "window" },
	[VMXPROBE_A_PROBE_CHECK_HOST] = { .name = "check host" },
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
	unsigned int seen[8] = { 0 };

	mnl_attr_for_each_payload(attrs, len) {
		uint16_t type = mnl_attr_get_type(attr), n = mnl_attr_get_payload_len(attr);
		const char *payload = mnl_attr_get_payload(attr);
		const struct attr_name *name;

		if (target < (const char *)attr || type >= 8)
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

int client_refuse(struct client_error *error, const struct genl_error *genl,
		  const struct nlmsghdr *request)
{
	char where[128] = "";

	error->err = genl->err;
	if (genl->text[0]) {
		if (request && genl->offset)
			client_place(request, genl->offset, where, sizeof(where));
		snprintf(error->text, sizeof(error->text),
			 "the kernel module refused the request: %s%s%s%s", genl->text,
			 *where ? " (" : "", where, *where ? ")" : "");
		return -genl->err;
	}
	switch (genl->err) {
	case ENOENT:
		snprintf(error->text, sizeof(error->text), "module not loaded");
		break;
	case EPERM:
	case EACCES:
		snprintf(error->text, sizeof(error->text),
			 "permission denied: the module answers root only");
		break;
	case EPROTO:
		snprintf(error->text, sizeof(error->text),
			 "the module's answer breaks its contract; are module and tool of the same "
			 "version?");
		break;
	case EINTR:
		snprintf(error->text, sizeof(error->text),
			 "CPUs came and went through %d attempts to list them", DUMP_ATTEMPTS);
		break;
	case ETIMEDOUT:
		snprintf(error->text, sizeof(error->text), "the module did not answer in time");
		break;
	default:
		snprintf(error->text, sizeof(error->text), "the request to the module failed: %s",
			 strerror(genl->err));
		break;
	}
	return -genl->err;
}

int client_refuse_errno(struct client_error *error, int err)
{
	const struct genl_error genl = { .err = err };

	return client_refuse(error, &genl, NULL);
}

int client_open(struct client **out, struct client_error *error)
{
	struct client *client = calloc(1, sizeof(*client));
	struct genl_error genl;
	int ret;

	if (!client)
		return client_refuse_errno(error, ENOMEM);
	ret = genl_open(&client->genl, VMXPROBE_FAMILY_NAME, &genl);
	if (ret) {
		/* The controller has a sentence of its own for an unknown family. */
		if (ret == -ENOENT)
			genl.text[0] = '\0';
		free(client);
		return client_refuse(error, &genl, NULL);
	}
	*out = client;
	return 0;
}

void client_close(struct client *client)
{
	if (!client)
		return;
	genl_close(client->genl);
	free(client);
}

struct cpu_array {
	struct cpu *cpus;
	size_t n, room;
};

static int add_cpu(const void *attrs, size_t len, void *arg)
{
	struct cpu_array *array = arg;
	int ret;

	if (array->n == array->room) {
		size_t room = array->room ? 2 * array->room : 16;
		struct cpu *cpus = reallocarray(array->cpus, room, sizeof(*cpus));

		if (!cpus)
			return -ENOMEM;
		array->cpus = cpus;
		array->room = room;
	}
	ret = client_parse_cpu(attrs, len, &array->cpus[array->n]);
	if (!ret)
		array->n++;
	return ret;
}

void client_free_cpus(struct cpu *cpus, size_t n)
{
	for (size_t i = 0; i < n; i++)
		client_cpu_clear(&cpus[i]);
	free(cpus);
}

static int by_id(const void *a, const void *b)
{
	unsigned int x = ((const struct cpu *)a)->id, y = ((const struct cpu *)b)->id;

	return x < y ? -1 : x > y;
}

int client_cpus(struct client *client, struct cpu **cpus, size_t *n, struct client_error *error)
{
	char buf[256] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct cpu_array array = { 0 };
	struct genl_error genl;
	int ret = -EINTR;

	for (int i = 0; ret == -EINTR && i < DUMP_ATTEMPTS; i++) {
		client_free_cpus(array.cpus, array.n);
		array = (struct cpu_array){ 0 };
		ret = genl_talk(client->genl,
				genl_start(client->genl, buf, VMXPROBE_CMD_CPU, NLM_F_DUMP),
				add_cpu, &array, &genl);
	}
	if (ret) {
		client_free_cpus(array.cpus, array.n);
		return client_refuse(error, &genl, NULL);
	}
	if (array.n)
		qsort(array.cpus, array.n, sizeof(*array.cpus), by_id);
	for (size_t i = 1; i < array.n; i++) {
		if (array.cpus[i].id == array.cpus[i - 1].id) {
			client_free_cpus(array.cpus, array.n);
			return client_refuse_errno(error, EPROTO);
		}
	}
	*cpus = array.cpus;
	*n = array.n;
	return 0;
}

/* Attributes of a group take this much; the swept values come on top. */
static size_t group_size(const struct group *group)
{
	const size_t u32 = MNL_ATTR_HDRLEN + sizeof(uint32_t);
	const size_t u64 = MNL_ATTR_HDRLEN + sizeof(uint64_t);

	/* Nest, depth, sweep field, header of the sweep values; nest, encoding, value a set. */
	return 2 * MNL_ATTR_HDRLEN + 2 * u32 + group->n_set * (MNL_ATTR_HDRLEN + u32 + u64);
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
	mnl_attr_nest_end(nlh, nest);
}

long client_build(void *message, const struct evidence *ev, size_t n, struct client_cursor from)
{
	struct nlmsghdr *nlh = message;
	size_t asked = 0, groups = 0, sets = 0;

	for (; from.group < n; from.group++, from.probe = 0) {
		const struct group *group = &ev[from.group].group;
		size_t left = CLIENT_REQUEST_SIZE - nlh->nlmsg_len, fit;
		size_t probes = group_probes(group) - from.probe;

		if (!probes)
			continue;
		if (group->n_set > VMXPROBE_MAX_SETS || !depth_to[group->depth])
			return -E2BIG;
		if (asked == VMXPROBE_MAX_PROBES || groups == VMXPROBE_MAX_GROUPS ||
		    sets + group->n_set > VMXPROBE_MAX_SETS ||
		    left < group_size(group) + sizeof(uint64_t))
			break;
		fit = (left - group_size(group)) / sizeof(uint64_t);
		if (probes > fit)
			probes = fit;
		if (probes > VMXPROBE_MAX_PROBES - asked)
			probes = VMXPROBE_MAX_PROBES - asked;
		put_group(nlh, group, from.probe, probes);
		asked += probes;
		groups++;
		sets += group->n_set;
		if (from.probe + probes < group_probes(group))
			break;
	}
	return asked;
}

/* One call of client_probe(). */
struct probing {
	unsigned int cpu;
	struct evidence *ev;
	size_t n;
	struct client_cursor at;	/* the first probe that has no answer yet */
	size_t asked, answered;		/* of the request under way */
	bool stop;
	struct probe_report *report;
	struct client_reply reply;
};

static int set_next(struct probing *p, const struct outcome *outcome)
{
	int ret;

	while (p->at.group < p->n && p->at.probe == group_probes(&p->ev[p->at.group].group))
		p->at = (struct client_cursor){ p->at.group + 1, 0 };
	if (p->at.group == p->n)
		return -ENODATA;
	ret = evidence_set(&p->ev[p->at.group], p->at.probe, outcome, NULL);
	if (!ret)
		p->at.probe++;
	return ret;
}

static int add_change(struct probe_report *report, const struct host_change *change)
{
	struct host_change *changes;

	for (size_t i = 0; i < report->n_changes; i++)
		if (report->changes[i].item == change->item)
			return 0;
	changes = reallocarray(report->changes, report->n_changes + 1, sizeof(*changes));
	if (!changes)
		return -ENOMEM;
	report->changes = changes;
	changes[report->n_changes++] = *change;
	return 0;
}

int client_add_cost(struct probe_report *report, const struct client_cost *cost)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < cost->n_changes; i++)
		ret = add_change(report, &cost->changes[i]);
	window_stats_add(&report->stats, &cost->stats);
	return ret;
}

static int take_answer(const void *attrs, size_t len, void *arg)
{
	struct probing *p = arg;
	struct client_reply *reply = &p->reply;
	int ret;

	if (p->answered)
		return -EPROTO;
	ret = client_parse_probe(attrs, len, p->cpu, p->asked, reply);
	if (ret)
		return ret;
	for (size_t i = 0; i < reply->done; i++) {
		const struct outcome *outcome = &reply->outcomes[reply->index[i]];

		ret = set_next(p, outcome);
		if (ret)
			return ret;
		if (outcome->kind == OUTCOME_ENTERED || outcome->kind == OUTCOME_STOPPED)
			p->stop = true;
	}
	reply->cost.stats.reply_bytes = NLMSG_HDRLEN + GENL_HDRLEN + len;
	p->answered = reply->done;
	return client_add_cost(p->report, &reply->cost);
}

/* Every probe has an outcome in the end: this one for those that have none. */
static int set_rest(struct probing *p, const struct outcome *outcome)
{
	int ret;

	do
		ret = set_next(p, outcome);
	while (!ret);
	return ret == -ENODATA ? 0 : ret;
}

int client_probe(struct client *client, unsigned int cpu, struct evidence *ev, size_t n,
		 const struct probe_options *opt, struct probe_report *report,
		 void (*progress)(void *arg, size_t probes), void *arg,
		 struct client_error *error)
{
	struct probing *p = calloc(1, sizeof(*p));
	void *buf = malloc(CLIENT_REQUEST_SIZE);
	struct genl_error genl;
	struct nlmsghdr *nlh;
	long asked;
	int ret = 0;

	if (!p || !buf) {
		ret = client_refuse_errno(error, ENOMEM);
		goto free;
	}
	*p = (struct probing){ .cpu = cpu, .ev = ev, .n = n, .report = report };

	while (!p->stop) {
		nlh = genl_start(client->genl, buf, VMXPROBE_CMD_PROBE, 0);
		mnl_attr_put_u32(nlh, VMXPROBE_A_PROBE_CPU, cpu);
		if (opt->window)
			mnl_attr_put_u32(nlh, VMXPROBE_A_PROBE_WINDOW, opt->window);
		if (opt->check_host)
			mnl_attr_put(nlh, VMXPROBE_A_PROBE_CHECK_HOST, 0, NULL);
		asked = client_build(nlh, ev, n, p->at);
		if (asked < 0) {
			ret = client_refuse_errno(error, -asked);
			break;
		}
		if (!asked)
			break;
		p->asked = asked;
		p->answered = 0;
		ret = genl_talk(client->genl, nlh, take_answer, p, &genl);
		if (!ret && !p->answered)
			ret = client_refuse_errno(error, EPROTO);
		else if (ret)
			client_refuse(error, &genl, nlh);
		if (ret)
			break;
		if (progress)
			progress(arg, p->answered);
	}
	/* A guest that ran when none should have: nothing more is tried on this CPU. */
	if (p->stop || ret) {
		const struct outcome rest = {
			.kind = ret ? OUTCOME_NOT_TESTED : OUTCOME_STOPPED,
			.why = ret ? NOT_TESTED_FAILED : NOT_TESTED_NONE,
		};
		int err = set_rest(p, &rest);

		if (err && !ret)
			ret = client_refuse_errno(error, -err);
	}
free:
	free(buf);
	free(p);
	return ret;
}

/* One request of client_fields(). */
struct asking {
	unsigned int cpu;
	uint32_t first, next;
	struct field_map *map;
	bool answered;
};

static int take_fields(const void *attrs, size_t len, void *arg)
{
	struct asking *asking = arg;

	if (asking->answered)
		return -EPROTO;
	asking->answered = true;
	return client_parse_fields(attrs, len, asking->cpu, asking->first, asking->map,
				   &asking->next);
}

int client_fields(struct client *client, unsigned int cpu, struct field_map *map,
		  struct client_error *error)
{
	char buf[256] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct asking asking = { .cpu = cpu, .map = map };
	struct genl_error genl;
	int ret = 0;

	do {
		struct nlmsghdr *nlh = genl_start(client->genl, buf, VMXPROBE_CMD_FIELDS, 0);

		asking.first = asking.next;
		asking.next = 0;
		asking.answered = false;
		mnl_attr_put_u32(nlh, VMXPROBE_A_FIELDS_CPU, cpu);
		mnl_attr_put_u32(nlh, VMXPROBE_A_FIELDS_FIRST, asking.first);
		ret = genl_talk(client->genl, nlh, take_fields, &asking, &genl);
		if (ret)
			client_refuse(error, &genl, NULL);
		else if (!asking.answered)
			ret = client_refuse_errno(error, EPROTO);
	} while (!ret && asking.next);
	/* Half a map would tell of fields that are missing and are not. */
	if (!map->scanned) {
		free(map->list);
		map->list = NULL;
		map->n = 0;
	}
	if (ret)
		map->why = (struct outcome){ .why = NOT_TESTED_FAILED };
	return ret;
}
