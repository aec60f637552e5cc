/* SPDX-License-Identifier: GPL-2.0 */
/* How results reach a person (colour, tables) or a program (JSON). */
#ifndef VMXPROBE_OUT_H
#define VMXPROBE_OUT_H

#include <stdarg.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum out_when { OUT_AUTO, OUT_ALWAYS, OUT_NEVER };

enum out_style {
	OUT_PLAIN,	/* back to normal */
	OUT_BOLD,	/* headings */
	OUT_DIM,	/* what can be skipped */
	OUT_GOOD,
	OUT_BAD,
	OUT_WARN,
};

/* OUT_AUTO: if standard output is a terminal that can, and NO_COLOR is unset or empty. */
void out_init(enum out_when color);
/* The escape sequence, "" without colour. */
const char *out_style(enum out_style style);
/* A heading on standard output; a blank line before all but the first. */
void out_heading(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prose is broken at this column. */
#define OUT_WIDTH 96
/* Words broken into lines; how far the first and the other lines are indented. */
void out_text(const char *text, unsigned int first, unsigned int rest);

/*
 * A table on standard output by libsmartcols, as wide as it needs to be. Functions that
 * allocate stop the program with a sentence if there is no memory: nothing is held that
 * would have to be put back.
 */
struct out_table;
enum out_column_flags { OUT_RIGHT = 1, OUT_LAST_WRAPS = 2 };
struct out_column {
	const char *name;
	unsigned int flags;
};

struct out_table *out_table_new(const struct out_column *columns, size_t n, bool headings);
/* One string a column, NULL for an empty cell; copied. */
void out_table_row(struct out_table *table, const char *const *cells);
/* The same in a style. */
void out_table_row_style(struct out_table *table, enum out_style style,
			 const char *const *cells);
/* Print and free. */
void out_table_print(struct out_table *table);

/* JSON. Numbers that can pass 2^53 and all that are read as hex are strings: "0x15". */
json_t *out_json_hex(uint64_t value);
/* Member added in call order; takes the value, stops the program if there is no memory. */
void out_json_set(json_t *object, const char *key, json_t *value);
void out_json_set_hex(json_t *object, const char *key, uint64_t value);
void out_json_append(json_t *array, json_t *value);
/* The document and a newline; objects and arrays of plain values on one line each. */
int out_json_write(FILE *file, const json_t *json);
/* The same on standard output, freed; an exit code. */
int out_json(json_t *json);

/* "vmxprobe: <sentence>" on standard error. */
void warn_sentence(const char *format, ...) __attribute__((format(printf, 1, 2)));
void warn_sentence_va(const char *format, va_list args) __attribute__((format(printf, 1, 0)));
/* Like asprintf(); stops the program if there is no memory. */
char *out_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
