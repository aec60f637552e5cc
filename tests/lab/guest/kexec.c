// SPDX-License-Identifier: GPL-2.0
/*
 * The smallest kernel there is, entered by kexec: it says so where the harness listens, and has the chipset reset the
 * machine.
 *
 * usage: kexec now|panic	enter it at once, or when the kernel panics (crashkernel= is to reserve memory)
 */
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/kexec.h>
#include <linux/reboot.h>

#define PAGE		4096UL
#define SOMEWHERE	0x4000000UL	/* in RAM, as free as any: the kernel moves what is there */

/* One frame of report.c's. Position-independent, in 64-bit mode, with no stack. */
asm(".pushsection .rodata\n"
    "kernel:\n"
    "	cld\n"
    "	lea 2f(%rip), %rsi\n"
    "	mov $(3f - 2f), %ecx\n"
    "	mov $0xe9, %edx\n"
    "	rep outsb\n"
    "	mov $0xcf9, %edx\n"
    "	mov $2, %al\n"
    "	outb %al, %dx\n"
    "	mov $6, %al\n"
    "	outb %al, %dx\n"
    "1:	hlt\n"
    "	jmp 1b\n"
    "2:	.ascii \"\\0LABO\"\n"
    "	.word 3f - 4f\n"
    "4:	.ascii \"ok - the next kernel is entered\\n\"\n"
    "3:\n"
    "kernel_end:\n"
    ".popsection\n");
extern const char kernel[], kernel_end[];

/* Where the kernel keeps room for another; 0 if it does not. */
static unsigned long reserved(void)
{
	unsigned long start, found = 0;
	char line[128];
	FILE *f = fopen("/proc/iomem", "re");

	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, "Crash kernel") && sscanf(line, "%lx-", &start) == 1)
			found = start;
	if (f)
		fclose(f);
	return found;
}

int main(int argc, char **argv)
{
	unsigned long flags = KEXEC_ARCH_X86_64;
	struct kexec_segment segment = {
		.buf = kernel, .bufsz = kernel_end - kernel, .mem = (void *)SOMEWHERE, .memsz = PAGE,
	};

	if (argc != 2 || (strcmp(argv[1], "now") && strcmp(argv[1], "panic"))) {
		fprintf(stderr, "usage: kexec now|panic\n");
		return 125;
	}
	if (!strcmp(argv[1], "panic")) {
		flags |= KEXEC_ON_CRASH;
		segment.mem = (void *)reserved();
	}
	if (syscall(SYS_kexec_load, segment.mem, 1, &segment, flags)) {
		perror("kexec_load");
		return 1;
	}
	if (flags & KEXEC_ON_CRASH)
		return 0;
	syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_KEXEC, NULL);
	perror("reboot");
	return 1;
}
