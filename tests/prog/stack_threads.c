// SPDX-License-Identifier: MIT
// extra: stack_threads_x.c=gcc
// Shows that threads have their locals on their own stack, and may end in any way and place: by
// return, by pthread_exit in deep calls, cancelled. Destructors of thread-local values come after
// that, on the same stack, with locals of their own. A thousand threads run, some with deep calls
// whose locals are beyond the room on the stack. Others have a foreign start routine, which calls
// back with arguments and results of all kinds, and is jumped back to.
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "extra/stack_threads.h"

#define ROUNDS 250

static pthread_key_t key;
static int destroyed, wrong; // under the lock
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static __attribute__((noinline)) long
sum(const char *p, int n)
{
	long s = 0;
	for (int i = 0; i < n; i++)
		s += p[i];
	return s;
}

// frames needs locals of depth * 3 KB, and checks them when the deeper calls have ended.
static __attribute__((noinline)) long
frames(int depth, int how)
{
	char local[3000];
	memset(local, depth & 63, sizeof local);
	long s = 0;
	if (depth > 0)
		s = frames(depth - 1, how);
	else if (how == 1)
		pthread_exit((void *)5);
	else if (how == 2)
		pthread_testcancel();
	return s + sum(local, sizeof local) - 3000L * (depth & 63);
}

static void
destroy(void *p)
{
	int bad = frames(30, 0) != 0 || *(int *)p != 77;
	free(p);
	pthread_mutex_lock(&mutex);
	destroyed++;
	wrong += bad;
	pthread_mutex_unlock(&mutex);
}

struct job {
	int how, depth;
};

static void *
thread(void *arg)
{
	struct job j = *(struct job *)arg;
	int *p = malloc(sizeof *p);
	*p = 77;
	pthread_setspecific(key, p);
	if (j.how == 2)
		pthread_cancel(pthread_self());
	return (void *)(frames(j.depth, j.how) + 5);
}

void *foreignthread(void *);

static long
many(int a, int b, int c, int d, int e, int f, int g, int h, long i, struct big big, double x, struct wide w, int k)
{
	long s = a + b + c + d + e + f + g + h + i + (long)x + w.b[0] + k + frames(5, 0) + (long)((uintptr_t)&w % 64);
	for (int n = 0; n < 9; n++)
		s += big.v[n];
	return s;
}

static struct big
result(int i)
{
	struct big b;
	long bad = frames(3, 0);
	for (int n = 0; n < 9; n++)
		b.v[n] = (long)n * i + bad;
	b.v[0] = i;
	return b;
}

static struct two
pair(int i)
{
	return (struct two){i + frames(2, 0), i + 0.5};
}

static void
jumps(int depth, void *back)
{
	char local[100];
	memset(local, depth, sizeof local);
	if (depth > 0)
		jumps(depth - 1, back);
	longjmp(*(jmp_buf *)back, 1 + (int)sum(local, 1));
}

static double
variadic(int n, ...)
{
	va_list ap;
	double s = frames(4, 0);
	va_start(ap, n);
	if (n < 0)
		jumps(-n - 1, va_arg(ap, void *));
	for (int i = 0; i < n; i += 2) {
		s += va_arg(ap, int);
		s += va_arg(ap, double);
	}
	va_end(ap);
	return s;
}

int
main(void)
{
	static const int depths[] = {0, 20, 400};
	pthread_key_create(&key, destroy);
	for (int i = 0; i < ROUNDS; i++) {
		struct job jobs[4];
		pthread_t t[4];
		for (int k = 0; k < 4; k++) {
			jobs[k] = (struct job){(i + k) % 3, depths[i * 7 % 3]};
			if (pthread_create(&t[k], NULL, thread, &jobs[k]) != 0)
				return 1;
		}
		for (int k = 0; k < 4; k++) {
			void *got;
			if (pthread_join(t[k], &got) != 0 || got != (jobs[k].how == 2 ? PTHREAD_CANCELED : (void *)5))
				printf("%d: result %p\n", jobs[k].how, got);
		}
	}
	struct callbacks cb = {many, result, pair, jumps, variadic};
	pthread_t t[4];
	for (int k = 0; k < 4; k++)
		if (pthread_create(&t[k], NULL, foreignthread, &cb) != 0)
			return 2;
	for (int k = 0; k < 4; k++) {
		void *bad;
		if (pthread_join(t[k], &bad) != 0 || bad)
			printf("foreign: %ld wrong\n", (long)bad);
	}
	printf("%d destroyed, %d wrong\n", destroyed, wrong);
	return 0;
}
