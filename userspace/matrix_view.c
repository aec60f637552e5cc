// SPDX-License-Identifier: GPL-2.0
#include "matrix_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exit.h"
#include "names.h"
#include "out.h"
#include "report.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define NAME_WIDTH 36
#define RANGE_WIDTH 24

/* Some of the kinds of guests, by CR0.PE and the unrestricted-guest control. */
struct guests {
	bool in[2][2];
};

/* "CR0.PE = 1 (unrestricted guest 0 or 1), CR0.PE = 0 (unrestricted guest 0)" */
static char *guests_label(const struct matrix *matrix, const struct guests *guests)
{
	char *label = out_format("%s", ""), *longer;

	for (int pe = 1; pe >= 0; pe--) {
		const bool *in = guests->in[pe];
		const char *guest = "";

		if (!in[0] && !in[1])
			continue;
		if (matrix_mode(matrix, pe, true))
			guest = in[0] && in[1] ? " (unrestricted guest 0 or 1)" :
				in[1] ? " (unrestricted guest 1)" : " (unrestricted guest 0)";
		longer = out_format("%s%sCR0.PE = %d%s", label, *label ? ", " : "", pe, guest);
		free(label);
		label = longer;
	}
	return label;
}

static char *mode_label(const struct matrix *matrix, const struct matrix_mode *like)
{
	struct guests guests = { 0 };

	for (size_t i = 0; i < matrix->n_modes; i++) {
		const struct matrix_mode *mode = &matrix->modes[i];

		if (matrix_mode_equal(mode, like))
			guests.in[mode->cr0_pe][mode->unrestricted] = true;
	}
	return guests_label(matrix, &guests);
}

size_t matrix_fold_modes(const struct matrix *matrix, struct matrix_fold folds[MATRIX_MODES])
{
	size_t n = 0;

	for (size_t i = 0; i < matrix->n_modes; i++) {
		const struct matrix_mode *mode = &matrix->modes[i];
		size_t k = 0;

		while (k < n && !matrix_mode_equal(folds[k].mode, mode))
			k++;
		if (k == n)
			folds[n++] = (struct matrix_fold){ mode, mode_label(matrix, mode) };
	}
	return n;
}

void matrix_free_folds(struct matrix_fold *folds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(folds[i].label);
}

/* The accepted vectors, and by name those that are neither accepted nor refused; to be freed. */
static char *cell_text(const uint8_t cells[MATRIX_VECTORS])
{
	static const struct {
		enum answer answer;
		const char *name;
	} others[] = { { ANSWER_UNEXPECTED, "unexpected" }, { ANSWER_NONE, "not run" } };
	bool judged = memchr(cells, ANSWER_ACCEPTED, MATRIX_VECTORS) ||
		      memchr(cells, ANSWER_REFUSED, MATRIX_VECTORS);
	char *text = judged ? matrix_ranges(cells, ANSWER_ACCEPTED) : out_format("%s", "");

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		char *ranges, *longer;

		if (!memchr(cells, others[i].answer, MATRIX_VECTORS))
			continue;
		ranges = matrix_ranges(cells, others[i].answer);
		longer = out_format("%s%s%s %s", text, *text ? ", " : "", others[i].name, ranges);
		free(text);
		free(ranges);
		text = longer;
	}
	return text;
}

/*
 * The next line of a list: up to width, broken behind a comma. NULL at its end. To be freed;
 * *text moves on.
 */
static char *next_line(const char **text, size_t width)
{
	const char *start = *text + strspn(*text, " "), *end = start, *comma;
	char *line;

	if (!*start)
		return NULL;
	for (;;) {
		comma = strchrnul(end, ',');
		comma += *comma == ',';
		if (end > start && (size_t)(comma - start) > width)
			break;
		end = comma;
		if (!*end)
			break;
	}
	line = out_format("%.*s", (int)(end - start), start);
	*text = end;
	return line;
}

static bool row_equal(const struct matrix_mode *mode, unsigned int a, unsigned int b)
{
	return !memcmp(mode->cell[a], mode->cell[b], sizeof(mode->cell[a]));
}

/* Number and name of every type: "0,4-6", "external ..., ...". */
static void row_names(const bool like[INTR_TYPES], char **numbers, char **names)
{
	uint8_t types[MATRIX_VECTORS] = { 0 };
	char *longer;

	*names = out_format("%s", "");
	for (unsigned int t = 0; t < INTR_TYPES; t++) {
		if (!like[t])
			continue;
		types[t] = 1;
		longer = out_format("%s%s%s", *names, **names ? ", " : "", decode_type_name(t));
		free(*names);
		*names = longer;
	}
	*numbers = matrix_ranges(types, 1);
}

struct out_table *matrix_table_new(void)
{
	static const struct out_column columns[] = {
		/* The empty ones keep lists of vectors apart. */
		{ "TYPE", 0 }, { "", 0 }, { "", 0 }, { "NO ERROR CODE", 0 }, { "", 0 },
		{ "ERROR CODE", 0 },
	};

	return out_table_new(columns, ARRAY_SIZE(columns), true);
}

void matrix_table_row(struct out_table *table, const bool like[INTR_TYPES], const char *without,
		      const char *with)
{
	char *numbers, *names;
	const char *left;
	bool first = true;

	row_names(like, &numbers, &names);
	left = names;
	for (;;) {
		char *a = next_line(&left, NAME_WIDTH), *b = next_line(&without, RANGE_WIDTH);
		char *c = next_line(&with, RANGE_WIDTH);
		const char *cells[] = { first ? numbers : NULL, a, NULL, b, NULL, c };

		if (a || b || c)
			out_table_row(table, cells);
		first = false;
		free(a);
		free(b);
		free(c);
		if (!a && !b && !c)
			break;
	}
	free(numbers);
	free(names);
}

static void print_types(const struct matrix_mode *mode)
{
	struct out_table *table = matrix_table_new();
	bool done[INTR_TYPES] = { false };

	for (unsigned int type = 0; type < INTR_TYPES; type++) {
		bool like[INTR_TYPES] = { false };
		char *without, *with;

		if (done[type])
			continue;
		for (unsigned int t = type; t < INTR_TYPES; t++)
			if (row_equal(mode, type, t))
				like[t] = done[t] = true;
		without = cell_text(mode->cell[type][0]);
		with = cell_text(mode->cell[type][1]);
		matrix_table_row(table, like, without, with);
		free(without);
		free(with);
	}
	out_table_print(table);
}

static void print_marks(const char *label, const uint8_t cells[MATRIX_VECTORS])
{
	static const struct {
		char mark;
		enum out_style style;
	} marks[] = {
		[ANSWER_NONE] = { ' ', OUT_PLAIN },
		[ANSWER_ACCEPTED] = { '+', OUT_GOOD },
		[ANSWER_REFUSED] = { '.', OUT_DIM },
		[ANSWER_UNEXPECTED] = { '?', OUT_BAD },
	};

	printf("  %-15s", label);
	for (unsigned int v = 0; v < MATRIX_STRIP; v++)
		printf("%s%c%s", out_style(marks[cells[v]].style), marks[cells[v]].mark,
		       out_style(OUT_PLAIN));
	printf("  %s", out_style(OUT_DIM));
}

void matrix_print_strip_head(void)
{
	printf("  %-15s", "vector");
	for (unsigned int v = 0; v < MATRIX_STRIP; v += 10)
		printf(v ? "%10u" : "%u", v / 10);
	printf("\n  %-15s", "");
	for (unsigned int v = 0; v < MATRIX_STRIP; v++)
		printf("%u", v % 10);
	putchar('\n');
}

void matrix_print_strip(const struct matrix_mode *mode)
{
	const uint8_t (*cell)[MATRIX_VECTORS] = mode->cell[INTR_TYPE_HARDWARE_EXCEPTION];

	matrix_print_strip_head();
	print_marks("no error code", cell[0]);
	printf("+ accepted%s\n", out_style(OUT_PLAIN));
	print_marks("error code", cell[1]);
	printf(". refused%s\n", out_style(OUT_PLAIN));
}

static void print_gap(enum out_style style, const char *text)
{
	fputs(out_style(style), stdout);
	out_text(text, 2, 2);
	fputs(out_style(OUT_PLAIN), stdout);
}

void matrix_print_gaps(const struct matrix *matrix)
{
	const size_t asked = matrix->n_modes * MATRIX_PROBES;
	char *sentence, *text;

	if (!matrix_complete(matrix)) {
		sentence = explain_sentence(DEPTH_CONTROLS, &matrix->why);
		text = matrix->answered ?
		       out_format("%zu of %zu probes have no answer. %s", asked - matrix->answered,
				  asked, sentence) :
		       out_format("%s", sentence);
		print_gap(OUT_WARN, text);
		free(sentence);
		free(text);
	}
	if (matrix->unexpected) {
		sentence = explain_sentence(DEPTH_CONTROLS, &matrix->odd);
		text = out_format("%zu probes were neither accepted nor refused; the first: %s",
				  matrix->unexpected, sentence);
		print_gap(OUT_BAD, text);
		free(sentence);
		free(text);
	}
}

void matrix_print(const struct matrix_group *group)
{
	const struct matrix *matrix = group->matrix;
	struct matrix_fold folds[MATRIX_MODES];
	char *label = cpu_list_label(&group->cpus);
	size_t n = matrix->answered ? matrix_fold_modes(matrix, folds) : 0;

	if (!n)
		out_heading("%s", label);
	for (size_t i = 0; i < n; i++) {
		out_heading("%s: %s", label, folds[i].label);
		print_types(folds[i].mode);
		printf("\n  hardware exceptions\n");
		matrix_print_strip(folds[i].mode);
	}
	matrix_print_gaps(matrix);
	matrix_free_folds(folds, n);
	free(label);
}

bool matrix_differ(const struct matrix_group *groups, size_t n)
{
	size_t complete = 0;

	for (size_t i = 0; i < n; i++)
		complete += matrix_complete(groups[i].matrix);
	return complete > 1;
}

/* The vectors where two rows differ, by what the one answers and the other. */
static void print_row_difference(const char *event, const char *a_label, const char *b_label,
				 const uint8_t a[MATRIX_VECTORS], const uint8_t b[MATRIX_VECTORS])
{
	for (int x = ANSWER_NONE; x <= ANSWER_UNEXPECTED; x++) {
		for (int y = ANSWER_NONE; y <= ANSWER_UNEXPECTED; y++) {
			uint8_t here[MATRIX_VECTORS];
			char *ranges;

			for (unsigned int v = 0; v < MATRIX_VECTORS; v++)
				here[v] = x != y && a[v] == x && b[v] == y;
			if (!memchr(here, 1, sizeof(here)))
				continue;
			ranges = matrix_ranges(here, 1);
			printf("  %s, vector %s: %s by %s, %s by %s\n", event, ranges,
			       answer_name(x), a_label, answer_name(y), b_label);
			free(ranges);
		}
	}
}

static bool cells_equal(const struct matrix_mode *a, const struct matrix_mode *b,
			unsigned int type, unsigned int code)
{
	return !memcmp(a->cell[type][code], b->cell[type][code], MATRIX_VECTORS);
}

/* One row of two CPUs in all kinds of guests that both can have; equal ones told once. */
static void print_event_difference(const struct matrix_group *a, const struct matrix_group *b,
				   const char *a_label, const char *b_label, unsigned int type,
				   unsigned int code)
{
	char *event = out_format("%s with%s error code", decode_type_name(type), code ? "" : "out");
	bool told[MATRIX_MODES] = { false };

	for (size_t i = 0; i < a->matrix->n_modes; i++) {
		const struct matrix_mode *x = &a->matrix->modes[i];
		const struct matrix_mode *y = matrix_mode(b->matrix, x->cr0_pe, x->unrestricted);
		struct guests guests = { 0 };
		char *label;

		if (!y || told[i] || cells_equal(x, y, type, code))
			continue;
		for (size_t k = i; k < a->matrix->n_modes; k++) {
			const struct matrix_mode *u = &a->matrix->modes[k];
			const struct matrix_mode *v = matrix_mode(b->matrix, u->cr0_pe,
								  u->unrestricted);

			if (!v || !cells_equal(u, x, type, code) || !cells_equal(v, y, type, code))
				continue;
			told[k] = true;
			guests.in[u->cr0_pe][u->unrestricted] = true;
		}
		print_row_difference(event, a_label, b_label, x->cell[type][code],
				     y->cell[type][code]);
		label = guests_label(a->matrix, &guests);
		printf("    %s\n", label);
		free(label);
	}
	free(event);
}

static void print_group_difference(const struct matrix_group *a, const struct matrix_group *b)
{
	char *a_label = cpu_list_label(&a->cpus), *b_label = cpu_list_label(&b->cpus);

	if (a_label && b_label) {
		for (unsigned int type = 0; type < INTR_TYPES; type++)
			for (unsigned int code = 0; code < 2; code++)
				print_event_difference(a, b, a_label, b_label, type, code);
		if (a->matrix->n_modes != b->matrix->n_modes)
			printf("  unrestricted guest: %s can have one, %s cannot\n",
			       a->matrix->n_modes > b->matrix->n_modes ? a_label : b_label,
			       a->matrix->n_modes > b->matrix->n_modes ? b_label : a_label);
	}
	free(a_label);
	free(b_label);
}

size_t matrix_print_differences(const struct matrix_group *groups, size_t n)
{
	size_t first = 0, differ = 0;

	while (first < n && !matrix_complete(groups[first].matrix))
		first++;
	for (size_t i = first + 1; i < n; i++) {
		if (!matrix_complete(groups[i].matrix))
			continue;
		if (!differ++)
			out_heading("CPUs differ");
		print_group_difference(&groups[first], &groups[i]);
	}
	return differ;
}

int matrix_exit(const struct run *run, const struct matrix_group *groups, size_t n)
{
	int result = EXIT_OK;

	if (run_changed_host(run) || matrix_differ(groups, n))
		return EXIT_DIFFERENCE;
	for (size_t i = 0; i < n; i++) {
		const struct matrix *matrix = groups[i].matrix;

		if (matrix->why.why == NOT_TESTED_NO_MODULE)
			return EXIT_MODULE;
		if (!matrix_complete(matrix) || matrix->unexpected)
			result = EXIT_INCOMPLETE;
	}
	return result;
}

static json_t *json_row(const struct matrix_mode *mode, unsigned int type, unsigned int code)
{
	const uint8_t *cells = mode->cell[type][code];
	json_t *row = json_object();

	out_json_set(row, "type", json_integer(type));
	out_json_set(row, "name", json_string(decode_type_name(type)));
	out_json_set(row, "deliver_error_code", json_integer(code));
	for (int answer = ANSWER_NONE; answer <= ANSWER_UNEXPECTED; answer++) {
		char *ranges;

		if (!memchr(cells, answer, MATRIX_VECTORS))
			continue;
		ranges = matrix_ranges(cells, answer);
		out_json_set(row, answer_name(answer), json_string(ranges));
		free(ranges);
	}
	return row;
}

json_t *matrix_json(const struct matrix_group *group)
{
	const struct matrix *matrix = group->matrix;
	json_t *object = json_object(), *modes = json_array();
	char *cpus = cpu_list_format(&group->cpus);

	out_json_set(object, "cpus", json_string(cpus ? cpus : ""));
	free(cpus);
	out_json_set(object, "complete", json_boolean(matrix_complete(matrix)));
	if (!matrix_complete(matrix))
		out_json_set(object, "why", report_outcome(&matrix->why));
	out_json_set(object, "probes", json_integer(matrix->n_modes * MATRIX_PROBES));
	out_json_set(object, "answered", json_integer(matrix->answered));
	out_json_set(object, "unexpected", json_integer(matrix->unexpected));
	if (matrix->unexpected)
		out_json_set(object, "first_unexpected", report_outcome(&matrix->odd));
	for (size_t i = 0; i < matrix->n_modes && matrix->answered; i++) {
		const struct matrix_mode *mode = &matrix->modes[i];
		json_t *entry = json_object(), *rows = json_array();

		out_json_set(entry, "cr0_pe", json_integer(mode->cr0_pe));
		out_json_set(entry, "unrestricted", json_integer(mode->unrestricted));
		for (unsigned int type = 0; type < INTR_TYPES; type++)
			for (unsigned int code = 0; code < 2; code++)
				out_json_append(rows, json_row(mode, type, code));
		out_json_set(entry, "rows", rows);
		out_json_append(modes, entry);
	}
	out_json_set(object, "modes", modes);
	return object;
}
