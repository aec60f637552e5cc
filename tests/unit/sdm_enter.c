// SPDX-License-Identifier: GPL-2.0
#include "sdm_enter.h"

#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "guest.h"
#include "sdm_deliver.h"

/* What the module has in a field, and the bits of it that are a caller's. */
static void put_own(struct sdm_run *r, uint32_t encoding, uint64_t own, uint64_t callers, uint64_t value)
{
	sdm_put(r, encoding, (own & ~callers) | (value & callers));
}

static void put_baseline(struct sdm_run *r)
{
	uint64_t code = GUEST_CODE + r->group->program * GUEST_SLOT;

	sdm_put(r, GUEST_CS_SELECTOR, sdm_is_long(r) ? 0x40 : sdm_is_real(r) ? 0x100 : 0x48);
	sdm_put(r, GUEST_CS_BASE, sdm_is_real(r) ? 0x1000 : 0);
	sdm_put(r, GUEST_CS_AR_BYTES, sdm_is_long(r) ? 0xa09b : sdm_is_real(r) ? 0x9b : 0xc09b);
	sdm_put(r, GUEST_SS_SELECTOR, sdm_is_real(r) ? 0 : 0x10);
	sdm_put(r, GUEST_RIP, sdm_is_real(r) ? code - 0x1000 : code);
	sdm_put(r, GUEST_RSP, GUEST_STACK);
	sdm_put(r, GUEST_RFLAGS, 2);
	sdm_put(r, GUEST_IDTR_BASE, sdm_is_long(r) ? GUEST_IDT_LONG : sdm_is_real(r) ? 0 : GUEST_IDT_PM32);
	sdm_put(r, GUEST_IDTR_LIMIT, 256 * (sdm_is_long(r) ? 16 : sdm_is_real(r) ? 4 : 8) - 1);
	sdm_put(r, GUEST_CR0, sdm_is_real(r) ? 0x10028 : 0x80010029);
	sdm_put(r, GUEST_CR4, sdm_is_long(r) ? 0x2060 : 0x2040);
	sdm_put(r, GUEST_DR7, 0x400);
	sdm_put(r, PIN_BASED_VM_EXEC_CONTROL, 0x5f);
	sdm_put(r, CPU_BASED_VM_EXEC_CONTROL, 0x9401e1f2);
	sdm_put(r, VM_ENTRY_CONTROLS, sdm_is_long(r) ? 0x13fb : 0x11fb);
	sdm_put(r, VM_EXIT_CONTROLS, 0x36fff);
	sdm_put(r, EXCEPTION_BITMAP, UINT32_MAX);
	sdm_put(r, VMX_PREEMPTION_TIMER_VALUE, GUEST_TICKS >> r->sdm->rate);
}

static void put_override(struct sdm_run *r, uint32_t encoding, uint64_t value)
{
	switch (encoding) {
	case PIN_BASED_VM_EXEC_CONTROL:
		put_own(r, encoding, *sdm_run_field(r, encoding), 0x20, value);
		break;
	case CPU_BASED_VM_EXEC_CONTROL:
		put_own(r, encoding, *sdm_run_field(r, encoding), 0x4841108c, value);
		break;
	case VM_ENTRY_CONTROLS:
		put_own(r, encoding, *sdm_run_field(r, encoding), 0x51e004, value);
		break;
	case VM_EXIT_CONTROLS:
		put_own(r, encoding, *sdm_run_field(r, encoding), 0x40540004, value);
		break;
	case GUEST_CR4:
		put_own(r, encoding, *sdm_run_field(r, encoding), 0x1f00e0f, value);
		break;
	case EXCEPTION_BITMAP:
		put_own(r, encoding, 1 << 18, ~(1ull << 18), value);
		break;
	default:
		sdm_put(r, encoding, value);
	}
}

static struct sdm_run start(const struct sdm_enter *sdm, const struct group *group, size_t i)
{
	struct sdm_run r = { .sdm = sdm, .group = group, .cr2 = GUEST_CR2, .dr6 = 0xffff0ff0,
			 .rdx = GUEST_UNMAPPED, .ticks = BUSY_TICKS };

	put_baseline(&r);
	for (size_t k = 0; k < group->n_set; k++)
		put_override(&r, group->set[k].field, group->set[k].value);
	if (group->sweep_field)
		put_override(&r, group->sweep_field, group_value(group, i));
	r.rip = *sdm_run_field(&r, GUEST_RIP);
	r.rsp = *sdm_run_field(&r, GUEST_RSP);
	r.rflags = *sdm_run_field(&r, GUEST_RFLAGS);
	r.ssp = *sdm_run_field(&r, GUEST_SSP);
	memset(r.stack, 0xcc, sizeof(r.stack));
	return r;
}

bool sdm_has_code(unsigned int vector)
{
	return vector == 8 || (vector > 9 && vector < 15) || vector == 17;
}

/* "Checks on VMX Controls": of the event. */
static bool event_legal(const struct sdm_run *r, const struct sdm_event *e)
{
	switch (e->type) {
	case RESERVED:
		return false;
	case NMI:
		return e->vector == 2 && !e->has_code;
	case HW:
		if (e->vector > 31)
			return false;
		if (sdm_is_real(r))
			return !e->has_code;
		return r->sdm->any_code || e->has_code == sdm_has_code(e->vector);
	case OTHER:
		return r->sdm->mtf && !e->vector && !e->has_code;
	case EXT:
		return !e->has_code;
	default:
		return !e->has_code && e->length <= 15 && (e->length || r->sdm->length_zero);
	}
}

/* "Checks on Guest RIP, RFLAGS, and SSP", "Checks on Guest Non-Register State": with the event. */
static bool guest_legal(struct sdm_run *r, const struct sdm_event *e)
{
	uint64_t blocking = *sdm_run_field(r, GUEST_INTERRUPTIBILITY_INFO);

	if (e->type == EXT && !sdm_buggy(r, BUG_IF_IGNORED))
		return r->rflags & RFLAGS_IF && !(blocking & 3);
	return true;
}

/* The timer ends the guest, so many ticks after its entry. */
static void expire(struct sdm_run *r)
{
	uint64_t value = *sdm_run_field(r, VMX_PREEMPTION_TIMER_VALUE), ticks = value << r->sdm->rate;

	if (sdm_buggy(r, BUG_TIMER_FAST))
		ticks /= 2;
	if (sdm_buggy(r, BUG_TIMER_SLOW))
		ticks *= 32;
	/* The first period may be a part of one. */
	if (value)
		ticks -= (1ull << r->sdm->rate) - 1;
	r->ticks = ticks + (sdm_buggy(r, BUG_TIMER_FAST) ? 0 : BUSY_TICKS);
	sdm_leave(r, EXIT_TIMER, 0);
}

static void page_fault(struct sdm_run *r, uint64_t address, uint32_t code)
{
	const struct sdm_fault fault = { .raised = true, .vector = 14, .code = code,
				     .address = address };

	if (!sdm_is_real(r)) {
		sdm_exit_by(r, &fault, false);
		return;
	}
	sdm_put(r, GUEST_LINEAR_ADDRESS, address);
	sdm_leave(r, EXIT_EPT, 0x180 | (code & 2 ? 2 : code & 16 ? 4 : 1));
}

static bool loaded(struct sdm_run *r, unsigned int bit)
{
	return *sdm_run_field(r, VM_ENTRY_CONTROLS) >> bit & 1 && !sdm_buggy(r, BUG_LOADS_NOTHING);
}

/* RDMSR of one of those that entries load; what they do not is what the host has. */
static uint64_t read_msr(struct sdm_run *r)
{
	const bool lma = *sdm_run_field(r, VM_ENTRY_CONTROLS) >> 9 & 1;

	switch (r->group->rcx) {
	case 0x277:
		return loaded(r, 14) ? *sdm_run_field(r, GUEST_IA32_PAT) : 0x0407050600070106;
	case 0xc0000080:
		if (loaded(r, 15))
			return *sdm_run_field(r, GUEST_IA32_EFER);
		if (sdm_buggy(r, BUG_LOADS_NOTHING))
			return 0xd01;
		return 0x801 | (lma ? 0x500 : sdm_is_real(r) ? 0x100 : 0);
	case 0x38f:
		return loaded(r, 13) ? *sdm_run_field(r, GUEST_IA32_PERF_GLOBAL_CTRL) : 7;
	case 0xd90:
		return loaded(r, 16) ? *sdm_run_field(r, GUEST_BNDCFGS) : 0;
	case 0x6e1:
		return loaded(r, 22) ? *sdm_run_field(r, GUEST_IA32_PKRS) : 0;
	case 0x6a2:
		return loaded(r, 20) ? *sdm_run_field(r, GUEST_S_CET) : 0;
	case 0x6a8:
		return loaded(r, 20) ? *sdm_run_field(r, GUEST_INTR_SSP_TABLE) : 0;
	default:
		abort();	/* a claim about an MSR that this CPU does not know */
	}
}

static void move_to_cr3(struct sdm_run *r)
{
	const uint64_t cr3 = sdm_is_real(r) ? 0 : 0x7000;
	uint64_t n = *sdm_run_field(r, CR3_TARGET_COUNT) + sdm_buggy(r, BUG_CR3_COUNT);

	if ((n && !cr3) || n >= 4) {
		r->rip += 3;
		sdm_leave(r, EXIT_VMCALL, 0);
	} else {
		sdm_leave(r, EXIT_CR, 3);
	}
}

/* The guest's program, with nothing in its way. */
static void run_program(struct sdm_run *r)
{
	uint64_t proc = *sdm_run_field(r, CPU_BASED_VM_EXEC_CONTROL), value;

	switch (r->group->program) {
	case PROGRAM_VMCALL:
		sdm_leave(r, EXIT_VMCALL, 0);
		break;
	case PROGRAM_NOP:
		r->rip += proc >> 27 & 1 ? 1 : 2;
		sdm_leave(r, proc >> 27 & 1 && !sdm_buggy(r, BUG_MTF_LATE) ? EXIT_MTF : EXIT_VMCALL, 0);
		break;
	case PROGRAM_LOOP:
		expire(r);
		break;
	case PROGRAM_TOUCH:
		page_fault(r, GUEST_UNMAPPED, 0);
		break;
	case PROGRAM_JUMP:
		r->rip = GUEST_UNMAPPED;
		page_fault(r, GUEST_UNMAPPED, 16);
		break;
	case PROGRAM_WRITE:
		if (sdm_buggy(r, BUG_WRITES))
			sdm_leave(r, EXIT_VMCALL, 0);
		else
			page_fault(r, GUEST_HANDLERS, 3);
		break;
	case PROGRAM_HLT:
		if (proc >> 7 & 1) {
			sdm_leave(r, EXIT_HLT, 0);
			break;
		}
		r->rip++;
		sdm_put(r, GUEST_ACTIVITY_STATE, HALTED);
		expire(r);
		break;
	case PROGRAM_RDMSR:
		value = read_msr(r);
		r->rax = (uint32_t)value;
		r->rdx = value >> 32;
		r->rip += 2;
		sdm_leave(r, EXIT_VMCALL, 0);
		break;
	case PROGRAM_MOV_CR3:
		move_to_cr3(r);
		break;
	default:
		abort();
	}
}

/* At the boundary in front of the first instruction; SDM: the priorities of what is pending there. */
static bool stopped(struct sdm_run *r, bool mtf)
{
	uint64_t proc = *sdm_run_field(r, CPU_BASED_VM_EXEC_CONTROL);
	uint64_t pending = *sdm_run_field(r, GUEST_PENDING_DBG_EXCEPTIONS);
	bool timer = !*sdm_run_field(r, VMX_PREEMPTION_TIMER_VALUE);
	bool nmi_window = proc >> 22 & 1, window = proc >> 2 & 1 && r->rflags & RFLAGS_IF;

	if (mtf) {
		if (sdm_buggy(r, BUG_MTF_RUNS))
			r->rip++;
		sdm_leave(r, EXIT_MTF, 0);
		return true;
	}
	if (timer && (sdm_buggy(r, BUG_TIMER_FIRST) || !pending) &&
	    !((nmi_window || window) && sdm_buggy(r, BUG_WINDOW_FIRST))) {
		expire(r);
		return true;
	}
	if (pending) {
		sdm_leave(r, EXIT_EXCEPTION, pending);
		r->out.intr_info = 0x80000301;
		return true;
	}
	if (nmi_window || window) {
		sdm_leave(r, nmi_window ? EXIT_NMI_WINDOW : EXIT_INTR_WINDOW, 0);
		return true;
	}
	return false;
}

/* An event that is injected. */
static void inject(struct sdm_run *r, const struct sdm_event *e)
{
	uint64_t blocking = *sdm_run_field(r, GUEST_INTERRUPTIBILITY_INFO);
	bool mtf = *sdm_run_field(r, CPU_BASED_VM_EXEC_CONTROL) >> 27 & 1;

	if (sdm_buggy(r, BUG_BITMAP_FOR_EVENT) && e->type == HW) {
		sdm_leave(r, EXIT_EXCEPTION, 0);
		r->out.intr_info = 0x80000300 | e->vector;
		return;
	}
	if (sdm_buggy(r, BUG_TIMER_EARLY) && !*sdm_run_field(r, VMX_PREEMPTION_TIMER_VALUE)) {
		expire(r);
		return;
	}
	if (!sdm_buggy(r, BUG_BLOCKING_STAYS))
		blocking &= ~3ull;
	if (e->type == NMI && !sdm_buggy(r, BUG_NO_NMI_BLOCKING))
		blocking |= 8;
	sdm_put(r, GUEST_INTERRUPTIBILITY_INFO, blocking);
	if (!sdm_buggy(r, BUG_HLT_STAYS))
		sdm_put(r, GUEST_ACTIVITY_STATE, ACTIVE);
	if (!sdm_deliver(r, *e))
		return;
	if (e->vector == 1 && sdm_buggy(r, BUG_CLEARS_GD))
		*sdm_run_field(r, GUEST_DR7) &= ~0x2000ull;
	if (e->vector == 1 && sdm_buggy(r, BUG_SETS_DR6))
		r->dr6 |= 1;
	if (e->vector == 14 && sdm_buggy(r, BUG_SETS_CR2))
		r->cr2 = 0;
	if (sdm_buggy(r, BUG_VECTORING_STAYS)) {
		r->vectoring = true;
		r->first = *e;
	}
	if (!stopped(r, mtf && !sdm_buggy(r, BUG_MTF_LATE)))
		sdm_leave(r, EXIT_VMCALL, 0);
}

static void run_guest(struct sdm_run *r, const struct sdm_event *e, bool event)
{
	if (event && e->type != OTHER) {
		inject(r, e);
		return;
	}
	if (event && sdm_buggy(r, BUG_MTF_CLEARS))
		sdm_put(r, GUEST_INTERRUPTIBILITY_INFO, 0);
	if (stopped(r, event))
		return;
	if (*sdm_run_field(r, GUEST_ACTIVITY_STATE))
		expire(r);
	else
		run_program(r);
}

/* "Saving Guest State", "Recording VM-Exit Information", as far as it is not done. */
static void save(struct sdm_run *r, const struct sdm_event *e, bool event)
{
	bool soft = r->first.type == SWINT || r->first.type == PRIV || r->first.type == SWEXC;
	uint64_t exits = *sdm_run_field(r, VM_EXIT_CONTROLS);

	if (r->vectoring && !sdm_buggy(r, BUG_NO_VECTORING)) {
		r->out.idt_info = 1u << 31 | r->first.type << 8 | r->first.vector;
		if (r->first.has_code && !sdm_buggy(r, BUG_NO_VECTORING_CODE)) {
			r->out.idt_info |= 0x800;
			r->out.idt_error_code = r->first.code;
		}
	}
	sdm_put(r, VM_EXIT_INSTRUCTION_LEN, r->out.exit_reason == EXIT_VMCALL ? 3 : 0);
	if (r->vectoring && soft && !sdm_buggy(r, BUG_NO_VECTORING_LENGTH))
		sdm_put(r, VM_EXIT_INSTRUCTION_LEN, r->first.length);
	if (event && e->type != OTHER && sdm_buggy(r, BUG_VALID_STAYS))
		event = false;
	else
		*sdm_run_field(r, VM_ENTRY_INTR_INFO_FIELD) &= ~(1ull << 31);
	sdm_put(r, GUEST_RIP, r->rip);
	sdm_put(r, GUEST_RSP, r->rsp);
	sdm_put(r, GUEST_RFLAGS, r->rflags);
	sdm_put(r, GUEST_SSP, r->ssp);
	if (sdm_buggy(r, BUG_LOADS_NOTHING) && *sdm_run_field(r, VM_ENTRY_CONTROLS) >> 20 & 1)
		sdm_put(r, GUEST_SSP, 0);
	if (exits & 4 && !sdm_buggy(r, BUG_DR7_AS_IS))
		sdm_put(r, GUEST_DR7, (*sdm_run_field(r, GUEST_DR7) & ~0xd000ull) | 0x400);
	if (sdm_buggy(r, BUG_HLT_ACTIVE))
		sdm_put(r, GUEST_ACTIVITY_STATE, ACTIVE);
	if (sdm_buggy(r, BUG_LMA))
		*sdm_run_field(r, VM_ENTRY_CONTROLS) |= 0x200;
	if (exits >> 22 & 1 && !sdm_buggy(r, BUG_TIMER_NOT_SAVED))
		*sdm_run_field(r, VMX_PREEMPTION_TIMER_VALUE) -= r->out.exit_reason == EXIT_TIMER ?
			*sdm_run_field(r, VMX_PREEMPTION_TIMER_VALUE) : r->ticks >> r->sdm->rate;
	r->out.guest_rip = r->rip;
}

static void see(struct sdm_run *r, struct arrival *arrival)
{
	memset(arrival, 0, sizeof(*arrival));
	arrival->n_fields = r->group->n_read;
	for (size_t i = 0; i < r->group->n_read; i++)
		arrival->fields[i] = *sdm_run_field(r, r->group->read[i]);
	if (r->rsp >= STACK_PAGE && r->rsp < STACK_PAGE + sizeof(r->stack)) {
		arrival->n_stack = STACK_PAGE + sizeof(r->stack) - r->rsp;
		if (arrival->n_stack > ARRIVAL_MAX_STACK)
			arrival->n_stack = ARRIVAL_MAX_STACK;
		memcpy(arrival->stack, &r->stack[r->rsp - STACK_PAGE], arrival->n_stack);
	}
	arrival->rax = r->rax;
	arrival->rdx = r->rdx;
	arrival->cr2 = r->cr2;
	arrival->dr6 = r->dr6;
	arrival->ticks = r->group->time ? r->ticks : 0;
}

struct outcome sdm_enter_answer(const struct sdm_enter *sdm, const struct group *group, size_t i,
				struct arrival *arrival)
{
	struct sdm_run r = start(sdm, group, i);
	uint64_t info = *sdm_run_field(&r, VM_ENTRY_INTR_INFO_FIELD);
	const struct sdm_event e = {
		info & 0xff, info >> 8 & 7, info >> 11 & 1, *sdm_run_field(&r, VM_ENTRY_EXCEPTION_ERROR_CODE),
		*sdm_run_field(&r, VM_ENTRY_INSTRUCTION_LEN),
	};
	bool event = info >> 31;

	if (event && !event_legal(&r, &e))
		return (struct outcome){ .kind = OUTCOME_FAIL_VALID, .insn = INSN_VMLAUNCH,
					 .error = 7 };
	if (event && !guest_legal(&r, &e))
		return (struct outcome){ .kind = OUTCOME_ENTRY_FAILED, .exit_reason = 0x80000021 };
	run_guest(&r, &e, event);
	save(&r, &e, event);
	see(&r, arrival);
	return r.out;
}

static void add_msr(struct cpu *cpu, uint32_t index, uint64_t value)
{
	cpu->msrs[cpu->n_msrs++] = (struct msr){ index, MSR_READ, value };
}

struct cpu sdm_enter_cpu(const struct sdm_enter *sdm)
{
	const uint64_t loads = sdm->loads ? 0x53f7ffull : 0x00ffff;
	struct cpu cpu = { .readiness = READINESS_READY };
	size_t n = 0;

	cpu.msrs = calloc(24, sizeof(*cpu.msrs));
	cpu.leaves = calloc(8, sizeof(*cpu.leaves));
	if (!cpu.msrs || !cpu.leaves)
		abort();
	add_msr(&cpu, 0x480, 0x00da040000000004 | (uint64_t)sdm->any_code << 56);
	add_msr(&cpu, 0x481, 0x0000005f00000016 | (uint64_t)sdm->virtual_nmi << 37);
	add_msr(&cpu, 0x482, 0xf7f9fffe0401e172 | (uint64_t)sdm->mtf << 59);
	add_msr(&cpu, 0x483, 0xfffffffb00036dff);
	add_msr(&cpu, 0x484, (loads | 0xffff) << 32 | 0x11ff);
	add_msr(&cpu, 0x485, 0x00040020 | (uint64_t)sdm->activity << 6 | sdm->rate |
		(uint64_t)sdm->length_zero << 30);
	add_msr(&cpu, 0x486, 0x80000021);
	add_msr(&cpu, 0x487, 0xffffffff);
	add_msr(&cpu, 0x488, 0x2000);
	add_msr(&cpu, 0x489, sdm->loads ? 0x1ff2fff : 0x3727ff);
	add_msr(&cpu, 0x48b, sdm->unrestricted ? 0x000000a200000000 : 0x0000002200000000);
	/* Four levels, write-back, INVEPT of both types. */
	add_msr(&cpu, 0x48c, 0x6104140);
	add_msr(&cpu, 0x48d, 0x0000005f00000016 | (uint64_t)sdm->virtual_nmi << 37);
	add_msr(&cpu, 0x48e, 0xf7f9fffe04006172 | (uint64_t)sdm->mtf << 59);
	add_msr(&cpu, 0x48f, 0xfffffffb00036dfb);
	add_msr(&cpu, 0x490, (loads | 0xffff) << 32 | 0x11fb);
	cpu.leaves[n++] = (struct cpuid_leaf){ 0, 0, 0x14, 0, 0, 0 };
	cpu.leaves[n++] = (struct cpuid_leaf){ 1, 0, 0x806c1, 0,
					       0x20 | (uint32_t)sdm->hypervisor << 31, 0 };
	cpu.leaves[n++] = (struct cpuid_leaf){ 7, 0, 0, sdm->loads ? 1 << 14 : 0,
					       sdm->loads ? 1u << 31 | 1 << 7 : 0, 0 };
	cpu.leaves[n++] = (struct cpuid_leaf){ 10, 0, sdm->loads ? 0x08300805 : 0, 0, 0, 0 };
	cpu.n_leaves = n;
	return cpu;
}
