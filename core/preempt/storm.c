// SPDX-License-Identifier: MIT
//
// storm.c - THRUM_DEBUG=preemptstorm=N: goroutines are asked to give way at any time, to show that
// they bear it.
//
// A thread asks the goroutine that runs on a random p. It asks by a check, by a signal, or by the
// first of the two that works. Then it waits 1 to N microseconds, and repeats. It sleeps for long
// waits and spins for short ones.

#include <stdlib.h>

#include "arch/arch.h"
#include "core/base/debug.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/preempt/preempt.h"
#include "core/sched/proc.h"

#define SPIN 20000u // ns; shorter waits are not worth a sleep

static uint64_t seed;
static _Atomic bool begun;

static uint64_t
next(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed >> 16;
}

static void *
storm(void *unused)
{
	(void)unused;
	store(sched.stormtid, ostid());
	osprompt();
	for (;;) {
		uint64_t ns = 1000 + next() % ((uint64_t)debug.preemptstorm * 1000);
		if (ns > SPIN || load(sched.stopping)) {
			osnap(ns);
		} else {
			for (uint64_t end = nanotime() + ns; nanotime() < end;)
				procyield();
		}
		uint32_t n = load(sched.nprocs);
		if (n > 0 && !load(sched.stopping))
			preempt(allp[next() % n], NULL, 0, (enum preempthow)(next() % 3));
	}
	return NULL;
}

static void
count(void)
{
	thrum_preempt_stats s;
	thrum_get_preempt_stats(&s);
	print("thrum: preempted %lu times: %lu by checks, %lu by polls, %lu by signals; asked %lu, moot %lu, sent %lu, refused: "
	      "%lu foreign, %lu runtime, %lu unsafe, %lu late, %lu no memory; %lu overdue\n",
		(unsigned long)(s.checked + s.polled + s.signalled), (unsigned long)s.checked, (unsigned long)s.polled,
		(unsigned long)s.signalled, (unsigned long)s.asked, (unsigned long)s.moot, (unsigned long)s.sent, (unsigned long)s.foreign,
		(unsigned long)s.runtime, (unsigned long)s.unsafe, (unsigned long)s.late, (unsigned long)s.nomemory, (unsigned long)s.overdue);
}

void
storminit(void)
{
	const char *s = getenv("THRUM_SEED");
	seed = (s ? strtoull(s, NULL, 0) : cputicks()) * 0x9e3779b97f4a7c15 | 1;
	if (debug.preemptcount)
		atexit(count);
}

void
stormstart(void)
{
	if (debug.preemptstorm > 0 && !atomic_exchange(&begun, true) && newthread(storm, NULL, true) != 0) {
		print("thrum: warning: preemptstorm: its thread cannot be started, so nothing is preempted at random\n");
		store(sched.stormtid, -1);
	}
}

bool
stormbegins(void)
{
	return load(begun) && load(sched.stormtid) == 0;
}

void
stormfork(void)
{
	store(sched.stormtid, 0);
	store(begun, false);
}
