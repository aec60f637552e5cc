// SPDX-License-Identifier: GPL-2.0
#include "source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "exit.h"
#include "out.h"
#include "privilege.h"
#include "report.h"

static int open_machine(struct source *src, const struct host_cpus *cpus)
{
	char why[512];
	int ret = source_connect_module(src, cpus, why, sizeof(why));

	if (!ret)
		return privilege_keep(PRIVILEGE_MODULE);
	if (ret != -ENOENT) {
		warn_sentence("%s", why);
		return EXIT_MODULE;
	}
	warn_sentence("%s (without it: capabilities, but no VM entries)", why);
	ret = source_open_msr(src, cpus);
	/* All that it tells has been read. */
	return ret ? ret : privilege_keep(PRIVILEGE_NONE);
}

/* Nothing that a report says is looked at with privileges. */
static int open_report(struct source *src, const char *path)
{
	size_t length;
	char *text = report_read(path, &length);
	int ret = text ? privilege_keep(PRIVILEGE_NONE) : EXIT_USAGE;

	if (!ret)
		ret = source_open_report(src, text, length, path);
	free(text);
	return ret;
}

int source_open(struct source *src, const char *path, const struct cpu_list *named)
{
	struct host_cpus cpus = { .named = named };
	int ret;

	if (path)
		return open_report(src, path);
	ret = host_cpus_read(&cpus, HOST_CPUS_DIR);
	if (ret) {
		warn_sentence("%s: the lists of CPUs cannot be read: %s", HOST_CPUS_DIR,
			      strerror(-ret));
		ret = EXIT_MODULE;
	} else {
		ret = open_machine(src, &cpus);
	}
	host_cpus_clear(&cpus);
	return ret;
}

/* Is there nothing to ask: of what is left alone, or has no VMX, module or not? */
static bool is_unasked(const struct cpu *cpu)
{
	return cpu_left_alone(cpu) || cpu->readiness == READINESS_NO_VMX;
}

/* What stands for all that such a CPU was not asked. */
static struct outcome unasked(const struct cpu *cpu)
{
	return (struct outcome){ .kind = OUTCOME_NOT_READY, .readiness = cpu->readiness };
}

static int no_memory(void)
{
	warn_sentence("out of memory");
	return EXIT_INCOMPLETE;
}

int source_probe(struct source *src, const struct cpu *cpu, struct evidence *ev, size_t n,
		 const struct probe_options *opt, struct probe_report *report,
		 void (*progress)(void *arg, size_t probes), void *arg)
{
	const struct outcome alone = unasked(cpu);

	if (!is_unasked(cpu))
		return src->ops->probe(src, cpu->id, ev, n, opt, report, progress, arg);
	for (size_t g = 0; g < n; g++) {
		for (size_t i = 0; i < group_probes(&ev[g].group); i++)
			if (evidence_set(&ev[g], i, &alone, NULL))
				return no_memory();
		progress(arg, group_probes(&ev[g].group));
	}
	return 0;
}

int source_fields(struct source *src, struct cpu *cpu, const struct probe_options *opt,
		  struct window_stats *stats)
{
	if (is_unasked(cpu) && !cpu->fields.scanned) {
		cpu->fields.why = unasked(cpu);
		return 0;
	}
	if (cpu->fields.scanned || !src->ops->fields)
		return 0;
	return src->ops->fields(src, cpu, opt, stats);
}

int source_experiment(struct source *src, struct cpu *cpu, uint32_t id,
		      const struct probe_options *opt, struct probe_report *report)
{
	const struct experiment *made = cpu_experiment(cpu, id);

	if (made && made->why.kind == OUTCOME_OK)
		return 0;
	if (is_unasked(cpu)) {
		struct experiment alone = { .id = id, .why = unasked(cpu) };

		return cpu_take_experiment(cpu, &alone) ? no_memory() : 0;
	}
	if (!src->ops->experiment)
		return 0;
	return src->ops->experiment(src, cpu, id, opt, report);
}

void source_close(struct source *src)
{
	if (src->ops)
		src->ops->close(src);
	memset(src, 0, sizeof(*src));
}
