// SPDX-License-Identifier: MIT
//
// debug.h - THRUM_DEBUG=key=value,...: modes that make rare events constant.

#ifndef THRUM_BASE_DEBUG_H
#define THRUM_BASE_DEBUG_H

#include <stdint.h>

typedef struct debugvars {
	int stackmove;   // move the stack at every check, and poison the old one (grow.c)
	int stackpoison; // fill freed stacks with 0xdb
	int check;       // check every switch through the scheduler, every transition and lock rank
	int membarrier;   // 0: claims take a locked instruction instead
	int asyncpreempt; // 0: stack checks only, 2: signals only
	int preemptstorm; // us: the longest time between two random requests
	int preemptcount; // print the number of requests at exit
	int fpexact;      // every switch reads MXCSR
	int schedtrace;  // ms between two lines about the scheduler
	int scheddetail; // with schedtrace: print every p, m and g
	int schedlog;    // with seeded: print every choice
	int heapcheck;   // slow ways of the heap between two checks of it (alloc/check.c)
	int hugepages;   // ask for huge pages for the heap (alloc/heap.c)
	int malloc;      // red zones and a quarantine in the heap (alloc/debug.c)
	int memprofilerate; // bytes between two samples of the memory profile
	int seeded;      // the deterministic mode (core/sched/seed.c)
	uint64_t seed;
} debugvars;

extern debugvars debug;

// debuginit reads THRUM_DEBUG, at its first call. An unknown key gets a warning on stderr; `help`
// lists the keys.
void debuginit(void);

#endif
