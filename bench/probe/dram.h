// SPDX-License-Identifier: MIT
//
// dram.h - a load from memory that the next one depends on; see dram.c.

#ifndef BENCH_DRAM_H
#define BENCH_DRAM_H

#include "../bench.h"

// bench_dram_run does n dependent loads; c->arg: 1 with huge pages, 0 without.
void bench_dram_run(bench_case *c, uint64_t n);

#endif
