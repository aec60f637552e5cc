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

static int load_set(const struct place *list, struct group *group)
{
	size_t n, i;

	if (place_array(list, 0, REPORT_MAX_SETS))
		return -1;
	n = json_array_size(list->json);
	group->set = calloc(n ? n : 1, sizeof(*group->set));
	if (!group->set)
		return no_memory(list);
	for (i = 0; i < n; i++) {
		struct place item = place_element(list, i);
		struct place field = place_member(&item, "field");
		struct place value = place_member(&item, "value");

		if (place_object(&item) || place_hex32(&field, &group->set[i].field) ||
		    place_hex(&value, UINT64_MAX, &group->set[i].value))
			return -1;
		group->n_set++;
	}
	return 0;
}

/* Number the probes of this group and check them against what is left of the whole. */
static int count_probes(struct load *load, const struct place *place, uint64_t probes)
{
	load->probes += probes;
	if (load->probes > REPORT_MAX_TOTAL)
		return place_fail(place, "the report holds more than %u probes", REPORT_MAX_TOTAL);
	return 0;
}

static int load_values(struct load *load, const struct place *list, struct group *group)
{
	uint64_t first, count, total = 0, k;
	size_t n, i;

	if (place_array(list, 1, REPORT_MAX_PROBES))
		return -1;
	n = json_array_size(list->json);
	/* Count before allocating: a few bytes of ranges can stand for many values. */
	for (i = 0; i < n; i++) {
		struct place item = place_element(list, i);
		struct place member = place_member(&item, "count");

		if (place_object(&item) ||
		    place_integer(&member, 1, REPORT_MAX_PROBES, &count))
			return -1;
		total += count;
	}
	if (total > REPORT_MAX_PROBES)
		return place_fail(list, "the counts sum up to %zu; at most %u are allowed",
				  (size_t)total, REPORT_MAX_PROBES);
	if (count_probes(load, list, total))
		return -1;
	group->values = calloc(total, sizeof(*group->values));
	if (!group->values)
		return no_memory(list);
	for (i = 0; i < n; i++) {
		struct place item = place_element(list, i);
		struct place member = place_member(&item, "count");
		struct place start = place_member(&item, "first");

		if (place_integer(&member, 1, REPORT_MAX_PROBES, &count) ||
		    place_hex(&start, UINT64_MAX, &first))
			return -1;
		if (first > UINT64_MAX - (count - 1))
			return place_fail(&start, "the range goes beyond 64 bits");
		for (k = 0; k < count; k++)
			group->values[group->n_values++] = first + k;
	}
	return 0;
}

static int load_group(struct load *load, const struct place *item, struct group *group)
{
	struct place depth = place_member(item, "depth"), set = place_member(item, "set");
	struct place field = place_member(item, "sweep_field");
	struct place values = place_member(item, "sweep_values");
	const char *name;

	if (place_object(item) || place_text(&depth, &name))
		return -1;
	if (!depth_parse(name, &group->depth))
		return place_fail(&depth, "it must be \"controls\" or \"state\"");
	if (load_set(&set, group))
		return -1;
	if (place_missing(&field)) {
		if (!place_missing(&values))
			return place_fail(&values, "a group without \"sweep_field\" must not have "
					  "it");
		return count_probes(load, item, 1);
	}
	if (place_hex32(&field, &group->sweep_field))
		return -1;
	if (!group->sweep_field)
		return place_fail(&field, "field 0 cannot be swept");
	return load_values(load, &values, group);
}

int report_read_outcome(const struct place *item, struct outcome *outcome)
{
	struct place kind = place_member(item, "kind"), why = place_member(item, "why");
	struct place readiness = place_member(item, "readiness");
	struct place insn = place_member(item, "insn");
	struct place vector = place_member(item, "vector"), error = place_member(item, "error");
	struct place reason = place_member(item, "exit_reason");
	struct place qualification = place_member(item, "qualification");
	uint64_t number = 0;
	const char *name;

	if (place_object(item) || place_text(&kind, &name))
		return -1;
	/* A kind of a later tool says nothing to this one: as good as not recorded. */
	if (!outcome_kind_parse(name, &outcome->kind)) {
		outcome->kind = OUTCOME_NOT_TESTED;
		outcome->why = NOT_TESTED_NOT_RECORDED;
		return 0;
	}
	switch (outcome->kind) {
	case OUTCOME_NOT_TESTED:
		if (place_text(&why, &name))
			return -1;
		if (!not_tested_parse(name, &outcome->why))
			outcome->why = NOT_TESTED_NONE;
		return 0;
	case OUTCOME_NOT_READY:
		if (place_text(&readiness, &name))
			return -1;
		if (!readiness_parse(name, &outcome->readiness))
			outcome->readiness = READINESS_UNKNOWN;
		return 0;
	case OUTCOME_STOPPED:
	case OUTCOME_WITHHELD:
		return 0;
	case OUTCOME_OK:
	case OUTCOME_FAULT:
	case OUTCOME_FAIL_INVALID:
	case OUTCOME_FAIL_VALID:
		if (place_text(&insn, &name))
			return -1;
		if (!insn_parse(name, &outcome->insn))
			return place_fail(&insn, "it must be the name of a VMX instruction, such "
					  "as \"vmlaunch\"");
		if (outcome->kind == OUTCOME_FAULT && place_integer(&vector, 0, 255, &number))
			return -1;
		outcome->vector = number;
		number = 0;
		if (outcome->kind == OUTCOME_FAIL_VALID &&
		    place_integer(&error, 0, UINT32_MAX, &number))
			return -1;
		outcome->error = number;
		return 0;
	case OUTCOME_ENTRY_FAILED:
	case OUTCOME_ENTERED:
		if (place_hex32(&reason, &outcome->exit_reason) ||
		    place_hex(&qualification, UINT64_MAX, &outcome->qualification))
			return -1;
		break;
	}
	if (outcome->kind == OUTCOME_ENTERED) {
		struct place intr = place_member(item, "intr_info");
		struct place intr_code = place_member(item, "intr_error_code");
		struct place idt = place_member(item, "idt_info");
		struct place idt_code = place_member(item, "idt_error_code");
		struct place rip = place_member(item, "guest_rip");

		if (place_hex32(&intr, &outcome->intr_info) ||
		    place_hex32(&intr_code, &outcome->intr_error_code) ||
		    place_hex32(&idt, &outcome->idt_info) ||
		    place_hex32(&idt_code, &outcome->idt_error_code) ||
		    place_hex(&rip, UINT64_MAX, &outcome->guest_rip))
			return -1;
	}
	return 0;
}

int report_read_outcome_field(const struct place *item, struct outcome *outcome)
{
	struct place field = place_member(item, "field");

	if (report_read_outcome(item, outcome))
		return -1;
	if (outcome->insn == INSN_VMREAD || outcome->insn == INSN_VMWRITE)
		return place_hex32(&field, &outcome->field);
	return 0;
}

static int load_outcomes(const struct place *list, struct evidence *ev)
{
	size_t n, i;

	if (place_array(list, 1, group_probes(&ev->group)))
		return -1;
	n = json_array_size(list->json);
	ev->outcomes = calloc(n, sizeof(*ev->outcomes));
	if (!ev->outcomes)
		return no_memory(list);
	for (i = 0; i < n; i++) {
		struct place item = place_element(list, i);

		if (report_read_outcome_field(&item, &ev->outcomes[i]))
			return -1;
		ev->n_outcomes++;
	}
	return 0;
}

static int load_runs(const struct place *list, struct evidence *ev)
{
	size_t probes = group_probes(&ev->group), n, i;
	uint64_t outcome, count;

	if (place_array(list, 1, probes))
		return -1;
	n = json_array_size(list->json);
	ev->index = calloc(probes, sizeof(*ev->index));
	if (!ev->index)
		return no_memory(list);
	for (i = 0; i < n; i++) {
		struct place item = place_element(list, i);
		struct place number = place_member(&item, "outcome");
		struct place length = place_member(&item, "count");

		if (place_object(&item) ||
		    place_integer(&number, 0, ev->n_outcomes - 1, &outcome) ||
		    place_integer(&length, 1, REPORT_MAX_PROBES, &count))
			return -1;
		if (count > probes - ev->n_index)
			return place_fail(&length, "the runs cover more than the group's %zu "
					  "probes", probes);
		while (count--)
			ev->index[ev->n_index++] = outcome;
	}
	if (ev->n_index != probes)
		return place_fail(list, "the runs cover %zu of the group's %zu probes; it must "
				  "be all", ev->n_index, probes);
	return 0;
}

static int load_evidence(struct load *load, const struct place *list, struct cpu *cpu)
{
	size_t n, i;

	if (place_array(list, 0, REPORT_MAX_GROUPS))
		return -1;
	n = json_array_size(list->json);
	cpu->evidence = calloc(n ? n : 1, sizeof(*cpu->evidence));
	if (!cpu->evidence)
		return no_memory(list);
	for (i = 0; i < n; i++) {
		struct place item = place_element(list, i);
		struct place outcomes = place_member(&item, "outcomes");
		struct place runs = place_member(&item, "runs");
		struct evidence *ev = &cpu->evidence[cpu->n_evidence++];

		if (load_group(load, &item, &ev->group) || load_outcomes(&outcomes, ev) ||
		    load_runs(&runs, ev))
			return -1;
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
	    load_msrs(&msrs, cpu) || load_evidence(load, &evidence, cpu))
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
