// SPDX-License-Identifier: GPL-2.0
/* Verdicts for programs: JSON, TAP version 14, JUnit XML. */
#include <stdio.h>
#include <stdlib.h>

#include "exit.h"
#include "out.h"
#include "verify_view.h"

static json_t *text_or_null(const char *text)
{
	return text ? json_string(text) : json_null();
}

json_t *verify_json_claim(const struct claim *claim)
{
	json_t *object = json_object();

	out_json_set(object, "id", json_string(claim->id));
	out_json_set(object, "catalogue", json_string(claim->catalogue));
	out_json_set(object, "section", json_string(claim->section));
	out_json_set(object, "statement", json_string(claim->statement));
	out_json_set(object, "when", text_or_null(claim->when));
	out_json_set(object, "note", text_or_null(claim->note));
	out_json_set(object, "reading", json_boolean(claim->reading));
	return object;
}

static void set_if(json_t *object, const char *name, const char *text)
{
	if (text)
		out_json_set(object, name, json_string(text));
}

static json_t *answer_json(const struct verify_answer *answer)
{
	const struct verdict *verdict = answer->verdict;
	char *cpus = cpu_list_format(&answer->cpus);
	json_t *object = json_object();

	out_json_set(object, "cpus", json_string(cpus ? cpus : ""));
	out_json_set(object, "verdict", json_string(verdict_name(verdict->kind)));
	set_if(object, "reason", verdict->reason);
	set_if(object, "expected", verdict->expected);
	set_if(object, "seen", verdict->seen);
	set_if(object, "reproduce", verdict->reproduce);
	out_json_set(object, "probes", json_integer(verdict->probes));
	out_json_set(object, "broken", json_integer(verdict->broken));
	free(cpus);
	return object;
}

json_t *verify_json(const struct verify *verify)
{
	json_t *claims = json_array();

	for (size_t c = 0; c < verify->n_claims; c++) {
		json_t *claim = verify_json_claim(verify->claims[c]), *list = json_array();
		struct verify_answer *answers;
		size_t n;

		if (verify_fold(verify, c, &answers, &n)) {
			json_decref(claim);
			json_decref(list);
			json_decref(claims);
			return NULL;
		}
		for (size_t i = 0; i < n; i++)
			out_json_append(list, answer_json(&answers[i]));
		out_json_set(claim, "verdicts", list);
		out_json_append(claims, claim);
		verify_free_answers(answers, n);
	}
	return claims;
}

/* Call fn for each verdict with its number from 1; 0 or what the folding gives. */
static int for_each(const struct verify *verify,
		    void (*fn)(const struct verify_answer *answer, size_t number, void *arg),
		    void *arg)
{
	size_t number = 0;

	for (size_t c = 0; c < verify->n_claims; c++) {
		struct verify_answer *answers;
		size_t n;
		int ret = verify_fold(verify, c, &answers, &n);

		if (ret)
			return ret;
		for (size_t i = 0; i < n; i++)
			fn(&answers[i], ++number, arg);
		verify_free_answers(answers, n);
	}
	return 0;
}

struct counts {
	size_t all, failures, skipped;
};

static void count(const struct verify_answer *answer, size_t number, void *arg)
{
	const struct verdict *verdict = answer->verdict;
	struct counts *counts = arg;

	counts->all = number;
	counts->failures += verify_violated(verdict);
	counts->skipped += verdict->kind == VERDICT_NOT_APPLICABLE ||
			   verdict->kind == VERDICT_NOT_TESTED;
}

/* In a description "#" begins a directive and "\" escapes. */
static void tap_text(const char *text)
{
	for (; *text; text++) {
		if (*text == '#' || *text == '\\')
			putchar('\\');
		putchar(*text == '\n' ? ' ' : *text);
	}
}

/* A YAML string in single quotes, where only the quote itself is special. */
static void yaml_text(const char *name, const char *text)
{
	if (!text)
		return;
	printf("  %s: '", name);
	for (; *text; text++) {
		if (*text == '\'')
			putchar('\'');
		putchar(*text);
	}
	puts("'");
}

static void print_tap(const struct verify_answer *answer, size_t number, void *arg)
{
	const struct verdict *verdict = answer->verdict;
	char *label = cpu_list_label(&answer->cpus);
	bool broken = verdict->kind == VERDICT_VIOLATED;

	(void)arg;
	printf("%s %zu - ", broken ? "not ok" : "ok", number);
	tap_text(verdict->claim->id);
	printf(" (%s), %s", verdict->claim->catalogue, label ? label : "?");
	free(label);
	if (verdict->kind == VERDICT_NOT_APPLICABLE)
		printf(" # SKIP not applicable: ");
	if (verdict->kind == VERDICT_NOT_TESTED)
		printf(" # SKIP not tested: ");
	if (verdict->reason)
		tap_text(verdict->reason);
	if (broken && verdict->claim->reading)
		printf(" # TODO a reading of the SDM that is not followed");
	putchar('\n');
	if (!broken)
		return;
	puts("  ---");
	yaml_text("statement", verdict->claim->statement);
	yaml_text("section", verdict->claim->section);
	yaml_text("expected", verdict->expected);
	yaml_text("seen", verdict->seen);
	yaml_text("reproduce", verdict->reproduce);
	puts("  ...");
}

int verify_print_tap(const struct verify *verify)
{
	struct counts counts = { 0 };
	int ret = for_each(verify, count, &counts);

	if (ret)
		return ret;
	printf("TAP version 14\n1..%zu\n", counts.all);
	return for_each(verify, print_tap, NULL);
}

/* XML 1.0 has no way to write most control characters. */
static void xml_text(const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", stdout);
			break;
		case '<':
			fputs("&lt;", stdout);
			break;
		case '>':
			fputs("&gt;", stdout);
			break;
		case '"':
			fputs("&quot;", stdout);
			break;
		default:
			putchar((unsigned char)*text < ' ' ? ' ' : *text);
		}
	}
}

static void xml_attribute(const char *name, const char *text)
{
	printf(" %s=\"", name);
	xml_text(text);
	putchar('"');
}

static void xml_line(const char *name, const char *text)
{
	if (!text)
		return;
	printf("%s: ", name);
	xml_text(text);
	putchar('\n');
}

static void print_case(const struct verify_answer *answer, size_t number, void *arg)
{
	const struct verdict *verdict = answer->verdict;
	const struct claim *claim = verdict->claim;
	char *label = cpu_list_label(&answer->cpus), *name;

	(void)number;
	(void)arg;
	name = out_format("%s, %s", claim->id, label ? label : "?");
	free(label);
	printf("    <testcase");
	xml_attribute("classname", verify_group_name(claim));
	xml_attribute("name", name);
	free(name);
	puts(">");
	if (verify_violated(verdict)) {
		printf("      <failure");
		xml_attribute("message", claim->statement);
		putchar('>');
		xml_line("section", claim->section);
		xml_line("expected", verdict->expected);
		xml_line("seen", verdict->seen);
		xml_line("reproduce", verdict->reproduce);
		puts("</failure>");
	} else if (verdict->reason) {
		printf("      <skipped");
		xml_attribute("message", verdict->reason);
		puts("/>");
	} else if (claim->reading) {
		printf("      <system-out>A reading of the SDM: %s.</system-out>\n",
		       verdict->kind == VERDICT_HOLDS ? "followed" : "not followed");
	}
	puts("    </testcase>");
}

int verify_print_junit(const struct verify *verify)
{
	struct counts counts = { 0 };
	int ret = for_each(verify, count, &counts);

	if (ret)
		return ret;
	puts("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>");
	printf("  <testsuite name=\"vmxprobe verify\" tests=\"%zu\" failures=\"%zu\" "
	       "skipped=\"%zu\" errors=\"0\">\n", counts.all, counts.failures, counts.skipped);
	ret = for_each(verify, print_case, NULL);
	puts("  </testsuite>\n</testsuites>");
	return ret;
}
