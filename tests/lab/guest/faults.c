// SPDX-License-Identifier: GPL-2.0
/*
 * Make requests of every kind while the kernel's allocations fail.
 *
 * walk: one allocation at a time, the first of a request, the second, and so on until the request
 * has fewer. It ends in ENOMEM, or in netlink's own ENOBUFS, or has the answer it always has.
 *
 * sites: FILE names each call of an allocator in the module (alloc-sites writes it). In each kind
 * of request, all that is allocated below that call fails; this must end in ENOMEM, and each call
 * must come in some kind of request.
 */
#define _GNU_SOURCE
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "../../../netlink/vmxprobe.h"
#include "fault.h"

#define MOST	5000

static const char usage[] = "usage: faults [-c CPU] walk | faults [-c CPU] sites FILE\n";

struct kind {
	const char *name;
	uint8_t cmd;
	uint16_t flags;
	uint32_t depth, experiment, first;
	bool check_host, borrow;
};

static const struct kind kinds[] = {
	{ .name = "cpu", .cmd = VMXPROBE_CMD_CPU },
	{ .name = "cpu dump", .cmd = VMXPROBE_CMD_CPU, .flags = NLM_F_DUMP },
	{ .name = "probe, depth controls", .cmd = VMXPROBE_CMD_PROBE,
	  .depth = VMXPROBE_DEPTH_CONTROLS },
	{ .name = "probe, depth state, host checked", .cmd = VMXPROBE_CMD_PROBE,
	  .depth = VMXPROBE_DEPTH_STATE, .check_host = true },
	{ .name = "probe, depth enter", .cmd = VMXPROBE_CMD_PROBE,
	  .depth = VMXPROBE_DEPTH_ENTER },
	{ .name = "probe, depth enter, host checked", .cmd = VMXPROBE_CMD_PROBE,
	  .depth = VMXPROBE_DEPTH_ENTER, .check_host = true },
	{ .name = "probe, depth enter, borrowing", .cmd = VMXPROBE_CMD_PROBE,
	  .depth = VMXPROBE_DEPTH_ENTER, .borrow = true },
	{ .name = "fields", .cmd = VMXPROBE_CMD_FIELDS },
	{ .name = "fields, the last", .cmd = VMXPROBE_CMD_FIELDS, .first = 0x6c00 },
	{ .name = "fields, borrowing", .cmd = VMXPROBE_CMD_FIELDS, .first = 0x6c00,
	  .borrow = true },
	{ .name = "experiment", .cmd = VMXPROBE_CMD_EXPERIMENT,
	  .experiment = VMXPROBE_EXPERIMENT_VMPTRST, .check_host = true },
	{ .name = "experiment with a guest", .cmd = VMXPROBE_CMD_EXPERIMENT,
	  .experiment = VMXPROBE_EXPERIMENT_LAUNCHED },
	{ .name = "experiment with a guest, borrowing", .cmd = VMXPROBE_CMD_EXPERIMENT,
	  .experiment = VMXPROBE_EXPERIMENT_LAUNCHED, .borrow = true },
};
#define N_KINDS	(sizeof(kinds) / sizeof(kinds[0]))

/* How a request ended: an error of sending, one in the answer, or an answer. */
struct end {
	int sent, error;
	bool lost;	/* netlink's word that an answer was */
	bool done;
	uint32_t sum;	/* of an answer, but for what is another each time */
};

static uint16_t family;
static uint32_t cpu;
static char message[4096], answer[1 << 18];

static int open_netlink(void)
{
	struct sockaddr_nl local = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK, NETLINK_GENERIC);

	if (fd < 0 || bind(fd, (struct sockaddr *)&local, sizeof(local)))
		die("netlink socket");
	return fd;
}

static struct nlmsghdr *start(uint16_t type, uint8_t cmd, uint8_t version, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(message);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = version;
	return nlh;
}

static struct nlmsghdr *request(const struct kind *kind)
{
	struct nlmsghdr *nlh = start(family, kind->cmd, VMXPROBE_FAMILY_VERSION, kind->flags);
	struct nlattr *nest;

	switch (kind->cmd) {
	case VMXPROBE_CMD_CPU:
		if (!kind->flags)
			mnl_attr_put_u32(nlh, VMXPROBE_A_CPU_ID, cpu);
		break;
	case VMXPROBE_CMD_PROBE:
		mnl_attr_put_u32(nlh, VMXPROBE_A_PROBE_CPU, cpu);
		if (kind->check_host)
			mnl_attr_put(nlh, VMXPROBE_A_PROBE_CHECK_HOST, 0, NULL);
		if (kind->borrow)
			mnl_attr_put(nlh, VMXPROBE_A_PROBE_BORROW, 0, NULL);
		nest = mnl_attr_nest_start(nlh, VMXPROBE_A_PROBE_GROUP);
		mnl_attr_put_u32(nlh, VMXPROBE_A_GROUP_DEPTH, kind->depth);
		if (kind->depth == VMXPROBE_DEPTH_ENTER)
			mnl_attr_put_u32(nlh, VMXPROBE_A_GROUP_GUEST, VMXPROBE_GUEST_LONG);
		mnl_attr_nest_end(nlh, nest);
		break;
	case VMXPROBE_CMD_FIELDS:
		mnl_attr_put_u32(nlh, VMXPROBE_A_FIELDS_CPU, cpu);
		if (kind->first)
			mnl_attr_put_u32(nlh, VMXPROBE_A_FIELDS_FIRST, kind->first);
		if (kind->borrow)
			mnl_attr_put(nlh, VMXPROBE_A_FIELDS_BORROW, 0, NULL);
		break;
	case VMXPROBE_CMD_EXPERIMENT:
		mnl_attr_put_u32(nlh, VMXPROBE_A_EXPERIMENT_CPU, cpu);
		mnl_attr_put_u32(nlh, VMXPROBE_A_EXPERIMENT_ID, kind->experiment);
		if (kind->check_host)
			mnl_attr_put(nlh, VMXPROBE_A_EXPERIMENT_CHECK_HOST, 0, NULL);
		if (kind->borrow)
			mnl_attr_put(nlh, VMXPROBE_A_EXPERIMENT_BORROW, 0, NULL);
		break;
	}
	return nlh;
}

/* Times, and how often the host's interrupts came between. */
static bool varies(uint8_t cmd, uint16_t type)
{
	switch (cmd) {
	case VMXPROBE_CMD_PROBE:
		return type == VMXPROBE_A_PROBE_WINDOW_TICKS || type == VMXPROBE_A_PROBE_NMIS ||
		       type == VMXPROBE_A_PROBE_WINDOW_TICKS_MAX ||
		       type == VMXPROBE_A_PROBE_INTERRUPTED || type == VMXPROBE_A_PROBE_WINDOWS;
	case VMXPROBE_CMD_FIELDS:
		return type == VMXPROBE_A_FIELDS_WINDOW_TICKS ||
		       type == VMXPROBE_A_FIELDS_WINDOW_TICKS_MAX;
	case VMXPROBE_CMD_EXPERIMENT:
		return type == VMXPROBE_A_EXPERIMENT_TICKS;
	default:
		return false;
	}
}

static void add_answer(const struct nlmsghdr *nlh, struct end *end)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		const uint8_t *byte = (const uint8_t *)attr;

		if (varies(genl->cmd, mnl_attr_get_type(attr)))
			continue;
		for (uint16_t i = 0; i < attr->nla_len; i++)
			end->sum = (end->sum ^ byte[i]) * 16777619;
	}
}

/* All that is there to read; the kernel answers before send() returns. */
static void receive(int fd, struct end *end)
{
	const struct nlmsghdr *nlh;
	ssize_t n;
	int left;

	for (;;) {
		n = recv(fd, answer, sizeof(answer), 0);
		if (n < 0 && errno == ENOBUFS) {
			end->lost = true;
			continue;
		}
		if (n < 0)
			return;
		left = n;
		for (nlh = (void *)answer; mnl_nlmsg_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left)) {
			if (nlh->nlmsg_type == NLMSG_ERROR) {
				end->error = -((struct nlmsgerr *)mnl_nlmsg_get_payload(nlh))->error;
				end->done = !end->error;
			} else if (nlh->nlmsg_type == NLMSG_DONE) {
				end->error = -*(int *)mnl_nlmsg_get_payload(nlh);
				end->done = !end->error;
			} else {
				add_answer(nlh, end);
			}
		}
	}
}

/* A socket for each: what an allocation that fails does to one is not the next request's. */
static struct end ask(const struct kind *kind, unsigned int nth, int *made)
{
	const struct nlmsghdr *nlh = request(kind);
	struct end end = { .sum = 2166136261 };
	int fd = open_netlink();

	if (nth)
		arm(nth);
	if (send(fd, nlh, nlh->nlmsg_len, 0) < 0)
		end.sent = errno;
	else
		receive(fd, &end);
	if (nth)
		*made = disarm();
	close(fd);
	return end;
}

static void find_family(void)
{
	struct nlmsghdr *nlh = start(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, 0);
	const struct nlattr *attr;
	int fd = open_netlink();
	ssize_t n;

	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, VMXPROBE_FAMILY_NAME);
	if (send(fd, nlh, nlh->nlmsg_len, 0) < 0)
		die("send");
	n = recv(fd, answer, sizeof(answer), 0);
	nlh = (void *)answer;
	if (n < 0 || !mnl_nlmsg_ok(nlh, n) || nlh->nlmsg_type != GENL_ID_CTRL)
		die("no such family");
	mnl_attr_for_each(attr, nlh, GENL_HDRLEN)
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			family = mnl_attr_get_u16(attr);
	close(fd);
}

static void describe(const char *what, const struct end *end)
{
	printf("# %s: sent %s, answered %s, %s, %s, sum %08x\n", what, strerror(end->sent),
	       strerror(end->error), end->lost ? "something lost" : "nothing lost",
	       end->done ? "complete" : "not complete", end->sum);
}

/* What the answer is if nothing fails; the same each time, or it could not be compared. */
static bool reference(const struct kind *kind, struct end *end)
{
	struct end again = ask(kind, 0, NULL);

	*end = ask(kind, 0, NULL);
	if (end->done && again.done && end->sum == again.sum)
		return true;
	describe(kind->name, &again);
	describe(kind->name, end);
	return false;
}

static bool walk(const struct kind *kind, unsigned int *total)
{
	unsigned int nth, unsent = 0, refused = 0, lost = 0, without = 0;
	struct end normal, end;
	bool good = reference(kind, &normal);
	int made = 1;

	for (nth = 1; nth <= MOST; nth++) {
		end = ask(kind, nth, &made);
		if (!made)
			break;
		if (end.sent == ENOBUFS || end.sent == ENOMEM) {
			unsent++;
		} else if (end.error == ENOMEM ||
			   (end.error == ENOBUFS && kind->flags == NLM_F_DUMP)) {
			refused++;
		} else if (end.lost && !end.error) {
			lost++;
		} else if (end.done && end.sum == normal.sum) {
			without++;
		} else {
			good = false;
			printf("# %s, allocation %u\n", kind->name, nth);
			describe("it ended so", &end);
		}
	}
	good &= nth > 1 && !made && end.done && end.sum == normal.sum;
	if (made || !end.done || end.sum != normal.sum)
		describe("without a failure", &end);
	printf("%s - %s: %u allocations failed, one at a time: %u requests not sent, %u refused "
	       "for want of memory, %u answers lost by netlink, %u right all the same\n",
	       good ? "ok" : "not ok", kind->name, nth - 1, unsent, refused, lost, without);
	*total += nth - 1;
	return good;
}

static bool walk_all(void)
{
	unsigned int total = 0;
	bool good = true;

	for (unsigned int i = 0; i < N_KINDS; i++)
		good &= walk(&kinds[i], &total);
	printf("# %u allocations failed in %zu kinds of requests\n", total, N_KINDS);
	return good;
}

/* One call of an allocator, in one kind of request. How many allocations failed; -1: wrongly. */
static long try_site(const struct kind *kind, unsigned long address, unsigned int repeats)
{
	long before, made;
	struct end end;

	before = faults_made();
	require(address, address + 1);
	put_attr("probability", "100");
	do
		end = ask(kind, 0, NULL);
	while (--repeats && end.error == ENOMEM);
	put_attr("probability", "0");
	made = faults_made() - before;
	if (!made || end.error == ENOMEM)
		return made;
	describe(kind->name, &end);
	return -1;
}

static bool site(const char *name, unsigned long address, long *total)
{
	unsigned int n_kinds = 0;
	bool good = true;
	long made = 0, n;

	for (unsigned int i = 0; i < N_KINDS; i++) {
		n = try_site(&kinds[i], address, 1);
		good &= n >= 0;
		if (n <= 0)
			continue;
		made += n;
		n_kinds++;
	}
	good &= n_kinds > 0;
	printf("%s - %s: %ld allocations failed below it, in %u kinds of requests\n",
	       good ? "ok" : "not ok", name, made, n_kinds);
	*total += made;
	return good;
}

static bool sites(const char *path)
{
	unsigned long text, offset;
	char name[128];
	unsigned int n = 0;
	bool good = true;
	long total = 0;
	FILE *file = fopen(path, "r");

	if (!file)
		die(path);
	text = get_file("/sys/module/vmxprobe/sections/.text");
	while (fscanf(file, ".text %lx %127[^\n]\n", &offset, name) == 2) {
		good &= site(name, text + offset, &total);
		n++;
	}
	if (!feof(file) || !n) {
		fprintf(stderr, "faults: %s: not what alloc-sites writes\n", path);
		return false;
	}
	printf("# %u calls of allocators in the module, %ld allocations failed below them\n", n, total);
	return good;
}

int main(int argc, char **argv)
{
	cpu_set_t set;
	bool good;
	int opt;

	while ((opt = getopt(argc, argv, "c:")) != -1) {
		if (opt != 'c')
			goto usage;
		cpu = atoi(optarg);
	}
	argv += optind;
	CPU_ZERO(&set);
	CPU_SET(0, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
	fault_setup();
	find_family();
	if (argc - optind == 1 && !strcmp(argv[0], "walk"))
		good = walk_all();
	else if (argc - optind == 2 && !strcmp(argv[0], "sites"))
		good = sites(argv[1]);
	else
		goto usage;
	return !good;

usage:
	fputs(usage, stderr);
	return 2;
}
