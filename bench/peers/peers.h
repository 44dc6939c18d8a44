// SPDX-License-Identifier: MIT
//
// peers.h - the declarations that the peers of switch.c share with it.
//
// "one" in a name: all contexts run the same loop and resume at the same address. A switch that
// ends in `ret` then finds its own return address on the return stack of the processor by luck.
// "many": each context has 16 sites of its own, as in a program, and the luck is gone.

#ifndef BENCH_PEERS_H
#define BENCH_PEERS_H

#include "../bench.h"

#define PEER_4(X) X X X X
#define PEER_16(X) PEER_4(X) PEER_4(X) PEER_4(X) PEER_4(X)

enum { PEER_BUFFER = 256 << 10 };

// The memory that two contexts touch between switches: rows "touch N KB". Defined in switch.c.
extern char peer_buffer[2][PEER_BUFFER];

// peer_touch adds one to a word in each cache line of buf.
static inline BENCH_UNUSED void
peer_touch(char *buf, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += 64)
		++*(volatile uint64_t *)(buf + i);
}

extern bench_case jump_cases[];
extern bench_case ucontext_cases[];
extern bench_case thread_cases[];
extern bench_case fcontext_cases[] __attribute__((weak)); // absent without libboost_context

#endif
