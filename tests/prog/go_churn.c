// SPDX-License-Identifier: MIT
// Shows that memory stays bounded while goroutines come and go, whatever locals they have.
// thrum-only
// levels: O0 O2
// modes: normal (stackmove and storms only make it slow)
#include <alloca.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <thrum.h>

#define NOINLINE __attribute__((noinline))

static void *volatile sink;
static thrum_wg wg;

static void
none(int n)
{
	sink = (void *)(long)n;
}

static void
small(int n)
{
	sink = &n;
}

static void
array(int n)
{
	char a[3000];
	memset(a, n, sizeof a);
	sink = a;
}

static void
vla(int n)
{
	for (int i = 0; i < 4; i++) {
		char a[(n + i) % 4000 + 1];
		a[0] = 1;
		sink = a;
	}
}

static void
loop(int n)
{
	for (int i = 0; i < 40; i++)
		sink = memset(alloca(4000), n, 8);
}

static void
big(int n)
{
	char a[100000];
	a[n] = 1;
	sink = a;
}

static void
bigvla(int n)
{
	char a[n % 1000 + 50000];
	a[n] = 1;
	sink = a;
}

static NOINLINE void
deep(jmp_buf *b, int n)
{
	char a[2000];
	sink = a;
	if (n == 0)
		longjmp(*b, 1);
	deep(b, n - 1);
	sink = a;
}

static void
jump(int n)
{
	jmp_buf b;
	if (setjmp(b) == 0)
		deep(&b, n % 50);
}

static void (*const kinds[])(int) = {none, small, array, vla, loop, big, bigvla, jump};
static void (*kind)(int);

static void
body(void *arg)
{
	kind((int)(long)arg);
	if ((long)arg % 16 == 0)
		thrum_yield();
	thrum_wg_done(&wg);
}

static long
peak(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss / 1024;
}

int
main(void)
{
	long before = peak();
	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
		int n = kinds[k] == big || kinds[k] == bigvla ? 5000 : 60000;
		kind = kinds[k];
		for (int i = 0; i < n; i += 100) {
			thrum_wg_add(&wg, 100);
			for (long j = i; j < i + 100; j++)
				if (thrum_go(body, (void *)(j % 40000)) != 0)
					return 3;
			thrum_wg_wait(&wg);
		}
		if (peak() > before + 100) {
			fprintf(stderr, "kind %zu: from %ld to %ld MB\n", k, before, peak());
			return 1;
		}
	}
	return 0;
}
