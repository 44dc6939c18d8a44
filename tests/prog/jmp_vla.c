// SPDX-License-Identifier: MIT
// Shows that setjmp in a function with a VLA and alloca keeps both, and that frames jumped over
// with VLAs give their memory back.
#include <alloca.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

static jmp_buf env;

__attribute__((noinline)) static int
hop(int n)
{
	char v[n * 10 + 10];
	memset(v, n, sizeof v);
	char *a = alloca((size_t)n + 1);
	memset(a, n, (size_t)n + 1);
	if (n == 0)
		longjmp(env, 1);
	return hop(n - 1) + v[n] + a[n];
}

__attribute__((noinline)) static int
body(int n)
{
	int v[n];
	char *volatile s = alloca((size_t)n);
	volatile int rounds = 0;
	for (int i = 0; i < n; i++)
		v[i] = i * i;
	memset(s, 'a', (size_t)n - 1);
	s[n - 1] = 0;
	int *volatile pv = v;
	setjmp(env);
	if (rounds < 50) {
		rounds++;
		pv[0] += rounds;
		s[rounds % (n - 1)] = 'b';
		hop(20 + rounds);
	}
	int sum = 0;
	for (int i = 0; i < n; i++)
		sum += pv[i];
	printf("%d %s\n", sum, s);
	return sum;
}

int
main(void)
{
	int t = 0;
	for (int i = 10; i < 60; i += 7)
		t += body(i);
	printf("%d\n", t);
	return 0;
}
