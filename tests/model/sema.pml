/* SPDX-License-Identifier: MIT */
/*
 * sema.pml - semaphores: semacquire, semrelease, thrum_sema_handoff (core/sync/sema.c).
 *
 * TAKERS goroutines acquire one unit each and GIVERS release one each; as many units as takers come
 * in all. The last giver hands off, with -DHANDOFF. The count and nwait are changed by locked
 * instructions only; a giver reads nwait by a plain load after one. The queue belongs to the lock
 * of the bucket.
 *
 * Invariants: all takers get their unit (the end is no deadlock). Never are more units taken than
 * given. A taker that was handed a unit did not need to look again. A woken taker was in the queue.
 *
 * With -DTIMED the last taker waits with a time limit first. When that is over, it waits without
 * one; with -DGIVEBACK it leaves. If it has got a unit by then, it gives that back, so that there
 * is one giver less. Its clock fires at any time after it is armed, and takes the taker out of the
 * queue if it is there. Further invariants: only a taker with a limit is late. None with a limit is
 * in the queue without a clock. The clock is at rest when the wait is over.
 *
 * Bounds: three of each, stores are locked instructions, so the only buffer that matters is that of
 * the mutant PLAINWAIT, whose taker counts itself in nwait by a plain store.
 */

#define N 3
#define DEPTH 2
#define NWAIT 0
#define NMEM 1
#define NBUF 3
#include "tso.inc"

byte count;      /* units */
bool locked;     /* the bucket */
byte queue[N];   /* the waiters, the first one first */
byte nqueue;
byte ready[N];   /* 0 waits, 1 woken: try again, 2 woken: has it, 3 late */
bool armed, firing; /* the clock of the last taker */
bool done[N];
byte given, taken;
byte place;      /* of d_steps */

inline lock_()
{
	atomic { !locked -> locked = true }
}

inline unlock_()
{
	locked = false
}

inline enqueue(me)
{
	d_step {
		if
		:: first ->
			place = nqueue;
			do
			:: place > 0 -> queue[place] = queue[place - 1]; place--
			:: else -> break
			od;
			queue[0] = me
		:: else -> queue[nqueue] = me
		fi;
		nqueue++;
		place = 0
	}
}

inline dequeue(who)
{
	d_step {
		who = queue[0];
		nqueue--;
		do
		:: place < nqueue -> queue[place] = queue[place + 1]; place++
		:: else -> break
		od;
		queue[place] = 0;
		place = 0
	}
}

inline remove(me)
{
	d_step {
		do
		:: place < nqueue && queue[place] != me -> place++
		:: else -> break
		od;
		if
		:: place < nqueue ->
			nqueue--;
			do
			:: place < nqueue -> queue[place] = queue[place + 1]; place++
			:: else -> break
			od;
			queue[place] = 0;
			found = true
		:: else -> found = false
		fi;
		place = 0
	}
}

#define LATE (N - 1)

active proctype clock()
{
	bool found;
end:
	do
	:: atomic { armed -> armed = false; firing = true };
		lock_();
#ifdef UNLOOKED
		atomic { mem[NWAIT] = mem[NWAIT] - 1 };
#endif
		remove(LATE);
		if
		:: found ->
#ifndef UNLOOKED
			atomic { mem[NWAIT] = mem[NWAIT] - 1 };
#endif
			unlock_();
			ready[LATE] = 3
		:: else -> unlock_()
		fi;
		firing = false
	od
}

proctype taker(byte me; bool timed)
{
	bool first = false;
	byte v;
	if
	:: atomic { count > 0 -> count--; goto got }
	:: atomic { count == 0 -> skip }
	fi;
again:
#ifdef ARMFIRST
	if
	:: timed -> armed = true
	:: else
	fi;
#endif
	lock_();
#ifdef PLAINWAIT
	LD(me, NWAIT, v);
	ST(me, NWAIT, v + 1);
#else
	atomic { FENCE(me) -> mem[NWAIT] = mem[NWAIT] + 1 };
#endif
#ifndef NOLOOK
	if
	:: atomic { count > 0 -> count-- };
		atomic { FENCE(me) -> mem[NWAIT] = mem[NWAIT] - 1 };
		unlock_();
		goto got
	:: atomic { count == 0 -> skip }
	fi;
#endif
	ready[me] = 0;
	enqueue(me);
#ifndef ARMFIRST
	if
	:: timed -> armed = true
	:: else
	fi;
#endif
	assert(!timed || armed || firing);
	unlock_();
	ready[me] != 0;
	if
#ifdef NOSTOPWAIT
	:: timed -> armed = false
#else
	:: timed -> atomic { !firing -> armed = false }
#endif
	:: else
	fi;
	if
	:: ready[me] == 2 -> goto got
#ifdef GIVEBACK
	:: ready[me] == 3 -> assert(timed); goto leave
#else
	:: ready[me] == 3 -> assert(timed); timed = false; goto again
#endif
#ifdef LEAVE
	:: ready[me] == 1 && timed -> goto leave
#endif
	:: else
	fi;
	if
	:: atomic { count > 0 -> count-- }
	:: atomic { count == 0 -> first = true; goto again }
	fi;
got:
	atomic {
		taken++;
		assert(taken <= given);
		done[me] = true
#ifdef GIVEBACK
		if
		:: timed -> run giver(0)
		:: else
		fi
#endif
	}
leave:
	skip
}

proctype giver(byte handoff)
{
	byte who, v;
	if
	:: handoff ->
		lock_();
		if
		:: nqueue > 0 ->
			dequeue(who);
			atomic { mem[NWAIT] = mem[NWAIT] - 1 };
			unlock_();
			atomic { given++; ready[who] = 2 };
			goto out
		:: else -> unlock_()
		fi
	:: else
	fi;
#ifdef LATECOUNT
	v = mem[NWAIT];
	atomic { count++; given++ };
#else
	atomic { count++; given++ };
	v = mem[NWAIT];
#endif
	if
	:: v == 0 -> goto out
	:: else
	fi;
	lock_();
	if
	:: nqueue > 0 ->
		dequeue(who);
		atomic { mem[NWAIT] = mem[NWAIT] - 1 };
		unlock_();
		assert(ready[who] == 0 && !done[who]);
#ifdef GIVETWICE
		ready[who] = 2
#else
		ready[who] = 1
#endif
	:: else -> unlock_()
	fi;
out:
	skip
}

init {
	atomic {
		run taker(0, 0);
		run taker(1, 0);
#ifdef TIMED
		run taker(2, 1);
#else
		run taker(2, 0);
#endif
		run giver(0);
#ifndef GIVEBACK
		run giver(0);
#endif
#ifdef HANDOFF
		run giver(1)
#else
		run giver(0)
#endif
	}
}
