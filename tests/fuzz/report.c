// SPDX-License-Identifier: GPL-2.0
/* Any text as a report: it is refused with a sentence, or it comes back from what was saved. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	/* Of the sentences; what libFuzzer says goes through the stream it took before. */
	stderr = fopen("/dev/null", "w");
	return stderr ? 0 : 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct host *host, *again;
	json_t *json;
	char *text;

	host = report_parse((const char *)data, size, "input");
	if (!host)
		return 0;
	json = report_to_json(host);
	text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	if (!text)
		abort();
	again = report_parse(text, strlen(text), "saved");
	if (!again)
		abort();

	host_free(again);
	free(text);
	json_decref(json);
	host_free(host);
	return 0;
}
