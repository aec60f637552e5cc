// SPDX-License-Identifier: GPL-2.0
/*
 * Live with segments of an own LDT in FS, GS, DS and ES, and look at them all the time: their selectors, what lies
 * at their bases, and that they can be loaded again. A CPU that comes back from a VM exit with LDTR null, or with
 * another FS or GS base, is caught by it.
 */
#define _GNU_SOURCE
#include <asm/hwcap2.h>
#include <asm/ldt.h>
#include <asm/prctl.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pin.h"

#define SELECTOR(index)	(((index) << 3) | 7)	/* of the LDT, ring 3 */
#define FS_SELECTOR	SELECTOR(0)
#define GS_SELECTOR	SELECTOR(1)
#define DATA_SELECTOR	SELECTOR(2)
#define FS_MAGIC	0x6c64742d66730001ul
#define GS_MAGIC	0x6c64742d67730002ul

static unsigned long libc_fs;

/*
 * With FSGSBASE, bases other than those of the descriptors, so that loading the selectors again
 * is not enough; 0 without it.
 */
static unsigned long fs_base, gs_base;

/* libc finds itself through FS, so while FS is ours, nothing of it may be called. */
static long raw_syscall(long number, long a, long b)
{
	long ret;

	asm volatile("syscall" : "=a" (ret) : "0" (number), "D" (a), "S" (b) : "rcx", "r11", "memory");
	return ret;
}

static void give_back_fs(void)
{
	asm volatile("mov %0, %%fs" : : "r" (0));
	raw_syscall(SYS_arch_prctl, ARCH_SET_FS, libc_fs);
}

static void on_fault(int sig)
{
	give_back_fs();
	dprintf(1, "ldt_task: FAILED: signal %d: a segment of the LDT cannot be used\n", sig);
	_exit(1);
}

static void segment(int entry, uintptr_t base)
{
	struct user_desc d = {
		.entry_number = entry, .base_addr = base, .limit = 0xfffff, .seg_32bit = 1, .limit_in_pages = 1,
		.useable = 1,
	};

	if (syscall(SYS_modify_ldt, 1, &d, sizeof(d))) {
		perror("ldt_task: modify_ldt");
		exit(2);
	}
}

/* What is wrong, or NULL; no calls, no stack protector: FS is ours here. */
static inline const char *difference(void)
{
	unsigned long fs, gs, ds, es, at_fs, at_gs;

	asm volatile("mov %%fs, %0" : "=r" (fs));
	asm volatile("mov %%gs, %0" : "=r" (gs));
	asm volatile("mov %%ds, %0" : "=r" (ds));
	asm volatile("mov %%es, %0" : "=r" (es));
	if (fs != FS_SELECTOR)
		return "the selector in FS";
	if (gs != GS_SELECTOR)
		return "the selector in GS";
	if (ds != DATA_SELECTOR)
		return "the selector in DS";
	if (es != DATA_SELECTOR)
		return "the selector in ES";
	asm volatile("mov %%fs:0, %0" : "=r" (at_fs));
	asm volatile("mov %%gs:0, %0" : "=r" (at_gs));
	if (at_fs != FS_MAGIC)
		return "the base of FS";
	if (at_gs != GS_MAGIC)
		return "the base of GS";
	return NULL;
}

static inline void load(void)
{
	asm volatile("mov %0, %%fs; mov %1, %%gs; mov %2, %%ds; mov %2, %%es"
		     : : "r" (FS_SELECTOR), "r" (GS_SELECTOR), "r" (DATA_SELECTOR));
	if (fs_base)
		asm volatile("wrfsbase %0; wrgsbase %1" : : "r" (fs_base), "r" (gs_base));
}

__attribute__((noinline, optimize("no-stack-protector"))) static const char *watch(unsigned long *n)
{
	const char *wrong = NULL;

	load();
	while (!stop && !wrong) {
		wrong = difference();
		load();
		++*n;
	}
	give_back_fs();
	return wrong;
}

int main(int argc, char **argv)
{
	struct sigaction fault = { .sa_handler = on_fault };
	unsigned long n = 0, *page;
	const char *wrong;

	if (argc != 2) {
		fprintf(stderr, "usage: ldt_task CPU\n");
		return 2;
	}
	pin("ldt_task", argv[1]);
	sigaction(SIGSEGV, &fault, NULL);
	sigaction(SIGBUS, &fault, NULL);
	/* An LDT has 32 bits of base. */
	page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	if (page == MAP_FAILED || syscall(SYS_arch_prctl, ARCH_GET_FS, &libc_fs)) {
		perror("ldt_task");
		return 2;
	}
	page[0] = FS_MAGIC;
	page[512] = GS_MAGIC;
	if (getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE) {
		fs_base = (uintptr_t)&page[0];
		gs_base = (uintptr_t)&page[512];
	}
	segment(0, (uintptr_t)&page[fs_base ? 1 : 0]);
	segment(1, (uintptr_t)&page[gs_base ? 513 : 512]);
	segment(2, 0);
	printf("ldt_task: running\n");
	wrong = watch(&n);
	if (wrong) {
		printf("ldt_task: FAILED: %s changed after %lu turns\n", wrong, n);
		return 1;
	}
	printf("ldt_task: %lu turns ok\n", n);
	return 0;
}
