// SPDX-License-Identifier: MIT
// Shows that pthread key destructors, cleanup handlers, cancellation and pthread_exit from deep
// recursion run right.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pthread_key_t key;
static int destroyed, cleaned;
static pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;

__attribute__((noinline)) static int
deep(int n)
{
	char b[40];
	memset(b, n, sizeof b);
	char *volatile p = b;
	return n ? deep(n - 1) + (p[39] == (char)n) : 0;
}

static void
destroy(void *p)
{
	char t[30];
	snprintf(t, sizeof t, "%d", *(int *)p);
	pthread_mutex_lock(&mu);
	destroyed += atoi(t) + deep(100);
	pthread_mutex_unlock(&mu);
	free(p);
}

static void
cleanup(void *arg)
{
	pthread_mutex_lock(&mu);
	cleaned += *(int *)arg;
	pthread_mutex_unlock(&mu);
}

__attribute__((noinline)) static void
leave(int n)
{
	int mine = n;
	pthread_cleanup_push(cleanup, &mine);
	if (n == 0)
		pthread_exit((void *)7);
	leave(n - 1);
	pthread_cleanup_pop(0);
}

static void *
body(void *arg)
{
	int *p = malloc(sizeof *p);
	*p = *(int *)arg;
	pthread_setspecific(key, p);
	leave(*p * 5);
	return NULL;
}

static void *
sleeper(void *arg)
{
	int nine = 9000;
	pthread_cleanup_push(cleanup, &nine);
	for (;;)
		pause();
	pthread_cleanup_pop(0);
	return arg;
}

int
main(void)
{
	pthread_t t[6];
	int ids[5];
	long codes = 0;
	pthread_key_create(&key, destroy);
	for (int i = 0; i < 5; i++) {
		ids[i] = i + 1;
		pthread_create(&t[i], NULL, body, &ids[i]);
	}
	pthread_create(&t[5], NULL, sleeper, NULL);
	for (int i = 0; i < 5; i++) {
		void *r;
		pthread_join(t[i], &r);
		codes += (long)r;
	}
	printf("%d %d %ld\n", destroyed, cleaned, codes);
	void *r;
	if (pthread_cancel(t[5]))
		return 3;
	pthread_join(t[5], &r);
	printf("%d\n", r == PTHREAD_CANCELED);
	return 0;
}
