// SPDX-License-Identifier: MIT
//
// panic.c - question: what does a deferred call cost, and a panic that is recovered?
//
//	Panic/call         the call that the others defer, made at the end
//	Panic/defer        deferred, the function returns
//	Panic/recover      deferred by THRUM_DEFER_RECOVER, nothing panics
//	Panic/try          in a THRUM_TRY, nothing panics
//	Panic/depth-1      a panic, recovered one call up
//	Panic/depth-100    ... a hundred calls up
//	Panic/defers-100   ... a hundred calls up, each of which has deferred one

#include "bench.h"
#include <thrum.h>

static volatile uint64_t count;

static void
bump(void *arg)
{
	(void)arg;
	count = count + 1;
}

static void
recovers(void *arg, thrum_panicinfo *p)
{
	(void)arg;
	count = count + 1;
	thrum_recover(p);
}

BENCH_NOINLINE static void
call(void)
{
	__asm__ volatile("");
	bump(NULL);
}

BENCH_NOINLINE static void
defer(void)
{
	THRUM_DEFER(bump, NULL);
	__asm__ volatile("");
}

BENCH_NOINLINE static void
recover_(void)
{
	THRUM_DEFER_RECOVER(recovers, NULL, );
	__asm__ volatile("");
}

BENCH_NOINLINE static void
try(void)
{
	THRUM_TRY {
		bump(NULL);
	} THRUM_CATCH(p) {
		abort();
	}
}

BENCH_NOINLINE static void
down(uint64_t depth)
{
	if (depth == 1)
		thrum_panic("benchmark");
	down(depth - 1);
	__asm__ volatile("");
}

BENCH_NOINLINE static void
downdefers(uint64_t depth)
{
	THRUM_DEFER(bump, NULL);
	if (depth == 1)
		thrum_panic("benchmark");
	downdefers(depth - 1);
}

BENCH_NOINLINE static void
panics(uint64_t depth, void (*fn)(uint64_t))
{
	THRUM_DEFER_RECOVER(recovers, NULL, );
	fn(depth);
}

#define RUN(name, what)                                                                                               \
	static void run_##name(bench_case *c, uint64_t n)                                                              \
	{                                                                                                              \
		(void)c;                                                                                               \
		for (uint64_t i = 0; i < n; i++)                                                                       \
			what;                                                                                          \
	}

RUN(call, call())
RUN(defer, defer())
RUN(recover, recover_())
RUN(try, try())
RUN(panic, panics(c->arg, down))
RUN(defers, panics(c->arg, downdefers))

static bench_case cases[] = {
	{.name = "Panic/call", .run = run_call},
	{.name = "Panic/defer", .run = run_defer},
	{.name = "Panic/recover", .run = run_recover},
	{.name = "Panic/try", .run = run_try},
	{.name = "Panic/depth-1", .run = run_panic, .arg = 1},
	{.name = "Panic/depth-100", .run = run_panic, .arg = 100},
	{.name = "Panic/defers-100", .run = run_defers, .arg = 100},
	{.name = NULL},
};

int
main(int argc, char **argv)
{
	bench_init(argc, argv);
	bench_cases(cases, bench_rounds(9));
	return 0;
}
