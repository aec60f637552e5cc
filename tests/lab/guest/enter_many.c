// SPDX-License-Identifier: GPL-2.0
/*
 * Enter guests by the thousand, by requests made by hand: the same group or groups again and again.
 * Says how many ended as what. A request that the module refuses is exit code 2 and its sentence.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../../netlink/vmxprobe.h"

#define MAX_KINDS	64

static const char usage[] =
	"usage: enter_many [-b] [-c CPU] [-w WINDOW] [-h] [-n GUESTS] GROUP...\n"
	"-b borrows, -h compares the host state. GROUP is words with commas between: depth=D,\n"
	"guest=G, program=P, rcx=N, set=FIELD:VALUE (may come often), sweep=FIELD:VALUE:TIMES, time\n";

static struct {
	uint32_t kind, reason;
	unsigned long n;
} seen[MAX_KINDS];

static unsigned long total, windows, borrowed, interrupted, nmis;
static uint64_t ticks, longest, guest_ticks, guest_longest;
static uint32_t most, done;
static unsigned int changed[256];

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "enter_many: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t number(const char *text, char **end)
{
	return strtoull(text, end, 0);
}

static void put_field(struct nlmsghdr *nlh, const char *text)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, VMXPROBE_A_GROUP_SET);
	char *end;

	mnl_attr_put_u32(nlh, VMXPROBE_A_FIELD_ENCODING, number(text, &end));
	mnl_attr_put_u64(nlh, VMXPROBE_A_FIELD_VALUE, number(end + 1, NULL));
	mnl_attr_nest_end(nlh, nest);
}

static void put_sweep(struct nlmsghdr *nlh, const char *text)
{
	uint64_t values[VMXPROBE_MAX_PROBES], value, n;
	char *end;

	mnl_attr_put_u32(nlh, VMXPROBE_A_GROUP_SWEEP_FIELD, number(text, &end));
	value = number(end + 1, &end);
	n = number(end + 1, NULL);
	if (n > VMXPROBE_MAX_PROBES)
		n = VMXPROBE_MAX_PROBES;
	for (uint64_t i = 0; i < n; i++)
		values[i] = value;
	mnl_attr_put(nlh, VMXPROBE_A_GROUP_SWEEP_VALUES, n * sizeof(values[0]), values);
}

static void put_group(struct nlmsghdr *nlh, char *text)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, VMXPROBE_A_PROBE_GROUP);
	char *save;

	for (char *word = strtok_r(text, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		char *value = strchr(word, '=');

		if (value)
			*value++ = '\0';
		if (!strcmp(word, "time")) {
			mnl_attr_put(nlh, VMXPROBE_A_GROUP_TIME, 0, NULL);
		} else if (!value) {
			fputs(usage, stderr);
			exit(1);
		} else if (!strcmp(word, "depth")) {
			mnl_attr_put_u32(nlh, VMXPROBE_A_GROUP_DEPTH, number(value, NULL));
		} else if (!strcmp(word, "guest")) {
			mnl_attr_put_u32(nlh, VMXPROBE_A_GROUP_GUEST, number(value, NULL));
		} else if (!strcmp(word, "program")) {
			mnl_attr_put_u32(nlh, VMXPROBE_A_GROUP_PROGRAM, number(value, NULL));
		} else if (!strcmp(word, "rcx")) {
			mnl_attr_put_u64(nlh, VMXPROBE_A_GROUP_RCX, number(value, NULL));
		} else if (!strcmp(word, "set")) {
			put_field(nlh, value);
		} else if (!strcmp(word, "sweep")) {
			put_sweep(nlh, value);
		} else {
			fputs(usage, stderr);
			exit(1);
		}
	}
	mnl_attr_nest_end(nlh, nest);
}

static void take_arrival(const struct nlattr *nest)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest)
		if (mnl_attr_get_type(attr) == VMXPROBE_A_ARRIVAL_TICKS) {
			uint64_t t = mnl_attr_get_u64(attr);

			guest_ticks += t;
			if (t > guest_longest)
				guest_longest = t;
		}
}

static int take_outcome(const struct nlattr *nest)
{
	const struct nlattr *attr;
	uint32_t kind = 0, reason = 0;
	int i;

	mnl_attr_for_each_nested(attr, nest) {
		if (mnl_attr_get_type(attr) == VMXPROBE_A_OUTCOME_KIND)
			kind = mnl_attr_get_u32(attr);
		else if (mnl_attr_get_type(attr) == VMXPROBE_A_OUTCOME_EXIT_REASON ||
			 mnl_attr_get_type(attr) == VMXPROBE_A_OUTCOME_READINESS)
			reason = mnl_attr_get_u32(attr);
		else if (mnl_attr_get_type(attr) == VMXPROBE_A_OUTCOME_ARRIVAL)
			take_arrival(attr);
	}
	for (i = 0; i < MAX_KINDS - 1 && seen[i].kind; i++)
		if (seen[i].kind == kind && seen[i].reason == reason)
			break;
	seen[i].kind = kind;
	seen[i].reason = reason;
	return i;
}

static int take_reply(const struct nlmsghdr *nlh, void *unused)
{
	const struct nlattr *attr, *inner;
	uint8_t slot[256], n = 0;
	uint64_t t;

	(void)unused;
	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		switch (mnl_attr_get_type(attr)) {
		case VMXPROBE_A_PROBE_DONE:
			done = mnl_attr_get_u32(attr);
			break;
		case VMXPROBE_A_PROBE_OUTCOME:
			slot[n++] = take_outcome(attr);
			break;
		case VMXPROBE_A_PROBE_INDEX:
			for (uint32_t i = 0; i < mnl_attr_get_payload_len(attr); i++)
				seen[slot[((uint8_t *)mnl_attr_get_payload(attr))[i]]].n++;
			break;
		case VMXPROBE_A_PROBE_HOST_CHANGE:
			mnl_attr_for_each_nested(inner, attr)
				if (mnl_attr_get_type(inner) == VMXPROBE_A_HOST_CHANGE_ITEM)
					changed[mnl_attr_get_u32(inner) & 255]++;
			break;
		case VMXPROBE_A_PROBE_WINDOWS:
			windows += mnl_attr_get_u32(attr);
			break;
		case VMXPROBE_A_PROBE_BORROWED:
			borrowed += mnl_attr_get_u32(attr);
			break;
		case VMXPROBE_A_PROBE_WINDOW_ENTRIES:
			if (mnl_attr_get_u32(attr) > most)
				most = mnl_attr_get_u32(attr);
			break;
		case VMXPROBE_A_PROBE_WINDOW_TICKS:
			ticks += mnl_attr_get_u64(attr);
			break;
		case VMXPROBE_A_PROBE_WINDOW_TICKS_MAX:
			t = mnl_attr_get_u64(attr);
			if (t > longest)
				longest = t;
			break;
		case VMXPROBE_A_PROBE_INTERRUPTED:
			interrupted += mnl_attr_get_u32(attr);
			break;
		case VMXPROBE_A_PROBE_NMIS:
			nmis += mnl_attr_get_u32(attr);
			break;
		}
	}
	return MNL_CB_OK;
}

static int take_error(const struct nlmsghdr *nlh, void *unused)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	size_t skip = sizeof(*err);

	(void)unused;
	if (!err->error)
		return MNL_CB_STOP;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += mnl_nlmsg_get_payload_len(&err->msg);
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS)
		mnl_attr_for_each(attr, nlh, skip)
			if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG)
				printf("refused: %s (%s)\n", mnl_attr_get_str(attr), strerror(-err->error));
	exit(2);
}

static int take_family(const struct nlmsghdr *nlh, void *id)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN)
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			*(uint16_t *)id = mnl_attr_get_u16(attr);
	return MNL_CB_OK;
}

static struct nlmsghdr *start(void *buf, uint16_t type, uint8_t cmd, uint8_t version)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = version;
	return nlh;
}

static void ask(struct mnl_socket *nl, const struct nlmsghdr *nlh, mnl_cb_t take, void *data)
{
	static mnl_cb_t control[] = { [NLMSG_ERROR] = take_error };
	static char buf[1 << 18];
	ssize_t n;

	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
		die("send");
	do {
		n = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		if (n < 0)
			die("receive");
	} while (mnl_cb_run2(buf, n, 0, 0, take, data, control,
			     sizeof(control) / sizeof(control[0])) > 0);
}

int main(int argc, char **argv)
{
	static char buf[1 << 17];
	struct mnl_socket *nl;
	struct nlmsghdr *nlh;
	uint32_t cpu = 0, window = 0;
	unsigned long wanted = 1;
	uint16_t family = 0;
	int opt, on = 1;
	bool check = false, borrow = false;

	while ((opt = getopt(argc, argv, "bc:w:hn:")) != -1) {
		switch (opt) {
		case 'b': borrow = true; break;
		case 'c': cpu = number(optarg, NULL); break;
		case 'w': window = number(optarg, NULL); break;
		case 'h': check = true; break;
		case 'n': wanted = number(optarg, NULL); break;
		default: fputs(usage, stderr); return 1;
		}
	}
	nl = mnl_socket_open(NETLINK_GENERIC);
	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) ||
	    mnl_socket_setsockopt(nl, NETLINK_EXT_ACK, &on, sizeof(on)) ||
	    mnl_socket_setsockopt(nl, NETLINK_CAP_ACK, &on, sizeof(on)))
		die("netlink socket");
	nlh = start(buf, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, VMXPROBE_FAMILY_NAME);
	ask(nl, nlh, take_family, &family);

	nlh = start(buf, family, VMXPROBE_CMD_PROBE, VMXPROBE_FAMILY_VERSION);
	mnl_attr_put_u32(nlh, VMXPROBE_A_PROBE_CPU, cpu);
	if (window)
		mnl_attr_put_u32(nlh, VMXPROBE_A_PROBE_WINDOW, window);
	if (check)
		mnl_attr_put(nlh, VMXPROBE_A_PROBE_CHECK_HOST, 0, NULL);
	if (borrow)
		mnl_attr_put(nlh, VMXPROBE_A_PROBE_BORROW, 0, NULL);
	for (; optind < argc; optind++)
		put_group(nlh, argv[optind]);
	do {
		done = 0;
		ask(nl, nlh, take_reply, NULL);
		total += done;
	} while (done && total < wanted);

	printf("%lu guests, %lu interrupted, %lu of them by NMIs, %lu windows of at most %u, "
	       "%llu ticks, longest %llu\n", total, interrupted, nmis, windows, most,
	       (unsigned long long)ticks, (unsigned long long)longest);
	if (borrow)
		printf("%lu windows borrowed\n", borrowed);
	if (guest_ticks)
		printf("inside %llu ticks, longest %llu\n", (unsigned long long)guest_ticks,
		       (unsigned long long)guest_longest);
	for (int i = 0; seen[i].kind; i++)
		printf("%lu times kind %u exit %#x\n", seen[i].n, seen[i].kind, seen[i].reason);
	for (int i = 0; i < 256; i++)
		if (changed[i])
			printf("changed: host item %d, %u times\n", i, changed[i]);
	return 0;
}
