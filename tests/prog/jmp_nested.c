// SPDX-License-Identifier: MIT
// Shows that several live jmp_bufs, jumped to in any order and copied through a pointer, each find
// their own frame.
#include <setjmp.h>
#include <stdio.h>

static jmp_buf *stack[16];
static int top;

__attribute__((noinline)) static void
raise_to(int level, int v)
{
	int scratch[50];
	for (int i = 0; i < 50; i++)
		scratch[i] = v + i;
	top = level;
	longjmp(*stack[level], scratch[0]);
}

__attribute__((noinline)) static int
layer(int n, int target)
{
	jmp_buf here;
	int mine[10];
	volatile int hits = 0;
	for (int i = 0; i < 10; i++)
		mine[i] = n * 100 + i;
	stack[n] = &here;
	top = n;
	int r = setjmp(here);
	if (r != 0) {
		printf("layer %d caught %d, mine %d..%d\n", n, r, mine[0], mine[9]);
		hits++;
		if (hits < 3 && r > 1)
			raise_to(n, r / 2);
		return n * 1000 + r + mine[5];
	}
	if (n == 9)
		raise_to(target, 12);
	r = layer(n + 1, target);
	printf("layer %d: %d got %d\n", n, mine[3], r);
	return r + mine[1];
}

int
main(void)
{
	for (int t = 0; t < 10; t++)
		printf("target %d -> %d\n", t, layer(0, t));
	return 0;
}
