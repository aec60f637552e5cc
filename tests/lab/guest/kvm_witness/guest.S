/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guest: it compares all of its registers with what the host wrote to its memory, and counts.
 * A check that fails writes its number and leaves by another port.
 */
#include "layout.h"

	.code64
	.section .rodata.kvm_guest_checks, "a"
	.globl guest_checks, guest_checks_end, guest_code, guest_code_end
guest_checks:

	.section .rodata.kvm_guest, "a"
guest_code:
	.set	number, 0

/* Ends here with the check's number, whose name is at that place of the table. */
.macro failed_check name
	movq	$number, W_FAILED
	jmp	failed
	.set	number, number + 1
	.pushsection .rodata.kvm_guest_checks
	.asciz	"\name"
	.balign	NAME_SIZE
	.popsection
.endm

/* Goes on only if ZF is 1. */
.macro equal_or name
	jne	.Lfailed\@
	.pushsection .rodata.kvm_guest, 1
.Lfailed\@:
	failed_check "\name"
	.popsection
.endm

.macro same reg, name, word:vararg
	cmp	\word, \reg
	equal_or "\name"
.endm

/* Every register as it is wanted. Nothing of the flags is lost by a MOV. */
.macro reload
	pushq	W_RFLAGS
	popfq
	mov	W_GPR + 8 * 0, %rax
	mov	W_GPR + 8 * 1, %rcx
	mov	W_GPR + 8 * 2, %rdx
	mov	W_GPR + 8 * 3, %rbx
	mov	W_GPR + 8 * 4, %rsp
	mov	W_GPR + 8 * 11, %r11
.endm

again:
	/* The time for all else to happen in. */
	.fill	256, 1, 0x90

	/* RFLAGS first, as a CMP changes it; RSP points to no stack. */
	mov	%rsp, W_SEEN_RSP
	mov	$STACK, %rsp
	pushfq
	popq	W_SEEN_RFLAGS
	mov	W_SEEN_RSP, %rsp

	same	%rax, "rax", W_GPR + 8 * 0
	same	%rcx, "rcx", W_GPR + 8 * 1
	same	%rdx, "rdx", W_GPR + 8 * 2
	same	%rbx, "rbx", W_GPR + 8 * 3
	same	%rsp, "rsp", W_GPR + 8 * 4
	same	%rbp, "rbp", W_GPR + 8 * 5
	same	%rsi, "rsi", W_GPR + 8 * 6
	same	%rdi, "rdi", W_GPR + 8 * 7
	same	%r8, "r8", W_GPR + 8 * 8
	same	%r9, "r9", W_GPR + 8 * 9
	same	%r10, "r10", W_GPR + 8 * 10
	same	%r11, "r11", W_GPR + 8 * 11
	same	%r12, "r12", W_GPR + 8 * 12
	same	%r13, "r13", W_GPR + 8 * 13
	same	%r14, "r14", W_GPR + 8 * 14
	same	%r15, "r15", W_GPR + 8 * 15
	mov	$STACK, %rsp
	mov	W_SEEN_RFLAGS, %rax
	same	%rax, "rflags", W_RFLAGS

	mov	%cs, %eax
	same	%rax, "cs", W_SELECTOR + 8 * 0
	mov	%ds, %eax
	same	%rax, "ds", W_SELECTOR + 8 * 1
	mov	%es, %eax
	same	%rax, "es", W_SELECTOR + 8 * 2
	mov	%fs, %eax
	same	%rax, "fs", W_SELECTOR + 8 * 3
	mov	%gs, %eax
	same	%rax, "gs", W_SELECTOR + 8 * 4
	mov	%ss, %eax
	same	%rax, "ss", W_SELECTOR + 8 * 5
	sldt	%eax
	same	%rax, "ldtr", W_SELECTOR + 8 * 6
	str	%eax
	same	%rax, "tr", W_SELECTOR + 8 * 7
	mov	%fs:0, %rax
	same	%rax, "at fs", W_FS_MARK
	mov	%gs:0, %rax
	same	%rax, "at gs", W_GS_MARK
	mov	$12, %ecx			/* the last descriptor of the LDT */
	lar	%ecx, %eax
	equal_or "ldt limit"
	and	$0xf0ff00, %eax
	same	%rax, "ldt base", W_LDT_RIGHTS

	mov	%cr0, %rax
	same	%rax, "cr0", W_CR + 8 * 0
	mov	%cr2, %rax
	same	%rax, "cr2", W_CR + 8 * 1
	mov	%cr3, %rax
	same	%rax, "cr3", W_CR + 8 * 2
	mov	%cr4, %rax
	same	%rax, "cr4", W_CR + 8 * 3
	sgdt	W_SEEN
	movzwl	W_SEEN, %eax
	same	%rax, "gdt limit", W_GDT_LIMIT
	mov	W_SEEN + 2, %rax
	same	%rax, "gdt base", W_GDT_BASE
	sidt	W_SEEN
	movzwl	W_SEEN, %eax
	same	%rax, "idt limit", W_IDT_LIMIT
	mov	W_SEEN + 2, %rax
	same	%rax, "idt base", W_IDT_BASE

	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movups	%xmm\n, W_SEEN
	mov	W_SEEN, %rax
	xor	W_XMM + 16 * \n, %rax
	mov	W_SEEN + 8, %rdx
	xor	W_XMM + 16 * \n + 8, %rdx
	or	%rdx, %rax
	equal_or "xmm\n"
	.endr
	stmxcsr	W_SEEN
	mov	W_SEEN, %eax
	same	%rax, "mxcsr", W_MXCSR
	fnstcw	W_SEEN
	movzwl	W_SEEN, %eax
	same	%rax, "fcw", W_FCW

	rdtsc
	shl	$32, %rdx
	or	%rdx, %rax
	cmp	W_TSC, %rax
	mov	%rax, W_TSC
	seta	%al
	cmp	$1, %al
	equal_or "tsc"

	testb	$15, W_COUNT
	jnz	count

	/* What takes VM exits, not each time. First by use: RDMSR reads what KVM keeps. */
	cmpq	$0, W_LIVE_OFF
	jne	look
	rdtscp
	same	%rcx, "rdtscp", W_MSR + 8 * MSR_AT_TSC_AUX
	syscall					/* to syscall_entry */
after_syscall:
	mov	W_SELECTOR + 8 * 5, %ss
	int	$VECTOR_SOFT
	mov	W_WATCHED_AT, %rax
	movl	$0, (%rax)			/* #DB */
	cmpq	$1, W_HITS
	equal_or "breakpoint"
	movq	$0, W_HITS
	mov	W_DR + 8 * 4, %rax
	mov	%rax, %dr6

look:
	mov	%cr8, %rax
	same	%rax, "cr8", W_CR + 8 * 4
	mov	%dr0, %rax
	same	%rax, "dr0", W_DR + 8 * 0
	mov	%dr1, %rax
	same	%rax, "dr1", W_DR + 8 * 1
	mov	%dr2, %rax
	same	%rax, "dr2", W_DR + 8 * 2
	mov	%dr3, %rax
	same	%rax, "dr3", W_DR + 8 * 3
	mov	%dr6, %rax
	same	%rax, "dr6", W_DR + 8 * 4
	mov	%dr7, %rax
	same	%rax, "dr7", W_DR + 8 * 5

.macro check_msr at, msr, name
	mov	$\msr, %ecx
	rdmsr
	shl	$32, %rdx
	or	%rdx, %rax
	same	%rax, "\name", W_MSR + 8 * \at
.endm
#define CHECK_MSR(at, msr, name) check_msr at, msr, name;
	MSRS(CHECK_MSR)

count:
	incq	W_COUNT
	decq	W_LEFT
	jz	end_round
	reload
	jmp	again

end_round:
	mov	W_ITERATIONS, %rax
	mov	%rax, W_LEFT
	reload
	hlt					/* a VM exit, or until the timer's interrupt */
	out	%al, $PORT_ROUND
	jmp	again

failed:
	out	%al, $PORT_FAILED
	jmp	failed

/* By interrupt gates, all on the stack of the TSS. */
	.globl	on_exception, on_breakpoint, on_soft, on_timer
on_exception:
	failed_check "exception"

on_breakpoint:
	incq	W_HITS
	iretq

on_soft:
	cmp	W_IST_RSP, %rsp
	equal_or "tss base"
	iretq

on_timer:
	push	%rax
	push	%rcx
	push	%rdx
	incq	W_TIMER
	mov	$0x80b, %ecx			/* EOI of the x2APIC */
	xor	%eax, %eax
	xor	%edx, %edx
	wrmsr
	pop	%rdx
	pop	%rcx
	pop	%rax
	iretq

	.pushsection .rodata.kvm_guest, 2
	.org	SYSCALL_ENTRY - CODE
	pushfq
	pop	%rax
	same	%rax, "syscall sfmask", W_SYSCALL_FLAGS
	mov	%cs, %eax
	same	%rax, "syscall star", W_SYSCALL_CS
	pushq	W_SELECTOR + 8 * 0
	push	%rcx
	lretq

	.org	WRONG_SYSCALL - CODE
	failed_check "syscall lstar"

	.org	WRONG_RIP - CODE
	ud2
	.popsection

	.pushsection .rodata.kvm_guest, 3
guest_code_end:
	.popsection
	.section .rodata.kvm_guest_checks
guest_checks_end:
	.section .note.GNU-stack, "", @progbits
