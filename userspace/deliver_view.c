// SPDX-License-Identifier: GPL-2.0
#include "deliver_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exit.h"
#include "matrix_view.h"
#include "names.h"
#include "out.h"
#include "report.h"

/* In a strip of vectors. What no CPU should do has a sign of its own each. */
static const struct {
	char mark;
	enum out_style style;
} marks[DELIVERED_KINDS] = {
	[DELIVERED_NOT_RUN] = { ' ', OUT_PLAIN },
	[DELIVERED_REFUSED] = { '.', OUT_DIM },
	[DELIVERED_WITHHELD] = { 'w', OUT_WARN },
	[DELIVERED_PLAIN] = { '+', OUT_GOOD },
	[DELIVERED_CODE] = { 'e', OUT_GOOD },
	[DELIVERED_MTF] = { 'm', OUT_GOOD },
	[DELIVERED_FAULT] = { 'F', OUT_BAD },
	[DELIVERED_EXIT] = { 'X', OUT_BAD },
	[DELIVERED_LOST] = { '0', OUT_BAD },
	[DELIVERED_ELSEWHERE] = { '>', OUT_BAD },
	[DELIVERED_DROPPED] = { '-', OUT_BAD },
	[DELIVERED_ADDED] = { '*', OUT_BAD },
	[DELIVERED_ALTERED] = { '#', OUT_BAD },
	[DELIVERED_FRAME] = { '%', OUT_BAD },
	[DELIVERED_UNEXPECTED] = { '?', OUT_BAD },
};

/* "text, more" in place of text. */
static char *join(char *text, const char *separator, char *more)
{
	char *longer = out_format("%s%s%s", text, *text ? separator : "", more);

	free(text);
	free(more);
	return longer;
}

/*
 * The vectors that were delivered as asked, and by name those that were neither that nor refused;
 * to be freed.
 */
static char *cell_text(const uint8_t cells[MATRIX_VECTORS], enum delivered as_asked)
{
	char *text = memchr(cells, as_asked, MATRIX_VECTORS) ? matrix_ranges(cells, as_asked) :
							       out_format("%s", "");

	for (int kind = 0; kind < DELIVERED_KINDS; kind++) {
		char *ranges;

		if (kind == (int)as_asked || kind == DELIVERED_REFUSED ||
		    !memchr(cells, kind, MATRIX_VECTORS))
			continue;
		ranges = matrix_ranges(cells, kind);
		text = join(text, ", ", out_format("%s %s", delivered_name(kind), ranges));
		free(ranges);
	}
	return *text ? text : join(text, "", out_format("none"));
}

static bool row_equal(const struct deliver_mode *mode, unsigned int a, unsigned int b)
{
	return !memcmp(mode->cell[a], mode->cell[b], sizeof(mode->cell[a]));
}

static void print_types(const struct deliver_mode *mode)
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
		without = cell_text(mode->cell[type][0], DELIVERED_PLAIN);
		with = cell_text(mode->cell[type][1], DELIVERED_CODE);
		matrix_table_row(table, like, without, with);
		free(without);
		free(with);
	}
	out_table_print(table);
}

static void print_marks(const char *label, const uint8_t cells[MATRIX_VECTORS])
{
	printf("  %-15s", label);
	for (unsigned int v = 0; v < MATRIX_STRIP; v++)
		printf("%s%c%s", out_style(marks[cells[v]].style), marks[cells[v]].mark,
		       out_style(OUT_PLAIN));
	putchar('\n');
}

/* The marks that stand in the strip, and what they mean. */
static void print_legend(const uint8_t (*cell)[MATRIX_VECTORS])
{
	for (int kind = DELIVERED_NOT_RUN + 1; kind < DELIVERED_KINDS; kind++)
		if (memchr(cell[0], kind, MATRIX_STRIP) || memchr(cell[1], kind, MATRIX_STRIP))
			printf("  %s%c %s%s\n", out_style(OUT_DIM), marks[kind].mark,
			       delivered_text(kind), out_style(OUT_PLAIN));
}

static void print_strip(const struct deliver_mode *mode)
{
	const uint8_t (*cell)[MATRIX_VECTORS] = mode->cell[INTR_TYPE_HARDWARE_EXCEPTION];

	printf("\n  hardware exceptions\n");
	matrix_print_strip_head();
	print_marks("no error code", cell[0]);
	print_marks("error code", cell[1]);
	print_legend(cell);
}

/* What some events of a row have in common that should not be, and of all rows that are like it. */
struct finding {
	enum delivered kind;
	bool types[INTR_TYPES];
	unsigned int code;
	uint8_t at[MATRIX_VECTORS];
	unsigned int first;	/* of them */
	bool same;		/* all have the first one's detail */
	uint32_t detail;	/* that */
};

/* False if no event of the row ended in this kind. */
static bool find(const struct deliver_mode *mode, unsigned int type, unsigned int code,
		 enum delivered kind, struct finding *finding)
{
	const uint8_t *cells = mode->cell[type][code];
	const uint8_t *first = memchr(cells, kind, MATRIX_VECTORS);

	if (!first)
		return false;
	*finding = (struct finding){ .kind = kind, .code = code, .same = true };
	finding->types[type] = true;
	finding->first = first - cells;
	finding->detail = mode->detail[type][code][finding->first];
	for (unsigned int v = 0; v < MATRIX_VECTORS; v++) {
		finding->at[v] = cells[v] == kind;
		if (finding->at[v] && mode->detail[type][code][v] != finding->detail)
			finding->same = false;
	}
	return true;
}

/* "vector 3", "vectors 3-5,7"; to be freed. */
static char *vectors_text(const uint8_t at[MATRIX_VECTORS])
{
	char *ranges = matrix_ranges(at, 1), *text;

	text = out_format("vector%s %s", ranges[strspn(ranges, "0123456789")] ? "s" : "", ranges);
	free(ranges);
	return text;
}

/* "external interrupt, software interrupt"; to be freed. */
static char *types_text(const bool types[INTR_TYPES])
{
	char *text = out_format("%s", "");

	for (unsigned int type = 0; type < INTR_TYPES; type++)
		if (types[type])
			text = join(text, ", ", out_format("%s", decode_type_name(type)));
	return text;
}

/* "hardware exception with error code, vector 21: delivered, but ... (0x15)."; to be freed. */
static char *finding_sentence(const struct finding *finding)
{
	char *types = types_text(finding->types), *vectors = vectors_text(finding->at);
	char *detail = delivered_detail(finding->kind, finding->detail);
	char *more = !*detail ? out_format("%s", "") :
		     finding->same ? out_format(" (%s)", detail) :
		     out_format(" (vector %u: %s)", finding->first, detail);
	char *text = out_format("%s with%s error code, %s: %s%s.", types,
				finding->code ? "" : "out", vectors, delivered_text(finding->kind),
				more);

	free(types);
	free(vectors);
	free(detail);
	free(more);
	return text;
}

static bool finding_alike(const struct finding *a, const struct finding *b)
{
	return !memcmp(a->at, b->at, sizeof(a->at)) && a->same == b->same &&
	       a->detail == b->detail;
}

/* Call fn for all findings of this kind. */
static void each_of_kind(const struct deliver_mode *mode, enum delivered kind, unsigned int code,
			 void (*fn)(const struct finding *finding, void *priv), void *priv)
{
	bool told[INTR_TYPES] = { false };
	struct finding finding, other;

	for (unsigned int type = 0; type < INTR_TYPES; type++) {
		if (told[type] || !find(mode, type, code, kind, &finding))
			continue;
		for (unsigned int t = type + 1; t < INTR_TYPES; t++)
			if (find(mode, t, code, kind, &other) && finding_alike(&finding, &other))
				finding.types[t] = told[t] = true;
		fn(&finding, priv);
	}
}

static void each_finding(const struct deliver_mode *mode,
			 void (*fn)(const struct finding *finding, void *priv), void *priv)
{
	for (int kind = 0; kind < DELIVERED_KINDS; kind++)
		for (unsigned int code = 0; code < 2; code++)
			if (delivered_finding(kind))
				each_of_kind(mode, kind, code, fn, priv);
}

static void print_finding(const struct finding *finding, void *priv)
{
	char *mark = out_format("%c ", marks[finding->kind].mark);
	char *text = join(mark, "", finding_sentence(finding));

	(void)priv;
	fputs(out_style(OUT_BAD), stdout);
	out_text(text, 2, 4);
	fputs(out_style(OUT_PLAIN), stdout);
	free(text);
}

static void print_gap(enum out_style style, char *text)
{
	fputs(out_style(style), stdout);
	out_text(text, 2, 2);
	fputs(out_style(OUT_PLAIN), stdout);
	free(text);
}

char *deliver_lacks_sentence(const char *lacks)
{
	if (lacks == deliver_no_real)
		return out_format("Not tested: the CPU has no %s, which a guest in real mode "
				  "needs.", lacks);
	return out_format("Not tested: the CPU does not have %s, which end a guest that loops and "
			  "keep it in its pages.", lacks);
}

static void print_gaps(const struct deliver_mode *mode)
{
	char *sentence;

	if (memchr(mode->cell, DELIVERED_WITHHELD, sizeof(mode->cell)))
		print_gap(OUT_DIM, out_format("%s: %s", delivered_name(DELIVERED_WITHHELD),
					      delivered_text(DELIVERED_WITHHELD)));
	if (mode->lacks) {
		print_gap(OUT_WARN, deliver_lacks_sentence(mode->lacks));
	} else if (mode->answered != MATRIX_PROBES) {
		sentence = explain_sentence(DEPTH_ENTER, &mode->why);
		if (mode->answered)
			sentence = join(out_format("%zu of %u probes have no answer.",
						   MATRIX_PROBES - mode->answered,
						   MATRIX_PROBES), " ", sentence);
		print_gap(OUT_WARN, sentence);
	}
	if (mode->unexpected) {
		struct delivery odd = { .kind = DELIVERED_UNEXPECTED };

		sentence = delivery_sentence(&odd, &mode->odd);
		print_gap(OUT_BAD, join(out_format("%zu probes were neither accepted nor refused; "
						   "the first:", mode->unexpected), " ",
					sentence));
	}
}

/* All modes that are like this one: "real mode, 64-bit mode"; to be freed. */
static char *modes_label(const struct deliver *deliver, const struct deliver_mode *like)
{
	char *text = out_format("%s", "");

	for (size_t i = 0; i < deliver->n_modes; i++) {
		const struct deliver_mode *mode = &deliver->modes[i];

		if (deliver_mode_equal(mode, like))
			text = join(text, ", ", out_format("%s", guest_text(mode->guest)));
	}
	return text;
}

static bool told(const struct deliver *deliver, size_t mode)
{
	for (size_t i = 0; i < mode; i++)
		if (deliver_mode_equal(&deliver->modes[i], &deliver->modes[mode]))
			return true;
	return false;
}

void deliver_print(const struct deliver_set *set)
{
	const struct deliver *deliver = set->deliver;
	char *cpus = cpu_list_label(&set->cpus);

	for (size_t i = 0; i < deliver->n_modes; i++) {
		const struct deliver_mode *mode = &deliver->modes[i];
		char *label;

		if (told(deliver, i))
			continue;
		label = modes_label(deliver, mode);
		out_heading("%s: %s", cpus, label);
		free(label);
		if (mode->answered) {
			print_types(mode);
			print_strip(mode);
		}
		if (mode->findings) {
			printf("\n  %saccepted, and not delivered as asked%s\n",
			       out_style(OUT_BOLD), out_style(OUT_PLAIN));
			each_finding(mode, print_finding, NULL);
		}
		print_gaps(mode);
	}
	free(cpus);
}

/* Sets whose CPUs could be asked all that they can be asked. */
bool deliver_differ(const struct deliver_set *sets, size_t n)
{
	size_t complete = 0;

	for (size_t i = 0; i < n; i++)
		complete += deliver_complete(sets[i].deliver);
	return complete > 1;
}

/* The vectors where two rows differ, by what became of them on the one and the other. */
static void print_row_difference(const char *event, const char *a_label, const char *b_label,
				 const uint8_t a[MATRIX_VECTORS], const uint8_t b[MATRIX_VECTORS])
{
	for (int x = 0; x < DELIVERED_KINDS; x++) {
		for (int y = 0; y < DELIVERED_KINDS; y++) {
			uint8_t here[MATRIX_VECTORS];
			char *vectors, *text;

			for (unsigned int v = 0; v < MATRIX_VECTORS; v++)
				here[v] = x != y && a[v] == x && b[v] == y;
			if (!memchr(here, 1, sizeof(here)))
				continue;
			vectors = vectors_text(here);
			text = out_format("%s, %s: %s by %s, %s by %s", event, vectors,
					  delivered_text(x), a_label, delivered_text(y), b_label);
			out_text(text, 2, 4);
			free(text);
			free(vectors);
		}
	}
}

static bool cells_equal(const struct deliver_mode *a, const struct deliver_mode *b,
			unsigned int type, unsigned int code)
{
	return !memcmp(a->cell[type][code], b->cell[type][code], MATRIX_VECTORS);
}

/* One row of two CPUs in all modes that both can have; equal ones told once. */
static void print_event_difference(const struct deliver *a, const struct deliver *b,
				   const char *a_label, const char *b_label, unsigned int type,
				   unsigned int code)
{
	char *event = out_format("%s with%s error code", decode_type_name(type), code ? "" : "out");
	bool told[DELIVER_MODES] = { false };

	for (size_t i = 0; i < a->n_modes; i++) {
		const struct deliver_mode *x = &a->modes[i], *y = &b->modes[i];
		char *modes = out_format("%s", "");

		for (size_t k = i; k < a->n_modes; k++) {
			const struct deliver_mode *u = &a->modes[k], *v = &b->modes[k];

			if (told[k] || u->lacks || v->lacks || cells_equal(u, v, type, code) ||
			    !cells_equal(u, x, type, code) || !cells_equal(v, y, type, code))
				continue;
			told[k] = true;
			modes = join(modes, ", ", out_format("%s", guest_text(u->guest)));
		}
		if (*modes) {
			print_row_difference(event, a_label, b_label, x->cell[type][code],
					     y->cell[type][code]);
			printf("    %s\n", modes);
		}
		free(modes);
	}
	free(event);
}

static void print_set_difference(const struct deliver_set *a, const struct deliver_set *b)
{
	char *a_label = cpu_list_label(&a->cpus), *b_label = cpu_list_label(&b->cpus);

	for (size_t i = 0; i < a->deliver->n_modes; i++) {
		const struct deliver_mode *x = &a->deliver->modes[i], *y = &b->deliver->modes[i];

		if (!x->lacks != !y->lacks)
			printf("  %s: can be entered by %s, not by %s\n", guest_text(x->guest),
			       x->lacks ? b_label : a_label, x->lacks ? a_label : b_label);
	}
	for (unsigned int type = 0; type < INTR_TYPES; type++)
		for (unsigned int code = 0; code < 2; code++)
			print_event_difference(a->deliver, b->deliver, a_label, b_label, type,
					       code);
	free(a_label);
	free(b_label);
}

size_t deliver_print_differences(const struct deliver_set *sets, size_t n)
{
	size_t first = 0, differ = 0;

	while (first < n && !deliver_complete(sets[first].deliver))
		first++;
	for (size_t i = first + 1; i < n; i++) {
		if (!deliver_complete(sets[i].deliver))
			continue;
		if (!differ++)
			out_heading("CPUs differ");
		print_set_difference(&sets[first], &sets[i]);
	}
	return differ;
}

static size_t answered(const struct deliver *deliver)
{
	size_t probes = 0;

	for (size_t i = 0; i < deliver->n_modes; i++)
		probes += deliver->modes[i].answered;
	return probes;
}

int deliver_exit(const struct run *run, const struct deliver_set *sets, size_t n)
{
	int result = EXIT_OK;

	if (run_changed_host(run) || deliver_differ(sets, n))
		return EXIT_DIFFERENCE;
	for (size_t i = 0; i < n; i++)
		if (deliver_findings(sets[i].deliver))
			return EXIT_DIFFERENCE;
	for (size_t i = 0; i < n; i++) {
		const struct deliver *deliver = sets[i].deliver;

		if (!deliver_complete(deliver))
			result = EXIT_INCOMPLETE;
		for (size_t m = 0; m < deliver->n_modes; m++) {
			if (deliver->modes[m].why.why == NOT_TESTED_NO_MODULE)
				return EXIT_MODULE;
			if (deliver->modes[m].unexpected)
				result = EXIT_INCOMPLETE;
		}
	}
	return result;
}

static json_t *json_row(const struct deliver_mode *mode, unsigned int type, unsigned int code)
{
	const uint8_t *cells = mode->cell[type][code];
	json_t *row = json_object();

	out_json_set(row, "type", json_integer(type));
	out_json_set(row, "name", json_string(decode_type_name(type)));
	out_json_set(row, "deliver_error_code", json_integer(code));
	for (int kind = 0; kind < DELIVERED_KINDS; kind++) {
		char *ranges;

		if (!memchr(cells, kind, MATRIX_VECTORS))
			continue;
		ranges = matrix_ranges(cells, kind);
		out_json_set(row, delivered_name(kind), json_string(ranges));
		free(ranges);
	}
	return row;
}

static void add_finding(const struct finding *finding, void *array)
{
	char *vectors = matrix_ranges(finding->at, 1), *sentence = finding_sentence(finding);
	json_t *object = json_object(), *types = json_array();

	for (unsigned int type = 0; type < INTR_TYPES; type++)
		if (finding->types[type])
			out_json_append(types, json_integer(type));
	out_json_set(object, "kind", json_string(delivered_name(finding->kind)));
	out_json_set(object, "types", types);
	out_json_set(object, "deliver_error_code", json_integer(finding->code));
	out_json_set(object, "vectors", json_string(vectors));
	out_json_set(object, "sentence", json_string(sentence));
	out_json_append(array, object);
	free(vectors);
	free(sentence);
}

static json_t *json_mode(const struct deliver_mode *mode)
{
	json_t *object = json_object(), *rows = json_array(), *findings = json_array();

	out_json_set(object, "mode", json_string(guest_name(mode->guest)));
	if (mode->lacks)
		out_json_set(object, "lacks", json_string(mode->lacks));
	out_json_set(object, "answered", json_integer(mode->answered));
	if (!mode->lacks && mode->answered != MATRIX_PROBES)
		out_json_set(object, "why", report_outcome(&mode->why));
	out_json_set(object, "unexpected", json_integer(mode->unexpected));
	if (mode->unexpected)
		out_json_set(object, "first_unexpected", report_outcome(&mode->odd));
	for (unsigned int type = 0; mode->answered && type < INTR_TYPES; type++)
		for (unsigned int code = 0; code < 2; code++)
			out_json_append(rows, json_row(mode, type, code));
	each_finding(mode, add_finding, findings);
	out_json_set(object, "rows", rows);
	out_json_set(object, "findings", findings);
	return object;
}

json_t *deliver_json(const struct deliver_set *set)
{
	const struct deliver *deliver = set->deliver;
	json_t *object = json_object(), *array = json_array();
	char *cpus = cpu_list_format(&set->cpus);

	out_json_set(object, "cpus", json_string(cpus ? cpus : ""));
	free(cpus);
	out_json_set(object, "complete", json_boolean(deliver_complete(deliver)));
	out_json_set(object, "answered", json_integer(answered(deliver)));
	out_json_set(object, "findings", json_integer(deliver_findings(deliver)));
	for (size_t i = 0; i < deliver->n_modes; i++)
		out_json_append(array, json_mode(&deliver->modes[i]));
	out_json_set(object, "modes", array);
	return object;
}
