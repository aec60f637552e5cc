// SPDX-License-Identifier: GPL-2.0
/* Experiments in which guests are entered. */
#include <asm/msr-index.h>
#include "exit.h"
#include "fields.h"
#include "trial.h"

#define SHADOW_RIP	0x1234

struct attempt {
	struct vmxprobe_guest_setup setup;
	struct vmxprobe_outcome out;
	struct vmxprobe_arrival arrival;
	struct vmxprobe_entry entry;
};

static bool prepare(struct vmxprobe_trial *trial, struct attempt *attempt, u32 program)
{
	attempt->setup = (struct vmxprobe_guest_setup) {
		.mode = VMXPROBE_GUEST_LONG,
		.program = program,
		.rcx = GUEST_RIP,
	};
	attempt->entry = (struct vmxprobe_entry) {
		.win = &trial->win,
		.guest = trial->guest,
		.setup = &attempt->setup,
		.out = &attempt->out,
		.arrival = &attempt->arrival,
	};
	return vmxprobe_enter_write(&attempt->entry);
}

/* Attempt it and record how it ended. */
static void see_guest(struct vmxprobe_trial *trial, struct attempt *attempt, bool resume)
{
	if (vmxprobe_enter_attempt(&attempt->entry, resume) != VMXPROBE_ENTERED)
		trial->interrupted = true;
	trial->job->entries++;
	vmxprobe_see_outcome(trial, &attempt->out);
}

static void launched(struct vmxprobe_trial *trial)
{
	struct attempt attempt;

	if (!prepare(trial, &attempt, VMXPROBE_GUEST_PROGRAM_VMCALL))
		return;
	see_guest(trial, &attempt, false);
	see_guest(trial, &attempt, false);
	see_guest(trial, &attempt, true);
	if (!vmxprobe_clear(trial, PAGE_VMCS) || !vmxprobe_load(trial, PAGE_VMCS))
		return;
	see_guest(trial, &attempt, true);
	see_guest(trial, &attempt, false);
}

static void ept_execute_only(struct vmxprobe_trial *trial)
{
	struct attempt attempt;

	if (!trial->guest->ept || !prepare(trial, &attempt, VMXPROBE_GUEST_PROGRAM_VMCALL))
		return;
	vmxprobe_guest_hide_code(trial->guest, true);
	see_guest(trial, &attempt, false);
	vmxprobe_guest_hide_code(trial->guest, false);
	vmxprobe_guest_flush(trial->guest);
}

static void put_vmread_bit(struct vmxprobe_trial *trial, u32 value)
{
	u8 *bitmap = trial->win.vmcs.page[PAGE_SCRATCH];

	bitmap[GUEST_RIP / 8] = value << (GUEST_RIP % 8);
}

static bool make_shadow(struct vmxprobe_trial *trial)
{
	return vmxprobe_load_shadow(trial) && vmxprobe_write(trial, GUEST_RIP, SHADOW_RIP) &&
	       vmxprobe_clear(trial, PAGE_SECOND);
}

static void shadow_vmread(struct vmxprobe_trial *trial)
{
	struct attempt attempt;
	u32 bit;

	if (!(vmxprobe_cap(&trial->win.cpu, MSR_IA32_VMX_PROCBASED_CTLS2) >> 32 & PROC2_SHADOWING))
		return;
	if (!make_shadow(trial))
		return;
	for (bit = 0; bit < 2; bit++) {
		vmxprobe_arg(trial, bit);
		put_vmread_bit(trial, bit);
		if (!prepare(trial, &attempt, VMXPROBE_GUEST_PROGRAM_VMREAD) ||
		    !vmxprobe_set_bits(trial, SECONDARY_VM_EXEC_CONTROL, PROC2_SHADOWING) ||
		    !vmxprobe_write(trial, VMCS_LINK_POINTER, vmxprobe_pa(trial, PAGE_SECOND)))
			break;
		see_guest(trial, &attempt, false);
		vmxprobe_see_value(trial, 0, 0, VMX_OK, attempt.arrival.rax);
	}
	put_vmread_bit(trial, 0);
}

const struct vmxprobe_trial_row vmxprobe_guest_trials[] = {
	{ VMXPROBE_EXPERIMENT_LAUNCHED, launched, .enters = true },
	{ VMXPROBE_EXPERIMENT_EPT_EXECUTE_ONLY, ept_execute_only, .enters = true },
	{ VMXPROBE_EXPERIMENT_SHADOW_VMREAD, shadow_vmread, .enters = true },
	{}
};
