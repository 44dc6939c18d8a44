/* SPDX-License-Identifier: MIT */
/*
 * handoff.pml - a p is taken from an m in a foreign call (core/sched/syscall.c, foreign.asm).
 *
 * One m makes CALLS foreign calls without a locked instruction. Between two of them it may continue
 * with another goroutine, while a second m runs the first goroutine and makes a foreign call in it.
 * There are two retakers: sysmon, which has watched the number of the call, and the stopper of the
 * world. They take the p away (retake), use it for a while and make it idle. The m whose p has gone
 * waits for an idle one.
 *
 * Invariant: never do two use the p.
 *
 * incall belongs to the m. With -DGINCALL it belongs to the goroutine, found by m.curg: then the
 * retaker may read curg before the goroutine moves to the second m and its incall after.
 *
 * Bounds: one p that is fought for, two calls, two retakers with TRIES tries each.
 */

#ifndef CALLS
#define CALLS 2
#endif
#ifndef TRIES
#define TRIES 2
#endif
#define DEPTH 4
#define MP 0      /* the first m's p: 1 or 0 */
#define NCALL 1
#define CURG 2    /* 1 or 2 */
#define QUEUE 3   /* goroutine 1 waits for the second m */
#ifdef GINCALL
#define INCALL(m, g) (3 + (g))
#else
#define INCALL(m, g) (4 + (m)) /* g is not looked at */
#endif
#define NMEM 6
#define NBUF 2
#include "tso.inc"

bool claim;
bool pm = true;   /* p.m is the first m */
bool using = true;
byte npidle;

inline use() { d_step { assert(!using); using = true } }

inline claimlock() { atomic { FENCE(0) && !claim -> claim = true } }
inline claimunlock() { atomic { FENCE(0) -> claim = false } }

active proctype caller()
{
	byte i, g = 1, v, w;
	ST(0, MP, 1);
	ST(0, CURG, 1);
	FENCE(0);
	do
	:: i == CALLS -> break
	:: else ->
		i++;
		if
		:: g == 1 -> /* another goroutine; this one to the others */
			g = 2;
			ST(0, CURG, 0);
			ST(0, QUEUE, 1);
			ST(0, CURG, 2)
		:: true
		fi;
		/* enter */
		using = false;
		ST(0, NCALL, i);
		ST(0, INCALL(0, g), 1);
		/* exit */
#ifdef CLAIMEARLY
		v = claim;
		ST(0, INCALL(0, g), 0);
#else
		ST(0, INCALL(0, g), 0);
#ifdef PFIRST
		LD(0, MP, w);
		v = claim;
#else
		v = claim;
		LD(0, MP, w);
#endif
#endif
#ifdef CLAIMEARLY
		LD(0, MP, w);
#endif
#ifdef NOCLAIM
		v = 0;
#endif
#ifdef NOP
		w = 1;
#endif
		if
		:: v == 0 && w != 0
		:: else ->
			/* exitsyscall */
#ifndef NOLOCK
			claimlock();
#endif
			LD(0, MP, w);
#ifndef NOLOCK
			claimunlock();
#endif
			if
			:: w == 0 ->
				/* an idle one, at once or when there is one */
				atomic { npidle > 0 -> npidle-- };
				pm = true;
				ST(0, MP, 1)
			:: else
			fi
		fi;
		v = 0;
		w = 0;
		use()
	od;
end:
	false
}

active proctype other()
{
end:
	mem[QUEUE] == 1;
	ST(1, INCALL(1, 1), 1);
	ST(1, INCALL(1, 1), 0)
}

proctype retaker(bool all)
{
	byte i, ncall, g, v;
	bool ok;
	do
	:: i < TRIES ->
		i++;
		ncall = mem[NCALL];
		if
		:: atomic { pm && !claim -> claim = true };
#ifndef NOBARRIER
			DRAIN(0);
			DRAIN(1);
#endif
			g = mem[CURG];
			v = (g == 0 -> 0 : mem[MP]);
			ok = v == 1;
			if
			:: ok && g == 1 -> ok = (mem[INCALL(0, 1)] != 0)
			:: ok && g == 2 -> ok = (mem[INCALL(0, 2)] != 0)
			:: else -> ok = false
			fi;
			v = mem[NCALL];
			if
			:: ok && (all || v == ncall) ->
				mem[MP] = 0;
				pm = false
			:: else -> ok = false
			fi;
			claim = false;
			if
			:: ok ->
				use();
				using = false;
				npidle++
			:: else
			fi
		:: !pm || claim
		fi;
		d_step {
			ncall = 0;
			g = 0;
			v = 0;
			ok = false
		}
	:: else -> break
	od
}

init {
	atomic {
		run retaker(false);
		run retaker(true)
	}
}
