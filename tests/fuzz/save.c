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

void fuzz_save(const struct host *host)
{
	char *text = report_text(host);
	struct host *saved = report_parse(text, strlen(text), "saved");

	if (!saved)
		abort();
	host_free(saved);
	free(text);
}
