// SPDX-License-Identifier: GPL-2.0
#include "single.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "enter_view.h"
#include "explain.h"
#include "report.h"

/* The CPU's group if it can be asked; else why not, in *outcome. */
static int plan(struct run_job *job, single_group_fn make, const void *arg,
		struct outcome *outcome)
{
	struct group *group = run_add_group(job);
	int ret = group ? make(arg, job->cpu, group) : -ENOMEM;

	switch (ret) {
	case 0:
		return 0;
	case -ENODATA:
		*outcome = run_unasked(job->cpu);
		break;
	case -ENOTSUP:
		*outcome = (struct outcome){
			.kind = OUTCOME_NOT_TESTED,
			.why = NOT_TESTED_NO_CONTROL,
		};
		break;
	case -ENOMEM:
		warn_sentence("out of memory");
		return EXIT_INCOMPLETE;
	default:
		return ret;
	}
	job->n_ev--;
	return 0;
}

/* How its guest was found; NULL if none was entered, or that is not known. */
static const struct arrival *arrival_of(const struct single_result *result)
{
	return result->ev ? evidence_arrival(result->ev, &result->outcome) : NULL;
}

static bool same_answer(const struct single_result *a, const struct single_result *b)
{
	return outcome_equal(&a->outcome, &b->outcome) &&
	       arrival_equal(arrival_of(a), arrival_of(b));
}

/* To be freed. */
static char *sentence_of(const struct single *single, const struct single_result *result)
{
	const struct arrival *arrival = arrival_of(result);

	return arrival ? explain_arrival(&result->ev->group, &result->outcome, arrival) :
			 explain_sentence(single->depth, &result->outcome);
}

/* Fold equal answers to the front of results, which come in with what is known without asking. */
static int fold(struct single *single)
{
	for (size_t i = 0; i < single->run.n; i++) {
		const struct run_job *job = &single->run.jobs[i];
		struct single_result result = {
			.outcome = job->n_ev ? *evidence_outcome(job->ev, 0) :
					       single->results[i].outcome,
			.ev = job->n_ev ? job->ev : NULL,
		};
		size_t k = 0;

		while (k < single->n && !same_answer(&single->results[k], &result))
			k++;
		if (k == single->n)
			single->results[single->n++] = result;
		if (cpu_list_add(&single->results[k].cpus, job->cpu->id)) {
			warn_sentence("out of memory");
			return EXIT_INCOMPLETE;
		}
	}
	return 0;
}

int single_run(struct single *single, struct cmd_context *ctx, const struct probe_options *opt,
	       single_group_fn make, const void *arg, int *failed)
{
	int ret = probing_cpus(ctx, opt, &single->cpus, &single->skipped);

	*failed = 0;
	if (!ret)
		ret = run_init(&single->run, ctx->source.host, &single->cpus);
	if (ret)
		return ret;
	single->results = calloc(single->cpus.n + 1, sizeof(*single->results));
	if (!single->results) {
		warn_sentence("out of memory");
		return EXIT_INCOMPLETE;
	}
	for (size_t i = 0; !ret && i < single->cpus.n; i++)
		ret = plan(&single->run.jobs[i], make, arg, &single->results[i].outcome);
	if (ret)
		return ret;
	*failed = run_all(&single->run, &ctx->source, opt);
	return fold(single);
}

void single_show(const struct single *single)
{
	for (size_t i = 0; i < single->n; i++) {
		static const enum out_style styles[] = {
			[ANSWER_NONE] = OUT_WARN,
			[ANSWER_ACCEPTED] = OUT_GOOD,
			[ANSWER_REFUSED] = OUT_PLAIN,
			[ANSWER_UNEXPECTED] = OUT_BAD,
		};
		const struct outcome *outcome = &single->results[i].outcome;
		char *label = cpu_list_label(&single->results[i].cpus);
		const struct arrival *arrival = arrival_of(&single->results[i]);
		char *sentence = sentence_of(single, &single->results[i]);
		char *raw = explain_raw(outcome);

		char *text = out_format("%s: %s", label, sentence);

		printf("\n%s", out_style(styles[explain_answer(single->depth, outcome)]));
		out_text(text, 0, 2);
		fputs(out_style(OUT_PLAIN), stdout);
		out_text(raw, 2, 4);
		if (arrival)
			enter_show(&single->results[i].ev->group, outcome, arrival);
		free(label);
		free(sentence);
		free(raw);
		free(text);
	}
	skipped_print(&single->skipped);
}

void single_json(const struct single *single, json_t *document)
{
	json_t *array = json_array();

	for (size_t i = 0; i < single->n; i++) {
		const struct outcome *outcome = &single->results[i].outcome;
		char *cpus = cpu_list_format(&single->results[i].cpus);
		const struct arrival *arrival = arrival_of(&single->results[i]);
		char *sentence = sentence_of(single, &single->results[i]);
		json_t *result = json_object(), *json = report_outcome(outcome);

		out_json_set(result, "cpus", json_string(cpus ? cpus : ""));
		out_json_set(result, "answer",
			     json_string(answer_name(explain_answer(single->depth, outcome))));
		out_json_set(result, "sentence", json_string(sentence));
		if (arrival) {
			enter_json(&single->results[i].ev->group, outcome, arrival, result);
			out_json_set(json, "arrival", report_arrival(arrival));
		}
		out_json_set(result, "outcome", json);
		out_json_append(array, result);
		free(cpus);
		free(sentence);
	}
	out_json_set(document, "results", array);
	out_json_set(document, "skipped", skipped_json(&single->skipped));
	out_json_set(document, "windows", probing_json_stats(&single->run));
	out_json_set(document, "host_changes", probing_json_changes(&single->run));
}

/* Of guests that were entered. */
static bool same_end(const struct single_result *a, const struct single_result *b)
{
	return outcome_equal(&a->outcome, &b->outcome) &&
	       arrival_alike(arrival_of(a), arrival_of(b));
}

/* Do CPUs that were asked answer differently? */
static bool differ(const struct single *single)
{
	const struct single_result *first = NULL;

	for (size_t i = 0; i < single->n; i++) {
		const struct single_result *result = &single->results[i];
		enum answer answer = explain_answer(single->depth, &result->outcome);

		if (answer == ANSWER_NONE)
			continue;
		if (!first)
			first = result;
		else if (explain_answer(single->depth, &first->outcome) != answer ||
			 (arrival_of(first) && !same_end(first, result)))
			return true;
	}
	return false;
}

int single_exit(const struct single *single)
{
	int result = EXIT_OK;

	if (run_changed_host(&single->run))
		return EXIT_DIFFERENCE;
	for (size_t i = 0; i < single->n; i++) {
		const struct outcome *outcome = &single->results[i].outcome;
		enum answer answer = explain_answer(single->depth, outcome);

		if (outcome->why == NOT_TESTED_NO_MODULE)
			return EXIT_MODULE;
		if (answer == ANSWER_NONE || answer == ANSWER_UNEXPECTED)
			result = EXIT_INCOMPLETE;
	}
	return differ(single) ? EXIT_DIFFERENCE : result;
}

void single_clear(struct single *single)
{
	for (size_t i = 0; single->results && i < single->cpus.n; i++)
		cpu_list_clear(&single->results[i].cpus);
	free(single->results);
	run_clear(&single->run);
	cpu_list_clear(&single->cpus);
	skipped_clear(&single->skipped);
}
