// SPDX-License-Identifier: GPL-2.0
#include "sdm_experiments.h"

#include <stdlib.h>
#include <string.h>

#include "sdm_bench.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

void bench_see(struct bench *b, struct outcome outcome)
{
	const struct observation seen = { .has_arg = b->has_arg, .arg = b->arg,
					  .outcome = outcome };

	if (experiment_add(&b->made, &seen))
		abort();
}

void bench_see_value(struct bench *b, struct outcome outcome, uint64_t value)
{
	bench_see(b, outcome);
	b->made.list[b->made.n - 1].has_value = true;
	b->made.list[b->made.n - 1].value = value;
}

void bench_look(struct bench *b, uint64_t value)
{
	bench_see_value(b, (struct outcome){ .kind = OUTCOME_OK }, value);
}

void bench_with(struct bench *b, uint64_t arg)
{
	b->has_arg = true;
	b->arg = arg;
}

void bench_see_read(struct bench *b, uint64_t field)
{
	uint64_t value = 0;
	struct outcome outcome = sdm_vmread(&b->cpu, field, &value);

	bench_see_value(b, outcome, value);
}

void bench_see_write(struct bench *b, uint64_t field, uint64_t value)
{
	bench_see(b, sdm_vmwrite(&b->cpu, field, value));
}

/* VMPTRST, with the number of the region in the contract. */
void bench_see_current(struct bench *b)
{
	uint64_t pa = 0;
	struct outcome outcome = sdm_vmptrst(&b->cpu, &pa);

	bench_see_value(b, outcome, pa == UINT64_MAX ? pa : (pa - SDM_VMXON) / 0x1000 + 1);
}

void bench_see_entry(struct bench *b, enum insn insn)
{
	bench_see(b, sdm_vmenter(&b->cpu, insn));
}

void bench_after_mov_ss(struct bench *b, enum insn insn)
{
	b->cpu.mov_ss = true;
	bench_see_entry(b, insn);
}

void bench_make_shadow(struct bench *b, uint64_t pa)
{
	sdm_vmclear(&b->cpu, pa);
	sdm_region(&b->cpu, pa)->word |= 1u << 31;
	sdm_vmptrld(&b->cpu, pa);
}

/* The addresses of a region with each bit turned over, the low ones or those beyond the width. */
void bench_turn(struct bench *b, uint64_t pa, bool low,
		struct outcome (*insn)(struct sdm_vmx *cpu, uint64_t pa))
{
	for (unsigned int bit = low ? 0 : b->caps->width; bit < (low ? 12 : 64); bit++) {
		bench_with(b, bit);
		bench_see(b, insn(&b->cpu, pa ^ BIT(bit)));
	}
}

void bench_see_each_read(struct bench *b, const uint32_t *fields, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bench_with(b, fields[i]);
		bench_see_read(b, fields[i]);
	}
}

bool sdm_experiment(const struct sdm_vmx_caps *caps, uint32_t id, struct cpu *cpu)
{
	struct bench b = { .caps = caps, .made = { .id = id, .why.kind = OUTCOME_OK } };

	sdm_vmx_start(&b.cpu, caps);
	if (!bench_instruction(&b, id) && !bench_entry(&b, id) && !bench_guest(&b, id))
		return false;
	if (cpu_take_experiment(cpu, &b.made))
		abort();
	return true;
}

struct cpu sdm_vmx_cpu(const struct sdm_vmx_caps *caps)
{
	const struct msr msrs[] = {
		{ 0x480, MSR_READ, 0x00da040000000000 | SDM_REVISION },
		{ 0x481, MSR_READ, 0xffull << 32 | SDM_PIN_MUST },
		{ 0x482, MSR_READ, 0xfff9fffe0401e172 },
		{ 0x483, MSR_READ, (uint64_t)caps->exit_may << 32 | 0x36dff },
		{ 0x485, MSR_READ, 0x1e5 | (uint64_t)caps->write_any << 29 },
		{ 0x486, MSR_READ, SDM_CR0_FIXED0 },
		{ 0x487, MSR_READ, SDM_CR0_FIXED1 },
		{ 0x488, MSR_READ, SDM_CR4_FIXED0 },
		{ 0x489, MSR_READ, caps->cr4_fixed1 },
		{ 0x48b, MSR_READ, (uint64_t)caps->ept << 33 | (uint64_t)caps->vpid << 37 |
		  (uint64_t)caps->shadowing << 46 },
		{ 0x48c, MSR_READ, caps->ept_vpid },
		{ 0x48d, MSR_READ, 0xffull << 32 | SDM_PIN_MUST },
		{ 0x48f, MSR_READ, (uint64_t)caps->exit_may << 32 | 0x36dfb },
	};
	const struct cpuid_leaf leaf = { .leaf = 1, .ecx = 1 << 5 };
	struct cpu cpu = { .readiness = READINESS_READY };

	cpu.msrs = malloc(sizeof(msrs));
	memcpy(cpu.msrs, msrs, sizeof(msrs));
	cpu.n_msrs = ARRAY_SIZE(msrs);
	cpu.leaves = malloc(sizeof(leaf));
	*cpu.leaves = leaf;
	cpu.n_leaves = 1;
	return cpu;
}
