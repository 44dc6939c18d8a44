/* SPDX-License-Identifier: MIT */
/*
 * chan.pml - send, receive and close of one channel (core/sync/chan.c).
 *
 * Two senders send VALUES values each to a channel with room for CAP, two receivers receive until
 * it is closed, which happens when all is sent. The lock is a mutex here (bias.pml). A goroutine
 * that parks sets its status with the lock held and then unlocks, so it can be readied while it is
 * still parking.
 *
 * Invariants: each value is taken once, those of a sender in their order. goready finds its
 * goroutine waiting. A sender is never told that the channel is closed. In the end no goroutine
 * waits and no value is left.
 */

#ifndef CAP
#define CAP 0
#endif
#define VALUES 2
#define SENDERS 2
#define NPROC 4

bool locked, closed;
chan recvq = [NPROC] of { byte };
chan sendq = [NPROC] of { byte };
chan buf = [CAP + 1] of { byte };

byte elem[NPROC];
bool success[NPROC], waiting[NPROC], queued[NPROC];
byte taken[SENDERS]; /* values of that sender that were taken out */
byte got, ended;

#define LOCK atomic { !locked -> locked = true }
#define UNLOCK locked = false

/* v leaves its sender: under the lock */
#define TAKE(v) assert((v) % 10 == taken[(v) / 10]); taken[(v) / 10]++

inline goready(who)
{
	atomic {
		assert(waiting[who]);
		waiting[who] = false;
		queued[who] = true
	}
}

/* in the queue q, and the section ends */
inline park(q, me)
{
	success[me] = false;
	q!me;
#ifdef LATE
	UNLOCK;
	waiting[me] = true;
#else
	waiting[me] = true;
	UNLOCK;
#endif
	atomic { queued[me] -> queued[me] = false }
}

proctype sender(byte me)
{
	byte n, r, v;
	do
	:: n == VALUES -> break
	:: else ->
		v = me * 10 + n;
		LOCK;
		assert(!closed);
		if
		:: nempty(recvq) ->
			recvq?r;
#ifdef WAKEFIRST
			goready(r);
#endif
			atomic { elem[r] = v; success[r] = true };
			TAKE(v);
			UNLOCK;
#ifndef WAKEFIRST
			goready(r)
#endif
		:: empty(recvq) && len(buf) < CAP ->
			buf!v;
			UNLOCK
		:: else ->
			elem[me] = v;
			park(sendq, me);
			assert(success[me])
		fi;
		n++
	od;
	ended++
}

proctype receiver(byte me)
{
	byte s, v;
	do
	:: LOCK;
		if
		:: nempty(sendq) ->
			sendq?s;
#if CAP == 0
			v = elem[s];
#else
#ifdef OVERTAKE
			v = elem[s];
#else
			buf?v;
			buf!elem[s];
#endif
#endif
			TAKE(v);
			success[s] = true;
			UNLOCK;
			goready(s);
			got++
		:: empty(sendq) && nempty(buf) ->
			buf?v;
			TAKE(v);
			UNLOCK;
			got++
		:: empty(sendq) && empty(buf) && closed ->
			UNLOCK;
			break
		:: else ->
			elem[me] = 99;
			park(recvq, me);
			if
			:: success[me] -> assert(elem[me] != 99); got++
			:: else -> break
			fi
		fi
	od;
	ended++
}

active proctype closer()
{
	byte r;
	chan list = [NPROC] of { byte };
	ended == SENDERS;
	LOCK;
	closed = true;
	do
	:: nempty(recvq) -> recvq?r; list!r
#ifdef WAKEONE
		; break
#endif
	:: empty(recvq) -> break
	od;
	UNLOCK;
	do
	:: nempty(list) -> list?r; goready(r)
	:: empty(list) -> break
	od;
	ended == NPROC;
	assert(got == SENDERS * VALUES && empty(buf) && empty(sendq) && empty(recvq))
}

init {
	atomic {
		run sender(0);
		run sender(1);
		run receiver(2);
		run receiver(3)
	}
}
