// SPDX-License-Identifier: GPL-2.0
/*
 * Read an I/O port in ring 3, for ever. That it may hangs on the I/O bitmap of the TSS, so on TR's limit: a CPU that
 * comes back from a VM exit with another limit faults here.
 */
#define _GNU_SOURCE
#include <sys/io.h>
#include <unistd.h>

#include "pin.h"

#define PORT	0x80	/* where firmware leaves progress codes: harmless to read */

static void on_fault(int sig)
{
	static const char text[] = "ioport_task: the port is denied\n";

	(void)sig;
	_exit(write(1, text, sizeof(text) - 1) > 0);
}

int main(int argc, char **argv)
{
	struct sigaction fault = { .sa_handler = on_fault };
	unsigned long n = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: ioport_task CPU\n");
		return 2;
	}
	pin("ioport_task", argv[1]);
	sigaction(SIGSEGV, &fault, NULL);
	if (ioperm(PORT, 1, 1)) {
		perror("ioport_task: ioperm");
		return 2;
	}
	printf("ioport_task: running\n");
	while (!stop) {
		inb(PORT);
		n++;
	}
	printf("ioport_task: %lu reads ok\n", n);
	return 0;
}
