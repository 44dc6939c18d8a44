// SPDX-License-Identifier: MIT
// asm_harness.c - see asm_harness.h.

#include "asm_harness.h"

#include <criterion/criterion.h>
#include <string.h>

#include "core/base/modules.h"
#include "core/stack/stack.h"

// As asm_probe.h says.
#define AT(type, field, offset) static_assert(offsetof(type, field) == (offset), #field)
AT(struct regs, mxcsr, R_MXCSR);
AT(struct regs, st, R_ST);
AT(struct regs, nst, R_NST);
AT(struct regs, vec, R_VEC);
AT(struct regs, k, R_K);
AT(struct regs, fptag, R_FPTAG);
AT(struct regs, stack, R_STACK);
AT(struct call, target, C_TARGET);
static_assert(sizeof(struct regs) == R_SIZE && sizeof(struct call) == C_SIZE, "sizes");

const char *what;
bool quick, unbalanced;
int erroris = -1, elsewhere;
uintptr_t uspis;

static uint64_t seed = 88172645463325252;

uint64_t
rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	return seed ^= seed << 17;
}

uint32_t
rndmxcsr(void)
{
	return 0x1f80 | (uint32_t)(rnd() & 0xe040);
}

uint16_t
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

void
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

void
setargs(struct call *c, uint64_t words)
{
	c->nstack = sink_nstack = words;
}

static size_t
width(void)
{
	return (size_t)16 << cpu_vec;
}

uint64_t
total(size_t field)
{
	uint64_t n = 0;
	for (int i = 0; i < MAXPROCS && allp[i]; i++)
		n += load(*(_Atomic uint64_t *)((char *)allp[i] + field));
	return n;
}

void
saved(const struct regs *a, const struct regs *b, const char *where)
{
	SAME(a->rbx, b->rbx, where);
	SAME(a->r12, b->r12, where);
	SAME(a->r13, b->r13, where);
	SAME(a->r14, b->r14, where);
	SAME(a->r15, b->r15, where);
}

void
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

void
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
		cr_assert_eq(sink_got.stack[i], c->in.stack[i], "%s: stack argument %lu of %lu is 0x%lx",
			what, (unsigned long)i, (unsigned long)c->nstack, (unsigned long)sink_got.stack[i]);
}

void
same(const struct call *c)
{
	arrived(c, true);
	SAME(sink_got.rax, c->in.rax, "rax");
	saved(&sink_got, &c->in, "a callee-saved register on arrival");
	for (int i = 0; cpu_k && i < 8; i++)
		cr_assert_eq(sink_got.k[i], c->in.k[i], "%s: mask register k%d on arrival", what, i);
}

void
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

void
results(const struct call *c)
{
	SAME(c->out.rax, sink_ret.rax, "rax");
	SAME(c->out.rdx, sink_ret.rdx, "rdx");
	vecs(&c->out, &sink_ret, 2, "result");
	for (uint64_t i = 0; i < c->in.nst; i++)
		cr_assert_arr_eq(c->out.st[i], sink_ret.st[i], 10, "%s: st%d", what, (int)i);
}

void
general(const struct call *c, unsigned skip)
{
	const uint64_t *a = &c->out.rax, *b = &c->in.rax;
	static const char *const names[] = {"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", "r8",
		"r9", "r10", "r11", "r12", "r13", "r14", "r15"};
	skip |= 1u << 6 | 1u << 7;
	for (int i = 0; i < 16; i++)
		if (!(skip >> i & 1))
			cr_assert_eq(a[i], b[i], "%s: %s", what, names[i]);
}

static uintptr_t
guardword(void)
{
	uintptr_t v;
	__asm__ volatile("movq %%fs:%c1, %0" : "=r"(v) : "i"(THRUM_TCB_GUARD));
	return v;
}

// guarded: the guard word is the g's. A request that comes during a switch of goroutines poisons
// the next one's word as well, which costs one needless check. If there was no request, the word
// must not be what it is during a foreign call.
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

void
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

void
ongthen(struct call *c, void (*after)(void))
{
	int status = 1;
	entry_after = after;
	uspis = 0;
	cr_assert_eq(thrum_run(entry, c, &status), 0);
	cr_assert_eq(status, 0);
}

void
ong(struct call *c)
{
	ongthen(c, settled);
}

void
init(void)
{
	schedinit();
	thrum_fpexact = 1; // the probe changes MXCSR itself, and no module record says so
	cpu_vec = __builtin_cpu_supports("avx512f") ? 2 : __builtin_cpu_supports("avx") ? 1 : 0;
	cpu_k = __builtin_cpu_supports("avx512bw");
}

void
init1(void)
{
	init();
	thrum_maxprocs(1);
}

void
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

bool
mode(int i)
{
	debug.stackmove = i;
	return i < 2;
}

// ---- hooks -------------------------------------------------------------------------

void
noteframe(char *sp)
{
	g *gp = getg();
	cr_assert(sp >= gp->stacklo + THRUM_GUARD - 128 && sp < gp->stacklo + gp->stacksize,
		"%s: frame of %lu bytes leaves the stack", what, (unsigned long)sink_frame);
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

void
spare(struct call *c)
{
	(void)c;
	systemstack(givespare, 0, 0);
}

void
notespare(char *sp)
{
	noteframe(sp);
	systemstack(givespare, 0, 0);
}

void
notesystem(char *sp)
{
	g *gp = getg();
	cr_assert((size_t)(sp - gp->stacklo) >= gp->stacksize, "%s: runs on the goroutine's stack", what);
}

void
seterr(struct call *c)
{
	(void)c;
	getg()->err = 1111;
	thrum_ualloca(64, 16);
	uspis = gettcb_usp();
}

void
swaperr(char *sp)
{
	notesystem(sp);
	SAME(*thrum_m->errnop, 1111, "errno of the thread");
	*thrum_m->errnop = erroris = (int)(rnd() % 1000);
}
