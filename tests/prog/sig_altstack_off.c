// SPDX-License-Identifier: MIT
//
// Shows that a program may set an alternate stack for a while and then disable it. The thread has
// the runtime's again, and the program sees its own view. Signals keep coming to goroutines on
// small stacks meanwhile.
//
// thrum-only
// out: ok
// env: THRUM_QUANTUM=100us

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>

#include "extra/check.h"

static thrum_wg wg;
static volatile sig_atomic_t inside;
static char own[64 << 10];

static __attribute__((noinline)) long
spin(long s)
{
	for (long i = 0; i < 20000000; i++) {
		s = s * 3 + 1;
		__asm__ volatile("" : "+r"(s));
	}
	return s;
}

static void
handler(int sig)
{
	char local;
	(void)sig;
	stack_t now;
	CHECK(sigaltstack(NULL, &now) == 0);
	inside = (char *)__builtin_frame_address(0) > own && (char *)__builtin_frame_address(0) < own + sizeof own;
	__asm__ volatile("" : : "r"(&local));
}

static void
work(void *arg)
{
	stack_t off = {.ss_flags = SS_DISABLE}, mine = {.ss_sp = own, .ss_size = sizeof own}, old;
	thrum_lock_thread();
	CHECK(sigaltstack(NULL, &old) == 0 && old.ss_flags == SS_DISABLE);
	CHECK(sigaltstack(&mine, &old) == 0 && old.ss_flags == SS_DISABLE);
	CHECK(sigaltstack(NULL, &old) == 0 && old.ss_sp == own && old.ss_size == sizeof own && old.ss_flags == 0);
	raise(SIGUSR1);
	CHECK(inside);
	CHECK(sigaltstack(&off, &old) == 0 && old.ss_sp == own);
	CHECK(sigaltstack(&off, NULL) == 0);
	CHECK(sigaltstack(NULL, &old) == 0 && old.ss_flags == SS_DISABLE);
	raise(SIGUSR1);
	CHECK(!inside);
	thrum_unlock_thread();
	if (spin((long)arg) == 42)
		puts("42");
	thrum_wg_done(&wg);
}

static void
spinner(void *arg)
{
	if (spin((long)arg) == 42)
		puts("42");
	thrum_wg_done(&wg);
}

int
main(void)
{
	signal(SIGUSR1, handler);
	for (long i = 0; i < 10; i++) {
		thrum_wg_add(&wg, 2);
		if (thrum_go(work, (void *)i) != 0 || thrum_go(spinner, (void *)i) != 0)
			return 2;
		thrum_wg_wait(&wg); // one uses `own` at a time
	}
	puts("ok");
	return 0;
}
