// SPDX-License-Identifier: GPL-2.0
#include "experiments.h"

#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const struct experiment_info experiments[] = {
#define EXPERIMENT(id, name, arg, text) { id, name, arg, text, false },
#define EXPERIMENT_ENTERS(id, name, arg, text) { id, name, arg, text, true },
#include "experiments.def"
};

size_t experiments_count(void)
{
	return ARRAY_SIZE(experiments);
}

const struct experiment_info *experiments_get(size_t i)
{
	return i < ARRAY_SIZE(experiments) ? &experiments[i] : NULL;
}

const struct experiment_info *experiments_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(experiments); i++)
		if (!strcmp(experiments[i].name, name))
			return &experiments[i];
	return NULL;
}

const struct experiment_info *experiments_find_id(uint32_t id)
{
	for (size_t i = 0; i < ARRAY_SIZE(experiments); i++)
		if (experiments[i].id == id)
			return &experiments[i];
	return NULL;
}

/* How many observations from i on have the same arg. */
static size_t repetition(const struct experiment *experiment, size_t i)
{
	const struct observation *first = &experiment->list[i];
	size_t n = 1;

	while (i + n < experiment->n && first[n].has_arg == first->has_arg &&
	       first[n].arg == first->arg)
		n++;
	return n;
}

bool experiments_same_steps(const struct observation *a, const struct observation *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (a[i].set_up != b[i].set_up || a[i].has_value != b[i].has_value ||
		    a[i].value != b[i].value || !outcome_equal(&a[i].outcome, &b[i].outcome))
			return false;
	return true;
}

bool experiments_next_run(const struct experiment *experiment, struct experiment_run *run)
{
	const struct observation *next;

	if (run->next >= experiment->n)
		return false;
	run->steps = &experiment->list[run->next];
	run->n_steps = repetition(experiment, run->next);
	run->count = 1;
	run->next += run->n_steps;
	while (run->steps->has_arg && run->next < experiment->n) {
		next = &experiment->list[run->next];
		if (!next->has_arg || next->arg < run->steps->arg ||
		    next->arg - run->steps->arg != run->count ||
		    repetition(experiment, run->next) != run->n_steps ||
		    !experiments_same_steps(run->steps, next, run->n_steps))
			break;
		run->count++;
		run->next += run->n_steps;
	}
	return true;
}
