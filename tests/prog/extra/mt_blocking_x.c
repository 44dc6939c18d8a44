// SPDX-License-Identifier: MIT
#include <time.h>

void
spin_blocking(_Atomic int *word)
{
	struct timespec ts = {0, 20000};
	while (!*word)
		nanosleep(&ts, 0);
}

void
spin_unknown(_Atomic int *word)
{
	spin_blocking(word);
}
