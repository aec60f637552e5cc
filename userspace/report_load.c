// SPDX-License-Identifier: GPL-2.0
/*
 * A JSON report as a host. Keys that are not known are passed over, so that later tools can
 * add some; what is known has to be right. Whatever the input, memory stays bounded by the
 * REPORT_MAX_ values and the input's size, and CPUs that share a profile share its memory.
 */
#include <stdlib.h>
#include <string.h>

#include "cpulist.h"
#include "names.h"
#include "report.h"
#include "report_json.h"
#include "report_parts.h"

/* A profile before it has become part of a CPU. */
struct profile {
	struct cpu cpu;		/* microcode and the arrays */
	bool taken;		/* a CPU of the host owns the arrays */
};

struct load {
	struct host *host;
	struct profile *profiles;
	size_t n_profiles;
	size_t probes;		/* of all groups so far */
	size_t accesses;	/* of all field maps so far */
	size_t observations;	/* of all experiments so far */
};

static int no_memory(const struct place *place)
{
	return place_fail(place, "out of memory");
}

static int load_leaves(const struct place *list, struct cpu *cpu)
{
	size_t n, i, k;

	if (place_array(list, 0, REPORT_MAX_LEAVES))
		return -1;
	n = json_array_size(list->json);
	cpu->leaves = calloc(n ? n : 1, sizeof(*cpu->leaves));
	if (!cpu->leaves)
		return no_memory(list);
	for (i = 0; i < n; i++) {
		struct place item = place_element(list, i);
		struct cpuid_leaf *leaf = &cpu->leaves[i];
		const struct {
			const char *key;
			uint32_t *value;
		} members[] = {
			{ "leaf", &leaf->leaf }, { "subleaf", &leaf->subleaf },
			{ "eax", &leaf->eax }, { "ebx", &leaf->ebx },
			{ "ecx", &leaf->ecx }, { "edx", &leaf->edx },
		};

		if (place_object(&item))
			return -1;
		for (k = 0; k < sizeof(members) / sizeof(members[0]); k++) {
			struct place member = place_member(&item, members[k].key);

			if (place_hex32(&member, members[k].value))
				return -1;
		}
		if (cpu_leaf(cpu, leaf->leaf, leaf->subleaf))
			return place_fail(&item, "this leaf and subleaf is in the list already; "
					  "each may be there once");
		cpu->n_leaves++;
	}
	return 0;
}

static int load_msr(const struct place *item, const struct cpu *cpu, struct msr *msr)
{
	struct place index = place_member(item, "index"), state = place_member(item, "state");
	struct place value = place_member(item, "value");
	const char *name;

	if (place_object(item) || place_hex32(&index, &msr->index) ||
	    place_text(&state, &name))
		return -1;
	if (cpu_msr(cpu, msr->index))
		return place_fail(&index, "this MSR is in the list already; each may be there "
				  "once");
	if (!msr_state_parse(name, &msr->state))
		return place_fail(&state, "it must be \"read\", \"absent\" or \"faulted\"");
	if (msr->state == MSR_READ)
		return place_hex(&value, UINT64_MAX, &msr->value);
	if (!place_missing(&value))
		return place_fail(&value, "an MSR whose state is \"%s\" must not have a value",
				  name);
	return 0;
}

static int load_msrs(const struct place *list, struct cpu *cpu)
{
	size_t n, i;

	if (place_array(list, 0, REPORT_MAX_MSRS))
		return -1;
	n = json_array_size(list->json);
	cpu->msrs = calloc(n ? n : 1, sizeof(*cpu->msrs));
	if (!cpu->msrs)
		return no_memory(list);
	for (i = 0; i < n; i++) {
		struct place item = place_element(list, i);

		if (load_msr(&item, cpu, &cpu->msrs[i]))
			return -1;
		cpu->n_msrs++;
	}
	return 0;
}

static int load_profile(struct load *load, const struct place *item, struct cpu *cpu)
{
	struct place identity = place_member(item, "identity");
	struct place microcode = place_member(&identity, "microcode");
	struct place leaves = place_member(item, "cpuid"), msrs = place_member(item, "msrs");
	struct place evidence = place_member(item, "evidence");
	struct place fields = place_member(item, "fields");
	struct place experiments = place_member(item, "experiments");

	if (place_object(item) || place_object(&identity) ||
	    place_hex32(&microcode, &cpu->microcode) || load_leaves(&leaves, cpu) ||
	    load_msrs(&msrs, cpu) || report_read_evidence(&evidence, cpu, &load->probes))
		return -1;
	cpu->fields.why = (struct outcome){ .why = NOT_TESTED_NOT_RECORDED };
	if (!place_missing(&fields) && report_read_fields(&fields, &cpu->fields, &load->accesses))
		return -1;
	return place_missing(&experiments) ? 0 :
		report_read_experiments(&experiments, cpu, &load->observations);
}

static int load_profiles(struct load *load, const struct place *list)
{
	size_t n, i;

	if (place_array(list, 0, CPU_LIST_MAX + 1))
		return -1;
	n = json_array_size(list->json);
	load->profiles = calloc(n ? n : 1, sizeof(*load->profiles));
	if (!load->profiles)
		return no_memory(list);
	for (i = 0; i < n; i++) {
		struct place item = place_element(list, i);

		if (load_profile(load, &item, &load->profiles[load->n_profiles++].cpu))
			return -1;
	}
	return 0;
}

/* The first CPU of a profile takes its arrays over, the others borrow them. */
static void give_profile(struct profile *profile, struct cpu *cpu)
{
	cpu->microcode = profile->cpu.microcode;
	cpu->leaves = profile->cpu.leaves;
	cpu->n_leaves = profile->cpu.n_leaves;
	cpu->msrs = profile->cpu.msrs;
	cpu->n_msrs = profile->cpu.n_msrs;
	cpu->evidence = profile->cpu.evidence;
	cpu->n_evidence = profile->cpu.n_evidence;
	cpu->fields = profile->cpu.fields;
	cpu->experiments = profile->cpu.experiments;
	cpu->n_experiments = profile->cpu.n_experiments;
	cpu->shared = profile->taken;
	profile->taken = true;
}

static int load_cpu(struct load *load, const struct place *item, struct cpu *cpu)
{
	struct place id = place_member(item, "cpu");
	struct place readiness = place_member(item, "readiness");
	struct place borrowed = place_member(item, "borrowed");
	struct place profile = place_member(item, "profile");
	uint64_t number;
	const char *name;

	if (place_object(item) || place_integer(&id, 0, CPU_LIST_MAX, &number) ||
	    place_text(&readiness, &name))
		return -1;
	cpu->id = number;
	if (cpu > load->host->cpus && cpu[-1].id >= cpu->id)
		return place_fail(&id, "CPUs must be in ascending order, each once");
	if (!readiness_parse(name, &cpu->readiness))
		cpu->readiness = READINESS_UNKNOWN;
	if (!place_missing(&borrowed) && !json_is_boolean(borrowed.json))
		return place_fail(&borrowed, "it must be true or false");
	cpu->borrowed = json_is_true(borrowed.json);
	cpu->fields.why = (struct outcome){ .why = NOT_TESTED_NOT_RECORDED };
	if (json_is_null(profile.json))
		return 0;
	if (!load->n_profiles)
		return place_fail(&profile, "it must be null: the report has no profiles");
	if (place_integer(&profile, 0, load->n_profiles - 1, &number))
		return -1;
	give_profile(&load->profiles[number], cpu);
	return 0;
}

static int load_cpus(struct load *load, const struct place *list)
{
	size_t n, i;

	if (place_array(list, 1, CPU_LIST_MAX + 1))
		return -1;
	n = json_array_size(list->json);
	load->host->cpus = calloc(n, sizeof(*load->host->cpus));
	if (!load->host->cpus)
		return no_memory(list);
	for (i = 0; i < n; i++) {
		struct place item = place_element(list, i);

		load->host->n_cpus++;
		if (load_cpu(load, &item, &load->host->cpus[i]))
			return -1;
	}
	return 0;
}

static int load_host(struct load *load, const struct place *top)
{
	struct host *host = load->host;
	struct place schema = place_member(top, "schema");
	struct place profiles = place_member(top, "profiles"), cpus = place_member(top, "cpus");
	const struct {
		const char *key;
		char **text;
	} texts[] = {
		{ "tool", &host->tool }, { "created", &host->created },
		{ "source", &host->source }, { "hostname", &host->hostname },
		{ "kernel", &host->kernel },
	};
	const char *name;
	size_t i;

	if (!json_is_object(top->json))
		return place_fail(top, "not a vmxprobe report; it must be a JSON object");
	if (place_text(&schema, &name))
		return -1;
	if (strcmp(name, REPORT_SCHEMA))
		return place_fail(&schema, "not a report this version can read; it must be \""
				  REPORT_SCHEMA "\"");
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct place member = place_member(top, texts[i].key);

		if (place_optional_text(&member, texts[i].text))
			return -1;
	}
	if (load_profiles(load, &profiles) || load_cpus(load, &cpus))
		return -1;
	return 0;
}

static void clear_profile(struct profile *profile)
{
	struct cpu *cpu = &profile->cpu;
	size_t i;

	if (profile->taken)
		return;
	for (i = 0; i < cpu->n_evidence; i++)
		evidence_clear(&cpu->evidence[i]);
	for (i = 0; i < cpu->n_experiments; i++)
		experiment_clear(&cpu->experiments[i]);
	free(cpu->evidence);
	free(cpu->experiments);
	free(cpu->leaves);
	free(cpu->msrs);
	field_map_clear(&cpu->fields);
}

/* jansson quotes the text it stumbled over, whatever bytes it is made of. */
static const char *printable(char *text)
{
	char *c;

	for (c = text; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return text;
}

struct host *report_parse(const char *text, size_t length, const char *name)
{
	struct load load = { .host = calloc(1, sizeof(struct host)) };
	struct place top = { .file = name };
	json_error_t error;
	size_t i;
	int err;

	if (!load.host) {
		no_memory(&top);
		return NULL;
	}
	top.json = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
	if (top.json)
		err = load_host(&load, &top);
	else
		err = place_fail(&top, "line %d, column %d: not JSON: %s", error.line,
				 error.column, printable(error.text));
	json_decref(top.json);
	for (i = 0; i < load.n_profiles; i++)
		clear_profile(&load.profiles[i]);
	free(load.profiles);
	if (!err)
		return load.host;
	host_free(load.host);
	return NULL;
}
