// SPDX-License-Identifier: GPL-2.0
/*
 * Plain lists of MSRs, as people and scripts write them. A line is one of
 *
 *	0x480 0x00da040000000012	an MSR, by number or name, and its value on all CPUs
 *	IA32_VMX_BASIC = da040000000012 da040000000012	or one value a CPU, from CPU 0 on
 *	0x480 IA32_VMX_BASIC 0x...	number and name, as "vmxprobe caps --raw" prints them
 *	0x480				an MSR alone, and then, as "rdmsr -a" prints them,
 *	da040000000012			one value a line, without 0x, of CPU 0, CPU 1, ...
 *	0x00000001 0x00: eax=0x... ebx=0x... ecx=0x... edx=0x...	as "cpuid -r" prints CPUID,
 *	CPU 0:				and of which CPU; "CPU:" and no such line: of all
 *
 * "faulted" and "failed" stand for a value that RDMSR did not give, "absent" for an MSR that is
 * not there. ":" and "=" after an MSR may be left out; values are always hexadecimal, and so are
 * numbers of MSRs. "#" and what follows it is passed over.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "decode.h"
#include "import_build.h"

#define BLANKS " \t:=,"

static bool hex_number(const char *text, uint64_t max, uint64_t *value)
{
	size_t i;

	if (text[0] == '0' && (text[1] | 0x20) == 'x')
		text += 2;
	*value = 0;
	for (i = 0; isxdigit((unsigned char)text[i]); i++) {
		if (*value >> 60)
			return false;
		*value = *value << 4 | (isdigit((unsigned char)text[i]) ? text[i] - '0' :
					(text[i] | 0x20) - 'a' + 10);
	}
	return i && !text[i] && *value <= max;
}

static bool is_hex(const char *text)
{
	return text[0] == '0' && (text[1] | 0x20) == 'x';
}

static bool msr_name(const char *text, uint32_t *index)
{
	return isalpha((unsigned char)*text) && !strncasecmp(text, "IA32_", 5) &&
	       decode_parse_msr(text, index);
}

/* As many values as every other MSR that has more than one. */
static int end_msr(struct import *import)
{
	size_t n = import->n_values;

	if (!import->msr)
		return 0;
	if (!n)
		return import_error(import, "MSR 0x%x has no value before this line", import->msr);
	import->msr = 0;
	if (n == 1)
		return 0;
	if (import->width && import->width != n)
		return import_error(import, "%zu values up to here, but %u up to line %u: give "
				    "one, or one a CPU", n, import->width, import->width_line);
	import->width = n;
	import->width_line = import->line;
	return 0;
}

static int add_value(struct import *import, const char *text)
{
	enum msr_state state = MSR_READ;
	struct msr first;
	uint64_t value = 0;
	const struct msr *all;

	if (!strcasecmp(text, "faulted") || !strcasecmp(text, "failed"))
		state = MSR_FAULTED;
	else if (!strcasecmp(text, "absent"))
		state = MSR_ABSENT;
	else if (!hex_number(text, UINT64_MAX, &value))
		return import_error(import, "\"%s\" is no value: give up to 16 hex digits, faulted "
				    "or absent", text);
	if (import->n_values > IMPORT_MAX_CPU)
		return import_error(import, "more than %d values of one MSR", IMPORT_MAX_CPU + 1);
	/* The first is that of all, until there is a second. */
	if (!import->n_values++)
		return import_msr(import, -1, import->msr, state, value);
	if (import->n_values == 2) {
		all = cpu_msr(&import->all, import->msr);
		if (all) {
			first = *all;
			if (import_msr(import, 0, first.index, first.state, first.value))
				return -1;
		}
	}
	return import_msr(import, import->n_values - 1, import->msr, state, value);
}

/* "0x1 0x0: eax=0x806f8 ebx=..." */
static int cpuid_line(struct import *import, char **words, size_t n)
{
	static const char *const regs[] = { "eax", "ebx", "ecx", "edx" };
	uint64_t numbers[6];
	size_t i;

	for (i = 0; i < 6 && n == 10; i++) {
		if (i >= 2 && strcasecmp(words[2 * i - 2], regs[i - 2]))
			break;
		if (!hex_number(words[i < 2 ? i : 2 * i - 1], UINT32_MAX, &numbers[i]))
			break;
	}
	if (n != 10 || i < 6)
		return import_error(import,
				    "not \"LEAF SUBLEAF: eax=... ebx=... ecx=... edx=...\"");
	return import_leaf(import, import->cpu, &(struct cpuid_leaf){
		numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5],
	});
}

static int cpu_line(struct import *import, char **words, size_t n)
{
	char *end;

	import->cpu = -1;
	if (n == 1)
		return 0;
	if (n != 2 || !isdigit((unsigned char)*words[1]))
		return import_error(import, "not \"CPU N:\"");
	import->cpu = strtol(words[1], &end, 10);
	if (*end)
		return import_error(import, "not \"CPU N:\"");
	return import_cpu(import, import->cpu);
}

static int msr_line(struct import *import, char **words, size_t n)
{
	uint32_t index, named;
	uint64_t number;
	size_t i = 1;

	if (msr_name(words[0], &index)) {
		/* by name alone */
	} else if (hex_number(words[0], UINT32_MAX, &number)) {
		index = number;
		if (n > 1 && msr_name(words[1], &named)) {
			if (named != index)
				return import_error(import, "%s is not MSR 0x%x", words[1], index);
			i++;
		} else if (n > 1 && !strcasecmp(words[1], "unknown")) {
			i++;	/* "caps --raw" of an MSR without a name */
		}
	} else {
		return import_error(import, "\"%s\" is no MSR: give a number such as 0x480, or a "
				    "name such as IA32_VMX_BASIC", words[0]);
	}
	/* A number alone would be a value of the MSR before it. */
	if (n == 1 && !is_hex(words[0]) && isdigit((unsigned char)*words[0]))
		return import_error(import, "\"%s\" alone: write 0x%s if it is an MSR", words[0],
				    words[0]);
	if (!index || cpu_msr(&import->all, index))
		return import_error(import, "MSR 0x%x %s", index, index ?
				    "is given a second time" : "is none that can be imported");
	import->msr = index;
	import->n_values = 0;
	for (; i < n; i++)
		if (add_value(import, words[i]))
			return -1;
	/* With a value on its line it is complete. */
	return import->n_values ? end_msr(import) : 0;
}

static int take_line(struct import *import, char *line)
{
	size_t n = 0, room = 16, k;
	char **words = NULL, *save = NULL, *word;
	int err = 0;

	line[strcspn(line, "#")] = '\0';
	for (word = strtok_r(line, BLANKS, &save); word; word = strtok_r(NULL, BLANKS, &save)) {
		if (!words || n == room) {
			char **more = reallocarray(words, room *= 2, sizeof(*words));

			if (!more) {
				free(words);
				return import_error(import, "out of memory");
			}
			words = more;
		}
		words[n++] = word;
	}
	if (!n)
		return 0;
	for (k = 0; k < n && strcasecmp(words[k], "eax"); k++)
		;
	if (n == 1 && import->msr && !is_hex(words[0]) && !msr_name(words[0], &(uint32_t){ 0 }) &&
	    strcasecmp(words[0], "CPU"))
		err = add_value(import, words[0]);
	else if (!(err = end_msr(import))) {
		if (k < n)
			err = cpuid_line(import, words, n);
		else if (!strcasecmp(words[0], "CPU"))
			err = cpu_line(import, words, n);
		else
			err = msr_line(import, words, n);
	}
	free(words);
	return err;
}

const struct import_format import_msrs = { "msrs", take_line, end_msr };
