// SPDX-License-Identifier: MIT
//
// memory.c - question: how much memory does a parked goroutine occupy, and how much a frozen one?
//
// Starts BENCH_GOROUTINES (1,000,000) goroutines that park at once, and reads the resident set and
// the number of mappings of the process. Then it freezes each, trims and reads again. At last it
// wakes and ends them all. Bytes are differences of the resident set, so they hold everything:
// stack, descriptor, tables, the kernel's rounding. The array of names is in memory before the
// first reading.
//
//	Memory/parked   ns/op: start, run and park;    B/goroutine, vmas
//	Memory/frozen   ns/op: freeze, trim included;  B/goroutine, vmas
//	Memory/thawed   ns/op: make ready, thaw, run to its next park
//	Memory/ended    ns/op: make ready, run to its end
// stack-B and unsafe-B are the runtime's own counts, per goroutine.

#include "bench.h"
#include <fcntl.h>
#include <thrum.h>

static thrum_g **all;
static uint64_t arrived;

// resident returns the resident set of the process in bytes.
static uint64_t
resident(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	unsigned long long size = 0, rss = 0;
	if (f != NULL) {
		if (fscanf(f, "%llu %llu", &size, &rss) != 2)
			rss = 0;
		fclose(f);
	}
	return (uint64_t)rss * (uint64_t)sysconf(_SC_PAGESIZE);
}

static unsigned
vmas(void)
{
	FILE *f = fopen("/proc/self/maps", "r");
	unsigned n = 0;
	int ch;
	if (f == NULL)
		return 0;
	while ((ch = getc(f)) != EOF)
		n += ch == '\n';
	fclose(f);
	return n;
}

static void
body(void *arg)
{
	all[(uintptr_t)arg] = thrum_self();
	arrived++;
	thrum_park();
	arrived++;
	thrum_park();
	arrived++;
}

static void
wait_for(uint64_t n)
{
	while (arrived < n)
		thrum_yield();
	arrived = 0;
}

static void
report(const char *name, uint64_t n, uint64_t ns, uint64_t base)
{
	if (!bench_selected(name))
		return;
	uint64_t rss = resident();
	thrum_stats st;
	thrum_get_stats(&st);
	printf("Benchmark%s\t%10llu\t%10.4g ns/op\t%.5g B/goroutine\t%u vmas\t%.5g stack-B\t%.5g unsafe-B\n", name, (unsigned long long)n,
	       (double)ns / (double)n, rss > base ? (double)(rss - base) / (double)n : 0.0, vmas(),
	       (double)st.stack_bytes / (double)n, (double)st.unsafe_bytes / (double)n);
}

int
main(int argc, char **argv)
{
	bench_init(argc, argv);
	uint64_t n = (uint64_t)bench_env("BENCH_GOROUTINES", 1e6), t, refused = 0;
	all = malloc(n * sizeof *all);
	if (all == NULL)
		return 1;
	memset(all, 1, n * sizeof *all);
	resident(); // stdio's buffers are there now
	vmas();
	uint64_t base = resident();

	t = bench_cpu();
	for (uint64_t i = 0; i < n; i++)
		if (thrum_go(body, (void *)(uintptr_t)i) != 0) {
			fprintf(stderr, "memory: cannot start goroutine %llu\n", (unsigned long long)i);
			return 1;
		}
	wait_for(n);
	report("Memory/parked", n, bench_cpu() - t, base);

	t = bench_cpu();
	for (uint64_t i = 0; i < n; i++)
		refused += thrum_freeze(all[i]) != 0;
	thrum_stack_trim();
	report("Memory/frozen", n, bench_cpu() - t, base);
	if (refused != 0)
		printf("# %llu goroutines could not be frozen\n", (unsigned long long)refused);

	t = bench_cpu();
	for (uint64_t i = 0; i < n; i++)
		thrum_ready(all[i]);
	wait_for(n);
	report("Memory/thawed", n, bench_cpu() - t, base);

	t = bench_cpu();
	for (uint64_t i = 0; i < n; i++)
		thrum_ready(all[i]);
	wait_for(n);
	report("Memory/ended", n, bench_cpu() - t, base);
	return 0;
}
