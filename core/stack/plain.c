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
//	chunks of unsafe frames: an eighth of the stack, 256 KB at most
//	frames of the instrumented function and its calls
//
// So a scan from any frame to the oldest foreign frame finds them. While the thread runs only
// foreign code, its guard is ~0. Therefore a failing stack check tells that an instrumented
// function begins. thrum_variadic looks at the guard in the same way. A stack below 512 KB has no
// room: the unsafe frames of its thread lie elsewhere. So do those of threads that were not started
// here.
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

typedef struct start {
	void *(*fn)(void *);
	void *arg;
	size_t room; // bytes of chunks
} start;

static _Thread_local __attribute__((tls_model("initial-exec"))) struct {
	uintptr_t begin; // of the thread's frames; 0: the thread leaves no room
	size_t room;
	uintptr_t top;   // of the room that was chosen last
	uintptr_t end;   // top, once the frames are below it: a jump to above end leaves the room.
	                 // UINTPTR_MAX: foreign code only
} plain;

// plainbegin is called where the outermost instrumented function begins, with sp below the frames
// of its caller. Returns: the end of the function's stack. A handler that comes before plainframes
// has frames above that end.
uintptr_t
plainbegin(uintptr_t sp)
{
	bool room = plain.begin - sp < plain.room; // false: too much of the stack is in use
	plain.top = room ? (sp - 128) & -(uintptr_t)THRUM_UCHUNK : sp;
	return room ? plain.top - plain.room : sp;
}

// plainframes begins the unsafe frames above sp, the result of plainbegin, when the stack is in use
// down to sp.
void
plainframes(uintptr_t sp)
{
	plain.end = plain.top;
	if (sp < plain.top)
		uthread((char *)sp, (char *)plain.top);
}

void
plainend(void)
{
	uend();
	plain.end = UINTPTR_MAX;
	settcb_guard(~(uintptr_t)0);
}

void
plainjump(uintptr_t sp)
{
	if (plain.end <= sp && sp <= plain.begin) // not on a stack that the program has made
		plainend();
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
	plain.begin = (uintptr_t)__builtin_frame_address(0);
	plain.end = UINTPTR_MAX;
	settcb_guard(~(uintptr_t)0);
	void *result;
	pthread_cleanup_push(left, NULL);
	result = s.fn(s.arg);
	pthread_cleanup_pop(0);
	return result;
}

// roomof returns the bytes of chunks for which a thread with these attributes has room on its
// stack.
static size_t
roomof(const pthread_attr_t *attr)
{
	pthread_attr_t usual;
	size_t size = 0;
	if (attr) {
		pthread_attr_getstacksize(attr, &size);
	} else if (pthread_attr_init(&usual) == 0) {
		pthread_attr_getstacksize(&usual, &size);
		pthread_attr_destroy(&usual);
	}
	size_t room = (size / 8) & -(size_t)THRUM_UCHUNK;
	return room < PLAINCHUNKS * THRUM_UCHUNK ? room : PLAINCHUNKS * THRUM_UCHUNK;
}

API int
pthread_create(pthread_t *restrict t, const pthread_attr_t *restrict attr, void *(*fn)(void *), void *restrict arg)
{
	size_t room = roomof(attr);
	start *s = room > 0 ? malloc(sizeof *s) : NULL;
	if (!s)
		return ospthread(t, attr, fn, arg);
	*s = (start){fn, arg, room};
	int rc = ospthread(t, attr, plainstart, s);
	if (rc != 0)
		free(s);
	return rc;
}

// The result is an int in place of a pointer; thrd_join reads it as such.
API int
thrd_create(thrd_t *t, thrd_start_t fn, void *arg)
{
	int rc = pthread_create(t, NULL, (void *(*)(void *))(void *)fn, arg);
	return rc == 0 ? thrd_success : rc == ENOMEM ? thrd_nomem : thrd_error;
}
