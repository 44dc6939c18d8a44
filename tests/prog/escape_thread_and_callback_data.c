// SPDX-License-Identifier: MIT
// Shows that another thread and library callbacks (tsearch, twalk_r, bsearch, atexit) write into
// locals of a live frame.
// ldflags: -pthread
#define _GNU_SOURCE
#include <pthread.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>

struct job {
	int in[100];
	long *out;
	int *done;
};

static void *
work(void *arg)
{
	struct job *j = arg;

	for (int i = 0; i < 100; i++)
		*j->out += j->in[i];
	*j->done = 1;
	return j->out;
}

static int
cmp(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

struct acc {
	long sum;
	int last, sorted;
};

static void
visit(const void *node, VISIT v, void *arg)
{
	struct acc *a = arg;
	const int *k = *(const int *const *)node;

	if (v == postorder || v == leaf) {
		a->sum += *k;
		a->sorted &= *k > a->last;
		a->last = *k;
	}
}

static void
nothing(void *p)
{
	(void)p;
}

static int exits;

static void
bye(void)
{
	printf("exit %d\n", ++exits);
	fflush(stdout);
}

__attribute__((noinline)) static long
level(int depth)
{
	struct job j;
	long out = 0;
	int done = 0, keys[20];
	pthread_t t;
	void *ret, *root = NULL;
	struct acc a = { 0, -1, 1 };

	for (int i = 0; i < 100; i++)
		j.in[i] = i * depth;
	j.out = &out;
	j.done = &done;
	if (pthread_create(&t, NULL, work, &j))
		return -1;
	for (int i = 0; i < 20; i++) {
		keys[i] = i * 7 % 20 * (depth + 1);
		tsearch(&keys[i], &root, cmp);
	}
	long below = depth > 0 ? level(depth - 1) : 0;
	pthread_join(t, &ret);
	twalk_r(root, visit, &a);
	int **hit = tfind(&keys[3], &root, cmp);
	if (ret != &out || !done || !a.sorted || !hit || *hit != &keys[3])
		printf("depth %d: wrong\n", depth);
	tdestroy(root, nothing);
	return below + out * 2 + a.sum;
}

int
main(void)
{
	atexit(bye);
	atexit(bye);
	printf("%ld\n", level(20));
	return 0;
}
