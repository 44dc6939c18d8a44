// SPDX-License-Identifier: MIT
// Shows that _exit, quick_exit with at_quick_exit handlers, abort and killed children work as a
// parent sees them.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void
quick(void)
{
	char b[30];
	int n = snprintf(b, sizeof b, "quick %d\n", 1);
	if (write(1, b, (size_t)n) != n)
		_exit(98);
}

static void never(void) { _exit(97); }

__attribute__((noinline)) static int
child(int kind, int depth)
{
	int v[8] = { kind, depth };
	int *volatile p = v;
	if (depth)
		return child(kind, depth - 1) + p[1];
	switch (kind) {
	case 0: _exit(21);
	case 1: atexit(never); at_quick_exit(quick); quick_exit(22);
	case 2: abort();
	case 3: kill(getpid(), SIGKILL); break;
	case 4: raise(SIGTERM); break;
	case 5: _Exit(300); // 300 & 0xff
	}
	return 0;
}

int
main(void)
{
	struct rlimit none = { 0, 0 };
	setrlimit(RLIMIT_CORE, &none);
	for (int k = 0; k < 6; k++) {
		int st;
		fflush(stdout);
		pid_t p = fork();
		if (p == 0) {
			child(k, 60 * k);
			_exit(96);
		}
		while (waitpid(p, &st, 0) != p)
			;
		if (WIFEXITED(st))
			printf("%d exit %d\n", k, WEXITSTATUS(st));
		else
			printf("%d signal %d\n", k, WTERMSIG(st));
	}
	return 0;
}
