// SPDX-License-Identifier: GPL-2.0
#include "silicon.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "exit.h"
#include "experiments.h"
#include "out.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned int wanted, inside, most, experiments;

void silicon_gather(unsigned int n)
{
	wanted = n;
	inside = most = 0;
}

unsigned int silicon_gathered(void)
{
	return most;
}

/* Hold the caller until enough others are here; not for ever, a test then fails. */
static void gather(void)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 10;
	pthread_mutex_lock(&lock);
	inside++;
	if (most < inside)
		most = inside;
	pthread_cond_broadcast(&changed);
	while (most < wanted)
		if (pthread_cond_timedwait(&changed, &lock, &until))
			break;
	pthread_mutex_unlock(&lock);
}

static void leave(void)
{
	pthread_mutex_lock(&lock);
	inside--;
	pthread_mutex_unlock(&lock);
}

static uint64_t field(const struct group *group, uint32_t encoding, uint64_t otherwise)
{
	for (size_t i = 0; i < group->n_set; i++)
		if (group->set[i].field == encoding)
			otherwise = group->set[i].value;
	return otherwise;
}

static bool has_code(const struct silicon *silicon, uint32_t vector)
{
	if (vector == 21)
		return silicon->footnote && silicon->cet;
	return vector == 8 || (vector >= 10 && vector <= 14) || vector == 17;
}

static bool accepts(const struct silicon *silicon, const struct group *group, uint32_t info)
{
	uint32_t type = info >> 8 & 7, vector = info & 0xff, length = field(group, 0x401a, 0);
	bool code = info >> 11 & 1, pe = field(group, 0x6800, 0) & 1;
	bool unrestricted = field(group, 0x4002, 0) >> 31 & field(group, 0x401e, 0) >> 7 & 1;

	if (group->depth == DEPTH_ENTER) {
		pe = group->guest != GUEST_REAL;
		unrestricted = !pe;
		if (silicon->low && vector > 31)
			return false;
	}
	if (!(info >> 31))
		return true;
	switch (type) {
	case 0:
		return !code;
	case 2:
		return !code && vector == 2;
	case 3:
		if (vector > 31)
			return false;
		if (unrestricted && !pe)
			return !code;
		return silicon->any_code || code == has_code(silicon, vector);
	case 4:
	case 5:
	case 6:
		return !code && length >= 1 && length <= 15;
	case 7:
		return silicon->other || (!code && vector == 0);
	}
	return false;
}

/* A guest that runs; but one that takes no interrupts cannot be given one. */
static struct outcome enter(const struct silicon *silicon, const struct group *group, uint32_t info,
			    struct arrival *arrival)
{
	bool odd = (info >> 8 & 7) == 3 && (info & 0xff) == silicon->odd_vector;

	if (!(info >> 8 & 7) && !(field(group, 0x6820, 2) >> 9 & 1))
		return (struct outcome){ .kind = OUTCOME_ENTRY_FAILED, .exit_reason = 0x80000021 };
	return arrive(group, info, odd ? silicon->oddity : ODD_NOTHING, arrival);
}

/* What another owner has can be borrowed. */
static bool borrows(const struct silicon *silicon, const struct probe_options *opt)
{
	return silicon->readiness == READINESS_IN_USE && opt->borrow;
}

static struct outcome answer(const struct silicon *silicon, const struct group *group, size_t i,
			     const struct probe_options *opt, struct arrival *arrival)
{
	const uint32_t failure = group->depth == DEPTH_CONTROLS ? 0x80000021 : 0x80000022;

	if (silicon->untested)
		return (struct outcome){ .kind = OUTCOME_NOT_TESTED, .why = silicon->untested };
	if (silicon->readiness != READINESS_READY && !borrows(silicon, opt))
		return (struct outcome){ .kind = OUTCOME_NOT_READY,
					 .readiness = silicon->readiness };
	if (silicon->enters)
		return (struct outcome){ .kind = i ? OUTCOME_STOPPED : OUTCOME_ENTERED,
					 .exit_reason = i ? 0 : 12 };
	if (!accepts(silicon, group, group_value(group, i)))
		return (struct outcome){ .kind = OUTCOME_FAIL_VALID, .insn = INSN_VMLAUNCH,
					 .error = 7 };
	if (group->depth == DEPTH_ENTER)
		return enter(silicon, group, group_value(group, i), arrival);
	return (struct outcome){ .kind = OUTCOME_ENTRY_FAILED, .exit_reason = failure };
}

static int probe(struct source *src, unsigned int cpu, struct evidence *ev, size_t n,
		 const struct probe_options *opt, struct probe_report *report,
		 void (*progress)(void *arg, size_t probes), void *arg)
{
	const struct silicon *silicon = (struct silicon *)src->priv + cpu;

	gather();
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < group_probes(&ev[i].group); k++) {
			struct arrival arrival = { 0 };
			struct outcome outcome = answer(silicon, &ev[i].group, k, opt, &arrival);
			bool arrived = ev[i].group.depth == DEPTH_ENTER &&
				       outcome.kind == OUTCOME_ENTERED;

			if (evidence_set(&ev[i], k, &outcome, arrived ? &arrival : NULL))
				abort();
		}
		progress(arg, group_probes(&ev[i].group));
	}
	report->stats = (struct window_stats){
		.windows = n,
		.borrowed = borrows(silicon, opt) ? n : 0,
		.max_entries = 10 + cpu,
		.ticks = 100 * n,
		.max_ticks = 50 + cpu,
	};
	if (silicon->changes_host && opt->check_host) {
		report->changes = calloc(1, sizeof(*report->changes));
		report->changes[0] = (struct host_change){ 4, "dr7", 0x401, 0x400 };
		report->n_changes = 1;
	}
	leave();
	return silicon->untested == NOT_TESTED_FAILED ? EXIT_MODULE : 0;
}

unsigned int silicon_experiments(void)
{
	return experiments;
}

static int experiment(struct source *src, struct cpu *cpu, uint32_t id,
		      const struct probe_options *opt, struct probe_report *report)
{
	static const struct observation refused = {
		.outcome = { .kind = OUTCOME_FAIL_VALID, .insn = INSN_VMREAD, .error = 12 },
	};
	const struct silicon *silicon = (struct silicon *)src->priv + cpu->id;
	const struct window_stats stats = { .windows = 1, .max_entries = 1, .ticks = 1000,
					    .max_ticks = 1000, .borrowed = borrows(silicon, opt) };
	const struct experiment_info *info = experiments_find_id(id);
	struct experiment made = { .id = id, .why.kind = OUTCOME_OK };

	gather();
	pthread_mutex_lock(&lock);
	experiments++;
	pthread_mutex_unlock(&lock);
	if (silicon->untested)
		made.why = (struct outcome){ .why = silicon->untested };
	else if (borrows(silicon, opt) && info && !strncmp(info->name, "vmxon-", 6))
		made.why = (struct outcome){ .kind = OUTCOME_NOT_READY,
					     .readiness = READINESS_BORROWED };
	else if (silicon->readiness != READINESS_READY && !borrows(silicon, opt))
		made.why = (struct outcome){ .kind = OUTCOME_NOT_READY,
					     .readiness = silicon->readiness };
	else if (experiment_add(&made, &refused))
		abort();
	if (made.n)
		window_stats_add(&report->stats, &stats);
	if (silicon->changes_host && opt->check_host) {
		free(report->changes);
		report->changes = calloc(1, sizeof(*report->changes));
		report->changes[0] = (struct host_change){ 3, "cr4", 0x2020, 0x20 };
		report->n_changes = 1;
	}
	if (cpu_take_experiment(cpu, &made))
		abort();
	leave();
	return silicon->untested == NOT_TESTED_FAILED ? EXIT_MODULE : 0;
}

static void close_source(struct source *src)
{
	host_free(src->host);
	free(src->priv);
}

static void add_msr(struct cpu *cpu, uint32_t index, uint64_t value)
{
	cpu->msrs[cpu->n_msrs++] = (struct msr){ index, MSR_READ, value };
}

static void add_leaf(struct cpu *cpu, uint32_t leaf, uint32_t eax, uint32_t ecx)
{
	cpu->leaves[cpu->n_leaves++] = (struct cpuid_leaf){ leaf, 0, eax, 0, ecx, 0 };
}

void silicon_open(struct source *src, const struct silicon *silicon, size_t n)
{
	static const struct source_ops ops = {
		.name = "module",
		.probe = probe,
		.experiment = experiment,
		.close = close_source,
	};
	struct host *host = calloc(1, sizeof(*host));

	silicon_gather(0);
	experiments = 0;
	src->ops = &ops;
	src->host = host;
	src->priv = calloc(n, sizeof(*silicon));
	memcpy(src->priv, silicon, n * sizeof(*silicon));
	host->hostname = strdup("test");
	host->kernel = strdup("6.12");
	host->source = strdup("module");
	host->cpus = calloc(n, sizeof(*host->cpus));
	host->n_cpus = n;
	for (size_t i = 0; i < n; i++) {
		struct cpu *cpu = &host->cpus[i];

		cpu->id = i;
		cpu->readiness = silicon[i].readiness;
		cpu->msrs = calloc(16, sizeof(*cpu->msrs));
		cpu->leaves = calloc(4, sizeof(*cpu->leaves));
		if (silicon[i].readiness == READINESS_OFFLINE || cpu_left_alone(cpu))
			continue;
		add_leaf(cpu, 0, 7, 0);
		add_leaf(cpu, 1, 0x306c3, 0x20);
		add_leaf(cpu, 7, 0, silicon[i].cet ? 0x80 : 0);
		if (silicon[i].deaf)
			continue;
		add_msr(cpu, 0x480, 0x00da040000000004 | (uint64_t)silicon[i].any_code << 56);
		/* Four levels, write-back, INVEPT of both types. */
		if (silicon[i].timer > 0)
			add_msr(cpu, 0x48c, 0x6104140);
		if (silicon[i].timer)
			add_msr(cpu, 0x481, silicon[i].timer > 0 ? 0x7f00000016 : 0x3f00000016);
		add_msr(cpu, 0x482, 0xfff9fffe0401e172);
		add_msr(cpu, 0x484, 0x0000ffff000011ff);
		add_msr(cpu, 0x486, 0x80000021);
		add_msr(cpu, 0x488, 0x2000);
		add_msr(cpu, 0x489, 0x1727ff | (uint64_t)silicon[i].cet << 23);
		add_msr(cpu, 0x48b, 0x00000c7f00000000 | (uint64_t)silicon[i].unrestricted << 39);
		if (silicon[i].timer)
			add_msr(cpu, 0x48d, silicon[i].timer > 0 ? 0x7f00000016 : 0x3f00000016);
		add_msr(cpu, 0x48e, 0xfff9fffe04006172);
		add_msr(cpu, 0x490, 0x0000ffff000011fb);
	}
}
