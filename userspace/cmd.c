// SPDX-License-Identifier: GPL-2.0
/* What all commands begin with. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "skipped.h"

static int add_cpus(struct cmd_context *ctx)
{
	const struct host *host = ctx->source.host;
	const struct cpu_list *asked = &ctx->options.cpus;
	struct cpu_list all = { NULL, 0 };
	char *list;
	size_t i;

	for (i = 0; i < host->n_cpus; i++) {
		if ((options_cpu(&ctx->options, host->cpus[i].id) &&
		     cpu_list_add(&ctx->cpus, host->cpus[i].id)) ||
		    cpu_list_add(&all, host->cpus[i].id)) {
			warn_sentence("out of memory");
			cpu_list_clear(&all);
			return EXIT_INCOMPLETE;
		}
	}
	for (i = 0; i < asked->n && host_cpu(host, asked->ids[i]);)
		i++;
	if (i == asked->n) {
		cpu_list_clear(&all);
		return 0;
	}
	list = cpu_list_label(&all);
	usage_error("--cpu: there is no CPU %u; %s %s %s", asked->ids[i],
		    ctx->options.from ? "the report has" : "this machine has",
		    list, "only");
	free(list);
	cpu_list_clear(&all);
	return EXIT_USAGE;
}

/* Is there a CPU that may be asked? If a report has none, it says why. */
static int check_asked(const struct cmd_context *ctx)
{
	const struct host *host = ctx->source.host;
	size_t alone = 0;

	for (size_t i = 0; i < host->n_cpus; i++) {
		if (!skipped_is(&host->cpus[i]))
			return 0;
		alone += cpu_left_alone(&host->cpus[i]);
	}
	if (ctx->options.from || ctx->options.cpus.n || !alone)
		return 0;
	warn_sentence("all CPUs are left alone, as they are isolated, nohz_full or not among those that "
		      "vmxprobe may run on; name some with --cpu");
	return EXIT_INCOMPLETE;
}

int cmd_open(struct cmd_context *ctx)
{
	int err = source_open(&ctx->source, ctx->options.from, &ctx->options.cpus);

	if (!err)
		err = add_cpus(ctx);
	return err ? err : check_asked(ctx);
}

struct cpu *cmd_cpu(struct cmd_context *ctx, size_t i)
{
	return host_cpu(ctx->source.host, ctx->cpus.ids[i]);
}

int cmd_fold(struct cmd_context *ctx, const struct cpu_list *cpus, cpu_same_fn same,
	     const void *arg, struct cpu_groups *groups)
{
	if (!cpu_groups_fold(groups, ctx->source.host, cpus, same, arg))
		return 0;
	warn_sentence("out of memory");
	return EXIT_INCOMPLETE;
}

json_t *cmd_json_cpus(const struct cpu_list *cpus)
{
	json_t *list = json_array();

	for (size_t i = 0; i < cpus->n; i++)
		out_json_append(list, json_integer(cpus->ids[i]));
	return list;
}

int cmd_open_output(struct cmd_context *ctx, const char *path)
{
	int fd;

	if (!path)
		return 0;
	/* What is there stays until there is something to write. */
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd >= 0)
		ctx->created = path;
	else if (errno == EEXIST)
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	ctx->output = fd < 0 ? NULL : fdopen(fd, "w");
	return ctx->output ? 0 : usage_error("%s: %s", path, strerror(errno));
}

int cmd_write_json(struct cmd_context *ctx, const char *path, json_t *json)
{
	struct stat status;
	int err;

	if (!ctx->output)
		return out_json(json);
	ctx->created = NULL;
	/* A pipe has nothing to be overwritten. */
	err = fstat(fileno(ctx->output), &status) ||
	      (S_ISREG(status.st_mode) && ftruncate(fileno(ctx->output), 0)) ||
	      out_json_write(ctx->output, json);
	if (fclose(ctx->output))
		err = -1;
	ctx->output = NULL;
	if (err)
		warn_sentence("%s: %s", path, strerror(errno));
	json_decref(json);
	return err ? EXIT_INCOMPLETE : EXIT_OK;
}

void cmd_close_output(struct cmd_context *ctx)
{
	if (ctx->output)
		fclose(ctx->output);
	if (ctx->created)
		unlink(ctx->created);
}
