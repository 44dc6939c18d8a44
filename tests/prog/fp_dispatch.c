// SPDX-License-Identifier: MIT
// Shows that an interpreter loop over function pointers, returned by functions and stored by
// functions, keeps its machine state in a local.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct vm { long stack[64]; int sp, pc, steps; const int *code; };
typedef struct op (*op_fn)(struct vm *);
struct op { op_fn next; };

static struct op fetch(struct vm *m);

static struct op
push(struct vm *m)
{
	m->stack[m->sp++] = m->code[m->pc++];
	return (struct op){ fetch };
}
static struct op
add(struct vm *m)
{
	long t[2] = { m->stack[m->sp - 1], m->stack[m->sp - 2] };
	long *volatile p = t;
	m->stack[--m->sp - 1] = p[0] + p[1];
	return (struct op){ fetch };
}
static struct op
dup(struct vm *m)
{
	m->stack[m->sp] = m->stack[m->sp - 1];
	m->sp++;
	return (struct op){ fetch };
}
static struct op
jnz(struct vm *m)
{
	int to = m->code[m->pc++];
	if (m->stack[m->sp - 1])
		m->pc = to;
	return (struct op){ fetch };
}
static struct op
halt(struct vm *m)
{
	(void)m;
	return (struct op){ NULL };
}
static struct op
fetch(struct vm *m)
{
	static const op_fn table[] = { push, add, dup, jnz, halt };
	m->steps++;
	return (struct op){ table[m->code[m->pc++]] };
}

int
main(void)
{
	static const int code[] = { 0, 2000, 2, 2, 1, 1, 0, 0, 1, 4 };
	static const int loop[] = { 0, 2000, 0, -1, 1, 3, 2, 4 };
	struct vm m = { .code = code };
	for (struct op o = { fetch }; o.next;)
		o = o.next(&m);
	printf("%ld %d %d\n", m.stack[m.sp - 1], m.sp, m.steps);
	memset(&m, 0, sizeof m);
	m.code = loop;
	for (struct op o = { fetch }; o.next;)
		o = o.next(&m);
	printf("%ld %d %d\n", m.stack[m.sp - 1], m.sp, m.steps);
	return 0;
}
