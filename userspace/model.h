/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is known of a host: plain data, without netlink or JSON types. The sources fill it
 * in, the decoder, the commands and the outputs read it.
 *
 * Values are raw, as the CPU returned them. Numbers of MSRs, VMCS fields, exit reasons and
 * VM-instruction errors are the architecture's own; their names live in decode.h.
 */
#ifndef VMXPROBE_MODEL_H
#define VMXPROBE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether a CPU can execute VMXON, and if not, why; or why it was not even asked. */
enum readiness {
	READINESS_UNKNOWN,	/* the source cannot know, or sent a value newer than this tool */
	READINESS_READY,
	READINESS_NO_VMX,
	READINESS_LOCKED_OFF,
	READINESS_UNLOCKED,
	READINESS_IN_USE,
	READINESS_OFFLINE,
	READINESS_TRACING,
	/* Of outcomes only. */
	READINESS_BORROWED,	/* takes VMX operation of its own, where another owner's was borrowed */
	READINESS_BUSY,
	/* Left alone, see hostcpus.h. */
	READINESS_ISOLATED,
	READINESS_NOHZ_FULL,
	READINESS_NOT_ALLOWED,
	READINESS_LAST = READINESS_NOT_ALLOWED,
};

struct cpuid_leaf {
	uint32_t leaf, subleaf;
	uint32_t eax, ebx, ecx, edx;
};

enum msr_state {
	MSR_ABSENT,	/* the other capability MSRs say that it does not exist */
	MSR_READ,
	MSR_FAULTED,	/* it should exist, but RDMSR faulted */
};

struct msr {
	uint32_t index;
	enum msr_state state;
	uint64_t value;	/* 0 unless state is MSR_READ */
};

/* How far into a VM entry a probe goes; see probe-depth in vmxprobe(8). */
enum depth {
	DEPTH_CONTROLS = 1,
	DEPTH_STATE,
	DEPTH_ENTER,	/* a guest runs */
};

/* What became of one probe. Which members below are valid follows from the kind. */
enum outcome_kind {
	OUTCOME_NOT_TESTED,	/* the source has no answer: why */
	OUTCOME_NOT_READY,	/* not run: readiness */
	OUTCOME_STOPPED,	/* not run: an earlier probe entered a guest that it should not have */
	OUTCOME_FAULT,		/* insn raised vector (field) */
	OUTCOME_FAIL_INVALID,	/* VMfailInvalid of insn (field) */
	OUTCOME_FAIL_VALID,	/* VMfailValid of insn: error (field) */
	OUTCOME_ENTRY_FAILED,	/* exit_reason with bit 31, qualification */
	OUTCOME_ENTERED,	/* the guest ran: exit_reason and all below it */
	OUTCOME_OK,		/* insn succeeded, or with INSN_NONE something was looked at */
	OUTCOME_WITHHELD,	/* not run: what it does to this CPU could not be undone */
};

enum insn {
	INSN_NONE,
	INSN_VMXON,
	INSN_VMCLEAR,
	INSN_VMPTRLD,
	INSN_VMREAD,
	INSN_VMWRITE,
	INSN_VMLAUNCH,
	INSN_VMXOFF,
	INSN_VMPTRST,
	INSN_VMRESUME,
	INSN_INVEPT,
	INSN_INVVPID,
	INSN_VMCALL,
	INSN_VMFUNC,
};

/* Why a source has no answer. */
enum not_tested {
	NOT_TESTED_NONE,
	NOT_TESTED_NO_MODULE,	/* capabilities were read without the module */
	NOT_TESTED_NOT_RECORDED,	/* the report does not hold this probe */
	NOT_TESTED_NO_CONTROL,	/* the CPU does not have the control the probe needs */
	NOT_TESTED_UNKNOWN_KIND,	/* the module's answer is newer than this tool */
	NOT_TESTED_FAILED,	/* the source could not be asked, and said why */
	NOT_TESTED_OLD_MODULE,	/* the module is older than this tool and cannot do it */
};

struct outcome {
	enum outcome_kind kind;
	enum not_tested why;
	enum readiness readiness;
	enum insn insn;
	uint32_t field;		/* VMCS field encoding, if insn is VMREAD or VMWRITE */
	uint32_t vector;
	uint32_t error;		/* VM-instruction error */
	uint32_t exit_reason;	/* all 32 bits */
	uint64_t qualification;
	uint32_t intr_info, intr_error_code;
	uint32_t idt_info, idt_error_code;
	uint64_t guest_rip;
	uint32_t arrival;	/* 1 + its place in the evidence's arrivals, 0: none */
};

/* Most VMCS fields a group may have read after its exits, and most bytes of stack. */
#define ARRIVAL_MAX_FIELDS 24
#define ARRIVAL_MAX_STACK 64

/* How a guest of depth "enter" was found at its exit. */
struct arrival {
	uint64_t fields[ARRIVAL_MAX_FIELDS];	/* of group.read, in its order */
	size_t n_fields;
	uint8_t stack[ARRIVAL_MAX_STACK];	/* from RSP on */
	size_t n_stack;		/* 0: RSP was not in the guest's stack */
	uint64_t rax, rdx, cr2, dr6;
	uint64_t ticks;		/* of the TSC, entry and exit included, if group.time */
};

struct field_value {
	uint32_t field;		/* VMCS field encoding */
	uint64_t value;
};

/* The guests that depth "enter" has; guest.h says what is in them. */
enum guest {
	GUEST_NONE,
	GUEST_REAL,
	GUEST_PM32,
	GUEST_LONG,
};

/*
 * Probes that start from the same VMCS: the module's baseline, the overrides in their order,
 * then one probe for each value of the swept field (exactly one if sweep_field is 0).
 */
struct group {
	enum depth depth;
	struct field_value *set;
	size_t n_set;
	uint32_t sweep_field;
	uint64_t *values;
	size_t n_values;
	/* At DEPTH_ENTER only; else all 0. */
	enum guest guest;
	uint32_t program;	/* enum guest_program of guest.h */
	uint64_t rcx;		/* of the guest to begin with */
	uint32_t *read;		/* encodings of the VMCS fields that are read after each exit */
	size_t n_read;
	bool time;		/* have the guest timed */
	uint32_t *order;	/* of the values, ascending, from group_index(); NULL: not there */
};

/* A group that was run and what was seen: index[i] is the outcome of probe i. */
struct evidence {
	struct group group;
	struct outcome *outcomes;	/* the different ones */
	size_t n_outcomes;
	uint16_t *index;
	size_t n_index;		/* group_probes(&group) */
	struct arrival *arrivals;
	size_t n_arrivals;
};

/* Host state that a window left different, as read by the module. */
struct host_change {
	uint32_t item;		/* number of the contract; name in name */
	const char *name;	/* static, such as "dr7" */
	uint64_t before, after;
};

/* What running probes on a CPU cost it. */
struct window_stats {
	uint64_t windows;	/* stretches with interrupts off */
	uint64_t borrowed;	/* of these, in the VMX operation of another owner */
	uint32_t max_entries;	/* most VM entries in one of them */
	uint64_t ticks;		/* TSC ticks inside all of them */
	uint64_t max_ticks;	/* TSC ticks in the longest */
	uint64_t reply_bytes;	/* of the answers on the wire, headers included */
	uint64_t interrupted;	/* guests that an event of the host ended, and were entered again */
	uint64_t nmis;		/* of these events, NMIs */
	bool untold;		/* there were more, which an older module did not count */
};

/* A VMCS field encoding that VMREAD or VMWRITE took, or refused by another error than 12. */
struct field_access {
	uint32_t encoding;
	bool readable, writable;	/* VMREAD, VMWRITE worked */
	struct outcome read, write;	/* what they came to where they did not, else all 0 */
	uint64_t ones;			/* read after all ones were written, if both worked */
};

/* What is not listed is error 12, unsupported VMCS component, for both. */
struct field_map {
	bool scanned;
	struct outcome why;		/* if it was not */
	struct field_access *list;	/* ascending */
	size_t n;
};

/* One step of an experiment. */
struct observation {
	bool has_arg, has_value;
	bool set_up;		/* no step, but one before it that did not do what it must */
	uint64_t arg;		/* what this repetition was made with */
	struct outcome outcome;
	uint64_t value;		/* what the step read */
};

/* One of the module's experiments (experiments.h) on a CPU. */
struct experiment {
	uint32_t id;		/* of the contract */
	struct outcome why;	/* OUTCOME_OK: the CPU was asked; else why it was not */
	struct observation *list;
	size_t n;
};

struct cpu {
	unsigned int id;	/* Linux CPU number */
	enum readiness readiness;
	bool borrowed;		/* some of what is known was seen in another owner's VMX operation */
	uint32_t microcode;	/* 0: unknown */
	struct cpuid_leaf *leaves;
	size_t n_leaves;
	struct msr *msrs;
	size_t n_msrs;
	struct evidence *evidence;
	size_t n_evidence;
	struct field_map fields;
	struct experiment *experiments;	/* those that were made, ascending id */
	size_t n_experiments;
	bool shared;		/* the arrays above are another CPU's of this host; read only */
};

struct host {
	char *hostname;
	char *kernel;		/* uname -r, NULL if unknown */
	char *source;		/* "module", "msr": where the evidence came from */
	char *created;		/* RFC 3339, UTC */
	char *tool;		/* version of the tool that collected it */
	struct cpu *cpus;	/* ascending id */
	size_t n_cpus;
};

void window_stats_add(struct window_stats *sum, const struct window_stats *more);

size_t group_probes(const struct group *group);
uint64_t group_value(const struct group *group, size_t probe);
bool group_same_base(const struct group *a, const struct group *b);
/* Have group_find() be quick, until a value is added; 0 or -ENOMEM. */
int group_index(struct group *group);
/* The number of a probe with this value; group_probes() if there is none. */
size_t group_find(const struct group *group, uint64_t value);
int group_copy(struct group *to, const struct group *from);
void group_clear(struct group *group);

/* The outcome of probe number i; OUTCOME_NOT_TESTED if it has none. */
const struct outcome *evidence_outcome(const struct evidence *ev, size_t i);
/* How its guest was found; NULL if none was entered. */
const struct arrival *evidence_arrival(const struct evidence *ev, const struct outcome *outcome);
/*
 * Set the outcome of probe i, sharing equal ones; 0, -ENOMEM, -EINVAL (no such probe). The arrival
 * is NULL unless a guest of DEPTH_ENTER was entered; outcome->arrival is not looked at.
 */
int evidence_set(struct evidence *ev, size_t i, const struct outcome *outcome,
		 const struct arrival *arrival);
/* One more, for an outcome of the caller's; 0 or -ENOMEM. */
int evidence_add_arrival(struct evidence *ev, const struct arrival *arrival);
void evidence_clear(struct evidence *ev);
/* Either may be NULL. */
bool arrival_equal(const struct arrival *a, const struct arrival *b);
/* But for what is not the CPU's: where the module has the page tables, and how long it took. */
bool arrival_alike(const struct arrival *a, const struct arrival *b);
/* But for their arrivals. */
bool outcome_equal(const struct outcome *a, const struct outcome *b);
/* Was something executed that it tells of? */
bool outcome_is_answer(const struct outcome *outcome);

/* Add an element behind the last one; 0 or -ENOMEM. */
int field_map_add(struct field_map *map, const struct field_access *access);
bool field_map_equal(const struct field_map *a, const struct field_map *b);
void field_map_clear(struct field_map *map);
/* NULL if neither VMREAD nor VMWRITE knows the encoding, or that was not found out. */
const struct field_access *field_map_find(const struct field_map *map, uint32_t encoding);

/* Add an element behind the last one; 0 or -ENOMEM. */
int experiment_add(struct experiment *experiment, const struct observation *observation);
bool experiment_equal(const struct experiment *a, const struct experiment *b);
void experiment_clear(struct experiment *experiment);
/* NULL if it was not made. */
const struct experiment *cpu_experiment(const struct cpu *cpu, uint32_t id);
/* Take over *experiment, which is then empty, in place of one with its id; 0 or -ENOMEM. */
int cpu_take_experiment(struct cpu *cpu, struct experiment *experiment);

/* Does its readiness say why nothing was executed? Not if another owner's VMX operation served. */
bool cpu_unready(const struct cpu *cpu);
/* Must nothing be asked of the CPU, for the sake of what runs there? */
bool cpu_left_alone(const struct cpu *cpu);

/* NULL if the CPU has no such MSR value; *value is then untouched. */
const struct msr *cpu_msr(const struct cpu *cpu, uint32_t index);
bool cpu_msr_value(const struct cpu *cpu, uint32_t index, uint64_t *value);
const struct cpuid_leaf *cpu_leaf(const struct cpu *cpu, uint32_t leaf, uint32_t subleaf);
/*
 * Same silicon and same evidence: everything but the CPU's number, its readiness and the APIC
 * IDs that CPUID returns.
 */
bool cpu_same_profile(const struct cpu *a, const struct cpu *b);
/* The same with arrivals that are alike: nothing that a person would tell them apart by. */
bool cpu_alike(const struct cpu *a, const struct cpu *b);

/* The leaf without the APIC ID of the CPU that executed it, which tells CPUs apart. */
struct cpuid_leaf cpuid_without_apic_id(struct cpuid_leaf leaf);

struct cpu *host_cpu(const struct host *host, unsigned int id);
void host_free(struct host *host);

#endif
