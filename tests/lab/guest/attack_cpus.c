// SPDX-License-Identifier: GPL-2.0
/* What the CPUs are, by sysfs and by what the module says of them before anything is done to it. */
#include <stdio.h>
#include <sys/socket.h>

#include "attack_attr.h"

#define MAX_CPUS	64

static struct cpu_facts facts[MAX_CPUS];
static bool possible[MAX_CPUS];
static bool come_and_go;

static void learn_possible(void)
{
	FILE *file = fopen("/sys/devices/system/cpu/possible", "re");
	unsigned int from, to;
	int n;

	if (!file)
		die("/sys/devices/system/cpu/possible");
	while ((n = fscanf(file, "%u-%u", &from, &to)) > 0) {
		if (n == 1)
			to = from;
		for (; from <= to && from < MAX_CPUS; from++)
			possible[from] = true;
		if (fgetc(file) != ',')
			break;
	}
	fclose(file);
}

static void take_msr(struct cpu_facts *cpu, struct range r)
{
	const struct nlattr *value = last(r, VMXPROBE_A_MSR_VALUE);
	uint32_t index = last_u32(r, VMXPROBE_A_MSR_INDEX, 0) - 0x480;

	if (value && index < sizeof(cpu->msr) / sizeof(cpu->msr[0]))
		cpu->msr[index] = u64_of(value);
}

static void take_cpu(const struct nlmsghdr *nlh, void *data)
{
	struct cpu_facts *cpu = data;
	struct range r = of_message(nlh), in;
	const struct nlattr *nla;

	if (nlh->nlmsg_type == NLMSG_ERROR)
		return;
	cpu->readiness = last_u32(r, VMXPROBE_A_CPU_READINESS, 0);
	/* Of a CPU that does not say. */
	cpu->width = 36;
	while ((nla = next(&r))) {
		in = inside(nla);
		if (type_of(nla) == VMXPROBE_A_CPU_MSR)
			take_msr(cpu, in);
		else if (type_of(nla) == VMXPROBE_A_CPU_CPUID &&
			 last_u32(in, VMXPROBE_A_CPUID_LEAF, 0) == 0x80000008)
			cpu->width = last_u32(in, VMXPROBE_A_CPUID_EAX, 0) & 0xff;
	}
}

void learn_cpus(struct sender *s)
{
	struct message m = { 0 };
	uint8_t buf[256];

	learn_possible();
	for (uint32_t i = 0; i < MAX_CPUS; i++) {
		if (!possible[i])
			continue;
		start(&m, buf, s->family, VMXPROBE_CMD_CPU, 0);
		put_u32(&m, -1, VMXPROBE_A_CPU_ID, i);
		finish(&m);
		if (send(s->fd, buf, m.len, 0) < 0)
			die("send");
		drain(s, take_cpu, &facts[i]);
	}
}

void let_cpus_go(void)
{
	come_and_go = true;
}

bool is_possible(uint32_t cpu)
{
	return cpu < MAX_CPUS && possible[cpu];
}

const struct cpu_facts *facts_of(uint32_t cpu)
{
	if (!is_possible(cpu) || !facts[cpu].readiness || (cpu && come_and_go) ||
	    facts[cpu].readiness == VMXPROBE_READINESS_OFFLINE)
		return NULL;
	return &facts[cpu];
}

bool takes_entries(uint32_t cpu)
{
	return is_in_use(cpu) ||
	       (is_possible(cpu) && facts[cpu].readiness == VMXPROBE_READINESS_READY);
}

bool is_in_use(uint32_t cpu)
{
	return is_possible(cpu) && facts[cpu].readiness == VMXPROBE_READINESS_IN_USE;
}
