/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A CPU that executes VMX instructions as the SDM says ("VMX Instruction Reference", "VM Entries"),
 * on three regions of memory, with the capabilities it is given. It knows as much as the module's
 * experiments need. Written from the SDM, not from the claims.
 */
#ifndef VMXPROBE_TEST_SDM_VMX_H
#define VMXPROBE_TEST_SDM_VMX_H

#include "model.h"

struct sdm_vmx_caps {
	bool shadowing;		/* secondary control 14 */
	bool ept, vpid;		/* secondary controls 1 and 5 */
	bool write_any;		/* IA32_VMX_MISC[29] */
	bool current_checked;	/* VMPTRLD looks at the revision of what is current, too */
	bool invept_reserved;	/* INVEPT looks at bits 127:64 of its descriptor */
	uint64_t ept_vpid;	/* IA32_VMX_EPT_VPID_CAP */
	uint64_t cr4_fixed1;
	uint32_t exit_may;	/* VM-exit controls that may be 1 */
	unsigned int width;	/* of physical addresses */
};

#define SDM_REVISION 0x12u
#define SDM_PIN_MUST 0x16u
#define SDM_CR0_FIXED0 0x80000021u
#define SDM_CR0_FIXED1 0xffffffffu
#define SDM_CR4_FIXED0 0x2000u

/* Where the regions are. */
#define SDM_VMXON 0x100000ull
#define SDM_VMCS 0x101000ull
#define SDM_SECOND 0x102000ull

#define SDM_FIELDS 48

struct sdm_region {
	uint32_t word;		/* its first */
	bool launched;
	size_t n;
	struct field_value fields[SDM_FIELDS];
};

struct sdm_msr_entry {
	uint64_t index, value;	/* index with the reserved bits 63:32 */
};

struct sdm_vmx {
	const struct sdm_vmx_caps *caps;
	struct sdm_region regions[3];
	bool vmxe, ne, root;
	uint64_t vmxon, current;
	unsigned int flags;	/* arithmetic, after an instruction */
	bool mov_ss;		/* the next instruction comes directly after MOV SS */
	const struct sdm_msr_entry *load, *exit_load;	/* lists of VM entry and VM exit */
	size_t n_load, n_exit_load;
	/* What a VM exit loads that can be told. */
	uint64_t dr7, gdt_limit, idt_limit, ldtr, rflags, sysenter_esp;
};

/* In VMX operation, with a clear current VMCS. */
void sdm_vmx_start(struct sdm_vmx *cpu, const struct sdm_vmx_caps *caps);
struct sdm_region *sdm_region(struct sdm_vmx *cpu, uint64_t pa);

struct outcome sdm_vmxon(struct sdm_vmx *cpu, uint64_t pa);
struct outcome sdm_vmxoff(struct sdm_vmx *cpu);
struct outcome sdm_vmclear(struct sdm_vmx *cpu, uint64_t pa);
struct outcome sdm_vmptrld(struct sdm_vmx *cpu, uint64_t pa);
struct outcome sdm_vmptrst(struct sdm_vmx *cpu, uint64_t *pa);
struct outcome sdm_vmread(struct sdm_vmx *cpu, uint64_t field, uint64_t *value);
struct outcome sdm_vmwrite(struct sdm_vmx *cpu, uint64_t field, uint64_t value);
struct outcome sdm_vmenter(struct sdm_vmx *cpu, enum insn insn);
/* desc: NULL if it is not mapped. */
struct outcome sdm_invept(struct sdm_vmx *cpu, uint64_t type, const uint64_t desc[2]);
struct outcome sdm_invvpid(struct sdm_vmx *cpu, uint64_t type, const uint64_t desc[2]);
struct outcome sdm_vmcall(struct sdm_vmx *cpu);
struct outcome sdm_vmfunc(struct sdm_vmx *cpu);

/* The fields of a VMCS that no VM entry refuses, but for guest state or the MSR-load list. */
void sdm_write_legal(struct sdm_vmx *cpu, bool poison_guest);
uint64_t sdm_field(const struct sdm_region *vmcs, uint32_t field);

#endif
