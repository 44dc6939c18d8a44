// SPDX-License-Identifier: MIT
// Shows what thrum_dump writes of goroutines that run, can run, wait, are frozen or in a callback,
// from a goroutine, foreign code, a signal handler and another thread.
// modes: normal stackmove storm (a signal ends its waits)
// thrum-only
// env: THRUM_PROCS=1
// out: ok
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>
#include <unistd.h>

static char text[1 << 16];

#define CHECK_END (fputs(text, stderr), exit(1))
#include "extra/check.h"

static FILE *file;
static thrum_wg wg;

static void
begin(void)
{
	if (!(file = tmpfile()))
		exit(2);
}

static void
end(void)
{
	rewind(file);
	text[fread(text, 1, sizeof text - 1, file)] = 0;
	fclose(file);
}

// in_order: the strings, up to NULL, follow one another in the dump.
static int
in_order(const char *first, ...)
{
	const char *at = text;
	va_list ap;
	va_start(ap, first);
	for (const char *s = first; s && at; s = va_arg(ap, const char *))
		if ((at = strstr(at, s)))
			at += strlen(s);
	va_end(ap);
	return at != NULL;
}

__attribute__((noinline)) static int
waiter(int n)
{
	volatile int local = n;
	if (n > 0)
		return waiter(n - 1) + local;
	thrum_park();
	return local;
}

static void
sleeper(void *arg)
{
	*(int *)arg = waiter(3) + 1;
	thrum_wg_done(&wg);
}

__attribute__((noinline)) static void
fresh(void *arg)
{
	*(int *)arg = 1;
	thrum_wg_done(&wg);
}

static int
compare(const void *a, const void *b)
{
	if (file)
		thrum_dump(fileno(file));
	else
		thrum_park();
	return *(const int *)a - *(const int *)b;
}

__attribute__((noinline)) static int
sort(void)
{
	int v[] = {2, 1};
	qsort(v, 2, sizeof *v, compare);
	return v[0];
}

static void
sorter(void *arg)
{
	*(int *)arg = sort();
	thrum_wg_done(&wg);
}

static void
on(int sig)
{
	if (thrum_dump(fileno(file)) != 0)
		exit(sig);
}

__attribute__((noinline)) static int
interrupted(void)
{
	return raise(SIGUSR1) + 1;
}

static void *
other(void *arg)
{
	thrum_dump(fileno(arg));
	return NULL;
}

int
main(void)
{
	int result[4] = {0};
	thrum_stats s;
	thrum_wg_add(&wg, 4);
	CHECK(thrum_go(sleeper, &result[0]) == 0 && thrum_go(sleeper, &result[1]) == 0 && thrum_go(sorter, &result[2]) == 0);
	do {
		thrum_yield();
		thrum_get_stats(&s);
	} while (s.waiting < 3);
	begin();
	int fd = fileno(file); // no foreign call between: fresh must not run
	int rc = thrum_go(fresh, &result[3]);
	rc |= thrum_dump(fd);
	CHECK(rc == 0);
	end();
	CHECK(in_order("goroutine 1 [running]:\n", "main(...)\n", "dump_all.c:", "\n\n", NULL));
	CHECK(in_order("goroutine 2 [park", "waiter(...)\n", "waiter(...)\n", "waiter(...)\n", "sleeper(...)\n", "created by main(...)\n", NULL));
	CHECK(in_order("goroutine 4 [park", "compare(...)\n", "sort(...)\n", "sorter(...)\n", "created by main(...)\n", NULL));
	// main was preempted.
	CHECK(in_order("goroutine 5 [runnable]:\n", "fresh(...)\n", "created by main(...)\n", NULL) || result[3]);
	CHECK(!strstr(text, "mcall") && !strstr(text, "gopark"));

	// From a callback of foreign code: the frames of both sides.
	begin();
	CHECK(sort() == 1);
	end();
	file = NULL;
	CHECK(in_order("goroutine 1 [running]:\n", "compare(...)\n", "sort(...)\n", "main(...)\n", NULL));

	// From a signal handler: what it has interrupted.
	signal(SIGUSR1, on);
	begin();
	CHECK(interrupted() == 1);
	end();
	CHECK(in_order("goroutine 1 [foreign call]:\n", "on(...)\n", "signal that came in\n", "interrupted(...)\n", "main(...)\n", "goroutine 2 [", NULL));

	// From a thread that runs no goroutine.
	pthread_t t;
	begin();
	CHECK(pthread_create(&t, NULL, other, file) == 0);
	CHECK(pthread_join(t, NULL) == 0);
	end();
	CHECK(in_order("goroutine 2 [park", NULL));

	// Ages.
	usleep(5000);
	begin();
	CHECK(thrum_dump(fileno(file)) == 0);
	end();
	CHECK(in_order("goroutine 2 [park, ", " ms]:\n", NULL) || in_order("goroutine 2 [park, ", " s]:\n", NULL));

	CHECK(thrum_dump(-1) == -EBADF);
	int full = open("/dev/full", 1);
	CHECK(thrum_dump(full) == -ENOSPC);
	puts("ok");
	return 0;
}
