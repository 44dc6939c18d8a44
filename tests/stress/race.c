// SPDX-License-Identifier: MIT
//
// race.c - goroutines under ThreadSanitizer: a program of plain clang -fsanitize=thread, its runtime built with -DTSAN.
//
//	race NAME     NAME: a rule of thrum_mem(7), which TSan must find in order, or one of the races at the end
//
// Each runs some goroutines that write and read plain words, ordered by the rule only. In the races there is an
// order in time, mostly on one P even, but no rule.
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#define CHECK(x) do { if (!(x)) { fprintf(stderr, "race.c:%d: %s\n", __LINE__, #x); abort(); } } while (0)
#define TASKS 20
#define TIMES 50

static const char *name;
static thrum_wg wg;
static long word, other;
static thrum_mutex m, m2;
static thrum_rwmutex rw;
static thrum_once once;
static thrum_sema full, empty = {1};
static thrum_cond turned;
static long turn; // m
static thrum_pool pool = {.drop = free};
static _Atomic(thrum_g *) sleeper;
static atomic_int flag;

static void
go(void (*fn)(void *), void *arg)
{
	CHECK(thrum_go(fn, arg) == 0);
}

static void
all(void (*fn)(void *), int n)
{
	thrum_wg_add(&wg, n);
	for (long i = 0; i < n; i++)
		go(fn, (void *)i);
	thrum_wg_wait(&wg);
}

// ---- in order -------------------------------------------------------------------

static void
reads(void *arg)
{
	CHECK(word == (long)arg);
	thrum_wg_done(&wg);
}

// Stacks and goroutines are used again and again: that is no race.
static __attribute__((noinline)) long
frame(long n)
{
	volatile long a[50];
	for (int i = 0; i < 50; i++)
		a[i] = n + i;
	return a[n % 50];
}

static void
writes(void *arg)
{
	long *slot = arg;
	*slot = frame((long)((uintptr_t)slot / sizeof *slot % 40));
	thrum_wg_done(&wg);
}

static void
spawn(void)
{
	for (int i = 0; i < TIMES; i++) {
		long slots[TASKS] = {0};
		word = i;
		thrum_wg_add(&wg, 1 + TASKS);
		go(reads, (void *)(long)i);
		for (int k = 0; k < TASKS; k++)
			go(writes, &slots[k]);
		thrum_wg_wait(&wg);
		for (int k = 0; k < TASKS; k++)
			word += slots[k] & 1;
	}
}

static void
locks(void *arg)
{
	for (int i = 0; i < TIMES; i++) {
		if ((i + (long)arg) % 5 == 0)
			while (!thrum_mutex_trylock(&m))
				thrum_yield();
		else
			thrum_mutex_lock(&m);
		word++;
		if (i % 4 == 0)
			thrum_yield();
		other = word;
		thrum_mutex_unlock(&m);
	}
	thrum_wg_done(&wg);
}

static void *
thread(void *arg)
{
	thrum_wg_add(&wg, 1);
	locks(arg);
	return NULL;
}

static void
lock(void)
{
	pthread_t t;
	CHECK(pthread_create(&t, NULL, thread, NULL) == 0);
	all(locks, TASKS);
	CHECK(pthread_join(t, NULL) == 0);
	CHECK(word == (TASKS + 1) * TIMES);
}

static void
rwlocks(void *arg)
{
	long sum = 0;
	for (int i = 0; i < TIMES; i++) {
		if ((long)arg % 4 == 0) {
			if (i % 3 == 0)
				while (!thrum_rwmutex_trylock(&rw))
					thrum_yield();
			else
				thrum_rwmutex_lock(&rw);
			word++;
			if (i % 4 == 0)
				thrum_yield();
			thrum_rwmutex_unlock(&rw);
		} else {
			if (i % 3 == 0)
				while (!thrum_rwmutex_tryrlock(&rw))
					thrum_yield();
			else
				thrum_rwmutex_rlock(&rw);
			sum += word;
			if (i % 4 == 0)
				thrum_yield();
			thrum_rwmutex_runlock(&rw);
		}
	}
	CHECK(sum >= 0);
	thrum_wg_done(&wg);
}

static void
rwlock(void)
{
	all(rwlocks, TASKS);
}

static void
initializes(void *arg)
{
	(void)arg;
	word = 1;
	thrum_yield();
	other = 2;
}

static void
onces(void *arg)
{
	(void)arg;
	thrum_once_do(&once, initializes, NULL);
	CHECK(word == 1 && other == 2);
	thrum_wg_done(&wg);
}

static void
onced(void)
{
	all(onces, TASKS);
}

static void
semas(void *arg)
{
	for (int i = 0; i < TIMES; i++) {
		if ((long)arg == 0) {
			thrum_sema_acquire(&empty);
			word = i;
			i % 2 ? thrum_sema_release(&full) : thrum_sema_handoff(&full);
		} else {
			if (i % 3 == 0)
				while (!thrum_sema_tryacquire(&full))
					thrum_yield();
			else
				thrum_sema_acquire(&full);
			CHECK(word == i);
			thrum_sema_release(&empty);
		}
	}
	thrum_wg_done(&wg);
}

static void
sema(void)
{
	all(semas, 2);
}

static void
conds(void *arg)
{
	thrum_mutex_lock(&m);
	for (int i = 0; i < TIMES; i++) {
		while (turn % TASKS != (long)arg)
			thrum_cond_wait(&turned, &m);
		CHECK(word == turn);
		word = ++turn;
		thrum_cond_broadcast(&turned);
	}
	thrum_mutex_unlock(&m);
	thrum_wg_done(&wg);
}

static void
cond(void)
{
	all(conds, TASKS);
}

static void
pools(void *arg)
{
	for (int i = 0; i < TIMES; i++) {
		long *x = thrum_pool_get(&pool);
		if (!x)
			x = malloc(sizeof *x);
		*x = (long)arg;
		if (i % 4 == 0)
			thrum_yield();
		CHECK(*x == (long)arg);
		thrum_pool_put(&pool, x);
	}
	thrum_wg_done(&wg);
}

static void
pooled(void)
{
	all(pools, TASKS);
	thrum_pool_free(&pool);
}

static void
parks(void *arg)
{
	(void)arg;
	sleeper = thrum_self();
	while (!atomic_load_explicit(&flag, memory_order_relaxed))
		thrum_park();
	CHECK(word == 1);
	thrum_wg_done(&wg);
}

static void
park(void)
{
	thrum_wg_add(&wg, 1);
	go(parks, NULL);
	while (!sleeper)
		thrum_yield();
	word = 1;
	atomic_store_explicit(&flag, 1, memory_order_relaxed);
	thrum_ready(sleeper);
	thrum_wg_wait(&wg);
}

static void
publishes(void *arg)
{
	(void)arg;
	word = 1;
	atomic_store_explicit(&flag, 1, memory_order_release);
	thrum_wg_done(&wg);
}

static void
mp(void)
{
	thrum_wg_add(&wg, 1);
	go(publishes, NULL);
	while (!atomic_load_explicit(&flag, memory_order_acquire))
		thrum_yield();
	CHECK(word == 1);
	thrum_wg_wait(&wg);
}

// ---- races ----------------------------------------------------------------------

static void
increments(void *arg)
{
	(void)arg;
	word++;
	thrum_wg_done(&wg);
}

// Two goroutines that nothing orders; on one P they run one after the other.
static void
racetwo(void)
{
	all(increments, 2);
}

// What is done after thrum_go.
static void
racelate(void)
{
	thrum_wg_add(&wg, 1);
	go(increments, NULL);
	word++;
	thrum_wg_wait(&wg);
}

// A yield is no rule.
static void
raceyield(void)
{
	thrum_wg_add(&wg, 1);
	go(increments, NULL);
	for (int i = 0; i < 10; i++)
		thrum_yield();
	word++;
	thrum_wg_wait(&wg);
}

static void
otherlock(void *arg)
{
	thrum_mutex *mine = arg ? &m : &m2;
	thrum_mutex_lock(mine);
	word++;
	thrum_mutex_unlock(mine);
	thrum_wg_done(&wg);
}

// Two locks for the same word.
static void
racelocks(void)
{
	all(otherlock, 2);
}

static void
ends(void *arg)
{
	(void)arg;
	word++;
	flag = 0;
	sleeper = NULL;
}

// The end of a goroutine is no rule, nor is the use of its stack and g by the next one.
static void
raceend(void)
{
	go(ends, NULL);
	for (int i = 0; i < 20; i++)
		thrum_yield();
	thrum_wg_add(&wg, 1);
	go(increments, NULL);
	thrum_wg_wait(&wg);
}

static void
noflag(void *arg)
{
	(void)arg;
	word = 1;
	atomic_store_explicit(&flag, 1, memory_order_relaxed);
	thrum_wg_done(&wg);
}

// A relaxed flag publishes nothing.
static void
raceflag(void)
{
	thrum_wg_add(&wg, 1);
	go(noflag, NULL);
	while (!atomic_load_explicit(&flag, memory_order_relaxed))
		thrum_yield();
	word++;
	thrum_wg_wait(&wg);
}

// A plain thread and a goroutine.
static void *
threadraces(void *arg)
{
	word++;
	return arg;
}

static void
racethread(void)
{
	pthread_t t;
	thrum_wg_add(&wg, 1);
	CHECK(pthread_create(&t, NULL, threadraces, NULL) == 0);
	go(increments, NULL);
	thrum_wg_wait(&wg);
	CHECK(pthread_join(t, NULL) == 0);
}

static const struct {
	const char *name;
	void (*fn)(void);
} cases[] = {
	{"spawn", spawn}, {"lock", lock}, {"rwlock", rwlock}, {"once", onced}, {"sema", sema}, {"cond", cond}, {"pool", pooled},
	{"park", park}, {"mp", mp}, {"race-two", racetwo}, {"race-late", racelate}, {"race-yield", raceyield}, {"race-locks", racelocks},
	{"race-end", raceend}, {"race-flag", raceflag}, {"race-thread", racethread},
};

static int
begin(void *arg)
{
	(void)arg;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (strcmp(cases[i].name, name) == 0) {
			cases[i].fn();
			return 0;
		}
	fprintf(stderr, "no such case\n");
	return 1;
}

int
main(int argc, char **argv)
{
	int status;
	CHECK(argc == 2);
	name = argv[1];
	CHECK(thrum_run(begin, NULL, &status) == 0);
	return status;
}
