// SPDX-License-Identifier: GPL-2.0
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "corrupt.h"

#define ITERATIONS	32

struct corruption {
	const char *check;	/* that must fail */
	unsigned long get, set;	/* 0: a MSR */
	unsigned int at, size;	/* in the struct of these, or the MSR */
	uint64_t xor;		/* 0: the value halved */
	bool live_off;		/* or a check by use would fail before */
};

#define CHANGE(g, s, a, n, x)	.get = g, .set = s, .at = a, .size = n, .xor = x
#define IN(what, get, set, type, member, xor, ...) \
	{ .check = what, CHANGE(get, set, offsetof(struct type, member), \
				sizeof(((struct type *)0)->member), xor), ##__VA_ARGS__ }
#define REG(name, xor)		IN(#name, KVM_GET_REGS, KVM_SET_REGS, kvm_regs, name, xor)
#define SREG(what, member, xor)	IN(what, KVM_GET_SREGS, KVM_SET_SREGS, kvm_sregs, member, xor)
#define FPU(what, at, n, xor) \
	{ .check = what, CHANGE(KVM_GET_XSAVE, KVM_SET_XSAVE, at, n, xor) }
#define DEBUG(what, member, xor, ...) \
	IN(what, KVM_GET_DEBUGREGS, KVM_SET_DEBUGREGS, kvm_debugregs, member, xor, ##__VA_ARGS__)
#define MSR(what, index, xor, ...) { .check = what, CHANGE(0, 0, index, 8, xor), ##__VA_ARGS__ }
#define LIVE_OFF		.live_off = true
#define XMM(n) \
	FPU("xmm" #n, XSAVE_XMM + 16 * (n), 8, 1), \
	FPU("xmm" #n, XSAVE_XMM + 16 * (n) + 8, 8, 1ull << 63)

static const struct corruption corruptions[] = {
	REG(rax, 1), REG(rcx, 1ull << 63), REG(rdx, 1ull << 32), REG(rbx, 1ull << 31), REG(rsp, 8),
	REG(rbp, 2), REG(rsi, 4), REG(rdi, 16), REG(r8, 32), REG(r9, 64), REG(r10, 128),
	REG(r11, 1ull << 33), REG(r12, 1ull << 40), REG(r13, 1ull << 48), REG(r14, 1ull << 56),
	REG(r15, 1ull << 62), REG(rflags, 0x40), REG(rflags, 0x400),
	IN("exception", KVM_GET_REGS, KVM_SET_REGS, kvm_regs, rip, 0),
	SREG("cs", cs.selector, 8), SREG("ds", ds.selector, 8), SREG("es", es.selector, 8),
	SREG("fs", fs.selector, 8), SREG("gs", gs.selector, 8), SREG("ss", ss.selector, 8),
	SREG("ldtr", ldt.selector, 16), SREG("tr", tr.selector, 16),
	SREG("at fs", fs.base, 0x10), SREG("at gs", gs.base, 0x10),
	SREG("ldt limit", ldt.limit, 8), SREG("ldt base", ldt.base, WRONG),
	SREG("tss base", tr.base, WRONG),
	SREG("cr0", cr0, 2), SREG("cr2", cr2, 0x1000), SREG("cr3", cr3, 0x1000),
	SREG("cr4", cr4, 8), SREG("cr8", cr8, 1),
	SREG("gdt limit", gdt.limit, 0x200), SREG("gdt base", gdt.base, ALIAS),
	SREG("idt limit", idt.limit, 0x800), SREG("idt base", idt.base, ALIAS),
	SREG("fs_base", fs.base, ALIAS), SREG("gs_base", gs.base, ALIAS),
	SREG("efer", efer, 0x800),
	XMM(0), XMM(1), XMM(2), XMM(3), XMM(4), XMM(5), XMM(6), XMM(7), XMM(8), XMM(9), XMM(10),
	XMM(11), XMM(12), XMM(13), XMM(14), XMM(15),
	FPU("mxcsr", XSAVE_MXCSR, 4, 0x2000), FPU("fcw", XSAVE_FCW, 2, 0x400),
	DEBUG("breakpoint", db[0], 0x40), DEBUG("dr0", db[0], 0x40, LIVE_OFF),
	DEBUG("dr1", db[1], 0x40), DEBUG("dr2", db[2], 0x40), DEBUG("dr3", db[3], 0x40),
	DEBUG("dr6", dr6, 8, LIVE_OFF), DEBUG("dr7", dr7, 2, LIVE_OFF),
	MSR("tsc", 0x10, 0),
	MSR("syscall star", 0xc0000081, 0x10ull << 32), MSR("syscall lstar", 0xc0000082, 0x40),
	MSR("syscall sfmask", 0xc0000084, 0x200), MSR("rdtscp", 0xc0000103, 1),
	MSR("star", 0xc0000081, 0x10ull << 32, LIVE_OFF), MSR("lstar", 0xc0000082, 0x40, LIVE_OFF),
	MSR("cstar", 0xc0000083, 1), MSR("sfmask", 0xc0000084, 0x200, LIVE_OFF),
	MSR("kernel_gs_base", 0xc0000102, 1), MSR("sysenter_cs", 0x174, 8),
	MSR("sysenter_esp", 0x175, 1), MSR("sysenter_eip", 0x176, 1),
	MSR("pat", 0x277, 1ull << 32), MSR("tsc_aux", 0xc0000103, 1, LIVE_OFF),
};
#define N_CORRUPTIONS	(sizeof(corruptions) / sizeof(corruptions[0]))

static void change(uint8_t *at, const struct corruption *c)
{
	uint64_t value = 0;

	memcpy(&value, at, c->size);
	value = c->xor ? value ^ c->xor : c->get == KVM_GET_REGS ? WRONG_RIP : value / 2;
	memcpy(at, &value, c->size);
}

static void corrupt(const struct vm *vm, const struct corruption *c)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} msr = { .head.nmsrs = 1, .entry.index = c->at };
	union {
		struct kvm_regs regs;
		struct kvm_sregs sregs;
		struct kvm_xsave xsave;
		struct kvm_debugregs debugregs;
		uint8_t bytes[4096];
	} all;

	if (c->get) {
		must(ioctl(vm->vcpu, c->get, &all), "get");
		change(all.bytes + c->at, c);
		must(ioctl(vm->vcpu, c->set, &all), c->check);
	} else {
		must(ioctl(vm->vcpu, KVM_GET_MSRS, &msr) - 1, c->check);
		change((uint8_t *)&msr.entry.data, c);
		must(ioctl(vm->vcpu, KVM_SET_MSRS, &msr) - 1, c->check);
	}
}

static unsigned int never_failed(const bool *failed)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < n_checks(); i++)
		if (!failed[i]) {
			printf("kvm_witness: check \"%s\" was never seen to fail\n", check_name(i));
			n++;
		}
	return n;
}

unsigned int corrupt_all(struct vm *vm)
{
	unsigned int missed = 0;
	bool failed[256] = { 0 };

	for (unsigned int i = 0; i < N_CORRUPTIONS; i++) {
		const struct corruption *c = &corruptions[i];
		const char *check;

		vm_reset(vm, ITERATIONS);
		*vm_word(vm, W_LIVE_OFF) = c->live_off;
		check = vm_round(vm);
		if (!check) {
			corrupt(vm, c);
			check = vm_round(vm);
			failed[*vm_word(vm, W_FAILED)] |= check != NULL;
		}
		if (!check || strcmp(check, c->check)) {
			printf("kvm_witness: \"%s\" changed, %s\n", c->check,
			       check ?: "not noticed");
			missed++;
		}
	}
	missed += never_failed(failed);
	printf("kvm_witness: %zu registers changed, %u checks, %u missed\n", N_CORRUPTIONS,
	       n_checks(), missed);
	return missed;
}
