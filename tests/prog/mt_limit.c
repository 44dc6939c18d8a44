// SPDX-License-Identifier: MIT
// Shows the fatal error of a program that blocks in more threads than the limit allows.
// thrum-only
// env: THRUM_PROCS=2
// levels: O0 O2
// want: fatal error: thread limit reached
#include <stdlib.h>
#include <thrum.h>
#include <unistd.h>

THRUM_BLOCKING int pause(void);

static void
blocks(void *arg)
{
	(void)arg;
	for (;;)
		pause();
}

int
main(void)
{
	alarm(60);
	if (thrum_set_max_threads(12) != 10000 || thrum_set_max_threads(12) != 12)
		abort();
	for (int i = 0; i < 20; i++)
		if (thrum_go(blocks, NULL) != 0)
			abort();
	for (;;)
		thrum_yield();
}
