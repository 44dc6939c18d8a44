/* SPDX-License-Identifier: MIT */
/*
 * preempt.pml - a stack guard is poisoned while its goroutine checks, switches, comes back
 * (core/preempt/preempt.c, core/stack/grow.c, arch/x86_64/morestack.asm, switch.asm, foreign.asm).
 *
 * TARGETS ms run NG goroutines: check their guard, are in foreign calls, grow, yield, are resumed
 * on the other m. A requester asks ASKS times, each time whichever goroutine it finds on whichever
 * m, with three plain stores under sched.lock: g.preempt (the p's schedtick of now), g.stackguard,
 * and the guard word of the thread. Nobody executes a locked instruction for it on the target's
 * side, so every switch and every way back from a foreign call loads g.stackguard and stores it
 * into the word.
 *
 * A request may be lost if it overlaps such a way from g.stackguard to the word: the requester asks
 * again, or sends a signal. These must not happen:
 *
 *   - a request that none overlaps is lost: the next check of the goroutine fails and gives way
 *   - a goroutine gives way in a time slice in which nobody has asked it
 *   - poison stays: a request costs three slow checks at most, the goroutine's before and after it
 *     has given way and that of the goroutine that runs on the thread by then
 *
 * A goroutine keeps the tick of its p when it inherits the slice of the last (runnext).
 *
 * Bounds: two goroutines, two ms, ASKS requests, CHECKS checks, MOVES switches, growths and foreign
 * calls of each m.
 */

#ifndef ASKS
#define ASKS 2
#endif
#ifndef CHECKS
#define CHECKS 3
#endif
#ifndef MOVES
#define MOVES 2
#endif
#ifndef CHECKS1
#define CHECKS1 1
#endif
#ifndef MOVES1
#define MOVES1 0
#endif
#define NG 2
#define DEPTH 3
#define WORD(m) (m)         /* the guard word of the thread: 0 good, 1 poisoned */
#define CURG(m) (2 + (m))   /* 0 none, else g + 1 */
#define TICK(m) (4 + (m))   /* of its p */
#define GUARD(g) (6 + (g))  /* g.stackguard */
#define ASKED(g) (8 + (g))  /* g.preempt: 0, or tick */
#define NMEM 10
#define NBUF 2
#define REQ 1
#include "tso.inc"

/* Only the first m has a store buffer, which is empty when a goroutine leaves it. */
inline STM(me_, x_, v_)
{
	if
	:: me_ == 0 -> ST(0, x_, v_)
	:: else -> mem[x_] = v_
	fi
}
#define LOADM(me_, x_, r_) if :: me_ == 0 -> LOAD(0, x_, r_) :: else -> r_ = mem[x_] fi
#define FENCEM(me_) (me_ == 1 || FENCE(0))

#define FIRSTTICK(m) (1 + 8 * (m)) /* two ps do not have the same tick in the bounds */

bool queued[NG];   /* runnable */

/* Known to the proof only. */
bool way[2];       /* m is between a load that decides its word and the store into it */
bool asking[2];    /* a request to m is being made */
bool disturbed;    /* ... and overlaps such a way */
byte must[NG];     /* the tick in which the goroutine must give way at its next check */
byte was[2];       /* the last tick in which the goroutine on m was asked */
byte slow, asks;

#define PENDING(m) (m == 0 && sb[0].n > 0)
#define BEGINWAY(m) way[m] = true; if :: asking[m] && !poisoned -> disturbed = true :: else fi

proctype target(byte me, checks, moves)
{
	byte g, r, v, tick;
	bool inherit, poisoned;
	tick = FIRSTTICK(me);
pick:
	/* on the system stack: one out of a queue, which takes a locked instruction or more */
end0:
	if
	:: atomic { FENCEM(me) && queued[0] -> queued[0] = false; g = 0 }
	:: atomic { FENCEM(me) && queued[1] -> queued[1] = false; g = 1 }
	fi;
	d_step {
		if
		:: !inherit -> tick++; mem[TICK(me)] = tick
		:: else -> inherit = false
		fi
	};
	STM(me, CURG(me), g + 1);
back:
	/* load_context; the way back from a foreign call */
	skip;
	d_step { LOADM(me, GUARD(g), r); BEGINWAY(me) };
	STM(me, WORD(me), r);
	d_step { way[me] = false; poisoned = false; r = 0; v = 0 };
runs:
	if
	:: checks > 0 ->
		checks--;
		d_step {
			LOADM(me, WORD(me), r);
			assert(r == 1 || must[g] != tick)
		};
		if
		:: r == 1 -> d_step { poisoned = true; way[me] = true; slow++; assert(slow <= 3 * asks) }; goto newstack
		:: else -> goto runs
		fi
	:: moves > 0 -> /* it grows */
		d_step { moves--; BEGINWAY(me) };
		goto newstack
	:: moves > 0 -> /* it is in a foreign call, and returns */
		moves--;
		STM(me, WORD(me), 1);
		goto back
	:: moves > 0 -> /* it yields or parks; somebody readies it */
		moves--;
#ifdef INHERIT
		if
		:: inherit = true
		:: true
		fi;
#endif
		goto leave
	:: moves == 0 -> goto end
	fi;
newstack:
	STM(me, WORD(me), 0);
	d_step { LOADM(me, ASKED(g), v) };
	if
#ifdef NOTICK
	:: v != 0 ->
#else
	:: v == tick ->
#endif
		assert(was[me] == tick);
		STM(me, ASKED(g), 0);
		goto leave
	:: else
	fi;
	assert(must[g] != tick);
	/* nothing, or a request of an earlier slice: moot */
	if
	:: v != 0 -> STM(me, ASKED(g), 0)
	:: else
	fi;
#ifndef NORESTORE
	d_step { LOADM(me, GUARD(g), r) };
	if
	:: r == 1 -> STM(me, GUARD(g), 0)
	:: else
	fi;
#endif
	goto back;
leave:
	atomic {
		FENCEM(me);
		mem[CURG(me)] = 0;
		must[g] = 0;
		queued[g] = true;
		way[me] = false;
		poisoned = false;
		g = 0;
		r = 0;
		v = 0
	};
	goto pick;
end:
	/* computes for ever, without a check */
	false
}

active proctype requester()
{
	byte m, g, tick, i;
	do
	:: i == ASKS -> break
	:: else ->
		i++;
		if
		:: m = 0
		:: m = 1
		fi;
		tick = mem[TICK(m)];
		g = mem[CURG(m)];
		if
		:: g == 0 -> goto next
		:: else -> g--
		fi;
		d_step {
			asks++;
			was[m] = tick;
			asking[m] = true;
			/* Asked in vain before, or switching just now: */
			disturbed = way[m] || PENDING(m) || mem[WORD(m)] == 1 || mem[GUARD(g)] == 1 || mem[ASKED(g)] != 0
		};
#ifdef ASKLAST
		ST(REQ, GUARD(g), 1);
		ST(REQ, WORD(m), 1);
		ST(REQ, ASKED(g), tick);
#else
		ST(REQ, ASKED(g), tick);
#ifndef NOGUARD
		ST(REQ, GUARD(g), 1);
#endif
#ifndef NOWORD
		ST(REQ, WORD(m), 1);
#endif
#endif
		/* unlock */
		atomic {
			FENCE(REQ);
			asking[m] = false;
			if
			:: !disturbed && mem[CURG(m)] == g + 1 && mem[TICK(m)] == tick && !PENDING(m) && mem[ASKED(g)] == tick -> must[g] = tick
			:: else
			fi;
			disturbed = false
		};
next:
		m = 0;
		g = 0;
		tick = 0
	od
}

init {
	byte i;
	atomic {
		for (i : 0 .. 1) {
			mem[TICK(i)] = FIRSTTICK(i);
			queued[i] = true
		}
		run target(0, CHECKS, MOVES);
		run target(1, CHECKS1, MOVES1)
	}
}
