// SPDX-License-Identifier: MIT
// Shows that 150 threads, in waves and with small stacks of their own, each return a result
// computed in address-taken locals.
#include <limits.h>
#include <pthread.h>
#include <stdio.h>

__attribute__((noinline)) static long
fib(int n, long *count)
{
	long a, b, *p[2] = { &a, &b };
	++*count;
	if (n < 2)
		return n;
	*p[0] = fib(n - 1, count);
	*p[1] = fib(n - 2, count);
	return a + b;
}

static void *
body(void *arg)
{
	long count = 0;
	int n = *(int *)arg;
	return (void *)(fib(n, &count) * 1000 + count);
}

int
main(void)
{
	long sum = 0;
	pthread_attr_t at;
	pthread_attr_init(&at);
	pthread_attr_setstacksize(&at, 128 * 1024);
	for (int w = 0; w < 5; w++) {
		pthread_t t[30];
		int n[30];
		for (int i = 0; i < 30; i++) {
			n[i] = i % 9 + w;
			if (pthread_create(&t[i], i & 1 ? &at : NULL, body, &n[i]))
				return 1;
		}
		for (int i = 0; i < 30; i++) {
			void *r;
			pthread_join(t[i], &r);
			sum += (long)r;
		}
	}
	printf("%ld\n", sum);
	return 0;
}
