// SPDX-License-Identifier: GPL-2.0
#include "sdm_state.h"

#include <stdlib.h>

#include "decode.h"

#define BIT(n) (1ull << (n))
#define BITS(high, low) (~0ull >> (63 - (high) + (low)) << (low))

#define CR0_PE BIT(0)
#define CR0_WP BIT(16)
#define CR0_PG BIT(31)
#define CR4_PAE BIT(5)
#define CR4_PCIDE BIT(17)
#define CR4_CET BIT(23)
#define CR4_FRED BIT(32)
#define RFLAGS_IF BIT(9)
#define RFLAGS_VM BIT(17)
#define EFER_LME BIT(8)
#define EFER_LMA BIT(10)

/* What the module puts into fields beside a caller's bits: the host's. */
#define HOST_EFER 0x801
#define HOST_PAT 0x00070406

enum { ES, CS, SS, DS, FS, GS, LDTR, TR, N_SEGMENTS };

struct segment {
	uint64_t selector, base, limit, rights;
};

/* The baseline of a probe, with what the probe gives instead. */
struct vmcs {
	const struct sdm_state *sdm;
	const struct group *group;
	size_t probe;
	uint64_t primary, secondary, entry, exit;
	uint64_t cr0, cr4, rflags;
	struct segment segments[N_SEGMENTS];
	bool ia32e, unrestricted, v86;
};

static uint64_t get(const struct vmcs *vmcs, uint32_t field, uint64_t baseline)
{
	const struct group *group = vmcs->group;

	if (field && group->sweep_field == field)
		return group_value(group, vmcs->probe);
	for (size_t i = group->n_set; i--;)
		if (group->set[i].field == field)
			return group->set[i].value;
	return baseline;
}

static bool loads(const struct vmcs *vmcs, unsigned int control)
{
	return vmcs->entry >> control & 1;
}

static bool canonical(const struct vmcs *vmcs, uint64_t address)
{
	uint64_t top = address >> (vmcs->sdm->linear - 1);

	return !top || top == ~0ull >> (vmcs->sdm->linear - 1);
}

/* Bits 63:N are the same, as for RIP and SSP. */
static bool in_range(const struct vmcs *vmcs, uint64_t address)
{
	uint64_t top = address >> vmcs->sdm->linear;

	return !top || top == ~0ull >> vmcs->sdm->linear;
}

/* Controls */

static bool controls_legal(const struct vmcs *vmcs)
{
	const struct sdm_state *sdm = vmcs->sdm;
	uint64_t may2 = (sdm->ept ? 2 : 0) | (sdm->vpid ? 0x20 : 0) |
			(sdm->unrestricted ? 0x80 : 0);

	if (vmcs->entry & ~(uint64_t)sdm->entry_may || sdm->entry_must & ~vmcs->entry)
		return false;
	if (vmcs->exit & ~(uint64_t)sdm->exit_may)
		return false;
	if (vmcs->primary >> 31 & 1) {
		if (!sdm->secondary || vmcs->secondary & ~may2)
			return false;
		if (vmcs->secondary & 0x80 && !(vmcs->secondary & 2))
			return false;
		if (vmcs->secondary & 0x20 && !get(vmcs, VIRTUAL_PROCESSOR_ID, 1))
			return false;
	}
	return get(vmcs, CR3_TARGET_COUNT, 0) <= sdm->cr3_targets;
}

/* "Checks on Guest Control Registers, Debug Registers, and MSRs" */

static bool registers_legal(const struct vmcs *vmcs)
{
	const struct sdm_state *sdm = vmcs->sdm;
	uint64_t must0 = sdm->cr0_fixed0, cr3 = get(vmcs, GUEST_CR3, 0);

	if (vmcs->unrestricted)
		must0 &= ~(CR0_PE | CR0_PG);
	if (must0 & ~vmcs->cr0 || vmcs->cr0 & ~sdm->cr0_fixed1 & ~BITS(30, 29))
		return false;
	if (vmcs->cr0 & CR0_PG && !(vmcs->cr0 & CR0_PE))
		return false;
	if (sdm->cr4_fixed0 & ~vmcs->cr4 || vmcs->cr4 & ~sdm->cr4_fixed1)
		return false;
	if (vmcs->cr4 & CR4_CET && !(vmcs->cr0 & CR0_WP))
		return false;
	if (vmcs->ia32e && (!(vmcs->cr0 & CR0_PG) || !(vmcs->cr4 & CR4_PAE)))
		return false;
	if (!vmcs->ia32e && vmcs->cr4 & (CR4_PCIDE | CR4_FRED))
		return false;
	if (sdm->lam)
		cr3 &= ~BITS(62, 61);
	return !(cr3 >> sdm->physical);
}

static bool debug_legal(const struct vmcs *vmcs)
{
	uint64_t known = vmcs->sdm->netburst ? BITS(6, 0) : BITS(15, 6) | 7;

	if (!loads(vmcs, 2))
		return true;
	return !(get(vmcs, GUEST_IA32_DEBUGCTL, 0) & ~known) &&
	       !(get(vmcs, GUEST_DR7, 0x400) >> 32);
}

static bool pat_legal(uint64_t pat)
{
	for (unsigned int i = 0; i < 64; i += 8) {
		unsigned int type = pat >> i & 0xff;

		if (type > 7 || type == 2 || type == 3)
			return false;
	}
	return true;
}

static bool efer_legal(const struct vmcs *vmcs)
{
	uint64_t efer = get(vmcs, GUEST_IA32_EFER, 0x500) | HOST_EFER;
	bool lma = efer & EFER_LMA, lme = efer & EFER_LME;

	if (efer & ~0xd01ull || lma != vmcs->ia32e)
		return false;
	return !(vmcs->cr0 & CR0_PG) || lma == lme;
}

/* IA32_PERF_GLOBAL_CTRL: general-purpose counters from bit 0, fixed ones from 32. */
static bool perf_legal(const struct vmcs *vmcs)
{
	const struct sdm_state *sdm = vmcs->sdm;
	uint64_t known = (BIT(sdm->counters) - 1) | (BIT(sdm->fixed_counters) - 1) << 32;

	return !(get(vmcs, GUEST_IA32_PERF_GLOBAL_CTRL, 0) & ~known);
}

static bool cet_legal(const struct vmcs *vmcs)
{
	uint64_t s_cet = get(vmcs, GUEST_S_CET, 0), ssp = get(vmcs, GUEST_SSP, 0);

	if (!vmcs->sdm->ibt && s_cet & (BITS(11, 10) | BITS(5, 2)))
		return false;
	if (s_cet & BITS(9, 6) || (s_cet & BITS(11, 10)) == BITS(11, 10))
		return false;
	return !(ssp & 3) && in_range(vmcs, ssp) &&
	       canonical(vmcs, get(vmcs, GUEST_INTR_SSP_TABLE, 0));
}

static bool msrs_legal(const struct vmcs *vmcs)
{
	uint64_t bndcfgs = get(vmcs, GUEST_BNDCFGS, 0);

	if (!canonical(vmcs, get(vmcs, GUEST_SYSENTER_ESP, 0)) ||
	    !canonical(vmcs, get(vmcs, GUEST_SYSENTER_EIP, 0)))
		return false;
	if (loads(vmcs, 13) && !perf_legal(vmcs))
		return false;
	if (loads(vmcs, 14) && !pat_legal(get(vmcs, GUEST_IA32_PAT, 0) | HOST_PAT))
		return false;
	if (loads(vmcs, 15) && !efer_legal(vmcs))
		return false;
	if (loads(vmcs, 16) && (bndcfgs & BITS(11, 2) || !canonical(vmcs, bndcfgs & ~0xfffull)))
		return false;
	if (loads(vmcs, 18) && get(vmcs, GUEST_IA32_RTIT_CTL, 0) &
	    (BIT(18) | BIT(23) | BITS(30, 28) | BITS(54, 48) | BITS(63, 57)))
		return false;
	if (loads(vmcs, 19) && get(vmcs, GUEST_UINV, 0) >> 8)
		return false;
	if (loads(vmcs, 20) && !cet_legal(vmcs))
		return false;
	if (loads(vmcs, 21) && get(vmcs, GUEST_IA32_LBR_CTL, 0) & (BITS(15, 4) | BITS(63, 23)))
		return false;
	return !loads(vmcs, 22) || !(get(vmcs, GUEST_IA32_PKRS, 0) >> 32);
}

/* "Checks on Guest Segment Registers" */

static bool usable(const struct segment *segment)
{
	return !(segment->rights >> 16 & 1);
}

static unsigned int type(const struct segment *segment)
{
	return segment->rights & 15;
}

static unsigned int dpl(const struct segment *segment)
{
	return segment->rights >> 5 & 3;
}

static unsigned int rpl(const struct segment *segment)
{
	return segment->selector & 3;
}

/* P, S, the reserved bits, and G against the limit. */
static bool rights_legal(const struct segment *segment, bool system)
{
	bool g = segment->rights >> 15 & 1;

	if (!(segment->rights >> 7 & 1) || (segment->rights >> 4 & 1) == system)
		return false;
	if (segment->rights & (BITS(11, 8) | BITS(31, 17)))
		return false;
	if (g && ~segment->limit & 0xfff)
		return false;
	return g || !(segment->limit & 0xfff00000);
}

static bool cs_legal(const struct vmcs *vmcs)
{
	const struct segment *cs = &vmcs->segments[CS], *ss = &vmcs->segments[SS];

	if (cs->base >> 32 || !rights_legal(cs, false))
		return false;
	if (vmcs->ia32e && cs->rights >> 13 & 1 && cs->rights >> 14 & 1)
		return false;
	switch (type(cs)) {
	case 3:
		return vmcs->unrestricted && !dpl(cs);
	case 9: case 11:
		return dpl(cs) == dpl(ss);
	case 13: case 15:
		return dpl(cs) <= dpl(ss);
	default:
		return false;
	}
}

static bool ss_legal(const struct vmcs *vmcs)
{
	const struct segment *cs = &vmcs->segments[CS], *ss = &vmcs->segments[SS];

	if (!vmcs->unrestricted && (rpl(ss) != rpl(cs) || dpl(ss) != rpl(ss)))
		return false;
	if ((type(cs) == 3 || !(vmcs->cr0 & CR0_PE)) && dpl(ss))
		return false;
	if (!usable(ss))
		return true;
	return (type(ss) == 3 || type(ss) == 7) && !(ss->base >> 32) && rights_legal(ss, false);
}

static bool data_legal(const struct vmcs *vmcs, unsigned int nr)
{
	const struct segment *data = &vmcs->segments[nr];

	if ((nr == FS || nr == GS) && !canonical(vmcs, data->base))
		return false;
	if (!usable(data))
		return true;
	if (nr < FS && data->base >> 32)
		return false;
	if (!(type(data) & 1) || (type(data) & 8 && !(type(data) & 2)))
		return false;
	if (!vmcs->unrestricted && type(data) < 12 && dpl(data) < rpl(data))
		return false;
	return rights_legal(data, false);
}

static bool v86_legal(const struct vmcs *vmcs)
{
	for (unsigned int nr = ES; nr <= GS; nr++) {
		const struct segment *segment = &vmcs->segments[nr];

		if (segment->base != segment->selector << 4 || segment->limit != 0xffff ||
		    segment->rights != 0xf3)
			return false;
	}
	return true;
}

static bool system_legal(const struct vmcs *vmcs)
{
	const struct segment *tr = &vmcs->segments[TR], *ldtr = &vmcs->segments[LDTR];

	if (!usable(tr) || tr->selector & 4 || !canonical(vmcs, tr->base) ||
	    !rights_legal(tr, true))
		return false;
	if (type(tr) != 11 && (vmcs->ia32e || type(tr) != 3))
		return false;
	if (!usable(ldtr))
		return true;
	return type(ldtr) == 2 && !(ldtr->selector & 4) && canonical(vmcs, ldtr->base) &&
	       rights_legal(ldtr, true);
}

static bool segments_legal(const struct vmcs *vmcs)
{
	if (!system_legal(vmcs))
		return false;
	if (vmcs->v86)
		return v86_legal(vmcs);
	return cs_legal(vmcs) && ss_legal(vmcs) && data_legal(vmcs, DS) && data_legal(vmcs, ES) &&
	       data_legal(vmcs, FS) && data_legal(vmcs, GS);
}

static bool fred_legal(const struct vmcs *vmcs)
{
	if (!(vmcs->cr4 & CR4_FRED))
		return true;
	switch (dpl(&vmcs->segments[SS])) {
	case 0:
		return vmcs->segments[CS].rights >> 13 & 1;
	case 3:
		return !(vmcs->rflags >> 12 & 3) &&
		       !(get(vmcs, GUEST_INTERRUPTIBILITY_INFO, 0) & 1);
	default:
		return false;
	}
}

/* The rest: descriptor tables, RIP, RFLAGS, non-register state. */

static bool tables_legal(const struct vmcs *vmcs)
{
	return canonical(vmcs, get(vmcs, GUEST_GDTR_BASE, 0)) &&
	       canonical(vmcs, get(vmcs, GUEST_IDTR_BASE, 0)) &&
	       !(get(vmcs, GUEST_GDTR_LIMIT, 0) >> 16) && !(get(vmcs, GUEST_IDTR_LIMIT, 0) >> 16);
}

static bool flow_legal(const struct vmcs *vmcs)
{
	uint64_t rip = get(vmcs, GUEST_RIP, 0);
	bool wide = vmcs->ia32e && vmcs->segments[CS].rights >> 13 & 1;

	if (wide ? !in_range(vmcs, rip) : rip >> 32)
		return false;
	if (vmcs->rflags & (BITS(63, 22) | BIT(15) | BIT(5) | BIT(3)) || !(vmcs->rflags & 2))
		return false;
	return !vmcs->v86 || (!vmcs->ia32e && vmcs->cr0 & CR0_PE);
}

static bool activity_legal(const struct vmcs *vmcs)
{
	uint64_t activity = get(vmcs, GUEST_ACTIVITY_STATE, 0);

	if (get(vmcs, GUEST_INTERRUPTIBILITY_INFO, 0) & 1 && !(vmcs->rflags & RFLAGS_IF))
		return false;
	return !activity || (activity < 4 && vmcs->sdm->activity >> (activity - 1) & 1);
}

/* The module's page that CR3 leads to without EPT has only PDPTEs that are not present. */
static bool pdptes_legal(const struct vmcs *vmcs)
{
	bool pae = !vmcs->ia32e && vmcs->cr0 & CR0_PG && vmcs->cr4 & CR4_PAE;

	if (!pae || !(vmcs->primary >> 31 & vmcs->secondary >> 1 & 1))
		return true;
	for (uint32_t field = GUEST_PDPTR0; field <= GUEST_PDPTR3; field += 2) {
		uint64_t pdpte = get(vmcs, field, 0);

		if (pdpte & 1 && (pdpte & (BITS(2, 1) | BITS(8, 5)) ||
				  pdpte >> vmcs->sdm->physical))
			return false;
	}
	return true;
}

static uint64_t adjust(uint32_t must, uint32_t may, uint32_t wanted)
{
	return (wanted | must) & may;
}

static void fill_segments(struct vmcs *vmcs)
{
	static const struct segment baseline[] = {
		[ES] = { 0x18, 0, ~0u, 0xc093 }, [CS] = { 0x10, 0, ~0u, 0xa09b },
		[SS] = { 0x18, 0, ~0u, 0xc093 }, [DS] = { 0x18, 0, ~0u, 0xc093 },
		[FS] = { 0x18, 0, ~0u, 0xc093 }, [GS] = { 0x18, 0, ~0u, 0xc093 },
		[LDTR] = { 0, 0, 0, 0x10000 }, [TR] = { 0x40, 0, 0x67, 0x8b },
	};

	for (uint32_t i = 0; i < N_SEGMENTS; i++) {
		struct segment *to = &vmcs->segments[i];

		to->selector = get(vmcs, GUEST_ES_SELECTOR + 2 * i, baseline[i].selector);
		to->base = get(vmcs, GUEST_ES_BASE + 2 * i, baseline[i].base);
		to->limit = get(vmcs, GUEST_ES_LIMIT + 2 * i, baseline[i].limit);
		to->rights = get(vmcs, GUEST_ES_AR_BYTES + 2 * i, baseline[i].rights);
		if (vmcs->sdm->drops_rights)
			to->rights &= 0x1f0ff;
	}
}

static struct outcome failure(uint32_t reason, uint64_t qualification)
{
	return (struct outcome){ .kind = OUTCOME_ENTRY_FAILED, .exit_reason = 0x80000000 | reason,
				 .qualification = qualification };
}

struct outcome sdm_state_answer(const struct sdm_state *sdm, const struct group *group, size_t i)
{
	struct vmcs vmcs = { .sdm = sdm, .group = group, .probe = i };

	vmcs.primary = get(&vmcs, CPU_BASED_VM_EXEC_CONTROL, 0x04006172);
	vmcs.secondary = get(&vmcs, SECONDARY_VM_EXEC_CONTROL, 0);
	vmcs.entry = get(&vmcs, VM_ENTRY_CONTROLS, adjust(sdm->entry_must, sdm->entry_may, 0x200));
	vmcs.exit = get(&vmcs, VM_EXIT_CONTROLS, 0x36fff);
	vmcs.cr0 = get(&vmcs, GUEST_CR0, sdm->cr0_fixed0 | 0x80000021);
	vmcs.cr4 = get(&vmcs, GUEST_CR4, sdm->cr4_fixed0 | CR4_PAE);
	vmcs.rflags = get(&vmcs, GUEST_RFLAGS, 2);
	vmcs.ia32e = vmcs.entry >> 9 & 1;
	vmcs.unrestricted = vmcs.primary >> 31 & vmcs.secondary >> 7 & 1;
	vmcs.v86 = vmcs.rflags & RFLAGS_VM;
	fill_segments(&vmcs);

	if (!controls_legal(&vmcs))
		return (struct outcome){ .kind = OUTCOME_FAIL_VALID, .insn = INSN_VMLAUNCH,
					 .error = 7 };
	if (group->depth == DEPTH_CONTROLS || !registers_legal(&vmcs) || !debug_legal(&vmcs) ||
	    !msrs_legal(&vmcs) || !segments_legal(&vmcs) || !fred_legal(&vmcs) ||
	    !tables_legal(&vmcs) || !flow_legal(&vmcs) || !activity_legal(&vmcs))
		return failure(33, 0);
	if (!pdptes_legal(&vmcs))
		return failure(33, 2);
	return failure(34, 1);
}

bool sdm_state_has_field(const struct sdm_state *sdm, uint32_t field)
{
	uint32_t entry = sdm->entry_may, exit = sdm->exit_may;

	switch (field) {
	case SECONDARY_VM_EXEC_CONTROL: return sdm->secondary;
	case VIRTUAL_PROCESSOR_ID: return sdm->vpid;
	case GUEST_PDPTR0: case GUEST_PDPTR1: case GUEST_PDPTR2: case GUEST_PDPTR3:
		return sdm->ept;
	case GUEST_IA32_PERF_GLOBAL_CTRL: return (entry >> 13 | exit >> 12) & 1;
	case GUEST_IA32_PAT: return (entry >> 14 | exit >> 18) & 1;
	case GUEST_IA32_EFER: return (entry >> 15 | exit >> 20) & 1;
	case GUEST_BNDCFGS: return (entry >> 16 | exit >> 23) & 1;
	case GUEST_IA32_RTIT_CTL: return (entry >> 18 | exit >> 25) & 1;
	case GUEST_UINV: return (entry >> 19 | exit >> 27) & 1;
	case GUEST_S_CET: case GUEST_SSP: case GUEST_INTR_SSP_TABLE: return entry >> 20 & 1;
	case GUEST_IA32_LBR_CTL: return (entry >> 21 | exit >> 26) & 1;
	case GUEST_IA32_PKRS: return entry >> 22 & 1;
	default: return true;
	}
}

static void add_msr(struct cpu *cpu, uint32_t index, uint64_t value)
{
	cpu->msrs[cpu->n_msrs++] = (struct msr){ index, MSR_READ, value };
}

struct cpu sdm_state_cpu(const struct sdm_state *sdm)
{
	struct cpu cpu = {
		.readiness = READINESS_READY,
		.leaves = calloc(8, sizeof(*cpu.leaves)),
		.msrs = calloc(24, sizeof(*cpu.msrs)),
	};
	uint64_t primary = 0xfff9fffeull << 32 & ~(sdm->secondary ? 0 : BIT(63));
	uint64_t secondary = (sdm->ept ? BIT(33) : 0) | (sdm->vpid ? BIT(37) : 0) |
			     (sdm->unrestricted ? BIT(39) : 0);
	const struct cpuid_leaf leaves[] = {
		{ .leaf = 0, .eax = 0x1f },
		{ .leaf = 1, .eax = sdm->netburst ? 0xf41 : 0x806c1, .ecx = 0x20 },
		{ .leaf = 7, .eax = 1, .edx = (uint32_t)sdm->ibt << 20 },
		{ .leaf = 7, .subleaf = 1, .eax = (uint32_t)sdm->lam << 26 },
		{ .leaf = 0xa, .eax = sdm->counters << 8 | sdm->perf_version,
		  .edx = sdm->fixed_counters },
		{ .leaf = 0x80000000, .eax = 0x80000008 },
		{ .leaf = 0x80000008, .eax = sdm->linear << 8 | sdm->physical },
	};

	for (size_t i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++)
		cpu.leaves[cpu.n_leaves++] = leaves[i];
	add_msr(&cpu, MSR_IA32_VMX_BASIC, 0x00d8040000000004);
	add_msr(&cpu, MSR_IA32_VMX_PINBASED_CTLS, 0x0000007f00000016);
	add_msr(&cpu, MSR_IA32_VMX_PROCBASED_CTLS, primary | 0x0401e172);
	add_msr(&cpu, MSR_IA32_VMX_EXIT_CTLS, (uint64_t)sdm->exit_may << 32 | 0x36dff);
	add_msr(&cpu, MSR_IA32_VMX_ENTRY_CTLS, (uint64_t)sdm->entry_may << 32 | 0x11ff);
	add_msr(&cpu, MSR_IA32_VMX_MISC, sdm->cr3_targets << 16 | sdm->activity << 6);
	add_msr(&cpu, MSR_IA32_VMX_CR0_FIXED0, sdm->cr0_fixed0);
	add_msr(&cpu, MSR_IA32_VMX_CR0_FIXED1, sdm->cr0_fixed1);
	add_msr(&cpu, MSR_IA32_VMX_CR4_FIXED0, sdm->cr4_fixed0);
	add_msr(&cpu, MSR_IA32_VMX_CR4_FIXED1, sdm->cr4_fixed1);
	if (sdm->secondary)
		add_msr(&cpu, MSR_IA32_VMX_PROCBASED_CTLS2, secondary);
	add_msr(&cpu, MSR_IA32_VMX_TRUE_PINBASED_CTLS, 0x0000007f00000016);
	add_msr(&cpu, MSR_IA32_VMX_TRUE_PROCBASED_CTLS, primary | 0x04006172);
	add_msr(&cpu, MSR_IA32_VMX_TRUE_EXIT_CTLS, (uint64_t)sdm->exit_may << 32 | 0x36dfb);
	add_msr(&cpu, MSR_IA32_VMX_TRUE_ENTRY_CTLS,
		(uint64_t)sdm->entry_may << 32 | sdm->entry_must);
	return cpu;
}
