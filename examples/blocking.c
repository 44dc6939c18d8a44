// SPDX-License-Identifier: MIT
//
// blocking.c - plain blocking calls, a hundred at a time, beside one that computes.
//
//	thrumcc -O2 blocking.c -o blocking && ./blocking
//
// A C function that blocks needs no special version here. Its goroutine keeps the thread, and
// the right to run goroutines (the P) goes to another one: at once for calls that are known to
// block, as these are, after about 100 us for others. So a hundred sleeps of 100 ms take
// little more than one, and the goroutine that computes does not notice them.
//
// How long it took goes to stderr, because it is never the same.
//
// out: 100 addresses resolved, 0 failed
// out: 9592 primes below 100000
// out: less than 5 s, not 10: yes

#include <netdb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <thrum.h>
#include <time.h>
#include <unistd.h>

static thrum_wg wg;
static atomic_int resolved, failed; // several goroutines count at the same time
static int primes;

static void
client(void *arg)
{
	(void)arg;
	struct addrinfo hints, *found;
	memset(&hints, 0, sizeof hints);
	hints.ai_flags = AI_NUMERICHOST;
	if (getaddrinfo("127.0.0.1", "80", &hints, &found) == 0) {
		freeaddrinfo(found);
		atomic_fetch_add(&resolved, 1);
	} else {
		atomic_fetch_add(&failed, 1);
	}
	usleep(100000);
	thrum_wg_done(&wg);
}

static int
isprime(int n)
{
	for (int d = 2; d * d <= n; d++)
		if (n % d == 0)
			return 0;
	return n > 1;
}

static void
compute(void *arg)
{
	int limit = *(int *)arg;
	for (int n = 2; n < limit; n++)
		primes += isprime(n);
	thrum_wg_done(&wg);
}

static double
seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

int
main(void)
{
	int limit = 100000;
	double start = seconds();
	thrum_wg_add(&wg, 101);
	if (thrum_go(compute, &limit) != 0)
		return 1;
	for (int i = 0; i < 100; i++)
		if (thrum_go(client, NULL) != 0)
			return 1;
	thrum_wg_wait(&wg); // main sees here all that the goroutines have written
	double took = seconds() - start;
	printf("%d addresses resolved, %d failed\n", resolved, failed);
	printf("%d primes below %d\n", primes, limit);
	printf("less than 5 s, not 10: %s\n", took < 5 ? "yes" : "no");
	fprintf(stderr, "it took %.0f ms\n", took * 1e3);
	return 0;
}
