// SPDX-License-Identifier: MIT
//
// race.c - each rule of thrum_mem(7), for which TSan must report nothing; races.c has what it must
// find.
//
// The parties of a case are ordered by its rule only. So a runtime that does not tell TSan of the
// rule is reported.
#include "race.h"

#define TASKS 20

static thrum_sema empty = {1};
static long there[TIMES];
static thrum_ctx *below;


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

// A hundred thousand, as many at a time as TSan allows with room to spare. The words of a batch are
// read and written by the next one: its goroutines have the same gs, and different fibers.
#define BATCH 2000
static long slots[BATCH];

static void
many(void)
{
	for (int i = 0; i < 100000 / BATCH; i++) {
		thrum_wg_add(&wg, BATCH);
		for (int k = 0; k < BATCH; k++)
			go(writes, &slots[k]);
		thrum_wg_wait(&wg);
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
	pool.drop = free;
	all(pools, TASKS);
	thrum_pool_free(&pool);
}

static void
parks(void *arg)
{
	(void)arg;
	sleeper = thrum_self();
	do // a flag that is seen before the park gives no order
		thrum_park();
	while (!atomic_load_explicit(&flag, memory_order_relaxed));
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

// ---- channels ----

// A store before a send is seen after its receive. Here and below one side stores before each
// operation.
static void
sends(void)
{
	for (long i = 0; i < TIMES; i++) {
		there[i] = i;
		thrum_chan_send(c, &i);
	}
}

static void
receives(void)
{
	long i, sum = 0;
	for (int n = 0; n < TIMES; n++) {
		CHECK(thrum_chan_recv(c, &i) && there[i] == i);
		sum += i;
		if (n % 7 == 0)
			thrum_yield();
	}
	CHECK(sum == TIMES * (TIMES - 1) / 2);
}

static void
chan(void)
{
	for (size_t cap = 0; cap < 4; cap++) {
		c = thrum_chan_make(sizeof(long), cap);
		two(sends, receives);
		memset(there, 0, sizeof there); // ordered by the wait group, not by the channel
		thrum_chan_free(c);
	}
}

// Without a buffer also what was written before the receive is seen after the send.
static void
meetssender(void)
{
	for (long i = 0; i < TIMES; i++) {
		thrum_chan_send(c, &i);
		CHECK(back[i] == i);
	}
}

static void
meetsreceiver(void)
{
	for (long i = 0; i < TIMES; i++) {
		back[i] = i;
		CHECK(thrum_chan_recv(c, NULL));
		if (i % 5 == 0)
			thrum_yield();
	}
}

static void
meet(void)
{
	c = thrum_chan_make(sizeof(long), 0);
	two(meetssender, meetsreceiver);
	thrum_chan_free(c);
}

static void
capacity(void)
{
	c = thrum_chan_make(0, C);
	two(fills, drains);
	thrum_chan_free(c);
}

static void
chanlock(void)
{
	c = thrum_chan_make(0, 1);
	two(locksbychan, locksbychan);
	CHECK(word == 2 * TIMES);
	thrum_chan_free(c);
}

static void
closes(void)
{
	word = 1;
	thrum_chan_close(c);
}

static void
seesclose(void)
{
	long v = 1;
	CHECK(!thrum_chan_recv(c, &v) && v == 0 && word == 1);
}

static void
closed(void)
{
	for (int i = 0; i < TIMES; i++) {
		c = thrum_chan_make(sizeof(long), (size_t)i % 3);
		word = 0;
		two(closes, seesclose);
		thrum_chan_free(c);
	}
}

// Sends and receives by select, with a time limit, among them some that find nobody.
static void
selsends(void)
{
	for (long i = 0; i < TIMES;) {
		thrum_selcase k[] = {{c, &i, true, false}, {d, &i, true, false}};
		there[i] = i;
		if (thrum_select(k, 2, i % 3 ? 1000000000 : 0) >= 0)
			i++;
		else
			thrum_yield();
	}
}

static void
selreceives(void)
{
	long i, n = 0;
	while (n < TIMES) {
		thrum_selcase k[] = {{c, &i, false, false}, {d, &i, false, false}};
		if (thrum_select(k, 2, n % 4 ? 1000000000 : 0) >= 0) {
			CHECK(there[i] == i);
			n++;
		} else {
			thrum_yield();
		}
	}
}

static void
selects(void)
{
	c = thrum_chan_make(sizeof(long), 0);
	d = thrum_chan_make(sizeof(long), 2);
	two(selsends, selreceives);
	thrum_chan_free(c);
	thrum_chan_free(d);
}

// ---- timers, contexts, nurseries, the world ----

static void
fires(void *arg)
{
	CHECK(word == (long)arg);
	word++;
	thrum_wg_done(&wg);
}

static void
timers(void)
{
	for (long i = 0; i < TIMES; i++) {
		thrum_wg_add(&wg, 1);
		word = i;
		thrum_timer_start(&timer, i % 3 * 100000, fires, (void *)i);
		if (i % 2 && thrum_timer_stop(&timer)) {
			CHECK(word == i);
			thrum_timer_reset(&timer, 0);
		}
		thrum_wg_wait(&wg);
		CHECK(word == i + 1);
	}
}

static void
cancels(void)
{
	word = 1;
	thrum_ctx_cancel_cause(ctx, 7);
}

static void
seescancel(void)
{
	if (flag) {
		CHECK(!thrum_chan_recv(thrum_ctx_done(below), NULL));
	} else {
		while (thrum_ctx_err(below) == 0)
			thrum_yield();
	}
	CHECK(word == 1 && thrum_ctx_cause(below) == 7);
	thrum_ctx *after = thrum_ctx_with_cancel(ctx);
	CHECK(thrum_ctx_err(after) == -ECANCELED);
	thrum_ctx_release(after);
}

static void
seesdeadline(void)
{
	CHECK(thrum_ctx_sleep(below, 60000000000) == -ETIMEDOUT && word == 2);
}

static void
contexts(void)
{
	for (int i = 0; i < TIMES; i++) {
		word = 0;
		flag = i % 2;
		ctx = thrum_ctx_with_cancel(thrum_ctx_background());
		below = i % 3 ? thrum_ctx_with_value(ctx, &word, NULL) : thrum_ctx_with_cancel(ctx);
		two(cancels, seescancel);
		thrum_ctx_release(below);
		thrum_ctx_release(ctx);
	}
	word = 2;
	ctx = thrum_ctx_with_timeout(thrum_ctx_background(), 2000000);
	below = thrum_ctx_with_cancel(ctx);
	two(seesdeadline, seesdeadline);
	thrum_ctx_release(below);
	thrum_ctx_release(ctx);
}

static int
fillslot(thrum_ctx *unused, void *slot)
{
	(void)unused;
	*(long *)slot = 1;
	return 0;
}

static int
counts(thrum_ctx *unused, void *arg)
{
	(void)unused;
	(void)arg;
	word++;
	thrum_yield();
	word++;
	return 0;
}

// All before the join; with a limit of one, one after another.
static void
nursery(void)
{
	THRUM_NURSERY(many, NULL, 0);
	for (int i = 0; i < TIMES; i++)
		CHECK(thrum_nursery_go(&many, fillslot, &there[i]) == 0);
	CHECK(thrum_nursery_close(&many) == 0);
	for (int i = 0; i < TIMES; i++)
		CHECK(there[i] == 1);
	THRUM_NURSERY(one, NULL, 1);
	for (int i = 0; i < TIMES; i++)
		CHECK(thrum_nursery_go(&one, counts, NULL) == 0);
	CHECK(thrum_nursery_close(&one) == 0 && word == 2 * TIMES);
}

static void
goeson(void *arg)
{
	for (;;) {
		(*(long *)arg)++;
		thrum_yield();
		thrum_sleep(1);
	}
}

static atomic_long nended; // relaxed: it orders nothing

static void
endshere(void *arg)
{
	(*(long *)arg)++;
	atomic_fetch_add_explicit(&nended, 1, memory_order_relaxed);
}

static int
starts(void *arg)
{
	(void)arg;
	if (there[2] == 0)
		go(goeson, &there[0]);
	go(endshere, &there[1]);
	while (thrum_chan_tryrecv(c, NULL) < 0) // the channel is full; the others run meanwhile
		thrum_yield();
	while (atomic_load_explicit(&nended, memory_order_relaxed) <= there[2])
		thrum_sleep(100000);
	there[2]++;
	return 0;
}

// Outside: stores of goroutines are seen when the world has stopped, and goroutines see the stores
// made before it starts.
static void
world(void)
{
	int status;
	c = thrum_chan_make(0, 1);
	for (int i = 0; i < 5; i++) {
		thrum_chan_send(c, NULL);
		there[0]++;
		CHECK(thrum_run(starts, NULL, &status) == 0 && there[2] == i + 1);
		there[0]++;
		there[1]++;
	}
	CHECK(thrum_start(2) == 0);
	CHECK(thrum_stop() == 0);
	there[0]++;
	CHECK(thrum_start(THRUM_POLLED) == 0);
	for (int i = 0; i < 20; i++) {
		CHECK(thrum_poll() > 0);
		there[0]++;
	}
	CHECK(thrum_stop() == 0);
	there[0]++;
	thrum_chan_free(c);
}

static const testcase cases[] = {
	{"spawn", spawn, 0, 0, 0}, {"many", many, 0, 0, 0}, {"lock", lock, 0, 0, 0}, {"rwlock", rwlock, 0, 0, 0}, {"once", onced, 0, 0, 0}, {"sema", sema, 0, 0, 0},
	{"cond", cond, 0, 0, 0}, {"pool", pooled, 0, 0, 0}, {"park", park, 0, 0, 0}, {"mp", mp, 0, 0, 0}, {"chan", chan, 0, 0, 0},
	{"meet", meet, 0, 0, 0}, {"capacity", capacity, 0, 0, 0}, {"chanlock", chanlock, 0, 0, 0}, {"close", closed, 0, 0, 0},
	{"select", selects, 0, 0, 0}, {"timer", timers, 0, 0, 0}, {"ctx", contexts, 0, 0, 0}, {"nursery", nursery, 0, 0, 0},
	{"world", world, 0, 0, 1},
};

int
main(int argc, char **argv)
{
	return run(cases, sizeof cases / sizeof *cases, argc, argv);
}
