// SPDX-License-Identifier: GPL-2.0
/* Judging claims about which VMCS fields there are, and what VMWRITE keeps. */
#include "reproduce.h"
#include "verdict_fields.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "explain.h"
#include "expr.h"
#include "fieldmap.h"

#define VM_INSTRUCTION_ERROR_FIELD 0x4400u
#define UNSUPPORTED 12	/* VM-instruction error */

/* Encodings named in a verdict before "and N more". */
#define MAX_NAMED 6

/* One claim on one CPU. */
struct judging {
	const struct claim *claim;
	const struct cpu *cpu;
	struct verdict *verdict;
	FILE *seen;		/* becomes verdict->seen if the rule is broken */
};

static void judged(struct judging *j)
{
	j->verdict->probes++;
}

/* The rule is broken at this encoding; whether what is to be said of it still has its place. */
static bool broken(struct judging *j, uint32_t encoding)
{
	if (j->verdict->broken++ >= MAX_NAMED)
		return false;
	fprintf(j->seen, "%s0x%04x", j->verdict->broken > 1 ? ", " : "", encoding);
	return true;
}

static bool readable(const struct cpu *cpu, uint32_t encoding)
{
	const struct field_access *access = field_map_find(&cpu->fields, encoding);

	return access && access->readable;
}

static bool is_64bit(uint32_t encoding)
{
	return (encoding >> 13 & 3) == 1;
}

static bool is_rights(uint32_t encoding)
{
	return encoding >= GUEST_ES_AR_BYTES && encoding <= GUEST_TR_AR_BYTES && !(encoding & 1);
}

static int not_tested(struct judging *j, char *reason)
{
	j->verdict->kind = VERDICT_NOT_TESTED;
	j->verdict->reason = reason;
	return reason ? 0 : -ENOMEM;
}

static void write_term(void *arg, const char *term, bool known, uint64_t value)
{
	(void)known;
	fprintf(arg, "; %s = %" PRIu64, term, value);
}

/* What it should be, and the values that say so. */
static int expect_field(struct judging *j, uint32_t encoding, const char *condition, bool exists)
{
	uint64_t value;
	size_t size;
	FILE *file = open_memstream(&j->verdict->expected, &size);

	if (!file) {
		j->verdict->expected = NULL;
		return -ENOMEM;
	}
	if (exists)
		fprintf(file, "VMREAD of 0x%04x works", encoding);
	else
		fprintf(file, "VMREAD of 0x%04x fails with error %u", encoding, UNSUPPORTED);
	expr_eval(condition, j->cpu, &value, write_term, file);
	return fclose(file) ? -ENOMEM : 0;
}

/* "TOKEN <=> (condition)" */
static int judge_exists(struct judging *j, const char *arrow)
{
	const char *condition = arrow + strlen(" <=> ");
	const struct field_access *access;
	uint32_t encoding;
	uint64_t exists;
	bool known, absent;
	char *token, *raw;

	token = strndup(j->claim->holds, arrow - j->claim->holds);
	if (!token)
		return -ENOMEM;
	known = decode_parse_field(token, &encoding);
	free(token);
	if (!known)
		return -EINVAL;
	switch (expr_eval(condition, j->cpu, &exists, NULL, NULL)) {
	case EXPR_KNOWN:
		break;
	case EXPR_UNKNOWN:
		return not_tested(j, expr_why_unknown(condition, j->cpu, NULL));
	default:
		return -EINVAL;
	}
	access = field_map_find(&j->cpu->fields, encoding);
	absent = !access || (access->read.kind == OUTCOME_FAIL_VALID &&
			     access->read.error == UNSUPPORTED);
	judged(j);
	if (exists ? readable(j->cpu, encoding) : absent)
		return expect_field(j, encoding, condition, exists);
	j->verdict->broken++;
	if (absent) {
		fprintf(j->seen, "VMREAD fails with error %u", UNSUPPORTED);
	} else if (access->readable) {
		fputs("VMREAD works", j->seen);
	} else {
		raw = explain_raw(&access->read);
		fputs(raw, j->seen);
		free(raw);
	}
	return expect_field(j, encoding, condition, exists);
}

/* RULE_ALL and "0x800..0x80e, 0xc00" */
static int judge_all(struct judging *j, const char *list)
{
	unsigned long first, last;
	char *end;

	do {
		first = last = strtoul(list, &end, 16);
		if (end == list)
			return -EINVAL;
		if (!strncmp(end, "..", 2))
			last = strtoul(end + 2, &end, 16);
		for (; first <= last; first += 2) {
			judged(j);
			if (!readable(j->cpu, first))
				broken(j, first);
		}
		list = end + 2;
	} while (!strncmp(end, ", ", 2));
	return *end ? -EINVAL : 0;
}

static int judge_highest(struct judging *j)
{
	struct fieldmap_summary sum;
	unsigned int index;
	uint64_t value;

	if (expr_eval("ENUM[9:1]", j->cpu, &value, NULL, NULL) != EXPR_KNOWN)
		return not_tested(j, expr_why_unknown("ENUM[9:1]", j->cpu, NULL));
	fieldmap_sum(j->cpu, &sum);
	judged(j);
	if (asprintf(&j->verdict->expected, "%s = 0x%" PRIx64, RULE_HIGHEST, value) < 0) {
		j->verdict->expected = NULL;
		return -ENOMEM;
	}
	index = sum.highest ? fieldmap_index(sum.highest->encoding) : 0;
	if (sum.highest && index == value)
		return 0;
	j->verdict->broken++;
	if (sum.highest)
		fprintf(j->seen, "0x%x, of 0x%04x", index, sum.highest->encoding);
	else
		fputs("VMREAD takes none", j->seen);
	return 0;
}

static int judge_documented(struct judging *j)
{
	const struct field_map *map = &j->cpu->fields;

	for (size_t i = 0; i < map->n; i++) {
		if (!map->list[i].readable)
			continue;
		judged(j);
		if (!fieldmap_documented(map->list[i].encoding))
			broken(j, map->list[i].encoding);
	}
	return 0;
}

static int judge_high_half(struct judging *j)
{
	const struct field_map *map = &j->cpu->fields;

	for (size_t i = 0; i < map->n; i++) {
		const uint32_t encoding = map->list[i].encoding;

		if (!map->list[i].readable || !(is_64bit(encoding) || encoding & 1))
			continue;
		judged(j);
		if (!is_64bit(encoding) || !readable(j->cpu, encoding ^ 1))
			broken(j, encoding);
	}
	return 0;
}

static int judge_rights(struct judging *j)
{
	const struct field_access *first = NULL;

	for (uint32_t encoding = GUEST_ES_AR_BYTES; is_rights(encoding); encoding += 2) {
		const struct field_access *access = field_map_find(&j->cpu->fields, encoding);

		if (!access || !access->readable || !access->writable)
			continue;
		if (!first)
			first = access;
		judged(j);
		if (((access->ones != 0xffffffff && access->ones != 0x1f0ff) ||
		     access->ones != first->ones) && broken(j, encoding))
			fprintf(j->seen, " keeps 0x%" PRIx64, access->ones);
	}
	return first ? 0 : not_tested(j, strdup("no access-rights field can be written and read"));
}

static uint64_t width_mask(uint32_t encoding)
{
	const unsigned int width = decode_field_width(encoding);

	return width == 64 ? UINT64_MAX : (1ull << width) - 1;
}

static int judge_round_trip(struct judging *j)
{
	const struct field_map *map = &j->cpu->fields;

	for (size_t i = 0; i < map->n; i++) {
		const struct field_access *access = &map->list[i];

		/* VMWRITE itself may set the error; what has no name has a claim of its own. */
		if (!access->readable || !access->writable || is_rights(access->encoding) ||
		    access->encoding == VM_INSTRUCTION_ERROR_FIELD ||
		    !fieldmap_documented(access->encoding))
			continue;
		judged(j);
		if (access->ones != width_mask(access->encoding) && broken(j, access->encoding))
			fprintf(j->seen, " keeps 0x%" PRIx64, access->ones);
	}
	if (j->verdict->probes)
		return 0;
	return not_tested(j, strdup("no field can be written and read"));
}

static int judge_controls(struct judging *j)
{
	const char *unknown = NULL;
	struct decode_field field;

	for (size_t i = 0; decode_field(i, &field); i++) {
		if (!field.condition || !*field.condition)
			continue;
		switch (fieldmap_due(j->cpu, &field)) {
		case FIELD_NOT_DUE:
			break;
		case FIELD_DUE:
			judged(j);
			if (!readable(j->cpu, field.encoding) && broken(j, field.encoding))
				fprintf(j->seen, " (%s)", field.condition);
			break;
		case FIELD_DUE_UNKNOWN:
			unknown = field.condition;
			break;
		}
	}
	if (unknown && !j->verdict->broken)
		return not_tested(j, expr_why_unknown(unknown, j->cpu, NULL));
	return 0;
}

static int judge(struct judging *j)
{
	static const struct {
		const char *rule;
		int (*judge)(struct judging *j);
	} rules[] = {
		{ RULE_HIGHEST, judge_highest },
		{ RULE_DOCUMENTED, judge_documented },
		{ RULE_HIGH_HALF, judge_high_half },
		{ RULE_RIGHTS, judge_rights },
		{ RULE_ROUND_TRIP, judge_round_trip },
		{ RULE_CONTROLS, judge_controls },
	};
	const char *holds = j->claim->holds, *arrow = strstr(holds, " <=> ");

	if (arrow)
		return judge_exists(j, arrow);
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (!strcmp(holds, rules[i].rule))
			return rules[i].judge(j);
	if (!strncmp(holds, RULE_ALL, strlen(RULE_ALL)))
		return judge_all(j, holds + strlen(RULE_ALL));
	return -EINVAL;
}

/* What a verdict that was reached tells beside its kind. */
static int conclude(const struct judging *j)
{
	struct verdict *verdict = j->verdict;

	verdict->kind = verdict->broken ? VERDICT_VIOLATED : VERDICT_HOLDS;
	if (!verdict->expected)
		verdict->expected = strdup(j->claim->holds);
	if (!verdict->expected)
		return -ENOMEM;
	if (!verdict->broken)
		return 0;
	if (verdict->broken > MAX_NAMED)
		fprintf(j->seen, " and %zu more", verdict->broken - MAX_NAMED);
	/* What has no name is shown only if it is asked for. */
	if (asprintf(&verdict->reproduce, "vmxprobe fields --cpu %u%s%s", j->cpu->id,
		     !strcmp(j->claim->holds, RULE_DOCUMENTED) ||
		     !strcmp(j->claim->holds, RULE_HIGH_HALF) ? " --all" : "",
		     reproduce_borrow(j->cpu)) >= 0)
		return 0;
	verdict->reproduce = NULL;
	return -ENOMEM;
}

int verdict_fields(const struct claim *claim, const struct cpu *cpu, struct verdict *verdict)
{
	struct judging j = { .claim = claim, .cpu = cpu, .verdict = verdict };
	char *seen = NULL;
	size_t size;
	int err;

	if (!cpu->fields.scanned)
		return not_tested(&j, fieldmap_unscanned(cpu));
	j.seen = open_memstream(&seen, &size);
	if (!j.seen)
		return -ENOMEM;
	err = judge(&j);
	if (!err && !verdict->reason)
		err = conclude(&j);
	if (fclose(j.seen) && !err)
		err = -ENOMEM;
	if (!err && verdict->kind == VERDICT_VIOLATED)
		verdict->seen = seen;
	else
		free(seen);
	return err;
}
