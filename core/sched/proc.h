// SPDX-License-Identifier: MIT
//
// proc.h - the scheduler, for the rest of the runtime. Prototypes by file.

#ifndef THRUM_SCHED_PROC_H
#define THRUM_SCHED_PROC_H

#include "arch/arch.h"
#include "core/sched/types.h"

// The section of public calls.

// A goroutine may give way where such a call begins (newstack). So no code of the runtime that
// holds anything may go on in one of them (a call at the end of a function is a jump).
#define API __attribute__((visibility("default"), section("thrum_call")))
// The section of calls that may park: their prologue brings foreign callers home (callback.asm).
#define PARKS __attribute__((visibility("default"), section("thrum_api")))

// ---- proc.c ----

// gopark makes the calling goroutine wait until goready(gp); why is the reason shown in dumps.
// commit(gp, arg), which may be NULL, runs on the system stack when gp can already be readied. If
// it returns false, gp goes on at once. Memory that a commit releases must not be touched
// afterwards. Stack: a goroutine's. Parks: yes.
void gopark(enum waitreason why, bool (*commit)(g *, void *), void *arg);
// parkunlock is a commit that releases the mutex at arg.
bool parkunlock(g *gp, void *arg);

// goready makes a waiting goroutine runnable (ready.c). Stack: any, on any thread.
void goready(g *gp);

// schedule finds a goroutine and runs it. Stack: the system stack, as g0.
_Noreturn void schedule(void);

// execute runs gp, which is in no queue. Stack: the system stack, as g0.
_Noreturn void execute(m *mp, g *gp);

// casgstatus changes gp's status. If a thread has the Gscan bit, it waits until that is given back.
void casgstatus(g *gp, enum gstatus from, enum gstatus to);
// setstatus changes the status of a goroutine that no other thread can change.
void setstatus(g *gp, enum gstatus to);
// castogscan takes the Gscan bit of a waiting goroutine. Stack: the system stack. Returns: false if
// it does not wait.
bool castogscan(g *gp);
// takewaiting does so too, and waits for another thread that has the bit.
bool takewaiting(g *gp);
void casfromgscan(g *gp);

// getp returns the p that the calling code may use. It is NULL on a thread that has none, and
// during a foreign call, when the p may be taken away at any moment.
static inline p *
getp(void)
{
	m *mp = thrum_m;
	return mp && !load(mp->incall) ? load(mp->p) : NULL;
}

// locked tells whether gp can run only on this m.
static inline bool
locked(const g *gp)
{
	return (gp->slow & (SlowCallback | SlowLocked)) != 0;
}

// stoprun ends gp's run on mp. gp's context is saved.
void stoprun(m *mp, g *gp);

// spawn returns a runnable goroutine for fn(arg), NULL if there is no memory. The code at text
// decides its kind of stack: fn, or the function that fn will call. Stack: any.
g *spawn(void (*fn)(void *), void *arg, uintptr_t text, uintptr_t pc);
// gexit: gp has ended. goexit_m does the same, and returns the goroutine that runs next on this m.
// Stack: the system stack.
void gexit(m *mp, g *gp);
g *goexit_m(g *gp);
// For the table of p.c.
extern fixalloc fixgs, fixms; // sched.lock; the slabs of the former: alllock
void gfork(void);
void alllock(void);
void allunlock(void);

// gtrim gives up the stacks of dead goroutines. It also gives back the pages of the goroutines
// themselves, if many lie side by side. Stack: the system stack. Returns: the bytes of those pages
// that the kernel got.
size_t gtrim(void);
// foreignspawns counts the goroutines that threads without a p have started.
uint64_t foreignspawns(void);
// unspawn gives back a goroutine that a thread without a p has made and that was never queued.
void unspawn(g *gp);

// fastrand returns a pseudo-random number from the m's generator. select and the order of thieves
// depend on it. Stack: any.
uint64_t fastrand(void);

// ---- find.c ----

// findrunnable returns a goroutine to run on mp, and sleeps until there is one. mp has a p, before
// and after. *inherit: the goroutine goes on in the time slice of the last one.
g *findrunnable(m *mp, bool *inherit);
void resetspinning(m *mp);   // mp has found work: it no longer spins, the next m may
bool anywork(void);          // whether any p has work that waits
void lastlook(void);         // afterwards, all work is seen that was queued by threads that saw no
                             // idle p

// ---- threads.c ----

m *mget(void);               // a free m, or a new one. sched.lock
int minit(m *mp);            // makes the calling thread mp's. 0 or -errno
void mleave(m *mp);          // the thread is no longer mp's
void mput(m *mp);            // mp is free. sched.lock
void acquirep(m *mp, p *pp);
p *releasep(m *mp);
p *pidleget(void);           // sched.lock; NULL if there is none
p *pidlefor(const m *mp);    // likewise; one on which mp, or another m if mp is NULL, may run
                             // goroutines now
void pidleput(p *pp);        // sched.lock
void startm(p *pp, bool spinning); // pp may be NULL: then an idle one
void mwake(m *mp);           // if mp sleeps, it looks at what has changed
void stopm(m *mp);           // sleeps until it is given a p
void giveback(p *pp);        // pp becomes idle, or stopped if the world is stopping. sched.lock
void handoffp(p *pp);        // pp has no m: gives it to one, or makes it idle
void wakep(void);            // one more m looks for work
void stoplockedm(m *mp);     // sleeps until mp's locked goroutine may run
void startlockedm(m *mp, g *gp); // gives the p away to the m of gp, and sleeps
void wakemonitor(void);      // ends sysmon's sleep without a limit. sched.lock
_Noreturn void threadend(m *mp); // the goroutine locked to mp has ended, and so does the thread
void threadsfork(void);
bool checkdead(void);        // tells whether all goroutines are asleep for good. sched.lock
void checkalive(void);       // fatal if they are

// needwake is asked when work has been queued: it tells whether wakep has a thread to wake. That is
// an m, or the monitor if it sleeps for longer than a time slice.
static inline bool
needwake(void)
{
	return (load(sched.npidle) != 0 && load(sched.nmspinning) == 0) || load(sched.sliceslow);
}

// ---- template.c ----

// newthread is osthread, but the thread inherits nothing that goroutines have changed in theirs.
int newthread(void *(*fn)(void *), void *arg, bool nosignals);
void templatestart(void);    // a goroutine is about to be locked to its thread
void templatefork(void);

// ---- syscall.c ----

// retake takes pp from an m in the foreign call number ncall, or in any call if all. The call has
// lasted that many ns, as far as is known. Locks: sched.lock must not be held.
bool retake(p *pp, bool all, uint32_t ncall, uint64_t lasted);
// holdcall keeps the m of pp from leaving its foreign call, until claimunlock(&m->claim). Locks:
// takes none; sched.lock must not be held. Returns: the m; NULL if pp's m is in no foreign call.
m *holdcall(p *pp);
// reenter: the goroutine of mp, which cannot change its thread, needs a p again. Stack: the system
// stack.
void reenter(m *mp);

// ---- world.c ----

void worldfork(void);
void stopworld(void);        // on return no p runs. A p's owner calls it by mcall only; RankWorld
                             // held
void startworld(m *mp, uint32_t n); // n ps go on; mp, if not NULL, gets one
void gcstopm(m *mp);         // gives up the p, because the world is stopping, and sleeps
extern mutex worldlock;
extern hist stops; // for THRUM_HIST_STOP

// worldstopped calls fn(arg) while no p runs. Afterwards the world goes on with the wanted number
// of ps, if sched.started is set then. Must not be called from a signal handler. Stack: a
// goroutine's or a thread's; fn is called on the system stack. Parks: yes; a thread blocks. Locks:
// RankWorld.
void worldstopped(void (*fn)(void *arg), void *arg);
// worldstoppedby is the same for a thread that holds worldlock and has no p.
void worldstoppedby(void (*fn)(void *arg), void *arg);

// foreachp calls fn(pp, arg) once for each p at its next safe point. The p's own thread calls it
// between two goroutines. For a p that is idle or in a foreign call, the caller calls it.
// Goroutines do not wait for each other. Foreign code on a fixed stack, or a loop without a safe
// point, may take long: after `patience` ns the call gives up (UINT64_MAX: never). Stack, Parks,
// Locks: as worldstopped. fn runs with sched.lock held, so it must be short, and may take only
// locks of a higher rank. Returns: whether fn was called for all.
bool foreachp(void (*fn)(p *pp, void *arg), void *arg, uint64_t patience);
void eachp(p *pp);           // for findrunnable: ClaimEach is set
// comeby calls foreachp's function for pp if it is due, while gp, whose context is saved, stops on
// mp. Returns: true if nothing else is asked of gp, which may go on at once.
bool comeby(m *mp, p *pp, g *gp);
uint32_t wantprocs(void);    // the wanted number of ps
void setwantprocs(uint32_t n, bool bytheprogram);
void followcpus(void);       // as many as affinity mask and cgroup now allow, unless the program
                             // has set the number

// ---- sysmon.c ----

void sysmonfork(void);
void sysmonstart(void);
void sysmonkick(void);       // it sleeps long, and a foreign call begins while work waits
void sysmonslice(void);      // it sleeps longer than a time slice, and work waits. System stack

// ---- run.c ----

// schedinit prepares all that the first goroutine needs. Returns: 0 or -errno.
int schedinit(void);
// run is thrum_run. The code at text decides the main goroutine's kind of stack. program: the
// process ends with it.
int run(int (*fn)(void *), void *arg, int *status, uintptr_t text, bool program);

// startlock is how each start of the runtime begins: it takes worldlock. started notes, under that
// lock, that the runtime runs; program: main of a program built by thrumcc is its first goroutine.
// Stack: a thread's. Returns: startlock, 0, or without the lock -EBUSY, when the runtime runs or is
// just being started or stopped, or -ENOMEM.
int startlock(void);
void started(bool program);

bool schedinited(void); // schedinit has succeeded
// borrowm makes the calling thread an m. If n is not 0, it also starts the world with n ps for it.
// returnm is the reverse. Returns: 0 or -errno.
int borrowm(m **mpp, uint32_t n, bool polled, bool program);
void returnm(m *mp);
void runloop(void); // the loop of a borrowed m, called by runenter; leave ends it
void mainstart(void *a);   // the main goroutine's function
uint64_t goroutines(void); // alive
_Noreturn void leave(m *mp); // the thread returns to thrum_run, thrum_poll or mstart

// ---- embed.c ----

void embedfork(void);
void pollwake(void);         // tells the event loop that thrum_poll has work
void pollat(uint64_t when);  // ... or will have at when, ns

// ---- signal.c ----

// signalinit makes the present handlers fit for goroutines, and takes the fault signals.
void signalinit(void);

// altstackinit gives the calling thread a signal stack. Returns: 0 or -errno.
int altstackinit(m *mp);
// altstackhome takes the signal stack of the main thread from its own stack, if there is room. Must
// come before altstackinit.
void altstackhome(m *mp);
void altstackoff(m *mp, bool keep); // keep: the memory stays, for mp's next thread

#endif
