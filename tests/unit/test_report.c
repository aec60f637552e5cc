// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "report_text.h"
#include "source.h"

/* A document with everything in it, in its canonical form. */
static const char full[] =
"{\n"
" \"schema\": \"vmxprobe-report/1\",\n"
" \"tool\": \"0.1\",\n"
" \"created\": \"2026-11-23T00:00:00Z\",\n"
" \"source\": \"module\",\n"
" \"hostname\": \"h\",\n"
" \"kernel\": null,\n"
" \"profiles\": [\n"
"  {\n"
"   \"identity\": {\"vendor\": null, \"brand\": null, \"family\": 6, \"model\": 140, \"stepping\": 1, "
"\"microcode\": \"0x86\"},\n"
"   \"cpuid\": [\n"
"    {\"leaf\": \"0x1\", \"subleaf\": \"0x0\", \"eax\": \"0x806c1\", \"ebx\": \"0x100800\", \"ecx\": "
"\"0x20\", \"edx\": \"0x0\"}\n"
"   ],\n"
"   \"msrs\": [\n"
"    {\"name\": \"IA32_VMX_BASIC\", \"index\": \"0x480\", \"state\": \"read\", \"value\": "
"\"0x1da050000000013\"},\n"
"    {\"name\": \"IA32_VMX_VMFUNC\", \"index\": \"0x491\", \"state\": \"absent\"},\n"
"    {\"index\": \"0x494\", \"state\": \"faulted\"}\n"
"   ],\n"
"   \"evidence\": [\n"
"    {\n"
"     \"depth\": \"controls\",\n"
"     \"set\": [\n"
"      {\"name\": \"GUEST_CR0\", \"field\": \"0x6800\", \"value\": \"0x80000021\"}\n"
"     ],\n"
"     \"sweep_name\": \"VM_ENTRY_INTR_INFO_FIELD\",\n"
"     \"sweep_field\": \"0x4016\",\n"
"     \"sweep_values\": [\n"
"      {\"first\": \"0x80000300\", \"count\": 4},\n"
"      {\"first\": \"0xffffffffffffffff\", \"count\": 1},\n"
"      {\"first\": \"0x0\", \"count\": 1}\n"
"     ],\n"
"     \"outcomes\": [\n"
"      {\"kind\": \"entry-failed\", \"exit_reason\": \"0x80000021\", \"qualification\": \"0x0\"},\n"
"      {\"kind\": \"fail-valid\", \"insn\": \"vmlaunch\", \"error\": 7},\n"
"      {\"kind\": \"fail-valid\", \"insn\": \"vmwrite\", \"error\": 12, \"field\": \"0x2034\"}\n"
"     ],\n"
"     \"runs\": [\n"
"      {\"outcome\": 0, \"count\": 2},\n"
"      {\"outcome\": 1, \"count\": 3},\n"
"      {\"outcome\": 2, \"count\": 1}\n"
"     ]\n"
"    },\n"
"    {\n"
"     \"depth\": \"state\",\n"
"     \"set\": [],\n"
"     \"outcomes\": [\n"
"      {\"kind\": \"entered\", \"exit_reason\": \"0xc\", \"qualification\": \"0x0\", \"intr_info\": "
"\"0x1\", \"intr_error_code\": \"0x2\", \"idt_info\": \"0x3\", \"idt_error_code\": \"0x4\", "
"\"guest_rip\": \"0xffffffff81000000\"}\n"
"     ],\n"
"     \"runs\": [\n"
"      {\"outcome\": 0, \"count\": 1}\n"
"     ]\n"
"    }\n"
"   ]\n"
"  }\n"
" ],\n"
" \"cpus\": [\n"
"  {\"cpu\": 0, \"readiness\": \"ready\", \"profile\": 0},\n"
"  {\"cpu\": 1, \"readiness\": \"in-use\", \"borrowed\": true, \"profile\": 0},\n"
"  {\"cpu\": 5, \"readiness\": \"offline\", \"profile\": null}\n"
" ]\n"
"}\n";

static void loading_and_saving_is_identity(void **state)
{
	(void)state;
	report_text_becomes(full, full);
}

static void everything_arrives(void **state)
{
	const struct evidence *ev;
	struct host *host;
	const struct cpu *cpu;
	char *sentence;

	(void)state;
	host = report_text_load(full, strlen(full), &sentence);
	assert_non_null(host);
	assert_null(host->kernel);
	assert_string_equal(host->hostname, "h");
	assert_int_equal(host->n_cpus, 3);
	cpu = host_cpu(host, 1);
	assert_int_equal(cpu->readiness, READINESS_IN_USE);
	assert_true(cpu->borrowed);
	assert_false(host_cpu(host, 0)->borrowed);
	assert_int_equal(cpu->microcode, 0x86);
	/* Equal CPUs share memory, so that a small report stays small. */
	assert_ptr_equal(cpu->evidence, host_cpu(host, 0)->evidence);
	assert_int_equal(cpu_msr(cpu, 0x494)->state, MSR_FAULTED);
	ev = &cpu->evidence[0];
	assert_int_equal(group_probes(&ev->group), 6);
	assert_int_equal(group_value(&ev->group, 3), 0x80000303);
	assert_int_equal(evidence_outcome(ev, 1)->exit_reason, 0x80000021);
	assert_int_equal(evidence_outcome(ev, 2)->error, 7);
	assert_int_equal(evidence_outcome(ev, 5)->field, 0x2034);
	assert_int_equal(host_cpu(host, 5)->n_msrs, 0);
	free(sentence);
	host_free(host);
}

/* Replace the first "from" by "to"; to be freed. */
static char *changed(const char *from, const char *to)
{
	const char *at = strstr(full, from);
	char *text = NULL;

	assert_non_null(at);
	assert_true(asprintf(&text, "%.*s%s%s", (int)(at - full), full, to,
			     at + strlen(from)) > 0);
	return text;
}

static void what_is_wrong_is_told(void **state)
{
	static const struct {
		const char *from, *to, *sentence;
	} rows[] = {
		{ "report/1", "report/2", ".schema: not a report this version can read; it must be "
		  "\"vmxprobe-report/1\"" },
		{ "\"schema\": \"vmxprobe-report/1\",", "", ".schema: missing; it must be a string" },
		{ "\"0.1\"", "1", ".tool: it must be a string" },
		{ "\"leaf\": \"0x1\"", "\"leaf\": 1",
		  ".profiles[0].cpuid[0].leaf: it must be a string of \"0x\" and lower-case hex "
		  "digits, at most \"0xffffffff\"" },
		{ "\"0x806c1\"", "\"0x1000806c1\"",
		  ".profiles[0].cpuid[0].eax: it must be a string of \"0x\" and lower-case hex "
		  "digits, at most \"0xffffffff\"" },
		{ "\"0x1da050000000013\"", "\"0x11da0500000000130\"",
		  ".profiles[0].msrs[0].value: it must be a string of \"0x\" and lower-case hex "
		  "digits, at most \"0xffffffffffffffff\"" },
		{ ", \"value\": \"0x1da050000000013\"", "",
		  ".profiles[0].msrs[0].value: missing; it must be a string of \"0x\" and "
		  "lower-case hex digits, at most \"0xffffffffffffffff\"" },
		{ "\"state\": \"absent\"", "\"state\": \"absent\", \"value\": \"0x0\"",
		  ".profiles[0].msrs[1].value: an MSR whose state is \"absent\" must not have a "
		  "value" },
		{ "\"absent\"", "\"gone\"",
		  ".profiles[0].msrs[1].state: it must be \"read\", \"absent\" or \"faulted\"" },
		{ "\"0x491\"", "\"0x480\"",
		  ".profiles[0].msrs[1].index: this MSR is in the list already; each may be there "
		  "once" },
		{ "\"controls\"", "\"deep\"",
		  ".profiles[0].evidence[0].depth: it must be \"controls\", \"state\" or "
		  "\"enter\"" },
		{ "\"depth\": \"state\"", "\"depth\": \"state\", \"guest\": \"long\"",
		  ".profiles[0].evidence[1].guest: only a group of depth \"enter\" may have it" },
		{ "\"0xffffffff81000000\"", "\"0x1\", \"arrival\": {}",
		  ".profiles[0].evidence[1].outcomes[0].arrival: only a guest that was entered at "
		  "depth \"enter\" may have it" },
		{ "\"sweep_field\": \"0x4016\",", "",
		  ".profiles[0].evidence[0].sweep_values: a group without \"sweep_field\" must not "
		  "have it" },
		{ "\"0x4016\"", "\"0x0\"",
		  ".profiles[0].evidence[0].sweep_field: field 0 cannot be swept" },
		{ "\"count\": 4}", "\"count\": 0}",
		  ".profiles[0].evidence[0].sweep_values[0].count: it must be a whole number from 1 "
		  "to 4096" },
		{ "\"count\": 4}", "\"count\": 4095}",
		  ".profiles[0].evidence[0].sweep_values: the counts sum up to 4097; at most 4096 "
		  "are allowed" },
		{ "ffffffff\", \"count\": 1", "ffffffff\", \"count\": 2",
		  ".profiles[0].evidence[0].sweep_values[1].first: the range goes beyond 64 bits" },
		{ "\"outcome\": 2", "\"outcome\": 3",
		  ".profiles[0].evidence[0].runs[2].outcome: it must be a whole number from 0 to 2" },
		{ "\"outcome\": 1, \"count\": 3", "\"outcome\": 1, \"count\": 4",
		  ".profiles[0].evidence[0].runs[2].count: the runs cover more than the group's 6 "
		  "probes" },
		{ "\"outcome\": 1, \"count\": 3", "\"outcome\": 1, \"count\": 2",
		  ".profiles[0].evidence[0].runs: the runs cover 5 of the group's 6 probes; it must "
		  "be all" },
		{ "\"vmlaunch\"", "\"vmrun\"",
		  ".profiles[0].evidence[0].outcomes[1].insn: it must be the name of a VMX "
		  "instruction, such as \"vmlaunch\"" },
		{ "\"error\": 7", "\"error\": -7",
		  ".profiles[0].evidence[0].outcomes[1].error: it must be a whole number from 0 to "
		  "4294967295" },
		{ "\"profile\": 0}", "\"profile\": 1}",
		  ".cpus[0].profile: it must be a whole number from 0 to 0" },
		{ "\"cpu\": 5", "\"cpu\": 1", ".cpus[2].cpu: CPUs must be in ascending order, each "
		  "once" },
		{ "\"cpu\": 5", "\"cpu\": 65536", ".cpus[2].cpu: it must be a whole number from 0 "
		  "to 65535" },
		{ "\"cpu\": 5", "\"cpu\": 5, \"cpu\": 5", "line 59, column 18: not JSON: duplicate "
		  "object key near '\"cpu\"'" },
	};
	struct host *host;
	char *text, *sentence, *expected;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		text = changed(rows[i].from, rows[i].to);
		host = report_text_load(text, strlen(text), &sentence);
		assert_null(host);
		assert_true(asprintf(&expected, "vmxprobe: r.json: %s\n", rows[i].sentence) > 0);
		assert_string_equal(sentence, expected);
		free(expected);
		free(sentence);
		free(text);
	}
}

/* What later tools may add is passed over or kept as unknown. */
static void the_future_is_survived(void **state)
{
	static const char *const rows[][2] = {
		{ "\"tool\"", "\"colour\": [1, {}], \"tool\"" },
		{ "\"ready\"", "\"asleep\"" },
		{ "\"depth\": \"state\"", "\"why\": 1, \"depth\": \"state\"" },
		{ "\"kind\": \"entered\"", "\"kind\": \"later\"" },
		{ "\"hostname\": \"h\",", "" },
	};
	struct host *host;
	char *text, *sentence;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		text = changed(rows[i][0], rows[i][1]);
		host = report_text_load(text, strlen(text), &sentence);
		assert_string_equal(sentence, "");
		assert_non_null(host);
		if (i == 1)
			assert_int_equal(host->cpus[0].readiness, READINESS_UNKNOWN);
		if (i == 3)
			assert_int_equal(evidence_outcome(&host->cpus[0].evidence[1], 0)->kind,
					 OUTCOME_NOT_TESTED);
		host_free(host);
		free(sentence);
		free(text);
	}
}

/* Every proper prefix is refused with a sentence, and never more than one. */
static void truncation_is_noticed(void **state)
{
	size_t length, end = strlen(full) - 1;
	struct host *host;
	char *sentence;

	(void)state;
	for (length = 0; length < end; length++) {
		host = report_text_load(full, length, &sentence);
		assert_null(host);
		assert_ptr_equal(strchr(sentence, '\n'), sentence + strlen(sentence) - 1);
		assert_int_equal(strncmp(sentence, "vmxprobe: r.json: line ", 23), 0);
		free(sentence);
	}
}

/* Every byte replaced by some others: refused or read, never worse. */
static void damage_is_survived(void **state)
{
	static const char others[] = { '"', '}', ']', '0', '9', '-', ',', '\0', '\x80', '\\' };
	char *text = strdup(full), *sentence;
	size_t i, k, refused = 0;
	struct host *host;

	(void)state;
	for (i = 0; i < strlen(full); i++) {
		for (k = 0; k < sizeof(others); k++) {
			text[i] = others[k];
			host = report_text_load(text, strlen(full), &sentence);
			refused += !host;
			assert_int_equal(!host, *sentence != '\0');
			host_free(host);
			free(sentence);
		}
		text[i] = full[i];
	}
	assert_true(refused > 1000);
	free(text);
}

/* Runs and ranges stand for much more than their bytes: the sum is bounded. */
static void bombs_are_defused(void **state)
{
	static const char group[] =
		"{\"depth\":\"state\",\"set\":[],\"sweep_field\":\"0x2\",\"sweep_values\":"
		"[{\"first\":\"0x0\",\"count\":4096}],\"outcomes\":[{\"kind\":\"stopped\"}],"
		"\"runs\":[{\"outcome\":0,\"count\":4096}]}";
	char *text = NULL, *sentence;
	size_t size, p, g;
	FILE *file = open_memstream(&text, &size);

	(void)state;
	fputs("{\"schema\":\"vmxprobe-report/1\",\"profiles\":[", file);
	for (p = 0; p < 8; p++) {
		fputs(p ? "," : "", file);
		fputs("{\"identity\":{\"microcode\":\"0x0\"},\"cpuid\":[],\"msrs\":[],"
		      "\"evidence\":[", file);
		for (g = 0; g < 256; g++)
			fprintf(file, "%s%s", g ? "," : "", group);
		fputs("]}", file);
	}
	fputs("],\"cpus\":[{\"cpu\":0,\"readiness\":\"ready\",\"profile\":0}]}", file);
	fclose(file);
	assert_null(report_text_load(text, size, &sentence));
	assert_non_null(strstr(sentence, ".profiles[4].evidence[0].sweep_values: the report holds "
			       "more than 4194304 probes"));
	free(sentence);
	free(text);
}

/* A recorded report answers what it holds, however it is asked, and nothing else. */
static void recorded_probes_are_found(void **state)
{
	struct field_value cr0 = { 0x6800, 0x80000021 };
	/* The same probe with its swept field as an override, and one field written twice. */
	struct field_value set[3] = { { 0x4016, 0x80000303 }, { 0x6800, 1 }, cr0 };
	uint64_t values[3] = { 0x80000301, 0x80000302, 0x80000304 };
	struct evidence ev[3] = {
		{ .group = { .depth = DEPTH_CONTROLS, .set = set, .n_set = 3 } },
		{ .group = { .depth = DEPTH_CONTROLS, .set = &cr0, .n_set = 1,
			     .sweep_field = 0x4016, .values = values, .n_values = 3 } },
		{ .group = { .depth = DEPTH_STATE, .set = &cr0, .n_set = 1 } },
	};
	char path[] = "/tmp/vmxprobe-unit-XXXXXX";
	struct probe_report report = { 0 };
	struct probe_options opt = { 0 };
	struct source src = { 0 };
	FILE *file;
	int fd = mkstemp(path);
	size_t i;

	(void)state;
	file = fdopen(fd, "w");
	fputs(full, file);
	fclose(file);
	assert_int_equal(source_open(&src, path, NULL), 0);
	remove(path);
	assert_int_equal(src.ops->probe(&src, 1, ev, 3, &opt, &report, NULL, NULL), 0);
	assert_int_equal(evidence_outcome(&ev[0], 0)->error, 7);
	assert_int_equal(evidence_outcome(&ev[1], 0)->kind, OUTCOME_ENTRY_FAILED);
	assert_int_equal(evidence_outcome(&ev[1], 1)->kind, OUTCOME_FAIL_VALID);
	assert_int_equal(evidence_outcome(&ev[1], 2)->why, NOT_TESTED_NOT_RECORDED);
	assert_int_equal(evidence_outcome(&ev[2], 0)->why, NOT_TESTED_NOT_RECORDED);
	assert_int_equal(src.ops->probe(&src, 5, ev, 1, &opt, &report, NULL, NULL), 0);
	assert_int_equal(evidence_outcome(&ev[0], 0)->why, NOT_TESTED_NOT_RECORDED);
	for (i = 0; i < 3; i++) {
		ev[i].group = (struct group){ 0 };
		evidence_clear(&ev[i]);
	}
	source_close(&src);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loading_and_saving_is_identity),
		cmocka_unit_test(everything_arrives),
		cmocka_unit_test(what_is_wrong_is_told),
		cmocka_unit_test(the_future_is_survived),
		cmocka_unit_test(truncation_is_noticed),
		cmocka_unit_test(damage_is_survived),
		cmocka_unit_test(bombs_are_defused),
		cmocka_unit_test(recorded_probes_are_found),
	};

	return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
