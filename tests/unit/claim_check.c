// SPDX-License-Identifier: GPL-2.0
#include "claim_check.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "unit.h"

bool claim_check_takes(const struct claim_oracle *oracle, const struct claim *claim)
{
	return claim->kind == CLAIM_PROBE && oracle->knows(claim);
}

struct cpu claim_check_cpu(const struct claim_oracle *oracle, size_t nr, const struct claim *claim)
{
	struct cpu cpu = oracle->cpu(nr);
	struct group *groups = NULL;
	size_t n = 0;
	int ret = claim_plan(claim, &cpu, &groups, &n);

	if (ret)
		fail_msg("%s: planning fails: %d", claim->id, ret);
	cpu.evidence = calloc(n + 1, sizeof(*cpu.evidence));
	cpu.n_evidence = n;
	for (size_t g = 0; g < n; g++) {
		struct evidence *ev = &cpu.evidence[g];

		ev->group = groups[g];
		for (size_t i = 0; i < group_probes(&ev->group); i++) {
			struct arrival arrival;
			struct outcome outcome = oracle->enter ?
				oracle->enter(nr, &ev->group, i, &arrival) :
				oracle->answer(nr, &ev->group, i);
			bool found = oracle->enter && outcome.kind == OUTCOME_ENTERED;

			assert_int_equal(evidence_set(ev, i, &outcome, found ? &arrival : NULL), 0);
		}
	}
	free(groups);
	return cpu;
}

void claim_check_clear(struct cpu *cpu)
{
	for (size_t i = 0; i < cpu->n_evidence; i++)
		evidence_clear(&cpu->evidence[i]);
	free(cpu->evidence);
	free(cpu->leaves);
	free(cpu->msrs);
}

/* If told to, says what of a rule was not kept. */
static enum verdict_kind judge(const struct claim *claim, struct cpu *cpu, bool tell)
{
	struct host host = { .cpus = cpu, .n_cpus = 1 };
	struct claim probed = *claim;
	struct verdict verdict;
	enum verdict_kind kind;

	/* claim_trials.h has the other half. */
	memset(probed.trials, 0, sizeof(probed.trials));
	assert_int_equal(verdict_judge(&probed, &host, cpu, &verdict), 0);
	kind = verdict.kind;
	if (kind == VERDICT_VIOLATED) {
		assert_non_null(verdict.expected);
		assert_non_null(verdict.seen);
		assert_non_null(verdict.reproduce);
		assert_true(verdict.broken && verdict.broken <= verdict.probes);
	}
	if (kind == VERDICT_NOT_TESTED || kind == VERDICT_NOT_APPLICABLE)
		assert_non_null(verdict.reason);
	if (kind == VERDICT_HOLDS)
		assert_true(verdict.probes);
	if (tell && kind == VERDICT_VIOLATED)
		print_error("%s: %s, not %s\n", claim->id, verdict.seen, verdict.expected);
	if (tell && kind == VERDICT_NOT_TESTED)
		print_error("%s: %s\n", claim->id, verdict.reason);
	verdict_clear(&verdict);
	return kind;
}

enum verdict_kind claim_check_judge(const struct claim *claim, struct cpu *cpu)
{
	return judge(claim, cpu, false);
}

static bool is_unfollowed(const struct claim_oracle *oracle, const struct claim *claim)
{
	for (const char *const *id = oracle->unfollowed; id && *id; id++)
		if (!strcmp(*id, claim->catalogue))
			return true;
	return false;
}

void claim_check_hold(const struct claim_oracle *oracle)
{
	size_t wrong = 0;

	for (size_t c = 0; c < claims_count(); c++) {
		const struct claim *claim = claims_get(c);
		bool held = false;

		if (!claim_check_takes(oracle, claim))
			continue;
		for (size_t nr = 0; nr < oracle->n_cpus; nr++) {
			struct cpu cpu = claim_check_cpu(oracle, nr, claim);
			enum verdict_kind kind = judge(claim, &cpu, !claim->reading);

			if (kind == VERDICT_NOT_TESTED ||
			    (kind == VERDICT_VIOLATED && !claim->reading)) {
				print_error("%s: %s by CPU %zu\n", claim->id, verdict_name(kind),
					    nr);
				wrong++;
			}
			held |= kind == VERDICT_HOLDS;
			claim_check_clear(&cpu);
		}
		if (!held && !is_unfollowed(oracle, claim)) {
			print_error("%s holds on no CPU\n", claim->id);
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

/* What breaks every expectation; the last one only where no entry gets to the list of MSRs. */
static const struct outcome broken[] = {
	{ .kind = OUTCOME_ENTERED, .exit_reason = 12 },
	{ .kind = OUTCOME_FAIL_INVALID, .insn = INSN_VMLAUNCH },
	{ .kind = OUTCOME_FAULT, .insn = INSN_VMLAUNCH, .vector = 13 },
	{ .kind = OUTCOME_FAIL_VALID, .insn = INSN_VMLAUNCH, .error = 8 },
	{ .kind = OUTCOME_FAIL_VALID, .insn = INSN_VMLAUNCH, .error = 4 },
	{ .kind = OUTCOME_ENTRY_FAILED, .exit_reason = 0x80000035 },
	{ .kind = OUTCOME_ENTRY_FAILED, .exit_reason = 0x80000022 },
};

/* The outcome of the last probe of a group; where it has the value twice, both times. */
static void set_last(struct evidence *ev, const struct outcome *outcome,
		     const struct arrival *arrival)
{
	size_t last = group_probes(&ev->group) - 1;

	for (size_t i = 0; i <= last; i++)
		if (group_value(&ev->group, i) == group_value(&ev->group, last))
			assert_int_equal(evidence_set(ev, i, outcome, arrival), 0);
}

static void check_group(const struct claim *claim, struct cpu *cpu, struct evidence *ev)
{
	struct outcome was = *evidence_outcome(ev, group_probes(&ev->group) - 1);
	const struct arrival *found = evidence_arrival(ev, &was);
	struct arrival arrival = found ? *found : (struct arrival){ 0 };
	size_t n = ARRAY_SIZE(broken) - (ev->group.depth == DEPTH_STATE);

	for (size_t b = 0; b < n; b++) {
		set_last(ev, &broken[b], NULL);
		if (claim_check_judge(claim, cpu) != VERDICT_VIOLATED)
			fail_msg("%s: group %zu, outcome %zu", claim->id, ev - cpu->evidence, b);
	}
	set_last(ev, &was, found ? &arrival : NULL);
}

void claim_check_outcomes(const struct claim_oracle *oracle)
{
	for (size_t c = 0; c < claims_count(); c++) {
		const struct claim *claim = claims_get(c);

		for (size_t nr = 0; claim_check_takes(oracle, claim) && nr < oracle->n_cpus; nr++) {
			struct cpu cpu = claim_check_cpu(oracle, nr, claim);
			bool holds = claim_check_judge(claim, &cpu) == VERDICT_HOLDS;

			for (size_t e = 0; holds && e < cpu.n_evidence; e++)
				check_group(claim, &cpu, &cpu.evidence[e]);
			claim_check_clear(&cpu);
		}
	}
}

/*
 * The opposite of one word: what a CPU that decides the other way does at this depth. Where more
 * than one outcome is right, none of them.
 */
static const char *opposite(const char *word, const char *expect, enum depth depth)
{
	if (strstr(expect, " or "))
		return "F7";
	if (*word == 'F')
		return "33";
	if (depth == DEPTH_CONTROLS)
		return "F7";
	return strncmp(word, "33", 2) ? "33" : "34";
}

/* And not a word of another condition, "or" or "skip"? */
static bool is_outcome(const char *word)
{
	return !strncmp(word, "33", 2) || !strncmp(word, "34", 2) ||
	       (*word == 'F' && isdigit((unsigned char)word[1]));
}

/* The expectation's opposite, alternatives included; its conditions stay. To be freed. */
static char *flip(const char *expect, enum depth depth)
{
	size_t size, len;
	char *text = NULL;
	FILE *file = open_memstream(&text, &size);
	const char *words = strchr(expect, '?');

	assert_non_null(file);
	if (words)
		fprintf(file, "%.*s", (int)(words - expect), expect);
	else
		words = expect;
	for (; *words; words += len) {
		len = strcspn(words, " ?:");
		if (!len)
			fputc(words[len++], file);
		else if (is_outcome(words))
			fputs(opposite(words, expect, depth), file);
		else
			fprintf(file, "%.*s", (int)len, words);
	}
	fclose(file);
	return text;
}

/* The expectation with its branches swapped; NULL if it has none that differ. */
static char *swap(const char *expect)
{
	const char *question = strchr(expect, '?');
	char *text;

	if (!question || strstr(expect, "skip"))
		return NULL;
	assert_true(asprintf(&text, "!(%.*s) %s", (int)(question - expect), expect, question) > 0);
	return text;
}

/* The claim with one of its rows only, to be changed. */
static struct claim copy_of(const struct claim *claim, size_t row)
{
	struct claim copy = *claim;

	memset(copy.probes, 0, sizeof(copy.probes));
	copy.probes[0] = claim->probes[row];
	return copy;
}

/* Does a CPU that does what the SDM says tell the mutant from the row? */
static bool is_found(const struct claim_oracle *oracle, const struct claim *claim, size_t row,
		     const char *expect)
{
	struct claim mutant = copy_of(claim, row), whole = copy_of(claim, row);
	bool found = false;

	mutant.probes[0].expect = expect;
	for (size_t nr = 0; !found && nr < oracle->n_cpus; nr++) {
		struct cpu cpu = claim_check_cpu(oracle, nr, &whole);

		if (claim->reading && claim_check_judge(&whole, &cpu) == VERDICT_VIOLATED)
			found = claim_check_judge(&mutant, &cpu) == VERDICT_HOLDS;
		else
			found = claim_check_judge(&mutant, &cpu) == VERDICT_VIOLATED;
		claim_check_clear(&cpu);
	}
	return found;
}

/* How far a rule goes up to its next "&&" outside of parentheses. */
static size_t conjunct(const char *rule, size_t len)
{
	int depth = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		depth += (rule[i] == '(') - (rule[i] == ')');
		if (!depth && !strncmp(rule + i, " && ", 4))
			break;
	}
	return i;
}

/* Of a rule over guests each part alone, joined by &&, is turned over. */
static size_t survivors_of_rule(const struct claim_oracle *oracle, const struct claim *claim,
				size_t row)
{
	const char *expect = claim->probes[row].expect, *question = strchr(expect, '?');
	const char *rule = question ? question + 2 : expect;
	const char *end = question ? strstr(rule, " : ") : rule + strlen(rule), *at;
	size_t survivors = 0, len;

	for (at = rule; at < end; at += len + 4) {
		char *mutant;

		len = conjunct(at, end - at);
		assert_true(asprintf(&mutant, "%.*s!(%.*s)%s", (int)(at - expect), expect, (int)len, at,
				     at + len) > 0);
		if (!is_found(oracle, claim, row, mutant)) {
			print_error("%s, row %zu: \"%s\" is not found\n", claim->id, row, mutant);
			survivors++;
		}
		free(mutant);
	}
	return survivors;
}

/* How many mutants of the row nobody finds. */
static size_t survivors_of(const struct claim_oracle *oracle, const struct claim *claim, size_t row)
{
	const struct claim_probe *probe = &claim->probes[row];

	char *mutants[] = { flip(probe->expect, probe->depth), swap(probe->expect) };
	size_t survivors = 0;

	for (size_t m = 0; m < ARRAY_SIZE(mutants); m++) {
		if (mutants[m] && !is_found(oracle, claim, row, mutants[m])) {
			print_error("%s, row %zu: \"%s\" is not found\n", claim->id, row,
				    mutants[m]);
			survivors++;
		}
		free(mutants[m]);
	}
	return survivors;
}

void claim_check_mutants(const struct claim_oracle *oracle, size_t at_least)
{
	size_t rows = 0, survivors = 0;

	for (size_t c = 0; c < claims_count(); c++) {
		const struct claim *claim = claims_get(c);

		if (!claim_check_takes(oracle, claim))
			continue;
		for (size_t r = 0; r < CLAIM_MAX_PROBES && claim->probes[r].expect; r++, rows++)
			survivors += claim->probes[r].guest && strstr(claim->probes[r].expect, "exit") ?
				     survivors_of_rule(oracle, claim, r) :
				     survivors_of(oracle, claim, r);
	}
	assert_true(rows >= at_least);
	assert_int_equal(survivors, 0);
}

static void check_field(const struct claim_oracle *oracle, size_t nr, const struct claim *claim,
			enum depth depth, uint32_t field, uint64_t value)
{
	if (!oracle->permitted(nr, depth, field, value))
		fail_msg("%s: 0x%llx cannot be set in %s of CPU %zu", claim->id,
			 (unsigned long long)value, decode_field_token(field), nr);
}

static void check_group_fields(const struct claim_oracle *oracle, size_t nr,
			       const struct claim *claim, const struct group *group)
{
	assert_in_range(group_probes(group), 1, CLAIM_GROUP_PROBES);
	assert_in_range(group->n_set, 0, 64);
	for (size_t i = 0; i < group->n_set; i++)
		check_field(oracle, nr, claim, group->depth, group->set[i].field,
			    group->set[i].value);
	for (size_t i = 0; group->sweep_field && i < group->n_values; i++)
		check_field(oracle, nr, claim, group->depth, group->sweep_field, group->values[i]);
}

void claim_check_fields(const struct claim_oracle *oracle)
{
	for (size_t c = 0; c < claims_count(); c++) {
		const struct claim *claim = claims_get(c);

		for (size_t nr = 0; claim_check_takes(oracle, claim) && nr < oracle->n_cpus; nr++) {
			struct cpu cpu = claim_check_cpu(oracle, nr, claim);

			for (size_t e = 0; e < cpu.n_evidence; e++)
				check_group_fields(oracle, nr, claim, &cpu.evidence[e].group);
			claim_check_clear(&cpu);
		}
	}
}
