// SPDX-License-Identifier: GPL-2.0
#include "caps.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"

bool caps_unknown(const struct cpu *cpu)
{
	return !cpu->n_msrs;
}

static bool same_caps(const struct cpu *a, const struct cpu *b)
{
	size_t i;

	if (a->n_msrs != b->n_msrs)
		return false;
	/* Without MSRs the reason is all there is to say. */
	if (!a->n_msrs || a->readiness != b->readiness)
		return a->readiness == b->readiness;
	for (i = 0; i < a->n_msrs; i++)
		if (a->msrs[i].index != b->msrs[i].index ||
		    a->msrs[i].state != b->msrs[i].state || a->msrs[i].value != b->msrs[i].value)
			return false;
	return true;
}

int caps_fold(struct caps *caps, const struct cpu *const *cpus, size_t n)
{
	size_t i, g;

	caps->n = 0;
	caps->groups = calloc(n ? n : 1, sizeof(*caps->groups));
	if (!caps->groups)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		for (g = 0; g < caps->n && !same_caps(caps->groups[g].cpu, cpus[i]);)
			g++;
		if (g == caps->n)
			caps->groups[caps->n++].cpu = cpus[i];
		if (cpu_list_add(&caps->groups[g].cpus, cpus[i]->id))
			return -ENOMEM;
	}
	return 0;
}

void caps_clear(struct caps *caps)
{
	size_t g;

	for (g = 0; g < caps->n; g++)
		cpu_list_clear(&caps->groups[g].cpus);
	free(caps->groups);
	memset(caps, 0, sizeof(*caps));
}

size_t caps_known(const struct caps *caps)
{
	size_t g, n = 0;

	for (g = 0; g < caps->n; g++)
		n += !caps_unknown(caps->groups[g].cpu);
	return n;
}

void caps_bits_text(const struct decode_bit *bit, char text[8])
{
	if (bit->low == bit->high)
		snprintf(text, 8, "%u", bit->low);
	else
		snprintf(text, 8, "%u:%u", bit->high % 100u, bit->low % 100u);
}

const char *caps_name(const struct decode_bit *bit, char buffer[8])
{
	if (bit->name)
		return bit->name;
	snprintf(buffer, 8, "bit %u", bit->low % 100u);
	return buffer;
}

char *caps_state_text(const struct msr *msr)
{
	const char *condition = decode_msr_condition(msr->index);

	if (msr->state == MSR_FAULTED)
		return out_format("faulted: RDMSR raised an exception, though the MSR should exist");
	if (condition)
		return out_format("absent: exists if %s", condition);
	return out_format("absent: exists if %s = 1", decode_feature_place(FEATURE_VMX));
}

/* Identifiers read better in hex, counts in decimal. */
static bool is_identifier(const struct decode_bit *bit)
{
	return bit->name && strstr(bit->name, "identifier");
}

char *caps_text(const struct cpu *cpu, const struct msr *msr, const struct decode_bit *bit)
{
	const enum msr_form form = decode_msr_form(msr->index);
	const char *meaning;
	uint64_t number;

	if (msr->state == MSR_ABSENT)
		return out_format("absent");
	if (msr->state == MSR_FAULTED)
		return out_format("faulted");
	if (form == MSR_FORM_FIXED0 || form == MSR_FORM_FIXED1)
		return out_format("%s", decode_setting_name(decode_control_at(cpu, msr->index,
									      bit->low)));
	if (form != MSR_FORM_BITS)
		return out_format("%s", decode_setting_name(decode_setting(msr->index, msr->value,
									   bit->low)));
	number = decode_bit_value(msr->value, bit);
	meaning = decode_bit_meaning(msr->index, bit, msr->value);
	if (meaning)
		return out_format("%" PRIu64 " = %s", number, meaning);
	return out_format(is_identifier(bit) ? "0x%" PRIx64 : "%" PRIu64, number);
}

/* All rows that any group shows of the MSR: its table's and each unknown bit. */
static size_t all_bits(const struct caps *caps, uint32_t index,
		       struct decode_bit bits[DECODE_MAX_BITS])
{
	const struct msr *msr;
	uint64_t any = 0;
	size_t g;

	for (g = 0; g < caps->n; g++) {
		msr = cpu_msr(caps->groups[g].cpu, index);
		if (msr)
			any |= msr->value;
	}
	return decode_bits(index, any, bits);
}

static void differences_of(const struct caps *caps, uint32_t index, const char **texts,
			   caps_difference_fn fn, void *priv)
{
	static const struct msr none = { .state = MSR_ABSENT };
	struct decode_bit bits[DECODE_MAX_BITS];
	size_t n = all_bits(caps, index, bits), i, g;
	char where[8], name[8];

	for (i = 0; i < n; i++) {
		const char *first = NULL;
		bool differ = false;

		for (g = 0; g < caps->n; g++) {
			const struct cpu *cpu = caps->groups[g].cpu;
			const struct msr *msr = cpu_msr(cpu, index);

			texts[g] = NULL;
			if (caps_unknown(cpu))
				continue;
			texts[g] = caps_text(cpu, msr ? msr : &none, &bits[i]);
			differ |= first && strcmp(first, texts[g]);
			first = first ? first : texts[g];
		}
		caps_bits_text(&bits[i], where);
		if (differ)
			fn(index, where, caps_name(&bits[i], name), bits[i].qemu, texts, priv);
		for (g = 0; g < caps->n; g++)
			free((char *)texts[g]);
	}
}

void caps_each_difference(const struct caps *caps, caps_difference_fn fn, void *priv)
{
	const char **texts = calloc(caps->n ? caps->n : 1, sizeof(*texts));
	uint32_t index;
	size_t i;

	if (!texts)
		return;
	for (i = 0; (index = decode_msr(i)); i++) {
		/* FIXED1 says it all: both of the pair are decoded together. */
		if (decode_msr_form(index) != MSR_FORM_FIXED0)
			differences_of(caps, index, texts, fn, priv);
	}
	free(texts);
}
