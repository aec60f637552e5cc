// SPDX-License-Identifier: GPL-2.0
/* A real-time task that never yields its CPU: nobody else's task gets it, once the kernel's throttling is off. */
#define _GNU_SOURCE
#include "pin.h"

int main(int argc, char **argv)
{
	const struct sched_param param = { .sched_priority = 50 };

	if (argc != 2) {
		fprintf(stderr, "usage: rt_task CPU\n");
		return 2;
	}
	/* First, so that it takes its CPU from whoever runs there at that moment. */
	if (sched_setscheduler(0, SCHED_FIFO, &param)) {
		perror("rt_task: sched_setscheduler");
		return 2;
	}
	pin("rt_task", argv[1]);
	printf("rt_task: running\n");
	while (!stop)
		;
	return 0;
}
