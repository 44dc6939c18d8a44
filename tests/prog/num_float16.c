// SPDX-License-Identifier: MIT
// Shows that _Float16 arguments, results, arrays and structs, and __fp16 storage, work in
// recursion.
#include <stdio.h>

struct h3 { _Float16 a, b, c; };

__attribute__((noinline)) static _Float16
f(_Float16 a, struct h3 s, float x, _Float16 *p, int depth)
{
	_Float16 mine[4] = { a, s.a, s.b, s.c }, r = 0;

	*p = (_Float16)(*p + (_Float16)0.5);
	if (depth > 0)
		r = f((_Float16)(s.b * (_Float16)0.5), (struct h3){ s.c, a, (_Float16)x }, x * 0.75f, &mine[depth % 4], depth - 1);
	for (int i = 0; i < 4; i++)
		r = (_Float16)(r * (_Float16)0.25 + mine[i]);
	return r;
}

__attribute__((noinline)) static struct h3
g(struct h3 s, int n)
{
	__fp16 store[3] = { (__fp16)(float)s.a, (__fp16)(float)s.b, (__fp16)(float)s.c };

	if (n > 0)
		s = g((struct h3){ s.c, s.a, (_Float16)(s.b + 1) }, n - 1);
	s.a = (_Float16)((float)s.a + (float)store[0] / 8);
	return s;
}

int
main(void)
{
	_Float16 top = 0;

	for (int d = 0; d < 1000; d = d * 2 + 1) {
		struct h3 s = g((struct h3){ 1, 2, 3 }, d % 50);
		printf("%d %g %g %g %g\n", d, (double)f(1, (struct h3){ 2, 3, 4 }, 5.5f, &top, d), (double)s.a, (double)s.b, (double)s.c);
	}
	printf("%g\n", (double)top);
	return 0;
}
