// SPDX-License-Identifier: MIT
// Shows that contexts of libc that switch in the middle of instrumented functions are refused.
// want: fatal error: foreign code has switched stacks in the middle of functions that thrumcc has built
// thrum-only
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>

enum { STACK = 1 << 18 };

static ucontext_t top, ping, pong;

// Variable arguments are a local, too.
__attribute__((noinline)) static int
work(int n, ...)
{
	va_list ap;
	va_start(ap, n);
	swapcontext(n ? &ping : &pong, n ? &pong : &ping);
	int v = va_arg(ap, int);
	va_end(ap);
	return v;
}

static void
body(int n)
{
	for (int i = 0; i < 10; i++)
		if (work(n, i) != i)
			printf("wrong\n");
}

int
main(void)
{
	getcontext(&ping);
	getcontext(&pong);
	ping.uc_stack.ss_sp = malloc(STACK);
	pong.uc_stack.ss_sp = malloc(STACK);
	ping.uc_stack.ss_size = pong.uc_stack.ss_size = STACK;
	ping.uc_link = pong.uc_link = &top;
	makecontext(&ping, (void (*)(void))body, 1, 1);
	makecontext(&pong, (void (*)(void))body, 1, 0);
	swapcontext(&top, &ping);
	return 0;
}
