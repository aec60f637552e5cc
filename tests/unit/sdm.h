/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A CPU that does what the SDM says of events and of the guest state that they look at, as far as
 * the claims of claims_inject.def go. Written from the SDM ("Checks on VMX Controls", "Checks on
 * Guest RIP, RFLAGS, and SSP", "Checks on Guest Non-Register State"), not from the claims, so that
 * a claim that says something else is found.
 */
#ifndef VMXPROBE_TEST_SDM_H
#define VMXPROBE_TEST_SDM_H

#include "model.h"

struct sdm {
	bool any_code;		/* IA32_VMX_BASIC[56] */
	bool nested;		/* IA32_VMX_BASIC[58] */
	bool cet, fred;		/* in IA32_VMX_CR4_FIXED1 */
	bool footnote;		/* #CP has an error code if there is CET */
	bool pe_field;		/* CR0.PE counts without unrestricted guest as well */
	bool unrestricted, mtf, virtual_nmi;
	bool length_zero;	/* IA32_VMX_MISC[30] */
	unsigned int activity;	/* IA32_VMX_MISC[8:6] */
	bool sgx, rtm, bus_lock;
};

/* The CPU's MSRs and CPUID leaves; free the two arrays. */
struct cpu sdm_cpu(const struct sdm *sdm);
/* What comes of probe i of the group. */
struct outcome sdm_answer(const struct sdm *sdm, const struct group *group, size_t i);

#endif
