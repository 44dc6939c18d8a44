// SPDX-License-Identifier: MIT
// Shows that contexts of libc which a thread switches between in the middle of instrumented
// functions are refused by name.
// want: fatal error: foreign code has switched stacks in the middle of functions that thrumcc has built
// thrum-only
#include <pthread.h>

#define main switches
#include "aside_pair.c"
#undef main

static void *
thread(void *arg)
{
	switches();
	return arg;
}

int
main(void)
{
	pthread_t t;
	return pthread_create(&t, NULL, thread, NULL) != 0 || pthread_join(t, NULL) != 0;
}
