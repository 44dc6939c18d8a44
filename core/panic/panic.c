// SPDX-License-Identifier: MIT
//
// panic.c - deferred calls, panics, recovery, and the end of a goroutine.
//
// A deferred call is a record in the frame of the block that has registered it (an unsafe frame, or
// a stack that never moves). The records form a list, newest first: defers.top, of the goroutine or
// of the thread. The compiler's attribute `cleanup` removes the record and makes the call when the
// block is left. So defer costs a push and a pop, and nothing is allocated.
//
// A panic does not unwind frame by frame. gopanic takes the records off the list and makes their
// calls on top of the stack as it is, so a report still shows the frames that have panicked. A
// *landing* is a record that also has a jmp_buf. If the panic is recovered there, control jumps
// into the landing's function, and all frames since are gone. thrum_goexit unwinds in the same way,
// but only the end of the goroutine ends it.
//
// Panics nest: a deferred call that a panic makes may panic itself. The new panic goes on through
// the rest of the list. If it is recovered at a record older than the first panic, the frames of
// the first panic go too: that panic is over, "aborted" in Go's words. Numbers tell which panics
// those are: a record knows how many panics were in progress when it was registered, and all later
// ones end with it. A goexit cannot be ended so: if it is among them, the unwinding goes on as that
// goexit.
//
//	registered        panics         d1 (npanic 0) <- d2 (npanic 0)
//	panic 1 calls d2                 d1             d2 defers d3 (npanic 1)
//	d2 panics: 2 calls d3            d1             d3 recovers: 2 ends, 1 goes on
//	d2 panics: 2 calls d1                           d1 recovers: 1 and 2 end
//
// Foreign frames are never unwound. A record's level counts the crossings between instrumented and
// foreign code below it. A panic that comes to a record of another level than its own would have to
// cross, and is fatal.
//
// longjmp drops the records of the frames it leaves, without their calls, as C programs expect, and
// ends the panics that were raised since. A jmp_buf of a goroutine holds the top of the list. A
// jmp_buf of glibc's form holds only sp, so records and panics with a lower sp are dropped. That
// misses a jump within one function out of a block that has deferred; it is found when an outer
// block ends.
//
// Only the owner touches its list, and interrupts leave the list as it was, so no lock is needed.

#include "core/panic/panic.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "arch/arch.h"
#include "core/base/os.h"
#include "core/base/print.h"
#include "core/diag/crash.h"
#include "core/diag/traceback.h"
#include "core/panic/jmpbuf.h"
#include "core/sched/proc.h"
#include "core/stack/stack.h"

enum kind {
	Call,    // fn(arg)
	Recover, // fn(arg, p), may recover; a landing
	Try,     // recovers by itself; a landing
};

enum state { Registered, Landed, Caught };

static_assert(sizeof(jmpbuf) <= sizeof ((thrum_landing *)0)->buf, "a landing holds a jmp_buf");
static_assert(offsetof(jmpbuf, mask) == offsetof(jmpbuf, top), "where no mask is saved");

static _Thread_local defers threaddefers __attribute__((tls_model("initial-exec")));

static inline defers *
mine(void)
{
	g *gp = getg();
	return gp ? &gp->defers : &threaddefers;
}

// onown tells whether sp is on gp's own stack.
static inline bool
onown(const g *gp, uintptr_t sp)
{
	return sp - (uintptr_t)gp->stacklo < gp->stacksize;
}

static inline uint32_t
levelof(const g *gp, uintptr_t sp)
{
	return gp ? 2 * gp->ncallback + !onown(gp, sp) : 0;
}

// ---- records -------------------------------------------------------------------

static inline void
push(thrum_defer *d, void (*fn)(void *), void *arg, enum kind kind, uintptr_t sp)
{
	g *gp = getg();
	defers *ds = gp ? &gp->defers : &threaddefers;
	d->next = ds->top;
	d->fn = fn;
	d->arg = arg;
	d->sp = sp;
	d->level = levelof(gp, sp);
	d->npanic = ds->npanic;
	d->kind = kind;
	d->state = Registered;
	ds->top = d;
}

static inline void
pop(thrum_defer *d)
{
	defers *ds = mine();
	if (ds->top != d)
		fatal("a block with deferred calls was left by foreign code, or out of order: leave it by its end, break, goto or return");
	ds->top = d->next;
}

API void
thrum_defer_begin(thrum_defer *d, void (*fn)(void *), void *arg)
{
	push(d, fn, arg, Call, (uintptr_t)__builtin_frame_address(0));
}

API void
thrum_defer_pop(thrum_defer *d)
{
	pop(d);
}

API void
thrum_landing_begin(thrum_landing *l, void (*fn)(void *, thrum_panicinfo *), void *arg)
{
	l->usp = gettcb_usp();
	push(&l->d, (void (*)(void *))(void (*)(void))fn, arg, Recover, (uintptr_t)__builtin_frame_address(0));
}

API bool
thrum_landing_pop(thrum_landing *l)
{
	if (l->d.state != Registered)
		return false;
	pop(&l->d);
	return true;
}

API thrum_try *
thrum_try_begin(thrum_try *t)
{
	t->l.usp = gettcb_usp();
	push(&t->l.d, NULL, NULL, Try, (uintptr_t)__builtin_frame_address(0));
	return t;
}

API const thrum_panicinfo *
thrum_try_caught(thrum_try *t)
{
	t->l.d.state = Caught;
	return &t->info;
}

API void
thrum_try_end(thrum_try *t)
{
	if (t->l.d.state == Landed)
		fatal("THRUM_TRY without THRUM_CATCH: a panic was caught and has no handler");
	if (t->l.d.state == Registered)
		pop(&t->l.d);
}

void
defersto(g *gp, thrum_defer *top, uint32_t npanic)
{
	defers *ds = &gp->defers;
	ds->top = top;
	while (ds->npanic > npanic) {
		ds->panic = ds->panic->link;
		ds->npanic--;
	}
}

void
defersabove(g *gp, uintptr_t sp)
{
	defers *ds = gp ? &gp->defers : &threaddefers;
	uint32_t level = levelof(gp, sp);
	// The frame address of thrum_defer_begin is 16 bytes below its caller's sp.
	while (ds->top && (ds->top->level > level || (ds->top->level == level && ds->top->sp + 16 < sp)))
		ds->top = ds->top->next;
	while (ds->panic && (ds->panic->level > level || (ds->panic->level == level && ds->panic->sp + 16 < sp))) {
		ds->panic = ds->panic->link;
		ds->npanic--;
	}
	if (gp && ds->top)
		gp->slow |= SlowJumped;
}

// ---- the report ------------------------------------------------------------------

static void
line(const panicking *p, bool first)
{
	print("%spanic: %s%s", first ? "" : "\t", p->info.text, p->recovered ? " [recovered]" : "");
}

// lines prints all panics that are not recovered for good, the first one first.
static void
lines(const panicking *last)
{
	bool first = true;
	for (uint32_t i = 1; i <= last->number; i++) {
		const panicking *p = last;
		while (p->number > i)
			p = p->link;
		if (p->goexit)
			continue;
		if (!first)
			print("\n");
		line(p, first);
		first = false;
	}
}

// origin prints the place where the panic came up, if that goroutine has ended.
static void
origin(const panicking *p)
{
	const thrum_origin *o = p->origin;
	print("\n");
	if (o && tracelevel != TraceNone) {
		print("\n");
		tracebackpcs(o->goid, "ended by this panic", o->pc, o->n, o->gopc);
	}
}

static void
head(const void *newest)
{
	lines(newest);
	origin(newest);
}

static void
headcrossing(const void *newest)
{
	const panicking *p = newest;
	const g *gp = getg();
	lines(p);
	if (p->level % 2 == 0)
		print(" [in a callback: its foreign caller cannot be unwound, so recover within the callback]");
	else if (gp->m && p->sp - (uintptr_t)gp->m->syslo < (uintptr_t)(gp->m->syshi - gp->m->syslo))
		print(" [in a foreign function, which cannot be unwound]");
	else
		print(" [in a signal handler: the interrupted code cannot be unwound, so recover within the handler]");
	origin(p);
}

static uintptr_t
origin_m(uintptr_t a, uintptr_t frame)
{
	thrum_origin *o = (thrum_origin *)a;
	regs r;
	callerregs(&r, frame);
	o->n = tracepcs(&r, o->pc, THRUM_ORIGIN);
	return 0;
}

void
panicorigin(const panicking *p, thrum_origin *o)
{
	const g *gp = getg();
	if (p->origin) {
		__builtin_memcpy(o, p->origin, sizeof *o);
		return;
	}
	o->goid = gp->goid;
	o->gopc = gp->gopc;
	systemstack(origin_m, (uintptr_t)o, (uintptr_t)__builtin_frame_address(0));
}

// ---- unwinding -------------------------------------------------------------------

static void
ended_m(g *gp)
{
	gogo(goexit_m(gp));
}

// finish is called when all deferred calls are done.
static _Noreturn void
finish(panicking *p)
{
	g *gp = getg();
	if (!p->goexit && !(gp && gp->onend))
		fatalby(head, p);
	if (gp->onend)
		gp->onend(gp, p->goexit ? NULL : p);
	gp->defers = (defers){0};
	mcall(ended_m);
	__builtin_unreachable();
}

// jump goes to the place where a landing was made. It is a function of its own, because it must
// have no unsafe frame.
static __attribute__((noinline)) _Noreturn void
jump(thrum_landing *l)
{
	settcb_usp(uback(l->usp));
	thrum_longjmp(l->buf, 1);
}

// land ends p and the panics that are newer than the record l, and jumps to l. Returns: only if a
// goexit is among them.
static void
land(defers *ds, panicking *p, thrum_landing *l)
{
	bool goexit = false;
	if (l->d.kind == Try)
		__builtin_memcpy(&((thrum_try *)l)->info, &p->info, sizeof p->info);
	for (panicking *q = p; q && q->number > l->d.npanic; q = q->link)
		goexit |= q->goexit;
	if (goexit) {
		p->goexit = true;
		p->recovered = false;
		return;
	}
	l->d.state = Landed;
	((jmpbuf *)l->buf)->top = l->d.next;
	while (ds->npanic > l->d.npanic) {
		ds->panic = ds->panic->link;
		ds->npanic--;
	}
	jump(l);
}

static void
call(const g *gp, thrum_defer *d, thrum_panicinfo *info)
{
	void (*fn)(void *, thrum_panicinfo *) = (void (*)(void *, thrum_panicinfo *))(void (*)(void))d->fn;
	if (gp && gp->stackkind == StackCopy && onown(gp, (uintptr_t)__builtin_frame_address(0)))
		calluser((void (*)(void))fn, d->arg, info);
	else
		fn(d->arg, info);
}

_Noreturn void
gopanic(panicking *p)
{
	g *gp = getg();
	defers *ds = mine();
	p->sp = (uintptr_t)__builtin_frame_address(0);
	p->level = levelof(gp, p->sp);
	p->link = ds->panic;
	p->number = ++ds->npanic;
	ds->panic = p;
	for (;;) {
		thrum_defer *d = ds->top;
		if (!d)
			finish(p);
		if (d->level != p->level)
			fatalby(headcrossing, p);
		ds->top = d->next;
		if (d->kind == Try)
			p->recovered = !p->goexit;
		else
			call(gp, d, d->kind == Recover && !p->goexit ? &p->info : NULL);
		if (p->recovered)
			land(ds, p, (thrum_landing *)d);
	}
}

// ---- the API ---------------------------------------------------------------------

static inline void
init(panicking *p)
{
	p->info.value = NULL;
	p->info.signal = 0;
	p->info.addr = NULL;
	p->origin = NULL;
	p->goexit = p->recovered = false;
}

static uintptr_t
pointertext(uintptr_t a, uintptr_t value)
{
	thrum_panicinfo *info = (thrum_panicinfo *)a;
	info->text[printto(info->text, THRUM_PANIC_TEXT - 1, "(void *) %p", (void *)value)] = 0;
	return 0;
}

API _Noreturn void
thrum_panic_value(void *value, const char *text)
{
	panicking p;
	init(&p);
	p.info.value = value;
	if (text) {
		size_t n = strnlen(text, THRUM_PANIC_TEXT - 1);
		memcpy(p.info.text, text, n);
		p.info.text[n] = 0;
	} else {
		systemstack(pointertext, (uintptr_t)&p.info, (uintptr_t)value);
	}
	gopanic(&p);
}

API _Noreturn void
thrum_panic(const char *text)
{
	thrum_panic_value(NULL, text ? text : "(null)");
}

struct format {
	const char *fmt;
	va_list ap;
};

static uintptr_t
formattext(uintptr_t a, uintptr_t b)
{
	struct format *f = (struct format *)b;
	vsnprintf(((thrum_panicinfo *)a)->text, THRUM_PANIC_TEXT, f->fmt, f->ap);
	return 0;
}

// No compiler checks the stack of a variadic function, and its va_list holds addresses of the
// stack. Nothing here moves the stack before the text is made.
API _Noreturn void
thrum_panicf(const char *fmt, ...)
{
	panicking p;
	struct format f;
	f.fmt = fmt;
	va_start(f.ap, fmt);
	systemstack(formattext, (uintptr_t)&p.info, (uintptr_t)&f);
	va_end(f.ap);
	init(&p);
	gopanic(&p);
}

static __attribute__((noinline)) _Noreturn void
unwindall(void)
{
	panicking p;
	init(&p);
	p.goexit = true;
	gopanic(&p);
}

PARKS _Noreturn void
thrum_goexit(void)
{
	g *gp = getg();
	if (!gp)
		fatal("thrum_goexit outside a goroutine: a plain thread returns from its function instead");
	if (gp->ncallback > 0)
		fatal("thrum_goexit in a callback: its foreign caller cannot be unwound, so return from the callback first");
	if (gp->defers.top || gp->defers.panic || gp->onend)
		unwindall();
	mcall(ended_m);
	__builtin_unreachable();
}

API bool
thrum_recover(const thrum_panicinfo *info)
{
	panicking *p = mine()->panic;
	if (!p || info != &p->info || p->recovered || p->goexit)
		return false;
	return p->recovered = true;
}
