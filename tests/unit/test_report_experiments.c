// SPDX-License-Identifier: GPL-2.0
/* Experiments in reports. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report_text.h"

#define HEAD REPORT_HEAD("experiments")
#define TAIL REPORT_TAIL

/* Steps without and with args, in runs of one and of two; a failed set-up step; a later tool's. */
static const char full[] = HEAD "[\n"
"    {\n"
"     \"name\": \"vmxon-misaligned\",\n"
"     \"id\": 3,\n"
"     \"runs\": [\n"
"      {\n"
"       \"arg\": \"0x0\",\n"
"       \"count\": 12,\n"
"       \"steps\": [\n"
"        {\"kind\": \"fail-invalid\", \"insn\": \"vmxon\"}\n"
"       ]\n"
"      }\n"
"     ]\n"
"    },\n"
"    {\n"
"     \"name\": \"vmxon-width\",\n"
"     \"id\": 4,\n"
"     \"runs\": []\n"
"    },\n"
"    {\n"
"     \"name\": \"vmptrld-revision\",\n"
"     \"id\": 21,\n"
"     \"runs\": [\n"
"      {\n"
"       \"arg\": \"0x0\",\n"
"       \"count\": 30,\n"
"       \"steps\": [\n"
"        {\"kind\": \"fail-valid\", \"insn\": \"vmptrld\", \"error\": 11},\n"
"        {\"kind\": \"ok\", \"insn\": \"vmptrst\", \"value\": \"0x2\"}\n"
"       ]\n"
"      },\n"
"      {\n"
"       \"arg\": \"0x1e\",\n"
"       \"count\": 1,\n"
"       \"steps\": [\n"
"        {\"kind\": \"fail-invalid\", \"insn\": \"vmptrld\", \"set_up\": true}\n"
"       ]\n"
"      }\n"
"     ]\n"
"    },\n"
"    {\n"
"     \"name\": \"vmread-high-half\",\n"
"     \"id\": 30,\n"
"     \"runs\": [\n"
"      {\n"
"       \"steps\": [\n"
"        {\"kind\": \"ok\", \"insn\": \"vmwrite\", \"field\": \"0x2010\"},\n"
"        {\"kind\": \"ok\", \"insn\": \"vmread\", \"field\": \"0x2011\", "
	"\"value\": \"0xffffffffffffffff\"}\n"
"       ]\n"
"      }\n"
"     ]\n"
"    },\n"
"    {\n"
"     \"name\": \"vmcall\",\n"
"     \"id\": 44,\n"
"     \"failed\": {\"kind\": \"fault\", \"insn\": \"vmxon\", \"vector\": 13}\n"
"    },\n"
"    {\n"
"     \"id\": 4000000000,\n"
"     \"runs\": [\n"
"      {\n"
"       \"steps\": [\n"
"        {\"kind\": \"withheld\"}\n"
"       ]\n"
"      }\n"
"     ]\n"
"    }\n"
"   ]" TAIL;

static void loading_and_saving_is_identity(void **state)
{
	(void)state;
	report_text_becomes(full, full);
}

static void everything_arrives(void **state)
{
	const struct experiment *experiment;
	struct host *host;
	char *sentence;

	(void)state;
	host = report_text_load(full, strlen(full), &sentence);
	assert_non_null(host);
	free(sentence);
	assert_int_equal(host->cpus[0].n_experiments, 6);
	/* Equal CPUs share them. */
	assert_ptr_equal(host->cpus[1].experiments, host->cpus[0].experiments);
	assert_int_equal(host->cpus[2].n_experiments, 0);

	experiment = cpu_experiment(&host->cpus[0], 3);
	assert_int_equal(experiment->why.kind, OUTCOME_OK);
	assert_int_equal(experiment->n, 12);
	assert_true(experiment->list[11].has_arg);
	assert_int_equal(experiment->list[11].arg, 11);
	assert_int_equal(experiment->list[11].outcome.insn, INSN_VMXON);
	assert_int_equal(cpu_experiment(&host->cpus[0], 4)->n, 0);
	experiment = cpu_experiment(&host->cpus[0], 21);
	assert_int_equal(experiment->n, 61);
	assert_int_equal(experiment->list[59].arg, 29);
	assert_true(experiment->list[59].has_value);
	assert_int_equal(experiment->list[59].value, 2);
	assert_false(experiment->list[58].has_value);
	assert_int_equal(experiment->list[60].arg, 30);
	assert_true(experiment->list[60].set_up);
	experiment = cpu_experiment(&host->cpus[0], 30);
	assert_false(experiment->list[1].has_arg);
	assert_int_equal(experiment->list[1].outcome.field, 0x2011);
	assert_int_equal(experiment->list[1].value, UINT64_MAX);
	experiment = cpu_experiment(&host->cpus[0], 44);
	assert_int_equal(experiment->why.kind, OUTCOME_FAULT);
	assert_int_equal(experiment->why.vector, 13);
	assert_int_equal(experiment->n, 0);
	assert_non_null(cpu_experiment(&host->cpus[0], 4000000000));
	host_free(host);
}

#define ONE(runs) HEAD "[{\"id\": 3, \"runs\": [" runs "]}]" TAIL
#define STEP "{\"kind\": \"fail-invalid\", \"insn\": \"vmxon\"}"

/* That it could not be asked is no evidence; what a later tool calls an outcome is none to this one. */
static void what_says_nothing_is_left_out(void **state)
{
	(void)state;
	report_text_becomes(HEAD "[{\"id\": 3, \"failed\": {\"kind\": \"not-tested\", \"why\": \"failed\"}},\n"
		"{\"id\": 4, \"name\": \"anything\", \"future\": 1, \"runs\": []},\n"
		"{\"id\": 5, \"failed\": {\"kind\": \"not-ready\", \"readiness\": \"in-use\"}}]" TAIL,
		HEAD "[\n    {\n     \"name\": \"vmxon-width\",\n     \"id\": 4,\n     \"runs\": []\n"
		"    }\n   ]" TAIL);
	report_text_becomes(ONE("{\"steps\": [{\"kind\": \"later\"}]}, {\"steps\": [" STEP "]}"),
		HEAD "[\n    {\n     \"name\": \"vmxon-misaligned\",\n     \"id\": 3,\n"
		"     \"runs\": [\n      {\n       \"steps\": [\n"
		"        {\"kind\": \"not-tested\", \"why\": \"not-recorded\"},\n"
		"        " STEP "\n       ]\n      }\n     ]\n    }\n   ]" TAIL);
}

/* CPUs that differ in no more than what is left out have the same profile in the report. */
static void what_is_left_out_tells_no_cpus_apart(void **state)
{
#define PROFILE(experiments) "{\"identity\": {\"microcode\": \"0x1\"}, \"cpuid\": [], " \
	"\"msrs\": [], \"evidence\": [], " \
	"\"experiments\": [{\"id\": 4, \"runs\": []}" experiments "]}"
#define FAILED(outcome) ", {\"id\": 5, \"failed\": {" outcome "}}"
	static const char text[] = "{\"schema\": \"vmxprobe-report/1\", \"profiles\": ["
		PROFILE("") ", "
		PROFILE(FAILED("\"kind\": \"not-tested\", \"why\": \"failed\"")) ", "
		PROFILE(FAILED("\"kind\": \"stopped\"")) "], \"cpus\": ["
		"{\"cpu\": 0, \"readiness\": \"ready\", \"profile\": 0}, "
		"{\"cpu\": 1, \"readiness\": \"ready\", \"profile\": 1}, "
		"{\"cpu\": 2, \"readiness\": \"ready\", \"profile\": 2}]}";
	static const json_int_t profile_of[] = { 0, 0, 1 };
	char *sentence;
	struct host *host = report_text_load(text, strlen(text), &sentence);
	json_t *report = report_to_json(host), *cpus = json_object_get(report, "cpus");

	(void)state;
	assert_string_equal(sentence, "");
	assert_int_equal(json_array_size(json_object_get(report, "profiles")), 2);
	for (size_t i = 0; i < ARRAY_SIZE(profile_of); i++)
		assert_int_equal(json_integer_value(json_object_get(json_array_get(cpus, i),
								    "profile")), profile_of[i]);
	json_decref(report);
	host_free(host);
	free(sentence);
}

static void nonsense_is_told(void **state)
{
	static const struct {
		const char *text, *sentence;
	} rows[] = {
		{ HEAD "{}" TAIL, ".profiles[0].experiments: it must be a list" },
		{ HEAD "[1]" TAIL, ".experiments[0]: it must be an object" },
		{ HEAD "[{}]" TAIL, ".id: missing; it must be a whole number from 1 to 4294967295" },
		{ HEAD "[{\"id\": 0, \"runs\": []}]" TAIL, ".id: it must be" },
		{ HEAD "[{\"id\": 3}]" TAIL, ".runs: missing; it must be a list" },
		{ HEAD "[{\"id\": 3, \"runs\": []}, {\"id\": 3, \"runs\": []}]" TAIL,
		  ".experiments[1].id: numbers must be in ascending order, each once" },
		{ HEAD "[{\"id\": 3, \"failed\": {\"kind\": \"stopped\"}, \"runs\": []}]" TAIL,
		  ".runs: it must not be there with \"failed\"" },
		{ HEAD "[{\"id\": 3, \"failed\": {\"kind\": \"ok\", \"insn\": \"none\"}}]" TAIL,
		  ".failed: it must not be \"ok\"" },
		{ ONE("1"), ".runs[0]: it must be an object" },
		{ ONE("{}"), ".steps: missing; it must be a list" },
		{ ONE("{\"steps\": []}"), ".steps: it has 0 elements; 1 to 4096 are allowed" },
		{ ONE("{\"steps\": [1]}"), ".steps[0]: it must be an object" },
		{ ONE("{\"steps\": [{\"kind\": \"ok\", \"insn\": \"hlt\"}]}"), ".insn: it must be" },
		{ ONE("{\"steps\": [{\"kind\": \"ok\", \"insn\": \"vmread\"}]}"),
		  ".field: missing; it must be" },
		{ ONE("{\"steps\": [{\"kind\": \"withheld\", \"value\": 1}]}"), ".value: it must be" },
		{ ONE("{\"steps\": [{\"kind\": \"withheld\", \"set_up\": false}]}"),
		  ".set_up: it must be true, or not be there" },
		{ ONE("{\"count\": 2, \"steps\": [" STEP "]}"),
		  ".count: it must not be there without \"arg\"" },
		{ ONE("{\"arg\": \"0x0\", \"steps\": [" STEP "]}"), ".count: missing" },
		{ ONE("{\"arg\": \"0x0\", \"count\": 0, \"steps\": [" STEP "]}"), ".count: it must be" },
		{ ONE("{\"arg\": \"0xffffffffffffffff\", \"count\": 2, \"steps\": [" STEP "]}"),
		  ".count: the args go beyond 64 bits" },
		{ ONE("{\"arg\": \"0x0\", \"count\": 4096, \"steps\": [" STEP "]},"
		      "{\"steps\": [" STEP "]}"),
		  ".runs[1]: the experiment holds more than 4096 observations" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *sentence;

		assert_null(report_text_load(rows[i].text, strlen(rows[i].text), &sentence));
		if (!strstr(sentence, rows[i].sentence))
			fail_msg("row %zu: \"%s\" is not in \"%s\"", i, rows[i].sentence, sentence);
		free(sentence);
	}
}

/* Many runs of few bytes each: the file's size is no bound. */
static void all_observations_are_bounded(void **state)
{
	char *text = NULL, *sentence;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	(void)state;
	fputs(HEAD "[", file);
	for (int i = 1; i <= 65; i++)
		fprintf(file, "%s{\"id\": %d, \"runs\": [{\"arg\": \"0x0\", \"count\": 4096, "
			"\"steps\": [" STEP "]}]}", i > 1 ? ", " : "", i);
	fputs("]" TAIL, file);
	fclose(file);
	assert_null(report_text_load(text, strlen(text), &sentence));
	assert_non_null(strstr(sentence, "[64].runs[0]: the report's experiments hold more than "
			       "262144 observations"));
	free(sentence);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loading_and_saving_is_identity),
		cmocka_unit_test(everything_arrives),
		cmocka_unit_test(what_says_nothing_is_left_out),
		cmocka_unit_test(what_is_left_out_tells_no_cpus_apart),
		cmocka_unit_test(nonsense_is_told),
		cmocka_unit_test(all_observations_are_bounded),
	};

	return cmocka_run_group_tests_name("report_experiments", tests, NULL, NULL);
}
