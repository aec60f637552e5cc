// SPDX-License-Identifier: GPL-2.0
#include "source.h"

#include <errno.h>
#include <string.h>

#include "exit.h"
#include "out.h"

int source_open(struct source *src, const char *path)
{
	char why[512];
	int ret;

	if (path)
		return source_open_report(src, path);
	ret = source_connect_module(src, why, sizeof(why));
	if (!ret)
		return 0;
	if (ret != -ENOENT) {
		warn_sentence("%s", why);
		return EXIT_MODULE;
	}
	warn_sentence("%s (without it: capabilities, but no VM entries)", why);
	return source_open_msr(src);
}

int source_fields(struct source *src, struct cpu *cpu)
{
	if (cpu->fields.scanned || !src->ops->fields)
		return 0;
	return src->ops->fields(src, cpu);
}

int source_experiment(struct source *src, struct cpu *cpu, uint32_t id,
		      const struct probe_options *opt, struct probe_report *report)
{
	const struct experiment *made = cpu_experiment(cpu, id);

	if ((made && made->why.kind == OUTCOME_OK) || !src->ops->experiment)
		return 0;
	return src->ops->experiment(src, cpu, id, opt, report);
}

void source_close(struct source *src)
{
	if (src->ops)
		src->ops->close(src);
	memset(src, 0, sizeof(*src));
}
