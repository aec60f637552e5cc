/* SPDX-License-Identifier: GPL-2.0 */
/* What the map of a CPU's VMCS fields says, beside the tables of what is documented. */
#ifndef VMXPROBE_FIELDMAP_H
#define VMXPROBE_FIELDMAP_H

#include "decode.h"

enum field_due {
	FIELD_NOT_DUE,		/* the CPU's capabilities say that it does not exist */
	FIELD_DUE,
	FIELD_DUE_UNKNOWN,
};

enum field_due fieldmap_due(const struct cpu *cpu, const struct decode_field *field);
/* "yes", or "no, if P2.1[17]"; to be freed. */
char *fieldmap_why(const struct decode_field *field, enum field_due due);

/* Does a table have it, as a field or as the high half of a 64-bit one? */
bool fieldmap_documented(uint32_t encoding);

/* Undocumented encodings of one width and type and with equal access, 1 or 2 apart. */
struct fieldmap_range {
	uint32_t first, last, step;
	size_t count;
	const struct field_access *access;	/* of the first */
	size_t at;		/* where the next one begins to be looked for */
};

/* The next one; false if there is none. Start with one of all zeroes. */
bool fieldmap_undocumented(const struct field_map *map, struct fieldmap_range *range);

struct fieldmap_summary {
	size_t known;		/* documented fields there are */
	size_t documented;	/* of them the CPU has */
	size_t read_only, read_only_writable;	/* documented ones that can be read; and written */
	const struct field_access *highest;	/* that can be read, by index; NULL: none can */
};

/* Bits 9:1 of an encoding. */
static inline unsigned int fieldmap_index(uint32_t encoding)
{
	return encoding >> 1 & 0x1ff;
}

void fieldmap_sum(const struct cpu *cpu, struct fieldmap_summary *sum);
/* Why there is no map; to be freed. */
char *fieldmap_unscanned(const struct cpu *cpu);

#endif
