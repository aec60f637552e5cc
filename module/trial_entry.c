// SPDX-License-Identifier: GPL-2.0
/* Experiments with the order of a VM entry's checks, and with what an entry that fails leaves. */
#include <asm/msr-index.h>
#include <asm/segment.h>
#include <asm/vmx.h>
#include "compat.h"
#include "trial.h"

#define NMI		(INTR_INFO_VALID_MASK | 2 << 8 | 2)
#define SENTINEL	0x5a5a5a5a
#define STORED		0xc0000081
#define LISTED_ESP	0x1234

static void vmlaunch_no_current(struct vmxprobe_trial *trial)
{
	if (vmxprobe_clear(trial, PAGE_VMCS) && vmxprobe_enter(trial, 0))
		vmxprobe_enter(trial, GUARD_VMRESUME);
}

static void vmresume_clear(struct vmxprobe_trial *trial)
{
	if (vmxprobe_write_vmcs(trial, VMXPROBE_DEPTH_CONTROLS))
		vmxprobe_enter(trial, GUARD_VMRESUME);
}

static void shadow_launch(struct vmxprobe_trial *trial)
{
	if (vmxprobe_load_shadow(trial) && vmxprobe_enter(trial, 0) &&
	    vmxprobe_enter(trial, GUARD_VMRESUME))
		vmxprobe_enter(trial, GUARD_MOV_SS);
}

static void mov_ss(struct vmxprobe_trial *trial)
{
	if (vmxprobe_write_vmcs(trial, VMXPROBE_DEPTH_CONTROLS) &&
	    vmxprobe_enter(trial, GUARD_MOV_SS))
		vmxprobe_enter(trial, GUARD_MOV_SS | GUARD_VMRESUME);
}

static void entry_order(struct vmxprobe_trial *trial)
{
	if (!vmxprobe_clear(trial, PAGE_VMCS) || !vmxprobe_enter(trial, GUARD_MOV_SS) ||
	    !vmxprobe_load(trial, PAGE_VMCS) ||
	    !vmxprobe_write_vmcs(trial, VMXPROBE_DEPTH_CONTROLS) ||
	    !vmxprobe_enter(trial, GUARD_MOV_SS | GUARD_VMRESUME) ||
	    !vmxprobe_write(trial, PIN_BASED_VM_EXEC_CONTROL, 0))
		return;
	vmxprobe_enter(trial, GUARD_VMRESUME);
}

static void controls_and_host(struct vmxprobe_trial *trial)
{
	if (vmxprobe_write_vmcs(trial, VMXPROBE_DEPTH_CONTROLS) &&
	    vmxprobe_write(trial, PIN_BASED_VM_EXEC_CONTROL, 0) &&
	    vmxprobe_write(trial, HOST_CS_SELECTOR, 0))
		vmxprobe_enter(trial, 0);
}

static void launch_state(struct vmxprobe_trial *trial)
{
	u32 depth;

	for (depth = VMXPROBE_DEPTH_CONTROLS; depth <= VMXPROBE_DEPTH_STATE; depth++)
		if (!vmxprobe_write_vmcs(trial, depth) || !vmxprobe_enter(trial, 0) ||
		    !vmxprobe_enter(trial, GUARD_VMRESUME) || !vmxprobe_enter(trial, 0))
			return;
}

/* Have an entry fail as a set-up step. */
static bool must_fail(struct vmxprobe_trial *trial)
{
	struct vmxprobe_outcome out = vmxprobe_enter_raw(trial, 0);

	if (vmxprobe_had_exit(&out))
		vmxprobe_host_restore_all(&trial->win.host);
	if (out.kind == VMXPROBE_KIND_ENTRY_FAILED)
		return true;
	vmxprobe_see_outcome(trial, &out);
	trial->job->list[trial->job->n - 1].set_up = true;
	return false;
}

static void see_plain(struct vmxprobe_trial *trial, u64 value)
{
	vmxprobe_see_value(trial, 0, 0, VMX_OK, value);
}

static void failed_information(struct vmxprobe_trial *trial)
{
	static const u32 fields[] = {
		VM_EXIT_INTR_INFO, VM_EXIT_INTR_ERROR_CODE, IDT_VECTORING_INFO_FIELD,
		IDT_VECTORING_ERROR_CODE, VM_EXIT_INSTRUCTION_LEN, VMX_INSTRUCTION_INFO,
		GUEST_LINEAR_ADDRESS, 0x6402, 0x6404, 0x6406, 0x6408,	/* I/O RCX, RSI, RDI, RIP */
	};
	u32 i;

	if (!vmxprobe_write_vmcs(trial, VMXPROBE_DEPTH_CONTROLS))
		return;
	for (i = 0; i < ARRAY_SIZE(fields); i++)
		if (!vmxprobe_write(trial, fields[i], SENTINEL))
			return;
	if (!must_fail(trial))
		return;
	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		vmxprobe_arg(trial, fields[i]);
		vmxprobe_see_field(trial, fields[i]);
	}
}

static void failed_event(struct vmxprobe_trial *trial)
{
	if (vmxprobe_write_vmcs(trial, VMXPROBE_DEPTH_CONTROLS) &&
	    vmxprobe_write(trial, VM_ENTRY_INTR_INFO_FIELD, NMI) && vmxprobe_enter(trial, 0))
		vmxprobe_see_field(trial, VM_ENTRY_INTR_INFO_FIELD);
}

/* Bits 11:10 of an encoding: control, information, guest, host. */
static bool is_guest_state(u32 field)
{
	return (field >> 10 & 3) == 2;
}

static void failed_guest(struct vmxprobe_trial *trial)
{
	const struct vmxprobe_vmcs *vmcs = &trial->win.vmcs;
	u64 value, changed = 0;
	u32 i, field;

	trial->list[0].index = MSR_IA32_SYSENTER_CS;
	trial->list[0].value = STORED;
	if (!vmxprobe_write_vmcs(trial, VMXPROBE_DEPTH_CONTROLS) ||
	    !vmxprobe_write(trial, VM_EXIT_MSR_STORE_ADDR, __pa(trial->list)) ||
	    !vmxprobe_write(trial, VM_EXIT_MSR_STORE_COUNT, 1))
		return;
	/* As read back: not every bit that was written need be kept. */
	for (i = 0; i < vmcs->n_baseline; i++)
		vmx_read(vmcs->baseline[i].encoding, &trial->before[i]);
	if (!vmxprobe_enter(trial, 0))
		return;
	for (i = 0; i < vmcs->n_baseline && !changed; i++) {
		field = vmcs->baseline[i].encoding;
		vmx_read(field, &value);
		if (is_guest_state(field) && value != trial->before[i])
			changed = field;
	}
	see_plain(trial, changed);
	see_plain(trial, trial->list[0].value);
}

static void failed_host(struct vmxprobe_trial *trial)
{
	const struct vmxprobe_guard *guard = &trial->guard;
	struct vmxprobe_outcome out;
	u64 esp;

	trial->list[0].index = MSR_IA32_SYSENTER_ESP;
	trial->list[0].value = LISTED_ESP;
	if (!vmxprobe_write_vmcs(trial, VMXPROBE_DEPTH_CONTROLS) ||
	    !vmxprobe_write(trial, VM_EXIT_MSR_LOAD_ADDR, __pa(trial->list)) ||
	    !vmxprobe_write(trial, VM_EXIT_MSR_LOAD_COUNT, 1))
		return;
	out = vmxprobe_enter_raw(trial, 0);
	rdmsrq(MSR_IA32_SYSENTER_ESP, esp);
	vmxprobe_host_restore_all(&trial->win.host);
	vmxprobe_see_outcome(trial, &out);
	if (out.kind != VMXPROBE_KIND_ENTRY_FAILED)
		return;
	see_plain(trial, guard->exit_dr7);
	see_plain(trial, guard->exit_gdt.size);
	see_plain(trial, guard->exit_idt.size);
	see_plain(trial, guard->exit_ldtr);
	see_plain(trial, guard->exit_rflags);
	/* The host's own would be an address of the kernel's. */
	see_plain(trial, esp == LISTED_ESP ? esp : 0);
}

static void failed_controls(struct vmxprobe_trial *trial)
{
	const struct vmxprobe_host *host = &trial->win.host;
	struct vmxprobe_host *after = &trial->win.after;
	struct vmxprobe_observation *seen;
	u32 i, changed = 0;

	if (!vmxprobe_write_vmcs(trial, VMXPROBE_DEPTH_CONTROLS) ||
	    !vmxprobe_write(trial, PIN_BASED_VM_EXEC_CONTROL, 0) || !vmxprobe_enter(trial, 0))
		return;
	seen = &trial->job->list[trial->job->n - 1];
	seen->has_value = true;
	seen->value = trial->guard.flags & VMXPROBE_FLAGS;

	after->msrs = host->msrs;
	vmxprobe_host_read(after);
	/* The window's own, unless VMX operation is another's. */
	after->item[VMXPROBE_HOST_ITEM_CR4] &= host->item[VMXPROBE_HOST_ITEM_CR4] | ~X86_CR4_VMXE;
	for (i = 1; i < VMXPROBE_N_HOST_ITEMS && !changed; i++)
		if (after->item[i] != host->item[i])
			changed = i;
	see_plain(trial, changed);
}

const struct vmxprobe_trial_row vmxprobe_entry_trials[] = {
	{ VMXPROBE_EXPERIMENT_VMLAUNCH_NO_CURRENT, vmlaunch_no_current },
	{ VMXPROBE_EXPERIMENT_VMRESUME_CLEAR, vmresume_clear },
	{ VMXPROBE_EXPERIMENT_SHADOW_LAUNCH, shadow_launch },
	{ VMXPROBE_EXPERIMENT_MOV_SS, mov_ss },
	{ VMXPROBE_EXPERIMENT_ENTRY_ORDER, entry_order },
	{ VMXPROBE_EXPERIMENT_CONTROLS_AND_HOST, controls_and_host },
	{ VMXPROBE_EXPERIMENT_LAUNCH_STATE, launch_state },
	{ VMXPROBE_EXPERIMENT_FAILED_INFORMATION, failed_information },
	{ VMXPROBE_EXPERIMENT_FAILED_EVENT, failed_event },
	{ VMXPROBE_EXPERIMENT_FAILED_GUEST, failed_guest },
	{ VMXPROBE_EXPERIMENT_FAILED_HOST, failed_host },
	{ VMXPROBE_EXPERIMENT_FAILED_CONTROLS, failed_controls },
	{}
};
