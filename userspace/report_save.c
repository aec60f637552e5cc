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
	out_json_set_hex(identity, "microcode", cpu->microcode);
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
		out_json_set_hex(item, "leaf", leaf.leaf);
		out_json_set_hex(item, "subleaf", leaf.subleaf);
		out_json_set_hex(item, "eax", leaf.eax);
		out_json_set_hex(item, "ebx", leaf.ebx);
		out_json_set_hex(item, "ecx", leaf.ecx);
		out_json_set_hex(item, "edx", leaf.edx);
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
		out_json_set_hex(item, "index", msr->index);
		out_json_set(item, "state", json_string(msr_state_name(msr->state)));
		if (msr->state == MSR_READ)
			out_json_set_hex(item, "value", msr->value);
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
	out_json_set(profile, "evidence", report_write_evidence(cpu));
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
	json_t *profile;

	for (i = 0; i < n; i++)
		if (cpu_same_profile(&host->cpus[firsts[i]], cpu))
			return i;
	/* What is not saved, such as an experiment that could not be made, may be all that differs. */
	profile = save_profile(cpu);
	for (i = 0; i < n; i++) {
		if (json_equal(json_array_get(profiles, i), profile)) {
			json_decref(profile);
			return i;
		}
	}
	firsts[n] = cpu - host->cpus;
	out_json_append(profiles, profile);
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
		if (cpu->borrowed)
			out_json_set(item, "borrowed", json_true());
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
