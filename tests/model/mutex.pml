/* SPDX-License-Identifier: MIT */
/*
 * mutex.pml - thrum_mutex: its word, its queue and its wake-ups (core/sync/mutex.c).
 *
 * TASKS goroutines lock and unlock ROUNDS times each. The word is changed by locked instructions
 * only, so it needs no store buffers; each look at it and each compare and swap is a step of its
 * own. Time is not modelled: after a lost try a goroutine is late from then on or not, as the
 * checker likes, and so is the next in the queue at a handover. Spinning is the step in which one
 * claims Woken and looks again.
 *
 * Invariants: one goroutine is inside at a time. None sleeps for ever, which the checker sees as a
 * deadlock. When all are done the word is 0 and the queue empty. While a late goroutine is in the
 * queue the mutex is taken by a handover only. An unlock does not touch the word after it is free,
 * because another goroutine may have unlocked it last and freed its memory.
 */

#ifndef TASKS
#define TASKS 3
#endif
#ifndef ROUNDS
#define ROUNDS 1
#endif

#define L 1
#define P 4
#define W 8
#define S 16
/* Call, the fifth bit, is a function of these. */
#define CALL(v) (((v) & S) || ((v) & (P | W)) == P)

byte word;
bool bucket;         /* the bucket's lock */
byte queue[TASKS];
byte nqueue;
byte wakeup[TASKS];  /* 0 sleeps, 1 may try, 2 has it */
byte inside;
byte finished;
bool late[TASKS];    /* it has waited too long */
bool asleep[TASKS];  /* ... and is in the queue */
byte place;
bool gone;           /* all have unlocked for the last time: the memory is freed */

#if TASKS == 4
#define NOBODYLATE (!asleep[0] && !asleep[1] && !asleep[2] && !asleep[3])
#elif TASKS == 3
#define NOBODYLATE (!asleep[0] && !asleep[1] && !asleep[2])
#else
#define NOBODYLATE (!asleep[0] && !asleep[1])
#endif
#define TOUCH assert(!gone)

inline enqueue(me)
{
	d_step {
		place = 0;
		if
		:: waited ->
			place = nqueue;
			do
			:: place > 0 -> queue[place] = queue[place - 1]; place--
			:: else -> break
			od;
			queue[0] = me
		:: else -> queue[nqueue] = me
		fi;
		nqueue++;
		asleep[me] = late[me];
		place = 0
	}
}

inline dequeue(who)
{
	d_step {
		place = 0;
		who = queue[0];
		asleep[who] = false;
		nqueue--;
		do
		:: place < nqueue -> queue[place] = queue[place + 1]; place++
		:: else -> break
		od;
		queue[place] = 0;
		place = 0
	}
}

proctype task(byte me)
{
	byte v, to, who, left = ROUNDS;
	bool woken, waited, nextlate, nobody;
begin:
	woken = false;
	waited = false;
	late[me] = false;
look:
	atomic { TOUCH; v = word };
	if
	:: !(v & L) ->
#ifdef KEEPWOKEN
		to = v | L;
#else
		to = (woken -> (v | L) & ~W : v | L);
#endif
		if
		:: d_step { word == v -> word = to; assert(NOBODYLATE) }; goto got
		:: d_step { word != v -> skip }; goto look
		fi
	:: (v & L) && !(v & S) && !woken && (v & (P | W)) == P ->
		/* it spins */
		if
		:: d_step { word == v -> word = v | W; woken = true }; goto look
		:: d_step { word != v -> skip }; goto look
		:: goto park
		fi
	:: else -> goto park
	fi;
park:
	to = v | P;
#ifndef STAYWOKEN
	if
	:: woken -> to = to & ~W
	:: else
	fi;
#endif
	if
	:: waited -> late[me] = true
	:: true
	fi;
	if
	:: d_step { word == v -> word = to }
	:: d_step { word != v -> skip }; goto look
	fi;
	woken = false;
	/* commit */
	atomic { !bucket -> bucket = true };
again1:
	atomic { TOUCH; v = word };
#ifndef NOCOMMITLOOK
	if
	:: (v & (L | P)) != (L | P) -> bucket = false; goto look
	:: else
	fi;
#endif
	if
	:: late[me] && !(v & S) ->
		if
		:: d_step { word == v -> word = v | S }
		:: d_step { word != v -> skip }; goto again1
		fi
	:: else
	fi;
	wakeup[me] = 0;
	enqueue(me);
	bucket = false;
	wakeup[me] != 0;
	if
	:: wakeup[me] == 2 -> goto got
	:: else
	fi;
	woken = true;
	waited = true;
	goto look;

got:
	atomic { inside++; assert(inside == 1); assert(!gone) };
	d_step { inside--; left-- };

unlock:
	atomic { TOUCH; v = word; assert(v & L) };
	if
	:: !CALL(v) ->
		if
		:: d_step { word == v ->
				word = v & ~L;
				if
				:: left == 0 -> finished++
				:: else
				fi;
				if
				:: finished == TASKS -> gone = true; assert(word == 0 && nqueue == 0)
				:: else
				fi
			}
		:: d_step { word != v -> skip }; goto unlock
		fi
	:: else ->
#ifdef FREEFIRST
		word = word & ~L;
#endif
		atomic { !bucket -> bucket = true };
		nobody = (nqueue == 0);
		if
		:: nqueue > 0 -> dequeue(who)
		:: else
		fi;
		if
		:: nqueue > 0 -> nextlate = true
		:: nextlate = nqueue > 0 && late[queue[0]]
		fi;
again2:
		atomic { TOUCH; v = word };
		to = v & W;
#ifndef LOSEPARKED
		if
		:: nqueue > 0 -> to = to | P
		:: else
		fi;
#endif
		if
		:: !nobody && (v & S) ->
#ifdef HANDFREE
			to = to | W;
#else
			to = to | L;
#endif
			if
			:: nextlate ->
				asleep[queue[0]] = true;
#ifndef FORGETNEXT
				to = to | S
#endif
			:: else
			fi
		:: !nobody && !(v & S) -> to = to | W
		:: else
		fi;
		if
		:: d_step { word == v ->
				word = to;
				if
				:: left == 0 -> finished++
				:: else
				fi;
				if
				:: finished == TASKS -> gone = true; assert(word == 0 && nqueue == 0)
				:: else
				fi
			}
		:: d_step { word != v -> skip }; goto again2
		fi;
		bucket = false;
		if
		:: nobody -> skip
		:: else ->
			assert(wakeup[who] == 0);
			wakeup[who] = ((to & L) -> 2 : 1)
		fi
	fi;
	if
	:: left > 0 -> goto begin
	:: else
	fi
}

init {
	byte i;
	atomic {
		for (i : 0 .. TASKS - 1) {
			run task(i)
		}
	}
}
