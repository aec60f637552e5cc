/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between kernels, and nothing else. Tests are for the feature, not for the
 * version: stable and distribution kernels backport.
 */
#ifndef VMXPROBE_COMPAT_H
#define VMXPROBE_COMPAT_H

#include <linux/bits.h>
#include <linux/hrtimer.h>
#include <linux/types.h>
#include <asm/msr.h>

/* The 64-bit MSR accessors changed their last letter from l to q. */
#ifndef rdmsrq
#define rdmsrq(msr, val)	rdmsrl(msr, val)
#define wrmsrq(msr, val)	wrmsrl(msr, val)
#define rdmsrq_safe(msr, p)	rdmsrl_safe(msr, p)
#endif

/* load_gs_index() and the CPUID functions moved to headers of their own; Kbuild looks for them. */
#ifdef HAVE_ASM_GSSEG_H
#include <asm/gsseg.h>
#else
#include <asm/special_insns.h>
#endif
#ifdef HAVE_ASM_CPUID_API_H
#include <asm/cpuid/api.h>
#else
#include <asm/processor.h>
#endif

/* A timer and its function are set up in one call. */
#ifndef HAVE_HRTIMER_SETUP
static inline void hrtimer_setup(struct hrtimer *timer,
				 enum hrtimer_restart (*function)(struct hrtimer *timer),
				 clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#endif

/* MSRs and bits of them that an older msr-index.h lacks. */
#ifndef MSR_IA32_VMX_PROCBASED_CTLS3
#define MSR_IA32_VMX_PROCBASED_CTLS3	0x00000492
#endif
#ifndef MSR_IA32_VMX_EXIT_CTLS2
#define MSR_IA32_VMX_EXIT_CTLS2		0x00000493
#endif
#ifndef CET_SHSTK_EN
#define CET_SHSTK_EN			BIT_ULL(0)
#define CET_WRSS_EN			BIT_ULL(1)
#define CET_ENDBR_EN			BIT_ULL(2)
#define CET_LEG_IW_EN			BIT_ULL(3)
#endif

#endif
