// SPDX-License-Identifier: MIT
#include <signal.h>
#include <unistd.h>

void
blocks_then_raise(int us, int sig)
{
	usleep((unsigned)us);
	raise(sig);
}
