// SPDX-License-Identifier: MIT
//
// timer.c - the timers of the ps.
//
// Each p has a wheel (wheel.h). A timer is started on the wheel of the caller's p. A timer that is
// armed stays in its wheel when any thread starts it again; an idle one moves to the caller's
// wheel. t.wheel names the wheel: a thread reads it, locks that wheel, and reads it again.
//
// Mostly only the owner of its p uses a wheel, so the lock is biased towards the owner. The owner
// sets busy, then looks at shared, both with plain instructions. Another thread takes the mutex,
// sets shared, makes every thread pass a barrier (osbarrier), and waits for busy to be 0: the claim
// protocol of HACKING.md. From then on the owner takes the mutex too. After more than REBIAS uses
// in a row by the owner, the wheel is the owner's alone again.
//
// A thread that fires a timer takes it out, releases the lock, and calls its function. During the
// call the thread is in the wheel's list of runners, which timerstopwait reads. It also counts in
// nrun, so that a goroutine about to be readied is not taken for a deadlock. Several threads may
// fire timers of one wheel at a time: one that loses its processor delays no other.
//
// `next` is the time of the wheel's first timer, for every thread that wants to sleep (keeper.c).
// After thrum_maxprocs the wheels of removed ps stay where they are: of n ps, p i looks after the
// wheels i, i + n, i + 2n and so on. Threads without a p use the first wheel.
//
// The clock: clock_gettime costs twice as much as the rest of a start. So a p keeps a pair of
// cputicks and ns for a millisecond and computes from it, with a rate that is 1/1024 too high. The
// result is not below the true time, by which timers fire, and at most a microsecond above. If the
// kernel does not trust the processor's counter, neither do we.

#include "core/time/timer.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "arch/arch.h"
#include "core/base/debug.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/sched/proc.h"
#include "core/sched/runq.h"
#include "core/sched/seed.h"
#include "core/time/wheel.h"

#define BATCH 128     // timers that a p fires before it runs goroutines
#define REBIAS 512    // uses by the owner in a row, after which its bias returns
#define KEPT 1000000  // ns for which a reading of the clock is used
#define FAR 50000000  // ns; the monitor looks more often than that while a p runs
#define LEARN 20000000 // ns between the readings that give the rate
#define TIGHT 2000     // cputicks that a good reading takes at most
#define INLINE inline __attribute__((always_inline)) // start and stop must be short
#define LATEST ((uint64_t)INT64_MAX)

// A thread that fires timers.
typedef struct runner {
	struct runner *link;
	timer *t;
	const void *thread; // thread(): the monitor and foreign threads have no m
} runner;

typedef struct pwheel {
	timers head;
	_Atomic uint32_t shared; // threads other than the owner may come
	// Only the owner of the p:
	_Alignas(CACHELINE) _Atomic uint32_t busy; // the owner is inside, without the mutex
	uint64_t tick0, ns0, rate, kept;           // ns0 was not read before tick0; good for kept
	                                           // ticks

	_Alignas(CACHELINE) mutex lock;
	// lock, or busy:
	uint32_t nown; // uses by the owner since another thread's
	runner *runners;
	wheel w;
} pwheel;

static pwheel first = {.head.next = NEVER, .shared = 1, .lock = MUTEX(RankTimer)};
static pwheel *all[MAXPROCS] = {&first};
_Atomic uint32_t ntimers = 1;
static uint32_t gen;

bool
timersnew(p *pp)
{
	pwheel *pw = all[pp->id];
	if (!pw) {
		pw = osmap((sizeof *pw + PAGE - 1) & -(size_t)PAGE, PAGE, UseTimers);
		if (!pw)
			return false;
		pw->lock.rank = RankTimer;
		pw->head.id = pp->id;
		store(pw->head.next, NEVER);
		store(pw->shared, 1);
		all[pp->id] = pw;
		storerel(ntimers, pp->id + 1);
	}
	pp->timers = &pw->head;
	return true;
}

static INLINE pwheel *
mine(void)
{
	p *pp = getp();
	return pp ? (pwheel *)pp->timers : NULL;
}

// ---- the lock ------------------------------------------------------------------

// holdown locks pw, whose p the caller has. Returns: false if pw must be shared.
static INLINE bool
holdown(pwheel *pw)
{
	if (load(pw->shared))
		return false;
	store(pw->busy, 1);
	lightfence();
	if (!load(pw->shared))
		return true;
	storerel(pw->busy, 0);
	return false;
}

static INLINE void
letgoown(pwheel *pw)
{
	storerel(pw->busy, 0);
}

// hold locks pw. Stack: the system stack. Returns: the word that letgo needs.
static bool
hold(pwheel *pw)
{
	bool own = mine() == pw;
	if (own && holdown(pw))
		return true;
	lock(&pw->lock);
	if (own) {
		if (++pw->nown > REBIAS && sched.asymmetric && !debug.check)
			store(pw->shared, 0); // from the next use on
	} else {
		pw->nown = 0;
		if (!load(pw->shared)) {
			store(pw->shared, 1);
			heavyfence();
			waitzero(&pw->busy);
		}
	}
	return false;
}

static void
letgo(pwheel *pw, bool biased)
{
	if (biased)
		letgoown(pw);
	else
		unlock(&pw->lock);
}

// ---- the clock -------------------------------------------------------------------

static _Atomic uint64_t rate; // 2^32 ns per tick, and a little more; 0: not known

// trusted tells whether the kernel reads the processor's counter for its own clock.
static bool
trusted(void)
{
	char name[8] = "";
	int fd = open("/sys/devices/system/clocksource/clocksource0/current_clocksource", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	bool ok = read(fd, name, sizeof name - 1) >= 4 && memcmp(name, "tsc\n", 4) == 0;
	close(fd);
	return ok;
}

// learn computes the rate from two readings that are far enough apart.
static void
learn(uint64_t tick, uint64_t now)
{
	static _Atomic uint32_t state; // 0 nothing is known, 2 the first reading is; 1, 3 a thread
	                               // is at work
	static uint64_t tick0, ns0;
	uint32_t s = 0;
	if (atomic_compare_exchange_strong(&state, &s, 1)) {
		tick0 = tick;
		ns0 = now;
		if (trusted())
			storerel(state, 2);
	} else if (loadacq(state) == 2 && now - ns0 > LEARN && (s = 2, atomic_compare_exchange_strong(&state, &s, 3))) {
		double r = (double)(now - ns0) / (double)(tick - tick0);
		store(rate, (uint64_t)(r * (1 + 1.0 / 1024) * 4294967296.0));
	}
}

// readclock reads the clock and keeps the reading for pw, whose p the caller has. pw may be NULL.
// Stack: the system stack.
static uint64_t
readclock(pwheel *pw)
{
	uint64_t tick = cputicks(), now = nanotime();
	if (pw && cputicks() - tick < TIGHT) {
		uint64_t r = load(rate);
		if (r == 0)
			learn(tick, now);
		pw->tick0 = tick;
		pw->ns0 = now;
		pw->rate = r;
		pw->kept = r ? KEPT * 4294967296 / r : 0;
	}
	return now;
}

static uintptr_t
after_m(uintptr_t ns, uintptr_t unused)
{
	(void)unused;
	return (debug.seeded ? seednow() : readclock(mine())) + ns;
}

static INLINE uint64_t
after(pwheel *pw, uint64_t ns)
{
	uint64_t dt = pw ? cputicks() - pw->tick0 : 0;
	if (pw && dt < pw->kept)
		return pw->ns0 + (dt * pw->rate >> 32) + 1 + ns;
	return systemstack(after_m, ns, 0);
}

uint64_t
timeafter(int64_t ns)
{
	return after(mine(), ns > 0 ? (uint64_t)ns : 0);
}

uint64_t
timenow(void)
{
	return debug.seeded ? seednow() : nanotime();
}

// ---- start and stop ----------------------------------------------------------------

static INLINE bool
armed(const timer *t)
{
	return t->slot != 0 && t->gen == gen;
}

// publish stores the time of pw's first timer.
static INLINE void
publish(pwheel *pw)
{
	uint64_t next = wheelnext(&pw->w);
	if (next != load(pw->head.next))
		storerel(pw->head.next, next);
}

// arm puts t into pw, which the caller has locked. Returns: true if t is the first timer now.
static INLINE bool
arm(pwheel *pw, timer *t, uint64_t when, void (*fn)(timer *, uint64_t))
{
	t->when = when < LATEST ? when : LATEST;
	t->fn = fn;
	t->gen = gen;
	wheelput(&pw->w, t);
	uint64_t next = tickof(t->when) << WHEELSHIFT;
	if (next >= load(pw->head.next))
		return false;
	storerel(pw->head.next, next);
	return true;
}

static INLINE void
disarm(pwheel *pw, timer *t)
{
	bool was = tickof(t->when) << WHEELSHIFT <= load(pw->head.next);
	wheeldel(&pw->w, t);
	if (was)
		publish(pw);
}

// thread returns an address that differs between threads.
static inline const void *
thread(void)
{
	return &thrum_m;
}

// fires tells whether a thread just runs t's function; with other, a thread other than the caller.
static bool
fires(pwheel *pw, const timer *t, bool other)
{
	for (runner *r = pw->runners; r; r = r->link)
		if (r->t == t && !(other && r->thread == thread()))
			return true;
	return false;
}

// tell is called when a timer is the first of its wheel: a thread that sleeps longer must learn it.
static INLINE void
tell(uint64_t when)
{
	atomic_thread_fence(memory_order_seq_cst); // published before the look at the sleepers
	                                           // (tests/model/timer.pml)
	timercover(when);
}

// in tells whether t is in pw. With take, a t that was in no wheel goes to pw.
static INLINE bool
in(pwheel *pw, timer *t, bool take)
{
	uint16_t n = load(t->wheel), id = (uint16_t)(pw->head.id + 1);
	return n == id || (take && n == 0 && atomic_compare_exchange_strong(&t->wheel, &n, id));
}

// start: cover means to tell the sleepers. Stack: the system stack.
static bool
start(timer *t, uint64_t when, void (*fn)(timer *, uint64_t), bool cover)
{
	pwheel *own = mine();
	if (!own)
		own = &first;
	for (;;) {
		uint16_t n = load(t->wheel);
		if (n == 0) {
			atomic_compare_exchange_strong(&t->wheel, &n, (uint16_t)(own->head.id + 1));
			continue;
		}
		pwheel *pw = all[n - 1];
		bool biased = hold(pw);
		bool here = load(t->wheel) == n, was = here && armed(t);
		if (here && !was && pw != own && !fires(pw, t, false)) {
			store(t->wheel, (uint16_t)(own->head.id + 1)); // idle: it moves
			here = false;
		}
		if (!here) {
			letgo(pw, biased);
			continue;
		}
		if (was)
			disarm(pw, t);
		else if (pw->w.levels == 0)
			// Nobody has used the wheel for a while; its time comes up to date, so that
			// t need not come down through many levels.
			wheelidle(&pw->w, timenow());
		bool isfirst = arm(pw, t, when, fn);
		letgo(pw, biased);
		if (isfirst && cover)
			tell(when);
		return was;
	}
}

static uintptr_t
start_m(uintptr_t t, uintptr_t when, uintptr_t fn)
{
	return start((timer *)t, when, (void (*)(timer *, uint64_t))fn, true);
}

// faststart is start on pw, the wheel of the caller's p. far: t is due in more than FAR. Stack:
// any.
static INLINE bool
faststart(pwheel *pw, timer *t, uint64_t when, void (*fn)(timer *, uint64_t), bool far)
{
	if (pw && in(pw, t, true) && holdown(pw)) {
		if (in(pw, t, false)) {
			bool was = armed(t);
			if (was)
				disarm(pw, t);
			else if (pw->w.levels == 0)
				wheelidle(&pw->w, pw->ns0);
			bool isfirst = arm(pw, t, when, fn);
			letgoown(pw);
			if (isfirst && !(far && sched.sysmonon))
				tell(when);
			return was;
		}
		letgoown(pw);
	}
	return systemstack3(start_m, (uintptr_t)t, when, (uintptr_t)fn);
}

bool
timerstart(timer *t, uint64_t when, void (*fn)(timer *, uint64_t))
{
	return faststart(mine(), t, when, fn, false);
}

bool
timerstartin(timer *t, int64_t ns, void (*fn)(timer *, uint64_t))
{
	pwheel *pw = mine();
	return faststart(pw, t, after(pw, ns > 0 ? (uint64_t)ns : 0), fn, ns > FAR);
}

// idle tells whether the caller's p, whose goroutine parks, looks at its timers before it runs
// another goroutine.
static bool
idle(void)
{
	m *mp = thrum_m;
	return !mp->lockedg && runqempty(load(mp->p)) && load(sched.globsize) == 0;
}

void
timerpark(timer *t, uint64_t when, void (*fn)(timer *, uint64_t))
{
	// A p with other goroutines to run may be busy with them at the time.
	bool lazy = idle();
	if (lazy)
		thrum_m->lazy = true;
	start(t, when, fn, !lazy);
}

static bool
stop(timer *t, bool wait)
{
	for (unsigned i = 1;; i++) {
		uint16_t n = load(t->wheel);
		if (n == 0)
			return false;
		pwheel *pw = all[n - 1];
		bool biased = hold(pw), here = load(t->wheel) == n;
		bool was = here && armed(t);
		if (was)
			disarm(pw, t);
		bool busy = here && !was && wait && fires(pw, t, true);
		letgo(pw, biased);
		if (here && !busy)
			return was;
		if (i % 64 == 0)
			osyield();
	}
}

static uintptr_t
stop_m(uintptr_t t, uintptr_t wait)
{
	return stop((timer *)t, wait);
}

static INLINE bool
faststop(timer *t, bool wait)
{
	pwheel *pw = mine();
	if (load(t->wheel) == 0)
		return false;
	if (pw && in(pw, t, false) && holdown(pw)) {
		bool was = in(pw, t, false) && armed(t);
		if (was)
			disarm(pw, t);
		letgoown(pw);
		if (was)
			return true;
	}
	return systemstack(stop_m, (uintptr_t)t, wait);
}

bool
timerstop(timer *t)
{
	return faststop(t, false);
}

bool
timerstopwait(timer *t)
{
	return faststop(t, true);
}

// ---- firing ------------------------------------------------------------------------

// fire runs the due timers of pw, at most max. Returns: how many.
static uint32_t
fire(pwheel *pw, uint64_t now, uint32_t max)
{
	runner r = {.thread = thread()};
	uint32_t n = 0;
	bool biased = hold(pw);
	r.link = pw->runners;
	pw->runners = &r;
	store(pw->head.nrun, load(pw->head.nrun) + 1); // before next says that there is none
	while (n < max && wheelstep(&pw->w, now, &r.t)) {
		publish(pw);
		if (r.t) {
			void (*fn)(timer *, uint64_t) = r.t->fn;
			letgo(pw, biased);
			fn(r.t, now);
			n++;
		} else {
			letgo(pw, biased);
		}
		biased = hold(pw);
		r.t = NULL;
	}
	publish(pw);
	for (runner **at = &pw->runners;; at = &(*at)->link)
		if (*at == &r) {
			*at = r.link;
			break;
		}
	storerel(pw->head.nrun, load(pw->head.nrun) - 1);
	letgo(pw, biased);
	return n;
}

void
timerrunslow(p *pp)
{
	uint64_t now = 0;
	for (uint32_t i = pp->id, n = load(sched.nprocs); i < load(ntimers); i += n) {
		pwheel *pw = all[i];
		if (load(pw->head.next) == NEVER)
			continue;
		if (now == 0)
			now = debug.seeded ? seednow() : readclock((pwheel *)pp->timers);
		if (load(pw->head.next) <= now)
			fire(pw, now, BATCH);
	}
}

uint32_t
timerrunall(uint64_t now)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < load(ntimers); i++)
		if (load(all[i]->head.next) <= now)
			n += fire(all[i], now, BATCH);
	return n;
}

uint64_t
timernext(void)
{
	uint64_t next = NEVER;
	for (uint32_t i = 0, n = loadacq(ntimers); i < n; i++) {
		uint64_t t = loadacq(all[i]->head.next);
		if (t < next)
			next = t;
	}
	return next;
}

bool
timersarmed(void)
{
	for (uint32_t i = 0, n = loadacq(ntimers); i < n; i++)
		if (loadacq(all[i]->head.next) != NEVER || loadacq(all[i]->head.nrun) > 0)
			return true;
	return false;
}

void
timerfork(void)
{
	gen++; // all armed timers are idle now
	for (uint32_t i = 0; i < load(ntimers); i++) {
		pwheel *pw = all[i];
		lockinit(&pw->lock);
		store(pw->busy, 0);
		store(pw->shared, 1);
		pw->runners = NULL;
		store(pw->head.nrun, 0);
		store(pw->head.next, NEVER);
		memset(&pw->w, 0, sizeof pw->w);
	}
}
