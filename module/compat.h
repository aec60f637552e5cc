/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between kernels, and nothing else. Tests are for the feature, not for the
 * version: stable and distribution kernels backport.
 */
#ifndef VMXPROBE_COMPAT_H
#define VMXPROBE_COMPAT_H

#include <linux/types.h>
#include <asm/msr.h>

/* The 64-bit MSR accessors changed their last letter from l to q. */
#ifndef rdmsrq
#define rdmsrq(msr, val)	rdmsrl(msr, val)
#define wrmsrq(msr, val)	wrmsrl(msr, val)
#define rdmsrq_safe(msr, p)	rdmsrl_safe(msr, p)
#endif

/* load_gs_index() moved to a header of its own; Kbuild looks for it. */
#ifdef HAVE_ASM_GSSEG_H
#include <asm/gsseg.h>
#else
#include <asm/special_insns.h>
#endif

/* Capability MSRs and CPUID bits that older msr-index.h and cpufeatures.h lack. */
#ifndef MSR_IA32_VMX_PROCBASED_CTLS3
#define MSR_IA32_VMX_PROCBASED_CTLS3	0x00000492
#endif
#ifndef MSR_IA32_VMX_EXIT_CTLS2
#define MSR_IA32_VMX_EXIT_CTLS2		0x00000493
#endif

#endif
