/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Strict reading of a JSON document: what is not as it must be is told in one sentence that
 * names the file, the place in the document and what is allowed there.
 */
#ifndef VMXPROBE_REPORT_JSON_H
#define VMXPROBE_REPORT_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A value and how to get there. */
struct place {
	const struct place *up;	/* NULL: the document */
	const char *key;	/* member of up, or */
	size_t index;		/* element of up, if key is NULL */
	const char *file;	/* in the document's place only */
	json_t *json;		/* borrowed; NULL if a member is missing */
};

/* "vmxprobe: FILE: .cpus[3].profile: <sentence>"; returns -1. */
int place_fail(const struct place *place, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

struct place place_member(const struct place *object, const char *key);
struct place place_element(const struct place *array, size_t index);
bool place_missing(const struct place *place);	/* no such member */

/* All return 0, or -1 after the sentence. */
int place_object(const struct place *place);
int place_array(const struct place *place, size_t min, size_t max);
int place_text(const struct place *place, const char **text);
/* A copy; NULL for a missing member or null. */
int place_optional_text(const struct place *place, char **copy);
int place_integer(const struct place *place, uint64_t min, uint64_t max, uint64_t *value);
/* A string such as "0x1f". */
int place_hex(const struct place *place, uint64_t max, uint64_t *value);
/* A string of at most max bytes, two hex digits each. */
int place_bytes(const struct place *place, size_t max, uint8_t *bytes, size_t *n);
int place_hex32(const struct place *place, uint32_t *value);

#endif
