// SPDX-License-Identifier: MIT
// ldflags: tests/unit/asm_probe.S tests/unit/asm_harness.c tests/unit/asm_lose.c
//
// asm_callback_test.c - callbacks: foreign code calls instrumented code.

#include <criterion/criterion.h>

#include "asm_harness.h"
#include "asm_lose.h"

static void
losefirst(struct call *c)
{
	if (c->target == isink)
		lose(true);
}

static void
callback(uint64_t frame, bool spares, bool loses)
{
	static struct call out, back; // the goroutine calls fprobe, which calls back
	fill(&out, thunk_probe);
	out.pad = 16 * (rnd() % 8);
	fill(&back, isink);
	out.in.rdi = (uintptr_t)&back;
	out.in.nst = 0;
	setargs(&back, rnd() % 41);
	back.pad = 16 * (rnd() % 60); // bytes that foreign code has on the stack
	sink_frame = frame;
	sink_hook = spares ? notespare : noteframe;
	probe_before = loses ? losefirst : NULL;
	ongthen(&out, loses ? found : settled);
	arrived(&back, false);
	saved(&sink_got, &back.in, "a callee-saved register on arrival");
	kept(&back);
	results(&back);
	if (back.nstack)
		SAME(sink_got.rsp % 64, probe_sp % 64, "alignment of the arguments");
	saved(&out.out, &out.in, "a callee-saved register of the goroutine");
	SAME(out.out.rsp, 128 + out.pad, "the distance of rbp and rsp");
	SAME(out.out.canary, 0, "damage in the goroutine's frame");
}

Test(asm, callback, .init = init, .timeout = 100)
{
	what = "callback";
	EACHMODE {
		uint64_t before = TOTAL(copies);
		for (uint64_t frame = 0; frame <= 5000; frame += 8)
			callback(frame, false, false);
		callback(100000, false, false);
		cr_assert_gt(TOTAL(copies), before + 300);
	}
}

Test(asm, callback_segment, .init = init, .timeout = 100)
{
	what = "callback into a segment";
	entry_pin = 1;
	EACHMODE {
		uint64_t before = TOTAL(segments);
		for (uint64_t frame = 0; frame <= 5000; frame += 8) {
			entry_before = frame & 16 ? spare : NULL;
			callback(frame, frame & 8, false);
		}
		callback(100000, false, false);
		cr_assert_gt(TOTAL(segments), before + 300);
	}
}

// The p is gone when foreign code calls back. A goroutine in a callback stays on its thread.
Test(asm, callback_lost, .init = init1, .timeout = 100)
{
	what = "callback after the loss of the p";
	for (int pin = 0; pin < 2; pin++) {
		entry_pin = pin;
		for (how = 0; how < NHOW; how++)
			EACHMODE
				for (uint64_t frame = 0; frame < 2000; frame += 32)
					callback(frame, false, true);
	}
}

// ... or when the foreign function returns that has called back.
static void
loseafter(struct call *c)
{
	if (c->target == fsink)
		lose(true);
}

Test(asm, callback_return_lost, .init = init1, .timeout = 100)
{
	static struct call out, back, in;
	what = "foreign call in a callback that loses its p";
	for (how = 0; how < NHOW; how++) EACHMODE for (int i = 0; i < 50; i++) {
		// The goroutine calls fprobe, which calls iprobe, which calls fprobe, which calls fsink.
		fill(&out, thunk_probe);
		fill(&back, iprobe);
		fill(&in, thunk_probe);
		static struct call last;
		fill(&last, fsink);
		out.in.rdi = (uintptr_t)&back;
		back.in.rdi = (uintptr_t)&in;
		in.in.rdi = (uintptr_t)&last;
		out.in.nst = back.in.nst = in.in.nst = 0;
		probe_before = loseafter;
		ongthen(&out, found);
		saved(&last.out, &last.in, "a register of the second foreign function");
		results(&last);
		saved(&in.out, &in.in, "a callee-saved register of the callback");
		saved(&back.out, &back.in, "a register of the first foreign function");
		saved(&out.out, &out.in, "a callee-saved register of the goroutine");
		SAME(out.out.canary | back.out.canary | in.out.canary | last.out.canary, 0,
			"damage in a frame");
	}
}
