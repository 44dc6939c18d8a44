// SPDX-License-Identifier: MIT
// Shows that errno is right: set by failing foreign calls, kept over deep calls that succeed,
// assigned, passed by address, read by perror and strerror.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

__attribute__((noinline)) static int
deep(int n)
{
	char b[100];
	memset(b, n, sizeof b);
	char *volatile p = b;
	return n ? deep(n - 1) + (p[99] == (char)n) : 0;
}

static int
cmp(const void *a, const void *b)
{
	errno = ERANGE;
	return *(const int *)a - *(const int *)b;
}

int
main(void)
{
	errno = 0;
	int fd = open("/nonexistent/file", O_RDONLY);
	int d = deep(300);
	printf("%d %d %s\n", fd, d, strerror(errno));
	if (close(-1) == -1 && errno == EBADF)
		puts("EBADF");
	errno = EAGAIN;
	int e = errno;
	deep(500);
	printf("%d %d\n", e == EAGAIN, errno == EAGAIN);
	int *volatile pe = &errno;
	*pe = ENOSPC;
	printf("%s\n", strerror(errno));
	static const char *const in[] = { "12", "99999999999999999999", "abc", "-0x10", "1e400" };
	for (int i = 0; i < 5; i++) {
		char *end;
		errno = 0;
		long v = strtol(in[i], &end, 0);
		printf("%s: %d %s %d\n", in[i], v == LONG_MAX ? -1 : (int)v, end, errno == ERANGE);
	}
	errno = 0;
	double x = strtod("1e400", NULL);
	printf("%d %d\n", errno == ERANGE, x > 1e300);
	int v[3] = { 3, 1, 2 };
	errno = 0;
	qsort(v, 3, sizeof v[0], cmp);
	printf("%d\n", errno == ERANGE);
	close(2);
	dup2(1, 2);
	fflush(stdout);
	setvbuf(stdout, NULL, _IONBF, 0);
	errno = EACCES;
	perror("perror says");
	for (int i = 1; i < 30; i++) {
		errno = i;
		if (deep(i) != i || errno != i)
			return i;
	}
	errno = 0;
	if (read(-1, v, 4) == -1)
		printf("%m\n");
	return 0;
}
