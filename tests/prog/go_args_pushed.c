// SPDX-License-Identifier: MIT
// go_args_pushed.c - calls with 170 arguments in memory, at the end of small stacks.
//
// thrum-only
// memory: 130 (a goroutine for each distance)
// out: 4176900000
//
// The code generator may pass arguments by push, which moves rsp further down than the frame that
// the stack check asks for. Each call then wrote some 700 bytes below the end of its goroutine's
// stack, into another's. Each recursion ends at another distance from the end of the stack.
#include <stdio.h>
#include <thrum.h>

// Objects apart from one another: the arguments are not loaded several at a time, so pushes are the
// shorter code.
#define EACH(f, n) f(n##0) f(n##1) f(n##2) f(n##3) f(n##4) f(n##5) f(n##6) f(n##7) f(n##8) f(n##9)
#define SOME(f) EACH(f, 1) EACH(f, 2) EACH(f, 3) EACH(f, 4) EACH(f, 5) EACH(f, 6) EACH(f, 7) EACH(f, 8) EACH(f, 9)
#define ALL(f) SOME(f) EACH(f, 10) EACH(f, 11) EACH(f, 12) EACH(f, 13) EACH(f, 14) EACH(f, 15) EACH(f, 16) EACH(f, 17)
#define OBJECT(n) \
	long v##n = n; \
	char apart##n[9];
#define PARAMETER(n) , long a##n
#define ARGUMENT(n) , v##n
#define TERM(n) +a##n
#define PLACE(n) apart##n,
ALL(OBJECT)
char *places[] = {ALL(PLACE)};

__attribute__((noinline)) static long
sum(long d ALL(PARAMETER))
{
	return d ALL(TERM);
}

__attribute__((noinline)) static long
deeper(long d)
{
	if (d == 3)
		thrum_yield();
	return (d > 0 ? deeper(d - 1) : 0) + sum(d ALL(ARGUMENT)) + sum(-d ALL(ARGUMENT));
}

static thrum_wg wg;
static _Atomic long all;

static void
work(void *arg)
{
	for (long i = 0, n = (long)arg; i < 20; i++) {
		all += deeper((n + i) % 25);
		thrum_yield();
	}
	thrum_wg_done(&wg);
}

int
main(void)
{
	thrum_wg_add(&wg, 500);
	for (long i = 0; i < 500; i++)
		if (thrum_go(work, (void *)i) != 0)
			return 1;
	thrum_wg_wait(&wg);
	printf("%ld\n", (long)all);
	return 0;
}
