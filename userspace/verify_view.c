// SPDX-License-Identifier: GPL-2.0
/* Verdicts for people: what is violated, which readings are followed, and how many hold. */
#include "verify_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cp.h"
#include "exit.h"
#include "inject.h"
#include "out.h"

const char *verify_group_name(const struct claim *claim)
{
	static const struct {
		char letter;
		const char *name;
	} groups[] = {
		{ 'N', "VM entries that fail" },
		{ 'A', "event injection" },
		{ 'B', "event delivery" },
		{ 'C', "capability MSRs" },
		{ 'D', "control fields" },
		{ 'E', "guest and host state" },
		{ 'F', "VMX instructions" },
		{ 'G', "VMCS fields" },
		{ 'H', "timer, activity, limits" },
	};

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (groups[i].letter == claim->catalogue[0])
			return groups[i].name;
	return "others";
}

static int no_memory(void)
{
	warn_sentence("out of memory");
	return EXIT_INCOMPLETE;
}

static char *label_of(const struct verify_answer *answer)
{
	char *label = cpu_list_label(&answer->cpus);

	return label ? label : out_format("?");
}

/* Name and text of one line, if there is a text. */
static void print_part(const char *name, const char *text)
{
	char *line;

	if (!text)
		return;
	line = out_format("%-10s %s", name, text);
	out_text(line, 4, 15);
	free(line);
}

static void print_violated(const struct verify_answer *answer)
{
	const struct verdict *verdict = answer->verdict;
	const struct claim *claim = verdict->claim;
	char *label = label_of(answer), *count;

	printf("\n  %s%s%s (%s), %s\n", out_style(OUT_BAD), claim->id, out_style(OUT_PLAIN),
	       claim->catalogue, label);
	free(label);
	out_text(claim->statement, 4, 4);
	print_part("section", claim->section);
	print_part("expected", verdict->expected);
	print_part("seen", verdict->seen);
	if (claim->kind == CLAIM_PROBE || claim->kind == CLAIM_EXPERIMENT) {
		count = out_format("%zu of %zu %s", verdict->broken, verdict->probes,
				   claim->kind == CLAIM_PROBE ? "probes" : "trials");
		print_part("broken by", count);
		free(count);
	}
	print_part("reproduce", verdict->reproduce);
	print_part("note", claim->note);
}

static void print_reading(const struct verify_answer *answer)
{
	const struct verdict *verdict = answer->verdict;
	char *label = label_of(answer), *line;

	switch (verdict->kind) {
	case VERDICT_HOLDS:
		line = out_format("%s: followed", label);
		break;
	case VERDICT_VIOLATED:
		line = out_format("%s: not followed: %s", label, verdict->seen);
		break;
	default:
		line = out_format("%s: not tested: %s", label,
				  verdict->reason ? verdict->reason : "no evidence");
		break;
	}
	out_text(line, 6, 8);
	free(line);
	free(label);
}

static void print_info(const struct verify_answer *answer)
{
	char *label = label_of(answer), *line;

	line = out_format("%s: %s: %s", answer->verdict->claim->id, label,
			  answer->verdict->seen ? answer->verdict->seen : "");
	out_text(line, 2, 6);
	free(line);
	free(label);
}

/* Which answers belong to a part of the output. */
enum part { PART_VIOLATED, PART_READING, PART_INFO };

static bool belongs(const struct verify_answer *answer, enum part part)
{
	const struct verdict *verdict = answer->verdict;

	switch (part) {
	case PART_VIOLATED:
		return verify_violated(verdict);
	case PART_READING:
		/* One that does not apply decides nothing. */
		return verdict->claim->reading && verdict->kind != VERDICT_NOT_APPLICABLE;
	case PART_INFO:
		return verdict->kind == VERDICT_INFO;
	}
	return false;
}

static int print_part_of(const struct verify *verify, enum part part, const char *heading)
{
	bool headed = false;

	for (size_t c = 0; c < verify->n_claims; c++) {
		struct verify_answer *answers;
		size_t n;
		bool named = false;
		int ret = verify_fold(verify, c, &answers, &n);

		if (ret)
			return ret;
		for (size_t i = 0; i < n; i++) {
			if (!belongs(&answers[i], part) ||
			    verify_left_out(verify, answers[i].verdict))
				continue;
			if (!headed)
				out_heading("%s", heading);
			headed = true;
			if (part == PART_VIOLATED) {
				print_violated(&answers[i]);
			} else if (part == PART_INFO) {
				print_info(&answers[i]);
			} else {
				if (!named) {
					printf("\n  %s (%s)\n", verify->claims[c]->id,
					       verify->claims[c]->catalogue);
					out_text(verify->claims[c]->statement, 4, 4);
				}
				named = true;
				print_reading(&answers[i]);
			}
		}
		verify_free_answers(answers, n);
	}
	return 0;
}

/* Claims that hold on some CPUs and not on others, apart from what is violated. */
static int print_differences(const struct verify *verify)
{
	bool headed = false;

	for (size_t c = 0; c < verify->n_claims; c++) {
		struct verify_answer *answers;
		size_t n;
		int ret = verify_fold(verify, c, &answers, &n);

		if (ret)
			return ret;
		for (size_t i = 0; n > 1 && i < n; i++) {
			char *label;

			if (verify_left_out(verify, answers[i].verdict))
				continue;
			label = label_of(&answers[i]);
			if (!headed)
				out_heading("CPUs that differ");
			headed = true;
			printf("  %s: %s on %s\n", verify->claims[c]->id,
			       verdict_name(answers[i].verdict->kind), label);
			free(label);
		}
		verify_free_answers(answers, n);
	}
	return 0;
}

/* Claims that were not tested for the same reason. */
struct why {
	const char *reason;
	struct cpu_list cpus;
	const struct claim *last;
	size_t n;
	char *ids;
};

/* More names than these help nobody: --json has them. */
#define MAX_NAMED 12

static void add_why(struct why *whys, size_t *n, const struct verdict *verdict, unsigned int cpu)
{
	struct why *why = whys;
	char *ids;

	while (why < whys + *n && strcmp(why->reason, verdict->reason))
		why++;
	if (why == whys + *n)
		whys[(*n)++] = (struct why){ .reason = verdict->reason };
	if (cpu_list_add(&why->cpus, cpu) || why->last == verdict->claim)
		return;
	why->last = verdict->claim;
	if (why->n++ >= MAX_NAMED)
		return;
	ids = out_format("%s%s%s", why->ids ? why->ids : "", why->ids ? ", " : "",
			 verdict->claim->id);
	free(why->ids);
	why->ids = ids;
}

static void print_why(struct why *why)
{
	char *label = cpu_list_label(&why->cpus), *line;

	line = out_format("%zu claim%s, %s: %s: %s%s", why->n, why->n == 1 ? "" : "s",
			  label ? label : "?", why->reason, why->ids,
			  why->n > MAX_NAMED ? ", ..." : "");
	out_text(line, 2, 6);
	free(line);
	free(label);
	free(why->ids);
	cpu_list_clear(&why->cpus);
}

/* here: those that this version could test, else those that it cannot. */
static int print_untested(const struct verify *verify, bool here, const char *heading)
{
	struct why *whys = calloc(verify->run.n * verify->n_claims + 1, sizeof(*whys));
	size_t n = 0;

	if (!whys)
		return no_memory();
	for (size_t c = 0; c < verify->n_claims; c++) {
		for (size_t i = 0; i < verify->run.n; i++) {
			const struct verdict *verdict = verify_verdict(verify, i, c);

			if (verdict->kind == VERDICT_NOT_TESTED && !verdict->claim->reading &&
			    !verify_left_out(verify, verdict) &&
			    (verdict->claim->kind != CLAIM_NOT_HERE) == here)
				add_why(whys, &n, verdict, verify->run.jobs[i].cpu->id);
		}
	}
	if (n)
		out_heading("%s", heading);
	for (size_t i = 0; i < n; i++)
		print_why(&whys[i]);
	free(whys);
	return 0;
}

/* What the table counts, in the order of its columns. */
enum count { COUNT_HOLDS, COUNT_VIOLATED, COUNT_NA, COUNT_UNTESTED, COUNT_OTHER, COUNTS };

static enum count count_of(const struct verdict *verdict)
{
	if (verdict->claim->reading)
		return COUNT_OTHER;
	switch (verdict->kind) {
	case VERDICT_HOLDS:
		return COUNT_HOLDS;
	case VERDICT_VIOLATED:
		return COUNT_VIOLATED;
	case VERDICT_NOT_APPLICABLE:
		return COUNT_NA;
	case VERDICT_NOT_TESTED:
		return COUNT_UNTESTED;
	case VERDICT_INFO:
		break;
	}
	return COUNT_OTHER;
}

static bool same_counts(const struct verify *verify, size_t a, size_t b)
{
	for (size_t c = 0; c < verify->n_claims; c++)
		if (count_of(verify_verdict(verify, a, c)) !=
		    count_of(verify_verdict(verify, b, c)))
			return false;
	return true;
}

/* How many of the claims let a guest run, and were left to another time for that. */
static size_t left_out(const struct verify *verify)
{
	size_t n = 0;

	for (size_t c = 0; c < verify->n_claims; c++) {
		size_t i = 0;

		while (i < verify->run.n &&
		       !verify_left_out(verify, verify_verdict(verify, i, c)))
			i++;
		n += i < verify->run.n;
	}
	return n;
}

static void print_left_out(const struct verify *verify)
{
	size_t n = left_out(verify);
	char *line;

	if (!n)
		return;
	line = out_format("%zu more claim%s a guest run: verify --enter", n,
			  n == 1 ? " lets" : "s let");
	putchar('\n');
	out_text(line, 0, 0);
	free(line);
}

static void add_row(struct out_table *table, const char *name, const size_t counts[COUNTS])
{
	char *cells[COUNTS + 1];

	cells[0] = out_format("%s", name);
	for (size_t i = 0; i < COUNTS; i++)
		cells[i + 1] = out_format("%zu", counts[i]);
	out_table_row(table, (const char *const *)cells);
	for (size_t i = 0; i <= COUNTS; i++)
		free(cells[i]);
}

/* Claims of a group stand together in the tables. */
static void print_table(const struct verify *verify, size_t job)
{
	static const struct out_column columns[] = {
		{ "claims about", 0 }, { "hold", OUT_RIGHT }, { "violated", OUT_RIGHT },
		{ "not applicable", OUT_RIGHT }, { "not tested", OUT_RIGHT },
		{ "shown only", OUT_RIGHT },
	};
	struct out_table *table = out_table_new(columns, COUNTS + 1, true);
	size_t all[COUNTS] = { 0 };

	for (const char *letter = "NABCDEFGH"; *letter; letter++) {
		size_t counts[COUNTS] = { 0 };
		const char *name = NULL;

		for (size_t c = 0; c < verify->n_claims; c++) {
			const struct verdict *verdict = verify_verdict(verify, job, c);
			enum count count = count_of(verdict);

			if (verify->claims[c]->catalogue[0] != *letter ||
			    verify_left_out(verify, verdict))
				continue;
			name = verify_group_name(verify->claims[c]);
			counts[count]++;
			all[count]++;
		}
		if (name)
			add_row(table, name, counts);
	}
	add_row(table, "all", all);
	out_table_print(table);
}

static int print_summary(const struct verify *verify)
{
	for (size_t i = 0; i < verify->run.n; i++) {
		struct cpu_list cpus = { NULL, 0 };
		bool before = false;
		char *label;

		for (size_t k = 0; k < i && !before; k++)
			before = same_counts(verify, k, i);
		if (before)
			continue;
		for (size_t k = i; k < verify->run.n; k++)
			if (same_counts(verify, k, i) &&
			    cpu_list_add(&cpus, verify->run.jobs[k].cpu->id))
				return no_memory();
		label = cpu_list_label(&cpus);
		out_heading("%s", label ? label : "?");
		free(label);
		cpu_list_clear(&cpus);
		print_table(verify, i);
	}
	return 0;
}

int verify_print(const struct verify *verify)
{
	int ret = print_part_of(verify, PART_VIOLATED, "Violated");

	if (!ret)
		ret = print_part_of(verify, PART_READING, "Readings of the SDM");
	if (!ret)
		ret = print_part_of(verify, PART_INFO, "Shown only");
	if (!ret)
		ret = print_differences(verify);
	if (!ret)
		ret = print_untested(verify, true, "Not tested");
	if (!ret)
		ret = print_untested(verify, false, "Beyond this version");
	if (!ret)
		ret = print_summary(verify);
	if (!ret)
		print_left_out(verify);
	return ret;
}

/* The outcome of #CP into a guest in protected mode; NULL if it was not probed. */
static const struct outcome *cp_outcome(const struct run_job *job, bool code)
{
	const struct inject inject = {
		.type = INTR_TYPE_HARDWARE_EXCEPTION, .vector = 21, .length = 1, .cr0_pe = true,
		.deliver_error_code = code, .depth = DEPTH_CONTROLS,
	};
	const struct outcome *outcome = NULL;
	struct group group;

	if (inject_group(job->cpu, &inject, &group))
		return NULL;
	for (size_t e = 0; e < job->n_ev && !outcome; e++) {
		const struct evidence *ev = &job->ev[e];

		if (!group_same_base(&ev->group, &group))
			continue;
		for (size_t i = 0; i < group_probes(&ev->group) && !outcome; i++)
			if (group_value(&ev->group, i) == inject_info(&inject))
				outcome = evidence_outcome(ev, i);
	}
	group_clear(&group);
	return outcome;
}

/* What one CPU says to the question, to be freed. */
static char *cp_of(const struct run_job *job)
{
	const struct outcome *without = cp_outcome(job, false), *with = cp_outcome(job, true);
	struct outcome why = without ? *without : run_unasked(job->cpu);
	const struct matrix none = { 0 };
	struct cp_answer answer = cp_answer(job->cpu, &none);

	if (without)
		answer.without = explain_answer(DEPTH_CONTROLS, without);
	if (with)
		answer.with = explain_answer(DEPTH_CONTROLS, with);
	return cp_explain(&answer, &why);
}

int verify_print_cp(const struct verify *verify)
{
	char **texts = calloc(verify->run.n + 1, sizeof(*texts));
	int ret = 0;

	if (!texts)
		return no_memory();
	out_heading("Does an injected #CP (21) carry an error code?");
	for (size_t i = 0; i < verify->run.n; i++)
		texts[i] = cp_of(&verify->run.jobs[i]);
	for (size_t i = 0; i < verify->run.n && !ret; i++) {
		struct cpu_list cpus = { NULL, 0 };
		char *label, *line;
		bool before = false;

		for (size_t k = 0; k < i && !before; k++)
			before = !strcmp(texts[k], texts[i]);
		if (before)
			continue;
		for (size_t k = i; k < verify->run.n && !ret; k++)
			if (!strcmp(texts[k], texts[i]) &&
			    cpu_list_add(&cpus, verify->run.jobs[k].cpu->id))
				ret = no_memory();
		label = cpu_list_label(&cpus);
		line = out_format("%s: %s", label ? label : "?", texts[i]);
		out_text(line, 2, 4);
		free(line);
		free(label);
		cpu_list_clear(&cpus);
	}
	for (size_t i = 0; i < verify->run.n; i++)
		free(texts[i]);
	free(texts);
	return ret;
}
