// SPDX-License-Identifier: MIT
//
// Shows that a large local is gone when its function has returned, although the recursion continues
// below it. Each level calls a helper with a large local before it calls itself, and small frames
// take the place of the helper's on the way down.

#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define NOINLINE __attribute__((noinline))

static void *volatile sink;

static NOINLINE int
array(int n)
{
	char a[100000];
	sink = memset(a, n, sizeof a);
	return ((char *)sink)[n];
}

static NOINLINE int
aligned(int n)
{
	char a[100000] __attribute__((aligned(64)));
	sink = memset(a, n, sizeof a);
	return ((char *)sink)[n] + (int)((unsigned long)sink % 64);
}

static NOINLINE int
nested(int n)
{
	char a[70000];
	sink = memset(a, n, sizeof a);
	int more = array(n) + aligned(n);
	return a[n % 1000] + more;
}

static NOINLINE int
vla(int n)
{
	char a[n + 90000];
	sink = memset(a, n, sizeof a);
	return ((char *)sink)[n];
}

// several has one that is there by the way that the calls take, and small ones.
static NOINLINE int
several(int n)
{
	char small[n + 10];
	sink = small;
	small[n] = 1;
	if (n % 3 != 0) {
		char a[n + 90000];
		sink = memset(a, n, sizeof a);
		small[n] += a[n];
	}
	return n % 5 == 0 ? small[n] : small[n] + vla(n);
}

static int (*const kinds[])(int) = {array, aligned, nested, vla, several};

static NOINLINE long
down(int k, int n)
{
	long got = kinds[k](n % 100);
	char small[64];
	sink = small;
	small[0] = (char)got;
	if (n == 0)
		return small[0];
	got += down(k, n - 1);
	return got + small[0];
}

int
main(void)
{
	struct rusage u;
	for (int k = 0; k < 5; k++)
		printf("%ld\n", down(k, 4000));
	getrusage(RUSAGE_SELF, &u);
	printf("%s\n", u.ru_maxrss < 100000 ? "ok" : "too much");
	return 0;
}
