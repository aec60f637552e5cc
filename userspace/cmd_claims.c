// SPDX-License-Identifier: GPL-2.0
/* vmxprobe claims: the catalogue of what verify judges. */
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"
#include "experiments.h"
#include "names.h"
#include "verify_view.h"

static int take(int key, const char *arg, void *priv)
{
	(void)key;
	(void)arg;
	(void)priv;
	return 0;
}

static void list(const struct verify *verify)
{
	static const struct out_column columns[] = {
		{ "id", 0 }, { "catalogue", 0 }, { "statement", OUT_LAST_WRAPS },
	};
	struct out_table *table = out_table_new(columns, 3, true);

	for (size_t c = 0; c < verify->n_claims; c++) {
		const struct claim *claim = verify->claims[c];

		out_table_row(table, (const char *const[]){ claim->id, claim->catalogue,
							    claim->statement });
	}
	out_table_print(table);
}

static void print_part(const char *name, const char *text)
{
	char *line = text ? out_format("%-9s %s", name, text) : NULL;

	if (line)
		out_text(line, 2, 12);
	free(line);
}

/* The guest that is entered. */
static void print_guest(const struct claim_probe *probe)
{
	char *line = out_format("%s%s%s", guest_name(probe->guest), probe->program ? ", " : "",
				probe->program ? guest_program_name(probe->program) : "");

	print_part("  guest", line);
	free(line);
	print_part("  rcx", probe->rcx);
	print_part("  read", probe->read);
}

static const char *kind_text(const struct claim *claim)
{
	switch (claim->kind) {
	case CLAIM_CAPS:
		return "by the CPU's own values";
	case CLAIM_PROBE:
		if (claim_enters(claim))
			return "by VM entries of a guest that runs: verify --enter";
		return claim->trials[0].expect ? "by VM entries that fail, and the module's "
						 "experiments" : "by VM entries that fail";
	case CLAIM_FIELDS:
		return "by VMREAD and VMWRITE of every encoding";
	case CLAIM_SAME:
		return "by comparing all CPUs";
	case CLAIM_EXPERIMENT:
		return claim_enters(claim) ? "by experiments in which a guest runs: verify --enter" :
					     "by the module's experiments";
	case CLAIM_NO_ERROR:
		return "by every VM-instruction error that was seen";
	case CLAIM_INFO:
		return "not at all: the value is shown";
	case CLAIM_NOT_HERE:
		break;
	}
	return "not by this version";
}

static void explain(const struct claim *claim)
{
	out_heading("%s (%s)", claim->id, claim->catalogue);
	out_text(claim->statement, 2, 2);
	print_part("section", claim->section);
	if (claim->reading)
		print_part("reading", "one of several that compete; a CPU breaks nothing by not "
				      "following it");
	print_part("applies", claim->when ? claim->when : "to every CPU with VMX");
	print_part("judged", kind_text(claim));
	if (claim->kind == CLAIM_NO_ERROR)
		print_part("never", claim->holds);
	else if (claim->holds)
		print_part(claim->kind == CLAIM_NOT_HERE ? "because" : "holds if", claim->holds);
	for (size_t i = 0; i < CLAIM_MAX_PROBES && claim->probes[i].expect; i++) {
		const struct claim_probe *probe = &claim->probes[i];

		print_part("probe", depth_name(probe->depth));
		if (probe->guest)
			print_guest(probe);
		print_part("  set", probe->set);
		print_part("  each", probe->sweep);
		print_part("  expect", probe->expect);
	}
	for (size_t i = 0; i < CLAIM_MAX_TRIALS && claim->trials[i].expect; i++) {
		const struct claim_trial *trial = &claim->trials[i];
		const struct experiment_info *info = experiments_find(trial->experiment);

		print_part("trial", trial->experiment);
		print_part("  does", info ? info->text : NULL);
		print_part("  expect", trial->expect);
	}
	print_part("note", claim->note);
}

static json_t *probes_json(const struct claim *claim)
{
	json_t *probes = json_array();

	for (size_t i = 0; i < CLAIM_MAX_PROBES && claim->probes[i].expect; i++) {
		const struct claim_probe *probe = &claim->probes[i];
		json_t *object = json_object();

		out_json_set(object, "depth", json_string(depth_name(probe->depth)));
		if (probe->guest) {
			out_json_set(object, "guest", json_string(guest_name(probe->guest)));
			out_json_set(object, "program",
				     json_string(guest_program_name(probe->program)));
			out_json_set(object, "rcx",
				     probe->rcx ? json_string(probe->rcx) : json_null());
			out_json_set(object, "read",
				     probe->read ? json_string(probe->read) : json_null());
		}
		out_json_set(object, "set", probe->set ? json_string(probe->set) : json_null());
		out_json_set(object, "sweep",
			     probe->sweep ? json_string(probe->sweep) : json_null());
		out_json_set(object, "expect", json_string(probe->expect));
		out_json_append(probes, object);
	}
	return probes;
}

static json_t *trials_json(const struct claim *claim)
{
	json_t *trials = json_array();

	for (size_t i = 0; i < CLAIM_MAX_TRIALS && claim->trials[i].expect; i++) {
		json_t *object = json_object();

		out_json_set(object, "experiment", json_string(claim->trials[i].experiment));
		out_json_set(object, "expect", json_string(claim->trials[i].expect));
		out_json_append(trials, object);
	}
	return trials;
}

static int show_json(const struct verify *verify)
{
	json_t *document = json_object(), *claims = json_array();

	for (size_t c = 0; c < verify->n_claims; c++) {
		const struct claim *claim = verify->claims[c];
		json_t *object = verify_json_claim(claim);

		out_json_set(object, "judged", json_string(kind_text(claim)));
		out_json_set(object, "holds",
			     claim->holds ? json_string(claim->holds) : json_null());
		out_json_set(object, "probes", probes_json(claim));
		out_json_set(object, "trials", trials_json(claim));
		out_json_append(claims, object);
	}
	out_json_set(document, "claims", claims);
	return out_json(document);
}

int cmd_claims(struct cmd_context *ctx, int argc, char **argv)
{
	const struct option_table table = {
		.command = "claims",
		.operands = "[SELECTION]...",
		.summary = "List the claims that verify judges, or explain one, given by its id:\n"
			   "what the SDM says and where, how it is probed, what must come of it.",
		.cpuless = true,
		.take = take,
	};
	struct verify verify = { 0 };
	const struct claim *claim = NULL;
	int ret;

	ret = options_parse(&ctx->options, &table, argc, argv);
	if (ret || ctx->options.help)
		return ret;
	ret = verify_select(&verify, ctx->options.operands, ctx->options.n_operands);
	if (ctx->options.n_operands == 1)
		claim = claims_find(ctx->options.operands[0]);
	if (!ret && ctx->options.json)
		ret = show_json(&verify);
	else if (!ret && claim)
		explain(claim);
	else if (!ret)
		list(&verify);
	verify_clear(&verify);
	return ret;
}
