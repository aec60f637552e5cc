// SPDX-License-Identifier: GPL-2.0
#include "caps.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"
#include "out.h"

bool caps_unknown(const struct cpu *cpu)
{
	return !cpu->n_msrs;
}

bool caps_same(const struct cpu *a, const struct cpu *b, const void *arg)
{
	size_t i;

	(void)arg;
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

size_t caps_known(const struct cpu_groups *caps)
{
	size_t g, n = 0;

	for (g = 0; g < caps->n; g++)
		n += !caps_unknown(caps->list[g].cpu);
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
	if (form != MSR_FORM_BITS && form != MSR_FORM_UNKNOWN)
		return out_format("%s", decode_setting_name(decode_setting(msr->index, msr->value,
									   bit->low)));
	number = decode_bit_value(msr->value, bit);
	meaning = decode_bit_meaning(msr->index, bit, msr->value);
	if (meaning)
		return out_format("%" PRIu64 " = %s", number, meaning);
	return out_format(is_identifier(bit) ? "0x%" PRIx64 : "%" PRIu64, number);
}

/* All rows that any group shows of the MSR: its table's and each unknown bit. */
static size_t all_bits(const struct cpu_groups *caps, uint32_t index,
		       struct decode_bit bits[DECODE_MAX_BITS])
{
	const struct msr *msr;
	uint64_t any = 0;
	size_t g;

	for (g = 0; g < caps->n; g++) {
		msr = cpu_msr(caps->list[g].cpu, index);
		if (msr)
			any |= msr->value;
	}
	return decode_bits(index, any, bits);
}

/* The MSR of a group; absent if its list does not have it. */
static const struct msr *group_msr(const struct cpu_group *group, uint32_t index)
{
	static const struct msr none = { .state = MSR_ABSENT };
	const struct msr *msr = cpu_msr(group->cpu, index);

	return msr ? msr : &none;
}

/* Read here, absent or faulted there: the bits have nothing to add. */
static bool states_differ(const struct cpu_groups *caps, uint32_t index)
{
	const struct msr *first = NULL, *msr;
	size_t g;

	for (g = 0; g < caps->n; g++) {
		if (caps_unknown(caps->list[g].cpu))
			continue;
		msr = group_msr(&caps->list[g], index);
		if (first && first->state != msr->state)
			return true;
		first = msr;
	}
	return false;
}

static char *whole_text(const struct msr *msr)
{
	if (msr->state == MSR_READ)
		return out_format("0x%" PRIx64, msr->value);
	return out_format("%s", msr_state_name(msr->state));
}

/* One line: the bits' row, or the MSR as a whole if there is none. */
static void compare(const struct cpu_groups *caps, uint32_t index, const struct decode_bit *bit,
		    char **texts, caps_difference_fn fn, void *priv)
{
	char where[8] = "all", name[8];
	const char *first = NULL;
	bool differ = false;
	size_t g;

	for (g = 0; g < caps->n; g++) {
		const struct cpu_group *group = &caps->list[g];
		const struct msr *msr = group_msr(group, index);

		texts[g] = NULL;
		if (caps_unknown(group->cpu))
			continue;
		texts[g] = bit ? caps_text(group->cpu, msr, bit) : whole_text(msr);
		differ |= first && strcmp(first, texts[g]);
		first = first ? first : texts[g];
	}
	if (bit)
		caps_bits_text(bit, where);
	if (differ)
		fn(index, where, bit ? caps_name(bit, name) : NULL, bit ? bit->qemu : NULL,
		   (const char *const *)texts, priv);
	for (g = 0; g < caps->n; g++)
		free(texts[g]);
}

static void compare_msr(const struct cpu_groups *caps, uint32_t index, char **texts,
			caps_difference_fn fn, void *priv)
{
	struct decode_bit bits[DECODE_MAX_BITS];
	size_t n, i;

	if (states_differ(caps, index)) {
		compare(caps, index, NULL, texts, fn, priv);
		return;
	}
	n = all_bits(caps, index, bits);
	for (i = 0; i < n; i++)
		compare(caps, index, &bits[i], texts, fn, priv);
}

/* MSRs that no table knows, each with the first group that has it. */
static void compare_unknown(const struct cpu_groups *caps, char **texts, caps_difference_fn fn,
			    void *priv)
{
	size_t g, h, i;

	for (g = 0; g < caps->n; g++) {
		for (i = 0; i < caps->list[g].cpu->n_msrs; i++) {
			uint32_t index = caps->list[g].cpu->msrs[i].index;

			for (h = 0; h < g && !cpu_msr(caps->list[h].cpu, index);)
				h++;
			if (h == g && !decode_msr_name(index))
				compare_msr(caps, index, texts, fn, priv);
		}
	}
}

void caps_each_difference(const struct cpu_groups *caps, caps_difference_fn fn, void *priv)
{
	char **texts = calloc(caps->n ? caps->n : 1, sizeof(*texts));
	uint32_t index;
	size_t i;

	if (!texts)
		return;
	for (i = 0; (index = decode_msr(i)); i++) {
		/* FIXED1 says it all: both of the pair are decoded together. */
		if (decode_msr_form(index) != MSR_FORM_FIXED0)
			compare_msr(caps, index, texts, fn, priv);
	}
	compare_unknown(caps, texts, fn, priv);
	free(texts);
}
