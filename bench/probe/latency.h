// SPDX-License-Identifier: MIT
//
// latency.h - the abilities of the machine: a signal, a store, a sleep; see latency.c.

#ifndef BENCH_LATENCY_H
#define BENCH_LATENCY_H

#include "../bench.h"

// probe_sample takes one sample; ticks of bench_ticks, or ns in probe_nap.
typedef void (*probe_sample)(void *to, uint64_t value);

// probe_prepare is called before each event that is timed.
typedef void (*probe_prepare)(void *to);

// Each runs for ns. Returns: false if it cannot, because there is one processor only.
// From tgkill on one processor until the handler runs in a thread that spins on another.
bool probe_tgkill(uint64_t ns, probe_prepare before, probe_sample after, void *to);
// From a store on one processor until a thread that spins on another has seen it.
bool probe_flag(uint64_t ns, probe_prepare before, probe_sample after, void *to);
// How late clock_nanosleep returns in a thread, while others spin; gap is the shortest sleep, a
// third of the longest.
bool probe_nap(uint64_t ns, unsigned spinners, uint64_t gap, probe_prepare before, probe_sample after, void *to);

// foreign_sort sorts with a plain comparison: code that thrumcc has not built.
void foreign_sort(int *v, size_t n);

#endif
