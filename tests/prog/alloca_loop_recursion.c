// SPDX-License-Identifier: MIT
// Shows that alloca blocks of a loop form a list that lives until the frame returns, while deeper
// frames make their own.
#include <alloca.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct blk {
	struct blk *next;
	size_t n;
	unsigned char b[];
};

__attribute__((noinline)) static unsigned
use(const struct blk *l)
{
	unsigned h = 0;

	for (; l; l = l->next)
		for (size_t i = 0; i < l->n; i++)
			h = h * 31 + l->b[i];
	return h;
}

__attribute__((noinline)) static unsigned
level(int depth)
{
	struct blk *list = NULL;
	unsigned h = 0, r = 0, before;

	for (int i = 0; i < depth % 9 + 1; i++) {
		size_t n = (size_t)((i * 37 + depth) % 100);
		struct blk *b = alloca(sizeof *b + n);
		if ((uintptr_t)b % 16)
			puts("alloca is not aligned");
		b->n = n;
		b->next = list;
		memset(b->b, depth + i, n);
		list = b;
		if (i % 4 == 3)
			h += use(list);
	}
	char *zero = alloca(depth > 0 ? 0 : 1), *one = alloca(1);
	*one = (char)depth;
	before = use(list);
	if (depth > 0)
		r = level(depth - 1);
	if (use(list) != before || *one != (char)depth || !zero)
		printf("depth %d: block changed\n", depth);
	return r * 7 + before + h;
}

__attribute__((noinline)) static size_t
collect(int n)
{
	char *all = NULL, *p;
	size_t len = 0;

	for (int i = 0; i < n; i++) {
		p = alloca((size_t)i + 8);
		len = (size_t)sprintf(p, "%d", i);
		for (size_t k = len; k < (size_t)i + 8; k++)
			p[k] = (char)('a' + k % 26);
		all = all && all[0] > p[0] ? all : p;
	}
	return len + (size_t)all[0] + (size_t)all[1];
}

int
main(void)
{
	for (int d = 0; d < 700; d = d * 3 + 2)
		printf("%d %u\n", d, level(d));
	printf("%zu\n", collect(500));
	return 0;
}
