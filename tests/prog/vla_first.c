// SPDX-License-Identifier: MIT
//
// Shows that a goroutine whose first unsafe memory is a VLA, alloca or a big local gives it back:
// usp was "none yet" before, and going back to that would forget the chunk taken since.
//
// thrum-only
// levels: O0 O2
// out: ok

#include <alloca.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <thrum.h>

static struct rusage usage; // static: no local here has its address taken
static void *volatile sink;
static thrum_wg wg;

static __attribute__((noinline)) void
loop(int n)
{
	for (int i = 0; i < n; i++) {
		char a[i % 4000 + 1];
		a[0] = a[i % 4000] = (char)i;
		sink = a;
	}
}

static __attribute__((noinline)) void
once(int n)
{
	char *a = alloca((size_t)(n % 4000 + 16));
	a[0] = a[n % 4000] = (char)n;
	sink = a;
}

static __attribute__((noinline)) void
big(int n)
{
	char a[20000];
	a[n % 20000] = (char)n;
	sink = a;
}

static void
work(void *arg)
{
	switch ((long)arg) {
	case 0: loop(200000); break;
	case 1: for (int i = 0; i < 200000; i++) once(i); break;
	case 2: for (int i = 0; i < 20000; i++) big(i); break;
	}
	thrum_wg_done(&wg);
}

int
main(void)
{
	for (long i = 0; i < 30; i++) {
		thrum_wg_add(&wg, 1);
		if (thrum_go(work, (void *)(i % 3)) != 0)
			return 2;
		thrum_wg_wait(&wg);
	}
	getrusage(RUSAGE_SELF, &usage);
	if (usage.ru_maxrss > 64 << 10)
		printf("peak %ld KB\n", usage.ru_maxrss);
	else
		puts("ok");
	return 0;
}
