// SPDX-License-Identifier: MIT
// Shows that the runtime's signals cut no blocking call of a goroutine short: none fails with
// EINTR, none returns early.
// modes: normal stackmove storm (a signal ends its waits)
// thrum-only
// env: THRUM_PROCS=2 THRUM_DEBUG=preemptstorm=10
// levels: O0 O2
// out: ok
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <semaphore.h>
#include <string.h>
#include <sys/select.h>
#include <sys/epoll.h>
#include "extra/storm.h"

static _Atomic long cut, calls;
static uint64_t begin;
static int fd[2];

static int
more(void)
{
	thrum_preempt_stats s;
	thrum_get_preempt_stats(&s);
	if (s.sent >= 1000 && calls >= 2000)
		return 0;
	if (ns() - begin > 30000000000u)
		fprintf(stderr, "%lu signals, %ld calls\n", (unsigned long)s.sent, (long)calls);
	CHECK(ns() - begin <= 30000000000u);
	return 1;
}

// Calls that SA_RESTART does not begin again.
static void
blocks(void *arg)
{
	long id = (long)arg;
	struct timespec t = {0, 50000}, left;
	struct timeval tv;
	struct pollfd p = {.fd = fd[0], .events = POLLIN};
	struct epoll_event ev;
	int ep = epoll_create1(0);
	CHECK(ep >= 0);
	// Until many signals have been on their way beside many calls.
	for (long i = id; more(); i++) {
		uint64_t from = ns();
		int rc;
		errno = 0;
		switch (i % 5) {
		case 0:
			rc = usleep(50);
			break;
		case 1:
			left = (struct timespec){0, 0};
			rc = nanosleep(&t, &left);
			break;
		case 2:
			rc = ppoll(&p, 1, &t, NULL);
			break;
		case 3:
			tv = (struct timeval){0, 50};
			rc = select(0, NULL, NULL, NULL, &tv);
			break;
		default:
			rc = epoll_wait(ep, &ev, 1, 1);
		}
		uint64_t took = ns() - from;
		calls++;
		if (rc != 0 || took < 50000) {
			if (cut++ == 0)
				fprintf(stderr, "kind %ld: returned %d, %s, after %lu ns\n", i % 5, rc, strerror(errno), (unsigned long)took);
		}
		// And some work that the storm stops, right before the next one.
		for (volatile int k = 0; k < 20000; k++)
			;
	}
	close(ep);
	thrum_wg_done(&wg);
}

int
main(void)
{
	alarm(100);
	CHECK(pipe(fd) == 0);
	begin = ns();
	each(4, blocks);
	if (cut)
		fprintf(stderr, "%ld of %ld calls were cut short\n", (long)cut, (long)calls);
	CHECK(cut == 0);
	puts("ok");
	return 0;
}
