// SPDX-License-Identifier: MIT
// Goroutines, threads, deep calls, growth, pinned frames, foreign calls with callbacks; with an
// argument, two faults.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

static thrum_wg wg;
static thrum_chan *results;
static volatile int faults;

static __attribute__((noinline)) int
deep(int n)
{
	char b[200];
	memset(b, n, sizeof b);
	return n > 0 ? (deep(n - 1) + b[5]) & 1023 : b[7];
}

static __attribute__((noinline)) int
pinned(int n)
{
	int below = n > 0 ? pinned(n - 1) : deep(100);
	return __builtin_frame_address(0) != NULL ? below : -1;
}

static int
compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b + 0 * deep(20);
}

static void
work(void *arg)
{
	int n = (int)(long)arg, v[20];
	char *text = malloc(20), big[20000];
	for (int i = 0; i < 20; i++)
		v[i] = (i * 7 + n) % 20;
	qsort(v, 20, sizeof *v, compare);
	memset(big, n, sizeof big);
	snprintf(text, 20, "%d", deep(n * 20) + pinned(n % 5) + v[3] + big[19999]);
	for (int i = 0; i < 5; i++)
		thrum_yield();
	if (faults && n == 7) {
		text[20] = 1;
		if (*(volatile int *)malloc(4) == 5)
			text[1]++;
	}
	int sum = atoi(text);
	free(text);
	thrum_chan_send(results, &sum);
	thrum_wg_done(&wg);
}

static void *
thread(void *arg)
{
	for (int round = 0; round < 3; round++)
		work(arg);
	return NULL;
}

int
main(int argc, char **argv)
{
	pthread_t t;
	long all = 0;
	int one;
	(void)argv;
	faults = argc > 1;
	results = thrum_chan_make(sizeof(int), 100);
	thrum_wg_add(&wg, 33);
	for (long i = 0; i < 30; i++)
		if (thrum_go(work, (void *)i) < 0)
			return 1;
	if (pthread_create(&t, NULL, thread, (void *)3) != 0 || pthread_join(t, NULL) != 0)
		return 1;
	thrum_wg_wait(&wg);
	thrum_chan_close(results);
	while (thrum_chan_recv(results, &one) == 1)
		all += one;
	thrum_chan_free(results);
	printf("%d %d\n", all != 0, deep(300) >= 0);
	return 0;
}
