/* SPDX-License-Identifier: MIT */
/*
 * bias.pml - a lock that is biased to a p (core/sync/bias.h).
 *
 * Three ps take the lock, each ROUNDS times. A p enters by storing 1 to its section and then loading the
 * owner; by the key when it is not the owner. Who has the key may make himself the owner before
 * he leaves, at any time here, not after a thousand. Who finds another to be the owner clears that, makes
 * all pass a barrier and waits for the former owner's section to end. Leaving is a plain store in
 * both ways.
 *
 * Invariants: one is inside; a counter in plain memory, which each adds one to, loses nothing, so that
 * what one has stored inside is seen by the next; and nobody waits for ever.
 */

#ifndef ROUNDS
#define ROUNDS 2
#endif
#define DEPTH 5
#define NBUF 3
#define KEY 0
#define OWNER 1       /* 0 nobody, else p + 1 */
#define COUNT 2
#define SECTION(i) (3 + (i))
#define NMEM 6
#include "tso.inc"

byte inside, done;

inline critical()
{
	inside++;
	assert(inside == 1);
	LD(me, COUNT, c);
	ST(me, COUNT, c + 1);
	inside--
}

proctype user(byte me)
{
	byte v, c, round;
	do
	:: round == ROUNDS -> break
	:: else ->
#ifdef OWNERFIRST
		LD(me, OWNER, v);
		ST(me, SECTION(me), 1);
#else
		ST(me, SECTION(me), 1);
		LD(me, OWNER, v);
#endif
		if
		:: v == me + 1 ->
			critical();
			ST(me, SECTION(me), 0)
		:: else ->
			ST(me, SECTION(me), 0);
			atomic { FENCE(me) && mem[KEY] == 0 -> mem[KEY] = 1 };
			LD(me, OWNER, v);
			if
			:: v != 0 ->
				ST(me, OWNER, 0);
				if
				:: v != me + 1 ->
#ifndef NOBARRIER
					FENCE(me); /* the caller's own comes first */
					DRAIN(0);
					DRAIN(1);
					DRAIN(2);
#endif
#ifndef NOWAIT
					do
					:: LD(me, SECTION(v - 1), c);
						if
						:: c == 0 -> break
						:: else
						fi
					od
#endif
				:: else
				fi
			:: v == 0 ->
				if
#ifndef OWNERLATE
				:: ST(me, OWNER, me + 1) /* from the next time on */
#endif
				:: true
				fi
			fi;
			critical();
			ST(me, KEY, 0);
#ifdef OWNERLATE
			if
			:: v == 0 -> ST(me, OWNER, me + 1)
			:: true
			fi
#endif
		fi;
		round++
	od;
	FENCE(me);
	atomic {
		done++;
		if
		:: done == NBUF -> assert(mem[COUNT] == NBUF * ROUNDS)
		:: else
		fi
	}
}

init {
	atomic {
		run user(0);
		run user(1);
		run user(2)
	}
}
