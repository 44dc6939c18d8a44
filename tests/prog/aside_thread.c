// SPDX-License-Identifier: MIT
// Shows that a coroutine of foreign assembly which a thread leaves in the middle of instrumented
// functions is refused by name.
// extra: aside_x.c=gcc
// want: fatal error: foreign code has switched stacks in the middle of functions that thrumcc has built
// thrum-only
#include <pthread.h>

#define main switches
#include "aside_switch.c"
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
