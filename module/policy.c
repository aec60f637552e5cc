// SPDX-License-Identifier: GPL-2.0
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <asm/msr-index.h>
#include <asm/processor-flags.h>
#include <asm/trapnr.h>
#include "compat.h"
#include "fields.h"
#include "host.h"
#include "policy.h"

/*
 * Loading goes on beside the guest-state checks (SDM: "Checking and Loading Guest State"), so
 * even an entry that fails may leave the guest's value in an MSR; and a failed entry loads host
 * state as an exit does. vmxprobe_host_restore() puts back what these bits touch.
 */
#define ENTRY_MSR_BITS	(ENTRY_LOAD_PERF_GLOBAL | ENTRY_LOAD_PAT | ENTRY_LOAD_EFER |	\
			 ENTRY_LOAD_BNDCFGS | ENTRY_LOAD_RTIT | ENTRY_LOAD_UINV |	\
			 ENTRY_LOAD_CET | ENTRY_LOAD_LBR | ENTRY_LOAD_PKRS)
#define EXIT_MSR_BITS	(EXIT_LOAD_PERF_GLOBAL | EXIT_LOAD_PAT | EXIT_LOAD_EFER |	\
			 EXIT_CLEAR_BNDCFGS | EXIT_CLEAR_RTIT | EXIT_CLEAR_LBR |	\
			 EXIT_CLEAR_UINV | EXIT_LOAD_CET | EXIT_LOAD_PKRS)
/* Bits with no effect on an entry that fails: debug controls, IA-32e mode, SMM, conceal, ... */
#define ENTRY_PLAIN_BITS (GENMASK(12, 0) | BIT(17))
/* ... saving guest state, acknowledging, saving the timer, secondary controls. */
#define EXIT_PLAIN_BITS	(GENMASK(11, 0) | GENMASK(18, 13) | BIT(20) | BIT(22) | BIT(24) |	\
			 GENMASK(31, 30))

/* A bit without a way back is let through only where the CPU says that it does not exist. */
static bool controls_ok(u32 value, u32 known, u64 cap)
{
	return !(value & ~known & upper_32_bits(cap));
}

bool vmxprobe_policy_is_address(u32 field)
{
	switch (field) {
	case IO_BITMAP_A:
	case IO_BITMAP_B:
	case MSR_BITMAP:
	case FIELD_PML_ADDRESS:
	case VIRTUAL_APIC_PAGE_ADDR:
	case APIC_ACCESS_ADDR:
	case POSTED_INTR_DESC_ADDR:
	case EPT_POINTER:
	case GUEST_CR3:
	case FIELD_EPTP_LIST:
	case VMREAD_BITMAP:
	case VMWRITE_BITMAP:
	case FIELD_VE_INFO:
	case FIELD_SPPT:
	case FIELD_PASID_LOW:
	case FIELD_PASID_HIGH:
	case FIELD_HLAT:
	case FIELD_PID_TABLE:
		return true;
	default:
		return false;
	}
}

/*
 * A value that an entry loads stays until vmxprobe_host_restore(), beyond an exit that does not
 * load the host's. Until then the kernel must be able to run: on its pages (EFER.NXE, and the
 * memory types it uses), with its own of shadow stacks and indirect-branch tracking, without a
 * trace that is written to memory.
 */
u64 vmxprobe_policy_bits(u32 field, const struct vmxprobe_cpu *cpu)
{
	switch (field) {
	case GUEST_IA32_EFER:
		return ~(EFER_SCE | EFER_NX);
	case GUEST_IA32_PAT:
	case FIELD_GUEST_PKRS:
		return GENMASK_ULL(63, 32);
	case GUEST_IA32_DEBUGCTL:
		return ~(DEBUGCTLMSR_TR | DEBUGCTLMSR_BTS | DEBUGCTLMSR_BTINT);
	case GUEST_IA32_RTIT_CTL:
		return ~(u64)RTIT_CTL_TRACEEN;
	case FIELD_GUEST_S_CET:
		return ~(CET_SHSTK_EN | CET_WRSS_EN | CET_ENDBR_EN | CET_LEG_IW_EN);
	default:
		return vmxprobe_policy_is_address(field) ?
			~GENMASK_ULL(vmxprobe_cpu_width(cpu) - 1, 12) : ~0ULL;
	}
}

/* Encodings have the width in bits 14:13 (16, 64, 32 bits, natural) and the type in bits 11:10. */
#define FIELD_BITS		(GENMASK(14, 13) | GENMASK(11, 1))
#define FIELD_WIDE		BIT(13)
#define FIELD_TYPE		GENMASK(11, 10)
#define FIELD_TYPE_CONTROL	0
#define FIELD_TYPE_HOST		GENMASK(11, 10)

bool vmxprobe_policy_may_read(u32 field)
{
	if (field & ~FIELD_BITS)
		return false;
	switch (field & FIELD_TYPE) {
	case FIELD_TYPE_HOST:
		return false;
	case FIELD_TYPE_CONTROL:
		/* Where addresses are. */
		return !(field & FIELD_WIDE);
	default:
		return field != GUEST_CR3;
	}
}

bool vmxprobe_policy_writes_msr(u32 field, u64 value)
{
	return (field == VM_ENTRY_CONTROLS && value & ~ENTRY_PLAIN_BITS) ||
	       (field == VM_EXIT_CONTROLS && value & ~EXIT_PLAIN_BITS);
}

static bool is_open(u32 field)
{
	switch (field) {
	case VIRTUAL_PROCESSOR_ID:
	case FIELD_POSTED_INTR_NV:
	case FIELD_LAST_PID_INDEX:
	case FIELD_GUEST_UINV:
	case GUEST_ES_SELECTOR ... GUEST_TR_SELECTOR:
	case TSC_OFFSET:
	case VM_FUNCTION_CONTROL:
	case EOI_EXIT_BITMAP0 ... EOI_EXIT_BITMAP3:
	case GUEST_IA32_DEBUGCTL ... FIELD_GUEST_PKRS:
	case XSS_EXIT_BITMAP:
	case ENCLS_EXITING_BITMAP:
	case TSC_MULTIPLIER:
	case FIELD_TERTIARY_CONTROLS:
	case PIN_BASED_VM_EXEC_CONTROL:
	case CPU_BASED_VM_EXEC_CONTROL:
	case EXCEPTION_BITMAP:
	case PAGE_FAULT_ERROR_CODE_MASK:
	case PAGE_FAULT_ERROR_CODE_MATCH:
	case CR3_TARGET_COUNT:
	case VM_ENTRY_INTR_INFO_FIELD:
	case VM_ENTRY_EXCEPTION_ERROR_CODE:
	case VM_ENTRY_INSTRUCTION_LEN:
	case TPR_THRESHOLD:
	case SECONDARY_VM_EXEC_CONTROL:
	case PLE_GAP:
	case PLE_WINDOW:
	case GUEST_ES_LIMIT ... GUEST_TR_AR_BYTES:
	case GUEST_INTERRUPTIBILITY_INFO:
	case GUEST_ACTIVITY_STATE:
	case GUEST_SYSENTER_CS:
	case CR0_GUEST_HOST_MASK ... CR4_READ_SHADOW:
	case GUEST_CR0:
	case GUEST_CR4 ... GUEST_RIP:
	case GUEST_PENDING_DBG_EXCEPTIONS ... FIELD_GUEST_SSP_TABLE:
		/* An odd encoding is the high half of a 64-bit field. */
		return !(field & 1);
	default:
		return false;
	}
}

/*
 * Of entries that succeed, the controls that keep a guest in its place and end it are the
 * module's, and so are paging and what would reach beyond the exit. What an entry loads, its exit
 * loads or clears.
 */
static u64 entry_load_bits(const struct vmxprobe_cpu *cpu)
{
	const u32 bits = ENTRY_LOAD_PERF_GLOBAL | ENTRY_LOAD_PAT | ENTRY_LOAD_EFER |
			 ENTRY_LOAD_BNDCFGS | ENTRY_LOAD_CET | ENTRY_LOAD_PKRS;
	u32 exit = vmxprobe_control_cap(cpu, MSR_IA32_VMX_EXIT_CTLS) >> 32;
	u32 allowed = 0, i;

	for (i = 0; i < vmxprobe_n_host_msrs; i++)
		if (exit & vmxprobe_host_msrs[i].exit_bit)
			allowed |= vmxprobe_host_msrs[i].entry_bit;
	return allowed & bits;
}

u64 vmxprobe_policy_guest_bits(u32 field, const struct vmxprobe_cpu *cpu)
{
	u32 rate = vmxprobe_cap(cpu, MSR_IA32_VMX_MISC) & 0x1f;

	switch (field) {
	case PIN_BASED_VM_EXEC_CONTROL:
		return PIN_VIRTUAL_NMI;
	case CPU_BASED_VM_EXEC_CONTROL:
		return PROC_INTR_WINDOW | PROC_TSC_OFFSET | PROC_HLT | PROC_RDTSC |
		       PROC_CR3_STORE | PROC_NMI_WINDOW | PROC_MTF | PROC_PAUSE;
	case VM_EXIT_CONTROLS:
		return EXIT_SAVE_DEBUG | EXIT_SAVE_PAT | EXIT_SAVE_EFER | EXIT_SAVE_TIMER |
		       EXIT_SAVE_PERF_GLOBAL;
	case VM_ENTRY_CONTROLS:
		return ENTRY_LOAD_DEBUG | entry_load_bits(cpu);
	case GUEST_CR0:
		return X86_CR0_MP | X86_CR0_EM | X86_CR0_WP | X86_CR0_AM;
	case GUEST_CR4:
		return X86_CR4_VME | X86_CR4_PVI | X86_CR4_TSD | X86_CR4_DE | X86_CR4_OSFXSR |
		       X86_CR4_OSXMMEXCPT | X86_CR4_UMIP | X86_CR4_SMEP | X86_CR4_SMAP |
		       CR4_CET | CR4_PKS;
	case EXCEPTION_BITMAP:
		return ~0ULL;
	case VMX_PREEMPTION_TIMER_VALUE:
		return rate < ilog2(VMXPROBE_GUEST_TICKS) ?
			VMXPROBE_GUEST_TICKS / BIT(rate) - 1 : 0;
	case GUEST_INTERRUPTIBILITY_INFO:
		return GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS | GUEST_INTR_STATE_NMI;
	case GUEST_ACTIVITY_STATE:
		return ACTIVITY_HLT;
	case GUEST_IA32_DEBUGCTL:
		return vmxprobe_policy_bits(field, cpu);
	case VM_ENTRY_INTR_INFO_FIELD:
	case VM_ENTRY_EXCEPTION_ERROR_CODE:
	case VM_ENTRY_INSTRUCTION_LEN:
	case PAGE_FAULT_ERROR_CODE_MASK:
	case PAGE_FAULT_ERROR_CODE_MATCH:
	case CR3_TARGET_COUNT:
	case TSC_OFFSET:
	case GUEST_IA32_PAT:
	case GUEST_IA32_EFER:
	case GUEST_IA32_PERF_GLOBAL_CTRL:
	case GUEST_BNDCFGS:
	case FIELD_GUEST_PKRS:
	case GUEST_ES_SELECTOR ... GUEST_TR_SELECTOR:
	case GUEST_ES_LIMIT ... GUEST_TR_AR_BYTES:
	case GUEST_SYSENTER_CS:
	case GUEST_ES_BASE ... GUEST_RFLAGS:
	case GUEST_PENDING_DBG_EXCEPTIONS ... FIELD_GUEST_SSP_TABLE:
		/* An odd encoding is the high half of a 64-bit field. */
		return field & 1 ? 0 : ~0ULL;
	default:
		return 0;
	}
}

u64 vmxprobe_policy_guest_kept(u32 field, const struct vmxprobe_cpu *cpu)
{
	u64 kept = ~vmxprobe_policy_guest_bits(field, cpu);

	switch (field) {
	case VM_ENTRY_CONTROLS:
		/* Else the guest runs with the host's breakpoints, branch records and counters. */
		return kept | ENTRY_LOAD_DEBUG | ENTRY_LOAD_PERF_GLOBAL;
	case EXCEPTION_BITMAP:
		/*
		 * A #DB or #AC that raises the next while it is delivered would keep the CPU for
		 * good; no interrupt comes in between. A machine check is the host's.
		 */
		return kept | BIT(X86_TRAP_DB) | BIT(X86_TRAP_AC) | BIT(X86_TRAP_MC);
	default:
		return kept;
	}
}

static enum vmxprobe_permit guest_policy(u32 field, u64 value, const struct vmxprobe_cpu *cpu)
{
	u64 bits = vmxprobe_policy_guest_bits(field, cpu);

	if (!bits)
		return VMXPROBE_FORBIDDEN;
	/*
	 * Only a SIPI ends the one, which nobody sends. The other begins with a bus cycle that has
	 * chipsets reset the machine (SDM: "Activity State" of VM entries).
	 */
	if (field == GUEST_ACTIVITY_STATE &&
	    (value == ACTIVITY_WAIT_SIPI || value == ACTIVITY_SHUTDOWN))
		return VMXPROBE_ENDLESS;
	return value & ~bits ? VMXPROBE_MODULES_BITS : VMXPROBE_PERMITTED;
}

enum vmxprobe_permit vmxprobe_policy(u32 field, u64 value, u32 depth,
				     const struct vmxprobe_cpu *cpu)
{
	const bool state = depth == VMXPROBE_DEPTH_STATE;

	if (depth == VMXPROBE_DEPTH_ENTER)
		return guest_policy(field, value, cpu);
	switch (field) {
	case GUEST_RFLAGS:
		return state ? VMXPROBE_PERMITTED : VMXPROBE_PLANTED;
	case VMCS_LINK_POINTER:
		return state ? VMXPROBE_FORBIDDEN : VMXPROBE_PLANTED;
	case VM_ENTRY_MSR_LOAD_COUNT:
	case VM_ENTRY_MSR_LOAD_ADDR:
		return state ? VMXPROBE_PLANTED : VMXPROBE_FORBIDDEN;
	case VM_ENTRY_CONTROLS:
		return controls_ok(value, ENTRY_PLAIN_BITS | ENTRY_MSR_BITS,
				   vmxprobe_cap(cpu, MSR_IA32_VMX_ENTRY_CTLS)) ?
			VMXPROBE_PERMITTED : VMXPROBE_BAD_CONTROL;
	case VM_EXIT_CONTROLS:
		/* An exit to a 32-bit host is the one thing that must not be risked. */
		return value & EXIT_HOST_64 &&
		       controls_ok(value, EXIT_PLAIN_BITS | EXIT_MSR_BITS,
				   vmxprobe_cap(cpu, MSR_IA32_VMX_EXIT_CTLS)) ?
			VMXPROBE_PERMITTED : VMXPROBE_BAD_CONTROL;
	}

	if (!vmxprobe_policy_is_address(field) && !is_open(field))
		return VMXPROBE_FORBIDDEN;
	if (!(value & ~vmxprobe_policy_bits(field, cpu)))
		return VMXPROBE_PERMITTED;
	return vmxprobe_policy_is_address(field) ? VMXPROBE_BAD_ADDRESS : VMXPROBE_BAD_BITS;
}
