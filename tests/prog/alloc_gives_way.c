// SPDX-License-Identifier: MIT
// Shows that a loop that only allocates and frees gives way, also without signals.
// thrum-only
// env: THRUM_PROCS=1 THRUM_DEBUG=asyncpreempt=0
// modes: normal
// out: ok
#include <stdatomic.h>
#include <stdio.h>
#include <thrum.h>

static atomic_bool stop;

static void
work(void *arg)
{
	while (!atomic_load(&stop))
		thrum_free(thrum_malloc(32));
	(void)arg;
}

int
main(void)
{
	if (thrum_go(work, NULL) != 0)
		return 1;
	for (int i = 0; i < 20; i++)
		thrum_sleep(1000000);
	atomic_store(&stop, true);
	thrum_yield();
	puts("ok");
	return 0;
}
