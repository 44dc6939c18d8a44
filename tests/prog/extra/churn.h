// SPDX-License-Identifier: MIT
//
// churn.h - goroutines that come and go in great numbers, with locals of every kind: what
// go_churn.c and go_churn_exit.c share.
//
// A shape is a function that calls itself n times, each time with locals of its kind, and at the
// bottom `end`.

#include <alloca.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <thrum.h>

typedef void ending(jmp_buf *b);

static void *volatile sink;
static thrum_wg wg;

#define SHAPE(name, ...) \
	static __attribute__((noinline)) void name(int n, int size, ending *end, jmp_buf *b) \
	{ \
		__VA_ARGS__; \
		sink = a; \
		n == 0 ? end(b) : name(n - 1, size, end, b); \
		sink = a; \
	}

SHAPE(none, void *a = (void *)(long)size)
SHAPE(small, char a[100]; memset(a, n, sizeof a))
SHAPE(array, char a[3000]; memset(a, n, sizeof a))
SHAPE(chunks, char a[15000]; a[n] = (char)n)
SHAPE(vla, char a[size % 4000 + n + 1]; a[n] = (char)n)
SHAPE(loop, char *a = NULL; for (int i = 0; i < 40; i++) sink = a = memset(alloca(i % 2 ? 4000 : 1000), n, 8))
SHAPE(big, char a[100000]; a[size] = (char)n)
SHAPE(bigvla, char a[50000 + 9000 * n + size % 1000]; a[n] = (char)n)

static const struct {
	const char *name;
	void (*fn)(int n, int size, ending *end, jmp_buf *b);
	int goroutines;
} shapes[] = {{"none", none, 60000}, {"small", small, 60000}, {"array", array, 60000}, {"chunks", chunks, 60000}, {"vla", vla, 60000},
	{"loop", loop, 5000}, {"big", big, 3000}, {"bigvla", bigvla, 3000}};

static long
peak(void) // of the process's memory, in MB
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss / 1024;
}

// churn starts n goroutines, at most 100 at a time, with their numbers. Returns false when one
// cannot be started.
static bool
churn(void (*goroutine)(void *), long n)
{
	for (long i = 0; i < n; i += 100) {
		thrum_wg_add(&wg, 100);
		for (long k = i; k < i + 100; k++)
			if (thrum_go(goroutine, (void *)k) != 0)
				return false;
		thrum_wg_wait(&wg);
	}
	return true;
}
