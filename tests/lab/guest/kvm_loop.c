// SPDX-License-Identifier: GPL-2.0
/*
 * A guest of KVM's that counts: it increments a word of its memory N times and halts, ROUNDS times over (0: until
 * SIGTERM). Who disturbs KVM on this CPU shows in the count, or in a KVM_RUN that fails.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "pin.h"

#define MEMORY	0x4000
#define COUNTER	0x2000

asm(".pushsection .rodata\n"
    ".code16\n"
    "guest_code:	incl	0x2000\n"	/* COUNTER */
    "		decl	%ecx\n"
    "		jnz	guest_code\n"
    "		hlt\n"
    "guest_end:\n"
    ".code64\n"
    ".popsection\n");
extern const char guest_code[], guest_end[];

static long must(long ret, const char *what)
{
	if (ret < 0) {
		fprintf(stderr, "kvm_loop: %s: %s\n", what, strerror(errno));
		exit(1);
	}
	return ret;
}

/* One run of the guest from its start to its HLT; signals only interrupt it. */
static void round_of(int vcpu, const struct kvm_run *run, uint32_t n)
{
	struct kvm_regs regs = { .rcx = n, .rflags = 2 };

	must(ioctl(vcpu, KVM_SET_REGS, &regs), "KVM_SET_REGS");
	while (ioctl(vcpu, KVM_RUN, 0))
		if (errno != EINTR)
			must(-1, "KVM_RUN");
	if (run->exit_reason != KVM_EXIT_HLT) {
		fprintf(stderr, "kvm_loop: exit reason %u\n", run->exit_reason);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	struct kvm_userspace_memory_region region = { .memory_size = MEMORY };
	struct kvm_sregs sregs;
	struct kvm_run *run;
	uint32_t n, rounds, done, *counter;
	int kvm, vm, vcpu;
	char *memory;

	if (argc < 2 || argc > 4) {
		fprintf(stderr, "usage: kvm_loop N [CPU [ROUNDS]]\n");
		return 2;
	}
	n = strtoul(argv[1], NULL, 0);
	rounds = argc > 3 ? strtoul(argv[3], NULL, 0) : 1;
	pin("kvm_loop", argc > 2 ? argv[2] : "0");

	kvm = must(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
	vm = must(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
	/* Where there is no unrestricted guest, KVM needs room of its own to play real mode. */
	must(ioctl(vm, KVM_SET_TSS_ADDR, 0xfffbd000), "KVM_SET_TSS_ADDR");
	memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(memory == MAP_FAILED ? -1 : 0, "mmap");
	memcpy(memory, guest_code, guest_end - guest_code);
	counter = (uint32_t *)(memory + COUNTER);
	region.userspace_addr = (uintptr_t)memory;
	must(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region), "KVM_SET_USER_MEMORY_REGION");
	vcpu = must(ioctl(vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
	run = mmap(NULL, must(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), "mmap size"), PROT_READ, MAP_SHARED, vcpu, 0);
	must(run == MAP_FAILED ? -1 : 0, "mmap vcpu");
	must(ioctl(vcpu, KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	must(ioctl(vcpu, KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");

	round_of(vcpu, run, 1);		/* so that it is seen to run before it says so */
	*counter = 0;
	printf("kvm_loop: running\n");
	for (done = 0; rounds ? done < rounds : !stop; done++)
		round_of(vcpu, run, n);
	if (*counter != (uint32_t)(n * done)) {
		printf("kvm_loop: count %u, not %u: FAILED\n", *counter, n * done);
		return 1;
	}
	printf("kvm_loop: count %u ok\n", *counter);
	return 0;
}
