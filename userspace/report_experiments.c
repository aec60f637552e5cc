// SPDX-License-Identifier: GPL-2.0
/*
 * The experiments of a profile in a report. An experiment repeats its steps for each arg, and most
 * CPUs do the same for most of them: repetitions with equal steps whose args follow each other are
 * one element.
 */
#include "experiments.h"
#include "out.h"
#include "report.h"
#include "report_parts.h"

static json_t *write_steps(const struct observation *list, size_t n)
{
	json_t *steps = json_array();

	for (size_t i = 0; i < n; i++) {
		json_t *step = report_outcome(&list[i].outcome);

		if (list[i].has_value)
			out_json_set(step, "value", out_json_hex(list[i].value));
		if (list[i].set_up)
			out_json_set(step, "set_up", json_true());
		out_json_append(steps, step);
	}
	return steps;
}

json_t *report_experiment(const struct experiment *experiment)
{
	const struct experiment_info *info = experiments_find_id(experiment->id);
	json_t *json = json_object(), *runs;
	struct experiment_run run = { 0 };

	if (info)
		out_json_set(json, "name", json_string(info->name));
	out_json_set(json, "id", json_integer(experiment->id));
	if (experiment->why.kind != OUTCOME_OK) {
		out_json_set(json, "failed", report_outcome(&experiment->why));
		return json;
	}
	runs = json_array();
	while (experiments_next_run(experiment, &run)) {
		json_t *item = json_object();

		if (run.steps->has_arg) {
			out_json_set(item, "arg", out_json_hex(run.steps->arg));
			out_json_set(item, "count", json_integer(run.count));
		}
		out_json_set(item, "steps", write_steps(run.steps, run.n_steps));
		out_json_append(runs, item);
	}
	out_json_set(json, "runs", runs);
	return json;
}

/*
 * That it could not be asked says nothing of the CPU; its readiness is in the report anyway, unless it
 * is that of the experiment only.
 */
static bool worth_saving(const struct experiment *experiment)
{
	const struct outcome *why = &experiment->why;

	return why->kind == OUTCOME_NOT_READY ? why->readiness == READINESS_BORROWED :
						why->kind != OUTCOME_NOT_TESTED;
}

json_t *report_write_experiments(const struct cpu *cpu)
{
	json_t *list = json_array();

	for (size_t i = 0; i < cpu->n_experiments; i++)
		if (worth_saving(&cpu->experiments[i]))
			out_json_append(list, report_experiment(&cpu->experiments[i]));
	return list;
}

bool report_has_experiments(const struct cpu *cpu)
{
	for (size_t i = 0; i < cpu->n_experiments; i++)
		if (worth_saving(&cpu->experiments[i]))
			return true;
	return false;
}

static int read_step(const struct place *item, struct observation *step)
{
	struct place value = place_member(item, "value"), set_up = place_member(item, "set_up");

	if (report_read_outcome_field(item, &step->outcome))
		return -1;
	if (!place_missing(&set_up)) {
		if (!json_is_true(set_up.json))
			return place_fail(&set_up, "it must be true, or not be there");
		step->set_up = true;
	}
	step->has_value = !place_missing(&value);
	return step->has_value ? place_hex(&value, UINT64_MAX, &step->value) : 0;
}

/* The steps once; more repetitions are copies. */
static int read_run(const struct place *item, struct experiment *experiment, size_t *total)
{
	struct place arg = place_member(item, "arg"), count = place_member(item, "count");
	struct place steps = place_member(item, "steps");
	struct observation step = { .has_arg = !place_missing(&arg) };
	const size_t first = experiment->n;
	uint64_t n = 1, k = 0;

	if (place_object(item) || place_array(&steps, 1, REPORT_MAX_STEPS))
		return -1;
	if (step.has_arg && (place_hex(&arg, UINT64_MAX, &step.arg) ||
			     place_integer(&count, 1, REPORT_MAX_STEPS, &n)))
		return -1;
	if (!step.has_arg && !place_missing(&count))
		return place_fail(&count, "it must not be there without \"arg\"");
	if (step.arg + (n - 1) < step.arg)
		return place_fail(&count, "the args go beyond 64 bits");
	k = json_array_size(steps.json);
	if (n * k > REPORT_MAX_STEPS - experiment->n)
		return place_fail(item, "the experiment holds more than %d observations",
				  REPORT_MAX_STEPS);
	*total += n * k;
	if (*total > REPORT_MAX_OBSERVATIONS)
		return place_fail(item, "the report's experiments hold more than %u observations",
				  REPORT_MAX_OBSERVATIONS);
	for (size_t i = 0; i < k; i++) {
		struct place element = place_element(&steps, i);
		struct observation observation = step;

		if (read_step(&element, &observation))
			return -1;
		if (experiment_add(experiment, &observation))
			return place_fail(item, "out of memory");
	}
	for (size_t i = k; i < n * k; i++) {
		struct observation observation = experiment->list[first + i % k];

		observation.arg = step.arg + i / k;
		if (experiment_add(experiment, &observation))
			return place_fail(item, "out of memory");
	}
	return 0;
}

static int read_experiment(const struct place *item, struct experiment *experiment, size_t *total)
{
	struct place id = place_member(item, "id"), failed = place_member(item, "failed");
	struct place runs = place_member(item, "runs");
	uint64_t number;
	size_t n;

	/* One of a later tool is kept: its number is enough to write it again. */
	if (place_object(item) || place_integer(&id, 1, UINT32_MAX, &number))
		return -1;
	experiment->id = number;
	if (!place_missing(&failed)) {
		if (!place_missing(&runs))
			return place_fail(&runs, "it must not be there with \"failed\"");
		if (report_read_outcome_field(&failed, &experiment->why))
			return -1;
		return experiment->why.kind == OUTCOME_OK ?
			place_fail(&failed, "it must not be \"ok\"") : 0;
	}
	experiment->why = (struct outcome){ .kind = OUTCOME_OK };
	if (place_array(&runs, 0, REPORT_MAX_STEPS))
		return -1;
	n = json_array_size(runs.json);
	for (size_t i = 0; i < n; i++) {
		struct place run = place_element(&runs, i);

		if (read_run(&run, experiment, total))
			return -1;
	}
	return 0;
}

int report_read_experiments(const struct place *list, struct cpu *cpu, size_t *total)
{
	size_t n;

	if (place_array(list, 0, REPORT_MAX_EXPERIMENTS))
		return -1;
	n = json_array_size(list->json);
	for (size_t i = 0; i < n; i++) {
		struct place item = place_element(list, i), id = place_member(&item, "id");
		struct experiment experiment = { 0 };
		int ret = read_experiment(&item, &experiment, total);

		if (!ret && cpu->n_experiments &&
		    experiment.id <= cpu->experiments[cpu->n_experiments - 1].id)
			ret = place_fail(&id, "numbers must be in ascending order, each once");
		if (!ret && cpu_take_experiment(cpu, &experiment))
			ret = place_fail(list, "out of memory");
		experiment_clear(&experiment);
		if (ret)
			return ret;
	}
	return 0;
}
