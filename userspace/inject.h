/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Event injection as VMCS fields: what has to be written so that a CPU judges one event for
 * one kind of guest. SDM: "VM-Entry Controls for Event Injection", "Checks on VMX Controls
 * and Host-State Area".
 */
#ifndef VMXPROBE_INJECT_H
#define VMXPROBE_INJECT_H

#include "model.h"

/* VM-entry interruption-information field, GUEST... VM_ENTRY_INTR_INFO. */
#define INTR_INFO_VALID (1u << 31)
#define INTR_INFO_DELIVER_ERROR_CODE (1u << 11)
#define INTR_INFO_TYPE_SHIFT 8

struct inject {
	uint32_t type;		/* 0 to 7 */
	uint32_t vector;	/* 0 to 255 */
	bool deliver_error_code;
	uint32_t error_code;
	uint32_t length;	/* instruction length */
	bool cr0_pe;
	bool unrestricted;	/* the unrestricted-guest control */
	enum depth depth;
	enum guest guest;	/* at DEPTH_ENTER, in place of the two above */
};

uint32_t inject_info(const struct inject *inject);

/* Whether the CPU has the unrestricted-guest control and all it needs. */
bool inject_has_unrestricted(const struct cpu *cpu);

/*
 * The group of this probe on this CPU: one swept value of the interruption-information
 * field, so that probes that differ in nothing else share a base. 0; -ENOTSUP if the CPU
 * lacks the unrestricted-guest control or what the guest needs; -ENODATA if its capability
 * MSRs are not known; -ENOMEM. Clear with group_clear().
 */
int inject_group(const struct cpu *cpu, const struct inject *inject, struct group *group);

#endif
