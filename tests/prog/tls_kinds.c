// SPDX-License-Identifier: MIT
// Shows that _Thread_local variables of every kind work: static, extern, large, initialised,
// function-local, with their addresses taken over deep calls.
// extra: tls_kinds_t.c=thrumcc
#include <pthread.h>
#include <stdio.h>
#include <string.h>

extern _Thread_local int other_tls;
extern _Thread_local char other_buf[4096];
int *other_addr(void);
static _Thread_local long a = 42;
static _Thread_local int zero[1000];
_Thread_local struct { char name[16]; double d; } s = { "init", 2.5 };
static __thread const char *ptr = "pointer";

static int
counter(void)
{
	static _Thread_local int n = 7;
	return n++;
}

__attribute__((noinline)) static long
deep(int n, long *pa)
{
	int v[3] = { n, other_tls, zero[n] };
	*pa += v[0];
	zero[n]++;
	other_tls++;
	other_buf[n]++;
	return n ? deep(n - 1, pa) + (pa == &a) : *pa;
}

static void *
body(void *arg)
{
	long *out = arg;
	long r = deep(300, &a);
	for (int i = 0; i < 5; i++)
		r += counter();
	int z = 0;
	for (int i = 0; i < 1000; i++)
		z += zero[i];
	snprintf(s.name, sizeof s.name, "%ld", r);
	out[0] = r;
	out[1] = z;
	out[2] = other_tls;
	out[3] = other_addr() == &other_tls;
	out[4] = (long)strlen(s.name) + (long)strlen(ptr) + (long)(s.d * 2) + other_buf[300];
	return &a;
}

int
main(void)
{
	long o[4][5];
	memset(o, 0, sizeof o);
	void *mine = body(o[0]);
	pthread_t t[3];
	for (int i = 0; i < 3; i++)
		pthread_create(&t[i], NULL, body, o[i + 1]);
	int differ = 1;
	for (int i = 0; i < 3; i++) {
		void *r;
		pthread_join(t[i], &r);
		differ &= r != mine;
	}
	for (int i = 0; i < 4; i++)
		printf("%ld %ld %ld %ld %ld\n", o[i][0], o[i][1], o[i][2], o[i][3], o[i][4]);
	printf("%d %s %ld\n", differ, s.name, a);
	return 0;
}
