// SPDX-License-Identifier: MIT
//
// hist.c - records, adds and reads histograms (hist.h).

#include "core/base/hist.h"

#define API __attribute__((visibility("default"), section("thrum_call"))) // proc.h

static void
bump(_Atomic uint64_t *v, uint64_t n)
{
	atomic_store_explicit(v, atomic_load_explicit(v, memory_order_relaxed) + n, memory_order_relaxed);
}

void
histrecord(hist *h, uint64_t ns)
{
	bump(&h->count[histbucket(ns)], 1);
	bump(&h->sum, ns);
	if (ns > atomic_load_explicit(&h->max, memory_order_relaxed))
		atomic_store_explicit(&h->max, ns, memory_order_relaxed);
}

void
histadd(thrum_hist *sum, const hist *h)
{
	for (int i = 0; i < THRUM_HIST_BUCKETS; i++) {
		uint64_t n = atomic_load_explicit(&h->count[i], memory_order_relaxed);
		sum->count[i] += n;
		sum->n += n;
	}
	sum->sum += atomic_load_explicit(&h->sum, memory_order_relaxed);
	uint64_t max = atomic_load_explicit(&h->max, memory_order_relaxed);
	if (max > sum->max)
		sum->max = max;
}

API uint64_t
thrum_hist_lower(size_t i)
{
	if (i < 1 << HIST_BITS)
		return i;
	uint64_t step = i & ((1 << HIST_BITS) - 1);
	return ((1 << HIST_BITS) + step) << ((i >> HIST_BITS) - 1);
}

API uint64_t
thrum_hist_percentile(const thrum_hist *h, double p)
{
	if (h->n == 0)
		return 0;
	double at = p / 100 * (double)h->n;
	uint64_t below = 0;
	for (size_t i = 0; i < THRUM_HIST_BUCKETS; i++) {
		below += h->count[i];
		if (h->count[i] == 0 || (double)below < at)
			continue;
		uint64_t lo = thrum_hist_lower(i), hi = thrum_hist_lower(i + 1), mid = lo + (hi - lo) / 2;
		return mid > h->max || p >= 100 ? h->max : mid;
	}
	return h->max;
}

API void
thrum_hist_sub(thrum_hist *h, const thrum_hist *earlier)
{
	size_t last = 0;
	for (size_t i = 0; i < THRUM_HIST_BUCKETS; i++) {
		h->count[i] -= earlier->count[i];
		if (h->count[i])
			last = i;
	}
	h->n -= earlier->n;
	h->sum -= earlier->sum;
	uint64_t end = thrum_hist_lower(last + 1) - 1;
	if (h->n == 0)
		h->max = 0;
	else if (h->max > end)
		h->max = end;
}

API void
thrum_hist_record(thrum_hist *h, uint64_t ns)
{
	h->count[histbucket(ns)]++;
	h->n++;
	h->sum += ns;
	if (ns > h->max)
		h->max = ns;
}
