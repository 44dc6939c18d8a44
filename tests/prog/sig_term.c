// SPDX-License-Identifier: MIT
// Shows that a process killed by its own SIGTERM with the default action ends by that signal.
// want: signal 15
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int
main(void)
{
	char buf[100];
	int n = snprintf(buf, sizeof buf, "before\n");
	if (write(1, buf, (size_t)n) != n)
		return 1;
	kill(getpid(), SIGTERM);
	return 2;
}
