// SPDX-License-Identifier: MIT
// probe.c - is stackmove real? Without this, a suite that "passes with the stack
// moved at every check" could have run on a stack that never moves.
//
// want: with thrumcc and THRUM_DEBUG=stackmove=1, main's stack moves at least once
// per call and starts small; exit 0. A plain compiler has no statistics: exit 0 too.
// Exit 1: the runtime is there, but stacks do not move or main has a large one.
#include <stdint.h>
#include <stdio.h>

#if __has_include("thrum.h") && defined(PROBE)
#include "thrum.h"

static __attribute__((noinline)) int
digits(int n)
{
	char text[64];
	return snprintf(text, sizeof(text), "%d", n);
}

int
main(void)
{
	thrum_stats before, after;
	int sum = 0;

	thrum_get_stats(&before);
	for (int i = 0; i < 1000; i++)
		sum += digits(10000 + i);
	thrum_get_stats(&after);
	printf("%d moves in 1000 calls, %zu bytes of stack, sum %d\n", (int)(after.copies - before.copies),
	       after.stack_bytes, sum);
	return after.copies - before.copies >= 1000 && after.stack_bytes <= 64 << 10 && sum == 5000 ? 0 : 1;
}
#else
int
main(void)
{
	return 0;
}
#endif
