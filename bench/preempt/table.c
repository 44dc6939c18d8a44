// SPDX-License-Identifier: MIT
//
// table.c - the table for a person, and the lines that benchstat and bench/run read.

#include "tool.h"

const char *
show_quantum(uint64_t ns)
{
	static char text[4][32]; // four in one printf
	static unsigned next;
	char *t = text[next++ % 4];
	if (ns % 1000000000 == 0)
		snprintf(t, sizeof text[0], "%llus", (unsigned long long)(ns / 1000000000));
	else if (ns % 1000000 == 0)
		snprintf(t, sizeof text[0], "%llums", (unsigned long long)(ns / 1000000));
	else if (ns % 1000 == 0)
		snprintf(t, sizeof text[0], "%lluus", (unsigned long long)(ns / 1000));
	else
		snprintf(t, sizeof text[0], "%lluns", (unsigned long long)ns);
	return t;
}

double
median_kept(const cell *c, unsigned from, double *min, double *max)
{
	double v[1024];
	unsigned n = c->nkept - from < 1024 ? c->nkept - from : 1024;
	memcpy(v, c->kept + from, n * sizeof *v);
	double m = bench_median(v, n); // sorts
	*min = n ? 100 * v[0] : 0;
	*max = n ? 100 * v[n - 1] : 0;
	return n ? 100 * m : -1;
}

// us shows ns as microseconds with three digits that matter.
static const char *
us(uint64_t ns)
{
	static char text[16][16];
	static unsigned next;
	char *t = text[next++ % 16];
	double v = (double)ns / 1000;
	snprintf(t, sizeof text[0], v < 9.995 ? "%.2f" : v < 99.95 ? "%.1f" : "%.0f", v);
	return t;
}

static void
print_series(const cell *c, series *s, bool first)
{
	summary m = series_sum(s, 0);
	char which[96] = "";
	if (first && c->mode != NULL)
		snprintf(which, sizeof which, "%-8s%2u P  %s", c->mode->name, c->procs,
		    c->kind == KindAsk ? "" : show_quantum(c->quantum));
	printf("  %-20s %-27s", which, s->what);
	if (m.n == 0) {
		printf(" %8s\n", "none");
		return;
	}
	printf(" %8llu %7s %7s %7s %7s %7s", (unsigned long long)m.n, us(m.p50), us(m.p90), us(m.p99), us(m.p999), us(m.max));
	if (s->marked)
		printf("  %4llu/%-4llu %7s %7s %7s", (unsigned long long)m.kernel, (unsigned long long)m.outliers, us(m.clean99), us(m.clean999),
		    us(m.cleanmax));
	printf("\n");
}

static void
latencies(result *r, kind k, const char *title)
{
	bool any = false;
	for (unsigned i = 0; i < r->n; i++) {
		cell *c = &r->c[i];
		if (c->kind != k)
			continue;
		if (!any && title != NULL)
			printf("\n%s\n  %-48s %8s %7s %7s %7s %7s %7s  %9s %7s %7s %7s\n", title, "", "n", "p50", "p90", "p99", "p99.9", "max",
			    "kernel  ", "p99*", "p99.9*", "max*");
		any = true;
		for (unsigned j = 0; j < c->nseries; j++)
			print_series(c, &c->s[j], j == 0);
	}
}

// The counts that are not 0 anywhere get a column.
static void
counts(result *r)
{
	static const char *const names[] = {"asked", "check", "poll", "signal", "sent", "moot", "foreign", "runtime",
	    "unsafe", "nomem", "late", "overdue", "again", "lost", "nivcsw", "steal"};
	enum { N = sizeof names / sizeof names[0], Stats = sizeof(thrum_preempt_stats) / sizeof(uint64_t) };
	_Static_assert(N == Stats + 4, "a name for each count");
	uint64_t v[N], sum[N] = {0};
	for (int pass = 0; pass < 2; pass++) {
		if (pass == 1) {
			printf("\nwhat the spinners keep of their speed alone, per cent, and counts\n  %-20s %7s %7s %7s", "", "median", "min", "max");
			for (int k = 0; k < N; k++)
				if (sum[k] != 0 || k == 0)
					printf(" %8s", names[k]);
			printf("\n");
		}
		for (unsigned i = 0; i < r->n; i++) {
			cell *c = &r->c[i];
			double min, max;
			if (c->mode == NULL)
				continue;
			memcpy(v, &c->count, sizeof c->count);
			v[Stats] = c->busy;
			v[Stats + 1] = c->lost;
			v[Stats + 2] = c->nivcsw;
			v[Stats + 3] = c->steal;
			for (int k = 0; k < N; k++)
				sum[k] += v[k];
			if (pass == 0)
				continue;
			double kept = median_kept(c, 0, &min, &max);
			printf("  %-20s %7.2f %7.2f %7.2f", c->name, kept, min, max);
			for (int k = 0; k < N; k++)
				if (sum[k] != 0 || k == 0)
					printf(" %8llu", (unsigned long long)v[k]);
			printf("\n");
		}
	}
}

// foreign_calls tells how long calls of foreign code held others up.
static void
foreign_calls(result *r)
{
	for (unsigned i = 0; i < r->n; i++) {
		cell *c = &r->c[i];
		if (c->foreign.n != 0)
			printf("foreign calls that held others up, %s: %llu, p50 %s us, p99 %s us, at most %s us\n", c->name,
			    (unsigned long long)c->foreign.n, us(thrum_hist_percentile(&c->foreign, 50)),
			    us(thrum_hist_percentile(&c->foreign, 99)), us(c->foreign.max));
	}
}

void
print_table(result *r)
{
	printf("preemption latency, in microseconds\n");
	printf("%s, %d processors, Linux %s; timer slack %s; %.3g s in %u rounds\n", r->cpu, r->cpus, r->kernel, r->slack, r->seconds,
	    r->rounds);
	printf("kernel: a/b: of b outliers (above 4 x p50) the kernel had its hands in a: involuntary switches, steal\n");
	printf("p99*, p99.9*, max*: without those a\n");
	latencies(r, KindAsk, "asked by another thread (1 P) or by a goroutine on another P");
	latencies(r, KindWait, "beside a goroutine that only takes turns, by quantum");
	latencies(r, KindSleep, "beside a goroutine that sleeps for 0.5 to 1.5 ms, by quantum");
	latencies(r, KindTgkill, "the machine by itself, in the same rounds");
	latencies(r, KindFlag, NULL);
	latencies(r, KindNap, NULL);
	counts(r);
	foreign_calls(r);
}

void
print_lines(result *r)
{
	for (unsigned i = 0; i < r->n; i++) {
		cell *c = &r->c[i];
		for (unsigned j = 0; j < c->nseries; j++) {
			summary m = series_sum(&c->s[j], c->s[j].from);
			c->s[j].from = c->s[j].n;
			if (m.n == 0)
				continue;
			printf("BenchmarkPreempt/%s%s%s\t%10llu\t%10llu ns/op\t%llu p99-ns\t%llu p99.9-ns\t%llu max-ns\t%llu p99-clean-ns\n", c->name,
			    c->mode ? "/" : "", c->mode ? c->s[j].name : "", (unsigned long long)m.n, (unsigned long long)m.p50,
			    (unsigned long long)m.p99, (unsigned long long)m.p999, (unsigned long long)m.max, (unsigned long long)m.clean99);
		}
		double min, max, kept = c->nkept > c->from ? median_kept(c, c->from, &min, &max) : -1;
		if (kept >= 0)
			printf("BenchmarkPreempt/%s/cost\t%10u\t0 ns/op\t%.5g %%-cost\t%llu signals\n", c->name, c->nkept - c->from, 100 - kept,
			    (unsigned long long)c->sent);
		c->from = c->nkept;
		c->sent = 0;
	}
	fflush(stdout);
}
