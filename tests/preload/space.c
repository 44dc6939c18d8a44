// SPDX-License-Identifier: MIT
//
// space.c - a program whose address space is limited to 100 MB. Almost all of it can be had. Then
// the limit is lifted: large objects can be had, too.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "../prog/extra/check.h"

static void *(*volatile Malloc)(size_t) = malloc;

int
main(void)
{
	static void *p[10000];
	struct rlimit r;
	size_t n = 0, size = 20000;
	CHECK(getrlimit(RLIMIT_AS, &r) == 0 && r.rlim_cur <= 110u << 20);
	while (n < 10000 && (p[n] = Malloc(size)))
		memset(p[n++], 1, size);
	CHECK(n * size >= 75u << 20 && n < 10000);
	while (n > 0)
		free(p[--n]);
	memset(p, 0, sizeof p);
	CHECK(!Malloc(200u << 20));
	r.rlim_cur = r.rlim_max;
	CHECK(setrlimit(RLIMIT_AS, &r) == 0);
	CHECK((p[0] = Malloc((size_t)3 << 30)));
	CHECK((p[1] = Malloc(200u << 20)));
	memset(p[0], 1, 100);
	free(p[0]);
	free(p[1]);
	puts("ok");
	return 0;
}
