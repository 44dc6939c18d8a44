/* SPDX-License-Identifier: MIT */
/*
 * scan.pml - a walk visits the stack of each goroutine once, while they run (core/sched/scan.c).
 *
 * Two ms with a p each, NG goroutines, a walker without a p that makes ROUNDS walks, and a monitor
 * that retakes a p from a foreign call once. An m resumes a goroutine that is runnable; this one
 * parks, is stopped because the walker waits for its p, or makes a foreign call. A parked goroutine
 * becomes runnable at any time. An m whose p was retaken queues its goroutine when the call ends,
 * and waits for an idle p. The walker visits goroutines in foreign calls without stopping the end
 * of the call: the visit at that end waits.
 *
 * incall of an m passes its store buffer. Each action under sched.lock or by a locked instruction
 * is one step. A visit takes two steps, and a goroutine uses its stack from the moment it runs
 * until it stops or its call begins.
 *
 * Invariants: nobody visits a stack in use; a walk visits each goroutine exactly once; it ends,
 * also when no foreign call does (the walker never waits for one).
 *
 * Bounds: FUEL times that a goroutine parks or makes a call, in all.
 */

#ifndef NG
#define NG 2
#endif
#ifndef FUEL
#define FUEL 2
#endif
#ifndef ROUNDS
#define ROUNDS 2
#endif
#define DEPTH 2
#define INCALL(m) (m)
#define NMEM 2
#define NBUF 2
#include "tso.inc"

#define NONE 255
#define RUNNABLE 0
#define WAITING 1
#define MOVING 2    /* running, or in a foreign call */
byte fuel = FUEL;
bool hangs;         /* foreign calls of the first m never end */
byte wgen;          /* the walk's number, even */
byte status[NG];
bool queued[NG] = true;
byte gen[NG];       /* odd: somebody has the stack */
byte visits[NG];
bool inuse[NG], reading[NG];
byte who[NG] = NONE; /* g.m */
byte cur[2] = NONE; /* m.curg */
byte mp[2];         /* m.p: number, or NONE */
bool mclaim[2];
bool mscan[2];      /* ClaimScan of m.claim */
bool each[2];       /* ClaimEach of p.claim */
bool pscan[2];      /* ClaimScan of p.claim */
bool pidle[2];

inline use(g_) { d_step { assert(!reading[g_]); inuse[g_] = true } }

/* visit: the caller waits while another has the stack */
inline visit(g_)
{
	if
	:: atomic { gen[g_] == wgen -> skip }
#ifdef NOHOLD
	:: atomic { gen[g_] % 2 == 1 -> skip }
#endif
	:: atomic { gen[g_] % 2 == 0 && gen[g_] != wgen ->
			gen[g_]++;
			assert(!inuse[g_]);
			reading[g_] = true
		};
		atomic {
			reading[g_] = false;
			visits[g_]++;
			assert(visits[g_] == 1);
			gen[g_] = wgen
		}
	fi
}

inline scanrun(p_, g_)
{
	if
	:: pscan[p_] -> visit(g_)
	:: else
	fi
}

proctype runs(byte me; byte pp)
{
	byte g = NONE, v, p;
	mp[me] = pp;
endschedule:
	if
	:: atomic { each[pp] && FENCE(me) -> each[pp] = false; pscan[pp] = true }; goto endschedule
	:: atomic { !each[pp] && status[0] == RUNNABLE && queued[0] -> queued[0] = false; g = 0 }
	:: atomic { !each[pp] && status[NG - 1] == RUNNABLE && queued[NG - 1] -> queued[NG - 1] = false; g = NG - 1 }
	fi;
#ifndef NORESUME
	scanrun(pp, g);
#endif
	atomic { status[g] = MOVING; who[g] = me; cur[me] = g };
running:
	use(g);
endrun:
	if
	:: atomic { each[pp] && FENCE(me) -> inuse[g] = false; each[pp] = false; pscan[pp] = true };
#ifndef NOSAFEPOINT
		scanrun(pp, g);
#endif
		goto running
	:: atomic { !each[pp] && fuel > 0 -> fuel--; inuse[g] = false; cur[me] = NONE };
		atomic { status[g] = WAITING; g = NONE };
		goto endschedule
	:: atomic { !each[pp] && fuel > 0 -> fuel--; inuse[g] = false }
	fi;
	ST(me, INCALL(me), 1);
endcall:
	(me != 0 || !hangs);
	ST(me, INCALL(me), 0);
	d_step { v = (mclaim[me] || mscan[me]); p = mp[me] };
	if
	:: !v && p != NONE -> p = NONE; goto running
	:: else
	fi;
	v = 0;
	/* exitsyscall: hasp */
	atomic { FENCE(me) && !mclaim[me] -> mscan[me] = false; p = mp[me] };
	if
	:: p != NONE ->
		p = NONE;
#ifndef NOEXIT
		scanrun(pp, g);
#endif
		goto running
	:: else
	fi;
	p = NONE;
	atomic { cur[me] = NONE; status[g] = RUNNABLE; queued[g] = true; g = NONE };
endsleep:
	if
	:: atomic { pidle[0] -> pidle[0] = false; pp = 0; mp[me] = 0 }
	:: atomic { pidle[1] -> pidle[1] = false; pp = 1; mp[me] = 1 }
	fi;
	goto endschedule
}

proctype wakes()
{
endwake:
	do
	:: atomic { status[0] == WAITING && !queued[0] -> status[0] = RUNNABLE; queued[0] = true }
	:: atomic { status[NG - 1] == WAITING && !queued[NG - 1] -> status[NG - 1] = RUNNABLE; queued[NG - 1] = true }
	od
}

/* the m that has p_, or NONE */
#define MOF(p_) (mp[0] == p_ -> 0 : (mp[1] == p_ -> 1 : NONE))

/* ok: m_, which has p_, is in a foreign call and cannot leave it */
inline holdcall(m_, ok_)
{
	ok_ = false;
	if
	:: atomic { !mclaim[m_] -> mclaim[m_] = true };
		DRAIN(m_);
		ok_ = mem[INCALL(m_)];
		if
		:: !ok_ -> mclaim[m_] = false
		:: else
		fi
	:: mclaim[m_]
	fi
}

proctype monitor()
{
	bool ok;
	byte p;
	holdcall(0, ok);
	if
	:: ok ->
		atomic { p = mp[0]; mp[0] = NONE };
		mclaim[0] = false;
		if
		:: p != NONE -> pidle[p] = true
		:: else
		fi
	:: else
	fi
}

#define ingcall(m_) (m_ < 2 && mem[INCALL(m_ % 2)] != 0)
#define reachable(p_) (each[p_] && (pidle[p_] || ingcall(MOF(p_))))
#define unvisited(g_) (gen[g_] != wgen)
/* the walker can do something about g_: visit it, or see that it was visited */
#define doable(g_) (unvisited(g_) && (status[g_] != MOVING || ingcall(who[g_])))

active proctype walker()
{
	byte i, round, m = NONE;
	bool ok;
	do
	:: round < ROUNDS ->
		round++;
		atomic {
			wgen = wgen + 2;
			visits[0] = 0;
			visits[NG - 1] = 0;
#ifdef NOEACH
			pscan[0] = true;
			pscan[1] = true
#else
			each[0] = true;
			each[1] = true
#endif
		};
		/* foreachp */
		do
		:: !each[0] && !each[1] -> break
		:: reachable(0) || reachable(1) ->
			for (i : 0 .. 1) {
				atomic { m = MOF(i) };
				if
				:: each[i] && m != NONE ->
					holdcall(m, ok);
					if
					:: ok ->
						atomic {
							if
							:: each[i] && mp[m] == i ->
								each[i] = false;
								pscan[i] = true;
#ifndef NOMBIT
								mscan[m] = true
#endif
							:: else
							fi
						};
						mclaim[m] = false
					:: else
					fi
				:: else
				fi;
				m = NONE;
				ok = false;
				atomic {
					if
					:: pidle[i] && each[i] -> each[i] = false; pscan[i] = true
					:: else
					fi
				}
			}
		od;
		/* the list of all goroutines, and again those that were moving */
		do
		:: !unvisited(0) && !unvisited(NG - 1) -> break
		:: doable(0) || doable(NG - 1) ->
			for (i : 0 .. NG - 1) {
				if
				:: unvisited(i) && status[i] != MOVING -> visit(i)
				:: unvisited(i) && status[i] == MOVING ->
					/* visitcall: while its gen is odd it may leave the call, but not run */
					m = who[i];
					if
					:: atomic { gen[i] % 2 == 0 && gen[i] != wgen -> gen[i]++ };
						if
						:: mem[INCALL(m)] != 0 && cur[m] == i ->
							atomic { assert(!inuse[i]); reading[i] = true };
							atomic {
								reading[i] = false;
								visits[i]++;
								assert(visits[i] == 1);
								gen[i] = wgen
							}
						:: else -> gen[i]--
						fi
					:: atomic { gen[i] % 2 == 1 || gen[i] == wgen -> skip }
					fi
				:: else
				fi;
				m = NONE
			}
		od;
		atomic {
			assert(visits[0] == 1 && visits[NG - 1] == 1);
			pscan[0] = false;
			pscan[1] = false
		}
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
		run runs(1, 1);
		run wakes();
		run monitor()
	}
}
