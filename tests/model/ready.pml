/* SPDX-License-Identifier: MIT */
/*
 * ready.pml - goready without a locked instruction beside castogscan (core/sched/proc.c).
 *
 * A goroutine parks twice. Each time another p readies it: section = 1, look at the status, store
 * runnable, section =
 * 0. If the bit Gscan is there, the p uses a locked instruction that waits for the bit to go. Two
 *    others scan: they set the bit by a locked instruction, make all pass a barrier, and wait until
 *    the section has ended. They own the stack only if the bit is still there then. They do so one
 *    after the other.
 *
 * Invariants: the goroutine does not run while a scanner owns its stack, one owns it at a time, and
 * no wake-up is lost.
 */

#define DEPTH 3
#define NBUF 2
#define STATUS 0
#define SECTION 1
#define QUEUED 2
#define NMEM 3
#include "tso.inc"

#define RUNNING 1
#define WAITING 2
#define RUNNABLE 3
#define SCAN 8

byte owners;
bool scanlock, mayready;

/* The goroutine, on whichever p: buffer 0. */
active proctype goroutine()
{
	byte v, n;
	do
	:: n == 2 -> break
	:: else ->
		ST(0, STATUS, WAITING);
		FENCE(0); /* a section ends behind it: all of it is visible when its lock is taken */
		mayready = true;
		do
		:: LD(0, QUEUED, v);
			if
			:: v == 1 -> break
			:: else
			fi
		od;
		ST(0, QUEUED, 0);
		ST(0, STATUS, RUNNING);
		assert(owners == 0);
		n++
	od
}

/* The p that readies it: buffer 1. */
active proctype readier()
{
	byte v, n;
	do
	:: n == 2 -> break
	:: else ->
		atomic { mayready -> mayready = false };
#ifdef STATUSFIRST
		LD(1, STATUS, v);
		ST(1, SECTION, 1);
#else
		ST(1, SECTION, 1);
		LD(1, STATUS, v);
#endif
		if
		:: v == WAITING ->
			ST(1, STATUS, RUNNABLE);
			ST(1, SECTION, 0)
		:: else ->
			ST(1, SECTION, 0);
			assert(v == (WAITING | SCAN));
			atomic { FENCE(1) && mem[STATUS] == WAITING -> mem[STATUS] = RUNNABLE }
		fi;
		ST(1, QUEUED, 1);
		n++
	od
}

active [2] proctype scanner()
{
#ifndef NOLOCK
	atomic { !scanlock -> scanlock = true };
#endif
	if
	:: atomic { mem[STATUS] == WAITING -> mem[STATUS] = WAITING | SCAN };
#ifndef NOBARRIER
		DRAIN(0);
		DRAIN(1);
#endif
#ifndef NOWAIT
		mem[SECTION] == 0;
#endif
		if
#ifdef NOCHECK
		:: true ->
#else
		:: mem[STATUS] == (WAITING | SCAN) ->
#endif
			scanlock = false;
			owners++;
			assert(owners == 1);
			owners--;
			mem[STATUS] = WAITING
		:: else -> scanlock = false
		fi
	:: true -> scanlock = false
	fi
}
