// SPDX-License-Identifier: MIT
// Shows that a tiny Lisp interpreter whose environments are locals of the evaluator's frames runs
// recursive programs 300 calls deep.
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct cell cell;
struct cell {
	enum { NUM, SYM, LIST } kind;
	long num;
	char sym[12];
	cell *item, *next; // LIST: first child; next sibling
};

struct env {
	const struct env *up;
	char name[12];
	long val;
};

struct fn {
	char name[12], arg[12];
	cell *body;
};

static struct fn fns[8];
static int nfns;
static cell pool[400];
static int used;

static cell *
parse(const char **s)
{
	cell *c = &pool[used++];

	while (isspace((unsigned char)**s))
		++*s;
	memset(c, 0, sizeof *c);
	if (**s == '(') {
		cell **tail = &c->item;
		c->kind = LIST;
		for (++*s;;) {
			while (isspace((unsigned char)**s))
				++*s;
			if (**s == ')')
				break;
			*tail = parse(s);
			tail = &(*tail)->next;
		}
		++*s;
	} else if (isdigit((unsigned char)**s)) {
		char *end;
		c->kind = NUM;
		c->num = strtol(*s, &end, 10);
		*s = end;
	} else {
		int n = 0, len;
		c->kind = SYM;
		if (sscanf(*s, "%11[^ ()]%n", c->sym, &n) != 1)
			abort();
		len = n;
		*s += len;
	}
	return c;
}

static long
eval(const cell *c, const struct env *e)
{
	if (c->kind == NUM)
		return c->num;
	if (c->kind == SYM) {
		for (; e; e = e->up)
			if (!strcmp(e->name, c->sym))
				return e->val;
		printf("unbound %s\n", c->sym);
		exit(1);
	}
	const char *op = c->item->sym;
	const cell *a = c->item->next;
	if (!strcmp(op, "if"))
		return eval(a, e) ? eval(a->next, e) : eval(a->next->next, e);
	if (!strcmp(op, "let")) {
		struct env in = { e, "", eval(a->next, e) };
		strcpy(in.name, a->sym);
		return eval(a->next->next, &in);
	}
	if (!strcmp(op, "def")) {
		struct fn *f = &fns[nfns++];
		strcpy(f->name, a->sym);
		strcpy(f->arg, a->next->sym);
		f->body = a->next->next;
		return 0;
	}
	for (int i = 0; i < nfns; i++)
		if (!strcmp(fns[i].name, op)) {
			struct env in = { e, "", eval(a, e) };
			strcpy(in.name, fns[i].arg);
			return eval(fns[i].body, &in);
		}
	long x = eval(a, e), y = eval(a->next, e);
	switch (op[0]) {
	case '+': return (x + y) % 1000007;
	case '-': return x - y;
	case '*': return x * y % 1000007;
	case '<': return x < y;
	case '=': return x == y;
	case '%': return x % y;
	}
	printf("no operator %s\n", op);
	exit(1);
}

int
main(void)
{
	static const char *prog[] = {
		"(def fact n (if (< n 2) 1 (* n (fact (- n 1)))))",
		"(def fib n (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))",
		"(def even n (if (= n 0) 1 (odd (- n 1))))",
		"(def odd n (if (= n 0) 0 (even (- n 1))))",
		"(def tri n (if (= n 0) 0 (let m (- n 1) (+ n (tri m)))))",
		"(fact 10)", "(fact 60)", "(fib 12)", "(even 201)", "(odd 201)", "(tri 100)",
		"(let n 3 (let m (* n n) (let n (+ m n) (* n m))))",
	};

	for (size_t i = 0; i < sizeof prog / sizeof *prog; i++) {
		const char *s = prog[i];
		struct env top = { NULL, "zero", 0 };
		printf("%s -> %ld\n", prog[i], eval(parse(&s), &top));
	}
	return 0;
}
