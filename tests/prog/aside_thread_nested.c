// SPDX-License-Identifier: MIT
// Shows that, in a thread, foreign code may call instrumented functions on a stack of its own when
// each returns before others go on: what aside_nested.c does, and handlers on an own stack.
// extra: aside_x.c=gcc
#include <pthread.h>

#define main nested
#include "aside_nested.c"
#undef main

static void
onusr2(int sig)
{
	char text[300];
	int a[40];
	fill(a, 40, sig);
	qsort(a, 40, sizeof a[0], compare);
	snprintf(text, sizeof text, "%200d", a[3]);
	signals += atoi(text) == sig + 3;
}

static void *
thread(void *arg)
{
	stack_t s = {.ss_sp = malloc(1 << 17), .ss_size = 1 << 17}, off = {.ss_flags = SS_DISABLE};
	struct sigaction sa = {.sa_handler = onusr2, .sa_flags = SA_ONSTACK};
	sigaltstack(&s, NULL);
	sigaction(SIGUSR2, &sa, NULL);
	for (int i = 0; i < 3; i++) {
		raise(SIGUSR2);
		nested();
	}
	sigaltstack(&off, NULL);
	free(s.ss_sp);
	return arg;
}

int
main(void)
{
	pthread_t t;
	return pthread_create(&t, NULL, thread, NULL) != 0 || pthread_join(t, NULL) != 0;
}
