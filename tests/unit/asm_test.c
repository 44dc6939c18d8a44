// SPDX-License-Identifier: MIT
// ldflags: tests/unit/asm_probe.S
//
// asm_test.c - every routine of arch/x86_64 keeps what it promises.
//
// A probe (asm_probe.S) puts random patterns into all registers, MXCSR, the x87 control
// word and up to 40 stack arguments, and calls a routine; a sink at the far end stores what
// arrived, spoils what a callee may spoil and returns random results. Both are then
// compared with what was sent. Vector registers are as wide as the processor has them.
//
// A p is taken away, and a goroutine asked to give way, by the thread that it runs on: the hooks call
// what sysmon would. Where it goes on is decided by a second thread (lose).

#include <criterion/criterion.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arch/arch.h"
#include "asm_probe.h"
#include "core/base/debug.h"
#include "core/base/modules.h"
#include "core/sched/preempt.h"
#include "core/sched/proc.h"
#include "core/sched/runq.h"
#include "core/stack/stack.h"
#include "thrum/preempt.h"
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
	uint64_t k[8];
	uint64_t stack[NSTACK];
};

struct call {
	struct regs in, out;
	void *target;
	uint64_t nstack; // words
	uint64_t pad;    // bytes of stack used up first
};

static_assert(offsetof(struct regs, mxcsr) == R_MXCSR && offsetof(struct regs, st) == R_ST && offsetof(struct regs, nst) == R_NST &&
		offsetof(struct regs, vec) == R_VEC && offsetof(struct regs, k) == R_K &&
		offsetof(struct regs, fptag) == R_FPTAG && offsetof(struct regs, stack) == R_STACK && sizeof(struct regs) == R_SIZE,
	"as asm_probe.h says");
static_assert(offsetof(struct call, target) == C_TARGET && sizeof(struct call) == C_SIZE, "as asm_probe.h says");

// asm_probe.S
extern struct regs sink_got, sink_ret;
extern uint64_t sink_frame, sink_nstack, entry_pin, cpu_vec, cpu_k, probe_sp;
extern void (*sink_hook)(char *sp);
extern void (*entry_before)(struct call *c), (*entry_after)(void), (*probe_before)(struct call *c);
extern thrum_gobuf bufa, bufb;
void fprobe(struct call *c), iprobe(struct call *c), fsink(void), isink(void), fspoil(void), other_sysv(void), other_none(void);
void thunk_fsink(void), thunk_quick(void), thunk_isink(void), thunk_probe(void), thunk_block(void), thunk_iblock(void);
void thunk_usleep(void), thunk_busleep(void), shell_isink(void);
void goentry(void *c), goblock(void *), goreturn(void *), jumper(void);
int entry(void *c);

// the runtime's
void __morestack(void);
void quickaway(void), thrum_looppoll(void), thrum_foreigncall(void), thrum_icall(void), thrum_uframe_slow(void), thrum_pin(void), thrum_unpin(void);
void *thrum_ualloca(size_t size, size_t align);
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
fill(struct call *c, const void *target)
{
	memset(c, 0, sizeof *c);
	rndbytes(&c->in, offsetof(struct regs, flags));
	rndbytes(c->in.vec, sizeof c->in.vec);
	rndbytes(c->in.k, sizeof c->in.k);
	rndbytes(c->in.stack, sizeof c->in.stack);
	c->in.mxcsr = rndmxcsr();
	c->in.fpcw = rndcw();
	c->in.r10 &= 0xffffffff; // no tag
	c->target = (void *)target;
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
	probe_before = NULL;
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

static uint64_t
total(size_t field)
{
	uint64_t n = 0;
	for (int i = 0; i < MAXPROCS && allp[i]; i++)
		n += load(*(_Atomic uint64_t *)((char *)allp[i] + field));
	return n;
}

#define TOTAL(field) total(offsetof(p, field))

static const char *what; // the routine under test, for messages

#define SAME(a, b, name) cr_assert((a) == (b), "%s: %s is 0x%lx, wanted 0x%lx", what, name, (unsigned long)(a), (unsigned long)(b))

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
	SAME(sink_got.fptag, 0xffff, "x87 tag word on arrival");
	for (uint64_t i = 0; i < c->nstack; i++)
		cr_assert_eq(sink_got.stack[i], c->in.stack[i], "%s: stack argument %lu of %lu is 0x%lx", what, (unsigned long)i,
			(unsigned long)c->nstack, (unsigned long)sink_got.stack[i]);
}

// same: what ran between a call and its body, both in instrumented code, has changed nothing.
static void
same(const struct call *c)
{
	arrived(c, true);
	SAME(sink_got.rax, c->in.rax, "rax");
	saved(&sink_got, &c->in, "a callee-saved register on arrival");
	for (int i = 0; cpu_k && i < 8; i++)
		cr_assert_eq(sink_got.k[i], c->in.k[i], "%s: mask register k%d on arrival", what, i);
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

extern const uintptr_t quickback;
static bool quick, unbalanced; // what settled cannot ask
static int erroris = -1; // what the goroutine's errno should be at the end, -1 anything
static uintptr_t uspis;  // the top of its unsafe frames, 0 anything

// guarded: the guard word is the g's. A request that comes while the goroutines change poisons the next one's word
// as well: that is no more than a look in vain. Without any request nobody may have left the word as it is during a
// foreign call.
static __attribute__((noinline)) bool
guarded(g *gp)
{
	static thrum_preempt_stats s; // the stack is small
	uintptr_t guard = guardword(), own = __atomic_load_n(&gp->stackguard, __ATOMIC_ACQUIRE);
	if (load(gp->preempt) || guard == own)
		return true;
	thrum_get_preempt_stats(&s);
	return guard == UINTPTR_MAX && s.asked > 0;
}

// settled: the g and the thread's words are as when nothing was called.
static void
settled(void)
{
	g *gp = getg();
	m *mp = thrum_m;
	SAME(guarded(gp), true, "the guard word kept");
	SAME(load(gp->status), Grunning, "g.status");
	SAME(gp->m, mp, "g.m");
	SAME(load(mp->curg), gp, "m.curg");
	SAME(gp->regs, NULL, "g.regs");
	SAME(gp->lockedm, NULL, "g.lockedm");
	SAME(mp->lockedg, NULL, "m.lockedg");
	SAME(load(load(mp->p)->m), mp, "the m of the p");
	SAME(locksheld, 0, "locks held");
	SAME(thrum_m->incall, 0, "m.incall");
	SAME(gp->ncallback, 0, "g.ncallback");
	SAME(gp->slow & ~SlowTrack, 0, "g.slow");
	SAME(gp->nseg, 0, "g.nseg");
	if (!unbalanced)
		SAME(gp->pin, 0, "g.pin");
	if (uspis)
		SAME(gettcb_usp(), uspis, "the top of the unsafe frames");
	if (erroris >= 0 && !quick)
		SAME(gp->err, erroris, "errno of the goroutine");
}

static void
ongthen(struct call *c, void (*after)(void))
{
	int status = 1;
	entry_after = after;
	uspis = 0;
	cr_assert_eq(thrum_run(entry, c, &status), 0);
	cr_assert_eq(status, 0);
}

static void
ong(struct call *c)
{
	ongthen(c, settled);
}

static void
init(void)
{
	schedinit();
	thrum_fpexact = 1; // the probe changes MXCSR itself, and no module record says so
	cpu_vec = __builtin_cpu_supports("avx512f") ? 2 : __builtin_cpu_supports("avx") ? 1 : 0;
	cpu_k = __builtin_cpu_supports("avx512bw");
}

// one p: what runs next is known
static void
init1(void)
{
	init();
	thrum_maxprocs(1);
}

// rest runs what is left.
static void
rest(void)
{
	static struct call c;
	entry_before = NULL;
	for (int i = 0; i == 0 || (goroutines() > 0 && i < 1000); i++) {
		fill(&c, thunk_busleep);
		c.in.rdi = i ? 5000 : 100; // usec
		c.in.nst = 0;
		ong(&c);
	}
	cr_assert_eq(goroutines(), 0, "%s: goroutines are left", what);
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
noteframe(char *sp)
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
	noteframe(sp);
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
	thrum_ualloca(64, 16);
	uspis = gettcb_usp();
}

static void
swaperr(char *sp)
{
	notesystem(sp);
	SAME(*thrum_m->errnop, 1111, "errno of the thread");
	*thrum_m->errnop = erroris = (int)(rnd() % 1000);
}

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
		c.in.r10 = rnd() % 8 ? rnd() >> 2 : (uint64_t)THRUM_ARGS_TAG << 32 | (rnd() & 0xffff); // stale
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
	EACHMODE for (int i = 0; i < 20; i++) for (uint64_t words = 0; words <= 40; words++) foreign(thunk_fsink, false, words, swaperr, settled);
}

Test(asm, foreigncall_pinned, .init = init)
{
	what = "thrum_foreigncall from a pinned stack";
	entry_pin = 1;
	EACHMODE for (int i = 0; i < 5; i++) for (uint64_t words = 0; words <= 40; words++) foreign(thunk_fsink, false, words, swaperr, settled);
}

Test(asm, icall, .init = init)
{
	what = "thrum_icall";
	EACHMODE for (int i = 0; i < 20; i++) for (uint64_t words = 0; words <= 40; words++) foreign(thrum_icall, true, words, swaperr, settled);
}

// A target that is instrumented after all, and calls on a thread without goroutines: a jump.
Test(asm, foreigncall_direct, .init = init)
{
	static struct call c;
	for (int i = 0; i < 2000; i++) {
		static void (*const targets[])(void) = {thunk_isink, thrum_icall, thunk_fsink, thrum_icall, thunk_iblock, thrum_icall,
			thunk_block, thrum_icall};
		what = i & 1 ? "thrum_icall, direct" : i & 4 ? "thrum_blockcall, direct" : "thrum_foreigncall, direct";
		EACHMODE {
			fill(&c, targets[i % 8]);
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

// ---- foreign calls that lose their p -------------------------------------------------

// Where the goroutine goes on.
enum how {
	Claimed, // nowhere: somebody has looked at it
	Idle,    // the p is idle: it is taken again
	Here,    // it waits in the queue; then this thread has a p again
	There,   // ... or another thread has
	NHOW,
};

static enum how how;
static p *lost;
static g *waiter;
static m *waiterm;
static bool waiterlocked;
static _Atomic bool helping;
static int elsewhere; // goroutines that went on on another m

// first and last in the list of idle ms. sched.lock.
static void
movem(m *mp, bool last)
{
	m **at = &sched.midle;
	while (*at != mp)
		at = &(*at)->schedlink;
	*at = mp->schedlink;
	for (at = &sched.midle; last && *at; at = &(*at)->schedlink)
		;
	mp->schedlink = *at;
	*at = mp;
}

// helper gives the lost p away, when the goroutine is in the queue and its m sleeps.
static void *
helper(void *unused)
{
	(void)unused;
	for (bool asleep = false; !asleep; usleep(20)) {
		lock(&sched.lock);
		asleep = load(waiter->status) == Grunnable && (waiterlocked ? waiterm->lockedg == waiter : waiterm->idle);
		unlock(&sched.lock);
	}
	bool alone = false;
	if (!waiterlocked) {
		lock(&sched.lock);
		movem(waiterm, how == There);
		alone = how == There && sched.midle == waiterm;
		if (alone) { // a new thread
			sched.midle = NULL;
			waiterm->idle = false;
			sched.nmidle--;
		}
		unlock(&sched.lock);
	}
	startm(lost, false);
	if (alone) {
		lock(&sched.lock);
		waiterm->schedlink = sched.midle;
		sched.midle = waiterm;
		waiterm->idle = true;
		sched.nmidle++;
		unlock(&sched.lock);
	}
	helping = false;
	return NULL;
}

// lose takes the p away from the foreign call that the calling thread is in. stays: when it comes back,
// the goroutine is locked to this thread.
static void
lose(bool stays)
{
	m *mp = thrum_m;
	g *gp = load(mp->curg);
	if (how == Claimed) {
		atomic_fetch_or(&mp->claim, ClaimSlow);
		return;
	}
	if ((lost = load(mp->p))) {
		cr_assert(retake(lost, true, 0, 0), "%s: the p cannot be taken away", what);
		SAME(load(gp->status), Gsyscall, "g.status");
	} else { // thrum_blockcall has given it away
		SAME(load(gp->status), Gsyscall, "g.status");
		lock(&sched.lock);
		lost = pidleget();
		unlock(&sched.lock);
		cr_assert(lost, "%s: no p is idle", what);
	}
	if (how == Idle) {
		lock(&sched.lock);
		pidleput(lost);
		unlock(&sched.lock);
		return;
	}
	waiter = gp;
	waiterm = mp;
	waiterlocked = stays;
	helping = true;
	pthread_t t;
	cr_assert_eq(pthread_create(&t, NULL, helper, NULL), 0);
	pthread_detach(t);
}

// found: the goroutine goes on. On its own stack.
static void
found(void)
{
	while (helping) // it still reorders the ms
		__asm__ volatile("syscall" : : "a"(24) : "rcx", "r11", "memory"); // sched_yield
	m *mp = thrum_m;
	if (how == Claimed && sched.asymmetric)
		atomic_fetch_and(&mp->claim, ~(uint32_t)ClaimSlow);
	if (how >= Here) {
		elsewhere += mp != waiterm;
		SAME(mp != waiterm, how == There && !waiterlocked, "going on on another m");
	}
	settled();
}

static void
swaperrlose(char *sp)
{
	swaperr(sp);
	lose(locked(getg()));
}

static void
foreignlost(void *target, bool icall, int each)
{
	for (how = 0; how < NHOW; how++) EACHMODE for (int i = 0; i < each; i++) foreign(target, icall, rnd() % 41, swaperrlose, found);
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
	EACHMODE for (int i = 0; i < 5; i++) for (uint64_t words = 0; words <= 40; words++) foreign(thunk_block, false, words, swaperr, settled);
	what = "thrum_blockcall that finds no p";
	for (how = Idle; how < NHOW; how++) EACHMODE for (int i = 0; i < 50; i++)
		foreign(thunk_block, false, rnd() % 41, swaperrlose, found);
	cr_assert_gt(elsewhere, 50);
}

Test(asm, blockcall_procs, .init = init, .timeout = 100)
{
	what = "thrum_blockcall, several ps";
	thrum_maxprocs(4);
	EACHMODE for (int i = 0; i < 5; i++) for (uint64_t words = 0; words <= 40; words++) foreign(thunk_block, false, words, swaperr, settled);
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

// ---- callbacks --------------------------------------------------------------------

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
	back.pad = 16 * (rnd() % 60); // what foreign code had on the stack
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

// The p is gone when foreign code calls back. What runs below foreign frames stays on its thread.
Test(asm, callback_lost, .init = init1, .timeout = 100)
{
	what = "callback after the loss of the p";
	for (int pin = 0; pin < 2; pin++) {
		entry_pin = pin;
		for (how = 0; how < NHOW; how++) EACHMODE for (uint64_t frame = 0; frame < 2000; frame += 32) callback(frame, false, true);
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
		fill(&out, thunk_probe); // the goroutine calls fprobe, which calls iprobe, which calls fprobe, which calls fsink
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
		saved(&last.out, &last.in, "a callee-saved register of the second foreign function");
		results(&last);
		saved(&in.out, &in.in, "a callee-saved register of the callback");
		saved(&back.out, &back.in, "a callee-saved register of the first foreign function");
		saved(&out.out, &out.in, "a callee-saved register of the goroutine");
		SAME(out.out.canary | back.out.canary | in.out.canary | last.out.canary, 0, "damage in a frame");
	}
}

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

// ---- giving way in a prologue ---------------------------------------------------------

static bool block;         // another goroutine comes first, and leaves the thread with a blocking call
static uint32_t switches;  // before
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
	for (entry_pin = 0; entry_pin < 2; entry_pin++) EACHMODE for (uint64_t frame = 0; frame <= 3000; frame += 40) preempted(frame);
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

// ---- giving way in a loop -------------------------------------------------------------

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
	for (entry_pin = 0; entry_pin < 2; entry_pin++) EACHMODE for (int i = 0; i < 50; i++) looppoll(true);
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

// ---- to the system stack and back -----------------------------------------------------

static void
again(g *gp)
{
	gogo(gp);
}

static void
againspoilt(g *gp)
{
	thrum_m->mxcsr = 0x5f80; // fspoil's: the scheduler itself does not change them
	thrum_m->fpcw = 0xc7f;
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

// ---- yield --------------------------------------------------------------------------

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
		// The first is main: it ends only after its yield, as all do; what is left goes on next time.
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

// ---- variadic functions --------------------------------------------------------------

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
			cr_assert_arr_eq((char *)(list + 10 + 2 * n), c.in.vec[n], 16, "xmm%d in the list", n);
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
