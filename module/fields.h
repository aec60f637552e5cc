/* SPDX-License-Identifier: GPL-2.0 */
/* VMCS fields and control bits that asm/vmx.h lacks, in some kernels or in all. */
#ifndef VMXPROBE_FIELDS_H
#define VMXPROBE_FIELDS_H

#include <linux/bits.h>
#include <asm/vmx.h>

#define FIELD_POSTED_INTR_NV		0x0002
#define FIELD_LAST_PID_INDEX		0x0008
#define FIELD_GUEST_UINV		0x0814
#define FIELD_PML_ADDRESS		0x200e
#define FIELD_EPTP_LIST			0x2024
#define FIELD_VE_INFO			0x202a
#define FIELD_SPPT			0x2030
#define FIELD_TERTIARY_CONTROLS		0x2034
#define FIELD_PASID_LOW			0x2038
#define FIELD_PASID_HIGH		0x203a
#define FIELD_HLAT			0x2040
#define FIELD_PID_TABLE			0x2042
#define FIELD_EXIT2_CONTROLS		0x2044
#define FIELD_GUEST_LBR_CTL		0x2816
#define FIELD_GUEST_PKRS		0x2818
#define FIELD_HOST_PKRS			0x2c06
#define FIELD_GUEST_S_CET		0x6828
#define FIELD_GUEST_SSP			0x682a
#define FIELD_GUEST_SSP_TABLE		0x682c
#define FIELD_HOST_S_CET		0x6c18
#define FIELD_HOST_SSP			0x6c1a
#define FIELD_HOST_SSP_TABLE		0x6c1c

/* Control bits. */
#define PIN_EXT_INTR		BIT(0)
#define PIN_NMI			BIT(3)
#define PIN_VIRTUAL_NMI		BIT(5)
#define PIN_TIMER		BIT(6)
#define PIN_POSTED_INTR		BIT(7)
#define PROC_INTR_WINDOW	BIT(2)
#define PROC_TSC_OFFSET		BIT(3)
#define PROC_HLT		BIT(7)
#define PROC_MWAIT		BIT(10)
#define PROC_RDPMC		BIT(11)
#define PROC_RDTSC		BIT(12)
#define PROC_CR3_LOAD		BIT(15)
#define PROC_CR3_STORE		BIT(16)
#define PROC_TERTIARY		BIT(17)
#define PROC_CR8_LOAD		BIT(19)
#define PROC_CR8_STORE		BIT(20)
#define PROC_TPR_SHADOW		BIT(21)
#define PROC_NMI_WINDOW		BIT(22)
#define PROC_MOV_DR		BIT(23)
#define PROC_IO			BIT(24)
#define PROC_MTF		BIT(27)
#define PROC_MSR_BITMAPS	BIT(28)
#define PROC_MONITOR		BIT(29)
#define PROC_PAUSE		BIT(30)
#define PROC_SECONDARY		BIT(31)
#define PROC2_APIC_ACCESS	BIT(0)
#define PROC2_EPT		BIT(1)
#define PROC2_VPID		BIT(5)
#define PROC2_UNRESTRICTED	BIT(7)
#define PROC2_VMFUNC		BIT(13)
#define PROC2_SHADOWING		BIT(14)
#define PROC2_ENCLS		BIT(15)
#define PROC2_PML		BIT(17)
#define PROC2_VE		BIT(18)
#define PROC2_PASID		BIT(21)
#define PROC2_SPP		BIT(23)
#define PROC2_TSC_SCALING	BIT(25)
#define PROC3_HLAT		BIT_ULL(1)
#define PROC3_IPIV		BIT_ULL(4)
#define EXIT_SECONDARY		BIT(31)
#define ENTRY_IA32E		BIT(9)

#define EPT_CAP_WALK_4		BIT(6)
#define EPT_CAP_WB		BIT(14)
#define EPT_CAP_INVEPT		BIT(20)
#define EPT_CAP_INVEPT_SINGLE	BIT(25)
#define EPT_CAP_INVEPT_ALL	BIT(26)
#define EPTP_WB			6
#define EPTP_WALK_4		(3 << 3)

/* Access rights of segments. */
#define AR_CODE_64		0xa09b
#define AR_CODE_32		0xc09b
#define AR_CODE_16		0x009b
#define AR_DATA			0xc093
#define AR_DATA_16		0x0093
#define AR_TSS_BUSY		0x008b
#define AR_UNUSABLE		0x10000

/* Entry controls that load an MSR, and exit controls that load or clear one. */
#define ENTRY_LOAD_PERF_GLOBAL		BIT(13)
#define ENTRY_LOAD_PAT			BIT(14)
#define ENTRY_LOAD_EFER			BIT(15)
#define ENTRY_LOAD_BNDCFGS		BIT(16)
#define ENTRY_LOAD_RTIT			BIT(18)
#define ENTRY_LOAD_UINV			BIT(19)
#define ENTRY_LOAD_CET			BIT(20)
#define ENTRY_LOAD_LBR			BIT(21)
#define ENTRY_LOAD_PKRS			BIT(22)
#define ENTRY_LOAD_DEBUG		BIT(2)
#define EXIT_SAVE_DEBUG			BIT(2)
#define EXIT_HOST_64			BIT(9)
#define EXIT_LOAD_PERF_GLOBAL		BIT(12)
#define EXIT_SAVE_PAT			BIT(18)
#define EXIT_LOAD_PAT			BIT(19)
#define EXIT_SAVE_EFER			BIT(20)
#define EXIT_LOAD_EFER			BIT(21)
#define EXIT_SAVE_TIMER			BIT(22)
#define EXIT_CLEAR_BNDCFGS		BIT(23)
#define EXIT_CLEAR_RTIT			BIT(25)
#define EXIT_CLEAR_LBR			BIT(26)
#define EXIT_CLEAR_UINV			BIT(27)
#define EXIT_LOAD_CET			BIT(28)
#define EXIT_LOAD_PKRS			BIT(29)
#define EXIT_SAVE_PERF_GLOBAL		BIT(30)

/* Activity states. */
#define ACTIVITY_HLT			1
#define ACTIVITY_SHUTDOWN		2
#define ACTIVITY_WAIT_SIPI		3

/* Bits of CR4 that processor-flags.h lacks in some kernels. */
#define CR4_CET				BIT_ULL(23)
#define CR4_PKS				BIT_ULL(24)
#define CR4_FRED			BIT_ULL(32)

#endif
