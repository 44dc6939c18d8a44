// SPDX-License-Identifier: MIT
// Shows that every small class of the ABI (integer, SSE, mixed, x87, memory) arrives as argument
// and result, with the argument's address taken.
#include <stdio.h>
#include <string.h>

struct ii { int a, b; };
struct ld1 { long a; double b; };
struct dl { double a; long b; };
struct ff { float a, b; };
struct fff { float a, b, c; };
struct ffff { float a, b, c, d; };
struct dd { double a, b; };
struct ddd { double a, b, c; };
struct fi { float a; int b; };
struct ifd { int a; float b; double c; };
struct cs { char a; short b; char c[5]; };
struct lll { long a, b, c; };
struct x { long double a; };
struct pf { char *p; float f; };
struct nest { struct fi a; struct { short s; char c; } in; };

#define FN(T)                                                               \
	__attribute__((noinline)) static struct T touch_##T(struct T *p)    \
	{                                                                   \
		p->a += 1;                                                  \
		return *p;                                                  \
	}                                                                   \
	__attribute__((noinline)) static struct T f_##T(struct T v, int depth) \
	{                                                                   \
		struct T r = touch_##T(&v);                                 \
		if (depth > 0)                                              \
			r = f_##T(v, depth - 1);                            \
		if (depth % 2)                                              \
			r.a += 1;                                           \
		return r;                                                   \
	}

FN(ii) FN(ld1) FN(dl) FN(ff) FN(fff) FN(ffff) FN(dd) FN(ddd) FN(fi) FN(ifd) FN(cs) FN(lll) FN(x)

__attribute__((noinline)) static struct pf
f_pf(struct pf v, int depth)
{
	char c[4] = { v.p[0], 0 }, *keep = v.p;

	c[0]++;
	if (depth > 0) {
		struct pf r = f_pf((struct pf){ c, v.f * 1.5f }, depth - 1);
		v.f += r.f;
	}
	v.p = keep;
	return v;
}

__attribute__((noinline)) static struct nest
f_nest(struct nest v, struct nest *prev, int depth)
{
	v.a.a += prev->a.a;
	v.in.s = (short)(v.in.s + prev->in.s);
	v.in.c ^= 1;
	if (depth > 0)
		return f_nest(v, &v, depth - 1);
	return v;
}

int
main(void)
{
	enum { D = 40 };
	struct ii a = f_ii((struct ii){ 1, -2 }, D);
	struct ld1 b = f_ld1((struct ld1){ 1L << 40, 0.5 }, D);
	struct dl c = f_dl((struct dl){ 2.25, -(1L << 41) }, D);
	struct ff d = f_ff((struct ff){ 3.5f, 4.5f }, D);
	struct fff e = f_fff((struct fff){ 1, 2, 3.25f }, D);
	struct ffff f = f_ffff((struct ffff){ 1, 2, 3, 4.75f }, D);
	struct dd g = f_dd((struct dd){ 1e10, -1e-3 }, D);
	struct ddd h = f_ddd((struct ddd){ 1, 2, 3.125 }, D);
	struct fi i = f_fi((struct fi){ 0.25f, 99 }, D);
	struct ifd j = f_ifd((struct ifd){ 7, 8.5f, 9.75 }, D);
	struct cs k = f_cs((struct cs){ 1, 2, "abcd" }, D);
	struct lll l = f_lll((struct lll){ 5, 6, 7 }, D);
	struct x m = f_x((struct x){ 1.0L / 3 }, D);
	char s[] = "A";
	struct pf n = f_pf((struct pf){ s, 1 }, 10);
	struct nest o = { { 1.5f, 2 }, { 3, 4 } };

	printf("%d %d\n%ld %g\n%g %ld\n%g %g\n", a.a, a.b, b.a, b.b, c.a, c.b, d.a, d.b);
	printf("%g %g %g\n%g %g %g %g\n%g %g\n%g %g %g\n", e.a, e.b, e.c, f.a, f.b, f.c, f.d, g.a, g.b, h.a, h.b, h.c);
	printf("%g %d\n%d %g %g\n%d %d %s\n%ld %ld %ld\n%.15Lg\n", i.a, i.b, j.a, j.b, j.c, k.a, k.b, k.c, l.a, l.b, l.c, m.a);
	o = f_nest(o, &o, 8);
	printf("%s %g\n%g %d %d %d\n", n.p, n.f, o.a.a, o.a.b, o.in.s, o.in.c);
	return 0;
}
