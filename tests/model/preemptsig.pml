/* SPDX-License-Identifier: MIT */
/*
 * preemptsig.pml - the signal that interrupts a goroutine, and the foreign call that it must not
 * interrupt (core/preempt/preempt.c, arch/x86_64/foreign.asm).
 *
 * One m computes, makes CALLS foreign calls that block, and goes on with another goroutine at
 * times. SENDERS threads ask it TRIES times each: they take m.sigpending (a locked instruction),
 * set ClaimSignal in m.claim, make the m pass a barrier, and look at m.incall. Is it set, they take
 * both back; else they send. The m sets incall by a plain store and then looks at claim: is the bit
 * set, it waits until the handler has run, or the sender has taken the bit back. The handler gives
 * up both words at its entry and acts when the request is for the goroutine that runs, in the slice
 * that runs, and the place is one where it may.
 *
 *   - no system call of a foreign function is interrupted
 *   - never are two signals on their way to one m
 *   - the handler acts only on a goroutine that was asked, in its own code
 *   - the m never waits for ever
 *
 * A signal comes between any two steps of the m, and empties the store buffer.
 */

#ifndef CALLS
#define CALLS 2
#endif
#ifndef SENDERS
#define SENDERS 2
#endif
#ifndef TRIES
#define TRIES 2
#endif
#ifndef YIELDS
#define YIELDS 1
#endif
#define DEPTH 2
#define INCALL 0
#define NMEM 1
#define NBUF 1
#include "tso.inc"

mtype = { own, runtime, entry, blocked };

bool sigpending, claimsig;
bool wire;       /* the kernel has a signal for the m */
byte reqtick;    /* the tick that it is for */
byte tick;       /* of the m's p */
mtype at = own;  /* where the m is */

/* The handler: one step, because nothing of the m runs meanwhile. */
active proctype handler()
{
	byte asked;
end:
	do
	:: atomic {
		wire ->
		DRAIN(0);
		wire = false;
		assert(at != blocked);
		asked = reqtick;
#ifndef NOCLEAR
		claimsig = false;
#endif
		sigpending = false;
		if
#if defined(NOVALID)
		:: at == own ->
#elif defined(NOPLACE)
		:: asked == tick ->
#else
		:: asked == tick && at == own ->
#endif
			assert(asked == tick && at == own);
			tick++ /* it has given way, and another goes on */
		:: else
		fi;
		asked = 0
	}
	od
}

active proctype m()
{
	byte calls, yields;
	bool v;
	do
	:: yields < YIELDS ->
		yields++;
		at = runtime;
		tick++;
		at = own
	:: calls < CALLS ->
		calls++;
		at = entry;
#ifdef LOOKFIRST
		v = claimsig;
		ST(0, INCALL, 1);
#else
		ST(0, INCALL, 1);
		v = claimsig;
#endif
#ifndef NOWAIT
		if
		:: v -> !claimsig
		:: else
		fi;
#endif
		v = false;
		at = blocked;
		at = entry;
		ST(0, INCALL, 0);
		at = own
	:: calls == CALLS && yields == YIELDS -> break
	od
}

proctype sender()
{
	byte i;
	bool v;
	do
	:: i == TRIES -> break
	:: else ->
		i++;
#ifdef NOPENDING
		if
		:: !sigpending -> sigpending = true
		:: else -> goto next
		fi;
#else
		if
		:: atomic { !sigpending -> sigpending = true }
		:: sigpending -> goto next
		fi;
#endif
		reqtick = tick;
#ifdef CLAIMLATE
		DRAIN(0);
		v = mem[INCALL];
		claimsig = true;
#else
		claimsig = true;
#ifndef NOBARRIER
		DRAIN(0);
#endif
		v = mem[INCALL];
#endif
		if
		:: v ->
#ifndef NOTAKEBACK
			claimsig = false;
#endif
			sigpending = false
		:: else ->
			assert(!wire);
			wire = true
		fi;
next:
		v = false
	od
}

init {
	byte i;
	atomic {
		for (i : 1 .. SENDERS) {
			run sender()
		}
	}
}
