// SPDX-License-Identifier: GPL-2.0
/*
 * What a kernel may send, thrown at the pure half of the client. The first byte chooses the
 * reader, the next two are its parameters; the message starts at the fourth.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "genl.h"

static int read_cpu(const void *attrs, size_t len, void *arg)
{
	struct cpu cpu;

	(void)arg;
	if (!client_parse_cpu(attrs, len, &cpu))
		client_cpu_clear(&cpu);
	return 0;
}

static void read_probe(const void *attrs, size_t len, size_t asked)
{
	static struct client_reply reply;

	if (client_parse_probe(attrs, len, 0, asked, &reply))
		return;
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
}

static void read_fields(const void *attrs, size_t len, uint32_t first)
{
	struct field_map map = { 0 };
	struct window_stats stats;
	uint32_t next;

	/* What the caller relies on. */
	if (!client_parse_fields(attrs, len, 0, first, &map, &next, &stats) && next && next <= first)
		abort();
	for (size_t i = 1; i < map.n; i++)
		if (map.list[i].encoding <= map.list[i - 1].encoding)
			abort();
	field_map_clear(&map);
}

static void read_experiment(const void *attrs, size_t len)
{
	static struct client_cost cost;
	struct experiment experiment = { 0 };

	/* What the caller relies on. */
	if (!client_parse_experiment(attrs, len, 0, &experiment, &cost) &&
	    experiment.why.kind != OUTCOME_OK && experiment.n)
		abort();
	experiment_clear(&experiment);
}

static void name_place(void *message, size_t len, uint32_t offset)
{
	struct nlmsghdr *nlh = message;
	char text[48];

	if (len < sizeof(*nlh) + 4)
		return;
	nlh->nlmsg_len = len;
	client_place(message, offset, text, sizeof(text));
	if (strnlen(text, sizeof(text)) == sizeof(text))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t parameter;
	struct genl_error error;
	bool interrupted = false;
	void *message;

	if (size < 4)
		return 0;
	parameter = data[1] | data[2] << 8;
	size -= 4;
	/* A copy of just its size, aligned as a message is. */
	message = malloc(size + !size);
	memcpy(message, data + 4, size);
	switch (data[0] & 7) {
	case 0:
		read_cpu(message, size, NULL);
		break;
	case 1:
		read_probe(message, size, parameter);
		break;
	case 2:
		genl_walk(message, size, 1, 2, read_cpu, NULL, &interrupted, &error);
		break;
	case 3:
		name_place(message, size, parameter);
		break;
	case 4:
		read_fields(message, size, parameter);
		break;
	case 5:
		read_experiment(message, size);
		break;
	}
	free(message);
	return 0;
}
