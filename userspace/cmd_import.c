// SPDX-License-Identifier: GPL-2.0
/* vmxprobe import: a report from another tool's dump of MSRs. */
#include <errno.h>
#include <string.h>

#include "cmd.h"
#include "import.h"
#include "privilege.h"
#include "report.h"

struct import_args {
	const char *output;
};

static int take(int key, const char *arg, void *priv)
{
	struct import_args *args = priv;

	if (key == 'o')
		args->output = arg;
	return 0;
}

/* 0 and the dump's host, or an exit code after one sentence. */
static int load(const char *name, const char *path, struct host **host)
{
	const struct import_format *format;
	const char *near = NULL;
	FILE *file;
	int err;

	format = import_find(name, &near);
	if (!format && near)
		return usage_error("import: there is no format \"%s\"; did you mean \"%s\"?", name,
				   near);
	if (!format)
		return usage_error("import: there is no format \"%s\"; there are: %s", name,
				   import_formats());
	file = strcmp(path, "-") ? fopen(path, "re") : stdin;
	if (!file)
		return usage_error("%s: %s", path, strerror(errno));
	/* Whoever made the dump gets no privileges by it. */
	err = privilege_keep(PRIVILEGE_NONE);
	if (!err)
		*host = import_read(format, file, strcmp(path, "-") ? path : "stdin");
	if (file != stdin)
		fclose(file);
	return err || *host ? err : EXIT_USAGE;
}

int cmd_import(struct cmd_context *ctx, int argc, char **argv)
{
	static const struct option_row rows[] = {
		{ "output", 'o', "FILE", "write to FILE instead of standard output" },
		{ NULL, 0, NULL, NULL },
	};
	struct import_args args = { NULL };
	const struct option_table table = {
		.command = "import",
		.operands = "FORMAT FILE",
		.summary = "Make a report from another tool's dump of capability MSRs and CPUID.\n"
			   "FORMAT is instlatx64 (the text dumps that InstLatx64 publishes) or "
			   "msrs (lists of\n\"0x480 VALUE\" lines, or of what rdmsr -a prints "
			   "under each MSR). FILE - is standard\ninput. Every command can read the "
			   "report with --from.",
		.rows = rows,
		.cpuless = true,
		.take = take,
		.priv = &args,
	};
	struct host *host = NULL;
	json_t *json;
	int err;

	err = options_parse(&ctx->options, &table, argc, argv);
	if (err || ctx->options.help)
		return err;
	if (ctx->options.n_operands != 2)
		return usage_error("import needs a format and a file, such as \"vmxprobe import "
				   "instlatx64 DUMP.txt\"");
	err = cmd_open_output(ctx, args.output);
	if (!err)
		err = load(ctx->options.operands[0], ctx->options.operands[1], &host);
	if (err)
		return err;
	json = report_to_json(host);
	host_free(host);
	if (json)
		return cmd_write_json(ctx, args.output, json);
	warn_sentence("out of memory");
	return EXIT_INCOMPLETE;
}
