/* SPDX-License-Identifier: GPL-2.0 */
/* A fuzzer that speaks the contract; what its parts share. attack.c has the usage. */
#ifndef ATTACK_H
#define ATTACK_H

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../../netlink/vmxprobe.h"

#define MAX_MESSAGE	(1 << 18)
#define MAX_SENTENCES	96

/* What was sent and what came back; one of each sender, added up in the end. */
struct counts {
	uint64_t datagrams, messages, bytes;
	uint64_t unanswered;	/* of these, rightly: cut short, or no requests */
	uint64_t acks, refused, silent;	/* silent: by the core, which says no sentence */
	uint64_t replies[__VMXPROBE_CMD_MAX];
	uint64_t dumps, foreign;
	uint64_t probes, windows, borrowed, guests, observations, entries;
	uint64_t failures;
	uint64_t errnos[256];
	uint8_t experiments[256];
	struct {
		char text[120];
		uint64_t n;
	} sentences[MAX_SENTENCES];
};

struct sender {
	int fd;
	uint16_t family;
	bool net_admin, sys_admin;
	bool elsewhere;		/* in a network namespace where the family is not */
	uint64_t seed, number;	/* of the message that is first in the datagram */
	struct counts *counts;
};

/* attack_cpus.c: what the CPUs were in the beginning */
struct cpu_facts {
	uint32_t readiness, width;
	uint64_t msr[0x14];	/* from IA32_VMX_BASIC on, 0 where there is none */
};

void learn_cpus(struct sender *s);
/* From now on CPUs other than 0 may be offline at any time. */
void let_cpus_go(void);
bool is_possible(uint32_t cpu);
/* NULL: nobody knows. */
const struct cpu_facts *facts_of(uint32_t cpu);
bool takes_entries(uint32_t cpu);
bool is_in_use(uint32_t cpu);

/* attack_fields.c: what a caller may set and read; unsure where that is for a CPU unknown to say */
enum permit { REFUSED, ALLOWED, UNSURE };

enum permit may_set(uint32_t field, uint64_t value, uint32_t depth, const struct cpu_facts *cpu);
enum permit may_enter(uint32_t guest, const struct cpu_facts *cpu);
bool may_read(uint32_t field);
bool is_choosy(uint32_t field, uint32_t depth);
uint64_t benign_value(uint32_t field, uint32_t depth, const struct cpu_facts *cpu);
uint32_t documented_field(unsigned int i);

/* attack_request.c: why a request should not have been taken, NULL if it could be */
const char *judge_taken(const struct nlmsghdr *request);
bool is_experiment(uint32_t id);

/* attack_gen.c: message NUMBER of a seed, always the same one */
#define ANYTHING	(-1)

struct made {
	size_t len;
	int must;		/* what must come of it: 0 a reply, an errno, or ANYTHING */
	bool last;		/* nothing can follow it in a datagram */
};

struct made make_message(uint64_t seed, uint64_t number, uint16_t family, uint8_t *buf);

/* attack_build.c: messages to begin with */
#define MAX_MARKS	40

struct message {
	uint8_t *buf;
	size_t len;
	int must;
	uint64_t rng;
	unsigned int n_marks;
	/* The first attributes: where, and which one each is in (-1: the message). */
	struct { uint32_t at; int in; } marks[MAX_MARKS];
};

uint64_t rng(struct message *m);
uint32_t below(struct message *m, uint32_t n);
uint64_t odd_value(struct message *m);
uint32_t odd_field(struct message *m);
uint32_t odd_cpu(struct message *m);
void start(struct message *m, uint8_t *buf, uint16_t family, uint8_t cmd, uint32_t seq);
void finish(struct message *m);
int put(struct message *m, int in, int type, const void *data, size_t len);
void put_u32(struct message *m, int in, int type, uint32_t value);
void put_u64(struct message *m, int in, int type, uint64_t value);
void put_some(struct message *m, int type);
int nest_start(struct message *m, int in, int type);
void nest_end(struct message *m, int nest);
void put_set(struct message *m, int group, uint32_t field, uint64_t value);
int group_start(struct message *m, uint32_t depth);
void put_sweep(struct message *m, int group, uint32_t field, uint64_t value, uint64_t step,
	       uint32_t n);
void build_request(struct message *m, uint8_t *buf, uint16_t family, uint32_t seq);
void build_probe(struct message *m, uint32_t depth, bool tame);
void build_big(struct message *m, uint32_t kind);
int must_enter(uint32_t guest, uint32_t cpu);
int must_set(uint32_t field, uint64_t value, uint32_t depth, uint32_t cpu);

/* attack_wrong.c: messages with one thing wrong */
void build_wrong(struct message *m, uint8_t *buf, uint16_t family, uint32_t seq, uint64_t k);

/* attack_nl.c: sockets, and that each message has its answer */
#define MAX_TOGETHER	16

struct sender open_sender(struct counts *counts);
void close_sender(struct sender *s);
void drain(struct sender *s, void (*take)(const struct nlmsghdr *nlh, void *data), void *data);
/* N messages, each with what must come of it. */
void send_judged(struct sender *s, const uint8_t *datagram, size_t len, const int *must,
		 unsigned int n);
void attack(struct sender *s, uint64_t seed, uint64_t first, uint64_t messages);
void fail(struct sender *s, const void *message, size_t len, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void add_sentence(struct counts *counts, const char *text, uint64_t n);
void die(const char *what) __attribute__((noreturn));

/* attack_known.c: requests whose answers must be the same whenever they are asked */
uint64_t known_answers(struct sender *s);

/* attack_judge.c: what an answer has to be; NULL, or what is wrong with it */
const char *judge_reply(struct counts *counts, const struct nlmsghdr *request,
			const struct nlmsghdr *reply);

/* attack_modes.c, attack_strangers.c: ways to be a nuisance; NULL if there is none of that name */
struct job {
	struct counts *each;	/* [0]: of the run, then one for each sender it starts */
	uint64_t seed, first, messages;
};

typedef void (*mode_fn)(const struct job *job);

mode_fn find_mode(const char *name);
void strangers(const struct job *job);
void expect_end(struct counts *total, int status);

/* attack_overrides.c: each field at each depth */
void overrides(const struct job *job);

/* attack_level.c: how much memory the kernel holds */
void hold_blocks(void);
void print_level(void);

#endif
