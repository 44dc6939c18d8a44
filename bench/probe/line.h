// SPDX-License-Identifier: MIT
//
// line.h - the cost of moving a cache line from one processor to another; see line.c.

#ifndef BENCH_LINE_H
#define BENCH_LINE_H

#include "../bench.h"

// bench_line_run moves a cache line n times from the caller's processor to another one or back. The
// time of one way is the median over groups of 100. Plain code: a foreign call.
void bench_line_run(bench_case *c, uint64_t n);

#endif
