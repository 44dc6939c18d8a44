// SPDX-License-Identifier: MIT
//
// limit.c - limits the memory that the calls of one goroutine, or of one other thread, may take.
//
// Endless recursion must end in a report, in little time and before the machine has no memory left.
// Calls take memory of two kinds: the stack, and unsafe frames. The limit is for the sum. A stack
// that grows is copied, so the sum counts the new size of the stack: while both exist, that is the
// memory that has pages.
//
// The limit is 256 MB at first, some thirty times the usual 8 MB of a thread. If RLIMIT_STACK is
// finite and allows more, our limit is twice RLIMIT_STACK, because there are two kinds. It is at
// most half of the memory that the process may have: by its cgroup, by RLIMIT_AS and RLIMIT_DATA,
// by the machine.
//
// Locals up to the first full chunk count as nothing.

#include "core/stack/stack.h"

#include <sys/resource.h>
#include <unistd.h>

#include "core/base/cpus.h"
#include "core/base/os.h"
#include "core/base/print.h"

#define DEFAULT ((size_t)256 << 20)
#define LEAST ((size_t)1 << 20)

_Atomic size_t maxstack = DEFAULT;

void
limitinit(void)
{
	struct rlimit r;
	size_t limit = DEFAULT, was = DEFAULT;
	size_t memory[] = {osspace(), cgroupmemory(""), (size_t)sysconf(_SC_PHYS_PAGES) * PAGE};
	if (getrlimit(RLIMIT_STACK, &r) == 0 && r.rlim_cur != RLIM_INFINITY && r.rlim_cur < SIZE_MAX / 2 && 2 * r.rlim_cur > limit)
		limit = 2 * r.rlim_cur;
	for (size_t i = 0; i < sizeof memory / sizeof *memory; i++)
		if (memory[i] > 0 && limit > memory[i] / 2)
			limit = memory[i] / 2;
	if (limit < LEAST)
		limit = LEAST;
	atomic_compare_exchange_strong(&maxstack, &was, limit); // unless the program has set it
}

bool
overlimit(size_t stack, uintptr_t usp)
{
	return stack + uused(usp) > load(maxstack);
}

void
limitprint(const g *gp, size_t stack, size_t frames)
{
	if (gp)
		print("thrum: goroutine %lu", (unsigned long)gp->goid);
	else
		print("thrum: thread %d", ostid());
	print(" exceeds its stack limit: it needs %lu bytes of stack and %lu bytes of locals beside it; the limit for both "
	      "together is %lu bytes (see thrum_set_max_stack)\n",
		(unsigned long)stack, (unsigned long)frames, (unsigned long)load(maxstack));
}
