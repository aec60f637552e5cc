// SPDX-License-Identifier: GPL-2.0
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "report.h"

static char *report_text(const struct host *host)
{
	json_t *json = report_to_json(host);
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

	if (!text)
		abort();
	json_decref(json);
	return text;
}

/* But for what is left out: experiments that could not be made, the microcode if that is all. */
static bool came_back(const struct cpu *cpu, const struct cpu *saved)
{
	if (cpu->id != saved->id || cpu->readiness != saved->readiness ||
	    cpu->borrowed != saved->borrowed)
		return false;
	if (cpu->n_experiments != saved->n_experiments)
		return cpu->n_experiments > saved->n_experiments;
	return cpu_same_profile(cpu, saved) || (cpu->microcode && !saved->microcode);
}

void fuzz_save(const struct host *host)
{
	char *text = report_text(host), *again;
	struct host *saved = report_parse(text, strlen(text), "saved");

	if (!saved || saved->n_cpus != host->n_cpus)
		abort();
	for (size_t i = 0; i < host->n_cpus; i++)
		if (!came_back(&host->cpus[i], &saved->cpus[i]))
			abort();
	/* Nothing is lost in the second report, and nothing becomes another thing. */
	again = report_text(saved);
	if (strcmp(text, again))
		abort();
	free(again);
	host_free(saved);
	free(text);
}
