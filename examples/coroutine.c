// SPDX-License-Identifier: MIT
//
// coroutine.c - the bare switch: two coroutines without any scheduler.
//
//	thrumcc -O2 coroutine.c -o coroutine && ./coroutine
//
// thrum_switch stores where this context is and jumps to where the other one was. There
// is nothing else: no queue, no check of the stack, no growth. The rules for code that
// runs on a stack of your own (thrum_switch(3)):
//
//   - it must know how deep it calls, because nothing guards this stack;
//   - THRUM_NOSPLIT, because the check at a function's entry asks about another stack;
//   - no local whose address is taken may live across a switch: such locals lie in an
//     area that all contexts of this thread share. What must be reached through a
//     pointer belongs into static or heap memory, like `struct co` here;
//   - the function never returns.
//
// out: squares: 0 1 4 9 16 25 36 49
// out: fibonacci: 0 1 1 2 3 5 8 13
// out: squares again: 64 81 100

#include <stdio.h>
#include <thrum.h>
#include <thrum/switch.h>

struct co {
	thrum_gobuf here, caller;
	long value;
	_Alignas(64) char stack[4096];
};

// next runs the coroutine until its next value.
static long
next(struct co *c)
{
	thrum_switch(&c->caller, &c->here);
	return c->value;
}

THRUM_NOSPLIT static void
squares(void *arg)
{
	struct co *c = arg;
	for (long i = 0;; i++) {
		c->value = i * i;
		thrum_switch(&c->here, &c->caller);
	}
}

THRUM_NOSPLIT static void
fibonacci(void *arg)
{
	struct co *c = arg;
	for (long a = 0, b = 1, sum;; sum = a + b, a = b, b = sum) {
		c->value = a;
		thrum_switch(&c->here, &c->caller);
	}
}

static struct co first, second;

int
main(void)
{
	thrum_gobuf_init(&first.here, first.stack, sizeof first.stack, squares, &first);
	thrum_gobuf_init(&second.here, second.stack, sizeof second.stack, fibonacci, &second);

	printf("squares:");
	for (int i = 0; i < 8; i++)
		printf(" %ld", next(&first));
	printf("\nfibonacci:");
	for (int i = 0; i < 8; i++)
		printf(" %ld", next(&second));
	printf("\nsquares again:");
	for (int i = 0; i < 3; i++)
		printf(" %ld", next(&first));
	printf("\n");
	return 0;
}
