// SPDX-License-Identifier: GPL-2.0
/* Maps of VMCS fields in reports. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "report_text.h"

#define HEAD REPORT_HEAD("fields")
#define TAIL REPORT_TAIL

static const char full[] = HEAD "[\n"
"    {\"first\": \"0x800\", \"count\": 8, \"step\": 2, \"ones\": \"0xffff\"},\n"
"    {\"first\": \"0x810\", \"count\": 1, \"step\": 1, \"ones\": \"0xff\"},\n"
"    {\"first\": \"0x2000\", \"count\": 1, \"step\": 1, \"ones\": \"0xffffffffffffffff\"},\n"
"    {\"first\": \"0x2001\", \"count\": 1, \"step\": 1, \"ones\": \"0xffffffff\"},\n"
"    {\n"
"     \"first\": \"0x4400\",\n"
"     \"count\": 8,\n"
"     \"step\": 2,\n"
"     \"write\": {\"kind\": \"fail-valid\", \"insn\": \"vmwrite\", \"error\": 13}\n"
"    },\n"
"    {\n"
"     \"first\": \"0x7ffe\",\n"
"     \"count\": 2,\n"
"     \"step\": 1,\n"
"     \"read\": {\"kind\": \"fault\", \"insn\": \"vmread\", \"vector\": 13},\n"
"     \"write\": {\"kind\": \"fail-invalid\", \"insn\": \"vmwrite\"}\n"
"    }\n"
"   ]" TAIL;

static void loading_and_saving_is_identity(void **state)
{
	(void)state;
	report_text_becomes(full, full);
	report_text_becomes(HEAD "[]" TAIL, HEAD "[]" TAIL);
}

static void everything_arrives(void **state)
{
	const struct field_access *access;
	const struct field_map *map;
	struct host *host;
	char *sentence;

	(void)state;
	host = report_text_load(full, strlen(full), &sentence);
	assert_non_null(host);
	map = &host->cpus[0].fields;
	assert_true(map->scanned);
	assert_int_equal(map->n, 21);
	access = field_map_find(map, 0x80e);
	assert_true(access && access->readable && access->writable);
	assert_int_equal(access->ones, 0xffff);
	access = field_map_find(map, 0x440e);
	assert_true(access && access->readable && !access->writable);
	assert_int_equal(access->write.error, 13);
	assert_int_equal(access->write.field, 0x440e);
	access = field_map_find(map, 0x7fff);
	assert_true(access && !access->readable && !access->writable);
	assert_int_equal(access->read.vector, 13);
	assert_int_equal(access->read.field, 0x7fff);
	assert_true(host->cpus[1].shared);
	assert_true(field_map_equal(map, &host->cpus[1].fields));
	assert_true(cpu_same_profile(&host->cpus[0], &host->cpus[1]));
	assert_false(host->cpus[2].fields.scanned);
	assert_int_equal(host->cpus[2].fields.why.why, NOT_TESTED_NOT_RECORDED);
	host_free(host);
	free(sentence);
}

static void what_is_wrong_is_told(void **state)
{
	static const struct {
		const char *fields, *sentence;
	} cases[] = {
		{ "{}", ": it must be a list" },
		{ "[1]", "[0]: it must be an object" },
		{ "[{\"count\": 1, \"step\": 1, \"ones\": \"0x1\"}]", "[0].first: missing; it must be a "
		  "string of \"0x\" and lower-case hex digits, at most \"0x7fff\"" },
		{ "[{\"first\": \"0x8000\", \"count\": 1, \"step\": 1, \"ones\": \"0x1\"}]",
		  "[0].first: it must be a string of \"0x\" and lower-case hex digits, at most "
		  "\"0x7fff\"" },
		{ "[{\"first\": \"0x0\", \"count\": 0, \"step\": 1, \"ones\": \"0x1\"}]",
		  "[0].count: it must be a whole number from 1 to 32768" },
		{ "[{\"first\": \"0x0\", \"count\": 1, \"step\": 3, \"ones\": \"0x1\"}]",
		  "[0].step: it must be a whole number from 1 to 2" },
		{ "[{\"first\": \"0x0\", \"count\": 1, \"step\": 1}]", "[0].ones: missing; it must be a "
		  "string of \"0x\" and lower-case hex digits, at most \"0xffffffffffffffff\"" },
		{ "[{\"first\": \"0x0\", \"count\": 1, \"step\": 1, \"ones\": \"0x1\", \"read\": "
		  "{\"kind\": \"stopped\"}}]",
		  "[0].ones: it must not be there with \"read\" or \"write\"" },
		{ "[{\"first\": \"0x0\", \"count\": 1, \"step\": 1, \"read\": {}}]",
		  "[0].read.kind: missing; it must be a string" },
		{ "[{\"first\": \"0x7fff\", \"count\": 2, \"step\": 1, \"ones\": \"0x1\"}]",
		  "[0].count: the encodings go beyond 15 bits" },
		{ "[{\"first\": \"0x0\", \"count\": 2, \"step\": 2, \"ones\": \"0x1\"}, {\"first\": "
		  "\"0x2\", \"count\": 1, \"step\": 1, \"ones\": \"0x1\"}]",
		  "[1].first: encodings must be in ascending order, each once" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *text = out_format(HEAD "%s" TAIL, cases[i].fields), *sentence, *wanted;

		wanted = out_format("vmxprobe: r.json: .profiles[0].fields%s\n", cases[i].sentence);
		assert_null(report_text_load(text, strlen(text), &sentence));
		assert_string_equal(sentence, wanted);
		free(wanted);
		free(sentence);
		free(text);
	}
}

/* A few bytes stand for many encodings: their sum is bounded. */
static void bombs_are_defused(void **state)
{
	static const char profile[] =
		"{\"identity\": {\"microcode\": \"0x0\"}, \"cpuid\": [], \"msrs\": [], "
		"\"evidence\": [], \"fields\": [{\"first\": \"0x0\", \"count\": 32768, \"step\": 1, "
		"\"ones\": \"0x1\"}]}";
	char *text = NULL, *sentence;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	(void)state;
	fputs("{\"schema\": \"vmxprobe-report/1\", \"profiles\": [", file);
	for (int i = 0; i < 9; i++)
		fprintf(file, "%s%s", i ? ", " : "", profile);
	fputs("], \"cpus\": [{\"cpu\": 0, \"readiness\": \"ready\", \"profile\": 0}]}", file);
	fclose(file);
	assert_null(report_text_load(text, strlen(text), &sentence));
	assert_string_equal(sentence, "vmxprobe: r.json: .profiles[8].fields[0]: the report's field "
			    "maps hold more than 262144 encodings\n");
	free(sentence);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loading_and_saving_is_identity),
		cmocka_unit_test(everything_arrives),
		cmocka_unit_test(what_is_wrong_is_told),
		cmocka_unit_test(bombs_are_defused),
	};

	return cmocka_run_group_tests_name("report_fields", tests, NULL, NULL);
}
