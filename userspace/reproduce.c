// SPDX-License-Identifier: GPL-2.0
#include "reproduce.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "enter.h"
#include "inject.h"
#include "names.h"

#define CR0_BASELINE 0x80000021	/* PG, NE and PE, whatever CR0_FIXED0 adds */
#define SECONDARY_UNRESTRICTED 0x80

static void write_field(FILE *file, uint32_t field, uint64_t value)
{
	const char *token = decode_field_token(field);

	if (token)
		fprintf(file, ", %s 0x%" PRIx64, token, value);
	else
		fprintf(file, ", field 0x%04" PRIx32 " 0x%" PRIx64, field, value);
}

char *reproduce_describe(const struct group *group, size_t i)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		return NULL;
	fprintf(file, "depth %s", depth_name(group->depth));
	if (group->guest)
		fprintf(file, ", guest %s", guest_name(group->guest));
	if (group->program)
		fprintf(file, ", program %s", guest_program_name(group->program));
	if (group->rcx)
		fprintf(file, ", rcx 0x%" PRIx64, group->rcx);
	if (group->sweep_field)
		write_field(file, group->sweep_field, group_value(group, i));
	for (size_t k = 0; k < group->n_set; k++)
		if (group->set[k].field != group->sweep_field)
			write_field(file, group->set[k].field, group->set[k].value);
	if (!fclose(file))
		return text;
	free(text);
	return NULL;
}

/* What the module's baseline has in a field that inject can set; false if that is not known. */
static bool baseline(const struct cpu *cpu, uint32_t field, uint64_t *value)
{
	switch (field) {
	case VM_ENTRY_INTR_INFO_FIELD:
	case VM_ENTRY_EXCEPTION_ERROR_CODE:
	case VM_ENTRY_INSTRUCTION_LEN:
		*value = 0;
		return true;
	case GUEST_RFLAGS:
		*value = 2;
		return true;
	case GUEST_CR0:
		if (!cpu_msr_value(cpu, MSR_IA32_VMX_CR0_FIXED0, value))
			return false;
		*value |= CR0_BASELINE;
		return true;
	default:
		return false;
	}
}

/* The value that probe i gives the field in the end. */
static bool value_in(const struct cpu *cpu, const struct group *group, size_t i, uint32_t field,
		     uint64_t *value)
{
	if (group->sweep_field == field) {
		*value = group_value(group, i);
		return true;
	}
	for (size_t k = group->n_set; k--;) {
		if (group->set[k].field == field) {
			*value = group->set[k].value;
			return true;
		}
	}
	return baseline(cpu, field, value);
}

static bool covers(const struct cpu *cpu, const struct group *a, size_t i, const struct group *b,
		   size_t k)
{
	uint64_t mine, other;

	for (size_t f = 0; f <= a->n_set; f++) {
		uint32_t field = f < a->n_set ? a->set[f].field : a->sweep_field;

		if (field && (!value_in(cpu, a, i, field, &mine) ||
			      !value_in(cpu, b, k, field, &other) || mine != other))
			return false;
	}
	return true;
}

/* The event that the probe seems to inject; inject_group() then tells whether that is all. */
static struct inject guess(const struct cpu *cpu, const struct group *group, size_t i)
{
	struct inject inject = { .depth = group->depth };
	uint64_t value;

	if (value_in(cpu, group, i, VM_ENTRY_INTR_INFO_FIELD, &value)) {
		inject.vector = value & 0xff;
		inject.type = value >> INTR_INFO_TYPE_SHIFT & 7;
		inject.deliver_error_code = value & INTR_INFO_DELIVER_ERROR_CODE;
	}
	if (value_in(cpu, group, i, VM_ENTRY_EXCEPTION_ERROR_CODE, &value) &&
	    inject.deliver_error_code)
		inject.error_code = value;
	if (value_in(cpu, group, i, VM_ENTRY_INSTRUCTION_LEN, &value))
		inject.length = value;
	if (value_in(cpu, group, i, GUEST_CR0, &value))
		inject.cr0_pe = value & 1;
	if (value_in(cpu, group, i, SECONDARY_VM_EXEC_CONTROL, &value))
		inject.unrestricted = value & SECONDARY_UNRESTRICTED;
	return inject;
}

const char *reproduce_borrow(const struct cpu *cpu)
{
	return cpu->borrowed ? " --borrow" : "";
}

static char *inject_command(const struct cpu *cpu, const struct inject *inject)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		return NULL;
	fprintf(file, "vmxprobe inject --type %s --vector %" PRIu32,
		decode_type_token(inject->type), inject->vector);
	if (inject->deliver_error_code)
		fprintf(file, " --error-code 0x%" PRIx32, inject->error_code);
	if (inject->length != 1)
		fprintf(file, " --ilen %" PRIu32, inject->length);
	if (!inject->cr0_pe)
		fputs(" --cr0-pe 0", file);
	if (inject->unrestricted)
		fputs(" --unrestricted 1", file);
	fprintf(file, " --depth %s --cpu %u%s", depth_name(inject->depth), cpu->id, reproduce_borrow(cpu));
	if (!fclose(file))
		return text;
	free(text);
	return NULL;
}

static void write_set(FILE *file, uint32_t field, uint64_t value)
{
	const char *token = decode_field_token(field);

	if (token)
		fprintf(file, " --set %s=0x%" PRIx64, token, value);
	else
		fprintf(file, " --set 0x%04" PRIx32 "=0x%" PRIx64, field, value);
}

static void write_reads(FILE *file, const struct group *group)
{
	if (group->n_read == ENTER_READS && !memcmp(group->read, enter_read, sizeof(enter_read)))
		return;
	for (size_t k = 0; k < group->n_read; k++) {
		const char *token = decode_field_token(group->read[k]);

		fputs(k ? "," : " --read ", file);
		if (token)
			fputs(token, file);
		else
			fprintf(file, "0x%04" PRIx32, group->read[k]);
	}
}

/* A guest that is entered is what "probe" says of it, and nothing else. */
static char *enter_command(const struct cpu *cpu, const struct group *group, size_t i)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		return NULL;
	fprintf(file, "vmxprobe probe --depth enter --guest %s", guest_name(group->guest));
	if (group->program)
		fprintf(file, " --program %s", guest_program_name(group->program));
	if (group->rcx)
		fprintf(file, " --rcx 0x%" PRIx64, group->rcx);
	for (size_t k = 0; k < group->n_set; k++)
		write_set(file, group->set[k].field, group->set[k].value);
	if (group->sweep_field)
		write_set(file, group->sweep_field, group_value(group, i));
	write_reads(file, group);
	if (group->time)
		fputs(" --time", file);
	fprintf(file, " --cpu %u%s", cpu->id, reproduce_borrow(cpu));
	if (!fclose(file))
		return text;
	free(text);
	return NULL;
}

char *reproduce_command(const char *id, const struct cpu *cpu, const struct group *group, size_t i)
{
	struct inject inject = guess(cpu, group, i);
	struct group same;
	char *text;
	bool is;

	if (group->guest)
		return enter_command(cpu, group, i);
	if (!inject_group(cpu, &inject, &same)) {
		is = covers(cpu, group, i, &same, 0) && covers(cpu, &same, 0, group, i);
		group_clear(&same);
		if (is)
			return inject_command(cpu, &inject);
	}
	if (asprintf(&text, "vmxprobe verify %s --cpu %u%s", id, cpu->id, reproduce_borrow(cpu)) < 0)
		return NULL;
	return text;
}

static void write_name(FILE *file, uint32_t field)
{
	const char *token = decode_field_token(field);

	if (token)
		fprintf(file, "%s", token);
	else
		fprintf(file, "field 0x%04" PRIx32, field);
}

static void write_arg(FILE *file, enum experiment_arg kind, uint64_t arg)
{
	const char *name;

	switch (kind) {
	case ARG_NONE:
		break;
	case ARG_BIT:
		fprintf(file, "bit %" PRIu64, arg);
		break;
	case ARG_FIELD_BIT:
		fprintf(file, "bit %u of ", (unsigned int)(arg >> 16 & 0xff));
		/* fall through */
	case ARG_FIELD:
		write_name(file, arg & 0xffff);
		break;
	case ARG_MSR:
		name = arg <= UINT32_MAX ? decode_msr_name(arg) : NULL;
		fprintf(file, "MSR 0x%" PRIx64, arg);
		if (name)
			fprintf(file, " (%s)", name);
		break;
	case ARG_INSN:
		fprintf(file, "%s", insn_text(arg));
		break;
	case ARG_TYPE_BIT:
		fprintf(file, "type %" PRIu64 ", bit %u", arg >> 8, (unsigned int)(arg & 0xff));
		break;
	case ARG_TYPE:
		fprintf(file, "type 0x%" PRIx64, arg);
		break;
	case ARG_PLACE:
		fprintf(file, "place %" PRIu64, arg);
		break;
	case ARG_VALUE:
		fprintf(file, "value 0x%" PRIx64, arg);
		break;
	}
}

char *reproduce_observation(const struct experiment_info *info, const struct observation *seen)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		return NULL;
	fputs(info->name, file);
	if (seen->has_arg && info->arg != ARG_NONE) {
		fputs(" with ", file);
		write_arg(file, info->arg, seen->arg);
	}
	if (!fclose(file))
		return text;
	free(text);
	return NULL;
}

char *reproduce_experiment(const struct experiment_info *info, const struct cpu *cpu)
{
	char *text;

	if (asprintf(&text, "vmxprobe experiment %s --cpu %u%s", info->name, cpu->id,
		     reproduce_borrow(cpu)) < 0)
		return NULL;
	return text;
}
