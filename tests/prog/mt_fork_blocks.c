// SPDX-License-Identifier: MIT
// Shows that a child with one p, in a call that blocks, lets the goroutines run that it has
// started.
// thrum-only
// env: THRUM_PROCS=1
// levels: O0 O2
// out: ok
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <thrum.h>
#include <unistd.h>

#include "extra/check.h"

static int fd[2];
static _Atomic int ran;

static void
writes(void *arg)
{
	(void)arg;
	if (ran++ > 0)
		CHECK(write(fd[1], "x", 1) == 1);
}

int
main(void)
{
	int status;
	char c;
	CHECK(pipe(fd) == 0);
	CHECK(thrum_go(writes, NULL) == 0);
	while (!ran)
		thrum_yield();
	usleep(1000);
	pid_t child = fork();
	if (child == 0) {
		alarm(100);
		CHECK(thrum_go(writes, NULL) == 0); // the dead goroutine again
		CHECK(read(fd[0], &c, 1) == 1);
		_exit(7);
	}
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	puts("ok");
	return 0;
}
