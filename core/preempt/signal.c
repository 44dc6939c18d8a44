// SPDX-License-Identifier: MIT
//
// signal.c - makes signal handlers never run on a goroutine's stack.
//
// The kernel pushes some 3.7 KB of registers. So each m has an alternate stack, and sigaction,
// signal and their kin, which are interposed for the whole process, add SA_ONSTACK to every
// handler. On other threads, which have no alternate stack, that changes nothing.
//
// For some signals SIG_DFL means the runtime's report (core/diag/crash.h). If a program sets
// SIG_DFL, the kernel gets our handler; if the kernel returns our handler, the program reads
// SIG_DFL. Only the kernel remembers whose handler is installed, so nothing can disagree. A handler
// that was installed in another way gets SA_ONSTACK when the runtime starts, and by the monitor
// from time to time (osonstack). A handler that sets SIG_DFL and raises the signal has made its own
// report: then ours does not come (raisedquietly).
//
// If a program disables its alternate stack, it gets the runtime's again, and is told that it has
// none. If a bare system call takes away the stack of a thread, the thread ends the process at its
// next SIGURG (preempt.c), with a message.
//
// Programs look at their stack in handlers, too: collectors that stop threads by signals
// (core/stack/home.c). So the signal stack of the main thread lies at the low end of its own stack,
// below all other frames. It is large, because in C handlers have the room of the stack itself, and
// some use much of it. PostgreSQL's server forks in a handler, and the child never leaves that
// handler.
//
// SIGURG is the runtime's own (preempt.c). This file keeps the program's action for SIGURG, and
// calls its handler for each signal that the runtime has not sent. SA_RESTART and the mask are the
// program's.

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/os.h"
#include "core/base/valgrind.h"
#include "core/diag/crash.h"
#include "core/preempt/preempt.h"
#include "core/sched/proc.h"

#undef API // for programs these are foreign functions
#define API __attribute__((visibility("default")))

// Sizes of a main thread's stack that has room for its signal stack. Above the second one, a scan
// of all of it would take long.
#define HOMELEAST ((size_t)1 << 20)
#define HOMEMOST ((size_t)64 << 20)

extern int __sigaction(int, const struct sigaction *, struct sigaction *);

int
altstackinit(m *mp)
{
	if (!mp->gsignal) {
		if (mp->sigsize == 0)
			mp->sigsize = SIGSTACK;
		char *p = osmap(PAGE + mp->sigsize, PAGE, UseSignals);
		if (!p)
			return -ENOMEM;
		if (osprotect(p, PAGE) != 0) {
			osunmap(p, PAGE + mp->sigsize, UseSignals);
			return -ENOMEM;
		}
		mp->gsignal = p + PAGE;
	}
	int rc = osaltstack(mp->gsignal, mp->sigsize);
	mp->altstack = rc == 1;
	return rc < 0 ? rc : 0;
}

void
altstackhome(m *mp)
{
	size_t size = (size_t)(mp->syshi - mp->syslo);
	struct rlimit as;
	if (mp->gsignal || valgrind || size < HOMELEAST)
		return;
	if (getrlimit(RLIMIT_AS, &as) != 0 || as.rlim_cur != RLIM_INFINITY)
		return;
	mp->sigsize = size / 8 * 3 < SIGSTACKMAX ? (size / 8 * 3) & -(size_t)PAGE : SIGSTACKMAX;
	// This makes the kernel map the whole stack now: later, the program may have lowered
	// RLIMIT_STACK.
	if (size > HOMEMOST || ossyscall(SYS_rt_sigprocmask, SIG_BLOCK, 0, (long)mp->syslo, 8) != 0)
		return;
	mp->sighome = true;
	mp->gsignal = mp->syslo;
	mp->syslo += mp->sigsize;
}

// altstackoff: the thread is no longer mp's. mp's signal stack will be another thread's, or is
// freed.
void
altstackoff(m *mp, bool keep)
{
	if (mp->altstack)
		osaltstackoff();
	mp->altstack = false;
	if (!keep) {
		if (!mp->sighome)
			osunmap((char *)mp->gsignal - PAGE, PAGE + mp->sigsize, UseSignals);
		mp->gsignal = NULL;
		mp->sigsize = 0;
	}
}

void
signalinit(void)
{
	osonstack();
	crashinit();
}

typedef _Atomic uint64_t signals[(NSIG + 63) / 64];

static signals onstack; // signals for which the program has asked for SA_ONSTACK: it reads its own
                        // flags
static signals reset;   // signals that the program has set to SIG_DFL in a handler

static bool
has(signals s, int sig)
{
	return sig > 0 && sig < NSIG && atomic_load(&s[sig / 64]) >> sig % 64 & 1;
}

static void
put(signals s, int sig, bool on)
{
	uint64_t bit = (uint64_t)1 << sig % 64;
	if (on)
		atomic_fetch_or(&s[sig / 64], bit);
	else
		atomic_fetch_and(&s[sig / 64], ~bit);
}

bool
raisedquietly(int sig, const siginfo_t *info)
{
	return has(reset, sig) && info->si_code <= 0 && info->si_pid == getpid();
}

// ---- SIGURG ----------------------------------------------------------------------

static struct {
	_Atomic uint32_t lock; // a spin lock; taken with all signals blocked
	void (*ours)(int, siginfo_t *, void *);
	struct sigaction theirs;
	_Atomic uint64_t handler; // for the handler: the address, and the flags in the top byte
} urgent;

#define URGENTINFO (1ull << 56)
#define URGENTONCE (1ull << 57)
#define URGENTADDR ((1ull << 56) - 1)

// urgentset makes a the program's action, and gives the kernel the action that goes with it.
static int
urgentset(const struct sigaction *a)
{
	struct sigaction k = {.sa_sigaction = urgent.ours, .sa_mask = a->sa_mask};
	bool has = a->sa_handler != SIG_DFL && a->sa_handler != SIG_IGN;
	k.sa_flags = SA_SIGINFO | SA_ONSTACK | (has ? a->sa_flags & SA_RESTART : SA_RESTART);
	int rc = __sigaction(SIGURG, &k, NULL);
	if (rc < 0)
		return rc;
	urgent.theirs = *a;
	atomic_store(&urgent.handler, !has ? 0 : (uint64_t)(uintptr_t)a->sa_handler | (a->sa_flags & SA_SIGINFO ? URGENTINFO : 0) |
		(a->sa_flags & (int)SA_RESETHAND ? URGENTONCE : 0));
	return 0;
}

static int
urgentaction(const struct sigaction *act, struct sigaction *old)
{
	sigset_t all, mask;
	int rc = 0;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &mask);
	while (atomic_exchange(&urgent.lock, 1))
		osyield();
	struct sigaction was = urgent.theirs;
	if (was.sa_flags & (int)SA_RESETHAND && was.sa_handler != SIG_IGN && atomic_load(&urgent.handler) == 0)
		was = (struct sigaction){.sa_handler = SIG_DFL};
	if (act)
		rc = urgentset(act);
	if (rc == 0 && old)
		*old = was;
	atomic_store(&urgent.lock, 0);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	return rc;
}

void
urgentinit(void (*fn)(int, siginfo_t *, void *))
{
	struct sigaction a;
	if (__sigaction(SIGURG, NULL, &a) != 0)
		return;
	if (!has(onstack, SIGURG))
		a.sa_flags &= ~SA_ONSTACK; // added by signalinit
	urgent.ours = fn;
	urgentset(&a);
}

void
urgentchain(int sig, siginfo_t *info, void *context)
{
	uint64_t h = atomic_load(&urgent.handler);
	if (h & URGENTONCE && !atomic_compare_exchange_strong(&urgent.handler, &h, 0))
		h = 0;
	if (h & URGENTINFO)
		((void (*)(int, siginfo_t *, void *))(uintptr_t)(h & URGENTADDR))(sig, info, context);
	else if (h)
		((void (*)(int))(uintptr_t)(h & URGENTADDR))(sig);
}

// ---- the calls for programs ---------------------------------------------------------

static __attribute__((noinline)) int
setaltstack(m *mp, const stack_t *ss, stack_t *old)
{
	stack_t was, mine = {.ss_sp = mp->gsignal, .ss_size = mp->sigsize};
	bool off = ss && ss->ss_flags & SS_DISABLE, ours = mp->altstack;
	if (ossigaltstack(off ? ours ? NULL : &mine : ss, &was) < 0)
		return -1;
	if (old)
		*old = ours && !(was.ss_flags & SS_ONSTACK) ? (stack_t){.ss_flags = SS_DISABLE} : was;
	if (ss)
		mp->altstack = off;
	return 0;
}

// This has no frame of its own: ThreadSanitizer calls it before it can be told of anything.
API int
sigaltstack(const stack_t *ss, stack_t *old)
{
	m *mp = thrum_m;
	return mp && mp->gsignal ? setaltstack(mp, ss, old) : ossigaltstack(ss, old);
}

// inhandler tells whether the caller seems to be a handler of sig: it has the signal blocked, or is
// on an alternate stack.
static bool
inhandler(int sig)
{
	sigset_t mask;
	stack_t ss;
	return (pthread_sigmask(SIG_SETMASK, NULL, &mask) == 0 && sigismember(&mask, sig) == 1) ||
		(ossigaltstack(NULL, &ss) == 0 && ss.ss_flags & SS_ONSTACK);
}

API int
sigaction(int sig, const struct sigaction *act, struct sigaction *old)
{
	struct sigaction a;
	if (sig == SIGURG && urgent.ours)
		return urgentaction(act, old);
	bool asked = act && act->sa_flags & SA_ONSTACK;
	bool again = act && act->sa_handler == SIG_DFL && inhandler(sig);
	if (act) {
		a = *act;
		if (a.sa_handler == SIG_DFL)
			crashaction(sig, &a);
		else if (a.sa_handler != SIG_IGN)
			a.sa_flags |= SA_ONSTACK;
		act = &a;
	}
	bool had = has(onstack, sig);
	int rc = __sigaction(sig, act, old);
	if (rc < 0)
		return rc;
	if (act) {
		put(onstack, sig, asked);
		put(reset, sig, again);
	}
	if (old && crashours(old))
		*old = (struct sigaction){.sa_handler = SIG_DFL};
	else if (old && !had)
		old->sa_flags &= ~SA_ONSTACK;
	return rc;
}

static sigset_t interrupts; // signals for which siginterrupt was called

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

// No header of libc declares it any more.
sighandler_t bsd_signal(int sig, sighandler_t fn);

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
