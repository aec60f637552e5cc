// SPDX-License-Identifier: GPL-2.0
#include "report_text.h"

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"

struct host *report_text_load(const char *text, size_t length, char **sentence)
{
	FILE *const real = stderr;
	struct host *host;
	size_t size;

	stderr = open_memstream(sentence, &size);
	host = report_parse(text, length, "r.json");
	fclose(stderr);
	stderr = real;
	return host;
}

char *report_text_save(const struct host *host)
{
	json_t *json = report_to_json(host);
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	assert_non_null(json);
	assert_int_equal(out_json_write(file, json), 0);
	fclose(file);
	json_decref(json);
	return text;
}

void report_text_becomes(const char *text, const char *saved)
{
	char *sentence, *again;
	struct host *host = report_text_load(text, strlen(text), &sentence);

	assert_string_equal(sentence, "");
	assert_non_null(host);
	again = report_text_save(host);
	assert_string_equal(again, saved);
	host_free(host);
	free(again);
	free(sentence);
}
