// SPDX-License-Identifier: MIT
//
// seed.c - the deterministic mode: THRUM_DEBUG=sched=seed:N.
//
// There is one p and no monitor, so a goroutine runs until it parks, yields, blocks or ends. Then
// one of all runnable goroutines is drawn, by a generator that begins at the seed. So are all other
// choices of the runtime (fastrand). Timers go by a virtual time. It jumps to the next expiry when
// no goroutine is runnable. Otherwise it goes on by a microsecond at each choice and each look at
// the clock, so that a loop that waits for a time ends. Foreign calls run in place: one that
// blocks, blocks all.
//
// The same seed gives the same choices, if the program depends on nothing else: no threads of its
// own, no real time, no addresses. schedlog=1 prints each choice.

#include "core/sched/seed.h"

#include "core/base/debug.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/sched/proc.h"
#include "core/sched/runq.h"
#include "core/time/timer.h"

#define STEP 1000           // ns
#define BEGIN 1000000000000 // ns: the virtual time at the start

static uint64_t state, virtual = BEGIN, nchoice;
static bool begun;

uint64_t
seedrand(void)
{
	if (!begun) {
		begun = true;
		state = debug.seed;
	}
	// splitmix, by Steele, Lea and Flood.
	uint64_t x = state += 0x9e3779b97f4a7c15;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

uint64_t
seednow(void)
{
	return virtual += STEP;
}

g *
seedpick(m *mp)
{
	p *pp = load(mp->p);
	for (;;) {
		timerrunall(seednow());
		lock(&sched.lock);
		runqdrain(pp);
		size_t n = load(sched.globsize), k = n ? seedrand() % n : 0;
		g *gp = n ? globpick(k) : NULL;
		unlock(&sched.lock);
		if (gp) {
			if (debug.schedlog)
				print("sched %lu: time %lu.%06lu ms, goroutine %lu of %lu\n", (unsigned long)++nchoice,
					(unsigned long)((virtual - BEGIN) / 1000000), (unsigned long)((virtual - BEGIN) % 1000000),
					(unsigned long)gp->goid, (unsigned long)n);
			return gp;
		}
		uint64_t next = timernext();
		if (next == NEVER)
			return NULL;
		if (virtual < next)
			virtual = next;
	}
}
