/* SPDX-License-Identifier: GPL-2.0 */
#include <linux/linkage.h>
#include <asm/asm.h>
#include <asm/msr-index.h>
#include <asm/segment.h>
#include <asm/unwind_hints.h>
#include "enter.h"
#include "guard.h"
#include "vmx_ops.h"

#define VMCS_EXIT_REASON	0x4402
#define VMCS_EXIT_INTR_INFO	0x4404
#define VMCS_HOST_RSP	0x6c14
#define VMCS_HOST_RIP	0x6c16

/*
 * A VM exit comes in with ENDBR64 also in kernels without IBT: a guest or host IA32_S_CET that an
 * entry or exit loaded may have left the CPU waiting for one.
 */
	.text

/*
 * VMWRITE cannot fail here: the same field was written, with its status checked, when the
 * host state was set up.
 */
SYM_FUNC_START(vmxprobe_vmlaunch)
	movl	$VMCS_HOST_RSP, %eax
	vmwrite	%rsp, %rax
1:	vmlaunch
	jc	.Linvalid
	jz	.Lvalid
	/* VMLAUNCH never falls through to here; a VM exit comes in by the label. */
SYM_INNER_LABEL_ALIGN(vmxprobe_vmexit, SYM_L_GLOBAL)
	endbr64
	movl	$VMX_OK, %eax
	RET
.Linvalid:
	movl	$VMX_FAIL_INVALID, %eax
	RET
.Lvalid:
	movl	$VMX_FAIL_VALID, %eax
	RET
.Lfault:
	orl	$VMX_FAULT, %eax
	RET
	_ASM_EXTABLE_FAULT(1b, .Lfault)
SYM_FUNC_END(vmxprobe_vmlaunch)

/* The instruction in one of four ways, all arithmetic flags set before it. */
.macro ENTER insn mov_ss=0
	popfq
	.if \mov_ss
	movl	%edx, %ss
	.endif
1:	\insn
	_ASM_EXTABLE_FAULT(1b, .Lguarded_fault)
.endm

/*
 * RDI: struct vmxprobe_guard, kept on the stack; ESI: how. The VMWRITEs may fail or even fault:
 * then there is no current VMCS or no VMX operation, and no exit to prepare for.
 */
SYM_FUNC_START(vmxprobe_enter_guarded)
	pushq	%rdi
	movl	$VMCS_HOST_RSP, %eax
2:	vmwrite	%rsp, %rax
	leaq	.Lguarded_exit(%rip), %rdx
	movl	$VMCS_HOST_RIP, %eax
3:	vmwrite	%rdx, %rax
4:	movl	%ss, %edx
	_ASM_EXTABLE(2b, 4b)
	_ASM_EXTABLE(3b, 4b)

	pushfq
	orq	$VMXPROBE_FLAGS, (%rsp)
	testl	$GUARD_VMRESUME, %esi
	jnz	.Lresume
	testl	$GUARD_MOV_SS, %esi
	jnz	.Llaunch_mov_ss
	ENTER	vmlaunch
	jbe	.Lguarded_failed
	/* The instruction never falls through to here; a VM exit comes in by the label. */
.Lguarded_exit:
	endbr64
	movq	(%rsp), %rdi
	sgdt	GUARD_EXIT_GDT(%rdi)
	sidt	GUARD_EXIT_IDT(%rdi)
	movq	%dr7, %rax
	movq	%rax, GUARD_EXIT_DR7(%rdi)
	pushfq
	popq	GUARD_EXIT_RFLAGS(%rdi)
	sldt	%eax
	movq	%rax, GUARD_EXIT_LDTR(%rdi)

	/* CR0 first: CR4.CET wants its WP. */
	movq	GUARD_CR0(%rdi), %rax
	movq	%rax, %cr0
	movq	GUARD_CR4(%rdi), %rax
	movq	%rax, %cr4
	lgdt	GUARD_GDT(%rdi)
	lidt	GUARD_IDT(%rdi)
	popq	%rdi
	pushq	$__KERNEL_CS
	leaq	5f(%rip), %rax
	pushq	%rax
	lretq
5:	UNWIND_HINT_FUNC
	movl	GUARD_SS(%rdi), %eax
	movl	%eax, %ss
	movl	$MSR_GS_BASE, %ecx
	movl	GUARD_GS_BASE(%rdi), %eax
	movl	GUARD_GS_BASE+4(%rdi), %edx
	wrmsr
	movl	$VMX_OK, %eax
	RET

.Llaunch_mov_ss:
	ENTER	vmlaunch mov_ss=1
	jmp	.Lguarded_failed
.Lresume:
	testl	$GUARD_MOV_SS, %esi
	jnz	.Lresume_mov_ss
	ENTER	vmresume
	jmp	.Lguarded_failed
.Lresume_mov_ss:
	ENTER	vmresume mov_ss=1
	jmp	.Lguarded_failed

.Lguarded_failed:
	pushfq
	popq	%rdx
	popq	%rdi
	movq	%rdx, GUARD_FLAGS(%rdi)
	movl	$VMX_FAIL_INVALID, %eax
	testl	$1, %edx
	jnz	6f
	movl	$VMX_FAIL_VALID, %eax
6:	RET
.Lguarded_fault:
	popq	%rdi
	orl	$VMX_FAULT, %eax
	RET
SYM_FUNC_END(vmxprobe_enter_guarded)

/*
 * RDI: struct vmxprobe_guest_regs; ESI: whether by VMRESUME. After the exit of an NMI, NMIs are
 * blocked until an IRET, and that is to be the one of the host's handler: nothing that could fault
 * or be probed comes before. The guest leaves nothing in the return stack buffer: the two pages
 * that EPT lets it execute hold no CALL.
 */
SYM_FUNC_START(vmxprobe_enter_guest)
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	pushq	%rdi
	movl	$VMCS_HOST_RSP, %eax
	vmwrite	%rsp, %rax
	leaq	.Lguest_exit(%rip), %rdx
	movl	$VMCS_HOST_RIP, %eax
	vmwrite	%rdx, %rax

	/* MOV leaves the flags alone. */
	testl	%esi, %esi
	movq	REGS_RAX(%rdi), %rax
	movq	REGS_RBX(%rdi), %rbx
	movq	REGS_RCX(%rdi), %rcx
	movq	REGS_RDX(%rdi), %rdx
	movq	REGS_RBP(%rdi), %rbp
	movq	REGS_RDI(%rdi), %rdi
	movl	$0, %esi
	movl	$0, %r8d
	movl	$0, %r9d
	movl	$0, %r10d
	movl	$0, %r11d
	movl	$0, %r12d
	movl	$0, %r13d
	movl	$0, %r14d
	movl	$0, %r15d
	jnz	2f
1:	vmlaunch
	jmp	3f
2:	vmresume
3:	jc	.Lguest_invalid
	jz	.Lguest_valid
	/* Neither falls through to here; a VM exit comes in by the label. */
.Lguest_exit:
	endbr64
	xchgq	%rdi, (%rsp)
	movq	%rax, REGS_RAX(%rdi)
	movq	%rdx, REGS_RDX(%rdi)
	rdtsc
	movl	%eax, REGS_TSC(%rdi)
	movl	%edx, REGS_TSC+4(%rdi)
	movl	$VMCS_EXIT_REASON, %eax
	vmread	%rax, %rcx
	testl	$0x8000ffff, %ecx
	jnz	.Lno_nmi
	movl	$VMCS_EXIT_INTR_INFO, %eax
	vmread	%rax, %rcx
	andl	$0x80000700, %ecx
	cmpl	$0x80000200, %ecx
	jne	.Lno_nmi
	int	$2
.Lno_nmi:
	movl	$VMX_OK, %eax
.Lguest_out:
	popq	%rdi
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	RET
.Lguest_invalid:
	movl	$VMX_FAIL_INVALID, %eax
	jmp	.Lguest_out
.Lguest_valid:
	movl	$VMX_FAIL_VALID, %eax
	jmp	.Lguest_out
.Lguest_fault:
	orl	$VMX_FAULT, %eax
	jmp	.Lguest_out
	_ASM_EXTABLE_FAULT(1b, .Lguest_fault)
	_ASM_EXTABLE_FAULT(2b, .Lguest_fault)
SYM_FUNC_END(vmxprobe_enter_guest)
_ASM_NOKPROBE(vmxprobe_enter_guest)
