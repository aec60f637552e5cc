// SPDX-License-Identifier: GPL-2.0
/* vmxprobe fields: which VMCS fields each CPU has. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "fieldmap.h"
#include "names.h"
#include "probing.h"

struct fields_args {
	bool all;
	struct probing_options probing;
};

static int take(int key, const char *arg, void *priv)
{
	struct fields_args *args = priv;

	if (key != 'a')
		return probing_take(key, arg, &args->probing);
	args->all = true;
	return 0;
}

static bool same(const struct cpu *a, const struct cpu *b, const void *arg)
{
	(void)arg;
	return cpu_alike(a, b) &&
	       (a->fields.scanned || outcome_equal(&a->fields.why, &b->fields.why));
}

static const char *access_text(const struct field_access *access)
{
	if (access->readable)
		return access->writable ? "read, write" : "read only";
	return access->writable ? "write only" : "neither";
}

static void print_documented(const struct cpu *cpu)
{
	static const struct out_column columns[] = {
		{ "ENCODING", 0 }, { "WIDTH", 0 }, { "TYPE", 0 }, { "ACCESS", 0 }, { "NAME", 0 },
	};
	struct out_table *table = out_table_new(columns, 5, true);
	struct decode_field field;

	for (size_t i = 0; decode_field(i, &field); i++) {
		const struct field_access *access = field_map_find(&cpu->fields, field.encoding);
		char encoding[12];

		if (!access)
			continue;
		snprintf(encoding, sizeof(encoding), "0x%04x", field.encoding);
		out_table_row(table, (const char *const[]){
			encoding, decode_field_width_name(field.encoding),
			decode_field_type(field.encoding), access_text(access), field.name,
		});
	}
	out_table_print(table);
}

static void print_missing(const struct cpu *cpu)
{
	static const struct out_column columns[] = {
		{ "ENCODING", 0 }, { "NAME", 0 }, { "SHOULD EXIST", 0 },
	};
	struct out_table *table = NULL;
	struct decode_field field;

	for (size_t i = 0; decode_field(i, &field); i++) {
		enum field_due due = fieldmap_due(cpu, &field);
		char encoding[12], *why;

		if (field_map_find(&cpu->fields, field.encoding))
			continue;
		if (!table) {
			puts("\nDocumented fields that it does not have:");
			table = out_table_new(columns, 3, true);
		}
		snprintf(encoding, sizeof(encoding), "0x%04x", field.encoding);
		why = fieldmap_why(&field, due);
		out_table_row_style(table, due == FIELD_DUE ? OUT_BAD : OUT_DIM,
				    (const char *const[]){ encoding, field.name, why });
		free(why);
	}
	if (table)
		out_table_print(table);
}

static void print_undocumented(const struct cpu *cpu, bool all)
{
	struct fieldmap_range range = { 0 };
	size_t n = 0, ranges = 0;

	while (fieldmap_undocumented(&cpu->fields, &range)) {
		n += range.count;
		ranges++;
	}
	if (!n)
		return;
	printf("\n%s%zu encodings that no table of this tool names%s, in %zu ranges%s\n",
	       out_style(OUT_WARN), n, out_style(OUT_PLAIN), ranges,
	       all ? ":" : "; --all lists them");
	range = (struct fieldmap_range){ 0 };
	while (all && fieldmap_undocumented(&cpu->fields, &range)) {
		if (range.count == 1)
			printf("  0x%04x         ", range.first);
		else
			printf("  0x%04x-0x%04x  ", range.first, range.last);
		printf("%s-bit %s, %s", decode_field_width_name(range.first), decode_field_type(range.first),
		       access_text(range.access));
		if (range.step == 2)
			fputs(", every other one", stdout);
		putchar('\n');
	}
}

static void print_summary(const struct cpu *cpu)
{
	struct fieldmap_summary sum;
	uint64_t value;

	fieldmap_sum(cpu, &sum);
	printf("%zu of the %zu documented fields; %zu of %zu read-only ones can be written, and ",
	       sum.documented, sum.known, sum.read_only_writable, sum.read_only);
	if (cpu_msr_value(cpu, MSR_IA32_VMX_MISC, &value))
		printf("IA32_VMX_MISC[29] = %u\n", (unsigned int)(value >> 29 & 1));
	else
		puts("IA32_VMX_MISC is not known");
	if (sum.highest)
		printf("Highest index 0x%x, that of 0x%04x; ",
		       fieldmap_index(sum.highest->encoding), sum.highest->encoding);
	if (cpu_msr_value(cpu, MSR_IA32_VMX_VMCS_ENUM, &value))
		printf("IA32_VMX_VMCS_ENUM[9:1] = 0x%x\n", (unsigned int)(value >> 1 & 0x1ff));
	else
		puts("IA32_VMX_VMCS_ENUM is not known");
}

static void print_group(const struct cpu_group *group, bool all)
{
	char *label = cpu_list_label(&group->cpus), *why;

	if (!group->cpu->fields.scanned) {
		why = fieldmap_unscanned(group->cpu);
		out_heading("%s: not tested: %s", label, why);
		free(why);
	} else {
		out_heading("%s", label);
		print_summary(group->cpu);
		print_documented(group->cpu);
		print_missing(group->cpu);
		print_undocumented(group->cpu, all);
	}
	free(label);
}

static json_t *json_access(const struct field_access *access)
{
	json_t *json = json_object();

	out_json_set(json, "read", json_boolean(access && access->readable));
	out_json_set(json, "write", json_boolean(access && access->writable));
	if (access && access->readable && access->writable)
		out_json_set(json, "ones", out_json_hex(access->ones));
	return json;
}

static json_t *json_documented(const struct cpu *cpu)
{
	static const char *const due_names[] = {
		[FIELD_NOT_DUE] = "no", [FIELD_DUE] = "yes", [FIELD_DUE_UNKNOWN] = "unknown",
	};
	json_t *list = json_array();
	struct decode_field field;

	for (size_t i = 0; decode_field(i, &field); i++) {
		const struct field_access *access = field_map_find(&cpu->fields, field.encoding);
		json_t *item = json_object();

		out_json_set(item, "encoding", out_json_hex(field.encoding));
		out_json_set(item, "token", json_string(field.token));
		out_json_set(item, "name", json_string(field.name));
		out_json_set(item, "width", json_string(decode_field_width_name(field.encoding)));
		out_json_set(item, "type", json_string(decode_field_type(field.encoding)));
		out_json_set(item, "exists", json_boolean(access));
		out_json_set(item, "should_exist",
			     json_string(due_names[fieldmap_due(cpu, &field)]));
		json_object_update_new(item, json_access(access));
		out_json_append(list, item);
	}
	return list;
}

static json_t *json_undocumented(const struct cpu *cpu)
{
	struct fieldmap_range range = { 0 };
	json_t *list = json_array();

	while (fieldmap_undocumented(&cpu->fields, &range)) {
		json_t *item = json_object();

		out_json_set(item, "first", out_json_hex(range.first));
		out_json_set(item, "last", out_json_hex(range.last));
		out_json_set(item, "step", json_integer(range.step));
		out_json_set(item, "count", json_integer(range.count));
		out_json_set(item, "width", json_string(decode_field_width_name(range.first)));
		out_json_set(item, "type", json_string(decode_field_type(range.first)));
		json_object_update_new(item, json_access(range.access));
		out_json_append(list, item);
	}
	return list;
}

static json_t *json_group(const struct cpu_group *group)
{
	const struct cpu *cpu = group->cpu;
	json_t *json = json_object();
	struct fieldmap_summary sum;
	char *why;

	out_json_set(json, "cpus", cmd_json_cpus(&group->cpus));
	out_json_set(json, "scanned", json_boolean(cpu->fields.scanned));
	if (!cpu->fields.scanned) {
		why = fieldmap_unscanned(cpu);
		out_json_set(json, "why", json_string(why));
		free(why);
		return json;
	}
	fieldmap_sum(cpu, &sum);
	out_json_set(json, "highest_index",
		     sum.highest ? json_integer(fieldmap_index(sum.highest->encoding)) :
				   json_null());
	out_json_set(json, "read_only", json_integer(sum.read_only));
	out_json_set(json, "read_only_writable", json_integer(sum.read_only_writable));
	out_json_set(json, "fields", json_documented(cpu));
	out_json_set(json, "undocumented", json_undocumented(cpu));
	return json;
}

static int show(const struct cmd_context *ctx, const struct fields_args *args,
		const struct cpu_groups *groups, const struct run *run, const struct skipped *skipped)
{
	json_t *json, *list;
	int err = EXIT_OK;
	size_t known = 0;

	if (ctx->options.json) {
		json = json_object();
		list = json_array();
		out_json_set(json, "schema", json_string("vmxprobe-fields/1"));
		for (size_t g = 0; g < groups->n; g++)
			out_json_append(list, json_group(&groups->list[g]));
		out_json_set(json, "groups", list);
		out_json_set(json, "skipped", skipped_json(skipped));
		out_json_set(json, "windows", probing_json_stats(run));
		err = out_json(json);
	} else {
		for (size_t g = 0; g < groups->n; g++)
			print_group(&groups->list[g], args->all);
		skipped_print(skipped);
		if (args->probing.stats)
			probing_print_stats(run);
	}
	for (size_t g = 0; !err && g < groups->n; g++) {
		const struct cpu *cpu = groups->list[g].cpu;

		known += cpu->fields.scanned;
		if (!cpu->fields.scanned && cpu->readiness != READINESS_NO_VMX)
			err = EXIT_INCOMPLETE;
	}
	return !err && known > 1 ? EXIT_DIFFERENCE : err;
}

int cmd_fields(struct cmd_context *ctx, int argc, char **argv)
{
	static const struct option_row rows[] = {
		{ "all", 'a', NULL, "list the encodings that no table names as well" },
		{ "max-window", PROBING_KEY_MAX_WINDOW, "N",
		  "for latency: most encodings with interrupts off (64)" },
		PROBING_ROW_BORROW, PROBING_ROW_STATS,
		{ NULL, 0, NULL, NULL },
	};
	struct fields_args args = { 0 };
	const struct option_table table = {
		.command = "fields",
		.summary = "Which VMCS fields each CPU has: VMREAD and VMWRITE of every encoding, "
			   "on a VMCS\nthat is never launched. Equal CPUs are shown once; if CPUs "
			   "differ, the exit code is 1.",
		.rows = rows,
		.take = take,
		.priv = &args,
	};
	struct cpu_groups groups = { 0 };
	struct skipped skipped = { 0 };
	struct cpu_list cpus = { 0 };
	struct run run = { 0 };
	int err, failed;

	err = options_parse(&ctx->options, &table, argc, argv);
	if (err || ctx->options.help)
		return err;
	err = cmd_open(ctx);
	if (!err)
		err = probing_check(ctx, &args.probing.probe);
	if (!err)
		err = probing_cpus(ctx, &args.probing.probe, &cpus, &skipped);
	if (!err)
		err = run_init(&run, ctx->source.host, &cpus);
	if (err)
		goto clear;
	failed = run_scan(&run, &ctx->source, &args.probing.probe);
	err = cmd_fold(ctx, &cpus, same, NULL, &groups);
	if (!err)
		err = show(ctx, &args, &groups, &run, &skipped);
	if (failed)
		err = failed;
clear:
	cpu_groups_clear(&groups);
	run_clear(&run);
	cpu_list_clear(&cpus);
	skipped_clear(&skipped);
	return err;
}
