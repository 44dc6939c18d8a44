// SPDX-License-Identifier: MIT
// ldflags: tests/unit/asm_probe.S tests/unit/asm_harness.c
//
// asm_preempt_test.c - a goroutine gives way in a prologue, in a loop, and after a quick call.
//
// The thread that it runs on makes the request: the hooks call what sysmon would.

#include <criterion/criterion.h>

#include "asm_harness.h"

// ---- in a prologue -----------------------------------------------------------------

static bool block; // another goroutine comes first, and leaves the thread with a blocking call
static uint32_t switches; // before
static m *before;

static uintptr_t
ask(uintptr_t a, uintptr_t b)
{
	(void)a;
	(void)b;
	m *mp = thrum_m;
	before = mp;
	switches = load(load(mp->p)->schedtick);
	if (block)
		cr_assert_eq(thrum_go(goblock, NULL), 0);
	preempt(load(mp->p), NULL, 0, PreemptCheck);
	cr_assert(asked(load(mp->curg)), "%s: not asked", what);
	return 0;
}

static void
askfirst(struct call *c)
{
	if (c->target != isink)
		return;
	thrum_ualloca(64, 16);
	uspis = gettcb_usp();
	systemstack(ask, 0, 0);
}

static void
gaveway(char *sp)
{
	m *mp = thrum_m;
	noteframe(sp);
	SAME(load(getg()->preempt), 0, "g.preempt");
	SAME(getg()->regs, NULL, "g.regs");
	cr_assert_gt(load(load(mp->p)->schedtick), switches, "%s: it has not given way", what);
	elsewhere += mp != before;
}

static void
preempted(uint64_t frame)
{
	static struct call c;
	fill(&c, isink);
	setargs(&c, rnd() % 41);
	c.pad = 16 * (rnd() % 40);
	sink_frame = frame;
	sink_hook = gaveway;
	probe_before = askfirst;
	ong(&c);
	same(&c);
	kept(&c);
	results(&c);
}

Test(asm, preempt, .init = init1, .timeout = 100)
{
	what = "giving way in a prologue";
	EACHMODE for (uint64_t frame = 0; frame <= 5000; frame += 8) preempted(frame);
	entry_pin = 1;
	what = "giving way in a prologue, pinned";
	EACHMODE for (uint64_t frame = 0; frame <= 5000; frame += 8) preempted(frame);
	SAME(elsewhere, 0, "times on another m");
}

Test(asm, preempt_elsewhere, .init = init1, .timeout = 100)
{
	what = "giving way in a prologue, going on on another m";
	block = true;
	for (entry_pin = 0; entry_pin < 2; entry_pin++)
		EACHMODE
			for (uint64_t frame = 0; frame <= 3000; frame += 40)
				preempted(frame);
	cr_assert_gt(elsewhere, 50, "%d times on another m", elsewhere);
	entry_pin = 0;
	rest();
}

// In a callback: it waits for its own thread.
Test(asm, preempt_callback, .init = init1, .timeout = 100)
{
	static struct call out, back, in;
	what = "giving way in a callback";
	for (int i = 0; i < 2; i++) {
		block = i;
		for (entry_pin = 0; entry_pin < 2; entry_pin++) EACHMODE for (uint64_t frame = 0; frame <= 3000; frame += 40) {
			fill(&out, thunk_probe);
			fill(&back, iprobe);
			fill(&in, isink);
			out.in.rdi = (uintptr_t)&back;
			back.in.rdi = (uintptr_t)&in;
			out.in.nst = back.in.nst = 0;
			setargs(&in, rnd() % 41);
			sink_frame = frame;
			sink_hook = gaveway;
			probe_before = askfirst;
			ong(&out);
			same(&in);
			kept(&in);
			results(&in);
			saved(&back.out, &back.in, "a callee-saved register of the foreign function");
			saved(&out.out, &out.in, "a callee-saved register of the goroutine");
		}
	}
	SAME(elsewhere, 0, "times on another m");
	entry_pin = 0;
	rest();
}

// ---- in a loop ---------------------------------------------------------------------

static bool isasked; // else the guard is poisoned by mistake

static uintptr_t
poison(uintptr_t a, uintptr_t b)
{
	(void)a;
	(void)b;
	before = thrum_m;
	switches = load(load(before->p)->schedtick);
	return 0;
}

static void
pollfirst(struct call *c)
{
	(void)c;
	thrum_ualloca(64, 16);
	uspis = gettcb_usp();
	systemstack(isasked ? ask : poison, 0, 0);
	if (!isasked)
		settcb_guard(~(uintptr_t)0);
}

static void
polledafter(void)
{
	m *mp = thrum_m;
	settled();
	SAME(load(getg()->preempt), 0, "g.preempt");
	SAME(load(load(mp->p)->schedtick) > switches, isasked, "giving way");
	elsewhere += mp != before;
}

static void
looppoll(bool goroutine)
{
	static struct call c;
	fill(&c, thrum_looppoll);
	c.in.nst = 0;
	c.pad = 16 * (rnd() % 60);
	if (goroutine) {
		probe_before = pollfirst;
		ongthen(&c, polledafter);
	} else {
		fprobe(&c);
	}
	kept(&c);
	general(&c, 0);
	vecs(&c.out, &c.in, 8, "a loop's");
	for (int i = 0; cpu_k && i < 8; i++)
		SAME(c.out.k[i], c.in.k[i], "a mask register");
}

Test(asm, looppoll, .init = init1, .timeout = 100)
{
	what = "thrum_looppoll";
	for (entry_pin = 0; entry_pin < 2; entry_pin++) EACHMODE for (int i = 0; i < 2000; i++) {
		isasked = i & 1;
		looppoll(i % 8 > 1);
	}
	SAME(elsewhere, 0, "times on another m");
	what = "thrum_looppoll, going on on another m";
	block = isasked = true;
	for (entry_pin = 0; entry_pin < 2; entry_pin++)
		EACHMODE
			for (int i = 0; i < 50; i++)
				looppoll(true);
	cr_assert_gt(elsewhere, 30, "%d times on another m", elsewhere);
	entry_pin = 0;
	rest();
}

// away makes a quick call end in quickaway, as the signal's handler does.
static void
away(char *sp)
{
	uintptr_t *back = (uintptr_t *)thrum_m->sysp - 1;
	swaperr(sp);
	SAME(*back, quickback, "the return address at the top of the system stack");
	*back = (uintptr_t)quickaway;
	(isasked ? ask : poison)(0, 0);
}

Test(asm, quickaway, .init = init1, .timeout = 100)
{
	static struct call c;
	what = "quickaway";
	block = false;
	EACHMODE for (int i = 0; i < 2000; i++) {
		isasked = i & 1;
		fill(&c, thunk_quick);
		if (i & 2)
			sink_ret.rax = 0; // errno counts
		else
			sink_ret.rax |= 1;
		sink_ret.nst = c.in.nst = 0;
		sink_hook = away;
		entry_before = seterr;
		quick = !(i & 2);
		ongthen(&c, polledafter);
		quick = false;
		erroris = -1;
		entry_before = NULL;
		arrived(&c, false);
		kept(&c);
		results(&c);
	}
}
