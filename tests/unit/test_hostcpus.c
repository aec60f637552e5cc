// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "hostcpus.h"

static char dir[] = "/tmp/vmxprobe-unit-XXXXXX";

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

static void put(const char *name, const char *text)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	unlink(path);
	if (!text)
		return;
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static int read_dir(struct host_cpus *cpus)
{
	*cpus = (struct host_cpus){ 0 };
	return host_cpus_read(cpus, dir);
}

static void lists_are_the_kernels(void **state)
{
	struct host_cpus cpus;

	(void)state;
	assert_int_equal(read_dir(&cpus), -ENOENT);
	host_cpus_clear(&cpus);
	put("possible", "0-7\n");
	put("online", "0-6\n");
	put("isolated", "2,4-5\n");
	put("nohz_full", "5-6\n");
	assert_int_equal(read_dir(&cpus), 0);
	assert_int_equal(cpus.possible.n, 8);
	assert_int_equal(cpus.online.n, 7);
	assert_int_equal(cpus.isolated.n, 3);
	assert_int_equal(cpus.nohz_full.n, 2);
	host_cpus_clear(&cpus);
}

/* Kernels without nohz_full do not have the file, and some write "(null)" to it. */
static void none_is_written_in_many_ways(void **state)
{
	static const char *const none[] = { NULL, "\n", "(null)\n", " (null)\n" };
	struct host_cpus cpus;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		put("isolated", none[i]);
		put("nohz_full", none[i]);
		assert_int_equal(read_dir(&cpus), 0);
		assert_int_equal(cpus.isolated.n + cpus.nohz_full.n, 0);
		host_cpus_clear(&cpus);
	}
	/* But what cannot be read may be about CPUs that must not be asked. */
	put("isolated", "2-\n");
	assert_int_equal(read_dir(&cpus), -EINVAL);
	host_cpus_clear(&cpus);
	put("isolated", "");
	assert_int_equal(read_dir(&cpus), -EIO);
	host_cpus_clear(&cpus);
	put("isolated", NULL);
	put("online", "\n");
	assert_int_equal(read_dir(&cpus), -ENODATA);
	host_cpus_clear(&cpus);
}

static void allowed_is_the_affinity(void **state)
{
	struct host_cpus cpus;
	cpu_set_t before, one;
	int cpu = sched_getcpu();

	(void)state;
	put("online", "0-7\n");
	assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
	assert_int_equal(read_dir(&cpus), 0);
	assert_int_equal(sched_setaffinity(0, sizeof(before), &before), 0);
	assert_int_equal(cpus.allowed.n, 1);
	assert_int_equal(cpus.allowed.ids[0], cpu);
	host_cpus_clear(&cpus);
}

static void add(struct cpu_list *list, const char *text)
{
	assert_int_equal(cpu_list_parse(list, text), 0);
}

static void reasons_have_an_order(void **state)
{
	static const enum readiness wanted[] = {
		READINESS_UNKNOWN, READINESS_NOT_ALLOWED, READINESS_ISOLATED, READINESS_NOHZ_FULL,
		READINESS_UNKNOWN, READINESS_ISOLATED, READINESS_UNKNOWN,
	};
	struct cpu_list named = { 0 };
	struct host_cpus cpus = { 0 };

	(void)state;
	add(&cpus.possible, "0-6");
	add(&cpus.online, "0-5");	/* the others disturb nobody */
	add(&cpus.allowed, "0,2-4");
	add(&cpus.isolated, "2,5-6");
	add(&cpus.nohz_full, "2-3,6");
	for (unsigned int i = 0; i < ARRAY_SIZE(wanted); i++)
		assert_int_equal(host_cpus_why(&cpus, i), wanted[i]);
	assert_true(host_cpus_any_alone(&cpus));

	/* Who is named is asked, whatever it is. */
	add(&named, "1-3,5");
	cpus.named = &named;
	for (unsigned int i = 0; i < ARRAY_SIZE(wanted); i++)
		assert_int_equal(host_cpus_why(&cpus, i), READINESS_UNKNOWN);
	assert_false(host_cpus_any_alone(&cpus));
	cpu_list_clear(&named);
	host_cpus_clear(&cpus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_the_kernels),
		cmocka_unit_test(none_is_written_in_many_ways),
		cmocka_unit_test(allowed_is_the_affinity),
		cmocka_unit_test(reasons_have_an_order),
	};

	return cmocka_run_group_tests_name("hostcpus", tests, make_dir, remove_dir);
}
