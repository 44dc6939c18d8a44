// SPDX-License-Identifier: MIT
// Shows that goroutines recurse in a loaded shared object and switch to one another there: its
// prologues reach the runtime in the program, and the stacks grow by copying.
// env: THRUM_PROCS=1
// thrum-only
// extra: so_yields_x.c=dlopen
// ldflags: -ldl
// out: 100 808
// out: 200 1608
// out: 300 2408
#include <dlfcn.h>
#include <stdio.h>
#include <thrum.h>

static long (*fn)(int, void (*)(void));
static thrum_wg wg;

static void
back(void)
{
	thrum_yield();
}

static void
work(void *arg)
{
	int n = (int)(long)arg;
	long r = fn(n, back);
	thrum_stackinfo info;
	if (thrum_stack_info(NULL, &info) != 0 || info.copies == 0)
		puts("the stack has not moved");
	printf("%d %ld\n", n, r);
	thrum_wg_done(&wg);
}

int
main(void)
{
	void *h = dlopen("./so_yields_x.so", RTLD_NOW);
	if (!h) {
		puts(dlerror());
		return 1;
	}
	fn = (long (*)(int, void (*)(void)))dlsym(h, "so_down");
	thrum_wg_add(&wg, 3);
	for (long i = 1; i <= 3; i++)
		if (thrum_go(work, (void *)(i * 100)) != 0)
			return 1;
	thrum_wg_wait(&wg);
	return 0;
}
