// SPDX-License-Identifier: MIT
//
// handler.c - a program of one thread, whose signal handler forks while the program is amid malloc.

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../prog/extra/check.h"

static volatile sig_atomic_t forks;

static void
handler(int sig)
{
	int err = errno, status;
	(void)sig;
	pid_t pid = fork();
	if (pid == 0)
		_exit(5);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 5)
		_exit(6);
	forks++;
	errno = err;
}

int
main(void)
{
	static void *p[400];
	struct itimerval often = {{0, 200}, {0, 200}};
	alarm(60);
	CHECK(signal(SIGALRM, SIG_DFL) != SIG_ERR && signal(SIGVTALRM, handler) != SIG_ERR);
	CHECK(setitimer(ITIMER_VIRTUAL, &often, NULL) == 0);
	for (unsigned s = 1; forks < 60;) // objects of many sizes, for the slow ways
		for (int i = 0; i < 400; i++) {
			s = s * 1103515245u + 12345u;
			free(p[i]);
			CHECK((p[i] = malloc((s >> 8) % 40000)));
		}
	puts("ok");
	return 0;
}
