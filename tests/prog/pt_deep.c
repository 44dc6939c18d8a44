// SPDX-License-Identifier: MIT
// Shows that pthread_create threads run instrumented code on their own stacks: deep recursion,
// VLAs, big locals, qsort and pointers between threads.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct job { int id; long out; long *peer; };

__attribute__((noinline)) static long
rec(int n, const long *up)
{
	long v[6] = { *up + 1, n };
	return n ? rec(n - 1, v) + v[1] % 3 : v[0];
}

static int
cmp(const void *a, const void *b)
{
	long x = *(const int *)a, y = *(const int *)b, z = 0;
	return rec(10, &z) < 0 ? 0 : (x > y) - (x < y);
}

static void *
body(void *arg)
{
	struct job *j = arg;
	int n = 50 + j->id * 10;
	int vla[n];
	char big[20000];
	memset(big, j->id, sizeof big);
	for (int i = 0; i < n; i++)
		vla[i] = i * 17 % n;
	qsort(vla, (size_t)n, sizeof vla[0], cmp);
	long z = j->id;
	j->out = rec(800, &z) + vla[n - 1] + big[19999];
	*j->peer = z;
	return &j->out;
}

int
main(void)
{
	pthread_t t[8];
	struct job jobs[8];
	long peers[8] = { 0 };
	for (int i = 0; i < 8; i++) {
		jobs[i] = (struct job){ i, 0, &peers[7 - i] };
		if (pthread_create(&t[i], NULL, body, &jobs[i]))
			return 1;
	}
	long z = 100, own = rec(700, &z);
	for (int i = 0; i < 8; i++) {
		void *r;
		pthread_join(t[i], &r);
		printf("%ld %d\n", *(long *)r, r == &jobs[i].out);
	}
	for (int i = 0; i < 8; i++)
		printf("%ld ", peers[i]);
	printf("\n%ld\n", own);
	return 0;
}
