// SPDX-License-Identifier: MIT
// env: THRUM_PROCS=1
//
// ctx_test.c - a second canceller of a context waits for the first one without running: a
// goroutine parks, a thread sleeps. The first one is held up in the middle, because the test holds
// the lock of the channel that it has to close.

#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/sync/chan.h"
#include "thrum.h"

#define MANY 100000 // looks, of which each lets the others run

static thrum_ctx *ctx, *child;
static _Atomic int tid, ended;
static _Atomic int failed; // the line

#define MUST(x)                                                                                        \
	do {                                                                                           \
		if (!(x) && !failed)                                                                   \
			failed = __LINE__;                                                             \
	} while (0)

static void *
cancels(void *unused)
{
	(void)unused;
	atomic_store(&tid, (int)syscall(SYS_gettid));
	thrum_ctx_cancel(ctx);
	MUST(thrum_ctx_err(ctx) == -ECANCELED && thrum_ctx_err(child) == -ECANCELED);
	atomic_fetch_add(&ended, 1);
	return NULL;
}

static void
cancelsgo(void *unused)
{
	(void)unused;
	thrum_ctx_cancel(ctx);
	MUST(thrum_ctx_err(ctx) == -ECANCELED && thrum_ctx_err(child) == -ECANCELED);
	atomic_fetch_add(&ended, 1);
}

// begun: the cancelling of ctx has begun, because a new context below is cancelled already.
static bool
begun(void)
{
	thrum_ctx *below = thrum_ctx_with_cancel(ctx);
	bool is = thrum_ctx_err(below) != 0;
	thrum_ctx_release(below);
	return is;
}

// state is what the kernel says of the thread: R when it runs or could, S when it sleeps.
static char
state(void)
{
	char path[64], s = 0;
	snprintf(path, sizeof path, "/proc/self/task/%d/stat", atomic_load(&tid));
	FILE *f = fopen(path, "r");
	if (f && fscanf(f, "%*d (%*[^)]) %c", &s) != 1)
		s = 0;
	if (f)
		fclose(f);
	return s;
}

static uint64_t
parks(void)
{
	thrum_stats s;
	thrum_get_stats(&s);
	return s.parks;
}

// dumped tells whether the goroutines' dump has this.
static bool
dumped(const char *what)
{
	static char text[1 << 16];
	int fd = memfd_create("dump", 0);
	bool has = fd >= 0 && thrum_dump(fd) == 0 && pread(fd, text, sizeof text - 1, 0) > 0 && strstr(text, what);
	close(fd);
	return has;
}

static int
inside(void *unused)
{
	pthread_t first, second;
	(void)unused;
	ctx = thrum_ctx_with_cancel(thrum_ctx_background());
	child = thrum_ctx_with_cancel(ctx);
	thrum_chan *done = thrum_ctx_done(ctx);
	sectionword *held = keylock(&done->lock, NULL);
	MUST(pthread_create(&first, NULL, cancels, NULL) == 0);
	while (!begun())
		thrum_yield();

	uint64_t before = parks();
	MUST(thrum_go(cancelsgo, NULL) == 0);
	for (int i = 0; i < MANY && parks() == before; i++)
		thrum_yield();
	MUST(parks() == before + 1);
	MUST(dumped("[context cancel"));

	atomic_store(&tid, 0);
	MUST(pthread_create(&second, NULL, cancels, NULL) == 0);
	while (!atomic_load(&tid))
		thrum_yield();
	for (int i = 0; i < MANY && state() != 'S'; i++)
		sched_yield();
	MUST(state() == 'S');
	for (int i = 0; i < 100; i++)
		thrum_yield();
	MUST(parks() == before + 1 && atomic_load(&ended) == 0);

	// A third one, on this goroutine: it parks, and the first one goes on.
	endsection(held);
	thrum_ctx_cancel(ctx);
	MUST(thrum_ctx_err(ctx) == -ECANCELED && thrum_ctx_err(child) == -ECANCELED);
	pthread_join(first, NULL);
	pthread_join(second, NULL);
	for (int i = 0; i < MANY && atomic_load(&ended) < 3; i++)
		thrum_yield();
	MUST(atomic_load(&ended) == 3);
	thrum_ctx_release(child);
	thrum_ctx_release(ctx);
	return 0;
}

Test(ctx, second_canceller)
{
	int status;
	cr_assert_eq(thrum_run(inside, NULL, &status), 0);
	cr_assert_eq(failed, 0, "line %d", failed);
}
