/* SPDX-License-Identifier: GPL-2.0 */
/* The VMCS of a probe: the memory it stands on, its baseline, and what a caller may change. */
#ifndef VMXPROBE_VMCS_H
#define VMXPROBE_VMCS_H

#include <linux/types.h>
#include "host.h"
#include "msr.h"

/* Pages of one request, on the node of its CPU. */
enum vmxprobe_page {
	PAGE_VMXON,
	PAGE_VMCS,
	PAGE_SECOND,	/* another VMCS region, for experiments */
	PAGE_MSR_LIST,	/* VM-entry MSR-load list whose first entry must fail */
	PAGE_EMPTY,	/* root of the guest's page tables and of EPT: the guest has no memory */
	PAGE_SCRATCH,	/* what every other address of the VMCS points to */
	N_VMXPROBE_PAGES,
};

struct vmxprobe_field {
	u32 encoding;
	u64 value;
};

/* Of the lists of MSRs that entries and exits load and store. */
struct vmxprobe_msr_entry {
	u32 index;
	u32 reserved;
	u64 value;
};

#define VMXPROBE_BASELINE_FIELDS	144

/* By width, type and the low bits of the index of an encoding; documented indices are smaller. */
#define VMXPROBE_SLOTS			(4 * 4 * 64)

struct vmxprobe_vmcs {
	void *page[N_VMXPROBE_PAGES];
	u64 pa[N_VMXPROBE_PAGES];
	const struct vmxprobe_cpu *cpu;
	u32 n_baseline;
	struct vmxprobe_field baseline[VMXPROBE_BASELINE_FIELDS];
	u8 slot[VMXPROBE_SLOTS];	/* 1 + where in the baseline a field is; 0: nowhere */
	bool host_written;
	u64 host_item[VMXPROBE_N_HOST_ITEMS];	/* the values that the host-state area holds */
};

/* What went wrong in a chain of VMX instructions; status is VMX_OK if nothing did. */
struct vmxprobe_step {
	unsigned int status;
	u32 insn;	/* enum vmxprobe_insn */
	u32 field;	/* of VMREAD and VMWRITE */
};

int vmxprobe_vmcs_alloc(struct vmxprobe_vmcs *vmcs, int node);
void vmxprobe_vmcs_free(struct vmxprobe_vmcs *vmcs);

/*
 * Work out the baseline from the capabilities of this CPU and its host state. Executes no VMX
 * instruction.
 */
void vmxprobe_vmcs_prepare(struct vmxprobe_vmcs *vmcs, const struct vmxprobe_cpu *cpu,
			   const struct vmxprobe_host *host);

/* What the baseline has for a field: 0 if it has none, as the region is zeroes to begin with. */
u64 vmxprobe_vmcs_baseline(const struct vmxprobe_vmcs *vmcs, u32 field);

/* Have another value, or one more field, in the baseline. */
void vmxprobe_vmcs_put(struct vmxprobe_vmcs *vmcs, u32 field, u64 value);

/* With our VMCS current: write the baseline, the host state, the poison of a depth. */
bool vmxprobe_vmcs_write_baseline(const struct vmxprobe_vmcs *vmcs, struct vmxprobe_step *step);
bool vmxprobe_vmcs_write_host(struct vmxprobe_vmcs *vmcs, const struct vmxprobe_host *host,
			      struct vmxprobe_step *step);
bool vmxprobe_vmcs_poison(const struct vmxprobe_vmcs *vmcs, u32 depth,
			  struct vmxprobe_step *step);
/* Back to the baseline from the poison of any depth. */
bool vmxprobe_vmcs_unpoison(const struct vmxprobe_vmcs *vmcs, struct vmxprobe_step *step);
bool vmxprobe_vmcs_set(u32 field, u64 value, struct vmxprobe_step *step);
/* What stands in a field beside the bits of a caller: a page, or the host's own bits. */
u64 vmxprobe_vmcs_own_bits(const struct vmxprobe_vmcs *vmcs, u32 field);

#endif
