// SPDX-License-Identifier: MIT
//
// parser.c - a recursive-descent parser on small stacks.
//
//	thrumcc -O2 parser.c -o parser && ./parser
//
// 200 goroutines each parse an expression, build its tree and evaluate it. Nearly all
// of them are shallow and stay at a few KB; every 50th is nested a thousand times
// deeper and gets the stack it needs. Nobody has to guess a size in advance, and no
// check of the depth is needed against a crash: beyond thrum_set_max_stack the program
// ends with "fatal error: stack overflow" and a traceback.
//
// The parser gives its results through pointers to locals, as C programs do.
//
// out: 1+2*(3-4)*5 = -9
// out: 200 expressions, 0 wrong, deepest 2000 levels

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

// node is a number (op 0) or an operation on two others.
struct node {
	char op;
	long value;
	struct node *left, *right;
};

struct parser {
	const char *at;
	int depth, deepest;
};

static bool expression(struct parser *p, struct node **out);

static struct node *
make(char op, long value, struct node *left, struct node *right)
{
	struct node *n = malloc(sizeof *n);
	if (n == NULL)
		abort();
	*n = (struct node){op, value, left, right};
	return n;
}

// factor = number | '(' expression ')'
static bool
factor(struct parser *p, struct node **out)
{
	if (*p->at == '(') {
		p->at++;
		if (++p->depth > p->deepest)
			p->deepest = p->depth;
		if (!expression(p, out) || *p->at != ')')
			return false;
		p->depth--;
		p->at++;
		return true;
	}
	char *end;
	long v = strtol(p->at, &end, 10);
	if (end == p->at)
		return false;
	p->at = end;
	*out = make(0, v, NULL, NULL);
	return true;
}

// term = factor { '*' factor }
static bool
term(struct parser *p, struct node **out)
{
	struct node *left, *right;
	if (!factor(p, &left))
		return false;
	while (*p->at == '*') {
		p->at++;
		if (!factor(p, &right))
			return false;
		left = make('*', 0, left, right);
	}
	*out = left;
	return true;
}

// expression = term { ('+' | '-') term }
static bool
expression(struct parser *p, struct node **out)
{
	struct node *left, *right;
	if (!term(p, &left))
		return false;
	while (*p->at == '+' || *p->at == '-') {
		char op = *p->at++;
		if (!term(p, &right))
			return false;
		left = make(op, 0, left, right);
	}
	*out = left;
	return true;
}

// evaluate gives the value of a tree through *out, and frees the tree.
static void
evaluate(struct node *n, long *out)
{
	long l, r;
	if (n->op == 0) {
		*out = n->value;
	} else {
		evaluate(n->left, &l);
		evaluate(n->right, &r);
		*out = n->op == '+' ? l + r : n->op == '-' ? l - r : l * r;
	}
	free(n);
}

struct job {
	int levels;
	long result;
	int deepest;
	bool ok;
	thrum_wg *wg;
};

// nested writes "(((1)+1)+1)" with this many pairs of brackets; its value is levels + 1.
static char *
nested(int levels)
{
	char *text = malloc((size_t)levels * 4 + 2), *w = text;
	if (text == NULL)
		abort();
	memset(w, '(', (size_t)levels);
	w += levels;
	*w++ = '1';
	for (int i = 0; i < levels; i++)
		w = stpcpy(w, ")+1");
	return text;
}

static void
work(void *arg)
{
	struct job *j = arg;
	char *text = nested(j->levels);
	struct parser p = {.at = text};
	struct node *tree;
	j->ok = expression(&p, &tree) && *p.at == '\0';
	if (j->ok)
		evaluate(tree, &j->result);
	j->deepest = p.deepest;
	free(text);
	thrum_wg_done(j->wg);
}

int
main(void)
{
	struct parser p = {.at = "1+2*(3-4)*5"};
	struct node *tree;
	long value = 0;
	if (expression(&p, &tree))
		evaluate(tree, &value);
	printf("1+2*(3-4)*5 = %ld\n", value);

	static struct job jobs[200];
	thrum_wg wg = {0};
	int wrong = 0, deepest = 0;
	for (int i = 0; i < 200; i++) {
		jobs[i] = (struct job){.levels = i % 50 == 49 ? 2000 : 2, .wg = &wg};
		thrum_wg_add(&wg, 1);
		if (thrum_go(work, &jobs[i]) != 0)
			return 1;
	}
	thrum_wg_wait(&wg);
	for (int i = 0; i < 200; i++) {
		wrong += !jobs[i].ok || jobs[i].result != jobs[i].levels + 1;
		if (jobs[i].deepest > deepest)
			deepest = jobs[i].deepest;
	}
	printf("200 expressions, %d wrong, deepest %d levels\n", wrong, deepest);
	return wrong != 0;
}
