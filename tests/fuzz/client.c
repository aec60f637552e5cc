// SPDX-License-Identifier: GPL-2.0
/*
 * What a kernel may send, thrown at the pure half of the client. The first byte chooses the
 * reader, the next two are its parameters; the message starts at the fourth.
 */
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "fuzz.h"
#include "genl.h"

static int read_cpu(const void *attrs, size_t len, void *arg)
{
	struct cpu cpu;
	int ret = client_parse_cpu(attrs, len, &cpu);

	(void)arg;
	if (!ret)
		client_cpu_clear(&cpu);
	return ret;
}

/* As far as it goes: to its end, or to a refusal that has a sentence. */
static bool read_datagram(const void *messages, size_t len)
{
	struct genl_error error = { 0 };
	bool interrupted = false;
	int ret = genl_walk(messages, len, 1, 2, read_cpu, NULL, &interrupted, &error);

	/* What the caller relies on. */
	if (ret < 0 ? error.err != -ret : ret != GENL_MORE && ret != GENL_DONE)
		abort();
	if (strnlen(error.text, sizeof(error.text)) == sizeof(error.text))
		abort();
	return ret == GENL_DONE || (ret < 0 && error.text[0]);
}

static bool read_probe(const void *attrs, size_t len, size_t asked)
{
	static struct client_reply reply;

	if (client_parse_probe(attrs, len, 0, asked, &reply))
		return false;
	/* What the caller relies on. */
	if (!reply.done || reply.done > asked)
		abort();
	for (size_t i = 0; i < reply.done; i++)
		if (reply.index[i] >= reply.n_outcomes)
			abort();
	for (size_t i = 0; i < reply.n_outcomes; i++) {
		const struct outcome *outcome = &reply.outcomes[i];

		if (outcome->arrival > reply.n_arrivals ||
		    (outcome->arrival && outcome->kind != OUTCOME_ENTERED))
			abort();
	}
	for (size_t i = 0; i < reply.n_arrivals; i++)
		if (reply.arrivals[i].n_fields > ARRIVAL_MAX_FIELDS ||
		    reply.arrivals[i].n_stack > ARRIVAL_MAX_STACK)
			abort();
	return true;
}

static bool read_fields(const void *attrs, size_t len, uint32_t first)
{
	struct field_map map = { 0 };
	struct window_stats stats;
	uint32_t next;
	bool taken = !client_parse_fields(attrs, len, 0, first, &map, &next, &stats);

	/* What the caller relies on. */
	if (taken && next && next <= first)
		abort();
	fuzz_check_map(&map);
	field_map_clear(&map);
	return taken;
}

static bool read_experiment(const void *attrs, size_t len)
{
	static struct client_cost cost;
	struct experiment experiment = { 0 };
	bool taken = !client_parse_experiment(attrs, len, 0, &experiment, &cost);

	/* What the caller relies on. */
	if (taken && experiment.why.kind != OUTCOME_OK && experiment.n)
		abort();
	experiment_clear(&experiment);
	return taken;
}

static bool name_place(void *message, size_t len, uint32_t offset)
{
	struct nlmsghdr *nlh = message;
	char text[48];

	if (len < sizeof(*nlh) + 4)
		return false;
	nlh->nlmsg_len = len;
	client_place(message, offset, text, sizeof(text));
	if (strnlen(text, sizeof(text)) == sizeof(text))
		abort();
	return text[0];
}

bool fuzz_take(const uint8_t *data, size_t size)
{
	uint32_t parameter;
	bool taken = false;
	void *message;

	if (size < 4)
		return false;
	parameter = data[1] | data[2] << 8;
	size -= 4;
	/* A copy of just its size, aligned as a message is. */
	message = malloc(size + !size);
	memcpy(message, data + 4, size);
	switch (data[0] & 7) {
	case 0:
		taken = !read_cpu(message, size, NULL);
		break;
	case 1:
		taken = read_probe(message, size, parameter);
		break;
	case 2:
		taken = read_datagram(message, size);
		break;
	case 3:
		taken = name_place(message, size, parameter);
		break;
	case 4:
		taken = read_fields(message, size, parameter);
		break;
	case 5:
		taken = read_experiment(message, size);
		break;
	}
	free(message);
	return taken;
}
