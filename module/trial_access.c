// SPDX-License-Identifier: GPL-2.0
/* Experiments with VMREAD and VMWRITE, and with the flags that VMX instructions leave. */
#include <linux/kernel.h>
#include <asm/processor-flags.h>
#include <asm/vmx.h>
#include "trial.h"

/* Field encodings: "Structure of VMCS Component Encoding". */
#define ENCODING(width, type, index)	((width) << 13 | (type) << 10 | (index) << 1)
#define LAST_INDEX			511
#define READ_ONLY			1	/* type */

/* No CPU has it. */
#define UNSUPPORTED			ENCODING(0, READ_ONLY, LAST_INDEX)

static void see_write(struct vmxprobe_trial *trial, u64 field, u64 value)
{
	vmxprobe_see(trial, VMXPROBE_INSN_VMWRITE, field, vmx_write(field, value));
}

static void vmread_unsupported(struct vmxprobe_trial *trial)
{
	u32 i;

	for (i = 0; i < 16; i++) {
		vmxprobe_arg(trial, ENCODING(i / 4, i % 4, LAST_INDEX));
		vmxprobe_see_field(trial, trial->arg);
	}
}

static void turn_field_bits(struct vmxprobe_trial *trial, u32 from, u32 to)
{
	u32 bit;

	for (bit = from; bit < to; bit++) {
		vmxprobe_arg(trial, bit);
		vmxprobe_see_field(trial, GUEST_RIP | BIT_ULL(bit));
	}
}

static void vmread_reserved(struct vmxprobe_trial *trial)
{
	turn_field_bits(trial, 12, 13);
	turn_field_bits(trial, 15, 32);
}

static void vmread_high_bits(struct vmxprobe_trial *trial)
{
	turn_field_bits(trial, 32, 64);
}

static void vmread_high_of_short(struct vmxprobe_trial *trial)
{
	static const u32 fields[] = {
		GUEST_ES_SELECTOR, GUEST_TR_SELECTOR, HOST_ES_SELECTOR, HOST_TR_SELECTOR,
		PIN_BASED_VM_EXEC_CONTROL, VM_ENTRY_CONTROLS, VM_EXIT_REASON, GUEST_ES_LIMIT,
		GUEST_ACTIVITY_STATE, HOST_IA32_SYSENTER_CS, CR0_GUEST_HOST_MASK,
		EXIT_QUALIFICATION, GUEST_CR0, GUEST_RFLAGS, HOST_CR0,
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		vmxprobe_arg(trial, fields[i] | 1);
		vmxprobe_see_field(trial, trial->arg);
	}
}

static void vmread_high_half(struct vmxprobe_trial *trial)
{
	see_write(trial, TSC_OFFSET, 0x1122334455667788);
	vmxprobe_see_field(trial, TSC_OFFSET_HIGH);
	see_write(trial, TSC_OFFSET_HIGH, 0xa5a5a5a5);
	vmxprobe_see_field(trial, TSC_OFFSET);
}

static const u32 short_fields[] = {
	GUEST_ES_SELECTOR, GUEST_TR_SELECTOR, EXCEPTION_BITMAP, GUEST_CS_LIMIT, GUEST_SYSENTER_CS,
};

static void vmread_zero_extended(struct vmxprobe_trial *trial)
{
	unsigned int status;
	u64 value;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(short_fields); i++) {
		vmxprobe_arg(trial, short_fields[i]);
		see_write(trial, trial->arg, ~0ULL);
		/* vmx_read() starts from 0, which would hide what is seen here. */
		value = ~0ULL;
		asm volatile(VMX_ASM("vmread %[field], %[value]")
			     : "=&a" (status), [value] "+r" (value)
			     : [field] "r" (trial->arg) : "cc", "memory");
		vmxprobe_see_value(trial, VMXPROBE_INSN_VMREAD, trial->arg, status, value);
	}
}

static void vmread_shadow(struct vmxprobe_trial *trial)
{
	if (!vmxprobe_load_shadow(trial))
		return;
	see_write(trial, GUEST_RIP, 0x1234);
	vmxprobe_see_field(trial, GUEST_RIP);
}

static void vmwrite_unsupported(struct vmxprobe_trial *trial)
{
	u32 i;

	for (i = 0; i < 16; i++) {
		vmxprobe_arg(trial, ENCODING(i / 4, i % 4, LAST_INDEX));
		see_write(trial, trial->arg, 0);
	}
}

static void vmwrite_read_only(struct vmxprobe_trial *trial)
{
	static const u32 fields[] = {
		VM_INSTRUCTION_ERROR, VM_EXIT_REASON, VM_EXIT_INTR_INFO, IDT_VECTORING_INFO_FIELD,
		VM_EXIT_INSTRUCTION_LEN, EXIT_QUALIFICATION, GUEST_LINEAR_ADDRESS,
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		vmxprobe_arg(trial, fields[i]);
		see_write(trial, trial->arg, 0);
	}
}

static void vmwrite_truncated(struct vmxprobe_trial *trial)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(short_fields); i++) {
		vmxprobe_arg(trial, short_fields[i]);
		see_write(trial, trial->arg, 0x123456789abcdef0);
		vmxprobe_see_field(trial, trial->arg);
	}
}

static void vmwrite_any_value(struct vmxprobe_trial *trial)
{
	static const u32 fields[] = {
		PIN_BASED_VM_EXEC_CONTROL, CPU_BASED_VM_EXEC_CONTROL, VM_ENTRY_CONTROLS,
		VM_EXIT_CONTROLS, VM_ENTRY_INTR_INFO_FIELD, CR3_TARGET_COUNT, GUEST_CR0, GUEST_CR4,
		GUEST_RFLAGS, GUEST_RIP, GUEST_ACTIVITY_STATE, GUEST_INTERRUPTIBILITY_INFO,
		VMCS_LINK_POINTER, HOST_CR0, HOST_CR4, HOST_CS_SELECTOR, HOST_RIP,
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		vmxprobe_arg(trial, fields[i]);
		see_write(trial, trial->arg, ~0ULL);
	}
}

/*
 * An instruction with all arithmetic flags set before it, the flags after it in "flags", and in
 * "vector" that of its fault or 0.
 */
#define FLAGS_ASM(insn)						\
	"	pushfq\n"					\
	"	orq	%[set], (%%rsp)\n"			\
	"	popfq\n"					\
	"	movl	$0, %%eax\n"				\
	"1:	" insn "\n"					\
	"2:	pushfq\n"					\
	"	popq	%[flags]\n"				\
	_ASM_EXTABLE_FAULT(1b, 2b)

static void see_flags(struct vmxprobe_trial *trial, u32 insn, u32 field, u32 vector, u64 flags)
{
	unsigned int status = VMX_OK;

	if (vector)
		status = VMX_FAULT | vector;
	else if (flags & X86_EFLAGS_CF)
		status = VMX_FAIL_INVALID;
	else if (flags & X86_EFLAGS_ZF)
		status = VMX_FAIL_VALID;
	vmxprobe_see_value(trial, insn, field, status, flags & VMXPROBE_FLAGS);
}

static void flags_succeed(struct vmxprobe_trial *trial)
{
	u64 flags, current_pa;
	u32 vector;

	asm volatile(FLAGS_ASM("vmptrst (%[pa])")
		     : "=&a" (vector), [flags] "=&r" (flags)
		     : [pa] "r" (&current_pa), [set] "i" (VMXPROBE_FLAGS) : "cc", "memory");
	see_flags(trial, VMXPROBE_INSN_VMPTRST, 0, vector, flags);
}

static void read_with_flags(struct vmxprobe_trial *trial, u64 field, void *to)
{
	u64 flags;
	u32 vector;

	asm volatile(FLAGS_ASM("vmread %[field], (%[to])")
		     : "=&a" (vector), [flags] "=&r" (flags)
		     : [field] "r" (field), [to] "r" (to), [set] "i" (VMXPROBE_FLAGS)
		     : "cc", "memory");
	see_flags(trial, VMXPROBE_INSN_VMREAD, field, vector, flags);
}

static void flags_fail_invalid(struct vmxprobe_trial *trial)
{
	u64 value;

	if (vmxprobe_clear(trial, PAGE_VMCS))
		read_with_flags(trial, GUEST_RIP, &value);
}

static void flags_fail_valid(struct vmxprobe_trial *trial)
{
	u64 value;

	read_with_flags(trial, UNSUPPORTED, &value);
}

static void vmread_fault(struct vmxprobe_trial *trial)
{
	read_with_flags(trial, GUEST_RIP, VMXPROBE_UNMAPPED);
}

static void error_sticky(struct vmxprobe_trial *trial)
{
	vmxprobe_see_field(trial, UNSUPPORTED);
	see_write(trial, GUEST_RIP, 0);
	vmxprobe_see(trial, VMXPROBE_INSN_VMPTRLD, 0, vmx_ptrld(vmxprobe_pa(trial, PAGE_VMCS)));
	vmxprobe_see_field(trial, VM_INSTRUCTION_ERROR);
}

const struct vmxprobe_trial_row vmxprobe_access_trials[] = {
	{ VMXPROBE_EXPERIMENT_VMREAD_UNSUPPORTED, vmread_unsupported },
	{ VMXPROBE_EXPERIMENT_VMREAD_RESERVED, vmread_reserved },
	{ VMXPROBE_EXPERIMENT_VMREAD_HIGH_BITS, vmread_high_bits },
	{ VMXPROBE_EXPERIMENT_VMREAD_HIGH_OF_SHORT, vmread_high_of_short },
	{ VMXPROBE_EXPERIMENT_VMREAD_HIGH_HALF, vmread_high_half },
	{ VMXPROBE_EXPERIMENT_VMREAD_ZERO_EXTENDED, vmread_zero_extended },
	{ VMXPROBE_EXPERIMENT_VMREAD_SHADOW, vmread_shadow },
	{ VMXPROBE_EXPERIMENT_VMREAD_FAULT, vmread_fault },
	{ VMXPROBE_EXPERIMENT_VMWRITE_UNSUPPORTED, vmwrite_unsupported },
	{ VMXPROBE_EXPERIMENT_VMWRITE_READ_ONLY, vmwrite_read_only },
	{ VMXPROBE_EXPERIMENT_VMWRITE_TRUNCATED, vmwrite_truncated },
	{ VMXPROBE_EXPERIMENT_VMWRITE_ANY_VALUE, vmwrite_any_value },
	{ VMXPROBE_EXPERIMENT_FLAGS_SUCCEED, flags_succeed },
	{ VMXPROBE_EXPERIMENT_FLAGS_FAIL_INVALID, flags_fail_invalid },
	{ VMXPROBE_EXPERIMENT_FLAGS_FAIL_VALID, flags_fail_valid },
	{ VMXPROBE_EXPERIMENT_ERROR_STICKY, error_sticky },
	{}
};
