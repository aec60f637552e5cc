/* SPDX-License-Identifier: GPL-2.0 */
/* An experiment that is under way; for trial_*.c, each of which has some of them. */
#ifndef VMXPROBE_TRIAL_H
#define VMXPROBE_TRIAL_H

#include <asm/page.h>
#include "enter.h"
#include "experiment.h"
#include "guard.h"
#include "vmx_ops.h"

/* Where no kernel maps anything: that of ERR_PTR(). */
#define VMXPROBE_UNMAPPED	((void *)-PAGE_SIZE)

/* Pages of the MSR lists: room for 512 entries. */
#define VMXPROBE_LIST_ORDER	1
#define VMXPROBE_LIST_MAX	512

struct vmxprobe_trial {
	struct vmxprobe_window win;
	struct vmxprobe_experiment_job *job;
	const struct vmxprobe_trial_row *row;
	struct vmxprobe_guard guard;
	struct vmxprobe_msr_entry *list;
	u64 before[VMXPROBE_BASELINE_FIELDS];
	bool entered;	/* a guest ran that should not have: the experiment ends */
	struct vmxprobe_guest_memory *guest;	/* of experiments that enter one */
	bool interrupted;	/* the host ended a guest: the experiment is made again */
	/* What the observations to come have for arg. */
	bool has_arg;
	u64 arg;
};

struct vmxprobe_trial_row {
	u32 id;		/* enum vmxprobe_experiment; 0 in the row behind the last */
	/* In VMX operation, with a clear VMCS of ours current. */
	void (*fn)(struct vmxprobe_trial *trial);
	bool enters;	/* a guest */
	bool owns;	/* leaves VMX operation, enters it, or is about its region */
};

extern const struct vmxprobe_trial_row vmxprobe_vmxon_trials[];
extern const struct vmxprobe_trial_row vmxprobe_region_trials[];
extern const struct vmxprobe_trial_row vmxprobe_access_trials[];
extern const struct vmxprobe_trial_row vmxprobe_inv_trials[];
extern const struct vmxprobe_trial_row vmxprobe_entry_trials[];
extern const struct vmxprobe_trial_row vmxprobe_list_trials[];
extern const struct vmxprobe_trial_row vmxprobe_host_trials[];
extern const struct vmxprobe_trial_row vmxprobe_guest_trials[];

static inline void vmxprobe_arg(struct vmxprobe_trial *trial, u64 arg)
{
	trial->has_arg = true;
	trial->arg = arg;
}

/* Record how an instruction ended; with what it read. */
void vmxprobe_see(struct vmxprobe_trial *trial, u32 insn, u32 field, unsigned int status);
void vmxprobe_see_value(struct vmxprobe_trial *trial, u32 insn, u32 field, unsigned int status,
			u64 value);
void vmxprobe_see_outcome(struct vmxprobe_trial *trial, const struct vmxprobe_outcome *out);
/* The same for a step before the experiment's own: recorded only if it did not work. */
bool vmxprobe_must(struct vmxprobe_trial *trial, u32 insn, u32 field, unsigned int status);
void vmxprobe_withhold(struct vmxprobe_trial *trial);

/* VMREAD, with what it read for value. */
void vmxprobe_see_field(struct vmxprobe_trial *trial, u64 field);
/* VMPTRST, with the region that it names (enum vmxprobe_region) for value. */
void vmxprobe_see_current(struct vmxprobe_trial *trial);

/* Set-up steps; false if they did not work. */
bool vmxprobe_leave(struct vmxprobe_trial *trial);	/* VMXOFF, CR4.VMXE stays */
bool vmxprobe_clear(struct vmxprobe_trial *trial, enum vmxprobe_page page);
bool vmxprobe_load(struct vmxprobe_trial *trial, enum vmxprobe_page page);
bool vmxprobe_load_shadow(struct vmxprobe_trial *trial);	/* the second region, as a shadow */
bool vmxprobe_write(struct vmxprobe_trial *trial, u32 field, u64 value);

/* The baseline and the poison of a depth; with more bits in a field. */
bool vmxprobe_write_vmcs(struct vmxprobe_trial *trial, u32 depth);
bool vmxprobe_set_bits(struct vmxprobe_trial *trial, u32 field, u64 bits);

/* Attempt a VM entry and record how it ended; false if the experiment must end. */
bool vmxprobe_enter(struct vmxprobe_trial *trial, unsigned int how);
/* The same unrecorded; if there was an exit, vmxprobe_host_restore_all() is still to be done. */
struct vmxprobe_outcome vmxprobe_enter_raw(struct vmxprobe_trial *trial, unsigned int how);

/* Not by the exit reason: 0 is one. */
static inline bool vmxprobe_had_exit(const struct vmxprobe_outcome *out)
{
	return out->kind == VMXPROBE_KIND_ENTRY_FAILED || out->kind == VMXPROBE_KIND_ENTERED;
}

/* The first word of a region: the revision, and bit 31 for a shadow VMCS. */
static inline u32 *vmxprobe_first_word(struct vmxprobe_trial *trial, enum vmxprobe_page page)
{
	return trial->win.vmcs.page[page];
}

static inline u64 vmxprobe_pa(const struct vmxprobe_trial *trial, enum vmxprobe_page page)
{
	return trial->win.vmcs.pa[page];
}

u32 vmxprobe_width(const struct vmxprobe_trial *trial);

#endif
