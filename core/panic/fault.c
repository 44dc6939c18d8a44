// SPDX-License-Identifier: MIT
//
// fault.c - turns a fault into a panic, for a goroutine that has asked for it.
//
// The handler runs on the signal stack. It makes the interrupted context go on in sigpanic, as if
// the faulting instruction had called it (contextcall of arch/). sigpanic has a stack check of its
// own, like any function. The return address lies below the red zone; ROOM makes sure that it lies
// on the stack.
//
// Only code whose frames can be left for good panics in this way. That is code that thrumcc has
// built, and the leaf functions of libc that run in place on a goroutine's stack (memcpy and its
// like), which hold no locks. The runtime and foreign code may hold locks: there a fault remains a
// fault.

#include <stddef.h>
#include <ucontext.h>

#include "arch/arch.h"
#include "core/base/modules.h"
#include "core/base/print.h"
#include "core/diag/symbol.h"
#include "core/panic/panic.h"
#include "core/sched/proc.h"

#define ROOM 448 // bytes that must be left below sp: the red zone, the way into __morestack

struct fault {
	panicking *p;
	int sig, code;
	uintptr_t addr, pc;
};

static uintptr_t
describe(uintptr_t a, uintptr_t unused)
{
	const struct fault *f = (const struct fault *)a;
	thrum_panicinfo *info = &f->p->info;
	const char *what = f->sig == SIGFPE ? f->code == FPE_INTDIV ? "integer division by zero, or a quotient that is too large" : "arithmetic error" :
		f->sig == SIGBUS ? "access to an address without memory behind it" : "invalid memory address or NULL pointer";
	const char *name = f->sig == SIGFPE ? "SIGFPE" : f->sig == SIGBUS ? "SIGBUS" : "SIGSEGV";
	(void)unused;
	size_t n = printto(info->text, THRUM_PANIC_TEXT - 1, "runtime error: %s [%s: address 0x%lx, pc 0x%lx]", what, name,
		(unsigned long)f->addr, (unsigned long)f->pc);
	info->text[n] = 0;
	info->signal = f->sig;
	info->addr = f->sig == SIGFPE ? NULL : (void *)f->addr;
	return 0;
}

// sigpanic runs on the goroutine's stack, in place of the instruction that has faulted.
static __attribute__((noinline)) _Noreturn void
sigpanic(int sig, int code, uintptr_t addr, uintptr_t pc)
{
	panicking p;
	struct fault f = {&p, sig, code, addr, pc};
	p.info.value = NULL;
	p.origin = NULL;
	p.goexit = p.recovered = false;
	systemstack(describe, (uintptr_t)&f, 0);
	gopanic(&p);
}

bool
faultpanic(int sig, const siginfo_t *info, void *context)
{
	const g *gp = getg();
	ucontext_t *uc = context;
	uintptr_t pc = contextpc(uc), sp = contextsp(uc), bp = contextbp(uc);
	if (!gp || !(gp->slow & SlowFault) || gp->stackkind != StackCopy || inforeign(gp) || locksheld > 0)
		return false;
	if ((sig != SIGSEGV && sig != SIGBUS && sig != SIGFPE) || info->si_code <= 0 || inruntime(pc))
		return false;
	uintptr_t lo = (uintptr_t)gp->stacklo, hi = lo + gp->stacksize;
	if (sp < lo + ROOM || sp >= hi || bp < sp || bp >= hi || bp % 8 != 0)
		return false;
	contextcall(uc, (void (*)(void))sigpanic, (uint64_t)sig, (uint64_t)info->si_code, (uintptr_t)info->si_addr);
	return true;
}

API bool
thrum_panic_on_fault(bool on)
{
	g *gp = getg();
	if (!gp)
		return false;
	bool was = gp->slow & SlowFault;
	gp->slow = (uint16_t)(on ? gp->slow | SlowFault : gp->slow & ~SlowFault);
	return was;
}
