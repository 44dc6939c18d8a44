// SPDX-License-Identifier: MIT
// Shows that variadic functions with as many named arguments as there may be work on small stacks.
// The shell that pins the stack passes them all on, so it needs room, at whatever depth it is
// called and whatever stack lies below.
// thrum-only
// out: 416640
#include <stdarg.h>
#include <stdio.h>
#include <thrum.h>

#define P(p) long p##0, long p##1, long p##2, long p##3, long p##4, long p##5, long p##6, long p##7, long p##8, long p##9
#define V(p) p##0, p##1, p##2, p##3, p##4, p##5, p##6, p##7, p##8, p##9

static __attribute__((noinline)) long
many(P(a), long last, ...)
{
	va_list ap;
	va_start(ap, last);
	long r = va_arg(ap, int);
	va_end(ap);
	return r + a0 + a9 + last;
}

__attribute__((noinline)) long
down(int n)
{
	long r = n ? down(n - 1) + 1
		   : many(V(1), 150, 7);
	return r;
}

static long v[64];
static thrum_wg wg;

static void
work(void *arg)
{
	int n = (int)(long)arg;
	for (int k = 0; k < n; k++)
		v[n] += down(k);
	thrum_wg_done(&wg);
}

int
main(void)
{
	thrum_wg_add(&wg, 63);
	for (long n = 1; n < 64; n++)
		if (thrum_go(work, (void *)n) != 0)
			return 1;
	thrum_wg_wait(&wg);
	long sum = 0;
	for (int i = 0; i < 64; i++)
		sum += v[i];
	printf("%ld\n", sum);
	return 0;
}
