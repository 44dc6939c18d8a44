/* SPDX-License-Identifier: MIT */
/*
 * world.pml - all ps are stopped, and started again (core/sched/world.c, syscall.c, threads.c).
 *
 * NP ps, NM ms; the first NP ms have a p each. An m comes to a scheduling point (findrunnable,
 * gcstopm), makes a foreign call, finds no work and gives its p back, or computes. It always
 * arrives at a scheduling point, because it is asked to give way. A foreign call of the first m may
 * last for ever. sysmon retakes a p and hands it off (handoffp). A thread without a p stops the
 * world and starts it again, ROUNDS times.
 *
 * incall and p of an m pass its store buffer; each section under sched.lock is one step. A p is
 * used from the exit of a foreign call, or from the moment an m gets it, until the m begins a call
 * or gives it away.
 *
 * Invariants: a p has one user; none while the world is stopped; the stop ends, also when
 * foreign calls do not: the stopper never waits for something that nobody does.
 *
 * Bounds: at most one m hangs; FUEL foreign calls or idle times in all, SYSMON retakes. The
 * stopper's repeated look at the foreign calls is a wait until there is one to look at.
 */

#ifndef NP
#define NP 2
#endif
#ifndef NM
#define NM 2
#endif
#ifndef FUEL
#define FUEL 2
#endif
#ifndef SYSMON
#define SYSMON 1
#endif
#ifndef ROUNDS
#define ROUNDS 2
#endif
#define DEPTH 2
#define INCALL(m) (m)
#define MP(m) (NM + (m)) /* p number + 1, or 0 */
#define NMEM (2 * NM)
#define NBUF NM
#include "tso.inc"

#define NONE 255
byte fuel = FUEL;
bool stopping, stopped;
bool hangs;         /* foreign calls of the first m never end */
byte stopwait;
bool mclaim[NM];
bool stop[NP];      /* ClaimStop of p.claim */
bool pidle[NP];
byte pm[NP] = NONE; /* p.m */
bool using[NP];
bool midle[NM];
byte nextp[NM];     /* p number + 1, or 0 */

inline use(p_) { d_step { assert(!using[p_] && !stopped); using[p_] = true } }

/* leave p_ to the stopper, which then waits for one thread fewer */
#define giveback(p_) \
	if \
	:: stopping -> stopwait-- \
	:: else -> pidle[p_] = true \
	fi

/* pp = an idle p, NONE when there is none */
#define pidleget() \
	if \
	:: pidle[0] -> pidle[0] = false; pp = 0 \
	:: !pidle[0] && pidle[NP - 1] -> pidle[NP - 1] = false; pp = NP - 1 \
	:: else -> pp = NONE \
	fi

#define releasep() \
	using[pp] = false; \
	mem[MP(me)] = 0; \
	pm[pp] = NONE

proctype runs(byte me; byte pp)
{
	byte v, w;
	if
	:: pp != NONE -> goto acquire
	:: else -> goto stopm
	fi;
acquire:
	pm[pp] = me;
	ST(me, MP(me), pp + 1);
	use(pp);
endschedule:
	if
	:: stop[pp] ->
		/* gcstopm */
		atomic {
			FENCE(me);
			if
			:: !stopping -> stop[pp] = false; goto endschedule
			:: else -> releasep(); stopwait--; goto stopm
			fi
		}
	:: atomic { !stop[pp] && fuel > 0 -> fuel--; goto call }
	:: atomic { !stop[pp] && fuel > 0 -> fuel--; goto nothing }
	fi;
call:
	using[pp] = false;
	ST(me, INCALL(me), 1);
endcall:
	(me != 0 || !hangs);
	ST(me, INCALL(me), 0);
	v = mclaim[me];
	LD(me, MP(me), w);
	if
	:: v == 0 && w != 0
	:: else ->
		/* exitsyscall: hasp */
		atomic { FENCE(me) && !mclaim[me] -> mclaim[me] = true };
		LD(me, MP(me), w);
		atomic { FENCE(me) -> mclaim[me] = false };
		if
		:: w == 0 ->
			v = 0;
			atomic {
				if
				:: !stopping -> pidleget()
				:: else -> pp = NONE
				fi;
				if
				:: pp != NONE -> goto acquire
				:: else -> goto stopm
				fi
			}
		:: else
		fi
	fi;
	v = 0;
	w = 0;
	use(pp);
	goto endschedule;
nothing:
	atomic {
		FENCE(me);
#ifndef IDLESTOP
		if
		:: stopping -> goto endschedule
		:: else
		fi;
#endif
		releasep();
		pidle[pp] = true
	};
stopm:
	atomic {
		pp = NONE;
		v = 0;
		w = 0;
		midle[me] = true
	};
endsleep:
	atomic { nextp[me] != 0 -> pp = nextp[me] - 1; nextp[me] = 0 };
	goto acquire
}

/* ok = pp has been taken from its m, which is in a foreign call */
inline retake(pp_)
{
	ok = false;
	mp = pm[pp_];
	if
	:: mp != NONE ->
		if
		:: atomic { !mclaim[mp] -> mclaim[mp] = true };
#ifndef NOBARRIER
			DRAIN(mp);
#endif
			ok = (mem[INCALL(mp)] != 0);
			atomic {
				ok = ok && (mem[MP(mp)] == pp_ + 1);
				if
				:: ok -> mem[MP(mp)] = 0; pm[pp_] = NONE
				:: else
				fi
			};
			mclaim[mp] = false
		:: mclaim[mp]
		fi
	:: else
	fi;
	mp = NONE
}

inline startm(pp_)
{
	atomic {
		if
		:: midle[NM - 1] -> midle[NM - 1] = false; nextp[NM - 1] = pp_ + 1
		:: !midle[NM - 1] && midle[0] -> midle[0] = false; nextp[0] = pp_ + 1
#if NM > 2
		:: !midle[NM - 1] && !midle[0] && midle[1] -> midle[1] = false; nextp[1] = pp_ + 1
#endif
		fi
	}
}
#define somem (midle[0] || midle[1] || midle[NM - 1])

active proctype sysmon()
{
	byte i, mp = NONE, p;
	bool ok;
	do
	:: i < SYSMON ->
		i++;
		if
		:: p = 0
		:: p = NP - 1
		fi;
		retake(p);
		if
		:: ok ->
			/* handoffp */
			if
			:: atomic { somem -> startm(p) }
			:: atomic {
					true ->
#ifdef GIVEBACK
					pidle[p] = true
#else
					giveback(p)
#endif
				}
			fi
		:: else
		fi
	:: else -> break
	od
}

#define candidate(p_) (pm[p_] < NM && mem[INCALL(pm[p_] % NM)] != 0 && mem[MP(pm[p_] % NM)] == p_ + 1)

active proctype stopper()
{
	byte i, round, mp = NONE;
	bool ok;
	do
	:: round < ROUNDS ->
		round++;
		/* stopworld */
#ifdef BITSFIRST
		for (i : 0 .. NP - 1) {
			stop[i] = true
		}
#endif
		atomic {
			stopping = true;
			stopwait = NP;
			for (i : 0 .. NP - 1) {
				if
				:: pidle[i] ->
					pidle[i] = false;
					stopwait--
				:: else
				fi
			}
#ifndef BITSFIRST
			for (i : 0 .. NP - 1) {
				stop[i] = true
			}
#endif
			i = 0
		};
		do
		:: stopwait == 0 -> break
#ifdef ONCE
		:: i < NP ->
#else
		:: candidate(0) || candidate(NP - 1) ->
			i = 0;
#endif
			do
			:: i < NP ->
				retake(i);
				if
				:: ok -> stopwait--
				:: else
				fi;
				i++
			:: else -> break
			od
		od;
		stopped = true;
		assert(!using[0] && !using[NP - 1]);
		/* startworld */
		atomic {
			stopped = false;
			stopping = false;
			for (i : 0 .. NP - 1) {
				stop[i] = false;
				if
				:: somem -> startm(i)
				:: else -> pidle[i] = true
				fi
			}
			i = 0;
			ok = false
		}
	:: else -> break
	od
}

init {
	byte i;
	atomic {
		if
		:: hangs = true
		:: true
		fi;
		for (i : 0 .. NM - 1) {
			if
			:: i < NP -> run runs(i, i)
			:: else -> run runs(i, NONE)
			fi
		}
	}
}
