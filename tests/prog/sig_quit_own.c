// SPDX-License-Identifier: MIT
// Shows that a program may handle or ignore SIGQUIT as any other, and that a program it executes
// dies of it.
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int hits;

static void
on(int sig)
{
	hits += sig == SIGQUIT;
}

int
main(void)
{
	int status;
	printf("%d\n", signal(SIGQUIT, SIG_IGN) == SIG_DFL);
	raise(SIGQUIT);
	printf("%d\n", signal(SIGQUIT, on) == SIG_IGN);
	raise(SIGQUIT);
	printf("%d\n", signal(SIGQUIT, SIG_DFL) == on);
	printf("%d hits\n", hits);
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", "ulimit -c 0; kill -QUIT $$", NULL);
		_exit(9);
	}
	waitpid(pid, &status, 0);
	printf("signal %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	return 0;
}
