/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A CPU that checks control fields as the SDM says ("Checks on VMX Controls"), with the
 * capabilities it is given. Written from the SDM, not from the claims.
 */
#ifndef VMXPROBE_TEST_SDM_CONTROLS_H
#define VMXPROBE_TEST_SDM_CONTROLS_H

#include "model.h"

/* Of a control word: the bits that must be 1, and those that may be. */
struct sdm_word {
	uint64_t must, may;
};

struct sdm_controls {
	bool truth;			/* IA32_VMX_BASIC[55] */
	struct sdm_word pin, primary, exit, entry;	/* the TRUE ones if there are */
	struct sdm_word secondary, tertiary;
	uint64_t ept_vpid, vmfunc;
	unsigned int cr3_targets, width;
};

/* The CPU's MSRs and CPUID leaves; free the two arrays. */
struct cpu sdm_controls_cpu(const struct sdm_controls *sdm);
/* What comes of probe i of the group. Its address fields are 0 where the module puts its page. */
struct outcome sdm_controls_answer(const struct sdm_controls *sdm, const struct group *group,
				   size_t i);
/* Does the field exist on this CPU? Of those that hang on a control only. */
bool sdm_controls_has_field(const struct sdm_controls *sdm, uint32_t field);

#endif
