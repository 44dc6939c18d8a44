// SPDX-License-Identifier: MIT
//
// bench.h - what every benchmark program shares: cases, rounds, clocks, lines.
//
// A program is a table of cases, each a function that does n operations. The
// cases run in *interleaved rounds*: one short round of each case, then the next
// round, starting one case further on, so that a change of clock frequency, a
// noisy neighbour or a migrated page hits all of them alike. Every round prints
// one line in the format of Go's testing package, so that benchstat reads the
// output and bench/run can compare case with case round by round.
//
// ns/op is processor time of the process, not wall time: on a machine that is
// shared with others wall time measures the others. Where the two differ by more
// than 2 % the line says so (wall-ns/op). Cases that wait for another thread on
// another processor set .wall and are measured by wall time.
// B/op and allocs/op count malloc, where the program links probe/malloc.c.
// cycles/op and instructions/op appear where perf_event_open gives counters.
//
// The environment: BENCH_TIME scales how long a round takes (1 = about 2 ms),
// BENCH_ROUNDS sets how many there are, BENCH_CPU the processor to stay on,
// BENCH_ONLY or the first argument a part of the names of the cases to run.
//
// Rejected: one long run per case (noise hits cases differently); the minimum as
// the figure (it hides what happens in one round out of two); rdtsc as the clock of
// rounds (it counts time in which the process was not running).

#ifndef BENCH_H
#define BENCH_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifdef __THRUM__
int thrum_maxprocs(int n) __attribute__((weak));
#endif

#define BENCH_UNUSED __attribute__((unused))
#define BENCH_NOINLINE __attribute__((noinline))

typedef struct bench_case bench_case;
struct bench_case {
	const char *name;                          // "Switch/thrum-inline/one", NULL ends a table
	void (*run)(bench_case *self, uint64_t n); // does n operations
	uint64_t arg;                              // for run
	bool wall;                                 // ns/op is wall time
	uint64_t unit;                             // n is a multiple of this; 0 = 1
	uint64_t fixed;                            // n when not 0; otherwise calibrated
	// set by run when only a part of it is to be timed; 0 = all of it
	uint64_t own_ns;                           // processor time of the timed part
	uint64_t own_n;                            // operations in it
	// more columns, set by run, printed and forgotten
	struct { const char *unit; double v; } metric[6];
	uint64_t n;                                // operations per round, calibrated
};

// malloc traffic, counted by probe/malloc.c where that is linked
extern uint64_t bench_malloc_bytes __attribute__((weak));
extern uint64_t bench_malloc_count __attribute__((weak));

static BENCH_UNUSED int bench_counter_fd[2] = {-1, -1};
static BENCH_UNUSED double bench_ns_per_tick;
static BENCH_UNUSED const char *bench_only;

// bench_wall returns monotonic time in ns.
static BENCH_UNUSED uint64_t
bench_wall(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

// bench_cpu returns the processor time of the process in ns, all threads.
static BENCH_UNUSED uint64_t
bench_cpu(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

// bench_ticks reads the time stamp counter, for single events of 20 ns to 1 ms.
// The fences keep earlier work before it and later work behind it.
static inline BENCH_UNUSED __attribute__((always_inline)) uint64_t
bench_ticks(void)
{
	uint32_t lo, hi;
	__asm__ volatile("lfence\n\trdtsc\n\tlfence" : "=a"(lo), "=d"(hi) : : "memory");
	return (uint64_t)hi << 32 | lo;
}

// bench_keep makes the compiler believe that v is used.
static inline BENCH_UNUSED __attribute__((always_inline)) void
bench_keep(uint64_t v)
{
	__asm__ volatile("" : : "r"(v) : "memory");
}

static BENCH_UNUSED double
bench_env(const char *name, double otherwise)
{
	const char *s = getenv(name);
	if (s == NULL || *s == '\0')
		return otherwise;
	double v = strtod(s, NULL);
	return v > 0 ? v : otherwise;
}

static BENCH_UNUSED unsigned
bench_rounds(unsigned otherwise)
{
	return (unsigned)bench_env("BENCH_ROUNDS", otherwise);
}

// bench_pin binds the calling thread to one processor, -1: the one it is on.
// Returns the processor, or -1 when that is not allowed.
static BENCH_UNUSED int
bench_pin(int cpu)
{
	cpu_set_t *set = CPU_ALLOC(4096);
	size_t size = CPU_ALLOC_SIZE(4096);
	if (set == NULL)
		return -1;
	if (cpu < 0)
		cpu = sched_getcpu();
	CPU_ZERO_S(size, set);
	CPU_SET_S(cpu, size, set);
	int r = sched_setaffinity(0, size, set);
	CPU_FREE(set);
	return r == 0 ? cpu : -1;
}

static BENCH_UNUSED int
bench_open_counter(uint64_t config)
{
	struct perf_event_attr a;
	memset(&a, 0, sizeof a);
	a.type = PERF_TYPE_HARDWARE;
	a.size = sizeof a;
	a.config = config;
	a.exclude_kernel = 1;
	a.exclude_hv = 1;
	a.inherit = 1;
	return (int)syscall(SYS_perf_event_open, &a, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

static BENCH_UNUSED uint64_t
bench_read_counter(int i)
{
	uint64_t v = 0;
	if (bench_counter_fd[i] >= 0 && read(bench_counter_fd[i], &v, sizeof v) != (ssize_t)sizeof v)
		v = 0;
	return v;
}

// bench_procs sets on how many Ps goroutines run, unless n is 0; returns how many there are.
static BENCH_UNUSED int
bench_procs(int n)
{
#ifdef __THRUM__
	static int now;
	if (thrum_maxprocs != NULL) {
		if (n > 0 && n != now)
			(void)thrum_maxprocs(now = n);
		return thrum_maxprocs(0);
	}
#endif
	(void)n;
	return 1;
}

// bench_clock calibrates the time stamp counter, for the file that calls it.
static BENCH_UNUSED void
bench_clock(void)
{
	uint64_t w = bench_wall(), t = bench_ticks();
	while (bench_ns_per_tick == 0 && bench_wall() - w < 10000000)
		;
	if (bench_ns_per_tick == 0)
		bench_ns_per_tick = (double)(bench_wall() - w) / (double)(bench_ticks() - t);
}

// bench_setup calibrates the time stamp counter. For a program that stays on the processors
// and Ps it is given; its cases time themselves by wall time. Call it once, first.
static BENCH_UNUSED void
bench_setup(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 1 << 12);
	bench_only = argc > 1 ? argv[1] : getenv("BENCH_ONLY");
	bench_clock();
}

// bench_init is bench_setup for all others: one processor, one P. It opens the counters
// and prints what there is.
static BENCH_UNUSED void
bench_init(int argc, char **argv)
{
	const char *s = getenv("BENCH_CPU");
	int cpu = bench_pin(s != NULL && *s != '\0' ? (int)strtol(s, NULL, 10) : -1);
	bench_procs(1);
	bench_setup(argc, argv);
	bench_counter_fd[0] = bench_open_counter(PERF_COUNT_HW_CPU_CYCLES);
	if (bench_counter_fd[0] < 0)
		printf("# processor %d; no hardware counters here (%s)\n", cpu, strerror(errno));
	else {
		bench_counter_fd[1] = bench_open_counter(PERF_COUNT_HW_INSTRUCTIONS);
		printf("# processor %d; with hardware counters\n", cpu);
	}
}

// bench_selected tells whether the user wants the case of that name.
static BENCH_UNUSED bool
bench_selected(const char *name)
{
	return bench_only == NULL || *bench_only == '\0' || strstr(name, bench_only) != NULL;
}

typedef struct bench_stamp {
	uint64_t wall, cpu, cycles, instructions, bytes, allocs;
} bench_stamp;

static BENCH_UNUSED void
bench_take(bench_stamp *s)
{
	s->bytes = &bench_malloc_bytes ? bench_malloc_bytes : 0;
	s->allocs = &bench_malloc_count ? bench_malloc_count : 0;
	s->cycles = bench_read_counter(0);
	s->instructions = bench_read_counter(1);
	s->wall = bench_wall();
	s->cpu = bench_cpu();
}

// bench_one runs one round of n operations of c; with print it writes its line.
// Returns the ns of the round.
static BENCH_UNUSED uint64_t
bench_one(bench_case *c, uint64_t n, bool print)
{
	bench_stamp a, b;
	memset(c->metric, 0, sizeof c->metric);
	c->own_ns = c->own_n = 0;
	bench_take(&a);
	c->run(c, n);
	bench_take(&b);
	uint64_t wall = b.wall - a.wall, cpu = b.cpu - a.cpu;
	uint64_t ns = c->wall ? wall : cpu;
	bool part = c->own_ns != 0; // the counters below cover more than was timed
	if (part) {
		ns = c->own_ns;
		n = c->own_n ? c->own_n : n;
	}
	if (!print || n == 0)
		return ns;
	double d = (double)n;
	printf("Benchmark%s\t%10llu\t%10.4g ns/op", c->name, (unsigned long long)n, (double)ns / d);
	if (!part && !c->wall && wall > cpu + cpu / 50)
		printf("\t%.4g wall-ns/op", (double)wall / d);
	if (!part && &bench_malloc_bytes)
		printf("\t%.0f B/op\t%.0f allocs/op", (double)(b.bytes - a.bytes) / d, (double)(b.allocs - a.allocs) / d);
	if (!part && bench_counter_fd[0] >= 0)
		printf("\t%.4g cycles/op", (double)(b.cycles - a.cycles) / d);
	if (!part && bench_counter_fd[1] >= 0)
		printf("\t%.4g instructions/op", (double)(b.instructions - a.instructions) / d);
	for (unsigned i = 0; i < sizeof c->metric / sizeof c->metric[0]; i++)
		if (c->metric[i].unit != NULL)
			printf("\t%.5g %s", c->metric[i].v, c->metric[i].unit);
	putchar('\n');
	return ns;
}

static BENCH_UNUSED void
bench_metric(bench_case *c, const char *unit, double v)
{
	for (unsigned i = 0; i < sizeof c->metric / sizeof c->metric[0]; i++)
		if (c->metric[i].unit == NULL) {
			c->metric[i].unit = unit;
			c->metric[i].v = v;
			return;
		}
}

// bench_line prints a line for something that is not a timed loop.
static BENCH_UNUSED void
bench_line(const char *name, uint64_t n, double ns_per_op, const char *unit, double v)
{
	if (!bench_selected(name))
		return;
	printf("Benchmark%s\t%10llu\t%10.4g ns/op", name, (unsigned long long)n, ns_per_op);
	if (unit != NULL)
		printf("\t%.6g %s", v, unit);
	putchar('\n');
}

// bench_calibrate finds how many operations make a round of about 2 ms x
// BENCH_TIME, and warms the case up on the way.
static BENCH_UNUSED void
bench_calibrate(bench_case *c)
{
	double want = 2e6 * bench_env("BENCH_TIME", 1);
	uint64_t unit = c->unit ? c->unit : 1, n = unit;
	if (c->fixed) {
		c->n = c->fixed;
		bench_one(c, c->n, false);
		return;
	}
	for (;;) {
		uint64_t ns = bench_one(c, n, false), again = bench_one(c, n, false);
		if (again < ns)
			ns = again; // the first one met cold caches, or the kernel
		if ((double)ns >= want / 2) {
			double k = (double)n * want / (double)ns / (double)unit;
			c->n = (k < 1 ? 1 : (uint64_t)k) * unit;
			break;
		}
		if (n > 1ull << 40) {
			fprintf(stderr, "%s: takes no time, the compiler must have removed it\n", c->name);
			exit(1);
		}
		n *= ns == 0 || (double)ns < want / 20 ? 10 : 2;
	}
	bench_one(c, c->n, false);
}

// bench_rotate runs the interleaved rounds of all selected cases in list.
static BENCH_UNUSED void
bench_rotate(bench_case **list, unsigned count, unsigned rounds)
{
	unsigned m = 0;
	for (unsigned i = 0; i < count; i++)
		if (bench_selected(list[i]->name))
			list[m++] = list[i];
	for (unsigned i = 0; i < m; i++)
		bench_calibrate(list[i]);
	for (unsigned r = 0; r < rounds; r++)
		for (unsigned i = 0; i < m; i++) {
			bench_case *c = list[(i + r) % m];
			bench_one(c, c->n, true);
		}
}

// bench_cases is bench_rotate for one table that ends with a NULL name.
static BENCH_UNUSED void
bench_cases(bench_case *table, unsigned rounds)
{
	bench_case *list[64];
	unsigned n = 0;
	for (; table->name != NULL && n < 64; table++)
		list[n++] = table;
	bench_rotate(list, n, rounds);
}

static BENCH_UNUSED int
bench_cmp_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

// bench_median sorts v and returns its median; 0 for none.
static BENCH_UNUSED double
bench_median(double *v, unsigned n)
{
	if (n == 0)
		return 0;
	qsort(v, n, sizeof *v, bench_cmp_double);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

// bench_random is xorshift64*, seeded by its state; never 0.
static BENCH_UNUSED uint64_t
bench_random(uint64_t *s)
{
	*s ^= *s >> 12;
	*s ^= *s << 25;
	*s ^= *s >> 27;
	return *s * 0x2545f4914f6cdd1dull;
}

#endif
