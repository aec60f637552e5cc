// SPDX-License-Identifier: GPL-2.0
/*
 * The text dumps that InstLatx64 publishes, written by AIDA64:
 *
 *	------[ CPUID Registers / Logical CPU #0 ]------	or just "Logical CPU #0"
 *	CPUID 00000007: 00000001-F3BFA7EB-98C07FEE-FC9CC510 [SL 00]
 *	------[ MSR Registers / Logical CPU #0 ]------	without "/ ...": of all CPUs
 *	MSR 00000480: 03DA-0500-0000-0013
 *	MSR 00000049: < FAILED >
 *
 * Everything else is for people. Dumps without [SL nn] give the subleaves in their order.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "import_build.h"

enum { SECTION_OTHER, SECTION_CPUID, SECTION_MSR };

static int heading(struct import *import, const char *title)
{
	const char *number = strstr(title, "Logical CPU #");

	import->n_values = 0;
	import->cpu = -1;
	if (!strncmp(title, "MSR Registers", 13))
		import->section = SECTION_MSR;
	else if (!strncmp(title, "CPUID Registers", 15) || !strncmp(title, "Logical CPU #", 13))
		import->section = SECTION_CPUID;
	else
		import->section = SECTION_OTHER;
	if (import->section == SECTION_OTHER || !number)
		return 0;
	number += strlen("Logical CPU #");
	if (!isdigit((unsigned char)*number))
		return import_error(import, "\"Logical CPU #\" without a number");
	import->cpu = strtol(number, NULL, 10);
	return import_cpu(import, import->cpu);
}

/* Exactly n hex digits, in capitals or not. */
static bool digits(const char **at, unsigned int n, uint64_t *value)
{
	unsigned int i;
	char c;

	for (i = 0; i < n; i++, ++*at) {
		c = **at;
		if (!isxdigit((unsigned char)c))
			return false;
		*value = *value << 4 |
			 (isdigit((unsigned char)c) ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return true;
}

/* Groups of n digits with a dash between them, then a blank or the end. */
static bool groups(const char **at, unsigned int n, uint64_t values[4])
{
	unsigned int i;

	for (i = 0; i < 4; i++) {
		if (i && *(*at)++ != '-')
			return false;
		values[i] = 0;
		if (!digits(at, n, &values[i]))
			return false;
	}
	return !**at || **at == ' ' || **at == '\t';
}

static uint32_t subleaf(struct import *import, uint32_t leaf, const char *rest)
{
	const char *mark = strstr(rest, "[SL ");
	uint64_t number = 0;

	/* Lines of one leaf follow each other: count them. */
	if (import->n_values && import->msr == leaf)
		import->n_values++;
	else
		import->n_values = 1;
	import->msr = leaf;
	if (mark) {
		mark += 4;
		if (digits(&mark, 2, &number) && *mark == ']')
			return number;
	}
	return import->n_values - 1;
}

static int cpuid_line(struct import *import, const char *at)
{
	uint64_t leaf = 0, regs[4];

	if (!digits(&at, 8, &leaf) || *at++ != ':' || *at++ != ' ' || !groups(&at, 8, regs))
		return import_error(import, "not \"CPUID LLLLLLLL: AAAAAAAA-BBBBBBBB-CCCCCCCC-"
				    "DDDDDDDD\"");
	return import_leaf(import, import->cpu, &(struct cpuid_leaf){
		leaf, subleaf(import, leaf, at), regs[0], regs[1], regs[2], regs[3],
	});
}

static int msr_line(struct import *import, const char *at)
{
	uint64_t index = 0, parts[4] = { 0 };
	enum msr_state state = MSR_READ;

	if (!digits(&at, 8, &index) || *at++ != ':' || *at++ != ' ')
		return import_error(import, "not \"MSR IIIIIIII: VVVV-VVVV-VVVV-VVVV\"");
	if (!strncmp(at, "< FAILED >", 10))
		state = MSR_FAULTED;
	else if (!groups(&at, 4, parts))
		return import_error(import, "MSR 0x%x: neither VVVV-VVVV-VVVV-VVVV nor < FAILED >",
				    (unsigned int)index);
	return import_msr(import, import->cpu, index, state,
			  parts[0] << 48 | parts[1] << 32 | parts[2] << 16 | parts[3]);
}

static int take_line(struct import *import, char *line)
{
	size_t dashes = strspn(line, "-");

	if (dashes >= 2 && line[dashes] == '[')
		return heading(import, line + dashes + 1 + strspn(line + dashes + 1, " "));
	if (import->section == SECTION_CPUID && !strncmp(line, "CPUID ", 6))
		return cpuid_line(import, line + 6);
	if (import->section == SECTION_MSR && !strncmp(line, "MSR ", 4))
		return msr_line(import, line + 4);
	return 0;
}

const struct import_format import_instlatx64 = { "instlatx64", take_line, NULL };
