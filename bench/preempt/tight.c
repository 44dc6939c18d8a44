// SPDX-License-Identifier: MIT
//
// tight.c - integer arithmetic without a call: no stack check, nothing but a signal ends it.
//
// Built a second time with -fthrum-poll and -DWORK=work_poll: the same loop with loop checks.

#include "tool.h"

#ifndef WORK
#define WORK work_tight
#endif

void
WORK(spinner *s)
{
	uint64_t x = 88172645463325252u, n = 0;
	do {
		for (int i = 0; i < 64; i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
		}
		bench_keep(x);
		spinner_count(s, ++n);
	} while (!spinner_stopped(s));
}
