// SPDX-License-Identifier: GPL-2.0
#include "report_json.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_place(const struct place *place)
{
	if (!place->up)
		return;
	print_place(place->up);
	if (place->key)
		fprintf(stderr, ".%s", place->key);
	else
		fprintf(stderr, "[%zu]", place->index);
}

int place_fail(const struct place *place, const char *format, ...)
{
	const struct place *top = place;
	va_list args;

	while (top->up)
		top = top->up;
	fflush(stdout);
	fprintf(stderr, "vmxprobe: %s: ", top->file);
	print_place(place);
	if (place->up)
		fputs(": ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return -1;
}

struct place place_member(const struct place *object, const char *key)
{
	return (struct place){
		.up = object,
		.key = key,
		.json = json_object_get(object->json, key),
	};
}

struct place place_element(const struct place *array, size_t index)
{
	return (struct place){
		.up = array,
		.index = index,
		.json = json_array_get(array->json, index),
	};
}

bool place_missing(const struct place *place)
{
	return !place->json;
}

static int expected(const struct place *place, const char *what)
{
	if (place_missing(place))
		return place_fail(place, "missing; it must be %s", what);
	return place_fail(place, "it must be %s", what);
}

int place_object(const struct place *place)
{
	return json_is_object(place->json) ? 0 : expected(place, "an object");
}

int place_array(const struct place *place, size_t min, size_t max)
{
	size_t n = json_array_size(place->json);

	if (!json_is_array(place->json))
		return expected(place, "a list");
	if (n < min || n > max)
		return place_fail(place, "it has %zu elements; %zu to %zu are allowed", n, min,
				  max);
	return 0;
}

int place_text(const struct place *place, const char **text)
{
	*text = json_string_value(place->json);
	return *text ? 0 : expected(place, "a string");
}

int place_optional_text(const struct place *place, char **copy)
{
	const char *text;

	*copy = NULL;
	if (place_missing(place) || json_is_null(place->json))
		return 0;
	if (place_text(place, &text))
		return -1;
	*copy = strdup(text);
	return *copy ? 0 : place_fail(place, "out of memory");
}

int place_integer(const struct place *place, uint64_t min, uint64_t max, uint64_t *value)
{
	json_int_t number = json_integer_value(place->json);

	if (!json_is_integer(place->json) || number < 0 || (uint64_t)number < min ||
	    (uint64_t)number > max) {
		char what[80];

		snprintf(what, sizeof(what), "a whole number from %" PRIu64 " to %" PRIu64, min,
			 max);
		return expected(place, what);
	}
	*value = number;
	return 0;
}

int place_hex(const struct place *place, uint64_t max, uint64_t *value)
{
	const char *text = json_string_value(place->json);
	size_t digits = text && !strncmp(text, "0x", 2) ?
			strspn(text + 2, "0123456789abcdef") : 0;
	char what[80];

	if (digits && digits <= 16 && !text[2 + digits]) {
		*value = strtoull(text + 2, NULL, 16);
		if (*value <= max)
			return 0;
	}
	snprintf(what, sizeof(what), "a string of \"0x\" and lower-case hex digits, at most "
		 "\"0x%" PRIx64 "\"", max);
	return expected(place, what);
}

int place_bytes(const struct place *place, size_t max, uint8_t *bytes, size_t *n)
{
	static const char digits[] = "0123456789abcdef";
	const char *text = json_string_value(place->json);
	size_t length = text ? strspn(text, digits) : 1;
	char what[80];

	if (!text || text[length] || length % 2 || length / 2 > max) {
		snprintf(what, sizeof(what), "a string of pairs of lower-case hex digits, at most "
			 "%zu", max);
		return expected(place, what);
	}
	*n = length / 2;
	for (size_t i = 0; i < *n; i++)
		bytes[i] = (strchr(digits, text[2 * i]) - digits) << 4 |
			   (strchr(digits, text[2 * i + 1]) - digits);
	return 0;
}

int place_hex32(const struct place *place, uint32_t *value)
{
	uint64_t wide;

	if (place_hex(place, UINT32_MAX, &wide))
		return -1;
	*value = wide;
	return 0;
}
