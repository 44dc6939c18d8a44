// SPDX-License-Identifier: MIT
//
// Shows that a loop maps the memory of its large locals once, although several live at a time: in
// functions that call each other, and as arrays of variable length in one scope. Each byte that was
// written is there until the local ends. On a thread, in main and in a goroutine.
//
// thrum-only
// modes: normal stackmove storm (in sigstorm a handler's large locals are mapped, too: sig_big_frames.c)
// out: main: the bytes are there, mapped once
// out: thread: the bytes are there, mapped once
// out: goroutine: the bytes are there, mapped once

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <thrum.h>

#define ROUNDS 1000
#define NOINLINE __attribute__((noinline))

static volatile int zero;

// fill writes n bytes that follow from seed, and holds tells whether they are there.
static NOINLINE void
fill(char *p, int n, int seed)
{
	memset(p, seed, 64);
	p[n / 2] = (char)(seed + 1);
	memset(p + n - 64, seed + 2, 64);
}

static NOINLINE int
holds(const char *p, int n, int seed)
{
	return p[0] == (char)seed && p[63] == (char)seed && p[n / 2] == (char)(seed + 1) &&
		p[n - 64] == (char)(seed + 2) && p[n - 1] == (char)(seed + 2);
}

static NOINLINE int
third(int i)
{
	char a[90000];
	fill(a, sizeof a, i + 3);
	return holds(a, sizeof a, i + 3);
}

static NOINLINE int
second(int i)
{
	char a[30000];
	fill(a, sizeof a, i + 2);
	int ok = third(i);
	return ok & holds(a, sizeof a, i + 2);
}

static NOINLINE int
first(int i)
{
	char a[60000];
	fill(a, sizeof a, i + 1);
	int ok = second(i) & third(i);
	return ok & holds(a, sizeof a, i + 1);
}

static NOINLINE int
arrays(int i)
{
	int n = 70000 + zero, ok = 1;
	for (int k = 0; k < 3; k++) {
		char a[n], b[n + 100 * k], c[2 * n];
		fill(a, n, i + k);
		fill(b, n + 100 * k, i + k + 1);
		fill(c, 2 * n, i + k + 2);
		ok &= first(i) & holds(a, n, i + k) & holds(b, n + 100 * k, i + k + 1) & holds(c, 2 * n, i + k + 2);
	}
	return ok;
}

static long
faults(void)
{
	struct rusage r;
	getrusage(RUSAGE_SELF, &r);
	return r.ru_minflt;
}

static void *
run(void *name)
{
	int ok = first(0) & arrays(0);
	long before = faults();
	for (int i = 0; i < ROUNDS; i++)
		ok &= first(i) & arrays(i);
	long n = faults() - before;
	// In a mode that moves and poisons stacks, those have faults of their own.
	int few = n < ROUNDS || getenv("THRUM_DEBUG") != NULL;
	printf("%s: %s, %s\n", (const char *)name, ok ? "the bytes are there" : "bytes are lost", few ? "mapped once" : "mapped again and again");
	if (!few)
		printf("%ld page faults\n", n);
	return NULL;
}

static thrum_wg done;

static void
body(void *name)
{
	run(name);
	thrum_wg_done(&done);
}

int
main(void)
{
	pthread_t t;
	run("main");
	if (pthread_create(&t, NULL, run, "thread") == 0)
		pthread_join(t, NULL);
	thrum_wg_add(&done, 1);
	if (thrum_go(body, "goroutine") == 0)
		thrum_wg_wait(&done);
	return 0;
}
