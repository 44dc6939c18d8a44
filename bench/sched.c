// SPDX-License-Identifier: MIT
//
// sched.c - question: what do several processors cost, and how much do they gain?
//
//	Sched/fan        10,000 goroutines started and waited for by a wait group, 2 Ps
//	Sched/skynet     a tree of 1,111,111 goroutines, ten below each; a million leaves
//	                 return their numbers, the others start ten and add up, 2 Ps
//	Sched/even       2,000 goroutines of 50 us of computing, all started by one, 2 Ps.
//	                 x-ideal: how much longer than half of what they take in a row
//	Sched/wake       A never parks and wakes B, which runs on the other P: from before
//	                 thrum_ready to A's sight of the word that B stores first of all. B
//	                 has parked 1 us before, so that P looks for work
//	Sched/wake-idle  the same, B has parked 200 us before
//	Sched/line       one cache line from a processor to the other, without any scheduler
//	Sched/handover-P two goroutines park and wake each other, on P Ps
//	Sched/blocked    both Ps run a goroutine that reads from an empty pipe; from the later
//	                 call of read to the first step of a third goroutine that could run
// Of the latencies (wake, blocked) ns/op is the median of the round; p99-ns and max-ns give the
// rest. All but handover-1 are wall time. Cases on one P are in yield.c and spawn.c, foreign calls
// in foreign.c. Peer: go/sched.go.
//
// Goroutines of different Ps meet in every case. Their shared words are atomic, and each park
// stands in a loop or may return early.

#include "bench.h"
#include "probe/line.h"
#include <sched.h>
#include <stdatomic.h>
#include <thrum.h>

#define FAN 10000
#define LEAVES 1000000
#define TREE 1111111       // goroutines with that many leaves
#define TASKS 2000
#define TASK_NS 50000
#define MAXSAMPLES 4096
#define SPINS 1000000      // until a spinning goroutine lets others run, about a millisecond

static thrum_wg wg;
static double sample[MAXSAMPLES];

static void
start(void (*fn)(void *), void *arg)
{
	if (thrum_go(fn, arg) != 0) {
		fprintf(stderr, "sched: cannot start a goroutine\n");
		exit(1);
	}
}

// distribution makes the round's figure of its first count samples.
static void
distribution(bench_case *c, unsigned count)
{
	double median = bench_median(sample, count); // sorts
	if (count == 0)
		return;
	c->own_ns = (uint64_t)(median * count);
	c->own_n = count;
	bench_metric(c, "p99-ns", sample[count * 99 / 100]);
	bench_metric(c, "max-ns", sample[count - 1]);
}

// ---- many at once ---------------------------------------------------------------

static void
leaf(void *arg)
{
	(void)arg;
	thrum_wg_done(&wg);
}

static void
fan(void)
{
	thrum_wg_add(&wg, FAN);
	for (int k = 0; k < FAN; k++)
		start(leaf, NULL);
	thrum_wg_wait(&wg);
}

static void
run_fan(bench_case *c, uint64_t n)
{
	bench_procs(2);
	fan(); // the case before has left other memory in the caches; as in the peer
	uint64_t t = bench_wall();
	for (uint64_t i = 0; i < n; i += FAN)
		fan();
	c->own_ns = bench_wall() - t;
	c->own_n = n;
}

typedef struct node node;
struct node {
	uint64_t first, leaves; // the numbers of its leaves
	uint64_t sum;           // the result
	thrum_wg *done;         // its parent's
};

typedef struct family {
	thrum_wg wg;
	node child[10];
} family;

static void
skynet(void *arg)
{
	node *me = arg;
	if (me->leaves == 1) {
		me->sum = me->first;
	} else {
		family *f = malloc(sizeof *f);
		uint64_t part = me->leaves / 10, sum = 0;
		if (f == NULL)
			abort();
		memset(&f->wg, 0, sizeof f->wg);
		thrum_wg_add(&f->wg, 10);
		for (uint64_t i = 0; i < 10; i++) {
			f->child[i] = (node){me->first + i * part, part, 0, &f->wg};
			start(skynet, &f->child[i]);
		}
		thrum_wg_wait(&f->wg);
		for (int i = 0; i < 10; i++)
			sum += f->child[i].sum;
		free(f);
		me->sum = sum;
	}
	thrum_wg_done(me->done);
}

static void
run_skynet(bench_case *c, uint64_t n)
{
	static node root;
	bench_procs(2);
	uint64_t t = bench_wall();
	root = (node){0, LEAVES, 0, &wg};
	thrum_wg_add(&wg, 1);
	start(skynet, &root);
	thrum_wg_wait(&wg);
	c->own_ns = bench_wall() - t;
	c->own_n = n;
	if (root.sum != (uint64_t)LEAVES * (LEAVES - 1) / 2) {
		fprintf(stderr, "sched: skynet's sum is %llu\n", (unsigned long long)root.sum);
		exit(1);
	}
}

// ---- an even load ---------------------------------------------------------------

static uint64_t task_loops; // of a task of TASK_NS

static BENCH_NOINLINE uint64_t
task(uint64_t x)
{
	for (uint64_t i = task_loops; i != 0; i--) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
	}
	return x;
}

static void
task_calibrate(void)
{
	uint64_t least = UINT64_MAX;
	task_loops = 100000;
	for (int i = 0; i < 20; i++) {
		uint64_t t = bench_wall();
		bench_keep(task(88172645463325252u));
		t = bench_wall() - t;
		least = t < least ? t : least;
	}
	task_loops = task_loops * TASK_NS / (least ? least : 1) + 1;
}

static void
task_go(void *arg)
{
	bench_keep(task((uint64_t)(uintptr_t)arg));
	thrum_wg_done(&wg);
}

// in_a_row returns the ns of half of the tasks, one after another on this thread.
static uint64_t
in_a_row(void)
{
	uint64_t t = bench_wall();
	for (uint64_t i = 1; i <= TASKS / 2; i++)
		bench_keep(task(i));
	return bench_wall() - t;
}

static void
run_even(bench_case *c, uint64_t n)
{
	bench_procs(2);
	if (task_loops == 0)
		task_calibrate();
	// half before and half behind, so that a change of the clock hits both alike
	uint64_t solo = in_a_row(), t = bench_wall();
	thrum_wg_add(&wg, TASKS);
	for (uintptr_t i = 1; i <= TASKS; i++)
		start(task_go, (void *)i);
	thrum_wg_wait(&wg);
	t = bench_wall() - t;
	solo += in_a_row();
	c->own_ns = t;
	c->own_n = n;
	bench_metric(c, "x-ideal", 2 * (double)t / (double)solo);
}

// ---- waking on another P --------------------------------------------------------

static struct {
	_Alignas(128) _Atomic uint64_t seen; // how often B has run
	_Alignas(128) _Atomic(thrum_g *) g;
	atomic_bool stop;
} sleeper;

static void
sleep_and_say(void *arg)
{
	(void)arg;
	uint64_t n = 0;
	atomic_store(&sleeper.g, thrum_self());
	do {
		thrum_park();
		atomic_store_explicit(&sleeper.seen, ++n, memory_order_release);
	} while (!atomic_load(&sleeper.stop));
	thrum_wg_done(&wg);
}

static void
spin_ticks(uint64_t ticks)
{
	uint64_t t = bench_ticks();
	while (bench_ticks() - t < ticks)
		;
}

static void
run_wake(bench_case *c, uint64_t n)
{
	uint64_t gap = (uint64_t)((double)c->arg / bench_ns_per_tick);
	unsigned lost = 0, count = 0;
	bench_procs(2);
	atomic_store(&sleeper.seen, 0);
	atomic_store(&sleeper.g, NULL);
	atomic_store(&sleeper.stop, false);
	thrum_wg_add(&wg, 1);
	start(sleep_and_say, NULL);
	while (atomic_load(&sleeper.g) == NULL)
		thrum_yield();
	thrum_g *b = atomic_load(&sleeper.g);
	for (uint64_t i = 0; i < n && i < MAXSAMPLES; i++) {
		spin_ticks(gap);
		uint64_t before = atomic_load(&sleeper.seen), spins = 0, t = bench_ticks();
		thrum_ready(b);
		while (atomic_load_explicit(&sleeper.seen, memory_order_acquire) == before)
			if (++spins % (20 * SPINS) == 0) {
				lost++; // no other P took it: B runs here
				thrum_yield();
			}
		t = bench_ticks() - t;
		sample[count++] = (double)t * bench_ns_per_tick;
	}
	atomic_store(&sleeper.stop, true);
	thrum_ready(b);
	thrum_wg_wait(&wg);
	distribution(c, count);
	if (lost > 0)
		bench_metric(c, "lost", lost);
}

// ---- to and fro -----------------------------------------------------------------

static struct {
	_Atomic int turn; // whose turn it is
	atomic_bool stop;
	_Atomic(thrum_g *) g[2];
} pair;

static void
wait_turn(int me)
{
	while (atomic_load(&pair.turn) != me)
		thrum_park();
}

static void
give_turn(int to)
{
	atomic_store(&pair.turn, to);
	thrum_ready(atomic_load(&pair.g[to]));
}

static void
partner(void *arg)
{
	bool stop;
	(void)arg;
	atomic_store(&pair.g[1], thrum_self());
	do {
		wait_turn(1);
		stop = atomic_load(&pair.stop);
		give_turn(0);
	} while (!stop);
	thrum_wg_done(&wg);
}

static void
run_handover(bench_case *c, uint64_t n)
{
	bench_procs((int)c->arg);
	atomic_store(&pair.turn, 0);
	atomic_store(&pair.stop, false);
	atomic_store(&pair.g[0], thrum_self());
	atomic_store(&pair.g[1], NULL);
	thrum_wg_add(&wg, 1);
	start(partner, NULL);
	while (atomic_load(&pair.g[1]) == NULL)
		thrum_yield();
	uint64_t t = c->wall ? bench_wall() : bench_cpu();
	for (uint64_t i = 0; i < n; i += 2) {
		give_turn(1);
		wait_turn(0);
	}
	c->own_ns = (c->wall ? bench_wall() : bench_cpu()) - t;
	c->own_n = n;
	atomic_store(&pair.stop, true);
	give_turn(1);
	wait_turn(0);
	thrum_wg_wait(&wg);
}

// ---- every M in a blocking call ---------------------------------------------------

static struct {
	int fd[2];
	char byte[2];
	atomic_int arrived, both;
	atomic_bool apart;                // the readers have been on two Ps at one time
	_Atomic uint64_t call[2], ran;    // ticks
} block;

static void
third(void *arg)
{
	(void)arg;
	atomic_store(&block.ran, bench_ticks());
	if (write(block.fd[1], "ab", 2) != 2)
		abort();
	thrum_wg_done(&wg);
}

// spin_until waits for *word to be at least v. Returns: false if it had to let others run.
static bool
spin_until(atomic_int *word, int v)
{
	bool alone = true;
	for (uint64_t spins = 1; atomic_load(word) < v; spins++)
		if (spins % SPINS == 0) {
			thrum_yield();
			alone = false;
		}
	return alone;
}

static void
read_first(void *arg)
{
	(void)arg;
	atomic_store(&block.arrived, 1);
	spin_until(&block.arrived, 2);
	atomic_store(&block.both, 1);
	atomic_store(&block.call[0], bench_ticks());
	if (read(block.fd[0], &block.byte[0], 1) != 1)
		abort();
	thrum_wg_done(&wg);
}

static void
read_second(void *arg)
{
	(void)arg;
	spin_until(&block.arrived, 1);
	atomic_store(&block.arrived, 2);
	atomic_store(&block.apart, spin_until(&block.both, 1));
	start(third, NULL);
	atomic_store(&block.call[1], bench_ticks());
	if (read(block.fd[0], &block.byte[1], 1) != 1)
		abort();
	thrum_wg_done(&wg);
}

static void
run_blocked(bench_case *c, uint64_t n)
{
	unsigned count = 0;
	bench_procs(2);
	if (block.fd[1] == 0 && pipe(block.fd) != 0)
		abort();
	alarm(60); // a P that stays with its blocked goroutine stops everything
	for (uint64_t tries = 0; count < n && tries < 2 * n && count < MAXSAMPLES; tries++) {
		atomic_store(&block.arrived, 0);
		atomic_store(&block.both, 0);
		thrum_wg_add(&wg, 3);
		start(read_first, NULL);
		start(read_second, NULL);
		thrum_wg_wait(&wg);
		uint64_t a = atomic_load(&block.call[0]), b = atomic_load(&block.call[1]), ran = atomic_load(&block.ran);
		a = a > b ? a : b;
		if (atomic_load(&block.apart))
			sample[count++] = ran > a ? (double)(ran - a) * bench_ns_per_tick : 0;
		usleep(500);
	}
	alarm(0);
	distribution(c, count);
}

// ---- all of them ------------------------------------------------------------------

static bench_case cases[] = {
	{.name = "Sched/fan", .run = run_fan, .fixed = 5 * FAN, .wall = true},
	{.name = "Sched/skynet", .run = run_skynet, .fixed = TREE, .wall = true},
	{.name = "Sched/even", .run = run_even, .fixed = TASKS, .wall = true},
	{.name = "Sched/wake", .run = run_wake, .fixed = 1000, .wall = true, .arg = 1000},
	{.name = "Sched/wake-idle", .run = run_wake, .fixed = 100, .wall = true, .arg = 200000},
	{.name = "Sched/line", .run = bench_line_run, .fixed = 20000, .wall = true},
	{.name = "Sched/handover-1", .run = run_handover, .unit = 2, .arg = 1},
	{.name = "Sched/handover-2", .run = run_handover, .unit = 2, .wall = true, .arg = 2},
	{.name = "Sched/blocked", .run = run_blocked, .fixed = 50, .wall = true},
	{.name = NULL},
};

// alone returns what keeps two Ps from running at one time, NULL if nothing does.
static const char *
alone(void)
{
	cpu_set_t set;
	if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) < 2)
		return "there is one processor";
	return bench_procs(2) < 2 ? "goroutines run on one P" : NULL;
}

int
main(int argc, char **argv)
{
	bench_case *list[16];
	unsigned n = 0;
	bench_setup(argc, argv);
	const char *why = alone();
	if (why != NULL)
		printf("# skipped: sched on 2 Ps: %s\n", why);
	for (bench_case *c = cases; c->name != NULL; c++)
		if (why == NULL || !c->wall)
			list[n++] = c;
	bench_rotate(list, n, bench_rounds(3));
	return 0;
}
