// SPDX-License-Identifier: GPL-2.0
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "decode.h"
#include "source_msr.h"

/* A machine of one CPU: the MSRs it has, and what it was asked. */
struct machine {
	uint64_t values[0x500];
	bool faults[0x500];
	bool asked[0x500];
	uint32_t ecx1;
	int err;
};

static int rdmsr(void *priv, unsigned int cpu, uint32_t index, uint64_t *value)
{
	struct machine *machine = priv;

	assert_int_equal(cpu, 3);
	assert_true(index < ARRAY_SIZE(machine->values));
	machine->asked[index] = true;
	/* What a failed read leaves behind must not get out. */
	*value = machine->values[index];
	if (machine->err)
		return machine->err;
	return machine->faults[index] ? -EIO : 0;
}

static int cpuid(void *priv, unsigned int cpu, struct cpuid_leaf *leaf)
{
	const struct machine *machine = priv;

	assert_int_equal(cpu, 3);
	/* Leaves above these would repeat another one: they must not be asked for. */
	switch (leaf->leaf) {
	case 0:
		leaf->eax = 7;
		break;
	case 1:
		leaf->ecx = machine->ecx1;
		break;
	case 7:
		break;
	case 0x80000000:
		leaf->eax = 0x80000001;
		break;
	case 0x80000001:
		break;
	default:
		fail_msg("leaf 0x%x was asked for", leaf->leaf);
	}
	return 0;
}

static int read_machine(struct machine *machine, struct cpu *cpu)
{
	const struct msr_access access = { rdmsr, cpuid, machine };
	const char *what = NULL;
	int err;

	memset(cpu, 0, sizeof(*cpu));
	cpu->id = 3;
	err = msr_read_cpu(&access, cpu, &what);
	if (err)
		assert_non_null(what);
	return err;
}

static void clear(struct cpu *cpu)
{
	free(cpu->leaves);
	free(cpu->msrs);
}

static void machine_init(struct machine *machine)
{
	memset(machine, 0, sizeof(*machine));
	machine->ecx1 = 1u << 5;
	machine->values[0x3a] = 5;
}

static bool present(const struct cpu *cpu, uint32_t index)
{
	return cpu_msr(cpu, index)->state == MSR_READ;
}

static void without_vmx_no_msr_is_touched(void **state)
{
	struct machine machine;
	struct cpu cpu;
	size_t i;

	(void)state;
	machine_init(&machine);
	machine.ecx1 = 0;
	machine.err = -EPERM;	/* and none could be */
	assert_int_equal(read_machine(&machine, &cpu), 0);
	assert_int_equal(cpu.readiness, READINESS_NO_VMX);
	for (i = 0; i < cpu.n_msrs; i++)
		assert_int_equal(cpu.msrs[i].state, MSR_ABSENT);
	for (i = 0; i < ARRAY_SIZE(machine.asked); i++)
		assert_false(machine.asked[i]);
	clear(&cpu);
}

/* The first processors with VMX: nothing that was added later. */
static void old_cpu_has_the_first_eleven(void **state)
{
	struct machine machine;
	struct cpu cpu;
	uint32_t i;

	(void)state;
	machine_init(&machine);
	machine.values[0x480] = 0x001a040000000007;
	machine.values[0x482] = 0x77b9fffe0401e172;
	machine.values[0x483] = 0x0003efff00036dff;
	assert_int_equal(read_machine(&machine, &cpu), 0);
	for (i = 0x480; i <= 0x48a; i++)
		assert_true(present(&cpu, i));
	for (; i <= 0x493; i++) {
		assert_false(present(&cpu, i));
		assert_false(machine.asked[i]);
	}
	clear(&cpu);
}

/* One gate at a time, on an otherwise bare CPU. */
static void each_gate_opens_its_own(void **state)
{
	static const struct {
		uint32_t gate;
		unsigned int bit;
		uint32_t opens[4];
	} rows[] = {
		{ 0x480, 55, { 0x48d, 0x48e, 0x48f, 0x490 } },
		{ 0x482, 63, { 0x48b } },
		{ 0x482, 49, { 0x492 } },
		{ 0x483, 63, { 0x493 } },
		/* The gate's own gate is opened with it. */
		{ 0x48b, 33, { 0x48b, 0x48c } },
		{ 0x48b, 37, { 0x48b, 0x48c } },
		{ 0x48b, 45, { 0x48b, 0x491 } },
	};
	struct machine machine;
	struct cpu cpu;
	size_t i, k;
	uint32_t index;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		machine_init(&machine);
		machine.values[rows[i].gate] = 1ull << rows[i].bit;
		if (rows[i].gate == 0x48b)
			machine.values[0x482] = 1ull << 63;
		assert_int_equal(read_machine(&machine, &cpu), 0);
		for (index = 0x48b; index <= 0x493; index++) {
			bool expected = false;

			for (k = 0; k < ARRAY_SIZE(rows[i].opens); k++)
				expected |= rows[i].opens[k] == index;
			assert_int_equal(present(&cpu, index), expected);
			assert_int_equal(machine.asked[index], expected);
		}
		clear(&cpu);
	}
}

static void fault_is_neither_value_nor_end(void **state)
{
	struct machine machine;
	struct cpu cpu;

	(void)state;
	machine_init(&machine);
	machine.values[0x480] = 1ull << 55;
	machine.values[0x48d] = 0xdead;
	machine.faults[0x48d] = true;
	machine.values[0x490] = 0x1234;
	assert_int_equal(read_machine(&machine, &cpu), 0);
	assert_int_equal(cpu_msr(&cpu, 0x48d)->state, MSR_FAULTED);
	assert_int_equal(cpu_msr(&cpu, 0x48d)->value, 0);
	assert_true(present(&cpu, 0x490));
	clear(&cpu);
	/* A gate that faults opens nothing. */
	machine.faults[0x480] = true;
	assert_int_equal(read_machine(&machine, &cpu), 0);
	assert_int_equal(cpu_msr(&cpu, 0x48d)->state, MSR_ABSENT);
	clear(&cpu);
}

static void other_errors_end_it(void **state)
{
	struct machine machine;
	struct cpu cpu;

	(void)state;
	machine_init(&machine);
	machine.err = -EPERM;
	assert_int_equal(read_machine(&machine, &cpu), -EPERM);
	clear(&cpu);
}

static void readiness_is_what_can_be_known(void **state)
{
	static const struct {
		uint64_t control;
		enum readiness readiness;
	} rows[] = {
		{ 0, READINESS_UNLOCKED }, { 4, READINESS_UNLOCKED }, { 1, READINESS_LOCKED_OFF },
		{ 3, READINESS_LOCKED_OFF }, { 5, READINESS_UNKNOWN }, { 7, READINESS_UNKNOWN },
	};
	struct machine machine;
	struct cpu cpu;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		machine_init(&machine);
		machine.values[0x3a] = rows[i].control;
		assert_int_equal(read_machine(&machine, &cpu), 0);
		assert_int_equal(cpu.readiness, rows[i].readiness);
		clear(&cpu);
	}
	machine.faults[0x3a] = true;
	assert_int_equal(read_machine(&machine, &cpu), 0);
	assert_int_equal(cpu.readiness, READINESS_UNKNOWN);
	clear(&cpu);
}

static void put(const char *dir, const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void sysfs_has_the_microcode(void **state)
{
	char dir[] = "/tmp/vmxprobe-unit-XXXXXX", path[256];

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(msr_microcode(dir, 0), 0);
	snprintf(path, sizeof(path), "%s/cpu0", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/cpu0/microcode", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	put(path, "version", "0x860000a1\n");
	assert_int_equal(msr_microcode(dir, 0), 0x860000a1);
	put(path, "version", "new\n");
	assert_int_equal(msr_microcode(dir, 0), 0);

	snprintf(path, sizeof(path), "rm -r %s", dir);
	assert_int_equal(system(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_vmx_no_msr_is_touched),
		cmocka_unit_test(old_cpu_has_the_first_eleven),
		cmocka_unit_test(each_gate_opens_its_own),
		cmocka_unit_test(fault_is_neither_value_nor_end),
		cmocka_unit_test(other_errors_end_it),
		cmocka_unit_test(readiness_is_what_can_be_known),
		cmocka_unit_test(sysfs_has_the_microcode),
	};

	return cmocka_run_group_tests_name("source_msr", tests, NULL, NULL);
}
