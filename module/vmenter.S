/* SPDX-License-Identifier: GPL-2.0 */
#include <linux/linkage.h>
#include <asm/asm.h>
#include "vmx_ops.h"

#define VMCS_HOST_RSP	0x6c14

	.text

/*
 * VMWRITE cannot fail here: the same field was written, with its status checked, when the
 * host state was set up.
 */
SYM_FUNC_START(vmxprobe_vmlaunch)
	movl	$VMCS_HOST_RSP, %eax
	vmwrite	%rsp, %rax
1:	vmlaunch
	jc	.Linvalid
	jz	.Lvalid
	/* VMLAUNCH never falls through to here; a VM exit comes in by the label. */
SYM_INNER_LABEL_ALIGN(vmxprobe_vmexit, SYM_L_GLOBAL)
	ENDBR
	movl	$VMX_OK, %eax
	RET
.Linvalid:
	movl	$VMX_FAIL_INVALID, %eax
	RET
.Lvalid:
	movl	$VMX_FAIL_VALID, %eax
	RET
.Lfault:
	orl	$VMX_FAULT, %eax
	RET
	_ASM_EXTABLE_FAULT(1b, .Lfault)
SYM_FUNC_END(vmxprobe_vmlaunch)
