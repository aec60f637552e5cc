// SPDX-License-Identifier: GPL-2.0
/*
 * Count the writes to a variable by a hardware watchpoint. A CPU that comes back from a VM exit without its DR7
 * misses some. It never sleeps: a context switch would load DR7 anew.
 */
#define _GNU_SOURCE
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pin.h"

#define PAUSE	5000	/* turns of a loop between writes: every hit is a trap */

static volatile uint32_t watched;

int main(int argc, char **argv)
{
	struct perf_event_attr attr;
	uint64_t hits, writes = 0;
	int fd;

	if (argc != 2) {
		fprintf(stderr, "usage: hwbp_task CPU\n");
		return 2;
	}
	pin("hwbp_task", argv[1]);
	memset(&attr, 0, sizeof(attr));
	attr.size = sizeof(attr);
	attr.type = PERF_TYPE_BREAKPOINT;
	attr.bp_type = HW_BREAKPOINT_W;
	attr.bp_addr = (uintptr_t)&watched;
	attr.bp_len = HW_BREAKPOINT_LEN_4;
	attr.exclude_kernel = 1;
	attr.exclude_hv = 1;
	fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
	if (fd < 0) {
		perror("hwbp_task: perf_event_open");
		return 2;
	}
	printf("hwbp_task: running\n");
	while (!stop) {
		watched++;
		writes++;
		for (volatile int i = 0; i < PAUSE; i++)
			;
	}
	if (read(fd, &hits, sizeof(hits)) != sizeof(hits)) {
		perror("hwbp_task: read");
		return 2;
	}
	printf("hwbp_task: %llu hits of %llu writes %s\n", (unsigned long long)hits, (unsigned long long)writes,
	       hits == writes ? "ok" : "FAILED");
	return hits != writes;
}
