// SPDX-License-Identifier: MIT
//
// boundary.c - question: does a call loop suffer that sits just where its stack ends?
//
// Linked stacks (the old Go, gcc -fsplit-stack) do: each turn of the loop adds a segment and drops
// it, the hot split. A copied stack is twice as large after the first turn.
//
//	Boundary/astride     in a fresh goroutine, at the depth where the calls of the loop
//	                     make the stack grow
//	Boundary/big         the same loop at the same place on a stack of 512 KB
//	Boundary/pinned, Boundary/pinned-big
//	                     the same from a variadic function that holds a va_list: its
//	                     stack may not move, growth would link a segment
// One operation is one turn: a chain of eight calls.

#include "frames.h"
#include <stdarg.h>
#include <thrum.h>

typedef struct job {
	bench_case *c;
	uint64_t turns;
	bool big, pinned, found, done;
} job;

BENCH_NOINLINE static uint64_t
chain(uint64_t depth)
{
	if (depth == 0)
		return 1;
	FRAME_HOLD(depth);
	uint64_t r = chain(depth - 1);
	return FRAME_SUM(r);
}

BENCH_NOINLINE static void
loop(uint64_t turns)
{
	uint64_t sum = 0;
	for (; turns != 0; turns--)
		sum += chain(8);
	bench_keep(sum);
}

// shape is a number that changes when the stack grows.
static uint64_t
shape(void)
{
	thrum_stackinfo info;
	return thrum_stack_info(NULL, &info) == 0 ? info.size + info.segments : 0;
}

// timed_loop runs the loop once to see whether the stack grows, then runs it timed.
BENCH_NOINLINE static void
timed_loop(job *j, bool last)
{
	uint64_t before = shape();
	loop(1);
	if (shape() == before && !last)
		return;
	j->found = true;
	uint64_t t = bench_cpu();
	loop(j->turns);
	j->c->own_ns = bench_cpu() - t;
}

BENCH_NOINLINE static void
pinned_loop(job *j, int last, ...)
{
	va_list ap;
	va_start(ap, last);
	uint64_t first = va_arg(ap, uint64_t);
	timed_loop(j, last);
	bench_keep(first + va_arg(ap, uint64_t));
	va_end(ap);
}

// walk goes down frame by frame until the loop makes the stack grow.
BENCH_NOINLINE static uint64_t
walk(job *j, uint64_t depth)
{
	bool last = depth == 0;
	FRAME_HOLD(depth);
	if (j->pinned)
		pinned_loop(j, last, h0, h1);
	else
		timed_loop(j, last);
	uint64_t r = j->found ? 0 : walk(j, depth - 1);
	return FRAME_SUM(r);
}

static void
body(void *arg)
{
	job *j = arg;
	if (j->big)
		bench_keep(chain(4000));
	bench_keep(walk(j, j->big ? 10 : 2000));
	j->done = true;
}

static void
run(bench_case *c, uint64_t n)
{
	job j = {.c = c, .turns = n, .big = (c->arg & 1) != 0, .pinned = (c->arg & 2) != 0};
	if (thrum_go(body, &j) != 0) {
		fprintf(stderr, "boundary: cannot start a goroutine\n");
		exit(1);
	}
	while (!j.done)
		thrum_yield();
	c->own_n = n;
}

static bench_case cases[] = {
	{.name = "Boundary/astride", .run = run, .arg = 0},
	{.name = "Boundary/big", .run = run, .arg = 1},
	{.name = "Boundary/pinned", .run = run, .arg = 2},
	{.name = "Boundary/pinned-big", .run = run, .arg = 3},
	{.name = NULL},
};

int
main(int argc, char **argv)
{
	bench_init(argc, argv);
	bench_cases(cases, bench_rounds(15));
	return 0;
}
