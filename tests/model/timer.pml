/* SPDX-License-Identifier: MIT */
/*
 * timer.pml - each armed timer has an m that will wake up for it (core/time/keeper.c).
 *
 *	A  runs a goroutine and starts a timer for time 1, in its wheel; it goes on computing
 *	B  runs a goroutine that sleeps until 2: it wakes no m, and then its own m has nothing to
 *	   do, or finds other work (BUSY)
 *	K  an m that has nothing to do; at any time it may be given work
 *	V  the monitor, in a long sleep or about to be
 *
 * With ALONE there is no monitor, and K is given nothing; with NOA there is no A. With STALE K is
 * about to sleep again, after a sleep until 1.
 *
 * Times are 1, 2, and 3 for never; words are stored through store buffers. An idle m becomes the
 * keeper if there is none, or the present one sleeps longer. When nothing moves any more, some m
 * must be asleep until the earliest timer, or until an earlier time. V is woken only if it has said
 * that it sleeps.
 *
 * Mutants. NOFENCE: A looks for sleepers before its timer can be seen. KEEPNOLOOK: the keeper does
 * not look again. KEEPNOFENCE: it looks before others can see how long it sleeps. MONNOLOOK,
 * MONNOFENCE: the same of the monitor. NOCOVER: a keeper that gives up leaves its timers without
 * one. NOTAKE: an m does not take over from a keeper that sleeps longer. LAZY: a goroutine that
 * sleeps although its p is busy wakes no m either.
 */

#define NMEM 4
#define NBUF 4
#define DEPTH 2
#include "tso.inc"

#define NEXTA 0
#define NEXTB 1
#define UNTIL 2
#define MONITOR 3
#define NEVER 3

#define A_ 0
#define B_ 1
#define K_ 2
#define V_ 3

bool locked;
byte keeper = 255;    /* lock */
bool note[NBUF];
bool given;           /* lock: K has work */
bool vslow;           /* lock: V sleeps */
byte bound[NBUF];     /* until when it really sleeps; 0: it runs */
bool ready;

#define MIN(a, b) ((a) < (b) -> (a) : (b))

inline lock(me) { atomic { !locked && FENCE(me) -> locked = true } }
inline unlock(me) { atomic { FENCE(me) -> locked = false } }

inline nextof(me)
{
	LD(me, NEXTA, x);
	LD(me, NEXTB, n);
	n = MIN(x, n)
}

/* timercover(when) */
inline cover(me, when)
{
	LD(me, UNTIL, x);
	if
	:: x > (when) ->
		LD(me, MONITOR, x);
		if
		:: x > (when) ->
			lock(me);
			if
			:: keeper != 255 -> note[keeper] = true
			:: keeper == 255 && vslow -> vslow = false; note[V_] = true
			:: else
			fi;
			unlock(me)
		:: else
		fi
	:: else
	fi
}

/* sleepm: until work is given */
inline idle(me)
{
	do
	:: lock(me);
		note[me] = false;
		if
		:: me == K_ && given ->
			if
			:: keeper == me -> keeper = 255; ST(me, UNTIL, NEVER)
			:: else
			fi;
			unlock(me);
			break
		:: else
		fi;
		nextof(me);
		LD(me, UNTIL, x);
		if
#ifdef NOTAKE
		:: keeper != 255 && keeper != me -> n = NEVER
#else
		:: keeper != 255 && keeper != me && x <= n -> n = NEVER
#endif
		:: else ->
			keeper = me;
			do
			:: ST(me, UNTIL, n);
#ifndef KEEPNOFENCE
				FENCE(me);
#endif
				old = n;
#ifndef KEEPNOLOOK
				nextof(me);
#endif
				if
				:: n >= old -> n = old; break
				:: else
				fi
			od
		fi;
#ifdef KEEPNOFENCE
		locked = false; /* an unlock is a fence too */
#else
		unlock(me);
#endif
		bound[me] = n;
endidle:	note[me];
		bound[me] = 0
	od
}

active proctype starter()
{
	byte x;
	ready;
#ifndef NOA
	ST(A_, NEXTA, 1);
#ifndef NOFENCE
	FENCE(A_);
#endif
	cover(A_, 1)
#endif
}

active proctype sleeper()
{
	byte x, n, old;
	ready;
	ST(B_, NEXTB, 2);
#ifdef BUSY
	/* Its p has other goroutines: as A. Else it comes by later, and covers what there is. */
#ifndef LAZY
	FENCE(B_);
	cover(B_, 2)
#endif
#else
	idle(B_)
#endif
}

active proctype m()
{
	byte x, n, old;
	ready;
	idle(K_);
#ifndef NOCOVER
	FENCE(K_);
	nextof(K_);
	cover(K_, n)
#endif
}

active proctype giver()
{
	ready;
#ifndef ALONE
	atomic { !locked -> given = true; note[K_] = true }
#endif
}

active proctype sysmon()
{
	byte x, n;
	ready;
#ifndef ALONE
	do
	:: lock(V_);
		note[V_] = false;
#ifdef MONNOLOOK
		nextof(V_);
#endif
		ST(V_, MONITOR, NEVER);
#ifndef MONNOFENCE
		FENCE(V_);
#endif
#ifndef MONNOLOOK
		nextof(V_);
#endif
		LD(V_, UNTIL, x);
		if
		:: n < NEVER && x > n -> ST(V_, MONITOR, n)
		:: else -> n = NEVER
		fi;
		vslow = true;
#ifdef MONNOFENCE
		locked = false;
#else
		unlock(V_);
#endif
		bound[V_] = n;
endsleep:	note[V_];
		bound[V_] = 0;
		lock(V_);
		ST(V_, MONITOR, 0);
		vslow = false;
		unlock(V_)
	od
#endif
}

init
{
	byte first;
	atomic {
		mem[NEXTA] = NEVER;
		mem[NEXTB] = NEVER;
#ifdef STALE
		mem[UNTIL] = 1;
		keeper = K_;
#else
		mem[UNTIL] = NEVER;
#endif
#ifdef ALONE
		mem[MONITOR] = NEVER;
#endif
		ready = true
	}
	timeout;
	first = MIN(mem[NEXTA], mem[NEXTB]);
	assert((bound[B_] != 0 && bound[B_] <= first) || (bound[K_] != 0 && bound[K_] <= first) ||
		(bound[V_] != 0 && bound[V_] <= first))
}
