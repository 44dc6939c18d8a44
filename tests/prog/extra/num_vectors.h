// SPDX-License-Identifier: MIT
//
// num_vectors.h - the program of num_vectors_sse2.c, _avx2.c and _avx512.c: vector types of 8 to
// 64 bytes as arguments (in registers and on the stack), results and address-taken locals.
//
// NEEDS, if defined, is the name of what the processor must have.

#include <stdio.h>
#include <string.h>

typedef int v2i __attribute__((vector_size(8)));
typedef float v4f __attribute__((vector_size(16)));
typedef unsigned v8u __attribute__((vector_size(32)));
typedef unsigned long v8l __attribute__((vector_size(64)));
typedef unsigned char v16c __attribute__((vector_size(16)));

struct hold { v4f a; v8u b; };

static unsigned
hash(const void *p, size_t n)
{
	unsigned h = 2166136261u;

	for (const unsigned char *c = p; n--; c++)
		h = (h ^ *c) * 16777619u;
	return h;
}

__attribute__((noinline)) static void
turn(v8u *v, int by)
{
	v8u c = *v;

	for (int i = 0; i < 8; i++)
		(*v)[i] = c[(i + by) & 7] * 3;
}

__attribute__((noinline)) static v8u
f8(v8u a, v8u b, v2i c, int depth)
{
	v8u keep = a + b, mine = a;

	turn(&mine, depth);
	if (depth > 0)
		mine ^= f8(b, mine, c + depth, depth - 1);
	return mine * 5 + keep + (unsigned)c[1];
}

__attribute__((noinline)) static v4f
many(v4f a, v4f b, v4f c, v4f d, v4f e, v4f f, v4f g, v4f h, v4f i, v4f j, v16c k, v4f l, int depth)
{
	v4f s = a + b * 2 + c * 3 + d * 4 + e * 5 + f * 6 + g * 7 + h * 8 + i * 9 + j * 10 + l;

	s *= 1.0f / 128;
	if (depth > 0)
		s += many(l, a, b, c, d, s, e, f, g, h, k + 1, i, depth - 1);
	return s + (float)k[depth % 16] / 16;
}

__attribute__((noinline)) static v8l
wide(v8l a, v8l b, v8l c, v8l d, v8l e, v8l f, v8l g, v8l h, v8l i, v8l *p, int depth)
{
	v8l mine = a + b * 3 + c * 5 + d * 7 + e * 11 + f * 13 + g * 17 + h * 19 + i * 23;

	(*p)[depth % 8] ^= mine[(depth + 3) % 8];
	if (depth > 0)
		mine += wide(i, a, b, c, d, e, f, g, h, &mine, depth - 1);
	return mine;
}

__attribute__((noinline)) static struct hold
held(struct hold h, int depth)
{
	struct hold r = h;

	if (depth > 0) {
		r.a += 0.5f;
		r = held(r, depth - 1);
		r.b += h.b;
	}
	turn(&r.b, 1);
	return r;
}

__attribute__((noinline)) static int
run(void)
{
	v8u a = { 1, 2, 3, 4, 5, 6, 7, 8 }, b = a * 77, r;
	v2i c = { 9, 10 };
	v4f f = { 1, 2, 3, 4 }, s;
	v16c k = { 1, 2, 3, 4, 5, 6, 7, 8 };
	v8l w = { 1, 2, 3, 4, 5, 6, 7, 8 }, p = w, t;
	struct hold h = { f, a };

	for (int d = 0; d < 600; d = d * 3 + 1) {
		r = f8(a, b, c, d);
		s = many(f, f + 1, f, f + 2, f, f * 0.5f, f, f, f + 3, f, k, f, d % 40);
		t = wide(w, w + 1, w, w * 2, w, w, w, w + 3, w, &p, d);
		struct hold x = held(h, d);
		printf("%d %08x %.4f %.4f %08x %08x %.2f %08x\n", d, hash(&r, sizeof r), (double)s[0], (double)s[3], hash(&t, sizeof t),
		    hash(&p, sizeof p), (double)x.a[2], hash(&x.b, sizeof x.b));
	}
	return 0;
}

int
main(void)
{
#ifdef NEEDS
	if (!__builtin_cpu_supports(NEEDS))
		return puts("no " NEEDS) < 0;
#endif
	return run();
}
