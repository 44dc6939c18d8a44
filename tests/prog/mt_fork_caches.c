// SPDX-License-Identifier: MIT
// Shows that the child of fork can take goroutines, contexts and cases of selects, and give them
// back, whatever other threads of the parent were doing with their caches and the common lists.
// modes: normal stackmove
// env: THRUM_PROCS=4
// thrum-only
// levels: O0 O2
// out: ok
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <thrum.h>
#include <unistd.h>

#include "extra/check.h"

static _Atomic bool stop;

static void
ends(void *arg)
{
	thrum_wg_done(arg);
}

// use takes and gives n objects of each kind; more than the caches hold.
static void
use(int n)
{
	thrum_ctx *ctx[200];
	thrum_selcase cases[200];
	thrum_wg ended = {0};
	thrum_chan *c = thrum_chan_make(1, 1);
	CHECK(c != NULL && n <= 200);
	thrum_wg_add(&ended, n);
	for (int i = 0; i < n; i++) {
		CHECK((ctx[i] = thrum_ctx_with_cancel(i ? ctx[i - 1] : thrum_ctx_background())) != NULL);
		cases[i] = (thrum_selcase){.chan = c};
		CHECK(thrum_go(ends, &ended) == 0);
	}
	CHECK(thrum_select(cases, (size_t)n, 1) == -ETIMEDOUT);
	if (n % 2)
		thrum_ctx_cancel(ctx[n / 2]);
	for (int i = n; i-- > 0;) {
		CHECK((thrum_ctx_err(ctx[i]) != 0) == (n % 2 && i >= n / 2));
		thrum_ctx_release(ctx[i]);
	}
	thrum_wg_wait(&ended);
	thrum_chan_free(c);
}

static void
busy(void *arg)
{
	for (int i = 0; !stop; i++)
		use(1 + i % 200);
	thrum_wg_done(arg);
}

int
main(void)
{
	static thrum_wg wg;
	thrum_wg_add(&wg, 3);
	for (int i = 0; i < 3; i++)
		CHECK(thrum_go(busy, &wg) == 0);
	for (int i = 0; i < 40; i++) {
		pid_t pid = fork();
		CHECK(pid >= 0);
		if (pid == 0) {
			for (int k = 1; k < 200; k += 7)
				use(k);
			_exit(0);
		}
		int status;
		pid_t got;
		while ((got = waitpid(pid, &status, 0)) < 0 && errno == EINTR)
			;
		CHECK(got == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	stop = true;
	thrum_wg_wait(&wg);
	puts("ok");
	return 0;
}
