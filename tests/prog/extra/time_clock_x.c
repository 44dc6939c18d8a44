// SPDX-License-Identifier: MIT
//
// time_clock_x.c - what the runtime asks the kernel about time, watched by the kernel: a filter
// (seccomp) ends the process, by SIGSYS, at the first system call that must not be.
//
//	bare      the C library's clock_gettime, a million times without a system call? Else there
//	          is nothing to test here
//	now       thrum_now likewise, in a goroutine and in a thread
//	broken    with a system call in the end: the filter sees it
//	wall      sleeps, timers, tickers, time limits: nothing waits for the clock that people set
//	late      a sleep until that clock says something: the filter sees it
//	reads     that clock is read: time_wall_x.c, linked instead of the C library's functions,
//	          sees it
#define _GNU_SOURCE
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <thrum.h>

#include "check.h"

#define MS 1000000

#define LOADNR BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))
// The lower half of an argument.
#define LOADARG(n) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args) + (n) * 8)
#define IF(k, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, 0, skip)   // else skip so many
#define IFNOT(k, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, skip, 0)
#define IFBIT(k, skip) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, k, 0, skip)
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define KILL BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)

static void
filter(struct sock_filter *f, size_t n, unsigned flags)
{
	struct sock_fprog p = {.len = (unsigned short)n, .filter = f};
	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &p) != 0) {
		perror("seccomp");
		exit(77);
	}
}

// ---- no system call --------------------------------------------------------------

static const char *what;

static uint64_t
look(void)
{
	struct timespec t;
	if (strcmp(what, "bare") != 0)
		return thrum_now();
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void
looks(void)
{
	struct sock_filter f[] = { // of this thread: nothing but the end
		LOADNR, IF(SYS_exit_group, 1), ALLOW, IF(SYS_exit, 1), ALLOW, IF(SYS_rt_sigreturn, 1), ALLOW, KILL,
	};
	uint64_t last = look(), now;
	filter(f, sizeof f / sizeof *f, 0);
	for (int i = 0; i < 1000000; i++, last = now)
		if ((now = look()) < last)
			syscall(SYS_exit_group, 1);
	if (strcmp(what, "broken") == 0)
		syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &(struct timespec){0});
}

static _Atomic int done;

static void *
thread(void *arg)
{
	(void)arg;
	looks();
	done = 1;
	syscall(SYS_exit, 0); // the C library's end would ask for more
	return NULL;
}

// ---- the clock that people set ---------------------------------------------------

// A relative sleep on CLOCK_REALTIME, which the C library makes of nanosleep, is one on
// CLOCK_MONOTONIC: clock_nanosleep(2).
static void
nowall(void)
{
	struct sock_filter f[] = {
		LOADNR,
		IF(SYS_gettimeofday, 1), KILL,
		IF(SYS_time, 1), KILL,
		IF(SYS_clock_gettime, 4), LOADARG(0), IFNOT(CLOCK_MONOTONIC, 1), KILL, ALLOW,
		IF(SYS_timerfd_create, 4), LOADARG(0), IFNOT(CLOCK_MONOTONIC, 1), KILL, ALLOW,
		IF(SYS_timer_create, 4), LOADARG(0), IFNOT(CLOCK_MONOTONIC, 1), KILL, ALLOW,
		IF(SYS_futex, 4), LOADARG(1), IFBIT(FUTEX_CLOCK_REALTIME, 1), KILL, ALLOW,
		IF(SYS_clock_nanosleep, 6), LOADARG(0), IFNOT(CLOCK_MONOTONIC, 3), LOADARG(1), IFBIT(TIMER_ABSTIME, 1), KILL, ALLOW,
		ALLOW,
	};
	filter(f, sizeof f / sizeof *f, SECCOMP_FILTER_FLAG_TSYNC);
}

static thrum_wg wg;
static _Atomic int fired;

static void
fire(void *arg)
{
	(void)arg;
	fired++;
}

static void
sleeper(void *arg)
{
	thrum_sleep((int64_t)(uintptr_t)arg * MS / 10);
	thrum_wg_done(&wg);
}

static void
wall(void)
{
	thrum_timer t = {0};
	thrum_ticker k;
	thrum_chan *c = thrum_chan_make(8, 0);
	long v;
	thrum_wg_add(&wg, 50);
	for (uintptr_t i = 0; i < 50; i++)
		CHECK(thrum_go(sleeper, (void *)i) == 0);
	thrum_timer_start(&t, 5 * MS, fire, NULL);
	thrum_ticker_start(&k, 2 * MS);
	for (int i = 0; i < 10; i++)
		CHECK(thrum_ticker_wait(&k) >= 1);
	CHECK(thrum_chan_recvtimeout(c, &v, 3 * MS) < 0);
	thrum_wg_wait(&wg);
	while (!fired)
		usleep(1000); // the monitor looks, and sleeps
	thrum_sleep(300 * MS); // everybody sleeps
	thrum_chan_free(c);
}

int
main(int argc, char **argv)
{
	pthread_t t;
	CHECK(argc == 2);
	what = argv[1];
	if (strcmp(what, "wall") == 0) {
		nowall();
		wall();
	} else if (strcmp(what, "late") == 0) {
		nowall();
		clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &(struct timespec){0}, NULL);
	} else if (strcmp(what, "reads") == 0) {
		time(NULL);
	} else {
		if (strcmp(what, "now") == 0) {
			CHECK(pthread_create(&t, NULL, thread, NULL) == 0);
			while (!done)
				usleep(1000);
		}
		thrum_lock_thread();
		looks();
		syscall(SYS_exit_group, 0);
	}
	return 0;
}
