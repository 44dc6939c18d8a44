// SPDX-License-Identifier: MIT
//
// types.h - g, m, p and sched: the structs of the scheduler.
//
//	g  a goroutine: its stack, its saved context, why it waits
//	m  a thread that runs goroutines, with the system stack that the scheduler
//	   and foreign code run on (g0) and a signal stack (gsignal)
//	p  the right to run: the run queue and the caches that need no lock
//
// The assembly knows these structs through generated offsets. The first 64 bytes of g are all that
// a switch touches of the goroutine that it resumes.
//
// The owner of a p, or of a foreign call, changes its own words by plain stores. Other threads set
// `claim` first (asym.h).

#ifndef THRUM_SCHED_TYPES_H
#define THRUM_SCHED_TYPES_H

#include <assert.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/x86_64/cpu.h"
#include "core/base/cpus.h"
#include "core/base/fixalloc.h"
#include "core/base/hist.h"
#include "core/base/lock.h"
#include "thrum.h"
#include "thrum/abi.h"

typedef struct thrum_g g;
typedef struct m m;
typedef struct p p;
typedef struct segment segment;
typedef struct regsave regsave;
typedef struct sudog sudog;
typedef struct panicking panicking;
typedef struct timer timer;
typedef struct timers timers;
typedef struct mcache mcache;

#define CACHELINE 64

#define load(x) atomic_load_explicit(&(x), memory_order_relaxed)
#define loadacq(x) atomic_load_explicit(&(x), memory_order_acquire)
#define store(x, v) atomic_store_explicit(&(x), (v), memory_order_relaxed)
#define storerel(x, v) atomic_store_explicit(&(x), (v), memory_order_release)
// bump changes a word that only one thread writes and others read.
#define bump(x, n) store(x, load(x) + (n))

// gobuf is the place where a context stopped. If the way of stopping keeps the System V
// callee-saved registers, they lie on the stack above sp.
typedef struct gobuf {
	uintptr_t sp, pc, bp;
} gobuf;

enum gstatus {
	Gidle,     // made, never used
	Grunnable, // in a run queue
	Grunning,  // owned by an m that has a p, also during a foreign call
	Gsyscall,  // in a foreign call, its p given to others
	Gwaiting,  // parked, see waitreason
	Gdead,     // in a free list
	NGSTATUS,
	Gscan = 0x100, // with Gwaiting: one thread has the stack for itself; no other may change
	               // the status
};

enum waitreason {
	WaitNone,
	WaitPark,
	WaitGroup,
	WaitSleep,
	WaitSema,
	WaitMutex,
	WaitRLock,
	WaitRWLock,
	WaitOnce,
	WaitCond,
	WaitNursery,
	WaitCtx,
	WaitChanSend,
	WaitChanRecv,
	WaitChanSendNil,
	WaitChanRecvNil,
	WaitSelect,
	WaitSelectNone,
	NWAITREASON,
};

enum stackkind {
	StackCopy,  // grows by copying
	StackFixed, // code not built by thrumcc
};

// Why a switch to or from a goroutine needs the scheduler.
enum slow {
	SlowCallback = 1, // it is in a callback: foreign frames wait on the stack of its m
	SlowLocked = 2,   // by thrum_lock_thread
	SlowFrozen = 4,   // to be thawed
	SlowTrack = 8,    // its time from runnable to running is measured
	SlowJumped = 16,  // a longjmp may have left records of deferred calls behind
	SlowFault = 32,   // thrum_panic_on_fault; needs the scheduler only at its end
};

// A goroutine in the queue of a channel or a semaphore (core/sync/sudog.h).
struct sudog {
	g *g;
	sudog *next, *prev; // the object's queue, or as sema.h says; next is also a pool's
	void *elem;         // the source or destination of the value; or the last waiter for the
	                    // same address
	void *obj;          // the channel, or the semaphore's address
	sudog *link;        // the next case of the same select, in the order of locking; or the
	                    // next waiter for the same address
	uint64_t since;     // cputicks
	uint32_t ticket;    // number of the case; or key in a treap's heap
	bool isselect;      // several wakers may come: a waker must win selectdone first
	bool success;       // woken by a value, not by a close
	bool queued;        // in the object's queue
	bool send;          // a case that sends
};

// Deferred calls, and panics in progress, of a goroutine or a thread (core/panic/panic.c).
typedef struct defers {
	thrum_defer *top;
	panicking *panic; // the newest
	uint32_t npanic;  // how many
} defers;

// The registers at the end of a foreign call, on the system stack.
typedef struct callresult {
	const char *lo, *hi;
} callresult;

// A timer (core/time/timer.h); idle if zeroed.
struct timer {
	timer *next, *prev;         // of the same slot
	uint64_t when;              // ns
	void (*fn)(timer *t, uint64_t now);
	_Atomic uint16_t wheel;     // number, from 1, of the wheel that it was in last; 0: none
	uint16_t slot;              // that wheel's lock: its place there, from 1; 0: not in the
	                            // wheel
	uint32_t gen;               // of the process: in a child of fork all timers are idle
};

struct thrum_g {
	// Used by a switch, one cache line:
	gobuf sched;
	uintptr_t usp;        // unsafe stack pointer while not running
	uintptr_t stackguard; // the value of fs:0x70 while it runs
	m *m;                 // the m that runs it
	fpcontrol fp;         // while not running: its floating-point modes
	uint16_t slow;           // enum slow
	_Atomic uint32_t status; // enum gstatus
	uint32_t pin;            // pinned frames in the top segment: if not 0, the stack must not
	                         // move

	// Also written when a goroutine begins:
	char *stacklo;          // the top segment: [stacklo, stacklo + stacksize)
	size_t stacksize;       // bytes; 0 while frozen
	g *schedlink;           // queue or free list
	void (*fn)(void *);
	void *arg;
	uint64_t goid;
	uintptr_t gopc;         // pc of the thrum_go that made it
	int32_t err;            // errno
	_Atomic uint32_t token; // thrum_park: 0; 1 a ready came first; 2 parked

	uint64_t creator;         // goid of the goroutine that made it
	uint64_t waitsince;       // cputicks or sched.coarse; with SlowTrack, since when it is
	                          // runnable
	char *segspare;           // one segment, kept for the next split
	uint32_t copies;          // times the stack has moved
	_Atomic uint32_t preempt; // the stamp of a request to give way (preempt.c)
	uint8_t startclass;       // log2 of the first stack size
	uint8_t stackkind;        // enum stackkind
	uint8_t frozen;
	uint8_t waitreason;       // enum waitreason
	uint32_t ncallback;       // callbacks from foreign code that have not returned
	uint32_t nseg;            // segments below the top one
	uint32_t nlock;           // thrum_lock_thread
	segment *seg;             // record of the segment below, in the top segment
	regsave *regs;            // all registers, if it stopped where no call saves them

	// Cold:
	m *lockedm;                  // the only m that may resume it; set while it does not run
	bool (*commit)(g *, void *); // of gopark
	void *commitarg;
	note *thread;                // not NULL: the g stands for a thread that waits in the API
	                             // and sleeps here
	size_t segsparesize;
	_Atomic uint64_t quantum;    // ns; 0: that of the process
	bool deaf;                   // it last gave way by a signal
	uint32_t frozenused;         // bytes
	_Atomic uint32_t selectdone; // 1: a case of its select has won
	_Atomic uint32_t scangen;    // the last walk that has visited it; odd: a thread has its
	                             // stack (scan.c)
	void *param;                 // from the thread that has readied it
	sudog *waiting;              // the sudogs with which it waits, in the order of locking
	sudog sudog;                 // for waiting on one object
	defers defers;
	void (*onend)(g *, const panicking *); // called in place of the report when it ends, by a
	                                       // panic or not
	void *onendarg;
	timer timer;                 // for sleeping, and for `until`
	uint64_t until;              // ns: the time limit of its wait; 0: none
	thrum_once *once;            // the innermost one whose function it runs
	g *scanlink;                 // the walk's list
	const callresult *result;    // of its foreign call, until it is in registers again
#ifdef TSAN
	void *fiber; // race.h
#endif
} __attribute__((aligned(64)));

static_assert(offsetof(g, pin) == 60 && offsetof(g, token) == 124 && offsetof(g, lockedm) == 192, "by cache lines");

// All registers of a goroutine that was stopped in a prologue, in a loop or by a signal, or that
// comes out of a foreign call without a p (regsave.c). While free, it is in a list of its m.
struct regsave {
	regsave *next;
	uint64_t r[16];              // in the order in which asyncresume pops them
	_Alignas(64) char xsave[];   // vector, mask, x87 registers, as XSAVE writes them
};

enum {
	RegRax, RegRdx, RegRdi, RegRsi, RegRcx, RegR8, RegR9, RegR10, RegRbx, RegR12, RegR13, RegR14, RegR15,
	RegR11,           // saved only in a loop or by a signal
	RegFlags, RegSp,  // saved only by a signal
};

// Bits of p.claim and m.claim.
enum {
	ClaimLock = 1,   // held by a thief, the retaker, or the owner in its slow path
	ClaimStop = 2,   // the world is stopping
	ClaimSlow = 4,   // always the slow way: there is no osbarrier, or everything is checked
	ClaimSlice = 8,  // the time slice is over: runnext goes behind the others
	ClaimSignal = 16, // of an m: SIGURG is on its way there
	ClaimAway = 32,   // of an m: its goroutine gives way when its foreign call ends
	ClaimEach = 64,   // of a p: foreachp waits for it
	ClaimAsk = ClaimStop | ClaimEach, // a thread waits for the p to come by findrunnable
	ClaimAside = 128, // of an m: in its foreign call, instrumented code runs aside (aside.c)
	ClaimScan = 256,  // all stacks are walked (scan.c): a goroutine must be visited
	                  // before it runs on the p or the m
	ClaimRead = 512,  // of an m: a walker reads the unsafe frames of its goroutine
};

// Why a signal has not stopped a goroutine.
enum refused {
	RefusedForeign, // in foreign code
	RefusedRuntime, // in the runtime
	RefusedUnsafe,  // in a range that the compiler lists
	RefusedTiles,   // it uses AMX
	RefusedMemory,  // no memory for its registers
	RefusedLate,    // its request is void already
	NREFUSED,
};

struct m {
	// Used by the assembly:
	uintptr_t sysp; // where the next entry to the system stack starts
	p *_Atomic p;   // a retaker may take it away during foreign calls
	int *errnop;    // this thread's errno
	g *_Atomic curg;
	uintptr_t runsp; // context of mstart or thrum_run, to leave the scheduler
	_Atomic uint32_t claim;
	fpknown fp;              // the processor's modes, if fpcall is ncall + thrum_fpexact
	uint32_t fpcall;
	_Atomic uint32_t ncall;  // number of foreign calls begun
	_Atomic uint32_t incall; // 1 during a foreign call
	uint64_t ncallbacks;    // number of callbacks begun
	uintptr_t asideusp;     // with ClaimAside: usp when the foreign call began
	char *syslo, *syshi;    // the system stack
	g g0;                   // identity of scheduler code

	// Only its own thread's:
	uint64_t rng;
	bool spinning;    // looks for work
	bool lazy;        // has started a timer and relies on itself to be there in time
	bool polled;      // runs in thrum_poll
	uint64_t pollend; // ... and leaves at this time, cputicks
	bool asidejump;   // see aside.c
	_Atomic uint32_t uchanging; // code on the thread changes the chunks of unsafe frames (uframe.c)
	bool exiting;     // its locked goroutine has ended: the thread ends too
	void *gsignal;    // alternate signal stack
	size_t sigsize;   // its bytes; 0 before there is one
	bool sighome;     // it lies below syslo, in the thread's own stack
	bool altstack;    // ... and the thread uses it; false: the thread has set its own
	bool prompt;      // the thread's sleeps end on time
	char *tcb;        // fs:0
	fixcache regs;    // free ones, see regsave
	_Atomic int tid;
	uint32_t id;

	// Requests to give way (preempt.c); cputicks, ran in ns:
	_Atomic uint64_t asked, noticed, ran;
	regsave *_Atomic spare;  // for the handler
	_Atomic bool overdue;    // the signal that was sent does not come
	_Atomic bool urgblocked; // ... because the thread blocks it
	_Atomic uint64_t refused[NREFUSED];
	uint64_t sentat;         // sched.lock: when the last signal was sent, ns
	uint32_t sentcall;       // ... and ncall then
	bool comeby;             // sched.lock: it is asked only to come by for foreachp, and goes on

	// sched.lock:
	p *nextp;       // given by the waker
	g *lockedg;     // the only goroutine it may run; set while that does not run
	m *schedlink;   // idle or free list
	m *alllink;     // sched.allm, never unlinked
	bool idle;      // in sched.midle
	bool inuse;     // belongs to a thread

	g *first; // the main goroutine, before it has begun
	note park;
};

#ifndef RUNQ
#define RUNQ 256 // entries, a power of two
#endif
#ifndef YIELDQ
#define YIELDQ 128 // entries
#endif
#define NSTACKCLASS 4 // sizes of stacks that a p caches: 2, 4, 8, 16 KB

enum pstatus {
	Pidle,    // in sched.pidle
	Prunning, // an m has it
	Pstopped, // the world is stopped
	Pdead,    // surplus: not among the present number
};

struct p {
	// Only the owner writes; thieves read:
	_Atomic uint32_t runqhead, runqtail; // free-running counters; the ring is [head, tail)
	_Atomic uint32_t nexton;             // 1: next is full
	_Atomic uint32_t yieldtail;          // entries of yieldq are [yieldhead, yieldtail)
	_Atomic uint32_t schedtick;          // switches, without those into an inherited time slice
	uint32_t globtick;                   // schedtick at which the global queue comes first
	g *_Atomic next;                     // runnext; a thief leaves NULL

	// Only the owner's. Not on the line above: a spinning thief reads that all the time, so a
	// waker that wrote to it would wait for it (Sched/wake 220 ns, now 180).
	_Alignas(64) uint32_t nready;        // goroutines readied since the last switch
	uint32_t ntrack;                     // goroutines readied since one was timed from runnable
	                                     // to running
	_Atomic uint32_t section;            // 1: in a section of a lock that is biased to the p
	                                     // (core/sync/bias.h)
	uint32_t caughttick;                 // schedtick when it last took work from others
	uint64_t caughtat;                   // ... cputicks, 0: already judged
	bool tiny;                           // the work that it took was not worth the way here
	fixcache gs;                         // dead goroutines with their first stack
	mcache *mcache;                      // from its first allocation on (alloc/mcache.h)
	uint64_t goidnext, goidend;          // a batch of numbers

	// Others write; the owner reads:
	_Alignas(CACHELINE) _Atomic uint32_t claim;
	_Atomic uint32_t yieldhead; // holder of ClaimLock
	g *_Atomic inbox;           // a goroutine given directly, while the p is sched.spinner
	uint32_t status;            // sched.lock: enum pstatus
	uint32_t id;
	m *_Atomic m;
	p *link;                    // sched.lock: idle list

	// Only the owner writes; statistics and sysmon read:
	_Alignas(CACHELINE) _Atomic uint64_t nspawn;
	_Atomic uint64_t nexit, nglobpoll, npark, nhandover;
	_Atomic uint32_t statseq; // odd while the next two change together
	_Atomic uint64_t nsteal, nstolen;
	_Atomic uint64_t copies, segments, callbacks;
	_Atomic uint64_t nchecked, npolled, nsignalled; // gave way by a stack check, a loop check,
	                                                // a signal
	_Atomic uint32_t acquiretick; // schedtick of the first goroutine since an m took the p
	_Atomic uint64_t acquired;    // ... and when it took it, ns

	// sysmon:
	_Atomic uint32_t sysmontick;  // the last schedtick that it has seen
	_Atomic uint64_t sysmonwhen;  // ... first at this time, ns
	uint32_t sysmoncall;
	uint64_t sysmoncallwhen;      // ns
	uint64_t retry, retryat;      // ns between two requests, and the time of the next one

	// Only the owner's; stack pool:
	struct {
		char *list;
		uint32_t n;
	} stackcache[NSTACKCLASS];
	_Atomic int64_t stackinuse; // bytes
	fixcache sudogs;            // for selects
	timers *timers;             // core/time/timer.c
	void *uchunks;              // free chunks of unsafe frames
	uint32_t nuchunk;
	_Atomic uint32_t uchunkbusy; // a signal handler must not use them now

	_Alignas(CACHELINE) g *_Atomic runq[RUNQ];
	g *_Atomic yieldq[YIELDQ]; // goroutines that yielded while the global queue waits, see
	                           // runq.h

	hist hist[THRUM_HIST_FOREIGN]; // the owner writes; the kinds from THRUM_HIST_FOREIGN on are
	                               // once per process
} __attribute__((aligned(2 * CACHELINE)));

#define NDYING 64

// The data that exists once per process.
typedef struct schedt {
	// Read at every switch, written rarely:
	_Atomic size_t globsize; // entries of the global queue
	_Atomic uint32_t npidle;
	_Atomic uint32_t nmspinning;
	p *_Atomic spinner; // a p that wants a goroutine directly
	_Atomic uint32_t nprocs;
	_Atomic bool stopping;    // the world is stopping, or stopped
	_Atomic bool mainexited;
	_Atomic bool sysmonslow;  // sysmon sleeps long
	_Atomic bool sliceslow;   // ... longer than the shortest quantum
	_Atomic uint64_t coarse;  // cputicks; at most about 10 ms old while a p runs
	bool polled;              // goroutines run only in thrum_poll
	bool asymmetric;          // osbarrier works
	bool program;             // built by thrumcc: main is the first goroutine
	_Atomic uint32_t sampling; // one in so many ways from runnable to running is timed
	_Atomic uint32_t scangen;  // the number of the last walk over all stacks, even (scan.c)

	_Alignas(CACHELINE) mutex lock;
	// lock:
	g **globq; // a ring of globcap entries, a power of two
	size_t globhead, globtail, globcap;
	p *pidle;
	m *midle, *allm;
	uint32_t nmidle, nm, nmlocked; // ms that are idle, all ms, ms that sleep for their locked
	                               // goroutine
	uint32_t mgen;
	uint32_t stopwait; // ps that still run
	note stopnote;
	m *runner;     // the thread in thrum_run
	bool started;
	bool adopted;   // the runner is not in thrum_run: a child of fork
	int exitstatus;
	uint32_t maxthreads;
	bool sysmonon;
	_Atomic bool sysmonwait; // it sleeps without a limit
	note sysmonnote;
	bool slicekicked;        // it was woken because of a time slice
	_Atomic int sysmontid, stormtid, templatetid; // 0: there is none
	uint64_t nretake, nthread;
	int dying[NDYING]; // tids of threads that have left and may not be gone yet
	uint64_t dyingat[NDYING]; // ns
	uint32_t ndying;

	_Alignas(CACHELINE) mutex alllock;
	g **allg; // every g ever made
	_Atomic size_t nallg;
	size_t capallg;
	_Atomic uint64_t goidgen;
} schedt;

extern schedt sched;
extern p *allp[MAXPROCS];

// getg is one instruction. Its result must not be kept across a call that may park.
static inline g *
getg(void)
{
	return gettcb_g();
}

// inforeign tells whether gp is in a foreign call.
static inline bool
inforeign(const g *gp)
{
	const m *mp = gp->m;
	return mp && load(mp->curg) == gp && load(mp->incall);
}

#endif
