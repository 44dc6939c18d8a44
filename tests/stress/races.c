// SPDX-License-Identifier: MIT
//
// races.c - races that TSan must find, one or more to each rule of thrum_mem(7); race.c has the
// rules.
//
// Each looks like a use of the rule: what comes too late, too early, or from elsewhere. There may
// be an order in time then, mostly on one P even, but no rule, so TSan must find it whichever comes
// first.
#include "race.h"

static thrum_mutex m2;

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

// Stores after thrum_go.
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

static _Atomic int ended; // relaxed: it orders nothing

static void
ends(void *arg)
{
	(void)arg;
	word++;
	atomic_fetch_add_explicit(&ended, 1, memory_order_relaxed);
}

static void
haveended(int n)
{
	while (atomic_load_explicit(&ended, memory_order_relaxed) < n)
		thrum_yield();
}

// The end of a goroutine is no rule, nor is the use of its stack and g by the next one.
static void
raceend(void)
{
	go(ends, NULL);
	haveended(1);
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

// In the rest the one does what the rule wants, and then one thing more.
static void
writesword(void)
{
	word = 1;
}

static void
countsword(void)
{
	word++;
}

static thrum_wg first;

static void
donefirst(void)
{
	thrum_wg_done(&first);
	writesword();
}

static void
waitsfirst(void)
{
	thrum_wg_wait(&first);
	countsword();
}

// A lock for reading is no lock against readers: both are inside.
static void
writesasreader(void)
{
	thrum_rwmutex_rlock(&rw);
	atomic_fetch_add_explicit(&flag, 1, memory_order_relaxed);
	while (atomic_load_explicit(&flag, memory_order_relaxed) < 2)
		thrum_yield();
	countsword();
	atomic_fetch_add_explicit(&flag, 1, memory_order_relaxed);
	while (atomic_load_explicit(&flag, memory_order_relaxed) < 4)
		thrum_yield();
	thrum_rwmutex_runlock(&rw);
}

// A trylock that has not locked.
static void
triesonly(void)
{
	CHECK(!thrum_mutex_trylock(&m));
	countsword();
}

static void
nothing(void *arg)
{
	(void)arg;
}

// Stores after the call, not in it.
static void
afteronce(void)
{
	thrum_once_do(&once, nothing, NULL);
	countsword();
}

static void
releases(void)
{
	thrum_sema_release(&full);
	writesword();
}

static void
acquires(void)
{
	thrum_sema_acquire(&full);
	countsword();
}

static void
signals(void)
{
	thrum_mutex_lock(&m);
	turn = 1;
	thrum_cond_signal(&turned);
	thrum_mutex_unlock(&m);
	writesword();
}

static void
waitsturn(void)
{
	thrum_mutex_lock(&m);
	while (turn == 0)
		thrum_cond_wait(&turned, &m);
	thrum_mutex_unlock(&m);
	countsword();
}

// An object that is still used after it was given back.
static void
putsandwrites(void)
{
	thrum_pool_put(&pool, &other);
	other = 1;
}

static void
getsandwrites(void)
{
	long *x;
	while (!(x = thrum_pool_get(&pool)))
		thrum_yield();
	*x = 2;
}

static void
readies(void)
{
	while (!sleeper)
		thrum_yield();
	thrum_ready(sleeper);
	writesword();
}

static void
parksonce(void)
{
	sleeper = thrum_self();
	thrum_park();
	countsword();
}

static void
sendsandwrites(void)
{
	thrum_chan_send(c, NULL);
	writesword();
}

static void
receivesandwrites(void)
{
	thrum_chan_recv(c, NULL);
	countsword();
}

// The other direction, which holds without a buffer only.
static void
writesandreceives(void)
{
	writesword();
	thrum_chan_recv(c, NULL);
}

static void
sendsandcounts(void)
{
	thrum_chan_send(c, NULL);
	countsword();
}

// One place more than there are.
static void
racecapacity(void)
{
	late = C - 1;
	c = thrum_chan_make(0, C);
}

static void
closesandwrites(void)
{
	thrum_chan_close(c);
	writesword();
}

// A value that was sent before the close says nothing about what comes between.
static void
sendsandcloses(void)
{
	thrum_chan_send(c, NULL);
	writesword();
	thrum_chan_close(c);
}

// A select that waits on two channels and goes on with one: the other one orders nothing.
static void
sendstoboth(void)
{
	thrum_chan_send(d, NULL);
	writesword();
	thrum_chan_send(c, NULL);
}

static void
selectsone(void)
{
	thrum_selcase k[] = {{c, NULL, false, false}, {d, NULL, false, false}};
	CHECK(thrum_select(k, 2, -1) == 1);
	countsword();
}

// One that has found nothing.
static void
sendslate(void)
{
	writesword();
	thrum_chan_send(c, NULL);
}

static void
givesup(void)
{
	thrum_selcase k = {d, NULL, false, false};
	CHECK(thrum_select(&k, 1, 1000) == -ETIMEDOUT);
	countsword();
}

// The variables themselves: two receive into one; one is sent while another goroutine writes to it.
static void
sendstwo(void)
{
	for (long i = 0; i < 2; i++)
		thrum_chan_send(c, &i);
}

static void
receivesword(void *arg)
{
	(void)arg;
	thrum_chan_recv(c, &word);
	thrum_wg_done(&wg);
}

static void
racetarget(void)
{
	thrum_wg_add(&wg, 2);
	c = thrum_chan_make(sizeof word, 0);
	go(receivesword, NULL);
	go(receivesword, NULL);
	sendstwo();
	thrum_wg_wait(&wg);
}

static void
sendsword(void)
{
	thrum_chan_send(c, &word);
}

// After the start of a timer; a sleep is no rule.
static void
racetimer(void)
{
	thrum_wg_add(&wg, 1);
	thrum_timer_start(&timer, 0, increments, NULL);
	word++;
	thrum_wg_wait(&wg);
}

static void
sleeps(void)
{
	thrum_sleep(2000000);
	countsword();
}

static void
cancelsandwrites(void)
{
	thrum_ctx_cancel(ctx);
	writesword();
}

static void
seescancelandwrites(void)
{
	while (thrum_ctx_err(ctx) == 0)
		thrum_yield();
	countsword();
}

// Two goroutines of a nursery.
static int
counts(thrum_ctx *unused, void *arg)
{
	(void)unused;
	(*(long *)arg)++;
	return 0;
}

static void
racenursery(void)
{
	THRUM_NURSERY(n, NULL, 0);
	for (int i = 0; i < 2; i++)
		CHECK(thrum_nursery_go(&n, counts, &word) == 0);
	CHECK(thrum_nursery_close(&n) == 0);
}

// The world starts for one goroutine and stops for another, but does not order the two.
static int
raceworldstarts(void *arg)
{
	(void)arg;
	go(ends, NULL);
	go(ends, NULL);
	haveended(2);
	return 0;
}

static void
raceworld(void)
{
	CHECK(thrum_run(raceworldstarts, NULL, NULL) == 0);
}

// ---- what a pair begins with ----

static void
waitgroup(void)
{
	thrum_wg_add(&first, 1);
}

static void
locked(void)
{
	thrum_mutex_lock(&m);
}

static void
nodrop(void *object)
{
	(void)object;
}

static void
newpool(void)
{
	pool.drop = nodrop;
}

static void
newctx(void)
{
	ctx = thrum_ctx_with_cancel(thrum_ctx_background());
}

static void
nobuffer(void)
{
	c = thrum_chan_make(0, 0);
}

static void
oneplace(void)
{
	c = thrum_chan_make(0, 1);
	d = thrum_chan_make(0, 0);
}

static void
twoplaces(void)
{
	c = thrum_chan_make(0, 2);
}

static void
oneword(void)
{
	c = thrum_chan_make(sizeof word, 1);
}

static const testcase cases[] = {
	{"two", racetwo, 0, 0, 0},
	{"late", racelate, 0, 0, 0},
	{"end", raceend, 0, 0, 0},
	{"thread", racethread, 0, 0, 0},
	{"yield", raceyield, 0, 0, 0},
	{"sleep", NULL, countsword, sleeps, 0},
	{"wait", waitgroup, donefirst, waitsfirst, 0},
	{"locks", racelocks, 0, 0, 0},
	{"trylock", locked, triesonly, triesonly, 0},
	{"rwlock", NULL, writesasreader, writesasreader, 0},
	{"once", NULL, afteronce, afteronce, 0},
	{"sema", NULL, releases, acquires, 0},
	{"cond", NULL, signals, waitsturn, 0},
	{"pool", newpool, putsandwrites, getsandwrites, 0},
	{"park", NULL, parksonce, readies, 0},
	{"flag", raceflag, 0, 0, 0},
	{"chan", oneplace, sendsandwrites, receivesandwrites, 0},
	{"buffer", oneplace, writesandreceives, sendsandcounts, 0},
	{"meet", nobuffer, sendsandwrites, receivesandwrites, 0},
	{"capacity", racecapacity, fills, drains, 0},
	{"chanlock", twoplaces, locksbychan, locksbychan, 0},
	{"close", oneplace, closesandwrites, receivesandwrites, 0},
	{"value", oneplace, sendsandcloses, receivesandwrites, 0},
	{"select", oneplace, sendstoboth, selectsone, 0},
	{"timeout", oneplace, sendslate, givesup, 0},
	{"target", racetarget, 0, 0, 0},
	{"source", oneword, sendsword, countsword, 0},
	{"timer", racetimer, 0, 0, 0},
	{"ctx", newctx, cancelsandwrites, seescancelandwrites, 0},
	{"nursery", racenursery, 0, 0, 0},
	{"world", raceworld, 0, 0, 1},
};

int
main(int argc, char **argv)
{
	return run(cases, sizeof cases / sizeof *cases, argc, argv);
}
