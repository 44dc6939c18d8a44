// SPDX-License-Identifier: MIT
//
// scavenge.c - a peak of 200 MB, of which 40 MB stay in use. Afterwards one malloc and one free a
// millisecond are enough for the rest to go back to the kernel: what is resident comes down to 1.2
// times that and 16 MB. Prints the seconds it has taken.

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../prog/extra/check.h"

#define PEAK (200u << 20)
#define LIVE (40u << 20)

static void *(*volatile Malloc)(size_t) = malloc;

static long
resident(void)
{
	static char text[100];
	FILE *f = fopen("/proc/self/statm", "r");
	CHECK(f && fgets(text, sizeof text, f));
	fclose(f);
	char *at = strchr(text, ' ');
	CHECK(at);
	return atol(at) * 4096;
}

static double
now(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

int
main(void)
{
	size_t n = 0, bytes = 0;
	char **p = calloc(PEAK / 64, sizeof *p);
	CHECK(p);
	for (unsigned s = 1; bytes < PEAK; n++) {
		s = s * 1103515245u + 12345u;
		size_t size = 16 + (s >> 8) % 1000 + ((s >> 20) % 512 == 0 ? 200000 : 0);
		CHECK((p[n] = Malloc(size)));
		memset(p[n], 1, size);
		bytes += size;
	}
	CHECK(resident() > PEAK);
	for (size_t i = n / 5; i < n; i++)
		free(p[i]);
	double start = now();
	for (long i = 0; resident() > LIVE + LIVE / 5 + (16l << 20); i++) {
		CHECK(i < 100000 && now() - start < 60);
		free(Malloc(100));
		usleep(1000);
	}
	printf("%.1f s\n", now() - start);
	return 0;
}
