// SPDX-License-Identifier: MIT
// Shows that an unknown THRUM_DEBUG key gives a warning that names it on stderr, and that the
// program runs all the same.
// thrum-only
// out: ok
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>
#include <unistd.h>
#include <sys/wait.h>

#include "extra/check.h"

int
main(int argc, char **argv)
{
	if (argc > 1) {
		printf("ran %s\n", argv[1]);
		return 6;
	}
	char path[1000], cmd[1200], all[2000];
	ssize_t k = readlink("/proc/self/exe", path, sizeof path - 1);
	CHECK(k > 0);
	path[k] = 0;
	snprintf(cmd, sizeof cmd, "THRUM_DEBUG=nosuchkey=1 '%s' child 2>&1", path);
	FILE *f = popen(cmd, "r");
	CHECK(f != NULL);
	size_t n = fread(all, 1, sizeof all - 1, f);
	all[n] = 0;
	int st = pclose(f);
	CHECK(WIFEXITED(st) && WEXITSTATUS(st) == 6);
	CHECK(strstr(all, "ran child\n") && strstr(all, "nosuchkey"));
	puts("ok");
	return 0;
}
