// SPDX-License-Identifier: MIT
//
// race.h - what ThreadSanitizer is told, in a runtime built with -DTSAN (tests/stress/variant).
//
// TSan sees the program's accesses and atomics, and nothing of the runtime. So the runtime tells it
// which goroutine runs, each being a *fiber* of TSan's. The runtime also tells it which of its
// calls order what: a raceacquire is ordered after the racerelease of the same address. The inline
// functions of thrum/sync.h use atomics, which TSan sees itself.
//
// TSan must not judge the runtime's own work. The runtime is not instrumented, but TSan watches the
// functions of libc that it calls, and counts some of them, such as pthread_create and write, as
// synchronisation. So TSan looks away in systemstack, in threads of the runtime's, and while the
// scheduler runs. Then neither accesses nor synchronisation count, and a raceacquire that is called
// there does nothing. The few functions of libc that the runtime calls on a goroutine's stack are
// its own in this variant (race.c).
//
// A switch orders nothing: two goroutines that happen to run on one thread still race. While the
// scheduler runs, its thread is the fiber, because another thread may already run the goroutine
// that it has left. For that reason the switches of yield.asm and park.asm that bypass the
// scheduler are not used. A new goroutine is a new fiber, and has a stack that no goroutine had
// before. Otherwise the accesses of the stack's last user would seem to race with this one, or to
// be ordered before it.
//
// A goroutine that finds another one waiting does the waiter's operation for it. If both sides
// acquired and released one address, earlier visitors would be ordered too. For the contents of a
// queue or a buffer that is too much: TSan would miss races. So the waiter's part is done as the
// waiter, whose fiber nobody runs while it waits. These are the functions below that have a gp. A
// waiting thread's fiber is in the hands of the kernel; there the caller and the thread are ordered
// both ways.
//
// In a runtime without -DTSAN all functions are empty.

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

// raceacquire orders the caller after each earlier racerelease of addr, racerelease orders it
// before each later raceacquire. Stack: any.
RACE(void raceacquire(const volatile void *addr))
RACE(void racerelease(const volatile void *addr))

// For the caller if gp is NULL, else for gp, which waits. Stack: any.
RACE(void racepass(g *gp, const volatile void *addr))         // acquires and releases addr:
                                                              // the callers are in a row
RACE(void raceread(g *gp, const void *p, size_t n))           // gp has read these bytes
RACE(void racewrite(g *gp, void *p, size_t n))
// For gp, which waits or has not begun. raceinherit: system stack only.
RACE(void racemeet(g *gp))                                    // caller and gp, in both ways
RACE(void racebefore(g *gp))                                  // the caller is ordered before gp
RACE(void raceinherit(g *gp, const volatile void *addr))      // gp acquires addr

// The world is about to start, or has stopped. The caller, no goroutine, is ordered before all that
// goroutines do from then on, or after all that they have done. Those in foreign calls are left
// out.
RACE(void racestart(void))
RACE(void racestop(void))

RACE(void racego(g *gp))     // gp will begin: ordered after its creator, if that is of the program
RACE(void racegoexit(g *gp)) // gp has ended. System stack
RACE(void racethread(m *mp)) // mp has the calling thread

// Between these two, the calling fiber's actions are the runtime's business.
RACE(void raceignore(void))
RACE(void raceheed(void))

// From now on gp, or the scheduler, runs. Stack: the system stack.
RACE(void raceto(const g *gp))
RACE(void racetog0(void))

#pragma GCC diagnostic pop

#undef RACE
#endif
