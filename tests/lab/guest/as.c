// SPDX-License-Identifier: GPL-2.0
/*
 * Run a command as somebody who may less.
 *
 * usage: as WHO... -- COMMAND...
 *
 * WHO: nobody		user 65534, without capabilities but those named
 *      root		user 0, likewise
 *      net_admin, sys_admin	with this capability
 *      userns, netns	in a new user or network namespace, with all capabilities there
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/capability.h>

#define NOBODY 65534

static void must(const char *what, int failed)
{
	if (!failed)
		return;
	perror(what);
	exit(125);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	must(path, fd < 0 || write(fd, text, strlen(text)) < 0);
	close(fd);
}

static void enter_namespaces(int flags)
{
	must("unshare", unshare(flags));
	if (!(flags & CLONE_NEWUSER))
		return;
	write_file("/proc/self/setgroups", "deny");
	write_file("/proc/self/uid_map", "0 0 1");
	write_file("/proc/self/gid_map", "0 0 1");
}

/* Neither now nor by any program that is executed. */
static void keep_capabilities(unsigned long caps)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {
		{ .effective = caps, .permitted = caps, .inheritable = caps },
	};

	must("capset", syscall(SYS_capset, &head, data));
	for (int cap = 0; cap < 32; cap++)
		if (caps & 1UL << cap)
			must("ambient", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0));
}

static void become(unsigned int id, unsigned long caps)
{
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (cap >= 32 || !(caps & 1UL << cap))
			must("bounding set", prctl(PR_CAPBSET_DROP, cap, 0, 0, 0));
	must("keep", prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
	must("user", setgroups(0, NULL) || setgid(id) || setuid(id));
	keep_capabilities(caps);
}

int main(int argc, char **argv)
{
	unsigned long caps = 0;
	int flags = 0, user = -1;

	for (argv++; *argv && strcmp(*argv, "--"); argv++) {
		if (!strcmp(*argv, "nobody"))
			user = NOBODY;
		else if (!strcmp(*argv, "root"))
			user = 0;
		else if (!strcmp(*argv, "net_admin"))
			caps |= 1UL << CAP_NET_ADMIN;
		else if (!strcmp(*argv, "sys_admin"))
			caps |= 1UL << CAP_SYS_ADMIN;
		else if (!strcmp(*argv, "userns"))
			flags |= CLONE_NEWUSER;
		else if (!strcmp(*argv, "netns"))
			flags |= CLONE_NEWNET;
		else
			break;
	}
	if (argc < 4 || !*argv || strcmp(*argv, "--") || !argv[1]) {
		fprintf(stderr, "usage: as WHO... -- COMMAND...\n");
		return 125;
	}
	if (flags)
		enter_namespaces(flags);
	if (user >= 0)
		become(user, caps);
	execvp(argv[1], argv + 1);
	perror(argv[1]);
	return 127;
}
