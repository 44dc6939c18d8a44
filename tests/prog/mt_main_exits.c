// SPDX-License-Identifier: MIT
// Shows that the return of main ends the program at once, with its status and its atexit handlers,
// also beside a loop that calls nothing.
// thrum-only
// env: THRUM_PROCS=3
// want: exit 7
// out: bye
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>
#include <unistd.h>

static atomic_int here;

static void
loops(void *arg)
{
	volatile unsigned n = 0;
	(void)arg;
	here++;
	for (;;)
		n++;
}

static void
bye(void)
{
	puts("bye");
}

int
main(void)
{
	alarm(100);
	atexit(bye);
	if (thrum_go(loops, NULL) != 0)
		return 1;
	while (!here)
		thrum_yield();
	return 7;
}
