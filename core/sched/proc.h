// SPDX-License-Identifier: MIT
//
// proc.h - the scheduler, as the rest of the runtime sees it. Prototypes by file.

#ifndef THRUM_SCHED_PROC_H
#define THRUM_SCHED_PROC_H

#include "arch/arch.h"
#include "core/sched/types.h"

// Public calls.

// Where they begin a goroutine may give way (newstack): so nothing of the runtime that holds anything goes on in one
// of them (a call at the end of a function is a jump).
#define API __attribute__((visibility("default"), section("thrum_call")))
// Calls that may park: their prologue brings foreign callers home (callback.asm).
#define PARKS __attribute__((visibility("default"), section("thrum_api")))

// ---- proc.c ----

// gopark makes the calling goroutine wait, with a reason for dumps, until goready(gp).
// commit(gp, arg), which may be NULL, runs on the system stack when gp can be readied already;
// when it returns false gp goes on at once. What a commit releases must not be touched after.
// Goroutine stack.
void gopark(enum waitreason why, bool (*commit)(g *, void *), void *arg);
// For commit: releases the mutex at arg.
bool parkunlock(g *gp, void *arg);

// goready makes a waiting goroutine runnable (ready.c). Any stack, any thread.
void goready(g *gp);

// schedule finds a goroutine and runs it. System stack, as g0.
_Noreturn void schedule(void);

// execute runs gp, which is in no queue. System stack, as g0.
_Noreturn void execute(m *mp, g *gp);

// casgstatus changes gp's status, after whoever has its Gscan bit has given it back.
void casgstatus(g *gp, enum gstatus from, enum gstatus to);
// setstatus changes the status of a goroutine that only the caller can change.
void setstatus(g *gp, enum gstatus to);
// castogscan takes the Gscan bit of a waiting goroutine; false when it does not wait. System stack.
bool castogscan(g *gp);
void casfromgscan(g *gp);

// getp returns the p that the calling code may use: NULL on a thread that has none, and during
// a foreign call, when it may be taken away at any moment.
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

// stoprun makes gp, whose context is saved, stop being the m's.
void stoprun(m *mp, g *gp);

// spawn returns a runnable goroutine for fn(arg), NULL when there is no memory. The code at
// text tells which kind of stack it gets: fn, or what fn will call. Any stack.
g *spawn(void (*fn)(void *), void *arg, uintptr_t text, uintptr_t pc);
// gexit: gp has ended. goexit_m: likewise, and returns who runs next on this m. System stack.
void gexit(m *mp, g *gp);
g *goexit_m(g *gp);
// For the table of p.c.
extern fixalloc fixgs, fixms; // sched.lock; the slabs of the former: alllock
void gfork(void);
void alllock(void);
void allunlock(void);

// gtrim gives up the stacks of dead goroutines, and the pages of the goroutines themselves where many lie side by side;
// returns the bytes of the latter that the kernel got. System stack.
size_t gtrim(void);
// foreignspawns counts the goroutines that threads without a p have begun.
uint64_t foreignspawns(void);
// unspawn gives back a goroutine that a thread without a p has made and nobody has queued.
void unspawn(g *gp);

// fastrand is a pseudo-random number, from the m's generator; select, too, and the order of thieves
// depend on it. Any stack.
uint64_t fastrand(void);

// ---- find.c ----

// findrunnable returns a goroutine to run on mp; sleeps until there is one. mp has a p, then and
// now. *inherit: it goes on in the time slice of the last.
g *findrunnable(m *mp, bool *inherit);
void resetspinning(m *mp);   // it has found one: no longer looks for work, the next may
bool anywork(void);          // somebody has work that waits
void lastlook(void);         // after it, what others have queued before they saw no idle p is seen

// ---- threads.c ----

m *mget(void);               // a free m, or a new one. sched.lock
int minit(m *mp);            // makes the calling thread mp's. 0 or -errno
void mleave(m *mp);          // the thread is no longer mp's
void mput(m *mp);            // mp is free. sched.lock
void acquirep(m *mp, p *pp);
p *releasep(m *mp);
p *pidleget(void);           // sched.lock; NULL when none
p *pidlefor(const m *mp);    // likewise; one on which mp, or NULL: another m, may run goroutines just now
void pidleput(p *pp);        // sched.lock
void startm(p *pp, bool spinning); // pp may be NULL: an idle one
void mwake(m *mp);           // mp looks at what has changed, if it sleeps
void stopm(m *mp);           // sleeps until somebody gives a p
void giveback(p *pp);        // pp becomes idle, or stopped while the world stops. sched.lock
void handoffp(p *pp);        // pp has no m: gives it to one, or makes it idle
void wakep(void);            // one more m looks for work
void stoplockedm(m *mp);     // sleeps until mp's locked goroutine may run
void startlockedm(m *mp, g *gp); // gives the p away to the m of gp, sleeps
void wakemonitor(void);      // sysmon sleeps for good while all is idle. sched.lock
_Noreturn void threadend(m *mp); // the goroutine locked to mp has ended: so does the thread
void threadsfork(void);
bool checkdead(void);        // whether all goroutines are asleep for good. sched.lock
void checkalive(void);       // fatal when they are

// needwake: work has been queued; is there anybody to wake (wakep)? The monitor, when it sleeps
// for longer than a time slice.
static inline bool
needwake(void)
{
	return (load(sched.npidle) != 0 && load(sched.nmspinning) == 0) || load(sched.sliceslow);
}

// ---- template.c ----

// newthread starts a thread that inherits nothing of what goroutines do to theirs; as osthread.
int newthread(void *(*fn)(void *), void *arg, bool nosignals);
void templatestart(void);    // a goroutine is about to be locked to its thread
void templatefork(void);

// ---- syscall.c ----

// retake takes pp from an m in the foreign call number ncall (of any number when all), which has lasted
// so many ns as far as is known. sched.lock not held.
bool retake(p *pp, bool all, uint32_t ncall, uint64_t lasted);
// holdcall keeps the m of pp from leaving its foreign call, until claimunlock(&m->claim). Returns: the m; NULL if
// pp's m is in none. Locks: takes none; sched.lock must not be held.
m *holdcall(p *pp);
// reenter: the goroutine of mp, which cannot change its thread, needs a p again. System stack.
void reenter(m *mp);

// ---- world.c ----

void worldfork(void);
void stopworld(void);        // on return no p runs. Not from a p's owner but by mcall; RankWorld held
void startworld(m *mp, uint32_t n); // n ps go on; mp, when not NULL, gets one
void gcstopm(m *mp);         // gives the p up, because the world is to stop, and sleeps
extern mutex worldlock;
extern hist stops; // for THRUM_HIST_STOP

// worldstopped calls fn(arg) while no p runs. The world goes on afterwards, with as many ps as are wanted, if
// sched.started is set then. Not from a signal handler.
// Stack: a goroutine's or a thread's; fn is called on the system stack. Parks: yes; a thread blocks.
// Locks: RankWorld.
void worldstopped(void (*fn)(void *arg), void *arg);
// worldstoppedby is the same for a thread that holds worldlock and has no p.
void worldstoppedby(void (*fn)(void *arg), void *arg);

// foreachp calls fn(pp, arg) once for each p at its next safe point. The p's own thread calls it between two
// goroutines; for a p that is idle or in a foreign call the caller does. Goroutines do not wait for each other.
// Foreign code on a fixed stack, or a loop without a safe point, may be long in coming: the call gives up after
// `patience` ns (UINT64_MAX: never).
// Stack, Parks, Locks: as worldstopped. fn holds sched.lock, so it is short, and takes only locks behind that.
// Returns: fn was called for all.
bool foreachp(void (*fn)(p *pp, void *arg), void *arg, uint64_t patience);
void eachp(p *pp);           // for findrunnable: ClaimEach is set
// comeby does what foreachp wants of pp, while gp, whose context is saved, stops on mp. Returns: nothing else is asked
// of gp, which may go on at once.
bool comeby(m *mp, p *pp, g *gp);
uint32_t wantprocs(void);    // how many ps there are to be
void setwantprocs(uint32_t n, bool bytheprogram);
void followcpus(void);       // as many as affinity mask and cgroup now allow, unless the program has said

// ---- sysmon.c ----

void sysmonfork(void);
void sysmonstart(void);
void sysmonkick(void);       // it sleeps long, and a foreign call begins beside waiting work
void sysmonslice(void);      // it sleeps longer than a time slice, and work waits. System stack

// ---- run.c ----

// schedinit prepares what must be there before the first goroutine. 0 or -errno.
int schedinit(void);
// run is thrum_run; the code at text tells which kind of stack the main goroutine gets.
// program: the process ends with it.
int run(int (*fn)(void *), void *arg, int *status, uintptr_t text, bool program);
bool schedinited(void); // schedinit has succeeded
// borrowm makes the calling thread an m, and starts the world with n ps for it if n is not 0; returnm is the
// reverse. 0 or -errno.
int borrowm(m **mpp, uint32_t n, bool polled, bool program);
void returnm(m *mp);
void runloop(void); // what a borrowed m runs, by runenter; it comes back by leave
void mainstart(void *a);   // the main goroutine's function
uint64_t goroutines(void); // alive
_Noreturn void leave(m *mp); // the thread goes back to who called thrum_run, thrum_poll or mstart

// ---- embed.c ----

void embedfork(void);
void pollwake(void);         // tells the loop that thrum_poll has work
void pollat(uint64_t when);  // ... will have at when, ns

// ---- signal.c ----

// signalinit makes the handlers that are there fit for goroutines and takes the fault signals.
void signalinit(void);

// altstackinit gives the calling thread a signal stack. 0 or -errno.
int altstackinit(m *mp);
// altstackhome takes the signal stack of the main thread from its own stack, if there is room. Before altstackinit.
void altstackhome(m *mp);
void altstackoff(m *mp, bool keep); // keep: the memory too, for the next thread

#endif
