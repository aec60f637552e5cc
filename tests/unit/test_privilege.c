// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "privilege.h"

#define NET_ADMIN_AND_SYS_ADMIN "0000000000201000"
#define NOTHING "0000000000000000"

/* Does /proc/self/status have the line? */
static bool status_has(const char *key, const char *value)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[256], wanted[64];
	bool found = false;

	snprintf(wanted, sizeof(wanted), "%s:\t%s\n", key, value);
	while (file && fgets(line, sizeof(line), file))
		found |= !strcmp(line, wanted);
	if (file)
		fclose(file);
	return found;
}

/* What is wrong after it, as an exit status; 0: nothing. */
static int look(enum privilege privilege, const char *caps, bool bound)
{
	if (privilege_keep(privilege))
		return 1;
	if (!status_has("CapPrm", caps) || !status_has("CapEff", caps))
		return 2;
	if (!status_has("CapInh", NOTHING) || !status_has("CapAmb", NOTHING))
		return 3;
	if (bound && !status_has("CapBnd", NOTHING))
		return 4;
	if (!status_has("NoNewPrivs", "1"))
		return 5;
	/* It is for good, but can be done again, with less to keep. */
	return privilege_keep(PRIVILEGE_NONE) || !status_has("CapPrm", NOTHING) ? 6 : 0;
}

/* In a process of its own, which first becomes what "become" makes of it. */
static void assert_kept(void (*become)(void), enum privilege privilege, const char *caps, bool bound)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		if (become)
			become();
		_exit(look(privilege, caps, bound));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void with_everything_to_pass_on(void)
{
	const cap_value_t cap = CAP_NET_RAW;
	cap_t caps = cap_get_proc();

	if (cap_set_flag(caps, CAP_INHERITABLE, 1, &cap, CAP_SET) || cap_set_proc(caps) ||
	    cap_set_ambient(cap, CAP_SET))
		_exit(100);
	cap_free(caps);
}

static void only_net_admin(void)
{
	const cap_value_t cap = CAP_NET_ADMIN;
	cap_t caps = cap_init();

	if (cap_set_flag(caps, CAP_PERMITTED, 1, &cap, CAP_SET) || cap_set_proc(caps))
		_exit(100);
	cap_free(caps);
}

static void nobody(void)
{
	if (setuid(65534))
		_exit(100);
}

static void root_keeps_what_the_module_wants(void **state)
{
	(void)state;
	if (cap_get_bound(CAP_SYS_ADMIN) <= 0 || geteuid())
		skip();
	assert_kept(NULL, PRIVILEGE_MODULE, NET_ADMIN_AND_SYS_ADMIN, true);
	assert_kept(with_everything_to_pass_on, PRIVILEGE_MODULE, NET_ADMIN_AND_SYS_ADMIN, true);
}

static void root_keeps_nothing_else(void **state)
{
	(void)state;
	assert_kept(NULL, PRIVILEGE_NONE, NOTHING, !geteuid());
}

static void nobody_gets_any(void **state)
{
	(void)state;
	if (geteuid())
		skip();
	assert_kept(nobody, PRIVILEGE_MODULE, NOTHING, false);
	if (cap_get_bound(CAP_NET_ADMIN) > 0)
		assert_kept(only_net_admin, PRIVILEGE_MODULE, "0000000000001000", false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_keeps_what_the_module_wants),
		cmocka_unit_test(root_keeps_nothing_else),
		cmocka_unit_test(nobody_gets_any),
	};

	return cmocka_run_group_tests_name("privilege", tests, NULL, NULL);
}
