// SPDX-License-Identifier: GPL-2.0
/*
 * What a kernel may answer, datagram by datagram, thrown at the client as the tool calls it: the
 * family, the consumers of answers, refusals as sentences. libmnl's socket is replaced by one that
 * the input answers. The first byte chooses what is asked and how, the second is the CPU; then
 * datagrams, each behind its length of two bytes. Their sequence numbers are relative to the last
 * request's.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "client.h"
#include "fuzz.h"
#include "guest.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define PORT 2
#define FAMILY 0x1c

/* In the first byte. */
#define BORROW 0x08
#define CHECK_HOST 0x10
#define WINDOW 0x20
#define OWN_FAMILY 0x80		/* the input has the answer to the request for the family as well */

/* The only one. */
static struct mnl_socket {
	int fd;			/* for its options */
	const uint8_t *at;	/* the datagrams that are left */
	size_t left;
	bool own_family;
	bool finding;		/* the last request is for the family */
	uint32_t seq;		/* of the last request */
	char *buf;		/* of the last datagram, and its size */
	size_t size;
} sock = { .fd = -1 };

struct mnl_socket *mnl_socket_open2(int bus, int flags)
{
	(void)bus, (void)flags;
	if (sock.fd < 0)
		sock.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return sock.fd < 0 ? NULL : &sock;
}

int mnl_socket_close(struct mnl_socket *nl)
{
	if (nl->buf)
		ASAN_UNPOISON_MEMORY_REGION(nl->buf, nl->size);
	nl->buf = NULL;
	return 0;
}

int mnl_socket_get_fd(const struct mnl_socket *nl)
{
	return nl->fd;
}

unsigned int mnl_socket_get_portid(const struct mnl_socket *nl)
{
	(void)nl;
	return PORT;
}

int mnl_socket_bind(struct mnl_socket *nl, unsigned int groups, pid_t pid)
{
	(void)nl, (void)groups, (void)pid;
	return 0;
}

int mnl_socket_setsockopt(const struct mnl_socket *nl, int type, void *buf, socklen_t len)
{
	(void)nl, (void)type, (void)buf, (void)len;
	return 0;
}

ssize_t mnl_socket_sendto(const struct mnl_socket *nl, const void *req, size_t size)
{
	const struct nlmsghdr *nlh = req;

	(void)nl;
	if (size < sizeof(*nlh) || nlh->nlmsg_len != size)
		abort();
	sock.seq = nlh->nlmsg_seq;
	sock.finding = nlh->nlmsg_type == GENL_ID_CTRL && !sock.own_family;
	return size;
}

static struct nlmsghdr *put_message(char *at, uint16_t type)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(at);

	nlh->nlmsg_type = type;
	nlh->nlmsg_pid = PORT;
	return nlh;
}

/* As the controller answers: the family's number, and the acknowledgement. */
static size_t answer_family(char *buf)
{
	struct nlmsghdr *nlh = put_message(buf, GENL_ID_CTRL);
	size_t len;

	mnl_nlmsg_put_extra_header(nlh, GENL_HDRLEN);
	mnl_attr_put_u16(nlh, CTRL_ATTR_FAMILY_ID, FAMILY);
	len = MNL_ALIGN(nlh->nlmsg_len);
	nlh = put_message(buf + len, NLMSG_ERROR);
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct nlmsgerr));
	return len + nlh->nlmsg_len;
}

static size_t next_datagram(char *buf, size_t size)
{
	size_t len = sock.at[0] | sock.at[1] << 8;

	sock.at += 2;
	sock.left -= 2;
	if (len > sock.left)
		len = sock.left;
	/* The kernel's are never larger than that. */
	if (len > size)
		abort();
	memcpy(buf, sock.at, len);
	sock.at += len;
	sock.left -= len;
	return len;
}

/* The input cannot know the request's. */
static void make_seq(char *buf, size_t len)
{
	while (len >= sizeof(struct nlmsghdr)) {
		struct nlmsghdr *nlh = (void *)buf;
		size_t step = MNL_ALIGN((size_t)nlh->nlmsg_len);

		nlh->nlmsg_seq += sock.seq;
		if (nlh->nlmsg_len < sizeof(*nlh) || step > len)
			return;
		buf += step;
		len -= step;
	}
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *nl, void *buf, size_t size)
{
	size_t len;

	(void)nl;
	ASAN_UNPOISON_MEMORY_REGION(buf, size);
	sock.buf = buf;
	sock.size = size;
	if (sock.finding) {
		len = answer_family(buf);
	} else if (sock.left < 2) {
		errno = EAGAIN;
		return -1;
	} else {
		len = next_datagram(buf, size);
	}
	make_seq(buf, len);
	/* What is left there of others before it is not to be read. */
	ASAN_POISON_MEMORY_REGION((char *)buf + len, size - len);
	return len;
}

static bool check(int ret, const struct client_error *error)
{
	if (!ret)
		return true;
	if (ret > 0 || error->err <= 0 || !error->text[0] ||
	    strnlen(error->text, sizeof(error->text)) == sizeof(error->text))
		abort();
	/* As the tool would; seen when seeds are checked. */
	fprintf(stderr, "%s\n", error->text);
	return false;
}

static bool ask_cpus(struct client *client)
{
	struct client_error error;
	struct cpu *cpus;
	size_t n;

	if (!check(client_cpus(client, &cpus, &n, &error), &error))
		return false;
	for (size_t i = 1; i < n; i++)
		if (cpus[i].id <= cpus[i - 1].id)
			abort();
	client_free_cpus(cpus, n);
	return n;
}

static bool ask_cpu(struct client *client, unsigned int id)
{
	struct client_error error;
	struct cpu cpu = { .id = id };
	bool taken = check(client_cpu(client, &cpu, &error), &error);

	if (cpu.id != id)
		abort();
	client_cpu_clear(&cpu);
	return taken;
}

/* Every probe has an outcome, and its guest arrived if it was entered, as it had to. */
static bool check_evidence(const struct evidence *ev)
{
	const struct group *group = &ev->group;
	bool tested = true;

	if (ev->n_index != group_probes(group))
		abort();
	for (size_t i = 0; i < ev->n_index; i++) {
		const struct outcome *outcome = evidence_outcome(ev, i);
		const struct arrival *arrival = evidence_arrival(ev, outcome);

		if (ev->index[i] >= ev->n_outcomes ||
		    !arrival != (outcome->kind != OUTCOME_ENTERED || group->depth != DEPTH_ENTER))
			abort();
		if (arrival && (arrival->n_fields != group->n_read ||
				(arrival->ticks && !group->time)))
			abort();
		tested &= outcome->kind != OUTCOME_NOT_TESTED;
	}
	return tested;
}

static void count(void *arg, size_t probes)
{
	*(size_t *)arg += probes;
}

static bool ask_probe(struct client *client, unsigned int cpu, const struct probe_options *opt)
{
	struct field_value set = { 0x6800, 0x80000021 };
	uint64_t swept[] = { 0, 1, 0x80000b0e }, timed[] = { 0x80000306, 0x80000b0d };
	uint32_t read[] = { 0x4402, 0x681e };
	/* In three requests: guests are entered apart, and the last is asked for alone. */
	struct evidence ev[] = {
		{ .group = { .depth = DEPTH_STATE, .set = &set, .n_set = 1,
			     .sweep_field = 0x4016, .values = swept, .n_values = 3 } },
		{ .group = { .depth = DEPTH_ENTER, .guest = GUEST_LONG, .program = PROGRAM_VMCALL,
			     .sweep_field = 0x4016, .values = timed, .n_values = 2,
			     .read = read, .n_read = 2, .time = true } },
		{ .group = { .depth = DEPTH_CONTROLS } },
	};
	struct probe_report report = { 0 };
	struct client_error error;
	size_t progress = 0;
	bool taken = check(client_probe(client, cpu, ev, ARRAY_SIZE(ev), opt, &report, count,
					&progress, &error), &error);

	if (progress > 6)
		abort();
	for (size_t i = 0; i < ARRAY_SIZE(ev); i++) {
		taken &= check_evidence(&ev[i]);
		free(ev[i].outcomes);
		free(ev[i].index);
		free(ev[i].arrivals);
	}
	free(report.changes);
	return taken;
}

static bool ask_fields(struct client *client, unsigned int cpu, const struct probe_options *opt)
{
	struct window_stats stats = { 0 };
	struct field_map map = { 0 };
	struct client_error error;
	bool taken = check(client_fields(client, cpu, opt, &map, &stats, &error), &error);

	if ((!taken && map.scanned) || (!map.scanned && map.n))
		abort();
	fuzz_check_map(&map);
	field_map_clear(&map);
	return taken;
}

static bool ask_experiment(struct client *client, unsigned int cpu, const struct probe_options *opt)
{
	struct experiment experiment = { 0 };
	struct probe_report report = { 0 };
	struct client_error error;
	bool taken = check(client_experiment(client, cpu, 3, opt, &experiment, &report, &error),
			   &error);

	if (experiment.id != 3 || (experiment.why.kind != OUTCOME_OK && experiment.n))
		abort();
	taken &= experiment.why.kind != OUTCOME_NOT_TESTED;
	experiment_clear(&experiment);
	free(report.changes);
	return taken;
}

bool fuzz_take(const uint8_t *data, size_t size)
{
	struct probe_options opt = { 0 };
	struct client_error error;
	struct client *client;
	bool taken = false;

	if (size < 2)
		return false;
	opt.borrow = data[0] & BORROW;
	opt.check_host = data[0] & CHECK_HOST;
	opt.max_window = data[0] & WINDOW ? 1 : 0;
	sock.at = data + 2;
	sock.left = size - 2;
	sock.own_family = data[0] & OWN_FAMILY;
	if (!check(client_open(&client, &error), &error))
		return false;
	switch (data[0] & 7) {
	case 0:
		taken = ask_cpus(client);
		break;
	case 1:
		taken = ask_cpu(client, data[1]);
		break;
	case 2:
		taken = ask_probe(client, data[1], &opt);
		break;
	case 3:
		taken = ask_fields(client, data[1], &opt);
		break;
	case 4:
		taken = ask_experiment(client, data[1], &opt);
		break;
	}
	client_close(client);
	return taken;
}
