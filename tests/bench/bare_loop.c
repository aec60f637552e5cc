// SPDX-License-Identifier: GPL-2.0
/*
 * What an attempt costs at the very least: VMWRITE, VMLAUNCH that fails, VMREAD of the error,
 * in one bare loop with interrupts off. Loading the module prints it to the kernel log. It is
 * for the emulator, where a tick is an instruction.
 */
#include <linux/irqflags.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/topology.h>
#include <asm/processor-flags.h>
#include <asm/tsc.h>
#include <asm/vmx.h>
#include "module/vmcs.h"
#include "module/vmx_ops.h"
#include "module/vmxon.h"

#define PROBES		4096
/* Interruption type 1 is reserved: the controls are refused, and no VM exit comes. */
#define REFUSED		0x80000100

struct bare {
	struct vmxprobe_cpu cpu;
	struct vmxprobe_vmcs vmcs;
	struct vmxprobe_host host;
	u32 errors[PROBES];
};

static noinline u64 bare_loop(struct bare *bare)
{
	u64 start = rdtsc_ordered();
	u64 error;
	u32 i;

	for (i = 0; i < PROBES; i++) {
		vmx_write(VM_ENTRY_INTR_INFO_FIELD, REFUSED | (i & 0xff));
		vmxprobe_vmlaunch();
		vmx_read(VM_INSTRUCTION_ERROR, &error);
		bare->errors[i] = error;
	}
	return rdtsc_ordered() - start;
}

static u64 bare_run(struct bare *bare)
{
	unsigned long cr4;
	struct vmxprobe_step step;
	u64 ticks = 0;

	vmxprobe_host_read(&bare->host);
	vmxprobe_host_copy_gdt(&bare->host);
	vmxprobe_vmcs_prepare(&bare->vmcs, &bare->cpu, &bare->host);
	cr4 = bare->host.item[VMXPROBE_HOST_ITEM_CR4];

	if (vmxprobe_vmxon(bare->vmcs.pa[PAGE_VMXON], cr4) != VMX_OK)
		return 0;
	if (vmx_clear(bare->vmcs.pa[PAGE_VMCS]) == VMX_OK &&
	    vmx_ptrld(bare->vmcs.pa[PAGE_VMCS]) == VMX_OK &&
	    vmxprobe_vmcs_write_host(&bare->vmcs, &bare->host, &step) &&
	    vmxprobe_vmcs_write_baseline(&bare->vmcs, &step) &&
	    vmxprobe_vmcs_poison(&bare->vmcs, VMXPROBE_DEPTH_CONTROLS, &step))
		ticks = bare_loop(bare);
	vmx_clear(bare->vmcs.pa[PAGE_VMCS]);
	vmxprobe_vmxoff(cr4);
	return ticks;
}

static int __init bare_init(void)
{
	unsigned long flags;
	struct bare *bare;
	u64 ticks;
	u32 i;

	bare = kzalloc(sizeof(*bare), GFP_KERNEL);
	if (!bare)
		return -ENOMEM;
	if (vmxprobe_vmcs_alloc(&bare->vmcs, numa_node_id()))
		goto free;

	vmxprobe_cpu_ask(raw_smp_processor_id(), &bare->cpu);
	local_irq_save(flags);
	ticks = bare_run(bare);
	local_irq_restore(flags);

	for (i = 0; i < PROBES && bare->errors[i] == 7; i++)
		;
	pr_notice("bare: %u probes, %u of them refused, %llu ticks\n", PROBES, i, ticks);
	vmxprobe_vmcs_free(&bare->vmcs);
free:
	kfree(bare);
	return 0;
}

static void __exit bare_exit(void)
{
}

module_init(bare_init);
module_exit(bare_exit);

MODULE_DESCRIPTION("The bare VMWRITE and VMLAUNCH loop");
MODULE_LICENSE("GPL");
