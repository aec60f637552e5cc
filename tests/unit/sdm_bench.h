/* SPDX-License-Identifier: GPL-2.0 */
/* One experiment on a CPU of sdm_vmx.h, step by step; for sdm_experiments*.c. */
#ifndef VMXPROBE_TEST_SDM_BENCH_H
#define VMXPROBE_TEST_SDM_BENCH_H

#include "sdm_vmx.h"

#define BIT(n) (1ull << (n))
#define GUEST_RIP 0x681eu

struct bench {
	struct sdm_vmx cpu;
	const struct sdm_vmx_caps *caps;
	struct experiment made;
	bool has_arg;
	uint64_t arg;
	uint64_t desc[2];
};

void bench_see(struct bench *b, struct outcome outcome);
void bench_see_value(struct bench *b, struct outcome outcome, uint64_t value);
void bench_look(struct bench *b, uint64_t value);
void bench_with(struct bench *b, uint64_t arg);
void bench_see_read(struct bench *b, uint64_t field);
void bench_see_write(struct bench *b, uint64_t field, uint64_t value);
/* VMPTRST, with the number of the region in the contract. */
void bench_see_current(struct bench *b);
void bench_see_entry(struct bench *b, enum insn insn);
void bench_after_mov_ss(struct bench *b, enum insn insn);
void bench_make_shadow(struct bench *b, uint64_t pa);
/* The addresses of a region with each bit turned over, the low ones or those beyond the width. */
void bench_turn(struct bench *b, uint64_t pa, bool low,
		struct outcome (*insn)(struct sdm_vmx *cpu, uint64_t pa));
void bench_see_each_read(struct bench *b, const uint32_t *fields, size_t n);

/* The experiments of a kind; false if it has none with this number. */
bool bench_instruction(struct bench *b, uint32_t id);
bool bench_entry(struct bench *b, uint32_t id);
bool bench_guest(struct bench *b, uint32_t id);

#endif
