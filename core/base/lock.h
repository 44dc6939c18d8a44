// SPDX-License-Identifier: MIT
//
// lock.h - what the runtime itself waits with: mutex and note, both on futexes.
//
// What blocks what (the table of HACKING.md):
//
//	lock(mutex)      blocks the M, with its P: hold it for nanoseconds, on the system stack
//	notesleep(note)  blocks the M; give the P away first
//	gopark           blocks only the goroutine
//
// Every mutex has a rank. THRUM_DEBUG=check=1 looks at each lock() whether a mutex of the
// same or a higher rank is held, and ends the process naming both.

#ifndef THRUM_BASE_LOCK_H
#define THRUM_BASE_LOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

// In the order in which they may be taken.
enum lockrank {
	RankNone,    // forgotten: THRUM_DEBUG=check=1 says so
	RankWorld,   // one stop of the world, fork or start at a time
	RankThread,  // who asks for a thread
	RankPools,   // the list of all thrum_pools
	RankSync,    // a bucket of core/sync
	RankTimer,   // the timers of one p
	RankSched,   // sched.lock
	RankAllg,    // the list of all goroutines
	RankStack,   // the stack pool
	RankUframe,  // chunks of unsafe frames
	NRANK,
};

typedef struct mutex {
	_Atomic uint32_t key; // 0 free, 1 locked, 2 locked and somebody sleeps
	uint32_t rank;        // enum lockrank
} mutex;

#define MUTEX(r) {.rank = (r)}

// lock and unlock: any stack; neither parks. unlock by the thread that locked.
void lock(mutex *l);
void unlock(mutex *l);
bool trylock(mutex *l);

// lockinit makes a mutex free, whoever held it: for the child of fork.
void lockinit(mutex *l);

// locksheld is the number of mutexes that the calling thread holds.
extern _Thread_local int locksheld __attribute__((tls_model("initial-exec"), visibility("hidden")));

// A note is a one-time event: one sleeper; set until noteclear.
typedef struct note {
	_Atomic uint32_t key;
} note;

void noteclear(note *n);
void notewakeup(note *n);
void notesleep(note *n);
// notetsleep sleeps at most ns nanoseconds; false when the time is over.
bool notetsleep(note *n, uint64_t ns);

#endif
