/* SPDX-License-Identifier: MIT */
/*
 * token.pml - thrum_park and thrum_ready, gopark's commit and goready (core/sched/proc.c).
 *
 * One goroutine waits in the usual way, `while (!condition) thrum_park()`, for two conditions. Two
 * others make one true each, by a plain store, and call thrum_ready. g.token is 0, 1 (a ready came
 * first) or 2 (parked). Gwaiting is set before the commit swaps 0 for 2, so a ready may run while
 * the m still is in park_m. With -DFREEZE a fourth process freezes the stack of the waiting
 * goroutine meanwhile (castogscan), which sets a bit of g.slow, as goready does (track).
 *
 * Invariants: goready finds the goroutine waiting, never running. It does not run on a frozen
 * stack. It ends, so no wake-up is lost. The last one needs full fences. A goroutine must take a
 * token out by a locked instruction before it looks at its condition again. thrum_ready must have a
 * fence before it returns because of a token that is still there. Else the store of one and the
 * load of the other pass each other.
 *
 * Bounds: two readiers with one thrum_ready each, one freeze, buffers of DEPTH.
 */

#define DEPTH 2
#define TOKEN 0
#define COND(i) (i)
#define NMEM 3
#define NBUF 3
#include "tso.inc"

mtype = { running, waiting, runnable };
bool queued;    /* it is in a run queue */
mtype status = running;
bool scan;      /* the Gscan bit */
byte slow;      /* g.slow */
bool onfrozen;  /* the stack is frozen */
#define TRACK 1
#define FROZEN 2

/* The m that runs a goroutine that is not in a queue thaws it. */
inline thaw()
{
	if
	:: slow & FROZEN -> slow = slow & ~FROZEN; onfrozen = false
	:: else
	fi
}

/* the token is taken out */
inline taketoken()
{
#ifdef PLAINTAKE
	ST(0, TOKEN, 0)
#else
	atomic { FENCE(0) -> mem[TOKEN] = 0 }
#endif
}

inline park()
{
	LD(0, TOKEN, v);
	if
	:: v == 1 -> taketoken(); goto parked
	:: else
	fi;
#ifdef STATUSLATE
	goto commit;
waits:
	status = waiting;
	goto switched;
#else
	status = waiting;
#endif
commit:
	if
	:: atomic { FENCE(0) && mem[TOKEN] == 0 -> mem[TOKEN] = 2 };
#ifdef STATUSLATE
		goto waits
#else
		goto switched
#endif
	:: atomic { FENCE(0) && mem[TOKEN] != 0 -> v = mem[TOKEN] };
		assert(v == 1);
		taketoken();
#ifdef PLAINSTATUS
		scan = false;
		status = running;
#else
		atomic { !scan -> status = running };
		thaw();
#endif
		goto parked
	fi;
switched:
	/* the m runs others, until somebody has queued the goroutine */
	atomic { queued -> queued = false };
	status = running;
	thaw();
parked:
	assert(!onfrozen)
}

active proctype parker()
{
	byte v;
again:
	LD(0, COND(1), v);
	if
	:: v == 0 -> goto wait
	:: else
	fi;
	LD(0, COND(2), v);
	if
	:: v == 0 -> goto wait
	:: else -> goto done
	fi;
wait:
	park();
	goto again;
done:
	skip
}

inline goready()
{
#ifdef TRACKEARLY
	v = slow;
	slow = v | TRACK;
#endif
	atomic { !scan -> assert(status == waiting); status = runnable };
#ifndef TRACKEARLY
	v = slow;
	slow = v | TRACK;
#endif
	queued = true
}

proctype readier(byte me)
{
	byte v;
	ST(me, COND(me), 1);
	do
	:: LD(me, TOKEN, v);
		if
		:: v == 1 ->
#ifndef PLAINREADY
			if
			:: atomic { FENCE(me) && mem[TOKEN] == 1 -> break }
			:: atomic { FENCE(me) && mem[TOKEN] != 1 -> skip }
			fi
#else
			break
#endif
		:: v == 2 ->
			if
			:: atomic { FENCE(me) && mem[TOKEN] == 2 -> mem[TOKEN] = 0 };
				goready();
				break
			:: atomic { FENCE(me) && mem[TOKEN] != 2 -> skip }
			fi
		:: v == 0 ->
			if
			:: atomic { FENCE(me) && mem[TOKEN] == 0 -> mem[TOKEN] = 1 };
				break
			:: atomic { FENCE(me) && mem[TOKEN] != 0 -> skip }
			fi
		fi
	od
}

#ifdef FREEZE
active proctype freezer()
{
	byte v;
	if
	:: atomic { status == waiting -> scan = true };
		v = slow;
		onfrozen = true;
		slow = v | FROZEN;
		scan = false
	:: true
	fi
}
#endif

init {
	atomic {
		run readier(1);
		run readier(2)
	}
}
