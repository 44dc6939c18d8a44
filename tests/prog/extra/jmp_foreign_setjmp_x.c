// SPDX-License-Identifier: MIT
// Foreign side of jmp_foreign_setjmp.c.
#include <setjmp.h>

jmp_buf foreign_env;

long
foreign_try(int (*fn)(int), int v, long a, long b, long c, long d)
{
	volatile long marks[8] = { a, b, c, d, a * b, b * c, c * d, 77 };
	int r = setjmp(foreign_env);
	if (r == 0)
		r = fn(v) + 1000;
	return r + a + b * 3 + c * 5 + d * 7 + marks[4] + marks[5] + marks[6] + marks[7];
}
