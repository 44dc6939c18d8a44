// SPDX-License-Identifier: MIT
// Shows that strftime, strptime, gmtime_r, timegm, mktime, nanosleep and clock functions work with
// structs in the frame.
// modes: normal stackmove storm (a signal ends its waits)
// env: TZ=UTC
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

__attribute__((noinline)) static size_t
fmt(int depth, char *out, size_t n, const char *f, const struct tm *tm)
{
	struct tm copy = *tm;
	return depth ? fmt(depth - 1, out, n, f, &copy) : strftime(out, n, f, &copy);
}

int
main(void)
{
	static const time_t ts[] = { 0, 951782400, 1000000000, 1234567890, 4102444800 };
	for (int i = 0; i < 5; i++) {
		struct tm tm, lt;
		char b[100];
		gmtime_r(&ts[i], &tm);
		localtime_r(&ts[i], &lt);
		size_t n = fmt(i * 50, b, sizeof b, "%Y-%m-%d %H:%M:%S %a %j %U %p", &tm);
		printf("%zu %s %d %d\n", n, b, timegm(&tm) == ts[i], lt.tm_hour == tm.tm_hour);
	}
	struct tm tm;
	memset(&tm, 0, sizeof tm);
	char *e = strptime("2024-02-29 12:34:56", "%Y-%m-%d %H:%M:%S", &tm);
	printf("%d %ld\n", e && !*e, (long)timegm(&tm));
	tm.tm_mday += 366;
	mktime(&tm);
	char b[30];
	printf("%.24s\n", asctime_r(&tm, b));
	struct timespec a, z, d = { 0, 2000000 };
	clock_gettime(CLOCK_MONOTONIC, &a);
	nanosleep(&d, NULL);
	clock_gettime(CLOCK_MONOTONIC, &z);
	printf("%d\n", (z.tv_sec - a.tv_sec) * 1000000000L + (z.tv_nsec - a.tv_nsec) >= 2000000);
	struct timeval tv;
	printf("%d %.0f\n", gettimeofday(&tv, NULL), difftime(ts[2], ts[1]));
	return 0;
}
