// SPDX-License-Identifier: MIT
//
// series.c - samples, their percentiles, and marks for the kernel's part.
//
// Samples are kept one by one and sorted, so percentiles are exact: the p-th is the smallest sample
// that at least p percent do not exceed. For the runtime's own times there are only buckets, so
// those are off by 1/32 at most.
//
// An outlier is above four times p50. It is marked if threads of this process were switched
// involuntarily between the start and the end of the timed interval, or if the hypervisor took
// time. Then it is the kernel's doing, as far as one can see. Interrupts are not seen, nor thefts
// of less than the 10 ms in which /proc/stat counts.

#include "tool.h"
#include <fcntl.h>
#include <sys/resource.h>

void
series_add(series *s, uint64_t ns, unsigned marks)
{
	if (s->n == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 4096;
		s->v = realloc(s->v, s->cap * sizeof *s->v);
		if (s->v == NULL) {
			fprintf(stderr, "preempt: no memory for samples\n");
			_exit(1);
		}
	}
	s->v[s->n++] = ns << 2 | marks;
}

void
series_add_hist(series *s, const thrum_hist *h)
{
	for (size_t i = 0; i < THRUM_HIST_BUCKETS; i++) {
		uint64_t low = thrum_hist_lower(i);
		uint64_t next = i + 1 < THRUM_HIST_BUCKETS ? thrum_hist_lower(i + 1) : low;
		for (uint64_t k = h->count[i]; k != 0; k--)
			series_add(s, low + (next - low) / 2, 0);
	}
}

static int
up(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

static uint64_t
at(const uint64_t *v, size_t n, double percent)
{
	double rank = (double)n * percent / 100;
	size_t i = (size_t)rank;
	if ((double)i < rank)
		i++;
	return n == 0 ? 0 : v[i == 0 ? 0 : i > n ? n - 1 : i - 1] >> 2;
}

summary
series_sum(series *s, size_t from)
{
	summary r = {.n = s->n - from};
	if (r.n == 0)
		return r;
	uint64_t *v = s->v + from, *clean = malloc(r.n * sizeof *clean);
	size_t m = 0;
	double sum = 0;
	if (clean == NULL)
		abort();
	qsort(v, r.n, sizeof *v, up);
	r.p50 = at(v, r.n, 50);
	r.p90 = at(v, r.n, 90);
	r.p99 = at(v, r.n, 99);
	r.p999 = at(v, r.n, 99.9);
	r.p9999 = at(v, r.n, 99.99);
	r.max = v[r.n - 1] >> 2;
	for (size_t i = 0; i < r.n; i++) {
		uint64_t ns = v[i] >> 2;
		bool outlier = ns > 4 * r.p50;
		sum += (double)ns;
		r.outliers += outlier;
		if (outlier && v[i] & Marks)
			r.kernel++;
		else
			clean[m++] = v[i];
	}
	r.mean = (uint64_t)(sum / (double)r.n);
	r.clean99 = at(clean, m, 99);
	r.clean999 = at(clean, m, 99.9);
	r.cleanmax = clean[m - 1] >> 2;
	free(clean);
	return r;
}

uint64_t
series_at(const series *s, double percent)
{
	return at(s->v, s->n, percent);
}

long
involuntary(void)
{
	struct rusage r;
	return getrusage(RUSAGE_SELF, &r) == 0 ? r.ru_nivcsw : 0;
}

uint64_t
steal_ticks(void)
{
	static int fd = -1;
	char text[256];
	unsigned long long v[8] = {0};
	if (fd < 0)
		fd = open("/proc/stat", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : pread(fd, text, sizeof text - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	sscanf(text, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &v[6], &v[7]);
	return v[7];
}

void
marker_start(marker *m)
{
	m->nivcsw = involuntary();
	m->steal = steal_ticks();
}

unsigned
marker_look(marker *m, bool slow)
{
	long now = involuntary();
	unsigned marks = now != m->nivcsw ? MarkSwitch : 0;
	m->nivcsw = now;
	if (slow) {
		uint64_t steal = steal_ticks();
		if (steal != m->steal)
			marks |= MarkSteal;
		m->steal = steal;
	}
	return marks;
}

void
hist_add(thrum_hist *to, const thrum_hist *h)
{
	to->n += h->n;
	to->sum += h->sum;
	to->max = h->max > to->max ? h->max : to->max;
	for (size_t i = 0; i < THRUM_HIST_BUCKETS; i++)
		to->count[i] += h->count[i];
}
