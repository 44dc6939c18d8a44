// SPDX-License-Identifier: MIT
//
// idle.c - a process that has nothing to do does nothing. 100 goroutines are parked, some of which
// have run on every p before. main is in a read that does not return ("read") or, as an event loop
// without events, in pause ("pause"). Timers change nothing before they are due: all goroutines
// sleep for an hour ("sleep"), or a timer was due when thrum_run returned or thrum_stop was called
// ("stopped", "stop"). With "ticks" main wakes up ten times in a second.

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>
#include <unistd.h>

static atomic_int parked;
static volatile unsigned long sink;
static const char *how;
static thrum_timer early, late;

#define SECOND 1000000000ll

static void
rests(void *arg)
{
	(void)arg;
	for (unsigned long i = 0; i < 1000000; i++)
		sink += i;
	parked++;
	for (;;)
		if (strcmp(how, "sleep") == 0)
			thrum_sleep(3600 * SECOND);
		else
			thrum_park();
}

static void
never(void *arg)
{
	(void)arg;
	abort();
}

static int
run(void *arg)
{
	char c;
	(void)arg;
	for (int i = 0; i < 100; i++)
		if (thrum_go(rests, NULL) != 0)
			return 1;
	while (parked < 100)
		thrum_yield();
	puts("idle");
	fflush(stdout);
	thrum_timer_start(&early, 4 * SECOND, never, NULL);
	thrum_timer_start(&late, 3600 * SECOND, never, NULL);
	thrum_timer_stop(&early); // nobody wakes up for it
	if (strcmp(how, "pause") == 0)
		pause();
	if (strcmp(how, "sleep") == 0)
		thrum_sleep(3600 * SECOND);
	if (strcmp(how, "ticks") == 0)
		for (;;)
			thrum_sleep(SECOND / 10);
	if (strncmp(how, "stop", 4) == 0)
		return thrum_timer_reset(&late, 4 * SECOND) ? 0 : 1; // while idle.sh looks
	return read(0, &c, 1) == 1;
}

static void
goes(void *arg)
{
	*(atomic_int *)arg = run(NULL) == 0 ? 1 : 2;
}

int
main(int argc, char **argv)
{
	static atomic_int done;
	int status;
	how = argc > 1 ? argv[1] : "read";
	if (thrum_self())
		return run(NULL);
	if (strcmp(how, "stop") == 0) {
		if (thrum_start(0) != 0 || thrum_go(goes, &done) != 0)
			return 1;
		while (!done)
			usleep(1000);
		if (done == 1 && thrum_stop() == 0)
			pause();
		return 1;
	}
	if (thrum_run(run, NULL, &status) == 0 && status == 0)
		pause();
	return 1;
}
