// SPDX-License-Identifier: MIT
// ldflags: tests/unit/asm_probe.S
//
// asm_test.c - every routine of arch/x86_64 keeps what it promises.
//
// A probe (asm_probe.S) puts random patterns into all registers, MXCSR, the x87 control
// word and up to 40 stack arguments, and calls a routine; a sink at the far end stores what
// arrived, spoils what a callee may spoil and returns random results. Both are then
// compared with what was sent. Vector registers are as wide as the processor has them.

#include <criterion/criterion.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "asm_probe.h"
#include "core/base/debug.h"
#include "core/sched/proc.h"
#include "core/stack/stack.h"
#include "thrum/switch.h"

struct regs {
	uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp, r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t flags;
	uint32_t mxcsr;
	uint16_t fpcw, fptag;
	uint8_t st[2][16];
	uint64_t nst; // x87 results
	uint64_t canary;
	uint8_t vec[8][64];
	uint64_t stack[NSTACK];
};

struct call {
	struct regs in, out;
	void *target;
	uint64_t nstack; // words
	uint64_t pad;    // bytes of stack used up first
};

static_assert(offsetof(struct regs, mxcsr) == R_MXCSR && offsetof(struct regs, st) == R_ST && offsetof(struct regs, nst) == R_NST &&
		offsetof(struct regs, vec) == R_VEC && offsetof(struct regs, stack) == R_STACK && sizeof(struct regs) == R_SIZE,
	"as asm_probe.h says");
static_assert(offsetof(struct call, target) == C_TARGET && sizeof(struct call) == C_SIZE, "as asm_probe.h says");

// asm_probe.S
extern struct regs sink_got, sink_ret;
extern uint64_t sink_frame, sink_nstack, entry_pin, cpu_vec, probe_sp;
extern void (*sink_hook)(char *sp);
extern void (*entry_before)(struct call *c), (*entry_after)(void);
extern thrum_gobuf bufa, bufb;
void fprobe(struct call *c), iprobe(struct call *c), fsink(void), isink(void), fspoil(void), other_sysv(void), other_none(void);
void thunk_fsink(void), thunk_quick(void), thunk_isink(void), thunk_probe(void), goentry(void *c), jumper(void);
int entry(void *c);

// the runtime's
void __morestack(void);
void thrum_foreigncall(void), thrum_icall(void), thrum_uframe_slow(void), thrum_pin(void), thrum_unpin(void);
void *thrum_ualloca(size_t size, size_t align);
int thrum_setjmp(jmp_buf b);
_Noreturn void thrum_longjmp(jmp_buf b, int val);
#undef thrum_yield

static uint64_t seed = 88172645463325252;

static uint64_t
rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	return seed ^= seed << 17;
}

static uint32_t
rndmxcsr(void)
{
	return 0x1f80 | (uint32_t)(rnd() & 0xe040);
}

static uint16_t
rndcw(void)
{
	static const uint16_t precision[] = {0, 0x200, 0x300};
	return (uint16_t)(0x7f | (rnd() & 0xc00) | precision[rnd() % 3]);
}

static void
rndbytes(void *p, size_t n)
{
	for (size_t i = 0; i < n; i += 8)
		((uint64_t *)p)[i / 8] = rnd();
}

// fill makes a new random call of target.
static void
fill(struct call *c, void *target)
{
	memset(c, 0, sizeof *c);
	rndbytes(&c->in, offsetof(struct regs, flags));
	rndbytes(c->in.vec, sizeof c->in.vec);
	rndbytes(c->in.stack, sizeof c->in.stack);
	c->in.mxcsr = rndmxcsr();
	c->in.fpcw = rndcw();
	c->in.r10 &= 0xffffffff; // no tag
	c->target = target;
	rndbytes(&sink_ret, sizeof sink_ret);
	for (int i = 0; i < 2; i++) {
		long double x = (long double)(int64_t)rnd();
		memset(sink_ret.st[i], 0, 16);
		memcpy(sink_ret.st[i], &x, 10);
	}
	sink_ret.nst = c->in.nst = rnd() % 3;
	sink_ret.mxcsr = 0;
	sink_nstack = 0;
	sink_frame = 64;
	sink_hook = NULL;
	memset(&sink_got, 0x77, sizeof sink_got);
}

static void
setargs(struct call *c, uint64_t words)
{
	c->nstack = sink_nstack = words;
}

static size_t
width(void)
{
	return (size_t)16 << cpu_vec;
}

static const char *what; // the routine under test, for messages

#define SAME(a, b, name) cr_assert_eq(a, b, "%s: %s is 0x%lx, wanted 0x%lx", what, name, (unsigned long)(a), (unsigned long)(b))

static void
saved(const struct regs *a, const struct regs *b, const char *where)
{
	SAME(a->rbx, b->rbx, where);
	SAME(a->r12, b->r12, where);
	SAME(a->r13, b->r13, where);
	SAME(a->r14, b->r14, where);
	SAME(a->r15, b->r15, where);
}

static void
vecs(const struct regs *a, const struct regs *b, int n, const char *where)
{
	for (int i = 0; i < n; i++)
		cr_assert_arr_eq(a->vec[i], b->vec[i], width(), "%s: %s: vector register %d", what, where, i);
}

static void
args(const struct regs *a, const struct regs *b)
{
	SAME(a->rdi, b->rdi, "rdi");
	SAME(a->rsi, b->rsi, "rsi");
	SAME(a->rdx, b->rdx, "rdx");
	SAME(a->rcx, b->rcx, "rcx");
	SAME(a->r8, b->r8, "r8");
	SAME(a->r9, b->r9, "r9");
	vecs(a, b, 8, "argument");
}

// arrived: the sink got what c sent; with al also rax, the count of vector registers.
static void
arrived(const struct call *c, bool al)
{
	args(&sink_got, &c->in);
	if (al)
		SAME(sink_got.rax & 0xff, c->in.rax & 0xff, "al");
	SAME(sink_got.rsp % 16, 0, "alignment of the arguments");
	SAME(sink_got.flags & 0x400, 0, "direction flag");
	SAME(sink_got.mxcsr & ~0x3fu, c->in.mxcsr, "MXCSR on arrival");
	SAME(sink_got.fpcw, c->in.fpcw, "x87 control word on arrival");
	for (uint64_t i = 0; i < c->nstack; i++)
		cr_assert_eq(sink_got.stack[i], c->in.stack[i], "%s: stack argument %lu of %lu is 0x%lx", what, (unsigned long)i,
			(unsigned long)c->nstack, (unsigned long)sink_got.stack[i]);
}

// kept: the caller's registers are as System V wants them.
static void
kept(const struct call *c)
{
	saved(&c->out, &c->in, "a callee-saved register");
	SAME(c->out.rsp, 128 + c->pad + 8 * ((c->nstack + 1) & ~1ul), "the distance of rbp and rsp");
	SAME(c->out.canary, 0, "damage in the caller's frame");
	SAME(c->out.flags & 0x400, 0, "direction flag");
	SAME(c->out.mxcsr & ~0x3fu, sink_ret.mxcsr ? sink_ret.mxcsr : c->in.mxcsr, "MXCSR");
	SAME(c->out.fpcw, sink_ret.mxcsr ? sink_ret.fpcw : c->in.fpcw, "x87 control word");
	SAME(c->out.fptag, 0xffff, "x87 tag word");
}

static void
results(const struct call *c)
{
	SAME(c->out.rax, sink_ret.rax, "rax");
	SAME(c->out.rdx, sink_ret.rdx, "rdx");
	vecs(&c->out, &sink_ret, 2, "result");
	for (uint64_t i = 0; i < c->in.nst; i++)
		cr_assert_arr_eq(c->out.st[i], sink_ret.st[i], 10, "%s: st%d", what, (int)i);
}

static uintptr_t
guardword(void)
{
	uintptr_t v;
	__asm__ volatile("movq %%fs:%c1, %0" : "=r"(v) : "i"(THRUM_TCB_GUARD));
	return v;
}

static bool quick, unbalanced; // what settled cannot ask
static int erroris = -1; // what the goroutine's errno should be at the end, -1 anything

// settled: the g and the thread's words are as when nothing was called.
static void
settled(void)
{
	g *gp = getg();
	SAME(guardword(), gp->stackguard, "the guard word");
	SAME(gp->incall, 0, "g.incall");
	SAME(gp->ncallback, 0, "g.ncallback");
	SAME(gp->slow, 0, "g.slow");
	SAME(gp->nseg, 0, "g.nseg");
	if (!unbalanced)
		SAME(gp->pin, 0, "g.pin");
	if (erroris >= 0 && !quick)
		SAME(gp->err, erroris, "errno of the goroutine");
}

static void
ong(struct call *c)
{
	int status = 1;
	entry_after = settled;
	cr_assert_eq(thrum_run(entry, c, &status), 0);
	cr_assert_eq(status, 0);
}

static void
init(void)
{
	schedinit();
	cpu_vec = __builtin_cpu_supports("avx512f") ? 2 : __builtin_cpu_supports("avx") ? 1 : 0;
}

// normally, then with a stack that moves at every check
static bool
mode(int i)
{
	debug.stackmove = i;
	return i < 2;
}

#define EACHMODE for (int md_ = 0; mode(md_); md_++)

// ---- the probe itself ------------------------------------------------------------

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

static char *frame_lo, *stack_lo;

static void
note(char *sp)
{
	g *gp = getg();
	frame_lo = sp;
	stack_lo = gp->stacklo;
	cr_assert(sp >= gp->stacklo + THRUM_GUARD - 128 && sp < gp->stacklo + gp->stacksize, "%s: frame of %lu bytes leaves the stack",
		what, (unsigned long)sink_frame);
}

static void
grow(uint64_t frame)
{
	static struct call c;
	fill(&c, isink);
	setargs(&c, rnd() % 41);
	sink_frame = frame;
	sink_hook = note;
	c.pad = 16 * (rnd() % 40);
	ong(&c);
	arrived(&c, true);
	SAME(sink_got.rax, c.in.rax, "rax");
	saved(&sink_got, &c.in, "a callee-saved register on arrival");
	kept(&c);
	results(&c);
}

Test(asm, morestack_grow, .init = init, .timeout = 100)
{
	what = "__morestack, growth";
	EACHMODE {
		uint64_t before = sched.copies;
		for (uint64_t frame = 0; frame <= 5000; frame += 8)
			grow(frame);
		for (int i = 0; i < 300; i++)
			grow(8 * (rnd() % 20000));
		grow(1 << 20);
		cr_assert_gt(sched.copies, before + 300);
	}
}

Test(asm, morestack_segment, .init = init, .timeout = 100)
{
	what = "__morestack, segment";
	entry_pin = 1;
	EACHMODE {
		uint64_t before = sched.segments;
		for (uint64_t frame = 0; frame <= 5000; frame += 8)
			grow(frame);
		for (int i = 0; i < 300; i++)
			grow(8 * (rnd() % 20000));
		grow(1 << 20);
		cr_assert_gt(sched.segments, before + 300);
	}
}

static uintptr_t
givespare(uintptr_t a, uintptr_t b)
{
	g *gp = getg()->m->curg;
	(void)a;
	(void)b;
	if (!gp->segspare) {
		gp->segspare = stackalloc(2048);
		gp->segsparesize = 2048;
	}
	return 0;
}

static void
spare(struct call *c)
{
	(void)c;
	systemstack(givespare, 0, 0);
}

static void
notespare(char *sp)
{
	note(sp);
	systemstack(givespare, 0, 0);
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
		arrived(&c, true);
		SAME(sink_got.rax, c.in.rax, "rax");
		saved(&sink_got, &c.in, "a callee-saved register on arrival");
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
		arrived(&c, true);
		SAME(sink_got.rax, c.in.rax, "rax");
		saved(&sink_got, &c.in, "a callee-saved register on arrival");
		kept(&c);
		results(&c);
	}
}

// ---- foreign calls -----------------------------------------------------------------

static void
notesystem(char *sp)
{
	g *gp = getg();
	stack_lo = gp->stacklo;
	cr_assert((size_t)(sp - gp->stacklo) >= gp->stacksize, "%s: runs on the goroutine's stack", what);
}

// errno goes into the thread's and comes back.
static void
seterr(struct call *c)
{
	(void)c;
	getg()->err = 1111;
}

static void
swaperr(char *sp)
{
	notesystem(sp);
	SAME(*m0.errnop, 1111, "errno of the thread");
	*m0.errnop = erroris = (int)(rnd() % 1000);
}

static void
foreign(void *target, bool icall, uint64_t words)
{
	static struct call c;
	fill(&c, target);
	setargs(&c, words);
	c.pad = 16 * (rnd() % 8);
	sink_hook = swaperr;
	entry_before = seterr;
	if (icall)
		c.in.r10 = (uintptr_t)fsink | ((words + 1) / 2) << THRUM_ICALL_SHIFT;
	else if (words)
		c.in.r10 = (uint64_t)THRUM_ARGS_TAG << 32 | words * 8;
	else if (rnd() & 1)
		c.in.r10 = rnd() % 8 ? rnd() >> 2 : (uint64_t)THRUM_ARGS_TAG << 32 | (rnd() & 0xffff); // stale
	if (rnd() % 2) {
		sink_ret.mxcsr = rndmxcsr();
		sink_ret.fpcw = rndcw();
	}
	ong(&c);
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
	EACHMODE for (int i = 0; i < 20; i++) for (uint64_t words = 0; words <= 40; words++) foreign(thunk_fsink, false, words);
}

Test(asm, foreigncall_pinned, .init = init)
{
	what = "thrum_foreigncall from a pinned stack";
	entry_pin = 1;
	EACHMODE for (int i = 0; i < 5; i++) for (uint64_t words = 0; words <= 40; words++) foreign(thunk_fsink, false, words);
}

Test(asm, icall, .init = init)
{
	what = "thrum_icall";
	EACHMODE for (int i = 0; i < 20; i++) for (uint64_t words = 0; words <= 40; words++) foreign(thrum_icall, true, words);
}

// A target that is instrumented after all, and calls on a thread without goroutines: a jump.
Test(asm, foreigncall_direct, .init = init)
{
	static struct call c;
	for (int i = 0; i < 2000; i++) {
		static void (*const targets[])(void) = {thunk_isink, thrum_icall, thunk_fsink, thrum_icall};
		what = i & 1 ? "thrum_icall, direct" : "thrum_foreigncall, direct";
		EACHMODE {
			fill(&c, targets[i % 4]);
			setargs(&c, rnd() % 41);
			if (i & 1)
				c.in.r10 = (uintptr_t)(i % 4 == 1 ? isink : fsink) | (rnd() % 21) << THRUM_ICALL_SHIFT;
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

// ---- callbacks --------------------------------------------------------------------

static void
callback(uint64_t frame, bool spares)
{
	static struct call out, back; // the goroutine calls fprobe, which calls back
	fill(&out, thunk_probe);
	out.pad = 16 * (rnd() % 8);
	fill(&back, isink);
	out.in.rdi = (uintptr_t)&back;
	out.in.nst = 0;
	setargs(&back, rnd() % 41);
	back.pad = 16 * (rnd() % 60); // what foreign code had on the stack
	sink_frame = frame;
	sink_hook = spares ? notespare : note;
	ong(&out);
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
		uint64_t before = sched.copies;
		for (uint64_t frame = 0; frame <= 5000; frame += 8)
			callback(frame, false);
		callback(100000, false);
		cr_assert_gt(sched.copies, before + 300);
	}
}

Test(asm, callback_segment, .init = init, .timeout = 100)
{
	what = "callback into a segment";
	entry_pin = 1;
	EACHMODE {
		uint64_t before = sched.segments;
		for (uint64_t frame = 0; frame <= 5000; frame += 8) {
			entry_before = frame & 16 ? spare : NULL;
			callback(frame, frame & 8);
		}
		callback(100000, false);
		cr_assert_gt(sched.segments, before + 300);
	}
}

// ---- to the system stack and back -----------------------------------------------------

static void
again(g *gp)
{
	gogo(gp);
}

static void
againspoilt(g *gp)
{
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
leave(void)
{
	runleave(&fake);
}

static void
leavespoilt(void)
{
	__asm__ volatile("lea %0, %%rsi; jmp fspoil" : : "m"(*(char *)leave) : "rsi");
	__builtin_unreachable();
}

Test(asm, runenter_runleave, .init = init)
{
	static struct call c;
	what = "runenter and runleave";
	for (int i = 0; i < 2000; i++) {
		fill(&c, runenter);
		c.in.rdi = (uintptr_t)&fake;
		c.in.rsi = (uintptr_t)(i & 1 ? leave : leavespoilt);
		c.in.nst = 0;
		if (!(i & 1)) {
			sink_ret.mxcsr = 0x5f80;
			sink_ret.fpcw = 0xc7f;
		}
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

// ---- yield --------------------------------------------------------------------------

extern void thrum_yield_none(void);

static void
yields(int n, int rounds, bool none)
{
	struct call *cs = calloc((size_t)n, sizeof *cs);
	for (int r = 0; r < rounds; r++) {
		for (int i = 0; i < n; i++) {
			fill(&cs[i], none ? (void *)thrum_yield_none : (void *)thrum_yield);
			cs[i].in.nst = 0;
			cs[i].pad = 16 * (rnd() % 40);
			if (i > 0)
				cr_assert_eq(thrum_go(goentry, &cs[i]), 0);
		}
		// The first is main: it ends only after its yield, as all do; what is left goes on next time.
		ong(&cs[0]);
		static struct call last;
		for (int i = 0; i < 3; i++) {
			fill(&last, thrum_yield);
			last.in.nst = 0;
			ong(&last);
		}
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
	for (int move = 0; move < 2; move++) {
		debug.stackmove = move;
		yields(1, 100, false);
		yields(2, 500, false);
		yields(40, 50, false);
		yields(1000, 5, false);
	}
}

Test(asm, yield_none, .init = init, .timeout = 100)
{
	what = "thrum_yield_none";
	for (int move = 0; move < 2; move++) {
		debug.stackmove = move;
		yields(1, 100, true);
		yields(2, 500, true);
		yields(40, 50, true);
		yields(1000, 5, true);
	}
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

// ---- the bare switches ----------------------------------------------------------------

static char otherstack[4096];

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
			memcpy(&c.out, &c.in, offsetof(struct regs, rbp)), c.out.r12 = c.in.r12, c.out.r13 = c.in.r13, c.out.r14 = c.in.r14,
									   c.out.r15 = c.in.r15;
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

// ---- unsafe frames -------------------------------------------------------------------

// general compares all general registers but those whose bits are in skip.
static void
general(const struct call *c, unsigned skip)
{
	const uint64_t *a = &c->out.rax, *b = &c->in.rax;
	static const char *const names[] = {
		"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"};
	skip |= 1u << 6 | 1u << 7;
	for (int i = 0; i < 16; i++)
		if (!(skip >> i & 1))
			cr_assert_eq(a[i], b[i], "%s: %s", what, names[i]);
}

enum { RAX = 1 << 0, RCX = 1 << 2, R10 = 1 << 10, R11 = 1 << 11 };

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
		cr_assert((c.out.rax & (THRUM_UCHUNK - 1)) >= c.in.r10, "no room in the chunk at 0x%lx", (unsigned long)c.out.rax);
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

// ---- setjmp, longjmp --------------------------------------------------------------------

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
