// SPDX-License-Identifier: GPL-2.0
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/string.h>
#include <asm/msr-index.h>
#include <asm/msr.h>
#include <asm/special_insns.h>
#include <asm/sync_core.h>
#include <asm/trapnr.h>
#include <asm/tsc.h>
#include "compat.h"
#include "enter.h"
#include "exit.h"
#include "fields.h"
#include "policy.h"
#include "vmx_ops.h"

#define INFO_NMI		(INTR_INFO_VALID_MASK | INTR_TYPE_NMI_INTR)
#define INFO_MC			(INTR_INFO_VALID_MASK | INTR_TYPE_HARD_EXCEPTION | X86_TRAP_MC)
#define INFO_TYPE		(INTR_INFO_VALID_MASK | INTR_INFO_INTR_TYPE_MASK)
#define DR6_INITIAL		0xffff0ff0

static void write_dr6(u64 value)
{
	asm volatile("mov %0, %%db6" : : "r" (value));
}

static u64 read_dr6(void)
{
	u64 value;

	asm volatile("mov %%db6, %0" : "=r" (value));
	return value;
}

/*
 * PEBS writes records to linear addresses, which a guest has its own of. To clear IA32_PEBS_ENABLE
 * would not do: counters that overflow in a window, between guests, would count on from 0 without a
 * record or an interrupt; and the host may change it in an NMI.
 */
static bool has_pebs(void)
{
	u64 enabled;

	return !rdmsrq_safe(MSR_IA32_PEBS_ENABLE, &enabled) && enabled;
}

/* User-mode CET state, a task's: no entry or exit loads it, and a guest would use or change it. */
static const u32 quiet[] = {
	0x6a0,				/* IA32_U_CET, 0 while guests run */
	0x6a4, 0x6a5, 0x6a6, 0x6a7,	/* IA32_PL0_SSP to IA32_PL3_SSP */
};

static_assert(ARRAY_SIZE(quiet) == VMXPROBE_QUIET_MSRS);

static void quieten(struct vmxprobe_guest_memory *guest)
{
	u32 i;

	guest->quiet = 0;
	for (i = 0; i < ARRAY_SIZE(quiet); i++)
		if (!rdmsrq_safe(quiet[i], &guest->quiet_msr[i]))
			guest->quiet |= BIT(i);
	if (guest->quiet & BIT(0) && guest->quiet_msr[0])
		wrmsrq(quiet[0], 0);
}

static void unquieten(const struct vmxprobe_guest_memory *guest)
{
	u64 value;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(quiet); i++)
		if (guest->quiet & BIT(i) && !rdmsrq_safe(quiet[i], &value) &&
		    value != guest->quiet_msr[i])
			wrmsrq(quiet[i], guest->quiet_msr[i]);
}

/*
 * In TSC ticks: what a window takes in guests for, and twice as long as the VMX-preemption timer
 * lets one run. That timer runs at another rate on some CPUs, or not at all now and then (Intel's
 * specification updates of Nehalem to Ivy Bridge), and what a new CPU's does is not known.
 */
#define ALARM_TICKS	(BIT_ULL(16) + BIT_ULL(21))

/* That it comes is all that it is for. */
static enum hrtimer_restart alarm(struct hrtimer *timer)
{
	return HRTIMER_NORESTART;
}

static void set_alarm(struct vmxprobe_guest_memory *guest)
{
	/* 1 GHz, should the kernel not know. */
	const u64 ns = ALARM_TICKS * NSEC_PER_MSEC / (tsc_khz ?: 1000000);

	hrtimer_setup(&guest->alarm, alarm, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	hrtimer_start(&guest->alarm, ns_to_ktime(ns), HRTIMER_MODE_REL_PINNED_HARD);
}

/* What the CPU remembers may be of pages that were others' once, or will be. */
static bool flush(struct vmxprobe_window *win, struct vmxprobe_guest_memory *guest)
{
	struct vmxprobe_step step = { .insn = VMXPROBE_INSN_INVEPT };

	step.status = vmxprobe_guest_flush(guest);
	if (step.status == VMX_OK)
		return true;
	vmxprobe_window_end(win, &step);
	return false;
}

/* What an exit loads is what the host has in this window; perf changes its own all along. */
static void put_host_msrs(struct vmxprobe_vmcs *vmcs, const struct vmxprobe_host *host)
{
	const struct vmxprobe_host_msr *msr;
	u32 i;

	for (i = 0; i < vmxprobe_n_host_msrs; i++) {
		msr = &vmxprobe_host_msrs[i];
		if (host->msrs & BIT(i) && msr->host_field)
			vmxprobe_vmcs_put(vmcs, msr->host_field, host->item[msr->item]);
	}
}

bool vmxprobe_enter_begin(struct vmxprobe_window *win, struct vmxprobe_guest_memory *guest)
{
	if (has_pebs()) {
		vmxprobe_window_not_ready(win, VMXPROBE_READINESS_TRACING);
		return false;
	}
	if (!flush(win, guest))
		return false;
	set_alarm(guest);
	put_host_msrs(&win->vmcs, &win->host);
	quieten(guest);
	return true;
}

void vmxprobe_enter_end(struct vmxprobe_window *win, struct vmxprobe_guest_memory *guest)
{
	unquieten(guest);
	/* By SWAPGS, a guest of ours that went wrong could reach it. */
	wrmsrq(MSR_KERNEL_GS_BASE, win->host.item[VMXPROBE_HOST_ITEM_KERNEL_GS_BASE]);
	/* It runs on this CPU, so not now. */
	hrtimer_try_to_cancel(&guest->alarm);
	if (!flush(win, guest))
		win->stuck = true;
}

/* A fresh VMCS with the baseline, which has the guest's fields. */
static bool write_guest(const struct vmxprobe_entry *entry, struct vmxprobe_step *step)
{
	const struct vmxprobe_vmcs *vmcs = &entry->win->vmcs;

	/* An entry that succeeded has left the VMCS launched. */
	step->insn = VMXPROBE_INSN_VMCLEAR;
	step->status = vmx_clear(vmcs->pa[PAGE_VMCS]);
	if (step->status != VMX_OK)
		return false;
	step->insn = VMXPROBE_INSN_VMPTRLD;
	step->status = vmx_ptrld(vmcs->pa[PAGE_VMCS]);
	return step->status == VMX_OK && vmxprobe_vmcs_write_baseline(vmcs, step) &&
	       vmxprobe_vmcs_set(GUEST_RIP,
				 vmxprobe_guest_rip(entry->guest, entry->setup->program), step);
}

/* What an entry loads, the exit must take away again. */
static bool pair_controls(u32 entry, struct vmxprobe_step *step)
{
	u32 exit = vmxprobe_read_field(VM_EXIT_CONTROLS);
	u32 i;

	for (i = 0; i < vmxprobe_n_host_msrs; i++)
		if (entry & vmxprobe_host_msrs[i].entry_bit)
			exit |= vmxprobe_host_msrs[i].exit_bit;
	return vmxprobe_vmcs_set(VM_EXIT_CONTROLS, exit, step);
}

/* The caller's overrides, and whether the fields to read can be read. */
static bool write_overrides(const struct vmxprobe_entry *entry, struct vmxprobe_step *step)
{
	const struct vmxprobe_guest_setup *setup = entry->setup;
	const struct vmxprobe_window *win = entry->win;
	const struct vmxprobe_field *set;
	u64 own, value;
	u32 i;

	for (i = 0; i < entry->n_sets; i++) {
		set = &entry->sets[i];
		own = vmxprobe_vmcs_baseline(&win->vmcs, set->encoding) &
		      vmxprobe_policy_guest_kept(set->encoding, &win->cpu);
		if (!vmxprobe_vmcs_set(set->encoding, set->value | own, step))
			return false;
	}
	if (!pair_controls(vmxprobe_read_field(VM_ENTRY_CONTROLS), step))
		return false;
	for (i = 0; i < setup->n_read; i++) {
		step->insn = VMXPROBE_INSN_VMREAD;
		step->field = setup->read[i];
		step->status = vmx_read(step->field, &value);
		if (step->status != VMX_OK)
			return false;
	}
	return true;
}

/* By an exception or NMI, in these bits of its interruption information. */
static bool has_ended_by(const struct vmxprobe_outcome *out, u32 info, u32 bits)
{
	return vmxprobe_basic_reason(out) == EXIT_REASON_EXCEPTION_NMI &&
	       (out->intr_info & bits) == info;
}

static void see_arrival(const struct vmxprobe_entry *entry, const struct vmxprobe_guest_regs *regs)
{
	const struct vmxprobe_guest_setup *setup = entry->setup;
	struct vmxprobe_arrival *arrival = entry->arrival;
	u32 i;

	arrival->cr2 = native_read_cr2();
	arrival->dr6 = read_dr6();
	arrival->rax = regs->rax;
	arrival->rdx = regs->rdx;
	arrival->n_fields = setup->n_read;
	for (i = 0; i < setup->n_read; i++)
		arrival->fields[i] = vmxprobe_read_field(setup->read[i]);
	arrival->n_stack = vmxprobe_guest_read_stack(entry->guest, vmxprobe_read_field(GUEST_RSP),
						     arrival->stack);
}

bool vmxprobe_enter_write(const struct vmxprobe_entry *entry)
{
	struct vmxprobe_guest_memory *guest = entry->guest;
	struct vmxprobe_window *win = entry->win;
	struct vmxprobe_step step = {};

	memset(entry->out, 0, sizeof(*entry->out));
	if (guest->mode != entry->setup->mode)
		vmxprobe_guest_prepare(guest, entry->setup->mode, &win->vmcs, &win->host);
	if (!write_guest(entry, &step)) {
		vmxprobe_window_end(win, &step);
		return false;
	}
	if (!write_overrides(entry, &step)) {
		vmxprobe_outcome_insn(entry->out, step.insn, step.field, step.status);
		return false;
	}
	return true;
}

/* A guest was entered, and is back; or was not, but there was an exit. */
static enum vmxprobe_entered see_exit(const struct vmxprobe_entry *entry,
				      const struct vmxprobe_guest_regs *regs)
{
	struct vmxprobe_outcome *out = entry->out;
	enum vmxprobe_exit exit = vmxprobe_outcome_exit(out);

	if (exit == VMXPROBE_EXIT_MC)
		return VMXPROBE_ENTERED_NMI;
	if (exit == VMXPROBE_EXIT_FAILED)
		return VMXPROBE_ENTERED;
	/* A guest that had NMIs blocked, or got one injected, leaves them so. */
	iret_to_self();
	if (has_ended_by(out, INFO_MC, INFO_TYPE | INTR_INFO_VECTOR_MASK) &&
	    vmxprobe_hand_over_mc())
		return VMXPROBE_ENTERED_NMI;
	see_arrival(entry, regs);
	if (vmxprobe_basic_reason(out) == EXIT_REASON_EXTERNAL_INTERRUPT)
		return VMXPROBE_ENTERED_INTR;
	if (has_ended_by(out, INFO_NMI, INFO_TYPE))
		return VMXPROBE_ENTERED_NMI;
	return VMXPROBE_ENTERED;
}

enum vmxprobe_entered vmxprobe_enter_attempt(const struct vmxprobe_entry *entry, bool resume)
{
	/* MOV from [RDX] and to [RBX], which 16-bit code has as [BP+SI] and [BP+DI]. */
	struct vmxprobe_guest_regs regs = {
		.rax = entry->setup->program == VMXPROBE_GUEST_PROGRAM_MOV_CR3 ?
		       entry->guest->cr3 : 0,
		.rbx = VMXPROBE_GUEST_HANDLERS,
		.rcx = entry->setup->rcx,
		.rdx = VMXPROBE_GUEST_UNMAPPED,
		.rbp = VMXPROBE_GUEST_UNMAPPED,
		.rdi = 0x10000 + VMXPROBE_GUEST_HANDLERS - VMXPROBE_GUEST_UNMAPPED,
	};
	struct vmxprobe_outcome *out = entry->out;
	unsigned int status;
	u64 start;

	memset(out, 0, sizeof(*out));
	memset(entry->arrival, 0, sizeof(*entry->arrival));
	vmxprobe_guest_reset_stack(entry->guest);
	if (vmxprobe_read_field(VM_ENTRY_CONTROLS) & ENTRY_LOAD_CET)
		vmxprobe_guest_reset_shadow_stack(entry->guest);
	native_write_cr2(VMXPROBE_GUEST_CR2);
	write_dr6(DR6_INITIAL);

	start = rdtsc_ordered();
	status = vmxprobe_enter_guest(&regs, resume);
	if (status != VMX_OK) {
		vmxprobe_outcome_insn(out, resume ? VMXPROBE_INSN_VMRESUME :
						    VMXPROBE_INSN_VMLAUNCH, 0, status);
		return VMXPROBE_ENTERED;
	}
	if (entry->setup->time)
		entry->arrival->ticks = regs.tsc - start;
	return see_exit(entry, &regs);
}

/* Not in a window, as it takes longer. */
void vmxprobe_enter_check(const struct vmxprobe_guest_memory *guest,
			  struct vmxprobe_window_report *report)
{
	struct vmxprobe_host_change *change =
		&report->changes[VMXPROBE_HOST_ITEM_GUEST_SURROUNDINGS];
	u64 after = vmxprobe_guest_sum(guest);

	if (after == guest->before)
		return;
	change->changed = true;
	change->before = guest->before;
	change->after = after;
}
