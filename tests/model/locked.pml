/* SPDX-License-Identifier: MIT */
/*
 * locked.pml - a goroutine locked to its thread, and who finds out that all are asleep
 * (core/sched/threads.c: stoplockedm, startlockedm, stopm, checkdead).
 *
 * One p, two ms. The locked goroutine yields ROUNDS times: its m queues it, gives the p to the other m
 * and sleeps; that one finds it in the queue, gives the p back and sleeps. At last the
 * goroutine parks for ever. All is done under sched.lock or by locked instructions, so no
 * store buffers.
 *
 * Invariants: "all goroutines are asleep" is never said while the goroutine can run; it is
 * said once it has parked.
 *
 * The number of ms that sleep for their goroutines must not count one that has been given a p
 * and has not woken yet, nor one that has been given a p before it sleeps: so who gives it
 * takes the m out of the count, and who was given one does not enter it.
 */

#ifndef ROUNDS
#define ROUNDS 2
#endif

bool schedlock;
byte queued;        /* the goroutine is in a queue */
byte npidle;
byte nmidle, nmlocked;
bool idle;          /* the other m sleeps */
bool counted;       /* the first m is in nmlocked */
bool nextp1, nextp2;
bool parked, said;

inline lock() { atomic { !schedlock -> schedlock = true } }
#define unlock() schedlock = false

inline checkdead()
{
	if
	:: nmidle + nmlocked == 2 && !queued ->
		assert(parked);
		said = true
	:: else
	fi
}

active proctype first()
{
	byte i;
	do
	:: i++;
		/* yield or park, then handoffp */
		if
		:: i > ROUNDS -> parked = true
		:: else -> queued = 1
		fi;
		lock();
		if
		:: queued && idle ->
			idle = false;
			nmidle--;
			nextp2 = true
		:: queued && !idle ->
			/* a new m, which is the other one as soon as it sleeps */
			unlock();
			atomic { idle && !schedlock -> schedlock = true };
			idle = false;
			nmidle--;
			nextp2 = true
		:: else -> npidle++
		fi;
		unlock();
		/* stoplockedm */
		lock();
#ifdef LATEDEC
		nmlocked++;
		checkdead();
#else
#ifndef NOTGIVEN
		if
		:: nextp1
		:: else ->
#endif
			nmlocked++;
			counted = true;
			checkdead();
#ifndef NOTGIVEN
		fi;
#endif
#endif
		unlock();
end:
		atomic { nextp1 -> nextp1 = false };
#ifdef LATEDEC
		lock();
		nmlocked--;
		unlock()
#endif
	od
}

active proctype second()
{
	lock();
	idle = true;
	nmidle++;
	unlock();
end:
	do
	:: atomic { nextp2 -> nextp2 = false };
		atomic { queued -> queued = 0 };
		/* startlockedm */
		lock();
		nextp1 = true;
#ifndef LATEDEC
		if
		:: counted -> counted = false; nmlocked--
		:: else
		fi;
#endif
		unlock();
		/* stopm */
		lock();
		nmidle++;
		idle = true;
		checkdead();
		unlock()
	od
}

active proctype monitor()
{
end:
	timeout -> assert(parked && said)
}
