// SPDX-License-Identifier: MIT
//
// small_space.c - a few goroutines in little address space, for small_space.sh; "later": 32 MB more
// than there are, set after the start.

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <thrum.h>

static thrum_wg wg;
static _Atomic long sum;

static void
work(void *arg)
{
	char line[200];
	snprintf(line, sizeof line, "%ld", (long)arg);
	thrum_yield();
	sum += (long)strlen(line);
	thrum_wg_done(&wg);
}

int
main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "later") == 0) {
		unsigned long pages = 0;
		FILE *f = fopen("/proc/self/statm", "r");
		if (!f || fscanf(f, "%lu", &pages) != 1)
			return 4;
		fclose(f);
		struct rlimit limit = {pages * 4096 + (32u << 20), RLIM_INFINITY};
		if (setrlimit(RLIMIT_AS, &limit) != 0)
			return 4;
	}
	thrum_wg_add(&wg, 40);
	for (long i = 0; i < 40; i++)
		if (thrum_go(work, (void *)(i % 10)) != 0)
			return 3;
	thrum_wg_wait(&wg);
	thrum_sleep(1000000);
	printf("%ld\n", sum);
	return 0;
}
