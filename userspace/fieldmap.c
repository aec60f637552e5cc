// SPDX-License-Identifier: GPL-2.0
#include "fieldmap.h"

#include <string.h>

#include "explain.h"
#include "expr.h"
#include "names.h"
#include "out.h"

enum field_due fieldmap_due(const struct cpu *cpu, const struct decode_field *field)
{
	uint64_t value;

	if (!field->condition)
		return FIELD_DUE;
	if (!*field->condition ||
	    expr_eval(field->condition, cpu, &value, NULL, NULL) != EXPR_KNOWN)
		return FIELD_DUE_UNKNOWN;
	return value ? FIELD_DUE : FIELD_NOT_DUE;
}

char *fieldmap_why(const struct decode_field *field, enum field_due due)
{
	static const char *const words[] = {
		[FIELD_NOT_DUE] = "no", [FIELD_DUE] = "yes", [FIELD_DUE_UNKNOWN] = "not known",
	};

	if (!field->condition || !*field->condition)
		return out_format("%s", words[due]);
	return out_format("%s, if %s", words[due], field->condition);
}

bool fieldmap_documented(uint32_t encoding)
{
	if ((encoding >> 13 & 3) == 1)
		encoding &= ~1u;
	return decode_field_name(encoding);
}

bool fieldmap_undocumented(const struct field_map *map, struct fieldmap_range *range)
{
	const struct field_access *first, *next;
	size_t i = range->at;

	while (i < map->n && fieldmap_documented(map->list[i].encoding))
		i++;
	if (i == map->n)
		return false;
	first = &map->list[i];
	*range = (struct fieldmap_range){
		.first = first->encoding, .last = first->encoding, .step = 1, .count = 1,
		.access = first,
	};
	for (i++; i < map->n; i++) {
		uint32_t step;

		next = &map->list[i];
		if (fieldmap_documented(next->encoding))
			continue;
		step = next->encoding - range->last;
		if (range->count == 1 && step <= 2)
			range->step = step;
		if (step != range->step || next->encoding >> 10 != first->encoding >> 10 ||
		    next->readable != first->readable || next->writable != first->writable ||
		    next->ones != first->ones)
			break;
		range->last = next->encoding;
		range->count++;
	}
	if (range->count == 1)
		range->step = 1;
	range->at = i;
	return true;
}

void fieldmap_sum(const struct cpu *cpu, struct fieldmap_summary *sum)
{
	const struct field_map *map = &cpu->fields;
	struct decode_field field;

	memset(sum, 0, sizeof(*sum));
	for (size_t i = 0; decode_field(i, &field); i++) {
		const struct field_access *access = field_map_find(map, field.encoding);

		sum->known++;
		sum->documented += access != NULL;
		if (!access || !access->readable || strcmp(decode_field_type(field.encoding), "read-only"))
			continue;
		sum->read_only++;
		sum->read_only_writable += access->writable;
	}
	for (size_t i = 0; i < map->n; i++)
		if (map->list[i].readable &&
		    (!sum->highest || fieldmap_index(map->list[i].encoding) >
					      fieldmap_index(sum->highest->encoding)))
			sum->highest = &map->list[i];
}

char *fieldmap_unscanned(const struct cpu *cpu)
{
	const struct outcome *why = &cpu->fields.why;

	if (why->kind == OUTCOME_NOT_TESTED && why->why == NOT_TESTED_NOT_RECORDED)
		return out_format("the report has no map of VMCS fields");
	if (why->kind == OUTCOME_NOT_TESTED)
		return out_format("%s", why->why ? not_tested_text(why->why) :
				  "nobody asked the CPU");
	if (why->kind == OUTCOME_NOT_READY)
		return out_format("%s", readiness_text(why->readiness));
	return explain_raw(why);
}
