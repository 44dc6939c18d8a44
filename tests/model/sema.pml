/* SPDX-License-Identifier: MIT */
/*
 * sema.pml - semaphores: semacquire, semrelease, thrum_sema_handoff (core/sync/sema.c).
 *
 * TAKERS goroutines acquire one unit each and GIVERS release one each; as many units as takers
 * come in all. The last giver hands off, with -DHANDOFF. The count and nwait are changed by locked instructions
 * only; a giver reads nwait by a plain load after one. The queue belongs to the lock of the bucket.
 *
 * Invariants: all takers get their unit (the end is no deadlock); there are never more units taken than
 * given; a taker that was handed a unit did not need to look again; who is woken was in the queue.
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
byte queue[N];   /* who waits, the first one first */
byte nqueue;
byte ready[N];   /* 0 waits, 1 woken: try again, 2 woken: has it */
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

proctype taker(byte me)
{
	bool first = false;
	byte v;
	if
	:: atomic { count > 0 -> count--; goto got }
	:: atomic { count == 0 -> skip }
	fi;
again:
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
	unlock_();
	ready[me] != 0;
	if
	:: ready[me] == 2 -> goto got
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
	}
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
		run taker(0);
		run taker(1);
		run taker(2);
		run giver(0);
		run giver(0);
#ifdef HANDOFF
		run giver(1)
#else
		run giver(0)
#endif
	}
}
