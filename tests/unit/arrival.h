/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How a guest of depth "enter" is found after an event: as the SDM says ("Exception and
 * Interrupt Handling"), but for an oddity of one's choice. Written from the SDM and the contract,
 * not from the tool.
 */
#ifndef VMXPROBE_TEST_ARRIVAL_H
#define VMXPROBE_TEST_ARRIVAL_H

#include "model.h"

enum oddity {
	ODD_NOTHING,
	ODD_DROPS_CODE,		/* pushes no error code */
	ODD_ADDS_CODE,		/* pushes one of 0 even if none was asked for */
	ODD_ALTERS_CODE,	/* pushes one more than what was asked for */
	ODD_NEXT_HANDLER,
	ODD_LOSES,		/* goes on as if there were no event */
	ODD_FRAME,		/* pushes one word less */
	ODD_FAULTS,		/* raises #GP (0x1a) instead */
	ODD_SHUTS_DOWN,		/* triple fault instead */
	ODD_HOST_NMI,		/* an NMI of the host ends the guest */
};

/* The outcome of an event that VM entry accepted, as the group would have it read. */
struct outcome arrive(const struct group *group, uint32_t info, enum oddity oddity,
		      struct arrival *arrival);

#endif
