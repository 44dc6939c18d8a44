/* SPDX-License-Identifier: MIT */
/*
 * locked.pml - goroutines locked to their threads, and the check that all are asleep
 * (core/sched/threads.c: stoplockedm, startlockedm, stopm, checkdead).
 *
 * Two goroutines, each locked to its m, yield ROUNDS times. The m queues its goroutine, gives its p
 * to one of two other ms and sleeps. The other m finds a goroutine in the queue, gives the p back
 * to that goroutine's m and sleeps. At last both goroutines park for ever. All is done under
 * sched.lock, so there are no store buffers, and each section under the lock is one step.
 *
 * Invariants: "all goroutines are asleep" is never said while one can run; it is said once
 * both have parked.
 *
 * nmlocked counts the ms that sleep for their goroutines and have not been given a p: the giver of
 * a p takes the m out. It may do so before the m has entered itself, so the count may be below
 * zero. It must be added and compared as a signed number.
 */

#ifndef ROUNDS
#define ROUNDS 2
#endif
#define NM 4

bool queued[2];     /* goroutine i is in a queue */
byte nmidle;
short nmlocked;
bool idle[2];       /* the other ms sleep */
bool nextp[2], nextother[2];
byte parked;
bool said;

#ifdef UNSIGNED
#define ALLASLEEP (nmidle + nmlocked >= NM || nmidle + nmlocked < 0)
#else
#define ALLASLEEP (nmidle + nmlocked >= NM)
#endif

#define checkdead() \
	if \
	:: ALLASLEEP && !queued[0] && !queued[1] -> \
		assert(parked == 2); \
		said = true \
	:: else \
	fi

proctype locked(byte me)
{
	byte i;
	do
	:: i++;
		/* yield or park */
		if
		:: i > ROUNDS -> parked++
		:: else -> queued[me] = true
		fi;
		/* handoffp: an m that is asleep, or a new one, which is one of the others too */
		if
		:: atomic {
				queued[0] || queued[1] ->
				if
				:: idle[0] -> idle[0] = false; nextother[0] = true; nmidle--
				:: idle[1] -> idle[1] = false; nextother[1] = true; nmidle--
				fi
			}
		:: !queued[0] && !queued[1] /* the p is idle */
		fi;
		/* stoplockedm */
		atomic { nmlocked++; checkdead() };
end:
		atomic { nextp[me] -> nextp[me] = false };
#ifdef LATE
		nmlocked--;
#endif
	od
}

proctype other(byte me)
{
	byte g;
end:
	do
	:: atomic { nextother[me] -> nextother[me] = false };
		if
		:: atomic { queued[0] -> queued[0] = false; g = 0 }
		:: atomic { queued[1] -> queued[1] = false; g = 1 }
		:: atomic { !queued[0] && !queued[1] -> g = 2 }
		fi;
		/* startlockedm */
		atomic {
			if
			:: g < 2 ->
				nextp[g] = true;
#ifndef LATE
				nmlocked--
#endif
			:: else
			fi;
			g = 0
		};
		/* stopm */
		atomic { nmidle++; idle[me] = true; checkdead() }
	od
}

init {
	atomic {
		idle[0] = true;
		idle[1] = true;
		nmidle = 2;
		run locked(0);
		run locked(1);
		run other(0);
		run other(1)
	}
}

active proctype monitor()
{
end:
	timeout -> assert(parked == 2 && said)
}
