// SPDX-License-Identifier: MIT
// The parts of the sync programs that other compilers build: functions to be called by pointer, and
// users of the calls in line.
#include <stdatomic.h>
#include <stdlib.h>
#include <thrum.h>

_Atomic long foreign_made, foreign_dropped;

void
foreign_count(void *arg)
{
	char *text = malloc(1000);
	free(text);
	++*(int *)arg;
}

void *
foreign_make(void *arg)
{
	(void)arg;
	foreign_made++;
	return calloc(1, sizeof(long));
}

void
foreign_drop(void *object)
{
	foreign_dropped++;
	free(object);
}

void
foreign_add(thrum_mutex *m, long *count, int n)
{
	for (int i = 0; i < n; i++) {
		thrum_mutex_lock(m);
		++*count;
		thrum_mutex_unlock(m);
	}
}

int
foreign_wait(thrum_cond *c, thrum_mutex *m, int *ready)
{
	thrum_mutex_lock(m);
	while (!*ready)
		thrum_cond_wait(c, m);
	int v = *ready;
	thrum_mutex_unlock(m);
	return v;
}
