// SPDX-License-Identifier: MIT
//
// json.c - kernel: a recursive descent JSON parser that builds a tree.

#include "kernel.h"

typedef enum kind { NUL, BOOL, NUMBER, STRING, ARRAY, OBJECT } kind;

typedef struct value {
	kind kind;
	double number;
	const char *text; // STRING: in the source; the name of a member follows in name
	size_t length;
	const char *name;
	size_t name_length;
	struct value *child, *next;
} value;

typedef struct parser {
	const char *at;
	const char *error;
	value *pool;
	size_t used, cap;
} parser;

static value *parse_value(parser *p);

static void
space(parser *p)
{
	while (*p->at == ' ' || *p->at == '\n' || *p->at == '\t' || *p->at == '\r')
		p->at++;
}

static value *
fail(parser *p, const char *why)
{
	if (p->error == NULL)
		p->error = why;
	return NULL;
}

static value *
new_value(parser *p, kind k)
{
	if (p->used == p->cap)
		return fail(p, "too large");
	value *v = &p->pool[p->used++];
	memset(v, 0, sizeof *v);
	v->kind = k;
	return v;
}

static bool
parse_text(parser *p, const char **text, size_t *length)
{
	if (*p->at != '"')
		return false;
	*text = ++p->at;
	while (*p->at != '"') {
		if (*p->at == '\0')
			return false;
		if (*p->at == '\\' && p->at[1] != '\0')
			p->at++;
		p->at++;
	}
	*length = (size_t)(p->at++ - *text);
	return true;
}

static double
parse_number(const char **s)
{
	double v = 0, scale = 1;
	bool minus = **s == '-';
	*s += minus;
	for (; **s >= '0' && **s <= '9'; ++*s)
		v = v * 10 + (**s - '0');
	if (**s == '.')
		for (++*s; **s >= '0' && **s <= '9'; ++*s)
			v += (**s - '0') * (scale /= 10);
	return minus ? -v : v;
}

BENCH_NOINLINE static value *
parse_list(parser *p, kind k, char end)
{
	value *list = new_value(p, k), **tail = list ? &list->child : NULL;
	p->at++;
	space(p);
	if (list == NULL || *p->at == end) {
		p->at++;
		return list;
	}
	for (;;) {
		const char *name = NULL;
		size_t length = 0;
		space(p);
		if (k == OBJECT) {
			if (!parse_text(p, &name, &length))
				return fail(p, "name expected");
			space(p);
			if (*p->at++ != ':')
				return fail(p, "colon expected");
		}
		value *v = parse_value(p);
		if (v == NULL)
			return NULL;
		v->name = name;
		v->name_length = length;
		*tail = v;
		tail = &v->next;
		space(p);
		if (*p->at == end) {
			p->at++;
			return list;
		}
		if (*p->at++ != ',')
			return fail(p, "comma expected");
	}
}

static value *
parse_value(parser *p)
{
	value *v;
	space(p);
	switch (*p->at) {
	case '{':
		return parse_list(p, OBJECT, '}');
	case '[':
		return parse_list(p, ARRAY, ']');
	case '"':
		v = new_value(p, STRING);
		if (v == NULL || !parse_text(p, &v->text, &v->length))
			return fail(p, "string expected");
		return v;
	case 't':
		p->at += 4;
		v = new_value(p, BOOL);
		if (v != NULL)
			v->number = 1;
		return v;
	case 'f':
		p->at += 5;
		return new_value(p, BOOL);
	case 'n':
		p->at += 4;
		return new_value(p, NUL);
	default:
		v = new_value(p, NUMBER);
		if (v != NULL)
			v->number = parse_number(&p->at);
		return v;
	}
}

BENCH_NOINLINE static uint64_t
digest(const value *v, uint64_t sum)
{
	for (; v != NULL; v = v->next) {
		sum = kernel_mix(sum, (uint64_t)v->kind ^ (uint64_t)(int64_t)(v->number * 100) ^ v->length << 8 ^ v->name_length << 20);
		sum = digest(v->child, sum);
	}
	return sum;
}

static uint64_t
kernel(void)
{
	static char text[32768];
	static value pool[4096];
	if (text[0] == '\0') {
		char *s = text;
		s += sprintf(s, "[");
		for (int i = 0; i < 150; i++)
			s += sprintf(s, "%s{\"id\": %d, \"name\": \"user \\\"%d\\\"\", \"tags\": [\"a\", \"bc\", [%d.25, -%d]],\n"
			                "  \"ok\": %s, \"next\": null, \"pos\": {\"x\": %d.5, \"y\": -0.125}}",
			             i ? "," : "", i, i * 17, i, i * 3, i % 2 ? "true" : "false", i * 11);
		sprintf(s, "]");
	}
	parser p = {.at = text, .pool = pool, .cap = sizeof pool / sizeof pool[0]};
	value *root = parse_value(&p);
	if (root == NULL || p.error != NULL) {
		fprintf(stderr, "json: %s\n", p.error ? p.error : "empty");
		exit(1);
	}
	return kernel_mix(digest(root, 1), p.used);
}

KERNEL_MAIN("json")
