// SPDX-License-Identifier: GPL-2.0
/* JSON for programs, laid out so that a person can read and diff it as well. */
#include <inttypes.h>
#include <stdlib.h>

#include "exit.h"
#include "out.h"

static void no_memory(void)
{
	fputs("vmxprobe: out of memory\n", stderr);
	exit(EXIT_INCOMPLETE);
}

json_t *out_json_hex(uint64_t value)
{
	return json_sprintf("0x%" PRIx64, value);
}

void out_json_set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value))
		no_memory();
}

void out_json_set_hex(json_t *object, const char *key, uint64_t value)
{
	out_json_set(object, key, out_json_hex(value));
}

void out_json_append(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value))
		no_memory();
}

static bool plain(const json_t *json)
{
	return !json_is_object(json) && !json_is_array(json);
}

static bool one_line(const json_t *json)
{
	const char *key;
	json_t *value;
	size_t i;

	/* jansson's iterators take no const, but change nothing. */
	json_object_foreach((json_t *)json, key, value)
		if (!plain(value))
			return false;
	json_array_foreach(json, i, value)
		if (!plain(value))
			return false;
	return true;
}

static int indent(FILE *file, unsigned int depth)
{
	return fprintf(file, "\n%*s", (int)depth, "") < 0 ? -1 : 0;
}

static int write_value(FILE *file, const json_t *json, unsigned int depth)
{
	const bool object = json_is_object(json);
	const char *key;
	json_t *value;
	size_t i = 0;

	if (one_line(json))
		return json_dumpf(json, file, JSON_ENCODE_ANY);
	if (fputc(object ? '{' : '[', file) == EOF)
		return -1;
	json_object_foreach((json_t *)json, key, value) {
		json_t *name = json_string(key);
		int err;

		err = (i++ && fputc(',', file) == EOF) || indent(file, depth + 1) || !name ||
		      json_dumpf(name, file, JSON_ENCODE_ANY) || fputs(": ", file) == EOF ||
		      write_value(file, value, depth + 1);
		json_decref(name);
		if (err)
			return -1;
	}
	json_array_foreach(json, i, value) {
		if ((i && fputc(',', file) == EOF) || indent(file, depth + 1) ||
		    write_value(file, value, depth + 1))
			return -1;
	}
	if (indent(file, depth) || fputc(object ? '}' : ']', file) == EOF)
		return -1;
	return 0;
}

int out_json_write(FILE *file, const json_t *json)
{
	if (write_value(file, json, 0) || fputc('\n', file) == EOF || fflush(file))
		return -1;
	return 0;
}

int out_json(json_t *json)
{
	int err;

	if (!json)
		no_memory();
	err = out_json_write(stdout, json);
	json_decref(json);
	if (!err)
		return EXIT_OK;
	/* Main tells of a stream that cannot be written, for all commands in the same words. */
	if (!ferror(stdout))
		no_memory();
	return EXIT_INCOMPLETE;
}
