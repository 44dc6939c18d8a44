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
// The three run at the same time, as far as there are processors; main prints what they have found
// when all are done.
//
// out: 10 levels: 55
// out: 1000 levels: 500500
// out: 5000 levels: 12502500

#include <stdio.h>
#include <thrum.h>

static thrum_wg wg;

struct job {
	long levels, sum;
};

static long
sum(long n, const long *above)
{
	long here = *above + n;
	return n == 0 ? here : sum(n - 1, &here);
}

static void
work(void *arg)
{
	struct job *j = arg;
	long zero = 0;
	j->sum = sum(j->levels, &zero);
	thrum_wg_done(&wg);
}

int
main(void)
{
	struct job jobs[] = {{10, 0}, {1000, 0}, {5000, 0}};
	for (int i = 0; i < 3; i++) {
		thrum_wg_add(&wg, 1);
		if (thrum_go(work, &jobs[i]) != 0)
			return 1;
	}
	thrum_wg_wait(&wg);
	for (int i = 0; i < 3; i++)
		printf("%ld levels: %ld\n", jobs[i].levels, jobs[i].sum);
	return 0;
}
