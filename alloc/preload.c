// SPDX-License-Identifier: MIT
//
// preload.c - libthrum-malloc.so, the heap without the rest of the runtime: with LD_PRELOAD it is
// the malloc of any program.
//
// The library has the files of alloc/ but for the debug mode and the memory profile, what they need
// of core/base, and this file. It has the fast ways of malloc.asm, too. All C is compiled without
// the pass, for there are no goroutines. Here are the names of the runtime that the heap uses, in
// their simplest form: no thread has an m, and every stack is a system stack. The linker drops what
// nothing needs (--gc-sections), so no code of the runtime that would touch the process is in the
// library. It exports what preload.map lists.
//
// The library does nothing before the first call but to register its handlers of fork. It makes no
// thread, handles no signal, reads no environment and opens no file. Instead of the monitor,
// threads that allocate give memory back (heaptick).
//
// A fatal error prints its line and ends the process by SIGABRT, as glibc's malloc does: shells,
// test suites and crash handlers of programs know a corrupt heap by that signal. A handler of
// SIGABRT may allocate.
//
// Rejected: the whole runtime behind a version script. It would do all that at the start of a
// program, and be twenty times as large.

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "alloc/debug.h"
#include "alloc/mcache.h"
#include "alloc/profile.h"
#include "alloc/site.h"
#include "core/base/debug.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/base/typetable.h"
#include "thrum.h"

// ---- the runtime, for the heap --------------------------------------------------------------

_Thread_local m *thrum_m; // NULL
debugvars debug;          // all 0
schedt sched;             // likewise

static _Thread_local volatile int slow; // slow ways of the thread that are under way

// Its other name is systemstack (arch.h), which has one argument less.
uintptr_t
systemstack3(uintptr_t (*fn)(uintptr_t, uintptr_t, uintptr_t), uintptr_t a, uintptr_t b, uintptr_t c)
{
	slow++;
	uintptr_t r = fn(a, b, c);
	slow--;
	return r;
}

int *
thrum_errno_location(void)
{
	return &errno;
}

static uintptr_t
slowtrim(uintptr_t a, uintptr_t b)
{
	(void)a;
	(void)b;
	return heaptrimall();
}

size_t
thrum_stack_trim(void)
{
	return systemstack(slowtrim, 0, 0);
}

// ---- the debug mode and the memory profile, which are off -------------------------------------

_Atomic uint32_t heapmode = HeapFast;
_Atomic size_t profilerate;

#define NEVER __builtin_unreachable()

bool heapmoderead(void) { NEVER; }
void *debugnew(enum objkind kind, size_t n, size_t align, bool zeroed) { (void)kind, (void)n, (void)align, (void)zeroed; NEVER; }
void debugfree(void *p) { (void)p; NEVER; }
void *debugrealloc(void *p, size_t n) { (void)p, (void)n; NEVER; }
size_t debugsize(const void *p) { (void)p; NEVER; }
void *debugfind(const void *p, size_t *size) { (void)p, (void)size; NEVER; }
void debugstats(thrum_memstats *out) { (void)out; }
mcache *debugcache(void) { return NULL; }
void debuglock(void) {}
void debugunlock(void) {}
void debugcheck(void) { NEVER; }
void profileswitch(mcache *c) { (void)c; NEVER; }
void sample(mcache *c, uintptr_t p, size_t n, cell *cell, uintptr_t frame) { (void)c, (void)p, (void)n, (void)cell, (void)frame; NEVER; }
void sampleend(uintptr_t p, cell *cell) { (void)p, (void)cell; NEVER; }
void profilelock(void) {}
void profileunlock(void) {}
void sitelock(void) {}
void siteunlock(void) {}

const thrum_type *
typeat(uint32_t index)
{
	(void)index;
	return NULL;
}

// ---- the end --------------------------------------------------------------------------------

// end prints a message and ends the process. The thread gets a new cache: the error may have come
// while it changed its own.
static _Noreturn void
end(const char *kind, const char *msg)
{
	char line[300];
	oswrite(2, line, printto(line, sizeof line, "%s: %s\n", kind, msg));
	threadcache = thrum_cache = &nocache;
	abort();
}

_Noreturn void
fatal(const char *msg)
{
	end("fatal error", msg);
}

// The allocator of pages throws, while its caller has locked the heap.
_Noreturn void
throw(const char *msg)
{
	lockinit(&heap.lock);
	end("runtime error", msg);
}

// ---- fork -----------------------------------------------------------------------------------
//
// The handlers of the program and of other libraries may allocate. So ours come first: the library
// is linked with -z initfirst, which lets its constructors run before all others. Then the heap is
// locked after the others' handlers, and released before them.
//
// A signal handler may fork, amid a slow way. The thread may have locks of the heap then, so none
// is taken. The child may call no malloc, because it is in the handler of a signal.

static _Thread_local bool amid;

static void
lockall(void)
{
	amid = slow > 0;
	if (!amid)
		heaplockall();
}

static void
unlockall(void)
{
	if (!amid)
		heapunlockall();
}

static void
child(void)
{
	if (amid)
		return;
	heapunlockall();
	heapfork();
}

__attribute__((constructor(101))) static void
forkfirst(void)
{
	pthread_atfork(lockall, unlockall, child);
}
