// SPDX-License-Identifier: MIT
//
// arch.h - what an architecture must provide: the C view of the assembly.

#ifndef THRUM_ARCH_ARCH_H
#define THRUM_ARCH_ARCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

#include "arch/x86_64/cpu.h"
#include "thrum/abi.h"

typedef struct thrum_g g; // core/sched/types.h
typedef struct m m;
typedef struct regsave regsave;

// thrum_m is the m of the calling thread, NULL on a thread that runs no goroutines.
extern _Thread_local m *thrum_m __attribute__((tls_model("initial-exec"), visibility("hidden")));

// gogo resumes gp on the calling m. System stack; never returns.
_Noreturn void gogo(g *gp);

// mcall saves the context of the calling goroutine and runs fn(gp) on the system stack as g0; fn
// must not return. mcall returns when another goroutine or thread resumes gp, perhaps on another m.
void mcall(void (*fn)(g *gp));

// parkin parks gp, the caller, on mp. It stores 0 to *w as soon as gp can be readied.
// gp->waitreason, commit and commitarg tell the scheduler the same, for the slow way.
void parkin(g *gp, _Atomic uint32_t *w, m *mp);
// parkchan is parkin for one operation on a channel. Returns: g.sudog.success.
bool parkchan(g *gp, _Atomic uint32_t *w, m *mp);

// systemstack runs fn(a, b) on the system stack. If the caller is not on a goroutine's stack, it
// runs fn in place.
uintptr_t systemstack(uintptr_t (*fn)(uintptr_t, uintptr_t), uintptr_t a, uintptr_t b);
uintptr_t systemstack3(uintptr_t (*fn)(uintptr_t, uintptr_t, uintptr_t), uintptr_t a, uintptr_t b, uintptr_t c)
	__asm__("systemstack");

// thrum_errno_location is where the caller's errno is: a goroutine's own on its stack, otherwise
// the thread's.
int *thrum_errno_location(void);

// calluser calls fn(a, b) as instrumented code would; any compiler may have made fn. A foreign fn
// runs on the system stack. Stack: that of a goroutine which runs instrumented code.
void calluser(void (*fn)(void), void *a, void *b);

// thrum_longjmp goes back to where b was set. longjmp.asm finds that place: thrum_setjmp or glibc's
// setjmp set b.
_Noreturn void thrum_longjmp(void *b, int val);

// callon runs fn(a, b, c, d) on the stack that ends at top. Stack: any.
void callon(char *top, void (*fn)(uintptr_t, uintptr_t, uintptr_t, uintptr_t), uintptr_t a, uintptr_t b, uintptr_t c,
	uintptr_t d);

// runenter keeps the caller's context in mp and runs fn as the scheduler, on the rest of the same
// stack. runleave(mp) makes runenter return.
void runenter(m *mp, void (*fn)(void));
_Noreturn void runleave(m *mp);

// thrum_xsaveinit asks the processor how much room a save of all vector, mask and x87 registers
// takes.
void thrum_xsaveinit(void);
extern uint64_t thrum_xsavesize, thrum_xsavemask; // bytes; a mask of 0 means fxsave

// thrum_xstatesize returns how many bytes of such a save the components in the mask inuse take.
uint64_t thrum_xstatesize(uint64_t inuse);

// The bytes below the rsp of a goroutine that a signal has stopped: the red zone, and the word that
// says where to go on.
#define ASYNCROOM 136

void gostart(void);    // where goroutines begin
void gobufstart(void); // where contexts of thrum_gobuf_init begin

// ---- context.c: the registers that a signal has interrupted ----

uintptr_t contextpc(const ucontext_t *uc);
uintptr_t contextsp(const ucontext_t *uc);
uintptr_t contextbp(const ucontext_t *uc);
// contextkeep makes the handler of uc return into the scheduler (asyncpreempt) instead of to gp,
// which runs on mp. It copies all registers to r, so that gp can be resumed at the same
// instruction. Returns: false, with nothing changed, if gp uses tile registers (AMX), which cannot
// be kept.
bool contextkeep(ucontext_t *uc, m *mp, g *gp, regsave *r);
// xstatekeepable returns whether a goroutine with these processor states in use can be stopped
// anywhere.
bool xstatekeepable(uint64_t inuse);
// contextrewind takes uc back to the start of a quick foreign call (quick.asm), if it was about to
// begin one. Up to there the call has only looked for the system stack, so it may do that again.
void contextrewind(ucontext_t *uc);
// contextcall makes the handler of uc return into fn(a, b, c, pc), as if the instruction at pc had
// called it. The stack must have room below the red zone.
void contextcall(ucontext_t *uc, void (*fn)(void), uint64_t a, uint64_t b, uint64_t c);
// contextregs stores the NCONTEXTREG registers in DWARF's order.
void contextregs(const ucontext_t *uc, uintptr_t *r);
#define NCONTEXTREG 17
// callbefore returns whether a call ends at pc, a place in instrumented code.
bool callbefore(uintptr_t pc);

#endif
