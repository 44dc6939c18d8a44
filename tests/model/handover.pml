/* SPDX-License-Identifier: MIT */
/*
 * handover.pml - a goroutine is given to a p that spins (core/sched/find.c: spin, unoffer; proc.c:
 * handover).
 *
 * SPINNERS ps offer themselves in sched.spinner, ROUNDS times each, and take the offer back at any
 * time. WAKERS others try to hand one goroutine over each; where nobody is on offer they keep
 * it. Stores of inbox pass store buffers.
 *
 * Invariant: each goroutine runs exactly once.
 *
 * Bounds: two spinners with two rounds, two wakers with two goroutines.
 */

#define SPINNERS 2
#define WAKERS 2
#define GIVES 2
#define ROUNDS 2
#define DEPTH 2
#define INBOX(i) (i) /* of spinner i, which is p number i + 1 */
#define NMEM SPINNERS
#define NBUF (SPINNERS + WAKERS)
#include "tso.inc"

byte spinner;
bool ran[WAKERS * GIVES + 1];
byte left = SPINNERS + WAKERS;

inline runs(g_)
{
	d_step {
		assert(g_ != 0 && !ran[g_]);
		ran[g_] = true
	}
}

proctype spin(byte me)
{
	byte round, g;
	bool offered, ok;
	do
	:: round < ROUNDS ->
		round++;
		do
		:: !offered ->
			if
			:: atomic { FENCE(me) && spinner == 0 -> spinner = me + 1; offered = true }
			:: spinner != 0
			fi
		:: LD(me, INBOX(me), g);
			if
			:: g != 0 -> break
			:: else
			fi
		:: break /* it has found something else, or looked long enough */
		od;
		g = 0;
		if
		:: offered ->
			offered = false;
#ifdef PLAINTAKEBACK
			ok = (spinner == me + 1);
			if
			:: ok -> spinner = 0
			:: else
			fi;
#else
			atomic {
				FENCE(me);
				ok = (spinner == me + 1);
				if
				:: ok -> spinner = 0
				:: else
				fi
			};
#endif
			if
			:: !ok ->
#ifdef NOWAIT
				LD(me, INBOX(me), g);
#else
				do
				:: mem[INBOX(me)] != 0 -> LD(me, INBOX(me), g); break
				od;
#endif
				ST(me, INBOX(me), 0);
				if
				:: g != 0 -> runs(g); g = 0
				:: else
				fi
			:: else
			fi;
			ok = false
		:: else
		fi
	:: else -> break
	od;
	left--
}

proctype waker(byte me; byte first)
{
	byte i, to;
	do
	:: i < GIVES ->
		to = spinner;
		if
		:: to != 0 ->
#ifdef PLAINSWAP
			spinner = 0;
#else
			atomic { FENCE(me) -> to = spinner; spinner = 0 };
#endif
			if
			:: to != 0 -> ST(me, INBOX(to - 1), first + i)
			:: else -> runs(first + i)
			fi
		:: else -> runs(first + i)
		fi;
		to = 0;
		i++
	:: else -> break
	od;
	FENCE(me);
	left--
}

init {
	byte i;
	atomic {
		run spin(0);
		run spin(1);
		run waker(2, 1);
		run waker(3, 1 + GIVES)
	};
	left == 0;
	for (i : 1 .. WAKERS * GIVES) {
		assert(ran[i])
	}
}
