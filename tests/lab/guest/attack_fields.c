// SPDX-License-Identifier: GPL-2.0
/*
 * Which VMCS fields a caller may set, and which not: what vmxprobe(8), docs/SECURITY and the
 * contract say, typed here once more, so that it is not the module that says whether it is right.
 */
#include "attack.h"

/* Their encodings, by the names of the tool's table. */
enum {
#define FIELD(encoding, token, name) token = encoding,
#include "../../../userspace/fields.def"
#undef FIELD
};

#define BIT(n)		(1ULL << (n))
#define BITS(high, low)	((BIT(high) << 1) - BIT(low))
#define ANY		(~0ULL)

/* Of the probes that fail: any value, that of an address, none. */
enum how { NONE, OPEN, PAGE };

/*
 * From the first to the last by two. What has no row cannot be set: host state, the lists of MSRs
 * and the link pointer; exit information, which is neither guest state nor a control; and what
 * vmxprobe(8) lists as being one or the other all the same.
 */
static const struct rule {
	uint16_t first, last;
	uint8_t how;
	uint64_t guest;		/* the bits that can be given at depth enter */
	uint64_t zero;		/* those that must be 0 at the others */
} rules[] = {
	/* Addresses name a page of the module's. */
	{ IO_BITMAP_A, MSR_BITMAP, PAGE, 0, 0 },
	{ PML_ADDRESS, PML_ADDRESS, PAGE, 0, 0 },
	{ VIRTUAL_APIC_PAGE_ADDR, POSTED_INTR_DESC_ADDR, PAGE, 0, 0 },
	{ EPT_POINTER, EPT_POINTER, PAGE, 0, 0 },
	{ EPTP_LIST_ADDRESS, VE_INFORMATION_ADDRESS, PAGE, 0, 0 },
	{ SPPT_POINTER, SPPT_POINTER, PAGE, 0, 0 },
	{ LOW_PASID_DIR_ADDR, HIGH_PASID_DIR_ADDR, PAGE, 0, 0 },
	{ HLAT_POINTER, PID_POINTER_TABLE, PAGE, 0, 0 },
	{ GUEST_CR3, GUEST_CR3, PAGE, 0, 0 },

	/* Controls and the event; what of them a guest that runs may have. */
	{ VIRTUAL_PROCESSOR_ID, POSTED_INTR_NV, OPEN, 0, 0 },
	{ LAST_PID_POINTER_INDEX, LAST_PID_POINTER_INDEX, OPEN, 0, 0 },
	{ TSC_OFFSET, TSC_OFFSET, OPEN, ANY, 0 },
	{ VM_FUNCTION_CONTROL, VM_FUNCTION_CONTROL, OPEN, 0, 0 },
	{ EOI_EXIT_BITMAP0, EOI_EXIT_BITMAP3, OPEN, 0, 0 },
	{ XSS_EXIT_BITMAP, ENCLS_EXITING_BITMAP, OPEN, 0, 0 },
	{ TSC_MULTIPLIER, TERTIARY_VM_EXEC_CONTROL, OPEN, 0, 0 },
	{ PIN_BASED_VM_EXEC_CONTROL, PIN_BASED_VM_EXEC_CONTROL, OPEN, BIT(5), 0 },
	{ CPU_BASED_VM_EXEC_CONTROL, CPU_BASED_VM_EXEC_CONTROL, OPEN,
	  BIT(2) | BIT(3) | BIT(7) | BIT(12) | BIT(16) | BIT(22) | BIT(27) | BIT(30), 0 },
	{ EXCEPTION_BITMAP, CR3_TARGET_COUNT, OPEN, ANY, 0 },
	{ VM_EXIT_CONTROLS, VM_EXIT_CONTROLS, OPEN,
	  BIT(2) | BIT(18) | BIT(20) | BIT(22) | BIT(30), 0 },
	{ VM_ENTRY_CONTROLS, VM_ENTRY_CONTROLS, OPEN,
	  BIT(2) | BITS(16, 13) | BIT(20) | BIT(22), 0 },
	{ VM_ENTRY_INTR_INFO_FIELD, VM_ENTRY_INSTRUCTION_LEN, OPEN, ANY, 0 },
	{ TPR_THRESHOLD, PLE_WINDOW, OPEN, 0, 0 },
	{ CR0_GUEST_HOST_MASK, CR4_READ_SHADOW, OPEN, 0, 0 },

	/* Guest state. */
	{ GUEST_ES_SELECTOR, GUEST_TR_SELECTOR, OPEN, ANY, 0 },
	{ GUEST_UINV, GUEST_UINV, OPEN, 0, 0 },
	{ GUEST_IA32_DEBUGCTL, GUEST_IA32_DEBUGCTL, OPEN, ~BITS(8, 6), BITS(8, 6) },
	{ GUEST_IA32_PAT, GUEST_IA32_PAT, OPEN, ANY, BITS(31, 0) },
	{ GUEST_IA32_EFER, GUEST_IA32_EFER, OPEN, ANY, BIT(0) | BIT(11) },
	{ GUEST_IA32_PERF_GLOBAL_CTRL, GUEST_IA32_PERF_GLOBAL_CTRL, OPEN, ANY, 0 },
	{ GUEST_PDPTR0, GUEST_PDPTR3, OPEN, 0, 0 },
	{ GUEST_BNDCFGS, GUEST_BNDCFGS, OPEN, ANY, 0 },
	{ GUEST_IA32_RTIT_CTL, GUEST_IA32_RTIT_CTL, OPEN, 0, BIT(0) },
	{ GUEST_IA32_LBR_CTL, GUEST_IA32_LBR_CTL, OPEN, 0, 0 },
	{ GUEST_IA32_PKRS, GUEST_IA32_PKRS, OPEN, ANY, BITS(31, 0) },
	{ GUEST_ES_LIMIT, GUEST_TR_AR_BYTES, OPEN, ANY, 0 },
	{ GUEST_INTERRUPTIBILITY_INFO, GUEST_INTERRUPTIBILITY_INFO, OPEN, BIT(0) | BIT(1) | BIT(3), 0 },
	/* Neither shutdown nor wait-for-SIPI, nor what is no state at all. */
	{ GUEST_ACTIVITY_STATE, GUEST_ACTIVITY_STATE, OPEN, BIT(0), 0 },
	{ GUEST_SYSENTER_CS, GUEST_SYSENTER_CS, OPEN, ANY, 0 },
	{ VMX_PREEMPTION_TIMER_VALUE, VMX_PREEMPTION_TIMER_VALUE, NONE, ANY, 0 },
	{ GUEST_CR0, GUEST_CR0, OPEN, BIT(1) | BIT(2) | BIT(16) | BIT(18), 0 },
	{ GUEST_CR4, GUEST_CR4, OPEN, BITS(3, 0) | BITS(11, 9) | BIT(20) | BIT(21) | BIT(23) | BIT(24),
	  0 },
	{ GUEST_ES_BASE, GUEST_SYSENTER_EIP, OPEN, ANY, 0 },
	{ GUEST_S_CET, GUEST_S_CET, OPEN, ANY, BITS(3, 0) },
	{ GUEST_SSP, GUEST_INTR_SSP_TABLE, OPEN, ANY, 0 },
};

static const struct rule *rule_of(uint32_t field)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (field >= rules[i].first && field <= rules[i].last &&
		    !((field - rules[i].first) & 1))
			return &rules[i];
	return NULL;
}

static bool has(const struct cpu_facts *cpu, uint32_t msr, unsigned int bit)
{
	return cpu->msr[msr - 0x480] >> 32 & BIT(bit);
}

/* Bits that the CPU's width decides of are unsure where nobody knows it. */
static enum permit may_set_address(uint64_t value, const struct cpu_facts *cpu)
{
	if (cpu)
		return value & BITS(cpu->width - 1, 12) ? REFUSED : ALLOWED;
	return value & BITS(31, 12) ? REFUSED : value & BITS(51, 32) ? UNSURE : ALLOWED;
}

/* Depths controls and state: a control whose effect on the host could not be undone. */
static enum permit may_set_control(uint32_t field, uint32_t value, const struct cpu_facts *cpu)
{
	const uint32_t unknown = value & BITS(31, 23);

	/* The exit must be one to a 64-bit host. */
	if (field == VM_EXIT_CONTROLS)
		return value & BIT(9) ? ALLOWED : REFUSED;
	/* Where the CPU has them: FRED, SPEC_CTRL, and what is to come. */
	if (!unknown)
		return ALLOWED;
	return !cpu ? UNSURE : cpu->msr[4] >> 32 & unknown ? REFUSED : ALLOWED;
}

/* Loads that the exit has the counterpart of. */
static enum permit may_load(uint64_t value, const struct cpu_facts *cpu)
{
	static const uint8_t exit_bits[32] = {
		[13] = 12, [14] = 19, [15] = 21, [16] = 23, [20] = 28, [22] = 29,
	};

	if (!(value & ~BIT(2)))
		return ALLOWED;
	if (!cpu)
		return UNSURE;
	for (unsigned int bit = 0; bit < 32; bit++)
		if (exit_bits[bit] && value & BIT(bit) && !has(cpu, 0x483, exit_bits[bit]))
			return REFUSED;
	return ALLOWED;
}

/* A guest that is entered is ended after 2^20 TSC ticks, and may be after fewer. */
static enum permit may_set_timer(uint64_t value, const struct cpu_facts *cpu)
{
	if (value >= VMXPROBE_GUEST_TICKS)
		return REFUSED;
	return !cpu ? UNSURE :
		value << (cpu->msr[5] & 0x1f) < VMXPROBE_GUEST_TICKS ? ALLOWED : REFUSED;
}

static enum permit may_set_in_guest(const struct rule *rule, uint32_t field, uint64_t value,
				    const struct cpu_facts *cpu)
{
	if (!rule->guest || value & ~rule->guest)
		return REFUSED;
	if (field == VM_ENTRY_CONTROLS)
		return may_load(value, cpu);
	if (field == VMX_PREEMPTION_TIMER_VALUE)
		return may_set_timer(value, cpu);
	return ALLOWED;
}

enum permit may_set(uint32_t field, uint64_t value, uint32_t depth, const struct cpu_facts *cpu)
{
	const struct rule *rule = rule_of(field);

	if (!rule)
		return REFUSED;
	if (depth == VMXPROBE_DEPTH_ENTER)
		return may_set_in_guest(rule, field, value, cpu);
	/* What the depth plants; the link pointer and the list of MSRs nobody may set. */
	if (rule->how == NONE || (field == GUEST_RFLAGS && depth == VMXPROBE_DEPTH_CONTROLS))
		return REFUSED;
	if (rule->how == PAGE)
		return may_set_address(value, cpu);
	if (field == VM_ENTRY_CONTROLS || field == VM_EXIT_CONTROLS)
		return may_set_control(field, value, cpu);
	return value & rule->zero ? REFUSED : ALLOWED;
}

/* Neither host state nor an address. The module may refuse more, and says so where it does. */
bool may_read(uint32_t field)
{
	const struct rule *rule = rule_of(field & ~1U);

	return field < 0x8000 && (field >> 10 & 3) != 3 && !(rule && rule->how == PAGE) &&
	       (field < VM_EXIT_MSR_STORE_ADDR || field > EXECUTIVE_VMCS_POINTER + 1);
}

/* Without the timer or EPT no guest is entered, without unrestricted guest none in real mode. */
enum permit may_enter(uint32_t guest, const struct cpu_facts *cpu)
{
	if (!cpu)
		return UNSURE;
	/* One that attempts no entry says so in the outcome. */
	if (cpu->readiness != VMXPROBE_READINESS_READY && cpu->readiness != VMXPROBE_READINESS_IN_USE)
		return cpu->readiness == VMXPROBE_READINESS_TRACING ? UNSURE : ALLOWED;
	if (!has(cpu, 0x481, 6) || !has(cpu, 0x48b, 1))
		return REFUSED;
	if (has(cpu, 0x48b, 7))
		return ALLOWED;
	return guest == VMXPROBE_GUEST_REAL ? REFUSED : UNSURE;
}

/* What a field of a legal guest holds, or nearly; of controls no bit but those that must be 1. */
uint64_t benign_value(uint32_t field, uint32_t depth, const struct cpu_facts *cpu)
{
	const bool enter = depth == VMXPROBE_DEPTH_ENTER;

	switch (field) {
	case PIN_BASED_VM_EXEC_CONTROL:
		return enter || !cpu ? 0 : (uint32_t)cpu->msr[1];
	case CPU_BASED_VM_EXEC_CONTROL:
		return enter || !cpu ? 0 : (uint32_t)cpu->msr[2];
	case VM_EXIT_CONTROLS:
		return enter ? 0 : (cpu ? (uint32_t)cpu->msr[3] : 0) | BIT(9);
	case VM_ENTRY_CONTROLS:
		return enter || !cpu ? 0 : (uint32_t)cpu->msr[4] | BIT(9);
	case EXCEPTION_BITMAP:
		return (uint32_t)-1;
	case GUEST_RFLAGS:
		return 2;
	case GUEST_DR7:
		return 0x400;
	case VMCS_LINK_POINTER:
		return -1ULL;
	default:
		return 0;
	}
}

/* The field of row I of the tool's table; behind the last -1. */
uint32_t documented_field(unsigned int i)
{
	static const uint16_t fields[] = {
#define FIELD(encoding, token, name) encoding,
#include "../../../userspace/fields.def"
#undef FIELD
	};

	return i < sizeof(fields) / sizeof(fields[0]) ? fields[i] : -1U;
}

/* Whether the values of a field matter, at some depth: then each bit of it is worth a message. */
bool is_choosy(uint32_t field, uint32_t depth)
{
	const struct rule *rule = rule_of(field);

	if (!rule)
		return false;
	if (depth == VMXPROBE_DEPTH_ENTER)
		return rule->guest && (rule->guest != ANY || field == VMX_PREEMPTION_TIMER_VALUE);
	return rule->how == PAGE || rule->zero || field == VM_EXIT_CONTROLS ||
	       field == VM_ENTRY_CONTROLS;
}
