// SPDX-License-Identifier: GPL-2.0
/*
 * Expressions: parsed and evaluated in one pass. What is skipped because it cannot matter is
 * parsed all the same, so that a mistake in it is found.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "expr.h"
#include "expr_value.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MAX_DEPTH 64
#define MAX_TERMS 512
#define MAX_TERM_LENGTH 64

/* A value, and the part of the text that made it what it is. */
struct value {
	bool known;
	uint64_t number;
	const char *from, *to;
};

struct term {
	const char *text;
	size_t length;
	struct value value;
	bool has_place;		/* not a name of what is judged */
	struct expr_place place;
};

struct parser {
	const char *at;
	const struct cpu *cpu;
	const struct expr_names *names;	/* NULL: there are none here */
	unsigned int depth, skip;
	bool bad;
	size_t n;
	struct term terms[MAX_TERMS];	/* those that the value rests on so far */
};

static struct value implied(struct parser *p);

static void space(struct parser *p)
{
	while (*p->at == ' ' || *p->at == '\t' || *p->at == '\n')
		p->at++;
}

/* Where the next operand begins, its parentheses included. */
static const char *here(struct parser *p)
{
	space(p);
	return p->at;
}

static struct value bad(struct parser *p)
{
	p->bad = true;
	/* Nothing more is to be found. */
	p->at += strlen(p->at);
	return (struct value){ false, 0, p->at, p->at };
}

/* Longer operators first: each hides those that it begins with. */
static const char *peek(struct parser *p)
{
	static const char *const operators[] = {
		"<=>", "=>", "||", "&&", "==", "!=", "<=", ">=", "<<", ">>", "<", ">", "|", "&",
		"+", "-",
	};
	size_t i;

	space(p);
	/* Asked for at each of the levels, mostly in vain. */
	if (!*p->at || !strchr("<=|&!>+-", *p->at))
		return "";
	for (i = 0; i < ARRAY_SIZE(operators); i++)
		if (*p->at == *operators[i] &&
		    !strncmp(p->at, operators[i], strlen(operators[i])))
			return operators[i];
	return "";
}

static bool take(struct parser *p, const char *operator)
{
	const char *next = peek(p);

	if (*next != *operator || strcmp(next, operator))
		return false;
	p->at += strlen(operator);
	return true;
}

static bool take_char(struct parser *p, char c)
{
	space(p);
	if (*p->at != c)
		return false;
	p->at++;
	return true;
}

static void drop_terms(struct parser *p, size_t from, size_t to)
{
	memmove(&p->terms[from], &p->terms[to], (p->n - to) * sizeof(p->terms[0]));
	p->n -= to - from;
}

static void add_term(struct parser *p, const char *from, const struct expr_place *place,
		     const struct value *value)
{
	if (p->skip || p->n == MAX_TERMS)
		return;
	p->terms[p->n] = (struct term){ from, p->at - from, *value, place != NULL, { 0 } };
	if (place)
		p->terms[p->n].place = *place;
	p->n++;
}

static struct value number(struct parser *p)
{
	const char *from = p->at;
	char text[24];
	struct value value = { .known = true, .from = from };
	size_t n = 0;

	while (isalnum((unsigned char)*p->at)) {
		if (n == sizeof(text) - 1)
			return bad(p);
		text[n++] = *p->at++;
	}
	text[n] = '\0';
	if (!decode_parse_number(text, UINT64_MAX, &value.number))
		return bad(p);
	value.to = p->at;
	return value;
}

/* "[7]" or "[8:6]", of a place of so many bits. */
static bool slice(struct parser *p, unsigned int bits, struct value *value)
{
	unsigned int ends[2], i, n;

	for (i = 0; i < 2; i++) {
		p->at++;
		if (!isdigit((unsigned char)*p->at))
			return false;
		for (ends[i] = n = 0; isdigit((unsigned char)*p->at) && n < 3; n++)
			ends[i] = ends[i] * 10 + (*p->at++ - '0');
		if (*p->at == ']') {
			if (!i)
				ends[1] = ends[0];
			break;
		}
		if (*p->at != ':')
			return false;
	}
	if (i == 2 || ends[0] >= bits || ends[1] > ends[0])
		return false;
	p->at++;
	value->number = value->number >> ends[1] & UINT64_MAX >> (63 - (ends[0] - ends[1]));
	return true;
}

static size_t name_length(const char *text)
{
	size_t n = 0;

	while (isalnum((unsigned char)text[n]) || text[n] == '_' || text[n] == '.')
		n++;
	return n;
}

/* exists(NAME), unnamed(NAME) */
static struct value function(struct parser *p, const char *from,
			     bool (*get)(const struct expr_place *place, const struct cpu *cpu,
					 uint64_t *value))
{
	struct value value = { .from = from };
	struct expr_place place;
	size_t n = name_length(p->at);

	if (!expr_place_find(p->at, n, &place) || place.kind != PLACE_MSR || place.truth ||
	    place.half >= 0)
		return bad(p);
	p->at += n;
	if (*p->at != ')')
		return bad(p);
	p->at++;
	value.to = p->at;
	if (!p->skip)
		value.known = get(&place, p->cpu, &value.number);
	add_term(p, from, &place, &value);
	return value;
}

static struct value subset(struct parser *p, const char *from)
{
	struct value a = implied(p), b;

	if (!take_char(p, ','))
		return bad(p);
	b = implied(p);
	if (!take_char(p, ')'))
		return bad(p);
	return (struct value){ a.known && b.known,
			       a.known && b.known && !(a.number & ~b.number), from, p->at };
}

/* A name of what is judged. */
static struct value judged(struct parser *p, const char *from, size_t n)
{
	struct value value = { .from = from };
	struct expr_name found = { 0 };
	char name[MAX_TERM_LENGTH];

	if (!p->names || n >= sizeof(name))
		return bad(p);
	memcpy(name, from, n);
	name[n] = '\0';
	if (!p->names->find(p->names, name, &found))
		return bad(p);
	value.known = found.known && !p->skip;
	value.number = value.known ? found.value : 0;
	if (*p->at == '[' && !slice(p, 64, &value))
		return bad(p);
	value.to = p->at;
	add_term(p, from, NULL, &value);
	return value;
}

static struct value term(struct parser *p)
{
	struct value value = { .from = p->at };
	const char *from = p->at;
	struct expr_place place;
	size_t n = name_length(from);

	p->at += n;
	if (*p->at == '(') {
		p->at++;
		if (n == 6 && !strncmp(from, "exists", n))
			return function(p, from, expr_place_exists);
		if (n == 7 && !strncmp(from, "unnamed", n))
			return function(p, from, expr_place_unnamed);
		if (n == 6 && !strncmp(from, "subset", n))
			return subset(p, from);
		return bad(p);
	}
	if (!expr_place_find(from, n, &place))
		return judged(p, from, n);
	if (!p->skip)
		value.known = expr_place_value(&place, p->cpu, &value.number);
	if (*p->at == '[' && !slice(p, place.bits, &value))
		return bad(p);
	value.to = p->at;
	add_term(p, from, &place, &value);
	return value;
}

static struct value unary(struct parser *p)
{
	struct value value;
	const char *from;
	char c;

	if (++p->depth > MAX_DEPTH)
		return bad(p);
	space(p);
	from = p->at;
	c = *from;
	if (c == '(') {
		p->at++;
		value = implied(p);
		if (!take_char(p, ')'))
			value = bad(p);
	} else if ((c == '!' && from[1] != '=') || c == '~') {
		p->at++;
		value = unary(p);
		if (value.known)
			value.number = c == '!' ? !value.number : ~value.number;
		value.from = from;
		value.to = p->at;
	} else if (isdigit((unsigned char)c)) {
		value = number(p);
	} else if (isalpha((unsigned char)c)) {
		value = term(p);
	} else {
		value = bad(p);
	}
	p->depth--;
	return value;
}

static const struct strict {
	const char *operator;
	unsigned int level;	/* higher binds more tightly; as in C */
} strict_operators[] = {
	{ "|", 1 }, { "&", 2 }, { "==", 3 }, { "!=", 3 }, { "<", 4 }, { "<=", 4 }, { ">", 4 },
	{ ">=", 4 }, { "<<", 5 }, { ">>", 5 }, { "+", 6 }, { "-", 6 },
};

static uint64_t compute(const char *operator, uint64_t a, uint64_t b)
{
	switch (operator[0]) {
	case '|':
		return a | b;
	case '&':
		return a & b;
	case '+':
		return a + b;
	case '-':
		return a - b;
	case '=':
		return a == b;
	case '!':
		return a != b;
	case '<':
		if (operator[1] == '<')
			return b < 64 ? a << b : 0;
		return operator[1] ? a <= b : a < b;
	default:
		if (operator[1] == '>')
			return b < 64 ? a >> b : 0;
		return operator[1] ? a >= b : a > b;
	}
}

/* Operators that need both operands. */
static struct value strict(struct parser *p, unsigned int level)
{
	const char *from = here(p), *operator;
	struct value a, b;
	size_t i;

	if (level > 6)
		return unary(p);
	a = strict(p, level + 1);
	for (;;) {
		operator = peek(p);
		if (!*operator)
			return a;
		for (i = 0; i < ARRAY_SIZE(strict_operators); i++)
			if (!strcmp(operator, strict_operators[i].operator))
				break;
		if (i == ARRAY_SIZE(strict_operators) || strict_operators[i].level != level)
			return a;
		p->at += strlen(operator);
		b = strict(p, level + 1);
		a.known = a.known && b.known;
		a.number = a.known ? compute(operator, a.number, b.number) : 0;
		a.from = from;
		a.to = p->at;
	}
}

static bool decides(const struct value *value, bool with)
{
	return value->known && !value->number == !with;
}

/* && is decided by a false operand, || by a true one; keep what the result rests on. */
static struct value join(struct parser *p, bool with, const char *operator,
			 struct value (*next)(struct parser *p))
{
	const char *from = here(p);
	size_t start = p->n, middle;
	struct value a = next(p), b;

	while (take(p, operator)) {
		middle = p->n;
		p->skip += decides(&a, with);
		b = next(p);
		if (decides(&a, with)) {
			p->skip--;
			continue;
		}
		if (decides(&b, with)) {
			drop_terms(p, start, middle);
			a = b;
			a.number = with;
		} else if (a.known && b.known) {
			a.number = !with;
			a.from = from;
			a.to = p->at;
		} else if (a.known) {
			drop_terms(p, start, middle);
			a = b;
		} else if (b.known) {
			p->n = middle;
		} else {
			a.from = from;
			a.to = p->at;
		}
	}
	return a;
}

static struct value bits(struct parser *p)
{
	return strict(p, 1);
}

static struct value all(struct parser *p)
{
	return join(p, false, "&&", bits);
}

static struct value any(struct parser *p)
{
	return join(p, true, "||", all);
}

static struct value implies(struct parser *p)
{
	const char *from = here(p);
	size_t start = p->n, middle;
	struct value a = any(p), b;

	if (!take(p, "=>"))
		return a;
	if (++p->depth > MAX_DEPTH)
		return bad(p);
	middle = p->n;
	p->skip += decides(&a, false);
	b = implies(p);
	p->depth--;
	if (decides(&a, false)) {
		p->skip--;
		a.number = 1;
	} else if (decides(&b, true)) {
		if (!a.known)
			drop_terms(p, start, middle);
		a.known = true;
		a.number = 1;
	} else if (a.known && b.known) {
		a.number = 0;
	} else {
		if (b.known)
			p->n = middle;
		a.known = false;
		a.number = 0;
	}
	a.from = from;
	a.to = p->at;
	return a;
}

static struct value implied(struct parser *p)
{
	const char *from = here(p);
	struct value a, b;

	if (++p->depth > MAX_DEPTH)
		return bad(p);
	a = implies(p);
	while (take(p, "<=>")) {
		b = implies(p);
		a.known = a.known && b.known;
		a.number = a.known && !a.number == !b.number;
		a.from = from;
		a.to = p->at;
	}
	p->depth--;
	return a;
}

static enum expr_status run(struct parser *p, const char *text, const struct cpu *cpu,
			    const struct expr_names *names, struct value *value)
{
	p->at = text;
	p->cpu = cpu;
	p->names = names;
	p->depth = p->skip = 0;
	p->bad = false;
	p->n = 0;
	*value = implied(p);
	space(p);
	if (p->bad || *p->at)
		return EXPR_BAD;
	return value->known ? EXPR_KNOWN : EXPR_UNKNOWN;
}

static bool seen_before(const struct parser *p, size_t i)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (p->terms[k].length == p->terms[i].length &&
		    !memcmp(p->terms[k].text, p->terms[i].text, p->terms[i].length))
			return true;
	return false;
}

enum expr_status expr_eval_with(const char *text, const struct cpu *cpu,
				const struct expr_names *names, uint64_t *value,
				expr_seen_fn seen, void *arg)
{
	char name[MAX_TERM_LENGTH];
	struct parser p;
	struct value v;
	enum expr_status status = run(&p, text, cpu, names, &v);
	const struct term *t;
	size_t i;

	*value = status == EXPR_KNOWN ? v.number : 0;
	if (status == EXPR_BAD || !seen)
		return status;
	for (i = 0; i < p.n; i++) {
		t = &p.terms[i];
		if (seen_before(&p, i) || t->length >= sizeof(name))
			continue;
		memcpy(name, t->text, t->length);
		name[t->length] = '\0';
		seen(arg, name, t->value.known, t->value.known ? t->value.number : 0);
	}
	return status;
}

enum expr_status expr_eval(const char *text, const struct cpu *cpu, uint64_t *value,
			   expr_seen_fn seen, void *arg)
{
	return expr_eval_with(text, cpu, NULL, value, seen, arg);
}

static bool find_arg(const struct expr_names *names, const char *name, struct expr_name *found)
{
	*found = ((const struct expr_arg *)names)->value;
	return !strcmp(name, "arg");
}

struct expr_arg expr_arg(bool known, uint64_t value)
{
	return (struct expr_arg){ { find_arg }, { known, value } };
}

char *expr_part(const char *text, const struct cpu *cpu, const struct expr_names *names)
{
	struct parser p;
	struct value v;

	if (run(&p, text, cpu, names, &v) == EXPR_BAD)
		return strdup(text);
	while (v.to > v.from && v.to[-1] == ' ')
		v.to--;
	return strndup(v.from, v.to - v.from);
}

char *expr_why_unknown(const char *text, const struct cpu *cpu, const struct expr_names *names)
{
	const struct term *t;
	struct parser p;
	struct value v;
	char *why;

	if (run(&p, text, cpu, names, &v) == EXPR_BAD)
		return strdup("its rule cannot be read");
	for (t = p.terms; t < p.terms + p.n; t++) {
		if (t->value.known)
			continue;
		if (t->has_place)
			return expr_place_why(&t->place, cpu);
		return asprintf(&why, "%.*s was not recorded", (int)t->length, t->text) < 0 ? NULL :
		       why;
	}
	return strdup("its values are not known");
}
