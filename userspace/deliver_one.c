// SPDX-License-Identifier: GPL-2.0
#include "deliver_one.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "deliver_view.h"
#include "enter.h"
#include "explain.h"
#include "names.h"
#include "report.h"

static int no_memory(void)
{
	warn_sentence("out of memory");
	return EXIT_INCOMPLETE;
}

/* The job has a group for each mode that the CPU can enter. */
static int plan(struct run_job *job, const struct deliver_one *one)
{
	for (size_t m = 0; m < one->modes.n; m++) {
		const struct deliver_event event = {
			.guest = one->modes.list[m],
			.error_code = one->inject.error_code,
			.length = one->inject.length,
		};
		struct group *group;

		if (enter_able(job->cpu, event.guest))
			continue;
		group = run_add_group(job);
		if (!group || deliver_group(job->cpu, &event, group))
			return no_memory();
		group->values = malloc(sizeof(*group->values));
		if (!group->values)
			return no_memory();
		group->values[0] = inject_info(&one->inject);
		group->n_values = 1;
	}
	return 0;
}

/* The job's evidence of this mode; NULL if the CPU was not asked. */
static const struct evidence *find(const struct run_job *job, enum guest guest)
{
	for (size_t i = 0; i < job->n_ev; i++)
		if (job->ev[i].group.guest == guest)
			return &job->ev[i];
	return NULL;
}

static struct deliver_answer answer(const struct run_job *job, enum guest guest)
{
	const struct evidence *ev = find(job, guest);
	struct deliver_answer answer = { .guest = guest };

	answer.lacks = deliver_lacks(job->cpu, guest);
	answer.outcome = ev ? *evidence_outcome(ev, 0) : run_unasked(job->cpu);
	if (ev)
		answer.delivery = delivery_of(ev, 0);
	return answer;
}

static bool same(const struct deliver_answer *a, const struct deliver_answer *b)
{
	const struct delivery_frame *x = &a->delivery.frame, *y = &b->delivery.frame;

	return a->guest == b->guest && a->lacks == b->lacks &&
	       a->delivery.kind == b->delivery.kind && a->delivery.detail == b->delivery.detail &&
	       outcome_equal(&a->outcome, &b->outcome) && x->bytes == y->bytes &&
	       x->code == y->code && x->rip == y->rip && x->cs == y->cs &&
	       x->rflags == y->rflags && x->rsp == y->rsp && x->ss == y->ss;
}

static int fold(struct deliver_one *one)
{
	one->answers = calloc(one->modes.n * one->run.n + 1, sizeof(*one->answers));
	if (!one->answers)
		return no_memory();
	for (size_t m = 0; m < one->modes.n; m++) {
		for (size_t i = 0; i < one->run.n; i++) {
			const struct run_job *job = &one->run.jobs[i];
			struct deliver_answer this = answer(job, one->modes.list[m]);
			size_t k = 0;

			while (k < one->n && !same(&one->answers[k], &this))
				k++;
			if (k == one->n)
				one->answers[one->n++] = this;
			if (cpu_list_add(&one->answers[k].cpus, job->cpu->id))
				return no_memory();
		}
	}
	return 0;
}

int deliver_one_run(struct deliver_one *one, struct cmd_context *ctx,
		    const struct probe_options *opt, int *failed)
{
	int ret = probing_cpus(ctx, opt, &one->cpus, &one->skipped);

	*failed = 0;
	if (!ret)
		ret = run_init(&one->run, ctx->source.host, &one->cpus);
	for (size_t i = 0; !ret && i < one->cpus.n; i++)
		ret = plan(&one->run.jobs[i], one);
	if (ret)
		return ret;
	*failed = run_all(&one->run, &ctx->source, opt);
	return fold(one);
}

/* Of a CPU that could be asked what became of it, of another why it could not; to be freed. */
static char *sentence(const struct deliver_answer *answer)
{
	if (answer->lacks)
		return deliver_lacks_sentence(answer->lacks);
	return delivery_sentence(&answer->delivery, &answer->outcome);
}

static enum out_style style(const struct deliver_answer *answer)
{
	enum delivered kind = answer->delivery.kind;

	if (kind == DELIVERED_NOT_RUN)
		return OUT_WARN;
	if (kind == DELIVERED_REFUSED)
		return OUT_PLAIN;
	return delivered_finding(kind) || kind == DELIVERED_UNEXPECTED ? OUT_BAD : OUT_GOOD;
}

static void show_event(const struct inject *inject)
{
	const char *vector = decode_vector_name(inject->vector);
	char *code = inject->deliver_error_code ?
		     out_format("with error code 0x%" PRIx32, inject->error_code) :
		     out_format("without error code");

	out_heading("%s, vector %" PRIu32 "%s%s%s, %s", decode_type_name(inject->type),
		    inject->vector, vector ? " (" : "", vector ? vector : "", vector ? ")" : "",
		    code);
	printf("%sinstruction length %" PRIu32 ", interruption information 0x%08" PRIx32 "%s\n",
	       out_style(OUT_DIM), inject->length, inject_info(inject), out_style(OUT_PLAIN));
	free(code);
}

/* The same said of the same CPUs in another mode? No guest ran in either, so that is all. */
static bool alike(const struct deliver_answer *a, const struct deliver_answer *b)
{
	return a->lacks == b->lacks && a->outcome.kind != OUTCOME_ENTERED &&
	       outcome_equal(&a->outcome, &b->outcome) && a->cpus.n == b->cpus.n &&
	       !memcmp(a->cpus.ids, b->cpus.ids, a->cpus.n * sizeof(*a->cpus.ids));
}

/* "CPUs 0-1, real mode, 64-bit mode", of answer i and those that are like it; to be freed. */
static char *label(const struct deliver_one *one, size_t i)
{
	char *text = cpu_list_label(&one->answers[i].cpus), *longer;

	for (size_t k = i; k < one->n; k++) {
		if (k > i && !alike(&one->answers[i], &one->answers[k]))
			continue;
		longer = out_format("%s, %s", text, guest_text(one->answers[k].guest));
		free(text);
		text = longer;
	}
	return text;
}

static void show_answer(const struct deliver_one *one, size_t i)
{
	const struct deliver_answer *answer = &one->answers[i];
	char *head = label(one, i), *text = sentence(answer), *raw;
	char *line = out_format("%s: %s", head, text);

	printf("\n%s", out_style(style(answer)));
	out_text(line, 0, 2);
	fputs(out_style(OUT_PLAIN), stdout);
	free(head);
	free(text);
	free(line);
	if (answer->delivery.handled) {
		raw = delivery_frame_text(&answer->delivery.frame);
		out_text(raw, 2, 4);
		free(raw);
	}
	if (!answer->lacks) {
		raw = explain_raw(&answer->outcome);
		out_text(raw, 2, 4);
		free(raw);
	}
}

void deliver_one_show(const struct deliver_one *one)
{
	show_event(&one->inject);
	for (size_t i = 0; i < one->n; i++) {
		bool told = false;

		for (size_t k = 0; k < i && !told; k++)
			told = alike(&one->answers[k], &one->answers[i]);
		if (!told)
			show_answer(one, i);
	}
	skipped_print(&one->skipped);
}

static json_t *json_event(const struct inject *inject)
{
	json_t *object = json_object();

	out_json_set(object, "type", json_integer(inject->type));
	out_json_set(object, "type_name", json_string(decode_type_name(inject->type)));
	out_json_set(object, "vector", json_integer(inject->vector));
	out_json_set(object, "deliver_error_code", json_integer(inject->deliver_error_code));
	out_json_set(object, "error_code", out_json_hex(inject->error_code));
	out_json_set(object, "instruction_length", json_integer(inject->length));
	out_json_set(object, "interruption_information", out_json_hex(inject_info(inject)));
	return object;
}

static json_t *json_frame(const struct delivery_frame *frame)
{
	json_t *object = json_object();

	out_json_set(object, "bytes", json_integer(frame->bytes));
	if (!frame->whole)
		return object;
	if (frame->pushed)
		out_json_set(object, "error_code", out_json_hex(frame->code));
	out_json_set(object, "rip", out_json_hex(frame->rip));
	out_json_set(object, "cs", out_json_hex(frame->cs));
	out_json_set(object, "rflags", out_json_hex(frame->rflags));
	if (frame->stack) {
		out_json_set(object, "rsp", out_json_hex(frame->rsp));
		out_json_set(object, "ss", out_json_hex(frame->ss));
	}
	return object;
}

static json_t *json_answer(const struct deliver_answer *answer)
{
	char *cpus = cpu_list_format(&answer->cpus), *text = sentence(answer);
	json_t *object = json_object();

	out_json_set(object, "cpus", json_string(cpus ? cpus : ""));
	out_json_set(object, "mode", json_string(guest_name(answer->guest)));
	out_json_set(object, "delivered", json_string(delivered_name(answer->delivery.kind)));
	out_json_set(object, "finding", json_boolean(delivered_finding(answer->delivery.kind)));
	out_json_set(object, "sentence", json_string(text));
	if (answer->delivery.handled) {
		out_json_set(object, "handler", json_integer(answer->delivery.handler));
		out_json_set(object, "frame", json_frame(&answer->delivery.frame));
	}
	if (answer->lacks)
		out_json_set(object, "lacks", json_string(answer->lacks));
	else
		out_json_set(object, "outcome", report_outcome(&answer->outcome));
	free(cpus);
	free(text);
	return object;
}

void deliver_one_json(const struct deliver_one *one, json_t *document)
{
	json_t *array = json_array();

	for (size_t i = 0; i < one->n; i++)
		out_json_append(array, json_answer(&one->answers[i]));
	out_json_set(document, "event", json_event(&one->inject));
	out_json_set(document, "results", array);
	out_json_set(document, "skipped", skipped_json(&one->skipped));
	out_json_set(document, "windows", probing_json_stats(&one->run));
	out_json_set(document, "host_changes", probing_json_changes(&one->run));
}

/* Do CPUs that were asked do different things in the same mode? */
static bool differ(const struct deliver_one *one)
{
	for (size_t i = 0; i < one->n; i++) {
		const struct deliver_answer *a = &one->answers[i];

		if (a->delivery.kind == DELIVERED_NOT_RUN)
			continue;
		for (size_t k = 0; k < i; k++) {
			const struct deliver_answer *b = &one->answers[k];

			if (b->guest == a->guest && b->delivery.kind != DELIVERED_NOT_RUN &&
			    b->delivery.kind != a->delivery.kind)
				return true;
		}
	}
	return false;
}

/* A mode that the CPU cannot enter is no gap, unless it is the only one that was asked for. */
static bool incomplete(const struct deliver_one *one, const struct deliver_answer *answer)
{
	if (answer->lacks && one->modes.n > 1 && answer->lacks == deliver_no_real)
		return false;
	return answer->delivery.kind == DELIVERED_NOT_RUN ||
	       answer->delivery.kind == DELIVERED_UNEXPECTED;
}

int deliver_one_exit(const struct deliver_one *one)
{
	int result = EXIT_OK;

	if (run_changed_host(&one->run))
		return EXIT_DIFFERENCE;
	for (size_t i = 0; i < one->n; i++)
		if (delivered_finding(one->answers[i].delivery.kind))
			return EXIT_DIFFERENCE;
	if (differ(one))
		return EXIT_DIFFERENCE;
	for (size_t i = 0; i < one->n; i++) {
		const struct deliver_answer *answer = &one->answers[i];

		if (!answer->lacks && answer->outcome.kind == OUTCOME_NOT_TESTED &&
		    answer->outcome.why == NOT_TESTED_NO_MODULE)
			return EXIT_MODULE;
		if (incomplete(one, answer))
			result = EXIT_INCOMPLETE;
	}
	return result;
}

void deliver_one_clear(struct deliver_one *one)
{
	for (size_t i = 0; i < one->n; i++)
		cpu_list_clear(&one->answers[i].cpus);
	free(one->answers);
	run_clear(&one->run);
	cpu_list_clear(&one->cpus);
	skipped_clear(&one->skipped);
}
