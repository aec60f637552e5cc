// SPDX-License-Identifier: GPL-2.0
/*
 * Attack the module by netlink: messages of the contract and what can be made wrong of them, the
 * same ones for the same seed. Each answer is judged, and counted. Afterwards the module must say
 * what it said before. Exit code 1 if it does not, or if an answer is not as it must be.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attack.h"

#define MAX_SENDERS	65

static const char usage[] =
	"usage: attack [-v] [-f FIRST] SEED MESSAGES [MODE]\n"
	"       attack level [HELD]\n"
	"Modes: plain, many (64 senders on both CPUs), hotplug (of CPU 1 meanwhile), deaf (nothing is\n"
	"read), dying (MESSAGES senders, killed while at it), strangers (without the right to it),\n"
	"overrides (each field at each depth, and others up to MESSAGES).\n"
	"-f begins with that message, to see a failure again; -v lists the sentences of refusals.\n"
	"\"level\" prints what memory the kernel holds, HELD blocks of 4 KiB and of 4 pages by kmalloc\n"
	"among it.\n";

static void add(struct counts *total, const struct counts *one)
{
	/* Up to the failures all are of one type. */
	const uint64_t *from = &one->datagrams;
	uint64_t *to = &total->datagrams;

	while (to < total->errnos + 256)
		*to++ += *from++;
	for (int i = 0; i < 256; i++)
		total->experiments[i] |= one->experiments[i];
	for (int i = 0; i < MAX_SENTENCES && one->sentences[i].n; i++)
		add_sentence(total, one->sentences[i].text, one->sentences[i].n);
}

#define N(member)	((unsigned long long)total->member)

static void report(const struct counts *total, bool verbose)
{
	unsigned int experiments = 0, sentences = 0;

	for (int i = 0; i < 256; i++)
		experiments += total->experiments[i];
	while (sentences < MAX_SENTENCES && total->sentences[sentences].n)
		sentences++;
	printf("%llu messages, %llu bytes in %llu datagrams: %llu refused, %llu confirmed, "
	       "%llu with no answer due\n", N(messages), N(bytes), N(datagrams), N(refused), N(acks),
	       N(unanswered));
	printf("replies: cpu %llu in %llu dumps and alone, probe %llu, fields %llu, experiment %llu; "
	       "the core's own %llu\n", N(replies[VMXPROBE_CMD_CPU]), N(dumps),
	       N(replies[VMXPROBE_CMD_PROBE]), N(replies[VMXPROBE_CMD_FIELDS]),
	       N(replies[VMXPROBE_CMD_EXPERIMENT]), N(foreign));
	printf("%llu windows, %llu of them borrowed, %llu probes, %llu guests entered, %u experiments "
	       "with %llu observations and %llu entries\n", N(windows), N(borrowed), N(probes),
	       N(guests), experiments, N(observations), N(entries));
	printf("refusals: %u different sentences, %llu without one, all by the core;", sentences,
	       N(silent));
	for (int i = 0; i < 256; i++)
		if (total->errnos[i])
			printf(" %s %llu", strerrorname_np(i) ?: "?", N(errnos[i]));
	puts("");
	for (unsigned int i = 0; verbose && i < sentences; i++)
		printf("  %llu times: %s\n", N(sentences[i].n), total->sentences[i].text);
}

/*
 * A module that refuses everything with a sentence gives each message its answer. Of what the
 * generator makes at least this much gets through, which is half of what does at the most.
 */
static void check_floors(struct counts *total, uint64_t messages)
{
	const bool vmx = takes_entries(0) && takes_entries(1);
	const struct {
		const char *what;
		uint64_t n, each;	/* one in so many messages; 0: not of this CPU */
	} floors[] = {
		{ "replies about CPUs", total->replies[VMXPROBE_CMD_CPU], 400 },
		{ "dumps", total->dumps, 2500 },
		{ "replies to probes", total->replies[VMXPROBE_CMD_PROBE], 250 },
		{ "maps of fields", total->replies[VMXPROBE_CMD_FIELDS], 400 },
		{ "replies of experiments", total->replies[VMXPROBE_CMD_EXPERIMENT], 400 },
		{ "probes", total->probes, 2 },
		/* Where KVM has the CPUs, only the messages that ask to borrow them do anything. */
		{ "windows", total->windows, vmx ? 100 : 0 },
		{ "guests", total->guests, vmx ? 800 : 0 },
		{ "observations", total->observations, vmx ? 100 : 0 },
		{ "entries of experiments", total->entries, vmx ? 400 : 0 },
	};

	for (size_t i = 0; i < sizeof(floors) / sizeof(floors[0]); i++) {
		if (!floors[i].each || floors[i].n >= messages / floors[i].each)
			continue;
		printf("attack: %llu %s: too few to mean anything\n", (unsigned long long)floors[i].n,
		       floors[i].what);
		total->failures++;
	}
}

int main(int argc, char **argv)
{
	struct job job = { 0 };
	struct counts *each, none = { 0 };
	uint64_t before, after;
	struct sender s;
	bool verbose = false;
	mode_fn mode;
	int opt;

	while ((opt = getopt(argc, argv, "vf:")) != -1) {
		switch (opt) {
		case 'v': verbose = true; break;
		case 'f': job.first = strtoull(optarg, NULL, 0); break;
		default: fputs(usage, stderr); return 2;
		}
	}
	argv += optind;
	argc -= optind;
	if (argc && argc <= 2 && !strcmp(argv[0], "level")) {
		for (int held = argc > 1 ? atoi(argv[1]) : 0; held > 0; held--)
			hold_blocks();
		print_level();
		return 0;
	}
	mode = find_mode(argc > 2 ? argv[2] : "plain");
	if (argc < 2 || argc > 3 || !mode) {
		fputs(usage, stderr);
		return 2;
	}
	job.seed = strtoull(argv[0], NULL, 0);
	job.messages = strtoull(argv[1], NULL, 0);
	each = mmap(NULL, MAX_SENDERS * sizeof(*each), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (each == MAP_FAILED)
		die("mmap");
	job.each = each;

	s = open_sender(&none);
	if (!s.family) {
		fputs("attack: the module is not there\n", stderr);
		return 1;
	}
	learn_cpus(&s);
	before = known_answers(&s);
	mode(&job);
	after = known_answers(&s);
	for (int i = 1; i < MAX_SENDERS; i++)
		add(&each[0], &each[i]);
	report(&each[0], verbose);
	if (mode == find_mode("plain") && job.messages >= 4000)
		check_floors(&each[0], job.messages);
	if (before != after) {
		printf("attack: known probes: %#llx before, %#llx after\n",
		       (unsigned long long)before, (unsigned long long)after);
		return 1;
	}
	if (each->failures || none.failures) {
		printf("attack: %llu failures\n", (unsigned long long)(each->failures + none.failures));
		return 1;
	}
	return 0;
}
