// SPDX-License-Identifier: GPL-2.0
/* The steps that experiments are made of. */
#include <linux/kernel.h>
#include <linux/string.h>
#include "exit.h"
#include "trial.h"

static struct vmxprobe_observation *next(struct vmxprobe_trial *trial)
{
	struct vmxprobe_experiment_job *job = trial->job;
	struct vmxprobe_observation *seen;

	if (WARN_ON_ONCE(job->n == VMXPROBE_MAX_OBSERVATIONS))
		return NULL;
	seen = &job->list[job->n++];
	seen->has_arg = trial->has_arg;
	seen->arg = trial->arg;
	return seen;
}

void vmxprobe_see_outcome(struct vmxprobe_trial *trial, const struct vmxprobe_outcome *out)
{
	struct vmxprobe_observation *seen = next(trial);

	if (seen)
		seen->outcome = *out;
}

static struct vmxprobe_outcome outcome_of(u32 insn, u32 field, unsigned int status)
{
	struct vmxprobe_outcome out = { .kind = VMXPROBE_KIND_OK, .insn = insn, .field = field };

	if (status != VMX_OK)
		vmxprobe_outcome_insn(&out, insn, field, status);
	return out;
}

void vmxprobe_see(struct vmxprobe_trial *trial, u32 insn, u32 field, unsigned int status)
{
	struct vmxprobe_outcome out = outcome_of(insn, field, status);

	vmxprobe_see_outcome(trial, &out);
}

void vmxprobe_see_value(struct vmxprobe_trial *trial, u32 insn, u32 field, unsigned int status,
			u64 value)
{
	struct vmxprobe_observation *seen = next(trial);

	if (!seen)
		return;
	seen->outcome = outcome_of(insn, field, status);
	seen->has_value = true;
	seen->value = value;
}

void vmxprobe_see_field(struct vmxprobe_trial *trial, u64 field)
{
	u64 value;
	unsigned int status = vmx_read(field, &value);

	if (status == VMX_OK)
		vmxprobe_see_value(trial, VMXPROBE_INSN_VMREAD, field, status, value);
	else
		vmxprobe_see(trial, VMXPROBE_INSN_VMREAD, field, status);
}

bool vmxprobe_must(struct vmxprobe_trial *trial, u32 insn, u32 field, unsigned int status)
{
	struct vmxprobe_observation *seen;

	if (status == VMX_OK)
		return true;
	seen = next(trial);
	if (seen) {
		seen->outcome = outcome_of(insn, field, status);
		seen->set_up = true;
	}
	return false;
}

void vmxprobe_withhold(struct vmxprobe_trial *trial)
{
	const struct vmxprobe_outcome out = { .kind = VMXPROBE_KIND_WITHHELD };

	vmxprobe_see_outcome(trial, &out);
}

void vmxprobe_see_current(struct vmxprobe_trial *trial)
{
	static const enum vmxprobe_page pages[] = {
		[VMXPROBE_REGION_VMXON] = PAGE_VMXON,
		[VMXPROBE_REGION_VMCS] = PAGE_VMCS,
		[VMXPROBE_REGION_SECOND] = PAGE_SECOND,
	};
	u64 pa = 0, value = ~0ULL;
	unsigned int status = vmx_ptrst(&pa);

	if (pa != ~0ULL)
		for (value = ARRAY_SIZE(pages) - 1; value; value--)
			if (pa == vmxprobe_pa(trial, pages[value]))
				break;
	vmxprobe_see_value(trial, VMXPROBE_INSN_VMPTRST, 0, status, value);
}

bool vmxprobe_leave(struct vmxprobe_trial *trial)
{
	return vmxprobe_clear(trial, PAGE_VMCS) &&
	       vmxprobe_must(trial, VMXPROBE_INSN_VMXOFF, 0, vmx_off());
}

bool vmxprobe_clear(struct vmxprobe_trial *trial, enum vmxprobe_page page)
{
	return vmxprobe_must(trial, VMXPROBE_INSN_VMCLEAR, 0, vmx_clear(vmxprobe_pa(trial, page)));
}

bool vmxprobe_load(struct vmxprobe_trial *trial, enum vmxprobe_page page)
{
	return vmxprobe_must(trial, VMXPROBE_INSN_VMPTRLD, 0, vmx_ptrld(vmxprobe_pa(trial, page)));
}

bool vmxprobe_load_shadow(struct vmxprobe_trial *trial)
{
	if (!vmxprobe_clear(trial, PAGE_SECOND))
		return false;
	*vmxprobe_first_word(trial, PAGE_SECOND) |= BIT(31);
	return vmxprobe_load(trial, PAGE_SECOND);
}

bool vmxprobe_write(struct vmxprobe_trial *trial, u32 field, u64 value)
{
	return vmxprobe_must(trial, VMXPROBE_INSN_VMWRITE, field, vmx_write(field, value));
}

bool vmxprobe_write_vmcs(struct vmxprobe_trial *trial, u32 depth)
{
	struct vmxprobe_vmcs *vmcs = &trial->win.vmcs;
	struct vmxprobe_step step = { .status = VMX_OK };

	return (vmxprobe_vmcs_write_baseline(vmcs, &step) &&
		vmxprobe_vmcs_poison(vmcs, depth, &step)) ||
	       vmxprobe_must(trial, step.insn, step.field, step.status);
}

bool vmxprobe_set_bits(struct vmxprobe_trial *trial, u32 field, u64 bits)
{
	u64 value;

	return vmxprobe_must(trial, VMXPROBE_INSN_VMREAD, field, vmx_read(field, &value)) &&
	       vmxprobe_write(trial, field, value | bits);
}

struct vmxprobe_outcome vmxprobe_enter_raw(struct vmxprobe_trial *trial, unsigned int how)
{
	u32 insn = how & GUARD_VMRESUME ? VMXPROBE_INSN_VMRESUME : VMXPROBE_INSN_VMLAUNCH;
	struct vmxprobe_outcome out;
	unsigned int status, tries = 0;
	enum vmxprobe_exit exit;

	do {
		memset(&out, 0, sizeof(out));
		exit = VMXPROBE_EXIT_FAILED;
		status = vmxprobe_enter_guarded(&trial->guard, how);
		trial->job->entries++;
		if (status == VMX_OK)
			exit = vmxprobe_outcome_exit(&out);
		else
			vmxprobe_outcome_insn(&out, insn, 0, status);
	} while (exit == VMXPROBE_EXIT_MC && ++tries < VMXPROBE_MAX_TRIES);
	if (exit == VMXPROBE_EXIT_ENTERED)
		trial->entered = true;
	return out;
}

bool vmxprobe_enter(struct vmxprobe_trial *trial, unsigned int how)
{
	struct vmxprobe_outcome out = vmxprobe_enter_raw(trial, how);

	if (vmxprobe_had_exit(&out))
		vmxprobe_host_restore_all(&trial->win.host);
	vmxprobe_see_outcome(trial, &out);
	return !trial->entered;
}

u32 vmxprobe_width(const struct vmxprobe_trial *trial)
{
	return vmxprobe_cpu_width(&trial->win.cpu);
}
