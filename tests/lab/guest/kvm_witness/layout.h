/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guest's memory, for both sides. Its first 2 MiB are mapped to themselves, and again at every
 * other 2 MiB of its first GiB, so that addresses of one place can differ between guests.
 */
#ifndef KVM_WITNESS_LAYOUT_H
#define KVM_WITNESS_LAYOUT_H

#define MEMORY		0x20000
#define ALIAS		0x200000

#define CODE		0x1000
#define SYSCALL_ENTRY	0x3000
#define WRONG_SYSCALL	0x3040
#define WRONG_RIP	0x3080
#define CODE_END	0x4000
#define DATA		0x4000
#define STACK		0x6000		/* of the checks, downwards */
#define IST_STACK	0x7000		/* of interrupts and exceptions */
#define WRONG_IST_STACK	0x7800
#define GDT		0x8000
#define LDT		0x9000
#define TSS		0xa000
#define WRONG		0x800		/* from an LDT or a TSS to one that is not the guest's */
#define IDT		0xb000
#define PDPT		0xd000
#define PD		0xe000
#define MARKS		0xf000		/* what FS and GS point to */
#define PML4		0x10000		/* four of them */

#define VECTOR_SOFT	0x40
#define VECTOR_TIMER	0x71		/* above every CR8 */

#define PORT_ROUND	0x10
#define PORT_FAILED	0x11

/* Words of 64 bits. What the guest works with: */
#define W_ITERATIONS	(DATA + 0x00)
#define W_LEFT		(DATA + 0x08)
#define W_COUNT		(DATA + 0x10)
#define W_FAILED	(DATA + 0x18)
#define W_TIMER		(DATA + 0x20)
#define W_LIVE_OFF	(DATA + 0x28)	/* do not use registers, only look at them */
#define W_HITS		(DATA + 0x30)
#define W_WATCHED	(DATA + 0x38)	/* by DR0 */
#define W_SEEN_RSP	(DATA + 0x40)
#define W_SEEN_RFLAGS	(DATA + 0x48)
#define W_SEEN		(DATA + 0x50)	/* two words */
#define W_TSC		(DATA + 0x60)
#define W_UNTOUCHED	(DATA + 0x80)	/* by the guest; watched by DR1 to DR3 */

/* and what it wants to see, written by the host: */
#define W_GPR		(DATA + 0x100)	/* in the order of instructions: RAX, RCX, RDX... */
#define W_XMM		(DATA + 0x180)	/* two words each */
#define W_RFLAGS	(DATA + 0x280)
#define W_SELECTOR	(DATA + 0x288)	/* CS, DS, ES, FS, GS, SS, LDTR, TR */
#define W_FS_MARK	(DATA + 0x2c8)
#define W_GS_MARK	(DATA + 0x2d0)
#define W_CR		(DATA + 0x2d8)	/* CR0, 2, 3, 4, 8 */
#define W_GDT_LIMIT	(DATA + 0x300)
#define W_GDT_BASE	(DATA + 0x308)
#define W_IDT_LIMIT	(DATA + 0x310)
#define W_IDT_BASE	(DATA + 0x318)
#define W_LDT_RIGHTS	(DATA + 0x320)
#define W_IST_RSP	(DATA + 0x328)
#define W_DR		(DATA + 0x330)	/* DR0, 1, 2, 3, 6, 7 */
#define W_SYSCALL_CS	(DATA + 0x360)
#define W_SYSCALL_FLAGS	(DATA + 0x368)
#define W_MXCSR		(DATA + 0x370)
#define W_FCW		(DATA + 0x378)
#define W_WATCHED_AT	(DATA + 0x380)	/* the address that DR0 has of W_WATCHED */
#define W_MSR		(DATA + 0x400)

#define MSRS(X)					\
	X(0, 0xc0000081, "star")		\
	X(1, 0xc0000082, "lstar")		\
	X(2, 0xc0000083, "cstar")		\
	X(3, 0xc0000084, "sfmask")		\
	X(4, 0xc0000100, "fs_base")		\
	X(5, 0xc0000101, "gs_base")		\
	X(6, 0xc0000102, "kernel_gs_base")	\
	X(7, 0x00000174, "sysenter_cs")		\
	X(8, 0x00000175, "sysenter_esp")	\
	X(9, 0x00000176, "sysenter_eip")	\
	X(10, 0x00000277, "pat")		\
	X(11, 0xc0000080, "efer")		\
	X(12, 0xc0000103, "tsc_aux")
#define N_MSRS		13
#define MSR_AT_TSC_AUX	12

#define NAME_SIZE	16	/* of a check */

#endif
