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

void stackflush(p *pp);  // gives back what pp keeps
void stackforget(p *pp); // after fork: what a lost p keeps is lost
void stacklock(void);    // around fork
void stackunlock(void);
size_t stacktrim(void); // bytes given back to the kernel
void stackstats(size_t *inuse, size_t *mapped);

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
// ubegin returns the usp of a new area for a thread that has none.
uintptr_t ubegin(void);
// uback returns the usp to go back to when it was to at first: where there was no chunk yet, the beginning of the first.
uintptr_t uback(uintptr_t to);
// ushrink gives back the chunks behind usp.
void ushrink(uintptr_t usp);
size_t ubytes(uintptr_t usp);
// uused returns the bytes of unsafe frames at usp: full chunks and frames with memory of their own.
size_t uused(uintptr_t usp);
// ureport gives the calling thread the frames in reserve, for a report that ends the process.
void ureport(void);
size_t utrim(void); // bytes given back to the kernel
void uflush(p *pp); // gives back the free chunks that pp keeps
size_t utotal(void); // bytes of chunks in use
void ulock(void);    // around fork
void uunlock(void);

#endif
