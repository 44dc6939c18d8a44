// SPDX-License-Identifier: MIT
// Shows that structs of every class cross to an object built by gcc and back through callbacks,
// recursing across the border.
// extra: foreign_structs.c=gcc
#include "extra/foreign_structs.h"
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static struct s16
mine16(struct s1 a, struct s3 b, struct s8 c, struct s12 d, struct s16 e, struct sff f, struct s24 g, struct s100 h, int depth)
{
	int here = depth * 3;
	char text[96];
	struct s16 r;

	memcpy(text, h.text, sizeof text);
	*g.p += 7;
	g.p = &here;
	a = foreign1(a);
	b = foreign3(b);
	c = foreign8(c);
	d = foreign12(d);
	f = foreignff(f);
	r = (depth & 1 ? foreign16 : foreign_ptr16)(a, b, c, d, e, f, g, h, depth > 0 ? depth - 1 : 0);
	if (memcmp(text, h.text, sizeof text) || here < depth * 3)
		printf("depth %d: argument changed\n", depth);
	r.b += here;
	return r;
}

static struct s2000
mine2000(struct s2000 a, const struct s2000 *b, int depth)
{
	struct s2000 keep = a, r;

	r = depth > 0 ? foreign2000(a, b, depth - 1) : a;
	if (memcmp(&keep, &a, sizeof a))
		printf("depth %d: 2000 bytes changed\n", depth);
	for (int i = 0; i < 500; i += 7)
		r.w[i] ^= keep.w[i + 1];
	return r;
}

static struct sx
minex(int depth, struct sx a, long double b, struct sx c, struct a32 v, double d)
{
	struct a32 copy = v;

	if (((uintptr_t)&copy & 31) || ((uintptr_t)&v & 31))
		printf("depth %d: not aligned\n", depth);
	copy.v[1] += depth;
	return depth > 0 ? foreignx(depth - 1, a, b * 0.5L, c, copy, d + 0.5) : a;
}

__attribute__((noinline)) static void
run(int depth, int up)
{
	if (up > 0) {
		run(depth, up - 1);
		return;
	}
	int n = 5;
	struct s100 h = { 3, "some text for the struct of one hundred bytes" };
	struct s16 r = mine16((struct s1){ 1 }, (struct s3){ "ab" }, (struct s8){ 4, 5.5f }, (struct s12){ 6, 7, 8.5f },
	    (struct s16){ 9.5, 10 }, (struct sff){ 1, 2, 3, 4 }, (struct s24){ 11, 12.25, &n }, h, depth);
	struct s2000 w;
	struct sx x = { 1.0L / 3, 4 };
	unsigned hash = 0;

	printf("%d: %.10g %ld %d\n", depth, r.a, r.b, n);
	for (int i = 0; i < 500; i++)
		w.w[i] = (unsigned)(i * i + depth);
	w = mine2000(w, &w, depth);
	for (int i = 0; i < 500; i++)
		hash = hash * 31 + w.w[i];
	x = minex(depth, x, 2.5L, x, (struct a32){ { 1, 2, 3, 4, 5, 6, 7, 8 } }, 0.125);
	printf("%08x %.17Lg %d\n", hash, x.a, x.b);
	printf("%ld\n", foreign_sum(1, 2, 3, 4, 5, 6, 7, depth, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 'c', (struct s24){ 1, 2, &n }, -3,
	    (struct s16){ 4, 5 }));
}

int
main(void)
{
	foreign_set(mine16, mine2000, minex);
	for (int d = 0; d < 60; d = d * 2 + 1)
		run(d, d * 3);
	return 0;
}
