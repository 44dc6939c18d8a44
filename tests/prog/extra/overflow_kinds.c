// SPDX-License-Identifier: MIT
//
// overflow_kinds.c - recursion without end: "overflow_kinds KIND WHERE [LIMIT]", for
// overflow_kinds.sh.

#include <alloca.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <thrum.h>

#define NOINLINE __attribute__((noinline))

static volatile int zero;
static void *volatile sink;

// Each level has other memory. The additions behind the call keep it from being a jump.
static NOINLINE int
none(int n)
{
	return n < 0 ? n : none(n + 1) + zero;
}

static NOINLINE int
small(int n)
{
	int x = n;
	sink = &x;
	return n < 0 ? n : small(n + 1) + x;
}

static NOINLINE int
array(int n)
{
	volatile char a[3000];
	a[n % 3000] = 1;
	return n < 0 ? n : array(n + 1) + a[zero];
}

static NOINLINE int
vla(int n)
{
	volatile char a[n % 2000 + 1];
	a[0] = a[n % 2000] = 1;
	return n < 0 ? n : vla(n + 1) + a[zero];
}

static NOINLINE int
loop(int n)
{
	for (int i = 0; i < 8; i++) {
		char *a = alloca(500);
		a[0] = a[499] = 1;
		sink = a;
	}
	return n < 0 ? n : loop(n + 1) + zero;
}

static NOINLINE int
big(int n)
{
	volatile char a[100000];
	for (int i = 0; i < 100000; i += 4096)
		a[i] = 1;
	return n < 0 ? n : big(n + 1) + a[zero];
}

static NOINLINE int
bigvla(int n)
{
	volatile char a[n % 1000 + 50000];
	for (int i = 0; i < 50000; i += 4096)
		a[i] = 1;
	return n < 0 ? n : bigvla(n + 1) + a[zero];
}

static NOINLINE int
pinned(int n, ...)
{
	va_list ap;
	va_start(ap, n);
	int r = n < 0 ? n : pinned(n + 1, n) + va_arg(ap, int);
	va_end(ap);
	return r;
}

static int
pin(int n)
{
	return pinned(n, n);
}

static const struct {
	const char *name;
	int (*fn)(int);
} kinds[] = {{"none", none}, {"small", small}, {"array", array}, {"vla", vla}, {"loop", loop}, {"big", big}, {"bigvla", bigvla},
	{"pinned", pin}};

static int (*kind)(int);

static void
goroutine(void *arg)
{
	(void)arg;
	exit(kind(0) + 3);
}

static void *
thread(void *arg)
{
	(void)arg;
	exit(kind(0) + 3);
}

static int
compare(const void *a, const void *b)
{
	(void)a;
	(void)b;
	return kind(0);
}

static void
handler(int sig)
{
	(void)sig;
	exit(kind(0) + 3);
}

int
main(int argc, char **argv)
{
	const char *where = argc > 2 ? argv[2] : "";
	pthread_t t;
	int two[2] = {2, 1};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(argv[1], kinds[i].name) == 0)
			kind = kinds[i].fn;
	if (!kind)
		return 4;
	if (argc > 3)
		(void)thrum_set_max_stack(strtoul(argv[3], NULL, 10));
	if (strcmp(where, "main") == 0)
		return kind(0) + 3;
	if (strcmp(where, "go") == 0 && thrum_go(goroutine, NULL) == 0)
		for (;;)
			thrum_yield();
	if (strcmp(where, "thread") == 0 && pthread_create(&t, NULL, thread, NULL) == 0)
		pthread_join(t, NULL);
	if (strcmp(where, "callback") == 0)
		qsort(two, 2, sizeof *two, compare);
	if (strcmp(where, "handler") == 0) {
		signal(SIGUSR1, handler);
		raise(SIGUSR1);
	}
	return 5;
}
