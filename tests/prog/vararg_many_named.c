// SPDX-License-Identifier: MIT
// Shows variadic functions with many named arguments on small stacks: the shell that pins the stack passes them all
// on, so it needs room, at whatever depth it is called and whosever stack lies below.
// thrum-only
// out: 64 goroutines ok
#include <stdarg.h>
#include <stdio.h>
#include <thrum.h>

#define P(p) long p##0, long p##1, long p##2, long p##3, long p##4, long p##5, long p##6, long p##7, long p##8, long p##9
#define V(p) p##0, p##1, p##2, p##3, p##4, p##5, p##6, p##7, p##8, p##9

static __attribute__((noinline)) long
twenty(P(a), P(b), ...)
{
	va_list ap;
	va_start(ap, b9);
	long r = va_arg(ap, int);
	va_end(ap);
	return r + a0 + a9 + b0 + b9;
}

static __attribute__((noinline)) long
hundreds(P(a), P(b), P(c), P(d), P(e), P(f), P(g), P(h), P(i), P(j), P(k), P(l),
	P(m), P(n), P(o), ...)
{
	va_list ap;
	va_start(ap, o9);
	long r = va_arg(ap, int);
	va_end(ap);
	return r + a0 + b1 + c2 + d3 + e4 + f5 + g6 + h7 + i8 + o9;
}

static __attribute__((noinline)) long
down(int n)
{
	if (n > 0)
		return down(n - 1) + 1;
	return twenty(V(1), V(2), 7) + hundreds(V(1), V(2), V(3), V(4), V(5), V(6), V(7), V(8), V(9), V(10),
		V(11), V(12), V(13), V(14), V(15), 7);
}

#define N 64
static thrum_wg wg;
static int good;

static void
work(void *arg)
{
	long last = (long)arg, sum = 0;
	for (int n = 0; n < last; n++)
		sum += down(n);
	long once = 7 + 10 + 19 + 20 + 29 + 7 + 10 + 21 + 32 + 43 + 54 + 65 + 76 + 87 + 98 + 159;
	good += sum == last * once + last * (last - 1) / 2;
	thrum_wg_done(&wg);
}

int
main(void)
{
	thrum_wg_add(&wg, N);
	for (long n = 1; n <= N; n++)
		if (thrum_go(work, (void *)n) != 0)
			return 1;
	thrum_wg_wait(&wg);
	printf("%d goroutines %s\n", good, good == N ? "ok" : "went wrong");
	return 0;
}
