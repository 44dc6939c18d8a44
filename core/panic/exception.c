// SPDX-License-Identifier: MIT
//
// exception.c - what happens when an unwinder of another language comes to a crossing of stacks.
//
// C++ (or Rust, or pthread_exit) unwinds frame by frame, by the unwind tables. Those of the
// assembly lead from a foreign function to the instrumented code that called it, and so down to the
// start of the goroutine. That is enough to find that no frame catches an exception, and to end a
// thread.
//
// The tables cannot lead on past a callback. Its foreign caller lies on the system stack, with
// registers that are stale once the goroutine's stack has moved. A handler there would run with the
// usp, the guard and the pins of the frames that were left. Nor may foreign code on a goroutine's
// own stack catch an exception that comes out of a foreign call: for the scheduler, the call would
// never end. So the unwinder asks at both places (cfi_personality), and the program stops with a
// message.
//
// On a plain thread all frames are on one stack, and unwinding works. There the unwinder asks
// plain.c.

#include "core/panic/exception.h"

#include "core/base/print.h"

// unwindcallback: an unwinder has come to a callback. Stack: the system stack, in a foreign call.
int
unwindcallback(int version, int actions, uint64_t kind, void *exception, void *context)
{
	(void)version, (void)kind, (void)exception, (void)context;
	if (actions & UnwindForced)
		fatal("pthread_exit or pthread_cancel in a callback: its foreign caller cannot be unwound. Return from the callback");
	fatal("a C++ exception leaves a callback: its foreign caller cannot be unwound. Catch it in the callback");
}

// unwindforeign: an unwinder leaves a foreign call. UnwindCleanup without UnwindForced means that
// it has found a handler.
int
unwindforeign(int version, int actions, uint64_t kind, void *exception, void *context)
{
	(void)version, (void)kind, (void)exception, (void)context;
	if ((actions & (UnwindCleanup | UnwindForced)) == UnwindCleanup)
		fatal("a C++ exception leaves a foreign call: C frames cannot be unwound. Catch it in the function that was called");
	return UnwindContinue;
}
