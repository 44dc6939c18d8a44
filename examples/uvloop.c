// SPDX-License-Identifier: MIT
//
// uvloop.c - goroutines inside the event loop of another library: libuv.
//
//	thrumcc -O2 -fno-thrum-main uvloop.c -o uvloop -luv && ./uvloop
//
// The loop owns the thread. thrum_start(THRUM_POLLED) starts no threads: goroutines run
// only inside thrum_poll, which the loop calls when thrum_poll_fd is readable. So
// they are on the loop's thread and may call the library, which no other thread may.
//
// A goroutine waits for a callback: the callback notes that it was called, and readies the
// goroutine. The timer, to which the library keeps a pointer, is a local. It stays where it is,
// whatever happens to the stack while the goroutine waits.
//
// needs: /usr/include/uv.h (libuv1-dev)
// ldflags: -fno-thrum-main -luv
//
// out: 900 ms: begins
// out: 100 ms: begins
// out: 500 ms: begins
// out: 100 ms: over
// out: 500 ms: over
// out: 900 ms: over
// out: the loop is done

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>
#include <uv.h>

// A timer and the goroutine that waits for it. Goroutines and callbacks run on one thread, so
// `called` needs no atomics here.
struct wait {
	uv_timer_t timer;
	thrum_g *who;
	bool called;
};

static void
wake(struct wait *w)
{
	w->called = true;
	thrum_ready(w->who);
}

static void
fired(uv_timer_t *timer)
{
	wake(timer->data);
}

static void
closed(uv_handle_t *handle)
{
	wake(handle->data);
}

// await parks until a callback has called wake; other ready calls do not count.
static void
await(struct wait *w)
{
	while (!w->called)
		thrum_park();
	w->called = false;
}

// pause_ms stops the calling goroutine for some time; the loop goes on.
static void
pause_ms(uint64_t ms)
{
	struct wait w = {.who = thrum_self()};
	if (uv_timer_init(uv_default_loop(), &w.timer) != 0)
		abort();
	w.timer.data = &w;
	if (uv_timer_start(&w.timer, fired, ms, 0) != 0)
		abort();
	await(&w);
	// w must stay until the library has let go of it.
	uv_close((uv_handle_t *)&w.timer, closed);
	await(&w);
}

static void
work(void *arg)
{
	int ms = *(int *)arg;
	printf("%d ms: begins\n", ms);
	pause_ms((uint64_t)ms);
	printf("%d ms: over\n", ms);
}

static void
turn(uv_poll_t *poll, int status, int events)
{
	(void)events;
	int alive = status < 0 ? status : thrum_poll();
	if (alive < 0)
		abort();
	if (alive == 0) // nothing else keeps the loop
		uv_close((uv_handle_t *)poll, NULL);
}

int
main(void)
{
	static int ms[] = {900, 100, 500};
	uv_loop_t *loop = uv_default_loop();
	uv_poll_t poll;
	if (thrum_start(THRUM_POLLED) < 0)
		return 1;
	if (uv_poll_init(loop, &poll, thrum_poll_fd()) != 0 || uv_poll_start(&poll, UV_READABLE, turn) != 0)
		return 1;
	for (int i = 0; i < 3; i++)
		if (thrum_go(work, &ms[i]) != 0)
			return 1;
	uv_run(loop, UV_RUN_DEFAULT);
	if (uv_loop_close(loop) != 0 || thrum_stop() != 0)
		return 1;
	printf("the loop is done\n");
	return 0;
}
