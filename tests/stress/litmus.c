// SPDX-License-Identifier: MIT
//
// litmus.c - the rules of thrum_mem(7), each as a litmus test in volume.
//
//	litmus NAME ROUNDS     NAME: spawn, wait, lock, rwlock, once, sema, cond, mp, sb, iriw, or a broken one
//
// A rule says that what one goroutine has done before something happens before what another does after
// something else. So the one writes plain words and the other reads them, and nothing but the rule leads from one
// to the other. The words lie on lines of their own. Each round takes fresh ones of many,
// since a line that both processors have just had shows nothing. Where a rule is about the order of all
// operations (sb, iriw: C11's seq_cst atomics) an outcome that no order explains is counted and must not occur.
//
// A name that ends in -broken leaves the rule's operation out or weakens it; it must show the outcome that is
// forbidden, or else the test sees nothing.
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#define CHECK(x) do { if (!(x)) { fprintf(stderr, "litmus.c:%d: %s\n", __LINE__, #x); abort(); } } while (0)
#define LINES 256

struct line {
	_Alignas(128) long v;
};
static struct line data[LINES], more[LINES];
static struct { _Alignas(128) _Atomic int v; } x[LINES], y[LINES];

static thrum_wg wg;
static long rounds, forbidden;

static void
go(void (*fn)(void *), void *arg)
{
	CHECK(thrum_go(fn, arg) == 0);
}

// seen counts a reader's words that are not the writer's.
static void
seen(long i, long want)
{
	long a = more[i % LINES].v, b = data[i % LINES].v;
	if (a != want || b != want)
		forbidden++;
}

static void
wrote(long i, long v)
{
	data[i % LINES].v = v;
	more[i % LINES].v = v;
}

// ---- thrum_go: what was done before it is seen by the goroutine ----

static void
spawned(void *arg)
{
	seen((long)arg, (long)arg);
	thrum_wg_done(&wg);
}

static void
spawn(void)
{
	for (long i = 0; i < rounds;) {
		for (int k = 0; k < LINES / 2 && i < rounds; k++, i++) {
			wrote(i, i);
			thrum_wg_add(&wg, 1);
			go(spawned, (void *)i);
		}
		thrum_wg_wait(&wg);
	}
}

// ---- thrum_wg_done: what was done before it is seen after thrum_wg_wait ----

static void
writes(void *arg)
{
	wrote((long)arg, (long)arg);
	thrum_wg_done(&wg);
}

static void
wait(void)
{
	for (long i = 0; i < rounds;) {
		long first = i;
		for (int k = 0; k < LINES / 2 && i < rounds; k++, i++) {
			thrum_wg_add(&wg, 1);
			go(writes, (void *)i);
		}
		thrum_wg_wait(&wg);
		for (long k = first; k < i; k++)
			seen(k, k);
	}
}

// ---- two that work on the same rounds ----

static void (*body[4])(void);

static void
runs(void *arg)
{
	body[(long)arg]();
	thrum_wg_done(&wg);
}

static void
together(int n)
{
	thrum_wg_add(&wg, n);
	for (long k = 0; k < n; k++)
		go(runs, (void *)k);
	thrum_wg_wait(&wg);
}

// ---- an unlock before a later lock; runlock before lock, unlock before rlock ----

static thrum_mutex m;
static thrum_rwmutex rw;
static long written; // m, rw

static void
locker(void)
{
	for (long i = 0; i < rounds; i++) {
		thrum_mutex_lock(&m);
		seen(written, written);
		written++;
		wrote(written, written);
		thrum_mutex_unlock(&m);
	}
}

static void
nolocker(void)
{
	for (long i = 0; i < rounds; i++) {
		long n = written;
		seen(n, n);
		written = n + 1;
		wrote(n + 1, n + 1);
	}
}

static void
rwwriter(void)
{
	for (long i = 0; i < rounds; i++) {
		thrum_rwmutex_lock(&rw);
		seen(written, written);
		written++;
		wrote(written, written);
		thrum_rwmutex_unlock(&rw);
	}
}

static void
rwreader(void)
{
	for (long i = 0; i < rounds; i++) {
		thrum_rwmutex_rlock(&rw);
		seen(written, written);
		thrum_rwmutex_runlock(&rw);
	}
}

// ---- the end of the function of thrum_once_do before any return of it ----

static thrum_once onces[LINES];
static _Atomic long phase[4];

static void
initializes(void *arg)
{
	wrote((long)arg, (long)arg);
}

// step waits until n goroutines, of which the caller is number me, have come to the same phase.
static void
step(int me, int n, long to)
{
	phase[me] = to;
	for (int k = 0; k < n; k++)
		for (long spins = 1; phase[k] < to; spins++)
			if (spins % 1000 == 0)
				thrum_yield();
}

static void
oncer(int me)
{
	for (long r = 0; r < rounds / LINES; r++) {
		if (me == 0)
			memset(onces, 0, sizeof onces);
		step(me, 2, 2 * r + 1);
		for (long i = 0; i < LINES; i++) {
			thrum_once_do(&onces[i], initializes, (void *)(r * LINES + i));
			seen(r * LINES + i, r * LINES + i);
		}
		step(me, 2, 2 * r + 2);
	}
}

static void
oncer0(void)
{
	oncer(0);
}

static void
oncer1(void)
{
	oncer(1);
}

// ---- a release before the acquire that takes its unit ----

static thrum_sema full, empty = {1};

static void
producer(void)
{
	for (long i = 0; i < rounds; i++) {
		thrum_sema_acquire(&empty);
		seen(i, i < LINES ? 0 : -1);
		wrote(i, i);
		thrum_sema_release(&full);
	}
}

static void
consumer(void)
{
	for (long i = 0; i < rounds; i++) {
		thrum_sema_acquire(&full);
		seen(i, i);
		wrote(i, -1);
		thrum_sema_release(&empty);
	}
}

// ---- a signal before the wait that it ends ----

static thrum_cond turned;
static long turn; // m

static void
partner(long me)
{
	thrum_mutex_lock(&m);
	for (long i = 0; i < rounds; i++) {
		while (turn % 2 != me)
			thrum_cond_wait(&turned, &m);
		seen(turn, turn);
		turn++;
		wrote(turn, turn);
		thrum_cond_signal(&turned);
	}
	thrum_mutex_unlock(&m);
}

static void
partner0(void)
{
	partner(0);
}

static void
partner1(void)
{
	partner(1);
}

// ---- atomics ----
// Both sides go through LINES words at once and meet, and then look at what they have read.

static int got[4][LINES][2];
enum atomics { MP, SB, SBBROKEN, IRIW };
static enum atomics kind;

static void
side(int me, int n)
{
	for (long r = 0; r < rounds / LINES; r++) {
		if (me == 0) {
			for (int i = 0; i < LINES; i++) {
				data[i].v = 0;
				x[i].v = y[i].v = 0;
			}
		}
		step(me, n, 3 * r + 1);
		for (int i = 0; i < LINES; i++) {
			int *to = got[me][i];
			switch (kind) {
			case MP:
				if (me == 0) {
					data[i].v = 1;
					atomic_store_explicit(&x[i].v, 1, memory_order_release);
				} else {
					to[0] = atomic_load_explicit(&x[i].v, memory_order_acquire);
					to[1] = to[0] ? (int)data[i].v : 1;
				}
				break;
			case SB:
				atomic_store(me == 0 ? &x[i].v : &y[i].v, 1);
				to[0] = atomic_load(me == 0 ? &y[i].v : &x[i].v);
				break;
			case SBBROKEN:
				atomic_store_explicit(me == 0 ? &x[i].v : &y[i].v, 1, memory_order_release);
				to[0] = atomic_load_explicit(me == 0 ? &y[i].v : &x[i].v, memory_order_acquire);
				break;
			case IRIW:
				if (me < 2) {
					atomic_store(me == 0 ? &x[i].v : &y[i].v, 1);
				} else {
					to[0] = atomic_load(me == 2 ? &x[i].v : &y[i].v);
					to[1] = atomic_load(me == 2 ? &y[i].v : &x[i].v);
				}
				break;
			}
		}
		step(me, n, 3 * r + 2);
		for (int i = 0; me == 0 && i < LINES; i++) {
			if (kind == MP)
				forbidden += got[1][i][0] == 1 && got[1][i][1] == 0;
			else if (kind == IRIW)
				forbidden += got[2][i][0] == 1 && got[2][i][1] == 0 && got[3][i][0] == 1 && got[3][i][1] == 0;
			else
				forbidden += got[0][i][0] == 0 && got[1][i][0] == 0;
		}
		step(me, n, 3 * r + 3);
	}
}

static int sides;

static void
side0(void)
{
	side(0, sides);
}

static void
side1(void)
{
	side(1, sides);
}

static void
side2(void)
{
	side(2, sides);
}

static void
side3(void)
{
	side(3, sides);
}

static void
two(void (*a)(void), void (*b)(void))
{
	body[0] = a;
	body[1] = b;
	together(2);
}

int
main(int argc, char **argv)
{
	CHECK(argc == 3);
	const char *name = argv[1];
	rounds = atol(argv[2]) / LINES * LINES;
	bool broken = strstr(name, "-broken") != NULL;
	if (strcmp(name, "spawn") == 0) {
		spawn();
	} else if (strcmp(name, "wait") == 0) {
		wait();
	} else if (strcmp(name, "lock") == 0) {
		two(locker, locker);
		CHECK(written == 2 * rounds);
	} else if (strcmp(name, "lock-broken") == 0) {
		two(nolocker, nolocker);
		forbidden += written != 2 * rounds;
	} else if (strcmp(name, "rwlock") == 0) {
		body[0] = body[1] = rwwriter;
		body[2] = body[3] = rwreader;
		together(4);
		CHECK(written == 2 * rounds);
	} else if (strcmp(name, "once") == 0) {
		two(oncer0, oncer1);
	} else if (strcmp(name, "sema") == 0) {
		two(producer, consumer);
	} else if (strcmp(name, "cond") == 0) {
		two(partner0, partner1);
	} else {
		kind = strcmp(name, "mp") == 0 ? MP : strcmp(name, "sb") == 0 ? SB : strcmp(name, "sb-broken") == 0 ? SBBROKEN : IRIW;
		CHECK(kind != IRIW || strcmp(name, "iriw") == 0);
		sides = kind == IRIW ? 4 : 2;
		body[0] = side0;
		body[1] = side1;
		body[2] = side2;
		body[3] = side3;
		together(sides);
	}
	printf("%s: %ld rounds, %ld forbidden outcomes\n", name, rounds, forbidden);
	return broken ? forbidden == 0 : forbidden != 0;
}
