// SPDX-License-Identifier: MIT
//
// plain.c - keeps the unsafe frames of threads that the program creates on their own stacks.
//
// Such a thread runs no goroutine: its frames lie on its stack, as they do without thrum. Only the
// unsafe frames of instrumented functions need a place there, for programs that look at their stack
// (home.c). Room for them is left where foreign code, such as libc's start of the thread, calls
// instrumented code (plain.asm):
//
//	end of the thread's stack
//	foreign frames
//	big frames, taken downwards from plain.top: five eighths of the size that the program asks
//	for, 1.5 MB at most
//	chunks of unsafe frames: an eighth of that size, 64 KB at least and 256 KB at most
//	frames of the instrumented function and its calls
//
// The stack is larger than the program asks for by all of this room, so frames have the size that
// it asks for. A scan from any frame to the oldest foreign frame finds all unsafe frames. A scan
// from any frame to a big frame finds those of later calls: Ruby takes the address of a big frame
// for the end of its thread's stack. Such a program counts the unused room as used, so there is no
// more of it.
//
// If the program gives the stack itself, or if no larger stack can be had, the chunks take an
// eighth of it, 256 KB at most, and big frames lie elsewhere. If that eighth is below 64 KB, all
// unsafe frames lie elsewhere. So do those of threads that were not started here.
//
// While the thread runs only foreign code, its guard is ~0. Therefore a failing stack check tells
// that an instrumented function begins. thrum_variadic looks at the guard in the same way.
//
// Big frames take units of the room. Each unit is a bit of one word, so a signal handler may take
// and free its own between any two instructions. A dead big frame keeps its units until it is found
// in its chunk's list (uframe.c). A new one lies below all that have not been freed.
//
// The room ends with the function, also if longjmp, pthread_exit, cancellation or an exception
// leaves it. While these unwind, their own frames are below the room. Destructors of thread-local
// values, which run later, get room of their own.
//
// A signal handler may come in between. While the guard is 0, it uses the present unsafe frames, or
// begins some. If the guard is ~0 and there are unsafe frames, they belong to such a handler, which
// has ended.
//
// pthread_create and thrd_create are weak: a program may define its own, and find libc's by dlsym.
// A foreign library that creates a thread comes here too, by the executable's dynamic symbols.
//
// This file is compiled without the pass, because the code that begins and ends unsafe frames must
// have none. It is compiled without vector registers, because they hold the function's arguments.

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <threads.h>

#include "arch/arch.h"
#include "arch/called.h"
#include "core/base/os.h"
#include "core/panic/exception.h"
#include "core/stack/stack.h"

#undef API // for programs these are foreign functions
#define API __attribute__((weak, visibility("default")))

#define PLAINCHUNKS 4
#define UNIT ((size_t)32 << 10) // of room for big frames
#define UNITS ((size_t)48) // at most 64; valgrind takes a step of 2,000,000 bytes for another stack

typedef struct room {
	size_t chunks, bigs; // bytes, both multiples of THRUM_UCHUNK
	size_t foreign;      // bytes of foreign frames above it: if there are so many, there is no room
} room;

typedef struct start {
	void *(*fn)(void *);
	void *arg;
	room room;
	size_t size; // of the stack
} start;

static _Thread_local __attribute__((tls_model("initial-exec"))) struct {
	uintptr_t lo;    // of the thread's stack, at most two pages too low
	uintptr_t begin; // of the thread's frames; 0: the thread leaves no room
	room room;
	uintptr_t top;   // of the room that was chosen last
	uintptr_t end;   // top, once the frames are below it: a jump to above end leaves the room.
	                 // UINTPTR_MAX: foreign code only
	bool open;       // the area at usp is the room's: big frames may be taken
	_Atomic uint64_t taken; // the units in use; bit 0 is the highest one
} plain;

// plainbegin is called where the outermost instrumented function begins, with sp below the frames
// of its caller. Returns: the end of the function's stack. A handler that comes before plainframes
// has frames above that end.
uintptr_t
plainbegin(uintptr_t sp)
{
	bool room = plain.begin - sp < plain.room.foreign; // false: too much of the stack is in use
	plain.top = room ? (sp - 128) & -(uintptr_t)THRUM_UCHUNK : sp;
	return room ? plain.top - plain.room.bigs - plain.room.chunks : sp;
}

// plainframes begins the unsafe frames above sp, the result of plainbegin, when the stack is in use
// down to sp.
void
plainframes(uintptr_t sp)
{
	plain.end = plain.top;
	if (sp == plain.top)
		return;
	uthread((char *)sp, (char *)(plain.top - plain.room.bigs));
	plain.open = true;
	plainstack.lo = plain.lo;
	plainstack.size = sp - plain.lo;
}

void
plainend(void)
{
	plainstack.size = 0;
	plain.open = false; // a handler that comes later has an area of its own, which stays
	atomic_signal_fence(memory_order_seq_cst);
	uend();
	plain.end = UINTPTR_MAX;
	settcb_guard(~(uintptr_t)0);
}

// above tells whether sp is on the thread's own stack above the room in use.
static bool
above(uintptr_t sp)
{
	return plain.end <= sp && sp <= plain.begin;
}

// If the jump comes from above the room, unwinding has left it, and plainend is running or will be
// called. It is the jump of a handler that came in between.
void
plainjump(uintptr_t sp)
{
	if (above(sp) && !above((uintptr_t)__builtin_frame_address(0)))
		plainend();
	else if (plainstack.size != 0 && sp - plainstack.lo >= plainstack.size)
		plainstack.jumped = true;
}

static size_t
unitsof(size_t size)
{
	return size / UNIT + (size % UNIT != 0);
}

void *
plainbig(size_t size)
{
	size_t n = unitsof(size), units = plain.room.bigs / UNIT;
	if (getg() || !plain.open || n > units)
		return NULL;
	uint64_t taken = atomic_load_explicit(&plain.taken, memory_order_relaxed), mask;
	size_t first;
	do {
		first = taken ? 64 - (size_t)__builtin_clzll(taken) : 0;
		if (n > units - first)
			return NULL;
		mask = ~(uint64_t)0 >> (64 - n) << first;
	} while (!atomic_compare_exchange_weak(&plain.taken, &taken, taken | mask));
	return (char *)plain.top - (first + n) * UNIT;
}

bool
plainhas(const void *p)
{
	uintptr_t down = plain.top - (uintptr_t)p;
	return down != 0 && down <= plain.room.bigs;
}

bool
plainbigfree(void *p, size_t size)
{
	uintptr_t down = plain.top - (uintptr_t)p;
	size_t n = unitsof(size);
	if (!plainhas(p))
		return false;
	osrelease(p, size); // before a handler may take it
	atomic_fetch_and(&plain.taken, ~(~(uint64_t)0 >> (64 - n) << (down / UNIT - n)));
	return true;
}

uintptr_t
plaintop(void)
{
	return plain.open ? plain.top : 0;
}

// unwindplain: an unwinder has come to the outermost instrumented function (exception.c). In the
// search phase for a handler, nothing has happened yet.
int
unwindplain(int version, int actions, uint64_t kind, void *exception, void *context)
{
	(void)version, (void)kind, (void)exception, (void)context;
	if (actions & UnwindCleanup)
		plainend();
	return UnwindContinue;
}

// left: the thread ends by pthread_exit. In code without unwind tables, no other call has reported
// that.
static void
left(void *arg)
{
	(void)arg;
	if (plain.end != UINTPTR_MAX)
		plainend();
}

static void *
plainstart(void *arg)
{
	start s = *(start *)arg;
	free(arg);
	plain.room = s.room;
	plain.lo = (uintptr_t)__builtin_thread_pointer() - s.size;
	plain.begin = (uintptr_t)__builtin_frame_address(0);
	plain.end = UINTPTR_MAX;
	settcb_guard(~(uintptr_t)0);
	void *result;
	pthread_cleanup_push(left, NULL);
	result = s.fn(s.arg);
	pthread_cleanup_pop(0);
	return result;
}

static size_t
upto(size_t size, size_t most)
{
	size = (size + THRUM_UCHUNK - 1) & -(size_t)THRUM_UCHUNK;
	return size < most ? size : most;
}

// added returns the room to add to a stack of size bytes.
static room
added(size_t size)
{
	return (room){upto(size / 8, PLAINCHUNKS * THRUM_UCHUNK), upto(size / 8 * 5, UNITS * UNIT), size};
}

// within returns the room there is within a stack of size bytes.
static room
within(size_t size)
{
	size_t chunks = upto((size / 8) & -(size_t)THRUM_UCHUNK, PLAINCHUNKS * THRUM_UCHUNK);
	return (room){chunks, 0, chunks};
}

// larger makes *to the attributes *attr with a stack of size bytes. Returns: false if the program
// gives the stack. What *to points to belongs to attr.
static bool
larger(pthread_attr_t *to, const pthread_attr_t *attr, size_t size)
{
	void *stack;
	size_t given;
	*to = *attr;
	if (pthread_attr_getstack(attr, &stack, &given) == 0 && (uintptr_t)stack + given != 0)
		return false;
	return pthread_attr_setstacksize(to, size) == 0;
}

// create is pthread_create with attributes.
static int
create(pthread_t *t, const pthread_attr_t *attr, start s)
{
	pthread_attr_t a;
	size_t size = 0;
	start *sp = malloc(sizeof *sp);
	int rc = ENOMEM;
	if (!sp)
		return ospthread(t, attr, s.fn, s.arg);
	pthread_attr_getstacksize(attr, &size);
	*sp = s;
	sp->room = added(size);
	sp->size = size + sp->room.chunks + sp->room.bigs + THRUM_UCHUNK; // and what aligning takes
	if (larger(&a, attr, sp->size))
		rc = ospthread(t, &a, plainstart, sp);
	if (rc != ENOMEM && rc != EAGAIN) {
		if (rc != 0)
			free(sp);
		return rc;
	}
	sp->room = within(size);
	sp->size = size;
	if (sp->room.chunks == 0) {
		free(sp);
		return ospthread(t, attr, s.fn, s.arg);
	}
	rc = ospthread(t, attr, plainstart, sp);
	if (rc != 0)
		free(sp);
	return rc;
}

API int
pthread_create(pthread_t *restrict t, const pthread_attr_t *restrict attr, void *(*fn)(void *),
               void *restrict arg)
{
	pthread_attr_t usual;
	start s = {.fn = fn, .arg = arg};
	if (attr)
		return create(t, attr, s);
	if (pthread_getattr_default_np(&usual) != 0)
		return ospthread(t, NULL, fn, arg);
	int rc = create(t, &usual, s);
	pthread_attr_destroy(&usual);
	return rc;
}

// The result is an int in place of a pointer; thrd_join reads it as such.
API int
thrd_create(thrd_t *t, thrd_start_t fn, void *arg)
{
	int rc = pthread_create(t, NULL, (void *(*)(void *))(void *)fn, arg);
	return rc == 0 ? thrd_success : rc == ENOMEM ? thrd_nomem : thrd_error;
}
