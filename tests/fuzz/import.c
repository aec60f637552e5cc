// SPDX-License-Identifier: GPL-2.0
/*
 * Any text as a dump of another tool: it is refused with a sentence, or it is a host that a report
 * can hold. The first byte chooses the format.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"
#include "import.h"

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

bool fuzz_take(const uint8_t *data, size_t size)
{
	struct host *host;

	if (size < 2)
		return false;
	/* "i" and "m" in the seeds. */
	host = read_text(data[0] & 4 ? "msrs" : "instlatx64", data + 1, size - 1);
	if (!host)
		return false;
	fuzz_save(host);
	host_free(host);
	return true;
}
