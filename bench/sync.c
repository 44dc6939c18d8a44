// SPDX-License-Identifier: MIT
//
// sync.c - question: what do locks and their relatives cost, alone and when a hundred want the
// same?
//
//	Sync/mutex          lock and unlock that nobody else wants, one P
//	Sync/rmutex         a rwmutex locked for reading, likewise
//	Sync/sema           a unit taken and given back, likewise
//	Sync/once           thrum_once_do of a function that has run
//	Sync/pool           an object taken from a pool and given back
//	Sync/cond           two goroutines wake each other by a condition, one P: one way
//	Sync/mutex-100      100 goroutines lock, count, unlock, 2 Ps
//	Sync/mutex-100-park lock, count, yield, unlock: the holder never runs next, so all others queue
//	Sync/mutex-100-work the first with some 100 ns of computing before each
//	Sync/rwmutex-read   100 goroutines read, one in a thousand times one writes, 2 Ps
//	Sync/fan            10,000 goroutines started and waited for by a wait group, 2 Ps
//	Sync/pthread-*      the same by pthread_mutex_t and 100 threads: probe/pthread.c
// Cases on 2 Ps are wall time. Peer: go/sync.go.

#include "bench.h"
#include "probe/pthread.h"
#include <thrum.h>

#define FAN 10000
#define MANY 100
#define MANYOPS 2000000
#define RARE 1000 // one in so many locks of a rwmutex is a writer's

static thrum_wg wg;
static thrum_sema sema = {1};
static thrum_once once;

// The data that a lock protects lies beside it, as in a program.
static struct {
	_Alignas(64) thrum_mutex m;
	uint64_t n;
} locked;
static struct {
	_Alignas(64) thrum_rwmutex m;
	uint64_t n;
} shared;

static void
start(void (*fn)(void *), void *arg)
{
	if (thrum_go(fn, arg) != 0) {
		fprintf(stderr, "sync: cannot start a goroutine\n");
		exit(1);
	}
}

// ---- alone ------------------------------------------------------------------------
// Processor time of the process, after the threads of the case before have gone to sleep.

static uint64_t alone_since;

static void
alone_begin(void)
{
	bench_procs(1);
	usleep(1000);
	alone_since = bench_cpu();
}

static void
alone_end(bench_case *c, uint64_t n)
{
	c->own_ns = bench_cpu() - alone_since;
	c->own_n = n;
}

static void
run_mutex(bench_case *c, uint64_t n)
{
	alone_begin();
	for (uint64_t i = 0; i < n; i++) {
		thrum_mutex_lock(&locked.m);
		thrum_mutex_unlock(&locked.m);
	}
	alone_end(c, n);
}

static void
run_rmutex(bench_case *c, uint64_t n)
{
	alone_begin();
	for (uint64_t i = 0; i < n; i++) {
		thrum_rwmutex_rlock(&shared.m);
		thrum_rwmutex_runlock(&shared.m);
	}
	alone_end(c, n);
}

static void
run_sema(bench_case *c, uint64_t n)
{
	alone_begin();
	for (uint64_t i = 0; i < n; i++) {
		thrum_sema_acquire(&sema);
		thrum_sema_release(&sema);
	}
	alone_end(c, n);
}

static void
nothing(void *arg)
{
	(void)arg;
}

static void
run_once(bench_case *c, uint64_t n)
{
	alone_begin();
	for (uint64_t i = 0; i < n; i++) {
		thrum_once_do(&once, nothing, NULL);
		bench_keep(i);
	}
	alone_end(c, n);
}

static void *
make(void *arg)
{
	return arg;
}

static void
run_pool(bench_case *c, uint64_t n)
{
	static thrum_pool pool = {.make = make, .arg = &locked};
	alone_begin();
	for (uint64_t i = 0; i < n; i++) {
		void *x = thrum_pool_get(&pool);
		bench_keep((uint64_t)(uintptr_t)x);
		thrum_pool_put(&pool, x);
	}
	alone_end(c, n);
}

// ---- to and fro -------------------------------------------------------------------

static struct {
	thrum_mutex m;
	thrum_cond c[2];
	uint64_t turn, end; // m
} pair;

static void
partner(void *arg)
{
	uint64_t me = (uint64_t)(uintptr_t)arg;
	thrum_mutex_lock(&pair.m);
	while (pair.turn < pair.end) {
		if (pair.turn % 2 == me) {
			pair.turn++;
			thrum_cond_signal(&pair.c[!me]);
		} else {
			thrum_cond_wait(&pair.c[me], &pair.m);
		}
	}
	thrum_cond_signal(&pair.c[!me]);
	thrum_mutex_unlock(&pair.m);
	thrum_wg_done(&wg);
}

static void
run_cond(bench_case *c, uint64_t n)
{
	alone_begin();
	pair.turn = 0;
	pair.end = n;
	thrum_wg_add(&wg, 2);
	start(partner, (void *)0);
	start(partner, (void *)1);
	thrum_wg_wait(&wg);
	alone_end(c, n);
}

// ---- a hundred --------------------------------------------------------------------

static uint64_t each; // operations of one goroutine

static void
hundred(bench_case *c, uint64_t n, void (*fn)(void *))
{
	bench_procs(2);
	each = n / MANY;
	locked.n = shared.n = 0;
	uint64_t t = bench_wall();
	thrum_wg_add(&wg, MANY);
	for (uintptr_t i = 0; i < MANY; i++)
		start(fn, (void *)i);
	thrum_wg_wait(&wg);
	c->own_ns = bench_wall() - t;
	c->own_n = each * MANY;
	if (locked.n != (c->arg ? each * MANY : 0)) {
		fprintf(stderr, "sync: %s has counted %llu of %llu\n", c->name, (unsigned long long)locked.n, (unsigned long long)(each * MANY));
		exit(1);
	}
}

static void
lock_often(void *arg)
{
	(void)arg;
	for (uint64_t i = each; i != 0; i--) {
		thrum_mutex_lock(&locked.m);
		locked.n++;
		thrum_mutex_unlock(&locked.m);
	}
	thrum_wg_done(&wg);
}

static void
run_mutex_100(bench_case *c, uint64_t n)
{
	hundred(c, n, lock_often);
}

static void
yield_inside(void *arg)
{
	(void)arg;
	for (uint64_t i = each; i != 0; i--) {
		thrum_mutex_lock(&locked.m);
		locked.n++;
		thrum_yield();
		thrum_mutex_unlock(&locked.m);
	}
	thrum_wg_done(&wg);
}

static void
run_mutex_100_park(bench_case *c, uint64_t n)
{
	hundred(c, n, yield_inside);
}

static void
work_and_lock(void *arg)
{
	uint64_t x = (uint64_t)(uintptr_t)arg + 1;
	for (uint64_t i = each; i != 0; i--) {
		bench_keep(sync_work(&x));
		thrum_mutex_lock(&locked.m);
		locked.n++;
		thrum_mutex_unlock(&locked.m);
	}
	thrum_wg_done(&wg);
}

static void
run_mutex_100_work(bench_case *c, uint64_t n)
{
	hundred(c, n, work_and_lock);
}

static void
read_mostly(void *arg)
{
	uint64_t at = (uint64_t)(uintptr_t)arg, seen = 0;
	for (uint64_t i = each; i != 0; i--) {
		if ((i + at) % RARE == 0) {
			thrum_rwmutex_lock(&shared.m);
			shared.n++;
			thrum_rwmutex_unlock(&shared.m);
		} else {
			thrum_rwmutex_rlock(&shared.m);
			seen += shared.n;
			thrum_rwmutex_runlock(&shared.m);
		}
	}
	bench_keep(seen);
	thrum_wg_done(&wg);
}

static void
run_rwmutex_read(bench_case *c, uint64_t n)
{
	hundred(c, n, read_mostly);
}

static void
done_wg(void *arg)
{
	(void)arg;
	thrum_wg_done(&wg);
}

static void
fan(void)
{
	thrum_wg_add(&wg, FAN);
	for (int k = 0; k < FAN; k++)
		start(done_wg, NULL);
	thrum_wg_wait(&wg);
}

static void
run_fan(bench_case *c, uint64_t n)
{
	bench_procs(2);
	fan(); // as in the peer
	uint64_t t = bench_wall();
	for (uint64_t i = 0; i < n; i += FAN)
		fan();
	c->own_ns = bench_wall() - t;
	c->own_n = n;
}

// ---- all of them ------------------------------------------------------------------

static bench_case cases[] = {
	{.name = "Sync/mutex", .run = run_mutex},
	{.name = "Sync/pthread-mutex", .run = sync_pthread_mutex},
	{.name = "Sync/rmutex", .run = run_rmutex},
	{.name = "Sync/sema", .run = run_sema},
	{.name = "Sync/once", .run = run_once},
	{.name = "Sync/pool", .run = run_pool},
	{.name = "Sync/cond", .run = run_cond, .unit = 2},
	{.name = "Sync/mutex-100", .run = run_mutex_100, .fixed = MANYOPS, .wall = true, .arg = 1},
	{.name = "Sync/mutex-100-park", .run = run_mutex_100_park, .fixed = MANYOPS / 4, .wall = true, .arg = 1},
	{.name = "Sync/mutex-100-work", .run = run_mutex_100_work, .fixed = MANYOPS / 4, .wall = true, .arg = 1},
	{.name = "Sync/pthread-100", .run = sync_pthread_100, .fixed = MANYOPS / 4, .wall = true},
	{.name = "Sync/rwmutex-read", .run = run_rwmutex_read, .fixed = MANYOPS / 4, .wall = true},
	{.name = "Sync/fan", .run = run_fan, .fixed = 5 * FAN, .wall = true},
	{.name = NULL},
};

int
main(int argc, char **argv)
{
	bench_setup(argc, argv);
	bench_cases(cases, bench_rounds(3));
	return 0;
}
