// SPDX-License-Identifier: MIT
//
// latency.c - a program measures how long its goroutines hold each other up.
//
//	thrumcc -O2 latency.c -o latency && ./latency
//
// A goroutine per P computes and calls nothing. main sleeps a millisecond, a hundred times, and
// records how late it goes on in a histogram of its own. The runtime has timed meanwhile how long
// after a request the loops gave way, and how long goroutines that could run have waited. The
// figures go to standard error; they differ from machine to machine.
//
// Try THRUM_QUANTUM=10ms, and build with -fthrum-poll.
//
// out: 100 sleeps, 100 timed
// out: the loops gave way: yes

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>
#include <time.h>

static atomic_bool stop;
static thrum_wg wg;

static void
compute(void *arg)
{
	uint64_t x = 1;
	do
		for (int i = 0; i < 1000; i++)
			x = x * 6364136223846793005u + 1442695040888963407u;
	while (!atomic_load_explicit(&stop, memory_order_relaxed));
	*(uint64_t *)arg = x;
	thrum_wg_done(&wg);
}

static uint64_t
now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void
print(const char *what, const thrum_hist *h)
{
	fprintf(stderr, "%-36s %6" PRIu64, what, h->n);
	for (int i = 0; i < 4; i++)
		fprintf(stderr, " %9.1f", (double)thrum_hist_percentile(h, (double[]){50, 90, 99, 100}[i]) / 1000);
	fprintf(stderr, "\n");
}

int
main(void)
{
	static const char *const what[] = {"asked -> noticed, by a check", "asked -> noticed, by a signal",
	    "asked -> switched, by a check", "asked -> switched, by a signal", "could run -> ran"};
	static thrum_hist before[5], h, late;
	int n = thrum_maxprocs(0);
	uint64_t *result = calloc((size_t)n, sizeof *result);
	if (result == NULL)
		return 1;

	if (getenv("THRUM_QUANTUM") == NULL)
		thrum_set_quantum(100000);
	thrum_set_latency_sampling(1);
	for (int k = 0; k < 5; k++)
		thrum_get_hist((enum thrum_hist_kind)k, &before[k]);

	thrum_wg_add(&wg, n);
	for (int i = 0; i < n; i++)
		if (thrum_go(compute, &result[i]) != 0)
			return 1;
	for (int i = 0; i < 100; i++) {
		uint64_t due = now() + 1000000;
		struct timespec t = {(time_t)(due / 1000000000), (long)(due % 1000000000)};
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
		thrum_hist_record(&late, now() - due);
	}
	atomic_store(&stop, true);
	thrum_wg_wait(&wg);

	fprintf(stderr, "%-36s %6s %9s %9s %9s %9s\n", "microseconds", "n", "p50", "p90", "p99", "max");
	for (int k = 0; k < 5; k++) {
		thrum_get_hist((enum thrum_hist_kind)k, &h);
		thrum_hist_sub(&h, &before[k]); // leave out the time before
		print(what[k], &h);
	}
	print("main's sleep is late", &late);

	thrum_preempt_stats s;
	thrum_get_preempt_stats(&s);
	printf("100 sleeps, %" PRIu64 " timed\n", late.n);
	printf("the loops gave way: %s\n", s.checked + s.polled + s.signalled > 0 ? "yes" : "no");
	free(result);
	return 0;
}
