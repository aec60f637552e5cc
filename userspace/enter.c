// SPDX-License-Identifier: GPL-2.0
#include "enter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "guest.h"
#include "inject.h"

#define PIN_PREEMPTION_TIMER 6
#define SECONDARY_EPT 1

#define VECTORS 256

const uint32_t enter_read[ENTER_READS] = {
	GUEST_RSP,
	GUEST_RFLAGS,
	GUEST_CS_SELECTOR,
	GUEST_SS_SELECTOR,
	GUEST_INTERRUPTIBILITY_INFO,
	GUEST_ACTIVITY_STATE,
	VM_EXIT_INSTRUCTION_LEN,
	VM_ENTRY_INTR_INFO_FIELD,
};

static int may_be_1(const struct cpu *cpu, uint32_t msr, unsigned int bit)
{
	switch (decode_control_at(cpu, msr, bit)) {
	case SETTING_FIXED1:
	case SETTING_EITHER:
		return 0;
	case SETTING_UNKNOWN:
		return -ENODATA;
	default:
		return -ENOTSUP;
	}
}

int enter_able(const struct cpu *cpu, enum guest guest)
{
	/* What ends a guest that loops, and what keeps it in its pages. */
	int ret = may_be_1(cpu, MSR_IA32_VMX_PINBASED_CTLS, PIN_PREEMPTION_TIMER);

	if (!ret)
		ret = may_be_1(cpu, MSR_IA32_VMX_PROCBASED_CTLS2, SECONDARY_EPT);
	if (ret)
		return ret;
	return guest != GUEST_REAL || inject_has_unrestricted(cpu) ? 0 : -ENOTSUP;
}

int enter_group(const struct cpu *cpu, enum guest guest, struct group *group)
{
	static const struct field_value set[] = {
		{ VM_ENTRY_EXCEPTION_ERROR_CODE, 0 },
		{ VM_ENTRY_INSTRUCTION_LEN, 1 },
	};
	struct group made = {
		.depth = DEPTH_ENTER,
		.n_set = sizeof(set) / sizeof(set[0]),
		.sweep_field = VM_ENTRY_INTR_INFO_FIELD,
		.guest = guest,
		.n_read = ENTER_READS,
	};
	int ret = enter_able(cpu, guest);

	memset(group, 0, sizeof(*group));
	if (ret)
		return ret;
	made.set = malloc(sizeof(set));
	made.read = malloc(sizeof(enter_read));
	if (!made.set || !made.read) {
		group_clear(&made);
		return -ENOMEM;
	}
	memcpy(made.set, set, sizeof(set));
	memcpy(made.read, enter_read, sizeof(enter_read));
	*group = made;
	return 0;
}

bool enter_vector(uint64_t address, uint32_t *vector)
{
	uint64_t slot = (address - GUEST_HANDLERS) / GUEST_SLOT;

	if (address < GUEST_HANDLERS || slot >= VECTORS || address % GUEST_SLOT)
		return false;
	*vector = slot;
	return true;
}

bool enter_address(const struct group *group, const struct outcome *outcome,
		   const struct arrival *arrival, uint64_t *address)
{
	uint64_t cs = 0;

	if (outcome->kind != OUTCOME_ENTERED || !arrival)
		return false;
	if (group->guest == GUEST_REAL && !enter_field(group, arrival, GUEST_CS_SELECTOR, &cs))
		return false;
	*address = outcome->guest_rip + (cs << 4);
	return true;
}

bool enter_handler(const struct group *group, const struct outcome *outcome,
		   const struct arrival *arrival, uint32_t *vector)
{
	uint64_t address;

	return enter_address(group, outcome, arrival, &address) && enter_vector(address, vector);
}

bool enter_field(const struct group *group, const struct arrival *arrival, uint32_t encoding,
		 uint64_t *value)
{
	for (size_t i = 0; i < group->n_read && i < arrival->n_fields; i++) {
		if (group->read[i] != encoding)
			continue;
		*value = arrival->fields[i];
		return true;
	}
	return false;
}

bool enter_stack(const struct arrival *arrival, unsigned int width, size_t i, uint64_t *value)
{
	/* Whole words only: RSP near the end of its page can leave a part of one. */
	if (i >= arrival->n_stack / width)
		return false;
	*value = 0;
	for (unsigned int byte = 0; byte < width; byte++)
		*value |= (uint64_t)arrival->stack[i * width + byte] << 8 * byte;
	return true;
}

unsigned int enter_stack_width(enum guest guest)
{
	return guest == GUEST_REAL ? 2 : guest == GUEST_PM32 ? 4 : 8;
}
