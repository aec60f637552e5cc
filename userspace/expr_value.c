// SPDX-License-Identifier: GPL-2.0
/* The names of expressions, and their values on a CPU. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "decode.h"
#include "expr_value.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const struct word {
	const char *name;
	uint32_t plain, truth;	/* truth: of the TRUE MSR, 0 if there is none */
} words[] = {
	{ "PIN", MSR_IA32_VMX_PINBASED_CTLS, MSR_IA32_VMX_TRUE_PINBASED_CTLS },
	{ "P1", MSR_IA32_VMX_PROCBASED_CTLS, MSR_IA32_VMX_TRUE_PROCBASED_CTLS },
	{ "EXIT", MSR_IA32_VMX_EXIT_CTLS, MSR_IA32_VMX_TRUE_EXIT_CTLS },
	{ "ENTRY", MSR_IA32_VMX_ENTRY_CTLS, MSR_IA32_VMX_TRUE_ENTRY_CTLS },
	{ "P2", MSR_IA32_VMX_PROCBASED_CTLS2, 0 },
	{ "P3", MSR_IA32_VMX_PROCBASED_CTLS3, 0 },
	{ "EXIT2", MSR_IA32_VMX_EXIT_CTLS2, 0 },
	{ "ENUM", MSR_IA32_VMX_VMCS_ENUM, 0 },
};

static const char *short_name(const char *name)
{
	if (!strncmp(name, "IA32_", 5))
		name += 5;
	if (!strncmp(name, "VMX_", 4))
		name += 4;
	return name;
}

static bool find_word(const char *name, struct expr_place *place)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (!strcmp(name, words[i].name)) {
			place->index = words[i].plain;
			return true;
		}
		if (words[i].truth && *name == 'T' && !strcmp(name + 1, words[i].name)) {
			place->index = words[i].truth;
			place->plain = words[i].plain;
			place->truth = true;
			return true;
		}
	}
	return false;
}

static bool find_msr(const char *name, struct expr_place *place)
{
	uint32_t index;
	size_t i;

	if (find_word(name, place))
		return true;
	for (i = 0; (index = decode_msr(i)); i++) {
		if (!strcmp(name, short_name(decode_msr_name(index)))) {
			place->index = index;
			return true;
		}
	}
	return false;
}

/* "7.0.ECX" */
static bool find_cpuid(char *text, struct expr_place *place)
{
	static const char *const regs[] = { "EAX", "EBX", "ECX", "EDX" };
	char *subleaf = strchr(text, '.'), *reg;
	uint64_t number;

	if (!subleaf)
		return false;
	*subleaf++ = '\0';
	reg = strchr(subleaf, '.');
	if (!reg)
		return false;
	*reg++ = '\0';
	if (!decode_parse_number(text, UINT32_MAX, &number))
		return false;
	place->leaf = number;
	if (!decode_parse_number(subleaf, UINT32_MAX, &number))
		return false;
	place->subleaf = number;
	place->kind = PLACE_CPUID;
	place->bits = 32;
	for (place->reg = 0; place->reg < ARRAY_SIZE(regs); place->reg++)
		if (!strcmp(reg, regs[place->reg]))
			return true;
	return false;
}

bool expr_place_find(const char *text, size_t n, struct expr_place *place)
{
	char name[48], *dot;
	enum msr_form form;

	*place = (struct expr_place){ .kind = PLACE_MSR, .half = -1, .bits = 64 };
	if (!n || n >= sizeof(name))
		return false;
	memcpy(name, text, n);
	name[n] = '\0';
	if (!strncmp(name, "CPUID.", 6))
		return find_cpuid(name + 6, place);
	dot = strchr(name, '.');
	if (dot) {
		if ((dot[1] != '0' && dot[1] != '1') || dot[2])
			return false;
		place->half = dot[1] - '0';
		*dot = '\0';
	}
	if (!find_msr(name, place))
		return false;
	form = decode_msr_form(place->index);
	if (!dot)
		return true;
	if (form == MSR_FORM_CONTROLS)
		place->bits = 32;
	return form == MSR_FORM_CONTROLS || form == MSR_FORM_ALLOWED1;
}

static bool msr_value(const struct cpu *cpu, uint32_t index, uint64_t *value)
{
	const struct msr *msr = cpu_msr(cpu, index);

	*value = 0;
	if (!msr)
		return decode_msr_absent(cpu, index);
	*value = msr->value;
	return msr->state != MSR_FAULTED;
}

static bool cpuid_value(const struct expr_place *place, const struct cpu *cpu, uint64_t *value)
{
	const struct cpuid_leaf *leaf, *first;

	*value = 0;
	/* Above the highest leaf CPUID repeats another one; such a leaf says nothing. */
	first = cpu_leaf(cpu, place->leaf & 0x80000000, 0);
	if (first && first->eax < place->leaf)
		return true;
	leaf = cpu_leaf(cpu, place->leaf, place->subleaf);
	if (!leaf) {
		/* Subleaf 0 of leaf 7 says in EAX which is the highest. */
		first = cpu_leaf(cpu, place->leaf, 0);
		return first && place->leaf == 7 && first->eax < place->subleaf;
	}
	*value = (const uint32_t[]){ leaf->eax, leaf->ebx, leaf->ecx, leaf->edx }[place->reg];
	return true;
}

/* The MSR that speaks; false if that is not known. */
static bool speaking(const struct expr_place *place, const struct cpu *cpu, uint32_t *index)
{
	uint64_t basic;

	*index = place->index;
	if (!place->truth)
		return true;
	if (!msr_value(cpu, MSR_IA32_VMX_BASIC, &basic)) {
		*index = MSR_IA32_VMX_BASIC;
		return false;
	}
	if (!(basic >> 55 & 1))
		*index = place->plain;
	return true;
}

bool expr_place_value(const struct expr_place *place, const struct cpu *cpu, uint64_t *value)
{
	uint32_t index;

	*value = 0;
	if (place->kind == PLACE_CPUID)
		return cpuid_value(place, cpu, value);
	if (!speaking(place, cpu, &index) || !msr_value(cpu, index, value)) {
		*value = 0;
		return false;
	}
	if (place->half >= 0 && decode_msr_form(index) == MSR_FORM_ALLOWED1)
		*value = place->half ? *value : 0;	/* each of its controls may be 0 */
	else if (place->half >= 0)
		*value = place->half ? *value >> 32 : (uint32_t)*value;
	return true;
}

bool expr_place_exists(const struct expr_place *place, const struct cpu *cpu, uint64_t *value)
{
	const struct msr *msr = cpu_msr(cpu, place->index);

	*value = msr && msr->state == MSR_READ;
	return msr;
}

bool expr_place_unnamed(const struct expr_place *place, const struct cpu *cpu, uint64_t *value)
{
	struct decode_bit bits[DECODE_MAX_BITS];
	size_t n = decode_bits(place->index, 0, bits), i;
	unsigned int bit;

	if (!msr_value(cpu, place->index, value))
		return false;
	if (decode_msr_form(place->index) == MSR_FORM_CONTROLS)
		*value >>= 32;
	for (i = 0; i < n; i++)
		for (bit = bits[i].low; bit <= bits[i].high; bit++)
			*value &= ~(1ull << bit);
	return true;
}

char *expr_place_why(const struct expr_place *place, const struct cpu *cpu)
{
	const struct msr *msr;
	uint32_t index;
	char *text;
	int n;

	if (place->kind == PLACE_CPUID) {
		n = asprintf(&text, "CPUID leaf 0x%x, subleaf 0x%x, was not recorded", place->leaf,
			     place->subleaf);
		return n < 0 ? NULL : text;
	}
	speaking(place, cpu, &index);
	msr = cpu_msr(cpu, index);
	if (msr)
		n = asprintf(&text, "RDMSR of %s faulted", decode_msr_name(index));
	else
		n = asprintf(&text, "%s was not recorded", decode_msr_name(index));
	return n < 0 ? NULL : text;
}
