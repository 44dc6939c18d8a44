// SPDX-License-Identifier: MIT
// Shows that a thrumcc shared object loaded by dlopen runs constructors, deep recursion, callbacks
// and variadics, can be closed and loaded again.
// extra: so_dlopen_x.c=dlopen
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long
cb(void *arg, int n)
{
	long *p = arg, mine[4] = { *p, n };
	*p += n;
	return mine[0] + mine[1];
}

int
main(void)
{
	char path[4096];
	ssize_t len = readlink("/proc/self/exe", path, sizeof path - 40);
	if (len < 0)
		return 1;
	path[len] = 0;
	char *slash = strrchr(path, '/');
	strcpy(slash + 1, "so_dlopen_x.so");
	for (int round = 0; round < 3; round++) {
		void *h = dlopen(path, RTLD_NOW);
		if (!h) {
			fprintf(stderr, "%s\n", dlerror());
			return 2;
		}
		int (*ready)(void) = (int (*)(void))dlsym(h, "plug_ready");
		long (*run)(int, long (*)(void *, int), void *) = (long (*)(int, long (*)(void *, int), void *))dlsym(h, "plug_run");
		int (*join)(char *, size_t, int, ...) = (int (*)(char *, size_t, int, ...))dlsym(h, "plug_join");
		if (!ready || !run || !join || dlsym(h, "plug_nothing"))
			return 3;
		long acc = round;
		char buf[100];
		long r = run(600, cb, &acc);
		int n = join(buf, sizeof buf, 4, "alpha", "beta", "gamma", "delta");
		printf("%d: ready %d run %ld acc %ld join %d %s\n", round, ready(), r, acc, n, buf);
		if (dlclose(h))
			return 4;
	}
	return 0;
}
