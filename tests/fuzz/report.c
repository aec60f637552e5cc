// SPDX-License-Identifier: GPL-2.0
/* Any text as a report: it is refused with a sentence, or it comes back from what was saved. */
#include "fuzz.h"
#include "report.h"

bool fuzz_take(const uint8_t *data, size_t size)
{
	struct host *host = report_parse((const char *)data, size, "input");

	if (!host)
		return false;
	fuzz_save(host);
	host_free(host);
	return true;
}
