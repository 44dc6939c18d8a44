// SPDX-License-Identifier: MIT
//
// hello.c - three goroutines recurse, each on a stack of 2 KB that grows as needed.
//
//	thrumcc -O2 hello.c -o hello && ./hello
//
// Every level of sum has a local that the level below reads through a pointer. The
// stacks under these calls move again and again; the pointers stay right, because a
// local whose address is taken does not lie on the stack.
//
// out: goroutine 2: 10 levels, sum 55
// out: goroutine 3: 1000 levels, sum 500500
// out: goroutine 4: 5000 levels, sum 12502500

#include <stdio.h>
#include <thrum.h>

static thrum_wg wg;

static long
sum(long n, const long *above)
{
	long here = *above + n;
	return n == 0 ? here : sum(n - 1, &here);
}

static void
work(void *arg)
{
	long zero = 0, n = *(long *)arg;
	printf("goroutine %d: %ld levels, sum %ld\n", (int)thrum_goid(thrum_self()), n, sum(n, &zero));
	thrum_wg_done(&wg);
}

int
main(void)
{
	long levels[] = {10, 1000, 5000};
	for (int i = 0; i < 3; i++) {
		thrum_wg_add(&wg, 1);
		if (thrum_go(work, &levels[i]) != 0)
			return 1;
	}
	thrum_wg_wait(&wg);
	return 0;
}
