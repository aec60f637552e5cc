// SPDX-License-Identifier: GPL-2.0
/*
 * Load a module again and again, with one allocation of its init function failing each time: the
 * first, the second, and so on until a load has fewer. Each load fails with ENOMEM and leaves
 * nothing, or does without. What the kernel allocates before for any module is not failed.
 */
#define _GNU_SOURCE
#include <sys/syscall.h>

#include "fault.h"

#define MOST	5000
#define CALLER	"do_one_initcall"

static const char usage[] = "usage: fault_load FILE.ko NAME\n";

/* Where the function lies that calls init functions; /proc/kallsyms is by address. */
static void find_caller(unsigned long *start, unsigned long *end)
{
	FILE *symbols = fopen("/proc/kallsyms", "r");
	unsigned long address;
	char line[256], name[128];

	*start = 0;
	*end = 0;
	while (symbols && (!*start || *end <= *start) && fgets(line, sizeof(line), symbols)) {
		if (sscanf(line, "%lx %*c %127s", &address, name) != 2)
			continue;
		if (*start)
			*end = address;
		else if (!strcmp(name, CALLER))
			*start = address;
	}
	if (!symbols || *end <= *start)
		die("/proc/kallsyms");
	fclose(symbols);
}

/* 0, or the error of finit_module(). */
static int load(const char *file, unsigned int nth, int *made)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		die(file);
	arm(nth);
	err = syscall(SYS_finit_module, fd, "", 0) ? errno : 0;
	*made = disarm();
	close(fd);
	return err;
}

int main(int argc, char **argv)
{
	unsigned long start, end;
	unsigned int nth, refused = 0, loaded = 0, bad = 0;
	int err, made;

	if (argc != 3) {
		fputs(usage, stderr);
		return 2;
	}
	find_caller(&start, &end);
	fault_setup();
	require(start, end);
	for (nth = 1; nth <= MOST; nth++) {
		err = load(argv[1], nth, &made);
		if (!err && syscall(SYS_delete_module, argv[2], O_NONBLOCK))
			die("delete_module");
		if (!made)
			break;
		if (!err) {
			loaded++;
		} else if (err == ENOMEM) {
			refused++;
		} else {
			bad++;
			printf("# allocation %u failed: %s\n", nth, strerror(err));
		}
	}
	if (made) {
		printf("# no end after %u\n", nth);
		return 1;
	}
	printf("# %u allocations failed, each in its own load: %u loads failed, %u did without\n",
	       nth - 1, refused + bad, loaded);
	if (err)
		printf("# load without a failure: %s\n", strerror(err));
	return err || bad || nth == 1;
}
