// SPDX-License-Identifier: MIT
// Foreign code of a thread: it calls instrumented functions with all kinds of arguments, some of
// which do not return.
#include <setjmp.h>
#include <string.h>

#include "stack_threads.h"

// foreign keeps bytes of its own around each call.
static __attribute__((noinline)) int
foreign(const struct callbacks *cb, int i)
{
	char mine[2000];
	volatile int wrong = 0;
	struct big b = {{i, 2, 3, 4, 5, 6, 7, 8, 9}};
	struct wide w;
	jmp_buf back;
	memset(mine, i, sizeof mine);
	memset(&w, i % 100, sizeof w);
	wrong += cb->many(1, 2, 3, 4, 5, 6, i, 8, 9, b, 1.5, w, 11) != 38 + i + i + 44 + 1 + i % 100 + 11;
	struct big r = cb->result(i);
	wrong += r.v[0] != i || r.v[8] != 8 * i;
	struct two t = cb->pair(i);
	wrong += t.a != i || t.b != i + 0.5;
	wrong += cb->variadic(12, 1, 1.5, i, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6, i + 0.5) != 19 + 17.5 + 2 * i + 0.5;
	if (setjmp(back) == 0) {
		cb->variadic(-(i % 40) - 1, &back);
		wrong++;
	}
	if (setjmp(back) == 0) {
		cb->jumps(i % 40, &back);
		wrong++;
	}
	for (unsigned k = 0; k < sizeof mine; k++)
		wrong += mine[k] != (char)i;
	return wrong;
}

static __attribute__((noinline)) int
deeper(const struct callbacks *cb, int i, int depth)
{
	volatile char room[3000];
	room[1] = 1;
	int wrong = depth > 0 ? deeper(cb, i, depth - 1) : foreign(cb, i);
	return wrong + room[1] - 1;
}

void *
foreignthread(void *arg)
{
	int wrong = 0;
	for (int i = 0; i < 300; i++)
		wrong += deeper(arg, i, i % 3 == 0 ? 300 : i % 30); // 1 MB: too deep for a room
	return (void *)(long)wrong;
}
