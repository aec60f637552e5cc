/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Enter an unpacked 64-bit kernel from a disk, the short way: no boot menu, no decompression under emulation.
 *
 * The BIOS loads the first sector; that one the rest of this file; this file what the list at its end names (zero
 * page, command line, kernel segments, initramfs), with an ATA driver of its own because the BIOS's is slow. The
 * list and the zero page are made by disk.py. The BIOS is asked only for the memory map, which goes into the
 * zero page. The kernel is entered as Documentation/arch/x86/boot.rst's 64-bit protocol says.
 */
#define SELF		0x7c00
#define SECTORS		8		/* of this file: see disk.py */
#define E820_MAP	0x9000
#define PAGE_TABLES	0x30000		/* PML4, PDPT, four page directories */
#define CONSOLE		0x3f8

#define CODE32		0x08
#define CODE64		0x10		/* __BOOT_CS */
#define DATA		0x18		/* __BOOT_DS */

#define ZERO_PAGE_E820_COUNT	0x1e8
#define ZERO_PAGE_E820_MAP	0x2d0
#define E820_MAX		128

#define ATA		0x1f0
#define ATA_CONTROL	0x3f6
#define ATA_READ	0x20
#define BUSY		0x80
#define DRQ		0x08
#define FAILED		0x21

#define MSR_FEATURE_CONTROL	0x3a
#define MSR_EFER	0xc0000080
#define EFER_LME	0x100

	.code16
	.globl _start
_start:
	ljmp	$0, $1f
1:	xorw	%ax, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movw	$SELF, %sp

	/* The rest of this file, behind the first sector: %dl is still the BIOS's number of this disk. */
	movw	$(0x0200 | (SECTORS - 1)), %ax
	movw	$SELF + 512, %bx
	movw	$2, %cx
	movb	$0, %dh
	int	$0x13
	movl	$msg_bios, %esi
	jc	fail16

	xorl	%ebx, %ebx
	movl	%ebx, e820_count
	movw	$E820_MAP, %di
2:	movl	$0xe820, %eax
	movl	$20, %ecx
	movl	$0x534d4150, %edx	/* 'SMAP' */
	int	$0x15
	jc	3f
	addw	$20, %di
	incl	e820_count
	cmpl	$E820_MAX, e820_count
	je	3f
	testl	%ebx, %ebx
	jnz	2b
3:	cmpl	$0, e820_count
	movl	$msg_e820, %esi
	je	fail16

	cli
	inb	$0x92, %al		/* A20 */
	orb	$2, %al
	andb	$0xfe, %al
	outb	%al, $0x92
	lgdt	gdtr
	movl	%cr0, %eax
	orb	$1, %al
	movl	%eax, %cr0
	ljmpl	$CODE32, $start32

fail16:
	cli
	lgdt	gdtr
	movl	%cr0, %eax
	orb	$1, %al
	movl	%eax, %cr0
	ljmpl	$CODE32, $fail

	.balign	8
gdt:
	.quad	0
	.quad	0x00cf9b000000ffff	/* CODE32 */
	.quad	0x00af9b000000ffff	/* CODE64 */
	.quad	0x00cf93000000ffff	/* DATA */
gdtr:
	.word	. - gdt - 1
	.long	gdt
e820_count:
	.long	0
msg_bios:
	.asciz	"lab: BUG: the BIOS cannot read the loader\n"
msg_e820:
	.asciz	"lab: BUG: the BIOS has no memory map\n"
msg_ata:
	.asciz	"lab: BUG: disk error in the loader\n"

	.org	510
	.word	0xaa55

	.code32
start32:
	movw	$DATA, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	movl	$SELF, %esp
	cld

	movw	$ATA_CONTROL, %dx	/* no interrupts: this polls */
	movb	$2, %al
	outb	%al, %dx

	movl	$load_list, %ebp
1:	movl	(%ebp), %edi		/* physical address */
	movl	4(%ebp), %ebx		/* first sector */
	movl	8(%ebp), %esi		/* sectors */
	testl	%esi, %esi
	jz	2f
	call	ata_read
	addl	$12, %ebp
	jmp	1b

	/* The memory map, at the end of a zero page that was loaded just now. */
2:	movl	zero_page, %edi
	movl	e820_count, %eax
	movb	%al, ZERO_PAGE_E820_COUNT(%edi)
	leal	(%eax, %eax, 4), %ecx	/* five longs each */
	movl	$E820_MAP, %esi
	addl	$ZERO_PAGE_E820_MAP, %edi
	rep movsl

	cmpl	$0, set_feature_control
	je	3f
	movl	$MSR_FEATURE_CONTROL, %ecx
	movl	feature_control, %eax
	movl	feature_control + 4, %edx
	wrmsr

	/* The first 4 GiB, one to one, by 2 MiB pages. */
3:	movl	$PAGE_TABLES, %edi
	xorl	%eax, %eax
	movl	$(6 * 1024), %ecx
	rep stosl
	movl	$(PAGE_TABLES + 0x1000 + 3), PAGE_TABLES
	movl	$(PAGE_TABLES + 0x2000 + 3), %eax
	movl	$(PAGE_TABLES + 0x1000), %edi
	movl	$4, %ecx
4:	movl	%eax, (%edi)
	addl	$0x1000, %eax
	addl	$8, %edi
	loop	4b
	movl	$0x83, %eax
	movl	$(PAGE_TABLES + 0x2000), %edi
	movl	$2048, %ecx
5:	movl	%eax, (%edi)
	addl	$0x200000, %eax
	addl	$8, %edi
	loop	5b

	movl	%cr4, %eax
	orl	$0x20, %eax		/* PAE */
	movl	%eax, %cr4
	movl	$PAGE_TABLES, %eax
	movl	%eax, %cr3
	movl	$MSR_EFER, %ecx
	rdmsr
	orl	$EFER_LME, %eax
	wrmsr
	movl	%cr0, %eax
	orl	$0x80000000, %eax
	movl	%eax, %cr0
	ljmp	$CODE64, $start64

/* Read %esi sectors from sector %ebx on to %edi. */
ata_read:
	movl	%esi, %ecx		/* at most 256 by one command */
	cmpl	$256, %ecx
	jbe	1f
	movl	$256, %ecx
1:	subl	%ecx, %esi
	movw	$(ATA + 2), %dx
	movb	%cl, %al
	outb	%al, %dx
	incw	%dx
	movb	%bl, %al
	outb	%al, %dx
	incw	%dx
	movb	%bh, %al
	outb	%al, %dx
	incw	%dx
	movl	%ebx, %eax
	shrl	$16, %eax
	outb	%al, %dx
	incw	%dx
	movb	%ah, %al
	orb	$0xe0, %al
	outb	%al, %dx
	incw	%dx
	movb	$ATA_READ, %al
	outb	%al, %dx
	addl	%ecx, %ebx
2:	movw	$(ATA + 7), %dx
3:	inb	%dx, %al
	testb	$BUSY, %al
	jnz	3b
	testb	$FAILED, %al
	jnz	4f
	testb	$DRQ, %al
	jz	3b
	pushl	%ecx
	movl	$128, %ecx
	movw	$ATA, %dx
	rep insl
	popl	%ecx
	loop	2b
	testl	%esi, %esi
	jnz	ata_read
	ret
4:	movl	$msg_ata, %esi
	/* fall through */

/* Say %esi on the console and stop. */
fail:
	movw	$DATA, %ax
	movw	%ax, %ds
	movw	$CONSOLE, %dx
1:	lodsb
	testb	%al, %al
	jz	2f
	outb	%al, %dx
	jmp	1b
2:	hlt
	jmp	2b

	.code64
start64:
	movl	$DATA, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	movl	zero_page, %esi
	movl	kernel_entry, %eax
	jmp	*%rax

/* Filled in by disk.py. */
	.org	(SECTORS - 1) * 512
kernel_entry:
	.long	0
zero_page:
	.long	0
set_feature_control:
	.long	0
	.long	0
feature_control:
	.quad	0
load_list:
	.org	SECTORS * 512
