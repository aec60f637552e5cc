// SPDX-License-Identifier: GPL-2.0
/* The kernel module as a source: everything is asked of the CPUs themselves. */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client.h"
#include "cpulist.h"
#include "exit.h"
#include "out.h"

extern char **environ;

/* Load the module, silently: why it could not be done is known by what is missing after. */
static void load_module(void)
{
	static const char *const paths[] = { "/usr/sbin/modprobe", "/sbin/modprobe", NULL };
	char *const argv[] = { "modprobe", "-q", "vmxprobe", NULL };
	posix_spawn_file_actions_t silence;
	pid_t pid;

	if (posix_spawn_file_actions_init(&silence))
		return;
	for (int fd = 0; fd < 3; fd++)
		posix_spawn_file_actions_addopen(&silence, fd, "/dev/null", O_RDWR, 0);
	for (const char *const *path = paths; *path; path++) {
		if (posix_spawn(&pid, *path, &silence, NULL, argv, environ))
			continue;
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
		break;
	}
	posix_spawn_file_actions_destroy(&silence);
}

/* Where the calling thread may run, to be put back after a visit to another CPU. */
struct affinity {
	cpu_set_t *set;
	size_t size;
};

/*
 * Move to the CPU that is going to be probed, so that the module need not interrupt it from
 * another one. Best effort: the module finds the CPU wherever it is asked.
 */
static void visit(struct affinity *home, unsigned int cpu)
{
	const unsigned int max = CPU_LIST_MAX + 1;
	cpu_set_t *there;

	home->size = CPU_ALLOC_SIZE(max);
	home->set = CPU_ALLOC(max);
	if (!home->set)
		return;
	there = CPU_ALLOC(max);
	if (!there || cpu >= max || sched_getaffinity(0, home->size, home->set)) {
		CPU_FREE(home->set);
		home->set = NULL;
	} else {
		CPU_ZERO_S(home->size, there);
		CPU_SET_S(cpu, home->size, there);
		sched_setaffinity(0, home->size, there);
	}
	if (there)
		CPU_FREE(there);
}

static void go_home(struct affinity *home)
{
	if (!home->set)
		return;
	sched_setaffinity(0, home->size, home->set);
	CPU_FREE(home->set);
}

/* What went wrong last, so that a hundred CPUs do not say the same a hundred times. */
struct complaints {
	pthread_mutex_t lock;
	char last[sizeof(((struct client_error *)0)->text)];
};

static int complain(struct source *src, unsigned int cpu, const struct client_error *error)
{
	struct complaints *complaints = src->priv;

	pthread_mutex_lock(&complaints->lock);
	if (strcmp(complaints->last, error->text)) {
		strcpy(complaints->last, error->text);
		warn_sentence("CPU %u: %s", cpu, error->text);
	}
	pthread_mutex_unlock(&complaints->lock);
	/* What the module finds wrong with a request came from the command line. */
	return error->err == EINVAL ? EXIT_USAGE : EXIT_MODULE;
}

/* A socket a call: calls come from many threads, and a socket answers one at a time. */
static int module_probe(struct source *src, unsigned int cpu, struct evidence *ev, size_t n,
			const struct probe_options *opt, struct probe_report *report,
			void (*progress)(void *arg, size_t probes), void *arg)
{
	struct client_error error;
	struct affinity home;
	struct client *client;
	int ret;

	ret = client_open(&client, &error);
	if (ret)
		return complain(src, cpu, &error);
	visit(&home, cpu);
	ret = client_probe(client, cpu, ev, n, opt, report, progress, arg, &error);
	go_home(&home);
	client_close(client);
	return ret ? complain(src, cpu, &error) : 0;
}

static int module_fields(struct source *src, struct cpu *cpu, const struct probe_options *opt,
			 struct window_stats *stats)
{
	struct client_error error;
	struct affinity home;
	struct client *client;
	struct window_stats cost = { 0 };
	int ret;

	ret = client_open(&client, &error);
	if (ret)
		return complain(src, cpu->id, &error);
	visit(&home, cpu->id);
	field_map_clear(&cpu->fields);
	ret = client_fields(client, cpu->id, opt, &cpu->fields, &cost, &error);
	go_home(&home);
	client_close(client);
	cpu->borrowed |= cost.borrowed;
	window_stats_add(stats, &cost);
	return ret ? complain(src, cpu->id, &error) : 0;
}

static int module_experiment(struct source *src, struct cpu *cpu, uint32_t id,
			     const struct probe_options *opt, struct probe_report *report)
{
	struct experiment experiment = { .id = id, .why = { .why = NOT_TESTED_FAILED } };
	struct client_error error;
	struct affinity home;
	struct client *client;
	int ret;

	ret = client_open(&client, &error);
	if (!ret) {
		visit(&home, cpu->id);
		ret = client_experiment(client, cpu->id, id, opt, &experiment, report, &error);
		go_home(&home);
		client_close(client);
	}
	if (ret)
		ret = complain(src, cpu->id, &error);
	if (cpu_take_experiment(cpu, &experiment)) {
		experiment_clear(&experiment);
		warn_sentence("out of memory");
		return EXIT_INCOMPLETE;
	}
	return ret;
}

static void module_close(struct source *src)
{
	/* What client_cpus() allocated is the host's own, and host_free() frees it. */
	host_free(src->host);
	free(src->priv);
}

static const struct source_ops module_ops = {
	.name = "module",
	.probe = module_probe,
	.fields = module_fields,
	.experiment = module_experiment,
	.close = module_close,
};

/* The machine's own name and kernel; the evidence is from now. */
static int describe(struct host *host, struct client_error *error)
{
	struct utsname uts;

	if (!uname(&uts)) {
		host->hostname = strdup(uts.nodename);
		host->kernel = strdup(uts.release);
	}
	host->source = strdup(module_ops.name);
	if (host->hostname && host->kernel && host->source)
		return 0;
	snprintf(error->text, sizeof(error->text), "out of memory");
	return -ENOMEM;
}

/* Only those that may be asked; the others have their reason for readiness. */
static int ask_some(struct client *client, const struct host_cpus *cpus, struct host *host,
		    struct client_error *error)
{
	int ret = 0;

	host->cpus = calloc(cpus->possible.n, sizeof(*host->cpus));
	if (!host->cpus) {
		snprintf(error->text, sizeof(error->text), "out of memory");
		return -ENOMEM;
	}
	for (; !ret && host->n_cpus < cpus->possible.n; host->n_cpus++) {
		struct cpu *cpu = &host->cpus[host->n_cpus];
		enum readiness alone;

		cpu->id = cpus->possible.ids[host->n_cpus];
		alone = host_cpus_why(cpus, cpu->id);
		if (alone)
			cpu->readiness = alone;
		else
			ret = client_cpu(client, cpu, error);
	}
	return ret;
}

int source_connect_module(struct source *src, const struct host_cpus *cpus, char *why, size_t size)
{
	struct complaints *complaints;
	struct client_error error;
	struct client *client;
	struct host *host;
	int ret;

	ret = client_open(&client, &error);
	if (ret == -ENOENT && !geteuid()) {
		load_module();
		ret = client_open(&client, &error);
	}
	if (ret == -ENOENT)
		snprintf(error.text, sizeof(error.text), "%s",
			 access("/sys/module/vmxprobe", F_OK) ?
			 "module not loaded; load it with \"sudo modprobe vmxprobe\"" :
			 "the module is loaded, but answers in the initial network namespace only");
	if (ret)
		goto explain;

	complaints = calloc(1, sizeof(*complaints));
	host = calloc(1, sizeof(*host));
	if (host && complaints) {
		/* A dump is one request, but asks all. */
		if (host_cpus_any_alone(cpus))
			ret = ask_some(client, cpus, host, &error);
		else
			ret = client_cpus(client, &host->cpus, &host->n_cpus, &error);
		if (!ret)
			ret = describe(host, &error);
	} else {
		snprintf(error.text, sizeof(error.text), "out of memory");
		ret = -ENOMEM;
	}
	client_close(client);
	if (ret) {
		host_free(host);
		free(complaints);
		goto explain;
	}
	pthread_mutex_init(&complaints->lock, NULL);
	src->ops = &module_ops;
	src->host = host;
	src->priv = complaints;
	return 0;

explain:
	snprintf(why, size, "%s", error.text);
	return ret;
}
