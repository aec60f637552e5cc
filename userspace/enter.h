/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Guests that are really entered: which of them a CPU can have, the group that injects an event
 * into one, and what an arrival says. guest.h has where the guests have what.
 */
#ifndef VMXPROBE_ENTER_H
#define VMXPROBE_ENTER_H

#include "model.h"

/* The VMCS fields that are read after each exit, unless one asks for others. */
#define ENTER_READS 8
extern const uint32_t enter_read[ENTER_READS];

/*
 * 0 if the CPU can enter this guest; -ENOTSUP if it lacks the VMX-preemption timer or, for real
 * mode, unrestricted guest; -ENODATA if its capability MSRs are not known.
 */
int enter_able(const struct cpu *cpu, enum guest guest);

/*
 * A group of depth "enter" that reads enter_read[] and sweeps VM_ENTRY_INTR_INFO_FIELD, as yet
 * over no value. set[0] is VM_ENTRY_EXCEPTION_ERROR_CODE = 0, set[1] VM_ENTRY_INSTRUCTION_LEN = 1,
 * for the caller to change. As enter_able(), or -ENOMEM. Clear with group_clear().
 */
int enter_group(const struct cpu *cpu, enum guest guest, struct group *group);

/* Whose handler is at this linear address; false if none is. */
bool enter_vector(uint64_t address, uint32_t *vector);
/*
 * The linear address that the guest was at when it exited; false if that is not known, as in real
 * mode without GUEST_CS_SELECTOR among the fields read.
 */
bool enter_address(const struct group *group, const struct outcome *outcome,
		   const struct arrival *arrival, uint64_t *address);
/*
 * The vector whose handler the guest was at when it exited: false if it was at none, or that
 * is not known. In real mode RIP alone would name a program as well.
 */
bool enter_handler(const struct group *group, const struct outcome *outcome,
		   const struct arrival *arrival, uint32_t *vector);

/* What a field of the VMCS was at the exit; false if the group did not have it read. */
bool enter_field(const struct group *group, const struct arrival *arrival, uint32_t encoding,
		 uint64_t *value);
/* Word number i of the stack, from RSP on, of width 2, 4 or 8; false beyond what is there. */
bool enter_stack(const struct arrival *arrival, unsigned int width, size_t i, uint64_t *value);
/* The width of what an event pushes in this guest: 2, 4 or 8. */
unsigned int enter_stack_width(enum guest guest);

#endif
