/* SPDX-License-Identifier: GPL-2.0 */
/* An experiment that is under way; for trial_*.c, each of which has some of them. */
#ifndef VMXPROBE_TRIAL_H
#define VMXPROBE_TRIAL_H

#include "experiment.h"
#include "guard.h"
#include "vmx_ops.h"

struct vmxprobe_msr_entry {
	u32 index;
	u32 reserved;
	u64 value;
};

/* Pages of the MSR lists: room for 512 entries. */
#define VMXPROBE_LIST_ORDER	1
#define VMXPROBE_LIST_MAX	512

struct vmxprobe_trial {
	struct vmxprobe_window win;
	struct vmxprobe_experiment_job *job;
	struct vmxprobe_guard guard;
	struct vmxprobe_msr_entry *list;
	/* What the observations to come have for arg. */
	bool has_arg;
	u64 arg;
};

typedef void (*vmxprobe_trial_fn)(struct vmxprobe_trial *trial);

/* By enum vmxprobe_experiment; in VMX operation, with a clear VMCS of ours current. */
extern const vmxprobe_trial_fn vmxprobe_trials[];

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

/* Set-up steps; false if they did not work. */
bool vmxprobe_leave(struct vmxprobe_trial *trial);	/* VMXOFF, CR4.VMXE stays */
bool vmxprobe_clear(struct vmxprobe_trial *trial, enum vmxprobe_page page);
bool vmxprobe_load(struct vmxprobe_trial *trial, enum vmxprobe_page page);
bool vmxprobe_write(struct vmxprobe_trial *trial, u32 field, u64 value);

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
