/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The names of the architecture: MSRs and their bits, VMCS fields, exit reasons, events.
 * Every fact is one row of a .def table; this header is the only door to them.
 *
 * Strings are static. Functions that look a name up return NULL where the number is not
 * known to this version of the tool; the caller then shows the number.
 */
#ifndef VMXPROBE_DECODE_H
#define VMXPROBE_DECODE_H

#include "model.h"

enum {
	MSR_IA32_FEATURE_CONTROL = 0x3a,
	MSR_IA32_VMX_BASIC = 0x480,
	MSR_IA32_VMX_PINBASED_CTLS,
	MSR_IA32_VMX_PROCBASED_CTLS,
	MSR_IA32_VMX_EXIT_CTLS,
	MSR_IA32_VMX_ENTRY_CTLS,
	MSR_IA32_VMX_MISC,
	MSR_IA32_VMX_CR0_FIXED0,
	MSR_IA32_VMX_CR0_FIXED1,
	MSR_IA32_VMX_CR4_FIXED0,
	MSR_IA32_VMX_CR4_FIXED1,
	MSR_IA32_VMX_VMCS_ENUM,
	MSR_IA32_VMX_PROCBASED_CTLS2,
	MSR_IA32_VMX_EPT_VPID_CAP,
	MSR_IA32_VMX_TRUE_PINBASED_CTLS,
	MSR_IA32_VMX_TRUE_PROCBASED_CTLS,
	MSR_IA32_VMX_TRUE_EXIT_CTLS,
	MSR_IA32_VMX_TRUE_ENTRY_CTLS,
	MSR_IA32_VMX_VMFUNC,
	MSR_IA32_VMX_PROCBASED_CTLS3,
	MSR_IA32_VMX_EXIT_CTLS2,
	MSR_VMX_LAST = MSR_IA32_VMX_EXIT_CTLS2,
};

/* What the bits of an MSR stand for. SDM: "VMX Capability Reporting Facility". */
enum msr_form {
	MSR_FORM_UNKNOWN,
	MSR_FORM_BITS,		/* each bit or range has a meaning of its own */
	MSR_FORM_CONTROLS,	/* 31:0 allowed 0-settings, 63:32 allowed 1-settings of 32 bits */
	MSR_FORM_ALLOWED1,	/* allowed 1-settings of 64 controls; each may be 0 */
	MSR_FORM_FIXED0,	/* a bit that is 1 is fixed to 1 in the control register */
	MSR_FORM_FIXED1,	/* a bit that is 0 is fixed to 0 in the control register */
};

/* A row of a table, or a bit no table knows (name NULL). */
struct decode_bit {
	uint8_t low, high;	/* position in the MSR; in the control word for MSR_FORM_CONTROLS */
	const char *name;	/* the SDM's */
	const char *qemu;	/* QEMU's and libvirt's vmx-* name, NULL if they have none */
};

#define DECODE_MAX_BITS 64

/* The values a CPU lets a control bit have. */
enum setting {
	SETTING_UNKNOWN,	/* the MSR was not read */
	SETTING_FIXED0,
	SETTING_FIXED1,
	SETTING_EITHER,
	SETTING_NEITHER,	/* the MSR contradicts itself: may be neither 0 nor 1 */
};

/* MSRs in ascending order of index, i = 0, 1, ...; 0 after the last. */
uint32_t decode_msr(size_t i);
const char *decode_msr_name(uint32_t index);
/* By name ("IA32_VMX_BASIC", case ignored) or number; false if neither. */
bool decode_parse_msr(const char *text, uint32_t *index);
enum msr_form decode_msr_form(uint32_t index);
/*
 * What decides whether the MSR exists, as a sentence part such as
 * "IA32_VMX_BASIC[55] = 1"; NULL if it exists on every CPU with VMX.
 */
const char *decode_msr_condition(uint32_t index);
/* Whether it exists, by CPUID and the values of the MSRs below it; for who reads MSRs. */
bool decode_msr_exists(const struct cpu *cpu, uint32_t index);
/* Do CPUID or the MSRs below it say that it does not exist? False where they are not known. */
bool decode_msr_absent(const struct cpu *cpu, uint32_t index);
/*
 * All rows of the MSR in ascending order and, in their place, every unknown bit that the
 * value does not show as plainly absent. Returns how many were stored, at most
 * DECODE_MAX_BITS.
 */
size_t decode_bits(uint32_t index, uint64_t value, struct decode_bit bits[DECODE_MAX_BITS]);
/* The value of the row's range, shifted down; for MSR_FORM_BITS. */
uint64_t decode_bit_value(uint64_t value, const struct decode_bit *bit);
/* What the value means, such as "write-back" for a memory type; NULL if nothing is to add. */
const char *decode_bit_meaning(uint32_t index, const struct decode_bit *bit, uint64_t value);
/* For all forms but MSR_FORM_BITS; the control registers' "bit" is that of CR0 or CR4. */
enum setting decode_setting(uint32_t index, uint64_t value, unsigned int bit);
const char *decode_setting_name(enum setting setting);
/*
 * The setting of a control by its place: the MSR without TRUE_ and the bit; the TRUE_ MSR
 * decides where the CPU has it. For a bit of CR0 or CR4 either of the FIXED MSRs; both
 * decide. A control of an MSR that does not exist is fixed to 0. SETTING_UNKNOWN if an MSR
 * that decides could not be read.
 */
enum setting decode_control_at(const struct cpu *cpu, uint32_t index, unsigned int bit);
/*
 * The same by its SDM name or vmx-* name ("CR4.CET" for control registers), case ignored;
 * SETTING_UNKNOWN also if no table has the name. A few SDM names are used twice, as "load
 * IA32_PAT" for VM exit and VM entry: there give the vmx-* name or the place.
 */
enum setting decode_control(const struct cpu *cpu, const char *name);
/* A single bit of an MSR of MSR_FORM_BITS by its name: 0, 1, -1 if unknown. */
int decode_flag(const struct cpu *cpu, const char *name);
/* The first place of the name; false if no table has it. TRUE_ MSRs are not named here. */
bool decode_find(const char *name, uint32_t *index, struct decode_bit *bit);

/* CPUID bits that VMX depends on or that say where one runs. */
enum cpuid_feature {
	FEATURE_VMX,		/* CPUID.01H:ECX[5] */
	FEATURE_SMX,
	FEATURE_HYPERVISOR,	/* CPUID.01H:ECX[31], set by hypervisors, 0 on bare metal */
	FEATURE_SGX,
	FEATURE_CET_SS,
	FEATURE_CET_IBT,
	FEATURE_HYBRID,
	FEATURE_PT,
	FEATURE_PKS,
	FEATURE_UINTR,
	FEATURE_FRED,
	FEATURE_LKGS,
	FEATURE_COUNT,
};

/* 0 or 1; -1 if the leaf is not known and not known to be absent. */
int decode_feature(const struct cpu *cpu, enum cpuid_feature feature);
const char *decode_feature_name(enum cpuid_feature feature);
/* Where it is: "CPUID.(EAX=07H,ECX=0H):ECX[7]". */
const char *decode_feature_place(enum cpuid_feature feature);
/* Display family and model, stepping of CPUID.01H:EAX. SDM: "CPUID", version information. */
void decode_signature(uint32_t eax, unsigned int *family, unsigned int *model,
		      unsigned int *stepping);
/* CPUID.0H vendor ("GenuineIntel") and brand string, "" if unknown. */
void decode_vendor(const struct cpu *cpu, char text[13]);
void decode_brand(const struct cpu *cpu, char text[49]);

/* VMCS fields: GUEST_CR0 and so on, by encoding. SDM: "Field Encoding in VMCS". */
enum vmcs_field {
#define FIELD(encoding, token, name) token = encoding,
#include "fields.def"
#undef FIELD
};

struct decode_field {
	uint32_t encoding;
	const char *name, *token;
	const char *condition;	/* that it exists under, of expr.h; NULL: always; "": who knows */
};

/* The documented ones in ascending order of encoding; false behind the last. */
bool decode_field(size_t i, struct decode_field *field);
const char *decode_field_name(uint32_t encoding);	/* "Guest CR0" */
const char *decode_field_token(uint32_t encoding);	/* "GUEST_CR0" */
bool decode_parse_field(const char *text, uint32_t *encoding);	/* name, token or number */
unsigned int decode_field_width(uint32_t encoding);	/* 16, 32 or 64; natural width is 64 */
/* Of any encoding: "16", "32", "64", "natural"; "control", "read-only", "guest", "host". */
const char *decode_field_width_name(uint32_t encoding);
const char *decode_field_type(uint32_t encoding);

/* SDM: "VM-Instruction Error Numbers"; "VM entry with invalid control field(s)". */
const char *decode_vm_error(uint32_t error);
/* SDM: "VMX Basic Exit Reasons"; looks at bits 15:0 only. */
const char *decode_exit_reason(uint32_t exit_reason);
/* What exit qualification says of a failed VM entry; NULL if nothing is documented. */
const char *decode_entry_failure(uint32_t exit_reason, uint64_t qualification);

/* Interruption types 0 to 7: bits 10:8 of interruption-information fields. */
enum intr_type {
	INTR_TYPE_EXTERNAL,
	INTR_TYPE_RESERVED,
	INTR_TYPE_NMI,
	INTR_TYPE_HARDWARE_EXCEPTION,
	INTR_TYPE_SOFTWARE_INTERRUPT,
	INTR_TYPE_PRIVILEGED_EXCEPTION,
	INTR_TYPE_SOFTWARE_EXCEPTION,
	INTR_TYPE_OTHER,
	INTR_TYPES,
};

const char *decode_type_name(uint32_t type);	/* "hardware exception" */
const char *decode_type_token(uint32_t type);	/* "hw", for command lines and columns */
/* Token, name or number; false if none of them. decode_type_allowed() lists what is. */
bool decode_parse_type(const char *text, uint32_t *type);
const char *decode_type_allowed(void);

/* Exceptions; vectors without a name of their own give NULL. */
const char *decode_vector_name(uint32_t vector);	/* "#CP" */
const char *decode_vector_title(uint32_t vector);	/* "control protection exception" */
/* "CP", "#CP", "cp", "21" or "0x15"; false unless it is 0 to 255. */
bool decode_parse_vector(const char *text, uint32_t *vector);

/* A whole number in C notation ("21", "0x15"); false if anything else, or if over max. */
bool decode_parse_number(const char *text, uint64_t max, uint64_t *value);

#endif
