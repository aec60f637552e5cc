// SPDX-License-Identifier: GPL-2.0
/* Judging claims: preconditions, rules over a CPU's own values, and values over all CPUs. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpulist.h"
#include "decode.h"
#include "expr.h"
#include "names.h"
#include "reproduce.h"
#include "verdict.h"
#include "verdict_errors.h"
#include "verdict_experiment.h"
#include "verdict_fields.h"
#include "verdict_probe.h"

#define VMX_TERM "CPUID.1.0.ECX[5]"

static int set_text(char **to, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int set_text(char **to, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(to, format, args);
	va_end(args);
	if (n >= 0)
		return 0;
	*to = NULL;
	return -ENOMEM;
}

/* Takes the text. */
static int set_reason(struct verdict *verdict, enum verdict_kind kind, char *text)
{
	verdict->kind = kind;
	verdict->reason = text;
	return text ? 0 : -ENOMEM;
}

/* Bits and small fields are read as numbers, registers and words as bits. */
static unsigned int term_width(const char *term)
{
	const char *slice = strchr(term, '[');
	unsigned int high, low;

	if (!slice)
		return strchr(term, '(') ? 1 : 64;
	switch (sscanf(slice, "[%u:%u]", &high, &low)) {
	case 2:
		return high - low + 1;
	default:
		return 1;
	}
}

static void write_term(void *arg, const char *term, bool known, uint64_t value)
{
	FILE *file = arg;

	if (ftell(file))
		fputs(", ", file);
	if (!known)
		fprintf(file, "%s unknown", term);
	else if (term_width(term) <= 16)
		fprintf(file, "%s = %" PRIu64, term, value);
	else
		fprintf(file, "%s = 0x%" PRIx64, term, value);
}

/* The terms that the value rests on, "BASIC[56] = 0, CR4_FIXED1[23] = 1". */
static int eval(const char *text, const struct cpu *cpu, enum expr_status *status,
		uint64_t *value, char **seen)
{
	size_t size;
	FILE *file = open_memstream(seen, &size);

	if (!file) {
		*seen = NULL;
		return -ENOMEM;
	}
	*status = expr_eval(text, cpu, value, write_term, file);
	if (!fclose(file))
		return 0;
	free(*seen);
	*seen = NULL;
	return -ENOMEM;
}

static int not_known(const char *text, const struct cpu *cpu, struct verdict *verdict)
{
	/* Nothing at all was read: the reason for that says more than the name of an MSR. */
	if (!cpu->n_msrs && cpu_unready(cpu))
		return set_reason(verdict, VERDICT_NOT_TESTED,
				  strdup(readiness_text(cpu->readiness)));
	return set_reason(verdict, VERDICT_NOT_TESTED, expr_why_unknown(text, cpu, NULL));
}

/* "MISC[5] == 0 is false: MISC[5] = 1", or just the term if it is the whole rule. */
static int not_applicable(const char *text, const struct cpu *cpu, char *seen,
			  struct verdict *verdict)
{
	char *part = expr_part(text, cpu, NULL), *reason = NULL;
	size_t len;

	if (part) {
		len = strlen(part);
		if (!strncmp(seen, part, len) && !strncmp(seen + len, " = ", 3))
			reason = strdup(seen);
		else if (set_text(&reason, "%s is false: %s", part, seen))
			reason = NULL;
	}
	free(part);
	return set_reason(verdict, VERDICT_NOT_APPLICABLE, reason);
}

/* 0 and *applies; if it does not, or that is not known, the verdict is complete. */
static int precondition(const char *text, const struct cpu *cpu, struct verdict *verdict,
			bool *applies)
{
	enum expr_status status;
	uint64_t value;
	char *seen;
	int err = eval(text, cpu, &status, &value, &seen);

	*applies = false;
	if (err)
		return err;
	if (status != EXPR_KNOWN)
		err = not_known(text, cpu, verdict);
	else if (value)
		*applies = true;
	else
		err = not_applicable(text, cpu, seen, verdict);
	free(seen);
	return err;
}

static int judge_rule(const struct claim *claim, const struct cpu *cpu, struct verdict *verdict)
{
	enum expr_status status;
	uint64_t value;
	int err = eval(claim->holds, cpu, &status, &value, &verdict->seen);

	if (err)
		return err;
	if (status != EXPR_KNOWN) {
		free(verdict->seen);
		verdict->seen = NULL;
		return not_known(claim->holds, cpu, verdict);
	}
	if (claim->kind == CLAIM_INFO) {
		verdict->kind = VERDICT_INFO;
		return 0;
	}
	verdict->kind = value ? VERDICT_HOLDS : VERDICT_VIOLATED;
	verdict->probes = 1;
	verdict->broken = !value;
	/* Of a list of rules joined by && the one that is broken. */
	verdict->expected = value ? strdup(claim->holds) : expr_part(claim->holds, cpu, NULL);
	if (!verdict->expected)
		return -ENOMEM;
	if (value)
		return 0;
	return set_text(&verdict->reproduce, "vmxprobe verify %s --cpu %u%s", claim->id,
			cpu->id, reproduce_borrow(cpu));
}

/* An MSR's text on a CPU: its value or its state. NULL if the CPU does not list it. */
static const char *value_text(const struct cpu *cpu, uint32_t index, char text[24])
{
	const struct msr *msr = cpu_msr(cpu, index);

	if (!msr)
		return NULL;
	if (msr->state != MSR_READ)
		return msr_state_name(msr->state);
	snprintf(text, 24, "0x%" PRIx64, msr->value);
	return text;
}

/* "P2 = 0x1 on CPUs 0-3, 0x2 on CPU 4"; nothing if all that list it are alike. */
static int write_values(FILE *file, const struct host *host, const char *name, uint32_t index,
			size_t *n_cpus)
{
	char mine[24], other[24], *label;
	const char *first = NULL, *text;
	bool differ = false, before;
	struct cpu_list list;
	size_t i, k;

	*n_cpus = 0;
	for (i = 0; i < host->n_cpus; i++) {
		text = value_text(&host->cpus[i], index, other);
		if (!text)
			continue;
		++*n_cpus;
		if (!first)
			first = strcpy(mine, text);
		else if (strcmp(first, text))
			differ = true;
	}
	if (!differ)
		return 0;
	if (ftell(file))
		fputs("; ", file);
	fprintf(file, "%s", name);
	for (i = 0, k = 0; i < host->n_cpus; i++) {
		text = value_text(&host->cpus[i], index, mine);
		before = !text;
		for (size_t b = 0; !before && b < i; b++) {
			const char *earlier = value_text(&host->cpus[b], index, other);

			before = earlier && !strcmp(earlier, text);
		}
		if (before)
			continue;
		list = (struct cpu_list){ NULL, 0 };
		for (size_t c = i; c < host->n_cpus; c++) {
			const char *later = value_text(&host->cpus[c], index, other);

			if (later && !strcmp(later, text) &&
			    cpu_list_add(&list, host->cpus[c].id)) {
				cpu_list_clear(&list);
				return -ENOMEM;
			}
		}
		label = cpu_list_label(&list);
		cpu_list_clear(&list);
		if (!label)
			return -ENOMEM;
		fprintf(file, "%s %s on %s", k++ ? "," : " =", text, label);
		free(label);
	}
	return 0;
}

static bool msr_of_name(const char *name, uint32_t *index)
{
	char *full;
	bool found;

	if (asprintf(&full, "IA32_%s%s", strcmp(name, "FEATURE_CONTROL") ? "VMX_" : "", name) < 0)
		return false;
	found = decode_parse_msr(full, index);
	free(full);
	return found;
}

static int judge_same(const struct claim *claim, const struct host *host, const struct cpu *cpu,
		      struct verdict *verdict)
{
	char *names = strdup(claim->holds), *save = NULL, *name;
	size_t size, most = 0, n;
	bool listed = false;
	uint32_t index;
	FILE *file;
	int err = 0;

	if (!names)
		return -ENOMEM;
	file = open_memstream(&verdict->seen, &size);
	if (!file) {
		verdict->seen = NULL;
		free(names);
		return -ENOMEM;
	}
	for (name = strtok_r(names, " ", &save); name && !err; name = strtok_r(NULL, " ", &save)) {
		if (!msr_of_name(name, &index))
			continue;
		listed |= cpu_msr(cpu, index) != NULL;
		err = write_values(file, host, name, index, &n);
		if (n > most)
			most = n;
	}
	free(names);
	if (fclose(file) || err)
		return -ENOMEM;
	if (!listed || most < 2) {
		free(verdict->seen);
		verdict->seen = NULL;
	}
	if (!listed)
		return not_known("BASIC", cpu, verdict);
	if (most < 2)
		return set_reason(verdict, VERDICT_NOT_APPLICABLE,
				  strdup("there is no other CPU to compare it with"));
	verdict->probes = 1;
	verdict->expected = strdup("the same values on all CPUs");
	if (!verdict->expected)
		return -ENOMEM;
	if (!*verdict->seen) {
		verdict->kind = VERDICT_HOLDS;
		free(verdict->seen);
		return set_text(&verdict->seen, "the same on %zu CPUs", most);
	}
	verdict->kind = VERDICT_VIOLATED;
	verdict->broken = 1;
	return set_text(&verdict->reproduce, "vmxprobe verify %s", claim->id);
}

/* What its probes and experiments come to, taken together. */
static int judge_evidence(const struct claim *claim, const struct cpu *cpu,
			  struct verdict *verdict)
{
	int err = verdict_probes(claim, cpu, verdict);

	if (!err)
		err = verdict_trials(claim, cpu, verdict);
	if (err)
		return err;
	if (!verdict->broken && (verdict->reason || !verdict->probes)) {
		if (!verdict->reason)
			verdict->reason = strdup("none of its probes can be made on this CPU");
		return verdict->reason ? 0 : -ENOMEM;
	}
	verdict->kind = verdict->broken ? VERDICT_VIOLATED : VERDICT_HOLDS;
	free(verdict->reason);
	verdict->reason = NULL;
	return 0;
}

/* Without VMX a claim says nothing, unless it is one about the bit that says so. */
static bool needs_vmx(const struct claim *claim)
{
	return !claim->holds || !strstr(claim->holds, VMX_TERM);
}

static int judge(const struct claim *claim, const struct host *host, const struct cpu *cpu,
		 struct verdict *verdict)
{
	bool applies = true;
	int err = 0;

	if (claim->kind == CLAIM_NOT_HERE)
		return set_reason(verdict, VERDICT_NOT_TESTED, strdup(claim->holds));
	if (needs_vmx(claim) && decode_feature(cpu, FEATURE_VMX) == 0)
		return set_reason(verdict, VERDICT_NOT_APPLICABLE, strdup(VMX_TERM " = 0"));
	if (claim->when)
		err = precondition(claim->when, cpu, verdict, &applies);
	if (err || !applies)
		return err;
	switch (claim->kind) {
	case CLAIM_SAME:
		return judge_same(claim, host, cpu, verdict);
	case CLAIM_PROBE:
	case CLAIM_EXPERIMENT:
		return judge_evidence(claim, cpu, verdict);
	case CLAIM_NO_ERROR:
		return verdict_errors(claim, cpu, verdict);
	case CLAIM_FIELDS:
		return verdict_fields(claim, cpu, verdict);
	default:
		return judge_rule(claim, cpu, verdict);
	}
}

int verdict_judge(const struct claim *claim, const struct host *host, const struct cpu *cpu,
		  struct verdict *verdict)
{
	int err;

	*verdict = (struct verdict){ .claim = claim, .kind = VERDICT_NOT_TESTED };
	err = judge(claim, host, cpu, verdict);
	if (err)
		verdict_clear(verdict);
	return err;
}

void verdict_clear(struct verdict *verdict)
{
	free(verdict->reason);
	free(verdict->expected);
	free(verdict->seen);
	free(verdict->reproduce);
	*verdict = (struct verdict){ 0 };
}

const char *verdict_name(enum verdict_kind kind)
{
	static const char *const names[] = {
		[VERDICT_HOLDS] = "holds",
		[VERDICT_VIOLATED] = "violated",
		[VERDICT_NOT_APPLICABLE] = "not-applicable",
		[VERDICT_NOT_TESTED] = "not-tested",
		[VERDICT_INFO] = "info",
	};

	return names[kind];
}
