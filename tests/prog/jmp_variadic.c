// SPDX-License-Identifier: MIT
// Shows that setjmp in a variadic function keeps its va_list, and that longjmp out of a variadic
// callee works.
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

static jmp_buf env;

__attribute__((noinline)) static void
bail(const char *fmt, ...)
{
	char buf[100];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(buf, sizeof buf, fmt, ap);
	va_end(ap);
	puts(buf);
	longjmp(env, 1);
}

__attribute__((noinline)) static long
sum(int n, ...)
{
	va_list ap;
	volatile long s = 0;
	volatile int i = 0;
	va_list *volatile pap = &ap; // its address escapes: memory, not registers
	va_start(ap, n);
	if (setjmp(env))
		s += 1000;
	while (i < n) {
		int v = va_arg(*pap, int);
		i++;
		if (v < 0)
			bail("negative %d at %d of %d, %s %.1f", v, i, n, "so far", s * 0.5);
		s += v;
	}
	va_end(ap);
	return s;
}

int
main(void)
{
	printf("%ld\n", sum(3, 1, 2, 3));
	printf("%ld\n", sum(9, 1, -2, 3, 4, -5, 6, 7, -8, 9));
	printf("%ld\n", sum(12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, -12));
	return 0;
}
