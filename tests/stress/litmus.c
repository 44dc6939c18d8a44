// SPDX-License-Identifier: MIT
//
// litmus.c - the rules of thrum_mem(7), each as a litmus test in volume.
//
//	litmus NAME ROUNDS     NAME: of a test; NAME-thread: one of the two is a thread;
//	                       NAME-broken, see below
//
// A rule says that what one goroutine has done before something happens before what another does
// after something else. So the one writes plain words and the other reads them, and nothing but the
// rule leads from one to the other. The words lie on lines of their own. Each round takes fresh
// ones of many, since a line that both processors have just had shows nothing. Where a rule is
// about the order of all operations (sb, iriw: C11's seq_cst atomics) an outcome that no order
// explains is counted and must not occur.
//
// A name that ends in -broken leaves the rule's operation out or weakens it; it must show the
// outcome that is forbidden, or else the test sees nothing.
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#define CHECK_END abort()
#include "../prog/extra/check.h"

#define LINES 256

struct line {
	_Alignas(128) long v;
};
static struct line data[LINES], more[LINES];
static struct { _Alignas(128) _Atomic int v; } x[LINES], y[LINES];

static thrum_wg wg;
static long rounds;
static _Atomic long forbidden, done;

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
static bool broken, asthread;

static void
runs(void *arg)
{
	body[(long)arg]();
	thrum_wg_done(&wg);
}

static void *
onthread(void *arg)
{
	runs(arg);
	return NULL;
}

static void
together(int n)
{
	pthread_t t;
	thrum_wg_add(&wg, n);
	for (long k = asthread; k < n; k++)
		go(runs, (void *)k);
	if (asthread)
		CHECK(pthread_create(&t, NULL, onthread, NULL) == 0);
	thrum_wg_wait(&wg);
	if (asthread)
		CHECK(pthread_join(t, NULL) == 0);
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

// ---- channels ----
// Broken: a receive that may have received nothing; a place more than the rule has.

static thrum_chan *ch, *ch2;
static long places;

static void
sender(void)
{
	for (long i = 1; i <= rounds; i++) {
		wrote(i, i);
		thrum_chan_send(ch, &i);
	}
	thrum_chan_close(ch);
}

static void
receiver(void)
{
	long got = 0;
	for (long i = 1; i <= rounds; i++) {
		if (broken)
			(void)thrum_chan_tryrecv(ch, NULL);
		else
			CHECK(thrum_chan_recv(ch, &got) && got == i);
		seen(i, i);
	}
	while (thrum_chan_recv(ch, &got))
		;
}

// A receive without buffer before its send is complete; the k-th with C places before that of
// number k + C.
static void
meetsender(void)
{
	for (long i = 1; i <= rounds; i++) {
		thrum_chan_send(ch, NULL);
		if (i > places)
			seen(i - places, i - places);
	}
}

static void
meetreceiver(void)
{
	for (long i = 1; i <= rounds; i++) {
		wrote(i, i);
		CHECK(thrum_chan_recv(ch, NULL));
	}
}

static void
chanlocker(void)
{
	for (long i = 0; i < rounds; i++) {
		thrum_chan_send(ch, NULL);
		seen(written, written);
		written++;
		wrote(written, written);
		thrum_chan_recv(ch, NULL);
	}
}

static void
selector(bool send)
{
	for (long i = 1, v; i <= rounds;) {
		thrum_selcase k[] = {{ch, &v, send, false}, {ch2, &v, send, false}};
		v = i;
		if (send)
			wrote(i, i);
		int rc = thrum_select(k, 2, broken && !send ? 0 : i % 8 ? -1 : 1000000);
		if (rc < 0 && !(broken && !send))
			continue;
		if (!send)
			seen(broken ? i : v, broken ? i : v);
		i++;
	}
	for (long v; broken && !send && done < 2;)
		if (thrum_chan_tryrecv(ch, &v) < 0 && thrum_chan_tryrecv(ch2, &v) < 0)
			thrum_yield();
}

static void
selsender(void)
{
	selector(true);
	done = 2;
}

static void
selreceiver(void)
{
	selector(false);
}

// ---- what happens once: closed channels, cancelled contexts ----

static thrum_chan *chans[LINES];
static thrum_ctx *ctxs[LINES], *parent;

static void
ender(int me, bool ctx)
{
	for (long r = 0; r < rounds / LINES; r++) {
		if (me == 0) {
			parent = thrum_ctx_with_cancel(thrum_ctx_background());
			for (int i = 0; i < LINES; i++) {
				if (ctx)
					ctxs[i] = thrum_ctx_with_cancel(parent);
				else
					chans[i] = thrum_chan_make(sizeof(long), (size_t)i % 3);
			}
		}
		step(me, 2, 2 * r + 1);
		if (broken && me == 0)
			thrum_sleep(100000); // the other one shall come first
		for (long i = 0; i < LINES; i++) {
			long v = r * LINES + i + 1;
			if (me == 0) {
				wrote(i, v);
				ctx ? thrum_ctx_cancel(ctxs[i]) : thrum_chan_close(chans[i]);
			} else {
				if (!ctx)
					broken ? (void)thrum_chan_tryrecv(chans[i], NULL) : (void)thrum_chan_recv(chans[i], NULL);
				else if (i % 2 && !broken)
					CHECK(!thrum_chan_recv(thrum_ctx_done(ctxs[i]), NULL));
				else
					while (thrum_ctx_err(ctxs[i]) == 0 && !broken)
						thrum_yield();
				seen(i, v);
			}
		}
		step(me, 2, 2 * r + 2);
		for (int i = 0; me == 0 && i < LINES; i++)
			ctx ? thrum_ctx_release(ctxs[i]) : thrum_chan_free(chans[i]);
		if (me == 0)
			thrum_ctx_release(parent);
	}
}

static void
closer0(void)
{
	ender(0, false);
}

static void
closer1(void)
{
	ender(1, false);
}

static void
ctx0(void)
{
	ender(0, true);
}

static void
ctx1(void)
{
	ender(1, true);
}

// ---- a timer's start before its function; a nursery's goroutines before the join ----

static thrum_timer timers[LINES];

static void
timer(void)
{
	for (long i = 0; i < rounds;) {
		for (int k = 0; k < LINES / 2 && i < rounds; k++, i++) {
			if (!broken)
				wrote(i, i);
			thrum_wg_add(&wg, 1);
			thrum_timer_start(&timers[k], k % 4 * 1000, spawned, (void *)i);
		}
		thrum_wg_wait(&wg);
	}
}

static int
child(thrum_ctx *unused, void *arg)
{
	(void)unused;
	wrote((long)arg, (long)arg);
	return 0;
}

static void
nursery(void)
{
	for (long i = 0; i < rounds;) {
		long first = i;
		THRUM_NURSERY(n, NULL, (uint32_t)(i / LINES % 3 * 4));
		for (int k = 0; k < LINES / 2 && i < rounds; k++, i++)
			CHECK(thrum_nursery_go(&n, child, (void *)i) == 0);
		if (!broken)
			CHECK(thrum_nursery_close(&n) == 0);
		for (long k = first; k < i; k++)
			seen(k, k);
	}
}

// ---- thrum_ready before the park that it ends; thrum_pool_put before the get ----

static _Atomic(thrum_g *) parked[2];

static void
parker(int me)
{
	parked[me] = thrum_self();
	while (!parked[1 - me])
		thrum_yield();
	for (long i = 1; i <= rounds; i++) {
		if (me == 0) {
			wrote(i, i);
			thrum_ready(parked[1]);
			thrum_park();
		} else {
			thrum_park();
			seen(i, i);
			thrum_ready(parked[0]);
		}
	}
}

static void
parker0(void)
{
	parker(0);
}

static void
parker1(void)
{
	parker(1);
}

static thrum_pool pool = {.drop = free};

static void
pooler(void)
{
	for (long i = 0; i < rounds; i++) {
		struct line *l = thrum_pool_get(&pool);
		if (!l)
			CHECK((l = aligned_alloc(128, 2 * sizeof *l)) != NULL && (l[0].v = l[1].v = 0) == 0);
		if (l[0].v != l[1].v)
			forbidden++;
		l[0].v++;
		l[1].v++;
		thrum_pool_put(&pool, l);
		if (i % 64 == 0)
			thrum_yield();
	}
}

// ---- a lock that is released by a deferred call, in a panic ----

static void
unlock(void *unused)
{
	(void)unused;
	thrum_mutex_unlock(&m);
}

static void
deferrer(void)
{
	for (long i = 0; i < rounds; i++) {
		THRUM_TRY {
			thrum_mutex_lock(&m);
			THRUM_DEFER(unlock, NULL);
			seen(written, written);
			written++;
			wrote(written, written);
			if (i % 2)
				thrum_panic("on");
		} THRUM_CATCH(p) {
			(void)p;
		}
	}
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

static const struct {
	const char *name;
	void (*alone)(void);
	void (*body[4])(void); // or these at the same time
	long writers;          // those that count in written
	long elemsize, places; // ch
	int kind;
} tests[] = {
	{.name = "spawn", .alone = spawn},
	{.name = "wait", .alone = wait},
	{.name = "lock", .body = {locker, locker}, .writers = 2},
	{.name = "rwlock", .body = {rwwriter, rwwriter, rwreader, rwreader}, .writers = 2},
	{.name = "once", .body = {oncer0, oncer1}},
	{.name = "sema", .body = {producer, consumer}},
	{.name = "cond", .body = {partner0, partner1}},
	{.name = "park", .body = {parker0, parker1}},
	{.name = "pool", .body = {pooler, pooler}},
	{.name = "defer", .body = {deferrer, deferrer}, .writers = 2},
	{.name = "chan", .body = {sender, receiver}, .elemsize = sizeof(long), .places = 60},
	{.name = "chan0", .body = {sender, receiver}, .elemsize = sizeof(long)},
	{.name = "meet", .body = {meetsender, meetreceiver}},
	{.name = "capacity", .body = {meetsender, meetreceiver}, .places = 60},
	{.name = "chanlock", .body = {chanlocker, chanlocker}, .writers = 2, .places = 1},
	{.name = "select", .body = {selsender, selreceiver}, .elemsize = sizeof(long), .places = 4},
	{.name = "close", .body = {closer0, closer1}},
	{.name = "ctx", .body = {ctx0, ctx1}},
	{.name = "timer", .alone = timer},
	{.name = "nursery", .alone = nursery},
	{.name = "mp", .body = {side0, side1}, .kind = MP},
	{.name = "sb", .body = {side0, side1}, .kind = SB},
	{.name = "iriw", .body = {side0, side1, side2, side3}, .kind = IRIW},
};

int
main(int argc, char **argv)
{
	CHECK(argc == 3);
	size_t i = 0, len = strcspn(argv[1], "-");
	rounds = atol(argv[2]) / LINES * LINES;
	broken = strstr(argv[1], "-broken") != NULL;
	asthread = strstr(argv[1], "-thread") != NULL;
	while (strlen(tests[i].name) != len || strncmp(tests[i].name, argv[1], len) != 0)
		CHECK(++i < sizeof tests / sizeof *tests);
	kind = broken && tests[i].kind == SB ? SBBROKEN : (enum atomics)tests[i].kind;
	ch = thrum_chan_make((size_t)tests[i].elemsize, (size_t)(tests[i].places + broken));
	ch2 = thrum_chan_make((size_t)tests[i].elemsize, 0);
	places = tests[i].places;
	if (tests[i].alone) {
		tests[i].alone();
	} else {
		for (sides = 0; sides < 4 && tests[i].body[sides]; sides++)
			body[sides] = tests[i].body[sides];
		if (broken && body[0] == locker)
			body[0] = body[1] = nolocker;
		together(sides);
	}
	if (tests[i].writers)
		forbidden += written != tests[i].writers * rounds;
	printf("%s: %ld rounds, %ld forbidden outcomes\n", argv[1], rounds, (long)forbidden);
	return broken ? forbidden == 0 : forbidden != 0;
}
