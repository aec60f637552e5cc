// SPDX-License-Identifier: GPL-2.0
/* vmxprobe caps: every capability MSR, bit by bit. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "caps.h"
#include "cmd.h"
#include "decode.h"
#include "names.h"
#include "out.h"

struct caps_args {
	bool raw;
};

static int take(int key, const char *arg, void *priv)
{
	struct caps_args *args = priv;

	(void)arg;
	if (key == 'r')
		args->raw = true;
	return 0;
}

static void print_raw(const struct cpu_groups *caps)
{
	const struct msr *msr;
	char *label;
	size_t g, i;

	for (g = 0; g < caps->n; g++) {
		label = cpu_list_label(&caps->list[g].cpus);
		if (caps_unknown(caps->list[g].cpu))
			printf("# %s: %s\n", label,
			       readiness_text(caps->list[g].cpu->readiness));
		else if (caps->n > 1)
			printf("# %s\n", label);
		free(label);
		for (i = 0; i < caps->list[g].cpu->n_msrs; i++) {
			const char *name;

			msr = &caps->list[g].cpu->msrs[i];
			name = decode_msr_name(msr->index);
			printf("0x%x %s ", msr->index, name ? name : "unknown");
			if (msr->state == MSR_READ)
				printf("0x%016" PRIx64 "\n", msr->value);
			else
				printf("%s\n", msr_state_name(msr->state));
		}
	}
}

/* Whether the bits say what is, rather than what may be. */
static bool has_values(const struct msr *msr)
{
	const enum msr_form form = decode_msr_form(msr->index);

	return form == MSR_FORM_BITS || form == MSR_FORM_UNKNOWN;
}

/* "0 1": may be 0, may be 1. */
static const char *glyph(enum setting setting)
{
	switch (setting) {
	case SETTING_FIXED0:
		return "0 -";
	case SETTING_FIXED1:
		return "- 1";
	case SETTING_EITHER:
		return "0 1";
	case SETTING_NEITHER:
		return "- -";
	default:
		return "? ?";
	}
}

static enum setting setting_of(const struct cpu *cpu, const struct msr *msr,
			       const struct decode_bit *bit)
{
	const enum msr_form form = decode_msr_form(msr->index);

	if (form == MSR_FORM_FIXED0 || form == MSR_FORM_FIXED1)
		return decode_control_at(cpu, msr->index, bit->low);
	return decode_setting(msr->index, msr->value, bit->low);
}

static enum out_style style_of(enum setting setting)
{
	switch (setting) {
	case SETTING_EITHER:
		return OUT_GOOD;
	case SETTING_FIXED1:
		return OUT_PLAIN;
	case SETTING_FIXED0:
		return OUT_DIM;
	default:
		return OUT_BAD;
	}
}

static void print_settings(const struct cpu *cpu, const struct msr *msr)
{
	static const struct out_column columns[] = {
		{ "BIT", OUT_RIGHT }, { "MAY BE", 0 }, { "SETTING", 0 }, { "NAME", 0 },
		{ "QEMU", 0 },
	};
	struct out_table *table = out_table_new(columns, 5, true);
	struct decode_bit bits[DECODE_MAX_BITS];
	size_t n = decode_bits(msr->index, msr->value, bits), i;
	char where[8], name[8];

	for (i = 0; i < n; i++) {
		enum setting setting = setting_of(cpu, msr, &bits[i]);

		caps_bits_text(&bits[i], where);
		out_table_row_style(table, style_of(setting), (const char *[]){
			where, glyph(setting), decode_setting_name(setting),
			caps_name(&bits[i], name), bits[i].qemu,
		});
	}
	out_table_print(table);
}

static void print_values(const struct cpu *cpu, const struct msr *msr)
{
	static const struct out_column columns[] = {
		{ "BIT", OUT_RIGHT }, { "VALUE", 0 }, { "NAME", 0 }, { "QEMU", 0 },
	};
	struct out_table *table = out_table_new(columns, 4, true);
	struct decode_bit bits[DECODE_MAX_BITS];
	size_t n = decode_bits(msr->index, msr->value, bits), i;
	char where[8], name[8], *value;

	for (i = 0; i < n; i++) {
		caps_bits_text(&bits[i], where);
		value = caps_text(cpu, msr, &bits[i]);
		out_table_row_style(table, decode_bit_value(msr->value, &bits[i]) ? OUT_PLAIN :
				    OUT_DIM, (const char *[]){
			where, value, caps_name(&bits[i], name), bits[i].qemu,
		});
		free(value);
	}
	out_table_print(table);
}

static void print_msr(const struct cpu *cpu, const struct msr *msr)
{
	const char *name = decode_msr_name(msr->index);
	char *state;

	printf("\n%s%s%s (0x%x)", out_style(OUT_BOLD), name ? name : "MSR",
	       out_style(OUT_PLAIN), msr->index);
	if (msr->state != MSR_READ) {
		state = caps_state_text(msr);
		printf(" %s\n", state);
		free(state);
		return;
	}
	printf(" = 0x%016" PRIx64 "\n", msr->value);
	if (has_values(msr))
		print_values(cpu, msr);
	else
		print_settings(cpu, msr);
}

/* Neither values nor faults: the CPU has no VMX. */
static bool all_absent(const struct cpu *cpu)
{
	size_t i;

	for (i = 0; i < cpu->n_msrs; i++)
		if (cpu->msrs[i].state != MSR_ABSENT)
			return false;
	return true;
}

static void print_group(const struct cpu_group *group)
{
	const struct cpu *cpu = group->cpu;
	const struct cpuid_leaf *leaf = cpu_leaf(cpu, 1, 0);
	unsigned int family, model, stepping;
	char vendor[13], brand[49], *label = cpu_list_label(&group->cpus);
	size_t i;

	out_heading("%s: %s", label, readiness_text(cpu->readiness));
	free(label);
	if (leaf) {
		decode_vendor(cpu, vendor);
		decode_brand(cpu, brand);
		decode_signature(leaf->eax, &family, &model, &stepping);
		printf("%s%s%s%sfamily %u model %u stepping %u", vendor,
		       *vendor && *brand ? " " : "", brand, *vendor || *brand ? ", " : "",
		       family, model, stepping);
		if (cpu->microcode)
			printf(", microcode 0x%x", cpu->microcode);
		putchar('\n');
	}
	if (cpu->n_msrs && all_absent(cpu)) {
		printf("All capability MSRs are absent: they exist if %s = 1\n",
		       decode_feature_place(FEATURE_VMX));
		return;
	}
	for (i = 0; i < cpu->n_msrs; i++)
		print_msr(cpu, &cpu->msrs[i]);
}

struct difference_view {
	const struct cpu_groups *caps;
	struct out_table *table;	/* NULL until there is a row */
	json_t *json;			/* instead of a table */
};

static void add_row(uint32_t msr, const char *bits, const char *name, const char *qemu,
		    const char *const *texts, void *priv)
{
	struct difference_view *view = priv;
	const size_t n = view->caps->n + 4;
	const char **cells = calloc(n, sizeof(*cells));
	struct out_column *columns;
	char **labels, *index;
	size_t g;

	if (!cells)
		return;
	if (!view->table) {
		columns = calloc(n, sizeof(*columns));
		labels = calloc(n, sizeof(*labels));
		if (!columns || !labels)
			goto out;
		columns[0].name = "MSR";
		columns[1].name = "BIT";
		columns[1].flags = OUT_RIGHT;
		for (g = 0; g < view->caps->n; g++) {
			labels[g] = cpu_list_label(&view->caps->list[g].cpus);
			columns[2 + g].name = labels[g];
		}
		columns[n - 2].name = "NAME";
		columns[n - 1].name = "QEMU";
		view->table = out_table_new(columns, n, true);
out:
		for (g = 0; labels && g < view->caps->n; g++)
			free(labels[g]);
		free(labels);
		free(columns);
	}
	if (decode_msr_name(msr))
		index = out_format("%s", decode_msr_name(msr));
	else
		index = out_format("0x%x", msr);
	cells[0] = index;
	cells[1] = bits;
	for (g = 0; g < view->caps->n; g++)
		cells[2 + g] = texts[g];
	cells[n - 2] = name;
	cells[n - 1] = qemu;
	if (view->table)
		out_table_row(view->table, cells);
	free(index);
	free(cells);
}

static void print_text(const struct cpu_groups *caps)
{
	struct difference_view view = { .caps = caps };
	size_t g;

	for (g = 0; g < caps->n; g++)
		print_group(&caps->list[g]);
	if (caps_known(caps) < 2)
		return;
	caps_each_difference(caps, add_row, &view);
	out_heading("Differences between CPUs%s", view.table ? "" : ": readiness only");
	if (view.table)
		out_table_print(view.table);
}

static json_t *json_text(const char *text)
{
	return text ? json_string(text) : json_null();
}

static json_t *json_bits(const struct cpu *cpu, const struct msr *msr)
{
	struct decode_bit bits[DECODE_MAX_BITS];
	size_t n = decode_bits(msr->index, msr->value, bits), i;
	json_t *list = json_array();
	char name[8];

	for (i = 0; i < n; i++) {
		json_t *item = json_object();

		out_json_set(item, "low", json_integer(bits[i].low));
		out_json_set(item, "high", json_integer(bits[i].high));
		out_json_set(item, "name", json_string(caps_name(&bits[i], name)));
		out_json_set(item, "known", json_boolean(bits[i].name));
		out_json_set(item, "qemu", json_text(bits[i].qemu));
		if (has_values(msr))
			out_json_set(item, "value",
				     out_json_hex(decode_bit_value(msr->value, &bits[i])));
		else
			out_json_set(item, "setting",
				     json_string(decode_setting_name(setting_of(cpu, msr,
										&bits[i]))));
		out_json_append(list, item);
	}
	return list;
}

static json_t *json_group(const struct cpu_group *group)
{
	const struct cpu *cpu = group->cpu;
	json_t *json = json_object(), *msrs = json_array();
	size_t i;

	out_json_set(json, "cpus", cmd_json_cpus(&group->cpus));
	out_json_set(json, "readiness", json_string(readiness_name(cpu->readiness)));
	for (i = 0; i < cpu->n_msrs; i++) {
		const struct msr *msr = &cpu->msrs[i];
		json_t *item = json_object();

		out_json_set(item, "name", json_text(decode_msr_name(msr->index)));
		out_json_set(item, "index", out_json_hex(msr->index));
		out_json_set(item, "state", json_string(msr_state_name(msr->state)));
		if (msr->state == MSR_READ) {
			out_json_set(item, "value", out_json_hex(msr->value));
			out_json_set(item, "bits", json_bits(cpu, msr));
		}
		out_json_append(msrs, item);
	}
	out_json_set(json, "msrs", msrs);
	return json;
}

static void add_json(uint32_t msr, const char *bits, const char *name, const char *qemu,
		     const char *const *texts, void *priv)
{
	struct difference_view *view = priv;
	json_t *item = json_object(), *list = json_array();
	size_t g;

	out_json_set(item, "msr", json_text(decode_msr_name(msr)));
	out_json_set(item, "index", out_json_hex(msr));
	out_json_set(item, "bits", json_string(bits));
	out_json_set(item, "name", json_text(name));
	out_json_set(item, "qemu", json_text(qemu));
	for (g = 0; g < view->caps->n; g++)
		out_json_append(list, json_text(texts[g]));
	out_json_set(item, "groups", list);
	out_json_append(view->json, item);
}

static int print_json(const struct cpu_groups *caps)
{
	struct difference_view view = { .caps = caps, .json = json_array() };
	json_t *json = json_object(), *groups = json_array();
	size_t g;

	out_json_set(json, "schema", json_string("vmxprobe-caps/1"));
	for (g = 0; g < caps->n; g++)
		out_json_append(groups, json_group(&caps->list[g]));
	out_json_set(json, "groups", groups);
	caps_each_difference(caps, add_json, &view);
	out_json_set(json, "differences", view.json);
	return out_json(json);
}

static int show(struct cmd_context *ctx, const struct caps_args *args, const struct cpu_groups *caps)
{
	int err = EXIT_OK;
	size_t g;

	if (ctx->options.json)
		err = print_json(caps);
	else if (args->raw)
		print_raw(caps);
	else
		print_text(caps);
	if (err)
		return err;
	if (caps_known(caps) > 1)
		return EXIT_DIFFERENCE;
	/* A CPU that was asked for by number, and of which nothing can be told. */
	for (g = 0; g < caps->n; g++)
		if (ctx->options.cpus.n && caps_unknown(caps->list[g].cpu))
			return EXIT_INCOMPLETE;
	return EXIT_OK;
}

int cmd_caps(struct cmd_context *ctx, int argc, char **argv)
{
	static const struct option_row rows[] = {
		{ "raw", 'r', NULL, "one line for each MSR: index, name, value" },
		{ NULL, 0, NULL, NULL },
	};
	struct caps_args args = { false };
	const struct option_table table = {
		.command = "caps",
		.summary = "Every VMX capability MSR of each CPU, bit by bit, with the SDM's and "
			   "QEMU's names.\nControls are \"fixed 0\", \"fixed 1\" or \"either\". "
			   "Equal CPUs are shown once; if CPUs\ndiffer, what differs comes last and "
			   "the exit code is 1.",
		.rows = rows,
		.take = take,
		.priv = &args,
	};
	struct cpu_groups groups = { 0 };
	int err;

	err = options_parse(&ctx->options, &table, argc, argv);
	if (err || ctx->options.help)
		return err;
	err = cmd_open(ctx);
	if (err)
		return err;
	err = cmd_fold(ctx, &ctx->cpus, caps_same, NULL, &groups);
	if (!err)
		err = show(ctx, &args, &groups);
	cpu_groups_clear(&groups);
	return err;
}
