# SPDX-License-Identifier: MIT
"""units - the kinds of code in generated programs.

A unit is a few functions around one entry, u64 work_K(u64 x). KINDS maps the kind's name to a
function which is given the unit's Words and returns its code. The code before a line "//own" is for
both parts of a program of two objects. The code after "//far" is compiled by another compiler
there. Templates hold $ words:

    $K       the unit's number             $out     a statement that changes x, calls, burns stack
    $n $m    1 to 9, 10 to 200             $FN      static, perhaps never inlined
    others   what the function sets

Calls into other units are limited by fuel, so they may be recursive. A call that changes x stands
alone in its statement: nothing depends on the order in which operands are evaluated.
"""

import string

from shapes import NUMBERS


class Words(dict):
    def __init__(self, rnd, types, number, count):
        super().__init__(K=number)
        self.rnd, self.types, self.count = rnd, types, count

    def __missing__(self, word):
        rnd = self.rnd
        if word == "out":
            return rnd.choice(["x = out(%d, x);" % rnd.randrange(self.count), "x = burn(%d, x);" % rnd.choice([3, 40, 200]),
                               "x = burn(1, x);", "x = next(x);"])
        if word == "n":
            return rnd.randint(1, 9)
        if word == "m":
            return rnd.randint(10, 200)
        if word == "FN":
            return rnd.choice(["static", "static NOINLINE"])
        raise KeyError(word)

    def fill(self, text, **more):
        self.update(more)
        return string.Template(text).substitute(self)

    def lines(self, text, items, **more):
        """text once for each item, which is a dictionary."""
        return "".join(self.fill(text, **{**more, **item}) for item in items)


def args(w):
    """Arguments and results of all types, by value: direct, by pointers, recursive, foreign."""
    result = []
    for f in range(w.rnd.randint(1, 2)):
        types = [w.types.any() for _ in range(w.rnd.randint(1, w.rnd.choice([4, 10])))]
        items = [dict(I=i, T=t) for i, t in enumerate(types)]
        some = [i for i in items if w.rnd.random() < 0.6] or items[:1]
        w.update(F="%d_%d" % (w["K"], f), R=w.types.any(), params="".join(", %s p%d" % (t, i) for i, t in enumerate(types)),
                 names="".join(", p%d" % i for i in range(len(types))), values="".join(", a%d" % i for i in range(len(types))))
        w["fold"] = w.lines("\tx = mix(x, sum_$T(&p$I));\n", items)
        w["change"] = w.lines("\tp$I = op_$T(p$I, p$I);\n", some)
        shared = w.fill("""
typedef $R fn_$F(int depth$params);
$R far_$F(fn_$F *fn, int depth$params);
""")
        own = """
$FN $R
own_$F(int depth$params)
{
	u64 x = depth;
$fold	$out
	if (depth > 0) {
		$R q = own_$F(depth - 1$names);
		x = mix(x, sum_$R(&q));
	}
$change	$out
$fold	return mk_$R(x);
}

static u64
use_$F(u64 x)
{
	fn_$F *volatile fn = own_$F;
	$R r;
"""
        own = w.fill(own) + w.lines("\t$T a$I = mk_$T(x + $I);\n", items)
        for call in ("own_$F(x % 4$values)", "fn(x % 3$values)", "far_$F(fn, x % 3$values)"):
            w["call"] = w.fill(call)
            own += w.fill("\tr = $call;\n\tx = mix(x, sum_$R(&r));\n\t$out\n")
        own += w.lines("\tx = mix(x, sum_$T(&a$I));\n", items) + w.fill("\treturn x;\n}\n")
        far = w.fill("""
$R
far_$F(fn_$F *fn, int depth$params)
{
	u64 x = depth;
$change	$R r = fn(depth$names);
$fold	x = mix(x, sum_$R(&r));
	if (depth > 0)
		return far_$F(fn, depth - 1$names);
	if (x % 3)
		return op_$R(r, r);
	return r;
}
""")
        result.append((shared, own, far))
    shared, own, far = map("".join, zip(*result))
    uses = "".join("\tx = use_%d_%d(x);\n" % (w["K"], f) for f in range(len(result)))
    return shared + "//own\n" + own + w.fill("\nstatic u64\nwork_$K(u64 x)\n{\n") + uses + "\treturn x;\n}\n//far\n" + far


def variadic(w):
    """Arguments after the dots, read by a format; lists are copied and passed on."""
    types = [w.types.passed() for _ in range(w.rnd.randint(1, 7))]
    named = [w.types.any() for _ in range(w.rnd.choice([0, 1, 2, 9]))]
    items = [dict(C=chr(97 + i), T=t, I=i) for i, t in enumerate(types)]
    w["named"] = "".join("%s n%d, " % (t, i) for i, t in enumerate(named))
    w["given"] = "".join("mk_%s(x + %d), " % (t, i) for i, t in enumerate(named))
    w["passed"] = "".join("n%d, " % i for i in range(len(named)))
    w["fold"] = w.lines("\tx = mix(x, sum_$T(&n$I));\n", [dict(I=i, T=t) for i, t in enumerate(named)])
    w["cases"] = w.lines("\t\tcase '$C': { $T v = va_arg(ap, $T); x = mix(x, sum_$T(&v)); break; }\n", items)
    w["other"] = w.lines("\tcase '$C': { $T v = va_arg(*ap, $T); return mix(x, sum_$T(&v)); }\n", items)
    own = w.fill("""
u64 rest_$K(const char *f, va_list ap, u64 x);
u64 farrest_$K(const char *f, va_list ap, u64 x);
u64 far_$K(u64 (*fn)($named const char *f, ...), $named const char *f, ...);
//own

$FN u64
one_$K(char c, va_list *ap, u64 x)
{
	$out
	switch (c) {
$other	}
	return x;
}

u64
rest_$K(const char *f, va_list ap, u64 x)
{
	for (; *f; f++) {
		switch (*f) {
$cases		}
		$out
	}
	return x;
}

$FN u64
va_$K($named const char *f, ...)
{
	va_list ap, two;
	u64 x = $n;
$fold	va_start(ap, f);
	va_copy(two, ap);
	x = rest_$K(f, two, x);
	va_end(two);
	for (const char *g = f; *g; g++) {
		va_copy(two, ap);
		x = farrest_$K(g, two, x);
		va_end(two);
		x = one_$K(*g, &ap, x);
	}
	va_end(ap);
	$out
	return x;
}

static u64
work_$K(u64 x)
{
	u64 (*volatile fn)($named const char *f, ...) = va_$K;
	char text[100];
	x = mix(x, snprintf(text, sizeof text, "%d %s %.2f %Lg %c", (int)(x % 1000), "s", (double)(x % 77), 1.5L, 'c'));
	x = mix(x, strlen(text));
""")
    for _ in range(w.rnd.randint(2, 4)):
        chosen = [w.rnd.randrange(len(types)) for _ in range(w.rnd.choice([0, 1, 3, 6, 14]))]
        w["list"] = ('"%s"' % "".join(chr(97 + i) for i in chosen)
                     + "".join(", mk_%s(x + %d)" % (types[i], at) for at, i in enumerate(chosen)))
        w["callee"] = w.rnd.choice(["va_$K($given", "fn($given", "far_$K(fn, $given"])
        own += w.fill("\tx = mix(x, %s$list));\n\t$out\n" % w["callee"])
    return own + w.fill("""\treturn x;
}
//far
u64
farrest_$K(const char *f, va_list ap, u64 x)
{
	va_list two;
	va_copy(two, ap);
	x = rest_$K(f, two, x);
	va_end(two);
	for (; *f; f++)
		switch (*f) {
$cases		}
	return x;
}

u64
far_$K(u64 (*fn)($named const char *f, ...), $named const char *f, ...)
{
	va_list ap;
	u64 x = 1;
$fold	va_start(ap, f);
	x = rest_$K(f, ap, x);
	va_end(ap);
	return mix(x, fn($passed""));
}
""")


def vla(w):
    """Arrays of variable length: one to three dimensions, in loops, left by goto and continue."""
    return w.fill("""
$FN u64
fill_$K(int n, int m, $T a[n][m], u64 x)
{
	for (int i = 0; i < n; i++)
		for (int j = 0; j < m; j++)
			a[i][j] = mk_$T(x + i * 3 + j);
	$out
	return x;
}

$FN u64
deep_$K(int depth, int n, $U *above, u64 x)
{
	$U here[n + 1];
	for (int i = 0; i <= n; i++)
		here[i] = mk_$U(x + i);
	if (above)
		*above = op_$U(*above, here[n]);
	$out
	if (depth > 0)
		x = deep_$K(depth - 1, (int)(x % 5), &here[n / 2], x);
	return mix(x, sum_$U(&here[n / 2]));
}

static u64
work_$K(u64 x)
{
	static const int sizes[] = {$sizes};
	for (int s = 0; s < (int)(sizeof sizes / sizeof *sizes); s++) {
		int n = sizes[s];
again:;
		u8 first[n];
		memset(first, n, n);
		$out
		{
			$T a[n][2], last = mk_$T(x);
			x = fill_$K(n, 2, a, x);
			if (n % 3 == 1)
				continue;
			for (int i = 0; i < n; i++)
				last = op_$T(last, a[i][i % 2]);
			x = mix(x, sum_$T(&last));
			if (n > 3 && n % 2) {
				n--;
				goto again;
			}
		}
		if (n > 0)
			x = mix(x, first[n - 1]);
		int d = n % 4 + 1;
		u32 cube[d][n % 3 + 1][d], (*row)[d] = cube[d - 1];
		for (size_t i = 0; i < sizeof cube / sizeof(u32); i++)
			(&cube[0][0][0])[i] = i;
		$out
		x = mix(x, row[0][d - 1] + sizeof cube);
		x = deep_$K($n, n % 7, NULL, x);
	}
	return x;
}
""", T=w.types.any(), U=w.types.any(), sizes=", ".join(str(w.rnd.choice([0, 1, 2, 3, 5, 8, 17, 64, 300])) for _ in range(4)))


def stackmem(w):
    """alloca in loops and conditionals, aligned, of no bytes; lists of such blocks, passed down."""
    return w.fill("""
struct node_$K { struct node_$K *next; $T v; };

$FN u64
walk_$K(struct node_$K *list, int depth, u64 x)
{
	struct node_$K more = {list, mk_$T(x)};
	$out
	if (depth > 0)
		return walk_$K(&more, depth - 1, x);
	for (struct node_$K *p = &more; p; p = p->next) {
		x = mix(x, sum_$T(&p->v));
		p->v = op_$T(p->v, more.v);
	}
	return x;
}

static u64
work_$K(u64 x)
{
	struct node_$K *list = NULL;
	u8 *bytes = NULL;
	for (int i = 0; i < $m; i++) {
		if (x >> i % 60 & 1) {
			struct node_$K *p = __builtin_alloca_with_align(sizeof *p, $bits);
			*p = (struct node_$K){list, mk_$T(x + i)};
			list = p;
		} else if (i % 7 == 6) {
			bytes = alloca(i * $step);
			memset(bytes, i, i * $step);
			$out
		}
		x = next(x);
	}
	x = walk_$K(list, $n, x);
	for (; list; list = list->next)
		x = mix(x, sum_$T(&list->v));
	if (x % 2) {
		int n = x % $m * 16;
		u8 *q = alloca(n + 1);
		memset(q, 3, n + 1);
		$out
		x = mix(x, q[n]);
	}
	return bytes ? mix(x, bytes[$step - 1]) : x;
}
""", T=w.types.any(), step=w["n"], bits=w.rnd.choice([1024, 2048]))


def jump(w):
    """setjmp of each kind, nested, in loops, over arrays of variable length and foreign frames."""
    buf, set_, jump_ = w.rnd.choice([("jmp_buf", "setjmp(buf)", "longjmp"), ("jmp_buf", "_setjmp(buf)", "longjmp"),
                                     ("sigjmp_buf", "sigsetjmp(buf, 1)", "siglongjmp"), ("sigjmp_buf", "sigsetjmp(buf, 0)", "siglongjmp")])
    return w.fill("""
typedef struct { $buf *to; volatile u64 *at; } where_$K;
u64 far_$K(u64 (*fn)(int, where_$K *, u64), int depth, where_$K *w, u64 x);
//own

$FN u64
down_$K(int depth, where_$K *w, u64 x)
{
	$T keep = mk_$T(x);
	u32 array[depth % 3 + 1];
	array[depth % 3] = depth;
	$out
	*w->at += sum_$T(&keep) + array[depth % 3];
	if (depth == 0)
		$jump(*w->to, (int)(x % 3) + 1);
	if (depth % 4 == 2)
		x = far_$K(down_$K, depth - 1, w, x);
	else
		x = down_$K(depth - 1, w, x);
	return mix(x, sum_$T(&keep));
}

$FN u64
nested_$K(where_$K *outer, u64 x)
{
	$buf buf;
	volatile u64 at = 0;
	volatile $T kept = mk_$T(x);
	where_$K w = {&buf, &at};
	if ($set) {
		$T was = kept;
		*outer->at += at + sum_$T(&was);
		$jump(*outer->to, 9);
	}
	return down_$K($n, &w, x);
}

static u64
work_$K(u64 x0)
{
	$buf buf;
	volatile u64 x1 = x0, count = 0;
	volatile $U kept = mk_$U(x0);
	volatile u64 at = 0;
	where_$K w = {&buf, &at};
	for (volatile int i = 0; i < $n; i++) {
		u64 x = x1;
		u16 local[i * 3 + 1];
		local[i * 3] = i;
		switch ($set) {
		case 0:
			count++;
			kept = mk_$U(x + i);
			$out
			x1 = x;
			x = i % 3 == 2 ? nested_$K(&w, x) : down_$K((int)(x % $m % 30), &w, x);
			return x;
		case 1:
			x1 = mix(x1, at);
			break;
		default: {
			$U was = kept;
			x1 = mix(x1, at + sum_$U(&was));
		}
		}
		x1 = mix(x1, count);
	}
	return mix(x1, at);
}
//far
u64
far_$K(u64 (*fn)(int, where_$K *, u64), int depth, where_$K *w, u64 x)
{
	u64 y = depth;
	return mix(fn(depth, w, x), y);
}
""", T=w.types.any(), U=w.types.any(), buf=buf, set=set_, jump=jump_)


def signals(w):
    """raise with frames in the handler, on either stack, nested, left by siglongjmp."""
    return w.fill("""
static struct state_$K { u64 x; int depth; $T local; sigjmp_buf *to; } *now_$K;

$FN u64
down_$K(int depth, $T *above, u64 x)
{
	$T here = mk_$T(x);
	u8 array[depth + 1];
	memset(array, depth, depth + 1);
	x = burn($n, x);
	if (depth > 0)
		x = down_$K(depth - 1, &here, x);
	*above = op_$T(*above, here);
	return mix(x, array[depth]);
}

static void
handler_$K(int sig$handler)
{
	struct state_$K *s = now_$K;
	$T mine = mk_$T(s->x);
	s->x = down_$K($n, &mine, s->x);
	s->local = op_$T(s->local, mine);
	s->x = mix(s->x, sum_$T(&mine) + sig$code);
	if (s->depth > 0) {
		s->depth--;
		raise(sig);
		s->x = mix(s->x, sum_$T(&mine));
	} else if (s->to)
		siglongjmp(*s->to, 1);
}

static u64
work_$K(u64 x)
{
	struct sigaction sa = {0}, old;
	stack_t ss = {0}, oss;
	struct state_$K *before = now_$K, *s = aligned_alloc(128, (sizeof *s + 127) / 128 * 128);
	sigjmp_buf buf;
	now_$K = s;
	s->x = x;
	s->local = mk_$T(x);
	sa.$member = handler_$K;
	sa.sa_flags = SA_NODEFER$info$alt;
	sigemptyset(&sa.sa_mask);
	sigaction($signal, &sa, &old);
	ss.ss_size = 1 << 18;
	ss.ss_sp = malloc(ss.ss_size);
	$altstack
	for (volatile int i = 0; i < $n; i++) {
		u32 array[i + 1];
		array[i] = i;
		s->depth = i % 3;
		s->to = i % 2 ? &buf : NULL;
		if (!sigsetjmp(buf, 1))
			raise($signal);
		s->x = mix(s->x, sum_$T(&s->local) + array[i]);
		x = s->x;
		$out
		s->x = mix(s->x, x);
	}
	$noaltstack
	free(ss.ss_sp);
	sigaction($signal, &old, NULL);
	now_$K = before;
	x = s->x;
	free(s);
	return x;
}
""", T=w.types.any(), signal=w.rnd.choice(["SIGUSR1", "SIGUSR2", "SIGALRM", "SIGTERM", "SIGFPE", "SIGSEGV", "SIGRTMIN + 1"]),
                  **w.rnd.choice([dict(handler="", code="", member="sa_handler", info=""),
                                  dict(handler=", siginfo_t *si, void *uc", code=" + (si->si_signo == sig) + (uc != NULL)",
                                       member="sa_sigaction", info=" | SA_SIGINFO")]),
                  **w.rnd.choice([dict(alt="", altstack=";", noaltstack=";"),
                                  dict(alt=" | SA_ONSTACK", altstack="sigaltstack(&ss, &oss);",
                                       noaltstack="if (!(oss.ss_flags & SS_ONSTACK))\n\t\tsigaltstack(&oss, NULL);")]))


def gotos(w):
    """An interpreter by computed goto: its registers are locals with addresses."""
    ops = ["add", "mul", "load", "store", "call", "loop", "array"]
    code = [w.rnd.randrange(len(ops)) for _ in range(w.rnd.randint(10, 40))]
    return w.fill("""
$FN u64
run_$K(const u8 *code, int n, int depth, u64 x)
{
	static void *const labels[] = {$labels, &&end};
	$T regs[4], *top = &regs[x % 4];
	int pc = 0, left = 4 << depth; // deeper levels do less, or a program could take seconds
	for (int i = 0; i < 4; i++)
		regs[i] = mk_$T(x + i);
	goto *labels[code[pc++]];
add:
	*top = op_$T(*top, regs[pc % 4]);
	goto *labels[code[pc++]];
mul:
	x = mix(x, sum_$T(top));
	goto *labels[code[pc++]];
load:
	top = &regs[x % 4];
	goto *labels[code[pc++]];
store:
	regs[pc % 4] = mk_$T(x);
	goto *labels[code[pc++]];
call:
	$out
	if (depth > 0 && x % 4 == 0)
		x = run_$K(code, n, depth - 1, x);
	goto *labels[code[pc++]];
loop:
	if (left-- > 0 && x % 3)
		pc = x % pc;
	x = next(x);
	goto *labels[code[pc++]];
array: {
	u16 local[x % 9 + 1];
	local[x % 9] = x;
	$out
	x = mix(x, local[0] * 0 + sizeof local);
	goto *labels[code[pc++]];
}
end:
	for (int i = 0; i < 4; i++)
		x = mix(x, sum_$T(&regs[i]));
	return x;
}

static u64
work_$K(u64 x)
{
	static const u8 code[] = {$code, $end};
	x = run_$K(code, sizeof code, 3, x);
	$out
	return run_$K(code + $skip, sizeof code - $skip, 1, x);
}
""", T=w.types.any(), labels=", ".join("&&" + o for o in ops), code=", ".join(map(str, code)), end=len(ops), skip=w["n"])


def calls(w):
    """Function pointers in tables and structs, nested calls, musttail, qsort and bsearch."""
    count = w.rnd.randint(2, 5)
    w.update(T=w.types.any(), S=w.types.aggregate(), C=count, fns=", ".join("f%d_%d" % (i, w["K"]) for i in range(count)))
    bodies = ["\t$S s = mk_$S(x);\n\t$out\n\ts = op_$S(s, *c->s);\n\t*c->s = s;\n\treturn mix(x, sum_$S(&s));\n",
              "\tif (n > 0) {\n\t\tx = next(x);\n\t\t__attribute__((musttail)) return c->table[x % $C](x, n - 1, c);\n\t}\n\treturn x;\n",
              "\tu64 y = n > 0 ? c->table[n % $C](x, n / 2, c) : x;\n\t$T t = mk_$T(y);\n\treturn mix(y, sum_$T(&t));\n",
              "\tctx_$K own = *c;\n\t$S s = mk_$S(x);\n\town.s = &s;\n\t$out\n"
              "\tx = n > 0 ? c->table[(n + 1) % $C](x, n - 2, &own) : x;\n\treturn mix(x, sum_$S(&s));\n"]
    w["define"] = "".join(w.fill("\nstatic u64\nf${I}_$K(u64 x, int n, ctx_$K *c)\n{\n" + w.rnd.choice(bodies) + "}\n", I=i) for i in range(count))
    return w.fill("""
typedef struct ctx_$K ctx_$K;
typedef u64 fn_$K(u64 x, int n, ctx_$K *c);
struct ctx_$K { $S *s; fn_$K *const *table; };
typedef struct { u64 key; $T value; } item_$K;
$define
static int
compare_$K(const void *a, const void *b)
{
	const item_$K *p = a, *q = b;
	item_$K copy = *p;
	(void)burn(5, copy.key);
	return (copy.key > q->key) - (copy.key < q->key);
}

static u64
work_$K(u64 x)
{
	static fn_$K *const table[] = {$fns};
	$S s = mk_$S(x);
	ctx_$K c = {&s, table};
	item_$K items[$n + 1], key, *found;
	for (int i = 0; i < $C; i++) {
		x = table[i](x, $n, &c);
		u64 y = table[x % $C](x, 3, &c);
		u64 z = table[y % $C](y, 2000, &c);
		x = mix(x, z);
	}
	int n = sizeof items / sizeof *items;
	for (int i = 0; i < n; i++)
		items[i] = (item_$K){mix(x, i), mk_$T(x + i)};
	key = items[n / 2];
	qsort(items, n, sizeof *items, compare_$K);
	found = bsearch(&key, items, n, sizeof *items, compare_$K);
	for (int i = 0; i < n; i++)
		x = mix(x, sum_$T(&items[i].value));
	return mix(mix(x, found - items), sum_$S(&s));
}
""")


def atomics(w):
    """Atomic locals and statics of 1 to 40 bytes, by instructions and by the library."""
    result = ""
    names = [w.rnd.choice(["u8", "u16", "u32", "u64", "u128", "s128"]) for _ in range(2)]
    for i, t in enumerate(names):
        result += w.fill("""
$FN u64
number_${I}_$K(u64 x, $T *other)
{
	static $T global;
	_Atomic $T local = mk_$T(x);
	$T want = mk_$T(x), was = __atomic_fetch_add(other, want, $order);
	global = want;
	$out
	while (!atomic_compare_exchange_strong(&local, &want, was))
		x = next(x);
	x = mix(x, sum_$T(&was));
	was = atomic_exchange(&local, want);
	local ^= was;
	was = __atomic_exchange_n(&global, was, __ATOMIC_SEQ_CST);
	was ^= atomic_fetch_sub(&local, 3) + __atomic_nand_fetch(other, was, __ATOMIC_ACQ_REL);
	x = mix(x, sum_$T(&was));
	was = local;
	return mix(x, sum_$T(&was));
}
""", I=i, T=t, order=w.rnd.choice(["__ATOMIC_RELAXED", "__ATOMIC_SEQ_CST"]))
    w["numbers"] = "".join(w.fill("\t$T o$I = mk_$T(x);\n\tx = number_${I}_$K(x, &o$I);\n\tx = mix(x, sum_$T(&o$I));\n", I=i, T=t)
                           for i, t in enumerate(names))
    return result + w.fill("""
typedef struct { u8 c[$size]; } block_$K;

static u64
sumblock_$K(block_$K b)
{
	u64 h = 0;
	for (size_t i = 0; i < sizeof b; i++)
		h = h * 31 + b.c[i];
	return h;
}

static u64
work_$K(u64 x)
{
	block_$K a, b, c;
	_Atomic block_$K shared;
	$F f = mk_$F(x), g;
	_Atomic $F sharedf = f;
$numbers	for (size_t i = 0; i < sizeof a; i++)
		a.c[i] = x >> i % 50;
	atomic_init(&shared, a);
	b = a;
	b.c[0]++;
	$out
	__atomic_store(&c, &b, __ATOMIC_SEQ_CST);
	c = atomic_exchange(&shared, b);
	x = mix(x, sumblock_$K(c));
	c = shared;
	atomic_store(&shared, a);
	x = mix(x, sumblock_$K(c));
	__atomic_load(&b, &c, __ATOMIC_ACQUIRE);
	x = mix(x, sumblock_$K(c) + sumblock_$K(atomic_load(&shared)));
	f = atomic_exchange(&sharedf, op_$F(f, f));
	g = sharedf;
	return mix(x, mix(sum_$F(&f), sum_$F(&g)));
}
""", size=w.rnd.choice([1, 2, 3, 4, 5, 7, 8, 12, 15, 16, 17, 40]), F=w.types.scalar(["f32", "f64", "f16", "c32", "c64"]))


def recursion(w):
    """Each level lists the address of a local, and uses those of the levels above."""
    return w.fill("""
struct level_$K { struct level_$K *up; $T v; };

$FN $U
down_$K(int depth, struct level_$K *up, $U given, $T **ptrs)
{
	struct level_$K here = {up, mk_$T(depth)};
	u64 x = sum_$U(&given);
	$T other = mk_$T(x);
	ptrs[depth % 8] = &other;
	$out
	if (depth > 0)
		given = down_$K(depth - 1, &here, mk_$U(x), ptrs);
	else
		for (struct level_$K *p = &here; p; p = p->up) {
			x = mix(x, sum_$T(&p->v));
			p->v = op_$T(p->v, here.v);
		}
	for (int i = depth % 8; i < 8 && ptrs[i]; i++)
		*ptrs[i] = op_$T(*ptrs[i], here.v);
	ptrs[depth % 8] = NULL;
	x = mix(x, mix(sum_$T(&here.v), sum_$T(&other)));
	return op_$U(given, mk_$U(x));
}

static u64
work_$K(u64 x)
{
	for (int depth = 0; depth < $m; depth = depth * 3 + 1) {
		$T *ptrs[8] = {NULL};
		$U r = down_$K(depth, NULL, mk_$U(x), ptrs);
		x = mix(x, sum_$U(&r));
	}
	return x;
}
""", T=w.types.any(), U=w.types.any())


def vectors(w):
    """Chains of operations on vectors with calls between them."""
    v = w.types.vector(("vector",))
    integer = v.element.kind == "integer"
    return w.fill("""
typedef int ints_$K __attribute__((ext_vector_type($N)));
typedef double doubles_$K __attribute__((ext_vector_type($N)));
typedef struct { int n; $V v; $B b; } both_$K;

$FN $V
step_$K($V a, both_$K s, int depth)
{
	$V l[3] = {a, s.v, op_$V(a, s.v)};
	u64 x = depth;
	$out
	l[x % 3][x % $N] = mk_$E(x);
	s.b = op_$B(s.b, mk_$B(x));
	if (depth > 0)
		l[1] = step_$K(l[x % 2], s, depth - 1);
	x = sum_$B(&s.b);
	l[2][s.n % $N] = mk_$E(x);
	return op_$V(l[1], l[2]);
}

static u64
work_$K(u64 x)
{
	both_$K s = {$n, mk_$V(x), mk_$B(x)};
	$V a = mk_$V(x + 1);
	union { $V v; u8 c[sizeof($V)]; } pun;
	for (int i = 0; i < $n; i++) {
		s.n = i;
		a = step_$K(a, s, i % 4);
		ints_$K ints;
		doubles_$K doubles;
		for (int j = 0; j < $N; j++)
			ints[j] = (int)(a[j] * ($E)1) & 127;
		doubles = __builtin_convertvector(ints, doubles_$K) * 0.5;
		$out
		doubles = __builtin_elementwise_floor(doubles) + __builtin_elementwise_max(doubles, doubles - 1);
		ints = __builtin_convertvector(doubles, ints_$K) & ~(ints < 9);
		x = mix(x, __builtin_reduce_xor(ints) + __builtin_reduce_max(ints));
		pun.v = a;
		$out
		$reduce
	}
	return mix(x, sum_$V(&a));
}
""", V=v, E=v.element, N=v.count, B=w.types.vector(),
                  reduce="x = mix(x, __builtin_reduce_add(a) + pun.c[x % ($N * sizeof($E))]);" if integer and not v.count & (v.count - 1)
                  else "x = mix(x, pun.c[0]);").replace("$N", str(v.count)).replace("$E", str(v.element))


def numbers(w):
    """Conversions between all kinds of numbers, often by the compiler's library; libm."""
    chain, last = "", "small"
    for i in range(w.rnd.randint(6, 16)):
        t = w.types.scalar(NUMBERS + ["b37", "b100"])
        w.update(T=t, I=i, last=last)
        chain += w.fill("\t$T a$I = ($T)$last;\n\tx = mix(x, sum_$T(&a$I));\n\t$T b$I = op_$T(a$I, a$I);\n\tx = mix(x, sum_$T(&b$I));\n\t$out\n")
        last = "a%d" % i
    return w.fill("""
$FN u64
convert_$K(u64 x)
{
	int small = x % 13; // squares of it are exact in each type
$chain	return x;
}

$FN u64
math_$K(u64 x, $F v)
{
	int e, q;
	$F whole, y = v * v;
	x = mix(x, (u64)(s64)sqrt$L(y) + (u64)(s64)floor$L(v / 4) + (u64)(s64)rint$L(v) + lround$L(v));
	$out
	y = modf$L(v / 2, &whole);
	x = mix(x, (u64)(s64)(y * 8 + whole));
	y = frexp$L(v, &e);
	x = mix(x, (u64)(s64)(y * 64) + e);
	y = remquo$L(v, 3, &q) + ldexp$L(v, e) + fmod$L(v, 5) + fmax$L(v, 2) + copysign$L(1, -v) + fma$L(v, v, 1) + hypot$L(3, 4);
	return mix(x, (u64)(s64)(y * 4) + (q & 7));
}

static u64
work_$K(u64 x)
{
	for (int i = 0; i < $n; i++) {
		x = convert_$K(x);
		$out
		x = math_$K(x, ($F)(int)(x % 50) + 1);
	}
	return x;
}
""", chain=chain, **w.rnd.choice([dict(F="float", L="f"), dict(F="double", L=""), dict(F="long double", L="l")]))


def bytes_(w):
    """memcpy and its kin with all lengths, assigned structs, compound literals, cleanup."""
    return w.fill("""
static void
closed_$K($T **p)
{
	(void)burn(3, sum_$T(*p));
	**p = op_$T(**p, **p);
}

$FN u64
copy_$K(u64 x, $T *to, const $T *from, int n)
{
	u8 a[$size], b[sizeof a + 8];
	for (int i = 0; i < n; i++) {
		to[i] = from[n - 1 - i];
		$out
	}
	memset(a, (int)x, sizeof a);
	memset(b, 7, sizeof b);
	memcpy(b, a, sizeof a);
	memmove(b + x % 8, b, x % sizeof a);
	a[x % sizeof a] = 3;
	x = mix(x, memcmp(a, b, $size) != 0);
	memset(b + 3, 1, x % (sizeof b - 4));
	b[sizeof b - 1] = 0;
	x = mix(x, strlen((char *)b + 3) + b[3]);
	return mix(x, a[x % sizeof a]);
}

static u64
work_$K(u64 x)
{
	volatile $T v = mk_$T(x);
	$T total = mk_$T(0), *list = &total;
	for (int i = 0; i < $count; i++) {
		$T held = v;
		__attribute__((cleanup(closed_$K))) $T *guard = &total;
		$T then = ({ $T inner = mk_$T(x), *p = &inner; $out *p = op_$T(*p, held); *p; });
		list = ($T[2]){then, mk_$T(x)} + x % 2;
		$out
		x = mix(mix(x, sum_$T(&then)), sum_$T(list));
		v = then;
	}
	$T two[2] = {mk_$T(x), v}, three[2];
	x = copy_$K(x, three, two, 2);
	switch (x % 4) {
		do {
	case 3:
			three[0] = op_$T(three[0], two[1]);
			/* fall through */
	case 2:
			$out
			/* fall through */
	default:
			two[1] = op_$T(two[1], three[1]);
			x = next(x);
		} while (x % 3);
	}
	return mix(mix(x, sum_$T(&total)), mix(sum_$T(&three[0]), sum_$T(&two[1])));
}
""", T=w.types.any(), size=w.rnd.choice([1, 3, 8, 16, 31, 64, 200, 600]), count=w.rnd.randint(1, 6))


KINDS = {"args": args, "variadic": variadic, "vla": vla, "alloca": stackmem, "jump": jump, "signals": signals, "gotos": gotos, "calls": calls,
         "atomics": atomics, "recursion": recursion, "vectors": vectors, "numbers": numbers, "bytes": bytes_}
