// SPDX-License-Identifier: GPL-2.0
/* The VMX capability MSRs and their bits, from bits.def. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "decode.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

struct msr_row {
	uint32_t index;
	enum msr_form form;
	uint32_t base;		/* whose bit rows apply */
	uint32_t gate;		/* 0: exists wherever VMX does */
	uint64_t gate_mask;	/* one of these bits of the gate has to be 1 */
	const char *name;
	const char *condition;
};

struct bit_row {
	uint32_t msr;
	struct decode_bit bit;
};

static const struct msr_row msr_rows[] = {
#define MSR(msr, form, base) { MSR_##msr, MSR_FORM_##form, MSR_##base, 0, 0, #msr, NULL },
#define MSR_IF(msr, form, base, gate, bit) \
	{ MSR_##msr, MSR_FORM_##form, MSR_##base, MSR_##gate, 1ull << (bit), #msr, \
	  #gate "[" #bit "] = 1" },
#define MSR_IF2(msr, form, base, gate, bit, or_bit) \
	{ MSR_##msr, MSR_FORM_##form, MSR_##base, MSR_##gate, \
	  1ull << (bit) | 1ull << (or_bit), #msr, \
	  #gate "[" #bit "] = 1 or " #gate "[" #or_bit "] = 1" },
#include "bits.def"
};

static const struct bit_row bit_rows[] = {
#define BIT(msr, high, low, name, qemu) { MSR_##msr, { low, high, name, qemu } },
#include "bits.def"
};

static const struct msr_row *find_msr(uint32_t index)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(msr_rows); i++)
		if (msr_rows[i].index == index)
			return &msr_rows[i];
	return NULL;
}

uint32_t decode_msr(size_t i)
{
	return i < ARRAY_SIZE(msr_rows) ? msr_rows[i].index : 0;
}

const char *decode_msr_name(uint32_t index)
{
	const struct msr_row *row = find_msr(index);

	return row ? row->name : NULL;
}

bool decode_parse_number(const char *text, uint64_t max, uint64_t *value)
{
	unsigned long long number;
	char *end;

	/* strtoull() would take white space and signs; a leading 0 is no octal to people. */
	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	number = strtoull(text, &end, text[0] == '0' && (text[1] | 0x20) == 'x' ? 16 : 10);
	if (errno || *end || number > max)
		return false;
	*value = number;
	return true;
}

bool decode_parse_msr(const char *text, uint32_t *index)
{
	uint64_t number;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(msr_rows); i++) {
		if (!strcasecmp(text, msr_rows[i].name)) {
			*index = msr_rows[i].index;
			return true;
		}
	}
	if (!decode_parse_number(text, UINT32_MAX, &number))
		return false;
	*index = number;
	return true;
}

enum msr_form decode_msr_form(uint32_t index)
{
	const struct msr_row *row = find_msr(index);

	return row ? row->form : MSR_FORM_UNKNOWN;
}

const char *decode_msr_condition(uint32_t index)
{
	const struct msr_row *row = find_msr(index);

	return row ? row->condition : NULL;
}

bool decode_msr_exists(const struct cpu *cpu, uint32_t index)
{
	const struct msr_row *row = find_msr(index);
	uint64_t gate;

	if (!row || decode_feature(cpu, FEATURE_VMX) != 1)
		return false;
	if (!row->gate)
		return true;
	return cpu_msr_value(cpu, row->gate, &gate) && gate & row->gate_mask;
}

bool decode_msr_absent(const struct cpu *cpu, uint32_t index)
{
	const struct msr_row *row = find_msr(index);
	const struct msr *msr;

	if (decode_feature(cpu, FEATURE_VMX) == 0)
		return true;
	if (!row || !row->gate)
		return false;
	msr = cpu_msr(cpu, row->gate);
	if (!msr)
		return decode_msr_absent(cpu, row->gate);
	return msr->state != MSR_FAULTED && !(msr->value & row->gate_mask);
}

static uint64_t mask(const struct decode_bit *bit)
{
	return (UINT64_MAX >> (63 - (bit->high - bit->low))) << bit->low;
}

size_t decode_bits(uint32_t index, uint64_t value, struct decode_bit bits[DECODE_MAX_BITS])
{
	const struct msr_row *row = find_msr(index);
	uint32_t base = row ? row->base : index;
	const struct bit_row *next = bit_rows, *end = bit_rows + ARRAY_SIZE(bit_rows);
	uint64_t show;
	unsigned int pos;
	size_t n = 0;

	/* Controls: a bit that no table knows is worth a line if it may or must be 1. */
	if (row && row->form == MSR_FORM_CONTROLS)
		show = (uint32_t)value | value >> 32;
	else
		show = value;
	while (next < end && next->msr != base)
		next++;
	for (pos = 0; pos < 64; pos++) {
		if (next < end && next->msr == base && next->bit.low == pos) {
			bits[n++] = next->bit;
			pos = next->bit.high;
			next++;
		} else if (show >> pos & 1) {
			bits[n++] = (struct decode_bit){ .low = pos, .high = pos };
		}
	}
	return n;
}

uint64_t decode_bit_value(uint64_t value, const struct decode_bit *bit)
{
	return (value & mask(bit)) >> bit->low;
}

enum setting decode_setting(uint32_t index, uint64_t value, unsigned int bit)
{
	bool must_be_1, may_be_1;

	switch (decode_msr_form(index)) {
	case MSR_FORM_CONTROLS:
		if (bit > 31)
			return SETTING_UNKNOWN;
		must_be_1 = value >> bit & 1;
		may_be_1 = value >> (bit + 32) & 1;
		break;
	case MSR_FORM_ALLOWED1:
	case MSR_FORM_FIXED1:
		must_be_1 = false;
		may_be_1 = value >> bit & 1;
		break;
	case MSR_FORM_FIXED0:
		must_be_1 = value >> bit & 1;
		may_be_1 = true;
		break;
	default:
		return SETTING_UNKNOWN;
	}
	if (must_be_1)
		return may_be_1 ? SETTING_FIXED1 : SETTING_NEITHER;
	return may_be_1 ? SETTING_EITHER : SETTING_FIXED0;
}

const char *decode_setting_name(enum setting setting)
{
	switch (setting) {
	case SETTING_FIXED0:
		return "fixed 0";
	case SETTING_FIXED1:
		return "fixed 1";
	case SETTING_EITHER:
		return "either";
	case SETTING_NEITHER:
		return "neither";
	default:
		return "unknown";
	}
}

bool decode_find(const char *name, uint32_t *index, struct decode_bit *bit)
{
	const struct bit_row *row;

	for (row = bit_rows; row < bit_rows + ARRAY_SIZE(bit_rows); row++) {
		if (strcasecmp(name, row->bit.name) &&
		    (!row->bit.qemu || strcasecmp(name, row->bit.qemu)))
			continue;
		*index = row->msr;
		*bit = row->bit;
		return true;
	}
	return false;
}

/* The last MSR of a form with these bit rows that the CPU has: the TRUE_ one goes first. */
static const struct msr *speaking_msr(const struct cpu *cpu, uint32_t base, enum msr_form form)
{
	const struct msr *msr, *absent = NULL;
	size_t i;

	for (i = ARRAY_SIZE(msr_rows); i--;) {
		if (msr_rows[i].base != base || msr_rows[i].form != form)
			continue;
		msr = cpu_msr(cpu, msr_rows[i].index);
		if (msr && msr->state != MSR_ABSENT)
			return msr;
		if (msr)
			absent = msr;
	}
	return absent;
}

static enum setting msr_setting(const struct cpu *cpu, uint32_t base, enum msr_form form,
				unsigned int bit)
{
	const struct msr *msr = speaking_msr(cpu, base, form);

	if (!msr || msr->state == MSR_FAULTED)
		return SETTING_UNKNOWN;
	if (msr->state == MSR_READ)
		return decode_setting(msr->index, msr->value, bit);
	/* Without VMX nothing is known of controls. */
	return decode_feature(cpu, FEATURE_VMX) == 1 ? SETTING_FIXED0 : SETTING_UNKNOWN;
}

enum setting decode_control_at(const struct cpu *cpu, uint32_t index, unsigned int bit)
{
	const struct msr_row *row = find_msr(index);
	enum setting fixed0, fixed1;

	if (!row)
		return SETTING_UNKNOWN;
	if (row->form != MSR_FORM_FIXED0 && row->form != MSR_FORM_FIXED1)
		return msr_setting(cpu, row->base, row->form, bit);
	fixed0 = msr_setting(cpu, row->base, MSR_FORM_FIXED0, bit);
	fixed1 = msr_setting(cpu, row->base, MSR_FORM_FIXED1, bit);
	if (fixed0 == SETTING_UNKNOWN || fixed1 == SETTING_UNKNOWN)
		return SETTING_UNKNOWN;
	if (fixed0 == SETTING_FIXED1)
		return fixed1 == SETTING_FIXED0 ? SETTING_NEITHER : SETTING_FIXED1;
	return fixed1;
}

enum setting decode_control(const struct cpu *cpu, const char *name)
{
	struct decode_bit bit;
	uint32_t index;

	if (!decode_find(name, &index, &bit))
		return SETTING_UNKNOWN;
	return decode_control_at(cpu, index, bit.low);
}

int decode_flag(const struct cpu *cpu, const char *name)
{
	struct decode_bit bit;
	uint64_t value;
	uint32_t index;

	if (!decode_find(name, &index, &bit) || bit.low != bit.high ||
	    !cpu_msr_value(cpu, index, &value))
		return -1;
	return value >> bit.low & 1;
}

const char *decode_bit_meaning(uint32_t index, const struct decode_bit *bit, uint64_t value)
{
	static const char *const memory_types[16] = {
		[0] = "uncacheable (UC)",
		[6] = "write-back (WB)",
	};
	/* SDM: "Miscellaneous Data": 512 * (N + 1). */
	static const char *const list_sizes[8] = {
		"512 MSRs", "1024 MSRs", "1536 MSRs", "2048 MSRs",
		"2560 MSRs", "3072 MSRs", "3584 MSRs", "4096 MSRs",
	};
	uint64_t number = decode_bit_value(value, bit);

	if (index == MSR_IA32_VMX_BASIC && bit->low == 50)
		return memory_types[number & 15];
	if (index == MSR_IA32_VMX_MISC && bit->low == 25)
		return list_sizes[number & 7];
	return NULL;
}
