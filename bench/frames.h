// SPDX-License-Identifier: MIT
//
// frames.h - recursion with frames of an ordinary size, for grow.c and boundary.c.
//
// FRAME_HOLD makes ten values live until FRAME_SUM(r): some in callee-saved registers, the rest
// spilled, as in a real function. r is the result of the recursion. It passes through asm, so that
// the compiler does not make a loop with an accumulator of it. Without it a recursive function has
// frames of 32 bytes, and a copied stack has more links than in any real program.

#ifndef BENCH_FRAMES_H
#define BENCH_FRAMES_H

#include "bench.h"

#define FRAME_HOLD(x)                                                                           \
	uint64_t h0 = (x), h1 = h0 + 1, h2 = h0 + 2, h3 = h0 + 3, h4 = h0 + 4, h5 = h0 + 5,         \
	         h6 = h0 + 6, h7 = h0 + 7, h8 = h0 + 8, h9 = h0 + 9;                                \
	__asm__ volatile("" : "+r"(h0), "+r"(h1), "+r"(h2), "+r"(h3), "+r"(h4));                    \
	__asm__ volatile("" : "+r"(h5), "+r"(h6), "+r"(h7), "+r"(h8), "+r"(h9))
#define FRAME_SUM(r)                                                                            \
	({                                                                                          \
		uint64_t sum_ = (r);                                                                    \
		__asm__ volatile("" : "+r"(sum_));                                                      \
		sum_ + h0 + h1 + h2 + h3 + h4 + h5 + h6 + h7 + h8 + h9;                                 \
	})

#endif
