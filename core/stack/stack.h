// SPDX-License-Identifier: MIT
//
// stack.h - memory for stacks, and what is done to the stack of a goroutine.
//
// Everything here runs on the system stack. A stack is named by its low end and its
// size, a power of two from THRUM_STACK_MIN. All stacks lie at the same offset modulo 64,
// so that frames which the compiler aligned stay aligned when they move.

#ifndef THRUM_STACK_STACK_H
#define THRUM_STACK_STACK_H

#include "core/base/debug.h"
#include "core/sched/types.h"

#define THRUM_STACK_MIN 2048 // bytes
#define STACK_LEARN_MAX 65536 // bytes, the largest start size that is learned

// ---- stack.c: the pool ----

// stackalloc returns a stack of size bytes, NULL when there is no memory.
char *stackalloc(size_t size);
void stackfree(char *lo, size_t size);

// blockalloc returns memory for the bytes of a frozen stack, of any size.
char *blockalloc(size_t size);
void blockfree(char *p, size_t size);

// stackfixed returns a stack for code that cannot grow it, with a guard region below.
char *stackfixed(size_t size);
void stackfixedfree(char *lo, size_t size);

// For the table of core/sched/p.c.
void stackflush(p *pp);
void stackforget(p *pp);
void stacklock(void);
void stackunlock(void);
size_t stacktrim(void);
void stackstats(thrum_stats *out);

// ---- home.c ----

// The range for goroutine 1 within the main thread's stack.
extern struct home {
	char *lo, *hi; // stacks
	char *top;     // end of the chunks above them
	const g *gp;   // the goroutine whose home it is, NULL: none
} home;

static inline bool
inhome(const char *lo)
{
	return (uintptr_t)lo - (uintptr_t)home.lo < (uintptr_t)(home.hi - home.lo);
}

// homesize returns how many bytes below sp are to be the home, on a thread's stack that ends at syslo; 0: none.
size_t homesize(uintptr_t sp, const char *syslo);
// homeplace sets the home below sp and returns its end. The caller goes on below that, by callon.
char *homeplace(uintptr_t sp, size_t size);
// homebegin gives the home to gp, which has not run. Below the home.
void homebegin(g *gp);
// homealloc returns another stack of size bytes for gp in its home, NULL when there is no room, or when it has none.
char *homealloc(const g *gp, size_t size);
// homegrow tells whether gp's stack, pinned or not, may become size bytes where it is.
bool homegrow(g *gp, size_t size);
// homeend: its goroutine has ended.
void homeend(void);

// ---- plain.c ----

// plainjump: a thread without goroutines jumps to a foreign frame at sp.
void plainjump(uintptr_t sp);

// ---- grow.c ----

// guardof returns what the guard word holds while a stack at lo runs.
static inline uintptr_t
guardof(const char *lo)
{
	return debug.stackmove ? ~(uintptr_t)0 : (uintptr_t)lo + THRUM_GUARD;
}

// unpoison puts the guard of gp right, after a request to give way.
static inline void
unpoison(g *gp)
{
	gp->stackguard = gp->stackkind == StackFixed ? (uintptr_t)gp->stacklo + THRUM_GUARD : guardof(gp->stacklo);
}

// copystack moves the top segment of gp, whose context is saved, to a stack of newsize
// bytes. False when there is no memory; then nothing has changed.
bool copystack(g *gp, size_t newsize);

// segpop unlinks the top segment.
void segpop(g *gp);

// stackbelow returns the bytes in use in the segments below the top one.
size_t stackbelow(const g *gp);

// ---- limit.c ----

extern _Atomic size_t maxstack; // bytes, of both kinds
void limitinit(void);           // once, before goroutines

// overlimit tells whether bytes of stack are too many beside the unsafe frames at usp.
bool overlimit(size_t stack, uintptr_t usp);
// limitprint says so. gp: NULL for a thread without goroutines.
void limitprint(const g *gp, size_t stack, size_t frames);

// ---- freeze.c ----

int freeze(g *gp);
bool thaw(g *gp);

// ---- uframe.c ----

// ufree gives back all chunks of the area that usp points into.
void ufree(uintptr_t usp);
// uhome makes chunks of a range, whose bounds are multiples of THRUM_UCHUNK, and returns the usp of an area that begins there.
uintptr_t uhome(char *lo, char *hi);
// ubegin returns the usp of a new area for a thread that has none.
uintptr_t ubegin(void);
// uthread begins the area of the calling thread in a range as that of uhome; uend ends the thread's area, wherever it is.
void uthread(char *lo, char *hi);
void uend(void);
// uback returns the usp to go back to when it was to at first: where there was no chunk yet, the beginning of the first.
uintptr_t uback(uintptr_t to);
// usame: usp stands for the same unsafe frames as was.
bool usame(uintptr_t was, uintptr_t usp);
// udeeper: there are unsafe frames at usp, of one area, which were not there at was.
bool udeeper(uintptr_t usp, uintptr_t was);
// ushrink gives back the chunks behind usp.
void ushrink(uintptr_t usp);
// ueach calls fn with each range of memory of the area at usp, but not those in a home. Large frames that have ended by a
// jump may be among them.
void ueach(uintptr_t usp, void (*fn)(void *arg, const void *lo, size_t bytes), void *arg);
size_t ubytes(uintptr_t usp);
// udepth returns the bytes of unsafe frames above usp, without the large ones of its own chunk. Signal handlers may call it.
size_t udepth(uintptr_t usp);
// uroom returns the low end of the range within a thread's stack in which the area of usp began, and its end in hi; or 0.
uintptr_t uroom(uintptr_t usp, uintptr_t *hi);
// uused returns the bytes of unsafe frames at usp: full chunks and frames with memory of their own.
size_t uused(uintptr_t usp);
// ureport gives the calling thread the frames in reserve, for a report that ends the process.
void ureport(void);
// For the table of core/sched/p.c.
void uflush(p *pp);
void uforget(p *pp);
void ulock(void);
void uunlock(void);
size_t utrim(void);
void ustats(thrum_stats *out);

#endif
