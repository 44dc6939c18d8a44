// SPDX-License-Identifier: MIT
//
// xsave.c - the room that a save of all vector, mask and x87 registers takes on this processor.
//
// Tile registers (AMX) are not included. Linux enables them only for a program that asks for them.
// A goroutine that used them would lose them when it gives way.

#include <cpuid.h>

#include "arch/arch.h"

#define X87_TO_ZMM 0xe7 // XCR0 bits: x87, SSE, AVX, mask registers, upper halves, upper registers

#define LEGACY 576 // bytes: x87, SSE, the header

uint64_t thrum_xsavesize = LEGACY, thrum_xsavemask;

static uint64_t end[8]; // of each component

void
thrum_xsaveinit(void)
{
	unsigned a, b, c, d;
	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
		return;
	unsigned lo, hi;
	__asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
	thrum_xsavemask = lo & X87_TO_ZMM;
	// The end of the last of these components, in the form that xsave writes.
	for (unsigned i = 2; i < 8; i++) {
		if (!(thrum_xsavemask & 1u << i))
			continue;
		__cpuid_count(13, i, a, b, c, d);
		end[i] = (a + b + 63) & ~63ul;
		if (end[i] > thrum_xsavesize)
			thrum_xsavesize = end[i];
	}
}

uint64_t
thrum_xstatesize(uint64_t inuse)
{
	uint64_t size = LEGACY;
	for (unsigned i = 2; i < 8; i++)
		if (inuse & 1u << i && end[i] > size)
			size = end[i];
	return size;
}
