// SPDX-License-Identifier: GPL-2.0
#include "deliver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "enter.h"
#include "exit.h"
#include "inject.h"
#include "out.h"

#define PRIMARY_MTF 27	/* the control "monitor trap flag" */

#define RFLAGS_FIXED (1ull << 1)
#define RFLAGS_IF (1ull << 9)

const struct deliver_modes deliver_all = {
	.list = { GUEST_REAL, GUEST_PM32, GUEST_LONG },
	.n = DELIVER_MODES,
};

static int no_memory(void)
{
	warn_sentence("out of memory");
	return EXIT_INCOMPLETE;
}

int deliver_group(const struct cpu *cpu, const struct deliver_event *event, struct group *group)
{
	int ret = enter_group(cpu, event->guest, group);
	struct field_value *set;

	if (ret)
		return ret;
	set = reallocarray(group->set, group->n_set + 1, sizeof(*set));
	if (!set) {
		group_clear(group);
		return -ENOMEM;
	}
	group->set = set;
	/* VM entry refuses an external interrupt where the guest takes none. */
	set[group->n_set++] = (struct field_value){ GUEST_RFLAGS, RFLAGS_FIXED | RFLAGS_IF };
	set[0].value = event->error_code;
	set[1].value = event->length;
	return 0;
}

const char deliver_no_guest[] = "both VMX-preemption timer and EPT";
const char deliver_no_real[] = "unrestricted guest";

const char *deliver_lacks(const struct cpu *cpu, enum guest guest)
{
	if (enter_able(cpu, guest) != -ENOTSUP)
		return NULL;
	return enter_able(cpu, GUEST_LONG) == -ENOTSUP ? deliver_no_guest : deliver_no_real;
}

/*
 * Whether it is known what the event does if VM entry accepts it. Type 1 is reserved, and the only
 * "other event" is the MTF VM exit, on CPUs that have one; an emulator was seen to panic at others.
 */
static bool has_meaning(const struct cpu *cpu, uint32_t info)
{
	enum setting mtf;

	switch (info >> INTR_INFO_TYPE_SHIFT & 7) {
	case INTR_TYPE_RESERVED:
		return false;
	case INTR_TYPE_OTHER:
		mtf = decode_control_at(cpu, MSR_IA32_VMX_PROCBASED_CTLS, PRIMARY_MTF);
		return !(info & (INTR_INFO_DELIVER_ERROR_CODE | 0xff)) &&
		       (mtf == SETTING_EITHER || mtf == SETTING_FIXED1);
	}
	return true;
}

/* All events that have a meaning, or all that have none; the order is that of the matrix. */
static int sweep(const struct cpu *cpu, bool meaning, struct group *group)
{
	uint64_t *values = reallocarray(group->values, MATRIX_PROBES, sizeof(*values));

	if (!values)
		return -ENOMEM;
	group->values = values;
	group->n_values = 0;
	for (uint32_t i = 0; i < MATRIX_PROBES; i++)
		if (has_meaning(cpu, i) == meaning)
			values[group->n_values++] = INTR_INFO_VALID | i;
	return 0;
}

/* The two groups of a mode. */
static int plan_mode(struct run_job *job, enum guest guest)
{
	const struct deliver_event event = {
		.guest = guest,
		.error_code = DELIVER_ERROR_CODE,
		.length = 1,
	};
	/* As in the matrix, so that a report that has it need not have this as well. */
	const struct inject inject = {
		.length = 1,
		.cr0_pe = guest != GUEST_REAL,
		.unrestricted = guest == GUEST_REAL,
		.depth = DEPTH_CONTROLS,
	};
	struct group *group = run_add_group(job);
	int ret = group ? deliver_group(job->cpu, &event, group) : -ENOMEM;

	if (!ret)
		ret = sweep(job->cpu, true, group);
	if (ret)
		return ret;
	group = run_add_group(job);
	ret = group ? inject_group(job->cpu, &inject, group) : -ENOMEM;
	return ret ? ret : sweep(job->cpu, false, group);
}

/* The job has groups for each mode that the CPU can enter. */
static int plan(struct run_job *job, const struct deliver_modes *modes)
{
	for (size_t i = 0; i < modes->n; i++) {
		if (enter_able(job->cpu, modes->list[i]))
			continue;
		switch (plan_mode(job, modes->list[i])) {
		case 0:
			break;
		case -ENODATA:
			/* An MSR of it could not be read: then nothing is asked. */
			while (job->n_ev)
				evidence_clear(&job->ev[--job->n_ev]);
			return 0;
		default:
			return no_memory();
		}
	}
	return 0;
}

int deliver_run(struct run *run, struct source *src, const struct cpu_list *cpus,
		const struct deliver_modes *modes, const struct probe_options *opt)
{
	int ret = run_init(run, src->host, cpus);

	for (size_t i = 0; !ret && i < cpus->n; i++)
		ret = plan(&run->jobs[i], modes);
	return ret ? ret : run_all(run, src, opt);
}

int deliver_collect(struct source *src, const struct cpu_list *cpus,
		    const struct probe_options *opt, struct run_cost *cost)
{
	struct run run;
	int ret = deliver_run(&run, src, cpus, &deliver_all, opt);
	int failed;

	run_add_cost(cost, &run);
	failed = run_attach(&run);
	run_clear(&run);
	return ret ? ret : failed;
}

static void fold_probe(struct deliver_mode *mode, const struct evidence *ev, size_t i)
{
	const struct delivery delivery = delivery_of(ev, i);
	uint32_t info = group_value(&ev->group, i);
	unsigned int type = info >> INTR_INFO_TYPE_SHIFT & 7;
	bool code = info & INTR_INFO_DELIVER_ERROR_CODE;

	mode->cell[type][code][info & 0xff] = delivery.kind;
	mode->detail[type][code][info & 0xff] = delivery.detail;
	if (delivery.kind == DELIVERED_NOT_RUN) {
		if (mode->why.kind == OUTCOME_NOT_TESTED && mode->why.why == NOT_TESTED_NONE)
			mode->why = *evidence_outcome(ev, i);
		return;
	}
	mode->answered++;
	if (delivery.kind == DELIVERED_UNEXPECTED && !mode->unexpected++)
		mode->odd = *evidence_outcome(ev, i);
	mode->findings += delivered_finding(delivery.kind);
}

void deliver_fold(struct deliver *deliver, const struct deliver_modes *modes,
		  const struct run_job *job)
{
	size_t e = 0;

	memset(deliver, 0, sizeof(*deliver));
	for (size_t m = 0; m < modes->n; m++) {
		struct deliver_mode *mode = &deliver->modes[deliver->n_modes++];
		const struct evidence *ev = &job->ev[e];

		mode->guest = modes->list[m];
		mode->lacks = deliver_lacks(job->cpu, mode->guest);
		if (e == job->n_ev || ev->group.guest != mode->guest) {
			mode->why = run_unasked(job->cpu);
			continue;
		}
		for (size_t i = 0; i < ev[0].n_index; i++)
			fold_probe(mode, &ev[0], i);
		for (size_t i = 0; i < ev[1].n_index; i++)
			fold_probe(mode, &ev[1], i);
		e += 2;
	}
}

bool deliver_mode_equal(const struct deliver_mode *a, const struct deliver_mode *b)
{
	return outcome_equal(&a->why, &b->why) && a->lacks == b->lacks &&
	       !memcmp(a->cell, b->cell, sizeof(a->cell)) &&
	       !memcmp(a->detail, b->detail, sizeof(a->detail));
}

bool deliver_equal(const struct deliver *a, const struct deliver *b)
{
	for (size_t i = 0; i < a->n_modes; i++)
		if (!deliver_mode_equal(&a->modes[i], &b->modes[i]))
			return false;
	return true;
}

bool deliver_complete(const struct deliver *deliver)
{
	size_t entered = 0;

	for (size_t i = 0; i < deliver->n_modes; i++) {
		const struct deliver_mode *mode = &deliver->modes[i];

		if (mode->lacks)
			continue;
		if (mode->answered != MATRIX_PROBES)
			return false;
		entered++;
	}
	return entered;
}

size_t deliver_findings(const struct deliver *deliver)
{
	size_t n = 0;

	for (size_t i = 0; i < deliver->n_modes; i++)
		n += deliver->modes[i].findings;
	return n;
}

int deliver_group_all(const struct run *run, const struct deliver_modes *modes,
		      struct deliver_set **out, size_t *n_out)
{
	struct deliver_set *sets = calloc(run->n + 1, sizeof(*sets));
	struct deliver *deliver = NULL;
	size_t n = 0;

	if (!sets)
		return no_memory();
	for (size_t i = 0; i < run->n; i++) {
		size_t s = 0;

		if (!deliver)
			deliver = malloc(sizeof(*deliver));
		if (!deliver)
			goto free;
		deliver_fold(deliver, modes, &run->jobs[i]);
		while (s < n && !deliver_equal(sets[s].deliver, deliver))
			s++;
		if (s == n) {
			sets[n++].deliver = deliver;
			deliver = NULL;
		}
		if (cpu_list_add(&sets[s].cpus, run->jobs[i].cpu->id))
			goto free;
	}
	free(deliver);
	*out = sets;
	*n_out = n;
	return 0;
free:
	free(deliver);
	deliver_free_sets(sets, n);
	return no_memory();
}

void deliver_free_sets(struct deliver_set *sets, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(sets[i].deliver);
		cpu_list_clear(&sets[i].cpus);
	}
	free(sets);
}
