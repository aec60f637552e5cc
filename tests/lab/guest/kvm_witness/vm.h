/* SPDX-License-Identifier: GPL-2.0 */
/* A guest of KVM's that looks at its registers, seen from the host. */
#ifndef KVM_WITNESS_VM_H
#define KVM_WITNESS_VM_H

#include <linux/kvm.h>
#include <stdbool.h>
#include <stdint.h>

#include "layout.h"

#define MAX_VMS		4

/* Where things are in what KVM_SET_XSAVE takes, in bytes. */
#define XSAVE_FCW	0
#define XSAVE_MXCSR	24
#define XSAVE_XMM	160
#define XSAVE_BV	512

struct vm {
	unsigned int seed;	/* two guests have no register in common */
	bool timer;		/* interrupts by KVM's local APIC */
	int fd, vcpu;
	struct kvm_run *run;
	uint8_t *memory;
	uint64_t rounds;	/* that came to their end */
};

/* An ioctl() or the like must not fail. */
long must(long ret, const char *what);

void vm_create(struct vm *vm, int kvm, unsigned int seed, bool timer);
/* All registers and memory as at the start, with the count at 0. */
void vm_reset(struct vm *vm, uint64_t iterations);

/* Until the end of a round: NULL, or the name of the check that failed. */
const char *vm_round(struct vm *vm);

uint64_t *vm_word(const struct vm *vm, unsigned int address);

/* The names of all checks. */
unsigned int n_checks(void);
const char *check_name(unsigned int i);

#endif
