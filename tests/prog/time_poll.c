// SPDX-License-Identifier: MIT
// Shows that timers work in a host's event loop: the descriptor of thrum_poll_fd becomes readable
// when the next timer is due, and not before.
// modes: normal stackmove storm (a signal ends its waits)
// cflags: -fno-thrum-main
// thrum-only
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>
#include <unistd.h>

#include "extra/check.h"

#define MS 1000000

static int rounds, fired;
static thrum_timer t;

static void
sleeper(void *arg)
{
	(void)arg;
	for (int i = 0; i < 5; i++) {
		uint64_t begin = thrum_now();
		thrum_sleep(10 * MS);
		CHECK(thrum_now() - begin >= 10 * MS);
		rounds++;
	}
}

static void
fire(void *arg)
{
	(void)arg;
	fired++;
}

static int
wait_ms(int ms)
{
	struct pollfd p = {.fd = thrum_poll_fd(), .events = POLLIN};
	return poll(&p, 1, ms);
}

static void *
thread(void *arg)
{
	(void)arg;
	usleep(20000);
	thrum_timer_start(&t, 10 * MS, fire, NULL);
	return NULL;
}

int
main(void)
{
	CHECK(thrum_start(THRUM_POLLED) == 0);
	CHECK(wait_ms(0) == 0);
	CHECK(thrum_go(sleeper, NULL) == 0);
	int wakeups = 0, rc = 1;
	while (rc > 0) {
		CHECK(wait_ms(10000) == 1);
		wakeups++;
		CHECK((rc = thrum_poll()) >= 0);
	}
	CHECK(rounds == 5);
	// At the beginning, and for each sleep once, or twice when it was close.
	CHECK(wakeups <= 12);
	CHECK(wait_ms(20) == 0);

	// Started by the host itself, and by another thread while the host waits.
	thrum_timer_start(&t, 10 * MS, fire, NULL);
	CHECK(wait_ms(10000) == 1);
	CHECK(thrum_poll() >= 0);
	CHECK(fired == 1);
	thrum_timer_start(&t, 3600000ll * MS, fire, NULL);
	CHECK(wait_ms(20) == 0);
	pthread_t th;
	CHECK(pthread_create(&th, NULL, thread, NULL) == 0);
	CHECK(wait_ms(10000) == 1);
	CHECK(thrum_poll() >= 0);
	CHECK(fired == 2);
	CHECK(pthread_join(th, NULL) == 0);
	CHECK(wait_ms(20) == 0);
	CHECK(thrum_stop() == 0);
	return 0;
}
