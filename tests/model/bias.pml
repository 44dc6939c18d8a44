/* SPDX-License-Identifier: MIT */
/*
 * bias.pml - a lock that is biased to a p (core/sync/bias.h).
 *
 * Three ps take the lock, each ROUNDS times. A p enters by storing 1 to its section and then
 * loading the owner; by the key when it is not the owner. A p with the key may make itself the
 * owner before it leaves: here at any time, not after a thousand sections. A p that finds another
 * owner clears that, makes all pass a barrier and waits for the former owner's section to end.
 * Leaving is a plain store in both ways.
 *
 * With SIGNALS so many handlers come, each between any two steps of the first p, and try. A handler
 * that would have to wait gives up, here at any time. If it has cleared the owner, it restores it
 * first.
 *
 * Invariants: one p is inside at a time. A counter in plain memory, to which each adds one, loses
 * nothing: the next p sees the stores of the one before. No p waits for ever.
 */

#ifndef ROUNDS
#define ROUNDS 2
#endif
#define DEPTH 5
#ifndef NBUF
#define NBUF 3
#endif
#define KEY 0
#define OWNER 1       /* 0 nobody, else p + 1 */
#define COUNT 2
#define SECTION(i) (3 + (i))
#define NMEM 6
#include "tso.inc"

#if NBUF > 2
#define BARRIER DRAIN(0); DRAIN(1); DRAIN(2);
#else
#define BARRIER DRAIN(0); DRAIN(1);
#endif

byte inside, done;
byte want = NBUF * ROUNDS; /* the counter at the end */
#ifdef SIGNALS
byte signals = SIGNALS;
#endif

/* handler: what keytry does, and a section. */
inline handler()
{
	if
	:: atomic { FENCE(me) && mem[KEY] == 0 -> mem[KEY] = 1 };
		LD(me, OWNER, hv);
		if
		:: hv != 0 ->
			ST(me, OWNER, 0);
			FENCE(me);
#ifndef TRYNOBARRIER
			BARRIER
#endif
			LD(me, SECTION(hv - 1), hc)
		:: else
		fi;
		if
#ifdef TRYOWN
		:: hc == 0 || hv == me + 1 ->
#else
		:: hc == 0 ->
#endif
			atomic { want++; inside++; assert(inside == 1); LD(me, COUNT, hc) };
			atomic { ST(me, COUNT, hc + 1); inside-- };
			ST(me, KEY, 0)
		:: hv != 0 ->
#ifdef TRYKEYFIRST
			ST(me, KEY, 0);
			ST(me, OWNER, hv)
#else
			ST(me, OWNER, hv);
			ST(me, KEY, 0)
#endif
		fi;
		d_step { hv = 0; hc = 0 }
#ifndef TRYWAITS
	:: true
#endif
	fi
}

#ifdef SIGNALS
#define SIGNAL signal();
inline signal()
{
	if
	:: d_step { signals > 0 && me == 0 -> signals-- }; handler()
	:: true
	fi
}
#else
#define SIGNAL
#endif

inline critical(r)
{
	inside++;
	assert(inside == 1);
	SIGNAL
	LD(me, COUNT, r);
	SIGNAL
	ST(me, COUNT, r + 1);
	SIGNAL
	inside--
}

proctype user(byte me)
{
	byte v, c, round, hv, hc;
	do
	:: round == ROUNDS -> break
	:: else ->
#ifdef OWNERFIRST
		SIGNAL
		LD(me, OWNER, v);
		SIGNAL
		ST(me, SECTION(me), 1);
#else
		SIGNAL
		ST(me, SECTION(me), 1);
		SIGNAL
		LD(me, OWNER, v);
#endif
		if
		:: v == me + 1 ->
			SIGNAL
			critical(c);
			SIGNAL
			ST(me, SECTION(me), 0)
		:: else ->
			SIGNAL
			ST(me, SECTION(me), 0);
			SIGNAL
			atomic { FENCE(me) && mem[KEY] == 0 -> mem[KEY] = 1 };
			SIGNAL
			LD(me, OWNER, v);
			if
			:: v != 0 ->
				SIGNAL
				ST(me, OWNER, 0);
				if
				:: v != me + 1 ->
#ifndef NOBARRIER
					SIGNAL
					FENCE(me); /* the caller's own comes first */
					SIGNAL
					BARRIER
#endif
#ifndef NOWAIT
					do
					:: LD(me, SECTION(v - 1), c);
						if
						:: c == 0 -> break
						:: else -> SIGNAL skip
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
			SIGNAL
			critical(c);
			SIGNAL
			ST(me, KEY, 0);
#ifdef OWNERLATE
			if
			:: v == 0 -> ST(me, OWNER, me + 1)
			:: true
			fi
#endif
		fi;
		d_step { round++; v = 0; c = 0 }
	od;
	SIGNAL
	FENCE(me);
	atomic {
		done++;
		if
		:: done == NBUF -> assert(mem[COUNT] == want)
		:: else
		fi
	}
}

init {
	atomic {
		run user(0);
		run user(1);
#if NBUF > 2
		run user(2)
#endif
	}
}
