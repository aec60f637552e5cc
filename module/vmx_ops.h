/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One wrapper for each VMX instruction. Each has three ways out, and none hides another:
 * it worked, it failed with a flag (VMfailInvalid, VMfailValid), or it faulted.
 *
 * SDM: "VMX Instruction Reference", "Conventions".
 */
#ifndef VMXPROBE_VMX_OPS_H
#define VMXPROBE_VMX_OPS_H

/* How a VMX instruction ended; also known to vmenter.S. */
#define VMX_OK			0
#define VMX_FAIL_INVALID	1	/* CF = 1 */
#define VMX_FAIL_VALID		2	/* ZF = 1: the VM-instruction error field has the number */
#define VMX_FAULT		0x100	/* plus the exception vector */

#ifndef __ASSEMBLY__

#include <linux/stringify.h>
#include <linux/types.h>
#include <asm/asm.h>

#define VMX_FAULT_VECTOR	0xff

/*
 * The instruction and what becomes of it, in EAX. MOV and the jumps leave the flags alone. A
 * fault lands at 2: with its vector in EAX.
 */
#define VMX_ASM(insn)							\
	"1:	" insn "\n"						\
	"	movl	$" __stringify(VMX_OK) ", %%eax\n"		\
	"	ja	3f\n"						\
	"	movl	$" __stringify(VMX_FAIL_INVALID) ", %%eax\n"	\
	"	jc	3f\n"						\
	"	movl	$" __stringify(VMX_FAIL_VALID) ", %%eax\n"	\
	"	jmp	3f\n"						\
	"2:	orl	$" __stringify(VMX_FAULT) ", %%eax\n"		\
	"3:\n"								\
	_ASM_EXTABLE_FAULT(1b, 2b)

static __always_inline unsigned int vmx_on(u64 pa)
{
	unsigned int status;

	asm volatile(VMX_ASM("vmxon %[pa]")
		     : "=&a" (status) : [pa] "m" (pa) : "cc", "memory");
	return status;
}

static __always_inline unsigned int vmx_off(void)
{
	unsigned int status;

	asm volatile(VMX_ASM("vmxoff") : "=&a" (status) : : "cc", "memory");
	return status;
}

static __always_inline unsigned int vmx_clear(u64 pa)
{
	unsigned int status;

	asm volatile(VMX_ASM("vmclear %[pa]")
		     : "=&a" (status) : [pa] "m" (pa) : "cc", "memory");
	return status;
}

static __always_inline unsigned int vmx_ptrld(u64 pa)
{
	unsigned int status;

	asm volatile(VMX_ASM("vmptrld %[pa]")
		     : "=&a" (status) : [pa] "m" (pa) : "cc", "memory");
	return status;
}

/* *pa is ~0 if there is no current VMCS. */
static __always_inline unsigned int vmx_ptrst(u64 *pa)
{
	unsigned int status;

	asm volatile(VMX_ASM("vmptrst %[pa]")
		     : "=&a" (status), [pa] "+m" (*pa) : : "cc", "memory");
	return status;
}

/* *value is 0 unless the status is VMX_OK. An encoding has 15 bits, of the 64 that count. */
static __always_inline unsigned int vmx_read(u64 field, u64 *value)
{
	unsigned int status;
	u64 out = 0;

	asm volatile(VMX_ASM("vmread %[field], %[out]")
		     : "=&a" (status), [out] "+r" (out)
		     : [field] "r" (field) : "cc", "memory");
	*value = out;
	return status;
}

static __always_inline unsigned int vmx_write(u64 field, u64 value)
{
	unsigned int status;

	asm volatile(VMX_ASM("vmwrite %[value], %[field]")
		     : "=&a" (status)
		     : [field] "r" (field), [value] "r" (value) : "cc", "memory");
	return status;
}

/* What INVEPT and INVVPID read: 16 bytes. */
struct vmx_descriptor {
	u64 low;
	u64 high;
};

static __always_inline unsigned int vmx_invept(u64 type, const struct vmx_descriptor *desc)
{
	unsigned int status;

	asm volatile(VMX_ASM("invept (%[desc]), %[type]")
		     : "=&a" (status) : [desc] "r" (desc), [type] "r" (type) : "cc", "memory");
	return status;
}

static __always_inline unsigned int vmx_invvpid(u64 type, const struct vmx_descriptor *desc)
{
	unsigned int status;

	asm volatile(VMX_ASM("invvpid (%[desc]), %[type]")
		     : "=&a" (status) : [desc] "r" (desc), [type] "r" (type) : "cc", "memory");
	return status;
}

static __always_inline unsigned int vmx_call(void)
{
	unsigned int status;

	asm volatile(VMX_ASM("vmcall") : "=a" (status) : "a" (~0) : "cc", "memory");
	return status;
}

/* With the number of no function, as somebody's guest may be allowed some. */
static __always_inline unsigned int vmx_func(void)
{
	unsigned int status;

	asm volatile(VMX_ASM("vmfunc") : "=a" (status) : "a" (~0), "c" (0) : "cc", "memory");
	return status;
}

/*
 * VMLAUNCH of the current VMCS, whose HOST_RIP must be vmxprobe_vmexit. VMX_OK says that
 * a VM exit arrived there, be it a failed entry or the exit of a guest.
 *
 * No general register is saved: where it is used, no guest instruction runs.
 */
unsigned int vmxprobe_vmlaunch(void);
extern const char vmxprobe_vmexit[];

#endif /* __ASSEMBLY__ */
#endif
