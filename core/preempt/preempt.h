// SPDX-License-Identifier: MIT
//
// preempt.h - requests to give way, for the scheduler and the monitor.

#ifndef THRUM_PREEMPT_PREEMPT_H
#define THRUM_PREEMPT_PREEMPT_H

#include <signal.h>

#include "core/sched/types.h"

enum preempthow {
	PreemptAny,    // at its next check, or by a signal if no check comes
	PreemptCheck,  // at its next check
	PreemptSignal, // by a signal
	PreemptEach,   // as PreemptAny, but only to come by for foreachp: then it goes on
};

// preempt asks the goroutine that pp runs to give way. If only is not NULL, it asks only that one.
// ran is the time for which it has run, in ns, for statistics. It may spin for a microsecond.
// Stack: the system stack. Returns: 0; -ESRCH if no such goroutine runs there; -EBUSY if only is in
// foreign code.
int preempt(p *pp, const g *only, uint64_t ran, enum preempthow how);
void preemptall(void);

// asked tells whether gp must give way. gp is the caller's, or the caller has interrupted it.
bool asked(const g *gp);

// askedincall tells whether gp, which comes out of a foreign call with its p, must give way. Its
// guard is right afterwards.
bool askedincall(m *mp, g *gp);
// preempt_m is called by giveway.inc and exitsyscall. Stack: the system stack.
_Noreturn void preempt_m(g *gp, const uint64_t *regs, const char *xsave, void (*resume)(void));

// sigwait_m: a foreign call is about to begin on mp, and a signal is on its way there.
void sigwait_m(m *mp);

// slice: the monitor looks at pp, run by mp. due: a goroutine waits. Returns: the time of the next
// look; UINT64_MAX if there is nothing to look at.
uint64_t slice(p *pp, m *mp, uint64_t now, bool due);
// sliceover: work has been queued and no p is free. It asks the goroutine that is known to have run
// longest beyond its quantum. Stack: the system stack.
void sliceover(void);
uint64_t quantumof(const g *gp);  // ns
uint64_t shortestquantum(void);   // ns
// heldup: a foreign call had lasted ns when the monitor took its p.
void heldup(uint64_t ns);

// preemptinit reads THRUM_QUANTUM and takes SIGURG.
void preemptinit(void);

// parsetime reads "100us", "5ms", "1s" or a number of ns. Returns: ns; 0 if s is no time.
uint64_t parsetime(const char *s);

// ---- storm.c ----

// storminit starts the modes of THRUM_DEBUG=preemptstorm=N and preemptcount=1.
void storminit(void);
void stormstart(void);
void stormfork(void); // in the child of fork
bool stormbegins(void); // whether its thread has not set stormtid yet

// ---- regsave.c ----

extern fixalloc fixregs;     // sched.lock
bool regready(m *mp);        // whether keep will find memory; else a request to give way waits.
                             // System stack
regsave *regspare(void);     // memory for other ms; NULL if there is none. sched.lock
void regflush(m *mp);        // gives all but some of mp's to the common list
// keep puts the registers of gp, which the assembly has saved on the system stack, into its g. gp
// will go on at resume. From here on the thread is g0.
void keep(m *mp, g *gp, const uint64_t *regs, const char *xsave, void (*resume)(void));
#define REGKEEP 32

// ---- signal.c ----

#define SIGSTACK (64u << 10)   // bytes of an m's alternate stack
#define SIGSTACKMAX (4u << 20) // ... and of the main thread's in a program, at most

// urgentinit makes fn the handler of SIGURG. The program's own handler is kept.
void urgentinit(void (*fn)(int, siginfo_t *, void *));
// urgentchain calls the program's own handler.
void urgentchain(int sig, siginfo_t *info, void *context);
// raisedquietly tells whether the program raises sig after its own handler has set SIG_DFL: then it
// has made its own report.
bool raisedquietly(int sig, const siginfo_t *info);

#endif
