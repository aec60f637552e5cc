// SPDX-License-Identifier: GPL-2.0
/*
 * Run a command and tell the harness outside what it writes, what the kernel logs meanwhile, and how it ends.
 *
 * The way out is the emulator's debug port (0xe9): one instruction a byte, where a byte on an emulated UART takes
 * thousands. Frames: magic, kind, two bytes of length, data.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/io.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEBUG_PORT	0xe9

/*
 * The port is denied, though ioperm() allowed it: somebody lost this CPU's I/O bitmap. Tell (the kernel log has a way
 * out of its own) and go on with the same instruction on a CPU where that was not seen yet.
 */
static void on_fault(int sig)
{
	static const char text[] = "<2>lab: BUG: an allowed I/O port faults: TR's limit or the I/O bitmap is lost\n";
	static cpu_set_t left;
	static int told;
	int kmsg;

	(void)sig;
	if (!told++) {
		sched_getaffinity(0, sizeof(left), &left);
		kmsg = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
		if (write(kmsg, text, sizeof(text) - 1) < 0)
			_exit(125);
		close(kmsg);
	}
	CPU_CLR(sched_getcpu(), &left);
	if (sched_setaffinity(0, sizeof(left), &left))
		_exit(125);
}

/* Not glibc's outsb(): that does not tell the compiler that it reads memory. */
static void write_port(const char *data, size_t n)
{
	asm volatile("rep outsb" : "+S" (data), "+c" (n) : "d" (DEBUG_PORT) : "memory");
}

static void frame(char kind, const char *data, size_t n)
{
	char head[7] = { 0, 'L', 'A', 'B', kind, n & 0xff, n >> 8 };

	write_port(head, sizeof(head));
	write_port(data, n);
}

/* What is there now; 0 when there is nothing (more). */
static int forward(int fd, char kind)
{
	static char buf[32768];
	ssize_t n = read(fd, buf, sizeof(buf));

	if (n > 0)
		frame(kind, buf, n);
	return n > 0;
}

static void nothing(int sig)
{
	(void)sig;
}

int main(int argc, char **argv)
{
	struct sigaction chld = { .sa_handler = nothing };
	struct sigaction fault = { .sa_handler = on_fault };
	struct pollfd fds[2];
	sigset_t block, open_mask;
	char text[16];
	int out[2], kmsg, status;
	pid_t pid;

	if (argc < 2 || ioperm(DEBUG_PORT, 1, 1) || pipe2(out, O_CLOEXEC)) {
		perror("lab: BUG: report");
		return 125;
	}
	kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	/* SIGCHLD only ever arrives inside ppoll(), so none is missed. */
	sigemptyset(&block);
	sigaddset(&block, SIGCHLD);
	sigprocmask(SIG_BLOCK, &block, &open_mask);
	sigaction(SIGCHLD, &chld, NULL);
	sigaction(SIGSEGV, &fault, NULL);

	frame('B', "", 0);
	pid = fork();
	if (pid < 0) {
		perror("lab: BUG: fork");
		return 125;
	}
	if (!pid) {
		sigprocmask(SIG_SETMASK, &open_mask, NULL);
		ioperm(DEBUG_PORT, 1, 0);
		dup2(out[1], 1);
		dup2(out[1], 2);
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	close(out[1]);

	fds[0] = (struct pollfd){ .fd = out[0], .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = kmsg, .events = POLLIN };
	while (waitpid(pid, &status, WNOHANG) != pid) {
		if (ppoll(fds, 2, NULL, &open_mask) < 0)
			continue;
		if (fds[0].revents && !forward(out[0], 'O'))
			fds[0].fd = -1;	/* closed by all */
		if (fds[1].revents)
			while (forward(kmsg, 'K'))
				;
	}
	/* Something it left behind may still hold the pipe: take what is there, don't wait for more. */
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	while (forward(out[0], 'O'))
		;
	while (forward(kmsg, 'K'))
		;
	status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	frame('S', text, snprintf(text, sizeof(text), "%d", status));
	return 0;
}
