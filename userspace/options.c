// SPDX-License-Identifier: GPL-2.0
/* The command line of a command. */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "exit.h"
#include "out.h"
#include "options.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Above all letters and any key a command gives. */
enum { KEY_CPU = 0x10000, KEY_FROM, KEY_JSON, KEY_COLOR, KEY_HELP };

static const struct option_row common[] = {
	{ "cpu", KEY_CPU, "LIST", "only these CPUs, such as 0-3,7" },
	{ "from", KEY_FROM, "FILE", "use a recorded report instead of this machine" },
#define OF_CPUS 2	/* those before are about CPUs */
	{ "json", KEY_JSON, NULL, "print JSON" },
	{ "color", KEY_COLOR, "WHEN", "auto, always or never; NO_COLOR counts for auto" },
	{ "help", KEY_HELP, NULL, "print this help" },
};

int usage_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	warn_sentence_va(format, args);
	va_end(args);
	return EXIT_USAGE;
}

/* Edit distance in which swapping neighbours counts once; texts longer than this never match. */
#define NEAR_MAX 40

static size_t distance(const char *a, const char *b)
{
	size_t d[NEAR_MAX + 1][NEAR_MAX + 1];
	size_t la = strlen(a), lb = strlen(b), i, k, best;

	if (la > NEAR_MAX || lb > NEAR_MAX)
		return NEAR_MAX;
	for (i = 0; i <= la; i++)
		d[i][0] = i;
	for (k = 0; k <= lb; k++)
		d[0][k] = k;
	for (i = 1; i <= la; i++) {
		for (k = 1; k <= lb; k++) {
			best = d[i - 1][k - 1] + (a[i - 1] != b[k - 1]);
			if (d[i - 1][k] + 1 < best)
				best = d[i - 1][k] + 1;
			if (d[i][k - 1] + 1 < best)
				best = d[i][k - 1] + 1;
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1] &&
			    d[i - 2][k - 2] + 1 < best)
				best = d[i - 2][k - 2] + 1;
			d[i][k] = best;
		}
	}
	return d[la][lb];
}

const char *nearest(const char *text, const char *const *candidates)
{
	const char *near = NULL;
	size_t best = 3, dist;

	for (; *candidates; candidates++) {
		dist = distance(text, *candidates);
		/* More than half of the letters wrong is another word. */
		if (dist < best && dist * 2 <= strlen(*candidates)) {
			best = dist;
			near = *candidates;
		}
	}
	return near;
}

static size_t count_rows(const struct option_row *rows)
{
	size_t n = 0;

	while (rows && rows[n].name)
		n++;
	return n;
}

static size_t first_common(const struct option_table *table)
{
	return table->cpuless ? OF_CPUS : 0;
}

static void print_row(const struct option_row *row)
{
	char *left;

	if (row->key < 256)
		left = out_format("-%c, --%s%s%s", row->key, row->name, row->arg ? " " : "",
				  row->arg ? row->arg : "");
	else
		left = out_format("    --%s%s%s", row->name, row->arg ? " " : "",
				  row->arg ? row->arg : "");
	printf("  %-26s %s\n", left, row->help);
	free(left);
}

static void print_help(const struct option_table *table)
{
	size_t i;

	printf("Usage: vmxprobe %s [OPTION]...%s%s\n\n%s\n\nOptions:\n", table->command,
	       table->operands ? " " : "", table->operands ? table->operands : "",
	       table->summary);
	for (i = 0; i < count_rows(table->rows); i++)
		print_row(&table->rows[i]);
	for (i = first_common(table); i < ARRAY_SIZE(common); i++)
		print_row(&common[i]);
}

static int take_cpus(struct options *options, const char *arg)
{
	switch (cpu_list_parse(&options->cpus, arg)) {
	case 0:
		return 0;
	case -ERANGE:
		return usage_error("--cpu: \"%s\" names a CPU above %u", arg, CPU_LIST_MAX);
	case -ENOMEM:
		return usage_error("--cpu: out of memory");
	default:
		return usage_error("--cpu: \"%s\" is no list of CPUs; give numbers and ranges, "
				   "such as 0-3,7", arg);
	}
}

static int take_common(struct options *options, int key, const char *arg)
{
	static const char *const when[] = { "auto", "always", "never" };
	size_t i;

	switch (key) {
	case KEY_CPU:
		return take_cpus(options, arg);
	case KEY_FROM:
		if (!*arg)
			return usage_error("--from names no file");
		options->from = arg;
		return 0;
	case KEY_JSON:
		options->json = true;
		return 0;
	case KEY_COLOR:
		for (i = 0; i < ARRAY_SIZE(when); i++) {
			if (!strcmp(arg, when[i])) {
				options->color = i;
				return 0;
			}
		}
		return usage_error("--color: \"%s\" is none of auto, always, never", arg);
	case KEY_HELP:
		options->help = true;
		return 0;
	}
	return 0;
}

static int unknown_option(const struct option_table *table, const struct option *longs,
			  size_t n, const char *text)
{
	const char *names[64], *near;
	size_t i, len = strcspn(text, "=");
	char *word;
	int err;

	if (strncmp(text, "--", 2))
		return usage_error("%s has no option %s; see \"vmxprobe %s --help\"",
				   table->command, text, table->command);
	for (i = 0; i < n && i < ARRAY_SIZE(names) - 1; i++)
		names[i] = longs[i].name;
	names[i] = NULL;
	word = out_format("%.*s", (int)len - 2, text + 2);
	near = nearest(word, names);
	if (near)
		err = usage_error("%s has no option --%s; did you mean --%s?", table->command,
				  word, near);
	else
		err = usage_error("%s has no option --%s; see \"vmxprobe %s --help\"",
				  table->command, word, table->command);
	free(word);
	return err;
}

static void add_long(struct option *to, const struct option_row *row)
{
	to->name = row->name;
	to->has_arg = row->arg ? required_argument : no_argument;
	to->flag = NULL;
	to->val = row->key;
}

static int parse_all(struct options *options, const struct option_table *table, int argc,
		     char **argv, const char *shorts, const struct option *longs, size_t n)
{
	const char *text;
	int key, at, err;

	opterr = 0;
	optind = 0;	/* GNU: start anew, this may not be the first command line parsed */
	for (;;) {
		at = optind ? optind : 1;
		key = getopt_long(argc, argv, shorts, longs, NULL);
		if (key == -1 && optind < argc && table->operands) {
			options->operands[options->n_operands++] = argv[optind++];
			continue;
		}
		if (key == -1)
			break;
		text = argv[at];
		if (key == ':')
			return usage_error("%s: option %s needs an argument; see \"vmxprobe %s "
					   "--help\"", table->command, text, table->command);
		if (key == '?') {
			/* A long option that exists, but not with "=VALUE", comes here as well. */
			if (optopt && !strncmp(text, "--", 2))
				return usage_error("%s: option %s takes no argument",
						   table->command, text);
			return unknown_option(table, longs, n, text);
		}
		if (key == 'h')
			key = KEY_HELP;
		err = key >= KEY_CPU ? take_common(options, key, optarg) :
				       table->take(key, optarg, table->priv);
		if (err)
			return err;
	}
	if (optind < argc)
		return usage_error("%s takes no argument \"%s\"; see \"vmxprobe %s --help\"",
				   table->command, argv[optind], table->command);
	return 0;
}

int options_parse(struct options *options, const struct option_table *table, int argc,
		  char **argv)
{
	size_t own = count_rows(table->rows), n = own, i, s = 0;
	struct option *longs = calloc(own + ARRAY_SIZE(common) + 1, sizeof(*longs));
	char *shorts = calloc(1, 2 + 2 * own + 2);
	int err;

	options->operands = calloc(argc, sizeof(*options->operands));
	if (!longs || !shorts || !options->operands) {
		free(longs);
		free(shorts);
		return usage_error("out of memory");
	}
	/* "+": operands end the options, so that argv stays in order for the messages. */
	shorts[s++] = '+';
	shorts[s++] = ':';
	for (i = 0; i < own; i++) {
		add_long(&longs[i], &table->rows[i]);
		if (table->rows[i].key < 256) {
			shorts[s++] = table->rows[i].key;
			if (table->rows[i].arg)
				shorts[s++] = ':';
		}
	}
	shorts[s++] = 'h';
	for (i = first_common(table); i < ARRAY_SIZE(common); i++)
		add_long(&longs[n++], &common[i]);
	err = parse_all(options, table, argc, argv, shorts, longs, n);
	free(longs);
	free(shorts);
	if (err)
		return err;
	out_init(options->color);
	if (options->help)
		print_help(table);
	return 0;
}

void options_clear(struct options *options)
{
	cpu_list_clear(&options->cpus);
	free(options->operands);
	options->operands = NULL;
	options->n_operands = 0;
}

bool options_cpu(const struct options *options, unsigned int id)
{
	return !options->cpus.n || cpu_list_has(&options->cpus, id);
}
