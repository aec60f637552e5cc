/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Has the kernel's allocations fail, for this task alone: the Nth one; or for all, those that are made
 * below some call in the kernel.
 */
#ifndef LAB_FAULT_H
#define LAB_FAULT_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define DEBUGFS	"/sys/kernel/debug/"

static int fail_nth = -1;

static void __attribute__((noreturn)) die(const char *what)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
	exit(2);
}

static inline void put_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die(path);
	close(fd);
}

static inline unsigned long get_file(const char *path)
{
	int fd = open(path, O_RDONLY);
	char text[32] = "";

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 1)
		die(path);
	close(fd);
	return strtoul(text, NULL, 0);
}

/* The same attribute of both kinds of failure. */
static inline void put_attr(const char *name, const char *text)
{
	static const char *const faults[] = { "failslab", "fail_page_alloc" };
	char path[128];

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), DEBUGFS "%s/%s", faults[i], name);
		put_file(path, text);
	}
}

/* The kernel counts what it failed downwards. */
#define TIMES	1000000000l

static inline long faults_made(void)
{
	return 2 * TIMES - get_file(DEBUGFS "failslab/times") -
	       get_file(DEBUGFS "fail_page_alloc/times");
}

/* Only what is allocated below a call that returns to an address in [start, end). */
static inline void require(unsigned long start, unsigned long end)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%lx", start);
	put_attr("require-start", text);
	snprintf(text, sizeof(text), "0x%lx", end);
	put_attr("require-end", text);
}

/* ../splat.py looks for these lines. */
static void fault_end(void)
{
	put_file("/dev/kmsg", "lab: allocations succeed from here\n");
}

static inline void fault_setup(void)
{
	char times[16];

	put_file("/dev/kmsg", "lab: allocations fail from here\n");
	atexit(fault_end);
	/* Not a page of this program's own is to be fetched while faults are made. */
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		die("mlockall");
	setvbuf(stdout, NULL, _IOLBF, 0);
	fail_nth = open("/proc/thread-self/fail-nth", O_RDWR);
	if (fail_nth < 0)
		die("fail-nth");
	snprintf(times, sizeof(times), "%ld", TIMES);
	put_attr("probability", "0");
	put_attr("times", times);
	require(0, -1ul);
	/* The kernel's log is for what goes wrong. */
	put_attr("verbose", "0");
	put_attr("task-filter", "N");
	put_attr("stacktrace-depth", "32");
	put_attr("ignore-gfp-wait", "N");
	put_file(DEBUGFS "fail_page_alloc/ignore-gfp-highmem", "N");
	put_file(DEBUGFS "fail_page_alloc/min-order", "0");
	put_file("/proc/thread-self/make-it-fail", "1");
}

static inline void arm(unsigned int nth)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%u", nth);

	if (pwrite(fail_nth, text, n, 0) != n)
		die("fail-nth");
}

/* Whether the Nth allocation came, and so failed. */
static inline int disarm(void)
{
	char text[16] = "";

	if (pread(fail_nth, text, sizeof(text) - 1, 0) < 1)
		die("fail-nth");
	arm(0);
	return atoi(text) == 0;
}

#endif
