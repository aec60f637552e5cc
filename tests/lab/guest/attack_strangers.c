// SPDX-License-Identifier: GPL-2.0
/* Those who may not: other users, root with fewer rights, other namespaces. */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attack.h"

static void become_nobody(void)
{
	if (setgroups(0, NULL) || setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		die("nobody");
}

static void drop(unsigned int cap)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data))
		die("capget");
	data[0].effective &= ~(1U << cap);
	data[0].permitted &= ~(1U << cap);
	if (syscall(SYS_capset, &head, data))
		die("capset");
}

static void separate(int what)
{
	if (unshare(what))
		die("unshare");
}

static struct sender nobody(struct counts *counts)
{
	become_nobody();
	return open_sender(counts);
}

static struct sender with_roots_socket(struct counts *counts)
{
	struct sender s = open_sender(counts);

	become_nobody();
	return s;
}

static struct sender without_sys_admin(struct counts *counts)
{
	drop(CAP_SYS_ADMIN);
	return open_sender(counts);
}

static struct sender without_net_admin(struct counts *counts)
{
	drop(CAP_NET_ADMIN);
	return open_sender(counts);
}

static struct sender other_user_namespace(struct counts *counts)
{
	separate(CLONE_NEWUSER);
	return open_sender(counts);
}

static struct sender nobodys_namespaces(struct counts *counts)
{
	become_nobody();
	separate(CLONE_NEWUSER | CLONE_NEWNET);
	return open_sender(counts);
}

static struct sender other_net_namespace(struct counts *counts)
{
	separate(CLONE_NEWNET);
	return open_sender(counts);
}

static const struct {
	const char *who;
	struct sender (*become)(struct counts *counts);
	bool net_admin, sys_admin, elsewhere;
} list[] = {
	{ "nobody", nobody, false, false, false },
	{ "nobody with a socket of root's", with_roots_socket, false, false, false },
	{ "root without CAP_SYS_ADMIN", without_sys_admin, true, false, false },
	{ "root without CAP_NET_ADMIN", without_net_admin, false, true, false },
	{ "root of a user namespace", other_user_namespace, false, false, false },
	{ "root of a nobody's user and network namespaces", nobodys_namespaces, false, false, true },
	{ "root in another network namespace", other_net_namespace, true, true, true },
};

static void be_stranger(const struct job *job, int i, uint16_t family, uint64_t messages)
{
	struct counts *counts = &job->each[1 + i];
	struct sender s = list[i].become(counts);
	uint64_t replies = 0, tried;

	if (list[i].elsewhere && s.family) {
		printf("attack: %s finds the family\n", list[i].who);
		counts->failures++;
	}
	s.family = family;
	s.net_admin = list[i].net_admin;
	s.sys_admin = list[i].sys_admin;
	s.elsewhere = list[i].elsewhere;
	attack(&s, job->seed, job->first + i * messages, messages);

	for (int cmd = 1; cmd < __VMXPROBE_CMD_MAX; cmd++)
		replies += counts->replies[cmd];
	tried = counts->errnos[list[i].elsewhere ? ENOENT : EPERM];
	printf("%s: %llu refused, %llu of them %s, %llu replies\n", list[i].who,
	       (unsigned long long)counts->refused, (unsigned long long)tried,
	       list[i].elsewhere ? "since no such family is there" : "for lack of rights",
	       (unsigned long long)replies);
	if (!tried) {
		puts("attack: nothing came to that");
		counts->failures++;
	}
	fflush(stdout);
	_exit(counts->failures != 0);
}

void strangers(const struct job *job)
{
	const int n = sizeof(list) / sizeof(list[0]);
	struct sender s = open_sender(job->each);
	int status;

	close_sender(&s);
	for (int i = 0; i < n; i++) {
		fflush(stdout);
		switch (fork()) {
		case -1:
			die("fork");
		case 0:
			be_stranger(job, i, s.family, job->messages / n);
		}
		if (wait(&status) < 0)
			die("wait");
		expect_end(job->each, status);
	}
}
