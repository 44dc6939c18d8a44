// SPDX-License-Identifier: MIT
// Shows that others can free what ended threads have allocated. The caches of ended threads, and
// the memory in them, are used again: 400 threads need no more than a few do.
// thrum-only
// out: ok
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <thrum.h>

#include "extra/check.h"

#define N 500

static char *p[2][N];

static void *
thread(void *arg)
{
	char **mine = arg;
	for (int i = 0; i < N; i++) {
		CHECK(mine[i] = thrum_malloc((size_t)i * 4));
		memset(mine[i], i, (size_t)i * 4);
	}
	return NULL;
}

static size_t
mapped(void)
{
	static thrum_memstats st;
	thrum_get_memstats(&st);
	return st.mapped + st.meta;
}

int
main(void)
{
	size_t first = 0;
	for (int round = 0; round < 400; round++) {
		pthread_t t;
		char **mine = p[round % 2];
		for (int i = 0; i < N; i++)
			thrum_free(mine[i]);
		CHECK(pthread_create(&t, NULL, thread, mine) == 0);
		CHECK(pthread_join(t, NULL) == 0);
		for (int i = 0; i < N; i++)
			for (int k = 0; k < i * 4; k += 13)
				CHECK(mine[i][k] == (char)i);
		if (round == 20)
			first = mapped();
	}
	CHECK(mapped() <= first + (1 << 20));
	puts("ok");
	return 0;
}
