// SPDX-License-Identifier: MIT
// Shows that a loop which does nothing but call gives way like any other, whatever it calls: the
// runtime, quick and other foreign functions, leaves of libc. Beside it, on one P, a sleep costs
// some quanta of processor time; and the world stops although such loops run. A loop that is never
// stopped ends the test by its alarm.
// thrum-only
// env: THRUM_PROCS=1
// levels: O0 O2
// ldflags: -lm
// out: ok
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <string.h>
#include "extra/storm.h"

#define SLEEPS 5
#define MOST 60000000u // ns of processor time for a sleep, in the mean; the quantum is 1 ms

static atomic_bool stop;
static atomic_int beside;
static thrum_wg idle;
static thrum_chan *full, *some, *none;
static thrum_mutex mu;
static thrum_rwmutex rw;
static thrum_sema sema;
static thrum_once once;
static thrum_cond cond;
static thrum_ctx *ctx;
static thrum_pool pool;
static volatile unsigned sink;
static volatile double real = 1;
static char to[64], from[64] = "some text";
static volatile size_t len = 8;
static jmp_buf jb;
static sigjmp_buf sjb;
static int null;

static void
nothing(void *arg)
{
	(void)arg;
}

// KIND: a function that does it until it is told to stop. Each has one of its own, so that no part of
// another decides how its loop is compiled.
#define KIND(name, ...) \
	static __attribute__((noinline)) void name(void) { int v = 0; (void)v; while (!stop) { __VA_ARGS__; } }
KIND(now, sink += (unsigned)thrum_now())
KIND(self, sink += (unsigned)thrum_goid(thrum_self()))
KIND(length, sink += (unsigned)thrum_chan_len(some))
KIND(attempts, (void)!thrum_chan_trysend(full, &v); (void)!thrum_chan_tryrecv(full, &v))
KIND(buffered, thrum_chan_send(some, &v); thrum_chan_recv(some, &v))
KIND(chosen, thrum_selcase one = {none, &v, false, false}; thrum_select(&one, 1, 0))
KIND(deferred, THRUM_DEFER(nothing, NULL))
KIND(group, thrum_wg_add(&idle, 1); thrum_wg_done(&idle); thrum_wg_wait(&idle))
KIND(did, thrum_once_do(&once, nothing, NULL))
KIND(locked, thrum_mutex_lock(&mu); thrum_mutex_unlock(&mu))
KIND(tried, if (thrum_mutex_trylock(&mu)) thrum_mutex_unlock(&mu))
KIND(readers, thrum_rwmutex_rlock(&rw); thrum_rwmutex_runlock(&rw))
KIND(units, if (thrum_sema_tryacquire(&sema)) thrum_sema_release(&sema))
KIND(signal, thrum_cond_signal(&cond))
KIND(cancelled, sink += (unsigned)thrum_ctx_err(ctx))
KIND(pooled, thrum_pool_put(&pool, thrum_pool_get(&pool)))
KIND(timed, thrum_time_stop(thrum_after(1000000000)))
KIND(stats, thrum_preempt_stats s; thrum_get_preempt_stats(&s))
KIND(alone, thrum_yield())
KIND(thread, thrum_lock_thread(); sink += (unsigned)getppid(); thrum_unlock_thread())
KIND(number, errno = 0)
KIND(jumps, sink += (unsigned)setjmp(jb))
KIND(masks, sink += (unsigned)sigsetjmp(sjb, 1))
KIND(allocate, free(malloc(len)))
KIND(releases, free(NULL))
KIND(leaf, sink += (unsigned)strlen(from); memcpy(to, from, len))
KIND(deeper, sink += memccpy(to, from, 't', sizeof from) != NULL)
KIND(floating, real = sin(real) + fmod(real, 3))
KIND(system_call, sink += (unsigned)getppid())
KIND(clock_read, struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t))
KIND(written, sink += (unsigned)write(null, from, 1))
KIND(other_thread, sched_yield())
KIND(printed, sink += (unsigned)snprintf(to, sizeof to, "%u", sink))

static void (*const kinds[])(void) = {now, self, length, attempts, buffered, chosen, deferred, group, did, locked, tried, readers,
	units, signal, cancelled, pooled, timed, stats, alone, thread, number, jumps, masks, allocate, releases, leaf, deeper,
	floating, system_call, clock_read, written, other_thread, printed};
#define N (long)(sizeof kinds / sizeof *kinds)

static void
loop(void *arg)
{
	beside++;
	kinds[(long)arg]();
	thrum_wg_done(&wg);
}

static void
start(long kind)
{
	thrum_wg_add(&wg, 1);
	CHECK(thrum_go(loop, (void *)kind) == 0);
}

static void
end(void)
{
	stop = true;
	thrum_wg_wait(&wg);
	stop = false;
}

static uint64_t
cpu(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int
main(void)
{
	alarm(60);
	full = thrum_chan_make(sizeof(int), 1);
	some = thrum_chan_make(sizeof(int), 4);
	none = thrum_chan_make(sizeof(int), 1);
	ctx = thrum_ctx_background();
	thrum_sema_release(&sema);
	null = open("/dev/null", O_WRONLY);
	CHECK(null >= 0);
	thrum_set_quantum(1000000);
	for (long k = 0; k < N; k++) {
		beside = 0;
		start(k);
		while (beside == 0)
			thrum_yield();
		uint64_t used = cpu();
		for (int i = 0; i < SLEEPS; i++)
			thrum_sleep(1000000);
		used = cpu() - used;
		if (used / SLEEPS > MOST)
			fprintf(stderr, "kind %ld: a sleep beside it took %lu us of processor time\n", k, (unsigned long)(used / SLEEPS / 1000));
		CHECK(used / SLEEPS <= MOST);
		end();
	}
	for (long k = 0; k < N; k++)
		start(k);
	for (int i = 0; i < 20; i++)
		thrum_maxprocs(1 + i % 3);
	end();
	puts("ok");
	return 0;
}
