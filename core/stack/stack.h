// SPDX-License-Identifier: MIT
//
// stack.h - memory for stacks, and operations on the stack of a goroutine.
//
// All functions here run on the system stack. A stack is named by its low end and its size, a power
// of two from THRUM_STACK_MIN. All stacks lie at the same offset modulo 64, so that frames which
// the compiler aligned stay aligned when they move.

#ifndef THRUM_STACK_STACK_H
#define THRUM_STACK_STACK_H

#include "core/base/debug.h"
#include "core/sched/types.h"

#define THRUM_STACK_MIN 2048 // bytes
#define STACK_LEARN_MAX 65536 // bytes: the largest start size that is learned

// ---- stack.c: the pool ----

// stackalloc returns a stack of size bytes, NULL if there is no memory.
char *stackalloc(size_t size);
void stackfree(char *lo, size_t size);

// blockalloc returns memory for a frozen stack of any size.
char *blockalloc(size_t size);
void blockfree(char *p, size_t size);

// stackfixed returns a stack, with a guard region below, for code that cannot grow it.
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
	const g *gp;   // the goroutine whose home it is, or NULL
} home;

static inline bool
inhome(const char *lo)
{
	return (uintptr_t)lo - (uintptr_t)home.lo < (uintptr_t)(home.hi - home.lo);
}

// homesize returns the size of a home below sp on a thread's stack that ends at syslo; 0: no home.
size_t homesize(uintptr_t sp, const char *syslo);
// homeplace sets the home below sp and returns its low end. The caller must go on below that, by
// callon.
char *homeplace(uintptr_t sp, size_t size);
// homebegin gives the home to gp, which has not run yet. The caller runs below the home.
void homebegin(g *gp);
// homealloc returns another stack of size bytes for gp in its home. Returns: NULL if gp has no home
// or there is no room in it.
char *homealloc(const g *gp, size_t size);
// homegrow tells whether gp's stack, pinned or not, can become size bytes where it is.
bool homegrow(g *gp, size_t size);
// homeend: the goroutine of the home has ended.
void homeend(void);

// ---- plain.c ----

// Where the frames of instrumented code lie on a thread that pthread_create has started. If such
// code runs elsewhere, foreign code has switched stacks (aside.c).
struct plainstack {
	uintptr_t lo, size; // size 0: none run, or this is not known
	bool jumped;        // a longjmp has gone to a frame elsewhere
};
extern _Thread_local struct plainstack plainstack
	__attribute__((tls_model("initial-exec"), visibility("hidden")));

// plainjump: a thread without goroutines jumps to a foreign frame at sp.
void plainjump(uintptr_t sp);
// plainbig returns room for a big frame of size bytes on the thread's own stack; NULL: none.
// plainbigfree frees it, with its pages; false: p is not there. A signal handler may call both.
void *plainbig(size_t size);
bool plainbigfree(void *p, size_t size);
bool plainhas(const void *p); // whether p lies in that room
// plaintop returns the end of the unsafe frames on the thread's own stack, 0 when there are none.
uintptr_t plaintop(void);

// ---- grow.c ----

// guardof returns the value of the guard word while a stack at lo runs.
static inline uintptr_t
guardof(const char *lo)
{
	return debug.stackmove ? ~(uintptr_t)0 : (uintptr_t)lo + THRUM_GUARD;
}

// unpoison restores the guard of gp after a request to give way.
static inline void
unpoison(g *gp)
{
	gp->stackguard = gp->stackkind == StackFixed ? (uintptr_t)gp->stacklo + THRUM_GUARD : guardof(gp->stacklo);
}

// copystack moves the top segment of gp, whose context is saved, to a stack of newsize bytes.
// Returns: false if there is no memory; then nothing has changed.
bool copystack(g *gp, size_t newsize);

// segpop unlinks the top segment.
void segpop(g *gp);

// stackbelow returns the bytes in use in the segments below the top one.
size_t stackbelow(const g *gp);

// ---- limit.c ----

extern _Atomic size_t maxstack; // bytes, of both kinds together
void limitinit(void);           // once, before there are goroutines

// overlimit tells whether bytes of stack, together with the unsafe frames at usp, are over the
// limit.
bool overlimit(size_t stack, uintptr_t usp);
// limitprint reports that. gp is NULL for a thread without goroutines.
void limitprint(const g *gp, size_t stack, size_t frames);

// ---- parts.c ----

// stackparts calls part with each range of memory that gp may use when it goes on. gp does not run.
// They are its stack or the frozen bytes, the segments below, its unsafe frames from usp, and
// registers that are kept elsewhere. Frames of foreign code on the system stack are not among them.
typedef void partfn(void *arg, const void *lo, size_t bytes);
void stackparts(g *gp, uintptr_t usp, partfn *part, void *arg);

// ---- freeze.c ----

int freeze(g *gp);
bool thaw(g *gp);

// ---- uframe.c ----

// ufree frees all chunks of the area into which usp points.
void ufree(uintptr_t usp);
// uhome makes chunks of a range whose bounds are multiples of THRUM_UCHUNK. Returns: the usp of an
// area that begins there.
uintptr_t uhome(char *lo, char *hi);
// ubegin returns the usp of a new area for a thread that has none.
uintptr_t ubegin(void);
// uthread begins the area of the calling thread in such a range. uend ends the thread's area,
// wherever it is.
void uthread(char *lo, char *hi);
void uend(void);
// uback returns the usp that stands for to. If to is from before the area's first chunk, that is
// the beginning of the first chunk.
uintptr_t uback(uintptr_t to);
// usame tells whether usp stands for the same unsafe frames as was.
bool usame(uintptr_t was, uintptr_t usp);
// udeeper tells whether there are unsafe frames at usp that were not there at was, in the same
// area.
bool udeeper(uintptr_t usp, uintptr_t was);
// ushrink frees the chunks behind usp.
void ushrink(uintptr_t usp);
// ueach calls fn for each range of memory of the area at usp. mine: the area is that of the calling
// thread, and homes are left out; else the caller holds the goroutine (scanhold), and homes belong
// to it. Large frames that were ended by a jump may be among the ranges.
void ueach(uintptr_t usp, bool mine, partfn *fn, void *arg);
// ubytes returns the bytes that the area at usp holds. mine: as above.
size_t ubytes(uintptr_t usp, bool mine);
// udepth returns the bytes of unsafe frames above usp, without the large ones of usp's own chunk.
// Signal handlers may call it.
size_t udepth(uintptr_t usp);
// uroom returns the low end of the range, within a thread's stack, in which the area of usp began.
// Its end is in *hi. Returns: 0 if there is no such range.
uintptr_t uroom(uintptr_t usp, uintptr_t *hi);
// uused returns the bytes of unsafe frames at usp, counting full chunks and frames with memory of
// their own.
size_t uused(uintptr_t usp);
// ureport gives the calling thread the reserved chunk, for a report that ends the process.
void ureport(void);
// For the table of core/sched/p.c.
void uflush(p *pp);
void uforget(p *pp);
void ulock(void);
void uunlock(void);
size_t utrim(void);
void ustats(thrum_stats *out);

#endif
