// SPDX-License-Identifier: MIT
//
// panic.c - random programs of calls, deferred calls, panics, recoveries, goexits and jumps, run by
// goroutines and by a reference that follows the rules of Go's specification: both must leave the
// same trace.
//
//	panic PROGRAMS SEED [GOROUTINES]
//
// A program is a table of functions, each a list of operations. The reference knows no stack to
// unwind: a function returns how it ended, by return, by a panic or by goexit, and its caller runs
// what is deferred.

#define _GNU_SOURCE
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#define NFUNC 12
#define NOP 6
#define FUEL 400   // operations of one run
#define TRACE 8192 // entries

enum op { Call, Defer, DeferRecover, Try, Panic, Goexit, Recover, Yield, Grow, Sort, Jump, NKIND };

struct func {
	int n;
	struct {
		uint8_t kind, f, g;
	} op[NOP];
};

// One run of a program.
struct run {
	struct func func[NFUNC];
	int fuel, level; // level: callbacks
	uint64_t seed;
	int n;
	uint32_t trace[TRACE];
};

static uint64_t
next(uint64_t *s)
{
	uint64_t x = *s;
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return *s = x;
}

static void
generate(struct run *r, uint64_t seed)
{
	static const uint8_t often[] = {Call, Call, Call, Defer, Defer, Defer, DeferRecover, DeferRecover, DeferRecover, Try, Try, Panic, Panic, Recover,
		Recover, Recover, Recover, Goexit, Yield, Grow, Sort, Jump};
	r->seed = seed;
	uint64_t s = seed * 0x9e3779b97f4a7c15u | 1;
	for (int i = 0; i < NFUNC; i++) {
		r->func[i].n = 1 + (int)((next(&s) >> 20) % NOP);
		for (int k = 0; k < r->func[i].n; k++) {
			uint64_t x = next(&s) >> 11;
			r->func[i].op[k].kind = often[x % sizeof often];
			r->func[i].op[k].f = (uint8_t)((x >> 8) % NFUNC);
			r->func[i].op[k].g = (uint8_t)((x >> 16) % NFUNC);
		}
	}
}

static void
begin(struct run *r)
{
	r->fuel = FUEL;
	r->level = 0;
	r->n = 0;
}

static void
note(struct run *r, int what, int f, int k, int value)
{
	if (r->n < TRACE)
		r->trace[r->n++] = (uint32_t)(what << 28 | f << 20 | k << 16 | (value & 0xffff));
}

enum { NoteOp, NoteCaught, NoteRecover, NoteEnd };

// ---- the reference -------------------------------------------------------------

enum end { Return, Panics, Exits };

struct status {
	enum end end;
	int value;   // of the panic
	bool exits;  // a goexit that the panic has interrupted
};

struct rpanic {
	int value;
	bool recovered;
};

static struct status rcall(struct run *r, int f, struct rpanic *p);

static struct status
rops(struct run *r, int f, int k, struct rpanic *p)
{
	struct status ok = {Return, 0, false}, s;
	if (k == r->func[f].n || r->fuel <= 0)
		return ok;
	r->fuel--;
	int a = r->func[f].op[k].f, b = r->func[f].op[k].g;
	enum op kind = r->func[f].op[k].kind;
	note(r, NoteOp, f, k, kind);
	switch (kind) {
	case Call:
	case Sort: // calls within a callback: no panic may leave it, so it is caught there
		if (kind == Sort)
			r->level++;
		s = rcall(r, a, NULL);
		if (kind == Sort) {
			r->level--;
			if (s.end == Panics) {
				note(r, NoteCaught, f, k, s.value);
				s = ok;
			}
		}
		break;
	case Defer:
	case DeferRecover: {
		s = rops(r, f, k + 1, p);
		// The rest has ended in some way; now the deferred call.
		struct rpanic mine = {s.value, false};
		struct status d = rcall(r, a, kind == DeferRecover && s.end == Panics ? &mine : NULL);
		bool exits = s.end == Exits || s.exits;
		if (d.end == Return) {
			if (mine.recovered)
				return exits ? (struct status){Exits, 0, false} : ok;
			return s;
		}
		// It replaces the other; an interrupted goexit goes on if it is recovered.
		if (d.end == Panics)
			d.exits |= exits;
		return d;
	}
	case Try:
		s = rcall(r, a, NULL);
		if (s.end == Panics && s.exits)
			s = (struct status){Exits, 0, false};
		if (s.end == Panics) {
			note(r, NoteCaught, f, k, s.value);
			s = rcall(r, b, NULL);
		}
		break;
	case Panic:
		return (struct status){Panics, f * NOP + k, false};
	case Goexit:
		if (r->level == 0)
			return (struct status){Exits, 0, false};
		s = ok;
		break;
	case Recover:
		note(r, NoteRecover, f, k, !p ? -1 : p->recovered ? -2 : p->value);
		if (p)
			p->recovered = true;
		s = ok;
		break;
	default:
		s = ok;
		break;
	}
	return s.end == Return ? rops(r, f, k + 1, p) : s;
}

static struct status
rcall(struct run *r, int f, struct rpanic *p)
{
	return rops(r, f, 0, p);
}

// ---- the real thing ------------------------------------------------------------

static void xops(struct run *r, int f, int k, thrum_panicinfo *p);

struct deferred {
	struct run *r;
	int f;
};

static void
xdeferred(void *arg)
{
	struct deferred *d = arg;
	xops(d->r, d->f, 0, NULL);
}

static void
xdeferredrecover(void *arg, thrum_panicinfo *p)
{
	struct deferred *d = arg;
	xops(d->r, d->f, 0, p);
}

static int
grow(int n)
{
	char b[700];
	memset(b, n, sizeof b);
	char *volatile p = b;
	return n == 0 ? 0 : grow(n - 1) + p[3] - n;
}

static __thread struct {
	struct run *r;
	int f, k;
} sorting;

static int
compare(const void *a, const void *b)
{
	int kept[3] = {sorting.f, sorting.k, 0};
	struct run *r = sorting.r;
	(void)a;
	(void)b;
	THRUM_TRY {
		xops(r, r->func[kept[0]].op[kept[1]].f, 0, NULL);
	} THRUM_CATCH(p) {
		note(r, NoteCaught, kept[0], kept[1], atoi(p->text));
	}
	return 0;
}

static void
jumpsout(jmp_buf *b, int n)
{
	struct deferred never = {NULL, 0};
	THRUM_DEFER(xdeferred, &never); // dropped
	if (n > 0)
		jumpsout(b, n - 1);
	longjmp(*b, 1);
}

static void
jumps(void)
{
	jmp_buf b;
	if (setjmp(b) == 0)
		jumpsout(&b, 3);
}

static void
xdefer(struct run *r, int f, int k, thrum_panicinfo *p, bool recover)
{
	struct deferred d = {r, r->func[f].op[k].f};
	if (recover) {
		THRUM_DEFER_RECOVER(xdeferredrecover, &d, );
		xops(r, f, k + 1, p);
	} else {
		THRUM_DEFER(xdeferred, &d);
		xops(r, f, k + 1, p);
	}
}

static void
xtry(struct run *r, int f, int k)
{
	THRUM_TRY {
		xops(r, r->func[f].op[k].f, 0, NULL);
	} THRUM_CATCH(c) {
		note(r, NoteCaught, f, k, atoi(c->text));
		xops(r, r->func[f].op[k].g, 0, NULL);
	}
}

static void
xsort(struct run *r, int f, int k)
{
	int v[2] = {1, 2};
	r->level++;
	sorting.r = r;
	sorting.f = f;
	sorting.k = k;
	qsort(v, 2, sizeof *v, compare);
	r->level--;
}

static void
xops(struct run *r, int f, int k, thrum_panicinfo *p)
{
	for (; k < r->func[f].n && r->fuel > 0; k++) {
		r->fuel--;
		enum op kind = r->func[f].op[k].kind;
		note(r, NoteOp, f, k, kind);
		switch (kind) {
		case Call: xops(r, r->func[f].op[k].f, 0, NULL); break;
		case Defer:
		case DeferRecover: xdefer(r, f, k, p, kind == DeferRecover); return;
		case Try: xtry(r, f, k); break;
		case Panic: thrum_panicf("%d", f * NOP + k);
		case Goexit:
			if (r->level == 0)
				thrum_goexit();
			break;
		case Recover: {
			int value = p ? atoi(p->text) : 0;
			note(r, NoteRecover, f, k, thrum_recover(p) ? value : p ? -2 : -1);
			break;
		}
		case Yield: thrum_yield(); break;
		case Grow: grow((int)(r->seed % 23)); break;
		case Sort: xsort(r, f, k); break;
		case Jump: jumps(); break;
		default: break;
		}
	}
}

// ---- side by side -----------------------------------------------------------------

static uint64_t seed0;
static long programs;
static _Atomic long nextprogram, panics, recoveries, exits;

struct pair {
	struct run want, got;
	thrum_wg wg;
	bool ended;
};

static void
finished(void *arg)
{
	struct pair *x = arg;
	if (!x->ended)
		note(&x->got, NoteEnd, 0, Exits, 0);
	thrum_wg_done(&x->wg);
}

static void
body(void *arg)
{
	struct pair *x = arg;
	THRUM_DEFER(finished, x);
	THRUM_TRY {
		xops(&x->got, 0, 0, NULL);
		note(&x->got, NoteEnd, 0, Return, 0);
	} THRUM_CATCH(p) {
		note(&x->got, NoteEnd, 0, Panics, atoi(p->text));
	}
	x->ended = true;
}

static void
compared(struct pair *x)
{
	int n = x->want.n < x->got.n ? x->want.n : x->got.n, i = 0;
	while (i < n && x->want.trace[i] == x->got.trace[i])
		i++;
	if (i == n && x->want.n == x->got.n) {
		for (int k = 0; k < n; k++) {
			panics += x->want.trace[k] >> 28 == NoteCaught;
			recoveries += x->want.trace[k] >> 28 == NoteRecover && (x->want.trace[k] & 0xffff) < 0xfffe;
		}
		exits += (x->want.trace[n - 1] >> 16 & 15) == Exits;
		return;
	}
	fprintf(stderr, "program %llu: the traces part at %d of %d (reference) and %d:\n", (unsigned long long)x->want.seed, i, x->want.n, x->got.n);
	for (int k = i > 20 ? i - 20 : 0; k < i + 5; k++)
		fprintf(stderr, "%5d  %08x %08x\n", k, k < x->want.n ? x->want.trace[k] : 0, k < x->got.n ? x->got.trace[k] : 0);
	for (int f = 0; f < NFUNC; f++) {
		fprintf(stderr, "f%d:", f);
		for (int k = 0; k < x->want.func[f].n; k++)
			fprintf(stderr, " %s(%d,%d)", (const char *[]){"call", "defer", "deferrecover", "try", "panic", "goexit", "recover", "yield", "grow", "sort", "jump"}[x->want.func[f].op[k].kind],
				x->want.func[f].op[k].f, x->want.func[f].op[k].g);
		fprintf(stderr, "\n");
	}
	exit(1);
}

static void
worker(void *arg)
{
	thrum_wg *all = arg;
	struct pair *x = calloc(1, sizeof *x);
	THRUM_DEFER(thrum_wg_done, all);
	THRUM_DEFER(free, x);
	for (long i; (i = nextprogram++) < programs;) {
		x->ended = false;
		generate(&x->want, seed0 + (uint64_t)i);
		generate(&x->got, seed0 + (uint64_t)i);
		begin(&x->want);
		begin(&x->got);
		struct status s = rcall(&x->want, 0, NULL);
		if (s.end == Panics && s.exits)
			s.end = Exits;
		note(&x->want, NoteEnd, 0, s.end, s.end == Panics ? s.value : 0);
		thrum_wg_add(&x->wg, 1);
		if (thrum_go(body, x) != 0)
			abort();
		thrum_wg_wait(&x->wg);
		compared(x);
	}
}

static int
start(void *arg)
{
	char **argv = arg;
	thrum_wg all = {0};
	programs = atol(argv[1]);
	seed0 = strtoull(argv[2], NULL, 10) * 1000000;
	int n = argv[3] ? atoi(argv[3]) : 4;
	thrum_wg_add(&all, n);
	for (int i = 0; i < n; i++)
		if (thrum_go(worker, &all) != 0)
			abort();
	thrum_wg_wait(&all);
	printf("%ld programs from seed %s: %ld panics caught, %ld recovered, %ld goexits\n", programs, argv[2], panics, recoveries, exits);
	if (panics == 0 || recoveries == 0 || exits == 0)
		return 1; // it has shown nothing
	return 0;
}

int
main(int argc, char **argv)
{
	int status = 1;
	if (argc < 3)
		return 2;
	thrum_set_fixed_stack(4 << 20);
	if (thrum_self()) // built by thrumcc
		return start(argv);
	return thrum_run(start, argv, &status) == 0 ? status : 1;
}
