// SPDX-License-Identifier: GPL-2.0
/* Experiments with VM entries. */
#include "sdm_bench.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static void order_family(struct bench *b, uint32_t id)
{
	struct sdm_vmx *cpu = &b->cpu;

	if (id == 55) {
		bench_make_shadow(b, SDM_SECOND);
		bench_see_entry(b, INSN_VMLAUNCH);
		bench_see_entry(b, INSN_VMRESUME);
		bench_after_mov_ss(b, INSN_VMLAUNCH);
		return;
	}
	sdm_write_legal(cpu, true);
	switch (id) {
	case 42:
		sdm_vmclear(cpu, SDM_VMCS);
		bench_see_entry(b, INSN_VMLAUNCH);
		bench_see_entry(b, INSN_VMRESUME);
		break;
	case 43:
		bench_see_entry(b, INSN_VMRESUME);
		break;
	case 56:
		bench_after_mov_ss(b, INSN_VMLAUNCH);
		bench_after_mov_ss(b, INSN_VMRESUME);
		break;
	case 57:
		sdm_vmclear(cpu, SDM_VMCS);
		bench_after_mov_ss(b, INSN_VMLAUNCH);
		sdm_vmptrld(cpu, SDM_VMCS);
		bench_after_mov_ss(b, INSN_VMRESUME);
		sdm_vmwrite(cpu, 0x4000, 0);
		bench_see_entry(b, INSN_VMRESUME);
		break;
	case 58:
		sdm_vmwrite(cpu, 0x4000, 0);
		sdm_vmwrite(cpu, 0xc02, 0);
		bench_see_entry(b, INSN_VMLAUNCH);
		break;
	default:
		for (int poison_guest = 1; poison_guest >= 0; poison_guest--) {
			sdm_write_legal(cpu, poison_guest);
			bench_see_entry(b, INSN_VMLAUNCH);
			bench_see_entry(b, INSN_VMRESUME);
			bench_see_entry(b, INSN_VMLAUNCH);
		}
		break;
	}
}

static void failed_family(struct bench *b, uint32_t id)
{
	static const uint32_t information[] = { 0x4404, 0x4408, 0x440c, 0x640a, 0x6402 };
	static const struct sdm_msr_entry listed = { 0x175, 0x1234 };
	struct sdm_vmx *cpu = &b->cpu;

	sdm_write_legal(cpu, true);
	switch (id) {
	case 60:
		for (size_t i = 0; i < ARRAY_SIZE(information); i++)
			sdm_vmwrite(cpu, information[i], 0x5a5a5a5a);
		sdm_vmenter(cpu, INSN_VMLAUNCH);
		bench_see_each_read(b, information, ARRAY_SIZE(information));
		break;
	case 61:
		sdm_vmwrite(cpu, 0x4016, 0x80000202);
		bench_see_entry(b, INSN_VMLAUNCH);
		bench_see_read(b, 0x4016);
		break;
	case 62:	/* neither a guest field nor the area is anything to a failed entry */
		bench_see_entry(b, INSN_VMLAUNCH);
		bench_look(b, 0);
		bench_look(b, 0xc0000081);
		break;
	case 63:
		cpu->exit_load = &listed;
		cpu->n_exit_load = 1;
		bench_see_entry(b, INSN_VMLAUNCH);
		bench_look(b, cpu->dr7);
		bench_look(b, cpu->gdt_limit);
		bench_look(b, cpu->idt_limit);
		bench_look(b, cpu->ldtr);
		bench_look(b, cpu->rflags);
		bench_look(b, cpu->sysenter_esp);
		break;
	default:
		sdm_vmwrite(cpu, 0x4000, 0);
		cpu->flags = 0x8d5;
		bench_see_entry(b, INSN_VMLAUNCH);
		b->made.list[0].has_value = true;
		b->made.list[0].value = cpu->flags;
		bench_look(b, cpu->dr7 == 0x455 && cpu->ldtr == 0x28 ? 0 : 4);
		break;
	}
}

static void try_link(struct bench *b, uint64_t link)
{
	sdm_vmwrite(&b->cpu, 0x2800, link);
	bench_see_entry(b, INSN_VMLAUNCH);
}

static struct outcome launch_with_link(struct sdm_vmx *cpu, uint64_t link)
{
	sdm_vmwrite(cpu, 0x2800, link);
	return sdm_vmenter(cpu, INSN_VMLAUNCH);
}

static void link_family(struct bench *b, uint32_t id)
{
	uint32_t *word = &sdm_region(&b->cpu, SDM_SECOND)->word;

	sdm_write_legal(&b->cpu, false);
	switch (id) {
	case 65:
	case 66:
		bench_turn(b, SDM_SECOND, id == 65, launch_with_link);
		break;
	case 67:
		for (unsigned int bit = 0; bit < 32; bit++) {
			bench_with(b, bit);
			*word ^= BIT(bit);
			try_link(b, SDM_SECOND);
			*word ^= BIT(bit);
		}
		break;
	case 68:
		try_link(b, SDM_VMCS);
		break;
	case 69:
		try_link(b, SDM_SECOND);
		break;
	default:
		sdm_vmwrite(&b->cpu, 0x4002, 0x8401e172);
		sdm_vmwrite(&b->cpu, 0x401e, BIT(14));
		try_link(b, SDM_SECOND);
		*word |= 1u << 31;
		try_link(b, SDM_SECOND);
		break;
	}
}

static void list_family(struct bench *b, uint32_t id)
{
	static const struct {
		uint32_t id, msrs[3];
	} named[] = {
		{ 71, { 0xc0000100, 0xc0000101 } },
		{ 72, { 0x802, 0x80a, 0x8ff } },
		{ 74, { 0x9b } },
		{ 75, { 0x480, 0x489, 0xfe } },
	};
	static struct sdm_msr_entry list[512];

	sdm_write_legal(&b->cpu, false);
	b->cpu.load = list;
	for (size_t i = 0; i < 512; i++)
		list[i] = (struct sdm_msr_entry){ 0x174, 0 };
	if (id == 76 || id == 77) {
		for (unsigned int place = id == 76 ? 1 : 512; place <= (id == 76 ? 8 : 512);
		     place++) {
			if (id == 76)
				bench_with(b, place);
			list[place - 1].index = 0xc0000100;
			b->cpu.n_load = place;
			bench_see_entry(b, INSN_VMLAUNCH);
			list[place - 1].index = 0x174;
		}
		return;
	}
	list[1].index = 0xc0000100;
	b->cpu.n_load = 2;
	for (unsigned int bit = 32; id == 73 && bit < 64; bit++) {
		bench_with(b, bit);
		list[0].index = 0x174 | BIT(bit);
		bench_see_entry(b, INSN_VMLAUNCH);
	}
	for (size_t i = 0; i < ARRAY_SIZE(named); i++) {
		for (size_t k = 0; named[i].id == id && k < 3 && named[i].msrs[k]; k++) {
			if (id != 74)
				bench_with(b, named[i].msrs[k]);
			list[0].index = named[i].msrs[k];
			bench_see_entry(b, INSN_VMLAUNCH);
		}
	}
}

/* With a host field changed, which is put back. */
static void try_host(struct bench *b, uint32_t field, uint64_t value)
{
	uint64_t before = sdm_field(sdm_region(&b->cpu, SDM_VMCS), field);

	sdm_vmwrite(&b->cpu, field, value);
	bench_see_entry(b, INSN_VMLAUNCH);
	sdm_vmwrite(&b->cpu, field, before);
}

static void turn_host(struct bench *b, uint32_t field, uint64_t bits)
{
	uint64_t before = sdm_field(sdm_region(&b->cpu, SDM_VMCS), field);

	for (unsigned int bit = 0; bit < 64; bit++) {
		if (!(bits >> bit & 1))
			continue;
		bench_with(b, bit);
		try_host(b, field, before ^ BIT(bit));
	}
}

static void exit_control(struct bench *b, unsigned int bit)
{
	sdm_vmwrite(&b->cpu, 0x400c, 0x36dff | BIT(bit));
}

static void cet_family(struct bench *b, uint32_t id)
{
	if (id > 83 && id < 91)
		exit_control(b, 28);
	switch (id) {
	case 83:
	case 84:
		sdm_vmwrite(&b->cpu, 0x6c00, 0x80040033);
		try_host(b, 0x6c04, 0x2020 | BIT(23));
		break;
	case 85:
		turn_host(b, 0x6c18, 0x3c0);
		break;
	case 86:
		try_host(b, 0x6c18, 0xc00);
		break;
	case 88:
		turn_host(b, 0x6c1a, 3);
		break;
	case 91:
		sdm_vmwrite(&b->cpu, 0x6c18, BIT(62));
		sdm_vmwrite(&b->cpu, 0x6c1a, BIT(62));
		try_host(b, 0x6c1c, BIT(62));
		break;
	default:
		try_host(b, id == 87 ? 0x6c18 : id == 89 ? 0x6c1a : 0x6c1c, BIT(62));
		break;
	}
}

static void load_family(struct bench *b, uint32_t id)
{
	static const uint8_t pats[2][8] = {
		{ 2, 3, 8, 0x10, 0x20, 0x40, 0x80, 0xff }, { 0, 1, 4, 5, 6, 7, 0, 1 },
	};

	switch (id) {
	case 93:
		exit_control(b, 12);
		turn_host(b, 0x2c04, 0x7fffull << 49);
		break;
	case 96:
		exit_control(b, 21);
		turn_host(b, 0x2c02, ~0xd01ull);
		break;
	case 97:
		exit_control(b, 29);
		turn_host(b, 0x2c06, 0xffffffff00000000);
		break;
	default:
		exit_control(b, 19);
		for (unsigned int i = 0; i < 8; i++) {
			bench_with(b, pats[id == 95][i]);
			try_host(b, 0x2c00,
				 0x07050600070106 | (uint64_t)pats[id == 95][i] << 56);
		}
		break;
	}
}

static void segment_family(struct bench *b, uint32_t id)
{
	static const uint32_t null[] = { 0xc02, 0xc0c, 0xc04 };
	uint32_t from = id == 92 ? 0x6c10 : 0x6c06, to = id == 92 ? 0x6c12 : 0x6c0e;

	if (id > 98 && id < 102) {
		try_host(b, null[id - 99], 0);
		return;
	}
	if (id == 98) {
		for (uint32_t field = 0xc00; field <= 0xc0c; field += 2) {
			for (unsigned int bit = 0; bit < 3; bit++) {
				bench_with(b, bit << 16 | field);
				try_host(b, field, 0x10 | BIT(bit));
			}
		}
		return;
	}
	for (uint32_t field = from; field <= to; field += 2) {
		bench_with(b, field);
		try_host(b, field,
			 sdm_field(sdm_region(&b->cpu, SDM_VMCS), field) ^ BIT(62));
	}
}

static void host_family(struct bench *b, uint32_t id)
{
	static const struct field_value unused[] = {
		{ 0x2c02, BIT(63) | 0xd01 }, { 0x2c00, 2ull << 56 }, { 0x2c04, BIT(63) },
	};

	sdm_write_legal(&b->cpu, true);
	if (id == 103) {
		for (size_t i = 0; i < ARRAY_SIZE(unused); i++) {
			bench_with(b, unused[i].field);
			try_host(b, unused[i].field, unused[i].value);
		}
	} else if (id > 82 && id < 92) {
		cet_family(b, id);
	} else if (id > 92 && id < 98) {
		load_family(b, id);
	} else if (id == 92 || id > 97) {
		segment_family(b, id);
	} else if (id == 78) {
		turn_host(b, 0x6c00, SDM_CR0_FIXED0 | ~(uint64_t)SDM_CR0_FIXED1);
	} else if (id == 79) {
		turn_host(b, 0x6c04, SDM_CR4_FIXED0 | ~b->caps->cr4_fixed1);
	} else if (id == 80) {
		for (unsigned int bit = 0; bit < 24; bit++) {
			if (!(b->caps->cr4_fixed1 >> bit & 1))
				continue;
			bench_with(b, bit);
			try_host(b, 0x6c04, 0x2020 | BIT(bit));
		}
	} else {
		try_host(b, 0x6c04, id == 81 ? 0x2020 | BIT(17) : 0x2000);
	}
}

static const struct {
	uint32_t first, last;
	void (*make)(struct bench *b, uint32_t id);
} families[] = {
	{ 42, 43, order_family },
	{ 55, 59, order_family },
	{ 60, 64, failed_family },
	{ 65, 70, link_family },
	{ 71, 77, list_family },
	{ 78, 103, host_family },
};

bool bench_entry(struct bench *b, uint32_t id)
{
	for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
		if (id >= families[i].first && id <= families[i].last) {
			families[i].make(b, id);
			return true;
		}
	}
	return false;
}
