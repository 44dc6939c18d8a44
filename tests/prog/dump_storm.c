// SPDX-License-Identifier: MIT
// Shows that a handler may call thrum_dump wherever a signal comes - in prologues, while stacks
// grow, in foreign code and its callbacks - and that the frames lead to main each time.
// thrum-only
// levels: O0 O2
// env: THRUM_TRACEBACK=system
// out: ok
// modes: normal stackmove storm (a dump above another handler may end at a switch)
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <thrum.h>
#include <unistd.h>

static int fd;
static volatile int dumps, whole, wrong;
static char bad[1 << 15];

static void
on(int sig)
{
	static char text[1 << 15];
	static atomic_flag busy = ATOMIC_FLAG_INIT;
	if (atomic_flag_test_and_set(&busy)) // on another thread
		return;
	if (ftruncate(fd, 0) != 0 || lseek(fd, 0, SEEK_SET) != 0 || thrum_dump(fd) != 0)
		_exit(sig);
	ssize_t n = pread(fd, text, sizeof text - 1, 0);
	text[n < 0 ? 0 : n] = 0;
	dumps++;
	char *end = strstr(text, "\n\n");
	if (end)
		end[1] = 0;
	if (strncmp(text, "goroutine 1 [", 13) != 0 || strstr(text, "another thread]")) {
		// some other thread has got the signal
	} else if (strstr(text, "\nmain(...)\n")) {
		whole++;
	} else if (!strstr(text, "\ncopystack(...)\n") && wrong++ == 0) {
		// Only a stack that moves has no order.
		memcpy(bad, text, sizeof bad);
	}
	atomic_flag_clear(&busy);
}

__attribute__((noinline)) static int
deep(int n)
{
	char b[40];
	memset(b, n, sizeof b);
	char *volatile p = b;
	return n ? deep(n - 1) + (p[39] == (char)n) : 0;
}

static int
compare(const void *a, const void *b)
{
	char s[40];
	snprintf(s, sizeof s, "%d %d", *(const int *)a, deep(*(const int *)b));
	return atoi(s) - *(const int *)b;
}

static void
other(void *arg)
{
	for (;;)
		thrum_yield();
}

int
main(void)
{
	struct itimerval t = {{0, 500}, {0, 500}};
	struct sigaction a = {.sa_handler = on, .sa_flags = SA_RESTART};
	long sum = 0;
	fd = memfd_create("dump", 0);
	if (thrum_go(other, NULL) != 0)
		return 1;
	sigaction(SIGPROF, &a, NULL);
	setitimer(ITIMER_PROF, &t, NULL);
	while (whole < 200 && dumps < 5000) {
		int v[50];
		for (int i = 0; i < 50; i++)
			v[i] = (i * 37) % 50;
		qsort(v, 50, sizeof *v, compare);
		sum += deep(200) + v[3];
		thrum_stack_shrink();
		thrum_yield();
	}
	memset(&t, 0, sizeof t);
	setitimer(ITIMER_PROF, &t, NULL);
	if (sum < 0 || wrong > 0 || whole < 200)
		printf("%d dumps, %d whole, %d wrong, one of them:\n%s", dumps, whole, wrong, bad);
	else
		puts("ok");
	return 0;
}
