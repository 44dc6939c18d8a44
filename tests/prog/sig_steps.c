// SPDX-License-Identifier: MIT
//
// Shows that a signal handler may come at any instruction: the processor traps after each one, and
// the handler takes frames of all kinds: small, of half a chunk, big, a VLA. It comes into the slow
// ways of unsafe frames, into growth, park, yield, foreign calls, callbacks, longjmp, goroutines
// that begin and end. Locals of the interrupted code, and of those that run on the other thread
// meanwhile, keep what they were given.
//
// thrum-only
// levels: O0 O2
// env: THRUM_PROCS=2

#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <thrum.h>

#include "extra/steps.h"

#define HALF 15000

static atomic_long traps;
static long budget = 120000;
static atomic_int stepping; // which kind of frame the handler takes, 0: stop
static thrum_wg wg;
static thrum_chan *chan;

static void
wrong(const char *what)
{
	printf("%s: a local is not what it was\n", what);
	fflush(stdout);
	_exit(1);
}

static __attribute__((noinline)) void
fill(volatile char *p, size_t n, int c)
{
	for (size_t i = 0; i < n; i += n / 4 + 1)
		p[i] = (char)c;
	p[n - 1] = (char)c;
}

static __attribute__((noinline)) int
holds(volatile const char *p, size_t n, int c)
{
	for (size_t i = 0; i < n; i += n / 4 + 1)
		if (p[i] != (char)c)
			return 0;
	return p[n - 1] == (char)c;
}

#define TAKES(name, size) \
	static __attribute__((noinline)) int name(int n, int id) \
	{ \
		char b[size]; \
		fill(b, sizeof b, id + n); \
		int ok = n == 0 || name(n - 1, id); \
		return ok & holds(b, sizeof b, id + n); \
	}
TAKES(small, 600)
TAKES(half, HALF)
TAKES(big, 40000)

static __attribute__((noinline)) int
vla(int n, int id, size_t size)
{
	char b[size];
	fill(b, size, id + n);
	int ok = n == 0 || vla(n - 1, id, size + 3000);
	return ok & holds(b, size, id + n);
}

static void
trap(int sig, siginfo_t *info, void *context)
{
	greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs, *flags = &r[REG_EFL];
	long n = atomic_fetch_add(&traps, 1);
	int kind = stepping, ok = 1;
	(void)info;
	if (n >= budget)
		kind = stepping = 0;
	if (kind == 0 || blocks(r)) {
		*flags &= ~(greg_t)TF;
		return;
	}
	if (sig == SIGUSR1)
		*flags |= TF;
	switch (kind == 5 ? n % 8 ? 1 : (int)(n / 8 % 4) + 1 : n % 4 ? 1 : kind) {
	case 1: ok = small(0, 0x60); break;
	case 2: ok = half(n % 8 == 0 ? 5 : 0, 0x60); break;
	case 3: ok = big(1, 0x60); break;
	case 4: ok = vla(1, 0x60, 2000 + (size_t)n % 20000); break;
	}
	if (!ok)
		wrong("the handler");
}

// steps begins, as long as there are traps left: an idle thread spends them too.
static void
steps(int kind)
{
	if (traps < budget) {
		stepping = kind;
		raise(SIGUSR1);
	}
}

static void
chunks(void)
{
	for (int kind = 1; kind <= 5; kind++) {
		steps(kind);
		if (!half(9, 1) || !half(3, 2) || !big(2, 3) || !small(4, 4) || !big(0, 5) || !vla(2, 6, 9000) || !half(6, 7))
			wrong("chunks");
		stepping = 0;
	}
}

static __attribute__((noinline)) long
deep(int n, const long *above)
{
	long here = *above + n;
	return n == 0 ? here : deep(n - 1, &here);
}

static int
compare(const void *a, const void *b)
{
	char local[64];
	int x = *(const int *)a, y = *(const int *)b;
	memset(local, x, sizeof local);
	if (deep(3, &(long){0}) != 6)
		wrong("compare");
	return (x > y) - (x < y) + (local[5] != (char)x);
}

static __attribute__((noinline)) void
jump(jmp_buf b, int n)
{
	char local[500];
	fill(local, sizeof local, n);
	if (n == 0)
		longjmp(b, 7);
	jump(b, n - 1);
	if (!holds(local, sizeof local, n))
		wrong("jump");
}

static void
crossings(void)
{
	int v[12];
	jmp_buf b;
	for (int i = 0; i < 12; i++)
		v[i] = (i * 7) % 12;
	qsort(v, 12, sizeof *v, compare);
	for (int i = 0; i < 12; i++)
		if (v[i] != i)
			wrong("qsort");
	if (setjmp(b) == 0)
		jump(b, 6);
	if (deep(60, &(long){0}) != 1830)
		wrong("deep");
	free(malloc(100));
}

static void
short_one(void *arg)
{
	if (!small(1, *(int *)arg))
		wrong("a goroutine");
	thrum_wg_done(&wg);
}

static void
talks(void *arg)
{
	int id = (int)(long)arg;
	for (int i = 0; i < 6; i++) {
		char local[300];
		long v = id;
		steps(5);
		fill(local, sizeof local, id);
		if (id % 2)
			thrum_chan_send(chan, &v);
		else
			thrum_chan_recv(chan, &v);
		if (!holds(local, sizeof local, id) || v % 2 != 1)
			wrong("a channel's user");
		thrum_yield();
		if (!small(1, id))
			wrong("after yield");
		if (i % 4 == 0) {
			thrum_wg_add(&wg, 1);
			if (thrum_go(short_one, &id) != 0)
				abort();
			thrum_yield();
		}
		if (!holds(local, sizeof local, id))
			wrong("a local over a switch");
	}
	crossings();
	thrum_wg_done(&wg);
}

int
main(void)
{
	struct sigaction a = {.sa_sigaction = trap, .sa_flags = SA_SIGINFO | SA_RESTART};
	sigaction(SIGTRAP, &a, NULL);
	sigaction(SIGUSR1, &a, NULL);
	thrum_lock_thread();
	chunks();
	thrum_unlock_thread();
	budget = traps + 120000;
	chan = thrum_chan_make(sizeof(long), 0);
	thrum_wg_add(&wg, 8);
	for (long i = 0; i < 8; i++)
		if (thrum_go(talks, (void *)i) != 0)
			return 2;
	thrum_wg_wait(&wg);
	stepping = 0;
	puts(traps > 10000 ? "ok" : "the processor does not trap");
	return traps <= 10000;
}
