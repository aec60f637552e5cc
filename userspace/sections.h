/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sections of the SDM, by title: numbers move between editions. The numbers in parentheses are
 * those of the edition named. Sorted by volume, then by number.
 */
#ifndef VMXPROBE_SECTIONS_H
#define VMXPROBE_SECTIONS_H

#define SEC_A(title, number) \
	"VMX Capability Reporting Facility: " title " (Vol. 3D, Appendix " number ", 2024 edition)"

#define SEC_CAPS_BASIC SEC_A("Basic VMX Information", "A.1")
#define SEC_CAPS_RESERVED SEC_A("Reserved Controls and Default Settings", "A.2")
#define SEC_CAPS_PIN SEC_A("Pin-Based VM-Execution Controls", "A.3.1")
#define SEC_CAPS_PRIMARY SEC_A("Primary Processor-Based VM-Execution Controls", "A.3.2")
#define SEC_CAPS_SECONDARY SEC_A("Secondary Processor-Based VM-Execution Controls", "A.3.3")
#define SEC_CAPS_TERTIARY SEC_A("Tertiary Processor-Based VM-Execution Controls", "A.3.4")
#define SEC_CAPS_EXIT SEC_A("Primary VM-Exit Controls", "A.4.1")
#define SEC_CAPS_EXIT2 SEC_A("Secondary VM-Exit Controls", "A.4.2")
#define SEC_CAPS_ENTRY SEC_A("VM-Entry Controls", "A.5")
#define SEC_CAPS_MISC SEC_A("Miscellaneous Data", "A.6")
#define SEC_CAPS_CR0 SEC_A("VMX-Fixed Bits in CR0", "A.7")
#define SEC_CAPS_CR4 SEC_A("VMX-Fixed Bits in CR4", "A.8")
#define SEC_CAPS_ENUM SEC_A("VMCS Enumeration", "A.9")
#define SEC_CAPS_EPT_VPID SEC_A("VPID and EPT Capabilities", "A.10")
#define SEC_CAPS_VMFUNC SEC_A("VM Functions", "A.11")
#define SEC_FIELDS "Field Encoding in VMCS (Vol. 3D, Appendix B, 2024 edition)"
#define SEC_CAPS_ALL "VMX Capability Reporting Facility (Vol. 3D, Appendix A, 2024 edition)"
#define SEC_DISCOVERING "Introduction to Virtual Machine Extensions: Discovering Support for VMX " \
	"(Vol. 3C, 2024 edition)"
#define SEC_ENABLING "Introduction to Virtual Machine Extensions: Enabling and Entering VMX " \
	"Operation (Vol. 3C, 2024 edition)"

#define SEC_VMCS(title) "Virtual Machine Control Structures: " title " (Vol. 3C, 2024 edition)"

#define SEC_ENCODINGS SEC_VMCS("VMREAD, VMWRITE, and Encodings of VMCS Fields")

#define SEC_ENTRY(title) "VM Entries: " title " (Vol. 3C, 2024 edition)"

#define SEC_BASIC_CHECKS SEC_ENTRY("Basic VM-Entry Checks")
#define SEC_CONTROLS_HOST SEC_ENTRY("Checks on VMX Controls and Host-State Area")
#define SEC_EXEC_CONTROLS SEC_ENTRY("Checks on VMX Controls, VM-Execution Control Fields")
#define SEC_EXIT_CONTROLS SEC_ENTRY("Checks on VMX Controls, VM-Exit Control Fields")
#define SEC_HOST_REGISTERS SEC_ENTRY("Checks on Host Control Registers, MSRs, and SSP")
#define SEC_HOST_SEGMENTS SEC_ENTRY("Checks on Host Segment and Descriptor-Table Registers")
#define SEC_ADDRESS_SIZE SEC_ENTRY("Checks Related to Address-Space Size")
#define SEC_INJECT SEC_ENTRY("Checks on VMX Controls, VM-Entry Control Fields")
#define SEC_INJECT_MISC SEC_INJECT "; " SEC_CAPS_MISC
#define SEC_GUEST SEC_ENTRY("Checking and Loading Guest State")
#define SEC_GUEST_CRS SEC_ENTRY("Checks on Guest Control Registers, Debug Registers, and MSRs")
#define SEC_GUEST_SEGMENTS SEC_ENTRY("Checks on Guest Segment Registers")
#define SEC_GUEST_TABLES SEC_ENTRY("Checks on Guest Descriptor-Table Registers")
#define SEC_GUEST_RFLAGS SEC_ENTRY("Checks on Guest RIP, RFLAGS, and SSP")
#define SEC_GUEST_NONREG SEC_ENTRY("Checks on Guest Non-Register State")
#define SEC_GUEST_PDPTE SEC_ENTRY("Checks on Guest Page-Directory-Pointer-Table Entries")
#define SEC_MSR_LOAD SEC_ENTRY("Loading MSRs")
#define SEC_ENTRY_FAILURE SEC_ENTRY("VM-Entry Failures During or After Loading Guest State")

#define SEC_DELIVERY SEC_ENTRY("Vectored-Event Injection")
#define SEC_DELIVERY_DETAILS SEC_ENTRY("Details of Vectored-Event Injection")
#define SEC_DELIVERY_REAL SEC_ENTRY("Event Injection for VM Entries to Real-Address Mode")
#define SEC_DELIVERY_EXITS SEC_ENTRY("VM Exits During Event Injection")
#define SEC_PENDING_MTF SEC_ENTRY("Injection of Pending MTF VM Exits")
#define SEC_ENTRY_BLOCKING SEC_ENTRY("Interruptibility State")
#define SEC_ENTRY_ACTIVITY SEC_ENTRY("Activity State")
#define SEC_ENTRY_TIMER SEC_ENTRY("VMX-Preemption Timer")
#define SEC_ENTRY_WINDOWS SEC_ENTRY("Interrupt-Window Exiting and Virtual-Interrupt Delivery; " \
	"NMI-Window Exiting")
#define SEC_ENTRY_MTF SEC_ENTRY("VM Exits Induced by the TPR Threshold; Pending MTF VM Exits")
#define SEC_LOAD_CRS SEC_ENTRY("Loading Guest Control Registers, Debug Registers, and MSRs")

#define SEC_EXIT(title) "VM Exits: " title " (Vol. 3C, 2024 edition)"

#define SEC_EXIT_VECTORING SEC_EXIT("Information for VM Exits During Event Delivery")
#define SEC_EXIT_INFO SEC_EXIT("Basic VM-Exit Information")
#define SEC_EXIT_CLEARS SEC_EXIT("Recording VM-Exit Information and Updating VM-entry Control Fields")
#define SEC_EXIT_NONREG SEC_EXIT("Saving Non-Register State")

#define SEC_GUEST_RUN(title) "VMX Non-Root Operation: " title " (Vol. 3C, 2024 edition)"

#define SEC_RUN_TIMER SEC_GUEST_RUN("VMX-Preemption Timer")
#define SEC_RUN_MTF SEC_GUEST_RUN("Monitor Trap Flag")
#define SEC_RUN_EXITS SEC_GUEST_RUN("Instructions That Cause VM Exits Conditionally")

#define SEC_IDT(title) "Interrupt and Exception Handling: " title " (Vol. 3A, 2024 edition)"

#define SEC_IDT_32 SEC_IDT("Exception- or Interrupt-Handler Procedures")
#define SEC_IDT_64 SEC_IDT("Exception and Interrupt Handling in 64-bit Mode, Stack Frame")
#define SEC_V86 "8086 Emulation: Handling Interrupts and Exceptions in Virtual-8086 Mode " \
	"(Vol. 3B, 2024 edition)"

#define SEC_INSN_PART(title) "VMX Instruction Reference: " title " (Vol. 3C, 2024 edition)"
#define SEC_INSN(name) SEC_INSN_PART("VMX Instructions, " name)

#define SEC_INSN_CONVENTIONS SEC_INSN_PART("Conventions")
#define SEC_INSN_ALL SEC_INSN_PART("VMX Instructions")
#define SEC_INSN_ERRORS SEC_INSN_PART("VM Instruction Error Numbers")

#endif
