// SPDX-License-Identifier: GPL-2.0
/* Ways to be a nuisance: many at once, one that never reads, one that dies, CPUs that go. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attack.h"

#define CPU1		"/sys/devices/system/cpu/cpu1/online"
#define MANY		64
#define HOTPLUG_SENDERS	8
#define HOTPLUGS	8

static void plain(const struct job *job)
{
	struct sender s = open_sender(job->each);

	attack(&s, job->seed, job->first, job->messages);
	close_sender(&s);
}

static void pin(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

void expect_end(struct counts *total, int status)
{
	if (!status)
		return;
	printf("attack: a sender ended with status %#x\n", status);
	total->failures++;
}

/* One share of the messages; it begins when all senders are there, that is, wait ends. */
static void share(const struct job *job, int i, int n, int wait, bool pinned)
{
	struct sender s;
	char byte;

	if (pinned)
		pin(i & 1);
	s = open_sender(&job->each[1 + i]);
	if (read(wait, &byte, 1))
		die("the start");
	attack(&s, job->seed, job->first + i * (job->messages / n), job->messages / n);
	fflush(stdout);
	_exit(s.counts->failures != 0);
}

static void start_senders(const struct job *job, int n, bool pinned)
{
	int gate[2], i;

	fflush(stdout);
	if (pipe2(gate, O_CLOEXEC))
		die("pipe");
	for (i = 0; i < n; i++) {
		switch (fork()) {
		case -1:
			die("fork");
		case 0:
			close(gate[1]);
			share(job, i, n, gate[0], pinned);
		}
	}
	close(gate[0]);
	close(gate[1]);
}

static void many(const struct job *job)
{
	int n = MANY, status;

	start_senders(job, n, true);
	while (n-- && wait(&status) > 0)
		expect_end(job->each, status);
}

static bool set_online(const char *text)
{
	int fd = open(CPU1, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, text, 1) == 1;

	close(fd);
	return done;
}

/*
 * The shares again and again until enough has happened under them: how long they take depends on
 * the machine.
 */
static void hotplug(const struct job *job)
{
	int n, status, times = 0;
	pid_t pid;

	let_cpus_go();
	do {
		n = HOTPLUG_SENDERS;
		start_senders(job, n, false);
		do {
			if (!set_online("0") || !set_online("1"))
				die(CPU1);
			times++;
			usleep(20000);
			while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
				expect_end(job->each, status);
				n--;
			}
		} while (n && pid >= 0);
	} while (times < HOTPLUGS);
	printf("CPU 1 went and came %d times under %d senders\n", times, HOTPLUG_SENDERS);
}

/* Sockets whose answers nobody reads, until the kernel has no room for them. */
static void deaf(const struct job *job)
{
	static uint8_t buf[2 * MAX_MESSAGE] __attribute__((aligned(8)));
	struct sender s[MANY];
	unsigned int full = 0, dumps = 0;
	int size = 1, i;

	for (i = 0; i < MANY; i++) {
		s[i] = open_sender(job->each);
		setsockopt(s[i].fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	}
	for (uint64_t k = 0; k < job->messages; k++) {
		struct made made = make_message(job->seed, job->first + k, s[0].family, buf);

		/* Each begins with a dump, whose next part would be made when this one is read. */
		if (k < MANY) {
			struct message m = { 0 };

			start(&m, buf, s[0].family, VMXPROBE_CMD_CPU, 1);
			((struct nlmsghdr *)buf)->nlmsg_flags |= NLM_F_DUMP;
			finish(&m);
			made.len = m.len;
			dumps++;
		}
		if (send(s[k % MANY].fd, buf, made.len, 0) == (ssize_t)made.len)
			job->each->messages++;
	}
	for (i = 0; i < MANY; i++) {
		if (i & 1)
			full += recv(s[i].fd, buf, sizeof(buf), MSG_DONTWAIT) < 0 && errno == ENOBUFS;
		close_sender(&s[i]);
	}
	printf("%llu messages, %u of them dumps, of %d sockets that do not read; of every second, %u "
	       "were full\n", (unsigned long long)job->each->messages, dumps, MANY, full);
	if (full < MANY / 4) {
		puts("attack: too few of them were full to mean anything");
		job->each->failures++;
	}
}

/* What takes long: as many probes as there can be, guests that loop, the map of all fields. */
static void make_long(struct message *m, uint8_t *buf, const struct sender *s, uint64_t k)
{
	int group;

	if (k % 3 == 2) {
		start(m, buf, s->family, VMXPROBE_CMD_FIELDS, 1);
		put_u32(m, -1, VMXPROBE_A_FIELDS_CPU, k & 1);
		if (is_in_use(k & 1))
			put(m, -1, VMXPROBE_A_FIELDS_BORROW, NULL, 0);
		finish(m);
		return;
	}
	start(m, buf, s->family, VMXPROBE_CMD_PROBE, 1);
	put_u32(m, -1, VMXPROBE_A_PROBE_CPU, k & 1);
	put_u32(m, -1, VMXPROBE_A_PROBE_WINDOW, 8);
	if (is_in_use(k & 1))
		put(m, -1, VMXPROBE_A_PROBE_BORROW, NULL, 0);
	group = group_start(m, k % 3 ? VMXPROBE_DEPTH_CONTROLS : VMXPROBE_DEPTH_ENTER);
	if (k % 3 == 0) {
		put_u32(m, group, VMXPROBE_A_GROUP_GUEST, VMXPROBE_GUEST_LONG);
		put_u32(m, group, VMXPROBE_A_GROUP_PROGRAM, VMXPROBE_GUEST_PROGRAM_LOOP);
		put_sweep(m, group, 0x482e, 2000, 0, 60);
	} else {
		put_sweep(m, group, 0x4016, 0x80000000, 1, VMXPROBE_MAX_PROBES);
	}
	nest_end(m, group);
	finish(m);
}

static void ignore(const struct nlmsghdr *nlh, void *data)
{
	(void)nlh;
	(void)data;
}

/* Sends the same again and again, and is killed. */
static void dies(const struct job *job, uint64_t k, volatile struct counts *counts)
{
	static uint8_t buf[MAX_MESSAGE] __attribute__((aligned(8)));
	struct sender s = open_sender(&job->each[1]);
	struct message m = { 0 };

	make_long(&m, buf, &s, k);
	while (1) {
		counts->messages++;
		if (send(s.fd, buf, m.len, 0) < 0)
			die("send");
		counts->acks++;
		drain(&s, ignore, NULL);
	}
}

static void dying(const struct job *job)
{
	volatile struct counts *counts = &job->each[1];
	unsigned int inside = 0;
	struct message m = { .rng = job->seed * 2 + 1 };
	int status;
	pid_t pid;

	fflush(stdout);
	for (uint64_t k = 0; k < job->messages; k++) {
		counts->messages = 0;
		counts->acks = 0;
		pid = fork();
		if (pid < 0)
			die("fork");
		if (!pid)
			dies(job, k, counts);
		/* From when it has begun. */
		while (!counts->messages && !waitpid(pid, &status, WNOHANG))
			usleep(100);
		usleep(below(&m, 20000));
		kill(pid, SIGKILL);
		if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
			expect_end(job->each, -1);
		inside += counts->messages != counts->acks;
		job->each->messages += counts->messages;
	}
	counts->messages = 0;
	counts->acks = 0;
	printf("%llu senders were killed, %u of them in the middle of a request\n",
	       (unsigned long long)job->messages, inside);
	if (inside < job->messages / 4) {
		puts("attack: too few of them to mean anything");
		job->each->failures++;
	}
}

mode_fn find_mode(const char *name)
{
	static const struct {
		const char *name;
		mode_fn fn;
	} modes[] = {
		{ "plain", plain }, { "many", many }, { "hotplug", hotplug }, { "deaf", deaf },
		{ "dying", dying }, { "strangers", strangers },
		{ "overrides", overrides },
	};

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (!strcmp(modes[i].name, name))
			return modes[i].fn;
	return NULL;
}
