// SPDX-License-Identifier: GPL-2.0
#include "sdm_vmx.h"

#include <stdlib.h>
#include <string.h>

#define NONE UINT64_MAX
#define UD 6
#define GP 13
#define PF 14
#define CF 1
#define ZF 0x40

struct sdm_region *sdm_region(struct sdm_vmx *cpu, uint64_t pa)
{
	switch (pa) {
	case SDM_VMXON:
		return &cpu->regions[0];
	case SDM_VMCS:
		return &cpu->regions[1];
	case SDM_SECOND:
		return &cpu->regions[2];
	default:
		return NULL;
	}
}

static struct field_value *slot(struct sdm_region *vmcs, uint32_t field)
{
	for (size_t i = 0; i < vmcs->n; i++)
		if (vmcs->fields[i].field == field)
			return &vmcs->fields[i];
	if (vmcs->n == SDM_FIELDS)
		abort();
	vmcs->fields[vmcs->n] = (struct field_value){ field, 0 };
	return &vmcs->fields[vmcs->n++];
}

uint64_t sdm_field(const struct sdm_region *vmcs, uint32_t field)
{
	for (size_t i = 0; i < vmcs->n; i++)
		if (vmcs->fields[i].field == field)
			return vmcs->fields[i].value;
	return 0;
}

void sdm_vmx_start(struct sdm_vmx *cpu, const struct sdm_vmx_caps *caps)
{
	memset(cpu, 0, sizeof(*cpu));
	cpu->caps = caps;
	for (size_t i = 0; i < 3; i++)
		cpu->regions[i].word = SDM_REVISION;
	cpu->vmxe = cpu->ne = cpu->root = true;
	cpu->vmxon = SDM_VMXON;
	cpu->current = SDM_VMCS;
	cpu->dr7 = 0x455;
	cpu->gdt_limit = cpu->idt_limit = 0x7f;
	cpu->ldtr = 0x28;
	cpu->rflags = 0x46;
}

/* "Conventions" */

static struct outcome succeed(struct sdm_vmx *cpu, enum insn insn)
{
	cpu->flags = 0;
	return (struct outcome){ .kind = OUTCOME_OK, .insn = insn };
}

static struct outcome fail_invalid(struct sdm_vmx *cpu, enum insn insn)
{
	cpu->flags = CF;
	return (struct outcome){ .kind = OUTCOME_FAIL_INVALID, .insn = insn };
}

static struct outcome fail(struct sdm_vmx *cpu, enum insn insn, uint32_t error)
{
	if (cpu->current == NONE)
		return fail_invalid(cpu, insn);
	cpu->flags = ZF;
	slot(sdm_region(cpu, cpu->current), 0x4400)->value = error;
	return (struct outcome){ .kind = OUTCOME_FAIL_VALID, .insn = insn, .error = error };
}

static struct outcome fault(enum insn insn, uint32_t vector)
{
	return (struct outcome){ .kind = OUTCOME_FAULT, .insn = insn, .vector = vector };
}

static bool legal_address(const struct sdm_vmx *cpu, uint64_t pa)
{
	return !(pa & 0xfff) && !(pa >> cpu->caps->width);
}

struct outcome sdm_vmxon(struct sdm_vmx *cpu, uint64_t pa)
{
	if (!cpu->vmxe)
		return fault(INSN_VMXON, UD);
	if (cpu->root)
		return fail(cpu, INSN_VMXON, 15);
	if (!cpu->ne)
		return fault(INSN_VMXON, GP);
	/* Outside VMX operation there is no current VMCS for an error number. */
	if (!legal_address(cpu, pa) || sdm_region(cpu, pa)->word != SDM_REVISION)
		return fail_invalid(cpu, INSN_VMXON);
	cpu->root = true;
	cpu->vmxon = pa;
	cpu->current = NONE;
	return succeed(cpu, INSN_VMXON);
}

struct outcome sdm_vmxoff(struct sdm_vmx *cpu)
{
	if (!cpu->root)
		return fault(INSN_VMXOFF, UD);
	cpu->root = false;
	cpu->current = NONE;
	return succeed(cpu, INSN_VMXOFF);
}

struct outcome sdm_vmclear(struct sdm_vmx *cpu, uint64_t pa)
{
	if (!cpu->root)
		return fault(INSN_VMCLEAR, UD);
	if (!legal_address(cpu, pa))
		return fail(cpu, INSN_VMCLEAR, 2);
	if (pa == cpu->vmxon)
		return fail(cpu, INSN_VMCLEAR, 3);
	sdm_region(cpu, pa)->launched = false;
	if (pa == cpu->current)
		cpu->current = NONE;
	return succeed(cpu, INSN_VMCLEAR);
}

struct outcome sdm_vmptrld(struct sdm_vmx *cpu, uint64_t pa)
{
	uint32_t word;

	if (!cpu->root)
		return fault(INSN_VMPTRLD, UD);
	if (!legal_address(cpu, pa))
		return fail(cpu, INSN_VMPTRLD, 9);
	if (pa == cpu->vmxon)
		return fail(cpu, INSN_VMPTRLD, 10);
	word = sdm_region(cpu, pa)->word;
	if ((pa != cpu->current || cpu->caps->current_checked) &&
	    ((word & 0x7fffffff) != SDM_REVISION || (word >> 31 && !cpu->caps->shadowing)))
		return fail(cpu, INSN_VMPTRLD, 11);
	cpu->current = pa;
	return succeed(cpu, INSN_VMPTRLD);
}

struct outcome sdm_vmptrst(struct sdm_vmx *cpu, uint64_t *pa)
{
	if (!cpu->root)
		return fault(INSN_VMPTRST, UD);
	*pa = cpu->current;
	return succeed(cpu, INSN_VMPTRST);
}

/* Is there a field with this encoding? Its index is in bits 9:1; none has one above 0x40. */
static bool supported(uint64_t field)
{
	return !(field >> 15) && !(field & 0x1000) && (field >> 1 & 0x1ff) <= 0x40 &&
	       (!(field & 1) || field >> 13 == 1);
}

static uint64_t width_mask(uint64_t field)
{
	return field >> 13 == 0 ? 0xffff : field >> 13 == 2 ? 0xffffffff : UINT64_MAX;
}

struct outcome sdm_vmread(struct sdm_vmx *cpu, uint64_t field, uint64_t *value)
{
	if (!cpu->root)
		return fault(INSN_VMREAD, UD);
	if (cpu->current == NONE)
		return fail_invalid(cpu, INSN_VMREAD);
	if (!supported(field))
		return fail(cpu, INSN_VMREAD, 12);
	/* Only now is a memory operand written. */
	if (!value)
		return fault(INSN_VMREAD, PF);
	*value = sdm_field(sdm_region(cpu, cpu->current), field & ~1u);
	if (field & 1)
		*value >>= 32;
	return succeed(cpu, INSN_VMREAD);
}

struct outcome sdm_vmwrite(struct sdm_vmx *cpu, uint64_t field, uint64_t value)
{
	uint64_t *to;

	if (!cpu->root)
		return fault(INSN_VMWRITE, UD);
	if (cpu->current == NONE)
		return fail_invalid(cpu, INSN_VMWRITE);
	if (!supported(field))
		return fail(cpu, INSN_VMWRITE, 12);
	if ((field >> 10 & 3) == 1 && !cpu->caps->write_any)
		return fail(cpu, INSN_VMWRITE, 13);
	to = &slot(sdm_region(cpu, cpu->current), field & ~1u)->value;
	if (field & 1)
		*to = (*to & 0xffffffff) | value << 32;
	else
		*to = value & width_mask(field);
	return succeed(cpu, INSN_VMWRITE);
}

/* "Checks on Host Control Registers, MSRs, and SSP" and the two sections behind it. */

static bool canonical(uint64_t address)
{
	return address >> 47 == 0 || address >> 47 == 0x1ffff;
}

static bool host_cet_legal(const struct sdm_region *vmcs)
{
	uint64_t s_cet = sdm_field(vmcs, 0x6c18), ssp = sdm_field(vmcs, 0x6c1a);

	return !(s_cet & 0x3c0) && (s_cet & 0xc00) != 0xc00 && canonical(s_cet) && !(ssp & 3) &&
	       canonical(ssp) && canonical(sdm_field(vmcs, 0x6c1c));
}

static bool pat_legal(uint64_t pat)
{
	for (unsigned int i = 0; i < 8; i++, pat >>= 8)
		if ((pat & 0xff) > 7 || (pat & 0xff) == 2 || (pat & 0xff) == 3)
			return false;
	return true;
}

static bool host_registers_legal(const struct sdm_vmx *cpu, const struct sdm_region *vmcs)
{
	uint64_t cr0 = sdm_field(vmcs, 0x6c00), cr4 = sdm_field(vmcs, 0x6c04);
	uint32_t exit = sdm_field(vmcs, 0x400c);

	if (~cr0 & SDM_CR0_FIXED0 || cr0 & ~(uint64_t)SDM_CR0_FIXED1)
		return false;
	if (~cr4 & SDM_CR4_FIXED0 || cr4 & ~cpu->caps->cr4_fixed1)
		return false;
	if (cr4 >> 23 & 1 && !(cr0 >> 16 & 1))
		return false;
	if (!(cr4 >> 5 & 1))	/* 64-bit host */
		return false;
	if (!canonical(sdm_field(vmcs, 0x6c10)) || !canonical(sdm_field(vmcs, 0x6c12)))
		return false;
	if (exit >> 12 & 1 && sdm_field(vmcs, 0x2c04) & 0xfffefff000000000)
		return false;
	if (exit >> 19 & 1 && !pat_legal(sdm_field(vmcs, 0x2c00)))
		return false;
	if (exit >> 21 & 1 && sdm_field(vmcs, 0x2c02) & ~0xd01ull)
		return false;
	if (exit >> 29 & 1 && sdm_field(vmcs, 0x2c06) >> 32)
		return false;
	return !(exit >> 28 & 1) || host_cet_legal(vmcs);
}

static bool host_segments_legal(const struct sdm_region *vmcs)
{
	for (uint32_t field = 0xc00; field <= 0xc0c; field += 2)
		if (sdm_field(vmcs, field) & 7)
			return false;
	if (!sdm_field(vmcs, 0xc02) || !sdm_field(vmcs, 0xc0c))
		return false;
	for (uint32_t field = 0x6c06; field <= 0x6c0e; field += 2)
		if (!canonical(sdm_field(vmcs, field)))
			return false;
	return true;
}

/* "Checks on Guest Non-Register State", the VMCS link pointer */
static bool link_legal(struct sdm_vmx *cpu, const struct sdm_region *vmcs)
{
	uint64_t link = sdm_field(vmcs, 0x2800);
	bool shadowing = sdm_field(vmcs, 0x4002) >> 31 & sdm_field(vmcs, 0x401e) >> 14 & 1;
	uint32_t word;

	if (link == NONE)
		return true;
	if (!legal_address(cpu, link) || link == cpu->current)
		return false;
	word = sdm_region(cpu, link)->word;
	return (word & 0x7fffffff) == SDM_REVISION && word >> 31 == shadowing;
}

/* "Loading MSRs" */
static bool msr_legal(const struct sdm_msr_entry *entry)
{
	switch (entry->index) {
	case 0xc0000100:
	case 0xc0000101:
	case 0x9b:
	case 0xfe:		/* IA32_MTRRCAP, read-only as those below */
		return false;
	default:
		return !(entry->index >> 32) && entry->index >> 8 != 8 &&
		       !(entry->index >= 0x480 && entry->index <= 0x493);
	}
}

static struct outcome entry_failure(struct sdm_vmx *cpu, struct sdm_region *vmcs, uint32_t reason,
				    uint64_t qualification)
{
	slot(vmcs, 0x4402)->value = reason | 0x80000000;
	slot(vmcs, 0x6400)->value = qualification;
	cpu->dr7 = 0x400;
	cpu->gdt_limit = cpu->idt_limit = 0xffff;
	cpu->ldtr = 0;
	cpu->rflags = 2;
	for (size_t i = 0; i < cpu->n_exit_load; i++)
		if (cpu->exit_load[i].index == 0x175)
			cpu->sysenter_esp = cpu->exit_load[i].value;
	return (struct outcome){ .kind = OUTCOME_ENTRY_FAILED, .exit_reason = reason | 0x80000000,
				 .qualification = qualification };
}

static struct outcome enter(struct sdm_vmx *cpu, enum insn insn, bool mov_ss)
{
	struct sdm_region *vmcs;

	/* "Basic VM-Entry Checks", in this order */
	if (!cpu->root)
		return fault(insn, UD);
	if (cpu->current == NONE)
		return fail_invalid(cpu, insn);
	vmcs = sdm_region(cpu, cpu->current);
	if (vmcs->word >> 31)
		return fail_invalid(cpu, insn);
	if (mov_ss)
		return fail(cpu, insn, 26);
	if (insn == INSN_VMLAUNCH && vmcs->launched)
		return fail(cpu, insn, 4);
	if (insn == INSN_VMRESUME && !vmcs->launched)
		return fail(cpu, insn, 5);
	/* The others, controls and host state in any order */
	if (~sdm_field(vmcs, 0x4000) & SDM_PIN_MUST)
		return fail(cpu, insn, 7);
	if (!host_registers_legal(cpu, vmcs) || !host_segments_legal(vmcs))
		return fail(cpu, insn, 8);
	if (!(sdm_field(vmcs, 0x6820) & 2))
		return entry_failure(cpu, vmcs, 33, 0);
	if (!link_legal(cpu, vmcs))
		return entry_failure(cpu, vmcs, 33, 4);
	for (size_t i = 0; i < cpu->n_load; i++)
		if (!msr_legal(&cpu->load[i]))
			return entry_failure(cpu, vmcs, 34, i + 1);
	vmcs->launched = true;
	return (struct outcome){ .kind = OUTCOME_ENTERED, .exit_reason = 12 };
}

struct outcome sdm_vmenter(struct sdm_vmx *cpu, enum insn insn)
{
	bool mov_ss = cpu->mov_ss;

	cpu->mov_ss = false;
	return enter(cpu, insn, mov_ss);
}

void sdm_write_legal(struct sdm_vmx *cpu, bool poison_guest)
{
	static const struct sdm_msr_entry poisoned = { 0xc0000100, 0 };
	static const struct field_value legal[] = {
		{ 0x4000, SDM_PIN_MUST }, { 0x4002, 0x401e172 }, { 0x400c, 0x36dff },
		{ 0xc02, 0x10 }, { 0xc04, 0x18 }, { 0xc0c, 0x40 },
		{ 0x6c00, 0x80050033 }, { 0x6c04, 0x2020 }, { 0x6c06, 0 },
		{ 0x6c08, 0xffff888000000000 }, { 0x2c00, 0x0407050600070106 }, { 0x2c02, 0xd01 },
	};

	for (size_t i = 0; i < sizeof(legal) / sizeof(legal[0]); i++)
		sdm_vmwrite(cpu, legal[i].field, legal[i].value);
	sdm_vmwrite(cpu, 0x6820, poison_guest ? 0 : 2);
	sdm_vmwrite(cpu, 0x2800, poison_guest ? 1 : NONE);
	cpu->load = &poisoned;
	cpu->n_load = !poison_guest;
}

/* "INVEPT": is the EPTP one that a VM entry takes? */
static bool eptp_legal(const struct sdm_vmx *cpu, uint64_t eptp)
{
	uint64_t cap = cpu->caps->ept_vpid;

	if (!((eptp & 7) == 0 && cap >> 8 & 1) && !((eptp & 7) == 6 && cap >> 14 & 1))
		return false;
	if (!((eptp >> 3 & 7) == 3 && cap >> 6 & 1) && !((eptp >> 3 & 7) == 4 && cap >> 7 & 1))
		return false;
	if ((eptp >> 6 & 1 && !(cap >> 21 & 1)) || (eptp >> 7 & 1 && !(cap >> 23 & 1)))
		return false;
	return !(eptp & 0xf00) && !(eptp >> cpu->caps->width);
}

struct outcome sdm_invept(struct sdm_vmx *cpu, uint64_t type, const uint64_t desc[2])
{
	uint64_t cap = cpu->caps->ept_vpid;

	if (!cpu->root || !cpu->caps->ept || !(cap >> 20 & 1))
		return fault(INSN_INVEPT, UD);
	if (!(type == 1 && cap >> 25 & 1) && !(type == 2 && cap >> 26 & 1))
		return fail(cpu, INSN_INVEPT, 28);
	if (!desc)
		return fault(INSN_INVEPT, PF);
	if (cpu->caps->invept_reserved && desc[1])
		return fail(cpu, INSN_INVEPT, 28);
	if (type == 1 && !eptp_legal(cpu, desc[0]))
		return fail(cpu, INSN_INVEPT, 28);
	return succeed(cpu, INSN_INVEPT);
}

struct outcome sdm_invvpid(struct sdm_vmx *cpu, uint64_t type, const uint64_t desc[2])
{
	uint64_t cap = cpu->caps->ept_vpid;

	if (!cpu->root || !cpu->caps->vpid || !(cap >> 32 & 1))
		return fault(INSN_INVVPID, UD);
	if (type > 3 || !(cap >> (40 + type) & 1))
		return fail(cpu, INSN_INVVPID, 28);
	if (desc[0] >> 16 || (type != 2 && !desc[0]) || (type == 0 && !canonical(desc[1])))
		return fail(cpu, INSN_INVVPID, 28);
	return succeed(cpu, INSN_INVVPID);
}

struct outcome sdm_vmcall(struct sdm_vmx *cpu)
{
	return fail(cpu, INSN_VMCALL, 1);
}

struct outcome sdm_vmfunc(struct sdm_vmx *cpu)
{
	(void)cpu;
	return fault(INSN_VMFUNC, UD);
}
