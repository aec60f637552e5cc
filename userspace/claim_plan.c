// SPDX-License-Identifier: GPL-2.0
/* From the rows of a claim to the probes and experiments it needs. The grammars are in claim.h. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "claim.h"
#include "decode.h"
#include "enter.h"
#include "experiments.h"
#include "expr.h"

/* The part of text up to len, without blanks around it; to be freed, NULL if out of memory. */
static char *part(const char *text, size_t len)
{
	while (len && isspace((unsigned char)*text)) {
		text++;
		len--;
	}
	while (len && isspace((unsigned char)text[len - 1]))
		len--;
	return strndup(text, len);
}

/* How far the next separator is, or the end; separators in parentheses and slices do not count. */
static size_t span(const char *text, const char *separators)
{
	int depth = 0;
	size_t i;

	for (i = 0; text[i]; i++) {
		if (text[i] == '(' || text[i] == '[')
			depth++;
		else if (text[i] == ')' || text[i] == ']')
			depth--;
		else if (!depth && strchr(separators, text[i]))
			break;
	}
	return i;
}

static int value_with(const char *text, size_t len, const struct cpu *cpu,
		      const struct expr_names *names, uint64_t *value)
{
	char *copy = part(text, len);
	enum expr_status status;
	int ret = 0;

	if (!copy)
		return -ENOMEM;
	status = expr_eval_with(copy, cpu, names, value, NULL, NULL);
	if (status != EXPR_KNOWN)
		ret = status == EXPR_UNKNOWN ? -EAGAIN : -EINVAL;
	free(copy);
	return ret;
}

static int value_of(const char *text, size_t len, const struct cpu *cpu, uint64_t *value)
{
	return value_with(text, len, cpu, NULL, value);
}

static int field_of(const char *text, size_t len, uint32_t *field)
{
	char *copy = part(text, len);
	int ret = copy ? 0 : -ENOMEM;

	if (copy && !decode_parse_field(copy, field))
		ret = -EINVAL;
	free(copy);
	return ret;
}

int claim_expect_with(const char *expect, const struct cpu *cpu, const struct expr_names *names,
		      char **wanted)
{
	const char *question = strchr(expect, '?');
	size_t first;
	uint64_t value;
	int ret;

	*wanted = NULL;
	if (!question) {
		*wanted = part(expect, strlen(expect));
		return *wanted ? 0 : -ENOMEM;
	}
	ret = value_with(expect, question - expect, cpu, names, &value);
	if (ret)
		return ret;
	question++;
	first = span(question, ":");
	if (!question[first])
		return -EINVAL;
	if (!value)
		return claim_expect_with(question + first + 1, cpu, names, wanted);
	*wanted = part(question, first);
	return *wanted ? 0 : -ENOMEM;
}

int claim_expect(const char *expect, const struct cpu *cpu, char **wanted)
{
	return claim_expect_with(expect, cpu, NULL, wanted);
}

static int parse_set(const char *text, const struct cpu *cpu, struct group *group)
{
	while (text && *text) {
		size_t len = span(text, ";"), equals = strcspn(text, "=");
		struct field_value *set;
		int ret;

		if (equals >= len)
			return -EINVAL;
		set = reallocarray(group->set, group->n_set + 1, sizeof(*set));
		if (!set)
			return -ENOMEM;
		group->set = set;
		ret = field_of(text, equals, &set[group->n_set].field);
		if (!ret)
			ret = value_of(text + equals + 1, len - equals - 1, cpu,
				       &set[group->n_set].value);
		if (ret)
			return ret;
		group->n_set++;
		text += len + (text[len] == ';');
	}
	return 0;
}

/* All the values of a sweep; what is too much for a group is split off later. */
struct values {
	uint64_t *list;
	size_t n;
};

static int add_value(struct values *values, uint64_t value)
{
	uint64_t *list;

	/* Room grows by doubling: whenever n is a power of two there is none left. */
	if (!(values->n & (values->n - 1))) {
		list = reallocarray(values->list, values->n ? 2 * values->n : 1, sizeof(*list));
		if (!list)
			return -ENOMEM;
		values->list = list;
	}
	values->list[values->n++] = value;
	return 0;
}

/* Where the word, with its blank, stands in the item; NULL if it does not. */
static const char *find_word(const char *text, size_t len, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= len; i++)
		if (!strncmp(text + i, word, n) && (!i || text[i - 1] == ' '))
			return text + i;
	return NULL;
}

/* "from..to" or one value. */
static int parse_range(const char *text, size_t len, const struct cpu *cpu, uint64_t *from,
		       uint64_t *to)
{
	const char *dots = memmem(text, len, "..", 2);
	int ret = value_of(text, dots ? (size_t)(dots - text) : len, cpu, from);

	if (!ret && !dots)
		*to = *from;
	else if (!ret)
		ret = value_of(dots + 2, len - (dots + 2 - text), cpu, to);
	return ret;
}

/* "base ^ bits mask"; a mask of 0 adds nothing. */
static int parse_bits(const char *text, const char *bits, size_t len, const struct cpu *cpu,
		      struct values *values)
{
	const char *caret = memrchr(text, '^', bits - text);
	uint64_t base = 0, mask;
	int ret = 0;

	if (caret)
		ret = value_of(text, caret - text, cpu, &base);
	if (!ret)
		ret = value_of(bits + 5, len - (bits + 5 - text), cpu, &mask);
	for (unsigned int i = 0; !ret && i < 64; i++)
		if (mask >> i & 1)
			ret = add_value(values, base ^ 1ull << i);
	return ret;
}

static int parse_item(const char *text, size_t len, const struct cpu *cpu, struct values *values)
{
	const char *bit = find_word(text, len, "bit "), *bits = find_word(text, len, "bits ");
	uint64_t base = 0, from, to;
	int ret = 0;

	if (bits)
		return parse_bits(text, bits, len, cpu, values);
	if (bit) {
		const char *bar = memrchr(text, '|', bit - text);

		if (bar)
			ret = value_of(text, bar - text, cpu, &base);
		if (!ret)
			ret = parse_range(bit + 4, len - (bit + 4 - text), cpu, &from, &to);
	} else {
		ret = parse_range(text, len, cpu, &from, &to);
	}
	if (ret)
		return ret;
	if (from > to || to - from >= (1u << 20) || (bit && to > 63))
		return -EINVAL;
	for (uint64_t v = from; !ret; v++) {
		ret = add_value(values, bit ? base | 1ull << v : v);
		if (v == to)
			break;
	}
	return ret;
}

static int parse_sweep(const char *text, const struct cpu *cpu, uint32_t *field,
		       struct values *values)
{
	size_t colon = strcspn(text, ":");
	int ret = text[colon] ? field_of(text, colon, field) : -EINVAL;

	if (ret)
		return ret;
	text += colon + 1;
	while (!ret && *text) {
		size_t len = span(text, ",");

		ret = parse_item(text, len, cpu, values);
		text += len + (text[len] == ',');
	}
	return ret;
}

/* The group, once for each CLAIM_GROUP_PROBES values. */
static int append(struct group **groups, size_t *n, const struct group *base,
		  const struct values *values)
{
	size_t done = 0;

	do {
		struct group *list = reallocarray(*groups, *n + 1, sizeof(*list));
		struct group part = *base;
		int ret;

		if (!list)
			return -ENOMEM;
		*groups = list;
		part.values = values->list ? values->list + done : NULL;
		part.n_values = values->n - done;
		if (part.n_values > CLAIM_GROUP_PROBES)
			part.n_values = CLAIM_GROUP_PROBES;
		ret = group_copy(&list[*n], &part);
		if (ret)
			return ret;
		(*n)++;
		done += part.n_values;
	} while (done < values->n);
	return 0;
}

/* To a group field 0, the VPID, stands for no sweep: each of its values is a group of its own. */
static int append_each(struct group **groups, size_t *n, struct group *base,
		       const struct values *values)
{
	struct field_value *set = reallocarray(base->set, base->n_set + 1, sizeof(*set));
	const struct values none = { NULL, 0 };
	int ret = 0;

	if (!set)
		return -ENOMEM;
	base->set = set;
	set += base->n_set++;
	set->field = 0;
	for (size_t i = 0; !ret && i < values->n; i++) {
		set->value = values->list[i];
		ret = append(groups, n, base, &none);
	}
	return ret;
}

/* What the guest of a probe begins with, and what is read of it. */
static int plan_guest(const struct claim_probe *probe, const struct cpu *cpu, struct group *group)
{
	const char *text = probe->read;
	int ret = 0;

	group->guest = probe->guest;
	group->program = probe->program;
	group->time = probe->time;
	if (probe->rcx)
		ret = value_of(probe->rcx, strlen(probe->rcx), cpu, &group->rcx);
	group->read = malloc(ARRIVAL_MAX_FIELDS * sizeof(*group->read));
	if (!group->read)
		return -ENOMEM;
	memcpy(group->read, enter_read, sizeof(enter_read));
	group->n_read = ENTER_READS;
	while (!ret && text && *text) {
		size_t len = span(text, ",");

		if (group->n_read == ARRIVAL_MAX_FIELDS)
			return -EINVAL;
		ret = field_of(text, len, &group->read[group->n_read++]);
		text += len + (text[len] == ',');
	}
	return ret;
}

int claim_plan_probe(const struct claim_probe *probe, const struct cpu *cpu,
		     struct group **groups, size_t *n)
{
	struct group base = { .depth = probe->depth };
	struct values values = { NULL, 0 };
	char *wanted;
	int ret = claim_expect(probe->expect, cpu, &wanted);
	bool skip = !ret && !strcmp(wanted, "skip");

	free(wanted);
	if (ret || skip)
		return ret;
	ret = parse_set(probe->set, cpu, &base);
	if (!ret && probe->guest)
		ret = plan_guest(probe, cpu, &base);
	if (!ret && probe->sweep)
		ret = parse_sweep(probe->sweep, cpu, &base.sweep_field, &values);
	if (!ret && probe->sweep && !base.sweep_field)
		ret = append_each(groups, n, &base, &values);
	else if (!ret && (!probe->sweep || values.n))
		ret = append(groups, n, &base, &values);
	free(base.set);
	free(base.read);
	free(values.list);
	return ret;
}

static int applies_to(const struct claim *claim, const struct cpu *cpu, uint64_t *applies)
{
	*applies = 1;
	return claim->when ? value_of(claim->when, strlen(claim->when), cpu, applies) : 0;
}

int claim_plan(const struct claim *claim, const struct cpu *cpu, struct group **groups, size_t *n)
{
	uint64_t applies;
	int ret;

	if (claim->kind != CLAIM_PROBE)
		return 0;
	ret = applies_to(claim, cpu, &applies);
	for (size_t i = 0; !ret && applies && i < CLAIM_MAX_PROBES && claim->probes[i].expect; i++)
		ret = claim_plan_probe(&claim->probes[i], cpu, groups, n);
	return ret;
}

int claim_plan_trials(const struct claim *claim, const struct cpu *cpu,
		      uint32_t ids[CLAIM_MAX_TRIALS], size_t *n)
{
	uint64_t applies;
	int ret;

	*n = 0;
	if (claim->kind != CLAIM_PROBE && claim->kind != CLAIM_EXPERIMENT)
		return 0;
	ret = applies_to(claim, cpu, &applies);
	for (size_t i = 0; !ret && applies && i < CLAIM_MAX_TRIALS && claim->trials[i].expect;
	     i++) {
		const struct experiment_info *info = experiments_find(claim->trials[i].experiment);

		if (!info)
			return -EINVAL;
		ids[(*n)++] = info->id;
	}
	return ret;
}

void claim_free_groups(struct group *groups, size_t n)
{
	for (size_t i = 0; i < n; i++)
		group_clear(&groups[i]);
	free(groups);
}
