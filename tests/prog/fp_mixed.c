// SPDX-License-Identifier: MIT
// Shows that tables, heap cells, struct members and void pointers of both foreign and instrumented
// functions call the right one.
// ldflags: -lm
#define _GNU_SOURCE
#include <ctype.h>
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((noinline)) static size_t
my_strlen(const char *s)
{
	char c[2] = { *s, 0 };
	const char *volatile p = c;
	return *p ? my_strlen(s + 1) + 1 : 0;
}

static int
my_upper(int c)
{
	char b[2] = { (char)c, 0 };
	char *volatile p = b;
	return p[0] >= 'a' && p[0] <= 'z' ? p[0] - 32 : p[0];
}

static double
my_half(double x)
{
	double a[2] = { x, 2 };
	double *volatile p = a;
	return p[0] / p[1];
}

typedef size_t (*len_fn)(const char *);
typedef int (*int_fn)(int);
typedef double (*dbl_fn)(double);

static len_fn const lens[] = { strlen, my_strlen };
static int_fn chars[] = { toupper, my_upper, tolower, abs };
static const struct { const char *name; dbl_fn f; } maths[] = { { "sqrt", sqrt }, { "half", my_half }, { "floor", floor } };

__attribute__((noinline)) static void *
pick(int i)
{
	return i & 1 ? (void *)my_strlen : (void *)strlen;
}

int
main(void)
{
	char s[300];
	memset(s, 'q', sizeof s - 1);
	s[299] = 0;
	size_t n = 0;
	for (int i = 0; i < 10; i++) {
		n += lens[i & 1](s + i * 20);
		n += ((len_fn)pick(i))(s + i);
	}
	int c = 0;
	for (int i = 0; i < 4; i++)
		for (int k = 'A'; k < 'z'; k++)
			c = (c * 3 + chars[i](k)) % 65521;
	double d = 0;
	for (int i = 0; i < 30; i++)
		d += maths[i % 3].f(i * 1.5);
	printf("%zu %d %.6f\n", n, c, d);
	int_fn *heap = malloc(2 * sizeof *heap);
	heap[0] = dlsym(RTLD_DEFAULT, "toupper");
	heap[1] = my_upper;
	printf("%c%c\n", heap[0] ? heap[0]('x') : '?', heap[1]('y'));
	free(heap);
	int (*pf)(const char *, ...) = printf;
	printf("%d %d\n", pf == &printf, (void *)pf == dlsym(RTLD_DEFAULT, "printf"));
	printf("%d %d\n", lens[0] == strlen, lens[1] == my_strlen);
	void *any[3] = { (void *)puts, (void *)my_upper, (void *)snprintf };
	((int (*)(const char *))any[0])("through void");
	int (*sp)(char *, size_t, const char *, ...) = (int (*)(char *, size_t, const char *, ...))any[2];
	sp(s, sizeof s, "%d %s %.2f %d %d %d %d %g", 1, "two", 3.0, 4, 5, 6, 7, 8.5);
	pf("%s\n", s);
	return 0;
}
