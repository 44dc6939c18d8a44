/* SPDX-License-Identifier: MIT */
/*
 * wheellock.pml - the lock of a p's timers (core/time/timer.c): its owner takes it without a locked
 * instruction.
 *
 * The owner sets BUSY and then looks at SHARED; if that is set it clears BUSY and takes the mutex.
 * Others take the mutex, set SHARED, make the owner pass a barrier, and wait for BUSY to be 0.
 * Having had the mutex often enough the owner clears SHARED, with the mutex. Each adds one to DATA,
 * through the store buffers, when it has the lock: no addition is lost, and two never have the lock
 * at a time.
 *
 * Mutants: NOBARRIER; NOWAIT, others do not wait for BUSY; ONELOOK, the owner looks at SHARED
 * before it sets BUSY only; LATE, it clears SHARED after it has given the mutex back.
 */

#define NMEM 3
#define NBUF 3
#define DEPTH 3
#include "tso.inc"

#define BUSY 0
#define SHARED 1
#define DATA 2

#ifndef OWNS
#define OWNS 3
#endif
#ifndef OTHERS
#define OTHERS 2
#endif

bool locked;
byte inside, ended;

inline lock(me) { atomic { !locked && FENCE(me) -> locked = true } }
inline unlock(me) { atomic { FENCE(me) -> locked = false } }

inline use(me)
{
	inside++;
	assert(inside == 1);
	LD(me, DATA, d);
	ST(me, DATA, d + 1);
	inside--
}

active proctype owner()
{
	byte n, s, d;
	do
	:: n == OWNS -> break
	:: else ->
		LD(0, SHARED, s);
		if
		:: s == 0 ->
			ST(0, BUSY, 1);
#ifndef ONELOOK
			LD(0, SHARED, s);
#endif
			if
			:: s == 0 -> use(0)
			:: else
			fi;
			ST(0, BUSY, 0)
		:: else
		fi;
		if
		:: s != 0 ->
			lock(0);
#ifndef LATE
			if
			:: ST(0, SHARED, 0)
			:: true
			fi;
#endif
			use(0);
			unlock(0)
#ifdef LATE
			;
			ST(0, SHARED, 0)
#endif
		:: else
		fi;
		n++
	od;
	FENCE(0);
	ended++
}

proctype other(byte me)
{
	byte n, s, d;
	do
	:: n == OTHERS -> break
	:: else ->
		lock(me);
		LD(me, SHARED, s);
		if
		:: s == 0 ->
			ST(me, SHARED, 1);
			FENCE(me);
#ifndef NOBARRIER
			DRAIN(0);
#endif
#ifndef NOWAIT
			do
			:: LD(me, BUSY, s);
				if
				:: s == 0 -> break
				:: else
				fi
			od
#endif
		:: else
		fi;
		use(me);
		unlock(me);
		n++
	od;
	FENCE(me);
	ended++
}

init
{
	atomic {
		run other(1);
		run other(2)
	}
	ended == 3;
	assert(mem[DATA] == OWNS + 2 * OTHERS)
}
