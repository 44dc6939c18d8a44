// SPDX-License-Identifier: MIT
//
// race.h - what ThreadSanitizer is told, in a runtime built with -DTSAN (tests/stress/variant).
//
// TSan sees the program's accesses and atomics, and nothing of the runtime. So the runtime says which
// goroutine runs, each being a *fiber* of TSan's, and which of its calls order what: raceacquire after
// racerelease of the same address. What the functions in line of thrum/sync.h do by atomics it sees itself.
//
// The runtime's own accesses are no concern of TSan's, but those of libc's functions that it calls would
// be seen; so TSan looks away in systemstack, in threads of the runtime's, and while the scheduler
// runs. The few that the runtime calls on a goroutine's stack are its own in this variant (race.c).
//
// A switch orders nothing: two goroutines that happen to run on one thread still race. While the scheduler
// runs, its thread is the fiber, because another thread may already run the goroutine it has left. A new
// goroutine is a new fiber, and has a stack that nobody had before: else what the last one has done
// with it would seem to race with this one, or be ordered before it.
//
// In a runtime without -DTSAN all of it is nothing.

#ifndef THRUM_SCHED_RACE_H
#define THRUM_SCHED_RACE_H

#include "core/sched/types.h"

#ifdef TSAN

// Any stack.
void raceacquire(const volatile void *addr);
void racerelease(const volatile void *addr);

void racego(g *gp);     // gp will begin; what the caller has done before is ordered before it
void racegoexit(g *gp); // gp has ended. System stack
void racethread(m *mp); // mp has the calling thread

// Between the two what the calling fiber does is the runtime's business.
void raceignore(void);
void raceheed(void);

// The assembly's: who runs from now on. System stack.
void raceto(const g *gp);
void racetog0(void);

#else

static inline void
raceacquire(const volatile void *addr)
{
	(void)addr;
}

static inline void
racerelease(const volatile void *addr)
{
	(void)addr;
}

static inline void
racego(g *gp)
{
	(void)gp;
}

static inline void
racegoexit(g *gp)
{
	(void)gp;
}

static inline void
racethread(m *mp)
{
	(void)mp;
}

static inline void
raceignore(void)
{
}

static inline void
raceheed(void)
{
}

#endif
#endif
