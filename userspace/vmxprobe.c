// SPDX-License-Identifier: GPL-2.0
/* vmxprobe: what the VMX of each CPU promises, and what it does. */
#include <stdio.h>
#include <string.h>

#include "cmd.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

const char vmxprobe_version[] = VMXPROBE_VERSION;

static const struct command {
	const char *name;
	int (*run)(struct cmd_context *ctx, int argc, char **argv);
	const char *description;
} commands[] = {
	{ "summary", cmd_summary, "the machine at a glance (what runs without a command)" },
	{ "caps", cmd_caps, "every capability MSR, bit by bit" },
	{ "inject", cmd_inject, "try to inject one event, and explain what came of it" },
	{ "probe", cmd_probe, "attempt one VM entry with the fields you name" },
	{ "matrix", cmd_matrix, "try to inject every type and vector" },
	{ "deliver", cmd_deliver, "deliver events to a guest that runs, and show what arrives" },
	{ "fields", cmd_fields, "which VMCS fields each CPU has" },
	{ "experiment", cmd_experiment, "make the module's own experiments" },
	{ "verify", cmd_verify, "judge what the SDM says on every CPU" },
	{ "claims", cmd_claims, "list what verify judges, or explain one claim" },
	{ "import", cmd_import, "make a report from another tool's dump of MSRs" },
	{ "report", cmd_report, "write all that can be known of this machine as JSON" },
};

static void print_help(void)
{
	size_t i;

	puts("Usage: vmxprobe [COMMAND] [OPTION]...\n\n"
	     "What the VMX of each CPU promises, and what it does.\n\nCommands:");
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		printf("  %-11s %s\n", commands[i].name, commands[i].description);
	puts("\n\"vmxprobe COMMAND --help\" lists the options of a command. \"vmxprobe --version\" "
	     "prints\nthe version.");
}

static int run(const struct command *command, int argc, char **argv)
{
	struct cmd_context ctx = { 0 };
	int ret = command->run(&ctx, argc, argv);

	cmd_close_output(&ctx);
	source_close(&ctx.source);
	cpu_list_clear(&ctx.cpus);
	options_clear(&ctx.options);
	if (fflush(stdout) || ferror(stdout)) {
		warn_sentence("standard output cannot be written");
		return ret ? ret : EXIT_INCOMPLETE;
	}
	return ret;
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(name, commands[i].name))
			return &commands[i];
	return NULL;
}

static int unknown_command(const char *name)
{
	const char *names[ARRAY_SIZE(commands) + 1] = { NULL }, *near;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		names[i] = commands[i].name;
	near = nearest(name, names);
	if (near)
		return usage_error("there is no command \"%s\"; did you mean \"%s\"?", name, near);
	return usage_error("there is no command \"%s\"; see \"vmxprobe --help\"", name);
}

/* "help COMMAND" is "COMMAND --help". */
static int help(char *name)
{
	const struct command *command = name ? find_command(name) : NULL;
	static char option[] = "--help";

	if (command)
		return run(command, 2, (char *[]){ name, option, NULL });
	if (name)
		return unknown_command(name);
	print_help();
	return EXIT_OK;
}

int main(int argc, char **argv)
{
	static char summary[] = "summary";
	char *bare[] = { summary, NULL };
	const struct command *command;

	if (argc < 2)
		return run(&commands[0], 1, bare);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return help(NULL);
	if (!strcmp(argv[1], "help"))
		return help(argv[2]);
	if (!strcmp(argv[1], "--version")) {
		printf("vmxprobe %s\n", vmxprobe_version);
		return EXIT_OK;
	}
	/* Options without a command are those of the default command. */
	if (argv[1][0] == '-') {
		argv[0] = summary;
		return run(&commands[0], argc, argv);
	}
	command = find_command(argv[1]);
	return command ? run(command, argc - 1, argv + 1) : unknown_command(argv[1]);
}
