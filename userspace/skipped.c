// SPDX-License-Identifier: GPL-2.0
#include "skipped.h"

#include <stdlib.h>

#include "names.h"
#include "out.h"

static const enum readiness reasons[SKIPPED_REASONS] = {
	READINESS_OFFLINE, READINESS_ISOLATED, READINESS_NOHZ_FULL, READINESS_NOT_ALLOWED,
};

static int reason_of(const struct cpu *cpu)
{
	for (int i = 0; i < SKIPPED_REASONS; i++)
		if (cpu->readiness == reasons[i])
			return i;
	return -1;
}

bool skipped_is(const struct cpu *cpu)
{
	return reason_of(cpu) >= 0;
}

int skipped_add(struct skipped *skipped, const struct cpu *cpu)
{
	return cpu_list_add(&skipped->by[reason_of(cpu)], cpu->id);
}

/* TEXT, which is freed, with one more line. */
static char *add_line(char *text, const char *prefix, const struct cpu_list *cpus,
		      enum readiness readiness, const char *advice)
{
	/* "CPU 2: offline", but "CPU 2 left alone: isolated". */
	const char *colon = readiness == READINESS_OFFLINE || readiness == READINESS_IN_USE ? ":" : "";
	char *label = cpu_list_label(cpus);
	char *longer = out_format("%s%s%s%s %s%s\n", text, prefix, label, colon,
				  readiness_text(readiness), advice);

	free(label);
	free(text);
	return longer;
}

/* Naming an offline CPU brings nothing. */
static const char *advice(const struct skipped *skipped, int reason)
{
	if (skipped->recorded || reasons[reason] == READINESS_OFFLINE)
		return "";
	return skipped->by[reason].n > 1 ? "; name them with --cpu" : "; name it with --cpu";
}

char *skipped_text(const struct skipped *skipped, const char *prefix, bool offline)
{
	char *text = out_format("%s", "");

	for (int i = 0; i < SKIPPED_REASONS; i++)
		if (skipped->by[i].n && (reasons[i] != READINESS_OFFLINE || offline))
			text = add_line(text, prefix, &skipped->by[i], reasons[i],
					advice(skipped, i));
	if (skipped->in_use.n)
		text = add_line(text, prefix, &skipped->in_use, READINESS_IN_USE,
				"; --borrow probes beside it");
	return text;
}

void skipped_print(const struct skipped *skipped)
{
	char *text = skipped_text(skipped, "", true);

	if (*text)
		printf("\n%s%s%s", out_style(OUT_DIM), text, out_style(OUT_PLAIN));
	free(text);
}

json_t *skipped_json(const struct skipped *skipped)
{
	json_t *array = json_array();

	for (int i = 0; i < SKIPPED_REASONS; i++) {
		json_t *item;
		char *cpus;

		if (!skipped->by[i].n)
			continue;
		item = json_object();
		cpus = cpu_list_format(&skipped->by[i]);
		out_json_set(item, "cpus", json_string(cpus ? cpus : ""));
		out_json_set(item, "readiness", json_string(readiness_name(reasons[i])));
		out_json_append(array, item);
		free(cpus);
	}
	return array;
}

void skipped_clear(struct skipped *skipped)
{
	for (int i = 0; i < SKIPPED_REASONS; i++)
		cpu_list_clear(&skipped->by[i]);
	cpu_list_clear(&skipped->in_use);
}
