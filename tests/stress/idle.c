// SPDX-License-Identifier: MIT
//
// idle.c - a process that has nothing to do does nothing: 100 goroutines parked, some of which have run
// on every p before, and main in a read that does not return ("read") or, as an event loop
// without events, in pause ("pause").

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>
#include <unistd.h>

static atomic_int parked;
static volatile unsigned long sink;

static void
rests(void *arg)
{
	(void)arg;
	for (unsigned long i = 0; i < 1000000; i++)
		sink += i;
	parked++;
	for (;;)
		thrum_park();
}

int
main(int argc, char **argv)
{
	char c;
	for (int i = 0; i < 100; i++)
		if (thrum_go(rests, NULL) != 0)
			return 1;
	while (parked < 100)
		thrum_yield();
	puts("idle");
	fflush(stdout);
	if (argc > 1 && strcmp(argv[1], "pause") == 0)
		pause();
	return read(0, &c, 1) == 1;
}
