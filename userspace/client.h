/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel module's generic netlink family, as plain data. The client (client.c asks,
 * client_build.c writes the requests for probes, client_parse.c reads the answers,
 * client_experiment.c does both for its command, client_attr.c is what they share) is all that
 * knows the contract, netlink/vmxprobe.yaml.
 */
#ifndef VMXPROBE_CLIENT_H
#define VMXPROBE_CLIENT_H

#include "model.h"
#include "source.h"

/* Most VM entries in one window that a request may ask for. */
#define CLIENT_MAX_WINDOW 64

struct client;

struct client_error {
	int err;		/* errno, positive */
	char text[512];		/* a sentence without full stop */
};

/* 0 or a negative errno with *error filled in; -ENOENT: the module is not loaded. */
int client_open(struct client **client, struct client_error *error);
void client_close(struct client *client);

/* All possible CPUs, ascending; to be freed by client_free_cpus(). */
int client_cpus(struct client *client, struct cpu **cpus, size_t *n, struct client_error *error);
void client_free_cpus(struct cpu *cpus, size_t n);
/* The CPU cpu->id, of which all else is 0; no other is interrupted for it. */
int client_cpu(struct client *client, struct cpu *cpu, struct client_error *error);

/*
 * Answer all of ev on one CPU, in as many requests as it takes. What was seen before an
 * error stays in ev and report; the probes after it are NOT_TESTED_FAILED. Probes of depth "enter"
 * are NOT_TESTED_OLD_MODULE where the module cannot enter guests, and that is no error.
 */
int client_probe(struct client *client, unsigned int cpu, struct evidence *ev, size_t n,
		 const struct probe_options *opt, struct probe_report *report,
		 void (*progress)(void *arg, size_t probes), void *arg,
		 struct client_error *error);

/*
 * Which VMCS fields the CPU has, in as many requests as it takes. The map is empty before; if it
 * is not "scanned" after, map->why says why. What it cost is added to *stats.
 */
int client_fields(struct client *client, unsigned int cpu, const struct probe_options *opt,
		  struct field_map *map, struct window_stats *stats,
		  struct client_error *error);

/*
 * One of the module's experiments: *experiment is empty before. If the CPU was not asked,
 * experiment->why says why; NOT_TESTED_OLD_MODULE and 0 where the module has no such experiment.
 */
int client_experiment(struct client *client, unsigned int cpu, uint32_t id,
		      const struct probe_options *opt, struct experiment *experiment,
		      struct probe_report *report, struct client_error *error);

/* Below: the pure half, over buffers, for the unit tests and the fuzzers. */

/*
 * The attributes of one message of the "cpu" command, in memory aligned to 4. 0, -EPROTO if
 * they break the contract, -ENOMEM. Unknown attributes are skipped, unknown values of an
 * enumeration kept as unknown. On error nothing is left to free.
 */
int client_parse_cpu(const void *attrs, size_t len, struct cpu *cpu);
void client_cpu_clear(struct cpu *cpu);

#define CLIENT_MAX_OUTCOMES 255
#define CLIENT_MAX_ARRIVALS 64

/* What an answer says beside its evidence. */
struct client_cost {
	struct host_change changes[64];
	size_t n_changes;
	struct window_stats stats;
};

/* An answer to a probe request. */
struct client_reply {
	size_t done;
	struct outcome outcomes[CLIENT_MAX_OUTCOMES];
	size_t n_outcomes;
	struct arrival arrivals[CLIENT_MAX_ARRIVALS];	/* the outcomes' */
	size_t n_arrivals;
	const uint8_t *index;	/* in the message: done bytes, each below n_outcomes */
	struct client_cost cost;
};

/* The attributes of an answer for this CPU to a request of "asked" probes; 0 or -EPROTO. */
int client_parse_probe(const void *attrs, size_t len, unsigned int cpu, size_t asked,
		       struct client_reply *reply);

/* Encodings have 15 bits. */
#define CLIENT_ENCODINGS 0x8000

/*
 * The attributes of an answer for this CPU to a request from encoding "first" on: what it lists is
 * added to the map. *next: where to go on, or 0 if nothing is left; the map is then "scanned", or
 * its "why" is the module's. What it cost is in *stats. 0, -EPROTO or -ENOMEM; clear the map in any
 * case.
 */
int client_parse_fields(const void *attrs, size_t len, unsigned int cpu, uint32_t first,
			struct field_map *map, uint32_t *next, struct window_stats *stats);

/*
 * The attributes of an answer for this CPU: observations are added to the experiment, whose "why"
 * is OUTCOME_OK, or the module's if the CPU was not asked. 0, -EPROTO or -ENOMEM; clear the
 * experiment in any case.
 */
int client_parse_experiment(const void *attrs, size_t len, unsigned int cpu,
			    struct experiment *experiment, struct client_cost *cost);

/* Where the next request starts: probe number "probe" of ev[group]. */
struct client_cursor {
	size_t group, probe;
};

/*
 * Write the group attributes of one request, from the cursor on, as many as fit and the
 * contract allows, to a buffer of CLIENT_REQUEST_SIZE that starts a message with "start"
 * bytes in it; those of depth "enter" apart from others. Returns the probes it asks for; 0 if
 * nothing is left; -E2BIG if a group can never be asked.
 */
#define CLIENT_REQUEST_SIZE (96 * 1024)
long client_build(void *message, const struct evidence *ev, size_t n, struct client_cursor from);

/*
 * Names what a refusal points at: "group 1, set 2, encoding 0x6820"; "" if it points at
 * nothing that the message has. For the error texts.
 */
void client_place(const void *message, uint32_t offset, char *text, size_t size);

#endif
