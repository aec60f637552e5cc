// SPDX-License-Identifier: GPL-2.0
#include <linux/string.h>
#include "result.h"
#include "vmx_ops.h"
#include <asm/vmx.h>

bool vmxprobe_results_add(struct vmxprobe_results *res, const struct vmxprobe_outcome *out)
{
	u32 i = 0;

	/* A probe mostly ends as the one before it did. */
	if (res->done)
		i = res->index[res->done - 1];
	if (!res->done || memcmp(&res->outcomes[i], out, sizeof(*out)))
		for (i = 0; i < res->n_outcomes; i++)
			if (!memcmp(&res->outcomes[i], out, sizeof(*out)))
				break;

	if (i == res->n_outcomes) {
		if (i == VMXPROBE_MAX_OUTCOMES)
			return false;
		res->outcomes[i] = *out;
		res->n_outcomes++;
	}
	res->index[res->done++] = i;
	return true;
}

void vmxprobe_outcome_insn(struct vmxprobe_outcome *out, u32 insn, u32 field,
			   unsigned int status)
{
	u64 error;

	memset(out, 0, sizeof(*out));
	out->insn = insn;
	out->field = field;

	switch (status) {
	case VMX_FAIL_INVALID:
		out->kind = VMXPROBE_KIND_FAIL_INVALID;
		break;
	case VMX_FAIL_VALID:
		out->kind = VMXPROBE_KIND_FAIL_VALID;
		/* VMfailValid means that there is a current VMCS to read the number from. */
		vmx_read(VM_INSTRUCTION_ERROR, &error);
		out->error = error;
		break;
	default:
		out->kind = VMXPROBE_KIND_FAULT;
		out->vector = status & VMX_FAULT_VECTOR;
	}
}
