// SPDX-License-Identifier: GPL-2.0
/* Judging claims that are probed: each outcome against what the claim expects. */
#include "verdict_probe.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "expr.h"
#include "names.h"
#include "reproduce.h"
#include "verdict_enter.h"
#include "verdict_why.h"

/* What an outcome says about an expectation. */
enum match {
	MATCH_NONE,	/* nothing: the entry was not attempted, or something came between */
	MATCH_KEPT,
	MATCH_BROKEN,
};

static uint32_t basic_reason(const struct outcome *outcome)
{
	return outcome->exit_reason & 0xffff;
}

/* One alternative: "F7", "33", "33/3". */
static bool is_one(const char *text, size_t len, const struct outcome *outcome)
{
	unsigned int number, qualification;
	char word[16];

	if (len >= sizeof(word))
		return false;
	memcpy(word, text, len);
	word[len] = '\0';
	if (sscanf(word, "F%u", &number) == 1)
		return outcome->kind == OUTCOME_FAIL_VALID && outcome->insn == INSN_VMLAUNCH &&
		       outcome->error == number;
	if (outcome->kind != OUTCOME_ENTRY_FAILED)
		return false;
	switch (sscanf(word, "%u/%u", &number, &qualification)) {
	case 2:
		return basic_reason(outcome) == number && outcome->qualification == qualification;
	case 1:
		return basic_reason(outcome) == number;
	default:
		return false;
	}
}

static bool is_wanted(const char *wanted, const struct outcome *outcome)
{
	for (;;) {
		const char *or = strstr(wanted, " or ");

		if (is_one(wanted, or ? (size_t)(or - wanted) : strlen(wanted), outcome))
			return true;
		if (!or)
			return false;
		wanted = or + 4;
	}
}

/*
 * Did VMLAUNCH get to say anything? A field that the CPU does not have, or a VMX operation that
 * could not be had, says nothing about the checks of a VM entry; nor does a machine check.
 */
static bool says_something(const struct outcome *outcome)
{
	switch (outcome->kind) {
	case OUTCOME_NOT_TESTED:
	case OUTCOME_NOT_READY:
	case OUTCOME_STOPPED:
	case OUTCOME_WITHHELD:
		return false;
	case OUTCOME_FAULT:
	case OUTCOME_FAIL_INVALID:
	case OUTCOME_FAIL_VALID:
		return outcome->insn == INSN_VMLAUNCH;
	case OUTCOME_ENTRY_FAILED:
		return !verdict_is_machine_check(outcome);
	case OUTCOME_ENTERED:
	case OUTCOME_OK:
		break;
	}
	return true;
}

/* What came of a probe, and how its guest was found. */
struct found {
	const struct outcome *outcome;	/* NULL: there is no evidence */
	const struct arrival *arrival;
};

/* One probe of a row, to be judged. */
struct judged {
	const struct claim *claim;
	const struct cpu *cpu;
	const struct group *group;
	size_t i;
	const char *wanted;
	struct found found;
};

static struct entered entered_of(const struct judged *j)
{
	return verdict_entered(j->group, j->i, j->found.outcome, j->found.arrival);
}

/* How a guest was left against a rule. */
static enum match match_rule(const struct judged *j)
{
	struct entered entered = entered_of(j);
	uint64_t value;

	if (j->found.outcome->kind != OUTCOME_ENTERED)
		return MATCH_BROKEN;
	switch (expr_eval_with(j->wanted, j->cpu, &entered.names, &value, NULL, NULL)) {
	case EXPR_KNOWN:
		return value ? MATCH_KEPT : MATCH_BROKEN;
	default:
		return MATCH_NONE;
	}
}

static enum match match(const struct judged *j)
{
	const struct outcome *outcome = j->found.outcome;

	if (!outcome || !says_something(outcome))
		return MATCH_NONE;
	if (j->group->depth == DEPTH_ENTER &&
	    (verdict_was_interrupted(outcome) || verdict_ran_out(j->group, outcome)))
		return MATCH_NONE;
	if (j->group->depth == DEPTH_ENTER && verdict_is_rule(j->wanted))
		return match_rule(j);
	return is_wanted(j->wanted, outcome) ? MATCH_KEPT : MATCH_BROKEN;
}

/* Evidence with the base of a group, among which its probes are looked for; in place of others. */
struct same_base {
	const struct evidence **list;
	size_t n;
};

static int same_base_init(struct same_base *same, const struct cpu *cpu, const struct group *group)
{
	same->n = 0;
	same->list = calloc(cpu->n_evidence + 1, sizeof(*same->list));
	if (!same->list)
		return -ENOMEM;
	for (size_t e = 0; e < cpu->n_evidence; e++)
		if (group_same_base(&cpu->evidence[e].group, group))
			same->list[same->n++] = &cpu->evidence[e];
	return 0;
}

static struct found find(const struct same_base *same, uint64_t value)
{
	for (size_t e = 0; e < same->n; e++) {
		const struct evidence *ev = same->list[e];
		size_t k = group_find(&ev->group, value);

		if (k < group_probes(&ev->group)) {
			const struct outcome *outcome = evidence_outcome(ev, k);

			return (struct found){ outcome, evidence_arrival(ev, outcome) };
		}
	}
	return (struct found){ NULL, NULL };
}

/* "VMfailValid 7 (invalid control or event)" and so on, for people. */
static int write_wanted(FILE *file, const char *wanted)
{
	while (*wanted) {
		const char *or = strstr(wanted, " or ");
		int len = or ? (int)(or - wanted) : (int)strlen(wanted);

		if (wanted[0] == 'F')
			fprintf(file, "VMfailValid with VM-instruction error %.*s", len - 1,
				wanted + 1);
		else if (memchr(wanted, '/', len))
			fprintf(file, "entry failure %.2s with qualification %.*s", wanted,
				len - 3, wanted + 3);
		else
			fprintf(file, "entry failure %.*s", len, wanted);
		if (!or)
			break;
		fputs(" or ", file);
		wanted = or + 4;
	}
	return ferror(file) ? -ENOMEM : 0;
}

static char *wanted_text(const char *wanted)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		return NULL;
	write_wanted(file, wanted);
	if (!fclose(file))
		return text;
	free(text);
	return NULL;
}

/* What of a guest broke a rule: of one joined by && the part that did, and what it rests on. */
static int show_rule(const struct judged *j, const char *probe, const char *raw,
		     struct verdict *verdict)
{
	struct entered entered = entered_of(j);
	char *terms;

	verdict->expected = expr_part(j->wanted, j->cpu, &entered.names);
	if (!verdict->expected)
		return -ENOMEM;
	terms = verdict_entered_terms(&entered, verdict->expected, j->cpu);
	if (!terms || asprintf(&verdict->seen, "%s: %s; %s", probe, raw, terms) < 0)
		verdict->seen = NULL;
	free(terms);
	return 0;
}

/* What is told of the first probe that breaks the rule. */
static int show_broken(const struct judged *j, struct verdict *verdict)
{
	bool rule = j->group->depth == DEPTH_ENTER && verdict_is_rule(j->wanted);
	char *probe = reproduce_describe(j->group, j->i), *raw = explain_raw(j->found.outcome);

	if (probe && rule && j->found.outcome->kind == OUTCOME_ENTERED) {
		show_rule(j, probe, raw, verdict);
	} else {
		verdict->expected = rule ? strdup("the guest is entered") : wanted_text(j->wanted);
		if (probe && asprintf(&verdict->seen, "%s: %s", probe, raw) < 0)
			verdict->seen = NULL;
	}
	verdict->reproduce = reproduce_command(j->claim->id, j->cpu, j->group, j->i);
	free(probe);
	free(raw);
	return verdict->expected && verdict->seen && verdict->reproduce ? 0 : -ENOMEM;
}

/* Why a probe says nothing. */
static char *why_silent(const struct judged *j)
{
	const struct outcome *outcome = j->found.outcome;
	struct entered entered = entered_of(j);

	if (!outcome || outcome->kind != OUTCOME_ENTERED || j->group->depth != DEPTH_ENTER)
		return verdict_why_silent(j->cpu, outcome);
	if (verdict_was_interrupted(outcome))
		return strdup("events of the host ended the guest again and again");
	if (verdict_ran_out(j->group, outcome))
		return strdup("the machine stood still until the module's timer ended the guest");
	return expr_why_unknown(j->wanted, j->cpu, &entered.names);
}

static int judge_group(const struct claim *claim, const struct cpu *cpu, const struct group *group,
		       const char *wanted, struct verdict *verdict)
{
	struct same_base same;
	int ret = same_base_init(&same, cpu, group);

	for (size_t i = 0; !ret && i < group_probes(group); i++) {
		const struct judged j = {
			claim, cpu, group, i, wanted, find(&same, group_value(group, i))
		};

		switch (match(&j)) {
		case MATCH_NONE:
			if (!verdict->reason)
				verdict->reason = why_silent(&j);
			if (!verdict->reason)
				ret = -ENOMEM;
			break;
		case MATCH_BROKEN:
			if (!verdict->broken++ && show_broken(&j, verdict))
				ret = -ENOMEM;
			verdict->probes++;
			break;
		case MATCH_KEPT:
			verdict->probes++;
			break;
		}
	}
	free(same.list);
	return ret;
}

static int judge_row(const struct claim *claim, const struct claim_probe *row,
		     const struct cpu *cpu, struct verdict *verdict)
{
	struct group *groups = NULL;
	char *wanted = NULL;
	size_t n = 0;
	int ret = claim_expect(row->expect, cpu, &wanted);

	if (!ret)
		ret = claim_plan_probe(row, cpu, &groups, &n);
	for (size_t i = 0; !ret && i < n; i++)
		ret = judge_group(claim, cpu, &groups[i], wanted, verdict);
	claim_free_groups(groups, n);
	free(wanted);
	if (ret != -EAGAIN || verdict->reason)
		return ret == -EAGAIN ? 0 : ret;
	/* Values of capability MSRs are missing: it cannot even be said what to probe. */
	if (cpu_unready(cpu))
		verdict->reason = strdup(readiness_text(cpu->readiness));
	else
		verdict->reason = strdup("a capability MSR that its probes depend on is not known");
	return verdict->reason ? 0 : -ENOMEM;
}

int verdict_probes(const struct claim *claim, const struct cpu *cpu, struct verdict *verdict)
{
	int ret = 0;

	for (size_t i = 0; !ret && i < CLAIM_MAX_PROBES && claim->probes[i].expect; i++)
		ret = judge_row(claim, &claim->probes[i], cpu, verdict);
	return ret;
}
