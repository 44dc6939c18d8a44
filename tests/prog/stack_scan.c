// SPDX-License-Identifier: MIT
// modes: normal stackmove (in a storm main may go on on another thread, whose stack is another)
// Shows that a conservative collector finds the pointers of its callers: it reads registers by
// setjmp and every word from its frame to the end of the stack. The pointers are in registers, in
// spilled ones, in locals with an address, in arrays, some calls up. It runs in main, in threads of
// pthread_create and thrd_create, and with a thread's own stack.
#define _GNU_SOURCE
#include <threads.h>

#include "extra/scan.h"

static __attribute__((noinline)) int
scan(scanned *s)
{
	jmp_buf regs;
	int lost = 0;
	setjmp(regs);
	char *here = __builtin_frame_address(0);
	for (int i = 0; i < s->n; i++) {
		int found = onstack(here, s->hidden[i]);
		if (found < 0)
			return found;
		lost += !found && !within(&regs, sizeof regs, s->hidden[i]);
	}
	return lost;
}

static void *
thread(void *arg)
{
	scanned s = {.scan = scan};
	printf("%s lost: %d\n", (char *)arg, calls(&s, 3));
	return NULL;
}

static int
c11(void *arg)
{
	thread(arg);
	return -7;
}

int
main(void)
{
	pthread_t t;
	thrd_t u;
	pthread_attr_t a;
	int rc;
	size_t size = 4 << 20;
	thread("main:");
	if (pthread_create(&t, NULL, thread, "pthread_create:") != 0 || pthread_join(t, NULL) != 0)
		return 1;
	if (thrd_create(&u, c11, "thrd_create:") != thrd_success || thrd_join(u, &rc) != thrd_success || rc != -7)
		return 2;
	pthread_attr_init(&a);
	pthread_attr_setstack(&a, aligned_alloc(4096, size), size);
	if (pthread_create(&t, &a, thread, "own stack:") != 0 || pthread_join(t, NULL) != 0)
		return 3;
	return 0;
}
