// SPDX-License-Identifier: MIT
// ldflags: tests/unit/asm_probe.S tests/unit/asm_harness.c
//
// asm_morestack_test.c - the probe itself, and __morestack: every register survives growth.

#include <criterion/criterion.h>

#include "asm_harness.h"

// ---- the probe itself --------------------------------------------------------------

Test(asm, probe, .init = init)
{
	static struct call c;
	what = "plain call";
	for (int i = 0; i < 1000; i++) {
		fill(&c, fsink);
		setargs(&c, rnd() % 41);
		c.pad = 16 * (rnd() % 100);
		if (i & 1) {
			sink_ret.mxcsr = rndmxcsr();
			sink_ret.fpcw = rndcw();
		}
		fprobe(&c);
		arrived(&c, true);
		saved(&sink_got, &c.in, "a callee-saved register on arrival");
		kept(&c);
		results(&c);
	}
}

// ---- __morestack -------------------------------------------------------------------

static void
grow(uint64_t frame)
{
	static struct call c;
	fill(&c, isink);
	setargs(&c, rnd() % 41);
	sink_frame = frame;
	sink_hook = noteframe;
	c.pad = 16 * (rnd() % 40);
	ong(&c);
	same(&c);
	kept(&c);
	results(&c);
}

Test(asm, morestack_grow, .init = init, .timeout = 100)
{
	what = "__morestack, growth";
	EACHMODE {
		uint64_t before = TOTAL(copies);
		for (uint64_t frame = 0; frame <= 5000; frame += 8)
			grow(frame);
		for (int i = 0; i < 300; i++)
			grow(8 * (rnd() % 20000));
		grow(1 << 20);
		cr_assert_gt(TOTAL(copies), before + 300);
	}
}

Test(asm, morestack_segment, .init = init, .timeout = 100)
{
	what = "__morestack, segment";
	entry_pin = 1;
	EACHMODE {
		uint64_t before = TOTAL(segments);
		for (uint64_t frame = 0; frame <= 5000; frame += 8)
			grow(frame);
		for (int i = 0; i < 300; i++)
			grow(8 * (rnd() % 20000));
		grow(1 << 20);
		cr_assert_gt(TOTAL(segments), before + 300);
	}
}

// The body returns while the goroutine has a spare segment: its own is freed.
Test(asm, morestack_segment_spare, .init = init, .timeout = 100)
{
	static struct call c;
	what = "__morestack, segment with a spare";
	entry_pin = 1;
	EACHMODE for (uint64_t frame = 0; frame <= 5000; frame += 8) {
		entry_before = frame & 8 ? spare : NULL;
		fill(&c, isink);
		setargs(&c, rnd() % 41);
		sink_frame = frame;
		sink_hook = notespare;
		ong(&c);
		same(&c);
		kept(&c);
		results(&c);
	}
}

Test(asm, morestack_in_place, .init = init)
{
	static struct call c;
	what = "__morestack on a thread";
	for (int i = 0; i < 1000; i++) {
		fill(&c, isink);
		setargs(&c, rnd() % 41);
		sink_frame = 8 * (rnd() % 1000);
		settcb_guard(~(uintptr_t)0);
		fprobe(&c);
		settcb_guard(0);
		same(&c);
		kept(&c);
		results(&c);
	}
}
