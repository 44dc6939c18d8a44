// SPDX-License-Identifier: MIT
// Shows that setjmp and longjmp work, also out of deep frames, pinned ones and callbacks, in
// goroutines that are stopped all the time.
// thrum-only
// env: THRUM_PROCS=2 THRUM_DEBUG=preemptstorm=20
// out: ok
#include <setjmp.h>
#include <stdarg.h>
#include "extra/storm.h"

__attribute__((noinline)) static void
down(jmp_buf env, int n)
{
	volatile char pad[60];
	pad[0] = (char)n;
	if (n == 0)
		longjmp(env, 42);
	down(env, n - 1);
	CHECK(pad[0] == (char)n);
}

__attribute__((noinline)) static int
sum(jmp_buf env, int n, ...)
{
	va_list ap;
	int s = 0;
	va_start(ap, n);
	for (int i = 0; i < n; i++)
		s += va_arg(ap, int);
	va_end(ap);
	if (s == 6)
		longjmp(env, s);
	return s;
}

static void
worker(void *arg)
{
	long id = (long)arg;
	for (volatile long round = 0; !enough(600); round++) {
		jmp_buf env;
		volatile int begun = 0;
		uint64_t keep = (uint64_t)id * 1000003 + (uint64_t)round;
		volatile uint64_t same = keep;
		int n = setjmp(env);
		begun++;
		if (n == 0)
			down(env, (int)(round % 30));
		CHECK(n == 42 && begun == 2 && same == (uint64_t)id * 1000003 + (uint64_t)round);
		n = setjmp(env);
		if (n == 0) {
			CHECK(sum(env, 2, 1, 2) == 3);
			sum(env, 3, 1, 2, 3);
		}
		CHECK(n == 6);
		// A loop around it that calls nothing.
		volatile long count = 0;
		n = setjmp(env);
		for (int i = 0; i < 3000; i++)
			count++;
		if (n < 3)
			longjmp(env, n + 1);
		CHECK(count == 4 * 3000);
	}
	thrum_wg_done(&wg);
}

int
main(void)
{
	alarm(100);
	each(4, worker);
	puts("ok");
	return 0;
}
