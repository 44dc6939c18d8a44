// SPDX-License-Identifier: MIT
//
// template.c - starts threads from a clean one.
//
// A thread inherits nearly all that the kernel keeps per thread: affinity, niceness, user and
// capabilities, the folder after unshare(CLONE_FS), the name. A goroutine that is locked to its
// thread may change these for itself, and when it blocks, its thread starts the next one. So the
// first thrum_lock_thread starts a thread that never runs a goroutine: the template. From then on
// it starts all others, while the asking thread waits for some tens of microseconds. Programs that
// lock nothing have no template. Go does the same.
//
// In the child of fork there is no template at first: only the thread that forked is left.

#include "core/base/os.h"
#include "core/base/print.h"
#include "core/diag/race.h"
#include "core/sched/proc.h"

static struct {
	mutex lock; // one request at a time; protects all below but the notes
	note asked, done;
	void *(*fn)(void *);
	void *arg;
	bool nosignals;
	int rc;
} template = {.lock = MUTEX(RankThread)};

static void *
serve(void *unused)
{
	(void)unused;
	raceignore();
	store(sched.templatetid, ostid());
	notewakeup(&template.done);
	for (;;) {
		notesleep(&template.asked);
		noteclear(&template.asked);
		template.rc = osthread(template.fn, template.arg, template.nosignals);
		notewakeup(&template.done);
	}
	return NULL;
}

int
newthread(void *(*fn)(void *), void *arg, bool nosignals)
{
	if (load(sched.templatetid) == 0)
		return osthread(fn, arg, nosignals);
	lock(&template.lock);
	template.fn = fn;
	template.arg = arg;
	template.nosignals = nosignals;
	noteclear(&template.done);
	notewakeup(&template.asked);
	notesleep(&template.done);
	int rc = template.rc;
	unlock(&template.lock);
	return rc;
}

static uintptr_t
start(uintptr_t a, uintptr_t b)
{
	static _Atomic bool warned;
	(void)a;
	(void)b;
	lock(&template.lock);
	if (load(sched.templatetid) == 0) {
		noteclear(&template.asked);
		noteclear(&template.done);
		int rc = osthread(serve, NULL, true);
		if (rc == 0)
			notesleep(&template.done);
		else if (!atomic_exchange(&warned, true))
			print("thrum: warning: the template thread cannot be started (see ulimit -u, pids.max): new threads "
			      "may inherit what a locked goroutine has changed on its own thread\n");
	}
	unlock(&template.lock);
	return 0;
}

void
templatestart(void)
{
	systemstack(start, 0, 0);
}

void
templatefork(void)
{
	lockinit(&template.lock);
	store(sched.templatetid, 0);
}
