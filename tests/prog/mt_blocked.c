// SPDX-License-Identifier: MIT
// Shows that main may block in a read that only other goroutines can end, again and again.
// tests/fault lets threads fail to start meanwhile.
// thrum-only
// env: THRUM_PROCS=1
// levels: O0 O2
// out: ok
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>
#include <unistd.h>

#include "extra/check.h"

static int fd[2];

static void
writes(void *arg)
{
	(void)arg;
	usleep(500);
	CHECK(write(fd[1], "x", 1) == 1);
}

int
main(void)
{
	char c;
	CHECK(pipe(fd) == 0);
	for (int i = 0; i < 20; i++) {
		CHECK(thrum_go(writes, NULL) == 0);
		CHECK(read(fd[0], &c, 1) == 1);
	}
	puts("ok");
	return 0;
}
