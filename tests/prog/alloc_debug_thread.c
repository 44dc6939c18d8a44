// SPDX-License-Identifier: MIT
// Shows that with THRUM_DEBUG=malloc=1 a fault in an object of a plain thread is found, and that
// the report says that a thread has allocated it.
// env: THRUM_DEBUG=malloc=1
// want: fatal error: heap overflow: 1 byte from 0x
// err: behind an object of 0 bytes at 0x
// err: allocated by a thread that runs no goroutine:
// err: thread(...)
// err: main(...)
// thrum-only
#include <pthread.h>
#include <thrum.h>

static void *
thread(void *arg)
{
	(void)arg;
	return thrum_calloc(0, 10);
}

int
main(void)
{
	pthread_t t;
	void *p;
	if (pthread_create(&t, NULL, thread, NULL) != 0)
		return 1;
	pthread_join(t, &p);
	*(char volatile *)p = 1;
	thrum_free(p);
	return 0;
}
