// SPDX-License-Identifier: GPL-2.0
/* Groups of probes in a report, and what they came to. */
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "names.h"
#include "out.h"
#include "report.h"
#include "report_parts.h"

static void set_field(json_t *object, const char *name_key, const char *key, uint32_t field)
{
	if (decode_field_token(field))
		out_json_set(object, name_key, json_string(decode_field_token(field)));
	out_json_set_hex(object, key, field);
}

static json_t *write_values(const struct group *group)
{
	json_t *list = json_array(), *item;
	size_t i, k;

	for (i = 0; i < group->n_values; i = k) {
		for (k = i + 1; k < group->n_values && group->values[k - 1] != UINT64_MAX &&
		     group->values[k] == group->values[k - 1] + 1;)
			k++;
		item = json_object();
		out_json_set_hex(item, "first", group->values[i]);
		out_json_set(item, "count", json_integer(k - i));
		out_json_append(list, item);
	}
	return list;
}

static json_t *write_outcome(const struct evidence *ev, size_t i)
{
	const struct outcome *outcome = evidence_outcome(ev, i);
	const struct arrival *arrival = evidence_arrival(ev, outcome);
	json_t *json = report_outcome(outcome);

	if (arrival)
		out_json_set(json, "arrival", report_arrival(arrival));
	return json;
}

/* The different outcomes in the order of their first use, and who has which. */
static int write_outcomes(json_t *json, const struct evidence *ev)
{
	json_t *outcomes = json_array(), *runs = json_array(), *item;
	size_t probes = group_probes(&ev->group), i, k, used = 0, number;
	/* One more for probes without an outcome. */
	size_t *numbers = calloc(ev->n_outcomes + 1, sizeof(*numbers));

	if (!numbers || !outcomes || !runs) {
		free(numbers);
		json_decref(outcomes);
		json_decref(runs);
		return -1;
	}
#define SLOT(i) ((i) < ev->n_index && ev->index[i] < ev->n_outcomes ? ev->index[i] : \
		 ev->n_outcomes)
	for (i = 0; i < probes; i = k) {
		for (k = i + 1; k < probes && SLOT(k) == SLOT(i);)
			k++;
		number = numbers[SLOT(i)];
		if (!number) {
			out_json_append(outcomes, write_outcome(ev, i));
			number = ++used;
			numbers[SLOT(i)] = number;
		}
		item = json_object();
		out_json_set(item, "outcome", json_integer(number - 1));
		out_json_set(item, "count", json_integer(k - i));
		out_json_append(runs, item);
	}
#undef SLOT
	free(numbers);
	out_json_set(json, "outcomes", outcomes);
	out_json_set(json, "runs", runs);
	return 0;
}

static void write_guest(json_t *json, const struct group *group)
{
	json_t *read = json_array();

	for (size_t i = 0; i < group->n_read; i++)
		out_json_append(read, out_json_hex(group->read[i]));
	out_json_set(json, "guest", json_string(guest_name(group->guest)));
	out_json_set(json, "program", json_string(guest_program_name(group->program)));
	out_json_set_hex(json, "rcx", group->rcx);
	out_json_set(json, "read", read);
	if (group->time)
		out_json_set(json, "time", json_true());
}

json_t *report_write_evidence(const struct cpu *cpu)
{
	json_t *list = json_array(), *item, *set, *field;
	const struct group *group;
	size_t i, k;

	for (i = 0; i < cpu->n_evidence; i++) {
		group = &cpu->evidence[i].group;
		item = json_object();
		out_json_set(item, "depth", json_string(depth_name(group->depth)));
		if (group->depth == DEPTH_ENTER)
			write_guest(item, group);
		set = json_array();
		for (k = 0; k < group->n_set; k++) {
			field = json_object();
			set_field(field, "name", "field", group->set[k].field);
			out_json_set_hex(field, "value", group->set[k].value);
			out_json_append(set, field);
		}
		out_json_set(item, "set", set);
		if (group->sweep_field) {
			set_field(item, "sweep_name", "sweep_field", group->sweep_field);
			out_json_set(item, "sweep_values", write_values(group));
		}
		if (write_outcomes(item, &cpu->evidence[i])) {
			json_decref(item);
			json_decref(list);
			return NULL;
		}
		out_json_append(list, item);
	}
	return list;
}

static int no_memory(const struct place *place)
{
	return place_fail(place, "out of memory");
}

static int read_set(const struct place *list, struct group *group)
{
	size_t n, i;

	if (place_array(list, 0, REPORT_MAX_SETS))
		return -1;
	n = json_array_size(list->json);
	group->set = calloc(n ? n : 1, sizeof(*group->set));
	if (!group->set)
		return no_memory(list);
	for (i = 0; i < n; i++) {
		struct place item = place_element(list, i);
		struct place field = place_member(&item, "field");
		struct place value = place_member(&item, "value");

		if (place_object(&item) || place_hex32(&field, &group->set[i].field) ||
		    place_hex(&value, UINT64_MAX, &group->set[i].value))
			return -1;
		group->n_set++;
	}
	return 0;
}

/* Number the probes of this group and check them against what is left of the whole. */
static int count_probes(size_t *total, const struct place *place, uint64_t probes)
{
	*total += probes;
	if (*total > REPORT_MAX_TOTAL)
		return place_fail(place, "the report holds more than %u probes", REPORT_MAX_TOTAL);
	return 0;
}

static int read_values(size_t *total, const struct place *list, struct group *group)
{
	uint64_t first, count, sum = 0, k;
	size_t n, i;

	if (place_array(list, 1, REPORT_MAX_PROBES))
		return -1;
	n = json_array_size(list->json);
	/* Count before allocating: a few bytes of ranges can stand for many values. */
	for (i = 0; i < n; i++) {
		struct place item = place_element(list, i);
		struct place member = place_member(&item, "count");

		if (place_object(&item) ||
		    place_integer(&member, 1, REPORT_MAX_PROBES, &count))
			return -1;
		sum += count;
	}
	if (sum > REPORT_MAX_PROBES)
		return place_fail(list, "the counts sum up to %zu; at most %u are allowed",
				  (size_t)sum, REPORT_MAX_PROBES);
	if (count_probes(total, list, sum))
		return -1;
	group->values = calloc(sum, sizeof(*group->values));
	if (!group->values)
		return no_memory(list);
	for (i = 0; i < n; i++) {
		struct place item = place_element(list, i);
		struct place member = place_member(&item, "count");
		struct place start = place_member(&item, "first");

		if (place_integer(&member, 1, REPORT_MAX_PROBES, &count) ||
		    place_hex(&start, UINT64_MAX, &first))
			return -1;
		if (first > UINT64_MAX - (count - 1))
			return place_fail(&start, "the range goes beyond 64 bits");
		for (k = 0; k < count; k++)
			group->values[group->n_values++] = first + k;
	}
	return 0;
}

static int read_fields(const struct place *list, struct group *group)
{
	size_t n;

	if (place_array(list, 0, ARRIVAL_MAX_FIELDS))
		return -1;
	n = json_array_size(list->json);
	group->read = calloc(n ? n : 1, sizeof(*group->read));
	if (!group->read)
		return no_memory(list);
	for (size_t i = 0; i < n; i++) {
		struct place field = place_element(list, i);

		if (place_hex32(&field, &group->read[group->n_read++]))
			return -1;
	}
	return 0;
}

/* What a group of depth "enter" has, and others must not. */
static int read_guest(const struct place *item, struct group *group)
{
	static const char *const keys[] = { "guest", "program", "rcx", "read", "time" };
	struct place guest = place_member(item, keys[0]), program = place_member(item, keys[1]);
	struct place rcx = place_member(item, keys[2]), read = place_member(item, keys[3]);
	struct place time = place_member(item, keys[4]);
	enum guest_program number;
	const char *name;

	if (group->depth != DEPTH_ENTER) {
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
			struct place member = place_member(item, keys[i]);

			if (!place_missing(&member))
				return place_fail(&member, "only a group of depth \"enter\" may "
						  "have it");
		}
		return 0;
	}
	if (place_text(&guest, &name))
		return -1;
	if (!guest_parse(name, &group->guest))
		return place_fail(&guest, "it must be \"real\", \"pm32\" or \"long\"");
	if (place_text(&program, &name))
		return -1;
	if (!guest_program_parse(name, &number))
		return place_fail(&program, "it must be the name of a guest's program, such as "
				  "\"vmcall\"");
	group->program = number;
	if (place_hex(&rcx, UINT64_MAX, &group->rcx) || read_fields(&read, group))
		return -1;
	if (!place_missing(&time) && !json_is_true(time.json))
		return place_fail(&time, "it must be true if it is there");
	group->time = !place_missing(&time);
	return 0;
}

static int read_group(size_t *total, const struct place *item, struct group *group)
{
	struct place depth = place_member(item, "depth"), set = place_member(item, "set");
	struct place field = place_member(item, "sweep_field");
	struct place values = place_member(item, "sweep_values");
	const char *name;

	if (place_object(item) || place_text(&depth, &name))
		return -1;
	if (!depth_parse(name, &group->depth))
		return place_fail(&depth, "it must be \"controls\", \"state\" or \"enter\"");
	if (read_guest(item, group) || read_set(&set, group))
		return -1;
	if (place_missing(&field)) {
		if (!place_missing(&values))
			return place_fail(&values, "a group without \"sweep_field\" must not have "
					  "it");
		return count_probes(total, item, 1);
	}
	if (place_hex32(&field, &group->sweep_field))
		return -1;
	if (!group->sweep_field)
		return place_fail(&field, "field 0 cannot be swept");
	return read_values(total, &values, group);
}

/* Guests that were entered at that depth have arrived, and no others. */
static int read_arrival(const struct place *item, struct evidence *ev, struct outcome *outcome)
{
	struct place place = place_member(item, "arrival");
	const struct group *group = &ev->group;
	struct arrival arrival;

	/* What a kind of a later tool has with it is as unknown as the kind. */
	if (outcome->kind == OUTCOME_NOT_TESTED)
		return 0;
	if (outcome->kind != OUTCOME_ENTERED || group->depth != DEPTH_ENTER) {
		if (place_missing(&place))
			return 0;
		return place_fail(&place, "only a guest that was entered at depth \"enter\" may "
				  "have it");
	}
	if (report_read_arrival(&place, group->n_read, group->time, &arrival))
		return -1;
	if (evidence_add_arrival(ev, &arrival))
		return no_memory(&place);
	outcome->arrival = ev->n_arrivals;
	return 0;
}

static int read_outcomes(const struct place *list, struct evidence *ev)
{
	size_t n, i;

	if (place_array(list, 1, group_probes(&ev->group)))
		return -1;
	n = json_array_size(list->json);
	ev->outcomes = calloc(n, sizeof(*ev->outcomes));
	if (!ev->outcomes)
		return no_memory(list);
	for (i = 0; i < n; i++) {
		struct place item = place_element(list, i);

		if (report_read_outcome_field(&item, &ev->outcomes[i]) ||
		    read_arrival(&item, ev, &ev->outcomes[i]))
			return -1;
		ev->n_outcomes++;
	}
	return 0;
}

static int read_runs(const struct place *list, struct evidence *ev)
{
	size_t probes = group_probes(&ev->group), n, i;
	uint64_t outcome, count;

	if (place_array(list, 1, probes))
		return -1;
	n = json_array_size(list->json);
	ev->index = calloc(probes, sizeof(*ev->index));
	if (!ev->index)
		return no_memory(list);
	for (i = 0; i < n; i++) {
		struct place item = place_element(list, i);
		struct place number = place_member(&item, "outcome");
		struct place length = place_member(&item, "count");

		if (place_object(&item) ||
		    place_integer(&number, 0, ev->n_outcomes - 1, &outcome) ||
		    place_integer(&length, 1, REPORT_MAX_PROBES, &count))
			return -1;
		if (count > probes - ev->n_index)
			return place_fail(&length, "the runs cover more than the group's %zu "
					  "probes", probes);
		while (count--)
			ev->index[ev->n_index++] = outcome;
	}
	if (ev->n_index != probes)
		return place_fail(list, "the runs cover %zu of the group's %zu probes; it must "
				  "be all", ev->n_index, probes);
	return 0;
}

int report_read_evidence(const struct place *list, struct cpu *cpu, size_t *total)
{
	size_t n, i;

	if (place_array(list, 0, REPORT_MAX_GROUPS))
		return -1;
	n = json_array_size(list->json);
	cpu->evidence = calloc(n ? n : 1, sizeof(*cpu->evidence));
	if (!cpu->evidence)
		return no_memory(list);
	for (i = 0; i < n; i++) {
		struct place item = place_element(list, i);
		struct place outcomes = place_member(&item, "outcomes");
		struct place runs = place_member(&item, "runs");
		struct evidence *ev = &cpu->evidence[cpu->n_evidence++];

		if (read_group(total, &item, &ev->group) || read_outcomes(&outcomes, ev) ||
		    read_runs(&runs, ev))
			return -1;
	}
	return 0;
}

