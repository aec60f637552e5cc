/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A CPU that checks guest state as the SDM says ("Checks on the Guest State Area"), and of the
 * controls what limits there are. Written from the SDM, not from the claims.
 */
#ifndef VMXPROBE_TEST_SDM_STATE_H
#define VMXPROBE_TEST_SDM_STATE_H

#include "model.h"

struct sdm_state {
	uint32_t entry_must, entry_may, exit_may;
	bool secondary, ept, unrestricted, vpid;
	uint64_t cr0_fixed0, cr0_fixed1, cr4_fixed0, cr4_fixed1;
	unsigned int physical, linear;	/* widths of addresses */
	unsigned int activity;		/* IA32_VMX_MISC[8:6] */
	unsigned int cr3_targets;
	unsigned int perf_version, counters, fixed_counters;
	bool lam, ibt, netburst;
	bool drops_rights;		/* reserved bits of access rights, at VMWRITE */
};

/* The CPU's MSRs and CPUID leaves; free the two arrays. */
struct cpu sdm_state_cpu(const struct sdm_state *sdm);
/* What comes of probe i of the group. */
struct outcome sdm_state_answer(const struct sdm_state *sdm, const struct group *group, size_t i);
/* Does the field exist on this CPU? Of those that hang on a control only. */
bool sdm_state_has_field(const struct sdm_state *sdm, uint32_t field);

#endif
