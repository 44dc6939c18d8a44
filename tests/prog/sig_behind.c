// SPDX-License-Identifier: MIT
//
// Shows that handlers work that have come past sigaction: one installed by a bare system call, and
// libc's own, by which setuid reaches every thread. They come while goroutines compute on stacks of
// 2 KB, whose neighbours keep their values.
//
// thrum-only
// levels: O0 O2
// out: ok

#define _GNU_SOURCE
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <thrum.h>

static thrum_wg wg;
static thrum_chan *go;
static atomic_int stop;
static volatile sig_atomic_t came;

static void
handler(int sig)
{
	char local[200];
	memset(local, sig, sizeof local);
	__asm__ volatile("" : : "r"(local) : "memory");
	came++;
}

static __attribute__((noinline)) long
hold(long n, long a, long b)
{
	if (n == 0) {
		thrum_chan_recv(go, NULL);
		return a;
	}
	long r = hold(n - 1, a + b, b);
	__asm__ volatile("" : "+r"(r));
	return r - b + (a - a);
}

static void
parked(void *arg)
{
	long id = (long)arg;
	if (hold(6, id, 3) != id)
		abort();
	thrum_wg_done(&wg);
}

static void
spinner(void *arg)
{
	(void)arg;
	while (!stop)
		__asm__ volatile("");
	thrum_wg_done(&wg);
}

int
main(void)
{
	struct {
		uintptr_t handler;
		unsigned long flags;
		uintptr_t restorer;
		uint64_t mask;
	} k;
	go = thrum_chan_make(0, 0);
	thrum_wg_add(&wg, 404);
	for (long i = 0; i < 404; i++)
		if (thrum_go(i % 101 == 0 ? spinner : parked, (void *)i) != 0)
			return 2;
	signal(SIGUSR1, handler);
	if (syscall(SYS_rt_sigaction, SIGUSR1, NULL, &k, 8) != 0)
		return 2;
	k.flags &= ~(unsigned long)SA_ONSTACK;
	if (syscall(SYS_rt_sigaction, SIGUSR1, &k, NULL, 8) != 0)
		return 2;
	thrum_sleep(1000000000);
	for (int i = 0; i < 25; i++) {
		int n = came;
		kill(getpid(), SIGUSR1);
		while (came == n)
			thrum_sleep(100000);
		if (setuid(getuid()) != 0)
			return 2;
	}
	stop = 1;
	thrum_chan_close(go);
	thrum_wg_wait(&wg);
	puts("ok");
	return 0;
}
