// SPDX-License-Identifier: MIT
//
// home.c - keeps the calls of an unmodified program in one range, on the stack of the main thread.
//
// Programs look at their own stack. Some measure the depth of calls by addresses of locals and
// frames. Others, such as conservative garbage collectors, read every word from a frame up to the
// end that pthread_getattr_np tells. On a goroutine, frames lie on its stack, and locals with an
// address in unsafe frames. So for goroutine 1, which runs main, both begin in the main thread's
// own stack:
//
//	end of the thread's stack
//	main's callers: libc, run()
//	chunks of unsafe frames, HOMECHUNKS of them, taken downwards     home.hi
//	goroutine 1's stack, growing downwards                           home.lo
//	the system stack: foreign calls, the scheduler
//	the signal stack (core/preempt/signal.c)
//
// A frame and a local of the same call are at most HOMECHUNKS * THRUM_UCHUNK bytes further apart
// than in plain C. A scan from any frame, also from a foreign function's, to the end of the
// thread's stack sees all frames and locals.
//
// Here the stack grows in place, even if it is pinned. With THRUM_DEBUG=stackmove=1 it moves to and
// fro. If there is no room, it goes on elsewhere, as the stacks of other goroutines do. So do
// unsafe frames, and frames above THRUM_UFRAME_MAX have memory of their own anyway. The home is a
// fourth of the thread's stack, at most 2 MB. For threads that the program creates, see plain.c.

#include "core/stack/stack.h"

#include "arch/arch.h"
#include "core/base/os.h"
#include "core/base/valgrind.h"
#include "core/sched/proc.h"
#include "core/sched/scan.h"

#define HOMECHUNKS 8
#define HOMEMAX ((uintptr_t)2 << 20)
#define CALLERS 4096 // bytes below the caller's frame for the calls that it makes

struct home home;

size_t
homesize(uintptr_t sp, const char *syslo)
{
	uintptr_t room = (sp - (uintptr_t)syslo) / 4;
	room = room < HOMEMAX ? room : HOMEMAX;
	if (valgrind) // takes memory below the stack pointer for dead
		return 0;
	return room >= (HOMECHUNKS + 2) * THRUM_UCHUNK ? room & -(uintptr_t)THRUM_UCHUNK : 0;
}

char *
homeplace(uintptr_t sp, size_t size)
{
	home.top = (char *)((sp - CALLERS) & -(uintptr_t)THRUM_UCHUNK);
	home.hi = home.top - HOMECHUNKS * THRUM_UCHUNK;
	home.lo = home.top - size;
	return home.lo;
}

void
homebegin(g *gp)
{
	uint32_t gen = scanhold(gp);
	gp->usp = uhome(home.hi, home.top);
	home.gp = gp;
	copystack(gp, gp->stacksize); // cannot fail: there is room
	scanrelease(gp, gen);
}

char *
homealloc(const g *gp, size_t size)
{
	if (gp != home.gp || gp->nseg > 0) // with segments, the home may be in use
		return NULL;
	char *lo = home.hi - size;
	if (inhome(gp->stacklo) && gp->stacklo + gp->stacksize > lo)
		lo = gp->stacklo - size; // beside the current one
	return size <= (size_t)(home.hi - home.lo) && lo >= home.lo ? lo : NULL;
}

bool
homegrow(g *gp, size_t size)
{
	char *hi = gp->stacklo + gp->stacksize;
	return inhome(gp->stacklo) && (!debug.stackmove || gp->pin != 0) && size <= (size_t)(hi - home.lo);
}

void
homeend(void)
{
	home.gp = NULL;
}
