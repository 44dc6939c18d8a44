// SPDX-License-Identifier: MIT
//
// storm.c - thousands of goroutines block in foreign calls; the others go on, and the threads go
// away.
//
//	storm BLOCKED SEED
//
// A third sleeps, a third reads from a pipe, a third looks up names. Beside them goroutines yield:
// the longest time in which none of them has run is looked at by each, and by main at the end.
#include <netdb.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/socket.h>
#include <time.h>
// Two storms never have the same peak, and what the pools got for it lies between the stacks of
// threads, so it does not join up. One mapping lost per thread would be a thousand.
#define LEAK_VMAS 300
#include "../prog/extra/leak.h"
#define CHECK_END abort()
#include "../prog/extra/check.h"

#define RUNNERS 8

static thrum_wg wg, runners;
static int fd[2];
static _Atomic int stop, begun;
static _Atomic long turns, last, gap; // ns
static uint64_t seed;

static long
ns(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000l + ts.tv_nsec;
}

static void
runs(void *arg)
{
	(void)arg;
	while (!stop) {
		long now = ns(), was = atomic_exchange(&last, now), old = gap;
		if (was)
			while (now - was > old && !atomic_compare_exchange_weak(&gap, &old, now - was))
				;
		turns++;
		thrum_yield();
	}
	thrum_wg_done(&runners);
}

static void
blocks(void *arg)
{
	long i = (long)arg;
	uint64_t r = (seed + (uint64_t)i) * 0x9e3779b97f4a7c15 >> 40;
	char c;
	begun++;
	switch (i % 3) {
	case 0:
		CHECK(usleep((useconds_t)(100000 + r % 400000)) == 0);
		break;
	case 1:
		CHECK(read(fd[0], &c, 1) == 1);
		break;
	default: {
		struct addrinfo *a = NULL, want = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
		for (int k = 0; k < 5; k++) {
			CHECK(getaddrinfo(r & 1 ? "localhost" : "127.0.0.1", "80", &want, &a) == 0 && a != NULL);
			freeaddrinfo(a);
		}
	}
	}
	thrum_wg_done(&wg);
}

static long
storm(long n)
{
	thrum_stats s;
	long most;
	stop = 0;
	last = gap = begun = 0;
	thrum_wg_add(&runners, RUNNERS);
	for (int i = 0; i < RUNNERS; i++)
		CHECK(thrum_go(runs, NULL) == 0);
	thrum_wg_add(&wg, n);
	for (long i = 0; i < n; i++)
		CHECK(thrum_go(blocks, (void *)i) == 0);
	while (begun < n)
		thrum_yield();
	usleep(50000);
	thrum_get_stats(&s);
	most = s.threads;
	for (long i = 1; i < n; i += 3)
		CHECK(write(fd[1], "x", 1) == 1);
	thrum_wg_wait(&wg);
	stop = 1;
	thrum_wg_wait(&runners);
	return most;
}

int
main(int argc, char **argv)
{
	long n = argc > 1 ? atol(argv[1]) : 2000;
	seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	alarm(250);
	CHECK(pipe(fd) == 0);
	storm(n);
	leak_begin();
	long most = storm(n), end = ns();
	CHECK(most > n / 4); // those that read have a thread each
	CHECK(gap < 2000000000);
	struct leak now;
	// Idle are the runner, one per p and one more; the monitor; main in its sleep; this thread.
	do {
		usleep(100000);
		leak_now(&now);
		CHECK(ns() - end < 20000000000);
	} while (now.threads > thrum_maxprocs(0) + 5);
	end = ns() - end;
	leak_end();
	printf("%ld blocked in %ld threads, %ld turns of the others, longest gap %ld us, back to %ld threads after %ld ms\n", n, most,
		(long)turns, (long)gap / 1000, now.threads, end / 1000000);
	return 0;
}
