// SPDX-License-Identifier: MIT
// Foreign side of jmp_foreign_longjmp.c.
#include <setjmp.h>

void
foreign_jump(jmp_buf *b, int v)
{
	longjmp(*b, v);
}

int
foreign_jump_deep(jmp_buf *b, int v, int depth)
{
	volatile int pad[30];
	pad[0] = depth;
	if (depth == 0)
		longjmp(*b, v);
	return foreign_jump_deep(b, v, depth - 1) + pad[0];
}

int
foreign_calls_back(int (*fn)(void *), void *arg)
{
	volatile int pad[100];
	pad[3] = 9;
	return fn(arg) + pad[3];
}
