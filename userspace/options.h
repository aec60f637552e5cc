/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The command line of one command: the options every command has, its own, and its --help,
 * all from one table.
 */
#ifndef VMXPROBE_OPTIONS_H
#define VMXPROBE_OPTIONS_H

#include "cpulist.h"
#include "out.h"

/* Options common to all commands. */
struct options {
	struct cpu_list cpus;	/* --cpu; empty: all */
	const char *from;	/* --from, NULL: the machine */
	bool json;		/* --json */
	enum out_when color;	/* --color */
	bool help;		/* --help was given and printed: nothing is left to do */
	const char **operands;	/* what was given besides options */
	size_t n_operands;
};

/* One option of a command's own. */
struct option_row {
	const char *name;	/* long name without dashes */
	int key;		/* its letter, or any number from 256 on if it has none */
	const char *arg;	/* name of its argument in --help, NULL if it takes none */
	const char *help;	/* one line */
};

struct option_table {
	const char *command;
	const char *operands;		/* their place in --help, "[SELECTION]..."; NULL: none taken */
	const char *summary;		/* what the command does, a sentence or a few lines */
	const struct option_row *rows;	/* ends with a row without name; NULL: none */
	bool cpuless;			/* it looks at no CPU: no --cpu and no --from */
	/*
	 * Take the option "key" with its argument; 0, or an exit code after one sentence on
	 * standard error.
	 */
	int (*take)(int key, const char *arg, void *priv);
	void *priv;
};

/*
 * Fill in options from the arguments after the command's name (argv[0] is that name). 0 or
 * EXIT_USAGE after one sentence; also sets up colour. Operands may stand between options.
 */
int options_parse(struct options *options, const struct option_table *table, int argc,
		  char **argv);
void options_clear(struct options *options);

/* Is this CPU asked for? */
bool options_cpu(const struct options *options, unsigned int id);

/* "vmxprobe: <sentence>" on standard error; returns EXIT_USAGE. */
int usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The candidate that text is probably a slip of, NULL if none is near. Ends with NULL. */
const char *nearest(const char *text, const char *const *candidates);

#endif
