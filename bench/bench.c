// SPDX-License-Identifier: MIT
// bench.c - see bench.h.

#include "bench.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <sys/syscall.h>

#ifdef __THRUM__
int thrum_maxprocs(int n) __attribute__((weak));
#endif

// malloc traffic, counted by probe/malloc.c if that is linked
extern uint64_t bench_malloc_bytes __attribute__((weak));
extern uint64_t bench_malloc_count __attribute__((weak));

double bench_ns_per_tick;

static int bench_counter_fd[2] = {-1, -1};
static const char *bench_only;

double
bench_env(const char *name, double otherwise)
{
	const char *s = getenv(name);
	if (s == NULL || *s == '\0')
		return otherwise;
	double v = strtod(s, NULL);
	return v > 0 ? v : otherwise;
}

unsigned
bench_rounds(unsigned otherwise)
{
	return (unsigned)bench_env("BENCH_ROUNDS", otherwise);
}

int
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

static int
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

static uint64_t
bench_read_counter(int i)
{
	uint64_t v = 0;
	if (bench_counter_fd[i] >= 0 && read(bench_counter_fd[i], &v, sizeof v) != (ssize_t)sizeof v)
		v = 0;
	return v;
}

int
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

void
bench_clock(void)
{
	uint64_t w = bench_wall(), t = bench_ticks();
	while (bench_ns_per_tick == 0 && bench_wall() - w < 10000000)
		;
	if (bench_ns_per_tick == 0)
		bench_ns_per_tick = (double)(bench_wall() - w) / (double)(bench_ticks() - t);
}

void
bench_setup(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 1 << 12);
	bench_only = argc > 1 ? argv[1] : getenv("BENCH_ONLY");
	bench_clock();
}

void
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

bool
bench_selected(const char *name)
{
	return bench_only == NULL || *bench_only == '\0' || strstr(name, bench_only) != NULL;
}

typedef struct bench_stamp {
	uint64_t wall, cpu, cycles, instructions, bytes, allocs;
} bench_stamp;

static void
bench_take(bench_stamp *s)
{
	s->bytes = &bench_malloc_bytes ? bench_malloc_bytes : 0;
	s->allocs = &bench_malloc_count ? bench_malloc_count : 0;
	s->cycles = bench_read_counter(0);
	s->instructions = bench_read_counter(1);
	s->wall = bench_wall();
	s->cpu = bench_cpu();
}

// bench_one runs one round of n operations of c; with print it writes its line. Returns: the ns of
// the round.
uint64_t
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

void
bench_metric(bench_case *c, const char *unit, double v)
{
	for (unsigned i = 0; i < sizeof c->metric / sizeof c->metric[0]; i++)
		if (c->metric[i].unit == NULL) {
			c->metric[i].unit = unit;
			c->metric[i].v = v;
			return;
		}
}

void
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
void
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
			ns = again; // the first one met cold caches, or the kernel took time
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
void
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

void
bench_cases(bench_case *table, unsigned rounds)
{
	bench_case *list[64];
	unsigned n = 0;
	for (; table->name != NULL && n < 64; table++)
		list[n++] = table;
	bench_rotate(list, n, rounds);
}

static int
bench_cmp_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

double
bench_median(double *v, unsigned n)
{
	if (n == 0)
		return 0;
	qsort(v, n, sizeof *v, bench_cmp_double);
	return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}
