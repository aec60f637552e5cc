// SPDX-License-Identifier: GPL-2.0
/* Guests that were entered, in reports. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report_text.h"
#include "source.h"

#define HEAD \
"{\n" \
" \"schema\": \"vmxprobe-report/1\",\n" \
" \"tool\": null,\n" \
" \"created\": null,\n" \
" \"source\": null,\n" \
" \"hostname\": null,\n" \
" \"kernel\": null,\n" \
" \"profiles\": [\n" \
"  {\n" \
"   \"identity\": {\"vendor\": null, \"brand\": null, \"microcode\": \"0x0\"},\n" \
"   \"cpuid\": [],\n" \
"   \"msrs\": [],\n" \
"   \"evidence\": "
#define GROUP \
"[\n" \
"    {\n" \
"     \"depth\": \"enter\",\n" \
"     \"guest\": \"pm32\",\n" \
"     \"program\": \"mov-cr3\",\n" \
"     \"rcx\": \"0x277\",\n" \
"     \"read\": [\"0x681c\", \"0x6820\"],\n" \
"     \"time\": true,\n" \
"     \"set\": [\n" \
"      {\"name\": \"VM_ENTRY_INSTRUCTION_LEN\", \"field\": \"0x401a\", \"value\": \"0x1\"}\n" \
"     ],\n" \
"     \"sweep_name\": \"VM_ENTRY_INTR_INFO_FIELD\",\n" \
"     \"sweep_field\": \"0x4016\",\n" \
"     \"sweep_values\": [\n" \
"      {\"first\": \"0x80000300\", \"count\": 4}\n" \
"     ],\n" \
"     \"outcomes\": [\n" \
"      {\n" \
"       \"kind\": \"entered\",\n" \
"       \"exit_reason\": \"0x12\",\n" \
"       \"qualification\": \"0x0\",\n" \
"       \"intr_info\": \"0x0\",\n" \
"       \"intr_error_code\": \"0x0\",\n" \
"       \"idt_info\": \"0x0\",\n" \
"       \"idt_error_code\": \"0x0\",\n" \
"       \"guest_rip\": \"0x1000\",\n" \
"       \"arrival\": {\n" \
"        \"fields\": [\"0x3e1c\", \"0x2\"],\n" \
"        \"stack\": \"0020000048000000020000ff\",\n" \
"        \"rax\": \"0x7000\",\n" \
"        \"rdx\": \"0xf000\",\n" \
"        \"cr2\": \"0xc2000\",\n" \
"        \"dr6\": \"0xffff0ff0\",\n" \
"        \"ticks\": \"0x4d2\"\n" \
"       }\n" \
"      },\n" \
"      {\n" \
"       \"kind\": \"entered\",\n" \
"       \"exit_reason\": \"0x12\",\n" \
"       \"qualification\": \"0x0\",\n" \
"       \"intr_info\": \"0x0\",\n" \
"       \"intr_error_code\": \"0x0\",\n" \
"       \"idt_info\": \"0x0\",\n" \
"       \"idt_error_code\": \"0x0\",\n" \
"       \"guest_rip\": \"0x1000\",\n" \
"       \"arrival\": {\n" \
"        \"fields\": [\"0x3e1c\", \"0x3\"],\n" \
"        \"stack\": \"\",\n" \
"        \"rax\": \"0x7000\",\n" \
"        \"rdx\": \"0xf000\",\n" \
"        \"cr2\": \"0xc2000\",\n" \
"        \"dr6\": \"0xffff0ff0\",\n" \
"        \"ticks\": \"0x4d3\"\n" \
"       }\n" \
"      },\n" \
"      {\"kind\": \"fail-valid\", \"insn\": \"vmlaunch\", \"error\": 7},\n" \
"      {\"kind\": \"fail-valid\", \"insn\": \"vmread\", \"error\": 12, \"field\": \"0x6820\"}\n" \
"     ],\n" \
"     \"runs\": [\n" \
"      {\"outcome\": 0, \"count\": 1},\n" \
"      {\"outcome\": 1, \"count\": 1},\n" \
"      {\"outcome\": 2, \"count\": 1},\n" \
"      {\"outcome\": 3, \"count\": 1}\n" \
"     ]\n" \
"    }\n" \
"   ]"

static const char full[] = HEAD GROUP REPORT_TAIL;

static void loading_and_saving_is_identity(void **state)
{
	(void)state;
	report_text_becomes(full, full);
}

static void everything_arrives(void **state)
{
	const struct arrival *arrival;
	const struct evidence *ev;
	char *sentence;
	struct host *host = report_text_load(full, strlen(full), &sentence);

	(void)state;
	assert_non_null(host);
	ev = &host->cpus[0].evidence[0];
	assert_int_equal(ev->group.depth, DEPTH_ENTER);
	assert_int_equal(ev->group.guest, GUEST_PM32);
	assert_int_equal(ev->group.program, 8);
	assert_int_equal(ev->group.rcx, 0x277);
	assert_int_equal(ev->group.n_read, 2);
	assert_int_equal(ev->group.read[1], 0x6820);
	assert_true(ev->group.time);
	arrival = evidence_arrival(ev, evidence_outcome(ev, 0));
	assert_int_equal(arrival->n_fields, 2);
	assert_int_equal(arrival->fields[0], 0x3e1c);
	assert_int_equal(arrival->n_stack, 12);
	assert_memory_equal(arrival->stack, "\0\x20\0\0\x48\0\0\0\2\0\0\xff", 12);
	assert_int_equal(arrival->dr6, 0xffff0ff0);
	assert_int_equal(arrival->ticks, 0x4d2);
	assert_int_equal(evidence_arrival(ev, evidence_outcome(ev, 1))->n_stack, 0);
	assert_null(evidence_arrival(ev, evidence_outcome(ev, 2)));
	host_free(host);
	free(sentence);
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

#define PLACE ".profiles[0].evidence[0]"
#define ARRIVAL PLACE ".outcomes[0].arrival"

static void what_is_wrong_is_told(void **state)
{
	static const struct {
		const char *from, *to, *sentence;
	} rows[] = {
		{ "\"guest\": \"pm32\",", "", PLACE ".guest: missing; it must be a string" },
		{ "pm32", "vm86", PLACE ".guest: it must be \"real\", \"pm32\" or \"long\"" },
		{ "mov-cr3", "fly", PLACE ".program: it must be the name of a guest's program, such "
		  "as \"vmcall\"" },
		{ "\"0x277\"", "0", PLACE ".rcx: it must be a string of \"0x\" and lower-case hex "
		  "digits, at most \"0xffffffffffffffff\"" },
		{ "[\"0x681c\",", "[\"0x1681c0000\",", PLACE ".read[0]: it must be a string of "
		  "\"0x\" and lower-case hex digits, at most \"0xffffffff\"" },
		{ "\"read\": [\"0x681c\", \"0x6820\"],", "", PLACE ".read: missing; it must be a "
		  "list" },
		{ "\"time\": true", "\"time\": 1", PLACE ".time: it must be true if it is there" },
		{ "\"time\": true,", "", ARRIVAL ".ticks: a group that is not timed must not have "
		  "it" },
		{ "\"depth\": \"enter\"", "\"depth\": \"state\"", PLACE ".guest: only a group of "
		  "depth \"enter\" may have it" },
		{ "[\"0x3e1c\", \"0x2\"]", "[\"0x3e1c\"]", ARRIVAL ".fields: it has 1 values; the "
		  "group has 2 fields read" },
		{ "0020000048", "002000004", ARRIVAL ".stack: it must be a string of pairs of "
		  "lower-case hex digits, at most 64" },
		{ "0020000048", "00200000zz", ARRIVAL ".stack: it must be a string of pairs of "
		  "lower-case hex digits, at most 64" },
		{ "0020000048000000020000ff",
		  "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
		  "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff00",
		  ARRIVAL ".stack: it must be a string of pairs of lower-case hex digits, at most "
		  "64" },
		{ "\"dr6\": \"0xffff0ff0\",", "", ARRIVAL ".dr6: missing; it must be a string of "
		  "\"0x\" and lower-case hex digits, at most \"0xffffffffffffffff\"" },
		{ "\"arrival\"", "\"departure\"", ARRIVAL ": missing; it must be an object" },
		{ "\"error\": 7", "\"error\": 7, \"arrival\": {}", PLACE ".outcomes[2].arrival: only "
		  "a guest that was entered at depth \"enter\" may have it" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = changed(rows[i].from, rows[i].to), *sentence, *expected;

		assert_null(report_text_load(text, strlen(text), &sentence));
		assert_true(asprintf(&expected, "vmxprobe: r.json: %s\n", rows[i].sentence) > 0);
		assert_string_equal(sentence, expected);
		free(expected);
		free(sentence);
		free(text);
	}
}

/* Every byte replaced by some others: refused or read, never worse. */
static void damage_is_survived(void **state)
{
	static const char others[] = { '"', '}', ']', '0', 'f', ',', '\0' };
	char *text = strdup(full), *sentence;

	(void)state;
	for (size_t i = 0; i < strlen(full); i++) {
		for (size_t k = 0; k < sizeof(others); k++) {
			struct host *host;

			text[i] = others[k];
			host = report_text_load(text, strlen(full), &sentence);
			assert_int_equal(!host, *sentence != '\0');
			host_free(host);
			free(sentence);
		}
		text[i] = full[i];
	}
	free(text);
}

/* CPUs whose guests were found alike share a profile, others do not. */
static void arrivals_tell_cpus_apart(void **state)
{
	char *sentence, *text = NULL;
	struct host *host;

	(void)state;
	host = report_text_load(full, strlen(full), &sentence);
	assert_true(cpu_same_profile(&host->cpus[0], &host->cpus[1]));
	free(sentence);
	assert_true(asprintf(&text, "%.*s}, %s", (int)(strstr(full, "\n  }\n ],") - full), full,
			     strstr(full, "{\n   \"identity\"")) > 0);
	strstr(strstr(text, "\"profile\": 0") + 1, "\"profile\": 0")[11] = '1';
	host_free(host);
	host = report_text_load(text, strlen(text), &sentence);
	assert_true(cpu_same_profile(&host->cpus[0], &host->cpus[1]));
	host_free(host);
	free(sentence);
	/* How long it took is worth a profile, but no reason to show them apart. */
	memcpy(strstr(strstr(text, "0x4d2") + 1, "0x4d2"), "0x4d9", 5);
	host = report_text_load(text, strlen(text), &sentence);
	assert_false(cpu_same_profile(&host->cpus[0], &host->cpus[1]));
	assert_true(cpu_alike(&host->cpus[0], &host->cpus[1]));
	host_free(host);
	free(sentence);
	memcpy(strstr(strstr(text, "002000004800") + 1, "002000004800"), "002000004801", 12);
	host = report_text_load(text, strlen(text), &sentence);
	assert_string_equal(sentence, "");
	assert_false(cpu_same_profile(&host->cpus[0], &host->cpus[1]));
	assert_false(cpu_alike(&host->cpus[0], &host->cpus[1]));
	host_free(host);
	free(sentence);
	free(text);
}

/* A recorded report answers who asks for what it holds, or for less of it. */
static void recorded_guests_are_found(void **state)
{
	struct field_value set[2] = { { 0x401a, 1 }, { 0x4016, 0x80000300 } };
	uint64_t values[4] = { 0x80000300, 0x80000301, 0x80000302, 0x80000303 };
	uint32_t both[2] = { 0x681c, 0x6820 }, back[2] = { 0x6820, 0x681c }, other[1] = { 0x681a };
	const struct group as_recorded = {
		.depth = DEPTH_ENTER, .guest = GUEST_PM32, .program = 8, .rcx = 0x277,
		.read = both, .n_read = 2, .time = true, .set = set, .n_set = 1,
		.sweep_field = 0x4016, .values = values, .n_values = 4,
	};
	const struct group one = {
		.depth = DEPTH_ENTER, .guest = GUEST_PM32, .program = 8, .rcx = 0x277,
		.read = back, .n_read = 2, .set = set, .n_set = 2,
	};
	struct evidence ev[7];
	char path[] = "/tmp/vmxprobe-unit-XXXXXX";
	struct probe_report report = { 0 };
	struct probe_options opt = { 0 };
	struct source src = { 0 };
	const struct arrival *arrival;
	FILE *file;

	(void)state;
	memset(ev, 0, sizeof(ev));
	ev[0].group = as_recorded;
	for (size_t i = 1; i < ARRAY_SIZE(ev); i++)
		ev[i].group = one;
	ev[2].group.guest = GUEST_LONG;
	ev[3].group.rcx = 0;
	ev[4].group.read = other;
	ev[4].group.n_read = 1;
	ev[5].group = as_recorded;
	ev[5].group.n_read = 1;		/* without the field that one could not read */
	ev[6].group.depth = DEPTH_STATE;
	file = fdopen(mkstemp(path), "w");
	fputs(full, file);
	fclose(file);
	assert_int_equal(source_open(&src, path, NULL), 0);
	remove(path);
	assert_int_equal(src.ops->probe(&src, 0, ev, ARRAY_SIZE(ev), &opt, &report, NULL, NULL),
			 0);
	arrival = evidence_arrival(&ev[0], evidence_outcome(&ev[0], 0));
	assert_int_equal(arrival->ticks, 0x4d2);
	assert_int_equal(arrival->fields[0], 0x3e1c);
	arrival = evidence_arrival(&ev[0], evidence_outcome(&ev[0], 1));
	assert_int_equal(arrival->fields[1], 3);
	assert_int_equal(evidence_outcome(&ev[0], 2)->error, 7);
	assert_int_equal(evidence_outcome(&ev[0], 3)->error, 12);
	/* Fields in the order asked for, and no ticks that nobody asked for. */
	arrival = evidence_arrival(&ev[1], evidence_outcome(&ev[1], 0));
	assert_int_equal(arrival->fields[0], 2);
	assert_int_equal(arrival->fields[1], 0x3e1c);
	assert_int_equal(arrival->ticks, 0);
	for (size_t i = 2; i <= 4; i++)
		assert_int_equal(evidence_outcome(&ev[i], 0)->why, NOT_TESTED_NOT_RECORDED);
	arrival = evidence_arrival(&ev[5], evidence_outcome(&ev[5], 0));
	assert_int_equal(arrival->n_fields, 1);
	assert_int_equal(arrival->ticks, 0x4d2);
	assert_int_equal(evidence_outcome(&ev[5], 3)->why, NOT_TESTED_NOT_RECORDED);
	assert_int_equal(evidence_outcome(&ev[6], 0)->why, NOT_TESTED_NOT_RECORDED);
	for (size_t i = 0; i < ARRAY_SIZE(ev); i++) {
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
		cmocka_unit_test(damage_is_survived),
		cmocka_unit_test(arrivals_tell_cpus_apart),
		cmocka_unit_test(recorded_guests_are_found),
	};

	return cmocka_run_group_tests_name("report_enter", tests, NULL, NULL);
}
