// SPDX-License-Identifier: MIT
//
// arch.h - what an architecture must provide: the C view of the assembly.

#ifndef THRUM_ARCH_ARCH_H
#define THRUM_ARCH_ARCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "thrum/abi.h"

typedef struct thrum_g g; // core/sched/types.h
typedef struct m m;

// thrum_m is the m of the calling thread, NULL on a thread that runs no goroutines.
extern _Thread_local m *thrum_m __attribute__((tls_model("initial-exec"), visibility("hidden")));

// gogo resumes gp on the calling m. System stack; never returns.
_Noreturn void gogo(g *gp);

// mcall saves the calling goroutine's context and runs fn(gp) on the system stack as g0; fn must
// not return. mcall returns when somebody resumes the goroutine, perhaps on another m.
void mcall(void (*fn)(g *gp));

// parkin parks gp, the caller, on mp, and stores 0 to *w when it can be readied. gp->waitreason, commit and commitarg say
// the same for the slow way.
void parkin(g *gp, _Atomic uint32_t *w, m *mp);
// parkchan is parkin for one operation on a channel; returns g.sudog.success.
bool parkchan(g *gp, _Atomic uint32_t *w, m *mp);

// systemstack runs fn(a, b) on the system stack, in place when not on a goroutine's.
uintptr_t systemstack(uintptr_t (*fn)(uintptr_t, uintptr_t), uintptr_t a, uintptr_t b);
uintptr_t systemstack3(uintptr_t (*fn)(uintptr_t, uintptr_t, uintptr_t), uintptr_t a, uintptr_t b, uintptr_t c)
	__asm__("systemstack");

// calluser calls fn(a, b), code of any compiler, as instrumented code would: a foreign fn on the system
// stack. On the stack of a goroutine that thrumcc's code runs on.
void calluser(void (*fn)(void), void *a, void *b);

// thrum_longjmp, where longjmp.asm has it: b of thrum_setjmp, or glibc's own.
_Noreturn void thrum_longjmp(void *b, int val);

// callon runs fn(a, b, c, d) on the stack that ends at top. Any stack.
void callon(char *top, void (*fn)(uintptr_t, uintptr_t, uintptr_t, uintptr_t), uintptr_t a, uintptr_t b, uintptr_t c,
	uintptr_t d);

// runenter keeps the caller's context in mp and runs fn as the scheduler, on the rest of
// the same stack; runleave(mp) makes runenter return.
void runenter(m *mp, void (*fn)(void));
_Noreturn void runleave(m *mp);

// readfp and writefp: MXCSR and the x87 control word of the processor.
static inline void
readfp(uint32_t *mxcsr, uint16_t *fpcw)
{
	__asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(*mxcsr), "=m"(*fpcw));
}

static inline void
writefp(uint32_t mxcsr, uint16_t fpcw)
{
	__asm__ volatile("ldmxcsr %0\n\tfldcw %1" : : "m"(mxcsr), "m"(fpcw));
}

// procyield tells the processor that the calling thread waits in a loop.
static inline void
procyield(void)
{
	__builtin_ia32_pause();
}

// thrum_xsaveinit asks the processor what a save of all vector, mask and x87 registers takes.
void thrum_xsaveinit(void);
extern uint64_t thrum_xsavesize, thrum_xsavemask; // bytes; 0: by fxsave

// thrum_xstatesize returns how many bytes of such a save hold the components in the mask inuse.
uint64_t thrum_xstatesize(uint64_t inuse);

// What is below rsp of a goroutine that a signal has stopped: the red zone, and where to go on.
#define ASYNCROOM 136

void gostart(void);    // where goroutines begin
void gobufstart(void); // where contexts of thrum_gobuf_init begin

// The three words of the thread control block (thrum/abi.h).
static inline void
settcb_g(g *gp)
{
	__asm__ volatile("movq %0, %%fs:%c1" : : "r"(gp), "i"(THRUM_TCB_G) : "memory");
}

static inline void
settcb_usp(uintptr_t usp)
{
	__asm__ volatile("movq %0, %%fs:%c1" : : "r"(usp), "i"(THRUM_TCB_USP) : "memory");
}

static inline uintptr_t
gettcb_usp(void)
{
	uintptr_t v;
	__asm__ volatile("movq %%fs:%c1, %0" : "=r"(v) : "i"(THRUM_TCB_USP));
	return v;
}

static inline uintptr_t
gettcb_guard(void)
{
	uintptr_t v;
	__asm__ volatile("movq %%fs:%c1, %0" : "=r"(v) : "i"(THRUM_TCB_GUARD));
	return v;
}

static inline void
settcb_guard(uintptr_t guard)
{
	__asm__ volatile("movq %0, %%fs:%c1" : : "r"(guard), "i"(THRUM_TCB_GUARD) : "memory");
}

#endif
