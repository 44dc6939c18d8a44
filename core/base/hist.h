// SPDX-License-Identifier: MIT
//
// hist.h - histograms of times, log-linear: 16 steps per power of two.
//
// A value below 16 is its own bucket. Above, its highest bit chooses a group, and the four bits
// below that choose the step. So a bucket is at most a 16th of its values wide, and to find it
// takes a count of zeros and a shift. 592 buckets reach to 2^40 ns, eighteen minutes; longer times
// go to the last one. The scheme is that of HDR histograms (Gil Tene).

#ifndef THRUM_BASE_HIST_H
#define THRUM_BASE_HIST_H

#include <stdatomic.h>
#include <stdint.h>

#include "thrum.h"

#define HIST_BITS 4 // log2 of the steps

// One writer, any readers.
typedef struct hist {
	_Atomic uint64_t sum, max;
	_Atomic uint64_t count[THRUM_HIST_BUCKETS];
} hist;

static inline uint32_t
histbucket(uint64_t v)
{
	if (v < 1 << HIST_BITS)
		return (uint32_t)v;
	uint32_t top = 63 - (uint32_t)__builtin_clzl(v);
	uint32_t i = ((top - HIST_BITS + 1) << HIST_BITS) + (uint32_t)(v >> (top - HIST_BITS) & ((1 << HIST_BITS) - 1));
	return i < THRUM_HIST_BUCKETS ? i : THRUM_HIST_BUCKETS - 1;
}

// histrecord adds ns. There must be only one writer. Stack: any.
void histrecord(hist *h, uint64_t ns);
// histadd adds h to sum.
void histadd(thrum_hist *sum, const hist *h);

#endif
