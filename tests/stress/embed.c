// SPDX-License-Identifier: MIT
//
// embed.c - the runtime inside a program of another kind, begun and ended under load.
//
//	embed run ROUNDS SEED     thrum_run from one thread after another; main returns anywhere
//	embed start ROUNDS SEED   thrum_start and thrum_stop
//	embed poll ROUNDS SEED    thrum_poll in a loop of poll()
//
// All the time a set of goroutines yields, parks, sleeps, spawns. Each counts in a word of its own,
// and in a second word at another step. So a goroutine that runs twice at a time, or is lost, is
// seen.
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#define LEAK_PROCS 4
#include "../prog/extra/leak.h"
#include "random.h"
#define CHECK_END abort()
#include "../prog/extra/check.h"

#define N 60
#define AHEAD 1000 // goroutines that a thread may have started and that have not run

static uint64_t seed;
static long rounds;
static _Atomic int stop, polled;
static _Atomic long children, born;
static thrum_wg wg;

static struct {
	thrum_g *_Atomic g;
	_Atomic int inside;
	_Atomic long steps, parks;
} slot[N];

static int
tid(void)
{
	return (int)syscall(SYS_gettid);
}

static void
child(void *arg)
{
	(void)arg;
	thrum_yield();
	children++;
	thrum_wg_done(&wg);
}

static void
load(void *arg)
{
	long i = (long)arg;
	uint64_t r = seed + (uint64_t)i;
	slot[i].g = thrum_self();
	while (!stop) {
		CHECK(slot[i].inside++ == 0);
		slot[i].steps++;
		CHECK(slot[i].inside-- == 1);
		uint64_t v = next(&r);
		thrum_g *g = slot[(v >> 32) % N].g;
		switch (v % 16) {
		case 0:
			thrum_wg_add(&wg, 1);
			born++;
			CHECK(thrum_go(child, NULL) == 0);
			break;
		case 1:
			if (!polled)
				usleep((useconds_t)(v >> 40) % 200);
			break;
		case 2:
		case 3:
			if (g)
				thrum_ready(g);
			break;
		case 4:
			if (i % 4) {
				slot[i].parks++;
				thrum_park();
			}
			break;
		default:
			thrum_yield();
		}
	}
	thrum_wg_done(&wg);
}

static void
begin(void)
{
	stop = 0;
	thrum_wg_add(&wg, N);
	for (long i = 0; i < N; i++)
		CHECK(thrum_go(load, (void *)i) == 0);
}

static long
steps(void)
{
	long n = 0;
	for (int i = 0; i < N; i++)
		n += slot[i].steps;
	return n;
}

// finish runs inside until all have ended.
static int
finish(void *arg)
{
	(void)arg;
	stop = 1;
	for (int i = 0; i < N; i++)
		if (slot[i].g)
			thrum_ready(slot[i].g);
	thrum_wg_wait(&wg);
	for (int i = 0; i < N; i++)
		slot[i].g = NULL;
	return 0;
}

// ---- run ----

static long elsewhere;

static int
body(void *arg)
{
	uint64_t r = seed + (uint64_t)(long)arg;
	int began = tid();
	for (uint64_t n = next(&r) % 300; n > 0; n--)
		if (n % 64 == 0)
			usleep(300); // it comes back on another thread
		else
			thrum_yield();
	elsewhere += tid() != began;
	return (int)(long)arg * 3;
}

static void *
runs(void *arg)
{
	int status = -1;
	CHECK(thrum_run(body, arg, &status) == 0);
	CHECK(status == (int)(long)arg * 3);
	return NULL;
}

static void
quiet(void)
{
	// No goroutine runs between two runs; one in a foreign call ends that first.
	long before = steps();
	usleep(500);
	CHECK(steps() == before);
}

static void
run(void)
{
	begin();
	for (long i = 0; i < rounds; i++) {
		if (i % 3) {
			pthread_t t;
			CHECK(pthread_create(&t, NULL, runs, (void *)i) == 0);
			CHECK(pthread_join(t, NULL) == 0);
		} else {
			runs((void *)i);
		}
		if (i % 16 == 0)
			quiet();
	}
	CHECK(thrum_run(finish, NULL, NULL) == 0);
	CHECK(rounds < 100 || elsewhere > 0);
}

// ---- start ----

static _Atomic int outside = 1;
static _Atomic long done;

static void
one(void *arg)
{
	(void)arg;
	done++;
}

// A thread that is not the runtime's makes work, whether it runs or not.
static void *
feeds(void *arg)
{
	(void)arg;
	long n = 0;
	while (outside) {
		CHECK(thrum_go(one, NULL) == 0);
		n++;
		if (slot[n % N].g)
			thrum_ready(slot[n % N].g);
		if (n % 16 == 0)
			usleep(100);
		while (n - done > AHEAD && outside)
			usleep(100);
	}
	return (void *)n;
}

static void
start(void)
{
	pthread_t t;
	void *n;
	uint64_t r = seed;
	begin();
	CHECK(pthread_create(&t, NULL, feeds, NULL) == 0);
	for (long i = 0; i < rounds; i++) {
		CHECK(thrum_start((int)(next(&r) % 5)) == 0);
		CHECK(thrum_start(0) == -EBUSY);
		if (i % 2)
			usleep((useconds_t)(next(&r) % 1000));
		CHECK(thrum_stop() == 0);
		CHECK(thrum_stop() == -EINVAL);
		if (i % 16 == 0)
			quiet();
	}
	outside = 0;
	CHECK(pthread_join(t, &n) == 0);
	CHECK(thrum_run(finish, NULL, NULL) == 0);
	CHECK(thrum_start(2) == 0);
	for (int i = 0; done < (long)n; i++) {
		CHECK(i < 20000);
		usleep(1000);
	}
	CHECK(done == (long)n);
	CHECK(thrum_stop() == 0);
}

// ---- poll ----

static void
poll_(void)
{
	pthread_t t;
	void *n;
	int alive = 1;
	polled = 1;
	begin();
	CHECK(thrum_start(THRUM_POLLED) == 0);
	struct pollfd p = {thrum_poll_fd(), POLLIN, 0};
	CHECK(p.fd >= 0);
	CHECK(pthread_create(&t, NULL, feeds, NULL) == 0);
	int me = tid();
	for (long i = 0; i < rounds; i++) {
		CHECK(poll(&p, 1, 10000) == 1);
		CHECK((alive = thrum_poll()) >= N && tid() == me);
	}
	outside = 0;
	CHECK(pthread_join(t, &n) == 0);
	stop = 1;
	for (int i = 0; i < N; i++)
		if (slot[i].g)
			thrum_ready(slot[i].g);
	while (alive > 0) {
		CHECK(poll(&p, 1, 10000) == 1);
		CHECK((alive = thrum_poll()) >= 0);
	}
	CHECK(done == (long)n);
	// Nothing to do: not readable, and no busy loop.
	CHECK(poll(&p, 1, 50) == 0);
	CHECK(thrum_stop() == 0);
	CHECK(thrum_poll() == -EINVAL && thrum_poll_fd() == -EINVAL);
}

// crowd makes as many goroutines as there may be at one time, so that their stacks are there before
// leaks are looked for.
static thrum_wg gate;

static void
waits(void *arg)
{
	(void)arg;
	thrum_wg_wait(&gate);
	thrum_wg_done(&wg);
}

static int
crowd(void *arg)
{
	(void)arg;
	thrum_wg_add(&gate, 1);
	thrum_wg_add(&wg, AHEAD + 10 * N);
	for (int i = 0; i < AHEAD + 10 * N; i++)
		CHECK(thrum_go(waits, NULL) == 0);
	thrum_wg_done(&gate);
	thrum_wg_wait(&wg);
	return 0;
}

int
main(int argc, char **argv)
{
	CHECK(argc == 4);
	rounds = atol(argv[2]);
	seed = strtoull(argv[3], NULL, 0);
	alarm(100 + (unsigned)(rounds / 100));
	void (*mode)(void) = strcmp(argv[1], "run") == 0 ? run : strcmp(argv[1], "start") == 0 ? start : poll_;
	long all = rounds;
	rounds = 20;
	mode();
	CHECK(thrum_run(crowd, NULL, NULL) == 0);
	rounds = all;
	outside = 1;
	done = 0;
	leak_begin();
	mode();
	leak_end();
	CHECK(children == born);
	printf("%s: %ld rounds, %ld steps, %ld children, main returned elsewhere %ld times\n", argv[1], rounds, steps(), (long)children,
		elsewhere);
	return 0;
}
