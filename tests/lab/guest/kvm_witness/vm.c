// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "vm.h"

extern const char guest_code[], guest_code_end[], guest_checks[], guest_checks_end[];
extern const char on_exception[], on_breakpoint[], on_soft[], on_timer[];

#define CODE_DESCRIPTOR	0x00af9b000000ffffull
#define DATA_DESCRIPTOR	0x00cf93000000ffffull
#define LAR_MASK	0x00f0ff00u

#define CR0_START	0x80050033u	/* PE, MP, ET, NE, WP, AM, PG */
#define CR4_START	0x000006a8u	/* DE, PAE, PGE, OSFXSR, OSXMMEXCPT */
#define EFER_START	0xd01u		/* SCE, LME, LMA, NXE */
#define RFLAGS_START	0x243e97u	/* all but ZF, TF, NT, RF; IOPL 3 */
#define RFLAGS_EQUAL	0x44u		/* after a CMP of what is equal... */
#define RFLAGS_ARITH	0x8d5u		/* ...of these */

long must(long ret, const char *what)
{
	if (ret < 0) {
		fprintf(stderr, "kvm_witness: %s: %s\n", what, strerror(errno));
		exit(1);
	}
	return ret;
}

uint64_t *vm_word(const struct vm *vm, unsigned int address)
{
	return (uint64_t *)(vm->memory + address);
}

unsigned int n_checks(void)
{
	return (guest_checks_end - guest_checks) / NAME_SIZE;
}

const char *check_name(unsigned int i)
{
	return i < n_checks() ? guest_checks + i * NAME_SIZE : "no check";
}

/* Where the guest sees an address, by its seed. */
static uint64_t alias(const struct vm *vm, unsigned int address)
{
	return address + (uint64_t)ALIAS * (4 + vm->seed);
}

static uint64_t pattern(const struct vm *vm, unsigned int i)
{
	return 0x0123456789abcdefull * (2 * i + 3) + vm->seed;
}

static struct kvm_segment segment(unsigned int index, unsigned int type, uint64_t base)
{
	return (struct kvm_segment){
		.selector = index * 8, .base = base, .limit = 0xffffffff, .type = type,
		.present = 1, .s = 1, .l = type == 11, .db = type != 11, .g = 1,
	};
}

static struct kvm_segment system_segment(unsigned int index, unsigned int type, uint64_t base,
					 uint32_t limit)
{
	return (struct kvm_segment){
		.selector = index * 8, .base = base, .limit = limit, .type = type, .present = 1,
	};
}

static void write_system_descriptor(uint64_t *gdt, const struct kvm_segment *seg)
{
	uint64_t *d = gdt + seg->selector / 8;

	d[0] = seg->limit | (seg->base & 0xffffff) << 16 | (seg->base >> 24 & 0xff) << 56 |
	       (uint64_t)seg->type << 40 | 1ull << 47;
	d[1] = seg->base >> 32;
}

static void write_tables(const struct vm *vm, const struct kvm_sregs *sregs)
{
	uint64_t *gdt = vm_word(vm, GDT);

	for (int i = 1; i < 48; i++)
		gdt[i] = i < 5 || (i >= 16 && i < 24 && !(i & 1)) ? CODE_DESCRIPTOR :
								    DATA_DESCRIPTOR;
	write_system_descriptor(gdt, &sregs->ldt);
	write_system_descriptor(gdt, &sregs->tr);
	*vm_word(vm, LDT + 8) = DATA_DESCRIPTOR;
	*vm_word(vm, LDT + 8 + WRONG) = CODE_DESCRIPTOR;
	/* The first stack of the interrupt stack table. */
	*(uint32_t *)(vm->memory + TSS + 36) = alias(vm, IST_STACK);
	*(uint32_t *)(vm->memory + TSS + WRONG + 36) = alias(vm, WRONG_IST_STACK);

	for (int i = 0; i <= VECTOR_TIMER; i++) {
		const char *handler = i == 1 ? on_breakpoint : i == VECTOR_SOFT ? on_soft :
				      i == VECTOR_TIMER ? on_timer : on_exception;
		uint64_t address = CODE + (handler - guest_code), *gate = vm_word(vm, IDT + 16 * i);

		gate[0] = address | (uint64_t)sregs->cs.selector << 16 | 0x8e01ull << 32;
		gate[1] = 0;
	}

	for (int i = 0; i < 4; i++)
		*vm_word(vm, PML4 + 0x1000 * i) = PDPT | 3;
	*vm_word(vm, PDPT) = PD | 3;
	for (int i = 0; i < 512; i++)
		*vm_word(vm, PD + 8 * i) = 0x83;
}

static void fill_sregs(const struct vm *vm, struct kvm_sregs *sregs)
{
	unsigned int s = vm->seed;

	must(ioctl(vm->vcpu, KVM_GET_SREGS, sregs), "KVM_GET_SREGS");
	sregs->cs = segment(1 + s, 11, 0);
	sregs->ds = segment(24 + s, 3, 0);
	sregs->es = segment(28 + s, 3, 0);
	sregs->ss = segment(32 + s, 3, 0);
	sregs->fs = segment(36 + s, 3, alias(vm, MARKS));
	sregs->gs = segment(40 + s, 3, alias(vm, MARKS + 8));
	sregs->ldt = system_segment(48 + 2 * s, 2, alias(vm, LDT), 15);
	sregs->tr = system_segment(56 + 2 * s, 11, alias(vm, TSS), 0x67);
	sregs->gdt = (struct kvm_dtable){ .base = alias(vm, GDT), .limit = 0x1ff + 8 * s };
	sregs->idt = (struct kvm_dtable){ .base = alias(vm, IDT), .limit = 0x71f + 16 * s };
	sregs->cr0 = CR0_START ^ (s & 1) << 18 ^ (s & 2) << 15;		/* AM, WP */
	sregs->cr2 = pattern(vm, 40) >> 17;
	sregs->cr3 = PML4 + 0x1000 * s;
	sregs->cr4 = CR4_START ^ (s & 1) << 8 ^ (s & 2) << 1;		/* PCE, TSD */
	sregs->cr8 = 2 + s;
	sregs->efer = EFER_START;
	if (vm->timer)
		sregs->apic_base |= 0xc00;				/* x2APIC */
}

static void fill_msrs(const struct vm *vm, uint64_t *msr)
{
	unsigned int s = vm->seed;

	msr[0] = (uint64_t)((16 + 2 * s) * 8) << 32 | pattern(vm, 41) >> 48 << 48 |
		 (uint32_t)pattern(vm, 41);
	msr[1] = alias(vm, SYSCALL_ENTRY);
	msr[2] = pattern(vm, 42) >> 17;
	msr[3] = 0x40400 | (s & 1) << 21 | (s & 2) << 11;		/* AC, DF, ID, IOPL */
	msr[4] = alias(vm, MARKS);
	msr[5] = alias(vm, MARKS + 8);
	msr[6] = pattern(vm, 43) >> 17;
	msr[7] = 0x1230 + 8 * s;
	msr[8] = pattern(vm, 44) >> 17;
	msr[9] = pattern(vm, 45) >> 17;
	msr[10] = 0x0007040600010406ull | (uint64_t)(4 + s) << 56;
	msr[11] = EFER_START;
	msr[12] = (uint32_t)pattern(vm, 46);
}

static void set_msrs(const struct vm *vm)
{
#define INDEX(at, msr, name) [at] = msr,
	static const uint32_t index[N_MSRS] = { MSRS(INDEX) };
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry[N_MSRS + 1];
	} msrs = { .head.nmsrs = N_MSRS + 1 };
	uint64_t value[N_MSRS];

	fill_msrs(vm, value);
	for (int i = 0; i < N_MSRS; i++) {
		msrs.entry[i] = (struct kvm_msr_entry){ .index = index[i], .data = value[i] };
		*vm_word(vm, W_MSR + 8 * i) = value[i];
	}
	/* Far from the other guests': KVM takes a TSC that is near another for the same. */
	msrs.entry[N_MSRS].index = 0x10;
	msrs.entry[N_MSRS].data = (16ull + vm->seed) << 40;
	if (must(ioctl(vm->vcpu, KVM_SET_MSRS, &msrs), "KVM_SET_MSRS") != N_MSRS + 1) {
		errno = EINVAL;
		must(-1, "KVM_SET_MSRS");
	}
}

static void set_regs(const struct vm *vm)
{
	/* What number each member of struct kvm_regs has in an instruction. */
	static const unsigned char number[] = { 0, 3, 1, 2, 6, 7, 4, 5, 8, 9, 10, 11, 12, 13, 14,
						15 };
	struct kvm_regs regs = { .rip = CODE, .rflags = RFLAGS_START ^ (vm->seed & 1) };

	for (int i = 0; i < 16; i++) {
		(&regs.rax)[i] = pattern(vm, number[i]);
		*vm_word(vm, W_GPR + 8 * number[i]) = pattern(vm, number[i]);
	}
	*vm_word(vm, W_RFLAGS) = regs.rflags;
	must(ioctl(vm->vcpu, KVM_SET_REGS, &regs), "KVM_SET_REGS");
}

/* KVM_SET_FPU would set nothing before the guest used its FPU. */
static void set_fpu(const struct vm *vm)
{
	static struct kvm_xsave xsave;
	uint8_t *bytes = (uint8_t *)xsave.region;
	uint16_t fcw = 0x35f ^ (vm->seed & 3) << 10;	/* never that of FNINIT */
	uint32_t mxcsr = 0x1fa0 ^ (vm->seed & 3) << 13;

	memcpy(bytes + XSAVE_FCW, &fcw, sizeof(fcw));
	memcpy(bytes + XSAVE_MXCSR, &mxcsr, sizeof(mxcsr));
	bytes[XSAVE_BV] = 3;	/* both are there */
	for (int i = 0; i < 32; i++) {
		uint64_t value = pattern(vm, 50 + i);

		memcpy(bytes + XSAVE_XMM + 8 * i, &value, 8);
		*vm_word(vm, W_XMM + 8 * i) = value;
	}
	*vm_word(vm, W_FCW) = fcw;
	*vm_word(vm, W_MXCSR) = mxcsr;
	must(ioctl(vm->vcpu, KVM_SET_XSAVE, &xsave), "KVM_SET_XSAVE");
}

static void set_debugregs(const struct vm *vm)
{
	struct kvm_debugregs dr = {
		.db = { alias(vm, W_WATCHED) }, .dr6 = 0xffff0ff8,
		.dr7 = 0xdddd04aa,	/* writes of 4 bytes, all four of them */
	};

	for (int i = 1; i < 4; i++)
		dr.db[i] = alias(vm, W_UNTOUCHED + 8 * i);
	for (int i = 0; i < 4; i++)
		*vm_word(vm, W_DR + 8 * i) = dr.db[i];
	*vm_word(vm, W_DR + 8 * 4) = dr.dr6;
	*vm_word(vm, W_DR + 8 * 5) = dr.dr7;
	must(ioctl(vm->vcpu, KVM_SET_DEBUGREGS, &dr), "KVM_SET_DEBUGREGS");
}

static void set_apic(struct kvm_lapic_state *apic, unsigned int at, uint32_t value)
{
	memcpy(apic->regs + at, &value, sizeof(value));
}

/* KVM's local APIC counts nanoseconds. */
static void set_timer(const struct vm *vm)
{
	struct kvm_lapic_state apic;

	must(ioctl(vm->vcpu, KVM_GET_LAPIC, &apic), "KVM_GET_LAPIC");
	set_apic(&apic, 0xf0, 0x1ff);			/* enabled */
	set_apic(&apic, 0x320, 0x20000 | VECTOR_TIMER);	/* periodic */
	set_apic(&apic, 0x3e0, 0xb);			/* not divided */
	set_apic(&apic, 0x380, 3000000 + 100000 * vm->seed);
	must(ioctl(vm->vcpu, KVM_SET_LAPIC, &apic), "KVM_SET_LAPIC");
}

static void expect(const struct vm *vm, const struct kvm_sregs *sregs)
{
	const struct kvm_segment *seg[] = { &sregs->cs, &sregs->ds, &sregs->es, &sregs->fs,
					    &sregs->gs, &sregs->ss, &sregs->ldt, &sregs->tr };
	const uint64_t cr[] = { sregs->cr0, sregs->cr2, sregs->cr3, sregs->cr4, sregs->cr8 };
	uint64_t msr[N_MSRS];

	for (int i = 0; i < 8; i++)
		*vm_word(vm, W_SELECTOR + 8 * i) = seg[i]->selector;
	for (int i = 0; i < 5; i++)
		*vm_word(vm, W_CR + 8 * i) = cr[i];
	*vm_word(vm, W_FS_MARK) = *vm_word(vm, MARKS) = pattern(vm, 100);
	*vm_word(vm, W_GS_MARK) = *vm_word(vm, MARKS + 8) = pattern(vm, 101);
	*vm_word(vm, W_GDT_LIMIT) = sregs->gdt.limit;
	*vm_word(vm, W_GDT_BASE) = sregs->gdt.base;
	*vm_word(vm, W_IDT_LIMIT) = sregs->idt.limit;
	*vm_word(vm, W_IDT_BASE) = sregs->idt.base;
	*vm_word(vm, W_LDT_RIGHTS) = DATA_DESCRIPTOR >> 32 & LAR_MASK;
	*vm_word(vm, W_IST_RSP) = alias(vm, IST_STACK) - 5 * 8;
	*vm_word(vm, W_WATCHED_AT) = alias(vm, W_WATCHED);
	fill_msrs(vm, msr);
	*vm_word(vm, W_SYSCALL_CS) = msr[0] >> 32 & 0xfffc;
	*vm_word(vm, W_SYSCALL_FLAGS) = ((RFLAGS_START & ~RFLAGS_ARITH) | RFLAGS_EQUAL) & ~msr[3];
}

void vm_reset(struct vm *vm, uint64_t iterations)
{
	struct kvm_sregs sregs;

	memset(vm->memory, 0, MEMORY);
	memcpy(vm->memory + CODE, guest_code, guest_code_end - guest_code);
	fill_sregs(vm, &sregs);
	write_tables(vm, &sregs);
	expect(vm, &sregs);
	must(ioctl(vm->vcpu, KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
	set_msrs(vm);
	set_regs(vm);
	set_fpu(vm);
	set_debugregs(vm);
	if (vm->timer)
		set_timer(vm);
	else
		vm->run->cr8 = sregs.cr8;	/* of a local APIC that would be ours */
	*vm_word(vm, W_ITERATIONS) = *vm_word(vm, W_LEFT) = iterations;
	vm->rounds = 0;
}

static void set_cpuid(const struct vm *vm, int kvm)
{
	static struct {
		struct kvm_cpuid2 head;
		struct kvm_cpuid_entry2 entry[200];
	} cpuid;

	cpuid.head.nent = 200;
	must(ioctl(kvm, KVM_GET_SUPPORTED_CPUID, &cpuid), "KVM_GET_SUPPORTED_CPUID");
	must(ioctl(vm->vcpu, KVM_SET_CPUID2, &cpuid), "KVM_SET_CPUID2");
}

void vm_create(struct vm *vm, int kvm, unsigned int seed, bool timer)
{
	struct kvm_userspace_memory_region region = { .memory_size = MEMORY };

	vm->seed = seed;
	vm->timer = timer;
	vm->fd = must(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
	/* Where there is no unrestricted guest, KVM needs room of its own. */
	must(ioctl(vm->fd, KVM_SET_TSS_ADDR, 0xfffbd000), "KVM_SET_TSS_ADDR");
	if (timer)
		must(ioctl(vm->fd, KVM_CREATE_IRQCHIP), "KVM_CREATE_IRQCHIP");
	vm->memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	must(vm->memory == MAP_FAILED ? -1 : 0, "mmap");
	region.userspace_addr = (uintptr_t)vm->memory;
	must(ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region), "KVM_SET_USER_MEMORY_REGION");
	vm->vcpu = must(ioctl(vm->fd, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
	vm->run = mmap(NULL, must(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), "mmap size"),
		       PROT_READ | PROT_WRITE, MAP_SHARED, vm->vcpu, 0);
	must(vm->run == MAP_FAILED ? -1 : 0, "mmap vcpu");
	set_cpuid(vm, kvm);
}

const char *vm_round(struct vm *vm)
{
	for (;;) {
		if (ioctl(vm->vcpu, KVM_RUN, 0)) {
			if (errno != EINTR)
				must(-1, "KVM_RUN");
		} else if (vm->run->exit_reason == KVM_EXIT_IO && vm->run->io.port == PORT_ROUND) {
			vm->rounds++;
			return NULL;
		} else if (vm->run->exit_reason == KVM_EXIT_IO) {
			return check_name(*vm_word(vm, W_FAILED));
		} else if (vm->run->exit_reason != KVM_EXIT_HLT) {
			fprintf(stderr, "kvm_witness: KVM_RUN: exit reason %u, %#llx\n",
				vm->run->exit_reason,
				(unsigned long long)vm->run->hw.hardware_exit_reason);
			exit(1);
		}
	}
}
