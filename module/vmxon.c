// SPDX-License-Identifier: GPL-2.0
#include <asm/processor-flags.h>
#include "vmx_ops.h"
#include "vmxon.h"

/*
 * Not by the kernel's helpers: those keep a copy of CR4 that has no business knowing of a
 * bit that comes and goes with interrupts off, and newer kernels export them to KVM alone.
 */
void vmxprobe_write_cr4(unsigned long cr4)
{
	asm volatile("mov %0, %%cr4" : : "r" (cr4) : "memory");
}

void vmxprobe_write_cr0(unsigned long cr0)
{
	asm volatile("mov %0, %%cr0" : : "r" (cr0) : "memory");
}

unsigned int vmxprobe_vmxon(u64 region, unsigned long cr4)
{
	unsigned int status;

	vmxprobe_write_cr4(cr4 | X86_CR4_VMXE);
	status = vmx_on(region);
	if (status != VMX_OK)
		vmxprobe_write_cr4(cr4);
	return status;
}

unsigned int vmxprobe_vmxoff(unsigned long cr4)
{
	unsigned int status = vmx_off();

	/* Clearing VMXE in VMX operation would fault; outside it, VMXOFF faulted. */
	if (status == VMX_OK || status & VMX_FAULT)
		vmxprobe_write_cr4(cr4);
	return status;
}
