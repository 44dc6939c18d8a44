// SPDX-License-Identifier: MIT
// ldflags: tests/unit/asm_probe.S tests/unit/asm_harness.c tests/unit/asm_lose.c
//
// asm_foreign_test.c - calls of foreign functions, also those that lose their p meanwhile.

#include <criterion/criterion.h>

#include "asm_harness.h"
#include "asm_lose.h"
#include "core/sched/runq.h"

// ---- foreign calls -----------------------------------------------------------------

static void
foreign(void *target, bool icall, uint64_t words, void (*hook)(char *), void (*after)(void))
{
	static struct call c;
	fill(&c, target);
	setargs(&c, words);
	c.pad = 16 * (rnd() % 8);
	sink_hook = hook;
	entry_before = seterr;
	if (icall)
		c.in.r10 = (uintptr_t)fsink | ((words + 1) / 2) << THRUM_ICALL_SHIFT;
	else if (words)
		c.in.r10 = (uint64_t)THRUM_ARGS_TAG << 32 | words * 8;
	else if (rnd() & 1)
		c.in.r10 = rnd() % 8 ? rnd() >> 2 // stale
			: (uint64_t)THRUM_ARGS_TAG << 32 | (rnd() & 0xffff);
	if (rnd() % 2) {
		sink_ret.mxcsr = rndmxcsr();
		sink_ret.fpcw = rndcw();
	}
	ongthen(&c, after);
	arrived(&c, true);
	kept(&c);
	results(&c);
	if (words)
		SAME(sink_got.rsp % 64, probe_sp % 64, "alignment of the arguments");
	erroris = -1;
	entry_before = NULL;
}

Test(asm, quickcall, .init = init)
{
	static struct call c;
	what = "thrum_quickcall";
	for (int i = 0; i < 2000; i++) {
		fill(&c, thunk_quick);
		if (i & 1)
			sink_ret.rax = 0; // errno counts
		sink_ret.nst = c.in.nst = 0;
		if (i % 4 < 2) {
			sink_hook = swaperr;
			entry_before = seterr;
			quick = !(i & 1);
			ong(&c);
			quick = false;
		} else {
			sink_hook = NULL;
			fprobe(&c);
		}
		erroris = -1;
		entry_before = NULL;
		arrived(&c, false);
		kept(&c);
		SAME(c.out.rax, sink_ret.rax, "rax");
	}
}

Test(asm, foreigncall, .init = init)
{
	what = "thrum_foreigncall";
	EACHMODE
		for (int i = 0; i < 20; i++)
			for (uint64_t words = 0; words <= 40; words++)
				foreign(thunk_fsink, false, words, swaperr, settled);
}

Test(asm, foreigncall_pinned, .init = init)
{
	what = "thrum_foreigncall from a pinned stack";
	entry_pin = 1;
	EACHMODE
		for (int i = 0; i < 5; i++)
			for (uint64_t words = 0; words <= 40; words++)
				foreign(thunk_fsink, false, words, swaperr, settled);
}

Test(asm, icall, .init = init)
{
	what = "thrum_icall";
	EACHMODE
		for (int i = 0; i < 20; i++)
			for (uint64_t words = 0; words <= 40; words++)
				foreign(thrum_icall, true, words, swaperr, settled);
}

// A target that is instrumented after all, and calls on a thread without goroutines: a jump.
Test(asm, foreigncall_direct, .init = init)
{
	static struct call c;
	for (int i = 0; i < 2000; i++) {
		static void (*const targets[])(void) = {thunk_isink, thrum_icall, thunk_fsink, thrum_icall,
			thunk_iblock, thrum_icall, thunk_block, thrum_icall};
		what = i & 1 ? "thrum_icall, direct"
			: i & 4 ? "thrum_blockcall, direct"
				: "thrum_foreigncall, direct";
		EACHMODE {
			fill(&c, targets[i % 8]);
			setargs(&c, rnd() % 41);
			if (i & 1)
				c.in.r10 = (uintptr_t)(i % 4 == 1 ? isink : fsink) |
					(rnd() % 21) << THRUM_ICALL_SHIFT;
			sink_frame = 8 * (rnd() % 300);
			if (i % 4 >= 2)
				fprobe(&c);
			else
				ong(&c);
			arrived(&c, true);
			saved(&sink_got, &c.in, "a callee-saved register on arrival");
			kept(&c);
			results(&c);
		}
	}
}

// ---- foreign calls that lose their p -----------------------------------------------

static void
swaperrlose(char *sp)
{
	swaperr(sp);
	lose(locked(getg()));
}

static void
foreignlost(void *target, bool icall, int each)
{
	for (how = 0; how < NHOW; how++)
		EACHMODE
			for (int i = 0; i < each; i++)
				foreign(target, icall, rnd() % 41, swaperrlose, found);
}

Test(asm, foreigncall_lost, .init = init1, .timeout = 100)
{
	what = "thrum_foreigncall that loses its p";
	foreignlost(thunk_fsink, false, 100);
	foreignlost(thrum_icall, true, 20);
	entry_pin = 1;
	foreignlost(thunk_fsink, false, 20);
	cr_assert_gt(elsewhere, 200);
}

static void
lockthread(struct call *c)
{
	seterr(c);
	getg()->nlock = 1;
	getg()->slow |= SlowLocked;
}

static void
foundlocked(void)
{
	getg()->nlock = 0;
	getg()->slow &= (uint16_t)~SlowLocked;
	found();
}

Test(asm, foreigncall_lost_locked, .init = init1, .timeout = 100)
{
	what = "thrum_foreigncall that loses its p, locked";
	for (how = 0; how < NHOW; how++) EACHMODE for (int i = 0; i < 50; i++) {
		static struct call c;
		fill(&c, thunk_fsink);
		sink_hook = swaperrlose;
		entry_before = lockthread;
		ongthen(&c, foundlocked);
		arrived(&c, true);
		kept(&c);
		results(&c);
	}
}

Test(asm, blockcall, .init = init1, .timeout = 100)
{
	what = "thrum_blockcall";
	EACHMODE
		for (int i = 0; i < 5; i++)
			for (uint64_t words = 0; words <= 40; words++)
				foreign(thunk_block, false, words, swaperr, settled);
	what = "thrum_blockcall that finds no p";
	for (how = Idle; how < NHOW; how++) EACHMODE for (int i = 0; i < 50; i++)
		foreign(thunk_block, false, rnd() % 41, swaperrlose, found);
	cr_assert_gt(elsewhere, 50);
}

Test(asm, blockcall_procs, .init = init, .timeout = 100)
{
	what = "thrum_blockcall, several ps";
	thrum_maxprocs(4);
	EACHMODE
		for (int i = 0; i < 5; i++)
			for (uint64_t words = 0; words <= 40; words++)
				foreign(thunk_block, false, words, swaperr, settled);
}

// While the monitor sleeps long and work waits, a foreign call wakes it.
static uintptr_t
queuework(uintptr_t a, uintptr_t b)
{
	(void)a;
	(void)b;
	if (runqempty(load(thrum_m->p)))
		cr_assert_eq(thrum_go(goreturn, NULL), 0);
	store(sched.sysmonslow, true);
	return 0;
}

static void
drowsy(struct call *c)
{
	(void)c;
	systemstack(queuework, 0, 0);
}

Test(asm, foreigncall_kick, .init = init1, .timeout = 100)
{
	static struct call c;
	what = "thrum_foreigncall that wakes the monitor";
	EACHMODE for (int i = 0; i < 500; i++) {
		fill(&c, thunk_fsink);
		setargs(&c, rnd() % 41);
		if (c.nstack)
			c.in.r10 = (uint64_t)THRUM_ARGS_TAG << 32 | c.nstack * 8;
		sink_hook = notesystem;
		probe_before = drowsy;
		ong(&c);
		arrived(&c, true);
		kept(&c);
		results(&c);
	}
	rest();
}
