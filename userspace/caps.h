/* SPDX-License-Identifier: GPL-2.0 */
/* CPUs with equal capabilities, and what differs between those that are not equal. */
#ifndef VMXPROBE_CAPS_H
#define VMXPROBE_CAPS_H

#include "cpugroups.h"
#include "decode.h"

/*
 * A line of caps_each_difference(): texts[i] is what group i has, NULL if that is unknown.
 * bits is "all" and name NULL where the MSR as a whole differs, such as absent and read.
 */
typedef void (*caps_difference_fn)(uint32_t msr, const char *bits, const char *name,
				   const char *qemu, const char *const *texts, void *priv);

/* Equal capabilities; for cpu_groups_fold(). */
bool caps_same(const struct cpu *a, const struct cpu *b, const void *arg);
/* Nothing is known of it: offline. */
bool caps_unknown(const struct cpu *cpu);
/* How many groups of CPUs whose capabilities are known. */
size_t caps_known(const struct cpu_groups *caps);

/* Each bit or range that groups with known capabilities do not agree on, in order. */
void caps_each_difference(const struct cpu_groups *caps, caps_difference_fn fn, void *priv);

/* What the CPU has there: "either", "4", "0x13", "absent"; to be freed. */
char *caps_text(const struct cpu *cpu, const struct msr *msr, const struct decode_bit *bit);
/* "30:0", "63"; at most 5 characters. */
void caps_bits_text(const struct decode_bit *bit, char text[8]);
/* The row's name, or "bit 57"; at most 7 characters in the latter case. */
const char *caps_name(const struct decode_bit *bit, char buffer[8]);
/* The state of an MSR without a value: "absent: exists if ...", "faulted: ..."; to be freed. */
char *caps_state_text(const struct msr *msr);

#endif
