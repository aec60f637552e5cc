// SPDX-License-Identifier: GPL-2.0
/* A host as a JSON report; the format is described in vmxprobe-report.schema.json. */
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "names.h"
#include "out.h"
#include "report.h"
#include "report_parts.h"

static json_t *text_or_null(const char *text)
{
	return text ? json_string(text) : json_null();
}

static void set_hex(json_t *object, const char *key, uint64_t value)
{
	out_json_set(object, key, out_json_hex(value));
}

static json_t *save_identity(const struct cpu *cpu)
{
	const struct cpuid_leaf *leaf = cpu_leaf(cpu, 1, 0);
	unsigned int family, model, stepping;
	json_t *identity = json_object();
	char vendor[13], brand[49];

	decode_vendor(cpu, vendor);
	decode_brand(cpu, brand);
	out_json_set(identity, "vendor", text_or_null(*vendor ? vendor : NULL));
	out_json_set(identity, "brand", text_or_null(*brand ? brand : NULL));
	if (leaf) {
		decode_signature(leaf->eax, &family, &model, &stepping);
		out_json_set(identity, "family", json_integer(family));
		out_json_set(identity, "model", json_integer(model));
		out_json_set(identity, "stepping", json_integer(stepping));
	}
	set_hex(identity, "microcode", cpu->microcode);
	return identity;
}

static json_t *save_leaves(const struct cpu *cpu)
{
	json_t *list = json_array(), *item;
	struct cpuid_leaf leaf;
	size_t i;

	for (i = 0; i < cpu->n_leaves; i++) {
		leaf = cpuid_without_apic_id(cpu->leaves[i]);
		item = json_object();
		set_hex(item, "leaf", leaf.leaf);
		set_hex(item, "subleaf", leaf.subleaf);
		set_hex(item, "eax", leaf.eax);
		set_hex(item, "ebx", leaf.ebx);
		set_hex(item, "ecx", leaf.ecx);
		set_hex(item, "edx", leaf.edx);
		out_json_append(list, item);
	}
	return list;
}

static json_t *save_msrs(const struct cpu *cpu)
{
	json_t *list = json_array(), *item;
	const struct msr *msr;
	size_t i;

	for (i = 0; i < cpu->n_msrs; i++) {
		msr = &cpu->msrs[i];
		item = json_object();
		if (decode_msr_name(msr->index))
			out_json_set(item, "name", json_string(decode_msr_name(msr->index)));
		set_hex(item, "index", msr->index);
		out_json_set(item, "state", json_string(msr_state_name(msr->state)));
		if (msr->state == MSR_READ)
			set_hex(item, "value", msr->value);
		out_json_append(list, item);
	}
	return list;
}

static void set_field(json_t *object, const char *name_key, const char *key, uint32_t field)
{
	if (decode_field_token(field))
		out_json_set(object, name_key, json_string(decode_field_token(field)));
	set_hex(object, key, field);
}

json_t *report_outcome(const struct outcome *outcome)
{
	json_t *json = json_object();
	const enum outcome_kind kind = outcome->kind;

	out_json_set(json, "kind", json_string(outcome_kind_name(kind)));
	switch (kind) {
	case OUTCOME_NOT_TESTED:
		out_json_set(json, "why", json_string(not_tested_name(outcome->why)));
		break;
	case OUTCOME_NOT_READY:
		out_json_set(json, "readiness", json_string(readiness_name(outcome->readiness)));
		break;
	case OUTCOME_STOPPED:
	case OUTCOME_WITHHELD:
		break;
	case OUTCOME_OK:
	case OUTCOME_FAULT:
	case OUTCOME_FAIL_INVALID:
	case OUTCOME_FAIL_VALID:
		out_json_set(json, "insn", json_string(insn_name(outcome->insn)));
		if (kind == OUTCOME_FAULT)
			out_json_set(json, "vector", json_integer(outcome->vector));
		if (kind == OUTCOME_FAIL_VALID)
			out_json_set(json, "error", json_integer(outcome->error));
		if (outcome->insn == INSN_VMREAD || outcome->insn == INSN_VMWRITE)
			set_hex(json, "field", outcome->field);
		break;
	case OUTCOME_ENTRY_FAILED:
	case OUTCOME_ENTERED:
		set_hex(json, "exit_reason", outcome->exit_reason);
		set_hex(json, "qualification", outcome->qualification);
		if (kind == OUTCOME_ENTRY_FAILED)
			break;
		set_hex(json, "intr_info", outcome->intr_info);
		set_hex(json, "intr_error_code", outcome->intr_error_code);
		set_hex(json, "idt_info", outcome->idt_info);
		set_hex(json, "idt_error_code", outcome->idt_error_code);
		set_hex(json, "guest_rip", outcome->guest_rip);
		break;
	}
	return json;
}

static json_t *save_values(const struct group *group)
{
	json_t *list = json_array(), *item;
	size_t i, k;

	for (i = 0; i < group->n_values; i = k) {
		for (k = i + 1; k < group->n_values && group->values[k - 1] != UINT64_MAX &&
		     group->values[k] == group->values[k - 1] + 1;)
			k++;
		item = json_object();
		set_hex(item, "first", group->values[i]);
		out_json_set(item, "count", json_integer(k - i));
		out_json_append(list, item);
	}
	return list;
}

/* The different outcomes in the order of their first use, and who has which. */
static int save_outcomes(json_t *json, const struct evidence *ev)
{
	json_t *outcomes = json_array(), *runs = json_array(), *item;
	size_t probes = group_probes(&ev->group), i, k, used = 0, number;
	/* One more for probes without an outcome. */
	size_t *numbers = calloc(ev->n_outcomes + 1, sizeof(*numbers));

	if (!numbers || !outcomes || !runs) {
		free(numbers);
		json_decref(outcomes);
		json_decref(runs);
		return -1;
	}
#define SLOT(i) ((i) < ev->n_index && ev->index[i] < ev->n_outcomes ? ev->index[i] : \
		 ev->n_outcomes)
	for (i = 0; i < probes; i = k) {
		for (k = i + 1; k < probes && SLOT(k) == SLOT(i);)
			k++;
		number = numbers[SLOT(i)];
		if (!number) {
			out_json_append(outcomes, report_outcome(evidence_outcome(ev, i)));
			number = ++used;
			numbers[SLOT(i)] = number;
		}
		item = json_object();
		out_json_set(item, "outcome", json_integer(number - 1));
		out_json_set(item, "count", json_integer(k - i));
		out_json_append(runs, item);
	}
#undef SLOT
	free(numbers);
	out_json_set(json, "outcomes", outcomes);
	out_json_set(json, "runs", runs);
	return 0;
}

static json_t *save_evidence(const struct cpu *cpu)
{
	json_t *list = json_array(), *item, *set, *field;
	const struct group *group;
	size_t i, k;

	for (i = 0; i < cpu->n_evidence; i++) {
		group = &cpu->evidence[i].group;
		item = json_object();
		out_json_set(item, "depth", json_string(depth_name(group->depth)));
		set = json_array();
		for (k = 0; k < group->n_set; k++) {
			field = json_object();
			set_field(field, "name", "field", group->set[k].field);
			set_hex(field, "value", group->set[k].value);
			out_json_append(set, field);
		}
		out_json_set(item, "set", set);
		if (group->sweep_field) {
			set_field(item, "sweep_name", "sweep_field", group->sweep_field);
			out_json_set(item, "sweep_values", save_values(group));
		}
		if (save_outcomes(item, &cpu->evidence[i])) {
			json_decref(item);
			json_decref(list);
			return NULL;
		}
		out_json_append(list, item);
	}
	return list;
}

static json_t *save_profile(const struct cpu *cpu)
{
	json_t *profile = json_object();

	out_json_set(profile, "identity", save_identity(cpu));
	out_json_set(profile, "cpuid", save_leaves(cpu));
	out_json_set(profile, "msrs", save_msrs(cpu));
	out_json_set(profile, "evidence", save_evidence(cpu));
	if (cpu->fields.scanned)
		out_json_set(profile, "fields", report_write_fields(&cpu->fields));
	if (report_has_experiments(cpu))
		out_json_set(profile, "experiments", report_write_experiments(cpu));
	return profile;
}

/* The number of the CPU's profile, adding it if it is new; firsts[number] is who had it first. */
static size_t profile_of(const struct host *host, const struct cpu *cpu, json_t *profiles,
			 size_t *firsts)
{
	size_t n = json_array_size(profiles), i;

	for (i = 0; i < n; i++)
		if (cpu_same_profile(&host->cpus[firsts[i]], cpu))
			return i;
	firsts[n] = cpu - host->cpus;
	out_json_append(profiles, save_profile(cpu));
	return n;
}

json_t *report_to_json(const struct host *host)
{
	json_t *report = json_object(), *profiles = json_array(), *cpus = json_array(), *item;
	size_t *firsts = calloc(host->n_cpus + 1, sizeof(*firsts)), i;
	const struct cpu *cpu;

	if (!report || !profiles || !cpus || !firsts) {
		json_decref(report);
		json_decref(profiles);
		json_decref(cpus);
		free(firsts);
		return NULL;
	}
	out_json_set(report, "schema", json_string(REPORT_SCHEMA));
	out_json_set(report, "tool", text_or_null(host->tool));
	out_json_set(report, "created", text_or_null(host->created));
	out_json_set(report, "source", text_or_null(host->source));
	out_json_set(report, "hostname", text_or_null(host->hostname));
	out_json_set(report, "kernel", text_or_null(host->kernel));
	for (i = 0; i < host->n_cpus; i++) {
		cpu = &host->cpus[i];
		item = json_object();
		out_json_set(item, "cpu", json_integer(cpu->id));
		out_json_set(item, "readiness", json_string(readiness_name(cpu->readiness)));
		/* Of an offline CPU nothing is known. */
		if (cpu->n_leaves || cpu->n_msrs || cpu->n_evidence || cpu->fields.scanned ||
		    report_has_experiments(cpu))
			out_json_set(item, "profile",
				     json_integer(profile_of(host, cpu, profiles, firsts)));
		else
			out_json_set(item, "profile", json_null());
		out_json_append(cpus, item);
	}
	free(firsts);
	out_json_set(report, "profiles", profiles);
	out_json_set(report, "cpus", cpus);
	return report;
}
