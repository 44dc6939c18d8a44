// SPDX-License-Identifier: MIT
// Shows that if many threads fault together, one reports, undisturbed, and the process ends by the
// signal.
// want: signal 11
// err: fatal signal: SIGSEGV: invalid memory access, address 0x18, pc 0x
// err: [runs no goroutine]:
// err: fault(...)
// err: crash_thread.c:
#include <pthread.h>
#include <unistd.h>

static pthread_barrier_t all;

static void *
fault(void *arg)
{
	pthread_barrier_wait(&all);
	*(volatile int *)24 = 1;
	return arg;
}

int
main(void)
{
	pthread_t t;
	pthread_barrier_init(&all, NULL, 8);
	for (int i = 0; i < 8; i++)
		pthread_create(&t, NULL, fault, NULL);
	for (;;)
		pause();
}
