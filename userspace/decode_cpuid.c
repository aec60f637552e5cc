// SPDX-License-Identifier: GPL-2.0
/* What CPUID says of who the CPU is and what it has. */
#include <string.h>

#include "decode.h"

enum reg { EAX, EBX, ECX, EDX };

static const struct {
	const char *name, *place;
	uint32_t leaf, subleaf;
	enum reg reg;
	unsigned int bit;
} features[FEATURE_COUNT] = {
#define F1(feature, reg, bit) \
	[FEATURE_##feature] = { #feature, "CPUID.01H:" #reg "[" #bit "]", 1, 0, reg, bit }
#define F7(feature, subleaf, reg, bit) \
	[FEATURE_##feature] = { #feature, "CPUID.(EAX=07H,ECX=" #subleaf "H):" #reg "[" #bit "]", \
				7, subleaf, reg, bit }
	F1(VMX, ECX, 5),
	F1(SMX, ECX, 6),
	F1(HYPERVISOR, ECX, 31),
	F7(SGX, 0, EBX, 2),
	F7(CET_SS, 0, ECX, 7),
	F7(CET_IBT, 0, EDX, 20),
	F7(HYBRID, 0, EDX, 15),
	F7(PT, 0, EBX, 25),
	F7(PKS, 0, ECX, 31),
	F7(UINTR, 0, EDX, 5),
	F7(FRED, 1, EAX, 17),
	F7(LKGS, 1, EAX, 18),
};

static uint32_t reg_value(const struct cpuid_leaf *leaf, enum reg reg)
{
	switch (reg) {
	case EAX:
		return leaf->eax;
	case EBX:
		return leaf->ebx;
	case ECX:
		return leaf->ecx;
	default:
		return leaf->edx;
	}
}

int decode_feature(const struct cpu *cpu, enum cpuid_feature feature)
{
	const struct cpuid_leaf *leaf, *zero = cpu_leaf(cpu, 0, 0);
	uint32_t number = features[feature].leaf;

	/* Above the highest leaf CPUID repeats another one; such a leaf says nothing. */
	if (zero && zero->eax < number)
		return 0;
	leaf = cpu_leaf(cpu, number, features[feature].subleaf);
	if (leaf)
		return reg_value(leaf, features[feature].reg) >> features[feature].bit & 1;
	/* Subleaf 0 of leaf 7 says in EAX which is the highest. */
	leaf = cpu_leaf(cpu, number, 0);
	if (leaf && number == 7 && leaf->eax < features[feature].subleaf)
		return 0;
	return -1;
}

const char *decode_feature_name(enum cpuid_feature feature)
{
	return features[feature].name;
}

const char *decode_feature_place(enum cpuid_feature feature)
{
	return features[feature].place;
}

void decode_signature(uint32_t eax, unsigned int *family, unsigned int *model,
		      unsigned int *stepping)
{
	*stepping = eax & 0xf;
	*model = eax >> 4 & 0xf;
	*family = eax >> 8 & 0xf;
	if (*family == 6 || *family == 0xf)
		*model |= eax >> 12 & 0xf0;
	if (*family == 0xf)
		*family += eax >> 20 & 0xff;
}

/* Bytes of a register, without those that a terminal would act on. */
static void put_text(char *to, uint32_t value)
{
	unsigned int i;
	char c;

	for (i = 0; i < 4; i++) {
		c = value >> (8 * i) & 0xff;
		to[i] = !c || (c >= ' ' && c <= '~') ? c : '?';
	}
}

void decode_vendor(const struct cpu *cpu, char text[13])
{
	const struct cpuid_leaf *leaf = cpu_leaf(cpu, 0, 0);

	memset(text, 0, 13);
	if (!leaf)
		return;
	put_text(text, leaf->ebx);
	put_text(text + 4, leaf->edx);
	put_text(text + 8, leaf->ecx);
}

void decode_brand(const struct cpu *cpu, char text[49])
{
	const struct cpuid_leaf *leaf;
	size_t start, n = 0;
	uint32_t i;

	memset(text, 0, 49);
	for (i = 0; i < 3; i++) {
		leaf = cpu_leaf(cpu, 0x80000002 + i, 0);
		if (!leaf) {
			*text = '\0';
			return;
		}
		put_text(text + 16 * i, leaf->eax);
		put_text(text + 16 * i + 4, leaf->ebx);
		put_text(text + 16 * i + 8, leaf->ecx);
		put_text(text + 16 * i + 12, leaf->edx);
	}
	/* Intel pads on the left, others on the right. */
	start = strspn(text, " ");
	n = strlen(text + start);
	memmove(text, text + start, n + 1);
	while (n && text[n - 1] == ' ')
		text[--n] = '\0';
}
