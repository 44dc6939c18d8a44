// SPDX-License-Identifier: MIT
// Shows that gmtime_r, mktime, strftime, strptime and clock_gettime fill structs that are locals of
// recursive frames.
// env: TZ=UTC
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

__attribute__((noinline)) static unsigned
level(time_t t, int depth)
{
	struct tm tm, back;
	char buf[64];
	time_t again;
	unsigned r = 0;

	gmtime_r(&t, &tm);
	strftime(buf, sizeof buf, "%Y-%m-%d %H:%M:%S", &tm);
	memset(&back, 0, sizeof back);
	if (!strptime(buf, "%Y-%m-%d %H:%M:%S", &back))
		printf("strptime refuses %s\n", buf);
	again = timegm(&back);
	if (again != t)
		printf("%s: not the same time\n", buf);
	if (depth % 50 == 0)
		printf("%s %d %d\n", buf, tm.tm_wday, tm.tm_yday);
	if (depth > 0)
		r = level(t + 86400 * 13 + 3601, depth - 1);
	return r * 31 + (unsigned)tm.tm_yday + (unsigned)back.tm_sec + (unsigned char)buf[9];
}

int
main(void)
{
	struct timespec a, b;
	struct timeval tv;
	time_t now;

	printf("%u\n", level(0, 0));
	printf("%u\n", level(951782400, 300));
	clock_gettime(CLOCK_MONOTONIC, &a);
	clock_gettime(CLOCK_MONOTONIC, &b);
	gettimeofday(&tv, NULL);
	time(&now);
	printf("%d %d\n", b.tv_sec > a.tv_sec || (b.tv_sec == a.tv_sec && b.tv_nsec >= a.tv_nsec),
	    now - tv.tv_sec < 5 && tv.tv_usec < 1000000);
	return 0;
}
