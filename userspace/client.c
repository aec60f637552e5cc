// SPDX-License-Identifier: GPL-2.0
/* Asking the module: requests, the socket, and refusals as sentences. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/genetlink.h>

#include "../netlink/vmxprobe.h"
#include "client_parts.h"

/* CPUs that come and go make the kernel start a dump over; not forever. */
#define DUMP_ATTEMPTS 16

_Static_assert(CLIENT_MAX_WINDOW == VMXPROBE_MAX_WINDOW, "the contract's own bound");

/* Is an attribute more than its policy has? That is the kernel's own sentence, of any attribute. */
static bool knows_less(const struct genl_error *genl)
{
	return genl->err == EINVAL && (!strcmp(genl->text, "Unknown attribute type") ||
				       !strcmp(genl->text, "Unsupported attribute"));
}

int client_refuse(struct client_error *error, const struct genl_error *genl,
		  const struct nlmsghdr *request)
{
	char where[128] = "";

	error->err = genl->err;
	if (knows_less(genl)) {
		/* The command line is all right. */
		error->err = EOPNOTSUPP;
		client_asked(request, genl->offset, where, sizeof(where));
		snprintf(error->text, sizeof(error->text),
			 "the module is older than this tool and does not know %s",
			 *where ? where : "what was asked of it");
		return -genl->err;
	}
	if (genl->text[0]) {
		if (request && genl->offset)
			client_asked(request, genl->offset, where, sizeof(where));
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
			 "permission denied: asking the module takes CAP_NET_ADMIN");
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

/* The request of client_cpu(). */
struct asking_cpu {
	struct cpu *cpu;
	bool answered;
};

static int take_cpu(const void *attrs, size_t len, void *arg)
{
	struct asking_cpu *asking = arg;
	const unsigned int id = asking->cpu->id;
	struct cpu got;
	int ret = asking->answered ? -EPROTO : client_parse_cpu(attrs, len, &got);

	if (ret)
		return ret;
	if (got.id != id) {
		client_cpu_clear(&got);
		return -EPROTO;
	}
	asking->answered = true;
	*asking->cpu = got;
	return 0;
}

int client_cpu(struct client *client, struct cpu *cpu, struct client_error *error)
{
	char buf[256] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh = genl_start(client->genl, buf, VMXPROBE_CMD_CPU, 0);
	struct asking_cpu asking = { .cpu = cpu };
	struct genl_error genl;

	mnl_attr_put_u32(nlh, VMXPROBE_A_CPU_ID, cpu->id);
	if (genl_talk(client->genl, nlh, take_cpu, &asking, &genl))
		return client_refuse(error, &genl, NULL);
	return asking.answered ? 0 : client_refuse_errno(error, EPROTO);
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

/* The group of the first probe without an answer; NULL if there is none. */
static struct evidence *next_group(struct probing *p)
{
	while (p->at.group < p->n && p->at.probe == group_probes(&p->ev[p->at.group].group))
		p->at = (struct client_cursor){ p->at.group + 1, 0 };
	return p->at.group < p->n ? &p->ev[p->at.group] : NULL;
}

/* Guests arrive at depth "enter" only, there all of them do, and with what the group had read. */
static bool arrived_well(const struct group *group, const struct outcome *outcome,
			 const struct arrival *arrival)
{
	if (!arrival)
		return group->depth != DEPTH_ENTER || outcome->kind != OUTCOME_ENTERED;
	return group->depth == DEPTH_ENTER && arrival->n_fields == group->n_read &&
	       (group->time || !arrival->ticks);
}

static int set_next(struct probing *p, const struct outcome *outcome,
		    const struct arrival *arrival)
{
	struct evidence *ev = next_group(p);
	int ret;

	if (!ev)
		return -ENODATA;
	if (!arrived_well(&ev->group, outcome, arrival))
		return -EPROTO;
	if (outcome->kind == OUTCOME_STOPPED ||
	    (outcome->kind == OUTCOME_ENTERED && ev->group.depth != DEPTH_ENTER))
		p->stop = true;
	ret = evidence_set(ev, p->at.probe, outcome, arrival);
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

		ret = set_next(p, outcome, outcome->arrival ?
			       &reply->arrivals[outcome->arrival - 1] : NULL);
		if (ret)
			return ret;
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
		ret = set_next(p, outcome, NULL);
	while (!ret);
	return ret == -ENODATA ? 0 : ret;
}

/* Does it refuse the depth as such? Older modules do not have the number, or enter no guest. */
static bool enters_none(const struct genl_error *genl, const struct nlmsghdr *request)
{
	char where[128];

	if (genl->err == ERANGE)
		return true;
	client_place(request, genl->offset, where, sizeof(where));
	return (genl->err == EOPNOTSUPP || genl->err == EINVAL) && strstr(where, ", depth ");
}

/* What the next group asks is more than the module can do, all of it. */
static int pass_over(struct probing *p, size_t *probes)
{
	const struct outcome old = { .why = NOT_TESTED_OLD_MODULE };
	const struct evidence *ev = next_group(p);
	int ret = 0;

	*probes = 0;
	while (!ret && next_group(p) == ev) {
		ret = set_next(p, &old, NULL);
		(*probes)++;
	}
	return ret;
}

int client_probe(struct client *client, unsigned int cpu, struct evidence *ev, size_t n,
		 const struct probe_options *opt, struct probe_report *report,
		 void (*progress)(void *arg, size_t probes), void *arg,
		 struct client_error *error)
{
	struct probing *p = calloc(1, sizeof(*p));
	void *buf = malloc(CLIENT_REQUEST_SIZE);
	struct genl_error genl;
	const struct evidence *next;
	struct nlmsghdr *nlh;
	bool old = false;
	size_t passed;
	long asked;
	int ret = 0;

	if (!p || !buf) {
		ret = client_refuse_errno(error, ENOMEM);
		goto free;
	}
	*p = (struct probing){ .cpu = cpu, .ev = ev, .n = n, .report = report };

	while (!p->stop && (next = next_group(p))) {
		if (old && next->group.depth == DEPTH_ENTER) {
			ret = pass_over(p, &passed);
			if (ret) {
				client_refuse_errno(error, -ret);
				break;
			}
			if (progress)
				progress(arg, passed);
			continue;
		}
		nlh = genl_start(client->genl, buf, VMXPROBE_CMD_PROBE, 0);
		mnl_attr_put_u32(nlh, VMXPROBE_A_PROBE_CPU, cpu);
		if (opt->max_window)
			mnl_attr_put_u32(nlh, VMXPROBE_A_PROBE_WINDOW, opt->max_window);
		if (opt->check_host)
			mnl_attr_put(nlh, VMXPROBE_A_PROBE_CHECK_HOST, 0, NULL);
		if (opt->borrow)
			mnl_attr_put(nlh, VMXPROBE_A_PROBE_BORROW, 0, NULL);
		asked = client_build(nlh, ev, n, p->at);
		if (asked <= 0) {
			ret = client_refuse_errno(error, asked ? -asked : E2BIG);
			break;
		}
		p->asked = asked;
		p->answered = 0;
		ret = genl_talk(client->genl, nlh, take_answer, p, &genl);
		if (ret && next->group.depth == DEPTH_ENTER && enters_none(&genl, nlh)) {
			old = true;
			ret = 0;
			continue;
		}
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
	struct window_stats *stats;
	bool answered;
};

static int take_fields(const void *attrs, size_t len, void *arg)
{
	struct asking *asking = arg;
	struct window_stats stats;
	int ret;

	if (asking->answered)
		return -EPROTO;
	asking->answered = true;
	ret = client_parse_fields(attrs, len, asking->cpu, asking->first, asking->map,
				  &asking->next, &stats);
	if (ret)
		return ret;
	stats.reply_bytes = NLMSG_HDRLEN + GENL_HDRLEN + len;
	window_stats_add(asking->stats, &stats);
	return 0;
}

int client_fields(struct client *client, unsigned int cpu, const struct probe_options *opt,
		  struct field_map *map, struct window_stats *stats, struct client_error *error)
{
	char buf[256] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct asking asking = { .cpu = cpu, .map = map, .stats = stats };
	struct genl_error genl;
	int ret = 0;

	do {
		struct nlmsghdr *nlh = genl_start(client->genl, buf, VMXPROBE_CMD_FIELDS, 0);

		asking.first = asking.next;
		asking.next = 0;
		asking.answered = false;
		mnl_attr_put_u32(nlh, VMXPROBE_A_FIELDS_CPU, cpu);
		mnl_attr_put_u32(nlh, VMXPROBE_A_FIELDS_FIRST, asking.first);
		if (opt->max_window)
			mnl_attr_put_u32(nlh, VMXPROBE_A_FIELDS_WINDOW, opt->max_window);
		if (opt->borrow)
			mnl_attr_put(nlh, VMXPROBE_A_FIELDS_BORROW, 0, NULL);
		ret = genl_talk(client->genl, nlh, take_fields, &asking, &genl);
		if (ret)
			client_refuse(error, &genl, nlh);
		else if (!asking.answered)
			ret = client_refuse_errno(error, EPROTO);
	} while (!ret && asking.next);
	/* What was answered before that is not to be relied on. */
	if (ret)
		map->scanned = false;
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
