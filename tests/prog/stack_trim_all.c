// SPDX-License-Identifier: MIT
//
// Shows that thrum_stack_trim gives back the memory that many goroutines with a local array have
// left: unsafe frames, stacks, and the goroutines themselves. It returns how much the kernel got.
// All of it can be used again.
//
// thrum-only
// memory: 200 (20,000 goroutines with a local at a time)
// levels: O0 O2
// out: ok

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#define N 20000
#define MB (1l << 20)

static thrum_chan *go;
static thrum_wg wg;

static long
rss(void)
{
	long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");
	if (!f || fscanf(f, "%*d %ld", &pages) != 1)
		abort();
	fclose(f);
	return pages * 4096;
}

static __attribute__((noinline)) void
fill(volatile char *p, int c)
{
	for (int i = 0; i < 64; i++)
		p[i] = (char)c;
}

static void
work(void *arg)
{
	char b[64];
	fill(b, (int)(long)arg);
	thrum_chan_recv(go, NULL);
	for (int i = 0; i < 64; i++)
		if (b[i] != (char)(long)arg)
			abort();
	thrum_wg_done(&wg);
}

static void
burst(void)
{
	go = thrum_chan_make(0, 0);
	thrum_wg_add(&wg, N);
	for (long i = 0; i < N; i++)
		if (thrum_go(work, (void *)i) != 0)
			abort();
	thrum_stats s;
	do {
		thrum_sleep(1000000);
		thrum_get_stats(&s);
	} while (s.waiting < N);
	thrum_chan_close(go);
	thrum_wg_wait(&wg);
	thrum_chan_free(go);
}

int
main(void)
{
	long begin = rss();
	for (int i = 0; i < 3; i++) {
		burst();
		long before = rss(), said = (long)thrum_stack_trim(), after = rss(), again = (long)thrum_stack_trim();
		if (after > begin + 4 * MB || said > before - after + 4 * MB || said < before - after - 4 * MB || again > 4 * MB) {
			printf("begin %ld, before %ld, said %ld, after %ld, again %ld\n", begin, before, said, after, again);
			return 1;
		}
	}
	puts("ok");
	return 0;
}
