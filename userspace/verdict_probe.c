// SPDX-License-Identifier: GPL-2.0
/* Judging claims that are probed: each outcome against what the claim expects. */
#include "verdict_probe.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explain.h"
#include "names.h"
#include "reproduce.h"
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

static enum match match(const char *wanted, const struct outcome *outcome)
{
	if (!says_something(outcome))
		return MATCH_NONE;
	return is_wanted(wanted, outcome) ? MATCH_KEPT : MATCH_BROKEN;
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

static const struct outcome *find(const struct same_base *same, uint64_t value)
{
	for (size_t e = 0; e < same->n; e++) {
		size_t k = group_find(&same->list[e]->group, value);

		if (k < group_probes(&same->list[e]->group))
			return evidence_outcome(same->list[e], k);
	}
	return NULL;
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

/* What is told of the first probe that breaks the rule. */
static int show_broken(const struct claim *claim, const struct cpu *cpu, const struct group *group,
		       size_t i, const char *wanted, const struct outcome *outcome,
		       struct verdict *verdict)
{
	char *probe = reproduce_describe(group, i), *raw = explain_raw(outcome);

	verdict->expected = wanted_text(wanted);
	if (probe && asprintf(&verdict->seen, "%s: %s", probe, raw) < 0)
		verdict->seen = NULL;
	verdict->reproduce = reproduce_command(claim->id, cpu, group, i);
	free(probe);
	free(raw);
	return verdict->expected && verdict->seen && verdict->reproduce ? 0 : -ENOMEM;
}

static int judge_group(const struct claim *claim, const struct cpu *cpu, const struct group *group,
		       const char *wanted, struct verdict *verdict)
{
	struct same_base same;
	int ret = same_base_init(&same, cpu, group);

	for (size_t i = 0; !ret && i < group_probes(group); i++) {
		const struct outcome *outcome = find(&same, group_value(group, i));

		switch (outcome ? match(wanted, outcome) : MATCH_NONE) {
		case MATCH_NONE:
			if (!verdict->reason)
				verdict->reason = verdict_why_silent(cpu, outcome);
			if (!verdict->reason)
				ret = -ENOMEM;
			break;
		case MATCH_BROKEN:
			if (!verdict->broken++ &&
			    show_broken(claim, cpu, group, i, wanted, outcome, verdict))
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
	if (cpu->readiness != READINESS_READY && cpu->readiness != READINESS_UNKNOWN)
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
