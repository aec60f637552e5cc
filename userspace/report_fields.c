// SPDX-License-Identifier: GPL-2.0
/*
 * The field map of a profile in a report. Encodings with the same result that follow each other
 * at a distance of 1 or 2 are one element: emulators take thousands of them.
 */
#include <stdlib.h>

#include "out.h"
#include "report.h"
#include "report_parts.h"

/* Encodings have 15 bits. */
#define ENCODINGS 0x8000

/* Of a VMREAD or VMWRITE the field is the encoding that it is listed under. */
static bool same_outcome(struct outcome a, struct outcome b)
{
	a.field = b.field = 0;
	return outcome_equal(&a, &b);
}

static bool same_result(const struct field_access *a, const struct field_access *b)
{
	return a->readable == b->readable && a->writable == b->writable && a->ones == b->ones &&
	       same_outcome(a->read, b->read) && same_outcome(a->write, b->write);
}

static json_t *write_outcome(const struct outcome *outcome)
{
	json_t *json = report_outcome(outcome);

	json_object_del(json, "field");
	return json;
}

/* How many elements from the first on are one run, and the distance of their encodings. */
static size_t run_length(const struct field_access *list, size_t n, uint32_t *step)
{
	size_t k = 1;

	*step = 1;
	if (n < 2)
		return 1;
	*step = list[1].encoding - list[0].encoding;
	if (*step <= 2)
		while (k < n && list[k].encoding - list[k - 1].encoding == *step &&
		       same_result(&list[k], &list[0]))
			k++;
	if (k == 1)
		*step = 1;
	return k;
}

json_t *report_write_fields(const struct field_map *map)
{
	json_t *list = json_array();
	size_t k;

	for (size_t i = 0; i < map->n; i += k) {
		const struct field_access *access = &map->list[i];
		json_t *item = json_object();
		uint32_t step;

		k = run_length(access, map->n - i, &step);
		out_json_set(item, "first", out_json_hex(access->encoding));
		out_json_set(item, "count", json_integer(k));
		out_json_set(item, "step", json_integer(step));
		if (!access->readable)
			out_json_set(item, "read", write_outcome(&access->read));
		if (!access->writable)
			out_json_set(item, "write", write_outcome(&access->write));
		if (access->readable && access->writable)
			out_json_set(item, "ones", out_json_hex(access->ones));
		out_json_append(list, item);
	}
	return list;
}

/* What VMREAD or VMWRITE came to, if it is there; only what it can have come to. */
static int read_outcome(const struct place *item, const char *key, bool *worked,
			struct outcome *outcome)
{
	struct place member = place_member(item, key);

	*worked = place_missing(&member);
	return *worked ? 0 : report_read_outcome(&member, outcome);
}

static void set_field(struct outcome *outcome, uint32_t encoding)
{
	if (outcome->insn == INSN_VMREAD || outcome->insn == INSN_VMWRITE)
		outcome->field = encoding;
}

static int read_run(const struct place *item, struct field_map *map, size_t *total)
{
	struct place first = place_member(item, "first"), count = place_member(item, "count");
	struct place step = place_member(item, "step"), ones = place_member(item, "ones");
	struct field_access access = { 0 };
	uint64_t encoding, n, distance;

	if (place_object(item) || place_hex(&first, ENCODINGS - 1, &encoding) ||
	    place_integer(&count, 1, ENCODINGS, &n) || place_integer(&step, 1, 2, &distance) ||
	    read_outcome(item, "read", &access.readable, &access.read) ||
	    read_outcome(item, "write", &access.writable, &access.write))
		return -1;
	if (access.readable && access.writable) {
		if (place_hex(&ones, UINT64_MAX, &access.ones))
			return -1;
	} else if (!place_missing(&ones)) {
		return place_fail(&ones, "it must not be there with \"read\" or \"write\"");
	}
	if (map->n && encoding <= map->list[map->n - 1].encoding)
		return place_fail(&first, "encodings must be in ascending order, each once");
	if (encoding + (n - 1) * distance >= ENCODINGS)
		return place_fail(&count, "the encodings go beyond 15 bits");
	*total += n;
	if (*total > REPORT_MAX_ACCESSES)
		return place_fail(item, "the report's field maps hold more than %u encodings",
				  REPORT_MAX_ACCESSES);
	for (; n--; encoding += distance) {
		access.encoding = encoding;
		set_field(&access.read, encoding);
		set_field(&access.write, encoding);
		if (field_map_add(map, &access))
			return place_fail(item, "out of memory");
	}
	return 0;
}

int report_read_fields(const struct place *list, struct field_map *map, size_t *total)
{
	size_t n;

	if (place_array(list, 0, ENCODINGS))
		return -1;
	n = json_array_size(list->json);
	for (size_t i = 0; i < n; i++) {
		struct place item = place_element(list, i);

		if (read_run(&item, map, total))
			return -1;
	}
	map->scanned = true;
	map->why = (struct outcome){ 0 };
	return 0;
}
