// SPDX-License-Identifier: GPL-2.0
#include "experiments.h"

#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const struct experiment_info experiments[] = {
#define EXPERIMENT(id, name, arg, text) { id, name, arg, text },
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
