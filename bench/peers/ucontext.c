// SPDX-License-Identifier: MIT
//
// ucontext.c - peer: swapcontext of libc, which saves the signal mask by a system call.

#include "peers.h"
#include <ucontext.h>

static _Alignas(64) char stack[65536];
static ucontext_t a, b;

BENCH_NOINLINE static void
one(ucontext_t *me, ucontext_t *peer, uint64_t n)
{
	for (; n != 0; n--)
		swapcontext(me, peer);
}

#define A_TO_B swapcontext(&a, &b);
#define B_TO_A swapcontext(&b, &a);

BENCH_NOINLINE static void
many_a(uint64_t n)
{
	for (; n != 0; n--) {
		PEER_16(A_TO_B)
	}
}

static void
entry_one(void)
{
	one(&b, &a, UINT64_MAX);
}

static void
entry_many(void)
{
	for (;;) {
		PEER_16(B_TO_A)
	}
}

static void
prepare(void (*entry)(void))
{
	getcontext(&b);
	b.uc_stack.ss_sp = stack;
	b.uc_stack.ss_size = sizeof stack;
	b.uc_link = NULL;
	makecontext(&b, entry, 0);
}

static void
run_one(bench_case *c, uint64_t n)
{
	(void)c;
	prepare(entry_one);
	one(&a, &b, n / 2);
}

static void
run_many(bench_case *c, uint64_t n)
{
	(void)c;
	prepare(entry_many);
	many_a(n / 32);
}

bench_case ucontext_cases[] = {
	{.name = "Switch/ucontext/one", .run = run_one, .unit = 2},
	{.name = "Switch/ucontext/many", .run = run_many, .unit = 32},
	{.name = NULL},
};
