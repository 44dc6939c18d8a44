// SPDX-License-Identifier: MIT
//
// lock.h - the locks of the runtime itself: mutex and note, both on futexes.
//
// The table "What blocks what" of HACKING.md, in short:
//
//	lock(mutex)      blocks the m, with its p: hold it for nanoseconds, on the system stack
//	notesleep(note)  blocks the m; give the p away first
//	gopark           blocks only the goroutine
//
// Every mutex has a rank. With THRUM_DEBUG=check=1, each lock() checks whether the thread holds a
// mutex of the same or a higher rank. If so, it ends the process and names both.

#ifndef THRUM_BASE_LOCK_H
#define THRUM_BASE_LOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

// In the order in which they may be taken.
enum lockrank {
	RankNone,    // a forgotten rank: THRUM_DEBUG=check=1 reports it
	RankWorld,   // one stop of the world, fork or start at a time
	RankThread,  // asking the template for a thread
	RankPools,   // the list of all thrum_pools
	RankSync,    // a bucket of core/sync
	RankTimer,   // the timers of one p
	RankSched,   // sched.lock
	RankAllg,    // the list of all goroutines
	RankStack,   // the stack pool
	RankUframe,  // chunks of unsafe frames
	RankDebug,   // the heap's debug mode
	RankCaches,  // the list of all mcaches
	RankMcache,  // one of them
	RankCentral, // the spans of a bin that no mcache owns
	RankHeap,    // heap.lock
	RankProfile, // the samples of the memory profile
	RankSites,   // the places that allocate
	NRANK,
};

typedef struct mutex {
	_Atomic uint32_t key; // 0 free, 1 locked, 2 locked and a thread sleeps
	uint32_t rank;        // enum lockrank
} mutex;

#define MUTEX(r) {.rank = (r)}

// lock and unlock do not park. unlock must be called by the thread that locked. Stack: any.
void lock(mutex *l);
void unlock(mutex *l);
bool trylock(mutex *l);

// lockinit makes a mutex free, whether held or not: for the child of fork.
void lockinit(mutex *l);

// locksheld is the number of mutexes that the calling thread holds.
extern _Thread_local int locksheld __attribute__((tls_model("initial-exec"), visibility("hidden")));

// A note is a one-time event with one sleeper. It stays set until noteclear.
typedef struct note {
	_Atomic uint32_t key;
} note;

void noteclear(note *n);
void notewakeup(note *n);
void notesleep(note *n);
// notetsleep sleeps at most ns nanoseconds. Returns: false if that time has passed.
bool notetsleep(note *n, uint64_t ns);

#endif
