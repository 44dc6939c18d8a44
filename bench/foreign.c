// SPDX-License-Identifier: MIT
//
// foreign.c - question: what does it cost to call plain C from a goroutine, and back?
//
// The functions of probe/plain.c are built by gcc, so calls of them cross to the system stack. The
// same loops inside plain.c give the price of a plain call.
//
//	Foreign/plain/X    X called by plain code      Foreign/call/X   by a goroutine
//	Foreign/callback   goroutine -> plain -> goroutine, both crossings
//	Foreign/callbacks  1,000 callbacks inside one foreign call, per callback
//	Foreign/in-place   strlen, one of the leaf functions that are called where they are
// X: empty; six (arguments in registers); ten (four of them on the stack). Peer: go/cgo.go.

#include "bench.h"
#include "probe/plain.h"
#include <thrum.h>

static void
run_empty(bench_case *c, uint64_t n)
{
	(void)c;
	for (; n != 0; n--)
		plain_empty();
}

static void
run_six(bench_case *c, uint64_t n)
{
	uint64_t sum = 0;
	(void)c;
	for (; n != 0; n--)
		sum += plain_six(n, 2, 3, 4, 5, 6);
	bench_keep(sum);
}

static void
run_ten(bench_case *c, uint64_t n)
{
	uint64_t sum = 0;
	(void)c;
	for (; n != 0; n--)
		sum += plain_ten(n, 2, 3, 4, 5, 6, 7, 8, 9, 10);
	bench_keep(sum);
}

static void
run_plain(bench_case *c, uint64_t n)
{
	switch (c->arg) {
	case 0:
		plain_empty_loop(n);
		break;
	case 1:
		bench_keep(plain_six_loop(n));
		break;
	default:
		bench_keep(plain_ten_loop(n));
		break;
	}
}

static void
count(void *arg)
{
	++*(uint64_t *)arg;
}

static void
run_callback(bench_case *c, uint64_t n)
{
	static uint64_t hits;
	uint64_t each = c->arg;
	for (uint64_t i = 0; i < n; i += each)
		plain_callback(count, &hits, each);
	bench_keep(hits);
}

static void
run_in_place(bench_case *c, uint64_t n)
{
	static char text[] = "eight by";
	uint64_t sum = 0;
	(void)c;
	for (; n != 0; n--) {
		__asm__ volatile("" : : "r"(text) : "memory");
		sum += strlen(text);
	}
	bench_keep(sum);
}

static bench_case cases[] = {
	{.name = "Foreign/plain/empty", .run = run_plain, .arg = 0},
	{.name = "Foreign/call/empty", .run = run_empty},
	{.name = "Foreign/plain/six", .run = run_plain, .arg = 1},
	{.name = "Foreign/call/six", .run = run_six},
	{.name = "Foreign/plain/ten", .run = run_plain, .arg = 2},
	{.name = "Foreign/call/ten", .run = run_ten},
	{.name = "Foreign/callback", .run = run_callback, .arg = 1},
	{.name = "Foreign/callbacks", .run = run_callback, .arg = 1000, .unit = 1000},
	{.name = "Foreign/in-place", .run = run_in_place},
	{.name = NULL},
};

int
main(int argc, char **argv)
{
	bench_init(argc, argv);
	bench_cases(cases, bench_rounds(9));
	return 0;
}
