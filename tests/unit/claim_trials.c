// SPDX-License-Identifier: GPL-2.0
#include "claim_trials.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiments.h"
#include "unit.h"

static bool takes(const struct claim *claim)
{
	return (claim->kind == CLAIM_EXPERIMENT || claim->kind == CLAIM_PROBE) &&
	       claim->trials[0].expect;
}

/* The claim with its trials only, or with one of them. */
static struct claim trials_of(const struct claim *claim, size_t only)
{
	struct claim copy = *claim;

	copy.kind = CLAIM_EXPERIMENT;
	memset(copy.probes, 0, sizeof(copy.probes));
	if (only < CLAIM_MAX_TRIALS) {
		memset(copy.trials, 0, sizeof(copy.trials));
		copy.trials[0] = claim->trials[only];
	}
	return copy;
}

static struct cpu make_cpu(const struct trials_oracle *oracle, size_t nr, const struct claim *claim)
{
	struct cpu cpu = oracle->cpu(nr);
	uint32_t ids[CLAIM_MAX_TRIALS];
	size_t n;
	int ret = claim_plan_trials(claim, &cpu, ids, &n);

	if (ret)
		fail_msg("%s: planning fails: %d", claim->id, ret);
	for (size_t i = 0; i < n; i++)
		if (!oracle->experiment(nr, ids[i], &cpu))
			fail_msg("%s: nobody knows what experiment %u does", claim->id, ids[i]);
	return cpu;
}

static void clear(struct cpu *cpu)
{
	for (size_t i = 0; i < cpu->n_experiments; i++)
		experiment_clear(&cpu->experiments[i]);
	free(cpu->experiments);
	free(cpu->leaves);
	free(cpu->msrs);
}

static enum verdict_kind judge(const struct claim *claim, struct cpu *cpu, bool tell)
{
	struct host host = { .cpus = cpu, .n_cpus = 1 };
	struct verdict verdict;
	enum verdict_kind kind;
	int err = verdict_judge(claim, &host, cpu, &verdict);

	if (err)
		fail_msg("%s: judging fails: %d", claim->id, err);
	kind = verdict.kind;
	if (kind == VERDICT_VIOLATED) {
		assert_true(verdict.expected && *verdict.expected);
		assert_true(verdict.seen && *verdict.seen);
		assert_memory_equal(verdict.reproduce, "vmxprobe experiment ", 20);
		assert_true(verdict.broken && verdict.broken <= verdict.probes);
		if (tell)
			print_error("%s: %s, not %s\n", claim->id, verdict.seen, verdict.expected);
	} else if (kind == VERDICT_HOLDS) {
		assert_true(verdict.probes && !verdict.broken);
	} else {
		assert_non_null(verdict.reason);
		if (tell && kind == VERDICT_NOT_TESTED)
			print_error("%s: %s\n", claim->id, verdict.reason);
	}
	verdict_clear(&verdict);
	return kind;
}

static bool is_unfollowed(const struct trials_oracle *oracle, const struct claim *claim)
{
	for (const char *const *id = oracle->unfollowed; *id; id++)
		if (!strcmp(*id, claim->catalogue))
			return true;
	return false;
}

void claim_trials_hold(const struct trials_oracle *oracle)
{
	size_t wrong = 0;

	for (size_t c = 0; c < claims_count(); c++) {
		const struct claim claim = trials_of(claims_get(c), SIZE_MAX);
		bool held = false;

		for (size_t nr = 0; takes(claims_get(c)) && nr < oracle->n_cpus; nr++) {
			struct cpu cpu = make_cpu(oracle, nr, &claim);
			enum verdict_kind kind = judge(&claim, &cpu, !claim.reading);

			if (kind == VERDICT_NOT_TESTED ||
			    (kind == VERDICT_VIOLATED && !claim.reading)) {
				print_error("%s: %s by CPU %zu\n", claim.id,
					    verdict_name(kind), nr);
				wrong++;
			}
			held |= kind == VERDICT_HOLDS;
			clear(&cpu);
		}
		if (takes(claims_get(c)) && !held && !is_unfollowed(oracle, &claim)) {
			print_error("%s holds on no CPU\n", claim.id);
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

/* What no expectation takes all of. */
static const struct outcome others[] = {
	{ .kind = OUTCOME_OK, .insn = INSN_VMPTRLD },
	{ .kind = OUTCOME_FAIL_INVALID, .insn = INSN_VMLAUNCH },
	{ .kind = OUTCOME_FAIL_VALID, .insn = INSN_VMPTRLD, .error = 30 },
	{ .kind = OUTCOME_FAIL_VALID, .insn = INSN_VMPTRLD, .error = 9 },
	{ .kind = OUTCOME_FAULT, .insn = INSN_VMLAUNCH, .vector = 13 },
	{ .kind = OUTCOME_FAULT, .insn = INSN_VMLAUNCH, .vector = 6 },
	{ .kind = OUTCOME_ENTRY_FAILED, .exit_reason = 0x80000021, .qualification = 2 },
	{ .kind = OUTCOME_ENTRY_FAILED, .exit_reason = 0x80000022, .qualification = 600 },
	{ .kind = OUTCOME_ENTERED, .exit_reason = 12 },
};

/* The text of the step that the observation is, to be freed; NULL if nothing is expected of it. */
static char *step_of(const struct claim *claim, struct cpu *cpu, const struct observation *list,
		     size_t i)
{
	const struct expr_arg arg = expr_arg(list[i].has_arg, list[i].arg);
	const char *at;
	char *wanted, *step;
	size_t k = 0;

	assert_int_equal(claim_expect_with(claim->trials[0].expect, cpu, &arg.names, &wanted), 0);
	while (k < i && list[i - k - 1].has_arg == list[i].has_arg &&
	       list[i - k - 1].arg == list[i].arg)
		k++;
	for (at = wanted; k; k--)
		at = strchr(at, ';') + 1;
	step = strcmp(wanted, "skip") ? strndup(at, strcspn(at, ";")) : NULL;
	free(wanted);
	if (step && strstr(step, "any")) {
		free(step);
		step = NULL;
	}
	return step;
}

static bool same(const struct outcome *a, const struct outcome *b)
{
	return a->kind == b->kind && a->error == b->error && a->vector == b->vector &&
	       a->exit_reason == b->exit_reason;
}

static void check_step(const struct claim *claim, struct cpu *cpu, struct experiment *made,
		       size_t i)
{
	struct observation *seen = &made->list[i], was = *seen;
	char *step = step_of(claim, cpu, made->list, i);

	if (!step)
		return;
	for (size_t o = 0; o < ARRAY_SIZE(others); o++) {
		seen->outcome = others[o];
		if (!same(&was.outcome, &others[o]) &&
		    judge(claim, cpu, false) != VERDICT_VIOLATED)
			fail_msg("%s: step %zu, outcome %zu", claim->id, i, o);
	}
	*seen = was;
	if (strchr(step, '/')) {
		seen->outcome.qualification++;
		assert_int_equal(judge(claim, cpu, false), VERDICT_VIOLATED);
	}
	*seen = was;
	if (strchr(step, '=')) {
		seen->value++;
		assert_int_equal(judge(claim, cpu, false), VERDICT_VIOLATED);
		*seen = was;
		seen->has_value = false;
		assert_int_equal(judge(claim, cpu, false), VERDICT_NOT_TESTED);
	}
	*seen = was;
	seen->set_up = true;
	assert_int_equal(judge(claim, cpu, false), VERDICT_NOT_TESTED);
	*seen = was;
	seen->outcome.kind = OUTCOME_WITHHELD;
	assert_int_equal(judge(claim, cpu, false), VERDICT_NOT_TESTED);
	*seen = was;
	free(step);
}

/* Without its last step, and with that twice. */
static void check_length(const struct claim *claim, struct cpu *cpu, struct experiment *made)
{
	struct observation last = made->list[made->n - 1];
	char *step = step_of(claim, cpu, made->list, made->n - 1);

	if (step && strchr(claim->trials[0].expect, ';')) {
		made->n--;
		assert_int_equal(judge(claim, cpu, false), VERDICT_NOT_TESTED);
		made->n++;
	}
	if (step) {
		assert_int_equal(experiment_add(made, &last), 0);
		assert_int_equal(judge(claim, cpu, false), VERDICT_NOT_TESTED);
		made->n--;
	}
	free(step);
}

void claim_trials_outcomes(const struct trials_oracle *oracle)
{
	for (size_t c = 0; c < claims_count(); c++) {
		const struct claim *claim = claims_get(c);

		for (size_t t = 0; takes(claim) && t < CLAIM_MAX_TRIALS && claim->trials[t].expect;
		     t++) {
			const struct claim one = trials_of(claim, t);

			for (size_t nr = 0; nr < oracle->n_cpus; nr++) {
				struct cpu cpu = make_cpu(oracle, nr, &one);
				struct experiment *made = cpu.experiments;
				bool holds = judge(&one, &cpu, false) == VERDICT_HOLDS;

				for (size_t i = 0; holds && i < made->n; i++)
					check_step(&one, &cpu, made, i);
				if (holds)
					check_length(&one, &cpu, made);
				clear(&cpu);
			}
		}
	}
}

/* Is it found by a CPU on which the row holds, or, of a reading, on which it does not? */
static bool is_found(const struct trials_oracle *oracle, const struct claim *row,
		     const char *expect)
{
	struct claim mutant = *row;
	bool found = false;

	mutant.trials[0].expect = expect;
	for (size_t nr = 0; !found && nr < oracle->n_cpus; nr++) {
		struct cpu cpu = make_cpu(oracle, nr, row);

		found = judge(row, &cpu, false) == VERDICT_HOLDS &&
			judge(&mutant, &cpu, false) != VERDICT_HOLDS;
		clear(&cpu);
	}
	return found;
}

/* What a word of an expectation is turned into; NULL if it is none. */
static const char *other_word(const char *word, size_t len)
{
	static const char *const words[][2] = {
		{ "ok", "invalid" }, { "invalid", "ok" }, { "#UD", "#GP" }, { "#GP", "#PF" },
		{ "#PF", "#UD" }, { "33", "34" }, { "34", "33" }, { "exit18", "exit23" },
		{ "exit23", "exit18" }, { "exit49", "exit48" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strlen(words[i][0]) == len && !strncmp(words[i][0], word, len))
			return words[i][1];
	return *word == 'F' && len > 1 && isdigit((unsigned char)word[1]) ? "F31" : NULL;
}

/* Mutant number i of the expectation, to be freed; NULL if there are no more. */
static char *mutant_of(const char *expect, size_t i)
{
	const char *question = strchr(expect, '?'), *at;
	char *text;

	/* What is skipped may well do the same. */
	if (question && !strstr(expect, "skip") && !i--) {
		assert_true(asprintf(&text, "!(%.*s) %s", (int)(question - expect), expect,
				     question) > 0);
		return text;
	}
	/* The numbers of a condition: bits of MSRs, and what arg is compared with. */
	for (at = expect; at < question && !strstr(expect, "skip"); at++) {
		if (isdigit((unsigned char)*at) && strchr("[: ", at[-1]) &&
		    strncmp(at - 4, "arg", 3) && at[strspn(at, "0123456789")] != ':' && !i--) {
			unsigned long number = strtoul(at, NULL, 10);

			assert_true(asprintf(&text, "%.*s%lu%s", (int)(at - expect), expect,
					     number + 1, at + strspn(at, "0123456789")) > 0);
			return text;
		}
	}
	for (at = question ? question + 1 : expect; *at; at++) {
		size_t len = strcspn(at, " ;:/=");
		const char *word = at == expect || strchr(" ;:", at[-1]) ? other_word(at, len) :
									    NULL;

		if (word && !i--) {
			assert_true(asprintf(&text, "%.*s%s%s", (int)(at - expect), expect, word,
					     at + len) > 0);
			return text;
		}
		if ((*at == '/' || *at == '=') && !i--) {
			assert_true(asprintf(&text, "%.*s1 + %s", (int)(at + 1 - expect), expect,
					     at + 1) > 0);
			return text;
		}
	}
	return NULL;
}

void claim_trials_mutants(const struct trials_oracle *oracle, size_t at_least)
{
	size_t n = 0, survivors = 0;

	for (size_t c = 0; c < claims_count(); c++) {
		const struct claim *claim = claims_get(c);

		for (size_t t = 0; takes(claim) && t < CLAIM_MAX_TRIALS && claim->trials[t].expect;
		     t++) {
			const struct claim row = trials_of(claim, t);
			const char *expects = row.trials[0].expect;
			char *expect;

			/* What may also come is not what a CPU does. */
			if (strstr(expects, " or ") || is_unfollowed(oracle, claim))
				continue;
			for (size_t i = 0; (expect = mutant_of(expects, i)); i++, n++) {
				if (!is_found(oracle, &row, expect)) {
					print_error("%s: \"%s\" is not found\n", row.id, expect);
					survivors++;
				}
				free(expect);
			}
		}
	}
	if (n < at_least)
		fail_msg("only %zu mutants", n);
	assert_int_equal(survivors, 0);
}
