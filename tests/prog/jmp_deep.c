// SPDX-License-Identifier: MIT
// Shows that longjmp from depth 1000, with big frames in between, comes back to an intact frame and
// that the depth can be used again.
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

static jmp_buf env;

__attribute__((noinline)) static unsigned
down(int n, unsigned acc, const char *prev)
{
	char buf[300];
	memset(buf, n & 0x3f, sizeof buf);
	if (prev)
		acc += (unsigned char)prev[n % 300];
	if (n == 0)
		longjmp(env, (int)(acc % 1000 + 1));
	unsigned r = down(n - 1, acc, buf);
	return r + buf[7];
}

__attribute__((noinline)) static unsigned
plain(int n)
{
	volatile unsigned a[3] = { (unsigned)n, (unsigned)n * 3, 7 };
	return n == 0 ? 1 : plain(n - 1) + a[0] + a[1] % a[2];
}

int
main(void)
{
	int vals[6] = { 0 };
	int *pv = vals;
	for (volatile int i = 0; i < 6; i++) {
		int r = setjmp(env);
		if (r == 0)
			down(500 + i * 100, 0, NULL);
		pv[i] = r;
		printf("%d: %d, plain %u\n", i, r, plain(100 * i));
	}
	int s = 0;
	for (int i = 0; i < 6; i++)
		s += vals[i];
	printf("sum %d\n", s);
	return 0;
}
