/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CPUs made of rules: a source whose CPUs judge an injection as the SDM's "Checks on VMX
 * Controls" say, in a reading of one's choice. Written from the SDM, not from the tool.
 */
#ifndef VMXPROBE_TEST_SILICON_H
#define VMXPROBE_TEST_SILICON_H

#include "arrival.h"
#include "source.h"

struct silicon {
	bool any_code;		/* IA32_VMX_BASIC[56] */
	bool cet;		/* IA32_VMX_CR4_FIXED1[23] */
	bool footnote;		/* #CP has an error code if CET is there, whatever the list says */
	bool unrestricted;	/* has the unrestricted-guest control */
	bool deaf;		/* has no capability MSRs */
	enum readiness readiness;	/* what is in use is lent to those who borrow */
	enum not_tested untested;	/* answers nothing, for this reason */
	bool enters;		/* lets the guest in on the first probe */
	bool changes_host;	/* leaves DR7 different */
	int timer;		/* 1: has the VMX-preemption timer; -1: says that it has none */
	enum oddity oddity;	/* what it does with a hardware exception of this vector in them */
	uint32_t odd_vector;
	bool other;		/* accepts every "other event" */
	bool low;		/* accepts no vector above 31 in them, for short reports */
};

/* A source of n such CPUs, numbered from 0; aborts if there is no memory. */
void silicon_open(struct source *src, const struct silicon *silicon, size_t n);
/* How many experiments were made, each of one step, an error 12, since silicon_open(). */
unsigned int silicon_experiments(void);
/* The most CPUs that were asked at the same time; waits for that many before it answers. */
void silicon_gather(unsigned int n);
unsigned int silicon_gathered(void);

#endif
