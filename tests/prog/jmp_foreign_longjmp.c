// SPDX-License-Identifier: MIT
// Shows that foreign code may call longjmp on a buffer that instrumented code has set.
// extra: jmp_foreign_longjmp_x.c=gcc
#include <setjmp.h>
#include <stdio.h>

void foreign_jump(jmp_buf *b, int v);
int foreign_jump_deep(jmp_buf *b, int v, int depth);
int foreign_calls_back(int (*fn)(void *), void *arg);

static int
cb(void *arg)
{
	volatile char pad[500];
	pad[0] = 1;
	foreign_jump(arg, 5 + pad[0]);
	return 0;
}

__attribute__((noinline)) static int
at_depth(int n, jmp_buf *b)
{
	int local[20];
	local[n % 20] = n;
	int *volatile p = local;
	if (n == 0) {
		foreign_jump_deep(b, 3, 50);
	}
	return n < 0 ? n : at_depth(n - 1, b) + p[n % 20];
}

int
main(void)
{
	jmp_buf b;
	long keep[3] = { 100, 200, 300 };
	long *pk = keep;
	for (volatile int i = 0; i < 300; i++) {
		int r = setjmp(b);
		if (r == 0) {
			switch (i % 3) {
			case 0: foreign_jump(&b, 4); break;
			case 1: at_depth(i, &b); break;
			default: foreign_calls_back(cb, &b); break;
			}
		}
		pk[i % 3] += r;
	}
	printf("%ld %ld %ld\n", keep[0], keep[1], keep[2]);
	return 0;
}
