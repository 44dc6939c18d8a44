// SPDX-License-Identifier: MIT
//
// types.h - g, m, p, sched: who runs what.
//
//	g  a goroutine: its stack, its saved context, why it waits
//	m  a thread that runs goroutines, with the system stack that the scheduler
//	   and foreign code run on (g0) and a signal stack (gsignal)
//	p  the right to run: the run queue and the caches that need no lock
//
// The assembly knows these structs through generated offsets. The first 64
// bytes of g are all that a switch touches of the goroutine it resumes.

#ifndef THRUM_SCHED_TYPES_H
#define THRUM_SCHED_TYPES_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "thrum.h"
#include "thrum/abi.h"

typedef struct thrum_g g;
typedef struct m m;
typedef struct p p;
typedef struct sysstack sysstack;
typedef struct segment segment;

// gobuf is where a context stopped. The System V callee-saved registers, where the
// way of stopping keeps them, lie on the stack above sp.
typedef struct gobuf {
	uintptr_t sp, pc, bp;
} gobuf;

enum gstatus {
	Gidle,
	Grunnable, // in a run queue
	Grunning,
	Gwaiting, // parked, see waitreason
	Gdead,    // in a free list
};

enum waitreason {
	WaitNone,
	WaitPark,
	WaitGroup,
};

enum stackkind {
	StackCopy,  // grows by copying
	StackFixed, // code not built by thrumcc
};

struct thrum_g {
	// What a switch needs, one cache line:
	gobuf sched;
	uintptr_t usp;        // unsafe stack pointer while not running
	uintptr_t stackguard; // what fs:0x70 holds while it runs
	m *m;                 // the m that runs it
	uint32_t mxcsr;
	uint16_t fpcw;
	uint16_t slow;   // nonzero: the switch must go through the scheduler (in a callback)
	uint32_t status; // enum gstatus
	uint32_t pin;    // pinned frames in the top segment: the stack may not move

	// Stack and foreign calls:
	char *stacklo;      // the top segment: [stacklo, stacklo + stacksize)
	size_t stacksize;   // bytes; 0 while frozen
	segment *seg;       // record of the segment below, in the top segment
	uint32_t incall;    // 1 during a foreign call
	uint32_t ncallback; // callbacks from foreign code that have not returned
	int32_t err;        // errno
	uint32_t nseg;      // segments below the top one
	uintptr_t sysp;     // system stack of the m, kept while parked in a callback
	sysstack *sysstack; // likewise
	g *schedlink;       // queue or free list

	// Cold:
	void (*fn)(void *);
	void *arg;
	uint64_t goid;
	uintptr_t gopc;      // pc of the thrum_go that made it
	uint64_t waitsince;  // cputicks
	uint8_t waitreason;  // enum waitreason
	uint8_t stackkind;   // enum stackkind
	uint8_t ready;       // a thrum_ready came before the park
	uint8_t frozen;
	uint8_t startclass;  // log2 of the first stack size
	uint8_t pad[3];
	uint32_t sysrun;     // the m.nrun in which sysp was kept
	uint32_t copies;     // times the stack has moved
	uint32_t frozenused; // bytes
	char *segspare;      // one segment kept for the next split
	size_t segsparesize;
} __attribute__((aligned(64)));

static_assert(offsetof(g, pin) == 60, "the switch's part of g is one cache line");

// A stack that scheduler and foreign code run on.
struct sysstack {
	char *lo, *hi;
	sysstack *next;
};

struct m {
	uintptr_t sysp;     // where the next entry to the system stack starts
	p *p;
	int *errnop;        // this thread's errno
	g *curg;
	sysstack *sysstack; // the one in use now
	uintptr_t runsp;    // thrum_run's context, to leave the scheduler
	g g0;               // identity of scheduler code; its stack is sysstack
	sysstack stack0;    // the thread's own stack
	sysstack *spare;    // stacks left by goroutines parked in callbacks
	uint32_t nrun;      // calls of thrum_run
	void *gsignal;      // alternate signal stack
	int tid;
};

#define RUNQ 256   // entries, a power of two
#define YIELDQ 128 // entries

struct p {
	// Only the owning m:
	uint32_t runqhead, runqtail; // free running; the ring is [head, tail)
	uint32_t yieldn;             // entries of yieldq
	uint32_t schedtick;          // switches
	g *runq[RUNQ];
	g *yieldq[YIELDQ]; // yielded while the global queue waits, see runq.h
	m *m;
	g *gfree; // dead goroutines with their first stack
	uint64_t goidnext, goidend; // a batch of numbers
	uint64_t nspawn, nexit;     // goroutines begun and ended
};

// What there is once per process.
typedef struct schedt {
	g **globq; // a ring of globcap entries, a power of two
	size_t globhead, globtail, globcap;
	g **allg; // every g ever made
	size_t nallg, capallg;
	uint64_t goidgen;
	uint64_t copies, segments, callbacks;
	bool running;
	bool mainexited;
	int owner; // tid of the thread in thrum_run
} schedt;

extern schedt sched;
extern m m0;
extern p p0;

// getg is one instruction; never cached across a call that may park.
static inline g *
getg(void)
{
	g *gp;
	__asm__ volatile("movq %%fs:%c1, %0" : "=r"(gp) : "i"(THRUM_TCB_G));
	return gp;
}

#endif
