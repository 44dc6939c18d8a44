/* SPDX-License-Identifier: MIT */
/*
 * wg.pml - wait groups with time limits: thrum_wg_add, thrum_wg_wait_until (core/sync/waitgroup.c).
 *
 * DONERS goroutines count down, WAITERS wait; each of these is late at any time while it is in the
 * queue, and waits again then. The last one to come back frees the wait group. The word `todo,
 * waiters` is one of the program's memory, changed by locked instructions only, so there are no
 * store buffers here; the queue belongs to the lock of the bucket.
 *
 * Invariants: no process touches the wait group after it was freed. All waiters come back (the end
 * is no deadlock), and with the result 0 only if nothing is left to do. A woken waiter was in the
 * queue.
 */

#define DONERS 2
#define WAITERS 2

byte todo = DONERS, waiters; /* one word */
bool freed;
bool locked;
bool queued[WAITERS];
byte ready[WAITERS]; /* 0 waits, 1 has it, 2 late */
byte back;

#define LIVE assert(!freed)

inline lock_()
{
	atomic { !locked -> locked = true }
}

inline unlock_()
{
	locked = false
}

proctype doner()
{
	bool last;
	byte i;
	atomic {
		LIVE;
		todo--;
		last = todo == 0 && waiters > 0
	};
	if
	:: last ->
		lock_();
#ifdef WAKEFIRST
		d_step {
			i = 0;
			do
			:: i < WAITERS -> if :: queued[i] -> queued[i] = false; ready[i] = 1 :: else fi; i++
			:: else -> break
			od
		};
		atomic { LIVE; waiters = 0 };
		unlock_()
#else
		atomic { LIVE; waiters = 0 };
		d_step {
			i = 0;
			do
			:: i < WAITERS -> if :: queued[i] -> queued[i] = false; ready[i] = 1 :: else fi; i++
			:: else -> break
			od
		};
		unlock_()
#endif
	:: else
	fi
}

/* The time limit of a waiter: at most TIMES times, so that the search ends. */
proctype clock(byte me)
{
	byte times;
end:
	do
	:: times < 2 && queued[me] ->
		lock_();
		if
		:: queued[me] ->
#ifdef ALWAYS
			atomic { LIVE; waiters--; queued[me] = false; ready[me] = 2 }
#else
			if
			:: atomic { todo > 0 -> LIVE; waiters--; queued[me] = false; ready[me] = 2 }
			:: atomic { todo == 0 -> skip }
			fi
#endif
		:: else
		fi;
		times++;
		unlock_()
	od
}

proctype waiter(byte me)
{
again:
	if
	:: atomic { todo == 0 -> LIVE; goto out }
	:: atomic { todo > 0 -> skip }
	fi;
	lock_();
	if
	:: atomic { todo > 0 -> LIVE; waiters++; ready[me] = 0; queued[me] = true };
		unlock_()
	:: atomic { todo == 0 -> LIVE; unlock_(); goto out }
	fi;
	ready[me] != 0;
	if
	:: ready[me] == 2 -> goto again
	:: else -> assert(todo == 0)
	fi;
out:
	atomic {
		LIVE;
		back++;
		freed = back == WAITERS
	}
}

init {
	byte i;
	atomic {
		i = 0;
		do
		:: i < DONERS -> run doner(); i++
		:: else -> break
		od;
		i = 0;
		do
		:: i < WAITERS -> run waiter(i); run clock(i); i++
		:: else -> break
		od
	}
}
