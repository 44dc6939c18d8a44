// SPDX-License-Identifier: MIT
//
// signal.c - signal handlers never run on a goroutine's stack.
//
// The kernel pushes some 3.7 KB of registers. So each m has an alternate stack, and
// sigaction, signal and their kin, which are interposed for the whole process, add
// SA_ONSTACK to every handler. On other threads, which have no alternate stack, that
// changes nothing.
//
// For some signals SIG_DFL means the runtime's report (core/diag/crash.h): where a program sets
// it, the kernel gets our handler, and where the kernel tells of that one, the program
// reads SIG_DFL. Nothing else remembers whose handler is there, so nothing can disagree. A
// handler that came by another way, before the runtime started, is given SA_ONSTACK then.

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/auxv.h>

#include "core/base/os.h"
#include "core/diag/crash.h"
#include "core/sched/proc.h"

#define API __attribute__((visibility("default")))
#define SIGSTACK (64u << 10)

extern int __sigaction(int, const struct sigaction *, struct sigaction *);

int
altstackinit(m *mp)
{
	if (!mp->gsignal) {
		char *p = osmap(PAGE + SIGSTACK, PAGE);
		if (!p)
			return -ENOMEM;
		if (osprotect(p, PAGE) != 0) {
			osunmap(p, PAGE + SIGSTACK);
			return -ENOMEM;
		}
		mp->gsignal = p + PAGE;
	}
	int rc = osaltstack(mp->gsignal, SIGSTACK);
	mp->altstack = rc == 1;
	return rc < 0 ? rc : 0;
}

// altstackoff: the thread is no longer mp's, and mp's signal stack will be another thread's, or nobody's.
void
altstackoff(m *mp, bool keep)
{
	if (mp->altstack)
		osaltstackoff();
	mp->altstack = false;
	if (!keep) {
		osunmap((char *)mp->gsignal - PAGE, PAGE + SIGSTACK);
		mp->gsignal = NULL;
	}
}

void
signalinit(void)
{
	struct sigaction a;
	for (int sig = 1; sig < NSIG; sig++)
		if (__sigaction(sig, NULL, &a) == 0 && a.sa_handler != SIG_DFL && a.sa_handler != SIG_IGN &&
			!(a.sa_flags & SA_ONSTACK)) {
			a.sa_flags |= SA_ONSTACK;
			__sigaction(sig, &a, NULL);
		}
	crashinit();
}

// For which signals the program itself has asked for SA_ONSTACK: it reads what it has set.
static _Atomic uint64_t onstack[(NSIG + 63) / 64];

static bool
hasonstack(int sig)
{
	return sig > 0 && sig < NSIG && atomic_load(&onstack[sig / 64]) >> sig % 64 & 1;
}

static void
setonstack(int sig, bool on)
{
	uint64_t bit = (uint64_t)1 << sig % 64;
	if (on)
		atomic_fetch_or(&onstack[sig / 64], bit);
	else
		atomic_fetch_and(&onstack[sig / 64], ~bit);
}

API int
sigaction(int sig, const struct sigaction *act, struct sigaction *old)
{
	struct sigaction a;
	bool asked = act && act->sa_flags & SA_ONSTACK;
	if (act) {
		a = *act;
		if (a.sa_handler == SIG_DFL)
			crashaction(sig, &a);
		else if (a.sa_handler != SIG_IGN)
			a.sa_flags |= SA_ONSTACK;
		act = &a;
	}
	bool had = hasonstack(sig);
	int rc = __sigaction(sig, act, old);
	if (rc < 0)
		return rc;
	if (act)
		setonstack(sig, asked);
	if (old && crashours(old))
		*old = (struct sigaction){.sa_handler = SIG_DFL};
	else if (old && !had)
		old->sa_flags &= ~SA_ONSTACK;
	return rc;
}

static sigset_t interrupts; // signals for which siginterrupt asked

static sighandler_t
install(int sig, sighandler_t fn, int flags)
{
	struct sigaction a = {.sa_handler = fn, .sa_flags = flags}, old;
	sigemptyset(&a.sa_mask);
	if (!(flags & SA_RESETHAND))
		sigaddset(&a.sa_mask, sig);
	if (fn == SIG_ERR || sig < 1 || sig >= NSIG) {
		errno = EINVAL;
		return SIG_ERR;
	}
	return sigaction(sig, &a, &old) < 0 ? SIG_ERR : old.sa_handler;
}

API sighandler_t
signal(int sig, sighandler_t fn)
{
	bool intr = sig >= 1 && sig < NSIG && sigismember(&interrupts, sig) == 1;
	return install(sig, fn, intr ? 0 : SA_RESTART);
}

API sighandler_t
bsd_signal(int sig, sighandler_t fn)
{
	return signal(sig, fn);
}

API sighandler_t
sysv_signal(int sig, sighandler_t fn)
{
	return install(sig, fn, (int)(SA_RESETHAND | SA_NODEFER));
}

API sighandler_t
__sysv_signal(int sig, sighandler_t fn)
{
	return sysv_signal(sig, fn);
}

API sighandler_t
ssignal(int sig, sighandler_t fn)
{
	return signal(sig, fn);
}

API sighandler_t
sigset(int sig, sighandler_t fn)
{
	struct sigaction a;
	sigset_t one, old;
	if (sigemptyset(&one) < 0 || sigaddset(&one, sig) < 0)
		return SIG_ERR;
	if (fn == SIG_HOLD) {
		if (sigprocmask(SIG_BLOCK, &one, &old) < 0 || sigaction(sig, NULL, &a) < 0)
			return SIG_ERR;
		return sigismember(&old, sig) ? SIG_HOLD : a.sa_handler;
	}
	a = (struct sigaction){.sa_handler = fn};
	struct sigaction before;
	if (sigaction(sig, &a, &before) < 0 || sigprocmask(SIG_UNBLOCK, &one, &old) < 0)
		return SIG_ERR;
	return sigismember(&old, sig) ? SIG_HOLD : before.sa_handler;
}

API int
siginterrupt(int sig, int flag)
{
	struct sigaction a;
	if (sigaction(sig, NULL, &a) < 0)
		return -1;
	if (flag) {
		sigaddset(&interrupts, sig);
		a.sa_flags &= ~SA_RESTART;
	} else {
		sigdelset(&interrupts, sig);
		a.sa_flags |= SA_RESTART;
	}
	return sigaction(sig, &a, NULL);
}
