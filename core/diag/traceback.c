// SPDX-License-Identifier: MIT
#include "core/diag/traceback.h"

#include <backtrace.h>
#include <stdlib.h>

#include "arch/arch.h"
#include "core/base/modules.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/stack/segment.h"

#define MAXFRAMES 100 // printed; Go's figure


static const char *const statusname[] = {"idle", "runnable", "running", "foreign call", "waiting", "dead"};
static const char *const reasonname[] = {"waiting", "park", "wait group"};

static struct backtrace_state *state;

static void
ignore(void *data, const char *msg, int err)
{
	(void)data;
	(void)msg;
	(void)err;
}

static int
full(void *data, uintptr_t pc, const char *file, int line, const char *fn)
{
	(void)pc;
	if (!fn)
		return 0;
	print("%s(...)\n\t%s:%d\n", fn, file ? file : "?", line);
	*(bool *)data = true;
	return 0;
}

static void
syminfo(void *data, uintptr_t pc, const char *name, uintptr_t val, uintptr_t size)
{
	(void)size;
	if (!name)
		return;
	print("%s(...)\n\t+0x%lx\n", name, (unsigned long)(pc - val));
	*(bool *)data = true;
}

static void
frame(uintptr_t pc)
{
	bool done = false;
	if (!state)
		state = backtrace_create_state(NULL, 1, ignore, NULL);
	if (state)
		backtrace_pcinfo(state, pc, full, ignore, &done);
	if (!done && state)
		backtrace_syminfo(state, pc, syminfo, ignore, &done);
	if (!done)
		print("0x%lx\n", (unsigned long)pc);
}

// onstack tells whether bp can be a frame pointer of gp, in any of its segments.
static bool
onstack(const g *gp, uintptr_t bp)
{
	if (bp & 7)
		return false;
	if (bp - (uintptr_t)gp->stacklo < gp->stacksize)
		return true;
	for (const segment *s = gp->seg; s; s = s->seg)
		if (bp - (uintptr_t)s->lo < s->size)
			return true;
	return false;
}

void segreturn(void);

// inside tells whether pc is in the assembly routine that starts at code.
static bool
inside(uintptr_t pc, uintptr_t code)
{
	return pc - code < 128;
}

void
traceback(const g *gp, uintptr_t pc, uintptr_t bp)
{
	int n = 0;
	uint64_t skipped = 0;
	for (;;) {
		if (inside(pc, (uintptr_t)gostart))
			break;
		if (inside(pc, (uintptr_t)mcall) || inside(pc, (uintptr_t)segreturn)) // on the way, not of the program
			n--;
		else if (n < MAXFRAMES)
			frame(pc - 1);
		else
			skipped++;
		n++;
		if (gp->frozen || !onstack(gp, bp))
			break;
		pc = ((const uintptr_t *)bp)[1];
		bp = ((const uintptr_t *)bp)[0];
	}
	if (skipped)
		print("...%lu frames more...\n", (unsigned long)skipped);
	if (gp->gopc) {
		print("created by ");
		frame(gp->gopc - 1);
	}
}

const char *
statusof(const g *gp)
{
	return load(gp->incall) ? "foreign call" : statusname[load(gp->status) & ~(uint32_t)Gscan];
}

_Noreturn void
deadlock(void)
{
	print("fatal error: all goroutines are asleep - deadlock!\n");
	int n = 0;
	uint64_t alive = 0;
	for (size_t i = 0; i < load(sched.nallg); i++) {
		g *gp = sched.allg[i];
		if (load(gp->status) != Gwaiting)
			continue;
		if (alive++ >= 100)
			continue;
		print("\n");
		tracebackg(gp);
		n++;
	}
	if (alive > (uint64_t)n)
		print("\n...%lu goroutines more...\n", (unsigned long)(alive - (uint64_t)n));
	osexit(2);
}

static void
header(const g *gp)
{
	if ((load(gp->status) & ~(uint32_t)Gscan) == Gwaiting)
		print("goroutine %lu [%s, %lu ms]:\n", (unsigned long)gp->goid, reasonname[gp->waitreason],
			(unsigned long)(ticksns(cputicks() - gp->waitsince) / 1000000));
	else
		print("goroutine %lu [%s]:\n", (unsigned long)gp->goid, statusof(gp));
}

void
tracebackg(const g *gp)
{
	header(gp);
	if (load(gp->incall)) // the context is that of the foreign call's frame
		traceback(gp, ((const uintptr_t *)gp->sched.bp)[1], ((const uintptr_t *)gp->sched.bp)[0]);
	else
		traceback(gp, gp->sched.pc, gp->sched.bp);
}

_Noreturn void
fatalg(const char *msg, const g *gp)
{
	print("fatal error: %s\n\n", msg);
	if (gp) {
		// From __morestack: the function that wanted more, then its caller.
		header(gp);
		const uintptr_t *sp = (const uintptr_t *)gp->sched.sp;
		frame(sp[0] - 1);
		traceback(gp, sp[1], gp->sched.bp);
	}
	osexit(2);
}

struct dying {
	const char *kind, *msg;
	uintptr_t pc, bp;
};

static uintptr_t
die(uintptr_t a, uintptr_t b)
{
	const struct dying *d = (const struct dying *)a;
	g *gp = getg();
	(void)b;
	print("%s: %s\n\n", d->kind, d->msg);
	if (gp && gp->goid != 0) {
		header(gp);
		traceback(gp, d->pc, d->bp);
	}
	return 0;
}

_Noreturn __attribute__((noinline)) void
fatal(const char *msg)
{
	struct dying d = {"fatal error", msg, (uintptr_t)__builtin_return_address(0),
		*(const uintptr_t *)__builtin_frame_address(0)};
	systemstack(die, (uintptr_t)&d, 0);
	osexit(2);
}

_Noreturn __attribute__((noinline)) void
throw(const char *msg)
{
	struct dying d = {"runtime error", msg, (uintptr_t)__builtin_return_address(0),
		*(const uintptr_t *)__builtin_frame_address(0)};
	systemstack(die, (uintptr_t)&d, 0);
	abort();
}
