// SPDX-License-Identifier: GPL-2.0
/* Sets of CPU numbers. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpulist.h"
#include "out.h"

int cpu_list_add(struct cpu_list *list, unsigned int id)
{
	unsigned int *ids;
	size_t i = list->n;

	while (i && list->ids[i - 1] >= id)
		i--;
	if (i < list->n && list->ids[i] == id)
		return 0;
	/* Room for a power of two, so that adding many costs little. */
	if (!(list->n & (list->n - 1))) {
		ids = reallocarray(list->ids, list->n ? list->n * 2 : 1, sizeof(*ids));
		if (!ids)
			return -ENOMEM;
		list->ids = ids;
	}
	memmove(&list->ids[i + 1], &list->ids[i], (list->n - i) * sizeof(*list->ids));
	list->ids[i] = id;
	list->n++;
	return 0;
}

static int parse_id(const char **text, unsigned int *id)
{
	const char *p = *text;

	if (*p < '0' || *p > '9')
		return -EINVAL;
	for (*id = 0; *p >= '0' && *p <= '9'; p++) {
		*id = *id * 10 + (*p - '0');
		if (*id > CPU_LIST_MAX)
			return -ERANGE;
	}
	*text = p;
	return 0;
}

int cpu_list_parse(struct cpu_list *list, const char *text)
{
	struct cpu_list parsed = { NULL, 0 };
	unsigned int first, last;
	int err;

	do {
		err = parse_id(&text, &first);
		last = first;
		if (!err && *text == '-') {
			text++;
			err = parse_id(&text, &last);
			if (!err && last < first)
				err = -EINVAL;
		}
		for (; !err && first <= last; first++)
			err = cpu_list_add(&parsed, first);
		if (!err && *text && *text != ',')
			err = -EINVAL;
	} while (!err && *text++);
	if (err) {
		cpu_list_clear(&parsed);
		return err;
	}
	cpu_list_clear(list);
	*list = parsed;
	return 0;
}

bool cpu_list_has(const struct cpu_list *list, unsigned int id)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (list->ids[i] == id)
			return true;
	return false;
}

char *cpu_list_format(const struct cpu_list *list)
{
	char *text = NULL;
	size_t size, i, last;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		return NULL;
	for (i = 0; i < list->n; i = last + 1) {
		for (last = i; last + 1 < list->n && list->ids[last + 1] == list->ids[last] + 1;)
			last++;
		fprintf(file, i ? ",%u" : "%u", list->ids[i]);
		if (last > i)
			fprintf(file, "-%u", list->ids[last]);
	}
	if (fclose(file)) {
		free(text);
		return NULL;
	}
	return text;
}

char *cpu_list_label(const struct cpu_list *list)
{
	char *text = cpu_list_format(list);
	char *label = out_format("%s%s%s", list->n == 1 ? "CPU" : "CPUs", text ? " " : "",
				 text ? text : "");

	free(text);
	return label;
}

void cpu_list_clear(struct cpu_list *list)
{
	free(list->ids);
	list->ids = NULL;
	list->n = 0;
}
