// SPDX-License-Identifier: MIT
// Shows that a change of the affinity mask stops nothing while a goroutine of plain code computes.
// Only the monitor acts on the mask: it makes no request to that goroutine, and others sleep and
// wake beside it. The number of Ps follows when that goroutine has ended.
// thrum-only
// levels: O2
// modes: normal (it waits for the monitor's next look, five seconds)
// extra: mt_follow_cpus_x.c=gcc
// out: ok
#define _GNU_SOURCE
#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <thrum.h>
#include <unistd.h>

void plain_loop(void *);
extern volatile int plain_stop, plain_runs;

// confine puts all threads of the process on the first of its processors.
static void
confine(const cpu_set_t *all)
{
	cpu_set_t one;
	int cpu = 0;
	while (!CPU_ISSET(cpu, all))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	DIR *d = opendir("/proc/self/task");
	for (struct dirent *e; d && (e = readdir(d));)
		if (e->d_name[0] != '.')
			sched_setaffinity(atoi(e->d_name), sizeof one, &one);
	if (d)
		closedir(d);
}

int
main(void)
{
	cpu_set_t all;
	int before = thrum_maxprocs(0);
	alarm(60);
	if (sched_getaffinity(0, sizeof all, &all) != 0 || CPU_COUNT(&all) < 2 || before < 2 || getenv("THRUM_PROCS")) {
		puts("ok"); // nothing to follow
		return 0;
	}
	if (thrum_go(plain_loop, NULL) != 0)
		return 2;
	while (!plain_runs)
		thrum_sleep(1000000);
	confine(&all);
	for (uint64_t end = thrum_now() + 7000000000; thrum_now() < end;)
		thrum_sleep(1000000);
	if (thrum_maxprocs(0) != before)
		return 3;
	plain_stop = 1;
	while (thrum_maxprocs(0) == before)
		thrum_sleep(10000000);
	puts("ok");
	return 0;
}
