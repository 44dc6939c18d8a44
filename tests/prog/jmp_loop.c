// SPDX-License-Identifier: MIT
// Shows that 20000 rounds of setjmp and longjmp through frames with buffers neither leak nor lose a
// local.
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

static jmp_buf env;
static unsigned seen;

__attribute__((noinline)) static void
inner(int depth, int v)
{
	char big[64];
	memset(big, v, sizeof big);
	if (depth == 0) {
		seen += (unsigned char)big[63];
		longjmp(env, v % 7 + 1);
	}
	inner(depth - 1, v);
	seen += big[1]; // never reached
}

int
main(void)
{
	volatile unsigned long sum = 0;
	int guard[4] = { 1, 2, 3, 4 };
	int *volatile pg = guard;
	for (volatile int i = 0; i < 20000; i++) {
		int r = setjmp(env);
		if (r == 0)
			inner(i % 4, i & 0x7f);
		sum += (unsigned long)r * pg[i & 3];
	}
	printf("%lu %u %d%d%d%d\n", sum, seen, guard[0], guard[1], guard[2], guard[3]);
	return 0;
}
