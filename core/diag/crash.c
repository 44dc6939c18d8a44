// SPDX-License-Identifier: MIT
//
// crash.c - reports, fatal errors, and the handlers of fault signals (crash.h).

#include "core/diag/crash.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "arch/arch.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/diag/symbol.h"
#include "core/diag/traceback.h"
#include "core/panic/panic.h"
#include "core/preempt/preempt.h"
#include "core/sched/proc.h"

#define STACK (64u << 10) // bytes; libbacktrace needs some 7 KB
#define GAP (1u << 20)    // bytes below the main thread's stack that no mapping comes near

#define DEADLOCK "all goroutines are asleep - deadlock!"
#define NOGOROUTINES "no goroutines (main called thrum_goexit) - deadlock!"

extern int __sigaction(int, const struct sigaction *, struct sigaction *);

static const struct {
	int sig;
	const char *name, *what;
} faults[] = {
	{SIGSEGV, "SIGSEGV", "invalid memory access"},
	{SIGBUS, "SIGBUS", "access to an address without memory behind it"},
	{SIGFPE, "SIGFPE", "arithmetic error"},
	{SIGILL, "SIGILL", "illegal instruction"},
	{SIGTRAP, "SIGTRAP", "trace trap"},
	{SIGSYS, "SIGSYS", "bad system call"},
	{SIGABRT, "SIGABRT", "abort"},
};

#define NFAULTS (int)(sizeof faults / sizeof *faults)

static const struct sigaction dfl; // SIG_DFL

static const char *const levelname[] = {"none", "single", "all", "system", "crash"};

static bool crashing; // the runtime handles the fault signals
static bool quitting; // ... and SIGQUIT

static char stack[STACK] __attribute__((aligned(64)));
static char unsafe[2 * THRUM_UCHUNK]; // an aligned chunk is in it

// ---- reports -----------------------------------------------------------------

// setmask uses the system call, whose set of signals has 8 bytes.
static uint64_t
setmask(uint64_t mask)
{
	uint64_t old = 0;
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask, &old, sizeof mask);
	return old;
}

// quiet blocks all signals but the fault signals, by which a failure of the report itself is
// noticed. Returns: the old mask.
static uint64_t
quiet(void)
{
	uint64_t mask = ~(uint64_t)0;
	for (int i = 0; i < NFAULTS; i++)
		mask &= ~((uint64_t)1 << (faults[i].sig - 1));
	return setmask(mask);
}

static void
call(uintptr_t fn, uintptr_t a, uintptr_t b, uintptr_t c)
{
	((void (*)(uintptr_t, uintptr_t, uintptr_t))fn)(a, b, c);
}

// Signals are blocked from before the stack changes until it has changed back. Otherwise the kernel
// would start a signal's handler at the top of the alternate stack, on which a handler may be
// waiting for us.
bool
report(int fd, void (*fn)(uintptr_t, uintptr_t, uintptr_t), uintptr_t a, uintptr_t b, uintptr_t c)
{
	int err = errno;
	uint64_t mask = quiet();
	bool ok = printbegin(fd);
	if (ok) {
		tracenow = cputicks();
		uintptr_t usp = gettcb_usp(), guard = gettcb_guard();
		settcb_guard(0);
		// The chunk's record, its last 64 bytes, is all zero: there is no other chunk.
		settcb_usp((((uintptr_t)unsafe + THRUM_UCHUNK - 1) & ~(uintptr_t)(THRUM_UCHUNK - 1)) + THRUM_UCHUNK - 64);
		callon(stack + sizeof stack, call, (uintptr_t)fn, a, b, c);
		settcb_usp(usp);
		settcb_guard(guard);
	}
	setmask(mask);
	errno = err;
	return ok;
}

// core ends the process by abort. A SIGABRT handler of the program runs; ours is removed first.
static _Noreturn void
core(void)
{
	struct sigaction a;
	if (__sigaction(SIGABRT, NULL, &a) == 0 && crashours(&a))
		__sigaction(SIGABRT, &dfl, NULL);
	abort();
}

// die ends the process after a fatal error.
static _Noreturn void
die(void)
{
	printflush();
	if (tracelevel == TraceCrash)
		core();
	osexit(2);
}

// ---- fatal errors ------------------------------------------------------------

// explain prints what follows the first line.
static void
explain(const regs *r, bool system)
{
	if (tracelevel == TraceNone)
		return;
	print("\n");
	tracebackhere(r, system || tracelevel >= TraceSystem);
	if (tracelevel >= TraceAll)
		tracebackothers(tracelevel >= TraceSystem);
}

static void
fatal_r(uintptr_t msg, uintptr_t frame, uintptr_t unused)
{
	regs r;
	(void)unused;
	callerregs(&r, frame);
	print("fatal error: %s\n", (const char *)msg);
	explain(&r, false);
	die();
}

static void
fatalby_r(uintptr_t head, uintptr_t arg, uintptr_t frame)
{
	regs r;
	callerregs(&r, frame);
	print("fatal error: ");
	((void (*)(const void *))head)((const void *)arg);
	explain(&r, false);
	die();
}

static void
throw_r(uintptr_t msg, uintptr_t frame, uintptr_t unused)
{
	regs r;
	(void)unused;
	callerregs(&r, frame);
	print("runtime error: %s\n", (const char *)msg);
	explain(&r, true);
	printflush();
	core();
}

static void
fatalg_r(uintptr_t msg, uintptr_t g0, uintptr_t unused)
{
	const g *gp = (const g *)g0;
	regs r = {0};
	(void)unused;
	if (inforeign(gp)) {
		callerregs(&r, gp->sched.bp);
	} else { // in the prologue of the function whose check failed
		r.r[DwPc] = *(const uintptr_t *)gp->sched.sp;
		r.r[DwRbp] = gp->sched.bp;
		r.r[DwRsp] = gp->sched.sp + 8;
		r.exact = true;
	}
	print("fatal error: %s\n", (const char *)msg);
	explain(&r, false);
	die();
}

static void
deadlock_r(uintptr_t a, uintptr_t b, uintptr_t c)
{
	(void)a;
	(void)b;
	(void)c;
	print("fatal error: %s\n", goroutines() > 0 ? DEADLOCK : NOGOROUTINES);
	if (tracelevel != TraceNone)
		tracebackothers(tracelevel >= TraceSystem);
	die();
}

// nested reports an error within another error's report.
static void
nested(const char *kind, const char *msg)
{
	print("\n%s: %s; this happened during the report above\n", kind, msg);
	printflush();
}

// The two public functions first go to the system stack: report's own prologue may move a
// goroutine's stack.
static uintptr_t
fatal_s(uintptr_t msg, uintptr_t frame)
{
	report(2, fatal_r, msg, frame, 0);
	nested("fatal error", (const char *)msg);
	die();
}

static uintptr_t
throw_s(uintptr_t msg, uintptr_t frame)
{
	report(2, throw_r, msg, frame, 0);
	nested("runtime error", (const char *)msg);
	core();
}

_Noreturn __attribute__((noinline)) void
fatal(const char *msg)
{
	systemstack(fatal_s, (uintptr_t)msg, (uintptr_t)__builtin_frame_address(0));
	__builtin_unreachable();
}

struct byhead {
	void (*head)(const void *);
	const void *arg;
};

static uintptr_t
fatalby_s(uintptr_t a, uintptr_t frame)
{
	const struct byhead *b = (const struct byhead *)a;
	report(2, fatalby_r, (uintptr_t)b->head, (uintptr_t)b->arg, frame);
	nested("fatal error", "another error");
	die();
}

_Noreturn __attribute__((noinline)) void
fatalby(void (*head)(const void *), const void *arg)
{
	struct byhead b = {head, arg};
	systemstack(fatalby_s, (uintptr_t)&b, (uintptr_t)__builtin_frame_address(0));
	__builtin_unreachable();
}

_Noreturn __attribute__((noinline)) void
throw(const char *msg)
{
	systemstack(throw_s, (uintptr_t)msg, (uintptr_t)__builtin_frame_address(0));
	__builtin_unreachable();
}

_Noreturn void
fatalg(const char *msg, const g *gp)
{
	report(2, fatalg_r, (uintptr_t)msg, (uintptr_t)gp, 0);
	nested("fatal error", msg);
	die();
}

_Noreturn void
deadlock(void)
{
	report(2, deadlock_r, 0, 0, 0);
	nested("fatal error", DEADLOCK);
	die();
}

// ---- faults ------------------------------------------------------------------

static void
interrupted(regs *r, const ucontext_t *uc)
{
	static_assert(NDW == NCONTEXTREG, "DWARF's registers");
	contextregs(uc, r->r);
	r->exact = true;
	r->copy = NULL;
}

// below tells whether addr is where an overflow of the stack with the low end lo faults.
static bool
below(uintptr_t addr, const char *lo)
{
	return addr < (uintptr_t)lo && (uintptr_t)lo - addr <= GAP;
}

// Prints the middle part of the first line. Returns: true if the fault was an access to addr.
static bool
what(int i, const siginfo_t *info, uintptr_t addr)
{
	int sig = faults[i].sig;
	if (info->si_code == SI_TKILL && info->si_pid == getpid()) {
		print("%s", sig == SIGABRT ? "abort" : "raised by the program");
		return false;
	}
	if (info->si_code <= 0) {
		print("sent by process %d", info->si_pid);
		return false;
	}
	if (sig == SIGSYS) {
		print("bad system call %d", info->si_syscall);
		return false;
	}
	if (sig == SIGFPE && info->si_code == FPE_INTDIV) {
		print("integer division by zero, or a quotient that is too large");
		return false;
	}
	if (sig != SIGSEGV && sig != SIGBUS) {
		print("%s", faults[i].what);
		return false;
	}
	const g *gp = getg();
	if (gp && gp->stackkind == StackFixed && below(addr, gp->stacklo))
		print("overflow of a fixed stack of %lu bytes: the goroutine's code was not built by thrumcc "
		      "(see thrum_set_fixed_stack)",
			(unsigned long)gp->stacksize);
	else if (thrum_m && below(addr, thrum_m->sighome ? thrum_m->gsignal : thrum_m->syslo))
		print("overflow of the thread's stack, on which foreign code runs");
	else
		print("%s", faults[i].what);
	return true;
}

// again makes the fault happen once more, without a handler, as soon as the present handler
// returns. That handler has all signals blocked.
static void
again(int sig, const siginfo_t *info)
{
	printflush();
	__sigaction(sig, &dfl, NULL);
	syscall(SYS_rt_tgsigqueueinfo, getpid(), ostid(), sig, info);
}

static void
fault_r(uintptr_t sig, uintptr_t info_, uintptr_t uc)
{
	const siginfo_t *info = (const siginfo_t *)info_;
	regs r;
	int i = 0;
	while (i < NFAULTS - 1 && faults[i].sig != (int)sig)
		i++;
	interrupted(&r, (const ucontext_t *)uc);
	print("fatal signal: %s: ", faults[i].name);
	if (what(i, info, (uintptr_t)info->si_addr)) {
		if (info->si_code == SI_KERNEL) // not canonical: the processor does not tell it
			print(", address unknown");
		else
			print(", address 0x%lx", (unsigned long)(uintptr_t)info->si_addr);
	}
	print(", pc 0x%lx\n", (unsigned long)r.r[DwPc]);
	explain(&r, inruntime(r.r[DwPc]));
}

static void
onfault(int sig, siginfo_t *info, void *uc)
{
	static bool given;
	if (faultpanic(sig, info, uc))
		return;
	if (!raisedquietly(sig, info) && !report(2, fault_r, (uintptr_t)sig, (uintptr_t)info, (uintptr_t)uc) && !given) {
		given = true;
		nested("fatal signal", "a fault");
	}
	again(sig, info);
}

static void
quit_r(uintptr_t uc, uintptr_t a, uintptr_t b)
{
	regs r;
	g *gp = current();
	(void)a;
	(void)b;
	interrupted(&r, (const ucontext_t *)uc);
	print("SIGQUIT: quit\n");
	if (tracelevel != TraceNone) {
		bool system = tracelevel >= TraceSystem;
		if (system || (gp && gp->goid != 0)) {
			print("\n");
			tracebackhere(&r, system);
		}
		tracebackothers(system);
	}
	die();
}

static void
onquit(int sig, siginfo_t *info, void *uc)
{
	(void)sig;
	(void)info;
	report(2, quit_r, (uintptr_t)uc, 0, 0);
	die();
}

// ---- the program's handlers and ours ------------------------------------------------------

void
crashaction(int sig, struct sigaction *a)
{
	void (*fn)(int, siginfo_t *, void *) = quitting && sig == SIGQUIT ? onquit : NULL;
	for (int i = 0; i < NFAULTS; i++)
		if (crashing && faults[i].sig == sig)
			fn = onfault;
	if (!fn || a->sa_handler != SIG_DFL)
		return;
	a->sa_sigaction = fn;
	a->sa_flags = SA_SIGINFO | SA_ONSTACK;
	sigfillset(&a->sa_mask);
}

bool
crashours(const struct sigaction *a)
{
	return a->sa_sigaction == onfault || a->sa_sigaction == onquit;
}

static void
take(int sig)
{
	struct sigaction a;
	if (__sigaction(sig, NULL, &a) < 0 || a.sa_handler != SIG_DFL)
		return;
	crashaction(sig, &a);
	__sigaction(sig, &a, NULL);
}

void
crashinit(void)
{
	const char *s = getenv("THRUM_TRACEBACK");
	bool known = !s || !*s;
	for (int i = 0; !known && i <= TraceCrash; i++)
		if (strcmp(s, levelname[i]) == 0) {
			tracelevel = (enum tracelevel)i;
			known = true;
		}
	if (!known)
		print("thrum: warning: THRUM_TRACEBACK=\"%s\" is unknown and ignored: write none, single, all, system or crash\n", s);
	pthread_atfork(NULL, NULL, printforked);
	crashing = true;
	for (int i = 0; i < NFAULTS; i++)
		take(faults[i].sig);
}

void
quitinit(void)
{
	quitting = true;
	take(SIGQUIT);
}
