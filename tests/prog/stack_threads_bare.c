// SPDX-License-Identifier: MIT
// cflags: -fno-asynchronous-unwind-tables -fno-unwind-tables
// Shows that threads may end by pthread_exit in code that has no unwind tables: destructors of
// thread-local values come later on the same stack.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_key_t key;
static int destroyed;

static __attribute__((noinline)) int
frames(int n, int exits)
{
	char local[3000];
	memset(local, n, sizeof local);
	int below = n > 0 ? frames(n - 1, exits) : 0;
	if (n == 0 && exits)
		pthread_exit(NULL);
	for (unsigned i = 0; i < sizeof local; i += 100)
		below += local[i] != n;
	return below;
}

static void
destroy(void *p)
{
	char text[500];
	snprintf(text, sizeof text, "%400d", *(int *)p);
	destroyed += frames(30, 0) == 0 && atoi(text) == 5;
}

static void *
thread(void *arg)
{
	pthread_setspecific(key, arg);
	frames(30, 1);
	return NULL;
}

int
main(void)
{
	int five = 5;
	pthread_key_create(&key, destroy);
	for (int i = 0; i < 200; i++) {
		pthread_t t;
		if (pthread_create(&t, NULL, thread, &five) != 0 || pthread_join(t, NULL) != 0)
			return 1;
	}
	printf("%d destroyed\n", destroyed);
	return 0;
}
