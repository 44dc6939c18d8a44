// SPDX-License-Identifier: MIT
//
// tsan.c - the run queues under ThreadSanitizer: core/sched/runq.c and core/base/lock.c on plain
// threads.
//
//	tsan ROUNDS SEED MODE     MODE: fast, or slow: no osbarrier, owners take ClaimLock
//
// A goroutine's stack is nothing that TSan understands, so there are none here: a thread is the
// owner of a p, a g is a number. The first thread pushes each of N gs once per round, in the ways
// that there are; it and the thieves, which also rob each other, take them. Each g must be taken
// exactly once per round.
//
// All words that the queues share are atomics, so a report is about what the queues carry: payload,
// two plain words of g, written before the push and read after the take. Between the two there must
// be a release and an acquire; barriers of osbarrier are not seen by TSan. Taken gs go back to the
// first thread by a counter that only it acquires, so that nothing but the queues leads from it to
// the thieves.
//
// With -DRACE all threads count in one plain word, which TSan must report.
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <time.h>
#include <unistd.h>

#include "arch/arch.h"
#include "core/base/debug.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/sched/runq.h"
#include "random.h"
#define CHECK_END abort()
#include "../prog/extra/check.h"

#define THIEVES 3
#define N 1500 // gs: more than ring, yieldq and next hold
#define SECONDS 100

schedt sched = {.lock = MUTEX(RankSched)};
p *allp[MAXPROCS];
debugvars debug = {.check = 1};

static g gs[N];
static p ps[THIEVES + 1];
static _Atomic uint32_t times[N], asnext[N]; // times taken; how it was pushed
static _Atomic uint32_t round_;
static _Atomic long ntaken; // in this round
static _Atomic bool stop;
static _Atomic long nsteals, nnext, nglob;
static uint64_t seed;
#ifdef RACE
static long shared;
#endif

// ---- what the runtime has below the queues ----

uintptr_t
systemstack(uintptr_t (*fn)(uintptr_t, uintptr_t), uintptr_t a, uintptr_t b)
{
	return fn(a, b);
}

void *
osmap(size_t size, size_t align, enum osuse use)
{
	(void)use;
	CHECK(align == PAGE);
	void *q = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return q == MAP_FAILED ? NULL : q;
}

void
osunmap(void *q, size_t size, enum osuse use)
{
	(void)use;
	CHECK(munmap(q, size) == 0);
}

void
osyield(void)
{
	ossyscall(SYS_sched_yield, 0, 0, 0, 0);
}

void
spinwait(unsigned n)
{
	(void)n;
	osyield();
}

void
osbarrier(void)
{
	CHECK(ossyscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0, 0) == 0);
}

void
osfutexsleep(_Atomic uint32_t *addr, uint32_t val, uint64_t ns)
{
	CHECK(ns == 0);
	ossyscall(SYS_futex, (long)addr, FUTEX_WAIT_PRIVATE, val, 0);
}

void
osfutexwakeup(_Atomic uint32_t *addr, int n)
{
	ossyscall(SYS_futex, (long)addr, FUTEX_WAKE_PRIVATE, n, 0);
}

uint64_t
nanotime(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

void
print(const char *fmt, ...)
{
	va_list l;
	va_start(l, fmt);
	vfprintf(stderr, fmt, l);
	va_end(l);
}

void
fatal(const char *msg)
{
	fprintf(stderr, "fatal error: %s\n", msg);
	abort();
}

void
throw(const char *msg)
{
	fprintf(stderr, "runtime error: %s\n", msg);
	abort();
}

// ---- the test ----

// took is called by the thread that has taken gp. ordered: the way it came by has an edge.
static void
took(g *gp, bool ordered)
{
	long i = gp - gs;
	CHECK(i >= 0 && i < N);
	if (ordered) {
		CHECK(gp->waitsince == load(round_));
		CHECK(gp->sched.sp == (uintptr_t)gp);
	}
	CHECK(atomic_fetch_add_explicit(&times[i], 1, memory_order_relaxed) + 1 == load(round_));
#ifdef RACE
	shared++;
#endif
	atomic_fetch_add_explicit(&ntaken, 1, memory_order_release);
}

// fromglob takes up to max of the global queue; more than one only when pp's ring is empty.
static g *
fromglob(p *pp, uint32_t max)
{
	if (load(sched.globsize) == 0)
		return NULL;
	lock(&sched.lock);
	g *gp = globget(pp, max);
	unlock(&sched.lock);
	if (gp)
		atomic_fetch_add_explicit(&nglob, 1, memory_order_relaxed);
	return gp;
}

// own takes one of pp's own or of the global queue.
static bool
own(p *pp, uint64_t *r)
{
	bool inherit;
	g *gp = next(r) % 61 == 0 ? fromglob(pp, 1) : NULL;
	if (!gp && !(gp = runqget(pp, &inherit))) {
		runqflush(pp);
		gp = fromglob(pp, RUNQ / 2);
	}
	if (gp)
		took(gp, true);
	return gp;
}

static void *
thief(void *arg)
{
	p *pp = arg;
	uint64_t r = seed + pp->id;
	while (!load(stop)) {
		p *victim = next(&r) % 4 ? allp[0] : allp[next(&r) % (THIEVES + 1)];
		bool late = next(&r) % 4 == 0;
		if (next(&r) % 64 == 0)
			atomic_fetch_or_explicit(&victim->claim, ClaimSlice, memory_order_relaxed);
		if (victim != pp) {
			uint64_t before = load(pp->nstolen);
			g *gp = runqsteal(pp, victim, late);
			if (gp) {
				// A next slot is taken alone.
				bool isnext = late && load(pp->nstolen) == before + 1 && load(asnext[gp - gs]);
				atomic_fetch_add_explicit(isnext ? &nnext : &nsteals, 1, memory_order_relaxed);
				took(gp, true);
			}
		}
		// Not all at once, so that others find something here.
		for (uint64_t n = next(&r) % 32; n > 0 && own(pp, &r); n--)
			;
		atomic_fetch_and_explicit(&pp->claim, ~(uint32_t)ClaimSlice, memory_order_relaxed);
		if (next(&r) % 8 == 0)
			osyield();
	}
	return NULL;
}

static void
owner(p *pp, uint64_t *r)
{
	for (long i = 0; i < N;) {
		for (uint64_t n = next(r) % 40, kind = next(r); n > 0 && i < N; n--, i++) {
			g *gp = &gs[i];
			gp->waitsince = load(round_);
			gp->sched.sp = (uintptr_t)gp;
			// A run of one kind, or mixed.
			uint64_t how = kind % 4 == 3 ? next(r) % 3 : kind % 4;
			store(asnext[i], how == 1);
			if (how == 0)
				runqput(pp, gp);
			else if (how == 1)
				runqputnext(pp, gp);
			else
				runqyield(pp, gp);
		}
		for (uint64_t n = next(r) % 24; n > 0 && own(pp, r); n--)
			;
		if (next(r) % 16 == 0)
			runqflush(pp);
		if (next(r) % 4 == 0)
			atomic_fetch_and_explicit(&pp->claim, ~(uint32_t)ClaimSlice, memory_order_relaxed);
		if (next(r) % 16 == 0)
			osyield();
	}
	while (loadacq(ntaken) < N)
		if (!own(pp, r))
			osyield();
	CHECK(loadacq(ntaken) == N);
	for (long i = 0; i < N; i++)
		CHECK(load(times[i]) == load(round_));
	CHECK(load(sched.globsize) == 0);
}

int
main(int argc, char **argv)
{
	pthread_t t[THIEVES];
	CHECK(argc == 4);
	long rounds = atol(argv[1]);
	uint64_t r = seed = strtoull(argv[2], NULL, 0);
	bool slow = strcmp(argv[3], "slow") == 0;
	if (!slow && ossyscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0, 0) != 0) {
		fprintf(stderr, "no membarrier: slow instead of fast\n");
		slow = true;
	}
	alarm(SECONDS); // no handler: TSan would hold back the signal of a thread that spins
	sched.asymmetric = !slow;
	store(sched.nprocs, THIEVES + 1);
	for (uint32_t i = 0; i <= THIEVES; i++) {
		allp[i] = &ps[i];
		ps[i].id = i;
		store(ps[i].claim, slow ? ClaimSlow : 0);
	}
	for (int i = 0; i < THIEVES; i++)
		CHECK(pthread_create(&t[i], NULL, thief, &ps[i + 1]) == 0);
	for (long n = 1; n <= rounds; n++) {
		store(ntaken, 0);
		store(round_, (uint32_t)n);
		owner(&ps[0], &r);
		alarm(SECONDS);
	}
	store(stop, true);
	for (int i = 0; i < THIEVES; i++)
		CHECK(pthread_join(t[i], NULL) == 0);
	printf("%s: %ld rounds of %d, seed %lu: %ld steals, %ld of next, %ld looks into the global queue\n", argv[3], rounds, N,
		(unsigned long)seed, load(nsteals), load(nnext), load(nglob));
	CHECK(rounds < 100 || (load(nsteals) > 0 && load(nglob) > 0));
	return 0;
}
