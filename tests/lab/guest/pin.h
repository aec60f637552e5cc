/* SPDX-License-Identifier: GPL-2.0 */
/* What every witness does: it runs on one CPU, from its start until SIGTERM. */
#ifndef LAB_PIN_H
#define LAB_PIN_H

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static volatile sig_atomic_t stop;

static void on_term(int sig)
{
	(void)sig;
	stop = 1;
}

static inline void pin(const char *name, const char *cpu)
{
	struct sigaction term = { .sa_handler = on_term };
	cpu_set_t set;

	setvbuf(stdout, NULL, _IOLBF, 0);
	sigaction(SIGTERM, &term, NULL);
	CPU_ZERO(&set);
	CPU_SET(atoi(cpu), &set);
	if (sched_setaffinity(0, sizeof(set), &set)) {
		fprintf(stderr, "%s: cannot run on CPU %s\n", name, cpu);
		exit(2);
	}
}

#endif
