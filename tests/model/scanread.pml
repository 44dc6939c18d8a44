/* SPDX-License-Identifier: MIT */
/*
 * scanread.pml - a walker reads the unsafe frames of a goroutine in a foreign call, while signal
 * handlers come on its thread and change them (changing and changed in core/stack/uframe.c,
 * visitcall in core/sched/scan.c).
 *
 * A handler changes the chunks; a second one comes between any two of its steps, and does the same.
 * m.uchanging passes the thread's store buffer. The walker reads twice.
 *
 * Invariants: nobody changes chunks while the walker reads; each of them ends.
 */

#define DEPTH 4
#define CHANGING 0 /* m.uchanging: 0, and */
#define ANNOUNCED 1
#define IN 2
#define NMEM 1
#define NBUF 1
#include "tso.inc"

bool claim;         /* ClaimRead */
byte inchange;      /* handlers within a change */
bool reading;
bool inner;         /* the second handler runs: the first waits */

inline change(was_, v_)
{
	LD(0, CHANGING, was_);
	do
#ifdef INNERWAITS
	:: true ->
#else
	:: was_ == IN -> break
	:: was_ != IN ->
#endif
		ST(0, CHANGING, ANNOUNCED);
		v_ = claim;
		if
#ifdef ANNOUNCEDIN
		:: was_ != 0 || !v_ -> ST(0, CHANGING, IN); break
		:: was_ == 0 && v_ ->
#else
		:: !v_ -> ST(0, CHANGING, IN); break
		:: v_ ->
#endif
			ST(0, CHANGING, 0);
			!claim /* spinwait */
		fi
	od;
	inchange++;
	assert(!reading);
	inchange--;
	ST(0, CHANGING, was_)
}

/* it makes steps only while no other handler has come on top of it */
active proctype first() provided (!inner)
{
	byte was;
	bool v;
	change(was, v)
}

active proctype second()
{
	byte was;
	bool v;
	if
	:: inner = true;
		change(was, v);
		inner = false
	:: skip
	fi
}

active proctype walker()
{
	byte i;
	do
	:: i < 2 ->
		i++;
		claim = true;
#ifndef NOBARRIER
		DRAIN(0);
#endif
#ifndef NOWAIT
		mem[CHANGING] == 0;
#endif
		atomic { assert(inchange == 0); reading = true };
		reading = false;
		claim = false
	:: else -> break
	od
}
