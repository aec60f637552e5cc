// SPDX-License-Identifier: GPL-2.0
/* vmxprobe without a command: the machine, its CPUs, the #CP question, the matrix in small. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "cp.h"
#include "decode.h"
#include "matrix_view.h"
#include "names.h"
#include "probing.h"

static const enum cpuid_feature features[] = {
	FEATURE_VMX, FEATURE_CET_SS, FEATURE_CET_IBT, FEATURE_FRED, FEATURE_HYPERVISOR,
};

#define N_FEATURES (sizeof(features) / sizeof(features[0]))

/* CPUs that say the same of themselves are one kind. */
static bool same_kind(const struct cpu *a, const struct cpu *b, const void *arg)
{
	(void)arg;
	return a->readiness == b->readiness && a->borrowed == b->borrowed && cpu_alike(a, b);
}

static void print_pair(const char *name, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void print_pair(const char *name, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("  %-22s", name);
	vprintf(format, args);
	putchar('\n');
	va_end(args);
}

static void print_machine(const struct cmd_context *ctx)
{
	const struct host *host = ctx->source.host;

	out_heading("%s", host->hostname ? host->hostname : "unknown host");
	if (host->kernel)
		print_pair("kernel", "%s", host->kernel);
	if (ctx->options.from)
		print_pair("source", "%s, recorded from %s%s%s", ctx->options.from,
			   host->source ? host->source : "an unknown source",
			   host->created ? " at " : "", host->created ? host->created : "");
	else
		print_pair("source", "%s", ctx->source.ops->name);
}

/* Fields of an MSR that are not 0, with what they mean. */
static void print_bits(uint32_t index, uint64_t value)
{
	struct decode_bit bits[DECODE_MAX_BITS];
	size_t n = decode_bits(index, value, bits);

	for (size_t i = 0; i < n; i++) {
		uint64_t part = decode_bit_value(value, &bits[i]);
		const char *meaning = decode_bit_meaning(index, &bits[i], value);
		char *place = bits[i].low == bits[i].high ?
			      out_format("[%d]", bits[i].low) :
			      out_format("[%d:%d]", bits[i].high, bits[i].low);

		printf("    %-8s %-6" PRIu64 " %s%s%s%s\n", place, part,
		       bits[i].name ? bits[i].name : "not known to this tool", meaning ? " (" : "",
		       meaning ? meaning : "", meaning ? ")" : "");
		free(place);
	}
}

static bool print_msr(const struct cpu *cpu, uint32_t index, uint64_t *value)
{
	if (!cpu_msr_value(cpu, index, value))
		return false;
	print_pair(decode_msr_name(index), "0x%016" PRIx64, *value);
	return true;
}

/* The bits of CR4 that may be 1 in VMX operation. */
static void print_cr4(const struct cpu *cpu)
{
	struct decode_bit bits[DECODE_MAX_BITS];
	char *text, *longer;
	uint64_t value;
	size_t n;

	if (!print_msr(cpu, MSR_IA32_VMX_CR4_FIXED1, &value))
		return;
	n = decode_bits(MSR_IA32_VMX_CR4_FIXED1, value, bits);
	text = out_format("may be 1:");
	for (size_t i = 0; i < n; i++) {
		const char *name = bits[i].name;

		if (!(value >> bits[i].low & 1))
			continue;
		if (name && !strncmp(name, "CR4.", 4))
			name += 4;
		longer = name ? out_format("%s %s", text, name) :
				out_format("%s bit %d", text, bits[i].low);
		free(text);
		text = longer;
	}
	longer = out_format("%s; CET (bit 23) is %s them", text,
			    value >> 23 & 1 ? "among" : "not among");
	out_text(longer, 4, 4);
	free(text);
	free(longer);
}

/* IA32_VMX_BASIC in full, but not again for each kind of CPUs that has the same. */
static void print_basic(const struct cpu *cpu)
{
	static uint64_t shown;
	uint64_t value;

	if (!print_msr(cpu, MSR_IA32_VMX_BASIC, &value))
		return;
	if (value == shown)
		puts("    as above");
	else
		print_bits(MSR_IA32_VMX_BASIC, value);
	shown = value;
}

static void print_kind(const struct cpu_group *kind)
{
	const struct cpuid_leaf *one = cpu_leaf(kind->cpu, 1, 0);
	const struct cpu *cpu = kind->cpu;
	char *label = cpu_list_label(&kind->cpus);
	char brand[49];
	uint64_t value;

	decode_brand(cpu, brand);
	out_heading("%s%s%s", label, *brand ? ": " : "", brand);
	free(label);
	if (one) {
		unsigned int family, model, stepping;

		decode_signature(one->eax, &family, &model, &stepping);
		print_pair("signature", "%02x-%02x-%02x (family %u, model 0x%x, stepping %u)%s",
			   family, model, stepping, family, model, stepping,
			   cpu->microcode ? "" : ", microcode unknown");
	}
	if (cpu->microcode)
		print_pair("microcode", "0x%" PRIx32, cpu->microcode);
	print_pair("VMX", "%s%s%s",
		   out_style(cpu->readiness == READINESS_READY ? OUT_GOOD : OUT_WARN),
		   cpu->borrowed ? "borrowed from another hypervisor" :
				   readiness_text(cpu->readiness), out_style(OUT_PLAIN));
	if (one) {
		printf("  %-22s", "CPUID");
		for (size_t i = 0; i < N_FEATURES; i++) {
			int on = decode_feature(cpu, features[i]);

			printf("%s%s ", i ? ", " : "", decode_feature_name(features[i]));
			on < 0 ? putchar('?') : printf("%d", on);
		}
		putchar('\n');
	}
	if ((cpu->readiness == READINESS_LOCKED_OFF || cpu->readiness == READINESS_UNLOCKED) &&
	    print_msr(cpu, MSR_IA32_FEATURE_CONTROL, &value))
		print_bits(MSR_IA32_FEATURE_CONTROL, value);
	print_basic(cpu);
	print_cr4(cpu);
}

/* The matrix of a CPU; several kinds of CPUs can have equal ones. */
static const struct matrix_group *group_of(const struct matrix_group *groups, size_t n,
					   unsigned int cpu)
{
	for (size_t i = 0; i < n; i++)
		if (cpu_list_has(&groups[i].cpus, cpu))
			return &groups[i];
	return NULL;
}

/* The answer to the question, with what was delivered if all of the kind have the same. */
static char *cp_sentences(const struct cmd_context *ctx, const struct cpu_group *kind,
			  const struct cp_answer *answer, const struct outcome *why)
{
	char *text = cp_explain(answer, why), *delivered = cp_delivered(kind->cpu), *longer;

	for (size_t i = 0; *delivered && i < kind->cpus.n; i++) {
		char *other = cp_delivered(host_cpu(ctx->source.host, kind->cpus.ids[i]));

		if (strcmp(other, delivered))
			*delivered = '\0';
		free(other);
	}
	longer = out_format("%s%s%s", text, *delivered ? " " : "", delivered);
	free(text);
	free(delivered);
	return longer;
}

static void print_cp(const struct cmd_context *ctx, const struct cpu_groups *kinds,
		     const struct matrix_group *groups, size_t n_groups)
{
	out_heading("Does an injected #CP (21) carry an error code?");
	for (size_t i = 0; i < kinds->n; i++) {
		const struct cpu *cpu = kinds->list[i].cpu;
		const struct matrix_group *group = group_of(groups, n_groups, cpu->id);
		struct cp_answer answer = cp_answer(cpu, group->matrix);
		char *label = cpu_list_label(&kinds->list[i].cpus);
		char *sentences = cp_sentences(ctx, &kinds->list[i], &answer, &group->matrix->why);
		char *text = out_format("%s: %s", label, sentences);

		out_text(text, 2, 4);
		free(label);
		free(sentences);
		free(text);
	}
}

/* Does a CPU do with #CP what no reading of the SDM says? */
static bool cp_violated(const struct cpu_groups *kinds,
			const struct matrix_group *groups, size_t n_groups)
{
	for (size_t i = 0; i < kinds->n; i++) {
		const struct cpu *cpu = kinds->list[i].cpu;
		const struct matrix_group *group = group_of(groups, n_groups, cpu->id);
		struct cp_answer answer = cp_answer(cpu, group->matrix);

		if (cp_verdict(&answer) == CP_NEITHER)
			return true;
	}
	return false;
}

static void print_matrix(const struct matrix_group *group)
{
	struct matrix_fold folds[MATRIX_MODES];
	char *label = cpu_list_label(&group->cpus);
	size_t n = group->matrix->answered ? matrix_fold_modes(group->matrix, folds) : 0;

	out_heading("Hardware exceptions that VM entry can inject, %s", label);
	for (size_t i = 0; i < n; i++) {
		printf("%s  %s\n", i ? "\n" : "", folds[i].label);
		matrix_print_strip(folds[i].mode);
	}
	matrix_print_gaps(group->matrix);
	matrix_free_folds(folds, n);
	free(label);
}

static json_t *json_kind(const struct cmd_context *ctx, const struct cpu_group *kind,
			 const struct matrix_group *group)
{
	static const uint32_t msrs[] = {
		MSR_IA32_FEATURE_CONTROL, MSR_IA32_VMX_BASIC, MSR_IA32_VMX_CR4_FIXED1,
	};
	const struct cpuid_leaf *one = cpu_leaf(kind->cpu, 1, 0);
	struct cp_answer answer = cp_answer(kind->cpu, group->matrix);
	json_t *object = json_object(), *cpuid = json_object(), *values = json_object();
	json_t *cp = json_object();
	char *sentences = cp_sentences(ctx, kind, &answer, &group->matrix->why);
	char *cpus = cpu_list_format(&kind->cpus);
	uint64_t value;

	out_json_set(object, "cpus", json_string(cpus ? cpus : ""));
	if (one)
		out_json_set(object, "signature", out_json_hex(one->eax));
	if (kind->cpu->microcode)
		out_json_set(object, "microcode", out_json_hex(kind->cpu->microcode));
	out_json_set(object, "readiness", json_string(readiness_name(kind->cpu->readiness)));
	out_json_set(object, "borrowed", json_boolean(kind->cpu->borrowed));
	for (size_t i = 0; i < N_FEATURES; i++) {
		int on = decode_feature(kind->cpu, features[i]);

		out_json_set(cpuid, decode_feature_name(features[i]),
			     on < 0 ? json_null() : json_integer(on));
	}
	out_json_set(object, "cpuid", cpuid);
	for (size_t i = 0; i < sizeof(msrs) / sizeof(msrs[0]); i++)
		if (cpu_msr_value(kind->cpu, msrs[i], &value))
			out_json_set(values, decode_msr_name(msrs[i]), out_json_hex(value));
	out_json_set(object, "msrs", values);
	out_json_set(cp, "without_error_code", json_string(answer_name(answer.without)));
	out_json_set(cp, "with_error_code", json_string(answer_name(answer.with)));
	out_json_set(cp, "reading", json_string(cp_verdict_name(cp_verdict(&answer))));
	out_json_set(cp, "sentences", json_string(sentences));
	out_json_set(object, "cp", cp);
	free(cpus);
	free(sentences);
	return object;
}

static json_t *text_or_null(const char *text)
{
	return text ? json_string(text) : json_null();
}

static int show_json(const struct cmd_context *ctx, const struct cpu_groups *kinds,
		     const struct matrix_group *groups, size_t n_groups, const struct run *run,
		     const struct skipped *skipped)
{
	json_t *document = json_object(), *array = json_array(), *matrix = json_array();
	const struct host *host = ctx->source.host;

	out_json_set(document, "hostname", text_or_null(host->hostname));
	out_json_set(document, "kernel", text_or_null(host->kernel));
	out_json_set(document, "source", text_or_null(host->source));
	for (size_t i = 0; i < kinds->n; i++) {
		const struct cpu_group *kind = &kinds->list[i];

		out_json_append(array, json_kind(ctx, kind, group_of(groups, n_groups,
							     kind->cpu->id)));
	}
	out_json_set(document, "cpus", array);
	for (size_t i = 0; i < n_groups; i++)
		out_json_append(matrix, matrix_json(&groups[i]));
	out_json_set(document, "matrix", matrix);
	out_json_set(document, "skipped", skipped_json(skipped));
	out_json_set(document, "windows", probing_json_stats(run));
	return out_json(document);
}

static void show(const struct cmd_context *ctx, const struct cpu_groups *kinds,
		 const struct matrix_group *groups, size_t n_groups, const struct skipped *skipped)
{
	print_machine(ctx);
	for (size_t i = 0; i < kinds->n; i++)
		print_kind(&kinds->list[i]);
	print_cp(ctx, kinds, groups, n_groups);
	for (size_t i = 0; i < n_groups; i++)
		print_matrix(&groups[i]);
	matrix_print_differences(groups, n_groups);
	skipped_print(skipped);
}

static int take(int key, const char *arg, void *priv)
{
	return probing_take(key, arg, priv);
}

int cmd_summary(struct cmd_context *ctx, int argc, char **argv)
{
	static const struct option_row rows[] = { PROBING_ROWS, { 0 } };
	struct probing_options opt = { 0 };
	const struct option_table table = {
		.command = "summary",
		.summary = "What the CPUs say about VMX, and what they do when an event is\n"
			   "injected.",
		.rows = rows,
		.take = take,
		.priv = &opt,
	};
	struct skipped skipped = { 0 };
	struct cpu_list cpus = { 0 };
	struct matrix_group *groups = NULL;
	struct cpu_groups kinds = { 0 };
	size_t n_groups = 0;
	struct run run = { 0 };
	int ret, failed;

	ret = options_parse(&ctx->options, &table, argc, argv);
	if (ret || ctx->options.help)
		return ret;
	ret = cmd_open(ctx);
	if (!ret)
		ret = probing_check(ctx, &opt.probe);
	if (!ret)
		ret = probing_cpus(ctx, &opt.probe, &cpus, &skipped);
	if (ret)
		goto clear;

	failed = matrix_run(&run, &ctx->source, &cpus, &opt.probe);
	ret = matrix_group_all(&run, &groups, &n_groups);
	if (ret)
		goto clear;
	ret = cmd_fold(ctx, &cpus, same_kind, NULL, &kinds);
	if (ret)
		goto clear;
	if (ctx->options.json)
		ret = show_json(ctx, &kinds, groups, n_groups, &run, &skipped);
	else
		show(ctx, &kinds, groups, n_groups, &skipped);
	if (opt.stats && !ctx->options.json)
		probing_print_stats(&run);
	run_show_changes(&run);
	if (!ret)
		ret = failed ? failed : matrix_exit(&run, groups, n_groups);
	if (!failed && cp_violated(&kinds, groups, n_groups))
		ret = EXIT_DIFFERENCE;
	/* Without the module there was still something to show. */
	if (ret == EXIT_MODULE && !failed)
		ret = EXIT_INCOMPLETE;
clear:
	cpu_groups_clear(&kinds);
	matrix_free_groups(groups, n_groups);
	run_clear(&run);
	cpu_list_clear(&cpus);
	skipped_clear(&skipped);
	return ret;
}
