// SPDX-License-Identifier: MIT
//
// debug.h - THRUM_DEBUG=key=value,... : modes that make rare things constant.

#ifndef THRUM_BASE_DEBUG_H
#define THRUM_BASE_DEBUG_H

#include <stdint.h>

typedef struct debugvars {
	int stackmove;   // move the stack at every check and poison the old one
	int stackpoison; // fill stacks that are given back with 0xdb
	int check;       // every switch through the scheduler, every transition and lock rank checked
	int membarrier;   // 0: claims take a locked instruction instead
	int asyncpreempt; // 0: stack checks only, 2: signals only
	int preemptstorm; // us, at most, between two requests at random
	int preemptcount; // at exit, how many there were
	int fpexact;      // every switch reads MXCSR
	int schedtrace;  // ms between two lines about the scheduler
	int scheddetail; // with schedtrace: every p, m and g
	int schedlog;    // with seeded: every choice
	int seeded;      // the deterministic mode (core/sched/seed.c)
	uint64_t seed;
} debugvars;

extern debugvars debug;

// debuginit reads THRUM_DEBUG; an unknown key is a warning on stderr, `help` lists them.
void debuginit(void);

#endif
