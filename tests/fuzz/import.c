// SPDX-License-Identifier: GPL-2.0
/*
 * Any text as a dump of another tool: it is refused with a sentence, or it is a host that a report can
 * hold. The first byte chooses the format.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import.h"
#include "report.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	/* Of the sentences; what libFuzzer says goes through the stream it took before. */
	stderr = fopen("/dev/null", "w");
	return stderr ? 0 : 1;
}

static struct host *read_text(const char *format, const uint8_t *data, size_t size)
{
	FILE *file = fmemopen((void *)data, size, "r");
	struct host *host;

	if (!file)
		abort();
	host = import_read(import_find(format, NULL), file, "input");
	fclose(file);
	return host;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct host *host, *again;
	json_t *json;
	char *text;

	if (size < 2)
		return 0;
	/* "i" and "m" in the seeds. */
	host = read_text(data[0] & 4 ? "msrs" : "instlatx64", data + 1, size - 1);
	if (!host)
		return 0;
	json = report_to_json(host);
	text = json ? json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
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
