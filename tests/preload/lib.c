// SPDX-License-Identifier: MIT
//
// lib.c - a shared object that allocates wherever it gets control: in its constructor, in handlers
// of fork that it registers there, in destructors of thread-specific data, and when it is unloaded.
// threads.c is linked with it. A copy is loaded and unloaded at run time.

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define N 50

static char *kept[N];
static pthread_key_t key;
static _Thread_local char *mine;

static void
take(void)
{
	for (int i = 0; i < N; i++) {
		if (kept[i] && kept[i][0] != (char)i)
			abort();
		free(kept[i]);
		if (!(kept[i] = malloc((size_t)i * 50 + 1)))
			abort();
		memset(kept[i], i, (size_t)i * 50 + 1);
	}
}

// ended runs in each round of destructors. It frees what the round before has allocated.
__attribute__((unused)) static void
ended(void *p)
{
	char *next = malloc(500);
	if (*(char *)p != 1 || !next)
		abort();
	free(p);
	*next = 1;
	pthread_setspecific(key, next); // after the last round it is lost
}

__attribute__((constructor)) static void
begin(void)
{
	take();
#ifndef LOADED // such handlers would outlive the object
	pthread_atfork(take, take, take);
	pthread_key_create(&key, ended);
#endif
}

__attribute__((destructor)) static void
end(void)
{
	for (int i = 0; i < N; i++)
		free(kept[i]);
	memset(kept, 0, sizeof kept);
}

// use is called by each thread.
void
use(void)
{
	free(mine);
	mine = malloc(100);
#ifndef LOADED
	char *p = malloc(500);
	*p = 1;
	pthread_setspecific(key, p);
#else
	free(mine);
	mine = NULL;
#endif
}
