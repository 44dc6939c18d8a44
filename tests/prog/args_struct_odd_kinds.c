// SPDX-License-Identifier: MIT
// Shows that unions, packed, bit-field, empty, array-holding and nested anonymous structs as
// arguments and results.
#include <stdint.h>
#include <stdio.h>
#include <string.h>

union u8 { double d; uint64_t u; char c[8]; };
union u16 { long double ld; int i[4]; };
union u24 { char c[24]; double d[3]; long l; };
struct __attribute__((packed)) pk { char c; int i; short s; double d; };
struct __attribute__((packed)) pk3 { char c; short s; };
struct bits { unsigned a : 3, b : 13, c : 16; int d : 7; long e : 40; };
struct none { };
struct anon { int tag; union { struct { short x, y; }; float f; }; };
struct arr { int n; struct pk3 v[5]; };

__attribute__((noinline)) static void
bump(void *p, size_t at)
{
	((unsigned char *)p)[at]++;
}

__attribute__((noinline)) static union u8
fu8(union u8 a, int n)
{
	bump(&a, 0);
	return n ? fu8(a, n - 1) : a;
}

__attribute__((noinline)) static union u16
fu16(union u16 a, int n)
{
	a.i[0] ^= n;
	return n ? fu16(a, n - 1) : a;
}

__attribute__((noinline)) static union u24
fu24(union u24 a, int n)
{
	bump(&a, (size_t)n % 24);
	return n ? fu24(a, n - 1) : a;
}

__attribute__((noinline)) static struct pk
fpk(struct none e1, struct pk a, struct none e2, int n)
{
	struct pk *p = &a;

	p->i += n;
	p->s ^= (short)n;
	p->d += 0.5;
	bump(&a, 0);
	return n ? fpk(e1, a, e2, n - 1) : a;
}

__attribute__((noinline)) static struct pk3
fpk3(struct pk3 a, struct pk3 b, int n)
{
	bump(&a, 1);
	return n ? fpk3(b, a, n - 1) : a;
}

__attribute__((noinline)) static struct bits
fbits(struct bits a, struct bits *prev, int n)
{
	a.a += 1;
	a.b ^= prev->c;
	a.c = (a.c + prev->b) & 0xffff;
	a.d = (a.d + 1) % 60;
	a.e -= n;
	return n ? fbits(a, &a, n - 1) : a;
}

__attribute__((noinline)) static struct none
fnone(struct none a, int *n)
{
	++*n;
	return *n < 50 ? fnone(a, n) : a;
}

__attribute__((noinline)) static struct anon
fanon(struct anon a, int n)
{
	short t, *px = &a.x, *py = &a.y;

	t = *px;
	*px = *py;
	*py = (short)(t + 1);
	a.tag += n;
	return n ? fanon(a, n - 1) : a;
}

__attribute__((noinline)) static struct arr
farr(struct arr a, int n)
{
	bump(&a.v[n % 5], (size_t)n % 3);
	a.n++;
	return n ? farr(a, n - 1) : a;
}

int
main(void)
{
	union u8 a = fu8((union u8){ .u = 0x1100 }, 77);
	union u16 b;
	union u24 c = fu24((union u24){ .c = "twenty-three letters ok" }, 70);
	struct none e;
	struct pk d = fpk(e, (struct pk){ 1, 2, 3, 4 }, e, 60);
	struct pk3 f = fpk3((struct pk3){ 1, 2 }, (struct pk3){ 3, 4 }, 33);
	struct bits g = { 1, 2, 3, 4, 5 };
	struct anon h = fanon((struct anon){ 1, { { 2, 3 } } }, 21);
	struct arr k = farr((struct arr){ 0, { { 1, 2 } } }, 44);
	int n = 0;

	memset(&b, 0, sizeof b);
	b.i[0] = 5, b.i[1] = 6, b.i[2] = 7;
	b = fu16(b, 50);
	printf("%llx\n%d %d %d\n%.24s\n", (unsigned long long)a.u, b.i[0], b.i[1], b.i[2], c.c);
	printf("%d %d %d %g\n%d %d\n", d.c, d.i, d.s, d.d, f.c, f.s);
	g = fbits(g, &g, 40);
	printf("%d %d %d %d %ld\n", g.a, g.b, g.c, g.d, (long)g.e);
	fnone(e, &n);
	printf("%d\n%d %d %d\n%d %d %d %d\n", n, h.tag, h.x, h.y, k.n, k.v[0].s, k.v[4].c, k.v[2].s);
	return 0;
}
