// SPDX-License-Identifier: MIT
//
// panic.h - deferred calls, panics, and their recovery.
//
//	THRUM_DEFER(free, p);            free(p) when this block is left, however that happens
//	thrum_panicf("bad record %d", n) leaves block after block until one recovers
//	THRUM_TRY { ... } THRUM_CATCH(p) { ... }
//	THRUM_DEFER_RECOVER(fn, arg, result)   Go's form: a deferred function that may recover
//
// The rules are Go's, with these differences, which C makes necessary:
//
//   - A deferred call belongs to its block, not to its function. In a loop it runs at the end of
//     each turn. It runs when the block is left by its end, return, break, continue, goto, a panic,
//     or thrum_goexit. It does not run when the block is left by longjmp or exit.
//   - A panic is passed to the deferred function that may stop it. So only the function that the
//     panic itself has called can recover, and no other has anything to recover with.
//   - C has no results that a deferred function could set. So THRUM_DEFER_RECOVER and THRUM_CATCH
//     state what the function does when a panic has ended in it. As after setjmp, a local must be
//     volatile to be read there if it was changed since and its address is not known elsewhere.
//
// Stack: any: goroutines of thrumcc and of other compilers, callbacks, and threads that run no
// goroutine. No memory is allocated: records lie in the frames. Source of the idea: Go's defer,
// panic and recover.

#ifndef THRUM_PANIC_H
#define THRUM_PANIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define THRUM_PANIC_TEXT 256 // bytes

// The contents of a panic. It is valid while the deferred function that got it runs, or in the
// block of THRUM_CATCH.
typedef struct thrum_panicinfo {
	void *value;                 // of thrum_panic_value, else NULL
	int signal;                  // of a fault: SIGSEGV, SIGBUS or SIGFPE; else 0
	void *addr;                  // of a fault: the address that could not be accessed
	char text[THRUM_PANIC_TEXT]; // for people; longer ones are cut
} thrum_panicinfo;

// ---- panics ------------------------------------------------------------------

// These three panic: with a text, which is copied; with a text as printf makes it; with a pointer
// and a text, which may be NULL. The deferred calls of the goroutine or thread run, the newest
// first, until one recovers. If none does, it is a fatal error that shows the text and its origin.
// A panic cannot pass the foreign caller of a callback: that is fatal, too.
//
// Parks: if a deferred function does.
__attribute__((noreturn)) void thrum_panic(const char *text);
__attribute__((noreturn, format(printf, 1, 2))) void thrum_panicf(const char *fmt, ...);
__attribute__((noreturn)) void thrum_panic_value(void *value, const char *text);

// thrum_recover stops the panic p. It is called in a deferred function that was given p. When that
// function returns, the function that has deferred it returns, too.
//
// Returns: false, and does nothing, if p is NULL, was already recovered, or if a newer panic has
// come up since.
bool thrum_recover(const thrum_panicinfo *p);

// thrum_panic_on_fault sets whether a fault in code of the calling goroutine is a panic. Otherwise,
// as at first, it ends the process. A fault is SIGSEGV, SIGBUS or SIGFPE at an instruction that
// thrumcc has compiled, or of memcpy and similar functions called from there. The program's own
// handler comes first. Source: Go's debug.SetPanicOnFault.
//
// Returns: the old setting. On a thread that runs no goroutine it returns false and sets nothing.
bool thrum_panic_on_fault(bool on);

// ---- records, which the macros below make ---------------------------------------

typedef struct thrum_defer {
	struct thrum_defer *next; // registered before it
	void (*fn)(void *);
	void *arg;
	uintptr_t sp;    // of the registering frame; without meaning on a stack that moves
	uint32_t level;  // of foreign code and callbacks
	uint32_t npanic; // panics under way
	uint32_t kind, state;
} thrum_defer;

typedef struct thrum_landing {
	thrum_defer d;
	uintptr_t usp, buf[13]; // for thrum_setjmp
} thrum_landing;

typedef struct thrum_try {
	thrum_landing l;
	thrum_panicinfo info;
} thrum_try;

void thrum_defer_begin(thrum_defer *d, void (*fn)(void *), void *arg);
void thrum_defer_pop(thrum_defer *d);
void thrum_landing_begin(thrum_landing *l, void (*fn)(void *, thrum_panicinfo *), void *arg);
bool thrum_landing_pop(thrum_landing *l);
thrum_try *thrum_try_begin(thrum_try *t);
const thrum_panicinfo *thrum_try_caught(thrum_try *t);
void thrum_try_end(thrum_try *t);
__attribute__((returns_twice)) int thrum_setjmp(uintptr_t *buf);
__attribute__((returns_twice)) int thrum_setjmp_whole(uintptr_t *buf); // a jmp_buf of 200 bytes

// These two are compiled with the code that defers, because they call functions that this code may
// call.
static __inline void
thrum_defer_end(thrum_defer *d)
{
	thrum_defer_pop(d);
	d->fn(d->arg);
}

static __inline void
thrum_landing_end(thrum_landing *l)
{
	if (thrum_landing_pop(l))
		((void (*)(void *, thrum_panicinfo *))(void (*)(void))l->d.fn)(l->d.arg, NULL);
}

// ---- macros --------------------------------------------------------------------

#define THRUM_NAME_(a, b) a##b
#define THRUM_NAME(a, b) THRUM_NAME_(a, b)

// THRUM_DEFER calls function(argument) when the block in which it stands is left. Both are
// evaluated here. function takes a pointer of any type and may return anything.
#define THRUM_DEFER(function, argument) THRUM_DEFER_(THRUM_NAME(thrum_defer_, __COUNTER__), function, argument)
#define THRUM_DEFER_(name, function, argument) \
	thrum_defer name __attribute__((cleanup(thrum_defer_end))); \
	thrum_defer_begin(&name, \
		(void (*)(void *))(void (*)(void))(__typeof__(((function)(argument), (void (*)(void))0)))(function), (argument))

// THRUM_DEFER_RECOVER calls function(argument, p) when the block is left. p is NULL, or the panic
// that leaves it. If function recovers, the enclosing function returns the result that follows,
// which is evaluated then. In a void function there is no result.
#define THRUM_DEFER_RECOVER(function, argument, ...) \
	THRUM_DEFER_RECOVER_(THRUM_NAME(thrum_defer_, __COUNTER__), function, argument, __VA_ARGS__)
#define THRUM_DEFER_RECOVER_(name, function, argument, ...) \
	thrum_landing name __attribute__((cleanup(thrum_landing_end))); \
	thrum_landing_begin(&name, (function), (argument)); \
	if (thrum_setjmp(name.buf)) \
	return __VA_ARGS__

// THRUM_TRY { a } THRUM_CATCH(p) { b } runs a. If a panic leaves a, it ends there, and b runs with
// p, a const thrum_panicinfo *. break and continue leave a or b. thrum_goexit does not reach b.
#define THRUM_TRY \
	for (thrum_try thrum_try_ __attribute__((cleanup(thrum_try_end))), *thrum_once_ = thrum_try_begin(&thrum_try_); \
		thrum_once_; thrum_once_ = NULL) \
		if (!thrum_setjmp(thrum_try_.l.buf))
#define THRUM_CATCH(p) else for (const thrum_panicinfo *p = thrum_try_caught(&thrum_try_); p; p = NULL)

#ifdef __cplusplus
}
#endif

#endif
