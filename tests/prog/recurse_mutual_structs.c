// SPDX-License-Identifier: MIT
// Shows that three mutually recursive functions with frames of different sizes pass structs and
// arrays down by pointer and by value.
#include <stdio.h>
#include <string.h>

struct small { int a; short b; };
struct mid { struct small s[5]; double d; };
struct big { struct mid m[4]; char name[64]; };

static unsigned fa(struct small *s, int n);
static unsigned fb(struct mid m, struct small *from, int n);
static unsigned fc(const struct big *b, struct mid *m, int n);

__attribute__((noinline)) static unsigned
fa(struct small *s, int n)
{
	struct mid m;
	unsigned r;

	if (n <= 0)
		return (unsigned)(s->a + s->b);
	memset(&m, 0, sizeof m);
	for (int i = 0; i < 5; i++) {
		m.s[i].a = s->a + i;
		m.s[i].b = (short)(n + i);
	}
	m.d = n / 2.0;
	r = fb(m, &m.s[n % 5], n - 1);
	for (int i = 0; i < 5; i++)
		r = r * 17 + (unsigned)m.s[i].a + (unsigned)m.s[i].b;
	return r;
}

__attribute__((noinline)) static unsigned
fb(struct mid m, struct small *from, int n)
{
	struct big b;
	unsigned r;

	if (n <= 0)
		return (unsigned)m.s[1].a;
	for (int i = 0; i < 4; i++) {
		m.d += 0.25;
		b.m[i] = m;
	}
	snprintf(b.name, sizeof b.name, "level %d of %d", n, from->a);
	from->a += 3;
	r = fc(&b, &b.m[2], n - 1);
	return r * 3 + (unsigned)strlen(b.name) + (unsigned)(b.m[2].d * 4) + (unsigned)m.s[0].a;
}

__attribute__((noinline)) static unsigned
fc(const struct big *b, struct mid *m, int n)
{
	struct small s = { b->m[0].s[0].a + 1, (short)n }, *p = &s;
	unsigned r;

	if (n <= 0)
		return 1;
	m->d *= 2;
	r = fa(p, n - 1);
	return r ^ (unsigned)s.a ^ ((unsigned)b->name[6] << 8);
}

int
main(void)
{
	struct small s = { 5, 6 };

	for (int n = 1; n < 1500; n = n * 2 + 1)
		printf("%d %u\n", n, fa(&s, n));
	return 0;
}
