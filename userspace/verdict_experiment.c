// SPDX-License-Identifier: GPL-2.0
/*
 * Judging claims by the module's experiments: each repetition of one, step by step, against what
 * the claim expects. claim.h has the grammar.
 */
#include "verdict_experiment.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "experiments.h"
#include "explain.h"
#include "names.h"
#include "reproduce.h"
#include "verdict_why.h"

#define VECTOR_UD 6
#define VECTOR_GP 13
#define VECTOR_PF 14

/* One alternative of a step. */
struct wanted {
	enum outcome_kind kind;
	uint32_t number;	/* VM-instruction error, vector or basic exit reason */
	bool has_qualification, has_value;
	uint64_t qualification, value;
};

/* One repetition of an experiment. */
struct repetition {
	const struct claim *claim;
	const struct experiment_info *info;
	const struct cpu *cpu;
	const struct observation *list;
	size_t n;
	struct expr_arg arg;
	struct verdict *verdict;
};

/* The part of text up to the end, without blanks around it. */
static void trim(const char **text, const char **end)
{
	while (*text < *end && isspace((unsigned char)**text))
		++*text;
	while (*end > *text && isspace((unsigned char)(*end)[-1]))
		--*end;
}

static int value_of(const struct repetition *rep, const char *text, const char *end,
		    uint64_t *value)
{
	char *copy;
	int ret = 0;

	trim(&text, &end);
	copy = strndup(text, end - text);
	if (!copy)
		return -ENOMEM;
	switch (expr_eval_with(copy, rep->cpu, &rep->arg.names, value, NULL, NULL)) {
	case EXPR_KNOWN:
		break;
	case EXPR_UNKNOWN:
		ret = -EAGAIN;
		break;
	case EXPR_BAD:
		ret = -EINVAL;
		break;
	}
	free(copy);
	return ret;
}

static bool number_of(const char *text, const char *end, uint32_t *number)
{
	char *stop;

	if (text == end || !isdigit((unsigned char)*text))
		return false;
	*number = strtoul(text, &stop, 10);
	return stop == end;
}

/* The word of an alternative, without its value: "ok", "F12", "#GP", "34/arg". */
static int read_word(const struct repetition *rep, const char *text, const char *end,
		     struct wanted *wanted)
{
	static const struct {
		const char *word;
		enum outcome_kind kind;
		uint32_t number;
	} words[] = {
		{ "ok", OUTCOME_OK, 0 },
		{ "invalid", OUTCOME_FAIL_INVALID, 0 },
		{ "#UD", OUTCOME_FAULT, VECTOR_UD },
		{ "#GP", OUTCOME_FAULT, VECTOR_GP },
		{ "#PF", OUTCOME_FAULT, VECTOR_PF },
	};
	const char *slash = memchr(text, '/', end - text);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strlen(words[i].word) != (size_t)(end - text) ||
		    strncmp(text, words[i].word, end - text))
			continue;
		wanted->kind = words[i].kind;
		wanted->number = words[i].number;
		return 0;
	}
	if (end - text > 4 && !strncmp(text, "exit", 4)) {
		wanted->kind = OUTCOME_ENTERED;
		return number_of(text + 4, end, &wanted->number) ? 0 : -EINVAL;
	}
	if (text < end && *text == 'F') {
		wanted->kind = OUTCOME_FAIL_VALID;
		return number_of(text + 1, end, &wanted->number) ? 0 : -EINVAL;
	}
	wanted->kind = OUTCOME_ENTRY_FAILED;
	if (!number_of(text, slash ? slash : end, &wanted->number))
		return -EINVAL;
	wanted->has_qualification = slash;
	return slash ? value_of(rep, slash + 1, end, &wanted->qualification) : 0;
}

static int read_alternative(const struct repetition *rep, const char *text, const char *end,
			    struct wanted *wanted)
{
	const char *equals = memchr(text, '=', end - text), *stop = equals ? equals : end;
	int ret;

	*wanted = (struct wanted){ .has_value = equals };
	trim(&text, &stop);
	ret = read_word(rep, text, stop, wanted);
	/* No entry that fails reads anything. */
	if (!ret && equals && wanted->kind == OUTCOME_ENTRY_FAILED)
		ret = -EINVAL;
	if (!ret && equals)
		ret = value_of(rep, equals + 1, end, &wanted->value);
	return ret;
}

/* Where the alternative at text ends; *next is the one behind it, or NULL. */
static const char *alternative_end(const char *text, const char *end, const char **next)
{
	const char *or = memmem(text, end - text, " or ", 4);

	*next = or ? or + 4 : NULL;
	return or ? or : end;
}

static bool is_kind(const struct wanted *wanted, const struct outcome *outcome)
{
	if (outcome->kind != wanted->kind)
		return false;
	switch (wanted->kind) {
	case OUTCOME_FAIL_VALID:
		return outcome->error == wanted->number;
	case OUTCOME_FAULT:
		return outcome->vector == wanted->number;
	case OUTCOME_ENTERED:
		return outcome->exit_reason == wanted->number;
	case OUTCOME_ENTRY_FAILED:
		return (outcome->exit_reason & 0xffff) == wanted->number &&
		       (!wanted->has_qualification ||
			outcome->qualification == wanted->qualification);
	default:
		return true;
	}
}

enum match {
	MATCH_NONE,	/* it says nothing */
	MATCH_KEPT,
	MATCH_BROKEN,
};

/* One step; 0 with *match, or a negative errno. */
static int match_step(const struct repetition *rep, const char *step, const char *end,
		      const struct observation *seen, enum match *match)
{
	const char *next = step;

	trim(&next, &end);
	*match = end - next == 3 && !strncmp(next, "any", 3) ? MATCH_KEPT : MATCH_BROKEN;
	if (*match == MATCH_KEPT)
		return 0;
	while (next) {
		const char *from = next, *stop = alternative_end(from, end, &next);
		struct wanted wanted;
		int ret = read_alternative(rep, from, stop, &wanted);

		if (ret)
			return ret;
		if (!is_kind(&wanted, &seen->outcome))
			continue;
		if (wanted.has_value && !seen->has_value)
			*match = MATCH_NONE;
		else if (!wanted.has_value || seen->value == wanted.value)
			*match = MATCH_KEPT;
		if (*match == MATCH_KEPT)
			return 0;
	}
	return 0;
}

static void write_wanted(FILE *file, const struct wanted *wanted)
{
	static const char *const names[] = {
		[VECTOR_UD] = "#UD", [VECTOR_GP] = "#GP", [VECTOR_PF] = "#PF",
	};

	switch (wanted->kind) {
	case OUTCOME_FAIL_INVALID:
		fputs("VMfailInvalid", file);
		break;
	case OUTCOME_FAIL_VALID:
		fprintf(file, "VMfailValid with VM-instruction error %" PRIu32, wanted->number);
		break;
	case OUTCOME_FAULT:
		fputs(names[wanted->number], file);
		break;
	case OUTCOME_ENTERED:
		fprintf(file, "a guest that exits with reason %" PRIu32, wanted->number);
		break;
	case OUTCOME_ENTRY_FAILED:
		fprintf(file, "entry failure %" PRIu32, wanted->number);
		if (wanted->has_qualification)
			fprintf(file, " with qualification %" PRIu64, wanted->qualification);
		break;
	default:
		fputs("success", file);
		break;
	}
	if (wanted->has_value)
		fprintf(file, ", value 0x%" PRIx64, wanted->value);
}

/* What a step should be, for people; the step was read before. */
static char *wanted_text(const struct repetition *rep, const char *step, const char *end)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);
	const char *next = step;

	if (!file)
		return NULL;
	while (next) {
		const char *from = next, *stop = alternative_end(from, end, &next);
		struct wanted wanted;

		if (!read_alternative(rep, from, stop, &wanted))
			write_wanted(file, &wanted);
		if (next)
			fputs(" or ", file);
	}
	if (!fclose(file))
		return text;
	free(text);
	return NULL;
}

static char *seen_text(const struct repetition *rep, size_t i)
{
	const struct observation *seen = &rep->list[i];
	char *made = reproduce_observation(rep->info, seen);
	char *raw = explain_raw(&seen->outcome), *text = NULL;
	size_t size;
	FILE *file = made ? open_memstream(&text, &size) : NULL;

	if (file) {
		fputs(made, file);
		if (rep->n > 1)
			fprintf(file, ", step %zu of %zu", i + 1, rep->n);
		if (seen->outcome.kind == OUTCOME_OK && seen->outcome.insn == INSN_NONE)
			fputs(": looked at", file);
		else
			fprintf(file, ": %s", raw);
		if (seen->has_value)
			fprintf(file, ", value 0x%" PRIx64, seen->value);
		if (fclose(file)) {
			free(text);
			text = NULL;
		}
	}
	free(made);
	free(raw);
	return text;
}

static int broken(const struct repetition *rep, const char *step, const char *end, size_t i)
{
	struct verdict *verdict = rep->verdict;

	verdict->probes++;
	if (verdict->broken++)
		return 0;
	verdict->expected = wanted_text(rep, step, end);
	verdict->seen = seen_text(rep, i);
	verdict->reproduce = reproduce_experiment(rep->info, rep->cpu);
	return verdict->expected && verdict->seen && verdict->reproduce ? 0 : -ENOMEM;
}

/* Takes the reason; that of the first that says nothing is told. */
static int silent(struct verdict *verdict, char *reason)
{
	if (verdict->reason)
		free(reason);
	else
		verdict->reason = reason;
	return verdict->reason ? 0 : -ENOMEM;
}

static char *why_set_up(const struct repetition *rep, const struct outcome *outcome)
{
	char *raw = explain_raw(outcome), *text;

	if (asprintf(&text, "a step before %s did not work: %s", rep->info->name, raw) < 0)
		text = NULL;
	free(raw);
	return text;
}

static bool says_nothing(const struct outcome *outcome)
{
	switch (outcome->kind) {
	case OUTCOME_NOT_TESTED:
	case OUTCOME_NOT_READY:
	case OUTCOME_STOPPED:
	case OUTCOME_WITHHELD:
		return true;
	default:
		return verdict_is_machine_check(outcome);
	}
}

static int incomplete(const struct repetition *rep)
{
	char *text;

	if (asprintf(&text, "the answer to %s has not the steps that it must have",
		     rep->info->name) < 0)
		text = NULL;
	return silent(rep->verdict, text);
}

/* Against the steps that are expected of it. */
static int judge_steps(const struct repetition *rep, const char *step)
{
	for (size_t i = 0; i < rep->n; i++) {
		const struct observation *seen = &rep->list[i];
		const char *end = step ? strchrnul(step, ';') : NULL;
		enum match match;
		int ret;

		if (seen->set_up)
			return silent(rep->verdict, why_set_up(rep, &seen->outcome));
		if (says_nothing(&seen->outcome))
			return silent(rep->verdict, verdict_why_silent(rep->cpu, &seen->outcome));
		if (!step)
			return incomplete(rep);
		ret = match_step(rep, step, end, seen, &match);
		if (ret)
			return ret;
		if (match == MATCH_NONE)
			return incomplete(rep);
		if (match == MATCH_BROKEN)
			return broken(rep, step, end, i);
		step = *end ? end + 1 : NULL;
	}
	if (step)
		return incomplete(rep);
	rep->verdict->probes++;
	return 0;
}

static int judge_repetition(const struct repetition *rep, const struct claim_trial *trial)
{
	char *wanted;
	int ret = claim_expect_with(trial->expect, rep->cpu, &rep->arg.names, &wanted);

	if (!ret && strcmp(wanted, "skip"))
		ret = judge_steps(rep, wanted);
	free(wanted);
	if (ret != -EAGAIN)
		return ret;
	if (!rep->arg.value.known && strstr(trial->expect, "arg"))
		return incomplete(rep);
	if (cpu_unready(rep->cpu))
		return silent(rep->verdict, strdup(readiness_text(rep->cpu->readiness)));
	return silent(rep->verdict,
		      strdup("a capability MSR that what it expects depends on is not known"));
}

static bool same_arg(const struct observation *a, const struct observation *b)
{
	return a->has_arg == b->has_arg && a->arg == b->arg;
}

static int judge_trial(const struct claim *claim, const struct claim_trial *trial,
		       const struct cpu *cpu, struct verdict *verdict)
{
	struct repetition rep = {
		.claim = claim,
		.info = experiments_find(trial->experiment),
		.cpu = cpu,
		.verdict = verdict,
	};
	const struct experiment *made = rep.info ? cpu_experiment(cpu, rep.info->id) : NULL;
	int ret = 0;

	if (!rep.info)
		return -EINVAL;
	if (!made || made->why.kind != OUTCOME_OK)
		return silent(verdict, verdict_why_silent(cpu, made ? &made->why : NULL));
	for (size_t i = 0; !ret && i < made->n; i += rep.n) {
		rep.list = &made->list[i];
		rep.arg = expr_arg(rep.list->has_arg, rep.list->arg);
		for (rep.n = 1; i + rep.n < made->n && same_arg(&rep.list[rep.n], rep.list);)
			rep.n++;
		ret = judge_repetition(&rep, trial);
	}
	return ret;
}

int verdict_trials(const struct claim *claim, const struct cpu *cpu, struct verdict *verdict)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < CLAIM_MAX_TRIALS && claim->trials[i].expect; i++)
		ret = judge_trial(claim, &claim->trials[i], cpu, verdict);
	return ret;
}
