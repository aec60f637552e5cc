// SPDX-License-Identifier: GPL-2.0
/* Experiments with instructions other than VM entries. */
#include "sdm_bench.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define UNSUPPORTED 0x7feu

static void vmxon_off(struct bench *b, uint64_t pa)
{
	bench_see(b, sdm_vmxon(&b->cpu, pa));
	sdm_vmxoff(&b->cpu);
}

static void vmxon_family(struct bench *b, uint32_t id)
{
	uint32_t *word = &sdm_region(&b->cpu, SDM_VMXON)->word;

	if (id != 9 && id != 10)
		sdm_vmxoff(&b->cpu);
	switch (id) {
	case 1:
		b->cpu.vmxe = false;
		vmxon_off(b, SDM_VMXON);
		break;
	case 2:
		b->cpu.ne = false;
		vmxon_off(b, SDM_VMXON);
		break;
	case 3:
	case 4:
		bench_turn(b, SDM_VMXON, id == 3, sdm_vmxon);
		break;
	case 5:
		for (unsigned int bit = 0; bit < 31; bit++) {
			bench_with(b, bit);
			*word ^= BIT(bit);
			vmxon_off(b, SDM_VMXON);
			*word ^= BIT(bit);
		}
		break;
	case 6:
		*word |= 1u << 31;
		vmxon_off(b, SDM_VMXON);
		break;
	case 8:
		bench_see(b, sdm_vmxon(&b->cpu, SDM_VMXON));
		bench_see_current(b);
		break;
	case 10:
		sdm_vmclear(&b->cpu, SDM_VMCS);
		bench_see(b, sdm_vmxon(&b->cpu, SDM_VMXON));
		break;
	default:	/* what is behind the first word is nothing to a CPU */
		bench_see(b, sdm_vmxon(&b->cpu, SDM_VMXON));
		break;
	}
}

static void outside(struct bench *b)
{
	struct sdm_vmx *cpu = &b->cpu;
	uint64_t value;

	sdm_vmxoff(cpu);
	bench_with(b, INSN_VMCLEAR);
	bench_see(b, sdm_vmclear(cpu, SDM_SECOND));
	bench_with(b, INSN_VMPTRLD);
	bench_see(b, sdm_vmptrld(cpu, SDM_SECOND));
	bench_with(b, INSN_VMREAD);
	bench_see(b, sdm_vmread(cpu, GUEST_RIP, &value));
	bench_with(b, INSN_VMWRITE);
	bench_see(b, sdm_vmwrite(cpu, GUEST_RIP, 0));
	bench_with(b, INSN_VMLAUNCH);
	bench_see_entry(b, INSN_VMLAUNCH);
	bench_with(b, INSN_VMXOFF);
	bench_see(b, sdm_vmxoff(cpu));
	bench_with(b, INSN_VMPTRST);
	bench_see(b, sdm_vmptrst(cpu, &value));
	bench_with(b, INSN_VMRESUME);
	bench_see_entry(b, INSN_VMRESUME);
	bench_with(b, INSN_INVEPT);
	bench_see(b, sdm_invept(cpu, 2, b->desc));
	bench_with(b, INSN_INVVPID);
	bench_see(b, sdm_invvpid(cpu, 2, b->desc));
}

static void region_family(struct bench *b, uint32_t id)
{
	struct sdm_vmx *cpu = &b->cpu;
	uint32_t *second = &sdm_region(cpu, SDM_SECOND)->word;

	switch (id) {
	case 13:
	case 14:
		bench_turn(b, SDM_SECOND, id == 13, sdm_vmclear);
		break;
	case 15:
		bench_see(b, sdm_vmclear(cpu, SDM_VMXON));
		break;
	case 16:
		*second ^= 1;
		bench_see(b, sdm_vmclear(cpu, SDM_SECOND));
		break;
	case 17:
		bench_see(b, sdm_vmclear(cpu, SDM_VMCS));
		bench_see_current(b);
		break;
	case 18:
	case 19:
		bench_turn(b, SDM_SECOND, id == 18, sdm_vmptrld);
		break;
	case 20:
		bench_see(b, sdm_vmptrld(cpu, SDM_VMXON));
		break;
	case 21:
		for (unsigned int bit = 0; bit < 31; bit++) {
			bench_with(b, bit);
			*second ^= BIT(bit);
			bench_see(b, sdm_vmptrld(cpu, SDM_SECOND));
			bench_see_current(b);
			*second ^= BIT(bit);
		}
		break;
	case 22:
		sdm_region(cpu, SDM_VMCS)->word ^= 1;
		bench_see(b, sdm_vmptrld(cpu, SDM_VMCS));
		break;
	case 23:
		*second |= 1u << 31;
		bench_see(b, sdm_vmptrld(cpu, SDM_SECOND));
		break;
	case 104:
		sdm_vmwrite(cpu, GUEST_RIP, 0x1111);
		sdm_vmclear(cpu, SDM_VMCS);
		sdm_vmptrld(cpu, SDM_SECOND);
		sdm_vmwrite(cpu, GUEST_RIP, 0x2222);
		sdm_vmclear(cpu, SDM_SECOND);
		sdm_vmptrld(cpu, SDM_VMCS);
		bench_see_read(b, GUEST_RIP);
		sdm_vmptrld(cpu, SDM_SECOND);
		bench_see_read(b, GUEST_RIP);
		break;
	case 24:
		sdm_region(cpu, SDM_VMXON)->word ^= 1;
		bench_see(b, sdm_vmptrld(cpu, SDM_VMXON | 8));
		bench_see(b, sdm_vmptrld(cpu, SDM_VMXON));
		break;
	default:
		bench_see_current(b);
		sdm_vmclear(cpu, SDM_VMCS);
		bench_see_current(b);
		break;
	}
}

/* Index 511, which no field has, of each width and type. */
static uint32_t no_field(unsigned int i)
{
	return (i / 4) << 13 | (i % 4) << 10 | 0x3fe;
}

static void read_family(struct bench *b, uint32_t id)
{
	static const uint32_t high[] = { 0x801, 0xc01, 0x4001, 0x4403, 0x6001, 0x6801, 0x6c01 };
	struct outcome outcome;

	switch (id) {
	case 26:
		for (unsigned int i = 0; i < 16; i++) {
			bench_with(b, no_field(i));
			bench_see_read(b, no_field(i));
		}
		break;
	case 27:
	case 28:
		for (unsigned int bit = id == 27 ? 12 : 32; bit < (id == 27 ? 32 : 64); bit++) {
			if (bit == 13 || bit == 14)
				continue;
			bench_with(b, bit);
			bench_see_read(b, GUEST_RIP | BIT(bit));
		}
		break;
	case 29:
		bench_see_each_read(b, high, ARRAY_SIZE(high));
		break;
	case 30:
		bench_see_write(b, 0x2010, 0x1122334455667788);
		bench_see_read(b, 0x2011);
		bench_see_write(b, 0x2011, 0xa5a5a5a5);
		bench_see_read(b, 0x2010);
		break;
	case 32:
		bench_make_shadow(b, SDM_SECOND);
		bench_see_write(b, GUEST_RIP, 0x1234);
		bench_see_read(b, GUEST_RIP);
		break;
	default:
		b->cpu.flags = 0x8d5;
		outcome = sdm_vmread(&b->cpu, GUEST_RIP, NULL);
		bench_see_value(b, outcome, b->cpu.flags);
		break;
	}
}

static void write_family(struct bench *b, uint32_t id)
{
	static const uint32_t shorts[] = { 0x800, 0x80e, 0x4004, 0x4802, 0x482a };
	static const uint32_t read_only[] = { 0x4400, 0x4402, 0x440c, 0x6400, 0x640a };
	static const uint32_t any[] = { 0x4000, 0x4016, 0x2800, 0x6800, 0x6820, 0x6c04, 0xc02 };

	if (id == 34) {
		for (unsigned int i = 0; i < 16; i++) {
			bench_with(b, no_field(i));
			bench_see_write(b, no_field(i), 0);
		}
	} else if (id == 35) {
		for (size_t i = 0; i < ARRAY_SIZE(read_only); i++) {
			bench_with(b, read_only[i]);
			bench_see_write(b, read_only[i], 0);
		}
	} else if (id == 37) {
		for (size_t i = 0; i < ARRAY_SIZE(any); i++) {
			bench_with(b, any[i]);
			bench_see_write(b, any[i], UINT64_MAX);
		}
	} else {
		for (size_t i = 0; i < ARRAY_SIZE(shorts); i++) {
			bench_with(b, shorts[i]);
			bench_see_write(b, shorts[i], id == 31 ? UINT64_MAX : 0x123456789abcdef0);
			bench_see_read(b, shorts[i]);
		}
	}
}

static void flags_family(struct bench *b, uint32_t id)
{
	struct sdm_vmx *cpu = &b->cpu;
	struct outcome outcome;
	uint64_t value;

	cpu->flags = 0x8d5;
	if (id == 41) {
		bench_see_read(b, UNSUPPORTED);
		bench_see_write(b, GUEST_RIP, 0);
		bench_see(b, sdm_vmptrld(cpu, SDM_VMCS));
		bench_see_read(b, 0x4400);
		return;
	}
	if (id == 39)
		sdm_vmclear(cpu, SDM_VMCS);
	outcome = id == 38 ? sdm_vmptrst(cpu, &value) :
			     sdm_vmread(cpu, id == 39 ? GUEST_RIP : UNSUPPORTED, &value);
	bench_see_value(b, outcome, cpu->flags);
}

static const uint64_t types[] = { 0, 1, 2, 3, 4, BIT(31), BIT(32) | 1, BIT(32) | 2, UINT64_MAX };

static uint64_t legal_eptp(const struct bench *b)
{
	return 0x103000 | 3 << 3 | (b->caps->ept_vpid >> 14 & 1 ? 6 : 0);
}

static void invept_family(struct bench *b, uint32_t id)
{
	b->desc[0] = legal_eptp(b);
	switch (id) {
	case 46:
		for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
			bench_with(b, types[i]);
			bench_see(b, sdm_invept(&b->cpu, types[i], b->desc));
		}
		break;
	case 47:
		for (unsigned int bit = 0; bit < 64; bit++) {
			if (bit > 11 && bit < b->caps->width)
				continue;
			bench_with(b, bit);
			b->desc[0] = legal_eptp(b) ^ BIT(bit);
			bench_see(b, sdm_invept(&b->cpu, 1, b->desc));
		}
		break;
	case 48:
		b->desc[0] = UINT64_MAX;
		bench_see(b, sdm_invept(&b->cpu, 2, b->desc));
		break;
	default:
		b->desc[1] = UINT64_MAX;
		for (unsigned int type = 1; type < 3; type++) {
			bench_with(b, type);
			bench_see(b, sdm_invept(&b->cpu, type, id == 49 ? b->desc : NULL));
		}
		break;
	}
}

static void invvpid_family(struct bench *b, uint32_t id)
{
	b->desc[0] = id != 53;
	b->desc[1] = id == 54 ? BIT(62) : 0;
	if (id == 51) {
		for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
			bench_with(b, types[i]);
			bench_see(b, sdm_invvpid(&b->cpu, types[i], b->desc));
		}
		return;
	}
	for (unsigned int type = 0; type < 4; type++) {
		for (unsigned int bit = 16; id == 52 && bit < 64; bit++) {
			bench_with(b, type << 8 | bit);
			b->desc[0] = 1 | BIT(bit);
			bench_see(b, sdm_invvpid(&b->cpu, type, b->desc));
		}
		if (id == 52)
			continue;
		bench_with(b, type);
		bench_see(b, sdm_invvpid(&b->cpu, type, b->desc));
	}
}

static void other_family(struct bench *b, uint32_t id)
{
	if (id == 11) {
		bench_see(b, sdm_vmxoff(&b->cpu));
		bench_see_read(b, 0x4400);
	} else if (id == 12) {
		outside(b);
	} else {
		bench_see(b, id == 44 ? sdm_vmcall(&b->cpu) : sdm_vmfunc(&b->cpu));
	}
}

static const struct {
	uint32_t first, last;
	void (*make)(struct bench *b, uint32_t id);
} families[] = {
	{ 1, 10, vmxon_family },
	{ 13, 25, region_family },
	{ 26, 30, read_family },
	{ 31, 31, write_family },
	{ 32, 33, read_family },
	{ 34, 37, write_family },
	{ 38, 41, flags_family },
	{ 46, 50, invept_family },
	{ 51, 54, invvpid_family },
	{ 104, 104, region_family },
	{ 11, 12, other_family },
	{ 44, 45, other_family },
};

bool bench_instruction(struct bench *b, uint32_t id)
{
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		if (id >= families[i].first && id <= families[i].last) {
			families[i].make(b, id);
			return true;
		}
	}
	return false;
}
