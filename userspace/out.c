// SPDX-License-Identifier: GPL-2.0
/* Colour, headings and tables for people. */
#include <libsmartcols.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exit.h"
#include "out.h"

static bool color;
static bool headed;

void out_init(enum out_when when)
{
	const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");

	headed = false;
	switch (when) {
	case OUT_ALWAYS:
		color = true;
		break;
	case OUT_NEVER:
		color = false;
		break;
	case OUT_AUTO:
		color = isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") &&
			(!no_color || !*no_color);
		break;
	}
}

const char *out_style(enum out_style style)
{
	static const char *const sequences[] = {
		[OUT_PLAIN] = "\033[0m",
		[OUT_BOLD] = "\033[1m",
		[OUT_DIM] = "\033[2m",
		[OUT_GOOD] = "\033[32m",
		[OUT_BAD] = "\033[1;31m",
		[OUT_WARN] = "\033[33m",
	};

	return color ? sequences[style] : "";
}

static void no_memory(void)
{
	fputs("vmxprobe: out of memory\n", stderr);
	exit(EXIT_INCOMPLETE);
}

char *out_format(const char *format, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	if (len < 0)
		no_memory();
	return text;
}

void warn_sentence_va(const char *format, va_list args)
{
	fflush(stdout);
	fputs("vmxprobe: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

void warn_sentence(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	warn_sentence_va(format, args);
	va_end(args);
}

void out_heading(const char *format, ...)
{
	va_list args;

	if (headed)
		putchar('\n');
	headed = true;
	fputs(out_style(OUT_BOLD), stdout);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("%s\n", out_style(OUT_PLAIN));
}

void out_text(const char *text, unsigned int first, unsigned int rest)
{
	size_t column = 0, len;

	for (; *text; text += len, text += strspn(text, " ")) {
		len = strcspn(text, " ");
		if (column && column + 1 + len > OUT_WIDTH) {
			putchar('\n');
			column = 0;
			first = rest;
		}
		if (column)
			column += printf(" ");
		else
			column = printf("%*s", (int)first, "");
		column += printf("%.*s", (int)len, text);
	}
	putchar('\n');
}

struct out_table {
	struct libscols_table *scols;
	size_t n_columns;
};

struct out_table *out_table_new(const struct out_column *columns, size_t n, bool headings)
{
	struct out_table *table = calloc(1, sizeof(*table));
	size_t i;
	int flags;

	if (!table)
		no_memory();
	table->n_columns = n;
	table->scols = scols_new_table();
	if (!table->scols)
		no_memory();
	scols_table_enable_noheadings(table->scols, !headings);
	/* The same bytes on a terminal and in a pipe: never cut, never wrapped by the width. */
	scols_table_set_termforce(table->scols, SCOLS_TERMFORCE_NEVER);
	scols_table_enable_nowrap(table->scols, 1);
	scols_table_enable_colors(table->scols, color);
	scols_table_enable_noencoding(table->scols, 1);
	for (i = 0; i < n; i++) {
		flags = columns[i].flags & OUT_RIGHT ? SCOLS_FL_RIGHT : 0;
		if (!scols_table_new_column(table->scols, columns[i].name, 0, flags))
			no_memory();
	}
	return table;
}

void out_table_row_style(struct out_table *table, enum out_style style, const char *const *cells)
{
	struct libscols_line *line = scols_table_new_line(table->scols, NULL);
	size_t i;

	if (!line)
		no_memory();
	for (i = 0; i < table->n_columns; i++)
		if (cells[i] && scols_line_set_data(line, i, cells[i]))
			no_memory();
	if (style != OUT_PLAIN && color && scols_line_set_color(line, out_style(style)))
		no_memory();
}

void out_table_row(struct out_table *table, const char *const *cells)
{
	out_table_row_style(table, OUT_PLAIN, cells);
}

void out_table_print(struct out_table *table)
{
	char *text = NULL, *line, *end;

	if (scols_print_table_to_string(table->scols, &text) || !text)
		no_memory();
	/* The last column is padded too: nobody wants to see or to diff that. */
	for (line = text; *line; line = end + 1) {
		size_t len;

		end = strchrnul(line, '\n');
		for (len = end - line; len && line[len - 1] == ' ';)
			len--;
		printf("%.*s\n", (int)len, line);
		if (!*end)
			break;
	}
	free(text);
	scols_unref_table(table->scols);
	free(table);
}
