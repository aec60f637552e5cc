/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a CPU that does what the SDM says (sdm_vmx.h) answers to the module's experiments, each step
 * as the contract, netlink/vmxprobe.yaml, words it.
 */
#ifndef VMXPROBE_TEST_SDM_EXPERIMENTS_H
#define VMXPROBE_TEST_SDM_EXPERIMENTS_H

#include "sdm_vmx.h"

/* Its MSRs and CPUID leaves; free the two arrays. */
struct cpu sdm_vmx_cpu(const struct sdm_vmx_caps *caps);
/* Add the experiment to the CPU; false if there is none with this number. */
bool sdm_experiment(const struct sdm_vmx_caps *caps, uint32_t id, struct cpu *cpu);

#endif
