// SPDX-License-Identifier: MIT
// Shows that a dump gives the state of a sleeping goroutine.
// want: exit 0
// thrum-only
// err: [sleep
#include <stdlib.h>
#include <thrum.h>

static void
sleeper(void *arg)
{
	(void)arg;
	thrum_sleep(3600000000000);
}

int
main(void)
{
	if (thrum_go(sleeper, NULL) != 0)
		exit(1);
	thrum_sleep(10000000);
	return thrum_dump(2);
}
