// SPDX-License-Identifier: MIT
// Shows that a handler of the main thread has the room that it has in plain C, if it does not ask
// for an alternate stack: 1 MB at least. So has a child that a handler makes by fork and that stays
// in it.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t came;

__attribute__((noinline)) static long
deep(long n)
{
	volatile long kept[12] = {n, n, n, n, n, n, n, n, n, n, n, n};
	return n == 0 ? 0 : deep(n - 1) + kept[3] - kept[8] + 1;
}

static void
handler(int sig)
{
	came += deep(8000) == 8000; // of more than 96 bytes each
	if (sig == SIGUSR2) {
		if (fork() != 0)
			return;
		signal(SIGUSR1, handler);
		raise(SIGUSR1);
		_exit(deep(8000) == 8000 ? came : 0);
	}
}

int
main(void)
{
	signal(SIGUSR1, handler);
	signal(SIGUSR2, handler);
	raise(SIGUSR1);
	raise(SIGUSR2);
	int status = 0;
	wait(&status);
	printf("%d in the parent, %d in the child\n", (int)came, WEXITSTATUS(status));
	return 0;
}
