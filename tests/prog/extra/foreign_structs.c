// SPDX-License-Identifier: MIT
// foreign_structs.c - the foreign side: takes structs by value, changes them, and calls back.
#pragma GCC diagnostic ignored "-Wpsabi"
#include "foreign_structs.h"

static cb16 *back16;
static cb2000 *back2000;
static cbx *backx;
cb16 *const foreign_ptr16 = foreign16;

void
foreign_set(cb16 *a, cb2000 *b, cbx *c)
{
	back16 = a;
	back2000 = b;
	backx = c;
}

struct s1 foreign1(struct s1 a) { a.a++; return a; }
struct s3 foreign3(struct s3 a) { a.a[2]++; return a; }
struct s8 foreign8(struct s8 a) { a.a++; a.b += 0.5f; return a; }
struct s12 foreign12(struct s12 a) { a.b++; a.c += 0.25f; return a; }
struct sff foreignff(struct sff a) { struct sff r = { a.d, a.c, a.b, a.a }; return r; }

struct s16
foreign16(struct s1 a, struct s3 b, struct s8 c, struct s12 d, struct s16 e, struct sff f, struct s24 g, struct s100 h, int depth)
{
	struct s16 r = { e.a + a.a + b.a[0] + b.a[1] * 2 + b.a[2] * 3 + c.b + d.c + f.a + f.b * 2 + f.c * 3 + f.d * 4 + g.b,
		e.b + c.a + d.a + d.b + g.a + *g.p + h.n + h.text[h.n % 96] };

	*g.p += depth;
	if (depth > 0) {
		int mine = depth;
		struct s16 x;

		g.p = &mine;
		h.n++;
		x = back16(a, b, c, d, r, f, g, h, depth - 1);
		r.a += x.a / 2;
		r.b = (r.b * 31 + x.b + mine) % 1000003;
	}
	return r;
}

struct s2000
foreign2000(struct s2000 a, const struct s2000 *b, int depth)
{
	for (int i = 0; i < 500; i++)
		a.w[i] = a.w[i] * 3 + b->w[499 - i];
	if (depth > 0)
		a = back2000(a, &a, depth - 1);
	return a;
}

struct sx
foreignx(int depth, struct sx a, long double b, struct sx c, struct a32 v, double d)
{
	struct sx r = { a.a + b / 2 + c.a / 4 + d, a.b + c.b + v.v[depth % 8] };

	if (((unsigned long)&v & 31) != 0)
		r.b = -1;
	v.v[0]++;
	return depth > 0 ? backx(depth - 1, r, b + 1, a, v, d / 2) : r;
}

long
foreign_sum(int a, int b, int c, int d, int e, int f, int g, int h, double i, double j, double k, double l, double m, double n,
    double o, double p, double q, double r, char s, struct s24 t, short u, struct s16 v)
{
	return a + b * 2 + c * 3 + d * 4 + e * 5 + f * 6 + g * 7 + h * 8 + (long)(i + j * 2 + k * 3 + l * 4 + m * 5 + n * 6 + o * 7
	    + p * 8 + q * 9 + r * 10) + s * 11 + t.a * 12 + (long)t.b * 13 + *t.p * 14 + u * 15 + (long)v.a * 16 + v.b * 17;
}
