// SPDX-License-Identifier: GPL-2.0
/*
 * What libFuzzer calls. "FUZZER taken FILE..." and "FUZZER refused FILE..." do not fuzz: each file
 * must be that, else that is said; a fuzzer whose seeds are all refused would find nothing, and say
 * nothing.
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

static bool is_taken(const char *path)
{
	size_t size;
	char *data = report_read(path, &size), *exact;
	bool taken;

	if (!data)
		exit(2);
	/* Of just its size, as libFuzzer has them. */
	exact = malloc(size + !size);
	memcpy(exact, data, size);
	taken = fuzz_take((const uint8_t *)exact, size);
	free(exact);
	free(data);
	return taken;
}

static int check_seeds(bool taken, char **paths)
{
	int wrong = 0;

	for (; *paths; paths++) {
		/* Before it is read: it may be the last. */
		fprintf(stderr, "%s\n", *paths);
		if (is_taken(*paths) == taken)
			continue;
		fprintf(stderr, "%s is not %s\n", *paths, taken ? "taken" : "refused");
		wrong = 1;
	}
	return wrong;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char **args = *argv;

	if (*argc > 2 && (!strcmp(args[1], "taken") || !strcmp(args[1], "refused")))
		exit(check_seeds(!strcmp(args[1], "taken"), args + 2));
	/* Of the sentences; what libFuzzer says goes through the stream it took before. */
	stderr = fopen("/dev/null", "w");
	return stderr ? 0 : 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_take(data, size);
	return 0;
}
