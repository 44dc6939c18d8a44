// SPDX-License-Identifier: MIT
//
// race.h - what ThreadSanitizer is told, in a runtime built with -DTSAN (tests/stress/variant).
//
// TSan sees the program's accesses and atomics, and nothing of the runtime. So the runtime says which
// goroutine runs, each being a *fiber* of TSan's, and which of its calls order what: raceacquire after
// racerelease of the same address. What the functions in line of thrum/sync.h do by atomics it sees itself.
//
// What the runtime itself does is no concern of TSan's. It is not instrumented, but the functions of libc that it
// calls are watched, and some of them, as pthread_create and write, count as synchronisation. So TSan looks away in
// systemstack, in threads of the runtime's, and while the scheduler runs: accesses do not count then, nor does what
// orders; a raceacquire that is called there does nothing. The few functions of libc that the runtime calls on a
// goroutine's stack are its own in this variant (race.c).
//
// A switch orders nothing: two goroutines that happen to run on one thread still race. While the scheduler
// runs, its thread is the fiber, because another thread may already run the goroutine it has left; for that reason
// the switches of yield.asm and park.asm that do without the scheduler are not used. A new
// goroutine is a new fiber, and has a stack that nobody had before: else what the last one has done
// with it would seem to race with this one, or be ordered before it.
//
// A goroutine that finds another one waiting does its operation for it. An address that both acquire and release
// would also order those who were there before, and for what a queue or a buffer holds that is too much: TSan would miss
// races. So the other's part is done as the other, whose fiber nobody runs as long as it waits: the functions below
// that have a gp. A thread that waits is in nobody's hands but the kernel's; there the caller and the thread are ordered both ways.
//
// In a runtime without -DTSAN all of it is nothing.

#ifndef THRUM_DIAG_RACE_H
#define THRUM_DIAG_RACE_H

#include "core/sched/types.h"

#ifdef TSAN
#define RACE(prototype) prototype;
#else
#define RACE(prototype) \
	static inline prototype \
	{ \
	}
#endif

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"

// The caller is ordered after who has released addr; before who will acquire it. Any stack.
RACE(void raceacquire(const volatile void *addr))
RACE(void racerelease(const volatile void *addr))

// For the caller, gp being NULL, or for gp, which waits. Any stack.
RACE(void racepass(g *gp, const volatile void *addr))         // acquires and releases addr: one after another
RACE(void raceread(g *gp, const void *p, size_t n))           // it has read these bytes of the program's
RACE(void racewrite(g *gp, void *p, size_t n))
// For gp, which waits, or has not begun:
RACE(void racemeet(g *gp))                                    // the caller and gp are ordered both ways
RACE(void racebefore(g *gp))                                  // the caller before gp
RACE(void raceinherit(g *gp, const volatile void *addr))      // gp acquires addr. System stack

// The world is about to start, or has stopped: the caller, no goroutine, is ordered before all that goroutines do then, and
// after all that they have done; but for those in foreign calls.
RACE(void racestart(void))
RACE(void racestop(void))

RACE(void racego(g *gp))     // gp will begin; what the caller, if it is of the program, has done before is ordered before it
RACE(void racegoexit(g *gp)) // gp has ended. System stack
RACE(void racethread(m *mp)) // mp has the calling thread

// Between the two what the calling fiber does is the runtime's business.
RACE(void raceignore(void))
RACE(void raceheed(void))

// Who runs from now on: gp; the scheduler. System stack.
RACE(void raceto(const g *gp))
RACE(void racetog0(void))

#pragma GCC diagnostic pop

#undef RACE
#endif
