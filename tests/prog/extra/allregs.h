// SPDX-License-Identifier: MIT
//
// allregs.h - a value in every register, and a look at all of them a while later.

#ifndef ALLREGS_H
#define ALLREGS_H

#include <stdint.h>

// The offsets are allregs.c's.
typedef struct allregs {
	uint64_t gpr[15];    // 0: rax rbx rcx rdx rsi rdi rbp r8 ... r15
	uint64_t flags;      // 120
	uint32_t mxcsr;      // 128
	uint16_t fcw, nst;   // 132, 134: values on the x87 stack
	uint64_t counted;    // 136: in: how often to count; out: what rcx had when that was done
	uint64_t unused[6];
	uint64_t red[16];    // 192: below rsp
	uint8_t st[8][16];   // 320
	uint64_t k[8];       // 448
	uint8_t vec[32][64]; // 512
	uint8_t x87[128];    // 2560: what fnsave writes
} __attribute__((aligned(64))) allregs;

enum { AllregsSse, AllregsAvx, AllregsAvx512, NALLREGS };

// allregs_best returns the widest kind of vector registers that this processor has.
int allregs_best(void);

// allregs_check fills all registers with values made of seed, waits without touching them, counts
// to count in two of them, and compares. Returns 0, or prints what differs and returns 1. pair: two
// of them, the caller's.
int allregs_check(allregs *pair, int kind, uint64_t seed, uint64_t count);

#endif
