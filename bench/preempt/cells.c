// SPDX-License-Identifier: MIT
//
// cells.c - one measurement each: spinners, and the goroutine that wants their P.
//
// A measurement is A B A: the spinners alone for a quarter of the time, then beside the measured
// thing, then alone again. The speed in B over the speed in both A is the kept speed, whatever the
// clock of the processor does meanwhile.
//
// The kinds of measurements:
//
//	ask    A request at random every 30 to 130 us. With one P it comes from the main thread, which
//	       is not the runtime's, on another processor: it makes a parked goroutine ready and asks
//	       the spinner to give way. The runtime's histograms are read after each request, so their
//	       sums give the single times: asked -> noticed, asked -> switched. Asked -> the other
//	       runs is taken here, by the time stamp counter. The two threads stay on two processors,
//	       as those of the probes do. With n Ps the requests come from a goroutine that keeps one
//	       of them busy, to the spinners on the others; nobody waits, so they come back at once.
//	wait   As many goroutines as Ps take turns with the spinners by thrum_yield. They are always
//	       runnable and do nothing, so the loss of the spinners is the cost of preemption. The
//	       time from the call of yield to its return is a spinner's turn.
//	sleep  A goroutine sleeps 0.5 to 1.5 ms by thrum_sleep_until, again and again. Its delay
//	       contains the time that the kernel takes to wake the monitor (the probe nap), and then
//	       the wait for a P.
//	armed  A is the same loop on a plain thread, B a goroutine for which nobody waits: the cost of
//	       being preemptible.

#include "tool.h"
#include <errno.h>
#include <pthread.h>
#include <sys/syscall.h>

#define SETTLE 2000000u // ns from starting goroutines to the first reading
#define GAP 500000u     // ns, the shortest sleep

static spinner spinners[256];
static thrum_wg spinning, others;
static uint64_t seed = 0x9e3779b97f4a7c15u;

static void
nap(uint64_t ns)
{
	struct timespec t = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};
	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &t, &t) == EINTR)
		;
}

static void
spin(uint64_t ns)
{
	uint64_t ticks = (uint64_t)((double)ns / bench_ns_per_tick), t = bench_ticks();
	while (bench_ticks() - t < ticks)
		;
}

static uint64_t
to_ns(uint64_t ticks)
{
	return (uint64_t)((double)ticks * bench_ns_per_tick);
}

static void
start(void (*fn)(void *), void *arg)
{
	if (thrum_go(fn, arg) != 0) {
		fprintf(stderr, "preempt: cannot start a goroutine\n");
		_exit(1);
	}
}

// ---- spinners ---------------------------------------------------------------------

static void
spinner_go(void *arg)
{
	spinner *s = arg;
	atomic_store(&s->tid, (int)syscall(SYS_gettid));
	atomic_store(&s->g, thrum_self());
	s->run(s);
	thrum_wg_done(s->done);
}

static void
spinners_start(const mode *m, unsigned n)
{
	thrum_wg_add(&spinning, n);
	for (unsigned i = 0; i < n; i++) {
		spinner *s = &spinners[i];
		atomic_store(&s->stop, false);
		atomic_store(&s->g, NULL);
		atomic_store(&s->count, 0);
		s->run = m->run;
		s->done = &spinning;
		start(spinner_go, s);
	}
	for (unsigned i = 0; i < n; i++)
		while (atomic_load(&spinners[i].g) == NULL)
			nap(100000);
}

static void
spinners_stop(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		atomic_store(&spinners[i].stop, true);
	thrum_wg_wait(&spinning);
}

typedef struct reading {
	uint64_t ns, count;
} reading;

static reading
read_spinners(unsigned n)
{
	reading r = {bench_wall(), 0};
	for (unsigned i = 0; i < n; i++)
		r.count += atomic_load_explicit(&spinners[i].count, memory_order_relaxed);
	return r;
}

static double
speed(reading a, reading b, reading c, reading d)
{
	uint64_t ns = b.ns - a.ns + (d.ns - c.ns);
	return ns == 0 ? 0 : (double)(b.count - a.count + (d.count - c.count)) / (double)ns;
}

static void
keep(cell *c, double with, double alone)
{
	double *v = realloc(c->kept, (c->nkept + 1) * sizeof *v);
	if (v == NULL)
		abort();
	c->kept = v;
	if (alone > 0)
		v[c->nkept++] = with / alone;
}

// ---- samples with marks --------------------------------------------------------------

typedef struct watch {
	series *to;
	marker marker;
	double usual; // ns, a running mean
	bool ticks;   // the samples come in ticks
} watch;

static void
watch_start(watch *w, series *to, bool ticks)
{
	*w = (watch){.to = to, .ticks = ticks};
	marker_start(&w->marker);
}

// watch_before forgets the past.
static void
watch_before(void *arg)
{
	watch *w = arg;
	(void)marker_look(&w->marker, false);
}

static unsigned
watch_marks(watch *w, uint64_t ns)
{
	bool slow = (double)ns > 2 * w->usual;
	w->usual += ((double)ns - w->usual) / 16;
	return marker_look(&w->marker, slow);
}

static void
watch_after(void *arg, uint64_t value)
{
	watch *w = arg;
	uint64_t ns = w->ticks ? to_ns(value) : value;
	series_add(w->to, ns, watch_marks(w, ns));
}

// ---- ask ------------------------------------------------------------------------------

static struct {
	_Alignas(128) _Atomic uint64_t ran; // ticks
	_Alignas(128) _Atomic(thrum_g *) g;
	atomic_bool stop;
} other;

static void
other_go(void *arg)
{
	(void)arg;
	atomic_store(&other.g, thrum_self());
	while (!atomic_load(&other.stop)) {
		thrum_park();
		atomic_store_explicit(&other.ran, bench_ticks(), memory_order_release);
	}
	thrum_wg_done(&others);
}

// The times that the runtime has measured so far.
typedef struct timed {
	uint64_t n[2], sum[2]; // noticed, switched: by checks and by signals
} timed;

static void
timed_read(timed *t)
{
	static const enum thrum_hist_kind kind[2][2] = {
		{THRUM_HIST_NOTICE_CHECK, THRUM_HIST_NOTICE_SIGNAL},
		{THRUM_HIST_SWITCH_CHECK, THRUM_HIST_SWITCH_SIGNAL},
	};
	static thrum_hist h; // only one thread or goroutine asks
	*t = (timed){{0}, {0}};
	for (int i = 0; i < 2; i++)
		for (int k = 0; k < 2; k++)
			if (thrum_get_hist(kind[i][k], &h) == 0) {
				t->n[i] += h.n;
				t->sum[i] += h.sum;
			}
}

static uint64_t
moot(void)
{
	static thrum_preempt_stats s;
	thrum_get_preempt_stats(&s);
	return s.moot;
}

// ask_once makes one request, and waits until it has had its effect.
static void
ask_once(cell *c, thrum_g *target, watch *w)
{
	timed before, after;
	bool waiter = c->procs == 1;
	uint64_t patience = (uint64_t)(LOST / bench_ns_per_tick), ran = 0, voided = moot(), from;
	timed_read(&before);
	watch_before(w);
	atomic_store(&other.ran, 0);
	from = bench_ticks();
	if (waiter)
		thrum_ready(atomic_load(&other.g));
	for (int r = thrum_preempt(target); r != 0; r = thrum_preempt(target)) {
		if ((waiter && atomic_load(&other.ran) != 0) || bench_ticks() - from > patience)
			break; // it went by itself
		c->busy++;
		spin(200);
	}
	if (waiter)
		while ((ran = atomic_load_explicit(&other.ran, memory_order_acquire)) == 0 && bench_ticks() - from < patience)
			;
	// The histograms are read seldom, as that takes their cache lines from the P. If the other has
	// run they are up to date soon, or the goroutine had stopped by itself and no more will come.
	for (int i = 0; timed_read(&after), after.n[1] == before.n[1]; i++) {
		if (waiter ? i == 20 : bench_ticks() - from > patience)
			break;
		if (i == 500 && moot() != voided) // seldom: it locks what a switch needs
			return;
		spin(waiter ? 5000 : 20000);
	}
	if (after.n[1] == before.n[1] && ran == 0) {
		c->lost++;
		return;
	}
	uint64_t switched = after.n[1] == before.n[1] + 1 ? after.sum[1] - before.sum[1] : 0;
	uint64_t ns = ran != 0 ? to_ns(ran > from ? ran - from : 0) : switched;
	unsigned marks = watch_marks(w, ns);
	if (ran != 0)
		series_add(&c->s[2], ns, marks);
	if (after.n[0] == before.n[0] + 1 && after.sum[0] != before.sum[0])
		series_add(&c->s[0], after.sum[0] - before.sum[0], marks);
	if (switched != 0)
		series_add(&c->s[1], switched, marks);
}

static void
ask_for(cell *c, unsigned n, uint64_t ns)
{
	watch w;
	watch_start(&w, &c->s[1], false);
	for (uint64_t end = bench_wall() + ns; bench_wall() < end && c->lost < 3;) {
		spin(30000 + bench_random(&seed) % 100000);
		ask_once(c, atomic_load(&spinners[bench_random(&seed) % n].g), &w);
	}
}

// apart puts the calling thread and the spinner's on two processors; together undoes it.
static cpu_set_t anywhere;

static void
apart(int tid)
{
	cpu_set_t one;
	int cpu = sched_getcpu(), n = 1;
	if (sched_getaffinity(0, sizeof anywhere, &anywhere) != 0 || CPU_COUNT(&anywhere) < 2)
		return;
	while (!CPU_ISSET((cpu + n) % CPU_SETSIZE, &anywhere))
		n++;
	CPU_ZERO(&one);
	CPU_SET((cpu + n) % CPU_SETSIZE, &one);
	bench_pin(cpu);
	sched_setaffinity(tid, sizeof one, &one);
}

static void
together(int tid)
{
	sched_setaffinity(0, sizeof anywhere, &anywhere);
	sched_setaffinity(tid, sizeof anywhere, &anywhere);
}

typedef struct plan {
	cell *c;
	uint64_t ns;
	atomic_bool done;
} plan;

// ask_run runs on the main thread, or as a goroutine when there are several Ps.
static void
ask_run(void *arg)
{
	plan *p = arg;
	unsigned n = p->c->procs == 1 ? 1 : p->c->procs - 1;
	spin(SETTLE);
	reading a = read_spinners(n);
	spin(p->ns / 4);
	reading b = read_spinners(n);
	ask_for(p->c, n, p->ns / 2);
	reading c = read_spinners(n);
	spin(p->ns / 4);
	reading d = read_spinners(n);
	keep(p->c, speed(b, c, c, c), speed(a, b, c, d));
	atomic_store(&p->done, true);
}

static void
ask(cell *c, uint64_t ns)
{
	plan p = {.c = c, .ns = ns};
	unsigned n = c->procs == 1 ? 1 : c->procs - 1;
	atomic_store(&other.stop, false);
	atomic_store(&other.g, NULL);
	if (c->procs == 1) {
		thrum_wg_add(&others, 1);
		start(other_go, NULL);
		while (atomic_load(&other.g) == NULL)
			nap(100000);
	}
	spinners_start(c->mode, n);
	if (c->procs == 1) {
		int tid = atomic_load(&spinners[0].tid);
		apart(tid);
		ask_run(&p);
		together(tid);
	} else {
		start(ask_run, &p);
		while (!atomic_load(&p.done))
			nap(1000000);
	}
	spinners_stop(n);
	atomic_store(&other.stop, true);
	if (c->procs == 1) {
		thrum_ready(atomic_load(&other.g));
		thrum_wg_wait(&others);
	}
}

// ---- wait and sleep ---------------------------------------------------------------------

static struct {
	atomic_bool stop;
	_Atomic int alive;
	cell *c;
} visit;

static void
yield_go(void *arg)
{
	series *to = arg; // the first one only
	do {
		uint64_t from = bench_ticks();
		thrum_yield();
		if (to != NULL)
			series_add(to, to_ns(bench_ticks() - from), 0);
	} while (!atomic_load_explicit(&visit.stop, memory_order_relaxed));
	atomic_fetch_sub(&visit.alive, 1);
	thrum_wg_done(&others);
}

static void
sleep_go(void *arg)
{
	watch w;
	watch_start(&w, arg, false);
	do {
		uint64_t due = bench_wall() + GAP + bench_random(&seed) % (2 * GAP);
		watch_before(&w);
		thrum_sleep_until(due);
		watch_after(&w, bench_wall() - due);
	} while (!atomic_load_explicit(&visit.stop, memory_order_relaxed));
	atomic_fetch_sub(&visit.alive, 1);
	thrum_wg_done(&others);
}

static void
visitors_start(cell *c)
{
	unsigned n = c->kind == KindWait ? c->procs : 1;
	atomic_store(&visit.stop, false);
	atomic_store(&visit.alive, (int)n);
	thrum_wg_add(&others, n);
	for (unsigned i = 0; i < n; i++)
		if (c->kind == KindSleep)
			start(sleep_go, &c->s[0]);
		else
			start(yield_go, i == 0 ? &c->s[0] : NULL);
}

// visitors_stop waits for them, but not if they do not get their turn.
static void
visitors_stop(void)
{
	atomic_store(&visit.stop, true);
	for (int i = 0; atomic_load(&visit.alive) != 0 && i < 200; i++)
		nap(200000);
}

static void
visited(cell *c, uint64_t ns)
{
	static const enum thrum_hist_kind kind[2] = {THRUM_HIST_SWITCH_CHECK, THRUM_HIST_SWITCH_SIGNAL};
	static thrum_hist before[2], after[2];
	spinners_start(c->mode, c->procs);
	nap(SETTLE);
	reading r1 = read_spinners(c->procs);
	nap(ns / 4);
	reading r2 = read_spinners(c->procs);
	for (int i = 0; i < 2; i++)
		(void)thrum_get_hist(kind[i], &before[i]);
	visitors_start(c);
	nap(SETTLE);
	reading r3 = read_spinners(c->procs);
	nap(ns / 2);
	reading r4 = read_spinners(c->procs);
	visitors_stop();
	for (int i = 0; i < 2; i++)
		if (thrum_get_hist(kind[i], &after[i]) == 0) {
			thrum_hist_sub(&after[i], &before[i]);
			series_add_hist(&c->s[1], &after[i]);
		}
	reading r5 = read_spinners(c->procs);
	nap(ns / 4);
	reading r6 = read_spinners(c->procs);
	spinners_stop(c->procs);
	thrum_wg_wait(&others);
	keep(c, speed(r3, r4, r4, r4), speed(r1, r2, r5, r6));
}

// ---- armed ---------------------------------------------------------------------------------

static void *
plain_spinner(void *arg)
{
	spinner *s = arg;
	s->run(s);
	return NULL;
}

// plain_speed runs the spinner on a thread that is not the runtime's.
static reading
plain_for(const mode *m, uint64_t ns)
{
	pthread_t t;
	spinner *s = &spinners[0];
	atomic_store(&s->stop, false);
	atomic_store(&s->count, 0);
	s->run = m->run;
	if (pthread_create(&t, NULL, plain_spinner, s) != 0)
		return (reading){0, 0};
	nap(SETTLE);
	reading a = read_spinners(1);
	nap(ns);
	reading b = read_spinners(1);
	atomic_store(&s->stop, true);
	pthread_join(t, NULL);
	return (reading){b.ns - a.ns, b.count - a.count};
}

static void
armed(cell *c, uint64_t ns)
{
	reading before = plain_for(c->mode, ns / 4);
	spinners_start(c->mode, 1);
	nap(SETTLE);
	reading a = read_spinners(1);
	nap(ns / 2);
	reading b = read_spinners(1);
	spinners_stop(1);
	reading after = plain_for(c->mode, ns / 4);
	uint64_t plain_ns = before.ns + after.ns;
	keep(c, speed(a, b, b, b), plain_ns ? (double)(before.count + after.count) / (double)plain_ns : 0);
}

// ---- all of them ---------------------------------------------------------------------------

void
cell_init(cell *c)
{
	static const char *const kinds[Kinds] = {"ask", "wait", "sleep", "armed", "probe-tgkill", "probe-flag", "probe-nap"};
	static const char *const names[Kinds][3] = {
		[KindAsk] = {"noticed", "switched", "other-runs"},
		[KindWait] = {"turn", "switched"},
		[KindSleep] = {"late", "switched"},
		[KindTgkill] = {"tgkill"},
		[KindFlag] = {"flag"},
		[KindNap] = {"nap"},
	};
	static const char *const what[Kinds][3] = {
		[KindAsk] = {"asked -> noticed", "asked -> switched", "asked -> the other runs"},
		[KindWait] = {"a spinner's turn", "asked -> switched"},
		[KindSleep] = {"the sleeper is late", "asked -> switched"},
		[KindTgkill] = {"tgkill -> handler"},
		[KindFlag] = {"store -> seen"},
		[KindNap] = {"a plain thread's sleep is late"},
	};
	for (unsigned i = 0; i < 3 && names[c->kind][i] != NULL; i++) {
		c->s[i] = (series){.name = names[c->kind][i], .what = what[c->kind][i]};
		c->s[i].marked = c->kind != KindWait && (c->kind != KindSleep || i == 0);
		c->nseries++;
	}
	if (c->kind == KindAsk && c->procs > 1)
		c->nseries = 2; // nobody else is there to run
	if (c->mode == NULL)
		snprintf(c->name, sizeof c->name, "%s", kinds[c->kind]);
	else if (c->kind == KindAsk || c->kind == KindArmed)
		snprintf(c->name, sizeof c->name, "%s/%s/%u", kinds[c->kind], c->mode->name, c->procs);
	else
		snprintf(c->name, sizeof c->name, "%s/%s/%u/%s", kinds[c->kind], c->mode->name, c->procs, show_quantum(c->quantum));
}

static void
add_counts(thrum_preempt_stats *to, const thrum_preempt_stats *now, const thrum_preempt_stats *before)
{
	uint64_t *t = (uint64_t *)to;
	const uint64_t *n = (const uint64_t *)now, *b = (const uint64_t *)before;
	for (size_t i = 0; i < sizeof *to / sizeof *t; i++)
		t[i] += n[i] - b[i];
}

static void
probe(cell *c, uint64_t ns)
{
	watch w;
	watch_start(&w, &c->s[0], c->kind != KindNap);
	if (c->kind == KindTgkill)
		(void)probe_tgkill(ns, watch_before, watch_after, &w);
	else if (c->kind == KindFlag)
		(void)probe_flag(ns, watch_before, watch_after, &w);
	else
		(void)probe_nap(ns, 1, GAP, watch_before, watch_after, &w);
}

void
cell_run(cell *c, uint64_t ns)
{
	static thrum_preempt_stats before, after;
	static thrum_hist h[2], now;
	static const enum thrum_hist_kind kind[2] = {THRUM_HIST_SLICE, THRUM_HIST_FOREIGN};
	thrum_hist *sum[2] = {&c->slice, &c->foreign};
	bench_clock();
	uint64_t steal = steal_ticks();
	long switched = involuntary();
	if (c->mode == NULL) {
		probe(c, ns);
	} else {
		thrum_maxprocs((int)c->procs);
		thrum_set_quantum(c->quantum);
		thrum_get_preempt_stats(&before);
		for (int i = 0; i < 2; i++)
			(void)thrum_get_hist(kind[i], &h[i]);
		if (c->kind == KindAsk)
			ask(c, ns);
		else if (c->kind == KindArmed)
			armed(c, ns);
		else
			visited(c, ns);
		thrum_get_preempt_stats(&after);
		c->sent += after.sent - before.sent;
		add_counts(&c->count, &after, &before);
		for (int i = 0; i < 2; i++)
			if (thrum_get_hist(kind[i], &now) == 0) {
				thrum_hist_sub(&now, &h[i]);
				hist_add(sum[i], &now);
			}
	}
	c->steal += steal_ticks() - steal;
	c->nivcsw += (uint64_t)(involuntary() - switched);
}
