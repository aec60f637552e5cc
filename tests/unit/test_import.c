// SPDX-License-Identifier: GPL-2.0
/* The readers of dumps over texts that nobody would write: a host or a sentence, never a crash. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import.h"
#include "out.h"

/* The Makefile compiles this by its absolute path. */
#define DUMPS "%.*s/../cli/dumps/%s", (int)(strrchr(__FILE__, '/') - __FILE__), __FILE__

static char *read_dump(const char *name, size_t *size)
{
	char *path = out_format(DUMPS, name), *text = NULL;
	FILE *file = fopen(path, "r");
	size_t room = 0;
	ssize_t len;

	assert_non_null(file);
	len = getdelim(&text, &room, '\0', file);
	assert_true(len > 0);
	fclose(file);
	free(path);
	*size = len;
	return text;
}

static bool import(const char *format, char *text, size_t size)
{
	FILE *file = fmemopen(text, size, "r");
	struct host *host;

	assert_non_null(file);
	host = import_read(import_find(format, NULL), file, "dump");
	fclose(file);
	if (!host)
		return false;
	/* A host that is one: CPUs and what they have in order, each once. */
	assert_true(host->n_cpus > 0);
	for (size_t i = 0; i < host->n_cpus; i++) {
		const struct cpu *cpu = &host->cpus[i];

		assert_true(!i || host->cpus[i - 1].id < cpu->id);
		for (size_t k = 1; k < cpu->n_msrs; k++)
			assert_true(cpu->msrs[k - 1].index < cpu->msrs[k].index);
		for (size_t k = 1; k < cpu->n_leaves; k++)
			assert_true(cpu->leaves[k - 1].leaf < cpu->leaves[k].leaf ||
				    (cpu->leaves[k - 1].leaf == cpu->leaves[k].leaf &&
				     cpu->leaves[k - 1].subleaf < cpu->leaves[k].subleaf));
	}
	host_free(host);
	return true;
}

static void damage(const char *format, const char *name)
{
	static const char letters[] = "0fX:-= \n[]<>#,CMI\xff";
	size_t size, good = 0;
	char *text = read_dump(name, &size), *copy = malloc(size);

	assert_true(import(format, text, size));
	for (unsigned int round = 0; round < 3000; round++) {
		size_t length = random() % 4 ? size : (size_t)random() % size + 1;

		memcpy(copy, text, size);
		for (unsigned int n = random() % 4 + 1; n; n--)
			copy[random() % length] = letters[random() % (sizeof(letters) - 1)];
		good += import(format, copy, length);
	}
	/* Both ends were seen. */
	assert_true(good > 0 && good < 3000);
	free(copy);
	free(text);
}

static void damaged(void **state)
{
	(void)state;
	srandom(1);
	/* Thousands of sentences. */
	assert_non_null(freopen("/dev/null", "w", stderr));
	damage("instlatx64", "hybrid.instlatx64");
	damage("instlatx64", "all.instlatx64");
	damage("msrs", "list.msrs");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(damaged) };

	return cmocka_run_group_tests_name("import", tests, NULL, NULL);
}
