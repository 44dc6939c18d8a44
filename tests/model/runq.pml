/* SPDX-License-Identifier: MIT */
/*
 * runq.pml - the run queue of a P (core/sched/runq.c): owner without fences, thieves with a
 * barrier.
 *
 * One owner makes GS goroutines. In any order, it puts them into the ring (runqput), into the next
 * slot (runqputnext, with -DNEXT) or into yieldq (runqyield, with -DYIELD), and takes some out
 * (runqget). THIEVES others steal (runqsteal). With -DSLICE ClaimSlice is set once. The owner's
 * stores pass a store buffer. Thieves store between two locked instructions, where only the holder
 * of ClaimLock looks, so their stores act at once. A goroutine that a thief takes, or that goes to
 * the global queue, counts as run.
 *
 * Invariant: a goroutine runs at most once; when the owner finds nothing and all are made,
 * each has run.
 *
 * Bounds: a ring of SIZE, GS goroutines, a buffer of DEPTH stores, yieldq of YSIZE.
 */

#ifndef SIZE
#define SIZE 2
#endif
#ifndef GS
#define GS 4
#endif
#ifndef THIEVES
#define THIEVES 2
#endif
#ifndef DEPTH
#define DEPTH 3
#endif
#define YSIZE 2
#define BATCH (SIZE / 2)

#define HEAD 0
#define TAIL 1
#define NEXTON 2
#define NEXTG 3
#define YHEAD 4
#define YTAIL 5
#define RING(i) (6 + (i) % SIZE)
#define YIELDQ(i) (6 + SIZE + (i))
#define NMEM (6 + SIZE + YSIZE)
#define NBUF 1
#include "tso.inc"

#define LOCK 1
#define SLICE_ 2
byte claim;
bool ran[GS + 1];
bool done;
byte thieves;

inline runs(g_)
{
	d_step {
		assert(g_ != 0 && g_ <= GS && !ran[g_]);
		ran[g_] = true
	}
}

/* ---- the owner; its registers are h t g old x y n isfull all ---- */

inline claimlock() { atomic { FENCE(0) && !(claim & LOCK) -> claim = claim | LOCK } }
inline claimunlock() { atomic { FENCE(0) -> claim = claim & ~LOCK } }

inline compact()
{
	LD(0, HEAD, h);
	do
	:: LD(0, TAIL, t);
		if
		:: h == t -> break
		:: else
		fi;
		LD(0, RING(h), x);
		if
		:: x != 0 -> break
		:: else -> h++
		fi
	od;
	ST(0, HEAD, h)
}

inline popring(pr_)
{
	compact();
	if
	:: h == t -> pr_ = 0
	:: else ->
		ST(0, HEAD, h + 1);
		LD(0, RING(h), pr_)
	fi
}

inline runqput(q_)
{
	LD(0, TAIL, t);
	LD(0, HEAD, h);
	if
	:: t - h == SIZE ->
		claimlock();
		compact();
		n = 0;
		isfull = (t - h == SIZE);
		do
		:: isfull && n < BATCH ->
			popring(y);
			if
			:: y == 0 -> break
			:: else -> runs(y); n++
			fi
		:: else -> break
		od;
		n = 0;
		isfull = false;
		y = 0;
		LD(0, TAIL, t);
		ST(0, RING(t), q_);
		ST(0, TAIL, t + 1);
		claimunlock()
	:: else ->
#ifdef TAILEARLY
		ST(0, TAIL, t + 1);
		ST(0, RING(t), q_)
#else
		ST(0, RING(t), q_);
		ST(0, TAIL, t + 1)
#endif
	fi
}

inline takenext(tn_)
{
	LD(0, NEXTON, x);
	if
	:: x == 0 -> tn_ = 0
	:: else ->
#ifdef NEXTCLAIMFIRST
		x = claim;
		ST(0, NEXTON, 0);
#else
		ST(0, NEXTON, 0);
		x = claim;
#endif
		if
		:: x == 0 -> LD(0, NEXTG, tn_)
		:: else ->
			ST(0, NEXTON, 1);
#ifndef NEXTNOLOCK
			claimlock();
#endif
			LD(0, NEXTG, tn_);
			ST(0, NEXTON, 0);
#ifndef NEXTNOLOCK
			claimunlock()
#endif
		fi
	fi
}

inline runqputnext(qn_)
{
	takenext(old);
	ST(0, NEXTG, qn_);
	ST(0, NEXTON, 1);
	if
	:: old != 0 -> runqput(old); old = 0
	:: else
	fi
}

inline runqflush()
{
	LD(0, YTAIL, t);
	if
	:: t == 0
	:: else ->
#ifndef FLUSHNOLOCK
		claimlock();
#endif
		LD(0, YHEAD, h);
		do
		:: h != t -> LD(0, YIELDQ(h), y); runs(y); h++
		:: else -> break
		od;
		y = 0;
		ST(0, YHEAD, 0);
		ST(0, YTAIL, 0);
#ifndef FLUSHNOLOCK
		claimunlock()
#endif
	fi
}

inline runqyield(qy_)
{
	LD(0, YTAIL, t);
	if
	:: t == YSIZE -> runqflush(); t = 0
	:: else
	fi;
	ST(0, YIELDQ(t), qy_);
	ST(0, YTAIL, t + 1)
}

/* g = the next one, 0 when there is none */
inline runqget()
{
	g = 0;
	LD(0, HEAD, h);
	LD(0, NEXTON, x);
	if
	:: x != 0 -> goto getslow
	:: else
	fi;
	LD(0, TAIL, t);
	if
	:: h == t -> goto got
	:: else
	fi;
#ifdef SLOTFIRST
	LD(0, RING(h), g);
#endif
#ifdef CLAIMFIRST
	x = claim;
	ST(0, HEAD, h + 1);
#else
	ST(0, HEAD, h + 1);
	x = claim;
#endif
	if
	:: x != 0 ->
#ifndef NOUNDO
		ST(0, HEAD, h);
#endif
		goto getslow
	:: else
	fi;
#ifndef SLOTFIRST
	LD(0, RING(h), g);
#endif
	if
#ifdef NULLEMPTY
	:: true -> goto got
#else
	:: g != 0 -> goto got
	:: else -> goto getslow
#endif
	fi;
getslow:
	g = 0;
#ifdef NEXT
	all = claim;
	takenext(g);
	if
	:: g != 0 && (all & SLICE_) -> runqput(g); g = 0
	:: else
	fi;
	all = 0;
	if
	:: g != 0 -> goto got
	:: else
	fi;
#endif
	LD(0, HEAD, h);
	LD(0, TAIL, t);
	if
	:: h == t -> goto got
	:: else
	fi;
#ifndef SLOWNOLOCK
	claimlock();
#endif
	popring(g);
#ifndef SLOWNOLOCK
	claimunlock();
#endif
got:
	h = 0;
	t = 0;
	x = 0
}

active proctype owner()
{
	byte made, h, t, g, old, x, y, n, all;
	bool isfull;
	do
	:: made < GS ->
		made++;
		if
		:: runqput(made)
#ifdef NEXT
		:: runqputnext(made)
#endif
#ifdef YIELD
		:: runqyield(made)
#endif
		fi;
		h = 0;
		t = 0;
		x = 0
	:: true ->
		runqget();
		if
		:: g != 0 -> runs(g); g = 0
		:: else ->
#ifdef YIELD
			runqflush();
			h = 0;
			t = 0;
#endif
			if
			:: made == GS -> break
			:: else
			fi
		fi
	od;
	done = true;
	thieves == 0;
	for (x : 1 .. GS) {
		assert(ran[x])
	}
}

/* ---- thieves: runqsteal ---- */

proctype thief()
{
	byte h, t, g, n, want, old;
	do
	:: done -> break
	:: d_step { !(claim & LOCK) -> claim = claim | LOCK };
#ifndef NOBARRIER
		DRAIN(0);
#endif
#ifdef TAILFIRST
		t = mem[TAIL];
		h = mem[HEAD];
#else
		h = mem[HEAD];
		t = mem[TAIL];
#endif
		do
		:: h != t && mem[RING(h)] == 0 -> h++
		:: else -> break
		od;
		want = ((t - h + 1) & 255) / 2;
		do
		:: h != t && n < want ->
			g = mem[RING(h)];
			if
			:: g != 0 ->
#ifndef NONULL
				mem[RING(h)] = 0;
#endif
				runs(g);
				n++
			:: else
			fi;
			h++
		:: else -> break
		od;
#ifdef YIELD
		t = mem[YTAIL];
		h = mem[YHEAD];
		do
		:: n < BATCH && h != t -> g = mem[YIELDQ(h)]; runs(g); n++; h++
		:: else -> break
		od;
		mem[YHEAD] = h;
#endif
#ifdef NEXT
		if
		:: n == 0 && mem[NEXTON] != 0 ->
			g = mem[NEXTG];
			if
			:: g != 0 ->
#ifndef NEXTNONULL
				mem[NEXTG] = 0;
#endif
				runs(g)
			:: else
			fi
		:: else
		fi;
#endif
		g = 0;
		d_step {
			h = 0;
			t = 0;
			n = 0;
			want = 0;
			claim = claim & ~LOCK
		}
	od;
	thieves--
}

init {
	byte i;
	atomic {
		thieves = THIEVES;
		for (i : 1 .. THIEVES) {
			run thief()
		}
	}
}

#ifdef SLICE
active proctype sysmon()
{
	claim = claim | SLICE_
}
#endif
