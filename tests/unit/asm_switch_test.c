// SPDX-License-Identifier: MIT
// ldflags: tests/unit/asm_probe.S tests/unit/asm_harness.c
//
// asm_switch_test.c - ways to other stacks and back: the system stack, thrum_run, yields, the
// bare switches.

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "asm_harness.h"
#include "core/stack/stack.h"

// ---- to the system stack and back --------------------------------------------------

static void
again(g *gp)
{
	gogo(gp);
}

static void
againspoilt(g *gp)
{
	thrum_m->fp.mxcsr = 0x5f80; // fspoil's: the scheduler itself does not change them
	thrum_m->fp.fpcw = 0xc7f;
	__asm__ volatile("lea %0, %%rsi; mov %1, %%rdi; jmp fspoil" : : "m"(*(char *)again), "r"(gp) : "rsi", "rdi");
	__builtin_unreachable();
}

static void
againmoved(g *gp)
{
	cr_assert(copystack(gp, gp->stacksize * 2));
	againspoilt(gp);
}

Test(asm, mcall_gogo, .init = init)
{
	static void (*const fns[])(g *) = {again, againspoilt, againmoved};
	static struct call c;
	what = "mcall and gogo";
	for (int i = 0; i < 3000; i++) {
		fill(&c, mcall);
		c.in.rdi = (uintptr_t)fns[i % 3];
		c.in.nst = 0;
		ong(&c);
		kept(&c);
	}
}

Test(asm, systemstack, .init = init)
{
	static struct call c;
	what = "systemstack";
	for (int i = 0; i < 3000; i++) {
		fill(&c, systemstack);
		uint64_t a = c.in.rsi, b = c.in.rdx;
		c.in.rdi = (uintptr_t)fsink;
		c.pad = 16 * (rnd() % 8);
		if (i & 1) {
			sink_hook = notesystem;
			ong(&c);
		} else {
			fprobe(&c);
		}
		SAME(sink_got.rdi, a, "the first argument");
		SAME(sink_got.rsi, b, "the second argument");
		SAME(sink_got.rsp % 16, 0, "alignment");
		kept(&c);
		SAME(c.out.rax, sink_ret.rax, "rax");
	}
}

Test(asm, callon, .init = init)
{
	static struct call c;
	static char top[1 << 16] __attribute__((aligned(16)));
	what = "callon";
	for (int i = 0; i < 3000; i++) {
		fill(&c, callon);
		uint64_t args[] = {c.in.rdx, c.in.rcx, c.in.r8, c.in.r9};
		c.in.rdi = (uintptr_t)(top + sizeof top);
		c.in.rsi = (uintptr_t)fsink;
		c.pad = 16 * (rnd() % 8);
		if (i & 1)
			ong(&c);
		else
			fprobe(&c);
		SAME(sink_got.rdi, args[0], "the first argument");
		SAME(sink_got.rsi, args[1], "the second argument");
		SAME(sink_got.rdx, args[2], "the third argument");
		SAME(sink_got.rcx, args[3], "the fourth argument");
		SAME(sink_got.rsp % 16, 0, "alignment");
		kept(&c);
	}
}

static m fake;

static void
back(void)
{
	runleave(&fake);
}

static void
backspoilt(void)
{
	__asm__ volatile("lea %0, %%rsi; jmp fspoil" : : "m"(*(char *)back) : "rsi");
	__builtin_unreachable();
}

Test(asm, runenter_runleave, .init = init)
{
	static struct call c;
	what = "runenter and runleave";
	for (int i = 0; i < 2000; i++) {
		fill(&c, runenter);
		c.in.rdi = (uintptr_t)&fake;
		c.in.rsi = (uintptr_t)(i & 1 ? back : backspoilt);
		c.in.nst = 0;
		fprobe(&c);
		kept(&c);
	}
}

// thrum_run keeps the registers of its caller, and what the goroutine did to MXCSR and the
// control word stays the goroutine's.
Test(asm, run, .init = init)
{
	static struct call c, in;
	what = "thrum_run";
	for (int i = 0; i < 500; i++) {
		fill(&c, thrum_run);
		fill(&in, i & 1 ? fsink : thunk_fsink);
		sink_ret.nst = in.in.nst = 0;
		c.in.nst = 0;
		c.in.rdi = (uintptr_t)entry;
		c.in.rsi = (uintptr_t)&in;
		c.in.rdx = 0;
		fprobe(&c);
		kept(&c);
		kept(&in);
	}
}

// ---- yield -------------------------------------------------------------------------

extern void thrum_yield_none(void);

static void
crowd(int n, int rounds, const void *target)
{
	bool none = target == thrum_yield_none;
	struct call *cs = calloc((size_t)n, sizeof *cs);
	for (int r = 0; r < rounds; r++) {
		for (int i = 0; i < n; i++) {
			fill(&cs[i], target);
			cs[i].in.nst = 0;
			if (target != thrum_yield && !none)
				cs[i].in.rdi = rnd() % 300; // usec
			cs[i].pad = 16 * (rnd() % 40);
			if (i > 0)
				cr_assert_eq(thrum_go(goentry, &cs[i]), 0);
		}
		// The first is main, which ends after its yield as all do; the others go on next time.
		ong(&cs[0]);
		rest();
		for (int i = 0; i < n; i++) {
			cr_assert_neq(cs[i].out.rsp, 0, "%s: goroutine %d of %d has not run", what, i, n);
			if (none) {
				cs[i].out.rbx = cs[i].in.rbx;
				cs[i].out.r12 = cs[i].in.r12;
				cs[i].out.r13 = cs[i].in.r13;
				cs[i].out.r14 = cs[i].in.r14;
				cs[i].out.r15 = cs[i].in.r15;
			}
			kept(&cs[i]);
		}
	}
	free(cs);
}

Test(asm, yield, .init = init, .timeout = 100)
{
	what = "thrum_yield";
	for (int i = 0; i < 4; i++) {
		debug.stackmove = i & 1;
		thrum_maxprocs(i & 2 ? 4 : 1);
		crowd(1, 100, thrum_yield);
		crowd(2, 200, thrum_yield);
		crowd(40, 50, thrum_yield);
		crowd(1000, 5, thrum_yield);
	}
}

Test(asm, yield_none, .init = init, .timeout = 100)
{
	what = "thrum_yield_none";
	for (int i = 0; i < 4; i++) {
		debug.stackmove = i & 1;
		thrum_maxprocs(i & 2 ? 4 : 1);
		crowd(1, 100, thrum_yield_none);
		crowd(2, 200, thrum_yield_none);
		crowd(40, 50, thrum_yield_none);
		crowd(1000, 5, thrum_yield_none);
	}
}

// Foreign calls that block, of many goroutines on several ps: sysmon takes the ps away.
Test(asm, foreign_crowd, .init = init, .timeout = 100)
{
	for (int i = 0; i < 8; i++) {
		what = i & 4 ? "thrum_blockcall of many" : "thrum_foreigncall of many";
		debug.stackmove = i & 1;
		thrum_maxprocs(i & 2 ? 4 : 1);
		crowd(60, 10, i & 4 ? thunk_busleep : thunk_usleep);
	}
	cr_assert_gt(sched.nretake, 20);
}

// From foreign code, in its place on the system stack, a yield comes home first.
Test(asm, yield_foreign, .init = init)
{
	static struct call out, back;
	what = "thrum_yield from foreign code";
	for (int i = 0; i < 1000; i++) {
		fill(&out, thunk_probe);
		fill(&back, thrum_yield);
		out.in.rdi = (uintptr_t)&back;
		out.in.nst = back.in.nst = 0;
		ong(&out);
		kept(&back);
		saved(&out.out, &out.in, "a callee-saved register of the goroutine");
	}
}

// ---- the bare switches -------------------------------------------------------------

static char otherstack[4096];

// spoilt: the callee-saved registers are not those of the caller, by contract.
static void
spoilt(struct regs *out, const struct regs *in)
{
	memcpy(out, in, offsetof(struct regs, rbp));
	out->r12 = in->r12;
	out->r13 = in->r13;
	out->r14 = in->r14;
	out->r15 = in->r15;
}

static void
bare(void *target, void (*other)(void))
{
	static struct call c;
	thrum_gobuf_init(&bufb, otherstack, sizeof otherstack, (void (*)(void *))other, NULL);
	for (int i = 0; i < 1000; i++) {
		fill(&c, target);
		c.in.rdi = c.in.r12 = (uintptr_t)&bufa;
		c.in.rsi = c.in.r13 = (uintptr_t)&bufb;
		c.in.nst = 0;
		c.in.mxcsr = sink_ret.mxcsr = 0x5f80; // shared by all contexts
		c.in.fpcw = sink_ret.fpcw = 0xc7f;
		fprobe(&c);
		if (other == other_none)
			spoilt(&c.out, &c.in);
		kept(&c);
	}
}

Test(asm, switch_sysv, .init = init)
{
	what = "thrum_switch_sysv";
	bare(thrum_switch_sysv, other_sysv);
}

Test(asm, switch_call, .init = init)
{
	what = "thrum_switch_call";
	bare(thrum_switch_call, other_none);
}

static __attribute__((noinline)) void
inlined(void)
{
	thrum_switch(&bufa, &bufb);
}

Test(asm, switch_inline, .init = init)
{
	what = "thrum_switch";
	bare(inlined, other_sysv);
}
