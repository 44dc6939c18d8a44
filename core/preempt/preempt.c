// SPDX-License-Identifier: MIT
//
// preempt.c - asks a running goroutine to give way. If it does not answer, a signal stops it.
//
// A request has two parts. One is a stamp in the g: the p's schedtick, so a request that comes
// after a switch is void. The other is a poisoned guard: in the g, and in the guard word of the
// thread that runs it. The next prologue or loop check comes to newstack, which gives way if the
// stamp is good. If gp stops between the look at curg and the poison, another goroutine finds its
// guard poisoned without a request, and restores it. tests/model/preempt.pml has all interleavings.
//
// A loop that checks nothing does not see the guard. So if no answer comes within a microsecond,
// the thread gets SIGURG. If the same goroutine did not answer last time, it gets the signal at
// once. The handler acts by the place that the signal has interrupted:
//
//	in code that thrumcc has built, on the goroutine's stack
//	        All registers are in the signal frame. They go into a regsave. The interrupted context
//	        is edited so that the handler returns to asyncpreempt on the system stack
//	        (preempt.asm).
//	in a leaf of libc that such code called in place (memcpy), or of the runtime (leaf.asm)
//	        The same: it has no frame and no lock.
//	where a quick foreign call (malloc) begins
//	        The same: the call begins again.
//	in such a call
//	        Its return address is replaced by quickaway, which checks for a request.
//	anywhere else
//	        This is counted, and the monitor tries again: after 20 us at first, after 1 ms at last.
//
// A loop that does nothing but call the runtime meets its guard where these calls begin (newstack:
// atcall). A loop that makes foreign calls gives way when one returns, because ClaimAway in m.claim
// makes the call take the slow way out (exitsyscall). So each kind of loop gives way where it
// surely holds nothing of the thread's.
//
// One word of the goroutine's stack is written, below the red zone: the place where to go on. A
// stack that was stopped in this way is not moved, because a prologue may have been cut in two. No
// thread wants to move it, since its goroutine is runnable and not parked.
//
// ClaimSignal in m.claim means that a signal is on its way, so there is at most one. A sender that
// did not wait for the last signal would livelock its target: each signal would be delivered before
// the code under it has executed one instruction.
//
// A foreign call that begins meanwhile waits for the signal (sigwait), so that EINTR cuts short no
// blocking system call of the program. The call sets incall first, and then looks at claim. The
// sender sets claim first, and then looks at incall. In between the sender makes a barrier
// (osbarrier). It makes none for a goroutine that a signal has stopped before, on a thread that has
// made no foreign call since: that is a loop. If such a goroutine begins a call in the few ns in
// which a store waits in its processor, the call may be cut short.
//
// Rejected: timers per thread (timer_create). sysmon.c has the numbers, and such timers fire in
// blocking calls too. Rejected: a real-time signal, which queues. Rejected: leaving the handler by
// a jump, which saves a system call but leaves SIGURG blocked.

#include "core/preempt/preempt.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>

#include "arch/arch.h"
#include "arch/called.h"
#include "core/base/debug.h"
#include "core/base/modules.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/diag/symbol.h"
#include "core/sched/proc.h"
#include "core/sched/ready.h"
#include "core/sched/scan.h"
#include "core/stack/stack.h"

#define ASKED 0x80000000u   // a stamp is this and 31 bits of schedtick
#define GRACETICKS 3000     // about a microsecond: for an answer, before the signal
#define OVERDUE 10000000u   // ns after which a signal is overdue
#define SIGWAITTICKS 100000 // about 40 us: a foreign call waits so long before it asks why the
                            // signal does not come
#define SIGWAITMAX 3000000000u // about a second: the signal is lost
#define RETRYMIN 20000u     // ns between two attempts
#define RETRYMAX 1000000u
#define MINQUANTUM 20000u
#define MAXQUANTUM 1000000000u
#define QUANTUM 10000000u

void pollresume(void), quickaway(void);
void thrum_quickcall(void);
extern const uintptr_t quickback; // where the foreign function returns in thrum_quickcall
                                  // (quick.asm)

static struct {
	_Atomic uint64_t quantum, shortest; // ns; the shortest that was ever set
	// sched.lock:
	uint64_t asked, sent, moot, overdue, nomemory;
	hist foreign; // the monitor's
} preemption = {.quantum = QUANTUM, .shortest = QUANTUM};

// ---- asking ------------------------------------------------------------------------

uint64_t
quantumof(const g *gp)
{
	uint64_t own = load(gp->quantum);
	return own ? own : load(preemption.quantum);
}

bool
asked(const g *gp)
{
	uint32_t stamp = load(gp->preempt);
	const p *pp = stamp ? load(gp->m->p) : NULL;
	return pp && stamp == (ASKED | load(pp->schedtick));
}

// sendable sets ClaimSignal. Locks: sched.lock is held. Returns: false if no signal may be sent
// now.
static bool
sendable(m *mp, const g *gp)
{
	if (load(mp->incall))
		return false;
	if (!load(mp->spare)) {
		regsave *r = regspare();
		if (!r) {
			preemption.nomemory++;
			return false;
		}
		storerel(mp->spare, r);
	}
	if (atomic_fetch_or(&mp->claim, ClaimSignal) & ClaimSignal) {
		if (!load(mp->overdue) && nanotime() - mp->sentat > OVERDUE) {
			store(mp->overdue, true);
			preemption.overdue++;
		}
		return false;
	}
	uint32_t ncall = load(mp->ncall);
	if (!gp->deaf || ncall != mp->sentcall)
		heavyfence();
	mp->sentcall = ncall;
	if (load(mp->incall)) {
		atomic_fetch_and(&mp->claim, ~(uint32_t)ClaimSignal);
		return false;
	}
	store(mp->overdue, false);
	store(mp->urgblocked, false);
	mp->sentat = nanotime();
	preemption.sent++;
	return true;
}

int
preempt(p *pp, const g *only, uint64_t ran, enum preempthow how)
{
	uint64_t now = cputicks();
	lock(&sched.lock); // a thread ends under this lock, and its control block with it
	m *mp = loadacq(pp->m);
	g *gp = mp && mp->inuse ? load(mp->curg) : NULL;
	if (!gp || (only && gp != only)) {
		unlock(&sched.lock);
		return -ESRCH;
	}
	if (only && load(mp->incall)) {
		unlock(&sched.lock);
		return -EBUSY;
	}
	uint32_t stamp = ASKED | load(pp->schedtick);
	bool fresh = load(gp->preempt) != stamp;
	mp->comeby = how == PreemptEach && (fresh || mp->comeby);
	if (fresh) {
		preemption.asked++;
		if (load(mp->asked))
			preemption.moot++;
		store(mp->noticed, 0);
		store(mp->ran, ran);
		store(mp->asked, now);
		store(gp->preempt, stamp);
	}
	if (how != PreemptSignal && debug.asyncpreempt != 2) {
		__atomic_store_n(&gp->stackguard, ~(uintptr_t)0, __ATOMIC_RELAXED);
		store(*(_Atomic uintptr_t *)(mp->tcb + THRUM_TCB_GUARD), ~(uintptr_t)0);
		atomic_fetch_or(&mp->claim, ClaimAway);
	}
	bool signal = how != PreemptCheck && debug.asyncpreempt && mp != thrum_m;
	bool wait = signal && how != PreemptSignal && debug.asyncpreempt != 2 && !gp->deaf;
	int tid = load(mp->tid);
	if (signal && !wait)
		signal = sendable(mp, gp);
	unlock(&sched.lock);
	if (wait) {
		while (cputicks() - now < GRACETICKS && load(gp->preempt) == stamp)
			procyield();
		lock(&sched.lock);
		signal = mp->inuse && load(mp->curg) == gp && load(gp->preempt) == stamp && sendable(mp, gp);
		tid = load(mp->tid);
		unlock(&sched.lock);
	}
	if (signal && ostgkill(tid, SIGURG) < 0)
		atomic_fetch_and(&mp->claim, ~(uint32_t)ClaimSignal); // the thread is gone
	return 0;
}

void
preemptall(void)
{
	for (uint32_t i = 0; i < load(sched.nprocs); i++)
		preempt(allp[i], NULL, 0, PreemptAny);
}

static bool
urgentblocked(void)
{
	uint64_t mask = 0;
	ossyscall(SYS_rt_sigprocmask, SIG_BLOCK, 0, (intptr_t)&mask, sizeof mask);
	return mask >> (SIGURG - 1) & 1;
}

// If the sender has lost its processor, it goes on only when other threads give theirs up. A
// blocked signal interrupts nothing: the call begins without it, and the next calls ask for the
// mask at once.
void
sigwait_m(m *mp)
{
	uint64_t start = cputicks();
	while (load(mp->claim) & ClaimSignal) {
		uint64_t waited = cputicks() - start;
		if (waited < SIGWAITTICKS && !load(mp->urgblocked)) {
			procyield();
		} else if (urgentblocked()) {
			store(mp->urgblocked, true);
			return;
		} else if (waited > SIGWAITMAX) {
			return;
		} else {
			osyield();
		}
	}
}

// ---- time slices -------------------------------------------------------------------

// since returns when the goroutine on pp began to run, in ns, or a later time: the monitor sees it
// late.
static uint64_t
since(const p *pp, uint32_t tick)
{
	return tick - (load(pp->acquiretick) - 1) <= 1 ? load(pp->acquired) : load(pp->sysmonwhen);
}

uint64_t
slice(p *pp, m *mp, uint64_t now, bool due)
{
	uint32_t tick = load(pp->schedtick);
	if (tick != load(pp->sysmontick)) {
		store(pp->sysmonwhen, now);
		store(pp->sysmontick, tick);
		pp->retry = 0;
		pp->retryat = now;
	}
	const g *gp = load(mp->curg);
	if (!due || !gp)
		return UINT64_MAX;
	uint64_t began = since(pp, tick), end = began + quantumof(gp);
	if (now < end)
		return end;
	if (now >= pp->retryat) {
		atomic_fetch_or(&pp->claim, ClaimSlice);
		preempt(pp, NULL, now - began, PreemptAny);
		pp->retry = pp->retry == 0 ? RETRYMIN : pp->retry < RETRYMAX ? 2 * pp->retry : RETRYMAX;
		pp->retryat = now + pp->retry;
	}
	return pp->retryat;
}

void
sliceover(void)
{
	p *worst = NULL;
	uint64_t now = nanotime(), over = 0, ran = 0;
	for (uint32_t i = 0; i < load(sched.nprocs); i++) {
		p *pp = allp[i];
		const m *mp = loadacq(pp->m);
		const g *gp = mp && mp != thrum_m ? load(mp->curg) : NULL;
		uint32_t tick = load(pp->schedtick);
		if (!gp || load(mp->incall) || (tick != load(pp->sysmontick) && tick - (load(pp->acquiretick) - 1) > 1))
			continue;
		uint64_t began = since(pp, tick), q = quantumof(gp);
		if (now > began + q && now - began - q > over) {
			over = now - began - q;
			ran = now - began;
			worst = pp;
		}
	}
	if (worst) {
		atomic_fetch_or(&worst->claim, ClaimSlice);
		preempt(worst, NULL, ran, PreemptAny);
	}
}

uint64_t
shortestquantum(void)
{
	return load(preemption.shortest);
}

void
heldup(uint64_t ns)
{
	histrecord(&preemption.foreign, ns);
}

// ---- giving way --------------------------------------------------------------------

// away records that gp has given way: it is in a queue, and pp is still the caller's.
static void
away(m *mp, p *pp, int notice, int over)
{
	uint64_t at = load(mp->asked), seen = load(mp->noticed), now = cputicks();
	store(mp->asked, 0);
	if (!at || seen < at || now < seen)
		return;
	histrecord(&pp->hist[notice], ticksns(seen - at));
	histrecord(&pp->hist[over], ticksns(now - at));
	if (load(mp->ran))
		histrecord(&pp->hist[THRUM_HIST_SLICE], load(mp->ran));
}

// safepoint: gp has stopped where it may be, with all registers kept. If it was only asked to come
// by, it goes on at once, else to the end of the global queue.
static _Noreturn void
safepoint(m *mp, g *gp, int notice, int over)
{
	p *pp = load(mp->p);
	if (comeby(mp, pp, gp)) {
		away(mp, pp, notice, over);
		scanrun(pp, gp);
		gogo(gp);
	}
	store(gp->preempt, 0);
	stoprun(mp, gp);
	ready(pp, gp, ReadyPreempted);
	away(mp, pp, notice, over);
	schedule();
}

// preempt_m: gp has met a poisoned guard in a prologue or a loop, or comes out of a foreign call.
// Its registers are at regs and xsave, and it will go on at resume. It goes to the end of the
// global queue.
_Noreturn void
preempt_m(g *gp, const uint64_t *regs, const char *xsave, void (*resume)(void))
{
	m *mp = thrum_m;
	p *pp = load(mp->p);
	store(mp->noticed, cputicks());
	keep(mp, gp, regs, xsave, resume);
	gp->deaf = false;
	if (resume == pollresume)
		bump(pp->npolled, 1);
	else
		bump(pp->nchecked, 1);
	safepoint(mp, gp, THRUM_HIST_NOTICE_CHECK, THRUM_HIST_SWITCH_CHECK);
}

bool
askedincall(m *mp, g *gp)
{
	if (!(load(mp->claim) & ClaimAway))
		return false;
	atomic_fetch_and(&mp->claim, ~(uint32_t)ClaimAway);
	if (!asked(gp) || locksheld || !regready(mp))
		return false;
	unpoison(gp);
	return true;
}

// preemptasync does the same for gp, which a signal has stopped and whose registers are kept.
_Noreturn void
preemptasync(g *gp)
{
	m *mp = thrum_m;
	gp->stackguard = guardof(gp->stacklo);
	gp->deaf = true;
	bump(load(mp->p)->nsignalled, 1);
	safepoint(mp, gp, THRUM_HIST_NOTICE_SIGNAL, THRUM_HIST_SWITCH_SIGNAL);
}

// ---- the signal --------------------------------------------------------------------

// leaf tells whether pc is in code that instrumented code has called in place, and in no part of
// the runtime that must not be stopped. The word on top of the stack is the return address into
// instrumented code.
static bool
leaf(uintptr_t pc, uintptr_t sp)
{
	if (inruntime(pc) && !inleaf(pc) && pc != (uintptr_t)thrum_quickcall)
		return false;
	uintptr_t back = *(const uintptr_t *)sp;
	return instrumentedtext(back) && callbefore(back);
}

// refusal returns the reason why gp, running on mp, must not be stopped at pc; -1: it may be
// stopped.
static int
refusal(m *mp, g *gp, uintptr_t pc, uintptr_t sp)
{
	if (load(mp->incall))
		return RefusedForeign;
	if (!gp || load(mp->curg) != gp || !load(mp->p) || locksheld)
		return RefusedRuntime;
	if (!asked(gp))
		return RefusedLate;
	if (sp - ASYNCROOM - (uintptr_t)gp->stacklo >= gp->stacksize || gp->stackkind != StackCopy)
		return RefusedForeign;
	if (!instrumentedtext(pc) && !leaf(pc, sp))
		return inruntime(pc) ? RefusedRuntime : RefusedForeign;
	if (nopreempt(instrumentedtext(pc) ? pc : *(const uintptr_t *)sp))
		return RefusedUnsafe;
	return load(mp->spare) ? -1 : RefusedMemory;
}

// ours tells whether this is the signal of ClaimSignal. While ours is on its way, a signal may come
// by kill, sigqueue or from the kernel (data out of band), and may overtake ours; it is not ours.
// Only raise() looks the same as ours. If one arrives first, it is taken for ours, and later ours
// is forwarded to the program, which still sees exactly one. If the kernel had no memory for the
// sender's pid, pid is 0.
static bool
ours(m *mp, const siginfo_t *info)
{
	bool may = info->si_code == SI_TKILL || (info->si_code == SI_USER && info->si_pid == 0);
	return mp && may && atomic_fetch_and(&mp->claim, ~(uint32_t)ClaimSignal) & ClaimSignal;
}

// quickly makes gp give way when a quick foreign call of code that thrumcc has built returns. The
// signal has interrupted gp in that call, on the system stack. Such a call stands alone at the top
// of the system stack, and no other code leaves that return address there.
static void
quickly(const m *mp, const g *gp, uintptr_t sp)
{
	uintptr_t *back = (uintptr_t *)mp->sysp - 1;
	if (gp && load(mp->curg) == gp && load(mp->p) && !load(mp->incall) && sp <= (uintptr_t)back &&
		sp >= (uintptr_t)mp->syslo && *back == quickback && asked(gp))
		*back = (uintptr_t)quickaway;
}

// onaltstack tells whether the frame of a signal, at frame, is not on the stack of gp, which it has
// interrupted.
static bool
onaltstack(const m *mp, const g *gp, uintptr_t frame)
{
	if (mp->altstack)
		return frame - (uintptr_t)mp->gsignal < mp->sigsize;
	return frame - (uintptr_t)gp->stacklo >= gp->stacksize; // the program has set another one
}

static void
onsignal(int sig, siginfo_t *info, void *context)
{
	uint64_t now = cputicks();
	m *mp = thrum_m;
	ucontext_t *uc = context;
	if (!ours(mp, info)) {
		urgentchain(sig, info, context);
		return;
	}
	g *gp = getg();
	uintptr_t rsp = contextsp(uc);
	if (gp && rsp - (uintptr_t)gp->stacklo < gp->stacksize && !onaltstack(mp, gp, (uintptr_t)uc))
		fatal("a signal arrived on a goroutine's stack, which is too small for handlers: a direct system call has disabled "
		      "the thread's alternate signal stack. Call libc's sigaltstack instead");
	contextrewind(uc);
	int why = refusal(mp, gp, contextpc(uc), rsp);
	if (why < 0 && !contextkeep(uc, mp, gp, load(mp->spare)))
		why = RefusedTiles;
	if (why < 0) {
		store(mp->spare, NULL);
		store(mp->noticed, now);
		return;
	}
	if (why == RefusedForeign)
		quickly(mp, gp, rsp);
	bump(mp->refused[why], 1);
	if (why == RefusedTiles && load(mp->refused[why]) == 1)
		print("thrum: warning: goroutine %lu uses AMX tile registers: it cannot be preempted until it executes tilerelease\n",
			(unsigned long)gp->goid);
}

void
preemptinit(void)
{
	if (debug.asyncpreempt)
		urgentinit(onsignal);
	const char *s = getenv("THRUM_QUANTUM");
	uint64_t ns;
	if (s && (ns = parsetime(s)) == 0)
		print("thrum: warning: THRUM_QUANTUM=%s is not a duration and is ignored: write 100us, 5ms or 1s, for example\n", s);
	else if (s)
		thrum_set_quantum(ns);
}

// ---- the API -----------------------------------------------------------------------

uint64_t
parsetime(const char *s)
{
	static const struct {
		const char *unit;
		double ns;
	} units[] = {{"", 1}, {"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
	char *end;
	double v = strtod(s, &end);
	if (end == s || !(v > 0 && v < 1e300)) // neither inf nor nan
		return 0;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (strcmp(end, units[i].unit) == 0) {
			v *= units[i].ns;
			return v < 1 ? 1 : v < 1e18 ? (uint64_t)v : (uint64_t)1e18;
		}
	return 0;
}

static uint64_t
clamped(uint64_t ns)
{
	uint64_t q = ns < MINQUANTUM ? MINQUANTUM : ns > MAXQUANTUM ? MAXQUANTUM : ns, least = load(preemption.shortest);
	while (q < least && !atomic_compare_exchange_weak(&preemption.shortest, &least, q))
		;
	return q;
}

// kick makes the monitor see a new quantum.
static uintptr_t
kick(uintptr_t a, uintptr_t b)
{
	(void)a;
	(void)b;
	if (load(sched.sysmonslow))
		sysmonkick();
	return 0;
}

API uint64_t
thrum_set_quantum(uint64_t ns)
{
	if (ns == 0)
		return load(preemption.quantum);
	uint64_t old = atomic_exchange(&preemption.quantum, clamped(ns));
	systemstack(kick, 0, 0);
	return old;
}

API uint64_t
thrum_set_goroutine_quantum(thrum_g *gp, uint64_t ns)
{
	if (!gp && !(gp = thrum_self()))
		return 0;
	uint64_t old = atomic_exchange(&gp->quantum, ns ? clamped(ns) : 0);
	systemstack(kick, 0, 0);
	return old;
}

static uintptr_t
preemptg(uintptr_t a, uintptr_t unused)
{
	g *gp = (g *)a;
	(void)unused;
	m *mp = __atomic_load_n(&gp->m, __ATOMIC_RELAXED);
	p *pp = mp && load(mp->curg) == gp ? load(mp->p) : NULL;
	return (uintptr_t)(intptr_t)(pp ? preempt(pp, gp, 0, PreemptAny) : mp && load(mp->curg) == gp ? -EBUSY : -ESRCH);
}

API int
thrum_preempt(thrum_g *gp)
{
	if (!gp)
		return -EINVAL;
	if (gp == getg())
		return -ESRCH;
	return (int)(intptr_t)systemstack(preemptg, (uintptr_t)gp, 0);
}

API int
thrum_get_hist(enum thrum_hist_kind kind, thrum_hist *out)
{
	if ((int)kind < 0 || kind >= THRUM_HIST_KINDS)
		return -EINVAL;
	out->n = out->sum = out->max = 0;
	for (int i = 0; i < THRUM_HIST_BUCKETS; i++)
		out->count[i] = 0;
	for (uint32_t i = 0; kind < THRUM_HIST_FOREIGN && i < MAXPROCS && allp[i]; i++)
		histadd(out, &allp[i]->hist[kind]);
	if (kind == THRUM_HIST_FOREIGN)
		histadd(out, &preemption.foreign);
	if (kind == THRUM_HIST_STOP)
		histadd(out, &stops);
	return 0;
}

API uint32_t
thrum_set_latency_sampling(uint32_t n)
{
	return n ? atomic_exchange(&sched.sampling, n) : load(sched.sampling);
}

API void
thrum_get_preempt_stats(thrum_preempt_stats *out)
{
	*out = (thrum_preempt_stats){0};
	for (uint32_t i = 0; i < MAXPROCS && allp[i]; i++) {
		out->checked += load(allp[i]->nchecked);
		out->polled += load(allp[i]->npolled);
		out->signalled += load(allp[i]->nsignalled);
	}
	lock(&sched.lock);
	for (const m *mp = sched.allm; mp; mp = mp->alllink) {
		out->foreign += load(mp->refused[RefusedForeign]);
		out->runtime += load(mp->refused[RefusedRuntime]);
		out->unsafe += load(mp->refused[RefusedUnsafe]) + load(mp->refused[RefusedTiles]);
		out->late += load(mp->refused[RefusedLate]);
		out->nomemory += load(mp->refused[RefusedMemory]);
	}
	out->asked = preemption.asked;
	out->sent = preemption.sent;
	out->moot = preemption.moot;
	out->overdue = preemption.overdue;
	out->nomemory += preemption.nomemory;
	unlock(&sched.lock);
}
