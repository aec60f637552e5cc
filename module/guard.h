/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VM entries with host state that a VM exit should not, but may load: the exit comes back to
 * code that puts right what the kernel cannot run without, before anything else.
 */
#ifndef VMXPROBE_GUARD_H
#define VMXPROBE_GUARD_H

/* Offsets for vmenter.S. */
#define GUARD_CR0		0
#define GUARD_CR4		8
#define GUARD_GS_BASE		16
#define GUARD_SS		24
#define GUARD_GDT		32
#define GUARD_IDT		48
#define GUARD_FLAGS		64
#define GUARD_EXIT_DR7		72
#define GUARD_EXIT_RFLAGS	80
#define GUARD_EXIT_GDT		88
#define GUARD_EXIT_IDT		104
#define GUARD_EXIT_LDTR		120

/* How to enter: bits. */
#define GUARD_VMRESUME		1	/* else VMLAUNCH */
#define GUARD_MOV_SS		2	/* directly after MOV SS */

/* Arithmetic flags: CF, PF, AF, ZF, SF, OF. */
#define VMXPROBE_FLAGS		0x8d5

#ifndef __ASSEMBLY__

#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>
#include <asm/desc_defs.h>

struct vmxprobe_guard {
	/* What is put right after a VM exit. */
	u64 cr0;
	u64 cr4;
	u64 gs_base;
	u64 ss;
	struct desc_ptr gdt __aligned(16);
	struct desc_ptr idt __aligned(16);
	/* RFLAGS after a VMLAUNCH or VMRESUME that failed with a flag; set before were all six. */
	u64 flags;
	/* What was there after a VM exit, before it was put right. */
	u64 exit_dr7;
	u64 exit_rflags;
	struct desc_ptr exit_gdt __aligned(8);
	struct desc_ptr exit_idt __aligned(8);
	u64 exit_ldtr;
};

static_assert(offsetof(struct vmxprobe_guard, gdt) == GUARD_GDT);
static_assert(offsetof(struct vmxprobe_guard, idt) == GUARD_IDT);
static_assert(offsetof(struct vmxprobe_guard, flags) == GUARD_FLAGS);
static_assert(offsetof(struct vmxprobe_guard, exit_gdt) == GUARD_EXIT_GDT);
static_assert(offsetof(struct vmxprobe_guard, exit_idt) == GUARD_EXIT_IDT);
static_assert(offsetof(struct vmxprobe_guard, exit_ldtr) == GUARD_EXIT_LDTR);

/* A status of vmx_ops.h, as vmxprobe_vmlaunch(). The current VMCS may also be none. */
unsigned int vmxprobe_enter_guarded(struct vmxprobe_guard *guard, unsigned int how);

#endif /* __ASSEMBLY__ */
#endif
