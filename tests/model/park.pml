/* SPDX-License-Identifier: MIT */
/*
 * park.pml - no wake-up is lost between an m that makes work and one that goes to sleep
 * (core/sched/find.c, proc.c, threads.c).
 *
 * SUBMITTERS ms put one goroutine each into their own queues (submit: a plain store, then needwake,
 * all without a fence) and compute for ever. With -DGLOBAL a thread without a p puts one into the
 * global queue. WORKERS ms are in findrunnable at first, or asleep. They look at the others as a
 * spinning m or not, give the p back, look again behind a barrier, sleep. They run each goroutine
 * that they take (resetspinning, wakep): for ever, or to its end and on. With -DCALLER another m
 * gives its p away (handoffp), and takes an idle one again (hasp) and computes.
 *
 * A queue is two counters: put, in its owner's store buffer, and taken. Ps are all alike: only how
 * many are idle is known. A new thread is an m of the pool that is asleep.
 *
 * Invariant, when nothing more can happen: work in a queue and an idle p are never there
 * together. So no goroutine waits for ever, whatever those that run do.
 *
 * Bounds: one goroutine per submitter, two with -DTWICE; as many ps as ms run at first.
 */

#ifndef SUBMITTERS
#define SUBMITTERS 2
#endif
#ifndef WORKERS
#define WORKERS 2
#endif
#ifndef SPARE
#define SPARE 1
#endif
#define DEPTH 2
#define NMEM SUBMITTERS
#define NBUF SUBMITTERS
#include "tso.inc"

#define NM (WORKERS + SPARE)
byte taken[SUBMITTERS];
byte globsize;
byte npidle, nmspinning;
bool schedlock;
bool idle[NM], nextp[NM], nextspin[NM];

inline lock() { atomic { !schedlock -> schedlock = true } }
#define unlock() schedlock = false

/* wakep and startm(NULL, true), after the swap of nmspinning. FENCE of the caller. */
inline startm()
{
	lock();
	if
	:: npidle == 0 ->
#ifdef DECLATE
		unlock();
		nmspinning--
#else
		nmspinning--;
		unlock()
#endif
	:: else ->
		npidle--;
		unlock();
		wakeup(true)
	fi
}

/* an m gets a p: one that sleeps, or a new one */
inline wakeup(spinning_)
{
	atomic {
		if
		:: idle[0] -> idle[0] = false; nextspin[0] = spinning_; nextp[0] = true
		:: else ->
			if
			:: idle[NM - 1] -> idle[NM - 1] = false; nextspin[NM - 1] = spinning_; nextp[NM - 1] = true
#if NM > 2
			:: idle[1] -> idle[1] = false; nextspin[1] = spinning_; nextp[1] = true
#endif
#if NM > 3
			:: idle[2] -> idle[2] = false; nextspin[2] = spinning_; nextp[2] = true
#endif
			fi
		fi
	}
}

/* ---- ms that make work ---- */

proctype submitter(byte me)
{
	byte i;
	do
#ifdef TWICE
	:: i == 2 -> break
#else
	:: i == 1 -> break
#endif
	:: else ->
		i++;
		ST(me, me, i);
#ifdef FENCED
		FENCE(me);
#endif
		if
		:: npidle == 0 -> goto next
		:: else
		fi;
		if
		:: nmspinning != 0 -> goto next
		:: else
		fi;
		if
		:: atomic { FENCE(me) && nmspinning == 0 -> nmspinning = 1 };
			startm()
		:: FENCE(me) && nmspinning != 0
		fi;
next:
		skip
	od
end:
	/* computes for ever, with its p */
	false
}

#ifdef GLOBAL
active proctype foreign()
{
	lock();
	globsize++;
	unlock();
	if
	:: npidle == 0 -> goto end
	:: else
	fi;
	if
	:: nmspinning != 0 -> goto end
	:: else
	fi;
	if
	:: atomic { nmspinning == 0 -> nmspinning = 1 };
		startm()
	:: nmspinning != 0
	fi;
end:
	skip
}
#endif

/* ---- ms that look for it ---- */

/* anywork: something = one of the queues is not empty */
#define QUEUED(i) (mem[i] != taken[i])
inline anywork()
{
	something = false;
	if
	:: globsize > 0 -> something = true
	:: else
	fi;
	if
	:: QUEUED(0) -> something = true
	:: else
	fi;
#if SUBMITTERS > 1
	if
	:: QUEUED(1) -> something = true
	:: else
	fi
#endif
}

inline getglobal()
{
	lock();
	if
	:: globsize > 0 -> globsize--; got = true
	:: else
	fi;
	unlock()
}

/* runqsteal: runq.pml shows that it may be thought of as one step behind the barrier */
inline runqsteal(i_)
{
	atomic {
		DRAIN(i_);
		if
		:: QUEUED(i_) -> taken[i_]++; got = true
		:: else
		fi
	}
}

proctype worker(byte me; bool awake)
{
	bool spinning, got, something;
	if
	:: awake -> goto find
	:: else -> goto sleep
	fi;
find:
	if
	:: globsize > 0 ->
		getglobal();
		if
		:: got -> goto execute
		:: else
		fi
	:: else
	fi;
	if
	:: spinning || true ->
		if
		:: !spinning -> spinning = true; nmspinning++
		:: else
		fi;
		/* spin: any of the queues, or none, is tried */
		if
		:: QUEUED(0) -> runqsteal(0)
#if SUBMITTERS > 1
		:: QUEUED(1) -> runqsteal(1)
#endif
		:: true
		fi;
		if
		:: got -> goto execute
		:: else
		fi
	:: !spinning /* enough others spin */
	fi;
	/* the p goes to the idle ones */
	lock();
	if
	:: globsize > 0 -> unlock(); goto find
	:: else
	fi;
#ifdef LOOKFIRST
	unlock();
	DRAIN(0);
#if SUBMITTERS > 1
	DRAIN(1);
#endif
	anywork();
	lock();
#endif
	npidle++;
	unlock();
#ifdef DECAFTER
#else
	if
	:: spinning -> spinning = false; nmspinning--
	:: else
	fi;
#endif
#ifndef LOOKFIRST
#ifndef NOBARRIER
	DRAIN(0);
#if SUBMITTERS > 1
	DRAIN(1);
#endif
#endif
#ifndef NORECHECK
	anywork();
#endif
#endif
#ifdef DECAFTER
	if
	:: spinning -> spinning = false; nmspinning--
	:: else
	fi;
#endif
	if
	:: something ->
		something = false;
		lock();
		if
		:: npidle > 0 ->
			npidle--;
			unlock();
			spinning = true;
			nmspinning++;
			goto find
		:: else -> unlock()
		fi
	:: else
	fi;
sleep:
	idle[me] = true;
end:
	atomic {
		nextp[me] ->
		nextp[me] = false;
		spinning = nextspin[me];
		nextspin[me] = false
	};
	goto find;
execute:
	got = false;
	if
	:: spinning ->
		spinning = false;
		atomic { something = (nmspinning == 1); nmspinning-- };
#ifndef NORESET
		if
		:: something && npidle != 0 ->
			if
			:: nmspinning == 0 ->
				if
				:: atomic { nmspinning == 0 -> nmspinning = 1 };
					startm()
				:: nmspinning != 0
				fi
			:: else
			fi
		:: else
		fi;
#endif
		something = false
	:: else
	fi;
	if
	:: goto find
	:: goto endcompute
	fi;
endcompute:
	false
}

/* ---- a p changes hands around a foreign call ---- */

#ifdef CALLER
active proctype caller()
{
	bool something;
	/* hasp, after its p has been taken away: an idle one */
	if
	:: true ->
		lock();
		if
		:: npidle > 0 -> npidle--; unlock()
		:: else -> unlock(); goto end
		fi
	:: goto end
	fi;
	/* handoffp; its own queue is empty */
	if
	:: globsize > 0 -> wakeup(false); goto end
	:: else
	fi;
	if
	:: npidle + nmspinning == 0 ->
		if
		:: atomic { nmspinning == 0 -> nmspinning = 1 };
			wakeup(true);
			goto end
		:: nmspinning != 0
		fi
	:: else
	fi;
	lock();
	if
	:: globsize > 0 -> unlock(); wakeup(false); goto end
	:: else
	fi;
	npidle++;
	unlock();
#ifndef NOLASTLOOK
	DRAIN(0);
#if SUBMITTERS > 1
	DRAIN(1);
#endif
	anywork();
	if
	:: something && npidle != 0 && nmspinning == 0 ->
		if
		:: atomic { nmspinning == 0 -> nmspinning = 1 };
			startm()
		:: nmspinning != 0
		fi
	:: else
	fi;
#endif
end:
	skip
}
#endif

init {
	byte i;
	atomic {
		run submitter(0);
#if SUBMITTERS > 1
		run submitter(1);
#endif
		for (i : 0 .. NM - 1) {
			if
			:: i < WORKERS -> run worker(i, true)
			:: else -> run worker(i, false)
			fi
		}
	}
}

active proctype monitor()
{
end:
	timeout ->
	assert(npidle == 0 || (globsize == 0 && !QUEUED(0)
#if SUBMITTERS > 1
		&& !QUEUED(1)
#endif
		));
	assert(nmspinning == 0)
}
