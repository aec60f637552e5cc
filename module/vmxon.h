/* SPDX-License-Identifier: GPL-2.0 */
/* VMX operation on this CPU: in and out, and nothing left behind. */
#ifndef VMXPROBE_VMXON_H
#define VMXPROBE_VMXON_H

#include <linux/types.h>

/*
 * Both with interrupts off and CR4.VMXE clear before the first, which is what makes the CPU
 * ours. @cr4 is the value to go back to. A status of vmx_ops.h; unless it is VMX_OK, CR4 is
 * as it was.
 */
unsigned int vmxprobe_vmxon(u64 region, unsigned long cr4);
/* Unless VMX_OK or a fault is returned, the CPU is still in VMX operation. */
unsigned int vmxprobe_vmxoff(unsigned long cr4);

/* MOV to the register, and nothing that the kernel keeps of it. */
void vmxprobe_write_cr0(unsigned long cr0);
void vmxprobe_write_cr4(unsigned long cr4);

#endif
