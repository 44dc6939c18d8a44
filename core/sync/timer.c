// SPDX-License-Identifier: MIT
#include "core/sync/timer.h"

#include "core/base/lock.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/sched/proc.h"

static mutex timerlock = MUTEX(RankSync);
static timer *armed; // in the order of when
static note wakeup;
static bool started;

static void *
timers(void *unused)
{
	(void)unused;
	for (;;) {
		lock(&timerlock);
		noteclear(&wakeup);
		timer *t = armed;
		uint64_t now = nanotime(), ns = t && t->when > now ? t->when - now : 1000000000;
		void (*fn)(timer *, uint64_t) = NULL;
		if (t && t->when <= now) {
			armed = t->next;
			t->armed = false;
			fn = t->fn;
		}
		unlock(&timerlock);
		if (fn)
			fn(t, now);
		else
			notetsleep(&wakeup, ns);
	}
	return NULL;
}

static uintptr_t
start(uintptr_t a, uintptr_t unused)
{
	timer *t = (timer *)a;
	(void)unused;
	lock(&timerlock);
	timer **at = &armed;
	while (*at && (*at)->when <= t->when)
		at = &(*at)->next;
	t->next = *at;
	*at = t;
	t->armed = true;
	bool first = !started;
	started = true;
	unlock(&timerlock);
	if (first && osthread(timers, NULL, true) != 0)
		fatal("no thread for timers");
	notewakeup(&wakeup);
	return 0;
}

void
timerstart(timer *t, uint64_t when, void (*fn)(timer *t, uint64_t now))
{
	t->when = when;
	t->fn = fn;
	systemstack(start, (uintptr_t)t, 0);
}

static uintptr_t
stop(uintptr_t a, uintptr_t unused)
{
	timer *t = (timer *)a;
	(void)unused;
	lock(&timerlock);
	bool was = t->armed;
	for (timer **at = &armed; was && *at; at = &(*at)->next)
		if (*at == t) {
			*at = t->next;
			break;
		}
	t->armed = false;
	unlock(&timerlock);
	return was;
}

bool
timerstop(timer *t)
{
	return systemstack(stop, (uintptr_t)t, 0);
}
