/* SPDX-License-Identifier: MIT */
/*
 * each.pml - a function is called once for each p while goroutines run (foreachp in
 * core/sched/world.c, holdcall in core/sched/syscall.c).
 *
 * NP ps and as many ms, each with a p. An m comes to a safe point (mayrun), or makes a foreign
 * call. Or it finds no work, gives its p back and takes an idle one again. A foreign call of the
 * first m may last for ever. sysmon retakes a p and makes it idle. A thread without a p has the
 * function called for each p, ROUNDS times.
 *
 * incall and p of an m pass its store buffer. A section under sched.lock is one step, but for the
 * function itself: it takes two, and no other step under sched.lock comes in between (locked). A p
 * is used from the exit of a foreign call, or from the moment an m gets it, until the m begins a
 * call or gives it away.
 *
 * Invariants: the function is called once for each p in a round. Nobody uses the p meanwhile, but
 * the m that calls it. Each round ends, also when a foreign call does not.
 *
 * Bounds: FUEL foreign calls or idle times in all, SYSMON retakes.
 */

#ifndef NP
#define NP 2
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
#define MP(m) (NP + (m)) /* p number + 1, or 0 */
#define NMEM (2 * NP)
#define NBUF NP
#include "tso.inc"

#define NONE 255
byte fuel = FUEL;
bool hangs;         /* foreign calls of the first m never end */
bool locked;        /* sched.lock is held over the two steps of the function */
bool mclaim[NP];
bool each[NP];      /* ClaimEach of p.claim */
byte left;
byte called[NP];
bool pidle[NP];
byte pm[NP] = NONE; /* p.m */
bool using[NP];
bool visited[NP];   /* somebody else calls the function for it */

inline use(p_) { d_step { assert(!using[p_] && !visited[p_]); using[p_] = true } }

/* calleach: sched.lock is taken before, and free after it */
inline calleach(p_, own)
{
	atomic { !locked -> locked = true };
	if
	:: atomic {
#ifdef TWICE
			true ->
#else
			each[p_] ->
#endif
			each[p_] = false;
			assert(own || !using[p_]);
			visited[p_] = !own;
			called[p_]++;
			assert(called[p_] == 1)
		};
		atomic {
			assert(own || !using[p_]);
			visited[p_] = false;
			left--;
			locked = false
		}
#ifndef TWICE
	:: atomic { !each[p_] -> locked = false }
#endif
	fi
}

proctype runs(byte me; byte pp)
{
	byte v, w;
acquire:
	pm[pp] = me;
	ST(me, MP(me), pp + 1);
	use(pp);
endschedule:
	if
	:: each[pp] ->
		atomic { FENCE(me) };
		calleach(pp, true);
		goto endschedule
	:: atomic { !each[pp] && fuel > 0 -> fuel--; goto call }
	:: atomic { !each[pp] && fuel > 0 -> fuel--; goto nothing }
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
		atomic { FENCE(me) && !mclaim[me] -> mclaim[me] = true };
		LD(me, MP(me), w);
		atomic { FENCE(me) -> mclaim[me] = false };
		if
		:: w == 0 -> v = 0; goto stopm
		:: else
		fi
	fi;
	v = 0;
	w = 0;
	use(pp);
	goto endschedule;
nothing:
	atomic {
		FENCE(me) && !locked ->
		using[pp] = false;
		mem[MP(me)] = 0;
		pm[pp] = NONE;
		pidle[pp] = true
	};
stopm:
	pp = NONE;
	v = 0;
	w = 0;
endsleep:
	if
	:: atomic { !locked && pidle[0] -> pidle[0] = false; pp = 0 }
	:: atomic { !locked && pidle[NP - 1] -> pidle[NP - 1] = false; pp = NP - 1 }
	fi;
	goto acquire
}

/* ok = mp, the m of pp, is in a foreign call and cannot leave it: its claim is held */
inline holdcall(pp_)
{
	ok = false;
	mp = pm[pp_];
	if
	:: mp != NONE ->
#ifdef NOCLAIM
		ok = (mem[INCALL(mp)] != 0 && mem[MP(mp)] == pp_ + 1)
#else
		if
		:: atomic { !mclaim[mp] -> mclaim[mp] = true };
#ifndef NOBARRIER
			DRAIN(mp);
#endif
			ok = (mem[INCALL(mp)] != 0 && mem[MP(mp)] == pp_ + 1);
			if
			:: !ok -> mclaim[mp] = false
			:: else
			fi
		:: mclaim[mp]
		fi
#endif
	:: else
	fi
}

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
#ifndef NOCLAIM
		holdcall(p);
		if
		:: ok ->
			atomic { mem[MP(mp)] = 0; pm[p] = NONE };
			mclaim[mp] = false;
			atomic { !locked -> pidle[p] = true }
		:: else
		fi;
#endif
		mp = NONE
	:: else -> break
	od
}

#define incall(p_) (pm[p_] < NP && mem[INCALL(pm[p_] % NP)] != 0 && mem[MP(pm[p_] % NP)] == p_ + 1)
#define reachable(p_) (each[p_] && (pidle[p_] || incall(p_)))

active proctype asker()
{
	byte i, round, mp = NONE;
	bool ok;
	do
	:: round < ROUNDS ->
		round++;
		atomic {
			!locked ->
			left = NP;
			for (i : 0 .. NP - 1) {
				each[i] = true;
				called[i] = 0
			}
		};
		do
		:: left == 0 -> break
		:: reachable(0) || reachable(NP - 1) ->
			for (i : 0 .. NP - 1) {
				if
				:: each[i] ->
					holdcall(i);
					if
					:: ok ->
						calleach(i, false);
						mclaim[mp] = false
					:: else
					fi;
					ok = false;
					mp = NONE
				:: else
				fi;
				if
				:: pidle[i] ->
#ifdef IDLELATE
					atomic { !locked -> locked = true };
					locked = false;
					calleach(i, false)
#else
					/* looked at under sched.lock */
					atomic { !locked -> locked = true };
					if
					:: atomic { pidle[i] && each[i] ->
							each[i] = false;
							assert(!using[i]);
							visited[i] = true;
							called[i]++;
							assert(called[i] == 1)
						};
						atomic { assert(!using[i]); visited[i] = false; left--; locked = false }
					:: atomic { !(pidle[i] && each[i]) -> locked = false }
					fi
#endif
				:: else
				fi
			}
		od;
		assert(called[0] == 1 && called[NP - 1] == 1)
	:: else -> break
	od
}

init {
	atomic {
		if
		:: hangs = true
		:: hangs = false
		fi;
		run runs(0, 0);
		run runs(1, NP - 1)
	}
}
