// SPDX-License-Identifier: MIT
// Shows that times 2^63 ns and more away are far and not past, for goroutines and for plain
// threads, in everything that takes a time.
// thrum-only
// levels: O0 O2
// ldflags: -pthread
// out: ok
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <thrum.h>
#include <unistd.h>

#define CALLS 13

static const uint64_t far[] = {UINT64_MAX, UINT64_MAX - 1, UINT64_MAX - 1000000000, ((uint64_t)1 << 63) + 1, (uint64_t)1 << 63, INT64_MAX};
#define N (long)(sizeof far / sizeof *far)

static thrum_sema sema;
static thrum_wg wg;
static thrum_mutex mutexes[2][N];
static thrum_cond cond;
static thrum_chan *empty, *full;
static atomic_int early, waiting;

static void
over(const char *what, uint64_t when)
{
	early++;
	fprintf(stderr, "%s, %lx: over at once\n", what, (unsigned long)when);
}

static void
timeup(void *arg)
{
	over("a timer", *(uint64_t *)arg);
}

// wait_for does call number c with the time far[i]; it comes back only when that is wrong.
static void
wait_for(long c, long i, int thread)
{
	uint64_t when = far[i], now = thrum_now();
	int64_t ns = when - now < INT64_MAX ? (int64_t)(when - now) : INT64_MAX;
	static const char *const names[] = {"sleep_until", "sema_acquire_until", "wg_wait_until", "sendtimeout", "cond_wait_until",
		"sleep", "select", "recvtimeout", "after", "ctx_sleep", "ctx_with_deadline", "ctx_with_timeout", "ticker"};
	thrum_selcase one = {empty, NULL, false, false};
	thrum_ticker t;
	waiting++;
	switch (c) {
	case 0: thrum_sleep_until(when); break;
	case 1: (void)!thrum_sema_acquire_until(&sema, when); break;
	case 2: (void)!thrum_wg_wait_until(&wg, when); break;
	case 3: thrum_chan_sendtimeout(full, &when, ns); break;
	case 4:
		thrum_mutex_lock(&mutexes[thread][i]);
		(void)!thrum_cond_wait_until(&cond, &mutexes[thread][i], when);
		break;
	case 5: thrum_sleep(ns); break;
	case 6: thrum_select(&one, 1, ns); break;
	case 7: thrum_chan_recvtimeout(empty, NULL, ns); break;
	case 8: thrum_chan_recv(thrum_after(ns), NULL); break;
	case 9: (void)!thrum_ctx_sleep(thrum_ctx_background(), ns); break;
	case 10: thrum_chan_recv(thrum_ctx_done(thrum_ctx_with_deadline(thrum_ctx_background(), when)), NULL); break;
	case 11: thrum_chan_recv(thrum_ctx_done(thrum_ctx_with_timeout(thrum_ctx_background(), ns)), NULL); break;
	default:
		thrum_ticker_start(&t, ns);
		thrum_ticker_wait(&t);
	}
	over(names[c], when);
}

static void
goroutine(void *arg)
{
	long n = (long)arg;
	wait_for(n / N, n % N, 0);
}

static void *
thread(void *arg)
{
	long n = (long)arg;
	wait_for(n / N, n % N, 1);
	return NULL;
}

int
main(void)
{
	static thrum_timer timers[N];
	pthread_t t;
	pthread_attr_t small;
	empty = thrum_chan_make(8, 0);
	full = thrum_chan_make(8, 0);
	thrum_wg_add(&wg, 1);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 64 << 10);
	for (long n = 0; n < CALLS * N; n++)
		if (thrum_go(goroutine, (void *)n) != 0 || pthread_create(&t, &small, thread, (void *)n) != 0)
			return 2;
	for (long i = 0; i < N; i++)
		thrum_timer_start(&timers[i], far[i] < INT64_MAX ? (int64_t)far[i] : INT64_MAX, timeup, (void *)&far[i]);
	while (waiting < 2 * CALLS * N)
		thrum_sleep(1000000);
	thrum_sleep(50000000);
	if (early == 0)
		puts("ok");
	fflush(stdout);
	_exit(early != 0);
}
