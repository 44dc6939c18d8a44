/* SPDX-License-Identifier: MIT */
/*
 * select.pml - selects over the same two channels (core/sync/select.c).
 *
 * Two goroutines receive from channel 0 or 1 by select, twice each; one sends to 0 or 1 by select,
 * twice; one sends to 0 and then to 1 without. The channels have no room. A select locks both in
 * order and takes a waiting partner if it wins it; else it queues a sudog in each and parks. The
 * commit that unlocks runs on, on its own stack, while the goroutine may have been woken already;
 * it reads the list of sudogs until it has unlocked the last channel. A woken goroutine takes each
 * lock once more, takes its other sudog out of its queue or notes that it is out already, and only
 * then gives the sudogs back.
 *
 * Invariants: a select is won once. goready finds its goroutine waiting. No sudog is used after it
 * was given back. Each value arrives once. At the end the queues are empty, nothing counts as lost,
 * and no goroutine waits.
 */

#define NPROC 4
#define NONE 9

bool locked[2];
/* those that wait to receive from, to send to each channel; sudogs: 2 * goroutine + channel */
#define RECV 0
#define SEND 2
chan waitq[4] = [NPROC] of { byte };
bool alive[8], isselect[NPROC], selectdone[NPROC], waiting[NPROC], queued[NPROC], commit[NPROC];
byte param[NPROC], nlost[2], values, ended;

#define SUDOG(g, c) (2 * (g) + (c))
#define LOCK(c) atomic { !locked[c] -> locked[c] = true }
#define UNLOCK(c) locked[c] = false

inline goready(who)
{
	atomic {
		assert(waiting[who]);
		waiting[who] = false;
		queued[who] = true
	}
}

/* s = the first of q, a queue of channel c, that still waits; NONE */
inline waitget(q, c)
{
	s = NONE;
	do
	:: nempty(q) ->
		q?s;
		assert(alive[s]);
#ifdef NOWIN
		break;
#else
		if
		:: atomic { !isselect[s / 2] || !selectdone[s / 2] -> selectdone[s / 2] = isselect[s / 2] }; break
		:: else -> nlost[c]++; s = NONE
		fi
#endif
	:: empty(q) -> break
	od
}

/* the partner with the sudog s has what it waits for; its channels are locked */
inline deliver()
{
	assert(param[s / 2] == NONE);
	param[s / 2] = s;
	values++
}

inline unqueue(q, c)
{
	LOCK(c);
	if
	:: param[me] == SUDOG(me, c)
	:: else ->
		if
		:: q??[eval(SUDOG(me, c))] -> q??eval(SUDOG(me, c))
		:: else -> nlost[c]--
		fi
	fi;
	UNLOCK(c)
}

/* mine: RECV or SEND, what it waits for; theirs: the other */
inline choose(mine, theirs)
{
#ifdef DISORDER
	LOCK(me & 1);
	LOCK(1 - (me & 1));
#else
	LOCK(0);
	LOCK(1);
#endif
	if
	:: c = 0
	:: c = 1
	fi;
	waitget(waitq[theirs + c], c);
	if
	:: s == NONE -> c = 1 - c; waitget(waitq[theirs + c], c)
	:: else
	fi;
	if
	:: s != NONE ->
		deliver();
		UNLOCK(0);
		UNLOCK(1);
		goready(s / 2)
	:: else ->
		selectdone[me] = false;
		param[me] = NONE;
		alive[SUDOG(me, 0)] = true;
		alive[SUDOG(me, 1)] = true;
		waitq[mine]!SUDOG(me, 0);
		waitq[mine + 1]!SUDOG(me, 1);
#ifdef LATE
		commit[me] = true;
		waiting[me] = true;
#else
		waiting[me] = true;
		commit[me] = true;
#endif
		atomic { queued[me] -> queued[me] = false };
#ifdef FREEFIRST
		alive[SUDOG(me, 0)] = false;
		alive[SUDOG(me, 1)] = false;
#endif
#ifndef LEAVE
		unqueue(waitq[mine], 0);
		unqueue(waitq[mine + 1], 1);
#endif
		alive[SUDOG(me, 0)] = false;
		alive[SUDOG(me, 1)] = false
	fi
}

/* unlockall, on the system stack */
proctype committer(byte me)
{
end:
	do
	:: atomic { commit[me] -> commit[me] = false };
		assert(alive[SUDOG(me, 0)] && alive[SUDOG(me, 1)]);
		UNLOCK(0);
		assert(alive[SUDOG(me, 1)]);
		UNLOCK(1)
	od
}

inline finished()
{
	atomic {
		ended++;
		if
		:: ended == NPROC ->
			assert(values == 4 && nlost[0] == 0 && nlost[1] == 0);
			assert(empty(waitq[0]) && empty(waitq[1]) && empty(waitq[2]) && empty(waitq[3]))
		:: else
		fi
	}
}

proctype receiver(byte me)
{
	byte s, c;
	isselect[me] = true;
	choose(RECV, SEND);
	choose(RECV, SEND);
	finished()
}

proctype chooser(byte me)
{
	byte s, c;
	isselect[me] = true;
	choose(SEND, RECV);
	choose(SEND, RECV);
	finished()
}

proctype sender(byte me)
{
	byte s, c;
	do
	:: c == 2 -> break
	:: else ->
		LOCK(c);
		waitget(waitq[RECV + c], c);
		if
		:: s != NONE ->
			deliver();
			UNLOCK(c);
			goready(s / 2)
		:: else ->
			param[me] = NONE;
			alive[SUDOG(me, c)] = true;
			waitq[SEND + c]!SUDOG(me, c);
			waiting[me] = true;
			UNLOCK(c);
			atomic { queued[me] -> queued[me] = false };
			alive[SUDOG(me, c)] = false
		fi;
		c++
	od;
	finished()
}

init {
	atomic {
		param[0] = NONE;
		param[1] = NONE;
		param[2] = NONE;
		param[3] = NONE;
		run receiver(0);
		run receiver(1);
		run chooser(2);
		run sender(3);
		run committer(0);
		run committer(1);
		run committer(2)
	}
}
