// SPDX-License-Identifier: GPL-2.0
/*
 * Guests of KVM's that look at all of their registers while they count. Who disturbs KVM on their
 * CPU shows in a check that fails, in a count that is not right, or in a KVM_RUN that fails.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "../pin.h"
#include "corrupt.h"
#include "vm.h"

static const char usage[] =
	"usage: kvm_witness [-c CPU] [-n ITERATIONS] [-r ROUNDS] [-v VMS] [-t] [-s]\n"
	"VMS guests (1 to 4) in turn, each for ROUNDS rounds (0: until SIGTERM) of ITERATIONS\n"
	"with HLT between. -t: they take a timer's interrupts. -s: change each register in turn\n"
	"instead, and see that it is noticed.\n";

static uint64_t number(const char *text)
{
	char *end;
	uint64_t value = strtoull(text, &end, 0);

	if (!*text || *end) {
		fputs(usage, stderr);
		exit(2);
	}
	return value;
}

static void round_of_each(struct vm *vm, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		const char *check = vm_round(&vm[i]);

		if (check) {
			printf("kvm_witness: guest %u: check \"%s\" after %" PRIu64 ": FAILED\n",
			       i, check, *vm_word(&vm[i], W_COUNT));
			exit(1);
		}
	}
}

/* What the guests counted; exits if that is not right. */
static uint64_t count_of(const struct vm *vm, unsigned int n, uint64_t iterations)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < n; i++) {
		uint64_t count = *vm_word(&vm[i], W_COUNT);

		if (count != vm[i].rounds * iterations) {
			printf("kvm_witness: guest %u: count %" PRIu64 ", not %" PRIu64
			       ": FAILED\n", i, count, vm[i].rounds * iterations);
			exit(1);
		}
		sum += count;
	}
	return sum;
}

static uint64_t interrupts_of(const struct vm *vm, unsigned int n)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < n; i++)
		sum += *vm_word(&vm[i], W_TIMER);
	return sum;
}

int main(int argc, char **argv)
{
	static struct vm vm[MAX_VMS];
	uint64_t iterations = 1000, rounds = 0, count, done = 0;
	bool timer = false, self_test = false;
	const char *cpu = "0";
	unsigned int n = 1;
	int opt, kvm;

	while ((opt = getopt(argc, argv, "c:n:r:v:ts")) != -1) {
		switch (opt) {
		case 'c': cpu = optarg; break;
		case 'n': iterations = number(optarg); break;
		case 'r': rounds = number(optarg); break;
		case 'v': n = number(optarg); break;
		case 't': timer = true; break;
		case 's': self_test = true; break;
		default: fputs(usage, stderr); return 2;
		}
	}
	if (optind != argc || !n || n > MAX_VMS || !iterations) {
		fputs(usage, stderr);
		return 2;
	}
	pin("kvm_witness", cpu);
	kvm = must(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
	for (unsigned int i = 0; i < n; i++) {
		/* CR8 is not KVM's without its local APIC, and could not be changed. */
		vm_create(&vm[i], kvm, i, timer || self_test);
		vm_reset(&vm[i], iterations);
	}
	if (self_test)
		return corrupt_all(&vm[0]) ? 1 : 0;

	do {
		round_of_each(vm, n);
		if (!done++)
			printf("kvm_witness: running\n");
	} while (rounds ? done < rounds : !stop);
	count = count_of(vm, n, iterations);
	printf("kvm_witness: count %" PRIu64 " in %" PRIu64 " rounds of %u guests, %" PRIu64
	       " timer interrupts: ok\n", count, done, n, interrupts_of(vm, n));
	return 0;
}
