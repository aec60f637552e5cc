/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guests of depth "enter": where the module has what in them, by linear address. Part of the
 * contract, which netlink/vmxprobe.yaml has in words; client.c checks that the numbers agree.
 */
#ifndef VMXPROBE_GUEST_H
#define VMXPROBE_GUEST_H

/* The handler of vector V: VMCALL at GUEST_HANDLERS + V * GUEST_SLOT. */
#define GUEST_HANDLERS 0x1000
#define GUEST_SLOT 16
/* Program P is at GUEST_CODE + P * GUEST_SLOT; CS.base is 0x1000 in real mode, else 0. */
#define GUEST_CODE 0x2000
#define GUEST_GDT 0x400
#define GUEST_TSS 0x500
#define GUEST_IDT_LONG 0x4000
#define GUEST_IDT_PM32 0x5000
#define GUEST_IDT_16BIT 0x5800
#define GUEST_IDT_TASK 0x2800
/* RSP to begin with; RSP0 and ESP0 of the TSS. */
#define GUEST_STACK 0x3e28
#define GUEST_STACK0 0x3c28
#define GUEST_SHADOW_STACK 0x6f00
#define GUEST_UNMAPPED 0xf000
#define GUEST_CR2 0xc2000
/* The VMX-preemption timer ends a guest after so many TSC ticks. */
#define GUEST_TICKS 1048576

/* CS of programs and of handlers, SS; they are 0x100, 0 and 0 in real mode. */
#define GUEST_LONG_CS 0x40
#define GUEST_LONG_HANDLER_CS 0x08
#define GUEST_PM32_CS 0x48
#define GUEST_PM32_HANDLER_CS 0x18
#define GUEST_SS 0x10
#define GUEST_REAL_CS 0x100

enum guest_program {
	PROGRAM_VMCALL,
	PROGRAM_NOP,	/* two NOPs, then VMCALL */
	PROGRAM_LOOP,
	PROGRAM_TOUCH,	/* a load from GUEST_UNMAPPED */
	PROGRAM_JUMP,	/* to GUEST_UNMAPPED */
	PROGRAM_WRITE,	/* a store to the handlers */
	PROGRAM_HLT,
	PROGRAM_RDMSR,	/* of ECX, then VMCALL */
	PROGRAM_MOV_CR3,	/* of the CR3 it has, then VMCALL */
	PROGRAM_VMREAD,	/* of RCX to RAX, then VMCALL */
};

#endif
