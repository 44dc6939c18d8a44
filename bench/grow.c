// SPDX-License-Identifier: MIT
//
// grow.c - question: what does the growth of a stack cost?
//
//	Grow/28KB          a fresh goroutine that recurses to 28 KB and ends: start, four
//	                   doublings and the recursion itself; stacks come from the pool
//	Grow/28KB-learned  the same from an entry function that is known to need 32 KB
//	Grow/28KB-deep     the recursion alone, on a stack that has grown already
//	Grow/double/N      one doubling of a full stack of N bytes, single events by the
//	                   time stamp counter, mean of the middle half of a round
//	Grow/memcpy/N      memcpy of the bytes that were live then, measured in the same way:
//	                   source just written, destination used a while ago
// Start sizes are learned per entry function, which would hide the growth. So each fresh goroutine
// has an entry function of its own out of 512. copies/op is the number of stacks that did move,
// frame-B the size of the frames (see frames.h).

#include "frames.h"
#include <thrum.h>

enum { ENTRIES = 512, DEEP = 28 << 10, CLASSES = 10, EVENTS = 16, MAXROUNDS = 24 };

static uint64_t done;
static uint64_t depth28, frame_bytes;
static bool timing; // the task of the entry functions: measure doublings, or go to 28 KB

static struct {
	double ticks[EVENTS];
	unsigned n;
} events[CLASSES];                // of stacks of 2 KB << i
static unsigned class;            // of the stack that dive_timed is on
static double quiet, quiet_count; // ticks of calls that did not grow the stack

BENCH_NOINLINE static uint64_t
dive(uint64_t depth)
{
	if (depth == 0)
		return 1;
	FRAME_HOLD(depth);
	uint64_t r = dive(depth - 1);
	return FRAME_SUM(r);
}

// guard reads the slot that every prologue compares with rsp: another value, another stack.
static inline __attribute__((always_inline)) uint64_t
guard(void)
{
	uint64_t v;
	__asm__ volatile("movq %%fs:0x70, %0" : "=r"(v));
	return v;
}

// dive_timed is dive; before is the guard and t0 the time just before the call. It makes no call to
// look at the stack: that could make the stack grow in the wrong place.
BENCH_NOINLINE static uint64_t
dive_timed(uint64_t depth, uint64_t before, uint64_t t0)
{
	uint64_t dt = bench_ticks() - t0;
	if (guard() == before) {
		if (dt < 1000) { // else the kernel took time
			quiet += (double)dt;
			quiet_count++;
		}
	} else if (class < CLASSES) {
		if (events[class].n < EVENTS)
			events[class].ticks[events[class].n++] = (double)dt;
		class++;
	}
	if (depth == 0 || class == CLASSES)
		return 1;
	FRAME_HOLD(depth);
	uint64_t r = dive_timed(depth - 1, guard(), bench_ticks());
	return FRAME_SUM(r);
}

BENCH_NOINLINE static void
entry(void *arg)
{
	(void)arg;
	if (timing) {
		thrum_stackinfo info;
		if (thrum_stack_info(NULL, &info) == 0 && info.size >= 2048)
			class = (unsigned)__builtin_ctzll(info.size) - 11;
		bench_keep(dive_timed(1 << 16, guard(), bench_ticks()));
	} else
		bench_keep(dive(depth28));
	done++;
}

#define ENTRY(i) static void entry_##i(void *arg) { entry(arg); __asm__ volatile("# " #i); }
#define NAME(i) entry_##i,
#define X16(F, p) F(p##0) F(p##1) F(p##2) F(p##3) F(p##4) F(p##5) F(p##6) F(p##7) \
                  F(p##8) F(p##9) F(p##a) F(p##b) F(p##c) F(p##d) F(p##e) F(p##f)
#define X256(F, p) X16(F, p##0) X16(F, p##1) X16(F, p##2) X16(F, p##3) X16(F, p##4) X16(F, p##5) \
                   X16(F, p##6) X16(F, p##7) X16(F, p##8) X16(F, p##9) X16(F, p##a) X16(F, p##b) \
                   X16(F, p##c) X16(F, p##d) X16(F, p##e) X16(F, p##f)
X256(ENTRY, a)
X256(ENTRY, b)

static void (*const fresh[ENTRIES])(void *) = {X256(NAME, a) X256(NAME, b)};
static unsigned used;

// next_entry returns an entry function that has not run yet.
static void (*next_entry(void))(void *)
{
	if (used == ENTRIES)
		printf("# grow: all entry functions have been used, sizes are learned from here on\n");
	return fresh[used++ % ENTRIES];
}

static void
run_to_end(void (*fn)(void *))
{
	uint64_t before = done;
	if (thrum_go(fn, NULL) != 0) {
		fprintf(stderr, "grow: cannot start a goroutine\n");
		exit(1);
	}
	while (done == before)
		thrum_yield();
}

static void
run_28k(bench_case *c, uint64_t n)
{
	void (*list[16])(void *);
	thrum_stats a, b;
	for (uint64_t i = 0; i < n; i++)
		list[i] = c->arg ? next_entry() : entry;
	timing = false;
	thrum_get_stats(&a);
	uint64_t t = bench_cpu();
	for (uint64_t i = 0; i < n; i++)
		run_to_end(list[i]);
	c->own_ns = bench_cpu() - t;
	thrum_get_stats(&b);
	bench_metric(c, "copies/op", (double)(b.copies - a.copies) / (double)n);
	bench_metric(c, "frame-B", (double)frame_bytes);
}

static void
run_deep(bench_case *c, uint64_t n)
{
	(void)c;
	for (uint64_t i = 0; i < n; i++)
		bench_keep(dive(depth28));
}

// middle returns the mean of the middle half of v in ns. The time stamp counter of a virtual
// machine may advance in steps of 10 ns: means are right where medians are not.
static double
middle(double *v, unsigned n)
{
	double sum = 0;
	unsigned from = n / 4, to = n - n / 4;
	if (n == 0)
		return 0;
	bench_median(v, n);
	for (unsigned i = from; i < to; i++)
		sum += v[i];
	return sum / (to - from) * bench_ns_per_tick;
}

// memcpy_ns measures single copies as dive_timed measures doublings. The size is not a constant for
// the compiler, and libc's memcpy is called.
static double
memcpy_ns(size_t bytes)
{
	static char *from, *to;
	double copy[32], empty[32];
	if (from == NULL) {
		from = malloc(1 << 21);
		to = malloc(1 << 21);
		if (from == NULL || to == NULL)
			return 0;
		memset(to, 1, 1 << 21);
	}
	unsigned n = bytes > 256 << 10 ? 12 : 32;
	for (unsigned i = 0; i < n; i++) {
		memset(from, (int)i, bytes);
		uint64_t t = bench_ticks();
		memcpy(to, from, bytes);
		__asm__ volatile("" : : "r"(to) : "memory");
		copy[i] = (double)(bench_ticks() - t);
		t = bench_ticks();
		empty[i] = (double)(bench_ticks() - t);
	}
	return middle(copy, n) - middle(empty, n);
}

static void
doublings(void)
{
	char name[64];
	timing = true;
	quiet = quiet_count = 0;
	for (unsigned i = 0; i < CLASSES; i++)
		events[i].n = 0;
	for (unsigned i = 0; i < 6; i++)
		run_to_end(next_entry());
	double base = quiet / quiet_count * bench_ns_per_tick;
	for (unsigned i = 0; i < CLASSES; i++) {
		if (events[i].n == 0)
			continue;
		snprintf(name, sizeof name, "Grow/double/%u", 2048u << i);
		bench_line(name, events[i].n, middle(events[i].ticks, events[i].n) - base, "frame-B", (double)frame_bytes);
		snprintf(name, sizeof name, "Grow/memcpy/%u", 2048u << i);
		bench_line(name, 32, memcpy_ns((size_t)2048 << i), NULL, 0);
	}
}

// measure_frames finds how deep dive has to go.
BENCH_NOINLINE static uint64_t
dive_used(uint64_t depth)
{
	if (depth == 0) {
		thrum_stackinfo info;
		return thrum_stack_info(NULL, &info) == 0 ? info.used : 0;
	}
	FRAME_HOLD(depth);
	uint64_t r = dive_used(depth - 1);
	bench_keep(FRAME_SUM(0));
	return r;
}

static void
measure_frames(void *arg)
{
	(void)arg;
	uint64_t zero = dive_used(0), many = dive_used(200);
	frame_bytes = (many - zero) / 200;
	if (frame_bytes < 16 || frame_bytes > 1024) {
		printf("# grow: thrum_stack_info makes no sense of frames (%llu bytes), taken as 112\n",
		       (unsigned long long)frame_bytes);
		frame_bytes = 112;
	}
	depth28 = (DEEP - zero) / frame_bytes;
	done++;
}

static bench_case cases[] = {
	{.name = "Grow/28KB", .run = run_28k, .arg = 1, .fixed = 16},
	{.name = "Grow/28KB-learned", .run = run_28k, .arg = 0, .fixed = 16},
	{.name = "Grow/28KB-deep", .run = run_deep},
	{.name = NULL},
};

int
main(int argc, char **argv)
{
	bench_init(argc, argv);
	run_to_end(measure_frames);
	for (unsigned i = 0; i < 8; i++)
		run_to_end(entry); // the pool has stacks of each size now
	unsigned rounds = bench_rounds(9);
	if (rounds > MAXROUNDS)
		rounds = MAXROUNDS;
	timing = true;
	run_to_end(next_entry()); // and of the large ones
	for (unsigned r = 0; r < rounds; r++) {
		for (bench_case *c = cases; c->name != NULL; c++) {
			if (!bench_selected(c->name))
				continue;
			if (r == 0)
				bench_calibrate(c);
			bench_one(c, c->n, true);
		}
		if (r < 12)
			doublings();
	}
	return 0;
}
