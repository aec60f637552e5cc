// SPDX-License-Identifier: GPL-2.0
#include "sdm_experiments.h"

#include <stdlib.h>
#include <string.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define BIT(n) (1ull << (n))
#define UNSUPPORTED 0x7feu
#define GUEST_RIP 0x681eu

/* One experiment that is under way. */
struct bench {
	struct sdm_vmx cpu;
	const struct sdm_vmx_caps *caps;
	struct experiment made;
	bool has_arg;
	uint64_t arg;
	uint64_t desc[2];
};

static void see(struct bench *b, struct outcome outcome)
{
	const struct observation seen = { .has_arg = b->has_arg, .arg = b->arg,
					  .outcome = outcome };

	if (experiment_add(&b->made, &seen))
		abort();
}

static void see_value(struct bench *b, struct outcome outcome, uint64_t value)
{
	see(b, outcome);
	b->made.list[b->made.n - 1].has_value = true;
	b->made.list[b->made.n - 1].value = value;
}

static void look(struct bench *b, uint64_t value)
{
	see_value(b, (struct outcome){ .kind = OUTCOME_OK }, value);
}

static void with(struct bench *b, uint64_t arg)
{
	b->has_arg = true;
	b->arg = arg;
}

static void see_read(struct bench *b, uint64_t field)
{
	uint64_t value = 0;
	struct outcome outcome = sdm_vmread(&b->cpu, field, &value);

	see_value(b, outcome, value);
}

static void see_write(struct bench *b, uint64_t field, uint64_t value)
{
	see(b, sdm_vmwrite(&b->cpu, field, value));
}

/* VMPTRST, with the number of the region in the contract. */
static void see_current(struct bench *b)
{
	uint64_t pa = 0;
	struct outcome outcome = sdm_vmptrst(&b->cpu, &pa);

	see_value(b, outcome, pa == UINT64_MAX ? pa : (pa - SDM_VMXON) / 0x1000 + 1);
}

static void see_entry(struct bench *b, enum insn insn)
{
	see(b, sdm_vmenter(&b->cpu, insn));
}

static void after_mov_ss(struct bench *b, enum insn insn)
{
	b->cpu.mov_ss = true;
	see_entry(b, insn);
}

static void make_shadow(struct bench *b, uint64_t pa)
{
	sdm_vmclear(&b->cpu, pa);
	sdm_region(&b->cpu, pa)->word |= 1u << 31;
	sdm_vmptrld(&b->cpu, pa);
}

/* The addresses of a region with each bit turned over, the low ones or those beyond the width. */
static void turn(struct bench *b, uint64_t pa, bool low,
		 struct outcome (*insn)(struct sdm_vmx *cpu, uint64_t pa))
{
	for (unsigned int bit = low ? 0 : b->caps->width; bit < (low ? 12 : 64); bit++) {
		with(b, bit);
		see(b, insn(&b->cpu, pa ^ BIT(bit)));
	}
}

static void vmxon_off(struct bench *b, uint64_t pa)
{
	see(b, sdm_vmxon(&b->cpu, pa));
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
		turn(b, SDM_VMXON, id == 3, sdm_vmxon);
		break;
	case 5:
		for (unsigned int bit = 0; bit < 31; bit++) {
			with(b, bit);
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
		see(b, sdm_vmxon(&b->cpu, SDM_VMXON));
		see_current(b);
		break;
	case 10:
		sdm_vmclear(&b->cpu, SDM_VMCS);
		see(b, sdm_vmxon(&b->cpu, SDM_VMXON));
		break;
	default:	/* what is behind the first word is nothing to a CPU */
		see(b, sdm_vmxon(&b->cpu, SDM_VMXON));
		break;
	}
}

static void outside(struct bench *b)
{
	struct sdm_vmx *cpu = &b->cpu;
	uint64_t value;

	sdm_vmxoff(cpu);
	with(b, INSN_VMCLEAR);
	see(b, sdm_vmclear(cpu, SDM_SECOND));
	with(b, INSN_VMPTRLD);
	see(b, sdm_vmptrld(cpu, SDM_SECOND));
	with(b, INSN_VMREAD);
	see(b, sdm_vmread(cpu, GUEST_RIP, &value));
	with(b, INSN_VMWRITE);
	see(b, sdm_vmwrite(cpu, GUEST_RIP, 0));
	with(b, INSN_VMLAUNCH);
	see_entry(b, INSN_VMLAUNCH);
	with(b, INSN_VMXOFF);
	see(b, sdm_vmxoff(cpu));
	with(b, INSN_VMPTRST);
	see(b, sdm_vmptrst(cpu, &value));
	with(b, INSN_VMRESUME);
	see_entry(b, INSN_VMRESUME);
	with(b, INSN_INVEPT);
	see(b, sdm_invept(cpu, 2, b->desc));
	with(b, INSN_INVVPID);
	see(b, sdm_invvpid(cpu, 2, b->desc));
}

static void region_family(struct bench *b, uint32_t id)
{
	struct sdm_vmx *cpu = &b->cpu;
	uint32_t *second = &sdm_region(cpu, SDM_SECOND)->word;

	switch (id) {
	case 13:
	case 14:
		turn(b, SDM_SECOND, id == 13, sdm_vmclear);
		break;
	case 15:
		see(b, sdm_vmclear(cpu, SDM_VMXON));
		break;
	case 16:
		*second ^= 1;
		see(b, sdm_vmclear(cpu, SDM_SECOND));
		break;
	case 17:
		see(b, sdm_vmclear(cpu, SDM_VMCS));
		see_current(b);
		break;
	case 18:
	case 19:
		turn(b, SDM_SECOND, id == 18, sdm_vmptrld);
		break;
	case 20:
		see(b, sdm_vmptrld(cpu, SDM_VMXON));
		break;
	case 21:
		for (unsigned int bit = 0; bit < 31; bit++) {
			with(b, bit);
			*second ^= BIT(bit);
			see(b, sdm_vmptrld(cpu, SDM_SECOND));
			see_current(b);
			*second ^= BIT(bit);
		}
		break;
	case 22:
		sdm_region(cpu, SDM_VMCS)->word ^= 1;
		see(b, sdm_vmptrld(cpu, SDM_VMCS));
		break;
	case 23:
		*second |= 1u << 31;
		see(b, sdm_vmptrld(cpu, SDM_SECOND));
		break;
	case 104:
		sdm_vmwrite(cpu, GUEST_RIP, 0x1111);
		sdm_vmclear(cpu, SDM_VMCS);
		sdm_vmptrld(cpu, SDM_SECOND);
		sdm_vmwrite(cpu, GUEST_RIP, 0x2222);
		sdm_vmclear(cpu, SDM_SECOND);
		sdm_vmptrld(cpu, SDM_VMCS);
		see_read(b, GUEST_RIP);
		sdm_vmptrld(cpu, SDM_SECOND);
		see_read(b, GUEST_RIP);
		break;
	case 24:
		sdm_region(cpu, SDM_VMXON)->word ^= 1;
		see(b, sdm_vmptrld(cpu, SDM_VMXON | 8));
		see(b, sdm_vmptrld(cpu, SDM_VMXON));
		break;
	default:
		see_current(b);
		sdm_vmclear(cpu, SDM_VMCS);
		see_current(b);
		break;
	}
}

/* Index 511, which no field has, of each width and type. */
static uint32_t no_field(unsigned int i)
{
	return (i / 4) << 13 | (i % 4) << 10 | 0x3fe;
}

static void see_each_read(struct bench *b, const uint32_t *fields, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		with(b, fields[i]);
		see_read(b, fields[i]);
	}
}

static void read_family(struct bench *b, uint32_t id)
{
	static const uint32_t high[] = { 0x801, 0xc01, 0x4001, 0x4403, 0x6001, 0x6801, 0x6c01 };
	struct outcome outcome;

	switch (id) {
	case 26:
		for (unsigned int i = 0; i < 16; i++) {
			with(b, no_field(i));
			see_read(b, no_field(i));
		}
		break;
	case 27:
	case 28:
		for (unsigned int bit = id == 27 ? 12 : 32; bit < (id == 27 ? 32 : 64); bit++) {
			if (bit == 13 || bit == 14)
				continue;
			with(b, bit);
			see_read(b, GUEST_RIP | BIT(bit));
		}
		break;
	case 29:
		see_each_read(b, high, ARRAY_SIZE(high));
		break;
	case 30:
		see_write(b, 0x2010, 0x1122334455667788);
		see_read(b, 0x2011);
		see_write(b, 0x2011, 0xa5a5a5a5);
		see_read(b, 0x2010);
		break;
	case 32:
		make_shadow(b, SDM_SECOND);
		see_write(b, GUEST_RIP, 0x1234);
		see_read(b, GUEST_RIP);
		break;
	default:
		b->cpu.flags = 0x8d5;
		outcome = sdm_vmread(&b->cpu, GUEST_RIP, NULL);
		see_value(b, outcome, b->cpu.flags);
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
			with(b, no_field(i));
			see_write(b, no_field(i), 0);
		}
	} else if (id == 35) {
		for (size_t i = 0; i < ARRAY_SIZE(read_only); i++) {
			with(b, read_only[i]);
			see_write(b, read_only[i], 0);
		}
	} else if (id == 37) {
		for (size_t i = 0; i < ARRAY_SIZE(any); i++) {
			with(b, any[i]);
			see_write(b, any[i], UINT64_MAX);
		}
	} else {
		for (size_t i = 0; i < ARRAY_SIZE(shorts); i++) {
			with(b, shorts[i]);
			see_write(b, shorts[i], id == 31 ? UINT64_MAX : 0x123456789abcdef0);
			see_read(b, shorts[i]);
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
		see_read(b, UNSUPPORTED);
		see_write(b, GUEST_RIP, 0);
		see(b, sdm_vmptrld(cpu, SDM_VMCS));
		see_read(b, 0x4400);
		return;
	}
	if (id == 39)
		sdm_vmclear(cpu, SDM_VMCS);
	outcome = id == 38 ? sdm_vmptrst(cpu, &value) :
			     sdm_vmread(cpu, id == 39 ? GUEST_RIP : UNSUPPORTED, &value);
	see_value(b, outcome, cpu->flags);
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
			with(b, types[i]);
			see(b, sdm_invept(&b->cpu, types[i], b->desc));
		}
		break;
	case 47:
		for (unsigned int bit = 0; bit < 64; bit++) {
			if (bit > 11 && bit < b->caps->width)
				continue;
			with(b, bit);
			b->desc[0] = legal_eptp(b) ^ BIT(bit);
			see(b, sdm_invept(&b->cpu, 1, b->desc));
		}
		break;
	case 48:
		b->desc[0] = UINT64_MAX;
		see(b, sdm_invept(&b->cpu, 2, b->desc));
		break;
	default:
		b->desc[1] = UINT64_MAX;
		for (unsigned int type = 1; type < 3; type++) {
			with(b, type);
			see(b, sdm_invept(&b->cpu, type, id == 49 ? b->desc : NULL));
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
			with(b, types[i]);
			see(b, sdm_invvpid(&b->cpu, types[i], b->desc));
		}
		return;
	}
	for (unsigned int type = 0; type < 4; type++) {
		for (unsigned int bit = 16; id == 52 && bit < 64; bit++) {
			with(b, type << 8 | bit);
			b->desc[0] = 1 | BIT(bit);
			see(b, sdm_invvpid(&b->cpu, type, b->desc));
		}
		if (id == 52)
			continue;
		with(b, type);
		see(b, sdm_invvpid(&b->cpu, type, b->desc));
	}
}

static void order_family(struct bench *b, uint32_t id)
{
	struct sdm_vmx *cpu = &b->cpu;

	if (id == 55) {
		make_shadow(b, SDM_SECOND);
		see_entry(b, INSN_VMLAUNCH);
		see_entry(b, INSN_VMRESUME);
		after_mov_ss(b, INSN_VMLAUNCH);
		return;
	}
	sdm_write_legal(cpu, true);
	switch (id) {
	case 42:
		sdm_vmclear(cpu, SDM_VMCS);
		see_entry(b, INSN_VMLAUNCH);
		see_entry(b, INSN_VMRESUME);
		break;
	case 43:
		see_entry(b, INSN_VMRESUME);
		break;
	case 56:
		after_mov_ss(b, INSN_VMLAUNCH);
		after_mov_ss(b, INSN_VMRESUME);
		break;
	case 57:
		sdm_vmclear(cpu, SDM_VMCS);
		after_mov_ss(b, INSN_VMLAUNCH);
		sdm_vmptrld(cpu, SDM_VMCS);
		after_mov_ss(b, INSN_VMRESUME);
		sdm_vmwrite(cpu, 0x4000, 0);
		see_entry(b, INSN_VMRESUME);
		break;
	case 58:
		sdm_vmwrite(cpu, 0x4000, 0);
		sdm_vmwrite(cpu, 0xc02, 0);
		see_entry(b, INSN_VMLAUNCH);
		break;
	default:
		for (int poison_guest = 1; poison_guest >= 0; poison_guest--) {
			sdm_write_legal(cpu, poison_guest);
			see_entry(b, INSN_VMLAUNCH);
			see_entry(b, INSN_VMRESUME);
			see_entry(b, INSN_VMLAUNCH);
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
		see_each_read(b, information, ARRAY_SIZE(information));
		break;
	case 61:
		sdm_vmwrite(cpu, 0x4016, 0x80000202);
		see_entry(b, INSN_VMLAUNCH);
		see_read(b, 0x4016);
		break;
	case 62:	/* neither a guest field nor the area is anything to a failed entry */
		see_entry(b, INSN_VMLAUNCH);
		look(b, 0);
		look(b, 0xc0000081);
		break;
	case 63:
		cpu->exit_load = &listed;
		cpu->n_exit_load = 1;
		see_entry(b, INSN_VMLAUNCH);
		look(b, cpu->dr7);
		look(b, cpu->gdt_limit);
		look(b, cpu->idt_limit);
		look(b, cpu->ldtr);
		look(b, cpu->rflags);
		look(b, cpu->sysenter_esp);
		break;
	default:
		sdm_vmwrite(cpu, 0x4000, 0);
		cpu->flags = 0x8d5;
		see_entry(b, INSN_VMLAUNCH);
		b->made.list[0].has_value = true;
		b->made.list[0].value = cpu->flags;
		look(b, cpu->dr7 == 0x455 && cpu->ldtr == 0x28 ? 0 : 4);
		break;
	}
}

static void try_link(struct bench *b, uint64_t link)
{
	sdm_vmwrite(&b->cpu, 0x2800, link);
	see_entry(b, INSN_VMLAUNCH);
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
		turn(b, SDM_SECOND, id == 65, launch_with_link);
		break;
	case 67:
		for (unsigned int bit = 0; bit < 32; bit++) {
			with(b, bit);
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
				with(b, place);
			list[place - 1].index = 0xc0000100;
			b->cpu.n_load = place;
			see_entry(b, INSN_VMLAUNCH);
			list[place - 1].index = 0x174;
		}
		return;
	}
	list[1].index = 0xc0000100;
	b->cpu.n_load = 2;
	for (unsigned int bit = 32; id == 73 && bit < 64; bit++) {
		with(b, bit);
		list[0].index = 0x174 | BIT(bit);
		see_entry(b, INSN_VMLAUNCH);
	}
	for (size_t i = 0; i < ARRAY_SIZE(named); i++) {
		for (size_t k = 0; named[i].id == id && k < 3 && named[i].msrs[k]; k++) {
			if (id != 74)
				with(b, named[i].msrs[k]);
			list[0].index = named[i].msrs[k];
			see_entry(b, INSN_VMLAUNCH);
		}
	}
}

/* With a host field changed, which is put back. */
static void try_host(struct bench *b, uint32_t field, uint64_t value)
{
	uint64_t before = sdm_field(sdm_region(&b->cpu, SDM_VMCS), field);

	sdm_vmwrite(&b->cpu, field, value);
	see_entry(b, INSN_VMLAUNCH);
	sdm_vmwrite(&b->cpu, field, before);
}

static void turn_host(struct bench *b, uint32_t field, uint64_t bits)
{
	uint64_t before = sdm_field(sdm_region(&b->cpu, SDM_VMCS), field);

	for (unsigned int bit = 0; bit < 64; bit++) {
		if (!(bits >> bit & 1))
			continue;
		with(b, bit);
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
			with(b, pats[id == 95][i]);
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
				with(b, bit << 16 | field);
				try_host(b, field, 0x10 | BIT(bit));
			}
		}
		return;
	}
	for (uint32_t field = from; field <= to; field += 2) {
		with(b, field);
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
			with(b, unused[i].field);
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
			with(b, bit);
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
	{ 1, 10, vmxon_family }, { 13, 25, region_family }, { 26, 30, read_family },
	{ 31, 31, write_family }, { 32, 33, read_family }, { 34, 37, write_family },
	{ 38, 41, flags_family }, { 42, 43, order_family }, { 46, 50, invept_family },
	{ 51, 54, invvpid_family }, { 55, 59, order_family }, { 60, 64, failed_family },
	{ 65, 70, link_family }, { 71, 77, list_family }, { 78, 103, host_family },
	{ 104, 104, region_family },
};

bool sdm_experiment(const struct sdm_vmx_caps *caps, uint32_t id, struct cpu *cpu)
{
	struct bench b = { .caps = caps, .made = { .id = id, .why.kind = OUTCOME_OK } };

	sdm_vmx_start(&b.cpu, caps);
	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		if (id >= families[i].first && id <= families[i].last)
			families[i].make(&b, id);
	if (id == 11) {
		see(&b, sdm_vmxoff(&b.cpu));
		see_read(&b, 0x4400);
	} else if (id == 12) {
		outside(&b);
	} else if (id == 44 || id == 45) {
		see(&b, id == 44 ? sdm_vmcall(&b.cpu) : sdm_vmfunc(&b.cpu));
	}
	if (!b.made.n)
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
