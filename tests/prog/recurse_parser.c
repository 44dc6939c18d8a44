// SPDX-License-Identifier: MIT
// Shows that a recursive descent parser keeps its state in a local of main and its results in
// locals of the callers, nested 800 deep.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct parser {
	const char *s;
	int depth, max;
	char err[64];
};

static int expr(struct parser *p, long *out);

static void
skip(struct parser *p)
{
	while (isspace((unsigned char)*p->s))
		p->s++;
}

static int
primary(struct parser *p, long *out)
{
	char *end;

	skip(p);
	if (++p->depth > p->max)
		p->max = p->depth;
	if (*p->s == '(') {
		long in;
		p->s++;
		if (!expr(p, &in))
			return 0;
		skip(p);
		if (*p->s != ')') {
			snprintf(p->err, sizeof p->err, "expected ) at '%.8s'", p->s);
			return 0;
		}
		p->s++;
		*out = in;
	} else if (*p->s == '-') {
		long in;
		p->s++;
		if (!primary(p, &in))
			return 0;
		*out = -in;
	} else if (isdigit((unsigned char)*p->s)) {
		*out = strtol(p->s, &end, 0);
		p->s = end;
	} else {
		snprintf(p->err, sizeof p->err, "expected a number at '%.8s'", p->s);
		return 0;
	}
	p->depth--;
	return 1;
}

static int
term(struct parser *p, long *out)
{
	long a, b;

	if (!primary(p, &a))
		return 0;
	for (skip(p); *p->s == '*' || *p->s == '/' || *p->s == '%'; skip(p)) {
		char op = *p->s++;
		if (!primary(p, &b))
			return 0;
		if (op != '*' && b == 0) {
			strcpy(p->err, "division by zero");
			return 0;
		}
		a = op == '*' ? (a * b) % 1000003 : op == '/' ? a / b : a % b;
	}
	*out = a;
	return 1;
}

static int
expr(struct parser *p, long *out)
{
	long a, b;

	if (!term(p, &a))
		return 0;
	for (skip(p); *p->s == '+' || *p->s == '-'; skip(p)) {
		char op = *p->s++;
		if (!term(p, &b))
			return 0;
		a = op == '+' ? a + b : a - b;
	}
	*out = a;
	return 1;
}

static void
eval(const char *name, const char *s)
{
	struct parser p = { s, 0, 0, "" };
	long v = 0;

	if (expr(&p, &v) && *p.s == 0)
		printf("%s = %ld (depth %d)\n", name, v, p.max);
	else
		printf("%s: %s\n", name, p.err[0] ? p.err : "trailing text");
}

int
main(void)
{
	static const char *ex[] = {
		"1+2*3", "(1+2)*3", "0x10 - 010 - 2", "-(-(-(5)))", "100 / 7 % 5 * 11",
		"2*(3+(4*(5-(6+7))))", "1/0", "(1+2", "1+", "7 7", "((((((((1))))))))+1",
	};
	static char deep[20000];
	char *d = deep;

	for (size_t i = 0; i < sizeof ex / sizeof *ex; i++)
		eval(ex[i], ex[i]);
	for (int i = 0; i < 800; i++)
		d += sprintf(d, "(%d+%d*", i, i % 9 + 1);
	d += sprintf(d, "1");
	for (int i = 0; i < 800; i++)
		*d++ = ')';
	*d = 0;
	eval("deep", deep);
	*--d = 0;
	eval("unclosed", deep);
	return 0;
}
