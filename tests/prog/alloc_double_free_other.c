// SPDX-License-Identifier: MIT
// Shows that a second free is found if another thread has allocated the object.
// want: fatal error: double free: 0x
// thrum-only
#include <pthread.h>
#include <thrum.h>

static char *p;

static void *
thread(void *arg)
{
	p = thrum_malloc(64);
	return arg;
}

int
main(void)
{
	pthread_t t;
	if (pthread_create(&t, NULL, thread, NULL) != 0)
		return 1;
	pthread_join(t, NULL);
	char *volatile q = p;
	thrum_free(p);
	thrum_free(q);
	return 0;
}
