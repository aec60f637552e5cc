/* SPDX-License-Identifier: GPL-2.0 */
/* A guest of sdm_enter.h on its way; for sdm_enter.c and sdm_deliver.c only. */
#ifndef VMXPROBE_TEST_SDM_DELIVER_H
#define VMXPROBE_TEST_SDM_DELIVER_H

#include "sdm_enter.h"

#define CF(bit) (1ull << (bit))
#define RFLAGS_TF CF(8)
#define RFLAGS_IF CF(9)
#define RFLAGS_NT CF(14)
#define RFLAGS_RF CF(16)
#define RFLAGS_VM CF(17)
#define RFLAGS_AC CF(18)

enum { EXT, RESERVED, NMI, HW, SWINT, PRIV, SWEXC, OTHER };
enum { ACTIVE, HALTED, SHUTDOWN };
enum {
	EXIT_EXCEPTION = 0, EXIT_TRIPLE = 2, EXIT_INTR_WINDOW = 7, EXIT_NMI_WINDOW = 8,
	EXIT_TASK = 9, EXIT_HLT = 12, EXIT_VMCALL = 18, EXIT_CR = 28, EXIT_RDMSR = 31,
	EXIT_MTF = 37, EXIT_EPT = 48, EXIT_TIMER = 52,
};

#define STACK_PAGE 0x3000
#define BUSY_TICKS 300		/* that an entry and its exit take */
#define MAX_FIELDS 160

struct sdm_event {
	unsigned int vector, type;
	bool has_code;
	uint32_t code, length;
};

/* A guest on its way. */
struct sdm_run {
	const struct sdm_enter *sdm;
	const struct group *group;
	struct field_value fields[MAX_FIELDS];	/* of the VMCS */
	size_t n;
	uint8_t stack[0x1000];
	uint64_t rip, rsp, rflags, ssp, rax, rdx, cr2, dr6, ticks;
	bool vectoring;		/* the exit is during the delivery of first */
	struct sdm_event first;
	struct outcome out;
};

/* A nested exception: NONE, or one that has an address or an error code. */
struct sdm_fault {
	bool raised, gone;	/* gone: there was an exit at once */
	unsigned int vector;
	uint32_t code;
	uint64_t address;
};

uint64_t *sdm_run_field(struct sdm_run *r, uint32_t encoding);
void sdm_put(struct sdm_run *r, uint32_t encoding, uint64_t value);
/* Does an exception have an error code? */
bool sdm_has_code(unsigned int vector);
bool sdm_buggy(const struct sdm_run *r, enum sdm_bug bug);
bool sdm_is_real(const struct sdm_run *r);
bool sdm_is_long(const struct sdm_run *r);
void sdm_leave(struct sdm_run *r, uint32_t reason, uint64_t qualification);
/* Exit by an exception, during the delivery of r->first or not. */
void sdm_exit_by(struct sdm_run *r, const struct sdm_fault *fault, bool vectoring);
/* Deliver the event, and whatever becomes of that; false if there was an exit. */
bool sdm_deliver(struct sdm_run *r, struct sdm_event e);

#endif
