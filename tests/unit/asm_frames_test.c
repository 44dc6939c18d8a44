// SPDX-License-Identifier: MIT
// ldflags: tests/unit/asm_probe.S tests/unit/asm_harness.c
//
// asm_frames_test.c - unsafe frames, pins, the lists of variadic functions, setjmp and longjmp.

#include <criterion/criterion.h>
#include <setjmp.h>
#include <string.h>

#include "asm_harness.h"

// ---- unsafe frames -----------------------------------------------------------------

Test(asm, uframe_slow, .init = init)
{
	static struct call c;
	what = "thrum_uframe_slow";
	for (int i = 0; i < 1000; i++) {
		fill(&c, thrum_uframe_slow);
		c.in.r10 = 1 + rnd() % THRUM_UFRAME_MAX;
		c.in.nst = 0;
		if (i & 1)
			ong(&c);
		else
			fprobe(&c);
		kept(&c);
		general(&c, RAX | R11);
		cr_assert((c.out.rax & (THRUM_UCHUNK - 1)) >= c.in.r10, "no room in the chunk at 0x%lx",
			(unsigned long)c.out.rax);
	}
}

Test(asm, ualloca, .init = init)
{
	static struct call c;
	what = "thrum_ualloca";
	for (int i = 0; i < 2000; i++) {
		uint64_t size = rnd() % (i & 2 ? 100 : 100000), align = 16ul << rnd() % 8;
		uintptr_t usp = gettcb_usp();
		fill(&c, thrum_ualloca);
		c.in.rdi = size;
		c.in.rsi = align;
		c.in.nst = 0;
		if (i & 1)
			ong(&c);
		else
			fprobe(&c);
		kept(&c);
		SAME(c.out.rax % align, 0, "alignment");
		if (!(i & 1)) {
			memset((void *)c.out.rax, 0x33, size);
			settcb_usp(usp); // the frame ends
		}
	}
}

Test(asm, pin, .init = init)
{
	static struct call c;
	what = "thrum_pin and thrum_unpin";
	unbalanced = true;
	EACHMODE for (int i = 0; i < 1000; i++) {
		fill(&c, i & 1 ? thrum_pin : thrum_unpin);
		c.in.nst = 0;
		c.pad = 16 * (rnd() % 60);
		if (i & 2)
			ong(&c);
		else
			fprobe(&c);
		kept(&c);
		general(&c, RAX | RCX | R10 | R11);
		vecs(&c.out, &c.in, 8, "argument");
	}
}

// ---- variadic functions ------------------------------------------------------------

static uint64_t list[THRUM_VA_BYTES / 8], overflow[NSTACK], listwords;

// notelist copies what the body of a variadic function finds at usp, and the stack arguments.
static void
notelist(char *sp)
{
	uint64_t *v = (uint64_t *)gettcb_usp();
	(void)sp;
	memcpy(list, v, sizeof list);
	SAME(v[2], (uint64_t)(v + 4), "reg_save_area");
	memcpy(overflow, (void *)v[1], 8 * listwords);
}

Test(asm, variadic, .init = init, .timeout = 100)
{
	static struct call c;
	what = "thrum_variadic";
	for (entry_pin = 0; entry_pin < 2; entry_pin++) EACHMODE for (int i = 0; i < 2000; i++) {
		uintptr_t usp = gettcb_usp();
		fill(&c, shell_isink);
		c.nstack = listwords = rnd() % (NSTACK + 1);
		c.pad = 16 * (rnd() % 60);
		sink_frame = i % 4 == 3 ? 8 * (rnd() % 2000) : 64;
		sink_hook = notelist;
		if (i & 4)
			c.in.rax &= ~0xfful;
		if (i & 1)
			ong(&c);
		else
			fprobe(&c);
		SAME(sink_got.rdi, c.in.rdi, "rdi");
		SAME(sink_got.r9, c.in.r9, "r9");
		for (int n = 0; n < 8 && c.in.rax & 0xff; n++) {
			cr_assert_arr_eq(sink_got.vec[n], c.in.vec[n], 16, "xmm%d on arrival", n);
			cr_assert_arr_eq((char *)(list + 10 + 2 * n), c.in.vec[n], 16, "xmm%d in the list",
				n);
		}
		SAME(sink_got.rsp % 16, 0, "alignment of the arguments");
		SAME(list[0], 0x4000000010, "the offsets");
		SAME(list[4], c.in.rdi, "rdi in the list");
		SAME(list[5], c.in.rsi, "rsi in the list");
		SAME(list[6], c.in.rdx, "rdx in the list");
		SAME(list[7], c.in.rcx, "rcx in the list");
		SAME(list[8], c.in.r8, "r8 in the list");
		SAME(list[9], c.in.r9, "r9 in the list");
		for (uint64_t n = 0; n < c.nstack; n++)
			SAME(overflow[n], c.in.stack[n], "a stack argument");
		saved(&sink_got, &c.in, "a callee-saved register on arrival");
		kept(&c);
		results(&c);
		if (!(i & 1) && usp)
			SAME(gettcb_usp(), usp, "usp afterwards");
	}
	entry_pin = 0;
}

// ---- setjmp, longjmp ---------------------------------------------------------------

Test(asm, longjmp, .init = init)
{
	static struct call c;
	static jmp_buf b;
	what = "thrum_setjmp and thrum_longjmp";
	EACHMODE for (int i = 0; i < 1000; i++) {
		fill(&c, jumper);
		c.in.rdi = (uintptr_t)b;
		c.in.rsi = (uint32_t)rnd() % 4;
		c.in.rdx = rnd() & 1; // 1: called as foreign code
		c.in.nst = sink_ret.nst = 0;
		c.pad = 16 * (rnd() % 8);
		sink_frame = 8 * (rnd() % 500);
		entry_pin = i % 4 == 3;
		if (i % 16 == 0)
			fprobe(&c);
		else
			ong(&c);
		kept(&c);
		SAME(c.out.rax, c.in.rsi ? c.in.rsi : 1, "the result of setjmp");
	}
}
