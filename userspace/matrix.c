// SPDX-License-Identifier: GPL-2.0
#include "matrix.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exit.h"
#include "inject.h"
#include "out.h"

static int no_memory(void)
{
	warn_sentence("out of memory");
	return EXIT_INCOMPLETE;
}

/* The guests of the plan, in the order of the job's groups; how many this CPU can have. */
static size_t plan_modes(const struct cpu *cpu, struct matrix_mode modes[MATRIX_MODES])
{
	static const struct {
		bool cr0_pe, unrestricted;
	} order[MATRIX_MODES] = {
		{ true, false }, { false, false }, { true, true }, { false, true },
	};
	size_t n = inject_has_unrestricted(cpu) ? MATRIX_MODES : 2;

	if (!cpu_msr(cpu, MSR_IA32_VMX_CR0_FIXED0))
		return 0;
	for (size_t i = 0; i < n; i++) {
		modes[i].cr0_pe = order[i].cr0_pe;
		modes[i].unrestricted = order[i].unrestricted;
	}
	return n;
}

/*
 * The low 12 bits of the interruption information are vector, type and deliver-error-code:
 * probe number i has just i in them.
 */
static int sweep_all(struct group *group)
{
	uint64_t *values = reallocarray(group->values, MATRIX_PROBES, sizeof(*values));

	if (!values)
		return -ENOMEM;
	for (size_t i = 0; i < MATRIX_PROBES; i++)
		values[i] = INTR_INFO_VALID | i;
	group->values = values;
	group->n_values = MATRIX_PROBES;
	return 0;
}

static int plan(struct run_job *job)
{
	struct matrix_mode modes[MATRIX_MODES];
	size_t n = plan_modes(job->cpu, modes);

	for (size_t i = 0; i < n; i++) {
		const struct inject inject = {
			.length = 1,
			.cr0_pe = modes[i].cr0_pe,
			.unrestricted = modes[i].unrestricted,
			.depth = DEPTH_CONTROLS,
		};
		struct group *group = run_add_group(job);
		int ret = group ? inject_group(job->cpu, &inject, group) : -ENOMEM;

		if (!ret)
			ret = sweep_all(group);
		/* Its MSR is there but faulted: nothing can be asked. */
		if (ret == -ENODATA) {
			job->n_ev--;
			return 0;
		}
		if (ret)
			return no_memory();
	}
	return 0;
}

int matrix_run(struct run *run, struct source *src, const struct cpu_list *cpus,
	       const struct probe_options *opt)
{
	int ret = run_init(run, src->host, cpus);

	for (size_t i = 0; !ret && i < cpus->n; i++)
		ret = plan(&run->jobs[i]);
	return ret ? ret : run_all(run, src, opt);
}

int matrix_collect(struct source *src, const struct cpu_list *cpus,
		   const struct probe_options *opt, struct run_cost *cost)
{
	struct run run;
	int ret = matrix_run(&run, src, cpus, opt);
	int failed;

	run_add_cost(cost, &run);
	failed = run_attach(&run);
	run_clear(&run);
	return ret ? ret : failed;
}

void matrix_fold(struct matrix *matrix, const struct run_job *job)
{
	memset(matrix, 0, sizeof(*matrix));
	matrix->n_modes = plan_modes(job->cpu, matrix->modes);
	if (matrix->n_modes != job->n_ev)
		matrix->n_modes = 0;
	if (!matrix->n_modes)
		matrix->why = run_unasked(job->cpu);

	for (size_t m = 0; m < matrix->n_modes; m++) {
		const struct evidence *ev = &job->ev[m];

		for (size_t i = 0; i < ev->n_index; i++) {
			const struct outcome *outcome = evidence_outcome(ev, i);
			enum answer answer = explain_answer(ev->group.depth, outcome);
			uint32_t info = group_value(&ev->group, i);

			matrix->modes[m].cell[info >> INTR_INFO_TYPE_SHIFT & 7]
					     [!!(info & INTR_INFO_DELIVER_ERROR_CODE)]
					     [info & 0xff] = answer;
			if (answer == ANSWER_NONE && matrix->why.kind == OUTCOME_NOT_TESTED &&
			    matrix->why.why == NOT_TESTED_NONE)
				matrix->why = *outcome;
			if (answer == ANSWER_UNEXPECTED && !matrix->unexpected++)
				matrix->odd = *outcome;
			if (answer != ANSWER_NONE)
				matrix->answered++;
		}
	}
}

bool matrix_mode_equal(const struct matrix_mode *a, const struct matrix_mode *b)
{
	return !memcmp(a->cell, b->cell, sizeof(a->cell));
}

bool matrix_equal(const struct matrix *a, const struct matrix *b)
{
	if (a->n_modes != b->n_modes || !outcome_equal(&a->why, &b->why))
		return false;
	for (size_t i = 0; i < a->n_modes; i++)
		if (!matrix_mode_equal(&a->modes[i], &b->modes[i]))
			return false;
	return true;
}

bool matrix_complete(const struct matrix *matrix)
{
	return matrix->n_modes && matrix->answered == matrix->n_modes * MATRIX_PROBES;
}

const struct matrix_mode *matrix_mode(const struct matrix *matrix, bool cr0_pe, bool unrestricted)
{
	for (size_t i = 0; i < matrix->n_modes; i++)
		if (matrix->modes[i].cr0_pe == cr0_pe &&
		    matrix->modes[i].unrestricted == unrestricted)
			return &matrix->modes[i];
	return NULL;
}

int matrix_group_all(const struct run *run, struct matrix_group **out, size_t *n_out)
{
	struct matrix_group *groups = calloc(run->n + 1, sizeof(*groups));
	struct matrix *matrix = NULL;
	size_t n = 0;

	if (!groups)
		return no_memory();
	for (size_t i = 0; i < run->n; i++) {
		size_t g = 0;

		if (!matrix)
			matrix = malloc(sizeof(*matrix));
		if (!matrix)
			goto free;
		matrix_fold(matrix, &run->jobs[i]);
		while (g < n && !matrix_equal(groups[g].matrix, matrix))
			g++;
		if (g == n) {
			groups[n++].matrix = matrix;
			matrix = NULL;
		}
		if (cpu_list_add(&groups[g].cpus, run->jobs[i].cpu->id))
			goto free;
	}
	free(matrix);
	*out = groups;
	*n_out = n;
	return 0;
free:
	free(matrix);
	matrix_free_groups(groups, n);
	return no_memory();
}

void matrix_free_groups(struct matrix_group *groups, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(groups[i].matrix);
		cpu_list_clear(&groups[i].cpus);
	}
	free(groups);
}

char *matrix_ranges(const uint8_t cells[MATRIX_VECTORS], unsigned int value)
{
	char text[MATRIX_VECTORS * 4 + 1] = "";	/* no more than every vector by itself */
	size_t len = 0;

	for (unsigned int v = 0; v < MATRIX_VECTORS; v++) {
		unsigned int first = v;

		if (cells[v] != value)
			continue;
		while (v + 1 < MATRIX_VECTORS && cells[v + 1] == value)
			v++;
		len += snprintf(text + len, sizeof(text) - len, len ? ",%u" : "%u", first);
		if (v > first)
			len += snprintf(text + len, sizeof(text) - len, "-%u", v);
	}
	return out_format("%s", len ? text : "none");
}
