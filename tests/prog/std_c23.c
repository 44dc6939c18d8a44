// SPDX-License-Identifier: MIT
// Shows that C23 works: nullptr, typeof, auto, constexpr, empty initialisers of VLAs and structs,
// enums with a type, unnamed parameters, variadics without a name.
// cflags: -std=c23
#include <stdarg.h>
#include <stdio.h>

enum colour : unsigned char { RED, GREEN = 200 };
struct rec { int a, b[6]; enum colour c; };

[[gnu::noinline]] static int
sum(...)
{
	va_list ap;
	int s = 0;

	va_start(ap);
	for (int v; (v = va_arg(ap, int)) != 0;)
		s += v;
	va_end(ap);
	return s;
}

[[gnu::noinline]] static int
level(int depth, struct rec *up, [[maybe_unused]] int)
{
	constexpr int size = 6;
	struct rec r = {};
	int v[depth % 10 + 1] = {};
	auto p = &r.b[depth % size];
	typeof(*p) t = depth, *q = &t;

	*p += ++*q;
	v[depth % 10] = *q;
	r.c = depth % 2 ? GREEN : RED;
	if (up != nullptr)
		up->a += depth;
	int below = depth > 0 ? level(depth - 1, &r, 0b1010'1010) : sum(1, 2, 3, 4, 5, 6, 7, 8, 9, 0);
	if (v[depth % 10] != depth + 1 || *p != depth + 1 || r.a != (depth > 0 ? depth - 1 : 0))
		printf("depth %d changed\n", depth);
	return (below * 3 + r.a + r.c + sum(t, depth + 1, 0)) % 1'000'003;
}

int
main()
{
	for (int d = 0; d < 900; d = d * 3 + 1)
		printf("%d\n", level(d, nullptr, 1));
	return 0;
}
