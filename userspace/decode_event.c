// SPDX-License-Identifier: GPL-2.0
/* VMCS fields (fields.def), errors, exit reasons and events (events.def). */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "decode.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const struct field_row {
	uint32_t encoding;
	const char *token, *name, *condition;
} fields[] = {
#define FIELD(encoding, token, name) { encoding, #token, name, NULL },
#define FIELD_IF(number, token, name, condition) { 0x##number, #token, name, condition },
#define FIELD_MAYBE(encoding, token, name) { encoding, #token, name, "" },
#include "fields.def"
#undef FIELD
};

static const struct {
	const char *token, *name;
} types[INTR_TYPES] = {
#define INTR_TYPE(number, token, name) [number] = { token, name },
#include "events.def"
};

static const struct {
	const char *name, *title;
} vectors[] = {
#define VECTOR(number, mnemonic, name) [number] = { mnemonic, name },
#include "events.def"
};

static const struct field_row *find_field(uint32_t encoding)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fields); i++)
		if (fields[i].encoding == encoding)
			return &fields[i];
	return NULL;
}

const char *decode_field_name(uint32_t encoding)
{
	const struct field_row *row = find_field(encoding);

	return row ? row->name : NULL;
}

const char *decode_field_token(uint32_t encoding)
{
	const struct field_row *row = find_field(encoding);

	return row ? row->token : NULL;
}

bool decode_field(size_t i, struct decode_field *field)
{
	if (i >= ARRAY_SIZE(fields))
		return false;
	field->encoding = fields[i].encoding;
	field->name = fields[i].name;
	field->token = fields[i].token;
	field->condition = fields[i].condition;
	return true;
}

static const struct field_row *by_token[ARRAY_SIZE(fields)];

static int compare_tokens(const void *a, const void *b)
{
	return strcasecmp((*(const struct field_row *const *)a)->token,
			  (*(const struct field_row *const *)b)->token);
}

static void sort_by_token(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		by_token[i] = &fields[i];
	qsort(by_token, ARRAY_SIZE(fields), sizeof(*by_token), compare_tokens);
}

/* Claims name a field for each probe. */
static const struct field_row *find_token(const char *text)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const struct field_row row = { .token = text }, *key = &row;
	const struct field_row **found;

	pthread_once(&once, sort_by_token);
	found = bsearch(&key, by_token, ARRAY_SIZE(fields), sizeof(*by_token), compare_tokens);
	return found ? *found : NULL;
}

bool decode_parse_field(const char *text, uint32_t *encoding)
{
	const struct field_row *row = find_token(text);
	uint64_t number;

	for (size_t i = 0; !row && i < ARRAY_SIZE(fields); i++)
		if (!strcasecmp(text, fields[i].name))
			row = &fields[i];
	if (row) {
		*encoding = row->encoding;
		return true;
	}
	if (!decode_parse_number(text, UINT32_MAX, &number))
		return false;
	*encoding = number;
	return true;
}

const char *decode_field_width_name(uint32_t encoding)
{
	static const char *const widths[] = { "16", "64", "32", "natural" };

	return widths[encoding >> 13 & 3];
}

const char *decode_field_type(uint32_t encoding)
{
	static const char *const types[] = { "control", "read-only", "guest", "host" };

	return types[encoding >> 10 & 3];
}

unsigned int decode_field_width(uint32_t encoding)
{
	switch (encoding >> 13 & 3) {
	case 0:
		return 16;
	case 2:
		return 32;
	default:
		return encoding & 1 ? 32 : 64;	/* the access type "high" has the upper half */
	}
}

const char *decode_vm_error(uint32_t error)
{
	switch (error) {
#define VM_ERROR(number, text) case number: return text;
#include "events.def"
	default:
		return NULL;
	}
}

const char *decode_exit_reason(uint32_t exit_reason)
{
	switch (exit_reason & 0xffff) {
#define EXIT_REASON(number, text) case number: return text;
#include "events.def"
	default:
		return NULL;
	}
}

const char *decode_entry_failure(uint32_t exit_reason, uint64_t qualification)
{
	if (!(exit_reason >> 31))
		return NULL;
#define ENTRY_FAILURE(reason, number, text) \
	if ((exit_reason & 0xffff) == (reason) && qualification == (number)) \
		return text;
#include "events.def"
	return NULL;
}

const char *decode_type_name(uint32_t type)
{
	return type < ARRAY_SIZE(types) ? types[type].name : NULL;
}

const char *decode_type_token(uint32_t type)
{
	return type < ARRAY_SIZE(types) ? types[type].token : NULL;
}

const char *decode_type_allowed(void)
{
	static const char allowed[] = "0 to 7"
#define INTR_TYPE(number, token, name) ", " token
#include "events.def"
		;

	return allowed;
}

bool decode_parse_type(const char *text, uint32_t *type)
{
	uint64_t number;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		if (!strcasecmp(text, types[i].token) || !strcasecmp(text, types[i].name)) {
			*type = i;
			return true;
		}
	}
	if (!decode_parse_number(text, ARRAY_SIZE(types) - 1, &number))
		return false;
	*type = number;
	return true;
}

const char *decode_vector_name(uint32_t vector)
{
	return vector < ARRAY_SIZE(vectors) ? vectors[vector].name : NULL;
}

const char *decode_vector_title(uint32_t vector)
{
	return vector < ARRAY_SIZE(vectors) ? vectors[vector].title : NULL;
}

bool decode_parse_vector(const char *text, uint32_t *vector)
{
	const char *name = *text == '#' ? text + 1 : text;
	const char *known;
	uint64_t number;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(vectors); i++) {
		known = vectors[i].name;
		if (known && !strcasecmp(name, *known == '#' ? known + 1 : known)) {
			*vector = i;
			return true;
		}
	}
	if (!decode_parse_number(text, 255, &number))
		return false;
	*vector = number;
	return true;
}
