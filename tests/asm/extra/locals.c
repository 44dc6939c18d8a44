// SPDX-License-Identifier: MIT
// Locals of every kind that leave the machine stack, for gdb_locals.sh.
#include <stdio.h>
#include <string.h>

struct point {
	int x, y;
	char name[8];
};

__attribute__((noinline)) void
look(void *a, void *b, void *c, void *d)
{
	__asm__ volatile("" : : "r"(a), "r"(b), "r"(c), "r"(d) : "memory");
}

__attribute__((noinline)) static int
moved(int n, struct point byvalue)
{
	int number = 42 + n;
	long array[5] = { 10, 20, 30, 40, 50 };
	struct point where = { 7, 8, "here" };
	char vla[n + 3];
	double aligned __attribute__((aligned(64))) = 2.5;
	int *pointer = &number;
	memset(vla, 'v', (size_t)n + 3);
	look(&number, array, &where, vla);
	look(&byvalue, &aligned, &pointer, &n);
	{
		int inner = 99;
		look(&inner, &number, vla, &where); // here
	}
	number += 1000;
	look(&number, array, &where, vla); // later
	return number + (int)array[1] + where.y + vla[1] + (int)aligned;
}

__attribute__((noinline)) static int
deep(int n)
{
	char name[24];
	snprintf(name, sizeof name, "level %d", n);
	int r = n > 0 ? deep(n - 1) : moved(4, (struct point){ 1, 2, "arg" });
	look(name, &r, NULL, NULL);
	return r + name[0];
}

int
main(void)
{
	return deep(40) == 0;
}
