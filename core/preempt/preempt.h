// SPDX-License-Identifier: MIT
//
// preempt.h - asking goroutines to give way, as the scheduler and the monitor use it.

#ifndef THRUM_PREEMPT_PREEMPT_H
#define THRUM_PREEMPT_PREEMPT_H

#include <signal.h>

#include "core/sched/types.h"

enum preempthow {
	PreemptAny,    // at its next check, or by a signal when that does not come
	PreemptCheck,  // at its next check
	PreemptSignal, // by a signal
	PreemptEach,   // as PreemptAny, only to do what foreachp wants: it goes on then
};

// preempt asks what pp runs (only, when that is not NULL) to give way; ran is for how long it has run, in
// ns, for statistics. System stack; may spin for a microsecond. 0, -ESRCH when no such goroutine runs there,
// -EBUSY when only is in foreign code.
int preempt(p *pp, const g *only, uint64_t ran, enum preempthow how);
void preemptall(void);

// asked tells whether gp, which is the caller's or interrupted under it, has to give way.
bool asked(const g *gp);

// askedincall: gp comes out of a foreign call, with its p; must it give way? Its guard is right then.
bool askedincall(m *mp, g *gp);
// preempt_m: giveway.inc, exitsyscall. System stack.
_Noreturn void preempt_m(g *gp, const uint64_t *regs, const char *xsave, void (*resume)(void));

// sigwait_m: a foreign call is about to begin on mp, and a signal is on its way there.
void sigwait_m(m *mp);

// slice: the monitor looks at pp, run by mp. due: somebody waits. Returns when to look again, UINT64_MAX
// when there is nothing to look at.
uint64_t slice(p *pp, m *mp, uint64_t now, bool due);
// sliceover: work has been queued and no p is free. Asks the one that is known to have run longest beyond its quantum.
// System stack.
void sliceover(void);
uint64_t quantumof(const g *gp);  // ns
uint64_t shortestquantum(void);   // ns
// heldup: a foreign call had lasted ns when the monitor took its p.
void heldup(uint64_t ns);

// preemptinit reads THRUM_QUANTUM and takes SIGURG.
void preemptinit(void);

// parsetime reads "100us", "5ms", "1s" or a number of ns; 0: it is none.
uint64_t parsetime(const char *s);

// ---- storm.c ----

// storminit starts what THRUM_DEBUG=preemptstorm=N asks for, and preemptcount=1.
void storminit(void);
void stormstart(void);
void stormfork(void); // in the child of fork
bool stormbegins(void); // its thread has not said yet which it is

// ---- regsave.c ----

extern fixalloc fixregs;     // sched.lock
bool regready(m *mp);        // regalloc will find some: else a request to give way waits. System stack
regsave *regalloc(m *mp);    // memory for all registers. No p, no lock
regsave *regspare(void);     // the same for others; NULL without memory. sched.lock
void regflush(m *mp);        // gives all but some of mp's to the others
// keep puts the registers of gp, which the assembly has saved on the system stack, into its g, which will
// go on at resume. From here on the thread is g0.
void keep(m *mp, g *gp, const uint64_t *regs, const char *xsave, void (*resume)(void));
#define REGKEEP 32

// ---- signal.c ----

#define SIGSTACK (64u << 10)   // bytes of an m's alternate stack
#define SIGSTACKMAX (4u << 20) // ... and of the main thread's in a program, at most

// urgentinit makes fn the handler of SIGURG; the program's own is kept beside it.
void urgentinit(void (*fn)(int, siginfo_t *, void *));
// urgentchain calls the program's own handler.
void urgentchain(int sig, siginfo_t *info, void *context);
// raisedquietly: the program raises sig after its own handler has set SIG_DFL: it has made its own report.
bool raisedquietly(int sig, const siginfo_t *info);

#endif
