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
#define EXIT_HOST_64			BIT(9)
#define EXIT_LOAD_PERF_GLOBAL		BIT(12)
#define EXIT_LOAD_PAT			BIT(19)
#define EXIT_LOAD_EFER			BIT(21)
#define EXIT_CLEAR_BNDCFGS		BIT(23)
#define EXIT_CLEAR_RTIT			BIT(25)
#define EXIT_CLEAR_LBR			BIT(26)
#define EXIT_CLEAR_UINV			BIT(27)
#define EXIT_LOAD_CET			BIT(28)
#define EXIT_LOAD_PKRS			BIT(29)

#endif
